"""How the hub connects to Kafka: one set of plain arguments, and the clients built from it.

FastStream reads; the relay writes with aiokafka's own producer, because an outbox row must reach the log byte for byte
(FastStream's publisher adds headers of its own and takes text only).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.codec import has_lz4
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.security import BaseSecurity, SASLScram512

from hub.channel.record import legible

BATCH_BYTES = 262_144
RECORD_BYTES = 4 * 1024 * 1024
GRACEFUL_SECONDS = 15.0
# A consumer that joins its group while lost topics are being made again gets no partition, until it looks again.
METADATA_MS = 5_000


@dataclass(frozen=True)
class Connection:
    """Where the brokers are and how to speak to them.

    `embedded` is the in-memory broker of the demo: no idempotent producer, no consumer groups, one process owns every
    partition. A username needs a TLS context: a password is never sent in the clear (ValueError).
    """

    bootstrap_servers: str
    embedded: bool = False
    ssl_context: SSLContext | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    client_id: str = "missing-children-hub"

    def __post_init__(self) -> None:
        if self.username is not None and self.ssl_context is None:
            raise ValueError("Kafka user given without TLS: give ssl_context (SASL_SSL), or leave the user out.")

    def client_options(self) -> dict[str, Any]:
        """Return the arguments that every aiokafka client shares."""
        options: dict[str, Any] = {"bootstrap_servers": self.bootstrap_servers, "client_id": self.client_id}
        if self.ssl_context is not None:
            options |= {"security_protocol": "SSL", "ssl_context": self.ssl_context}
        if self.username is not None:
            options |= {
                "security_protocol": "SASL_SSL",
                "sasl_mechanism": "SCRAM-SHA-512",
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        return options

    def security(self) -> BaseSecurity | None:
        """Return the same security as FastStream wants it; None for a plain connection."""
        if self.username is not None:
            return SASLScram512(self.username, self.password or "", ssl_context=self.ssl_context)
        return None if self.ssl_context is None else BaseSecurity(ssl_context=self.ssl_context)


def make_broker(connection: Connection) -> KafkaBroker:
    """Return the reading side, without subscribers yet; handlers get the whole message, undecoded."""
    return KafkaBroker(
        connection.bootstrap_servers.split(","),
        client_id=connection.client_id,
        security=connection.security(),
        consumer_only=True,
        logger=None,
        allow_auto_create_topics=False,
        metadata_max_age_ms=METADATA_MS,
        parser=keep_every_record,
        decoder=_undecoded,
        apply_types=False,
        graceful_timeout=GRACEFUL_SECONDS,
    )


def make_producer(connection: Connection) -> AIOKafkaProducer:
    """Return the writing side, not started: every replica confirms, and repeats by retry are dropped by real Kafka."""
    return AIOKafkaProducer(
        **connection.client_options(),
        acks="all",
        enable_idempotence=not connection.embedded,
        compression_type="lz4" if has_lz4() else None,
        max_batch_size=BATCH_BYTES,
        max_request_size=RECORD_BYTES,
        linger_ms=0,
        request_timeout_ms=10_000,
    )


def make_admin(connection: Connection) -> AIOKafkaAdminClient:
    """Return an admin client, not started; it gives up early, for a dead node may still be named controller."""
    return AIOKafkaAdminClient(**connection.client_options(), request_timeout_ms=5_000)


def make_reader(connection: Connection) -> AIOKafkaConsumer:
    """Return a consumer of no group, not started, to ask for offsets."""
    return AIOKafkaConsumer(**connection.client_options(), enable_auto_commit=False, request_timeout_ms=5_000)


async def keep_every_record(message: Any, original: Callable[[Any], Awaitable[KafkaMessage]]) -> KafkaMessage:
    """Parse a record or a batch so that a null or unreadable header costs nothing; handlers see the headers as sent.

    Of a batch the library's parser gets the first record only: the hub reads the raw ones.
    """
    many = isinstance(message, tuple)
    clean = legible(message[0] if many else message)
    parsed = await original((clean,) if many else clean)
    parsed.raw_message = message
    return parsed


async def _undecoded(message: KafkaMessage) -> KafkaMessage:
    return message
