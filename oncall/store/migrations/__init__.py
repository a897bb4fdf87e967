"""Alembic's migrations. Every revision is safe while the previous release is still running."""
