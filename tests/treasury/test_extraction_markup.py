"""How a document is written does not change what it states; a document that cannot be read gives a warning."""

from __future__ import annotations

import time
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.treasury.filings import numbers, text
from tests.treasury.documents import document, page, read, row, totals

SENTENCE = (
    "As of August 17, 2025, the Company held an aggregate of approximately 629,376 bitcoins, acquired at "
    "an aggregate purchase price of approximately $46.15 billion."
)
TABLE = page(
    row("During Period August 11, 2025 to August 17, 2025", "As of August 17, 2025"),
    row(
        "BTC Acquired",
        "Aggregate Purchase Price (in millions)",
        "Average Purchase Price",
        "Aggregate BTC Holdings",
        "Aggregate Purchase Price (in billions)",
        "Average Purchase Price",
    ),
    row("430", "$51.4", "$119,666", "629,376", "$46.15", "$73,320"),
)
HELD = {"BTC": Decimal(629_376)}


@pytest.mark.parametrize(
    "body",
    [
        f"<p>{SENTENCE}</p>",
        f"<P><SPAN>{SENTENCE}</SPAN></P>",
        SENTENCE.replace("629,376", "<ix:nonFraction name='x:Held' contextRef='c'>629,376</ix:nonFraction>"),
        SENTENCE.replace(" ", "&#160;"),
        SENTENCE.replace(" ", "&nbsp;\n  "),
        SENTENCE.replace("bitcoins", "bit<b>coins</b>"),
        SENTENCE.replace("629,376", "629,\u200b376"),
        f"<table><tr><td>(1)</td><td>{SENTENCE}</td></tr></table>",
        f"<table><tr><td><table><tr><td>{SENTENCE}</td></tr></table></td></tr></table>",
        f"\ufeff<?xml version='1.0' encoding='ASCII'?><!-- made by a tool "
        f"--><html><head><title/></head><body><div/>{SENTENCE}</body></html>",
        f"<html><body><div><p>{SENTENCE}",
        f"<div style='display:none'><ix:header><ix:hidden>x</ix:hidden></ix:header></div><a name='a'/><p>{SENTENCE}</p>",
    ],
    ids=[
        "plain",
        "capitals",
        "inline XBRL",
        "no-break spaces",
        "wrapped",
        "tag in a word",
        "zero width",
        "layout table",
        "nested table",
        "XHTML",
        "cut off",
        "hidden head",
    ],
)
def test_markup_does_not_matter(body: str) -> None:
    assert totals(body, kind="html") == HELD


@pytest.mark.parametrize(
    "hidden",
    [
        "<div style='display:none'>The Company holds 5 BTC.</div>",
        "<p hidden>The Company holds 5 BTC.</p>",
        "<div style='VISIBILITY: hidden'>The Company holds 5 BTC.</div>",
        "<script>The Company holds 5 BTC.</script><style>The Company holds 5 BTC.</style>",
        "<!-- The Company holds 5 BTC. -->",
        "<table><tr style='visibility:collapse'><td>The Company holds 5 BTC.</td></tr></table>",
        "<html><head><title>The Company holds 5 BTC.</title></head></html>",
    ],
)
def test_what_a_reader_does_not_see_is_not_read(hidden: str) -> None:
    assert totals(f"{hidden}<p>Nothing else.</p>", kind="html") == {}


@given(
    name=st.sampled_from(["id", "class", "name", "data-value"]),
    value=st.sampled_from(["btc-holdings", "999999", "BTC 5", ""]),
    space=st.sampled_from([" ", "&#160;", "\n\t", "&nbsp; "]),
    upper=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_identifiers_spaces_and_the_case_of_tags_do_not_matter(
    name: str, value: str, space: str, upper: bool
) -> None:
    body = TABLE.replace("<p>", f'<p {name}="{value}">').replace("<span>", f'<span {name}="{value}">')
    for tag in ("table", "tr", "td", "p", "span"):
        if upper:
            body = body.replace(f"<{tag}", f"<{tag.upper()}").replace(f"</{tag}>", f"</{tag.upper()}>")
    body = body.replace("Purchase Price", f"Purchase{space}Price").replace("As of", f"As{space}of")
    found, plain = read(body, kind="html").candidates, read(TABLE, kind="html").candidates
    assert found == plain
    assert found[0].holdings == Decimal(629_376)


@given(
    amount=st.decimals(
        min_value=0, max_value=Decimal(10**12), places=8, allow_nan=False, allow_infinity=False
    )
)
@settings(max_examples=200, deadline=None)
def test_a_number_is_read_as_it_was_written(amount: Decimal) -> None:
    assert numbers.decimal(f"{amount:,f}") == amount
    assert totals(f"As of June 30, 2025, the Company held {amount:,f} ETH.") == {"ETH": amount}


@given(body=st.text(max_size=400), kind=st.sampled_from(["html", "text", "pdf_text"]))
@settings(max_examples=150, deadline=None)
def test_no_text_raises(body: str, kind: str) -> None:
    read(body, kind=kind)
    read(f"<table><tr><td>{body}<td>BTC held 5", kind=kind)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "empty"),
        ("   \n\t ", "empty"),
        ("%PDF-1.7 binary", "binary"),
        ("\x00\x01\x02\x03" * 500, "binary"),
        ("<html><body></body></html>", "no visible text"),
        ("<!--" * 10_000, "no visible text"),
        ("A notice about something else.", "states no holding"),
    ],
    ids=["empty", "blank", "a PDF", "binary", "no text", "comments", "another matter"],
)
def test_a_document_without_facts_gives_a_warning(body: str, words: str) -> None:
    found = read(body, kind="html")
    assert found.candidates == ()
    assert words in " ".join(found.warnings)


def test_a_document_that_is_too_long_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "MAX_BODY", 1_000)
    assert "more than 1,000 are not read" in read(SENTENCE * 20).warnings[0]


def test_a_text_that_is_too_long_is_read_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "MAX_TEXT", 1_000)
    found = read("\n\n".join([SENTENCE, "word " * 300, "As of August 24, 2025, the Company held 5 BTC."]))
    assert [candidate.holdings for candidate in found.candidates] == [Decimal(629_376)]
    assert "Only the first 1,000 characters" in found.warnings[0]


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 100_000 + SENTENCE,
        "".join(f'<font color="{number}"><p>' for number in range(3_000)) + SENTENCE,
        "<table><tr><td>" * 20_000 + SENTENCE,
        "<" * 200_000 + SENTENCE,
        "<p " + "a=1 " * 100_000 + f">{SENTENCE}</p>",
        "<td/>" * 50_000 + SENTENCE,
        "1," * 100_000 + " BTC held",
        "9" * 200_000 + " BTC held",
        "the Company held " * 20_000 + "5 BTC",
        "As of May 1, 2025, " * 10_000,
        "During Period May 1, 2025 to May 2, 2025 As of May 2, 2025 BTC Acquired " * 3_000,
        "BTC holdings (" * 20_000,
        "(“Acme” " * 20_000,
        "Total BTC holdings: " * 20_000,
        "保有ビットコイン、" * 20_000,
        "$1 million in BTC, " * 20_000,
        "A" * 300_000 + " holds 5 BTC",
        "Aa " * 100_000 + "(the “Company”) holds 5 BTC",
        "; Acme (" * 30_000 + " holds 5 BTC",
        "5 BTC " * 50_000,
        "".join(f"<p>As of May 1, 2025, we held {number} BTC.</p>\n\n" for number in range(4_000)),
        "<tr><td>Total BTC held: 5</td>" * 20_000,
        "<table><tr>" + "<td>June 30, 2025</td>" * 2_000 + ("<tr><td>BTC held" + "<td>5" * 2_000) * 100,
        "<table><tr><td>Company<td>Bitcoin held" + "<tr><td>Acme<td>5" * 8_000,
        "<p>(in thousands, except " + "bitcoin " * 20_000 + "</p><table><tr><td>BTC held<td>5</table>",
        "shares in thousands of " * 20_000 + "BTC held 5",
        "The Company does not hold any bitcoin " * 20_000,
        "according to Beta at its peak " * 20_000 + "held 5 BTC",
        "5 BTC, of which 3 BTC, including " * 10_000,
        "we held 5 BTC as of May 1, 2025 and " * 10_000,
        "5, " * 50_000 + "and 5 bitcoins, respectively",
        "a $10 million purchase at an average " * 20_000 + "bitcoin",
        "100 " * 60_000 + "BTC held",
        "BTC holdings as of June 3 " * 20_000,
        "期間 BTC保有数量 " + "2025年6月30日 13,350 " * 20_000,
    ],
    ids=lambda body: body[:24],
)
@pytest.mark.parametrize("kind", ["html", "text"])
def test_hostile_documents_take_bounded_work(body: str, kind: str) -> None:
    started = time.process_time()
    read(body, kind=kind)
    assert time.process_time() - started < 8


def test_evidence_is_bounded_and_verbatim() -> None:
    candidate = read("The Company, " + "as before, " * 200 + "held 5 BTC.").current("BTC")
    long = read(SENTENCE)
    assert candidate is None or len(candidate.evidence) <= 700
    assert long.candidates[0].evidence == SENTENCE


def test_the_same_document_gives_the_same_answer() -> None:
    asked = document(TABLE, kind="html")
    assert read(TABLE, kind="html") == read(replace(asked).body, kind="html")
