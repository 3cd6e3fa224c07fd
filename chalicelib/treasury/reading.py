"""Reading one filing or announcement: each of its documents to what it states. Nothing is asked or stored here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.core import log
from chalicelib.core.later import later
from chalicelib.treasury.readers import Listed, Listing, Part, Target

if TYPE_CHECKING:
    from chalicelib.treasury import candidates
    from chalicelib.treasury.filings import extract, facts
else:
    (candidates,) = later("chalicelib.treasury", "candidates")
    extract, facts = later("chalicelib.treasury.filings", "extract", "facts")

MAX_WARNINGS = 25
MAX_LINE = 500


class Read(NamedTuple):
    """Rows of treasury.scraped_documents, candidates as treasury.propose_snapshots takes them, lines for the log."""

    documents: list[dict[str, Any]]
    candidates: list[dict[str, Any]]
    log: list[str]


def read(target: Target, listing: Listing, item: Listed, parts: Sequence[Part]) -> Read:
    """What the documents of one filing state about the company's coin. Never raises for what a document contains."""
    stated: list[Any] = []
    documents = []
    for part in parts:
        found, warnings, problem = _extracted(target, listing, item, part)
        stated += [candidates.Stated(one, part.key, part.form, part.url, part.accession) for one in found]
        says = any(one.asset == target.asset and one.holdings is not None for one in found)
        outcome = "unreadable" if problem else "candidates" if says else "nothing_stated"
        documents.append(
            noted(part.key, part.form, part.title or item.title, item, part.url, outcome, warnings)
        )
    proposed, left = candidates.proposals(stated, target.asset, item.filed)
    if documents and left:
        documents[0]["warnings"] = [*documents[0]["warnings"], *(line[:MAX_LINE] for line in left)][
            :MAX_WARNINGS
        ]
    lines = [
        f"{item.key}: {one['holdings']} {target.asset} as of {one['snapshot_date']}"
        + (f" ({', '.join(one['flags'])})" if one["flags"] else "")
        for one in proposed
    ]
    lines += [
        f"{document['key']}: unreadable, {document['warnings'][0]}"
        for document in documents
        if document["outcome"] == "unreadable"
    ]
    return Read(documents, proposed, lines)


def noted(
    key: str, form: str | None, title: str, item: Listed, url: str, outcome: str, warnings: Sequence[str]
) -> dict[str, Any]:
    """A row of treasury.scraped_documents."""
    return {
        "key": key[:300],
        "form": form,
        "title": _storable(title)[:MAX_LINE],
        "filed": item.filed.isoformat(),
        "url": url,
        "outcome": outcome,
        "warnings": [_storable(line)[:MAX_LINE] for line in warnings][:MAX_WARNINGS],
    }


def _extracted(
    target: Target, listing: Listing, item: Listed, part: Part
) -> tuple[Sequence[facts.Candidate], list[str], bool]:
    """What one document states, warnings, and whether it could not be read."""
    if part.problem:
        return (), [part.problem], True
    source: Any = target.type
    document = facts.Document(
        part.kind, source, item.filed, part.body, part.form, listing.names, listing.tickers, (target.asset,),
        part.title or item.title,
    )  # fmt: skip
    try:
        found = extract.extract(document)
    except Exception as error:  # noqa: BLE001 -- a document that the reader cannot stand must not cost the others
        log.error("extraction_failed", error, key=part.key)
        return (), [f"its reader failed: {type(error).__name__}"], True
    return found.candidates, list(found.warnings), False


def _storable(text: str) -> str:
    return text.replace("\0", "")
