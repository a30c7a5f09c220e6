"""`hub partner`: who may speak to the hub. A token is printed once and kept only as its hash."""

from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.common import USAGE, console, fail, run, settings
from hub.cli.handing import SecretsTo, handing
from hub.cli.kafka_users import nobody, renew_password, users_to_clear, users_to_give
from hub.cli.ledger import in_ledger, opened_ledger

if TYPE_CHECKING:
    from contracts.adapter import Partner
    from hub.ledger.engine import Tx

app = typer.Typer(help="Add, rotate, revoke and list partners.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The partner's name, such as norfolk-police.")]
WithoutKafka = Annotated[
    bool, typer.Option("--without-kafka", help="Leave its Kafka user to whoever keeps the brokers.")
]


@app.command("add")
def add(
    name: Name,
    kind: Annotated[str, typer.Option(help="police, health, authority, home_office, dwp or operator.")],
    code: Annotated[str, typer.Option(help="What it acts for: force or authority GSS code, or ODS code.")] = "",
    role: Annotated[list[str] | None, typer.Option(help="A role it may act in; may be repeated.")] = None,
    days: Annotated[int, typer.Option(help="Days until the token expires; 0 takes HUB_TOKEN_DAYS.")] = 0,
    secrets_to: SecretsTo = None,
    without_kafka: WithoutKafka = False,
) -> None:
    """Add a partner and print its token, once; a partner with topics on a secured Kafka gets a user there as well."""
    partner = _partner(name, kind, code, role or [])
    from datetime import timedelta

    from hub.app import now as clock
    from hub.ledger import audit, partners

    chosen, now = settings(), clock()
    secrets = {"token": partners.new_token()}
    expires = now + timedelta(days=days or chosen.token_days)
    users = users_to_give(chosen, name, wanted=not without_kafka)

    async def is_new(tx: "Tx") -> None:
        if await partners.by_name(tx, name) is not None:
            fail(f"There is a partner {name} already.", f"For a new token: hub partner rotate {name}", code=USAGE)

    async def work() -> None:
        async with opened_ledger() as ledger:
            if users is not None:
                # Kafka first, and outside the transaction that seals the audit. When the rest fails, its password is
                # one that nobody was told, and the same command again gives another.
                async with ledger.read() as tx:
                    await is_new(tx)
                secrets["kafka_password"] = partners.new_token()
                await users.give(name, secrets["kafka_password"])
            async with ledger.begin() as tx:
                await is_new(tx)
                await partners.add(tx, partner, partners.hash_token(secrets["token"]), now, expires)
                done = ["partner_added"] if users is None else ["partner_added", "kafka_user_made"]
                await audit.append_all(tx, [(kind, {"partner": name}) for kind in done], now)

    with handing(secrets_to) as hand_over:
        run(work())
        hand_over(name, secrets)


@app.command("rotate")
def rotate(
    name: Name,
    kafka: Annotated[
        bool, typer.Option("--kafka", help="Renew its Kafka password and rights instead; the old one ends at once.")
    ] = False,
    secrets_to: SecretsTo = None,
) -> None:
    """Print a new token; the earlier one works on for HUB_TOKEN_OVERLAP_HOURS. With --kafka a new Kafka password."""
    if kafka:
        renew_password(name, secrets_to)
        return
    from datetime import timedelta

    from hub.app import now as clock
    from hub.ledger import audit, partners

    chosen, now, token = settings(), clock(), partners.new_token()
    expires, overlap = now + timedelta(days=chosen.token_days), now + timedelta(hours=chosen.token_overlap_hours)

    async def work(tx: "Tx") -> None:
        if not await partners.rotate(tx, name, partners.hash_token(token), now, expires, overlap):
            nobody(name)
        await audit.append(tx, "partner_rotated", {"partner": name}, now)

    with handing(secrets_to) as hand_over:
        in_ledger(work)
        hand_over(name, {"token": token})


@app.command("revoke")
def revoke(name: Name, without_kafka: WithoutKafka = False) -> None:
    """End every token of a partner at once, and its Kafka user with all its rights."""
    from hub.app import now as clock
    from hub.ledger import audit, partners

    chosen = settings()

    async def work(tx: "Tx") -> int:
        if await partners.by_name(tx, name) is None:
            nobody(name)
        ended = await partners.revoke(tx, name, clock())
        if ended:
            await audit.append(tx, "partner_revoked", {"partner": name}, clock())
        return ended

    async def both() -> None:
        async with opened_ledger() as ledger:
            # The tokens first, and whatever becomes of Kafka: they end at once, and the command may be repeated.
            async with ledger.begin() as tx:
                ended = await work(tx)
            if ended:
                typer.echo(f"{ended} token(s) of {name} ended.")
            users = users_to_clear(chosen, name, wanted=not without_kafka)
            removed = users is not None and await users.remove(name)
            if removed:
                async with ledger.begin() as tx:
                    await audit.append(tx, "kafka_user_removed", {"partner": name}, clock())
                typer.echo(f"The Kafka user of {name} and its rights are gone.")
            if not ended and not removed:
                fail(f"{name} has no working token.", "hub partner list shows every partner.", code=USAGE)

    run(both())


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

    in_ledger(work)
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
