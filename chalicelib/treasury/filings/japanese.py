"""Announcements of the Tokyo exchange: titles of the TDnet list, and the text of their PDFs.

A quantity is taken with the label or the verb that stands at it (保有 for a total, 購入 or 取得 for a purchase), prices and
costs with the quantity that stands before them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache

from chalicelib.treasury.filings import coins, dates, japanese_days
from chalicelib.treasury.filings.facts import PAST, UNDATED, Candidate, Document, quoted
from chalicelib.treasury.filings.numbers import whole
from chalicelib.treasury.filings.text import folded, normal

TOTAL, PURCHASE = "Japanese total", "Japanese purchase"
_EXCLUDED = (
    "新株予約権",
    "自己株式",
    "社債",
    "訂正",
    "株式分割",
    "株主総会",
    "配当",
    "業績予想",
    "募集",
    "借入",
)
_ABOUT = re.compile(
    r"ビットコイン|イーサリアム|ソラナ|暗号資産|仮想通貨|BTC|ETH|SOL|XRP|クリプト|トレジャリー"
)
_DEED = re.compile(r"購入|取得|保有|売却|状況|開示|結果|完了")
_CJK = r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]"
_BETWEEN = re.compile(rf"(?<={_CJK})\s+|\s+(?={_CJK})")
_NUMBER = r"\d{1,3}(?:,\d{3}){1,5}(?:\.\d{1,18})?|\d{1,12}(?:\.\d{1,18})?"
_PLANNED = re.compile(
    r"予定|目標|目指|計画|方針|上限|最大|見込|想定|仮に|場合|まで(?:に|の(?!期間))|可能性|達成|競合|他社|同業"
)
_FORMER = re.compile(
    r"(?:前回|前期|前年|前月|前連結|前事業|前四半期|前中間|従前|以前|直前|変更前|売却前|取得前)[^。\d]{0,24}$"
)
_NOT_HELD_AFTER = re.compile(
    r"^\s?(?:相当)?(?:の|を)?(?:一部)?(?:売却|処分|譲渡|貸付|貸し出|担保|交換|送金|移転|払)"
)
_YEN = re.compile(
    r"(?P<about>約)?(?:(?P<cho>[\d,]{1,9}(?:\.\d+)?)兆)?(?:(?P<oku>[\d,]{1,9}(?:\.\d+)?)億)?(?:(?P<man>[\d,]{1,9}(?:\.\d+)?)万)?"
    r"(?:(?P<rest>[\d,]{1,20}(?:\.\d+)?)\s?(?P<unit>百万|千)?)?\s?(?P<currency>円|米ドル|ドル)"
)
_AVERAGE = re.compile(r"平均\s?(?:購入|取得)?\s?(?:価格|単価|価額|コスト)")
_COST = re.compile(
    r"(?:購入|取得|投資)\s?(?:総額|金額|価額|額|合計|総)|(?:総|累計|累積)\s?(?:購入|取得|投資)\s?(?:額|金額|価額)|簿価"
)
_SHARES = re.compile(
    rf"完全希薄化(?:後)?(?:の)?(?:発行済)?(?:み)?(?:普通)?株式(?:総)?数[^\d。]{{0,16}}(?P<number>{_NUMBER})\s?(?P<unit>千|百万)?株"
)
_UNITS = {"千": Decimal(1000), "百万": Decimal(10**6), None: Decimal(1)}
_REACH = 260


def wanted_title(title: str) -> bool:
    """Whether an announcement's title promises a purchase or a holding of coins, and not an issue of securities or a
    correction."""
    text = folded(title)
    return bool(_ABOUT.search(text) and _DEED.search(text)) and not any(word in text for word in _EXCLUDED)


def is_japanese(text: str) -> bool:
    """Whether a text is in Japanese: it has kana."""
    return bool(re.search(r"[\u3041-\u30fa]{2}", text[:4000]))


def excluded(title: str) -> str | None:
    """The word that excludes a title, if one does."""
    return next((word for word in _EXCLUDED if word in folded(title)), None)


def heading(body: str) -> str:
    """The title that a text begins with: its first line that ends with お知らせ."""
    start = _BETWEEN.sub("", folded(body[:1500]))
    found = re.search(r"[^\s。]{4,80}(?:お知らせ|ご報告|開示)", start)
    return found[0] if found else ""


def find(body: str, document: Document) -> Iterator[Candidate]:
    """The totals and purchases that a Japanese text states."""
    wording = _BETWEEN.sub("", normal(body))
    text = folded(wording)
    today = _announced(text, document)
    for asset in document.assets:
        yield from _by_day(normal(body), asset)
        quantities = list(_quantities(text, asset))
        for place, (rule, amount, start, end) in enumerate(quantities):
            stop = min([quantities[place + 1][2] if place + 1 < len(quantities) else len(text), end + _REACH])
            yield _candidate(wording, (rule, amount, start, end, stop), asset, today)


def _by_day(wording: str, asset: str) -> Iterator[Candidate]:
    """The rows of a table of key figures by day."""
    for row in japanese_days.rows(folded(wording), asset):
        yield Candidate(
            asset=asset, rule=TOTAL, evidence=quoted(wording[row.start : row.end]), confidence=Decimal("0.90"),
            holdings=row.held, as_of=row.day, shares=row.shares, share_basis="fd_max" if row.shares else None,
            currency="JPY",
        )  # fmt: skip


@cache
def _patterns(asset: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    coin = rf"(?:{coins.pattern(asset)})"
    number = rf"(?P<about>約)?\s?(?P<number>{_NUMBER})\s?(?:{coin}|枚|個)"
    colon = r"[^\d。￥$]{0,24}?"
    held = (
        r"(?:総|合計|累計|現在の|当社の)?保有(?:総|合計)?(?:数量|枚数|残高|総数|総量|数|量|高|状況)"
        r"|総保有|保有総額及び数量|保有する" + coin + r"(?:は|の(?:総数|合計|数量|枚数|残高|総量)(?:は)?)?"
        r"|" + coin + r"(?:の)?保有(?:は|が|総計)"
    )
    bought = r"(?:追加|新規|今回(?:の)?)?(?:購入|取得)(?:した)?(?:" + coin + r")?(?:の)?(?:数量|枚数|数|量)"
    return (
        (TOTAL, re.compile(rf"(?:{held}){colon}{number}", re.IGNORECASE)),
        (
            TOTAL,
            re.compile(
                rf"(?<![\d,.]){number}(?:を)?(?:、|\s)?(?:保有し|保有とな|の保有|保有中|を保有)",
                re.IGNORECASE,
            ),
        ),
        (PURCHASE, re.compile(rf"(?:{bought}){colon}{number}", re.IGNORECASE)),
        (
            PURCHASE,
            re.compile(
                rf"(?<![\d,.]){number}(?:の|を)?{coin}?(?:を)?(?:新たに|追加で)?(?:追加購入|追加取得|購入|取得)",
                re.IGNORECASE,
            ),
        ),
    )


def _quantities(text: str, asset: str) -> Iterator[tuple[str, Decimal, int, int]]:
    """Each quantity once, in order; a total's wording goes before a purchase's. Plans are left out."""
    taken: dict[int, tuple[str, Decimal, int, int]] = {}
    for rule, pattern in _patterns(asset):
        for found in pattern.finditer(text):
            sentence_end = text.find("。", found.end(), found.end() + 60)
            around = text[
                max(text.rfind("。", 0, found.start()) + 1, found.start() - 60) : sentence_end
                if sentence_end > 0
                else found.end() + 12
            ]
            if _PLANNED.search(around) or _FORMER.search(
                text[max(0, found.start() - 40) : found.start("number")]
            ):
                continue
            if _NOT_HELD_AFTER.match(text[found.end() :][:12]):
                continue
            if found[0][-1] in "枚個" and not _is_about(text, found.start(), asset):
                continue
            amount = Decimal(found["number"].replace(",", ""))
            taken.setdefault(found.start("number"), (rule, amount, found.start("number"), found.end()))
    yield from sorted(taken.values(), key=lambda each: each[2])


def _is_about(text: str, place: int, asset: str) -> bool:
    """Whether a number of 枚 counts this coin: the coin named last before it, or else first after it."""
    pattern = re.compile(coins.any_of(coins.known((asset,))))
    earlier = list(pattern.finditer(text, max(0, place - 400), place))
    named = earlier[-1] if earlier else pattern.search(text, place, place + 400)
    return bool(named and named.lastgroup == coins.group(asset))


def _candidate(
    wording: str, quantity: tuple[str, Decimal, int, int, int], asset: str, today: tuple[date, str | None]
) -> Candidate:
    text = folded(wording)
    rule, amount, start, end, stop = quantity
    cost, average, currency = _amounts(text[end:stop])
    day, note = today
    evidence = quoted(wording[max(text.rfind("。", 0, start) + 1, start - 60) : stop])
    about = "約" in text[max(0, start - 2) : start]
    notes = (note,) if note else ()
    base = Candidate(
        asset=asset,
        rule=rule,
        evidence=evidence,
        confidence=Decimal("0.90"),
        currency=currency,
        notes=notes,
        exactness="approximate" if about else "exact",
    )
    base = replace(
        base,
        confidence=base.confidence - (Decimal("0.05") if note else 0) - (Decimal("0.03") if about else 0),
    )
    if rule == PURCHASE:
        return replace(
            base,
            purchased=amount,
            period_end=day,
            period_start=day,
            purchase_cost=cost,
            purchase_average_price=average,
        )
    at, known = japanese_days.of(text, start, day)
    if at != day and note:
        base = replace(base, notes=(), confidence=base.confidence + Decimal("0.05"))
    if not known:
        base = replace(base, notes=(*base.notes, PAST), confidence=Decimal("0.40"))
    shares = _SHARES.search(text)
    return replace(
        base, holdings=amount, as_of=at, total_cost=cost, average_price=average,
        shares=whole(Decimal(shares["number"].replace(",", "")) * _UNITS[shares["unit"]]) if shares else None,
        share_basis="fd_max" if shares else None,
    )  # fmt: skip


def _announced(text: str, document: Document) -> tuple[date, str | None]:
    """The date of the announcement, which stands at its head; else the date of filing, and a note."""
    found = next(dates.find(text[:600]), None)
    if found and abs((found.day - document.filed).days) <= 31:
        return found.day, None
    return document.filed, UNDATED


def _amounts(text: str) -> tuple[Decimal | None, Decimal | None, str]:
    cost = average = None
    currency = "JPY"
    for money in _YEN.finditer(text):
        amount = yen(money)
        if amount is None:
            continue
        before = text[max(0, money.start() - 40) : money.start()]
        place = max((m.end() for m in _AVERAGE.finditer(before)), default=-1)
        each = re.match(r"\s?/|\s?\(?1\s?(?:BTC|ETH)", text[money.end() :]) or re.search(
            r"1\s?(?:BTC|ビットコイン|ETH)\s?あたり[^\d]{0,12}$", before
        )
        costs = max((m.end() for m in _COST.finditer(before)), default=-1)
        if each or place > costs:
            average = average if average is not None else amount
        elif costs >= 0:
            cost = cost if cost is not None else amount
        if amount in (cost, average) and money["currency"] != "円":
            currency = "USD"
    return cost, average, currency


def yen(money: re.Match[str]) -> Decimal | None:
    """An amount in 兆, 億, 万 and what remains: 3,045億6,300万円 is 304,563,000,000."""
    parts = [("cho", Decimal(10**12)), ("oku", Decimal(10**8)), ("man", Decimal(10**4))]
    found = [
        Decimal(money[name].replace(",", "")) * size
        for name, size in parts
        if money[name] and money[name].strip(",")
    ]
    if money["rest"] and money["rest"].strip(","):
        found.append(Decimal(money["rest"].replace(",", "")) * _UNITS[money["unit"]])
    return whole(sum(found, Decimal(0))) if found else None
