"""Partners' Kafka users: a SCRAM-SHA-512 password and an access list for each, made and removed on the brokers.

Only `hub partner` comes here, as an administrator of the cluster; the running hub has no right to make users.
"""

import asyncio
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka import admin as kafka

from hub.channel.rights import Right, partner_rights

PATIENCE_SECONDS = 20.0
ITERATIONS = 8192
_REMEDIES = {
    KafkaError.CLUSTER_AUTHORIZATION_FAILED: "give HUB_KAFKA_ADMIN_USERNAME the right to alter the cluster",
    KafkaError.SECURITY_DISABLED: "set authorizer.class.name on the brokers: without it no access list holds",
}


class UsersRefused(Exception):
    """The brokers cannot be reached, or refused a change of users; the message says what to do. Repeating is safe."""


@dataclass(frozen=True)
class Administrator:
    """Who changes users, and where: SASL over TLS, always. `authority` is a PEM file; None takes the system's."""

    bootstrap_servers: str
    username: str
    password: str = field(repr=False)
    authority: Path | None = None


class Users:
    """The partners' users of one cluster. Every method raises UsersRefused and may be called again after it."""

    def __init__(self, administrator: Administrator) -> None:
        self._where = administrator.bootstrap_servers
        options: dict[str, Any] = {
            "bootstrap.servers": administrator.bootstrap_servers,
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": administrator.username,
            "sasl.password": administrator.password,
            "client.id": "missing-children-hub-users",
            "log_level": 0,
        }
        if administrator.authority is not None:
            options["ssl.ca.location"] = str(administrator.authority)
        self._admin = kafka.AdminClient(options)

    async def give(self, partner: str, password: str) -> None:
        """Let a partner in with this password and its own rights; an earlier password ends.

        The rights come first: brokers without access lists refuse them, and nobody is let in.
        """
        await self._all(self._admin.create_acls([_binding(partner, right) for right in partner_rights(partner)]))
        credential = kafka.ScramCredentialInfo(kafka.ScramMechanism.SCRAM_SHA_512, ITERATIONS)
        made = kafka.UserScramCredentialUpsertion(partner, credential, password.encode())
        await self._all(self._admin.alter_user_scram_credentials([made]))

    async def remove(self, partner: str) -> bool:
        """Take every right of a partner and then its password; false when it had neither.

        The rights come first: they end what connections that are open may do, a password only keeps out new ones.
        """
        taken = await self._all(self._admin.delete_acls([_everything_of(partner)]))
        ended = [kafka.UserScramCredentialDeletion(partner, mechanism) for mechanism in await self._mechanisms(partner)]
        if ended:
            await self._all(self._admin.alter_user_scram_credentials(ended))
        return bool(ended) or any(taken)

    async def _mechanisms(self, partner: str) -> list[Any]:
        described = self._admin.describe_user_scram_credentials([partner])
        try:
            found = await self._all(described)
        except KafkaException as error:
            if error.args[0].code() == KafkaError.RESOURCE_NOT_FOUND:
                return []
            raise
        return [info.mechanism for one in found for info in one.scram_credential_infos]

    async def _all(self, asked: Mapping[Any, Future[Any]]) -> list[Any]:
        """Wait for the answers to one request."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await asyncio.gather(*map(asyncio.wrap_future, asked.values()))
        except TimeoutError:
            raise UsersRefused(_unreachable(self._where)) from None
        except KafkaException as error:
            code = error.args[0].code()
            if code == KafkaError.RESOURCE_NOT_FOUND:
                raise
            raise UsersRefused(_said(self._where, error.args[0])) from None


def _binding(partner: str, right: Right) -> kafka.AclBinding:
    pattern = kafka.ResourcePatternType.PREFIXED if right.prefixed else kafka.ResourcePatternType.LITERAL
    return kafka.AclBinding(
        kafka.ResourceType[right.resource.name],
        right.name,
        pattern,
        f"User:{partner}",
        "*",
        kafka.AclOperation[right.operation.name],
        kafka.AclPermissionType.ALLOW,
    )


def _everything_of(partner: str) -> kafka.AclBindingFilter:
    return kafka.AclBindingFilter(
        kafka.ResourceType.ANY,
        None,
        kafka.ResourcePatternType.ANY,
        f"User:{partner}",
        None,
        kafka.AclOperation.ANY,
        kafka.AclPermissionType.ANY,
    )


def _said(where: str, error: Any) -> str:
    remedy = _REMEDIES.get(error.code())
    if remedy is None:
        return _unreachable(where) if error.code() < 0 else f"Kafka at {where} refused: {error.name()}."
    return f"Kafka at {where} refused: {error.name()}. Remedy: {remedy}."


def _unreachable(where: str) -> str:
    return (
        f"Kafka at {where} did not answer its administrator. Check that the brokers run, HUB_KAFKA_AUTHORITY, "
        "HUB_KAFKA_ADMIN_USERNAME and HUB_KAFKA_ADMIN_PASSWORD."
    )
