"""The documentation page: the OpenAPI document as one HTML page, with no scripts and nothing from elsewhere.

The guide in front (docs_guide.html) is written by hand, the chapters behind it from the document, so that
they cannot say anything else than the code does.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from chalicelib.core import docs_operation, openapi
from chalicelib.core.docs_operation import anchor, prose
from chalicelib.core.http import Operation, Raw, operations

HERE = Path(__file__).parent
GUIDE = (
    ("start", "First request"),
    ("signing", "Signing requests"),
    ("conventions", "Conventions"),
    ("problems", "Errors"),
)
"""The sections of docs_guide.html, for the table of contents."""
LAST = "system"
"""The chapter that a newcomer needs least."""


@cache
def page() -> Raw:
    """The page for /docs. Written once per process."""
    style = _file("docs_style.css")
    return Raw(
        _html(openapi.document(), style),
        {
            "Content-Type": "text/html; charset=utf-8",
            "Cache-Control": "public, max-age=300",
            "Content-Security-Policy": (
                f"default-src 'none'; style-src 'sha256-{_digest(style)}'; img-src data:; base-uri 'none'; "
                "form-action 'none'; frame-ancestors 'none'"
            ),
        },
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _file(name: str) -> str:
    return (HERE / name).read_text("utf-8")


def _html(document: dict[str, Any], style: str) -> str:
    info = document["info"]
    tags = sorted((tag["name"] for tag in document["tags"]), key=LAST.__eq__)
    chapters = {tag: [each for each in operations if each.tag == tag] for tag in tags}
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Holdfast API reference</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header class="top"><a class="brand" href="#content">Holdfast</a> <span>API reference</span>
<span class="version">version {escape(info["version"])}</span></header>
<div class="frame">
<nav class="contents" aria-label="Contents">
{_contents(document, chapters)}
</nav>
<main id="content">
{_guide()}
{"".join(_chapter(document, tag, members) for tag, members in chapters.items())}
</main>
</div>
<footer class="bottom">Written from the code that answers.
As data: <a href="/v1/openapi.json">OpenAPI 3.1</a>.</footer>
</body>
</html>
"""


def _guide() -> str:
    """The guide, with the scopes that a key can have: the routes know them."""
    scopes = sorted({each.scope for each in operations if each.scope and each.access != "admin"})
    words = ", ".join(f"<code>{escape(scope)}</code>" for scope in scopes)
    return _file("docs_guide.html").replace("<!-- scopes -->", words)


def _contents(document: dict[str, Any], chapters: dict[str, list[Operation]]) -> str:
    lines = ["<ul>"]
    lines += [f'<li><a href="#{name}">{title}</a></li>' for name, title in GUIDE]
    for tag, members in chapters.items():
        lines.append(f'<li class="chapter"><a href="#{escape(tag)}">{escape(tag.capitalize())}</a>\n<ul>')
        for operation in members:
            summary = document["paths"][operation.path][operation.method.lower()]["summary"]
            lines.append(f'<li><a href="#{anchor(operation)}">{prose(_short(summary))}</a></li>')
        lines.append("</ul></li>")
    lines.append("</ul>")
    return "\n".join(lines)


def _short(summary: str) -> str:
    """A summary's first clause: a table of contents is read at a glance."""
    return re.split(r"[:.;] |, ", summary, maxsplit=1)[0]


def _chapter(document: dict[str, Any], tag: str, members: list[Operation]) -> str:
    name = escape(tag)
    about = next(each["description"] for each in document["tags"] if each["name"] == tag)
    rows = "\n".join(
        f'<tr><td>{docs_operation.method(each)}</td><td><a href="#{anchor(each)}">'
        f"<code>{docs_operation.breakable(each.path)}</code></a></td>"
        f"<td>{prose(document['paths'][each.path][each.method.lower()]['summary'])}</td></tr>"
        for each in members
    )
    sections = "".join(docs_operation.section(document, each) for each in members)
    return f"""<section class="chapter" aria-labelledby="{name}">
<h2 id="{name}">{name.capitalize()}</h2>
<p>{prose(about)}</p>
<div class="scroll" tabindex="0" role="region" aria-label="Operations of {name}"><table class="index">
<thead><tr><th scope="col">Method</th><th scope="col">Path</th><th scope="col">What it does</th></tr></thead>
<tbody>
{rows}
</tbody>
</table></div>
{sections}</section>
"""
