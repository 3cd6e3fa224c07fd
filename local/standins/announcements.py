"""What made-up companies announce: in Tokyo and Hong Kong as PDF files, through the newswires as releases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Literal, NamedTuple

from local.standins.filers import Week, weeks, words
from local.standins.pdf import pdf

TOKYO = timezone(timedelta(hours=9))
HONG_KONG = timezone(timedelta(hours=8))
Wire = Literal["globenewswire", "prnewswire"]


class TokyoNotice(NamedTuple):
    """One row of TDnet's list. `document` is the name of its PDF."""

    at: datetime
    code: str
    name: str
    title: str
    document: str
    pdf: Callable[[], bytes]


class HongKongNotice(NamedTuple):
    """One row of HKEXnews. `path` is that of its PDF."""

    at: datetime
    code: str
    title: str
    category: str
    path: str
    pdf: Callable[[], bytes]
    file_type: str = "PDF"


class Release(NamedTuple):
    """A press release: its issuer, its issuer's listing ("Nasdaq:LRKS"), its beginning, and its page."""

    wire: Wire
    at: datetime
    issuer: str
    listing: str
    title: str
    summary: str
    path: str
    body: str


@dataclass
class Announcements:
    """Everything that is announced, of any time; the stand-ins show what their clock has reached."""

    tokyo: list[TokyoNotice] = field(default_factory=list)
    hong_kong: list[HongKongNotice] = field(default_factory=list)
    stocks: dict[str, tuple[int, str]] = field(default_factory=dict)
    """By code in Hong Kong: the archive's own number and the short name."""
    releases: list[Release] = field(default_factory=list)


def simulated() -> Announcements:
    """Hibari (9999.T) and Blue Harbour (9999.HK) announce each week what they bought; Larkspur's wires say what its filings
    say. In between others announce other things."""
    found = Announcements(
        stocks={"09999": (990_001, "BLUE HARBOUR"), "09998": (990_002, "BLUE HARBOUR PROPERTIES")}
    )
    for week in weeks():
        found.tokyo += _tokyo(week)
        found.hong_kong += _hong_kong(week)
        found.releases += _releases(week)
    return found


def _tokyo(week: Week) -> Iterator[TokyoNotice]:
    end = week.day - timedelta(days=1)
    coins = week.held * 3
    lines = [
        f"{_japanese(week.day)}",
        "会社名 株式会社ヒバリ",
        "(コード番号 9999 東証スタンダード)",
        "ビットコインの追加購入に関するお知らせ",
        "当社は、ビットコイントレジャリー事業の一環として、以下のとおりビットコインを追加購入いたしましたので、お知らせいたします。",
        f"当社は、{_japanese(end)}現在、総額{coins:,} BTCを保有しております。",
    ]
    stamp = f"{week.day:%Y%m%d}"
    yield TokyoNotice(
        datetime.combine(week.day, time(15, 30), TOKYO), "99990", "ヒバリ", "ビットコインの追加購入に関するお知らせ",
        f"140120{stamp}999901.pdf", lambda: pdf([lines], "mapped"),
    )  # fmt: skip
    yield TokyoNotice(
        datetime.combine(week.day, time(16, 0), TOKYO), "285A0", "ウグイス電機", "月次売上高に関するお知らせ",
        f"140120{stamp}285001.pdf",
        lambda: pdf([["月次売上高に関するお知らせ", "売上高は前年同月比で増加しました。"]], "mapped"),
    )  # fmt: skip


def _hong_kong(week: Week) -> Iterator[HongKongNotice]:
    end = week.day - timedelta(days=1)
    coins = week.held * 2
    lines = [
        "Blue Harbour Limited (the Company, together with its subsidiaries, the Group)",
        "VOLUNTARY ANNOUNCEMENT - PURCHASE OF BITCOIN",
        "This is a voluntary announcement made by the board of directors of the Company.",
        f"As of {words(end)}, the Group held a total of approximately {coins:,} units of BTC.",
        f"Hong Kong, {week.day.day} {week.day:%B %Y}",
    ]
    folder = f"/listedco/listconews/sehk/{week.day:%Y}/{week.day:%m%d}/{week.day:%Y%m%d}"
    at = datetime.combine(week.day, time(17, 0), HONG_KONG)
    yield HongKongNotice(
        at, "09999", "VOLUNTARY ANNOUNCEMENT &#x2013; PURCHASE OF BITCOIN",
        "Announcements and Notices - [Other - Business Update]<br/>", f"{folder}00101.pdf", lambda: pdf([lines]),
    )  # fmt: skip
    yield HongKongNotice(
        at + timedelta(minutes=5), "09999", "Next Day Disclosure Return", "Next Day Disclosure Returns - [Others]",
        f"{folder}00102.pdf", lambda: pdf([["Next Day Disclosure Return"]]),
    )  # fmt: skip


def _releases(week: Week) -> Iterator[Release]:
    end = week.day - timedelta(days=1)
    text = (
        f"As of {words(end)}, Larkspur Digital Inc held an aggregate of {week.held:,} bitcoins, acquired at an aggregate "
        f"purchase price of ${week.cost / 1_000_000:,.1f} million and an average purchase price of approximately "
        f"${week.cost / week.held:,.0f} per bitcoin, inclusive of fees and expenses."
    )
    at = datetime.combine(week.day, time(13, 5), UTC)
    title = "Larkspur Digital Reports Bitcoin Holdings"
    by, when = "Larkspur Digital Inc (NASDAQ: LRKS)", f"{week.day:%b}. {week.day.day}, {week.day.year}"
    dateline = f"AUSTIN, Texas, {when} (GLOBE NEWSWIRE) -- {by}"
    yield Release(
        "globenewswire", at, "Larkspur Digital Inc", "Nasdaq:LRKS", title, dateline,
        f"/news-release/{week.day:%Y/%m/%d}/{3_000_000 + week.number}/0/en/larkspur.html",
        _page(title, f"{dateline} announced: {text}"),
    )  # fmt: skip
    dateline = f"AUSTIN, Texas, {when} /PRNewswire/ -- {by}"
    yield Release(
        "prnewswire", at + timedelta(minutes=9), "Larkspur Digital Inc", "", title, f"{dateline} …",
        f"/news-releases/larkspur-{302_000_000 + week.number}.html", _page(title, f"{dateline} announced: {text}"),
    )  # fmt: skip
    other = f"DENVER, {when} (GLOBE NEWSWIRE) -- Siskin Mining Corp. (NYSE American: SISK) sold a mill."
    yield Release(
        "globenewswire", at, "Siskin Mining Corp.", "NYSE American: SISK", "Siskin sells a mill", other,
        f"/news-release/{week.day:%Y/%m/%d}/{4_000_000 + week.number}/0/en/siskin.html", _page("Siskin", other),
    )  # fmt: skip


def _page(title: str, text: str) -> str:
    return f"<html><body><h1>{title}</h1><p>{text}</p></body></html>"


def _japanese(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
