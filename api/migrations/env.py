"""How Alembic runs here: on the connection that the caller holds, so that the caller owns the transaction."""

from __future__ import annotations

from alembic import context

from api.db.tables import metadata

connection = context.config.attributes.get("connection")
if connection is None:
    raise RuntimeError("migrations run through api.db.migrate, which passes the connection")

# Batches: SQLite cannot alter most things in place, so later migrations copy the table.
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
context.run_migrations()
