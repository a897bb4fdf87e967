"""Run by Alembic. The connection, its transaction and its lock come from `oncall.store.upgrade`."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
