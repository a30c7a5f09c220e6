"""Where subjects are filed so that whoever may be the same is found, and pairs that a person decides about."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "subject_drawer",
        sa.Column("drawer", sa.String(length=64), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("forget_at", MOMENT),
        sa.PrimaryKeyConstraint("drawer", "subject_id", name=op.f("pk_subject_drawer")),
    )
    op.create_index(op.f("ix_subject_drawer_subject_id"), "subject_drawer", ["subject_id"], unique=False)
    op.create_index(op.f("ix_subject_drawer_forget_at"), "subject_drawer", ["forget_at"], unique=False)
    op.create_table(
        "identity_pair",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("one", sa.Uuid(), nullable=False),
        sa.Column("other", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("proposed_at", MOMENT),
        sa.Column("decided_at", MOMENT),
        sa.Column("decided_by", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_pair")),
    )
    op.create_index(op.f("ix_identity_pair_one"), "identity_pair", ["one"], unique=False)
    op.create_index(op.f("ix_identity_pair_other"), "identity_pair", ["other"], unique=False)
    where = sa.text("state = 'proposed'")
    op.create_index(
        "ix_identity_pair_proposed",
        "identity_pair",
        ["proposed_at"],
        unique=False,
        sqlite_where=where,
        postgresql_where=where,
    )
