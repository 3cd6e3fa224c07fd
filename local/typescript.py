"""Reads the constants of a TypeScript file into plain values, without running any of it.

tree-sitter parses the file, and what is plainly a value becomes one: literals, arrays, objects, spreads and references to
other constants, `as const` and other assertions about types, template literals that are only text, and sums, differences
and products of numbers, which are exact. Of `expression || literal` and `expression ?? literal` whose left side cannot be
read the literal is taken, and that is noted. Everything else is noted as unreadable with its place, and left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Language, Node, Parser
from tree_sitter_typescript import language_typescript

from local.typescript_nodes import place_of, text_of
from local.typescript_values import FUNCTIONS, Module, Note, Reader, Record, UnreadableFile

__all__ = ["LARGEST", "Module", "Note", "Record", "UnreadableFile", "read"]

LARGEST = 5_000_000
"""Bytes of one file: the lists that are read here have a hundredth of that."""
SHOWN_ERRORS = 10

WITHOUT_EFFECT = frozenset(
    ("import_statement", "interface_declaration", "type_alias_declaration", "function_declaration", "class_declaration",
     "generator_function_declaration", "abstract_class_declaration", "enum_declaration", "ambient_declaration",
     "function_signature", "comment", "hash_bang_line", "empty_statement")
)  # fmt: skip


def read(content: bytes) -> Module:
    """The constants of a file. Raises UnreadableFile where it is too large, not UTF-8, or not TypeScript."""
    if len(content) > LARGEST:
        raise UnreadableFile(f"it has {len(content):,} bytes; {LARGEST:,} are read at most")
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        content.decode()
    except UnicodeDecodeError as exc:
        line = content.count(b"\n", 0, exc.start) + 1
        raise UnreadableFile(f"it is not text in UTF-8 (line {line})") from exc
    tree = Parser(Language(language_typescript())).parse(content)
    if tree.root_node.has_error:
        raise UnreadableFile(f"it is not TypeScript: {'; '.join(_errors(tree.root_node, content))}")
    declarations = _Declarations(tree.root_node)
    reader = Reader(content, declarations.values, declarations.others)
    for node, reason in declarations.not_read:
        reader.note("unreadable", node, "", reason)
    for name, node in declarations.values.items():
        if node.type not in FUNCTIONS:
            reader.constant(name)
    return reader.result()


class _Declarations:
    """What the statements of a file declare: `values` by name, why `others` have none, and what is `not_read`, and why."""

    def __init__(self, root: Node) -> None:
        self.values: dict[str, Node] = {}
        self.others: dict[str, str] = {}
        self.not_read: list[tuple[Node, str]] = []
        for statement in root.named_children:
            self._declare(statement)

    def _declare(self, statement: Node) -> None:
        if statement.type == "export_statement":
            if (value := statement.child_by_field_name("value")) is not None:
                self.values["default"] = value
            elif (declared := statement.child_by_field_name("declaration")) is not None:
                self._declare(declared)
            return
        if statement.type == "import_statement":
            source = statement.child_by_field_name("source")
            for name in _identifiers(statement):
                self.others[name] = f"it is imported from {text_of(source)}"
        elif statement.type in ("lexical_declaration", "variable_declaration"):
            constant = text_of(statement.child_by_field_name("kind")) == "const"
            for declarator in statement.named_children:
                self._declare_one(declarator, constant)
        elif statement.type == "expression_statement" and statement.named_children[0].type == "string":
            return  # a directive
        elif statement.type not in WITHOUT_EFFECT:
            self.not_read.append((statement, "statements are not carried out"))

    def _declare_one(self, declarator: Node, constant: bool) -> None:
        name, value = declarator.child_by_field_name("name"), declarator.child_by_field_name("value")
        if name is None or declarator.type != "variable_declarator":
            return
        if name.type == "identifier" and constant and value is not None:
            self.values[text_of(name)] = value
            return
        reason = "it is taken out of something else" if constant else "it may change: it is no const"
        self.others |= dict.fromkeys(_identifiers(name), reason)
        self.not_read.append((declarator, reason))


def _identifiers(node: Node) -> Iterator[str]:
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if one.type in ("identifier", "shorthand_property_identifier_pattern"):
            yield text_of(one)
        waiting += one.named_children


def _errors(root: Node, content: bytes) -> list[str]:
    """Where the grammar does not fit, in the words of a message."""
    found: list[str] = []
    waiting = [root]
    while waiting and len(found) < SHOWN_ERRORS:
        node = waiting.pop()
        if node.is_missing or node.is_error:
            line, column = place_of(node, content)
            what = f"{node.type} is missing" if node.is_missing else f"unexpected {_short(node)}"
            found.append(f"line {line}, column {column}: {what}")
        elif node.has_error:
            waiting += reversed(node.children)
    return found or ["it cannot be parsed"]


def _short(node: Node) -> str:
    text = re.sub(r"\s+", " ", text_of(node))
    return repr(text if len(text) <= 40 else text[:39] + "…")
