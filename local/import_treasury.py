"""Importing a treasury tracker's files: companies, their financials, what they hold and held.

All or nothing, in one transaction. A dry run does the same and takes it back: it tells exactly what would be done.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from chalicelib.core import clock, db
from chalicelib.core.db import Tx
from local import treasury_files, treasury_plan
from local.import_treasury_report import Outcome, tell
from local.treasury_files import COMPANIES, HISTORY, Company, Contents, History, Stated

queries = db.Queries(__file__, "import_treasury.sql")
Say = Callable[[str], None]


class _TakenBack(Exception):
    """Ends a dry run's transaction without a commit."""


def run(folder: Path, dry_run: bool, say: Say) -> int:
    """Imports the files in `folder` and returns the exit code: 1 where a company or history was left out. Raises
    state.Problem where a file cannot be used at all; then nothing is written."""
    contents, notes = treasury_files.read(folder, clock.today())
    outcome = Outcome(contents, notes, dry_run)
    from local import cloud

    with cloud.database():
        try:
            with db.job_transaction() as tx:
                Import(tx, contents, outcome).write()
                if dry_run:
                    raise _TakenBack
        except _TakenBack:
            pass
    tell(outcome, say)
    return 1 if contents.left_out else 0


class Import:
    """One import: each step compares everything of its kind with what is stored, and writes the difference at once."""

    def __init__(self, tx: Tx, contents: Contents, outcome: Outcome) -> None:
        self.tx, self.contents, self.outcome = tx, contents, outcome
        self.coins: dict[str, int] = {}
        self.stored: dict[str, dict[str, Any]] = {}
        self.ids: dict[tuple[str, str], int] = {}

    def write(self) -> None:
        queries.begin_import(self.tx.conn)
        self._coins()
        self._companies()
        self._financials()
        self._snapshots()
        self._statements()
        self._keep_priced()

    # ------------------------------------------------------------ the catalogue

    def _coins(self) -> None:
        wanted = self.contents.coins
        self.coins = {row["symbol"]: row["id"] for row in queries.coins(self.tx.conn, symbols=list(wanted))}
        for coin, held in wanted.items():
            if coin not in self.coins and not held:
                self.contents.remarks.append(
                    f"{COMPANIES}: its empty list names {coin}, which is no coin of the catalogue"
                )
        new = [
            {"symbol": coin, "name": coin, "asset_type": "crypto", "exchange": None, "currency": "USD"}
            for coin, held in wanted.items()
            if held and coin not in self.coins
        ]
        added = {row["symbol"]: row["id"] for row in self._add_assets(new)}
        self.coins |= added
        self.outcome.count("assets", sum(coin in self.coins for coin in wanted), len(added))
        for coin in added:
            self.outcome.change(f"coin {coin}: added to the catalogue, without a source of prices")

    def _add_assets(self, assets: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return list(queries.add_assets(self.tx.conn, assets=_json(assets))) if assets else []

    def _shares(self, companies: list[Company]) -> dict[str, dict[str, Any]]:
        """The listed share of each company's ticker: {id, exchange, currency}, found in the catalogue or added to it."""
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in queries.shares(self.tx.conn, tickers=[company.ticker for company in companies]):
            found[row["ticker"]].append(row)
        shares, new = {}, []
        for company in companies:
            listed = found[company.ticker]
            listed = [row for row in listed if row["exact"]] or listed
            market = treasury_plan.market_of(company.ticker)
            if len(listed) == 1:
                shares[company.ticker] = listed[0]
            elif listed:
                self.contents.remark(
                    COMPANIES, company.line,
                    f"{company.external_id}: {len(listed)} shares of the catalogue have the ticker {company.ticker}; "
                    "its share is left open",
                )  # fmt: skip
            elif market is not None and company.ticker not in shares:
                asset = {"symbol": company.ticker, "name": company.facts["name"], **market._asdict()}
                shares[company.ticker] = asset
                new.append({**asset, "asset_type": "stock"})
        added = {row["symbol"]: row["id"] for row in self._add_assets(new)}
        for asset in new:
            if asset["symbol"] in added:
                shares[asset["symbol"]]["id"] = added[asset["symbol"]]
            else:
                self.contents.remarks.append(
                    f"{COMPANIES}: the catalogue calls something else {asset['symbol']}; that share is left open"
                )
        if added:
            names = ", ".join(added)
            self.outcome.change(
                f"{len(added)} shares added to the catalogue, without a source of prices: {names}"
            )
        return shares

    # ------------------------------------------------------------ companies

    def _companies(self) -> None:
        """Finds each company by its id, or by its ticker and coin; changes and adds what differs."""
        companies = self.contents.companies
        tickers = [company.ticker for company in companies]
        tickers += [history.ticker for history in self.contents.histories]
        external_ids = [company.external_id for company in companies]
        rows = list(queries.stored_companies(self.tx.conn, external_ids=external_ids, tickers=tickers))
        by_id = {row["external_id"]: row for row in rows}
        listed = {(row["ticker"], row["asset"]): row for row in rows}
        self.ids = {key: row["id"] for key, row in listed.items()}
        named = {by_id[one]["id"] for one in external_ids if one in by_id}
        new, kept = [], []
        for company in companies:
            try:
                stored = treasury_plan.match(company, by_id, listed, named)
            except treasury_plan.Mismatch as exc:
                self.contents.leave_out(COMPANIES, company.line, str(exc))
                continue
            if stored is None:
                new.append(company)
            else:
                kept.append(company)
                self.stored[company.external_id] = stored
                self.ids[company.ticker, company.asset] = stored["id"]
        changed = self._change_companies(kept)
        added = self._add_companies(new)
        self.outcome.count("companies", len(companies), added, changed)

    def _add_companies(self, companies: list[Company]) -> int:
        shares = self._shares(companies)
        rows = []
        for company in companies:
            if company.asset not in self.coins:
                self.contents.leave_out(
                    COMPANIES,
                    company.line,
                    f"{company.external_id}: the catalogue calls something else {company.asset}",
                )
                continue
            share = shares.get(company.ticker) or {}
            market = treasury_plan.market_of(company.ticker)
            if not share and market is None:
                self.contents.leave_out(
                    COMPANIES, company.line,
                    f"{company.external_id}: the suffix of its ticker {company.ticker} names no market that is known: add "
                    "the company with its currency, and import again",
                )  # fmt: skip
                continue
            row = {
                **company.facts,
                "external_id": company.external_id,
                "ticker": company.ticker,
                "asset_id": self.coins[company.asset],
                "share_asset_id": share.get("id"),
                "exchange": share["exchange"] if share else market and market.exchange,
                "currency": share["currency"] if share else market and market.currency,
            }
            rows.append(row)
            self.stored[company.external_id] = row
            self.outcome.change(
                f"{company.external_id}: added: {company.facts['name']}, {company.ticker} in {row['currency']}, "
                f"holds {company.asset}"
            )
        for made in queries.add_companies(self.tx.conn, companies=_json(rows)) if rows else []:
            self.stored[made["external_id"]]["id"] = made["id"]
        for company in companies:
            if company.external_id in self.stored:
                self.ids[company.ticker, company.asset] = self.stored[company.external_id]["id"]
        return len(rows)

    def _change_companies(self, companies: list[Company]) -> int:
        changes = []
        for company in companies:
            stored = self.stored[company.external_id]
            changed = treasury_plan.changed_facts(company, stored)
            if changed:
                changes.append({"id": stored["id"], "changes": changed})
                told = "; ".join(f"{name} {stored[name]} → {value}" for name, value in changed.items())
                self.outcome.change(f"{company.external_id}: {told}")
                if "ticker" in changed:
                    self.contents.remark(
                        COMPANIES, company.line,
                        f"{company.external_id}: its share in the catalogue is still that of {stored['ticker']}; "
                        f"name another with PATCH /v1/admin/treasury/companies/{stored['id']}",
                    )  # fmt: skip
        if changes:
            queries.change_companies(self.tx.conn, changes=_json(changes))
        return len(changes)

    # ------------------------------------------------------------ financials

    def _financials(self) -> None:
        stated = [
            company
            for company in self.contents.companies
            if company.figures and company.as_of and company.external_id in self.stored
        ]
        ids = {self.stored[company.external_id]["id"]: company for company in stated}
        held: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for row in queries.stored_financials(self.tx.conn, companies=list(ids)):
            held[row["company_id"]].append(row)
        new, anew = [], []
        for number, company in ids.items():
            assert company.as_of is not None
            period = treasury_plan.period(company, held[number], clock.today())
            source = treasury_plan.statement(company.as_of)
            figures = {**company.figures, "currency": "USD", "source": source, "flags": company.flags}
            if period.outcome == "add":
                new.append({"company_id": number, "figures": {**figures, "effective_date": period.begins}})
                self.outcome.change(
                    f"{company.external_id}: financials from {period.begins} on: {_told(company)}"
                )
            elif period.outcome == "replace":
                anew.append({"id": period.row, "figures": figures})
                self.outcome.change(
                    f"{company.external_id}: financials from {period.begins} on, written anew: {_told(company)}"
                )
            elif period.outcome == "stays_out":
                self.contents.remark(
                    COMPANIES,
                    company.line,
                    f"{company.external_id}: {period.words}; its figures are left out",
                )
        if new:
            list(queries.add_financials(self.tx.conn, rows=_json(new)))
        if anew:
            queries.replace_financials(self.tx.conn, rows=_json(anew))
        self.outcome.count("company_financials", len(stated), len(new), len(anew))

    # ------------------------------------------------------------ holdings

    def _statements(self) -> None:
        from local.import_treasury_statements import import_statements

        companies = {
            self.stored[company.external_id]["id"]: company
            for company in self.contents.companies
            if company.external_id in self.stored
        }
        import_statements(self.tx, companies, self.outcome)

    def _snapshots(self) -> None:
        from local.import_treasury_snapshots import import_snapshots

        series: dict[int, list[Stated]] = defaultdict(list)
        for history in self.contents.histories:
            number = self._company_of(history)
            if number is not None:
                series[number] += history.snapshots
        names = {number: key[0] for key, number in self.ids.items()}
        import_snapshots(self.tx, series, names, self.outcome)

    def _company_of(self, history: History) -> int | None:
        number = self.ids.get((history.ticker, history.asset))
        if number is None:
            self.contents.leave_out(
                HISTORY, history.line, f"the tracker has no {history.ticker} that holds {history.asset}"
            )
        return number

    # ------------------------------------------------------------ prices

    def _keep_priced(self) -> None:
        """Has the market keep prices of the coins and shares that have a source of prices, as for any company."""
        assets = {row[name] for row in self.stored.values() for name in ("asset_id", "share_asset_id")}
        wanted = sorted(assets - {None})
        self.outcome.unpriced = [row["symbol"] for row in queries.without_prices(self.tx.conn, assets=wanted)]
        before = queries.kept_priced(self.tx.conn, assets=wanted)
        list(queries.settle_priced(self.tx.conn, assets=wanted))
        if priced := queries.kept_priced(self.tx.conn, assets=wanted) - before:
            self.outcome.change(f"{priced} coins and shares are kept priced from now on")


def _told(company: Company) -> str:
    return ", ".join(
        f"{name} {format(value, 'f') if isinstance(value, Decimal) else value}"
        for name, value in company.figures.items()
    )


def _json(value: Any) -> str:
    return json.dumps(value, default=str)
