"""The rows: incidents, deliveries, calls and the rest, on SQLite or PostgreSQL."""

from oncall.store.database import SqlDatabase, open_store
from oncall.store.upgrade import schema_is_current, upgrade

__all__ = ["SqlDatabase", "open_store", "schema_is_current", "upgrade"]
