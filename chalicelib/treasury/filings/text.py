"""A document as a reader sees it: paragraphs and tables, in order, whitespace normalised, hidden parts left out."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chalicelib.treasury.filings.facts import Document

MAX_BODY = 40_000_000
"""Characters of a document that are read at all: a 10-K with all its XBRL has up to 15 million."""
MAX_TEXT = 6_000_000
"""Characters of text that are looked at."""
_SAMPLE = 5_000
_INVISIBLE = dict.fromkeys((*range(0x200B, 0x2010), 0x2060, 0xFEFF, 0xAD))
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x2019: 0x27}
_HAS_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\xad]")
_HAS_WIDE = re.compile("[\uff01-\uff5e\u3000\u2019]")
_CELL = re.compile(r"\S+(?:[ \xa0]\S+)*")
_DATELINE = re.compile(
    r"^[A-Z][\w .,'’-]{2,80}(?:\((?:GLOBE NEWSWIRE|BUSINESS WIRE|Newsfile Corp\.?|ACCESSWIRE)\)|/PRNewswire)",
    re.IGNORECASE,
)
_WIDEST = 400
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1b\x7f\ufffd]")


@dataclass(frozen=True)
class Cell:
    """A table's cell: the columns from `start` to `end` (exclusive), colspans counted."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Paragraph:
    text: str
    place: int
    heading: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of cells that are not empty; a currency sign stands with its number."""

    rows: tuple[tuple[Cell, ...], ...]
    place: int


Block = Paragraph | Table


@dataclass(frozen=True)
class Text:
    blocks: tuple[Block, ...]
    warnings: tuple[str, ...] = ()

    @property
    def paragraphs(self) -> list[Paragraph]:
        return [block for block in self.blocks if isinstance(block, Paragraph)]

    @property
    def tables(self) -> list[Table]:
        return [block for block in self.blocks if isinstance(block, Table)]


def read(document: Document) -> Text:
    """The document's text. What cannot be read gives no blocks and a warning; nothing is raised."""
    body, warnings = document.body, []
    if len(body) > MAX_BODY:
        return Text((), (f"The document has {len(body):,} characters; more than {MAX_BODY:,} are not read.",))
    if not body.strip():
        return Text((), ("The document is empty.",))
    if body.startswith("%PDF") or len(_BINARY.findall(body[:_SAMPLE])) > len(body[:_SAMPLE]) / 50:
        return Text((), ("The document is binary, not text.",))
    if document.kind == "html":
        from chalicelib.treasury.filings import html  # its parser takes time to load

        blocks = html.blocks(body)
        if not blocks:
            warnings.append("The document has no visible text.")
    else:
        blocks = _plain(body)
    kept = _bounded(blocks)
    if len(kept) < len(blocks):
        warnings.append(f"Only the first {MAX_TEXT:,} characters of text were looked at.")
    return Text(tuple(kept), tuple(warnings))


def normal(text: str) -> str:
    """One space for any run of whitespace (no-break spaces too); characters that show nothing are dropped."""
    if not text.isascii() and _HAS_INVISIBLE.search(text):
        text = text.translate(_INVISIBLE)
    return " ".join(text.split())


def folded(text: str) -> str:
    """Full-width letters, digits and signs as ASCII, one for one, so that places stay the same."""
    return text.translate(_WIDE) if not text.isascii() and _HAS_WIDE.search(text) else text


def _bounded(blocks: list[Block]) -> list[Block]:
    seen, kept = 0, []
    for block in blocks:
        seen += (
            len(block.text)
            if isinstance(block, Paragraph)
            else sum(len(c.text) for r in block.rows for c in r)
        )
        if seen > MAX_TEXT:
            break
        kept.append(block)
    return kept


def _plain(body: str) -> list[Block]:
    """Paragraphs of plain text: blank lines part them, and so does a line that is a bullet or a heading of a list."""
    blocks: list[Block] = []
    for part in re.split(r"\n[ \t\r\f\u3000\xa0]*\n|\f", body):
        raw = re.split(r"[\r\n]+", part)
        if rows := _columns(raw):
            blocks.append(Table(rows, len(blocks)))
            continue
        lines = [normal(line) for line in raw]
        for text in _joined([line for line in lines if line]):
            blocks.append(Paragraph(text, len(blocks), len(text) < 200))
    return blocks


def _columns(lines: list[str]) -> tuple[tuple[Cell, ...], ...]:
    """Lines set in columns by tabs or spaces, as rows; nothing if they are not, all but a heading."""
    rows = [
        tuple(
            Cell(normal(cell[0]), cell.start(), cell.end())
            for cell in _CELL.finditer(line.expandtabs(12)[:_WIDEST])
        )
        for line in lines
        if line.strip()
    ]
    set_apart = sum(len(row) > 1 for row in rows)
    return tuple(rows) if set_apart > 1 and set_apart >= len(rows) - 1 else ()


def _joined(lines: list[str]) -> list[str]:
    """Wrapped lines as one text; a bullet begins a new one."""
    texts: list[str] = []
    for line in lines:
        if (
            not texts
            or re.match(r"[•●▪■◦‣·*・]|[-–]\s|\(?\d{1,2}[.)]\s", line)
            or _stands_alone(texts[-1], line)
            or (_DATELINE.search(line) and not _DATELINE.search(texts[-1]))
        ):
            texts.append(line)
        else:
            glue = "" if ord(texts[-1][-1]) > 0x2E80 and ord(line[0]) > 0x2E80 else " "
            texts[-1] += glue + line
    return texts


def _stands_alone(before: str, line: str) -> bool:
    """Whether a line of a list of "label: value" or "label   value" begins, as in a table that lost its lines."""
    labelled = r"[^\s:：]{1,40}(?: [^\s:：]{1,40}){0,8}\s?[:：]\s?\S"
    return bool(re.match(labelled, line) and (re.match(labelled, before) or before.endswith((":", "："))))
