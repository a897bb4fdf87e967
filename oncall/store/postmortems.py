"""Post-mortems with their texts and actions, as rows."""

from datetime import date, datetime, timedelta

from sqlalchemy import Connection, and_, bindparam, case, delete, exists, false, func, literal, or_, select, update

from oncall.core.incident import IncidentState, Resolution, TimelineKind
from oncall.core.postmortem import Postmortem, Version
from oncall.core.postmortem_actions import Action, ActionState
from oncall.core.sla import Priority
from oncall.errors import ConflictError
from oncall.store.inserting import insert_in_place, insert_unless_known
from oncall.store.postmortem_tables import (
    postmortem_actions,
    postmortem_versions,
    postmortems,
    runs_not_yet,
    to_be_done,
    to_be_looked_at,
)
from oncall.store.table_parts import columns, writer
from oncall.store.tables import incidents, is_major, is_open, timeline

_row, _version_row, _action_row = writer(Postmortem), writer(Version), writer(Action)
_all = select(*columns(postmortems, Postmortem))
_one = _all.where(postmortems.c.incident == bindparam("wanted"))
_one_locked = _one.with_for_update()
_update = update(postmortems).where(postmortems.c.incident == bindparam("saved"))
_remove = delete(postmortems).where(postmortems.c.incident == bindparam("gone"))
_newest = _all.order_by(postmortems.c.incident.desc()).limit(bindparam("most"))
_has_an_open_action = exists().where(
    postmortem_actions.c.incident == postmortems.c.incident, postmortem_actions.c.state == ActionState.OPEN
)
_is_owed = and_(
    postmortems.c.waived == "", postmortems.c.published_version == 0, postmortems.c.due_at.is_not(None)
)  # as `core.postmortem.Postmortem.is_owed`
_owed = (
    _all.where(postmortems.c.customer == bindparam("wanted"))
    .where(or_(_is_owed, and_(postmortems.c.published_version > 0, _has_an_open_action)))
    .order_by(postmortems.c.incident.desc())
)
_due = (
    select(postmortems.c.incident)
    .where(to_be_looked_at, postmortems.c.look_at <= bindparam("now"))
    .order_by(postmortems.c.look_at)
    .limit(bindparam("most"))
)
_ended = (
    select(postmortems.c.incident)
    .join(incidents, incidents.c.number == postmortems.c.incident)
    .where(runs_not_yet, incidents.c.state == IncidentState.RESOLVED)
    .order_by(postmortems.c.incident)
    .limit(bindparam("most"))
)
_has_none = ~exists().where(postmortems.c.incident == incidents.c.number)
_is_real = and_(
    incidents.c.drill == false(),
    or_(incidents.c.resolution.is_(None), incidents.c.resolution != Resolution.SCREENED),
    _has_none,
)
_down = and_(incidents.c.priority == Priority.PRODUCTION_DOWN, _is_real)
_major = select(incidents.c.number).where(is_major, _is_real).order_by(incidents.c.number).limit(bindparam("most"))
_was_reopened = exists().where(timeline.c.incident == incidents.c.number, timeline.c.kind == TimelineKind.REOPENED)
# As `core.postmortem.down_since`.
_down_since = case(
    (_was_reopened, incidents.c.opened_at), else_=func.coalesce(incidents.c.promised_at, incidents.c.opened_at)
)
_still_down = (
    select(incidents.c.number)
    # As well as since when it is down, which asks the timeline: of most that is not needed.
    .where(is_open, incidents.c.opened_at <= bindparam("down_since"), _down, _down_since <= bindparam("down_since"))
    .order_by(incidents.c.number)
    .limit(bindparam("most"))
)
_was_down = select(incidents.c.number, _down_since, incidents.c.resolved_at).where(
    incidents.c.resolved_at >= bindparam("over_since"), _down
)
_versions = (
    select(
        postmortem_versions.c.incident,
        postmortem_versions.c.version,
        literal(""),
        postmortem_versions.c.by,
        postmortem_versions.c.via,
        postmortem_versions.c.written_at,
    )
    .where(postmortem_versions.c.incident == bindparam("of"))
    .order_by(postmortem_versions.c.version.desc())
)
_text = select(*columns(postmortem_versions, Version)).where(
    postmortem_versions.c.incident == bindparam("of"), postmortem_versions.c.version == bindparam("wanted")
)
_every_action = select(*columns(postmortem_actions, Action))
_actions = _every_action.where(postmortem_actions.c.incident == bindparam("of")).order_by(
    postmortem_actions.c.place, postmortem_actions.c.key
)
_actions_locked = _actions.with_for_update()
_action = _every_action.where(
    postmortem_actions.c.incident == bindparam("of"), postmortem_actions.c.key == bindparam("wanted")
)
_actions_due = (
    _every_action.where(postmortem_actions.c.due_on <= bindparam("day"), to_be_done)
    .order_by(postmortem_actions.c.due_on, postmortem_actions.c.incident)
    .limit(bindparam("most"))
)


class SqlPostmortems:
    """`ports.Postmortems`."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, postmortem: Postmortem) -> bool:
        """Keep a new one; False, and nothing stored, where its incident has one."""
        return insert_unless_known(self._connection, postmortems, _row(postmortem))

    def get(self, incident: int, *, lock: bool = False) -> Postmortem | None:
        """That of an incident, or None."""
        row = self._connection.execute(_one_locked if lock else _one, {"wanted": incident}).first()
        return None if row is None else Postmortem(*row)

    def save(self, postmortem: Postmortem) -> None:
        """Store a change. Raises ConflictError where it is gone."""
        if self._connection.execute(_update, {**_row(postmortem), "saved": postmortem.incident}).rowcount != 1:
            raise ConflictError(f"the post-mortem of incident {postmortem.incident} is gone: read it again")

    def remove(self, incident: int) -> None:
        """Forget one of which nothing is written."""
        self._connection.execute(_remove, {"gone": incident})

    def listing(self, limit: int = 200) -> list[Postmortem]:
        """The newest first."""
        return [Postmortem(*row) for row in self._connection.execute(_newest, {"most": limit})]

    def owed_to(self, customer: str) -> list[Postmortem]:
        """All that this customer waits for, the newest first."""
        return [Postmortem(*row) for row in self._connection.execute(_owed, {"wanted": customer})]

    def due(self, now: datetime, limit: int) -> list[int]:
        """Incidents of those at which somebody is to be told, longest due first."""
        return list(self._connection.execute(_due, {"now": now, "most": limit}).scalars())

    def waiting_for_the_end(self, limit: int) -> list[int]:
        """Incidents of those whose time does not run yet, although the downtime is over."""
        return list(self._connection.execute(_ended, {"most": limit}).scalars())

    def wanted(self, now: datetime, *, after_for: timedelta | None, over_since: datetime, limit: int) -> list[int]:
        """Incidents that have none and need one, oldest first."""
        run = self._connection.execute
        found = set(run(_major, {"most": limit}).scalars())
        if after_for is not None:
            found |= set(run(_still_down, {"down_since": now - after_for, "most": limit}).scalars())
            # Neither database subtracts instants as the other does.
            over = run(_was_down, {"over_since": over_since})
            found |= {number for number, since, resolved_at in over if resolved_at - since >= after_for}
        return sorted(found)[:limit]

    def add_version(self, version: Version) -> bool:
        """Keep a text; False, and nothing stored, where there is one of this number."""
        return insert_unless_known(self._connection, postmortem_versions, _version_row(version))

    def version(self, incident: int, version: int) -> Version | None:
        """One text, or None."""
        row = self._connection.execute(_text, {"of": incident, "wanted": version}).first()
        return None if row is None else Version(*row)

    def versions(self, incident: int) -> list[Version]:
        """Who wrote when, the newest first; the texts are left out."""
        return [Version(*row) for row in self._connection.execute(_versions, {"of": incident})]

    def actions(self, incident: int, *, lock: bool = False) -> list[Action]:
        """What is to be done, in the order of the text."""
        return [
            Action(*row) for row in self._connection.execute(_actions_locked if lock else _actions, {"of": incident})
        ]

    def action(self, incident: int, key: str, *, lock: bool = False) -> Action | None:
        """One, or None."""
        wanted = _action.with_for_update() if lock else _action
        row = self._connection.execute(wanted, {"of": incident, "wanted": key}).first()
        return None if row is None else Action(*row)

    def save_action(self, action: Action) -> None:
        """Keep it, in the place of what was kept before."""
        insert_in_place(self._connection, postmortem_actions, _action_row(action))

    def actions_due(self, on: date, limit: int) -> list[Action]:
        """Open ones that are due on this day or before, and of which nobody was reminded."""
        return [Action(*row) for row in self._connection.execute(_actions_due, {"day": on, "most": limit})]
