"""test, bench, package."""

from __future__ import annotations

import ast
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
    known = _measurements()
    if name is None:
        click.echo(
            "\n".join(f"  {item:<20} {summary}" for item, summary in known.items()) or "There are none yet."
        )
        return
    if name not in known:
        raise state.Problem(
            f"There is no measurement {name}. There are: {', '.join(known) or 'none'}.", exit_code=2
        )
    ctx.exit(_python("-m", f"bench.{name}", *args))


@click.command(short_help="Make the archive and template for AWS, and check them.")
@click.option("--stage", default="dev", show_default=True, help="Which stage of .chalice/config.json.")
def package(stage: str) -> None:
    """Make what is deployed, the Lambda archive and the CloudFormation template, and check both. Needs no AWS
    account."""
    from local import package as packaging
    from local.packaging import PackagingFailed

    try:
        packaging.main(stage, say=click.echo)
    except PackagingFailed as exc:
        raise state.Problem(str(exc)) from exc


def _measurements() -> dict[str, str]:
    """The modules in bench/ that can be run, and the first line of what each says about itself."""
    found = {}
    for path in sorted((state.ROOT / "bench").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        if "__name__" in names:
            found[path.stem] = (ast.get_docstring(tree) or "").partition("\n")[0]
    return found


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
