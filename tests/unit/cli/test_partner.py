"""Partners: a token is shown once, kept hashed, rotated with an overlap and revoked at once."""

import asyncio
from datetime import timedelta

import pytest

from contracts.adapter import Partner, PartnerKind
from contracts.codes import Role
from hub.app import now
from hub.ledger import partners
from hub.ledger.engine import open_ledger
from tests.unit.cli.conftest import Run


async def _whose(url: str, token: str, hours: float) -> Partner | None:
    ledger = await open_ledger(url)
    try:
        async with ledger.read() as tx:
            return await partners.by_token_hash(tx, partners.hash_token(token), now() + timedelta(hours=hours))
    finally:
        await ledger.close()


def whose(url: str, token: str, hours: float = 0) -> Partner | None:
    return asyncio.run(_whose(url, token, hours))


def test_add_rotate_list_revoke(hub: Run, url: str) -> None:
    added = hub("partner", "add", "norfolk-police", "--kind", "police", "--code", "E23000024", "--role", "police_force")
    assert added.exit_code == 0, added.output
    first = added.stdout.strip()
    partner = whose(url, first)
    assert partner == Partner(
        name="norfolk-police", kind=PartnerKind.POLICE, code="E23000024", roles=(Role.POLICE_FORCE,)
    )
    assert whose(url, first, hours=366 * 24) is None
    assert first not in hub("partner", "list").stdout
    assert "E23000024" in hub("partner", "list").stdout
    second = hub("partner", "rotate", "norfolk-police").stdout.strip()
    assert second != first
    assert [whose(url, token, hours) is not None for token, hours in ((first, 1), (first, 73), (second, 73))] == [
        True,
        False,
        True,
    ]
    assert hub("partner", "revoke", "norfolk-police").exit_code == 0
    assert whose(url, first) is None
    assert whose(url, second) is None


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "Norfolk Police", "--kind", "police"),
        ("add", "norfolk-police", "--kind", "wizards"),
        ("add", "norfolk-police", "--kind", "police", "--role", "wizard"),
        ("rotate", "nobody"),
        ("revoke", "nobody"),
    ],
)
def test_mistakes_are_told_with_a_remedy(hub: Run, arguments: tuple[str, ...]) -> None:
    done = hub("partner", *arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 2


def test_a_partner_is_not_added_twice(hub: Run) -> None:
    assert hub("partner", "add", "x", "--kind", "dwp").exit_code == 0
    again = hub("partner", "add", "x", "--kind", "dwp")
    assert again.exit_code == 2
    assert "rotate" in again.stderr


def test_a_ledger_in_use_is_told_plainly(hub: Run, url: str) -> None:
    async def held() -> None:
        ledger = await open_ledger(url)
        try:
            done = await asyncio.to_thread(hub, "partner", "list")
            assert done.exit_code == 1
            assert "PostgreSQL" in done.stderr
        finally:
            await ledger.close()

    asyncio.run(held())
