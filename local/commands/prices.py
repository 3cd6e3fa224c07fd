"""import prices, import treasury."""

from __future__ import annotations

from pathlib import Path

import click


@click.group(name="import", short_help="Import price histories, or a treasury tracker, from files.")
def import_group() -> None:
    """Import from files."""


@import_group.command(short_help="Import daily prices from CSV or JSON files.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--symbol", help="The asset, where neither the file's content nor its name says it.")
@click.option("--exchange", help="The asset's exchange, where several share a symbol.")
@click.option(
    "--date-order",
    type=click.Choice(["mdy", "dmy"]),
    help="How to read dates like 3/4/2021 where the file leaves it open.",
)
@click.option(
    "--create", metavar="TYPE:CURRENCY", help="Add unknown assets to the catalogue, for example stock:USD."
)
@click.option("--dry-run", is_flag=True, help="Read and report only.")
def prices(
    files: tuple[Path, ...], symbol: str | None, exchange: str | None, date_order: str | None,
    create: str | None, dry_run: bool,
) -> None:  # fmt: skip
    """Import daily prices from FILES: downloads from Binance, Yahoo and Stooq, {ticker, prices} and {date:
    {symbol: close}} JSON, and any CSV with a date and a close. Each line that is refused is reported with the
    reason.

    \b
    Examples:
      ./holdfast import prices BTCUSDT-1d-2024.csv --symbol BTC
      ./holdfast import prices MSTR.csv --dry-run
      ./holdfast import prices stocks/*.json --create stock:USD
    """
    from local import import_prices

    options = import_prices.Options(symbol, exchange, date_order, create, dry_run)
    raise SystemExit(import_prices.run(list(files), options, click.echo))


@import_group.command(short_help="Import a treasury tracker's TypeScript files.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Read, compare and report only.")
def treasury(folder: Path, dry_run: bool) -> None:
    """Import companies.ts (companies, their financials and holdings) and holdings-history.ts (past holdings,
    approved) from DIR. The files are read, never run: values out of a fallback, and everything that cannot be
    read, are reported with their place. All or nothing; a second import changes nothing.

    \b
    Examples:
      ./holdfast import treasury src/lib/data --dry-run
      ./holdfast import treasury src/lib/data
    """
    from local import import_treasury

    raise SystemExit(import_treasury.run(folder, dry_run, click.echo))


COMMANDS = (import_group,)
