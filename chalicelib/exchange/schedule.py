"""When auctions are and trading days end: the sessions of the New York Stock Exchange, to which the exchange keeps.

An opening auction at each session's open and a closing one at its close, early closes included. Orders collect in the ten
minutes before (the call). An offering whose hours are those of the session collects all night: from one session's close on.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from chalicelib.core.sessions import NEW_YORK, Session, session

AuctionType = Literal["opening_auction", "closing_auction"]
Hours = Literal["always", "session"]

CALL_MINUTES = 10
DAY_ENDS_AFTER_CLOSE = timedelta(minutes=15)
"""A trading day ends so long after its session's close: the closing auction belongs to it."""
DAY = timedelta(days=1)


class Auction(NamedTuple):
    """One auction: which of the day's two, when it is held, and from when on orders collect for it."""

    event_type: AuctionType
    day: date
    at: datetime
    calls_from: datetime

    @property
    def columns(self) -> dict[str, str]:
        """What an offering's row says of its next auction."""
        return {
            "next_auction": self.event_type,
            "next_auction_day": self.day.isoformat(),
            "next_auction_at": self.at.isoformat(),
            "calls_from": self.calls_from.isoformat(),
        }


def auction_after(moment: datetime, hours: Hours) -> Auction:
    """The first auction later than `moment`, of an offering with these hours."""
    found = session_on_or_after(moment.astimezone(NEW_YORK).date())
    while found.closes <= moment:
        found = session_on_or_after(found.day + DAY)
    if moment < found.opens:
        begins = _call(found.opens) if hours == "always" else session_before(found.day).closes
        return Auction("opening_auction", found.day, found.opens, begins)
    return Auction("closing_auction", found.day, found.closes, _call(found.closes))


def trading_day(moment: datetime) -> date:
    """The trading day that a moment belongs to: what happens after its end, and on days without a session, counts to the
    next one. The moment at which a day ends is its last."""
    found = session_on_or_after(moment.astimezone(NEW_YORK).date())
    while day_end(found) < moment:
        found = session_on_or_after(found.day + DAY)
    return found.day


def trading_hours(day: date) -> tuple[datetime, datetime]:
    """From when (excluded) to when (included) a trading day lasts. Raises ValueError for a day without a session."""
    found = session(day)
    if found is None:
        raise ValueError(f"{day} is not a trading day")
    return day_end(session_before(day)), day_end(found)


def day_end(of: Session) -> datetime:
    """When the trading day of a session ends."""
    return of.closes + DAY_ENDS_AFTER_CLOSE


def session_on_or_after(day: date) -> Session:
    """The session of `day`, or the first one after it."""
    while (found := session(day)) is None:
        day += DAY
    return found


def session_before(day: date) -> Session:
    """The last session before `day`."""
    day -= DAY
    while (found := session(day)) is None:
        day -= DAY
    return found


def _call(auction: datetime) -> datetime:
    return auction - timedelta(minutes=CALL_MINUTES)
