"""Lots: what is sold first, and what was gained by it. The figures are published examples; each names its source."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.market.actions import RATIO_DIGITS
from chalicelib.portfolio.ledger import Ledger, replay
from chalicelib.portfolio.records import Rules, Split, Transaction

SHARE = 1
D = Decimal
AVERAGE, FIFO = Rules(), Rules(fifo=True)


def trades(*listed: tuple[str, Any, Any, str]) -> list[Transaction]:
    """Transactions from (type, quantity, price, day)."""
    return [
        Transaction(
            number, datetime.fromisoformat(day).replace(tzinfo=UTC), type_, SHARE, D(str(quantity)), D(str(price)),
            "GBP", D(0), "GBP", D(0),
        )
        for number, (type_, quantity, price, day) in enumerate(listed, start=1)
    ]  # fmt: skip


def gains(ledger: Ledger) -> list[Decimal | None]:
    return [outcome.realised for outcome in ledger.outcomes if outcome.closes]


def open_lots(ledger: Ledger) -> list[tuple[Decimal, Decimal | None]]:
    return [(lot.quantity, lot.cost) for lot in ledger.books[SHARE].lots]


def test_average_cost_is_the_pool_of_hmrcs_helpsheet() -> None:
    """HMRC helpsheet HS284, example 3 (https://www.gov.uk/government/publications/shares-and-capital-gains-tax-hs284-self-
    assessment-helpsheet; quoted in https://forums.moneysavingexpert.com/discussion/6432423). Its purchases cost 4,150 and
    2,130 pounds with dealing costs, so the pool is 6,280 for 1,500 shares; 700 sold at 4.80 leave 3,349, then 400 sold at
    5.20 take 1,675 (all rounded to pounds there)."""
    ledger = replay(
        trades(
            ("buy", 1000, "4.15", "2014-04-01"),
            ("buy", 500, "4.26", "2017-09-01"),
            ("sell", 700, "4.80", "2019-05-01"),
            ("sell", 400, "5.20", "2020-02-01"),
        ),
        [],
        AVERAGE,
    )
    costs = [closure.cost for closure in ledger.closures]
    assert [round(cost or 0) for cost in costs] == [2931, 1675]
    ((quantity, cost),) = open_lots(ledger)
    assert (quantity, round(cost or 0)) == (400, 1675)
    assert gains(ledger) == [3360 - (costs[0] or 0), 2080 - (costs[1] or 0)]


def test_average_cost_of_half_a_pool_is_half_its_cost() -> None:
    """HMRC, Capital Gains Manual (https://www.gov.uk/hmrc-internal-manuals/capital-gains-manual/cg51624): 10,000 shares for
    100,000 pounds, 5,000 of them sold for 60,000; cost 50,000."""
    ledger = replay(trades(("buy", 10000, 10, "2005-01-15"), ("sell", 5000, 12, "2013-01-15")), [], AVERAGE)
    assert gains(ledger) == [10000]
    assert open_lots(ledger) == [(5000, 50000)]


def test_average_cost_pools_what_came_at_different_prices() -> None:
    """HMRC, "Selling or disposing of part of your shareholding" (http://www.hmrc.gov.uk/cgt/shares/find-cost.htm): 4,000
    shares for 5,000 pounds and 6,000 for 26,000 are a holding of 10,000 with a cost of 31,000. This is Money
    (https://www.thisismoney.co.uk/money/experts/article-1683202): of 500 shares that cost 1,000 pounds 100 are sold at 3;
    they cost 200, so the gain is 100."""
    bought = trades(("buy", 4000, "1.25", "2008-03-03"), ("buy", 6000, D(26000) / 6000, "2009-09-01"))
    ((quantity, cost),) = open_lots(replay(bought, [], AVERAGE))
    assert (quantity, round(cost or 0, 6)) == (10000, 31000)
    ledger = replay(trades(("buy", 500, 2, "2009-01-05"), ("sell", 100, 3, "2010-01-05")), [], AVERAGE)
    assert ledger.closures[0].cost == 200
    assert gains(ledger) == [100]


def test_average_cost_of_a_third_is_a_third_of_the_pool() -> None:
    """An independent computation: 1,000 at 4.30 and 200 at 3.50 are a pool of 5,000; 400 of 1,200 take a third of it."""
    ledger = replay(
        trades(
            ("buy", 1000, "4.30", "1985-05-15"),
            ("buy", 200, "3.50", "1987-10-15"),
            ("sell", 400, "4.10", "1988-09-15"),
        ),
        [],
        AVERAGE,
    )
    assert ledger.closures[0].cost == D("1666.666666666666666667")
    assert open_lots(ledger) == [(800, D("3333.333333333333333333"))]
    assert gains(ledger) == [D("-26.666666666666666667")]


def test_fifo_sells_the_oldest_lot_first() -> None:
    """Firstrade (https://www.firstrade.com/content/en-us/accounts/taxcenter/?h=lots): 100 at 5 and 100 at 7, 150 sold at
    10: cost 850, gain 650."""
    ledger = replay(
        trades(("buy", 100, 5, "2022-11-01"), ("buy", 100, 7, "2023-10-01"), ("sell", 150, 10, "2024-01-02")),
        [],
        FIFO,
    )
    assert gains(ledger) == [650]
    assert [(lot.quantity, lot.cost, lot.opened_by) for lot in ledger.closures] == [
        (100, 500, 1),
        (50, 350, 2),
    ]
    assert open_lots(ledger) == [(50, 350)]


def test_fifo_leaves_what_was_bought_later() -> None:
    """GainsKeeper (https://gainskeeper.com/WebHelp/Sell_by_FIFO_Method.htm): 100 bought on 1/4/02, 50 on 3/1/02, 50 sold:
    50 of January and 50 of March remain. Greenlight (https://help.greenlight.com/hc/en-us/articles/1260801287790): 2 at 20
    and 2 at 25, 2 sold at 10: a loss of 20, and those at 25 are left."""
    ledger = replay(
        trades(("buy", 100, 1, "2002-01-04"), ("buy", 50, 1, "2002-03-01"), ("sell", 50, 1, "2002-04-01")),
        [],
        FIFO,
    )
    assert [(lot.opened_at.date(), lot.quantity) for lot in ledger.books[SHARE].lots] == [
        (date(2002, 1, 4), 50),
        (date(2002, 3, 1), 50),
    ]
    ledger = replay(
        trades(("buy", 2, 20, "2019-01-02"), ("buy", 2, 25, "2019-07-02"), ("sell", 2, 10, "2021-01-04")),
        [],
        FIFO,
    )
    assert gains(ledger) == [-20]
    assert open_lots(ledger) == [(2, 50)]


def test_both_methods_agree_once_everything_is_sold() -> None:
    """gnucash-devel (https://lists.gnucash.org/pipermail/gnucash-devel/2006-February/016565.html): 100 at 10 and 100 at
    11, 100 sold at 12: 1.50 a share by average, 2 by FIFO."""
    history = [
        ("buy", 100, 10, "2006-01-02"),
        ("buy", 100, 11, "2006-01-03"),
        ("sell", 100, 12, "2006-02-01"),
    ]
    assert gains(replay(trades(*history), [], AVERAGE)) == [150]
    assert gains(replay(trades(*history), [], FIFO)) == [200]
    history.append(("sell", 100, 12, "2006-02-02"))
    for rules in (AVERAGE, FIFO):
        ledger = replay(trades(*history), [], rules)
        assert ledger.books[SHARE].realised == 300
        assert open_lots(ledger) == []


def test_a_split_keeps_each_lots_cost() -> None:
    """IRS, "Stocks (options, splits, traders)" (https://www.irs.gov/help-resources/tools-faqs): 100 at 10 and 100 at 12
    dollars, split two for one: 200 with a basis of 1,000 (5 each) and 200 with 1,200 (6 each)."""
    bought = trades(("buy", 100, 10, "2020-01-02"), ("buy", 100, 12, "2020-02-03"))
    ledger = replay(bought, [Split(SHARE, date(2020, 6, 1), D(2))], FIFO)
    assert open_lots(ledger) == [(200, 1000), (200, 1200)]
    assert ledger.books[SHARE].average_price == D("5.5")


@pytest.mark.parametrize(
    ("held", "ratio", "left"), [(3000, "1/3", 1000), (800, "1/8", 100), ("0.3", "1/3", "0.1")]
)
def test_a_reverse_split_leaves_whole_shares_whole(held: Any, ratio: str, left: Any) -> None:
    """A third cannot be written down, but a third of three thousand is a thousand."""
    new, old = map(D, ratio.split("/"))
    split = Split(SHARE, date(2020, 6, 1), RATIO_DIGITS.divide(new, old))
    ledger = replay(trades(("buy", held, 12, "2020-01-02")), [split], FIFO)
    assert ledger.books[SHARE].quantity == D(str(left))


@pytest.mark.parametrize("rules", [AVERAGE, FIFO], ids=["average", "fifo"])
def test_parts_of_a_lot_lose_nothing_to_rounding(rules: Rules) -> None:
    """A hundred for 3 shares, sold one by one: thirds of it are rounded, their sum is not."""
    sales = [("sell", 1, 0, f"2020-01-0{day}") for day in (3, 4, 5)]
    ledger = replay(trades(("buy", 3, "33.333333333333333333", "2020-01-02"), *sales), [], rules)
    assert sum(closure.cost or 0 for closure in ledger.closures) == D("99.999999999999999999")


def test_a_short_sale_is_closed_by_buying_back() -> None:
    """Sold 10 at 50, bought back 4 at 40 and 8 at 30: gains of 40 and 120, and 2 are held."""
    history = trades(
        ("sell", 10, 50, "2020-01-02"), ("buy", 4, 40, "2020-01-03"), ("buy", 8, 30, "2020-01-06")
    )
    for fifo in (False, True):
        ledger = replay(history, [], Rules(fifo=fifo, allow_short=True))
        assert gains(ledger) == [40, 120]
        assert open_lots(ledger) == [(2, 60)]
        first = replay(history[:1], [], Rules(fifo=fifo, allow_short=True))
        assert open_lots(first) == [(-10, -500)]
        assert first.books[SHARE].average_price == 50
