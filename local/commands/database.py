"""migrate, psql, backup, restore."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import click

from local import state

PASS_THROUGH = {"ignore_unknown_options": True, "allow_interspersed_args": False}


@click.command(short_help="Bring the database up to date.")
def migrate() -> None:
    """Apply the migrations, routines and reference rows that the database does not have yet. `up` does it by
    itself."""
    from local import cloud

    with cloud.database(migrated=False) as database:
        applied = database.migrate(say=lambda name: click.echo(f"  {name}"))
    click.echo(f"{len(applied)} scripts applied." if applied else "Everything was applied already.")


@click.command(short_help="Open psql on the database.", context_settings=PASS_THROUGH)
@click.option(
    "--role", type=click.Choice(["api", "jobs", "owner"]), default="owner", show_default=True, help="As whom."
)
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def psql(ctx: click.Context, role: str, args: tuple[str, ...]) -> None:
    """Open psql on the database; ARGS are its own.

    As api or jobs, row security shows nothing until a transaction says who acts:
    select app.act_as(null, 'job');

    \b
    Examples:
      ./holdfast psql
      ./holdfast psql -c 'select count(*) from market.asset_prices'
    """
    from local import cloud

    with cloud.database(migrated=False) as database:
        process = subprocess.Popen([database.program("psql"), "-d", database.url(role), *args])
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is psql's: it cancels a query
        code = process.wait()
    ctx.exit(code)


@click.command(short_help="Write the whole database to a file.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Overwrite the file if it exists.")
def backup(file: Path, yes: bool) -> None:
    """Write the whole database to FILE (PostgreSQL's custom format: compressed, and complete or not
    there)."""
    from local import backups, cloud

    if file.exists() and not yes:
        raise state.Problem(f"{file} exists. Choose another name, or overwrite it with --yes.", exit_code=2)
    with cloud.database(migrated=False) as database:
        size = backups.write(database, file)
    click.echo(f"{file}: {size / 1e6:.1f} MB.")


@click.command(short_help="Replace the database by a backup.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Really replace what is in the database now.")
def restore(file: Path, yes: bool) -> None:
    """Replace the whole database by the backup in FILE: all of it or, if anything goes wrong, nothing.

    A backup of an older version is migrated; one of a newer version is refused.
    """
    from local import backups, cloud

    if not file.is_file():
        raise state.Problem(f"There is no file {file}.", exit_code=2)
    if state.running() is not None:
        raise state.Problem("Holdfast is running. Stop it with Ctrl-C first.")
    with cloud.database(migrated=False) as database:
        if backups.has_content(database) and not yes:
            raise state.Problem(
                f"{database.where[0].upper()}{database.where[1:]} has content, which a restore would replace. "
                "Back it up if you need it, then repeat with --yes.",
                exit_code=2,
            )
        backups.restore(database, file)
    state.forget("demo")  # its people may be others now
    click.echo("Restored.")


COMMANDS = (migrate, psql, backup, restore)
