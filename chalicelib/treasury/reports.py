"""What companies hold, what it is worth, what the market pays for it: reads for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from chalicelib.core import clock, db
from chalicelib.core.db import Tx
from chalicelib.core.models import Page, PageQuery, decode_cursor, decode_day, wrong_cursor
from chalicelib.market import service as market
from chalicelib.treasury import companies
from chalicelib.treasury.report_models import (
    AssetTotal,
    CompaniesQuery,
    CompanyFigures,
    CompanyReport,
    Figures,
    Leader,
    Leaders,
    LeadersQuery,
    MnavDay,
    MnavQuery,
    Purchase,
    Statement,
    Summary,
    YieldItem,
)

queries = db.Queries(__file__, "reports.sql")

EVERYTHING = 100_000
"""More companies than there are: for files that hold all of them."""


def list_companies(tx: Tx, query: CompaniesQuery) -> Page[CompanyFigures]:
    """Active companies with their figures. Raises InvalidInput for a cursor of another sorting."""
    sort = query.sort or ("relevance" if query.q else "value")
    after = _after(query.cursor, sort)
    rows = ranked(
        tx,
        asset=query.asset,
        tier=query.tier,
        is_miner=query.miner,
        q=query.q,
        sort=sort,
        after=after,
        limit=query.limit + 1,
    )
    keys = {row["company_id"]: [sort, _text(row["sort_key"]), row["sort_name"]] for row in rows}
    listed = [listed_company(row) for row in rows]
    return Page[CompanyFigures].of(listed, query.limit, lambda one: [*keys[one.id], one.id])


def ranked(tx: Tx, **wanted: Any) -> list[dict[str, Any]]:
    """Rows of active companies, sorted: see `ranked_companies` in reports.sql."""
    key, name, identity = wanted.pop("after", None) or (None, None, None)
    q = wanted.pop("q", None)
    words = market.words(q)
    if q is not None and words is None:
        return []
    return list(
        queries.ranked_companies(
            tx.conn,
            **wanted,
            words=words,
            ticker=(q or "").strip().upper(),
            after_key=key,
            after_name=name,
            after_id=identity,
        )
    )


def show_company(tx: Tx, company_id: int) -> CompanyReport:
    """Everything about one company, overrides in place. Raises NotFound."""
    company = companies.show_company(tx, company_id)
    row = queries.company_figures(tx.conn, company_id=company_id)
    stated = queries.current_statement(tx.conn, company_id=company_id)
    return CompanyReport(
        **dict(company),
        figures=Figures.model_validate(_figures(row)) if row else None,
        statement=Statement.model_validate(stated) if stated else None,
    )


def yields(tx: Tx, company_id: int, query: PageQuery) -> Page[YieldItem]:
    """A company's yields, the latest snapshot first. Raises NotFound."""
    _known(tx, company_id)
    rows = queries.yields(tx.conn, company_id=company_id, **_page(query))
    found = [YieldItem.model_validate(row) for row in rows]
    return Page[YieldItem].of(found, query.limit, lambda one: [one.snapshot_date.isoformat()])


def purchases(tx: Tx, company_id: int, query: PageQuery) -> Page[Purchase]:
    """By how much a company's holdings changed, the latest first. Raises NotFound."""
    _known(tx, company_id)
    rows = queries.purchases(tx.conn, company_id=company_id, **_page(query))
    found = [Purchase.model_validate({name: row[name] for name in Purchase.model_fields}) for row in rows]
    return Page[Purchase].of(found, query.limit, lambda one: [one.snapshot_date.isoformat()])


def mnav_history(tx: Tx, company_id: int, query: MnavQuery) -> Page[MnavDay]:
    """A company's mNAV by day, the latest first. Raises NotFound."""
    _known(tx, company_id)
    rows = queries.mnav_days(tx.conn, company_id=company_id, first=query.from_, last=query.to, **_page(query))
    found = [MnavDay.model_validate({name: row[name] for name in MnavDay.model_fields}) for row in rows]
    return Page[MnavDay].of(found, query.limit, lambda one: [one.day.isoformat()])


def summary(tx: Tx) -> Summary:
    """Totals of all active companies by coin, the greatest value first."""
    totals = []
    for row in queries.totals(tx.conn):
        why = {
            "supply_share_percent": row.pop("supply_reason"),
            "coin_price_usd": row.pop("price_reason"),
            "market_cap_usd": row.pop("cap_reason"),
        }
        reasons = {name: reason for name, reason in why.items() if reason and row[name] is None}
        totals.append(AssetTotal.model_validate({**row, "reasons": reasons}))
    return Summary(
        companies=sum(total.companies for total in totals),
        holdings_value=sum((total.holdings_value for total in totals), Decimal(0)),
        unvalued=sum(total.unvalued for total in totals),
        assets=totals,
    )


def leaders(tx: Tx, query: LeadersQuery) -> Leaders:
    """The tables of who holds, bought, and yields most, and of what the market pays most and least for."""
    tables: dict[str, list[Leader]] = {name: [] for name in Leaders.model_fields}
    since = clock.today() - timedelta(days=query.days)
    for row in queries.leaders(tx.conn, asset=query.asset, since=since, days=query.days, count=query.count):
        tables[row.pop("board")].append(Leader.model_validate(row))
    return Leaders(**tables)


def listed_company(row: Mapping[str, Any]) -> CompanyFigures:
    """A row of the view as the list shows it."""
    own = {name: row[name] for name in CompanyFigures.model_fields if name in row}
    return CompanyFigures.model_validate({**own, **_figures(row), "id": row["company_id"]})


def _figures(row: Mapping[str, Any]) -> dict[str, Any]:
    own = {name: row[name] for name in Figures.model_fields if name in row}
    return own | {
        "holdings_date": row["snapshot_date"],
        "yield_qtd_percent": row["yield_qtd"],
        "yield_ytd_percent": row["yield_ytd"],
        "reasons": row["reasons"] | row["yield_reasons"],
    }


def _known(tx: Tx, company_id: int) -> None:
    if not queries.company_exists(tx.conn, company_id=company_id):
        raise companies.company_unknown(company_id)


def _page(query: PageQuery) -> dict[str, Any]:
    """What lists by day, the latest first, ask for: one row more than a page holds, from before the last one's day."""
    return {"before": decode_day(query.cursor), "limit": query.limit + 1}


def _after(cursor: str | None, sort: str) -> tuple[Decimal | None, str, int] | None:
    """The key of the last company of the page before: the number it was sorted by, its name, its id."""
    key = decode_cursor(cursor, str, str, str, int)
    if key is None:
        return None
    try:
        number = Decimal(key[1]) if key[1] else None
    except InvalidOperation:
        raise wrong_cursor() from None
    if key[0] != sort or (number is not None and not number.is_finite()):
        raise wrong_cursor()
    return number, key[2], key[3]


def _text(number: Decimal | None) -> str:
    return "" if number is None else format(number, "f")
