"""test, bench, package."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click

from local import state

PASS_THROUGH = {"ignore_unknown_options": True, "allow_interspersed_args": False}
HELP_ONLY = {**PASS_THROUGH, "help_option_names": ["--help"]}


@click.command(short_help="Run the tests.", context_settings=HELP_ONLY)
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def test(ctx: click.Context, args: tuple[str, ...]) -> None:
    """Run the tests: all of them in parallel, or what the pytest ARGS say.

    \b
    Examples:
      ./holdfast test
      ./holdfast test tests/local -k gateway -x
    """
    chosen = [_absolute(arg) for arg in args] or ["-n", "auto"]
    ctx.exit(_python("-m", "pytest", *chosen))


@click.command(short_help="Run a measurement, or list them.", context_settings=HELP_ONLY)
@click.argument("name", required=False)
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def bench(ctx: click.Context, name: str | None, args: tuple[str, ...]) -> None:
    """Run the measurement NAME with its own ARGS. Without a name, list those there are."""
    from importlib.util import find_spec

    known = sorted(path.stem for path in (state.ROOT / "bench").glob("*.py") if not path.stem.startswith("_"))
    if name is None:
        click.echo("\n".join(f"  {item}" for item in known) or "There are none yet.")
        return
    if name not in known or find_spec("bench") is None:
        raise state.Problem(
            f"There is no measurement {name}. There are: {', '.join(known) or 'none'}.", exit_code=2
        )
    ctx.exit(_python("-m", f"bench.{name}", *args))


@click.command(short_help="Make the archive and template for AWS, and check them.")
@click.option("--stage", default="dev", show_default=True, help="Which stage of .chalice/config.json.")
def package(stage: str) -> None:
    """Make what is deployed, the Lambda archive and the CloudFormation template, and check both. Needs no AWS
    account."""
    from importlib import import_module

    import_module("local.package").main(stage)


def _python(*arguments: str) -> int:
    """Runs this Python at the repository's root, without the settings of a running shell."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("HOLDFAST_")}
    env.pop("DATABASE_URL", None)
    try:
        return subprocess.run([sys.executable, *arguments], cwd=state.ROOT, env=env, check=False).returncode
    except KeyboardInterrupt:
        return 130


def _absolute(argument: str) -> str:
    """A path is meant from where the caller stands, and pytest runs at the root."""
    path, separator, rest = argument.partition("::")
    if not path.startswith("-") and Path(path).exists():
        return f"{Path(path).resolve()}{separator}{rest}"
    return argument


COMMANDS = (test, bench, package)
