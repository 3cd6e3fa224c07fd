"""Extraction of treasury filings: documents per second over a folder of real ones, beside the parsing that it stands on.

The yardsticks take turns with the whole: the parser's events with nothing done about them, and a tree of the same
parser. Medians of processor time, so that a neighbour on the machine disturbs less. Run: ./holdfast bench extraction
[--data DIR]
"""

from __future__ import annotations

import argparse
import csv
import re
import statistics
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from bench.report import table
from chalicelib.treasury.filings import html
from chalicelib.treasury.filings.extract import extract
from chalicelib.treasury.filings.facts import Document

HERE = Path(__file__).resolve().parents[1]
DATA = HERE.parent / "shared" / "data" / "treasury" / "filings"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, default=DATA, help="folder with mstr_8k/ and its answers")
    arguments.add_argument("--rounds", type=int, default=9)
    options = arguments.parse_args()
    documents, answers = read(options.data)
    if not documents:
        print(f"no filings in {options.data}")
        return
    ways: dict[str, Callable[[Document], object]] = {
        "extract": extract,
        "our reading (paragraphs and tables)": lambda document: html.blocks(document.body),
        "lxml, a tree": tree,
        "lxml, events": events,
    }
    taken = in_turn(ways, documents, options.rounds)
    size = sum(len(document.body) for document in documents) / 1e6
    print(f"\n{len(documents)} filings, {size:.1f} million characters\n")
    table(
        ["", "documents/s", "ms each", "times"],
        [
            [
                name,
                f"{len(documents) / median:,.0f}",
                f"{median / len(documents) * 1000:.2f}",
                f"{median / taken['lxml, events']:.1f}",
            ]
            for name, median in taken.items()
        ],
    )
    right = sum(total(document) == answer for document, answer in zip(documents, answers, strict=True))
    print(f"\nright: {right} of {len(documents)}")


def read(folder: Path) -> tuple[list[Document], list[str]]:
    """The filings and what each states; nothing where the folder is not there."""
    file = folder / "mstr_8k_answers.csv"
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines())) if file.is_file() else []
    documents = [
        Document(
            "html",
            "sec_edgar",
            date.fromisoformat(re.findall(r"\d{4}-\d\d-\d\d", row["file"])[0]),
            (folder / "mstr_8k" / row["file"]).read_text(encoding="utf-8"),
            "8-K",
            ("MicroStrategy Inc", "Strategy Inc"),
            ("MSTR",),
        )
        for row in rows
    ]
    return documents, [row["btc_holdings"] for row in rows]


def total(document: Document) -> str:
    found = extract(document).current("BTC")
    return str(found.holdings) if found else ""


class Nothing:
    """A target that looks at nothing."""

    def start(self, tag: str, attributes: object) -> None: ...

    def end(self, tag: str) -> None: ...

    def data(self, text: str) -> None: ...

    def close(self) -> None: ...


def events(document: Document) -> None:
    from lxml import etree

    parser = etree.HTMLParser(target=Nothing(), encoding="utf-8", huge_tree=True)
    parser.feed(document.body.encode("utf-8"))
    parser.close()


def tree(document: Document) -> object:
    from lxml import etree

    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True)
    return etree.fromstring(document.body.encode("utf-8"), parser)


def in_turn(
    ways: dict[str, Callable[[Document], object]], documents: list[Document], rounds: int
) -> dict[str, float]:
    """Median seconds of each way over all documents; a first round is not counted."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            started = time.process_time()
            for document in documents:
                way(document)
            if number:
                taken[name].append(time.process_time() - started)
    return {name: statistics.median(each) for name, each in taken.items()}


if __name__ == "__main__":
    main()
