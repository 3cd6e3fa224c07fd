"""What a cold start costs: importing the packaged app in a fresh interpreter, over starting that interpreter at all.

The floor is what every app on Chalice and pydantic pays; "no bytecode" is the same archive as Chalice alone would make
it. The ways take turns, so that a busy machine is unfair to none, and medians are compared.
Run: ./holdfast bench coldstart
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.report import table
from local import package
from local.packaging import archive, checks

GOAL = 150  # milliseconds over bare Python
LEAVE = "\nimport os; os._exit(0)"
"""Ends without taking the modules down again, which would count for some 25 ms that no cold start pays."""
BARE = "bare Python"
FLOOR = "floor: chalice and one pydantic model"
APP = "the app, as packaged"
UNCOMPILED = "the app, no bytecode"


def main() -> None:
    """Packages the stage dev, measures and prints."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--runs", type=int, default=21, help="of each way (21)")
    arguments.add_argument(
        "--hot-spots", type=int, default=0, metavar="N", help="also list the N slowest imports"
    )
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="hf-bench-") as folder:
        made = package.main("dev", Path(folder) / "package", say=lambda _: None)
        if not checks.runs_here(made.target):
            sys.exit("This machine cannot run what is made for Lambda; measure on Linux.")
        sources = Path(folder) / "sources"
        shutil.copytree(made.unpacked, sources, ignore=shutil.ignore_patterns("__pycache__"))
        report(measure(ways(made.unpacked, sources), options.runs))
        print()
        print(f"archive: {made.archive.stat().st_size / 1e6:.1f} MB zipped")
        print("\n".join(archive.table(archive.sizes(made.unpacked))))
        if options.hot_spots:
            print()
            hot_spots(made.unpacked, options.hot_spots)


def ways(unpacked: Path, sources: Path) -> dict[str, str]:
    """What is measured: a name, and the code that is run."""

    def behind(folder: Path, code: str) -> str:
        return f"import sys; sys.path.insert(0, {str(folder)!r}); {code}"

    floor = "import chalice.app, pydantic; pydantic.create_model('One', number=(int, 1))"
    return {
        BARE: "pass",
        FLOOR: behind(unpacked, floor),
        APP: behind(unpacked, "import app"),
        UNCOMPILED: behind(sources, "import app"),
    }


def measure(codes: dict[str, str], runs: int) -> dict[str, list[float]]:
    """Milliseconds of each way, taking turns. The first round warms the disk's cache and does not count."""
    times: dict[str, list[float]] = {name: [] for name in codes}
    for turn in range(runs + 1):
        for name, code in codes.items():
            started = time.perf_counter()
            interpreter(code + LEAVE)
            if turn:
                times[name].append((time.perf_counter() - started) * 1000)
    return times


def interpreter(code: str, *options: str) -> str:
    """Runs code as Lambda does: without site-packages, and without writing bytecode. Answers with its standard error."""
    command = [sys.executable, "-I", "-S", "-B", *options, "-c", code]
    # what every function's settings have too (.chalice/config.json)
    env = {"PYDANTIC_DISABLE_PLUGINS": "__all__"}
    return subprocess.run(command, env=env, cwd="/", capture_output=True, text=True, check=True).stderr


def report(times: dict[str, list[float]]) -> None:
    bare = statistics.median(times[BARE])
    rows = [
        (
            name,
            f"{statistics.median(taken):.0f} ms",
            f"{min(taken):.0f} ms",
            f"{statistics.median(taken) - bare:+.0f} ms",
        )
        for name, taken in times.items()
    ]
    table(("cold import", "median", "least", "over bare Python"), rows)
    over = statistics.median(times[APP]) - bare
    print(
        f"\ngoal: less than {GOAL} ms over bare Python: {'met' if over < GOAL else f'missed by {over - GOAL:.0f} ms'}"
    )


def hot_spots(unpacked: Path, count: int) -> None:
    """The modules whose own code takes longest to import."""
    code = f"import sys; sys.path.insert(0, {str(unpacked)!r}); import app"
    lines = interpreter(code, "-X", "importtime").splitlines()
    spent = sorted(
        (parts for line in lines[1:] if len(parts := line.split("|")) == 3), key=lambda parts: -own(parts[0])
    )
    table(
        ("slowest imports", "own time"),
        [(parts[2].strip(), f"{own(parts[0]) / 1000:.1f} ms") for parts in spent[:count]],
    )


def own(column: str) -> int:
    digits = column.rpartition(":")[2].strip()
    return int(digits) if digits.isdigit() else 0


if __name__ == "__main__":
    main()
