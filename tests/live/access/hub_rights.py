"""The hub's own Kafka user, made with the rights that the operator's page lists and no others."""

import re
from pathlib import Path
from typing import Any

from confluent_kafka import admin as kafka

from tests.live.servers.secured_kafka import ADMIN, SecuredKafka

PAGE = Path(__file__).resolve().parents[3] / "docs" / "operating.md"
_ROW = re.compile(r"^\| (topic|group)(s that begin with)? \| `([^`]+)` \| ([A-Z][a-z, A-Z]+) \|$", re.MULTILINE)


def administrator(secured: SecuredKafka) -> Any:
    """Return an administrator's client."""
    return kafka.AdminClient(
        {
            "bootstrap.servers": secured.bootstrap,
            "security.protocol": "SASL_SSL",
            "ssl.ca.location": str(secured.authority),
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": ADMIN,
            "sasl.password": secured.password,
            "log_level": 0,
        }
    )


def documented_rights(user: str) -> list[Any]:
    """Return the rights that the page lists for the hub's user."""
    found = [
        kafka.AclBinding(
            kafka.ResourceType[resource.upper()],
            name,
            kafka.ResourcePatternType.PREFIXED if prefixed else kafka.ResourcePatternType.LITERAL,
            f"User:{user}",
            "*",
            kafka.AclOperation[operation.strip().upper()],
            kafka.AclPermissionType.ALLOW,
        )
        for resource, prefixed, name, operations in _ROW.findall(PAGE.read_text(encoding="utf-8"))
        for operation in operations.split(",")
    ]
    assert len(found) >= 8, "the page lists the hub's rights in a table"
    return found


def rights_of(secured: SecuredKafka, user: str) -> list[tuple[str, str, str, str]]:
    """Ask the brokers what a user may do: resource, name, pattern and operation, sorted."""
    everything = kafka.AclBindingFilter(
        kafka.ResourceType.ANY,
        None,
        kafka.ResourcePatternType.ANY,
        f"User:{user}",
        None,
        kafka.AclOperation.ANY,
        kafka.AclPermissionType.ANY,
    )
    client = administrator(secured)
    found = client.describe_acls(everything).result()
    return sorted((one.restype.name, one.name, one.resource_pattern_type.name, one.operation.name) for one in found)


def make_hub_user(secured: SecuredKafka, user: str, password: str) -> None:
    """Make the user, and give it what the page lists."""
    client = administrator(secured)
    credential = kafka.ScramCredentialInfo(kafka.ScramMechanism.SCRAM_SHA_512, 8192)
    made = kafka.UserScramCredentialUpsertion(user, credential, password.encode())
    answers = client.alter_user_scram_credentials([made]), client.create_acls(documented_rights(user))
    for answer in answers:
        for future in answer.values():
            future.result()
