"""The rules of scraping that need no database: names and tickers, candidates of one filing, PDF files, balance sheets."""

from __future__ import annotations

import gzip
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chalicelib.market.feeds import OwnBudgetUsedUp
from chalicelib.sources.client import (
    SourceChangedFormat,
    SourceNotFound,
    SourceRateLimited,
    SourceUnavailable,
)
from chalicelib.treasury import attempts, balance_sheets
from chalicelib.treasury.candidates import Stated, proposals
from chalicelib.treasury.filings.extract import extract
from chalicelib.treasury.filings.facts import UNDATED, Candidate, Document
from chalicelib.treasury.pdf import Unreadable, text_of
from chalicelib.treasury.readers.identity import same_name, same_ticker
from local.standins.pdf import Encoding, pdf

FACTS = Path(__file__).resolve().parents[3] / "shared" / "data" / "treasury" / "mstr_companyfacts.json.gz"
FILED = date(2025, 1, 6)


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        ("Strategy", "Strategy Inc", True),
        ("MARA Holdings, Inc.", "MARA HOLDINGS INC", True),
        ("Riot Platforms", "Riot Platforms, Inc. /DE/", True),
        ("Metaplanet", "Metaplanet K.K.", True),
        ("Société X S.A.", "SOCIETE X SA", True),
        ("The Blockchain Group", "Blockchain Group", True),
        ("Strategy", "Strategy Education Inc", False),
        ("Strive", "Strive Holdings", False),
        ("Inc", "Inc.", True),
        ("???", "!!!", False),
        ("Strategy (fka MicroStrategy)", "Strategy Inc", True),
        ("Strategy (fka MicroStrategy)", "MicroStrategy Inc", True),
        ("Solana Company (formerly known as Helius Medical)", "Helius Medical, Inc.", True),
        ("Acme (fka Oblong)", "Acme fka Oblong", False),
        ("Banco (Brasil)", "Banco", False),
    ],
)
def test_names_agree_but_for_their_legal_form(ours: str, theirs: str, same: bool) -> None:
    assert (same_name(ours, ["Other Corp", theirs]) is not None) is same


def test_tickers_agree_but_for_how_classes_are_written() -> None:
    assert same_ticker("BRK.B", ["BRK-A", "BRK-B"]) == "BRK-B"
    assert same_ticker("MSTR", ["MST", "MSTRX"]) is None


def stated(holdings: Any, as_of: date | None, key: str = "a", **changes: Any) -> Stated:
    values: dict[str, Any] = {
        "asset": "BTC", "rule": "stated total", "evidence": "as it says", "confidence": Decimal("0.9"),
        "holdings": None if holdings is None else Decimal(holdings), "as_of": as_of,
    }  # fmt: skip
    return Stated(
        Candidate(**(values | changes)), key, "8-K", f"https://example.com/{key}", "0000000000-25-000001"
    )


def test_what_two_documents_of_a_filing_say_is_one_candidate_the_surer_one() -> None:
    day = date(2025, 1, 5)
    found, _ = proposals([stated(100, day), stated(100, day, "b", confidence=Decimal("0.97"))], "BTC", FILED)
    assert [(one["holdings"], one["confidence"], one["raw_data"]["document"]) for one in found] == [
        ("100", "0.97", "b")
    ]


def test_a_total_without_a_date_gives_way_to_the_same_total_with_one() -> None:
    undated = stated(100, FILED, "b", notes=(UNDATED,))
    found, _ = proposals([stated(100, date(2025, 1, 5)), undated], "BTC", FILED)
    assert [str(one["snapshot_date"]) for one in found] == ["2025-01-05"]
    (alone,), _ = proposals([undated], "BTC", FILED)
    assert (str(alone["snapshot_date"]), alone["flags"]) == ("2025-01-06", ["reader_notes"])


def test_two_periods_of_one_filing_are_two_candidates_the_earlier_first() -> None:
    found, _ = proposals([stated(120, date(2025, 1, 5)), stated(100, date(2024, 12, 29))], "BTC", FILED)
    assert [one["holdings"] for one in found] == ["100", "120"]


def test_a_zero_is_a_value_and_another_coin_is_not_ours() -> None:
    found, _ = proposals([stated(0, FILED), stated(5, FILED, asset="ETH")], "BTC", FILED)
    assert [one["holdings"] for one in found] == ["0"]


def test_what_only_the_other_document_of_a_filing_says_comes_with_the_surer_one() -> None:
    day = date(2025, 1, 5)
    counted = stated(100, day, shares=Decimal(900), share_basis="assumed_diluted", confidence=Decimal("0.97"))
    paid = stated(100, FILED, "b", notes=(UNDATED,), total_cost=Decimal(7000), purchased=Decimal(3))
    (one,), left = proposals([paid, counted], "BTC", FILED)
    assert (one["snapshot_date"], one["shares_outstanding"], one["total_cost"], one["purchased"]) == (
        day,
        "900",
        "7000",
        "3",
    )
    assert left == []


def test_shares_are_counted_in_those_of_the_filings_day_and_basic_ones_beside_diluted_ones() -> None:
    day = date(2023, 12, 31)
    alone = {"holdings": None, "as_of": day, "rule": "table of shares"}
    found, left = proposals(
        [
            stated(100, day, shares=Decimal(900), share_basis="assumed_diluted"),
            stated(**alone, shares=Decimal(700), share_basis="basic"),
            stated(**alone, shares=Decimal(950), share_basis="fd_max"),
            stated(**(alone | {"as_of": FILED}), shares=Decimal(1), share_basis="basic"),
        ],
        "BTC",
        FILED,
    )
    (one,) = found
    assert (one["shares_outstanding"], one["share_basis"], one["shares_basic"]) == (
        "900",
        "assumed_diluted",
        "700",
    )
    assert one["shares_unit_date"] == FILED
    assert left == [
        "950 shares (fd_max) as of 2023-12-31 beside assumed diluted ones",
        "1 shares (basic) as of 2025-01-06 without a total of that day",
    ]
    (only,), _ = proposals(
        [stated(100, day), stated(**alone, shares=Decimal(700), share_basis="basic")], "BTC", FILED
    )
    assert (only["shares_outstanding"], only["share_basis"], only["shares_basic"]) == ("700", "basic", None)


def test_approximately_is_how_it_is_stated_and_no_doubt() -> None:
    body = "As of January 5, 2025, the Company held an aggregate of approximately 446,400 bitcoins."
    read = extract(Document("text", "sec_edgar", FILED, body)).candidates
    (one,), _ = proposals(
        [Stated(found, "a", "8-K", "https://example.com", None) for found in read], "BTC", FILED
    )
    assert (one["flags"], one["raw_data"]["approximate"]) == ([], True)
    about = stated(100, FILED, notes=(UNDATED,), exactness="approximate")
    (doubted,), _ = proposals([about], "BTC", FILED)
    assert doubted["flags"] == ["reader_notes"]


@pytest.mark.parametrize("rule", ["first purchase", "cumulative purchases"])
def test_a_total_that_is_put_together_is_flagged(rule: str) -> None:
    (one,), _ = proposals([stated(100, FILED, rule=rule)], "BTC", FILED)
    assert "derived_total" in one["flags"]


def test_a_purchase_without_a_total_is_told_and_proposed_as_nothing() -> None:
    found, left = proposals([stated(None, FILED, purchased=Decimal(12))], "BTC", FILED)
    assert found == []
    assert left == ["a purchase of 12 BTC without a total: as it says"]


def test_impossible_figures_beside_a_total_are_left_out_and_flagged() -> None:
    backwards = {"period_start": date(2025, 1, 5), "period_end": date(2025, 1, 1), "total_cost": Decimal(-1)}
    (one,), _ = proposals([stated(100, FILED, **backwards)], "BTC", FILED)
    assert (one["period_start"], one["total_cost"]) == (None, None)
    assert one["flags"] == ["amount_unclear", "period_unclear"]


@pytest.mark.parametrize("encoding", ["mapped", "rksj", "ucs2"])
def test_japanese_is_read_in_the_encodings_that_pdfs_name(encoding: Encoding) -> None:
    lines = ["ビットコインの追加購入に関するお知らせ", "当社は、総額20,136 BTCを保有しております。"]
    assert text_of(pdf([lines, ["二枚目です。"]], encoding), japanese=True).split() == [
        *" ".join(lines).split(),
        "二枚目です。",
    ]


@pytest.mark.parametrize(
    ("file", "japanese", "reason"),
    [
        (pdf([["ビットコインの追加購入に関するお知らせ", "総額20,136 BTC"]], "bare"), True, "glyphs"),
        (pdf([["As of 30 June 2025 the Group held 5,200 units of BTC in all."]]), True, "not Japanese"),
        (pdf([["q7Xw kzpv 5200 jjkw BTC " * 4] * 8]), False, "not English"),
        (pdf([[]]), False, "pictures"),
        (b"", False, "no PDF"),
        (b"%PDF-1.7 and nothing", False, "broken"),
    ],
    ids=["bare glyphs", "english for japanese", "gibberish", "empty", "nothing", "cut"],
)
def test_text_that_cannot_be_relied_on_is_refused(file: bytes, japanese: bool, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        text_of(file, japanese=japanese)


def middle() -> float:
    return 0.5


def test_what_becomes_of_a_job_whose_attempt_failed() -> None:
    assert attempts.judge(SourceUnavailable("edgar", "x"), 1, middle)[:2] == (300.0, "unavailable")
    assert attempts.judge(SourceChangedFormat("edgar", "x"), 3, middle)[:2] == (1200.0, "changed_format")
    gone = attempts.judge(SourceNotFound("edgar", "x"), 1, middle)
    assert (gone.code, gone.final) == ("not_found", True)
    told = attempts.judge(SourceRateLimited("edgar", "x", retry_after=600), 1, middle)
    assert (told.wait, told.counts, told.final) == (630.0, True, False)
    ours = attempts.judge(OwnBudgetUsedUp("edgar", "x", retry_after=4), 1, middle)
    assert not ours.counts
    for_ever = attempts.judge(SourceRateLimited("edgar", "x", retry_after=1e9), 1, middle)
    assert for_ever.wait <= 8 * 86_400


@pytest.mark.skipif(not FACTS.is_file(), reason="no folder of real files beside")
def test_the_real_balance_sheet_of_a_filer() -> None:
    """Strategy's 10-Q of 2025-11-03: cash and long-term debt on 2025-09-30."""
    found = balance_sheets.latest(gzip.decompress(FACTS.read_bytes()), date(2025, 12, 31))
    assert found is not None
    assert (found["effective_date"], found["cash"], found["total_debt"]) == (
        "2025-09-30",
        "54285000",
        "8173903000",
    )
    assert "shares_basic" not in found, "no single class is reported"
    assert "preferred_equity" not in found


def test_facts_without_a_balance_sheet_give_none() -> None:
    assert balance_sheets.latest(b"<html>", FILED) is None
    assert balance_sheets.latest(b'{"facts": {}}', FILED) is None
