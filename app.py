"""Every way in, read as a timetable: which routes there are, what runs when, what listens to which queue.

Schedules and queue handlers are declared here and not in blueprints: Chalice deploys a blueprint's handler with its own
module as the entry point, and this file would never be imported. Each is a Lambda of its own, so they are few and coarse.
"""

from typing import Any

from chalice.app import Chalice, CloudWatchEvent, SQSEvent

from chalicelib.core import jobs, queue
from chalicelib.core.jobs import Job
from chalicelib.core.routes import routes as system_routes
from chalicelib.exchange import auction_jobs as exchange_auctions
from chalicelib.exchange import book_jobs as exchange_books
from chalicelib.exchange import calendar_jobs as exchange_calendar
from chalicelib.exchange import order_jobs as exchange_orders
from chalicelib.exchange import report_jobs as exchange_reports
from chalicelib.exchange.auction_routes import routes as exchange_auction_routes
from chalicelib.exchange.order_routes import routes as exchange_order_routes
from chalicelib.exchange.report_routes import routes as exchange_report_routes
from chalicelib.exchange.routes import routes as exchange_routes
from chalicelib.identity import jobs as identity
from chalicelib.identity.routes import routes as identity_routes
from chalicelib.market import jobs as market
from chalicelib.market.routes import routes as market_routes
from chalicelib.portfolio import jobs as portfolio
from chalicelib.portfolio import splits as portfolio_splits
from chalicelib.portfolio.extra_routes import routes as portfolio_extra_routes
from chalicelib.portfolio.report_routes import routes as portfolio_report_routes
from chalicelib.portfolio.routes import routes as portfolio_routes
from chalicelib.treasury import expiry as treasury_expiry
from chalicelib.treasury import jobs as treasury
from chalicelib.treasury import mnav_job as treasury_mnav
from chalicelib.treasury.report_routes import routes as treasury_report_routes
from chalicelib.treasury.routes import routes as treasury_routes
from chalicelib.treasury.scrape_routes import routes as treasury_scrape_routes

app = Chalice(app_name="holdfast")
app.register_blueprint(system_routes)
app.register_blueprint(identity_routes)
app.register_blueprint(market_routes)
app.register_blueprint(portfolio_routes)
app.register_blueprint(portfolio_report_routes)
app.register_blueprint(portfolio_extra_routes)
app.register_blueprint(exchange_auction_routes)
app.register_blueprint(exchange_routes)
app.register_blueprint(exchange_order_routes)
app.register_blueprint(exchange_report_routes)
app.register_blueprint(treasury_routes)
app.register_blueprint(treasury_report_routes)
app.register_blueprint(treasury_scrape_routes)

# A job that counts its periods (each day once) may stand on the hourly line: it runs in the first hour of its period,
# or in the first hour after an outage, and catches up there. What has its minute stands before what waits for others.
EVERY_MINUTE = (
    exchange_auctions.HOLD_AUCTIONS,
    exchange_auctions.PUBLISH_INDICATIVE,
    exchange_orders.SERVE_WAITING,
    exchange_reports.CLOSE_TRADING_DAY,
    portfolio_splits.SETTLE_SPLITS,
    market.REFRESH_CRYPTO_PRICES,
    market.REFRESH_STOCK_PRICES,
    market.SWEEP_BACKFILLS,
    treasury_expiry.EXPIRE_OVERRIDES,
    treasury.SWEEP_SCRAPES,
    treasury.POLL_NEWSWIRES,
    portfolio.REFRESH_PERFORMANCE_CACHE,
    exchange_reports.REFRESH_MARKET_STATE,
)
EVERY_HOUR = (
    market.REFRESH_EXCHANGE_RATES,
    market.REFRESH_MARKET_CAPS,
    market.EXTEND_HISTORIES,
    market.QUEUE_GAPS,
    market.KEEP_CLOSE_ONLY,
    market.MAINTAIN_PARTITIONS,
    exchange_calendar.EXTEND_CALENDAR,
    exchange_books.CHECK_BOOKS,
    exchange_books.MAKE_TRADE_PARTITIONS,
    portfolio.TAKE_SNAPSHOTS,
    portfolio.RETAKE_SNAPSHOTS,
    portfolio.PROPOSE_DIVIDENDS,
    exchange_orders.SWEEP_WAITING,
    treasury_mnav.SNAPSHOT_MNAV,
    treasury.PLAN_SCRAPES,
    treasury.SWEEP_STALENESS,
    treasury.SETTLE_PRICED,
    identity.SWEEP,
    jobs.SWEEP_GROUND_FLOOR,
)
TIMETABLE: dict[str, tuple[Job, ...]] = {
    "rate(1 minute)": EVERY_MINUTE,
    "rate(1 hour)": EVERY_HOUR,
}


@app.schedule("rate(1 minute)", name="every_minute")
def every_minute(event: CloudWatchEvent) -> Any:
    return jobs.run_due(event, *EVERY_MINUTE)


@app.schedule("rate(1 hour)", name="every_hour")
def every_hour(event: CloudWatchEvent) -> Any:
    return jobs.run_due(event, *EVERY_HOUR)


@app.on_sqs_message(
    queue=queue.full_name(queue.BACKFILL), batch_size=queue.BACKFILL.batch_size, name="backfill"
)
def backfill_worker(event: SQSEvent) -> Any:
    from chalicelib.market import backfill

    return queue.consume(event.to_dict()["Records"], backfill.work_on)


@app.on_sqs_message(queue=queue.full_name(queue.SCRAPE), batch_size=queue.SCRAPE.batch_size, name="scrape")
def scrape_worker(event: SQSEvent) -> Any:
    from chalicelib.treasury import scraping

    return queue.consume(event.to_dict()["Records"], scraping.work_on)


@app.lambda_function(name="migrate")
def migrate(event: Any, context: Any) -> Any:  # noqa: ARG001
    """What an operator invokes: brings the database up to date, or with {"admin": e-mail} makes an administrator."""
    from chalicelib.core.migrate import migrate_deployed
    from chalicelib.identity.service import make_admin

    if "admin" in event:
        made = make_admin(event["admin"])
        return {"email": made.email, "created": made.created, "password": made.password}
    return migrate_deployed()
