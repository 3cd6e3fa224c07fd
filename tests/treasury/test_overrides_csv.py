"""Overrides from a spreadsheet: what a file may look like, what is refused, all of it or none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.treasury import override_csv
from tests.conftest import Database
from tests.identity.factory import Person, make_admin
from tests.treasury.factory import coin, company, financials, override, reviewer

PATH = "/v1/admin/treasury/overrides/import"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HEAD = "ticker,field,value,reason,expires\n"


def values(text: str) -> list[str]:
    """The values that a file states; its errors, where it has any."""
    reading = override_csv.read(text, NOW)
    return [line.value for line in reading.lines] + [f"{error.line} {error.code}" for error in reading.errors]


def number(text: str, delimiter: str = ",", field: str = "market_cap") -> str:
    """How one number is read: the number, or the code of the error."""
    mark = delimiter
    (found,) = values(f'company{mark}field{mark}value{mark}reason\nx{mark}{field}{mark}"{text}"{mark}r\n')
    return found


# ------------------------------------------------------------ the file


@pytest.mark.parametrize(
    "text",
    [
        "company,field,value,reason\nacme,tier,1,because\n",
        "\ufeffTicker,Field,Value,Reason\r\nACME,Tier,1,because\r\n",
        "Symbol;Metric;New value;Comment\nACME;tier;1;because",
        "id\tcolumn\toverride\twhy\nacme\ttier\t1\tbecause\n",
        "\n\nReason , Value , FIELD , External ID ,Unused\nbecause,1,tier,acme,\n\n",
        '"company","field name","override value","notes"\n"acme","Tier","1","because"\n',
    ],
)
def test_a_header_may_be_written_in_many_ways(text: str) -> None:
    reading = override_csv.read(text, NOW)
    assert reading.errors == []
    (line,) = reading.lines
    assert (line.company, line.field, line.value, line.reason) == ("acme", "tier", "1", "because")


def test_lines_are_counted_as_the_spreadsheet_counts_them() -> None:
    text = HEAD + 'acme,tier,1,"a reason\nin two lines",\n\nacme,tier,x,because,\n'
    reading = override_csv.read(text, NOW)
    assert [line.number for line in reading.lines] == [2]
    assert [(error.line, error.column, error.code) for error in reading.errors] == [
        (5, "value", "value_does_not_fit")
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["1 empty"]),
        ("\ufeff\n \n", ["1 empty"]),
        ("company,value,reason\nacme,1,x\n", ["1 missing_columns"]),
        (HEAD, []),
        (HEAD + "acme,tier,1\n", ["2 missing"]),
        (HEAD + ",tier,1,because,\n", ["2 missing"]),
        (HEAD + "acme,tier,1,because,,more\n", ["2 too_many_cells"]),
        (HEAD + "acme,market_cap,1,234,because,\n", ["2 not_words"]),
        (HEAD + "acme,market_cap,1,234\n", ["2 not_words"]),
        (HEAD + "acme,ticker,X,because,\n", ["2 field_not_overridable"]),
        (HEAD + 'acme,tier,"1,because\n', ["1 malformed_csv"]),
        (HEAD + "acme,tier,1," + "r" * 2001 + ",\n", ["2 too_long"]),
        (HEAD + "acme,tier,1,because,\n" * 2001, ["1 too_many_lines"]),
    ],
)
def test_what_is_wrong_with_a_file_is_said_by_line(text: str, found: list[str]) -> None:
    assert values(text) == found


@pytest.mark.parametrize(
    ("written", "expires"),
    [
        ("", None),
        ("2026-12-31", datetime(2026, 12, 31, tzinfo=UTC)),
        ("2026-12-31T18:00+02:00", datetime(2026, 12, 31, 16, tzinfo=UTC)),
        ("2026-12-31 18:00Z", datetime(2026, 12, 31, 18, tzinfo=UTC)),
        ("2026-03-01", "expired"),
        ("2020-01-01", "expired"),
        ("03/04/2026", "not_a_date"),
        ("2026-12-31 18:00", "not_a_date"),
        ("soon", "not_a_date"),
        ("99999-01-01", "not_a_date"),
    ],
)
def test_days_and_moments_of_expiry(written: str, expires: Any) -> None:
    reading = override_csv.read(f"{HEAD}acme,tier,1,because,{written}\n", NOW)
    found = [line.expires_at for line in reading.lines] + [error.code for error in reading.errors]
    assert found == [expires]


# ------------------------------------------------------------ numbers


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1234567.5", "1234567.5"),
        ("1234", "1234"),
        ("1.234", "1.234"),
        ("1,234,567", "1234567"),
        ("1,234,567.89", "1234567.89"),
        ("1,234.5", "1234.5"),
        ("1.234.567", "1234567"),
        ("1.234.567,89", "1234567.89"),
        ("1.234,56", "1234.56"),
        ("1 234 567", "1234567"),
        ("1\u00a0234\u202f567", "1234567"),
        ("1'234'567.5", "1234567.5"),
        ("1_234_567", "1234567"),
        ("0", "0"),
        ("0.123", "0.123"),
    ],
)
def test_a_number_that_can_mean_one_thing_is_read(written: str, meant: str) -> None:
    assert number(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        "1,234",
        "12,5",
        "1,23,456",
        "1,2345,678",
        "$1234",
        "1.2B",
        "1.5E+06",
        "(5)",
        "-5",
        "5%",
        "1 2",
        "",
        "١٢٣",
    ],
)
def test_a_number_that_is_doubtful_or_none_is_refused(written: str) -> None:
    assert number(written) in ("2 value_does_not_fit", "2 missing")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1234,5", "1234.5"),
        ("12,50", "12.50"),
        ("0,123", "0.123"),
        ("12.5", "12.5"),
        ("1.234", "2 value_does_not_fit"),
        ("1,234", "2 value_does_not_fit"),
        ("1.234,5", "1234.5"),
    ],
)
def test_with_semicolons_a_comma_may_stand_before_decimals(written: str, meant: str) -> None:
    assert number(written, ";") == meant


def test_a_percentage_may_carry_its_sign() -> None:
    assert number("85 %", field="staking_pct") == number("85%", field="staking_pct") == "85"


def test_a_doubtful_number_is_told_with_what_to_do() -> None:
    (error,) = override_csv.read(HEAD + 'acme,cash,"1,234",because,\n', NOW).errors
    assert "a thousand times as much" in error.message


# ------------------------------------------------------------ importing


@pytest.fixture
def admin(database: Database) -> Person:
    return make_admin()


def run(admin: Person, text: str, **more: Any) -> Any:
    return admin.api.post(PATH, {"content": text, **more})


def stored(database: Database) -> list[tuple[int, str, str, str]]:
    rows = database.rows(
        "select * from treasury.company_overrides where is_active order by company_id, field"
    )
    return [(row["company_id"], row["field"], row["override_value"], row["source"]) for row in rows]


def test_a_dry_run_is_the_default_and_shows_what_would_be_done(database: Database, admin: Person) -> None:
    acme = company(database, ticker="ACME", tier=3)
    financials(database, acme, "2025-01-01", cash="12345678901234567.89")
    override(reviewer(database), acme, "tier", "2")
    answer = run(admin, HEAD + 'ACME,tier,1,because,\nacme,Cash,"1,234,567",read,2190-01-01\n')
    assert answer.status == 200
    assert answer.json["dry_run"] is True
    assert [
        (
            row["line"],
            row["company_id"],
            row["field"],
            row["value"],
            row["original"],
            row["replaces"],
            row["expires_at"],
        )
        for row in answer.json["rows"]
    ] == [
        (2, acme, "tier", "1", "3", "2", None),
        (3, acme, "cash", "1234567", "12345678901234567.89", None, "2190-01-01T00:00:00Z"),
    ]
    assert stored(database) == [(acme, "tier", "2", "admin")]


def test_for_real_it_does_what_the_dry_run_showed(database: Database, admin: Person) -> None:
    acme, other = company(database, ticker="ACME"), company(database, external_id="other.t")
    override(reviewer(database), acme, "tier", "2")
    text = HEAD + f"ACME,tier,1,because,\nOTHER.T,is_miner,yes,because,\n{other},name,Other AG,because,\n"
    shown = run(admin, text).json["rows"]
    answer = run(admin, text, dry_run=False)
    assert (answer.status, answer.json["rows"]) == (200, shown)
    assert stored(database) == [
        (acme, "tier", "1", "csv"),
        (other, "is_miner", "true", "csv"),
        (other, "name", "Other AG", "csv"),
    ]
    assert len(database.rows("select 1 from treasury.company_overrides")) == 4, (
        "the one before stays on record"
    )


def test_one_bad_line_keeps_all_of_it_out(database: Database, admin: Person) -> None:
    company(database, ticker="ACME")
    text = (
        HEAD + "ACME,tier,1,because,\nNOBODY,tier,1,because,\nACME,tier,2,again,\nACME,cash,much,because,\n"
    )
    wrong = [(3, "company_unknown"), (4, "twice"), (5, "value_does_not_fit")]
    report = run(admin, text).json
    assert [(error["line"], error["code"]) for error in report["errors"]] == wrong
    assert [row["line"] for row in report["rows"]] == [2]
    answer = run(admin, text, dry_run=False)
    assert (answer.status, answer.code) == (422, "import_refused")
    assert [(error["field"], error["code"]) for error in answer.json["errors"]] == [
        ("body.content.3.company", "company_unknown"),
        ("body.content.4.field", "twice"),
        ("body.content.5.value", "value_does_not_fit"),
    ]
    assert answer.json["errors"][0]["message"] == "Line 3: There is no company NOBODY."
    assert stored(database) == []


def test_a_ticker_that_holds_two_coins_needs_the_coin(database: Database, admin: Person) -> None:
    bitcoin = company(database, ticker="DUAL", external_id="dual-btc")
    ether = company(database, ticker="DUAL", external_id="dual-eth", asset_id=coin(database, symbol="ETH"))
    report = run(admin, HEAD + "DUAL,tier,1,because,\n").json
    (error,) = report["errors"]
    assert error["code"] == "company_ambiguous"
    assert "dual-btc (BTC), dual-eth (ETH)" in error["message"]
    rows = run(
        admin, "ticker,coin,field,value,reason\nDUAL,eth,tier,1,because\nDUAL,BTC,tier,1,because\n"
    ).json["rows"]
    assert [row["company_id"] for row in rows] == [ether, bitcoin]


def test_an_empty_file_imports_nothing(database: Database, admin: Person) -> None:
    assert run(admin, HEAD, dry_run=False).json == {"dry_run": False, "rows": [], "errors": []}
    assert run(admin, "x", dry_run=False).code == "import_refused"
