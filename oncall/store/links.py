"""Which issue or thread an incident lives in, as rows."""

from sqlalchemy import Connection, bindparam, select, update

from oncall.core.inbound import Link, Platform
from oncall.store.inbound_tables import incident_links
from oncall.store.inserting import insert_in_place, insert_unless_known
from oncall.store.table_parts import columns, writer

_row = writer(Link)
_all = select(*columns(incident_links, Link))
_there = (incident_links.c.platform == bindparam("at"), incident_links.c.place == bindparam("in_place"))
_one = _all.where(*_there, incident_links.c.key == bindparam("wanted"))
_of = _all.where(incident_links.c.incident == bindparam("of_incident")).order_by(
    incident_links.c.created_at, incident_links.c.platform
)
_move = (
    update(incident_links)
    .where(*_there, incident_links.c.name != bindparam("new_name"))
    .values(name=bindparam("new_name"))
)


class SqlLinks:
    """`ports.Links`."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, link: Link) -> bool:
        """Keep it; False, and nothing stored, where that issue or thread has an incident already."""
        return insert_unless_known(self._connection, incident_links, _row(link))

    def save(self, link: Link) -> None:
        """Keep it, in the place of what was kept before of this issue or thread."""
        insert_in_place(self._connection, incident_links, _row(link))

    def find(self, platform: Platform, place: str, key: str) -> Link | None:
        """The link of an issue or thread; None where it is none of ours."""
        wanted = {"at": platform, "in_place": place, "wanted": key}
        row = self._connection.execute(_one, wanted).first()
        return None if row is None else Link(*row)

    def of(self, incident: int) -> list[Link]:
        """Where an incident lives, oldest first."""
        return [Link(*row) for row in self._connection.execute(_of, {"of_incident": incident})]

    def move(self, platform: Platform, place: str, *, name: str) -> int:
        """A place has another name; how many links were changed."""
        return self._connection.execute(_move, {"at": platform, "in_place": place, "new_name": name}).rowcount
