"""JSON schemas in words: the fields of a request or an answer as rows of a table, references resolved."""

from __future__ import annotations

from typing import Any, NamedTuple

DEEPEST = 3
"""How far nested objects are followed: none of ours goes deeper, and a schema may refer to itself."""

BOUNDLESS = 2**53 - 1
"""A limit from here on only says that a number fits into the database: not worth a reader's time."""


class Row(NamedTuple):
    """One field or parameter. `place` says where a parameter goes (path, query, header)."""

    name: str
    kind: str
    required: bool
    meaning: str
    place: str = ""


def resolve(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The schema that a reference stands for; what stands beside the reference wins."""
    while "$ref" in schema:
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        schema = {**document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], **beside}
    return schema


def rows(document: dict[str, Any], schema: dict[str, Any], prefix: str = "", depth: int = 0) -> list[Row]:
    """The fields of an object, nested ones with their path (items[].price)."""
    schema = resolve(document, schema)
    found = []
    for name, raw in schema.get("properties", {}).items():
        field = resolve(document, raw)
        meaning = " ".join(filter(None, [field.get("description"), constraints(document, field)]))
        path = f"{prefix}{name}"
        found.append(Row(path, type_text(document, raw), name in schema.get("required", []), meaning))
        inner, mark = _inner(document, field)
        if inner is not None and depth < DEEPEST:
            found += rows(document, inner, f"{path}{mark}.", depth + 1)
    return found


def type_text(document: dict[str, Any], schema: dict[str, Any]) -> str:
    """A type in words, such as "date or null" or "list of texts"."""
    schema = resolve(document, schema)
    if "anyOf" in schema:
        kinds = list(dict.fromkeys(type_text(document, option) for option in schema["anyOf"]))
        if "number" in kinds and "text" in kinds:  # an amount: JSON numbers with a fraction are refused
            kinds = ["amount as text", *[kind for kind in kinds if kind not in ("number", "text")]]
        return " or ".join(kinds)
    if "const" in schema:
        return f'"{schema["const"]}"'
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    kind = schema.get("type")
    if kind == "array":
        return f"list of {type_text(document, schema.get('items', {}))}"
    if kind == "string":
        named = {"date": "date", "date-time": "time", "uuid": "UUID", "password": "text, secret"}
        return named.get(schema.get("format", ""), "text")
    if kind is None:
        return "any JSON"
    return {"integer": "whole number", "boolean": "true or false"}.get(kind, str(kind))


def constraints(document: dict[str, Any], schema: dict[str, Any]) -> str:
    """What bounds a value, and what it is unless given."""
    schema = resolve(document, schema)
    options = [resolve(document, option) for option in schema.get("anyOf", [])]
    bounds = next((each for each in options if each.get("type") != "null"), schema)
    said = []
    low, high = bounds.get("minimum"), bounds.get("maximum")
    if high is not None and high >= BOUNDLESS:
        high = None
    if low is not None and high is not None:
        said.append(f"{low} to {high}.")
    elif low is not None:
        said.append(f"At least {low}.")
    elif high is not None:
        said.append(f"At most {high}.")
    if "maxLength" in bounds and bounds.get("format") != "password":
        said.append(f"At most {bounds['maxLength']} characters.")
    if "pattern" in bounds and bounds.get("type") == "string" and len(options) <= 2:
        said.append(f"Pattern `{bounds['pattern']}`.")
    if schema.get("default") not in (None, [], {}):
        said.append(f"`{_plain(schema['default'])}` unless given.")
    return " ".join(said)


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _inner(document: dict[str, Any], field: dict[str, Any]) -> tuple[dict[str, Any] | None, str]:
    """The object inside a field, if there is one, and how its path is marked."""
    if field.get("type") == "array":
        inner = resolve(document, field.get("items", {}))
        return (inner, "[]") if "properties" in inner else (None, "")
    options = [resolve(document, option) for option in field.get("anyOf", [field])]
    return next(((option, "") for option in options if "properties" in option), (None, ""))
