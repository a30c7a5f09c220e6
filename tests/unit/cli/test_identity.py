"""`hub identity`: pending, show, accept, reject, unlink against a hub that listens."""

import asyncio

import pytest

from hub.ledger import pairs
from hub.ledger.engine import open_ledger, upgrade
from tests.unit.channel import parts
from tests.unit.channel.describing import Room, named, report
from tests.unit.cli.conftest import Run
from tests.unit.cli.test_calling import Running, running  # noqa: F401 - a fixture

PAIR = str(pairs.new_pair(named(1)[1], named(2)[1]).id)


async def _reported(url: str) -> None:
    await upgrade(url)
    ledger = await open_ledger(url)
    await Room(ledger, parts.book()).route(report(1), report(2))
    await ledger.close()


@pytest.fixture(autouse=True)
def before(tmp_path: object) -> None:
    """Two reports that may be of one child lie in the ledger before the hub opens it."""
    asyncio.run(_reported(f"sqlite+aiosqlite:///{tmp_path}/served.db"))


def test_look_and_decide(before: None, hub: Run, running: Running) -> None:  # noqa: F811
    def ask(*words: str) -> str:
        done = hub("identity", *words, "--url", running.url, HUB_TOKEN=running.operator)
        assert done.exit_code == 0, done.output
        return done.stdout

    assert PAIR in ask("pending")
    assert "Marlowe" not in ask("pending")
    shown = ask("show", PAIR)
    assert "Marlowe" in shown
    assert "The dates of birth are the same." in shown
    assert ask("accept", PAIR, "--by", "A. Manager").startswith("accepted: decided by A. Manager")
    assert "none" in ask("pending")
    refused = hub("identity", "reject", PAIR, "--by", "B", "--url", running.url, HUB_TOKEN=running.operator)
    assert (refused.exit_code, "accepted by A. Manager" in refused.stderr) == (1, True)
    assert ask("unlink", PAIR, "--by", "B. Clerk").startswith("unlinked: decided by B. Clerk")
    assert ask("accept", PAIR, "--by", "C", "--revises", "3").startswith("accepted: decided by C")


def test_a_token_is_needed(hub: Run) -> None:
    assert hub("identity", "pending", HUB_TOKEN="").exit_code == 2
