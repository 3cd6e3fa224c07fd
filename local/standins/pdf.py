"""Small PDF files of text, as announcements come: one line below the other, a page for each block of lines.

`encoding` is how the letters are written down: "latin" (Helvetica), or for Japanese "mapped" (glyph numbers with a table to
Unicode, as office programs write it), "rksj" and "ucs2" (encodings that a reader has to know), "bare" (glyph numbers alone:
nobody can tell what it says).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

Encoding = Literal["latin", "mapped", "rksj", "ucs2", "bare"]
_CMAPS = {"mapped": "Identity-H", "bare": "Identity-H", "rksj": "90ms-RKSJ-H", "ucs2": "UniJIS-UCS2-H"}
_LEADING = 18


def pdf(pages: Sequence[Sequence[str]], encoding: Encoding = "latin") -> bytes:
    """A PDF with these lines on its pages."""
    letters = {letter: number for number, letter in enumerate(sorted({*"".join(map("".join, pages))}), 1)}
    objects: list[bytes] = []

    def add(body: str | bytes) -> int:
        objects.append(body.encode("latin-1") if isinstance(body, str) else body)
        return len(objects)

    catalog, tree = add(""), add("")
    font = add(_font(encoding, len(objects) + 2))
    if encoding != "latin":
        add(f"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /Mincho /DW 1000 /FontDescriptor {len(objects) + 2} 0 R "
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) /Supplement 2 >> >>")  # fmt: skip
        add("<< /Type /FontDescriptor /FontName /Mincho /Flags 4 /FontBBox [0 0 1000 1000] /ItalicAngle 0 /Ascent 880 "
            "/Descent -120 /CapHeight 700 /StemV 80 >>")  # fmt: skip
        add(_stream(_to_unicode(letters)))
    kids = []
    for lines in pages:
        shown = "".join(f"{_written(line, encoding, letters)} Tj T*\n" for line in lines)
        content = add(_stream(f"BT /F1 11 Tf {_LEADING} TL 60 780 Td\n{shown}ET"))
        kids.append(
            add(
                f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 595 842] /Contents {content} 0 R "
                f"/Resources << /Font << /F1 {font} 0 R >> >> >>"
            )
        )
    objects[catalog - 1] = f"<< /Type /Catalog /Pages {tree} 0 R >>".encode()
    listed = " ".join(f"{kid} 0 R" for kid in kids)
    objects[tree - 1] = f"<< /Type /Pages /Kids [{listed}] /Count {len(kids)} >>".encode()
    return _file(objects, catalog)


def _font(encoding: Encoding, descendant: int) -> str:
    if encoding == "latin":
        return "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    table = f"/ToUnicode {descendant + 2} 0 R" if encoding == "mapped" else ""
    return (
        f"<< /Type /Font /Subtype /Type0 /BaseFont /Mincho /Encoding /{_CMAPS[encoding]} "
        f"/DescendantFonts [{descendant} 0 R] {table} >>"
    )


def _written(line: str, encoding: Encoding, letters: dict[str, int]) -> str:
    if encoding == "latin":
        plain = line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
        return f"({plain})"
    if encoding == "rksj":
        return f"<{line.encode('cp932').hex()}>"
    if encoding == "ucs2":
        return f"<{line.encode('utf-16-be').hex()}>"
    return "<" + "".join(f"{letters[letter]:04x}" for letter in line) + ">"


def _to_unicode(letters: dict[str, int]) -> str:
    rows = [f"<{number:04x}> <{letter.encode('utf-16-be').hex()}>" for letter, number in letters.items()]
    parts = [rows[start : start + 100] for start in range(0, len(rows), 100)]
    maps = "".join(f"{len(part)} beginbfchar\n" + "\n".join(part) + "\nendbfchar\n" for part in parts)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapType 2 def\n"
        f"1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n{maps}endcmap\nend\nend"
    )


def _stream(content: str) -> bytes:
    body = content.encode("cp1252")
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(body), body)


def _file(objects: list[bytes], catalog: int) -> bytes:
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    start = len(out)
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (size, table, size, catalog, start)
    )
