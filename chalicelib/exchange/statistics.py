"""Trading days: closed once they have ended, with everybody's statistics and a leaderboard; and what is known of them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from chalicelib.core import clock, db
from chalicelib.core.db import Tx
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.core.models import Page, PageQuery, decode_cursor, encode_cursor
from chalicelib.core.sessions import NEW_YORK, session_days
from chalicelib.exchange.report_models import (
    ClosedDay,
    DailyStats,
    Leaderboard,
    LeaderboardQuery,
    Ranked,
    TradingDay,
)
from chalicelib.exchange.schedule import trading_day, trading_hours

queries = db.Queries(__file__, "reports.sql")

DAY_ZERO = date(2000, 1, 1)
SETTLES = timedelta(minutes=2)
"""A request that was under way when the day ended may be written a moment later: for so long the day is computed anew."""


def ended_days(tx: Tx, now: datetime) -> list[date]:
    """All trading days since the first listing that have ended by `now`, the oldest first."""
    listed = queries.first_listing(tx.conn)
    if listed is None:
        return []
    days = session_days(trading_day(listed), now.astimezone(NEW_YORK).date())
    while days and trading_hours(days[-1])[1] > now:
        days.pop()
    return days


def due_days(tx: Tx, ended: list[date], now: datetime) -> list[date]:
    """Which of the days that have ended are to be closed, the oldest first: those that are not, and the last one as long
    as it settles."""
    closed = {row["day"] for row in queries.closed_days(tx.conn)}
    due = [day for day in ended if day not in closed]
    if ended and not due and now - trading_hours(ended[-1])[1] < SETTLES:
        due.append(ended[-1])
    return due


def close_day(tx: Tx, day: date, now: datetime) -> ClosedDay:
    """Computes the statistics and the leaderboard of a trading day that has ended, for jobs and administrators.

    May be done again at any time: what is there is replaced only where it is different. Raises ValueError for a day
    without a session, and a database error for one that has not ended.
    """
    starts_after, ends_at = trading_hours(day)
    done = queries.close_trading_day(tx.conn, day=day, starts_after=starts_after, ends_at=ends_at, now=now)
    return ClosedDay(
        trading_day=TradingDay.model_validate(done["day"]), changed=done["changed"], ranked=done["ranked"]
    )


def close_again(tx: Tx, day: date) -> ClosedDay:
    """Closes a trading day, for administrators. Raises NotFound for a day on which nothing was or will be traded, Conflict
    for one that has not ended."""
    now = clock.now()
    if day in ended_days(tx, now):
        return close_day(tx, day, now)
    listed = queries.first_listing(tx.conn)
    if listed is None or day < trading_day(listed) or not session_days(day, day):
        raise _day_unknown(day)
    ends_at = trading_hours(day)[1]
    raise Conflict(
        "trading_day_open",
        f"The trading day {day} ends at {ends_at.isoformat()}.",
        ends_at=ends_at.isoformat(),
    )


def list_trading_days(tx: Tx, query: PageQuery) -> Page[TradingDay]:
    """The trading days whose statistics are there, the newest first."""
    rows = queries.list_trading_days(tx.conn, before=_before(query), limit=query.limit + 1)
    found = [TradingDay.model_validate(row) for row in rows]
    return Page[TradingDay].of(found, query.limit, lambda one: [_number(one.day)])


def show_leaderboard(tx: Tx, query: LeaderboardQuery) -> Leaderboard:
    """The ranking of a trading day, of the last one unless asked for another. Raises NotFound for a day without one."""
    number, after = decode_cursor(query.cursor, int, int) or (None, 0)
    if number is None and query.date is not None:
        number = _number(query.date)
    row = queries.show_trading_day(tx.conn, number=number)
    if row is None:
        if number is not None:
            raise _day_unknown(query.date)
        return Leaderboard(trading_day=None, items=[], next_cursor=None)
    found = TradingDay.model_validate(row)
    rows = list(queries.list_ranking(tx.conn, day=found.day, after=after, limit=query.limit + 1))
    items = [Ranked.model_validate(each) for each in rows[: query.limit]]
    # the cursor names the day: while somebody turns pages, another day may end
    more = len(rows) > query.limit
    cursor = encode_cursor([_number(found.day), items[-1].rank]) if more else None
    return Leaderboard(trading_day=found, items=items, next_cursor=cursor)


def list_own_stats(tx: Tx, query: PageQuery) -> Page[DailyStats]:
    """The caller's trading days, the newest first."""
    rows = queries.list_trading_stats(
        tx.conn, user_id=tx.who.user_id, before=_before(query), limit=query.limit + 1
    )
    found = [DailyStats.model_validate(row) for row in rows]
    return Page[DailyStats].of(found, query.limit, lambda stats: [_number(stats.stat_date)])


def _before(query: PageQuery) -> int | None:
    key = decode_cursor(query.cursor, int)
    return key[0] if key else None


def _number(day: date) -> int:
    """A day as cursors carry it, which the database turns back: it refuses numbers that are no days."""
    return (day - DAY_ZERO).days


def _day_unknown(day: date | None) -> NotFound:
    return NotFound(
        "trading_day_unknown", f"There are no results of the trading day {day or 'in the cursor'}."
    )
