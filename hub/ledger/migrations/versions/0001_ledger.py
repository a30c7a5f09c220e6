"""The ledger's first version: messages, events, subjects, outbox and inbox, episodes, dispatches, audit, partners."""

import sqlalchemy as sa
from alembic import op

from hub.ledger.columns import compress_with_lz4

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
LARGE = (
    ("message", "body"),
    ("event", "body"),
    ("ahead", "body"),
    ("outbox", "value"),
    ("episode", "state"),
    ("dispatch", "body"),
    ("delivered", "body"),
)


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("number", COUNTER, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=100), nullable=False),
        sa.Column("ids", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit")),
    )
    op.create_table(
        "clock",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("episode_id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.String(length=200), nullable=False),
        sa.Column("subject_id", sa.Uuid()),
        sa.Column("seat", sa.String(length=20)),
        sa.Column("authority", sa.String(length=20)),
        sa.Column("tick", sa.Integer(), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("fired", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
    )
    op.create_index(
        "ix_clock_due",
        "clock",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("NOT fired"),
        postgresql_where=sa.text("NOT fired"),
    )
    op.create_index(op.f("ix_clock_episode_id"), "clock", ["episode_id"], unique=False)
    op.create_table(
        "disclosure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("episode_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid()),
        sa.Column("dispatch_id", sa.Uuid()),
        sa.Column("recipient", sa.String(length=200), nullable=False),
        sa.Column("rule", sa.String(length=200), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("lawful_basis", sa.Text(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure")),
    )
    op.create_index(op.f("ix_disclosure_episode_id"), "disclosure", ["episode_id"], unique=False)
    op.create_table(
        "dispatch",
        sa.Column("position", COUNTER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("episode_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("lane", sa.String(length=200), nullable=False),
        sa.Column("thread", sa.String(length=300), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("may_have_left", sa.Boolean(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("next_attempt_at", MOMENT),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("doubtful", sa.Boolean(), nullable=False),
        sa.Column("claimed_by", sa.String(length=200)),
        sa.Column("claimed_at", MOMENT),
        sa.Column("endpoint_id", sa.String(length=300)),
        sa.Column("reference", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_dispatch")),
        sa.UniqueConstraint("id", name=op.f("uq_dispatch_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_dispatch_awaiting",
        "dispatch",
        ["next_attempt_at"],
        unique=False,
        sqlite_where=sa.text("state = 'sent'"),
        postgresql_where=sa.text("state = 'sent'"),
    )
    op.create_index(
        "ix_dispatch_claimed",
        "dispatch",
        ["lane"],
        unique=False,
        sqlite_where=sa.text("state = 'claimed'"),
        postgresql_where=sa.text("state = 'claimed'"),
    )
    op.create_index(
        "ix_dispatch_due",
        "dispatch",
        ["next_attempt_at", "position"],
        unique=False,
        sqlite_where=sa.text("state IN ('pending', 'doubtful')"),
        postgresql_where=sa.text("state IN ('pending', 'doubtful')"),
    )
    op.create_index(op.f("ix_dispatch_episode_id"), "dispatch", ["episode_id"], unique=False)
    op.create_index(
        "ix_dispatch_unsettled",
        "dispatch",
        ["lane", "subject_id", "position"],
        unique=False,
        sqlite_where=sa.text("state IN ('waiting', 'pending', 'claimed', 'doubtful')"),
        postgresql_where=sa.text("state IN ('waiting', 'pending', 'claimed', 'doubtful')"),
    )
    op.create_index(
        "uq_dispatch_live",
        "dispatch",
        ["episode_id", "lane", "subject_id", "thread"],
        unique=True,
        sqlite_where=sa.text("live"),
        postgresql_where=sa.text("live"),
    )
    op.create_table(
        "episode",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=50), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("updated_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_episode")),
    )
    op.create_index(op.f("ix_episode_reference"), "episode", ["reference"], unique=False)
    op.create_index(op.f("ix_episode_updated_at"), "episode", ["updated_at"], unique=False)
    op.create_table(
        "episode_reference",
        sa.Column("number", COUNTER, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=100), nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("value", sa.String(length=500), nullable=False),
        sa.Column("episode_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_episode_reference")),
        sa.UniqueConstraint(
            "kind", "issuer", "value", "episode_id", name=op.f("uq_episode_reference_kind_issuer_value_episode_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_episode_reference_episode_id"), "episode_reference", ["episode_id"], unique=False)
    op.create_table(
        "episode_subject",
        sa.Column("number", COUNTER, autoincrement=True, nullable=False),
        sa.Column("episode_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_episode_subject")),
        sa.UniqueConstraint("episode_id", "subject_id", name=op.f("uq_episode_subject_episode_id_subject_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_episode_subject_subject_id", "episode_subject", ["subject_id"], unique=False)
    op.create_index(
        "uq_episode_subject_open",
        "episode_subject",
        ["subject_id"],
        unique=True,
        sqlite_where=sa.text("open"),
        postgresql_where=sa.text("open"),
    )
    op.create_table(
        "inbox",
        sa.Column("consumer", sa.String(length=100), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("consumer", "event_id", name=op.f("pk_inbox")),
    )
    op.create_index("ix_inbox_event_id", "inbox", ["event_id"], unique=False)
    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("holder", sa.String(length=200), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner", sa.String(length=200), nullable=False),
        sa.Column("adapter", sa.String(length=100), nullable=False),
        sa.Column("route", sa.String(length=200), nullable=False),
        sa.Column("message_id", sa.String(length=500), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary()),
        sa.Column("content_type", sa.String(length=200), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("fate", sa.String(length=20), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("partner", "message_id", "digest", name=op.f("uq_message_partner_message_id_digest")),
    )
    op.create_index(
        "uq_message_accepted",
        "message",
        ["partner", "message_id"],
        unique=True,
        sqlite_where=sa.text("fate = 'accepted'"),
        postgresql_where=sa.text("fate = 'accepted'"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", COUNTER, autoincrement=True, nullable=False),
        sa.Column("topic", sa.String(length=249), nullable=False),
        sa.Column("key", sa.LargeBinary()),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("event_id", sa.Uuid()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("published_at", MOMENT),
        sa.Column("partition", sa.Integer()),
        sa.Column("offset", COUNTER),
        sa.Column("cluster_id", sa.String(length=100)),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_outbox_event_id"), "outbox", ["event_id"], unique=False)
    op.create_index(
        "ix_outbox_open",
        "outbox",
        ["id"],
        unique=False,
        sqlite_where=sa.text("NOT closed"),
        postgresql_where=sa.text("NOT closed"),
    )
    op.create_index(
        "ix_outbox_unpublished",
        "outbox",
        ["id"],
        unique=False,
        sqlite_where=sa.text("published_at IS NULL"),
        postgresql_where=sa.text("published_at IS NULL"),
    )
    op.create_table(
        "partner",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=50), nullable=False),
        sa.Column("code", sa.String(length=20)),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_partner")),
    )
    op.create_table(
        "setting",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_setting")),
    )
    op.create_table(
        "subject_key",
        sa.Column("kind", sa.String(length=100), nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("value", sa.String(length=500), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "issuer", "value", name=op.f("pk_subject_key")),
    )
    op.create_index(op.f("ix_subject_key_subject_id"), "subject_key", ["subject_id"], unique=False)
    op.create_table(
        "task",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=100), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("episode_id", sa.Uuid()),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT),
        sa.Column("settled_by", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    op.create_index(op.f("ix_task_episode_id"), "task", ["episode_id"], unique=False)
    op.create_index(
        "ix_task_open",
        "task",
        ["opened_at"],
        unique=False,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "ahead",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid()),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_ahead_message_id")),
        sa.PrimaryKeyConstraint("event_id", "subject_id", name=op.f("pk_ahead")),
    )
    op.create_index(op.f("ix_ahead_expires_at"), "ahead", ["expires_at"], unique=False)
    op.create_index(op.f("ix_ahead_subject_id"), "ahead", ["subject_id"], unique=False)
    op.create_table(
        "attempt",
        sa.Column("dispatch_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("endpoint_id", sa.String(length=300)),
        sa.Column("reference", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.ForeignKeyConstraint(["dispatch_id"], ["dispatch.id"], name=op.f("fk_attempt_dispatch_id")),
        sa.PrimaryKeyConstraint("dispatch_id", "number", name=op.f("pk_attempt")),
    )
    op.create_table(
        "delivered",
        sa.Column("position", COUNTER, autoincrement=True, nullable=False),
        sa.Column("partner", sa.String(length=200), nullable=False),
        sa.Column("dispatch_id", sa.Uuid(), nullable=False),
        sa.Column("content_type", sa.String(length=200), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("collected_at", MOMENT),
        sa.ForeignKeyConstraint(["dispatch_id"], ["dispatch.id"], name=op.f("fk_delivered_dispatch_id")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_delivered")),
        sa.UniqueConstraint("partner", "dispatch_id", name=op.f("uq_delivered_partner_dispatch_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_delivered_partner_position", "delivered", ["partner", "position"], unique=False)
    op.create_table(
        "event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("episode_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("occurred_at", MOMENT, nullable=False),
        sa.Column("source_version", sa.Integer(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("message_id", sa.Uuid()),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_event_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_index(op.f("ix_event_episode_id"), "event", ["episode_id"], unique=False)
    op.create_table(
        "partner_token",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("partner", sa.String(length=200), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT),
        sa.ForeignKeyConstraint(["partner"], ["partner.name"], name=op.f("fk_partner_token_partner")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_partner_token")),
    )
    op.create_index(op.f("ix_partner_token_partner"), "partner_token", ["partner"], unique=False)
    op.create_table(
        "receipt",
        sa.Column("dispatch_id", sa.Uuid(), nullable=False),
        sa.Column("stage", sa.String(length=30), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.Text()),
        sa.Column("reference", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.ForeignKeyConstraint(["dispatch_id"], ["dispatch.id"], name=op.f("fk_receipt_dispatch_id")),
        sa.PrimaryKeyConstraint("dispatch_id", "stage", name=op.f("pk_receipt")),
    )

    compress_with_lz4(op.get_bind(), LARGE)
