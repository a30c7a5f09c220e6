"""`hub partner`: who may speak to the hub. A token is printed once and kept only as its hash."""

from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.common import USAGE, console, fail, run, settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from contracts.adapter import Partner
    from hub.ledger.engine import Tx

app = typer.Typer(help="Add, rotate, revoke and list partners.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The partner's name, such as norfolk-police.")]


@app.command("add")
def add(
    name: Name,
    kind: Annotated[str, typer.Option(help="police, health, authority, home_office, dwp or operator.")],
    code: Annotated[str, typer.Option(help="What it acts for: force or authority GSS code, or ODS code.")] = "",
    role: Annotated[list[str] | None, typer.Option(help="A role it may act in; may be repeated.")] = None,
    days: Annotated[int, typer.Option(help="Days until the token expires; 0 takes HUB_TOKEN_DAYS.")] = 0,
) -> None:
    """Add a partner and print its token, once."""
    partner = _partner(name, kind, code, role or [])
    from datetime import timedelta

    from hub.app import now as clock
    from hub.ledger import audit, partners

    chosen, now, token = settings(), clock(), partners.new_token()
    expires = now + timedelta(days=days or chosen.token_days)

    async def work(tx: "Tx") -> None:
        if await partners.by_name(tx, name) is not None:
            fail(f"There is a partner {name} already.", f"For a new token: hub partner rotate {name}", code=USAGE)
        await partners.add(tx, partner, partners.hash_token(token), now, expires)
        await audit.append(tx, "partner_added", {"partner": name}, now)

    _in_ledger(work)
    _show_once(token, name)


@app.command("rotate")
def rotate(name: Name) -> None:
    """Print a new token; the earlier one works on for HUB_TOKEN_OVERLAP_HOURS."""
    from datetime import timedelta

    from hub.app import now as clock
    from hub.ledger import audit, partners

    chosen, now, token = settings(), clock(), partners.new_token()
    expires, overlap = now + timedelta(days=chosen.token_days), now + timedelta(hours=chosen.token_overlap_hours)

    async def work(tx: "Tx") -> None:
        if not await partners.rotate(tx, name, partners.hash_token(token), now, expires, overlap):
            fail(f"There is no partner {name}.", "hub partner list shows them all.", code=USAGE)
        await audit.append(tx, "partner_rotated", {"partner": name}, now)

    _in_ledger(work)
    _show_once(token, name)


@app.command("revoke")
def revoke(name: Name) -> None:
    """End every token of a partner at once."""
    from hub.app import now as clock
    from hub.ledger import audit, partners

    async def work(tx: "Tx") -> None:
        ended = await partners.revoke(tx, name, clock())
        if not ended:
            fail(f"{name} has no working token.", "hub partner list shows every partner.", code=USAGE)
        await audit.append(tx, "partner_revoked", {"partner": name}, clock())
        typer.echo(f"{ended} token(s) of {name} ended.")

    _in_ledger(work)


@app.command("list")
def list_() -> None:
    """List every partner with its kind, code and roles."""
    from rich.table import Table

    from hub.ledger import partners

    table = Table("partner", "kind", "code", "roles")

    async def work(tx: "Tx") -> None:
        for partner in await partners.list_all(tx):
            roles = ", ".join(role.value for role in partner.roles)
            table.add_row(partner.name, partner.kind.value, partner.code or "", roles)

    _in_ledger(work)
    console().print(table)


def _partner(name: str, kind: str, code: str, roles: list[str]) -> "Partner":
    import re

    from contracts.adapter import Partner, PartnerKind
    from contracts.codes import Role

    if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) is None:
        fail(
            f"{name} is not a partner name.",
            "Use small letters, digits and hyphens, such as norfolk-police.",
            code=USAGE,
        )
    if PartnerKind(kind) is PartnerKind.UNKNOWN:
        kinds = ", ".join(known.value for known in PartnerKind if known is not PartnerKind.UNKNOWN)
        fail(f"{kind} is not a kind of partner.", f"Use one of {kinds}.", code=USAGE)
    for role in roles:
        if Role(role) is Role.UNKNOWN:
            fail(f"{role} is not a role.", "contracts/codes.py lists the roles.", code=USAGE)
    return Partner(name=name, kind=PartnerKind(kind), code=code or None, roles=tuple(Role(role) for role in roles))


def _in_ledger(work: "Callable[[Tx], Awaitable[None]]") -> None:
    from hub.ledger.engine import open_ledger, upgrade

    url = settings().database_url.get_secret_value()

    async def connected() -> None:
        await upgrade(url)
        ledger = await open_ledger(url)
        try:
            async with ledger.begin() as tx:
                await work(tx)
        finally:
            await ledger.close()

    run(connected())


def _show_once(token: str, name: str) -> None:
    typer.echo(token)
    typer.secho(f"This is {name}'s token. It is shown this once; the hub keeps only its hash.", err=True)
