"""The way in: a document to what it states."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from chalicelib.treasury.filings import (
    btc_update,
    coins,
    first,
    japanese,
    labels,
    matrix,
    merge,
    press,
    prose,
    subjects,
)
from chalicelib.treasury.filings.facts import Candidate, Document, Extraction
from chalicelib.treasury.filings.text import Paragraph, Text, read

MAX_WARNINGS = 25
MAX_STATEMENTS = 400
"""Statements of one document that are put beside each other; a real one has a few dozen at most."""
_AHEAD = timedelta(days=2)
"""A total dated after its filing, time zones apart, was dated by some other date of its sentence."""
NO_COINS = "The document states no holding or purchase of {}."


def extract(document: Document) -> Extraction:
    """The candidate facts of a document, best first. Never raises for what a document contains: a warning says what was
    left."""
    text = read(document)
    if not text.blocks:
        return Extraction((), text.warnings)
    if reason := _refused(document, text):
        return Extraction((), (*text.warnings, reason))
    paragraphs = text.paragraphs
    if document.title:
        paragraphs = [Paragraph(document.title, -1, heading=True), *paragraphs]
    filed = document.filed
    document = replace(document, filed=press.day(document, paragraphs) or document.filed)
    own = subjects.own_names(document, (paragraph.text for paragraph in paragraphs[:80]))
    running = _running(text)
    tables, unclear = matrix.find(text.blocks, document, own)
    found = [*btc_update.find(running, document), *tables]
    if japanese.is_japanese(running):
        found += japanese.find(running, document)
    found += labels.find(paragraphs, document)
    stated, left = prose.find(paragraphs, document, own)
    possible = [candidate for candidate in (*found, *stated) if not _is_supply(candidate)]
    candidates = merge.together([_dated(candidate, document) for candidate in possible[:MAX_STATEMENTS]])
    if whole := first.find(candidates, paragraphs, document):
        candidates = (whole, *(c for c in candidates if c.asset != whole.asset))
    candidates = tuple(_counted_on(candidate, filed) for candidate in candidates)
    warnings = [*text.warnings, *dict.fromkeys([*unclear, *left])]
    if len(possible) > MAX_STATEMENTS:
        warnings.insert(0, f"Only the first {MAX_STATEMENTS} of {len(possible):,} statements were looked at.")
    if not candidates:
        warnings.append(NO_COINS.format(", ".join(document.assets)))
    return Extraction(candidates, tuple(warnings[:MAX_WARNINGS]))


def _refused(document: Document, text: Text) -> str | None:
    """Why a document is not looked at: a Japanese title of another matter, or a release of another company."""
    if document.source == "tse":
        title = document.title or japanese.heading(_running(text)[:2000])
        if word := japanese.excluded(title):
            return f"The title is about another matter ({word}): {title[:120]}"
    if ticker := press.anothers(document, text.paragraphs):
        return f"The release is another company's ({ticker})."
    return None


def _dated(candidate: Candidate, document: Document) -> Candidate:
    if candidate.as_of and candidate.as_of > document.filed + _AHEAD:
        note = "the date beside the total is later than the document, whose own date is taken"
        return replace(
            candidate,
            as_of=document.filed,
            confidence=candidate.confidence / 2,
            notes=(*candidate.notes, note),
        )
    return candidate


def _counted_on(candidate: Candidate, filed: date) -> Candidate:
    """Shares with the day they stand for and the day of the document, in whose shares they are counted."""
    if candidate.shares is None:
        return candidate
    return replace(
        candidate,
        basic_shares=candidate.shares if candidate.share_basis == "basic" else candidate.basic_shares,
        shares_as_of=candidate.shares_as_of or candidate.as_of,
        shares_stated_on=filed,
    )


def _is_supply(candidate: Candidate) -> bool:
    """Whether a total is all that there is of a coin, or more: the number was another one."""
    limit = coins.SUPPLY.get(candidate.asset)
    return limit is not None and candidate.holdings is not None and candidate.holdings >= limit


def _running(text: Text) -> str:
    """All of a document as one text, tables row by row."""
    parts = [
        block.text
        if isinstance(block, Paragraph)
        else " ".join(cell.text for row in block.rows for cell in row)
        for block in text.blocks
    ]
    return "\n".join(parts)
