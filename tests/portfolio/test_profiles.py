"""Ready profiles: files as other programs write them, and the transactions that they amount to, worked out by hand.

The files under files/ were written for these tests after the formats' documentation and public samples of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest

from chalicelib.portfolio.profiles import profiles, recognise
from chalicelib.portfolio.profiles.drafts import Draft, LineError, Options, Reading

FILES = Path(__file__).parent / "files"
Told = tuple[str, str, str, str | None, str, str | None, str, str]


def read(name: str, **options: object) -> Reading:
    text = (FILES / name).read_text(encoding="utf-8")
    found = recognise(text)
    assert found is not None, f"{name} is not recognised"
    return found.read(text, Options(**options))  # type: ignore[arg-type]


def told(draft: Draft) -> Told:
    """A draft in short: when, type, asset, quantity, price, currency, fee, tax."""
    return (
        draft.at.strftime("%Y-%m-%d %H:%M:%S"),
        draft.type,
        draft.asset.written if draft.asset else "",
        f"{draft.quantity.normalize():f}",
        "" if draft.price is None else f"{draft.price.normalize():f}",
        draft.currency,
        f"{draft.fee.normalize():f}",
        f"{draft.tax.normalize():f}",
    )


@pytest.mark.parametrize("name", sorted(path.name for path in FILES.iterdir()))
def test_each_file_is_recognised_by_its_own_words(name: str) -> None:
    found = recognise((FILES / name).read_text(encoding="utf-8"))
    assert found is not None
    assert name.startswith(found.name)


def test_a_file_of_any_other_kind_belongs_to_no_profile() -> None:
    assert recognise("Date,Ticker,Shares\n2024-01-01,AAPL,1\n") is None
    assert recognise("{}") is None
    assert recognise("") is None


def test_ghostfolio_json() -> None:
    reading = read("ghostfolio.json")
    assert reading.errors == []
    assert [told(draft) for draft in reading.drafts] == [
        ("2023-02-01 00:00:00", "buy", "MSFT", "4", "251.12", "USD", "1.5", "0"),
        ("2023-03-09 00:00:00", "dividend", "MSFT", "4", "0.68", "USD", "0", "0"),
        ("2023-03-10 00:00:00", "buy", "BTCUSD", "0.25", "22000.5", "USD", "0", "0"),
        ("2023-04-11 00:00:00", "buy", "ethereum", "1.5", "1800", "USD", "0", "0"),
        ("2023-06-30 00:00:00", "fee", "", "12", "1", "USD", "0", "0"),
        ("2023-07-01 00:00:00", "interest", "", "1", "3.07", "USD", "0", "0"),
        ("2023-09-01 00:00:00", "sell", "MSFT", "1", "330", "USD", "1.5", "0"),
    ]
    assert [(one.line, "valuable" in one.message) for one in reading.skipped] == [(7, True)]
    ids = [draft.external_id for draft in reading.drafts]
    assert ids[0] == "ghostfolio:a7d1"
    coin, named = reading.drafts[2].asset, reading.drafts[3].asset
    assert coin is not None
    assert (coin.symbol, coin.kind) == ("BTC", "crypto")
    assert named is not None
    assert named.coingecko_id == "ethereum"


def test_ghostfolio_csv_writes_the_day_first_and_pence_are_hundredths_of_a_pound() -> None:
    reading = read("ghostfolio.csv")
    assert [told(draft) for draft in reading.drafts] == [
        ("2023-02-01 00:00:00", "buy", "MSFT", "4", "251.12", "USD", "1.5", "0"),
        ("2023-03-09 00:00:00", "dividend", "MSFT", "4", "0.68", "USD", "0", "0"),
        ("2023-06-30 00:00:00", "fee", "", "12", "1", "USD", "0", "0"),
        ("2023-04-11 00:00:00", "buy", "VOD.L", "100", "0.955", "GBP", "0", "0"),
    ]


def test_interactive_brokers() -> None:
    reading = read("interactive_brokers.csv")
    assert reading.errors == []
    assert [told(draft) for draft in reading.drafts] == [
        ("2024-01-12 00:00:00", "deposit", "", "10000", "1", "EUR", "0", "0"),
        # 09:00 in New York in January is 14:00 UTC; 8,000 euros for 8,708 dollars
        ("2024-01-16 14:00:00", "withdrawal", "", "8000", "1", "EUR", "0", "0"),
        ("2024-01-16 14:00:00", "deposit", "", "8708", "1", "USD", "0", "0"),
        ("2024-01-16 14:00:00", "fee", "", "1.84", "1", "EUR", "0", "0"),
        ("2024-01-17 15:02:11", "buy", "MSFT", "20", "388.4", "USD", "1", "0"),
        ("2024-02-05 00:00:00", "fee", "", "1.5", "1", "USD", "0", "0"),
        ("2024-02-06 00:00:00", "interest", "", "0.5", "1", "USD", "0", "0"),
        ("2024-03-01 14:31:00", "buy", "BRK B", "2", "401.25", "USD", "0", "0"),
        (
            "2024-03-01 14:31:00",
            "interest",
            "",
            "0.12",
            "1",
            "USD",
            "0",
            "0",
        ),  # a commission that was a rebate
        (
            "2024-05-21 00:14:55",
            "buy",
            "3350",
            "1000",
            "45.5",
            "JPY",
            "80",
            "0",
        ),  # the evening before in New York
        ("2024-06-13 00:00:00", "dividend", "MSFT", "15", "1", "USD", "0", "2.25"),
        ("2024-07-11 19:30:00", "sell", "MSFT", "5", "455.5", "USD", "1.0731", "0"),
        ("2024-09-12 00:00:00", "dividend", "MSFT", "11.4", "1", "USD", "0", "1.71"),  # 11.25 was taken back
        ("2024-12-04 00:00:00", "tax", "", "0.4", "1", "EUR", "0", "0"),
        ("2024-12-04 00:00:00", "interest", "", "2", "1", "EUR", "0", "0"),
        ("2024-12-04 00:00:00", "fee", "", "0.35", "1", "USD", "0", "0"),
    ]
    left_out = {one.line: one.message for one in reading.skipped}
    assert len(left_out) == 2
    assert any("MSFT 19JUL24 460 C" in words for words in left_out.values())
    assert any("splits are applied for everyone" in words for words in left_out.values())
    share = next(draft.asset for draft in reading.drafts if draft.asset and draft.asset.written == "3350")
    assert (share.exchange, share.isin, share.kind) == ("TSEJ", "JP3481200008", "stock")


def test_interactive_brokers_cash_ends_where_the_statement_does() -> None:
    """Sums of the file's own columns, by currency: proceeds, commissions, and every amount."""
    reading = read("interactive_brokers.csv")
    cash: dict[str, Decimal] = {}
    signs = {
        "buy": -1,
        "sell": 1,
        "dividend": 1,
        "interest": 1,
        "fee": -1,
        "tax": -1,
        "deposit": 1,
        "withdrawal": -1,
    }
    for one in reading.drafts:
        assert one.price is not None
        assert one.currency is not None
        change = signs[one.type] * one.quantity * one.price - one.fee - one.tax
        cash[one.currency] = cash.get(one.currency, Decimal(0)) + change
    assert cash["USD"] == (
        Decimal("-7768") - 1 + Decimal("2277.5") - Decimal("1.0731") - Decimal("802.5") + Decimal("0.12")
        + 8708 - Decimal("1.5") + Decimal("0.5") + 15 + Decimal("11.4") - Decimal("2.25") - Decimal("1.71")
        - Decimal("0.35")
    )  # fmt: skip
    assert cash["EUR"] == 10000 - 8000 - Decimal("1.84") - Decimal("0.4") + 2
    assert cash["JPY"] == -45580


def test_coinbase() -> None:
    reading = read("coinbase.csv")
    assert reading.errors == []
    assert [told(draft) for draft in reading.drafts] == [
        ("2024-01-10 08:00:00", "deposit", "", "2000", "1", "EUR", "0", "0"),
        ("2024-01-11 09:15:30", "buy", "BTC", "0.02", "42000", "EUR", "12.53", "0"),
        # 1.04 / 0.00036421 = 2855.495455918…
        ("2024-02-01 10:00:00", "interest", "ETH", "0.00036421", "2855.495455918288899261", "EUR", "0", "0"),
        ("2024-02-01 10:00:00", "buy", "ETH", "0.00036421", "2855.495455918288899261", "EUR", "0", "0"),
        ("2024-02-03 11:30:00", "sell", "BTC", "0.005", "40000", "EUR", "0", "0"),
        ("2024-02-03 11:30:00", "buy", "ETH", "0.09", "2200", "EUR", "2", "0"),  # (200 − 2) ÷ 0.09
        ("2024-03-05 12:00:00", "sell", "BTC", "0.004", "60000", "EUR", "3.58", "0"),
        ("2024-03-06 12:00:00", "transfer_out", "BTC", "0.001", "61000", "EUR", "0", "0"),
        ("2024-03-07 12:00:00", "withdrawal", "", "100", "1", "EUR", "0", "0"),
    ]
    assert [one.line for one in reading.skipped] == [12]
    assert [draft.external_id for draft in reading.drafts][2:5] == [
        "coinbase:cb03:income",
        "coinbase:cb03:buy",
        "coinbase:cb04:sell",
    ]


def test_coinbase_books_the_spread_that_the_stated_fee_does_not_explain() -> None:
    """A sale of 0.1 BTC: subtotal 231,968.45, total 228,512.09, stated fee 2,343.15."""
    text = (
        "Timestamp,Transaction Type,Asset,Quantity Transacted,Price Currency,Price at Transaction,Subtotal,"
        "Total (inclusive of fees and/or spread),Fees and/or Spread,Notes\n"
        "2024-11-21 10:00:00 UTC,Sell,BTC,0.1,CZK,2319684.5,231968.45,228512.09,2343.15,\n"
    )
    reading = profiles()["coinbase"].read(text, Options())
    assert [told(draft) for draft in reading.drafts] == [
        ("2024-11-21 10:00:00", "sell", "BTC", "0.1", "2319684.5", "CZK", "3456.36", "0")
    ]
    assert len(reading.notes) == 1


def test_binance_trades_with_fees_in_coins() -> None:
    reading = read("binance_trades.csv", stablecoins_are_usd=True)
    assert reading.errors == []
    assert [told(draft) for draft in reading.drafts] == [
        ("2024-02-10 14:21:07", "buy", "BTC", "0.05", "44000", "EUR", "0", "0"),
        # the fee: coins sold at the trade's price, and the proceeds are the fee
        ("2024-02-10 14:21:07", "sell", "BTC", "0.00005", "44000", "EUR", "0", "0"),
        ("2024-02-10 14:21:07", "fee", "BTC", "0.00005", "44000", "EUR", "0", "0"),
        # a coin for a coin: what they were worth is to be found out
        ("2024-02-11 10:00:00", "sell", "BTC", "0.052", "", None, "0", "0"),
        ("2024-02-11 10:00:00", "buy", "ETH", "1", "", None, "0", "0"),
        ("2024-02-11 10:00:00", "sell", "BNB", "0.001", "", None, "0", "0"),
        ("2024-02-11 10:00:00", "fee", "BNB", "0.001", "", None, "0", "0"),
        ("2024-02-12 09:30:00", "sell", "SOL", "10", "112.5", "USD", "0", "0"),
        ("2024-02-12 09:30:00", "fee", "", "1.125", "1", "USD", "0", "0"),
    ]
    bought = reading.drafts[4].worth
    assert bought is not None
    assert (bought.asset.symbol, bought.quantity) == ("BTC", Decimal("0.052"))


def test_a_stablecoin_is_a_dollar_only_if_one_says_so() -> None:
    reading = read("binance_trades.csv")
    assert [(error.line, error.code) for error in reading.errors] == [(4, "stablecoin")]
    assert '"stablecoins": "usd"' in reading.errors[0].message


def test_binance_statement_puts_trades_together() -> None:
    reading = read("binance_statement.csv")
    assert reading.errors == []
    assert [told(draft) for draft in reading.drafts] == [
        ("2024-01-05 10:00:00", "deposit", "", "1000", "1", "EUR", "0", "0"),
        ("2024-01-05 10:05:10", "buy", "BTC", "0.015", "40000", "EUR", "0", "0"),  # 600 for 0.015
        ("2024-01-05 10:05:10", "sell", "BTC", "0.000015", "40000", "EUR", "0", "0"),
        ("2024-01-05 10:05:10", "fee", "BTC", "0.000015", "40000", "EUR", "0", "0"),
        ("2024-01-06 00:30:00", "interest", "ETH", "0.00012", "", None, "0", "0"),
        ("2024-01-06 00:30:00", "buy", "ETH", "0.00012", "", None, "0", "0"),
        ("2024-01-08 09:00:00", "sell", "BTC", "0.005", "", None, "0", "0"),  # a second apart, one conversion
        ("2024-01-08 09:00:00", "buy", "ETH", "0.09", "", None, "0", "0"),
        ("2024-01-09 09:00:00", "transfer_out", "ETH", "0.05", "", None, "0", "0"),
    ]
    assert [one.line for one in reading.skipped] == [9]


def test_portfolio_performance_in_german() -> None:
    reading = read("portfolio_performance_de.csv")
    assert (reading.errors, reading.decimal, reading.delimiter) == ([], ",", ";")
    assert [told(draft) for draft in reading.drafts] == [
        ("2024-01-02 00:00:00", "deposit", "", "5000", "1", "EUR", "0", "0"),
        ("2024-01-15 10:30:00", "buy", "AAPL", "10", "100", "EUR", "4.99", "0"),  # (1,004.99 − 4.99) ÷ 10
        ("2024-03-15 00:00:00", "dividend", "AAPL", "10", "1", "EUR", "0", "1.5"),  # 8.50 net + 1.50 withheld
        ("2024-06-03 14:00:00", "sell", "AAPL", "5", "108", "EUR", "5", "15"),  # (520 + 5 + 15) ÷ 5
        ("2024-06-30 00:00:00", "interest", "", "3.21", "1", "EUR", "0", "0"),
        ("2024-07-01 00:00:00", "transfer_in", "AAPL", "3", "500", "EUR", "0", "0"),
        ("2024-08-01 00:00:00", "fee", "", "2.5", "1", "EUR", "0", "0"),
        ("2024-08-02 00:00:00", "interest", "", "1.25", "1", "EUR", "0", "0"),
        ("2024-09-01 00:00:00", "withdrawal", "", "100", "1", "EUR", "0", "0"),
    ]


def test_portfolio_performance_in_english() -> None:
    reading = read("portfolio_performance_en.csv")
    assert [told(draft) for draft in reading.drafts] == [
        ("2024-01-15 10:30:00", "buy", "AAPL", "10", "100", "USD", "4.99", "0"),
        ("2024-06-03 14:00:00", "sell", "AAPL", "5", "108", "USD", "5", "15"),
        ("2024-07-01 00:00:00", "transfer_out", "AAPL", "2", "200", "USD", "0", "0"),
    ]


def ids(name: str, text: str) -> list[str | None]:
    return [draft.external_id for draft in profiles()[name].read(text, Options()).drafts]


def without_line(text: str, number: int) -> Iterator[str]:
    yield from (line for n, line in enumerate(text.splitlines(keepends=True), 1) if n != number)


def test_ids_do_not_depend_on_what_else_a_file_holds() -> None:
    text = (FILES / "portfolio_performance_de.csv").read_text(encoding="utf-8")
    whole, part = (
        ids("portfolio_performance", text),
        ids("portfolio_performance", "".join(without_line(text, 3))),
    )
    assert [one for one in whole if one not in part] == [whole[1]]
    assert set(part) < set(whole)


def test_two_lines_that_say_the_same_are_two_transactions() -> None:
    text = (FILES / "portfolio_performance_en.csv").read_text(encoding="utf-8")
    line = text.splitlines()[1]
    twice = ids("portfolio_performance", f"{text}{line}\n")
    assert len(set(twice)) == len(twice) == 4


@pytest.mark.parametrize("name", sorted(path.name for path in FILES.iterdir()))
def test_broken_files_are_errors_and_never_exceptions(name: str) -> None:
    """Each file with each line in turn cut in half: every profile still answers."""
    text = (FILES / name).read_text(encoding="utf-8")
    lines = text.splitlines()
    for number, line in enumerate(lines):
        broken = "\n".join([*lines[:number], line[: len(line) // 2], *lines[number + 1 :]])
        for profile in profiles().values():
            with suppress(LineError):
                reading = profile.read(broken, Options())
                assert all(error.message and error.code for error in reading.errors)
