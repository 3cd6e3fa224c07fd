"""Paragraphs to sentences."""

from __future__ import annotations

import re

MAX_SENTENCE = 1800
"""Characters; more is cut, so that no rule ever looks at more."""
_END = re.compile(r"[.!?][”\"')\]]{0,2}\s+(?=[A-Z“\"(•▪●‣$£€\d])|[。！]|\s(?=[•▪●■‣])|;\s+(?=[A-Z])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Inc|Corp|Co|Ltd|LLC|L\.P|Mr|Mrs|Ms|Dr|St|No|Nos|vs|approx|est|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|"
    r"Oct|Nov|Dec|"
    r"U\.S|U\.K|D\.C|e\.g|i\.e|a\.m|p\.m|N\.V|S\.A|A\.G|Messrs|Jr|Sr|Fig|Art|Sec|Exh|[A-Z])|\b[ap]\.m)\.$"
)


def split(text: str) -> list[str]:
    """The sentences of a paragraph, each a piece of it; a bullet and a headline's semicolon begin a new one."""
    found: list[str] = []
    start = 0
    for end in _END.finditer(text):
        if end[0][0] == "." and _ABBREVIATION.search(text, max(start, end.start() - 12), end.start() + 1):
            continue
        if piece := text[start : end.end()].strip():
            found.append(piece[:MAX_SENTENCE])
        start = end.end()
    if rest := text[start:].strip():
        found.append(rest[:MAX_SENTENCE])
    return found
