"""A throwaway Apache Kafka that asks who connects: SCRAM-SHA-512 over TLS, and an access list for everything.

The plain listener is the node's own, on loopback: the controller uses it, and the tests to see whether the node is up.
"""

import contextlib
import secrets
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hub.channel.broker import Connection
from tests.live.servers.authority import make_authority, server_key_store
from tests.live.servers.kafka import KafkaNode, LocalKafka, kafka_uuid
from tests.live.servers.kafka_jars import jars
from tests.live.servers.process import free_ports

ADMIN = "admin"


@dataclass(frozen=True)
class SecuredKafka:
    """Where partners and the hub connect, whom they trust, and the administrator's password."""

    bootstrap: str
    authority: Path
    password: str = field(repr=False)

    def connection(self, user: str, password: str, authority: Path | None = None) -> Connection:
        """Return a connection as the hub makes it."""
        context = ssl.create_default_context(cafile=authority or self.authority)
        return Connection(self.bootstrap, ssl_context=context, username=user, password=password)

    @property
    def sign_in(self) -> dict[str, str]:
        """The settings of everybody who signs in."""
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap,
            "HUB_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "HUB_KAFKA_AUTHORITY": str(self.authority),
        }

    @property
    def administration(self) -> dict[str, str]:
        """The settings that only `hub partner` gets beside them."""
        return {"HUB_KAFKA_ADMIN_USERNAME": ADMIN, "HUB_KAFKA_ADMIN_PASSWORD": self.password}

    def environment(self, user: str, password: str) -> dict[str, str]:
        """Return the settings of a hub that signs in as this user."""
        return {**self.sign_in, "HUB_KAFKA_USERNAME": user, "HUB_KAFKA_PASSWORD": password}


@contextlib.contextmanager
def local_secured_kafka(folder: Path) -> Iterator[SecuredKafka]:
    """Run one node in a new folder, ready for its administrator."""
    own, controller, partners = free_ports(3)
    node = KafkaNode(1, own, controller, folder / "node1", kafka_uuid())
    cluster = LocalKafka([node], jars())
    authority, password = make_authority(folder), secrets.token_urlsafe(24)
    # On a command line for the second that the tool runs, and of no use anywhere else: the tool takes it no other way.
    scram = ("--add-scram", f"SCRAM-SHA-512=[name={ADMIN},password={password}]")
    cluster.format(_settings(node, partners, server_key_store(authority, folder)), scram)
    try:
        cluster.start()
        yield SecuredKafka(f"127.0.0.1:{partners}", authority.file, password)
    finally:
        cluster.kill()


def _settings(node: KafkaNode, partners: int, key_store: Path) -> dict[str, str]:
    open_to_partners = f"PARTNERS://127.0.0.1:{partners}"
    scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    listeners = f"PLAINTEXT://{node.address},{open_to_partners}"
    return {
        "listeners": f"{listeners},CONTROLLER://127.0.0.1:{node.controller_port}",
        "advertised.listeners": f"{listeners},CONTROLLER://127.0.0.1:{node.controller_port}",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PARTNERS:SASL_SSL",
        "listener.name.partners.ssl.keystore.type": "PEM",
        "listener.name.partners.ssl.keystore.location": str(key_store),
        "listener.name.partners.sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.partners.scram-sha-512.sasl.jaas.config": scram,
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "allow.everyone.if.no.acl.found": "false",
        "super.users": f"User:{ADMIN};User:ANONYMOUS",
    }
