"""Alembic's entry: the hub hands in the connection, see hub/ledger/upgrading.py."""

from alembic import context

from hub.ledger.tables import metadata

connection = context.config.attributes.get("connection")
if connection is None:
    raise RuntimeError("run migrations through hub.ledger.engine.upgrade, which opens the right database")
context.configure(connection=connection, target_metadata=metadata, compare_type=True, transactional_ddl=False)
with context.begin_transaction():
    context.run_migrations()
