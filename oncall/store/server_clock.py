"""The database server's clock: only `oncall doctor` asks for it, to compare clocks. Nothing is ever decided by it."""

from datetime import UTC, datetime

from sqlalchemy import Connection


def server_now(connection: Connection) -> datetime | None:
    """The server's time; None on SQLite, whose clock is this machine's."""
    if connection.dialect.name != "postgresql":
        return None
    found: datetime = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    return found.astimezone(UTC)
