"""jobs, run."""

from __future__ import annotations

import difflib
from datetime import UTC, datetime
from typing import Any

import click

from local import state

LAST_RUNS = """
    select distinct on (job) job, as_of, started_at, finished_at, status, rows_changed, error
    from app.job_runs order by job, started_at desc
"""


@click.command(short_help="List the scheduled jobs, when they are due, and their last runs.")
def jobs() -> None:
    """List the jobs under the schedule that starts them, each with its last run."""
    from chalicelib.core import db
    from local import cloud

    with cloud.database():
        timetable = cloud.timetable()
        with db.job_transaction() as tx:
            runs = {run["job"]: run for run in tx.execute(LAST_RUNS).fetchall()}
    for expression, due in timetable.items():
        click.echo(expression)
        for job in due:
            click.echo(f"  {job.name:<28} {_run_words(runs.pop(job.name, None))}")
    if runs:
        click.echo("no longer scheduled")
        for name, run in sorted(runs.items()):
            click.echo(f"  {name:<28} {_run_words(run)}")


@click.command(name="run", short_help="Run one job now, or for a past moment.")
@click.argument("job")
@click.option(
    "--as-of", metavar="ISO", help="The past moment to run for, such as 2026-02-07 or 2026-02-07T21:15Z."
)
def run_job(job: str, as_of: str | None) -> None:
    """Run one JOB (./holdfast jobs lists them) and the queue work that it starts.

    Without --as-of it runs for now and makes up for periods that were missed; with it, for that moment alone.

    \b
    Examples:
      ./holdfast run refresh_crypto_prices
      ./holdfast run refresh_exchange_rates --as-of 2026-02-06
    """
    moment = _moment(as_of)
    from chalicelib.core import clock
    from chalicelib.core import jobs as core_jobs
    from local import cloud, livelog

    if moment is not None:
        try:
            core_jobs.refuse_the_future(moment, clock.now())
        except core_jobs.NotYet as exc:
            raise state.Problem(f"--as-of {as_of}: {exc}", exit_code=2) from exc
    with cloud.everything():
        known = {job.name: job for due in cloud.timetable().values() for job in due}
        if job not in known:
            raise state.Problem(_unknown(job, list(known)), exit_code=2)
        livelog.install()
        result = core_jobs.run(known[job], moment, catch_up=as_of is None)
        if state.running() is None:
            _drain(cloud.load_app())
    if result["status"] == "failed":
        raise state.Problem(f"{job} failed: {result.get('error')}")
    if result["status"] == "skipped":
        raise state.Problem(f"{job} is being run by another process. Try again when it has ended.")
    click.echo(f"{job}: succeeded, {result['rows']} rows changed")


def _drain(app: Any) -> None:
    """Does the queue work that the job rang for: nobody else would, and the queues end with this command."""
    from local import queues
    from local.poller import Poller

    done = failed = 0
    for lane in Poller(app, queues.client()).lanes:
        while messages := lane.poll():
            failed += len(lane.work(messages))
            done += len(messages)
    if done:
        click.echo(f"Queue work: {done} messages" + (f", {failed} of them failed" if failed else ""))


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise state.Problem(
            f"--as-of {text} is not a moment. Write it like 2026-02-07T21:15Z.", exit_code=2
        ) from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _unknown(job: str, names: list[str]) -> str:
    close = difflib.get_close_matches(job, names, 1)
    meant = f" Did you mean {close[0]}?" if close else ""
    return f"There is no job {job}.{meant} There are: {', '.join(sorted(names)) or 'none'}."


def _run_words(run: dict[str, Any] | None) -> str:
    """The last run in one line: when, how it ended, how much it did."""
    if run is None:
        return "not run yet"
    words = f"{run['started_at'].astimezone(UTC):%Y-%m-%d %H:%M} UTC  {run['status']:<10}"
    words += f" {run['rows_changed']:>8} rows"
    if run["finished_at"]:
        words += f"  {(run['finished_at'] - run['started_at']).total_seconds():.1f} s"
    if run["error"]:
        words += f"\n{' ' * 33}{run['error'].splitlines()[0][:160]}"
    return words


COMMANDS = (jobs, run_job)
