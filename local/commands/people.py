"""token, admin."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import click

from local import state


@click.command(short_help="Print an access token, for curl and the like.")
@click.option(
    "--email", default="demo@example.com", show_default=True, help="Whose; admin@example.com is the admin."
)
def token(email: str) -> None:
    """Sign in and print an access token. Of others than the two demo people it asks the password
    (or takes it from $HOLDFAST_PASSWORD).

    \b
    Example:
      curl -H "Authorization: Bearer $(./holdfast token)" http://127.0.0.1:8000/v1/auth/me
    """
    from local import demo

    known = {login.email: login for login in demo.logins()}
    login = known.get(email)
    if login is None:
        password = os.environ.get("HOLDFAST_PASSWORD") or click.prompt("Password", hide_input=True, err=True)
        login = demo.Login("", email, password)
    with _api() as url:
        client = demo.Client(url)
        try:
            signed_in = client.try_sign_in(login)
        except demo.DemoFailed as exc:
            raise state.Problem(f"Could not sign in: {exc}") from exc
    if not signed_in:
        hint = " The demo people are made by the first `./holdfast up`." if email in known else ""
        raise state.Problem(f"{email} could not sign in with that password.{hint}")
    click.echo(client.token())


@click.command(short_help="Make an administrator.")
@click.argument("email")
def admin(email: str) -> None:
    """Make the account with this EMAIL address an administrator, or a new one: the way to the first."""
    from local import cloud

    with cloud.database():
        from chalicelib.identity import service

        made = service.make_admin(email)
    if made.created:
        click.echo(f"{made.email} is a new administrator. Password, shown only now: {made.password}")
    else:
        click.echo(f"{made.email} is an administrator from the next sign-in on.")


@contextmanager
def _api() -> Iterator[str]:
    """The address of the running API, or of one for the time of this command."""
    found = state.running() or {}
    if "api" in found:
        yield found["api"]
        return
    from local import cloud
    from local.gateway import Gateway

    with cloud.database():
        from chalicelib.core import log

        log.write = lambda _: None
        gateway = Gateway(cloud.load_app(), state.ROOT / "web").start()
        try:
            yield gateway.url
        finally:
            gateway.stop()


COMMANDS = (token, admin)
