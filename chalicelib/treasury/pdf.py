"""The text of a PDF, or why it cannot be had. A number read wrongly is worse than none, so text that is not plainly the
language expected is refused: some files hold only glyph numbers, and nobody can tell what those say.
"""

from __future__ import annotations

import io
import re

MAX_PAGES = 200
MAX_CHARACTERS = 2_000_000
FEWEST_CHARACTERS = 20
STRAY = 0.02
"""Share of characters that are none (control codes, replacement marks, private use) up to which a text is believed."""
KANA = 0.05
"""Share of syllable letters that Japanese prose has at the very least; it is a third of it as a rule."""
_STRAY = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd\ue000-\uf8ff]")
_KANA = re.compile("[ぁ-ゖァ-ヺー]")
_ENGLISH = re.compile(r"\b(?:the|of|and|to|in)\b", re.IGNORECASE)
_WORDS_IN = 400
"""In as many characters of English one of the commonest words is found."""


class Unreadable(Exception):
    """The file has no text that can be relied on; the message says why."""


def text_of(body: bytes, *, japanese: bool = False) -> str:
    """The text of a PDF, page after page. Raises Unreadable."""
    if b"%PDF-" not in body[:1024]:
        raise Unreadable("it is no PDF" + (" but a page of HTML" if body.lstrip()[:1] == b"<" else ""))
    text = _extracted(body)
    letters = len(re.sub(r"\s", "", text))
    if letters < FEWEST_CHARACTERS:
        raise Unreadable("it holds no text: its pages may be pictures")
    if len(_STRAY.findall(text)) > letters * STRAY:
        raise Unreadable("its letters cannot be told: the file does not say what its glyphs mean")
    if japanese and len(_KANA.findall(text)) < letters * KANA:
        raise Unreadable(
            "its text is not Japanese as it comes out: the file does not say what its glyphs mean"
        )
    if not japanese and letters > _WORDS_IN and len(_ENGLISH.findall(text)) < letters // _WORDS_IN:
        raise Unreadable("its text is not English as it comes out")
    return text


def _extracted(body: bytes) -> str:
    import logging

    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it remarks on every irregularity of every file
    pieces: list[str] = []
    size = 0
    try:
        reader = PdfReader(io.BytesIO(body))
        for number, page in enumerate(reader.pages):
            if number == MAX_PAGES or size > MAX_CHARACTERS:
                break
            pieces.append(page.extract_text())
            size += len(pieces[-1])
    except (DependencyError, FileNotDecryptedError):
        raise Unreadable("it is encrypted") from None
    except Exception as error:  # noqa: BLE001 -- what a broken file makes its reader raise has no common name
        raise Unreadable(f"it is broken ({type(error).__name__})") from None
    return "\n".join(pieces)[:MAX_CHARACTERS]
