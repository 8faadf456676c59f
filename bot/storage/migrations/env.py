"""Alembic's entry: runs the migrations on the connection that `Database.migrate` hands over, in its transaction."""

from __future__ import annotations

from alembic import context

from bot.storage.tables import mapping

context.configure(connection=context.config.attributes["connection"], target_metadata=mapping.metadata)
context.run_migrations()
