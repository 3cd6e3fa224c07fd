"""HTML as EDGAR and the newswires publish it, to paragraphs and tables.

The parser's events are used, not its tree: filings nest and forget to close so much that building a tree of a hostile
one takes minutes (or gigabytes), while events take a time that grows with its length only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from lxml import etree

from chalicelib.treasury.filings.text import Block, Cell, Paragraph, Table, normal

_BLOCK_TAGS = """
p div h1 h2 h3 h4 h5 h6 li ul ol dl dt dd hr blockquote center section article header footer main pre body
form caption option
"""
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "title"])
_UNSEEN = frozenset(["script", "style", "head", "title", "template", "noscript", "ix:header", "ix:hidden"])
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)", re.IGNORECASE)
_SELF_CLOSED = re.compile(
    r"<(?!(?:br|hr|img|input|meta|link|col|area|base|wbr)\b)([A-Za-z][\w:.-]*+)([^<>]*+)(?<=/)>",
    re.IGNORECASE,
)
_BREAK = "\x1e"
_RAISED, _LOWERED = "\x1c", "\x1d"
_FOOTNOTE = re.compile(rf"{_RAISED}\s*\(?([\d*†‡,]{{1,5}}|[a-z])\)?\s*{_LOWERED}")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
_LONG = 90
"""A cell with more characters than this is prose laid out in a table."""
_MAX_CELLS = 400_000
_MAX_COLSPAN = 200
_ALONE = re.compile(
    r"^(?:(?:US|HK|CA?|AU?)?[$£€¥]|(?:USD|HKD|CAD|AUD|GBP|EUR|JPY|SEK|NOK|CHF|SGD|RMB|CNY|KRW|BRL)|\(|\$\s?\()$"
)
_SUFFIX = re.compile(r"^(?:\)|%|\)%|%\)|\(\d\)|x)$")


def blocks(body: str) -> list[Block]:
    """The visible paragraphs and tables of a page, in order."""
    body = _DECLARATION.sub("", body.lstrip("\ufeff \r\n\t"), count=1)
    if "/>" in body:  # XHTML's closed empty elements are open ones to an HTML parser
        body = _SELF_CLOSED.sub(r"\g<0></\1>", body)
    reader = _Reader()
    parser = etree.HTMLParser(
        target=reader, encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True
    )
    try:
        parser.feed(body.replace("\x00", "").encode("utf-8", "replace"))
        parser.close()
    except etree.LxmlError:  # nothing that it could take for a page
        reader.flush()
    return reader.blocks


class _Row:
    def __init__(self) -> None:
        self.cells: list[Cell] = []
        self.column = 0


class _OpenTable:
    def __init__(self) -> None:
        self.rows: list[_Row] = []
        self.buffer: list[str] | None = None
        self.span = 1


class _Reader:
    """Takes the parser's events. `hidden` is the depth at which something unseen began; nothing within it is taken."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.tables: list[_OpenTable] = []
        self.buffer: list[str] = []
        self.out = self.buffer
        self.depth = 0
        self.hidden: int | None = None
        self.raised: list[int] = []
        self.heading = False
        self.cells = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.depth += 1
        if self.hidden is not None:
            return
        hidden, raised = _shown(attributes.get("style", "")) if attributes else (False, False)
        if tag in _UNSEEN or hidden or "hidden" in attributes:
            self.hidden = self.depth
        elif tag == "br":
            self.out.append(_BREAK)
        elif tag == "sup" or raised:
            self.raised.append(self.depth)
            self.out.append(_RAISED)
        elif tag in _BLOCKS:
            self._part()
            self.heading = tag in _HEADINGS
        elif tag == "table":
            self._part()
            self.tables.append(_OpenTable())
            self.out = self._current()
        elif self.tables:
            self._table_start(tag, attributes)

    def end(self, tag: str) -> None:
        self.depth -= 1
        if self.hidden is not None:
            if self.depth < self.hidden:
                self.hidden = None
        elif self.raised and self.depth < self.raised[-1]:
            self.raised.pop()
            self.out.append(_LOWERED)
        elif tag in _BLOCKS:
            self._part()
            self.heading = False
        elif self.tables and tag in ("td", "th"):
            self._close_cell()
        elif self.tables and tag == "table":
            self._close_table()

    def data(self, text: str) -> None:
        if self.hidden is None:
            self.out.append(text)

    def close(self) -> None:
        self.flush()

    def flush(self) -> None:
        while self.tables:
            self._close_table()
        self._part()

    def _current(self) -> list[str]:
        """Where text goes: to the cell that is open, else to the paragraph."""
        table = self.tables[-1] if self.tables else None
        return table.buffer if table and table.buffer is not None else self.buffer

    def _part(self) -> None:
        """Ends a paragraph; within a cell it leaves a mark."""
        if self.out is not self.buffer:
            self.out.append(_BREAK * 2)
        elif self.out:
            self._paragraphs(_footnoted("".join(self.out)))
            self.out = self.buffer = []

    def _paragraphs(self, text: str) -> None:
        for part in text.split(_BREAK * 2) if _BREAK in text else [text]:
            if words := normal(part.replace(_BREAK, " ")):
                self.blocks.append(Paragraph(words, len(self.blocks), self.heading))

    def _table_start(self, tag: str, attributes: Mapping[str, str]) -> None:
        table = self.tables[-1]
        if tag == "tr":
            self._close_cell()
            table.rows.append(_Row())
        elif tag in ("td", "th"):
            self._close_cell()
            if not table.rows:
                table.rows.append(_Row())
            span = attributes.get("colspan", "1").strip()
            table.span = min(int(span), _MAX_COLSPAN) if span.isdecimal() and len(span) < 5 else 1
            self.out = table.buffer = []

    def _close_cell(self) -> None:
        table = self.tables[-1]
        if table.buffer is None:
            return
        text, table.buffer = _footnoted("".join(table.buffer)), None
        self.out = self._current()
        row = table.rows[-1]
        start, row.column = row.column, row.column + max(table.span, 1)
        words = normal(text.replace(_BREAK, " "))
        if not words or self.cells >= _MAX_CELLS:
            return
        self.cells += 1
        row.cells.append(Cell(words, start, row.column))
        if len(words) > _LONG:
            self._paragraphs(re.sub(rf"{_BREAK}\s*(?={_BREAK})", _BREAK, text))

    def _close_table(self) -> None:
        self._close_cell()
        table = self.tables.pop()
        self.out = self._current()
        rows = tuple(merged(row.cells) for row in table.rows if row.cells)
        if rows:
            self.blocks.append(Table(rows, len(self.blocks)))


def _footnoted(text: str) -> str:
    """Raised figures as " (1)", so that "2025" with a footnote is not the number 20251."""
    if _RAISED not in text:
        return text
    return _FOOTNOTE.sub(r" (\1)", text).replace(_RAISED, "").replace(_LOWERED, "")


def merged(cells: list[Cell]) -> tuple[Cell, ...]:
    """A row's cells, with currency signs before and brackets and per cent signs after joined to their number."""
    found: list[Cell] = []
    for cell in cells:
        last = found[-1] if found else None
        if last is not None and (
            (_ALONE.match(last.text) and re.match(r"[\d(.—–-]", cell.text))
            or (_SUFFIX.match(cell.text) and re.search(r"[\d—–-]$", last.text))
        ):
            found[-1] = Cell(
                f"{last.text}{cell.text}" if _ALONE.match(last.text) else last.text + cell.text,
                last.start,
                cell.end,
            )
        else:
            found.append(cell)
    return tuple(found)


@lru_cache(maxsize=4096)
def _shown(style: str) -> tuple[bool, bool]:
    """Whether a style hides its element, and whether it raises it as a footnote's sign."""
    return bool(_HIDDEN.search(style)), "super" in style
