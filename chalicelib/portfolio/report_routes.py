"""What portfolios were worth, over HTTP: performance, charts, benchmarks, snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.core.db import Tx
from chalicelib.core.http import Routes
from chalicelib.core.later import later
from chalicelib.core.models import Id, Page
from chalicelib.portfolio import report_examples

if TYPE_CHECKING:
    from chalicelib.portfolio import performance, snapshots
    from chalicelib.portfolio import performance_models as models
else:
    performance, snapshots, models = later(
        "chalicelib.portfolio", "performance", "snapshots", "performance_models"
    )

routes = Routes(__name__, "portfolio")


@routes.get("/v1/portfolios/{portfolio_id}/performance", example=report_examples.SHOW_PERFORMANCE)
def show_performance(tx: Tx, portfolio_id: Id, query: models.PerformanceQuery) -> models.Performance:
    """How a portfolio did, over a named range or any days.

    Three measures, each in per cent and in money, and each says how it is computed and of what it is a part: time-weighted
    (the choice of investments), money-weighted (your own money, when it was in), simple (on the average capital). `change`
    tells why the value changed, in lines that add up to the last digit. A day whose price or rate is not known is listed
    under `gaps`; nothing is made up for it.
    """
    return performance.report(tx, portfolio_id, query)


@routes.get("/v1/portfolios/{portfolio_id}/chart", example=report_examples.SHOW_CHART)
def show_chart(tx: Tx, portfolio_id: Id, query: models.ChartQuery) -> models.Chart:
    """Value, invested capital, and the time-weighted index of a portfolio by day, week or month.

    Both indices begin at 100 at the opening of the range. The value of a day on which something is not known is null.
    """
    return performance.chart(tx, portfolio_id, query)


@routes.get("/v1/portfolios/{portfolio_id}/benchmark", example=report_examples.COMPARE_PORTFOLIO)
def compare_portfolio(tx: Tx, portfolio_id: Id, query: models.BenchmarkQuery) -> models.BenchmarkComparison:
    """A portfolio beside an asset: had the same money gone into it on the same days.

    `equivalent_value` is the public market equivalent of Long and Nickels; `plain_return_percent` is what the asset's own
    price did over the range. Histories are fetched of what somebody holds or watches: where the benchmark has no price,
    watch it (PUT /v1/assets/{asset_id}/watch) and ask again.
    """
    return performance.compare(tx, portfolio_id, query)


@routes.get("/v1/portfolios/{portfolio_id}/snapshots", example=report_examples.LIST_SNAPSHOTS)
def list_snapshots(tx: Tx, portfolio_id: Id, query: models.SnapshotsQuery) -> Page[models.Snapshot]:
    """What a portfolio was worth at each midnight UTC, the newest first, with its positions, in US dollars."""
    return snapshots.list_snapshots(tx, portfolio_id, query)


@routes.get("/v1/portfolios/{portfolio_id}/summary", example=report_examples.SHOW_SUMMARY)
def show_summary(tx: Tx, portfolio_id: Id) -> models.PerformanceSummary:
    """A portfolio's value and its changes over a day, a week, a month, a year and since its beginning, at a glance.

    Computed anew after each transaction, and every 15 minutes while the New York Stock Exchange trades.
    """
    return snapshots.summary(tx, portfolio_id)
