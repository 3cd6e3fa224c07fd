"""The command line: what there is, and how failures are told. The commands themselves are in local/commands/.

Nothing heavy is imported here, nor by the command modules before a command runs: --help answers at once.
"""

from __future__ import annotations

from typing import Any

import click

from local import state
from local.commands import database, develop, people, prices, running, work

SECTIONS = {
    "Run": ("up", "status", "reset"),
    "Work": ("jobs", "run", "import"),
    "People": ("token", "admin"),
    "Database": ("migrate", "psql", "backup", "restore"),
    "Develop": ("test", "bench", "package"),
}
EXAMPLES = """\b
Examples:
  ./holdfast up                                  everything, at http://127.0.0.1:8000
  ./holdfast test                                every test
  ./holdfast run refresh_crypto_prices           one job, now
  ./holdfast import prices ~/Downloads/MSTR.csv  a price history from a file
  ./holdfast COMMAND --help                      more about one command
"""


class WrongUse(click.ClickException):
    """A failure that calling the command otherwise would avoid."""

    exit_code = 2


class Commands(click.Group):
    """The commands by section, and expected failures as one sentence without a traceback."""

    def format_commands(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(len(name) for name in self.commands)
        for title, names in SECTIONS.items():
            rows = [
                (name.ljust(width), self.commands[name].get_short_help_str(80))
                for name in names
                if name in self.commands
            ]
            with formatter.section(title):
                formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except state.Problem as exc:
            raise _told(str(exc), exc.exit_code) from exc
        except Exception as exc:
            words = _expected(exc)
            if words is None:
                raise
            raise _told(words, 1) from exc


@click.group(
    cls=Commands,
    epilog=EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
def cli() -> None:
    """Holdfast on one machine: the whole back end with nothing but Python installed."""


for module in (running, work, prices, people, database, develop):
    for command in module.COMMANDS:
        cli.add_command(command)


def main() -> None:
    """Runs the command line and ends the process. Exit code 1: it failed; 2: it was called wrongly."""
    cli.main(prog_name="holdfast")


def _told(words: str, exit_code: int) -> click.ClickException:
    kind = WrongUse if exit_code == WrongUse.exit_code else click.ClickException
    return kind(words)


def _expected(exc: Exception) -> str | None:
    """The words for failures that a user can do something about; None for a fault of ours, which gets its
    traceback."""
    import sys

    if (psycopg := sys.modules.get("psycopg")) and isinstance(exc, psycopg.OperationalError):
        return f"The database cannot be used: {str(exc).strip().splitlines()[0]}"
    if (errors := sys.modules.get("chalicelib.core.errors")) and isinstance(exc, errors.Problem):
        fields = "".join(f"\n  {field.field}: {field.message}" for field in exc.fields)
        return f"{exc.detail}{fields}"
    if (places := sys.modules.get("local.server_place")) and isinstance(exc, places.DatabaseFailed):
        return str(exc)
    return None
