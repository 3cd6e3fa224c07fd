"""What a JSON body may not hold although it is JSON: text that PostgreSQL cannot store, and a key twice in one object."""

from __future__ import annotations

import json
from typing import Any

from chalicelib.core.errors import FieldError

Path = tuple[str, ...]


def unfit(raw: bytes) -> list[FieldError]:
    """What is wrong with a body that was read as a model already, so that it is JSON and not nested too deeply.

    RFC 8259 leaves open what two members of one name mean: readers take the first, the last or both. So neither is taken.
    """
    twice: list[_Twice] = []
    # numbers stay text: none is looked at here, and Python reads no whole number of more than 4,300 digits
    value = json.loads(
        raw, object_pairs_hook=lambda pairs: _object(pairs, twice), parse_int=str, parse_float=str
    )
    found = _repeated(("body",), value) if twice else []
    return found + (nul_characters(("body",), value) if b"\\u0000" in raw else [])


def nul_characters(path: Path, value: Any) -> list[FieldError]:
    """Where text holds a NUL, which PostgreSQL cannot store."""
    if isinstance(value, str) and "\0" in value:
        name = ".".join(path).replace("\0", "")
        return [FieldError(name, "nul_character", "Text cannot hold the NUL character.")]
    keys = [((*path, key), key) for key in value] if isinstance(value, dict) else []
    return [error for name, part in keys + _inside(path, value) for error in nul_characters(name, part)]


class _Twice(dict[str, Any]):
    """An object that named some of its keys more than once."""

    keys_twice: list[str]


def _object(pairs: list[tuple[str, Any]], twice: list[_Twice]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    names = [name for name, _ in pairs]
    marked = _Twice(found)
    marked.keys_twice = [name for name in found if names.count(name) > 1]
    twice.append(marked)
    return marked


def _repeated(path: Path, value: Any) -> list[FieldError]:
    here = value.keys_twice if isinstance(value, _Twice) else []
    found = [
        FieldError(
            ".".join((*path, name)), "duplicate_key", f"The key {name} is there more than once. Send it once."
        )
        for name in here
    ]
    return found + [error for name, part in _inside(path, value) for error in _repeated(name, part)]


def _inside(path: Path, value: Any) -> list[tuple[Path, Any]]:
    if isinstance(value, dict):
        return [((*path, key), item) for key, item in value.items()]
    if isinstance(value, list):
        return [((*path, str(number)), item) for number, item in enumerate(value)]
    return []
