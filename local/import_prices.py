"""Importing price histories: reads the files, finds their assets, lands the bars, and tells what became of
each line."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from local import price_files, state
from local.price_files import PriceFile, Series, UnreadableFile

BATCH = 5_000
SOURCE = "import"
LARGEST = 500_000_000
"""Bytes of one file, also inside an archive: a daily history has a thousandth of that."""
SHOWN_REFUSALS = 200
CREATE = re.compile(r"(stock|crypto|commodity|bond|cash):([A-Z]{3})")

FIND = """
    select id, symbol, exchange, native_currency from market.assets
    where (symbol = %(symbol)s or binance_symbol = %(symbol)s or alpaca_symbol = %(symbol)s)
        and (%(exchange)s::text is null or upper(exchange) = upper(%(exchange)s))
    order by symbol = %(symbol)s desc, id
"""
Say = Callable[[str], None]


class Options(NamedTuple):
    """What the command line says."""

    symbol: str | None = None
    exchange: str | None = None
    date_order: Any = None
    create: str | None = None
    dry_run: bool = False


class Asset(NamedTuple):
    """The row of the catalogue that a series belongs to. Without an id it would be created."""

    id: int | None
    symbol: str
    exchange: str | None
    currency: str


@dataclass
class Tally:
    """What became of the bars of a series."""

    landed: int = 0
    unchanged: int = 0
    flagged: int = 0

    def add(self, result: Any) -> None:
        self.landed += _count(result.landed)
        self.unchanged += _count(result.unchanged)
        self.flagged += _count(result.flagged)


def run(files: list[Path], options: Options, say: Say) -> int:
    """Imports `files` and returns the exit code: 1 when a file or series could not be used. Raises
    state.Problem."""
    if options.create is not None and not CREATE.fullmatch(options.create):
        raise state.Problem(
            "--create takes a type and a currency, such as stock:USD. "
            "Types: stock, crypto, commodity, bond, cash.",
            exit_code=2,
        )
    from local import cloud

    failures = 0
    with cloud.database():
        for path in files:
            try:
                for name, content in contents(path):
                    failures += _import_one(name, content, options, say)
            except UnreadableFile as exc:
                say(f"{path}: cannot be used: {exc}.")
                failures += 1
    return 1 if failures else 0


def contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """The file's name and bytes; of a ZIP archive (as Binance hands them out) those of each file inside."""
    try:
        if path.stat().st_size > LARGEST:
            raise UnreadableFile("it is too large for a price history")
        content = path.read_bytes()
    except OSError as exc:
        raise UnreadableFile((exc.strerror or "it cannot be read").lower()) from exc
    if not content.startswith(b"PK\x03\x04"):
        yield path.name, content
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.infolist():
                if entry.is_dir():
                    continue
                if entry.file_size > LARGEST:
                    raise UnreadableFile(f"{entry.filename} in it is too large for a price history")
                yield entry.filename.rpartition("/")[2], archive.read(entry)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as exc:
        raise UnreadableFile(f"the archive cannot be read: {exc}") from exc


def _import_one(name: str, content: bytes, options: Options, say: Say) -> int:
    """Imports one file's series; the number of those that could not be."""
    from chalicelib.core import clock

    try:
        parsed = price_files.parse(content, date_order=options.date_order, today=clock.today())
    except UnreadableFile as exc:
        say(f"{name}: cannot be used: {exc}.")
        return 1
    _report(name, parsed, say)
    failures = 0
    for series in _chosen(parsed, options):
        try:
            _import_series(name, series, len(parsed.series), options, say)
        except UnreadableFile as exc:
            say(f"  {series.symbol or name}: not imported: {exc}.")
            failures += 1
    return failures


def _report(name: str, parsed: PriceFile, say: Say) -> None:
    say(f"{name}: {parsed.layout}, {parsed.accepted} lines accepted, {len(parsed.refused)} refused")
    for refusal in parsed.refused[:SHOWN_REFUSALS]:
        say(f"  {refusal.where}: refused: {refusal.reason}")
    if len(parsed.refused) > SHOWN_REFUSALS:
        say(f"  … and {len(parsed.refused) - SHOWN_REFUSALS} more")


def _chosen(parsed: PriceFile, options: Options) -> list[Series]:
    """All series, or the one that --symbol names where the file holds several."""
    if options.symbol is None or len(parsed.series) == 1:
        return parsed.series
    wanted = options.symbol.upper()
    chosen = [series for series in parsed.series if (series.symbol or "").upper() == wanted]
    if not chosen:
        raise UnreadableFile(
            f"it holds {', '.join(str(series.symbol) for series in parsed.series)}, but not {wanted}"
        )
    return chosen


def _import_series(name: str, series: Series, of: int, options: Options, say: Say) -> None:
    asset = _find_asset(name, series, of, options)
    if not series.bars:
        raise UnreadableFile("no line was accepted")
    span = f"{series.bars[0].day} to {series.bars[-1].day}"
    label = f"{asset.symbol}{f' ({asset.exchange})' if asset.exchange else ''}"
    if options.dry_run:
        would = "would be created and get" if asset.id is None else "would get"
        say(f"  {label}: {would} {len(series.bars)} bars in {asset.currency}, {span}")
        return
    tally = Tally()
    asset_id = asset.id if asset.id is not None else _create(asset, str(options.create))
    for start in range(0, len(series.bars), BATCH):
        tally.add(_land(asset_id, series.bars[start : start + BATCH]))
        if len(series.bars) > BATCH:
            say(f"  {label}: {min(start + BATCH, len(series.bars))} of {len(series.bars)}")
    say(
        f"  {label}: {tally.landed} landed, {tally.unchanged} were there already, "
        f"{tally.flagged} flagged, in {asset.currency}, {span}"
    )


def _find_asset(name: str, series: Series, of: int, options: Options) -> Asset:
    """The asset that a series belongs to: by --symbol, by the file's content, by its name. Raises
    UnreadableFile."""
    from chalicelib.core import db

    if options.symbol is not None and of == 1:
        candidates = [options.symbol.strip().upper()]
    else:
        candidates = price_files.symbols_of(series.symbol or name)
    for candidate in candidates:
        with db.job_transaction() as tx:
            rows = tx.execute(FIND, {"symbol": candidate, "exchange": options.exchange}).fetchall()
        exact = [row for row in rows if row["symbol"] == candidate] or rows
        if len(exact) > 1:
            where = ", ".join(str(row["exchange"]) for row in exact)
            raise UnreadableFile(
                f"{candidate} is listed on several exchanges ({where}); say which with --exchange"
            )
        if exact:
            asset = Asset(
                exact[0]["id"], exact[0]["symbol"], exact[0]["exchange"], exact[0]["native_currency"]
            )
            if series.currency is not None and series.currency.upper() != asset.currency:
                raise UnreadableFile(
                    f"its prices are in {series.currency}, but {asset.symbol}'s are in {asset.currency}"
                )
            return asset
    if options.create is not None:
        return _new_asset(candidates, series, options)
    raise UnreadableFile(
        f"the catalogue has no {' or '.join(candidates)}; "
        "name the asset with --symbol, or add it with --create stock:USD"
    )


def _new_asset(candidates: list[str], series: Series, options: Options) -> Asset:
    currency = str(options.create).partition(":")[2]
    if series.currency is not None and series.currency.upper() != currency:
        raise UnreadableFile(f"its prices are in {series.currency}, not in {currency} as --create says")
    symbol = candidates[0] if series.symbol or options.symbol else candidates[-1]
    return Asset(None, symbol, options.exchange or series.exchange, currency)


def _create(asset: Asset, create: str) -> int:
    from chalicelib.core import db
    from chalicelib.market import service
    from chalicelib.market.models import NewAsset

    new = NewAsset.model_validate(
        {
            "symbol": asset.symbol,
            "name": asset.symbol,
            "asset_type": create.partition(":")[0],
            "exchange": asset.exchange,
            "native_currency": asset.currency,
        }
    )
    with db.job_transaction() as tx:
        return int(service.add_asset(tx, new).id)


def _land(asset_id: int, bars: list[Any]) -> Any:
    from chalicelib.core import db
    from chalicelib.market import service

    with db.job_transaction() as tx:
        return service.land_bars(tx, asset_id, SOURCE, bars)


def _count(value: Any) -> int:
    return value if isinstance(value, int) else len(value)
