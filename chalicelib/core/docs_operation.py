"""One operation on the documentation page: who may call it, what it takes and answers, an example."""

from __future__ import annotations

import json
import re
import shlex
from html import escape
from typing import Any
from urllib.parse import quote, urlencode

from chalicelib.core import idempotency
from chalicelib.core.docs_schema import Row, constraints, rows, type_text
from chalicelib.core.http import Operation

EXAMPLE_KEY = "6f1cbe0e-2b53-4f0a-9a7c-0d8b3f4f5a11"
CODES = {
    "400": "the body is not JSON that could be read",
    "401": "no valid credentials",
    "403": "the account or the API key may not do this",
    "404": "there is no such thing, or it is not yours to see",
    "409": "it contradicts the present state",
    "413": "the body is too large",
    "415": "the body is not application/json",
    "422": "a field cannot be accepted; `errors` names it",
    "429": "too many requests; wait as long as `Retry-After` says",
    "503": "a part that this needs is not available right now",
}


def anchor(operation: Operation) -> str:
    return escape(operation.name.replace("_", "-"))


def method(operation: Operation) -> str:
    return f'<span class="method {operation.method.lower()}">{operation.method}</span>'


def breakable(path: str) -> str:
    """A path that may be broken behind a slash: a phone is narrow."""
    return escape(path).replace("/", "/<wbr>")


def prose(text: str) -> str:
    """Words as the docstrings write them, with `code` in backticks."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def section(document: dict[str, Any], operation: Operation) -> str:
    """The whole section of an operation."""
    described = document["paths"][operation.path][operation.method.lower()]
    parts = described.get("description", "").split("\n\n")
    paragraphs = "".join(f"<p>{prose(part)}</p>\n" for part in parts if part)
    facts = _parameters(document, described) + _body_fields(document, described)
    facts += _answer_fields(document, described) + _problems(operation, described)
    name = anchor(operation)
    return f"""<article class="operation" aria-labelledby="{name}">
<h3 id="{name}"><a href="#{name}">{prose(described["summary"])}</a></h3>
<p class="line">{method(operation)} <code>{breakable(operation.path)}</code></p>
<p class="access">{_access(operation)}</p>
{paragraphs}<div class="columns">
<div class="facts">
{facts}</div>
<div class="examples">
{_example(operation, described)}</div>
</div>
</article>
"""


def _access(operation: Operation) -> str:
    who = {"public": "Public", "user": "Signed in", "admin": "Administrators"}[operation.access]
    chips = [f'<span class="chip {operation.access}">{who}</span>']
    if operation.access == "admin" or (operation.scope is None and operation.access == "user"):
        chips.append("API keys may not")
    elif operation.access == "user":
        chips.append(f"API key with the scope <code>{escape(operation.scope or '')}</code>")
    elif operation.scope is None:
        chips.append("without credentials")
    else:
        chips.append(f"an API key sent along needs the scope <code>{escape(operation.scope)}</code>")
    return " ".join(chips)


def _parameters(document: dict[str, Any], described: dict[str, Any]) -> str:
    found = [
        Row(
            each["name"],
            type_text(document, each["schema"]),
            each["required"],
            " ".join(filter(None, [each.get("description"), constraints(document, each["schema"])])),
            each["in"],
        )
        for each in described["parameters"]
    ]
    return _table("Parameters", found, "Parameter") if found else ""


def _body_fields(document: dict[str, Any], described: dict[str, Any]) -> str:
    if "requestBody" not in described:
        return ""
    found = rows(document, described["requestBody"]["content"]["application/json"]["schema"])
    return _table("Request body", found, "Field")


def _answer_fields(document: dict[str, Any], described: dict[str, Any]) -> str:
    status, good = next(iter(described["responses"].items()))
    if "content" not in good:
        body = "without a body" if status == "204" else ""
        return f"<h4>Answer</h4>\n<p><code>{status}</code> {body}</p>\n"
    found = rows(document, good["content"]["application/json"]["schema"])
    if not found:
        return f"<h4>Answer</h4>\n<p><code>{status}</code> with a JSON object.</p>\n"
    table = _table("", found, "Field", answer=True)
    return (
        f"<h4>Answer</h4>\n<details><summary><code>{status}</code> {len(found)} "
        f"field{'s' if len(found) > 1 else ''}</summary>\n{table}</details>\n"
    )


def _table(title: str, found: list[Row], what: str, answer: bool = False) -> str:
    lines = [f"<h4>{title}</h4>\n" if title else ""]
    lines.append(f'<div class="scroll"><table><thead><tr><th scope="col">{what}</th>')
    lines.append('<th scope="col">Meaning</th></tr></thead>\n<tbody>\n')
    for row in found:
        need = '<span class="required">required</span>' if row.required and not answer else ""
        place = f'<span class="place">in {row.place}</span>' if row.place else ""
        marks = " ".join(filter(None, [f'<span class="type">{escape(row.kind)}</span>', place, need]))
        lines.append(
            f'<tr><th scope="row"><code>{breakable(row.name)}</code></th><td>{marks}'
            f"{'<br>' + prose(row.meaning) if row.meaning else ''}</td></tr>\n"
        )
    lines.append("</tbody></table></div>\n")
    return "".join(lines)


def _problems(operation: Operation, described: dict[str, Any]) -> str:
    """The statuses that this operation can fail with, as far as its declaration and description tell."""
    found = {"422"} if described["parameters"] or "requestBody" in described else set()
    if "requestBody" in described:
        found |= {"400", "413", "415"}
    if operation.access != "public":
        found |= {"401", "403"}
    if "{" in operation.path and operation.path != "/v1/events/{topic}":
        found.add("404")
    if operation.idempotent:
        found.add("409")
    found |= set(re.findall(r"\b(4\d\d|503)\b", described.get("description", ""))) & set(CODES)
    if "tx" in operation.hints or operation.access != "public":
        found.add("503")
    if not found:
        return ""
    items = "".join(f"<li><code>{status}</code> {prose(CODES[status])}</li>\n" for status in sorted(found))
    return f'<h4>Errors</h4>\n<ul class="problems">\n{items}</ul>\n'


def _example(operation: Operation, described: dict[str, Any]) -> str:
    parts = [_block("Example", curl(operation, described), "shell")]
    _status, good = next(iter(described["responses"].items()))
    content = good.get("content", {}).get("application/json", {})
    if "example" in content:
        text = json.dumps(content["example"], indent=2, ensure_ascii=False)
        parts.append(_block("Answer", text, "json"))
    return "".join(parts)


def _block(title: str, text: str, kind: str) -> str:
    return (
        f'<figure><figcaption>{title}</figcaption><pre class="{kind}" tabindex="0">'
        f"<code>{escape(text)}</code></pre></figure>\n"
    )


def curl(operation: Operation, described: dict[str, Any]) -> str:
    """The example request as a command. $HOLDFAST and $TOKEN are set in the guide."""
    path = operation.path
    pairs = []
    for each in described["parameters"]:
        if "example" not in each:
            continue
        if each["in"] == "path":
            path = path.replace("{" + each["name"] + "}", quote(str(each["example"]), safe=""))
        elif each["in"] == "query":
            pairs.append((each["name"], each["example"]))
    query = "?" + urlencode(pairs, safe=",:") if pairs else ""
    verb = [] if operation.method == "GET" else [f"-X {operation.method}"]
    lines = [" ".join(["curl", *verb, f'"$HOLDFAST{path}{query}"'])]
    if operation.access != "public":
        lines.append('-H "Authorization: Bearer $TOKEN"')
    if operation.idempotent:
        lines.append(f"-H '{idempotency.HEADER}: {EXAMPLE_KEY}'")
    if "requestBody" in described:
        body = described["requestBody"]["content"]["application/json"].get("example", {})
        lines.append("-H 'Content-Type: application/json'")
        lines.append(f"-d {shlex.quote(json.dumps(body, ensure_ascii=False))}")
    return " \\\n  ".join(lines)
