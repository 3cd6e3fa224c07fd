"""up, status, reset."""

from __future__ import annotations

from pathlib import Path

import click

from local import state

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command(short_help="Start everything and keep going until Ctrl-C.")
@click.option(
    "--data",
    type=FOLDER,
    help="Folder of price histories for the stand-in sources; otherwise they are simulated.",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes any that is free."
)
@click.option("--json-logs", is_flag=True, help="Show the log as the JSON lines that a deployment writes.")
@click.option("--no-demo", is_flag=True, help="Make no demo data.")
def up(data: Path | None, port: int, json_logs: bool, no_demo: bool) -> None:
    """Start the database, the queues, stand-ins of the outside sources, the API with its console, the
    schedules and the queue workers, and keep going until Ctrl-C. The first start also makes demo data.

    Everything is kept in .holdfast/ (or $HOLDFAST_HOME). With DATABASE_URL set, that database is used instead
    of the embedded one. Nothing listens beyond this machine.
    """
    from local.up import run

    run(port=port, data=data, json_logs=json_logs, demo=not no_demo, say=click.echo)


@click.command(short_help="Show whether Holdfast runs, and where.")
def status() -> None:
    """Show whether Holdfast runs, and where. Exit code 1 when it does not."""
    found = state.running()
    if found is None:
        click.echo(f"Not running. State folder: {state.home()}")
        raise SystemExit(1)
    if not found:
        click.echo("Starting.")
        return
    click.echo(f"Running at {found['api']} (process {found['pid']}). State folder: {state.home()}")


@click.command(short_help="Delete the local database, its secrets and demo data.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset(yes: bool) -> None:
    """Delete the embedded database with everything in it, the generated secrets and the demo passwords.

    A database that DATABASE_URL names is never touched.
    """
    import shutil

    if state.running() is not None:
        raise state.Problem("Holdfast is running. Stop it with Ctrl-C first.")
    home = state.home()
    if not yes:
        click.confirm(f"Delete everything that Holdfast keeps in {home}?", abort=True)
    if (home / "postgres" / "PG_VERSION").exists():
        from local.embedded import Embedded

        if not Embedded(home / "postgres").release():
            raise state.Problem("Another command is using the database. Wait for it to end.")
    for name in state.CONTENTS:  # by name: HOLDFAST_HOME may be a folder that holds other things too
        path = home / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    if not any(home.iterdir()):
        home.rmdir()
    click.echo("Gone. The next start begins anew.")


COMMANDS = (up, status, reset)
