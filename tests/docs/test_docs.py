"""The documentation page: complete, well formed, self-contained, and true."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import app as entry
from chalicelib.core import docs, docs_operation, openapi
from chalicelib.core.http import operations
from local.gateway import Gateway
from tests.conftest import Api, Database

WEB = Path(__file__).parents[2] / "web"
VOID = {"br", "hr", "img", "input", "link", "meta", "wbr"}
DOCUMENT = openapi.document()
DESCRIBED = [
    (path, method, each) for path, methods in DOCUMENT["paths"].items() for method, each in methods.items()
]
NAMES = [each["operationId"] for _, _, each in DESCRIBED]


class Outline(HTMLParser):
    """Reads a page strictly: every element is closed in order, every attribute quoted once."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []
        self.headings: list[str] = []
        self.tags: set[str] = set()
        self.blocks: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        assert len(found) == len(attrs), f"<{tag}> says something twice"
        assert not [name for name in found if name.startswith("on") or name == "style"], (
            f"<{tag}> has a script or a style"
        )
        self.tags.add(tag)
        if tag not in VOID:
            self.open.append(tag)
        if "id" in found:
            self.ids.append(str(found["id"]))
        if tag == "a":
            self.links.append(str(found["href"]))
        elif "href" in found or "src" in found:
            self.loads.append(str(found.get("href") or found.get("src")))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(tag)
        if tag == "pre":
            self.blocks.append("")

    def handle_endtag(self, tag: str) -> None:
        assert tag not in VOID
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes something else at {self.getpos()}"

    def handle_data(self, data: str) -> None:
        if "pre" in self.open:
            self.blocks[-1] += data


@pytest.fixture(scope="module")
def text() -> str:
    return docs.page().body


@pytest.fixture(scope="module")
def outline(text: str) -> Outline:
    return Outline(text)


def test_the_page_is_well_formed_and_needs_nothing_from_elsewhere(text: str, outline: Outline) -> None:
    assert outline.open == []
    assert text.startswith("<!doctype html>")
    assert not outline.tags & {"script", "iframe", "object", "form", "img", "base"}
    assert outline.loads == ["data:,"]
    assert [link for link in outline.links if not link.startswith(("#", "/v1/"))] == []
    style = text.partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style


def test_anchors_lead_somewhere_and_are_there_once(outline: Outline) -> None:
    assert len(outline.ids) == len(set(outline.ids))
    assert {link[1:] for link in outline.links if link.startswith("#")} <= set(outline.ids)


def test_headings_do_not_skip_a_level(outline: Outline) -> None:
    levels = [int(tag[1]) for tag in outline.headings]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_operation_is_there_with_all_that_it_takes(text: str, outline: Outline) -> None:
    assert len(NAMES) == len(operations) == len(set(NAMES))
    for operation in operations:
        assert docs_operation.anchor(operation) in outline.ids
        section = text.partition(f'id="{docs_operation.anchor(operation)}"')[2].partition("</article>")[0]
        described = DOCUMENT["paths"][operation.path][operation.method.lower()]
        assert docs_operation.breakable(operation.path) in section
        for parameter in described["parameters"]:
            assert f"<code>{parameter['name']}</code>" in section, (operation.name, parameter["name"])
        if "body" in operation.hints:
            for name in operation.hints["body"].model_fields:
                assert f"<code>{name}</code>" in section, (operation.name, name)
        if operation.access == "admin":
            assert "Administrators" in section


def test_the_policy_allows_the_pages_own_style_and_nothing_else(api: Api) -> None:
    answer = api.get("/docs")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    style = answer.text.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "style-src": f"'sha256-{digest}'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }


def test_what_the_api_says_of_itself_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    evil = '<script>alert("1")</script> & `<b>`'
    bad = json.loads(json.dumps(DOCUMENT))
    described = bad["paths"]["/v1/assets"]["get"]
    described["summary"] = described["description"] = evil
    described["parameters"][0].update(description=evil, example=evil)
    described["responses"]["200"]["content"]["application/json"]["example"] = {"x": evil}
    bad["info"]["version"] = evil
    monkeypatch.setattr(openapi, "document", lambda: bad)
    docs.page.cache_clear()
    try:
        text = docs.page().body
    finally:
        docs.page.cache_clear()
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert Outline(text).open == []


def schema(fragment: dict[str, Any]) -> Draft202012Validator:
    """A schema of the document that can follow its references."""
    moved = json.loads(
        json.dumps({**fragment, "$defs": DOCUMENT["components"]["schemas"]}).replace(
            "#/components/schemas/", "#/$defs/"
        )
    )
    return Draft202012Validator(moved, format_checker=Draft202012Validator.FORMAT_CHECKER)


@pytest.mark.parametrize(("path", "method", "described"), DESCRIBED, ids=NAMES)
def test_examples_are_what_the_schemas_say(path: str, method: str, described: dict[str, Any]) -> None:
    for parameter in described["parameters"]:
        if "example" in parameter:
            several = '"array"' in json.dumps(parameter["schema"])  # in a query: separated by commas
            value = parameter["example"]
            schema(parameter["schema"]).validate(value.split(",") if several else value)
        assert parameter["in"] != "path" or "example" in parameter, (
            "a path needs an example to make a command of"
        )
    for place in [described.get("requestBody", {}), *described["responses"].values()]:
        content = place.get("content", {}).get("application/json", {})
        if "example" in content:
            schema(content["schema"]).validate(content["example"])
    if "requestBody" in described:
        assert "example" in described["requestBody"]["content"]["application/json"]


@pytest.mark.parametrize("operation", operations, ids=lambda each: each.name)
def test_commands_can_be_pasted(operation: Any) -> None:
    command = docs_operation.curl(operation, DOCUMENT["paths"][operation.path][operation.method.lower()])
    words = shlex.split(command.replace("\\\n", " "))
    assert words[0] == "curl"
    (address,) = [word for word in words if word.startswith("$HOLDFAST/")]
    assert "{" not in address
    if "-d" in words:
        json.loads(words[words.index("-d") + 1])


@pytest.fixture
def gateway(database: Database) -> Iterator[Gateway]:
    running = Gateway(entry.app, WEB).start()
    yield running
    running.stop()


def test_the_guides_commands_work(outline: Outline, gateway: Gateway, tmp_path: Path) -> None:
    first = outline.blocks.index("HOLDFAST=http://127.0.0.1:8000")
    guide = [block for block in outline.blocks[first : first + 12] if not block.startswith("{")]
    guide = guide[: next(at for at, block in enumerate(guide) if "prices/latest" in block) + 1]
    assert len(guide) == 6
    script = "\n".join(
        ["set -eu", "curl() { command curl -sS --noproxy '*' --fail-with-body -w '\\n' \"$@\"; }", *guide]
    )
    script = script.replace("http://127.0.0.1:8000", gateway.url)
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, timeout=60, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    session, watching, backfills, prices, latest = answers
    assert session["token_type"] == "Bearer"
    assert watching["since"] == "2024-02-08"
    assert [each["symbol"] for each in backfills["items"]] == ["BTC"]
    assert prices["items"] == []
    assert latest["unknown"] == ["BTC"]
