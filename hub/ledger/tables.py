"""The ledger's tables. A migration in `migrations/versions` goes with every change here; a test compares the two."""

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from hub.ledger.columns import Counter, JsonText, UtcDateTime

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


# What came in -------------------------------------------------------------------------------------------------------
message = Table(
    "message",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("partner", String(200), nullable=False),
    Column("adapter", String(100), nullable=False),
    Column("route", String(200), nullable=False),
    Column("message_id", String(500), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("body", LargeBinary),
    Column("content_type", String(200), nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("fate", String(20), nullable=False),
    Column("answer", JsonText, nullable=False),
    UniqueConstraint("partner", "message_id", "digest"),
    Index("uq_message_accepted", "partner", "message_id", unique=True, **_where("fate = 'accepted'")),
)

event = Table(
    "event",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("episode_id", Uuid, nullable=False, index=True),
    Column("type", String(100), nullable=False),
    Column("occurred_at", UtcDateTime, nullable=False),
    Column("source_version", Integer, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("source", String(300), nullable=False),
    Column("message_id", Uuid, ForeignKey("message.id")),
    Column("body", Text, nullable=False),
)

# Who is who ---------------------------------------------------------------------------------------------------------
subject_key = Table(
    "subject_key",
    metadata,
    Column("kind", String(100), primary_key=True),
    Column("issuer", String(200), primary_key=True),
    Column("value", String(500), primary_key=True),
    Column("subject_id", Uuid, nullable=False, index=True),
)

episode_subject = Table(
    "episode_subject",
    metadata,
    Column("number", Counter, primary_key=True, autoincrement=True),
    Column("episode_id", Uuid, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("open", Boolean, nullable=False),
    UniqueConstraint("episode_id", "subject_id"),
    Index("uq_episode_subject_open", "subject_id", unique=True, **_where("open")),
    Index("ix_episode_subject_subject_id", "subject_id"),
    sqlite_autoincrement=True,
)

episode_reference = Table(
    "episode_reference",
    metadata,
    Column("number", Counter, primary_key=True, autoincrement=True),
    Column("kind", String(100), nullable=False),
    Column("issuer", String(200), nullable=False),
    Column("value", String(500), nullable=False),
    Column("episode_id", Uuid, nullable=False, index=True),
    UniqueConstraint("kind", "issuer", "value", "episode_id"),
    sqlite_autoincrement=True,
)

ahead = Table(
    "ahead",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("subject_id", Uuid, primary_key=True, index=True),
    Column("message_id", Uuid, ForeignKey("message.id")),
    Column("body", Text, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
)

# Words by which a subject is found by whoever may be the same, as digests. Once it is found it is forgotten some day.
subject_drawer = Table(
    "subject_drawer",
    metadata,
    Column("drawer", String(64), primary_key=True),
    Column("subject_id", Uuid, primary_key=True, index=True),
    Column("forget_at", UtcDateTime, index=True),
)

identity_pair = Table(
    "identity_pair",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("one", Uuid, nullable=False, index=True),
    Column("other", Uuid, nullable=False, index=True),
    Column("state", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("reasons", JsonText, nullable=False),
    Column("proposed_at", UtcDateTime),
    Column("decided_at", UtcDateTime),
    Column("decided_by", Text),
    Index("ix_identity_pair_proposed", "proposed_at", **_where("state = 'proposed'")),
)

# Between the hub's stages -------------------------------------------------------------------------------------------
outbox = Table(
    "outbox",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("topic", String(249), nullable=False),
    Column("key", LargeBinary),
    Column("headers", JsonText, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column("event_id", Uuid, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("published_at", UtcDateTime),
    Column("partition", Integer),
    Column("offset", Counter),
    Column("cluster_id", String(100)),
    Column("closed", Boolean, nullable=False),
    Index("ix_outbox_unpublished", "id", **_where("published_at IS NULL")),
    Index("ix_outbox_open", "id", **_where("NOT closed")),
    sqlite_autoincrement=True,
)

inbox = Table(
    "inbox",
    metadata,
    Column("consumer", String(100), primary_key=True),
    Column("event_id", Uuid, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_inbox_event_id", "event_id"),
)

position = Table(
    "position",
    metadata,
    Column("consumer", String(249), primary_key=True),
    Column("topic", String(249), primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("next", Counter, nullable=False),
    Column("until", Counter, nullable=False),
)

setting = Table(
    "setting",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("value", Text, nullable=False),
)

lease = Table(
    "lease",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("holder", String(200), nullable=False),
    Column("until", UtcDateTime, nullable=False),
)

# What became of it --------------------------------------------------------------------------------------------------
episode = Table(
    "episode",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("reference", String(20), nullable=False, index=True),
    Column("status", String(50), nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", JsonText, nullable=False),
    Column("updated_at", UtcDateTime, index=True),
)

dispatch = Table(
    "dispatch",
    metadata,
    Column("position", Counter, primary_key=True, autoincrement=True),
    Column("id", Uuid, nullable=False, unique=True),
    Column("episode_id", Uuid, nullable=False, index=True),
    Column("subject_id", Uuid, nullable=False),
    Column("lane", String(200), nullable=False),
    Column("thread", String(300), nullable=False),
    Column("action", String(20), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("may_have_left", Boolean, nullable=False),
    Column("live", Boolean, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("next_attempt_at", UtcDateTime),
    Column("attempts", Integer, nullable=False),
    Column("doubtful", Boolean, nullable=False),
    Column("claimed_by", String(200)),
    Column("claimed_at", UtcDateTime),
    Column("endpoint_id", String(300)),
    Column("reference", Text),
    Column("reason", Text),
    Index("ix_dispatch_due", "lane", "next_attempt_at", "position", **_where("state IN ('pending', 'doubtful')")),
    Index(
        "ix_dispatch_unsettled",
        "lane",
        "subject_id",
        "position",
        **_where("state IN ('waiting', 'pending', 'claimed', 'doubtful')"),
    ),
    Index("ix_dispatch_claimed", "claimed_at", **_where("state = 'claimed'")),
    Index("ix_dispatch_awaiting", "next_attempt_at", **_where("state = 'sent'")),
    Index("uq_dispatch_live", "episode_id", "lane", "subject_id", "thread", unique=True, **_where("live")),
    sqlite_autoincrement=True,
)

attempt = Table(
    "attempt",
    metadata,
    Column("dispatch_id", Uuid, ForeignKey("dispatch.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("endpoint_id", String(300)),
    Column("reference", Text),
    Column("reason", Text),
)

receipt = Table(
    "receipt",
    metadata,
    Column("dispatch_id", Uuid, ForeignKey("dispatch.id"), primary_key=True),
    Column("stage", String(30), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("by", Text),
    Column("reference", Text),
    Column("reason", Text),
)

delivered = Table(
    "delivered",
    metadata,
    Column("position", Counter, primary_key=True, autoincrement=True),
    Column("partner", String(200), nullable=False),
    Column("dispatch_id", Uuid, ForeignKey("dispatch.id"), nullable=False),
    Column("content_type", String(200), nullable=False),
    Column("headers", JsonText, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("collected_at", UtcDateTime),
    UniqueConstraint("partner", "dispatch_id"),
    Index("ix_delivered_partner_position", "partner", "position"),
    sqlite_autoincrement=True,
)

clock = Table(
    "clock",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("episode_id", Uuid, nullable=False, index=True),
    Column("rule", String(200), nullable=False),
    Column("subject_id", Uuid),
    Column("seat", String(20)),
    Column("authority", String(20)),
    Column("tick", Integer, nullable=False),
    Column("missed", Integer, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("fired", Boolean, nullable=False),
    Index("ix_clock_due", "due_at", **_where("NOT fired")),
)

task = Table(
    "task",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", String(100), nullable=False),
    Column("title", Text, nullable=False),
    Column("detail", JsonText, nullable=False),
    Column("episode_id", Uuid, index=True),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime),
    Column("settled_by", Text),
    Index("ix_task_open", "opened_at", **_where("settled_at IS NULL")),
)

# Who saw what -------------------------------------------------------------------------------------------------------
disclosure = Table(
    "disclosure",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("outcome", String(20), nullable=False),
    Column("episode_id", Uuid, nullable=False, index=True),
    Column("subject_id", Uuid),
    Column("dispatch_id", Uuid),
    Column("recipient", String(200), nullable=False),
    Column("rule", String(200), nullable=False),
    Column("clause", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("lawful_basis", Text, nullable=False),
    Column("fields", JsonText, nullable=False),
    Column("reason", Text),
    Column("at", UtcDateTime, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("number", Counter, primary_key=True, autoincrement=False),
    Column("kind", String(100), nullable=False),
    Column("ids", JsonText, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("hash", String(64), nullable=False),
)

partner = Table(
    "partner",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("kind", String(50), nullable=False),
    Column("code", String(20)),
    Column("roles", JsonText, nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
)

partner_token = Table(
    "partner_token",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("partner", String(200), ForeignKey("partner.name"), nullable=False, index=True),
    Column("made_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
)

# Large columns, as (table, column).
LARGE = (
    ("message", "body"),
    ("event", "body"),
    ("ahead", "body"),
    ("outbox", "value"),
    ("episode", "state"),
    ("dispatch", "body"),
    ("delivered", "body"),
)
