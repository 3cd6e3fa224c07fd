"""The literals of TypeScript: numbers, exactly as they are written, and text with its escapes."""

from __future__ import annotations

import re
from decimal import Decimal

from tree_sitter import Node

MOST_DIGITS = 40
"""Before the point, and behind it: more than any amount has."""

DECIMAL = re.compile(r"(0|[1-9](_?\d)*)?(\.(\d(_?\d)*)?)?([eE][+-]?\d{1,3})?")
WHOLE = re.compile(
    r"(0[xX][\da-fA-F](_?[\da-fA-F])*|0[oO][0-7](_?[0-7])*|0[bB][01](_?[01])*|0|[1-9](_?\d)*)n?"
)
SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
CODE = re.compile(r"\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|u\{([\da-fA-F]{1,6})\})")


class NotReadable(Exception):
    """An expression is no plain value; the words say why. `node`: the part of it that is to blame, if it is one."""

    def __init__(self, words: str, node: Node | None = None) -> None:
        self.node = node
        super().__init__(words)


def number(text: str) -> Decimal:
    """The number that a literal writes, without rounding it as JavaScript would. Raises NotReadable."""
    digits = text.removesuffix("n").replace("_", "")
    value = None
    if text.startswith("-"):
        return -number(text[1:])
    if WHOLE.fullmatch(text):
        value = Decimal(int(digits, 0)) if digits[:2].lower() in ("0x", "0o", "0b") else Decimal(digits)
    elif DECIMAL.fullmatch(text) and any(sign.isdigit() for sign in re.split("[eE]", digits)[0]):
        value = Decimal(digits)
    if value is None:
        raise NotReadable(f"{text[:40]} is no number")
    exponent = value.as_tuple().exponent
    if value.adjusted() >= MOST_DIGITS or (isinstance(exponent, int) and -exponent > MOST_DIGITS):
        raise NotReadable("the number has too many digits")
    return value


def string(node: Node) -> str:
    """The text of a string or of a template literal that has nothing to be put in. Raises NotReadable."""
    found: list[str] = []
    for part in node.named_children:
        text = "" if part.text is None else part.text.decode()
        if part.type == "string_fragment":
            found.append(text.replace("\r\n", "\n"))
        elif part.type == "escape_sequence":
            found.append(_escaped(text))
        else:
            raise NotReadable("a template with something to put in is not a value", node)
    # \uD83D\uDE00 is one character written as two halves
    text = "".join(found)
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise NotReadable("half a character is no text", node) from None


def _escaped(text: str) -> str:
    if code := CODE.fullmatch(text):
        point = int(next(filter(None, code.groups())), 16)
        if point > 0x10FFFF:
            raise NotReadable(f"{text} is no character")
        return chr(point)
    rest = text[1:]
    if rest in ("\n", "\r\n", "\r", "\u2028", "\u2029"):
        return ""
    return SIMPLE.get(rest, rest)


def words(node_type: str) -> str:
    """The grammar's name of a construct, as words: call_expression becomes "a call"."""
    name = node_type.removesuffix("_expression").removesuffix("_definition").replace("_", " ")
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
