"""Files as text and as tables: encodings, separators, quotes, and where the header is."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chalicelib.portfolio.profiles.drafts import LineError

DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_LINES = 60
_SAMPLE_CHARACTERS = 60_000
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Table:
    """A header and its rows, each with the number of the line on which it begins."""

    header: list[str]
    rows: list[tuple[int, list[str]]]
    delimiter: str

    def records(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Rows by column; what is missing at the end of a row is empty."""
        for line, cells in self.rows:
            padded = [*cells, *[""] * (len(self.header) - len(cells))]
            yield line, dict(zip(self.header, padded, strict=False))

    def by_words(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Rows by the words of their columns, so that case and punctuation of a header do not matter."""
        for line, record in self.records():
            yield line, {normal(name): value.strip() for name, value in record.items()}

    def column(self, name: str) -> list[str]:
        index = self.header.index(name)
        return [cells[index] for _, cells in self.rows if index < len(cells) and cells[index].strip()]


def decode(raw: bytes) -> tuple[str, str]:
    """A file's text and its encoding: what its byte order mark says, else UTF-8, UTF-16 by its zeros, else Windows-1252
    (which every byte sequence is, almost: the last resort)."""
    for mark, name in _BOMS:
        if raw.startswith(mark):
            return _decoded(raw[len(mark) :] if name == "utf-8" else raw, name), name
    zeros = raw[:2000].count(0)
    if zeros > len(raw[:2000]) // 4:
        name = "utf-16-le" if raw[1:2] == b"\0" else "utf-16-be"
        return _decoded(raw, name), name
    try:
        return raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode("cp1252"), "windows-1252"
    except UnicodeDecodeError:
        return raw.decode("latin-1"), "latin-1"


def clean(text: str) -> str:
    """Text without its byte order mark."""
    return text.removeprefix("\ufeff")


def table(text: str, wanted: Iterable[str] = (), delimiter: str | None = None) -> Table:
    """The table in a text. With `wanted`, its header is the first row that has all these columns (in whatever case);
    without, the first row as wide as most. Raises LineError where there is none."""
    body = clean(text)
    told = re.match(r"sep=(.)\r?\n", body)
    names = {normal(name) for name in wanted}
    mark = (
        delimiter or (told[1] if told else None) or (_delimiter_with(body, names) if names else sniff(body))
    )
    rows = list(lines(body, mark))[1 if told else 0 :]
    at = _header_at(rows, names)
    if at is None:
        raise LineError(
            "no_table", "No table was found in this file: it needs a header line and lines below it."
        )
    header = _unique([cell.strip() for cell in rows[at][1]])
    return Table(header, rows[at + 1 :], mark)


def lines(text: str, delimiter: str, *, strict: bool = True) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, with the numbers of their first lines. Raises LineError where quotes do not close."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield begins, cells
            begins = reader.line_num + 1
    except csv.Error:
        raise LineError(
            "malformed_csv",
            f"Line {begins} is not proper CSV: a quotation mark is missing, or a cell is too long.",
        ) from None


def sniff(text: str) -> str:
    """The delimiter: the one by which most lines have the same number of cells, more than one."""
    sample = _head(text)
    best, most = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
        try:
            widths = Counter(len(cells) for cells in reader if any(cells))
        except csv.Error:
            continue
        wide = {width: count for width, count in widths.items() if width > 1}
        if not wide:
            continue
        width = max(wide, key=lambda one: (wide[one], one))
        score = (wide[width] / sum(widths.values()), width)
        if score > most:
            best, most = delimiter, score
    return best


def has_columns(text: str, *wanted: str) -> bool:
    """Whether one of the first lines is a header with all these columns."""
    names = {normal(name) for name in wanted}
    head = _head(clean(text))
    return any(_header_at(list(lines(head, mark, strict=False)), names) is not None for mark in DELIMITERS)


def normal(name: str) -> str:
    """A column's name for comparing: lower case, words only."""
    return " ".join(re.findall(r"[^\W_]+", name.lower()))


def _head(text: str) -> str:
    """The first lines: enough to see what a file is."""
    return "\n".join(text[:_SAMPLE_CHARACTERS].splitlines()[:_SAMPLE_LINES])


def _delimiter_with(text: str, names: set[str]) -> str:
    head = _head(text)
    for mark in DELIMITERS:
        if _header_at(list(lines(head, mark, strict=False)), names) is not None:
            return mark
    return ","


def _header_at(rows: list[tuple[int, list[str]]], names: set[str]) -> int | None:
    if names:
        for index, (_, cells) in enumerate(rows[:_SAMPLE_LINES]):
            if names <= {normal(cell) for cell in cells}:
                return index
        return None
    widths = Counter(len(cells) for _, cells in rows[:_SAMPLE_LINES] if len(cells) > 1)
    if not widths:
        return None
    width = max(widths, key=lambda one: (widths[one], one))
    return next(index for index, (_, cells) in enumerate(rows) if len(cells) == width)


def _unique(names: list[str]) -> list[str]:
    seen: Counter[str] = Counter()
    unique = []
    for index, name in enumerate(names, 1):
        plain = name or f"column {index}"
        seen[plain] += 1
        unique.append(plain if seen[plain] == 1 else f"{plain} ({seen[plain]})")
    return unique


def _decoded(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        raise LineError(
            "not_text", f"The file says that it is {encoding}, but is not. Save it again as UTF-8."
        ) from None
