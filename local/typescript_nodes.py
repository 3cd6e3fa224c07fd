"""Nodes of a parsed TypeScript file: their parts, text and place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node


def parts(node: Node) -> Iterator[Node]:
    """What a node consists of, comments left out."""
    return (child for child in node.named_children if child.type != "comment")


def place_of(node: Node, content: bytes) -> tuple[int, int]:
    """Line and column, from 1, in characters (the parser counts bytes)."""
    start = content.rfind(b"\n", 0, node.start_byte) + 1
    return node.start_point.row + 1, len(content[start : node.start_byte].decode(errors="replace")) + 1


def text_of(node: Node | None) -> str:
    """Its source; nothing where there is no node."""
    return "" if node is None or node.text is None else node.text.decode()
