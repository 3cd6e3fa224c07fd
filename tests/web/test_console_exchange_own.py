"""One's own side of the exchange in the console: cash, holdings, orders, fills, ledger, days; and the leaderboard."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.core import clock
from chalicelib.exchange import report_jobs
from tests.conftest import Database
from tests.exchange import factory
from tests.exchange.days import hour_of
from tests.exchange.factory import Offering, Trader
from tests.identity import factory as people
from tests.web.browser import Page
from tests.web.conftest import sign_in
from tests.web.exchange_pages import as_trader, market
from tests.web.portfolio_pages import row
