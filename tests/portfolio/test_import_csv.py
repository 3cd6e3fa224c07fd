"""CSV files of any kind: encodings, columns and lines as people have them; questions where a file is not clear."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.portfolio.csv_mapping import mapping
from chalicelib.portfolio.profiles import any_csv
from chalicelib.portfolio.profiles.drafts import LineError, Options, Reading
from chalicelib.portfolio.profiles.table import decode, table

UTC_ZONE = ZoneInfo("UTC")


def read(text: str, **options: object) -> Reading:
    return any_csv.read(text, Options(**options))  # type: ignore[arg-type]


def question(text: str, **options: object) -> LineError:
    with pytest.raises(LineError) as raised:
        read(text, **options)
    return raised.value


# ---------------------------------------------------------------------------------------------------- files

GERMAN = "Datum;Typ;Symbol;Stück;Kurs;Währung;Gebühren\r\n15.01.2024;Kauf;AAPL;10;1.100,50;USD;4,99\r\n"


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (GERMAN.encode(), "utf-8"),
        (b"\xef\xbb\xbf" + GERMAN.encode(), "utf-8"),
        (GERMAN.encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + GERMAN.encode("utf-16-be"), "utf-16"),
        (GERMAN.encode("utf-16-le"), "utf-16-le"),
        (GERMAN.encode("utf-16-be"), "utf-16-be"),
        (GERMAN.encode("latin-1"), "windows-1252"),
        (GERMAN.replace("USD", "€").encode("cp1252"), "windows-1252"),
        (GERMAN.encode("latin-1") + b"\x81", "latin-1"),
    ],
)
def test_a_file_in_any_common_encoding_is_read(raw: bytes, encoding: str) -> None:
    text, found = decode(raw)
    assert found == encoding
    assert table(text).header[3] == "Stück"


def test_a_german_file_is_understood_without_a_word() -> None:
    reading = read(GERMAN)
    (draft,) = reading.drafts
    assert (reading.decimal, reading.date_order, reading.delimiter) == (",", "dmy", ";")
    assert (draft.type, draft.quantity, draft.price, draft.currency) == (
        "buy",
        Decimal(10),
        Decimal("1100.5"),
        "USD",
    )
    assert (draft.fee, draft.at) == (Decimal("4.99"), datetime(2024, 1, 15, tzinfo=UTC))
    assert draft.asset is not None
    assert draft.asset.symbol == "AAPL"


def test_quotes_line_breaks_and_a_preamble() -> None:
    text = (
        "\ufeffMy broker\nsep is a comma\n\nDate,Action,Ticker,Shares,Price,Ccy,Comment\n"
        '2024-01-02,BUY,AAPL,"1,000",150.25,USD,"said ""go"",\nand went"\n2024-01-03,SELL,AAPL,5,151,USD,\n'
    )
    reading = read(text)
    assert [(draft.line, draft.type, draft.quantity) for draft in reading.drafts] == [
        (5, "buy", Decimal(1000)),
        (7, "sell", Decimal(5)),
    ]
    assert reading.drafts[0].notes == 'said "go",\nand went'


def test_the_separator_that_a_spreadsheet_wrote_first_is_believed() -> None:
    assert read("sep=;\r\nDate;Type;Symbol;Quantity;Price\r\n2024-01-02;Buy;AAPL;1;2,5\r\n").drafts[
        0
    ].price == Decimal("2.5")


def test_a_file_whose_quotes_do_not_close_is_refused_with_the_line() -> None:
    assert "Line 2" in str(question('Date,Type,Symbol,Quantity,Price\n2024-01-02,Buy,"AAPL,1,2\n'))


@pytest.mark.parametrize("text", ["", "\n\n", "hello", "a,b\n"])
def test_what_has_no_table_is_refused(text: str) -> None:
    assert question(text).code in ("no_table", "mapping_needed")


# ---------------------------------------------------------------------------------------------------- columns


def columns(header: str, *rows: str) -> dict[str, str | None]:
    found = mapping(table("\n".join([header, *rows])), {})
    return {field: guess.column for field, guess in found.items() if guess.column}


def test_columns_are_found_by_their_words_and_checked_by_what_they_hold() -> None:
    assert columns(
        "Trade Date,Settle Date,Transaction Type,Ticker Symbol,Security Name,No. of Shares,Price per Share,"
        "Commission,Net Amount,Currency,Order ID",
        "2024-01-02,2024-01-04,Buy,AAPL,Apple,10,185.5,1,1856,USD,77",
    ) == {
        "timestamp": "Trade Date",
        "type": "Transaction Type",
        "symbol": "Ticker Symbol",
        "name": "Security Name",
        "quantity": "No. of Shares",
        "price": "Price per Share",
        "fee": "Commission",
        "amount": "Net Amount",
        "currency": "Currency",
        "external_id": "Order ID",
    }


def test_a_column_that_holds_something_else_is_not_taken() -> None:
    found = columns("Date,Type,Symbol,Quantity,Price,Price Currency", "2024-01-02,Buy,AAPL,1,10,USD")
    assert found["currency"] == "Price Currency"
    assert columns("Value Date,Value,Type,Symbol,Shares", "2024-01-02,10,Buy,AAPL,1")["amount"] == "Value"


def test_a_column_with_the_very_name_is_never_passed_over_in_silence() -> None:
    """Or a sale would become a purchase by its sign, and gold a dollar."""
    for line in ("2024-01-02,Zeichnung,AAPL,1,10,USD", "2024-01-02,Sell,AAPL,1,10,XAUT"):
        reading = read(f"Date,Type,Symbol,Quantity,Price,Currency\n{line}\n")
        assert (len(reading.drafts), len(reading.errors)) == (0, 1)


def test_a_time_of_its_own_and_a_whole_moment_under_that_name() -> None:
    assert columns("Date,Time,Symbol,Quantity", "2024-01-02,10:30,AAPL,1")["time"] == "Time"
    assert columns("Time,Symbol,Quantity", "2024-01-02 10:30:00,AAPL,1")["timestamp"] == "Time"


def test_a_guess_says_how_sure_it_is_and_what_else_it_could_be() -> None:
    found = mapping(
        table("Date,Value Date,Type,Symbol,Quantity,Price\n2024-01-02,2024-01-04,Buy,AAPL,1,10\n"), {}
    )
    guess = found["timestamp"]
    assert guess.column == "Date"
    assert guess.others == ("Value Date",)
    assert 60 <= guess.confidence <= 100
    assert found["tax"].confidence == 0


def test_the_mapping_can_be_corrected_and_a_column_taken_away() -> None:
    text = "Date,Booked,Type,Symbol,Quantity,Price,Fee\n2024-01-02,2024-01-05,Buy,AAPL,1,10,3\n"
    (draft,) = read(text, mapping={"timestamp": "Booked", "fee": None}).drafts
    assert (draft.at.day, draft.fee) == (5, 0)
    assert question(text, mapping={"price": "Kurs"}).code == "column_unknown"


def test_two_columns_of_one_name_are_told_apart() -> None:
    text = "Date,Type,Symbol,Quantity,Price,Currency,Fee,Currency\n2024-01-02,Buy,AAPL,1,10,USD,3,EUR\n"
    (draft,) = read(text, mapping={"fee_currency": "Currency (2)"}).drafts
    assert (draft.currency, draft.fee_currency) == ("USD", "EUR")


def test_questions_name_what_to_send() -> None:
    ambiguous = "Date,Type,Symbol,Quantity,Price\n04/05/2024,Buy,AAPL,1,10\n"
    asked = question(ambiguous)
    assert (asked.code, '"date_order": "dmy" or "mdy"' in str(asked)) == ("date_order_ambiguous", True)
    assert read(ambiguous, date_order="mdy").drafts[0].at == datetime(2024, 4, 5, tzinfo=UTC)
    numbers = "Date,Type,Symbol,Quantity,Price\n2024-04-05,Buy,AAPL,1,1.234\n"
    asked = question(numbers)
    assert (asked.code, '"decimal"' in str(asked)) == ("decimal_ambiguous", True)
    assert read(numbers, decimal=",").drafts[0].price == Decimal(1234)
    assert question("When,What\nx,y\n").code == "mapping_needed"


# ---------------------------------------------------------------------------------------------------- lines


def test_what_a_line_lacks_follows_from_the_rest() -> None:
    reading = read(
        "Date,Symbol,Quantity,Amount,Currency\n"
        "2024-01-01,,,1000.50,EUR\n2024-01-02,AAPL,4,-800,USD\n2024-01-03,AAPL,-2,500,USD\n2024-01-04,,,-10,EUR\n"
    )
    assert [(one.type, one.quantity, one.price) for one in reading.drafts] == [
        ("deposit", Decimal("1000.50"), 1),
        ("buy", 4, 200),
        ("sell", 2, 250),
        ("withdrawal", 10, 1),
    ]


def test_words_for_types_in_three_languages_and_ones_own() -> None:
    lines = ["Kauf", "vente", "Dividende", "Zinsen", "Einzahlung", "retrait", "BOT"]
    text = "Date,Type,Symbol,Quantity,Price\n" + "".join(f"2024-01-02,{word},AAPL,1,10\n" for word in lines)
    reading = read(text)
    assert [one.type for one in reading.drafts] == [
        "buy",
        "sell",
        "dividend",
        "interest",
        "deposit",
        "withdrawal",
        "buy",
    ]
    strange = "Date,Type,Symbol,Quantity,Price\n2024-01-02,Zeichnung,AAPL,1,10\n"
    (error,) = read(strange).errors
    assert (error.line, error.code) == (2, "type_unknown")
    assert '"Zeichnung": "buy"' in error.message
    assert read(strange, type_words={"Zeichnung": "buy"}).drafts[0].type == "buy"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("2024-01-02,Buy,AAPL,,10,USD", "quantity_missing"),
        ("2024-01-02,Buy,AAPL,1,,USD", "price_missing"),
        ("2024-01-02,Buy,AAPL,-1,10,USD", "sign_contradicts"),
        ("2024-01-02,Buy,AAPL,1,-10,USD", "price_negative"),
        ("2024-01-02,Buy,AAPL,1,10,GOLD", "currency_unknown"),
        ("2024-01-02,Buy,AAPL,1,10,USDT", "stablecoin"),
        ("2024-01-99,Buy,AAPL,1,10,USD", "not_a_date"),
        ("2024-01-02,Buy,AAPL,one,10,USD", "not_a_number"),
        ("2024-01-02,Deposit,,0,1,USD", "amount_zero"),
    ],
)
def test_an_error_has_its_line_a_code_and_what_to_do(line: str, code: str) -> None:
    good = "2024-01-02,Buy,AAPL,2.5,10,USD\n"
    reading = read(f"Date,Type,Symbol,Quantity,Price,Currency\n{good * 12}{line}\n")
    (error,) = reading.errors
    assert (error.line, error.code) == (14, code)
    assert len(error.message) > 10
    assert len(reading.drafts) == 12


def test_pence_are_hundredths_of_a_pound() -> None:
    (draft,) = read("Date,Type,Symbol,Quantity,Price,Currency\n2024-01-02,Buy,VOD,100,95.5,GBX\n").drafts
    assert (draft.price, draft.currency) == (Decimal("0.955"), "GBP")


def test_times_without_a_zone_are_in_the_one_that_is_told() -> None:
    text = "Date,Time,Type,Symbol,Quantity,Price\n2024-07-01,09:30:00,Buy,AAPL,1,10\n"
    berlin = read(text, time_zone=ZoneInfo("Europe/Berlin")).drafts[0].at
    assert berlin == read(text).drafts[0].at - timedelta(hours=2) == datetime(2024, 7, 1, 7, 30, tzinfo=UTC)


@given(st.text(max_size=300), st.lists(st.text(max_size=20), max_size=12))
def test_no_text_whatever_raises_anything_but_an_error_with_words(text: str, cells: list[str]) -> None:
    for content in (text, "Date,Type,Symbol,Quantity,Price\n" + ",".join(cells)):
        try:
            reading = read(content)
        except LineError as error:
            assert error.message  # noqa: PT017
        else:
            assert all(error.message for error in reading.errors)
