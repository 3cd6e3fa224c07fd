"""The way in: a document to what it states."""

from __future__ import annotations

from chalicelib.treasury.filings import btc_update, first, matrix, merge, prose, subjects
from chalicelib.treasury.filings.facts import Document, Extraction
from chalicelib.treasury.filings.text import Paragraph, Text, folded, read


def extract(document: Document) -> Extraction:
    """The candidate facts of a document. Never raises for what a document contains; what could not be read is a warning."""
    text = read(document)
    if not text.blocks:
        return Extraction((), text.warnings)
    own = subjects.own_names(document, (block.text for block in text.paragraphs[:60]))
    running = folded(_running(text))
    found = [*btc_update.find(running, document), *matrix.find(text.tables, document)]
    stated, left = prose.find(text.paragraphs, document, own)
    candidates = merge.together([*found, *stated])
    if whole := first.find(candidates, text.paragraphs, document):
        candidates = (whole, *(c for c in candidates if c.asset != whole.asset))
    return Extraction(candidates, (*text.warnings, *left[:20]))


def _running(text: Text) -> str:
    """All of a document as one text, tables row by row."""
    parts = [
        block.text if isinstance(block, Paragraph) else " ".join(cell.text for row in block.rows for cell in row)
        for block in text.blocks
    ]
    return "\n".join(parts)
