"""The Kafka side of `hub partner`: whether a partner has a user there, who may make it, and a new password for it."""

from typing import TYPE_CHECKING, NoReturn

from hub.cli.common import USAGE, fail, run, settings
from hub.cli.handing import handing
from hub.cli.ledger import opened_ledger

if TYPE_CHECKING:
    from pathlib import Path

    from hub.channel.users import Users
    from hub.settings import Settings

_REMEDY = (
    "Set HUB_KAFKA_ADMIN_USERNAME and HUB_KAFKA_ADMIN_PASSWORD for this command; or say --without-kafka, and let "
    "whoever keeps the brokers do it."
)


def has_topics(chosen: "Settings", name: str) -> bool:
    """Say whether the directory reaches a partner by topics of its own. Ends the command when it cannot be read."""
    from hub.procedures.loading import load_directory
    from hub.routing.rules import BookError

    try:
        return name in load_directory(chosen.directory_file).topic_partners()
    except (BookError, OSError) as error:
        fail(str(error), "Correct the directory at the place named; it says who has Kafka topics.")


def administrators_users(chosen: "Settings", name: str) -> "Users | None":
    """Return the brokers' users to change; None where Kafka does not ask who connects, or no administrator is set.

    Ends the command when the name is the hub's own user or the administrator: it would lock the hub out.
    """
    if not chosen.kafka_secured:
        return None
    if name in (chosen.kafka_username, chosen.kafka_admin_username):
        fail(f"{name} is a Kafka user of the hub itself.", "Give the partner another name.", code=USAGE)
    if not chosen.kafka_admin_username or not chosen.kafka_admin_password:
        return None
    from hub.channel.users import Administrator, Users

    return Users(
        Administrator(
            chosen.kafka_bootstrap_servers or "",
            chosen.kafka_admin_username,
            chosen.kafka_admin_password.get_secret_value(),
            chosen.kafka_authority,
        )
    )


def users_to_give(chosen: "Settings", name: str, *, wanted: bool) -> "Users | None":
    """Return where to make a partner's user; None where it needs none. Ends the command where it cannot be made."""
    if not chosen.kafka_secured or not wanted:
        return None
    found = administrators_users(chosen, name)
    if not has_topics(chosen, name):
        return None
    if found is None:
        fail(f"{name} has Kafka topics, and nobody is set who may make its user. Nothing was done.", _REMEDY)
    return found


def users_to_clear(chosen: "Settings", name: str, *, wanted: bool) -> "Users | None":
    """Return where to remove a partner's user, whatever the directory says by now; None where there can be none.

    Ends the command where the partner has topics and nobody is set who may remove its user.
    """
    if not chosen.kafka_secured or not wanted:
        return None
    found = administrators_users(chosen, name)
    if found is None and has_topics(chosen, name):
        fail(f"The Kafka user of {name} was not removed: nobody is set who may.", _REMEDY)
    return found


def renew_password(name: str, secrets_to: "Path | None") -> None:
    """Give a partner another Kafka password, and its rights anew; the earlier password lets nobody in any more."""
    from hub.app import now as clock
    from hub.ledger import audit, partners

    users, password = users_to_give(settings(), name, wanted=True), partners.new_token()
    if users is None:
        fail(
            f"{name} has no Kafka user: Kafka is not secured, or the directory gives it no topics.",
            "See HUB_KAFKA_SECURITY_PROTOCOL, and the partner's endpoint in the directory.",
            code=USAGE,
        )

    async def work() -> None:
        async with opened_ledger() as ledger:
            async with ledger.read() as tx:
                if await partners.by_name(tx, name) is None:
                    nobody(name)
            await users.give(name, password)
            async with ledger.begin() as tx:
                await audit.append(tx, "kafka_user_renewed", {"partner": name}, clock())

    with handing(secrets_to) as hand_over:
        run(work())
        hand_over(name, {"kafka_password": password})


def nobody(name: str) -> NoReturn:
    """End the command: there is no such partner."""
    fail(f"There is no partner {name}.", "hub partner list shows them all.", code=USAGE)
