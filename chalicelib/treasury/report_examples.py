"""Examples for the documentation of the treasury tracker's figures. Strategy's holdings, shares and yields are those of its
8-K of 2024-12-30."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.treasury.examples import COMPANY, SNAPSHOT, TIER_OVERRIDE

PATH = {"company_id": 1}
FIGURES = {
    "holdings": "446400",
    "holdings_date": "2024-12-29",
    "holdings_source": "snapshot",
    "days_since_update": 3,
    "coin_price_usd": "95000",
    "coin_price_at": "2025-01-01T12:00:00Z",
    "holdings_value": "42408000000",
    "supply_share_percent": "2.25409091",
    "share_price": "300",
    "share_currency": "USD",
    "share_price_usd": "300",
    "share_price_at": "2024-12-31T21:00:00Z",
    "share_price_source": "live",
    "share_price_day": None,
    "share_rate": "1",
    "shares_basic": "245459000",
    "shares_basic_date": "2024-12-29",
    "shares_assumed_diluted": "281418000",
    "shares_assumed_diluted_date": "2024-12-29",
    "shares_fully_diluted": None,
    "shares_fully_diluted_date": None,
    "market_cap_usd": "73637700000",
    "market_cap_method": "price_times_shares",
    "market_cap_date": None,
    "diluted_market_cap_usd": "84425400000",
    "diluted_basis": "assumed_diluted",
    "total_debt": "7260000000",
    "total_debt_date": "2024-12-29",
    "total_debt_currency": "USD",
    "preferred_equity": "0",
    "preferred_equity_date": "2024-12-29",
    "preferred_equity_currency": "USD",
    "cash": None,
    "cash_date": None,
    "cash_currency": "USD",
    "financials_currency": "USD",
    "financials_date": "2024-12-29",
    "enterprise_value_usd": None,
    "mnav_basic": "1.73641058",
    "mnav_diluted": "1.99078947",
    "mnav_ev": None,
    "premium_basic_percent": "73.641058",
    "premium_diluted_percent": "99.078947",
    "premium_ev_percent": None,
    "cost_basis_avg": "62428",
    "cost_basis_date": "2024-12-29",
    "cost_basis_currency": "USD",
    "cost_basis_source": "snapshot",
    "cost_basis_usd": "62428",
    "total_cost_usd": "27867859200",
    "unrealised_gain_usd": "14540140800",
    "unrealised_gain_percent": "52.17530566",
    "holdings_per_share": "0.001586252478519497",
    "holdings_per_share_basis": "assumed_diluted",
    "staking_pct": None,
    "staking_pct_date": None,
    "yield_date": "2024-12-29",
    "quarter_base_date": "2024-09-30",
    "yield_qtd_percent": "47.82127785",
    "gain_qtd": "120614.82699327",
    "year_base_date": "2023-12-31",
    "yield_ytd_percent": "74.12919437",
    "gain_ytd": "140215.37115086",
    "reasons": {"enterprise_value_usd": "no_cash", "mnav_ev": "no_cash", "premium_ev_percent": "no_cash"},
}
LISTED = {
    name: COMPANY[name]
    for name in (
        "id", "external_id", "ticker", "name", "asset", "asset_id", "share_asset_id", "currency", "exchange", "country",
        "tier", "is_miner",
    )
} | FIGURES | {"overridden": {"tier": TIER_OVERRIDE}}  # fmt: skip
STATEMENT = {
    name: SNAPSHOT[name]
    for name in (
        "id", "snapshot_date", "holdings", "source", "source_url", "accession", "evidence", "confidence", "reviewed_at",
    )
} | {"flags": []}  # fmt: skip
YIELD = {
    "snapshot_id": 88,
    "snapshot_date": "2024-12-29",
    "holdings": "446400",
    "share_basis": "assumed_diluted",
    "shares": "281418000",
    "holdings_per_share": "0.001586252478519497",
    "previous_date": "2024-12-15",
    "period_percent": "0.99613098",
    "period_gain": "4373.0150022",
    "quarter_base_date": "2024-09-30",
    "quarter_percent": "47.82127785",
    "quarter_gain": "120614.82699327",
    "year_base_date": "2023-12-31",
    "year_percent": "74.12919437",
    "year_gain": "140215.37115086",
    "reasons": {},
}
PURCHASE = {
    "snapshot_id": 88,
    "snapshot_date": "2024-12-29",
    "amount": "2138",
    "method": "stated",
    "covering": False,
    "change": "2138",
    "holdings": "446400",
    "previous_date": "2024-12-22",
    "period_start": "2024-12-23",
    "period_end": "2024-12-29",
    "purchase_cost": "209000000",
    "purchase_average_price": "97837",
    "currency": "USD",
    "source": "8-K",
    "source_url": SNAPSHOT["source_url"],
    "accession": SNAPSHOT["accession"],
}
MNAV_DAY = {
    "day": "2024-12-31",
    "holdings": "446400",
    "coin_price_usd": "95000",
    "share_price_usd": "300",
    "holdings_value_usd": "42408000000",
    "market_cap_usd": "73637700000",
    "market_cap_method": "price_times_shares",
    "mnav_basic": "1.73641058",
    "mnav_diluted": "1.99078947",
    "mnav_ev": None,
    "reasons": {"mnav_ev": "no_cash"},
    "overridden": {},
    "created_at": "2025-01-01T00:12:00Z",
}
LEADER = {
    "rank": 1,
    "company_id": 1,
    "ticker": "MSTR",
    "name": "Strategy Inc",
    "asset": "BTC",
    "figure": "42408000000",
    "amount": "446400",
    "day": "2024-12-29",
    "reason": None,
    "overridden": {},
}


def _page(item: Mapping[str, object]) -> dict[str, object]:
    return {"items": [item], "next_cursor": None}


LIST_COMPANIES = {"query": {"asset": "BTC", "sort": "value"}, "answer": _page(LISTED)}
SHOW_COMPANY = {"path": PATH, "answer": {**COMPANY, "figures": FIGURES, "statement": STATEMENT}}
LIST_YIELDS = {"path": PATH, "query": {"limit": 50}, "answer": _page(YIELD)}
LIST_PURCHASES = {"path": PATH, "query": {"limit": 50}, "answer": _page(PURCHASE)}
LIST_MNAV = {"path": PATH, "query": {"from": "2024-12-01", "to": "2024-12-31"}, "answer": _page(MNAV_DAY)}
SHOW_TOTALS = {
    "answer": {
        "companies": 1,
        "holdings_value": "42408000000",
        "unvalued": 0,
        "assets": [
            {
                "asset": "BTC",
                "asset_id": 1,
                "companies": 1,
                "holdings": "446400",
                "holdings_value": "42408000000",
                "unvalued": 0,
                "coin_price_usd": "95000",
                "supply_share_percent": "2.25409091",
                "market_cap_usd": "73637700000",
                "reasons": {},
                "overridden": [],
            }
        ],
    }
}
SHOW_LEADERS = {
    "query": {"asset": "BTC", "count": 1},
    "answer": {
        "largest_holders": [LEADER],
        "best_yield_ytd": [LEADER | {"figure": "74.12919437", "amount": "140215.37115086"}],
        "highest_mnav": [LEADER | {"figure": "1.73641058"}],
        "lowest_mnav": [LEADER | {"figure": "1.73641058"}],
        "recent_purchases": [LEADER | {"figure": "203110000", "amount": "2138"}],
    },
}
EXPORT_COMPANIES = {"query": {"asset": "BTC"}}
EXPORT_HISTORY = {"path": PATH}
