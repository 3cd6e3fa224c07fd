"""Constants of TypeScript files become plain values; what is no plain value is told with its place, and nothing is run."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from local import typescript
from local.typescript import Note, Record


def value(expression: str, before: str = "") -> Any:
    """What the constant x is, which nothing of the file is in the way of."""
    module = typescript.read(f"{before}\nconst x = {expression};".encode())
    assert module.notes == []
    return module.constants["x"]


def notes(source: str) -> list[tuple[str, str, int, int]]:
    return [
        (note.kind, note.expression, note.line, note.column)
        for note in typescript.read(source.encode()).notes
    ]


def only_note(source: str) -> Note:
    (note,) = typescript.read(source.encode()).notes
    return note


@pytest.mark.parametrize(
    ("literal", "read"),
    [
        ("4_144_000", "4144000"),
        ("97.85", "97.85"),
        ("0.1", "0.1"),
        (".5", "0.5"),
        ("5.", "5"),
        ("0", "0"),
        ("-12_345.6", "-12345.6"),
        ("+7", "7"),
        ("1.5e3", "1500"),
        ("2E-3", "0.002"),
        ("0xFF", "255"),
        ("0b101", "5"),
        ("0o17", "15"),
        ("9_007_199_254_740_993", "9007199254740993"),
        ("9007199254740993n", "9007199254740993"),
        ("1_000 * 2", "2000"),
        ("0.1 + 0.2", "0.3"),
        ("10 - 12", "-2"),
        ("(21_000_000)", "21000000"),
    ],
)
def test_numbers_are_read_exactly(literal: str, read: str) -> None:
    assert value(literal) == Decimal(read)
    assert isinstance(value(literal), Decimal)


@pytest.mark.parametrize(
    ("literal", "read"),
    [
        ('"Strategy"', "Strategy"),
        ("'it\\'s'", "it's"),
        ('"a\\n\\tb\\\\c"', "a\n\tb\\c"),
        ('"\\u00e9\\x41\\u{1F600}"', "éA😀"),
        ('"\\uD83D\\uDE00"', "😀"),
        ('"日本"', "日本"),
        ("`a plain\ntemplate`", "a plain\ntemplate"),
        ('"two" + " parts"', "two parts"),
        ('""', ""),
    ],
)
def test_text_is_read_with_its_escapes(literal: str, read: str) -> None:
    assert value(literal) == read


@pytest.mark.parametrize(
    ("expression", "read"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("[]", []),
        ("[1, 2, ]", [1, 2]),
        ("{}", {}),
        ("{ a: 1, \"3350.T\": 2, ['b']: 3, 7: 4, }", {"a": 1, "3350.T": 2, "b": 3, "7": 4}),
        ("{ a: undefined, b: null }", {"b": None}),
        ("{ a: 1, a: 2 }", {"a": 2}),
        ("[/* none */ 1, // one\n 2]", [1, 2]),
        ("({ deep: [{ deeper: [1] }] })", {"deep": [{"deeper": [1]}]}),
    ],
)
def test_arrays_and_objects(expression: str, read: object) -> None:
    assert value(expression) == read


@pytest.mark.parametrize(
    "expression",
    ["[1] as const", "[1] as unknown as Company[]", "<Company[]>[1]", "[1] satisfies number[]", "([1])!"],
)
def test_assertions_about_types_change_nothing(expression: str) -> None:
    assert value(expression) == [1]


def test_constants_refer_to_and_spread_one_another_whatever_their_order() -> None:
    source = b"""
        export const all: Company[] = [...eth, ...none, ...[{ id: "c" }]];
        const eth = [{ ...base, id: "a", name }, { id: "b", tier: levels[1], where: base.place, also: base["place"] }];
        const base = { id: "?", place: "here" };
        const none: Company[] = [];
        const name = "N";
        const levels = [1, 2];
    """
    module = typescript.read(source)
    assert module.notes == []
    assert module.constants["all"] == [
        {"id": "a", "place": "here", "name": "N"},
        {"id": "b", "tier": 2, "where": "here", "also": "here"},
        {"id": "c"},
    ]
    assert list(module.constants) == ["all", "eth", "base", "none", "name", "levels"]


def test_an_object_knows_its_line() -> None:
    (one, two) = value("[\n{ a: 1 },\n\n{ a: 2 }]")
    assert isinstance(one, Record)
    assert (one.line, two.line) == (3, 5)


@pytest.mark.parametrize("operator", ["||", "??"])
@pytest.mark.parametrize(
    "left", ["BMNR.holdings?.value", "BMNR.holdings.value", "lookup('bmnr')", "(await get())", "A?.x ?? B?.y"]
)
def test_a_literal_behind_what_cannot_be_read_is_taken_and_told(left: str, operator: str) -> None:
    left = f"({left})" if "??" in left else left
    source = f'import {{ BMNR, A, B, lookup }} from "./p";\nexport const c = [{{ holdings: {left} {operator} 4_473_587 }}];'
    module = typescript.read(source.encode())
    assert module.constants["c"] == [{"holdings": 4473587}]
    (note,) = module.notes
    assert (note.kind, note.value, note.where) == ("fallback", Decimal("4473587"), "c[0].holdings")
    assert (note.line, note.expression) == (2, f"{left} {operator} 4_473_587")


@pytest.mark.parametrize(
    ("expression", "read"),
    [
        ("null ?? 5", 5),
        ("0 ?? 5", 0),
        ("0 || 5", 5),
        ('"" || "x"', "x"),
        ("3 || 5", 3),
        ("base.none ?? 5", 5),
        ("base.nil || 5", 5),
    ],
)
def test_a_side_that_can_be_read_decides_as_javascript_does(expression: str, read: object) -> None:
    assert value(expression, "const base = { nil: 0 };") == read


@pytest.mark.parametrize(
    ("expression", "column", "reason"),
    [
        ("compute(1)", 20, "a call is not a value"),
        ("new Date()", 20, "a new is not a value"),
        ("`${n} coins`", 20, "a template with something to put in is not a value"),
        ("n > 1 ? 1 : 2", 20, "a ternary is not a value"),
        ("1 / 3", 20, "/ is not carried out"),
        ("!true", 20, "! is not carried out"),
        ("/x/g", 20, "a regex is not a value"),
        ("(t) => t", 20, "an arrow function is not a value"),
        ("elsewhere", 20, 'elsewhere: it is imported from "./e"'),
        ("nowhere", 20, "nowhere: the file declares no such constant"),
        ("1e400", 20, "the number has too many digits"),
        ("017", 20, "017 is no number"),
        ('"\\uD83D"', 20, "half a character is no text"),
        ("n + unknown()", 24, "a call is not a value"),
        ("unknown() || other()", 33, "a call is not a value"),
    ],
)
def test_everything_else_is_told_with_its_place_and_left_out(
    expression: str, column: int, reason: str
) -> None:
    before = 'import { elsewhere } from "./e"; const n = 1;'
    source = f"{before}\nconst x = [{{ a: 1,\n /* here */ bad:   {expression}, b: 2 }}];"
    module = typescript.read(source.encode())
    assert module.constants["x"] == [{"a": 1, "b": 2}]
    assert module.constants["x"][0].unread == {"bad"}
    (note,) = module.notes
    assert (note.kind, note.line, note.column) == ("unreadable", 3, column)
    assert (note.where, note.reason) == ("x[0].bad", reason)


def test_columns_count_characters() -> None:
    source = 'const x = { a: "日本語", b: f() };'
    assert notes(source) == [("unreadable", "f()", 1, source.index("f()") + 1)]


def test_an_element_that_cannot_be_read_is_left_out_of_its_array() -> None:
    module = typescript.read(b"const x = [1, f(), ...remote(), ...gone, 2];")
    assert module.constants["x"] == [1, 2]
    assert [note.where for note in module.notes] == ["x[1]", "x[2]", "x[3]"]


def test_a_field_that_cannot_be_read_hides_the_one_that_it_replaces() -> None:
    module = typescript.read(
        b"const base = { a: 1, b: 1 }; const x = { ...base, a: f() }; const y = { ...x, a: 2 };"
    )
    assert module.constants["x"] == {"b": 1}
    assert module.constants["x"].unread == {"a"}
    assert module.constants["y"] == {"a": 2, "b": 1}
    assert module.constants["y"].unread == set()


def test_what_may_have_changed_meanwhile_is_no_constant() -> None:
    module = typescript.read(
        b"export let a = [1];\nconst { b, c } = d;\nconst x = { a: a };\na.push(2);\nfor (;;) {}"
    )
    assert module.constants == {"x": {}}
    assert [(note.expression, note.reason) for note in module.notes] == [
        ("a = [1]", "it may change: it is no const"),
        ("{ b, c } = d", "it is taken out of something else"),
        ("a", "a: it may change: it is no const"),
        ("a.push(2);", "statements are not carried out"),
        ("for (;;) {}", "statements are not carried out"),
    ]


def test_types_functions_and_imports_are_passed_over() -> None:
    source = b"""
        "use strict";
        import { Company } from "../types";
        export interface Snapshot { date: string; }
        export type Id = string;
        enum Tier { One = 1 }
        declare const outside: number;
        export function byTicker(ticker: string): Company | undefined { return all.find(c => c.ticker === ticker); }
        export const byAsset = (asset: string) => all.filter(c => c.asset === asset);
        export { all };
        export const all: Company[] = [{ id: "a" }];
        export default { b: 1 };
    """
    module = typescript.read(source)
    assert module.notes == []
    assert module.constants == {"all": [{"id": "a"}], "default": {"b": 1}}


def test_nothing_refers_to_itself() -> None:
    module = typescript.read(b"const a = [...b];\nconst b = [...a];")
    assert module.constants["a"] == []
    assert {note.reason for note in module.notes} == {"a refers to itself"}


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("const a = [1 2];", "line 1, column 14: unexpected '2'"),
        ("const a = {\n  x: 1,\n  y: ;\n};", "line 3"),
        ("const a = [1;", "line 1"),
        ("const b = 'open\n", "line 1"),
    ],
)
def test_what_is_not_typescript_is_told_with_its_place(source: str, words: str) -> None:
    with pytest.raises(typescript.UnreadableFile, match=words):
        typescript.read(source.encode())


def test_a_byte_order_mark_is_no_content() -> None:
    assert typescript.read(b"\xef\xbb\xbfconst a = 1;").constants == {"a": 1}


def test_other_encodings_are_refused() -> None:
    with pytest.raises(typescript.UnreadableFile, match=r"not text in UTF-8 \(line 2\)"):
        typescript.read(b"const a = 1;\nconst b = '\xff';")


def test_size_depth_and_growth_are_bounded() -> None:
    with pytest.raises(typescript.UnreadableFile, match="5,000,000 are read at most"):
        typescript.read(b" " * (typescript.LARGEST + 1))
    doubling = "const a0 = [1, 1];" + "".join(f"const a{n + 1} = [...a{n}, ...a{n}];" for n in range(40))
    with pytest.raises(typescript.UnreadableFile, match="more than 200,000 values"):
        typescript.read(doubling.encode())
    assert only_note(f"const a = {'(' * 2000}1{')' * 2000};").reason == "it is nested too deeply"
    assert only_note(f"const a = 1{' + 1' * 5000};").reason == "it is nested too deeply"


def test_code_is_never_run(tmp_path: Any) -> None:
    trap = tmp_path / "trap"
    source = (
        f'const x = [(() => {{ require("fs").writeFileSync("{trap}", "") }})(), eval("1"), __import__("os")];'
    )
    assert typescript.read(source.encode()).constants["x"] == []
    assert not trap.exists()
