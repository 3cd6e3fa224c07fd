"""Announcements of Tokyo, Hong Kong and the newswires."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from chalicelib.treasury.filings import japanese
from tests.treasury.documents import read, totals

TOKYO = {
    "source": "tse",
    "kind": "pdf_text",
    "company_names": ("株式会社アクメ", "Acme Inc."),
    "tickers": ("9999.T",),
}
JAPANESE = """２０２５年９月８日
各　位
会社名　株式会社アクメ
ビットコインの追加購入に関するお知らせ
当社は、下記のとおりビットコインを追加購入いたしましたので、お知らせいたします。
１．追加購入の概要
（１）追加購入数量：１３６ビットコイン
（２）平均購入価格：１６，５５４，５３５円／ビットコイン
（３）購入総額：２２億５，１００万円
２．保有状況
（１）総保有数量：２０，１３６ビットコイン
（２）平均取得単価：１５，１２５，２９５円／ビットコイン
（３）取得総額：３，０４５億６，３００万円
"""


def test_a_japanese_announcement() -> None:
    (candidate,) = read(JAPANESE, **TOKYO).candidates
    assert (candidate.holdings, candidate.as_of) == (Decimal(20_136), date(2025, 9, 8))
    assert (candidate.total_cost, candidate.average_price) == (Decimal(304_563_000_000), Decimal(15_125_295))
    assert (candidate.purchased, candidate.purchase_cost) == (Decimal(136), Decimal(2_251_000_000))
    assert candidate.purchase_average_price == Decimal(16_554_535)
    assert candidate.currency == "JPY"
    assert "総保有数量：２０，１３６ビットコイン" in candidate.evidence  # as the document writes it


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("当社のビットコイン保有数量は 360.368 BTC となりました。", "360.368"),
        ("2025年6月30日現在、当社は 13,350 BTC を保有しております。", "13350"),
        ("これにより当社が保有するビットコインは合計で１，０１８．１７ＢＴＣとなりました。", "1018.17"),
        ("現在の総保有枚数は２,３９１枚です（ビットコイン）。", "2391"),
        ("ビットコイン総保有数:18,888ビットコイン", "18888"),
    ],
)
def test_japanese_totals(text: str, held: str) -> None:
    assert totals(text, **TOKYO) == {"BTC": Decimal(held)}


@pytest.mark.parametrize(
    "text",
    [
        "当社は2027年末までに 210,000 BTC の保有を目指します。",
        "本日の取締役会において、10億円を上限にビットコインを購入することを決議しました。",
        "当社は、100 BTC を追加購入する予定です。",
        "競合他社は 5,000 BTC を保有しています。",
        "本日、57.273 BTC を追加購入しました。",
    ],
)
def test_japanese_plans_and_purchases_are_no_totals(text: str) -> None:
    assert totals(text, **TOKYO) == {}


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("1兆2,345億円", 1_234_500_000_000),
        ("22億5,100万円", 2_251_000_000),
        ("2,251百万円", 2_251_000_000),
        ("99,810千円", 99_810_000),
        ("16,554,535円", 16_554_535),
        ("約20億円", 2_000_000_000),
        ("9.35億円", 935_000_000),
    ],
)
def test_yen(written: str, amount: int) -> None:
    found = read(f"２０２５年９月８日 当社は１０ＢＴＣを購入しました。購入総額は{written}です。", **TOKYO)
    assert found.candidates[0].purchase_cost == Decimal(amount)


def test_an_era_names_a_year() -> None:
    found = read("令和7年6月30日現在、当社は 13,350 BTC を保有しております。", **TOKYO).current("BTC")
    assert found is not None
    assert found.as_of == date(2025, 6, 30)


@pytest.mark.parametrize(
    ("title", "wanted"),
    [
        ("ビットコインの追加購入に関するお知らせ", True),
        ("暗号資産（ＢＴＣ）の取得に関するお知らせ　", True),
        ("ビットコイン購入のための第20回新株予約権の発行に関するお知らせ", False),
        ("自己株式の取得状況に関するお知らせ", False),
        ("ビットコイン購入を目的とした普通社債の発行に関するお知らせ", False),
        ("（訂正）ビットコインの追加購入に関するお知らせ", False),
        ("代表取締役の異動に関するお知らせ", False),
    ],
)
def test_titles_of_the_tdnet_list(title: str, wanted: bool) -> None:
    assert japanese.wanted_title(title) is wanted
    assert (totals(JAPANESE, **TOKYO, title=title) == {}) is (japanese.excluded(title) is not None)


def test_a_title_in_the_text_excludes_it_too() -> None:
    found = read(JAPANESE.replace("ビットコインの追加購入に", "第20回新株予約権の行使状況に"), **TOKYO)
    assert found.candidates == ()
    assert "another matter" in found.warnings[0]


def test_a_hong_kong_announcement() -> None:
    text = """Beta Interactive International Limited (Stock Code: 9434)

VOLUNTARY ANNOUNCEMENT PURCHASE OF CRYPTOCURRENCY

The Board announces that between 5 August 2025 and 25 August 2025, the Group purchased approximately 290
units of BTC in the open market at a total consideration of approximately US$33 million.

As of the date of this announcement, the Group held approximately 3,670 units of BTC, at a total cost of
approximately US$231 million with an average cost of approximately US$62,878 per unit.

The Shareholders approved that the Board may purchase cryptocurrencies of up to US$100 million.

Hong Kong, 26 August 2025"""
    names = {"company_names": ("Beta Interactive International Limited",), "tickers": ("9434.HK",)}
    found = read(text, source="hkex", kind="pdf_text", filed=date(2025, 8, 27), **names)
    (candidate,) = found.candidates
    assert (candidate.holdings, candidate.as_of) == (Decimal(3_670), date(2025, 8, 26))
    assert (candidate.purchased, candidate.purchase_cost) == (Decimal(290), Decimal(33_000_000))
    assert (candidate.total_cost, candidate.average_price, candidate.currency) == (231_000_000, 62_878, "USD")
    assert (candidate.period_start, candidate.period_end) == (date(2025, 8, 5), date(2025, 8, 25))


def test_two_coins_bought_to_date() -> None:
    text = (
        "As of the date of this announcement, the Company has purchased a total of 1,110 Bitcoin with an "
        "average unit price of "
        "approximately US$41,790 and a total of 14,855 Ether with an average unit price of approximately US$2,777."
    )
    assert totals(text, source="hkex", kind="pdf_text") == {"BTC": Decimal(1_110), "ETH": Decimal(14_855)}


def test_a_release_is_dated_by_its_dateline() -> None:
    text = (
        "HOUSTON, Aug. 25, 2025 (GLOBE NEWSWIRE) -- Acme Holdings, Inc. (NASDAQ: ACME) now holds 1,021 BTC."
    )
    candidate = read(text, source="globenewswire", filed=date(2025, 8, 26)).current("BTC")
    assert candidate is not None
    assert candidate.as_of == date(2025, 8, 25)


def test_another_companys_release_is_refused() -> None:
    text = (
        "HOUSTON, Aug. 25, 2025 /PRNewswire/ -- Beta Corp. (NASDAQ: BETA) said the Company holds 1,021 BTC."
    )
    found = read(text, source="prnewswire")
    assert found.candidates == ()
    assert found.warnings == ("The release is another company's (BETA).",)


def test_a_headline_apart_from_the_text_is_read_with_it() -> None:
    assert totals(
        "Details follow.", title="Acme Adds 63 BTC to Treasury, Expanding Total Holdings to 1,021 BTC"
    ) == {"BTC": Decimal(1_021)}


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        (
            "前回開示時の保有数量は18,991 BTCでした。現在の保有数量は20,000 BTCです。",
            [("20000", date(2025, 9, 8))],
        ),
        (
            "当社は保有するビットコイン150.5 BTCを売却いたしました。売却後の保有数量は1,300.5 BTCです。",
            [("1300.5", date(2025, 9, 8))],
        ),
        (
            "2025年6月30日のビットコイン保有数量は13,350BTCでした。2025年9月5日現在の保有数量は18,113BTCです。",
            [("18113", date(2025, 9, 5)), ("13350", date(2025, 6, 30))],
        ),
        (
            "2026年3月期 第1四半期決算短信 当四半期末におけるビットコイン保有数量は350BTC"
            "（前連結会計年度末は176BTC）となりました。",
            [("350", date(2025, 6, 30))],
        ),
        ("当社グループは、2025年8月末時点で1,234 BTCを保有しております。", [("1234", date(2025, 8, 31))]),
    ],
    ids=["a former number", "a sale", "two days", "the end of a fiscal quarter", "a month's end"],
)
def test_japanese_numbers_have_their_own_days(text: str, stated: list[tuple[str, date]]) -> None:
    found = read(text, **TOKYO).candidates
    assert [(c.holdings, c.as_of) for c in found] == [(Decimal(number), day) for number, day in stated]


def test_a_period_end_that_no_title_names_is_doubted() -> None:
    found = read("当四半期末におけるビットコイン保有数量は350BTCとなりました。", **TOKYO).current("BTC")
    assert found is None or (found.confidence < Decimal("0.5") and found.notes)


def test_a_japanese_table_that_lost_its_lines() -> None:
    text = """２０２５年９月８日 株式会社アクメ ビットコインの追加購入に関するお知らせ
期間 BTC保有数量 完全希薄化後発行済株式数 BTCイールド
2025年6月30日 13,350 759,974,309 129.4%
2025年9月5日 20,136 924,132,389 33.0%"""
    found = read(text, **TOKYO).candidates
    assert [(c.holdings, c.as_of, c.shares, c.share_basis) for c in found] == [
        (Decimal(20_136), date(2025, 9, 5), Decimal(924_132_389), "fd_max"),
        (Decimal(13_350), date(2025, 6, 30), Decimal(759_974_309), "fd_max"),
    ]


def test_about_is_how_a_japanese_number_is_stated() -> None:
    found = read("当社は、約 13,350 BTC を保有しております。", **TOKYO).current("BTC")
    assert found is not None
    assert found.exactness == "approximate"
