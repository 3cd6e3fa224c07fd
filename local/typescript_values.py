"""What the constants of a TypeScript file are worth, expression by expression; nothing is evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal
from typing import Any, Literal

from tree_sitter import Node

from local.typescript_literals import NotReadable, number, string, words
from local.typescript_nodes import parts, place_of, text_of

MOST_VALUES = 200_000
"""So that lists which spread one another do not grow without bound."""
DEEPEST = 60

TYPE_WORDS = (
    "as_expression",
    "satisfies_expression",
    "type_assertion",
    "non_null_expression",
    "parenthesized_expression",
)
FUNCTIONS = ("arrow_function", "function_expression", "generator_function", "class", "function")

Value = Any
"""Decimal, str, bool, None, list of values, Record."""


class UnreadableFile(Exception):
    """The file as a whole cannot be read; the words say why, and where."""


class Undefined:
    """What JavaScript answers for a property that is not there."""


UNDEFINED = Undefined()


class Record(dict[str, Value]):
    """An object literal: its readable fields, the line that it begins in, the names of those that cannot be read, and of
    those whose values came out of a fallback."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.unread: set[str] = set()
        self.fallback: set[str] = set()


@dataclass(frozen=True)
class Note:
    """A place of the file that was not read as it stands."""

    kind: Literal["fallback", "unreadable"]
    line: int
    column: int
    where: str
    expression: str
    reason: str
    value: Value = None


@dataclass
class Module:
    """A file's constants by name, in its order, and what could not be taken from it as it stands."""

    constants: dict[str, Value] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)


class Reader:
    """Reads constants, each once. `declared`: their expressions; `others`: why other names have no value here."""

    def __init__(self, content: bytes, declared: Mapping[str, Node], others: Mapping[str, str]) -> None:
        self.content = content
        self.declared = declared
        self.others = others
        self.module = Module()
        self.open: list[str] = []
        self.failed: dict[str, str] = {}
        self.values = 0
        self.fallbacks = 0
        self.doubtful: set[str] = set()
        """Constants whose values came out of a fallback: whatever refers to them does too."""

    def result(self) -> Module:
        """What was read, in the order of the file."""
        read = self.module.constants
        self.module.constants = {name: read[name] for name in self.declared if name in read}
        self.module.notes.sort(key=lambda note: (note.line, note.column))
        return self.module

    def constant(self, name: str, depth: int = 0) -> Value:
        """The value of a constant, read once. Raises NotReadable where another refers to it, `depth` levels down."""
        if name in self.module.constants:
            self.fallbacks += name in self.doubtful
            return self.module.constants[name]
        if name in self.failed:
            raise NotReadable(f"{name} cannot be read")
        if name not in self.declared:
            raise NotReadable(f"{name}: {self.others.get(name, 'the file declares no such constant')}")
        if name in self.open:
            raise NotReadable(f"{name} refers to itself")
        node, inner, before = self.declared[name], bool(self.open), self.fallbacks
        self.open.append(name)
        try:
            value = self._value(node, name, depth)
        except NotReadable as exc:
            self.failed[name] = str(exc)
            if node.type not in FUNCTIONS:
                self.note("unreadable", exc.node or node, name, str(exc))
            if inner:
                raise NotReadable(f"{name} cannot be read") from exc
            return UNDEFINED
        finally:
            self.open.pop()
        self.module.constants[name] = value
        if self.fallbacks > before:
            self.doubtful.add(name)
        return value

    # ------------------------------------------------------------ values

    def _value(self, node: Node, where: str, depth: int) -> Value:
        """The value of an expression; `where` is the way to it, for notes. Raises NotReadable."""
        self._count(1)
        if depth > DEEPEST:
            raise NotReadable("it is nested too deeply", node)
        try:
            return self._worth(node, where, depth)
        except NotReadable as exc:
            exc.node = exc.node or node
            raise

    def _worth(self, node: Node, where: str, depth: int) -> Value:
        match node.type:
            case "number":
                return number(text_of(node))
            case "string" | "template_string":
                return string(node)
            case "true" | "false":
                return node.type == "true"
            case "null":
                return None
            case "undefined":
                return UNDEFINED
            case "identifier":
                return self.constant(text_of(node), depth + 1)
            case "array":
                return self._array(node, where, depth)
            case "object":
                return self._object(node, where, depth)
            case "member_expression" | "subscript_expression":
                return self._member(node, where, depth)
            case "unary_expression":
                return self._unary(node, where, depth)
            case "binary_expression":
                return self._binary(node, where, depth)
            case kind if kind in TYPE_WORDS:
                # <T>x has its type first, x as T has it last
                inner = node.named_children[-1 if kind == "type_assertion" else 0]
                return self._value(inner, where, depth + 1)
        raise NotReadable(f"{words(node.type)} is not a value", node)

    def _count(self, values: int) -> None:
        self.values += values
        if self.values > MOST_VALUES:
            raise UnreadableFile(f"it holds more than {MOST_VALUES:,} values")

    def _array(self, node: Node, where: str, depth: int) -> list[Value]:
        found: list[Value] = []
        for place, element in enumerate(parts(node)):
            here = f"{where}[{place}]"
            try:
                if element.type == "spread_element":
                    found += self._spread(element, list, here, depth)
                else:
                    found.append(_or_null(self._value(element, here, depth + 1)))
            except NotReadable as exc:
                self.note("unreadable", exc.node or element, here, str(exc))
        return found

    def _object(self, node: Node, where: str, depth: int) -> Record:
        record = Record(node.start_point.row + 1)
        for part in parts(node):
            name = "…" if part.type == "spread_element" else self._key(part)
            here, before = f"{where}.{name}", self.fallbacks
            try:
                if part.type == "spread_element":
                    spread = self._spread(part, Record, here, depth)
                    record.update(spread)
                    record.unread = (record.unread - spread.keys()) | spread.unread
                    record.fallback = (record.fallback - spread.keys()) | spread.fallback
                    continue
                value = self._field(part, here, depth)
            except NotReadable as exc:
                record.pop(name, None)
                record.unread.add(name)
                record.fallback.discard(name)
                self.note("unreadable", exc.node or part, here, str(exc))
                continue
            record.unread.discard(name)
            record.fallback.discard(name)
            if self.fallbacks > before:
                record.fallback.add(name)
            record.pop(name, None)
            if value is not UNDEFINED:
                record[name] = value
        return record

    def _field(self, part: Node, where: str, depth: int) -> Value:
        if part.type == "shorthand_property_identifier":
            return self.constant(text_of(part), depth + 1)
        value = part.child_by_field_name("value") if part.type == "pair" else None
        if value is None:
            raise NotReadable(f"{words(part.type)} is not a value", part)
        return self._value(value, where, depth + 1)

    def _key(self, part: Node) -> str:
        key = part.child_by_field_name("key") or part.child_by_field_name("name") or part
        if key.type == "computed_property_name":
            key = key.named_children[0]
            try:
                computed = self._value(key, "", 0)
            except NotReadable:
                return f"[{text_of(key)}]"
            return format(computed, "f") if isinstance(computed, Decimal) else str(computed)
        if key.type == "string":
            return string(key)
        return format(number(text_of(key)), "f") if key.type == "number" else text_of(key)

    def _spread(self, node: Node, kind: type[list[Value]] | type[Record], where: str, depth: int) -> Any:
        value = self._value(node.named_children[0], where, depth + 1)
        if not isinstance(value, kind):
            raise NotReadable("what is spread there is of another kind", node)
        self._count(len(value))
        return value

    def _member(self, node: Node, where: str, depth: int) -> Value:
        target = node.child_by_field_name("object")
        index = node.child_by_field_name("property") or node.child_by_field_name("index")
        assert target is not None
        assert index is not None
        before = self.fallbacks
        held = self._value(target, where, depth + 1)
        key = text_of(index) if node.type == "member_expression" else self._value(index, where, depth + 1)
        if isinstance(held, Record) and isinstance(key, str):
            if key in held.unread:
                raise NotReadable(f"{text_of(node)} cannot be read", node)
            # of what was referred to only this field counts
            self.fallbacks = before + (key in held.fallback)
            return held.get(key, UNDEFINED)
        if isinstance(held, list) and isinstance(key, Decimal) and key == key.to_integral_value():
            return held[int(key)] if 0 <= key < len(held) else UNDEFINED
        raise NotReadable("what it refers to is not in this file", node)

    def _unary(self, node: Node, where: str, depth: int) -> Value:
        operator, argument = node.children[0].type, node.child_by_field_name("argument")
        value = self._value(argument, where, depth + 1) if argument is not None and operator in "+-" else None
        if not isinstance(value, Decimal):
            raise NotReadable(f"{operator} is not carried out", node)
        return -value if operator == "-" and value else value

    def _binary(self, node: Node, where: str, depth: int) -> Value:
        operator = text_of(node.child_by_field_name("operator"))
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        assert left is not None
        assert right is not None
        if operator in ("||", "??"):
            return self._either(node, operator, left, right, where, depth)
        if operator in ("+", "-", "*"):
            one, two = (self._value(side, where, depth + 1) for side in (left, right))
            if isinstance(one, Decimal) and isinstance(two, Decimal):
                return number(_computed(one, operator, two))
            if operator == "+" and isinstance(one, str) and isinstance(two, str):
                return one + two
        raise NotReadable(f"{operator} is not carried out", node)

    def _either(self, node: Node, operator: str, left: Node, right: Node, where: str, depth: int) -> Value:
        try:
            value = self._value(left, where, depth + 1)
        except NotReadable as exc:
            value = self._value(right, where, depth + 1)
            self.fallbacks += 1
            self.note("fallback", node, where, str(exc), value)
            return value
        absent = value is UNDEFINED or value is None
        if absent or (operator == "||" and (value is False or value == "" or value == 0)):
            return self._value(right, where, depth + 1)
        return value

    def note(
        self,
        kind: Literal["fallback", "unreadable"],
        node: Node,
        where: str,
        reason: str,
        value: Value = None,
    ) -> None:
        line, column = place_of(node, self.content)
        expression = " ".join(text_of(node).split())
        if len(expression) > 80:
            expression = expression[:79] + "…"
        self.module.notes.append(Note(kind, line, column, where, expression, reason, value))


def _computed(one: Decimal, operator: str, two: Decimal) -> str:
    exact = Context(prec=200)
    steps = {"+": exact.add, "-": exact.subtract, "*": exact.multiply}
    return format(steps[operator](one, two), "f")


def _or_null(value: Value) -> Value:
    return None if value is UNDEFINED else value
