"""Which asset of the catalogue a file means, and what coins were worth where the file does not say.

A match needs a symbol, an ISIN or CoinGecko's id; where a symbol fits several assets, the exchange and then the currency
decide, and where they do not, the person does. Nothing is matched by a name alone: names are for suggestions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from chalicelib.core import db
from chalicelib.core.db import Tx
from chalicelib.core.errors import FieldError, InvalidInput
from chalicelib.portfolio.import_models import AssetChoice, AssetMatch
from chalicelib.portfolio.profiles.drafts import AssetHint, Draft

queries = db.Queries(__file__, "extras.sql")

SUGGESTED_FOR = 20
"""Suggestions are looked up for that many assets; a file with more that are unknown has another problem."""
SUGGESTIONS = 3

_SUFFIXES = {
    "TSEJ": ".T", "TSE.JPN": ".T", "SEHK": ".HK", "HKEX": ".HK", "IBIS": ".DE", "IBIS2": ".DE", "XETRA": ".DE",
    "SBF": ".PA", "LSE": ".L", "LSEETF": ".L", "EBS": ".SW", "BVME": ".MI", "AEB": ".AS", "ASX": ".AX",
}  # fmt: skip
"""How the catalogue (as Yahoo does) writes symbols of exchanges outside the United States."""
_BY_CURRENCY = {"JPY": ".T", "HKD": ".HK"}
_EXCHANGES = {
    "ISLAND": "NASDAQ", "NMS": "NASDAQ", "ARCA": "NYSE ARCA", "TSEJ": "TSE", "SEHK": "HKEX", "SBF": "EURONEXT PARIS",
}  # fmt: skip

Choice = dict[str, Any]


@dataclass
class Matches:
    """By how the file calls them: the assets found, those left out, and what to say of each."""

    found: dict[str, Choice] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)
    reports: list[AssetMatch] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def match(tx: Tx, drafts: Iterable[Draft], told: dict[str, int | None]) -> Matches:
    """Finds the assets of all drafts, and of what they are valued by. Raises InvalidInput where `told` names no asset."""
    hints, lines = _hints(drafts)
    chosen = _chosen(tx, told)
    candidates = _candidates(tx, hints.values())
    matches = Matches()
    for written, hint in hints.items():
        if written in told and told[written] is None:
            matches.left_out.add(written)
            matches.reports.append(_report(written, "left_out", None, lines, []))
        elif written in chosen:
            matches.found[written] = chosen[written]
            matches.reports.append(_report(written, "chosen", chosen[written], lines, []))
        else:
            _decide(tx, matches, hint, candidates, lines)
    return matches


def closes(tx: Tx, wanted: Sequence[tuple[int, date]]) -> dict[tuple[int, date], tuple[Decimal, str]]:
    """What one unit of each asset was worth on each day, and in which currency; what is not known is not in it."""
    pairs = sorted(set(wanted))
    if not pairs:
        return {}
    rows = queries.closes_on(tx.conn, assets=[asset for asset, _ in pairs], days=[day for _, day in pairs])
    return {(row["asset_id"], row["day"]): (row["close"], row["currency"]) for row in rows}


def _hints(drafts: Iterable[Draft]) -> tuple[dict[str, AssetHint], Counter[str]]:
    hints: dict[str, AssetHint] = {}
    lines: Counter[str] = Counter()
    for draft in drafts:
        if draft.asset is not None:
            hints.setdefault(draft.asset.written, draft.asset)
            lines[draft.asset.written] += 1
        if draft.worth is not None:
            hints.setdefault(draft.worth.asset.written, draft.worth.asset)
    return hints, lines


def _chosen(tx: Tx, told: dict[str, int | None]) -> dict[str, Choice]:
    wanted = {written: asset for written, asset in told.items() if asset is not None}
    if not wanted:
        return {}
    rows = {row["id"]: row for row in queries.assets_by_id(tx.conn, ids=sorted(set(wanted.values())))}
    missing = [
        FieldError(f"body.assets.{written}", "asset_unknown", f"There is no asset {asset} in the catalogue.")
        for written, asset in wanted.items()
        if asset not in rows
    ]
    if missing:
        raise InvalidInput(fields=missing)
    return {written: rows[asset] for written, asset in wanted.items()}


def symbols_tried(hint: AssetHint) -> list[str]:
    """The symbols under which an asset may stand in the catalogue: as written, and with its exchange's suffix."""
    if hint.symbol is None:
        return []
    symbol = hint.symbol.upper()
    suffix = _SUFFIXES.get((hint.exchange or "").upper()) or _BY_CURRENCY.get(hint.currency or "")
    tried = [symbol]
    if suffix and not symbol.endswith(suffix):
        tried.append((symbol.zfill(4) if symbol.isdigit() else symbol) + suffix)
    return tried


def _candidates(tx: Tx, hints: Iterable[AssetHint]) -> list[Choice]:
    hints = list(hints)
    return list(
        queries.assets_written(
            tx.conn,
            symbols=sorted({symbol for hint in hints for symbol in symbols_tried(hint)}),
            isins=sorted({hint.isin for hint in hints if hint.isin}),
            coingecko_ids=sorted({hint.coingecko_id for hint in hints if hint.coingecko_id}),
        )
    )


def choose(hint: AssetHint, candidates: Iterable[Choice]) -> list[Choice]:
    """The assets that a hint can mean: one where it is certain enough."""
    rows = list(candidates)
    for key in ("isin", "coingecko_id"):
        wanted = getattr(hint, key)
        sure = [row for row in rows if wanted and row[key] == wanted]
        if len(sure) == 1:
            return sure
    tried = symbols_tried(hint)
    fitting = [row for row in rows if row["symbol"] in tried and _kind_fits(hint, row)]
    if hint.exchange == "":  # our own export: none means none
        return [row for row in fitting if row["exchange"] is None]
    for keep in (_same_exchange, _same_currency):
        closer = [row for row in fitting if keep(hint, row)]
        if closer:
            fitting = closer
        if len(fitting) == 1:
            break
    return fitting


def _kind_fits(hint: AssetHint, row: Choice) -> bool:
    if hint.kind == "crypto":
        return bool(row["asset_type"] == "crypto")
    return hint.kind is None or row["asset_type"] != "crypto"


def _same_exchange(hint: AssetHint, row: Choice) -> bool:
    wanted = (hint.exchange or "").upper()
    return bool(wanted) and _EXCHANGES.get(wanted, wanted) == str(row["exchange"] or "").upper()


def _same_currency(hint: AssetHint, row: Choice) -> bool:
    return bool(hint.currency == row["currency"])


def _doubtful(hint: AssetHint, row: Choice) -> bool:
    """Another exchange and another currency: most likely another company of the same ticker (T is AT&T, and Telus)."""
    return (
        bool(hint.exchange)
        and bool(hint.currency)
        and row["asset_type"] != "crypto"
        and not _same_exchange(hint, row)
        and not _same_currency(hint, row)
        and row["isin"] != (hint.isin or "")
    )


def _decide(tx: Tx, matches: Matches, hint: AssetHint, candidates: list[Choice], lines: Counter[str]) -> None:
    fitting = choose(hint, candidates)
    written = hint.written
    if len(fitting) == 1 and not _doubtful(hint, fitting[0]):
        row = fitting[0]
        matches.found[written] = row
        matches.reports.append(_report(written, "matched", row, lines, []))
        if hint.currency and row["asset_type"] != "crypto" and not _same_currency(hint, row):
            matches.notes.append(
                f"{written} was taken for {row['name']}, which is quoted in {row['currency']}, but was traded in "
                f"{hint.currency}. If it is another asset, say so in `assets`."
            )
        return
    status = "ambiguous" if fitting else "unknown"
    looked_up = sum(report.status in ("ambiguous", "unknown") for report in matches.reports) < SUGGESTED_FOR
    suggestions = fitting or (_suggestions(tx, hint) if looked_up else [])
    matches.reports.append(_report(written, status, None, lines, suggestions[:SUGGESTIONS]))


def _suggestions(tx: Tx, hint: AssetHint) -> list[Choice]:
    """From the catalogue's search, by symbol and then by name."""
    from chalicelib.market import service
    from chalicelib.market.models import AssetsQuery

    for words in (hint.symbol, hint.name, hint.written):
        if not words or len(words.strip()) > 100:
            continue
        found = service.find_assets(tx, AssetsQuery(q=words, limit=SUGGESTIONS)).items
        if found:
            return [one.model_dump() | {"currency": one.native_currency} for one in found]
    return []


def _report(
    written: str, status: Any, asset: Choice | None, lines: Counter[str], suggestions: list[Choice]
) -> AssetMatch:
    return AssetMatch(
        written=written,
        status=status,
        asset=_choice(asset) if asset else None,
        lines=lines[written],
        suggestions=[_choice(row) for row in suggestions],
    )


def _choice(row: Choice) -> AssetChoice:
    return AssetChoice(**{name: row[name] for name in AssetChoice.model_fields})
