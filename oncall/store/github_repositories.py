"""The repositories at GitHub that customers' requests come from, as rows."""

from sqlalchemy import Connection, bindparam, select

from oncall.core.github import KnownRepository
from oncall.store.inbound_tables import github_repositories
from oncall.store.inserting import insert_in_place
from oncall.store.table_parts import columns, writer

_row = writer(KnownRepository)
_one = select(*columns(github_repositories, KnownRepository)).where(github_repositories.c.id == bindparam("wanted"))


class SqlGitHubRepositories:
    """`ports.GitHubRepositories`."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, repository: str) -> KnownRepository | None:
        """The repository of this id; None where we never heard of it."""
        row = self._connection.execute(_one, {"wanted": repository}).first()
        return None if row is None else KnownRepository(*row)

    def save(self, repository: KnownRepository) -> None:
        """Keep it, in the place of what was kept before."""
        insert_in_place(self._connection, github_repositories, _row(repository))
