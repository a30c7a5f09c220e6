"""What is due is found lane by lane, and stale claims by their age."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_INDEXES = (
    ("ix_dispatch_due", "state IN ('pending', 'doubtful')", ["lane", "next_attempt_at", "position"]),
    ("ix_dispatch_claimed", "state = 'claimed'", ["claimed_at"]),
)


def upgrade() -> None:
    for name, condition, columns in _INDEXES:
        op.drop_index(name, "dispatch")
        where = sa.text(condition)
        op.create_index(name, "dispatch", columns, unique=False, sqlite_where=where, postgresql_where=where)
