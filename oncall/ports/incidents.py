"""Incidents and everything that belongs to one, as rows."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from oncall.core.accounted import Attempted
from oncall.core.call import Call, Recording
from oncall.core.carrier_pace import UNPACED, Paces
from oncall.core.delivery import Delivery, DeliveryState, Standing
from oncall.core.engineer import ContactMethod
from oncall.core.incident import Incident, IncidentState, TimelineEntry


class Incidents(Protocol):
    """The incidents."""

    def open(self, incident: Incident) -> Incident:
        """Store a new one; it comes back with its number."""
        ...

    def get(self, number: int, *, lock: bool = False) -> Incident | None:
        """One incident, or None. ``lock`` keeps others from changing it until this transaction ends."""
        ...

    def get_many(self, numbers: Iterable[int]) -> dict[int, Incident]:
        """Those of these that exist, by number."""
        ...

    def lock_free(self, numbers: Iterable[int]) -> dict[int, Incident]:
        """Those of these that nobody else has locked, by number; kept from others until this transaction ends."""
        ...

    def by_token(self, token: str) -> Incident | None:
        """The incident that a tracking link shows, or None."""
        ...

    def save(self, incident: Incident) -> Incident:
        """Store a change; comes back with the next version. Raises ConflictError if somebody else saved first."""
        ...

    def save_many(self, changed: Sequence[tuple[Incident, Incident]]) -> list[Incident]:
        """The same for several, each as it was read and as it is to be.

        Raises ConflictError if somebody else saved any of them first.
        """
        ...

    def due(self, now: datetime, limit: int) -> list[int]:
        """Numbers of incidents whose next action is due, longest due first."""
        ...

    def next_due_at(self) -> datetime | None:
        """When the next incident is due; None when nothing is open."""
        ...

    def listing(self, *, include_resolved: bool, limit: int = 500) -> list[Incident]:
        """Open ones, or all, newest first."""
        ...

    def open_for_customer(self, customer: str, number: str) -> list[Incident]:
        """Open incidents of this customer (key) or this caller's number, newest first; either may be ""."""
        ...

    def latest_for_caller(self, number: str) -> Incident | None:
        """The newest incident of this caller's number, whatever its state, or None."""
        ...

    def latest_drills(self, limit: int) -> list[Incident]:
        """Those for practice, newest first."""
        ...

    def counts(self) -> dict[IncidentState, int]:
        """How many there are in each state that any is in, drills left out.

        Of resolved ones only the newest thousand are counted.
        """
        ...

    def responses(self, since: datetime) -> list[tuple[timedelta | None, timedelta | None]]:
        """Of the newest thousand, if opened since then: how long until the first page went, and until the response.

        None where that has not happened.
        """
        ...

    def promises_due(self, now: datetime, limit: int) -> list[int]:
        """Numbers of incidents whose promise is to be looked at, longest due first."""
        ...

    def stuck(self, overdue_before: datetime, limit: int = 100) -> list[int]:
        """Numbers of open incidents with no next action, or one that was due before this instant (promise 2)."""
        ...


class Timeline(Protocol):
    """Every fact of an incident, append-only."""

    def add(self, incident: int, entries: Sequence[TimelineEntry]) -> None:
        """Append, in this order."""
        ...

    def add_many(self, entries: Sequence[tuple[int, TimelineEntry]]) -> None:
        """Append facts of several incidents (numbers), in this order."""
        ...

    def of(self, incident: int) -> list[TimelineEntry]:
        """All entries, oldest first."""
        ...


class Deliveries(Protocol):
    """Pages, notices and operator messages."""

    def add(self, deliveries: Sequence[Delivery]) -> None:
        """Enqueue."""
        ...

    def get(self, delivery_id: str, *, lock: bool = False) -> Delivery | None:
        """One delivery, or None. ``lock`` keeps others from changing it until this transaction ends."""
        ...

    def lock_many(self, delivery_ids: Sequence[str]) -> list[Delivery]:
        """Those of these that exist, each kept from others until this transaction ends; oldest incident first."""
        ...

    def save(self, delivery: Delivery) -> None:
        """Store a change of a delivery that was read with ``lock``."""
        ...

    def save_many(self, changed: Sequence[tuple[Delivery, Delivery]]) -> None:
        """Store changes of deliveries, each as it was read with ``lock`` and as it is to be, at once."""
        ...

    def claim_due(
        self, now: datetime, *, worker: str, lease_until: datetime, limit: int, paces: Paces = UNPACED
    ) -> list[Delivery]:
        """Lease what is due, or was leased by a worker whose lease ran out, most urgent first.

        A page of an incident that is not triggered is never claimed. Claimed rows come back CLAIMED, ``attempts``
        grown by one.
        """
        ...

    def first_pages_due(self, now: datetime, at_most: int) -> int:
        """How many first pages are due of incidents that nobody has been paged for; from ``at_most`` on, that."""
        ...

    def keep_pace_of(self, provider: str) -> None:
        """Remember from now on what this telephone account was handed, for whoever claims by its pace."""
        ...

    def take_turns(self, method: ContactMethod, turns: int, now: datetime, paces: Paces) -> None:
        """Take so many more turns for what was claimed; none where the method has no pace, nor where another engine
        claims at this instant."""
        ...

    def claim_cancellations(self, now: datetime, *, worker: str, lease_until: datetime, limit: int) -> list[Delivery]:
        """Lease sent deliveries that are to be stopped at the provider and have not been (``cancel_wanted``)."""
        ...

    def next_due_at(self, now: datetime | None = None, paces: Paces = UNPACED) -> datetime | None:
        """When the next delivery can be claimed (due, or a lease running out, or a cancellation); None when there is
        none."""
        ...

    def claim_asks(self, now: datetime, limit: int) -> list[Delivery]:
        """Sent ones of which nothing final was said for long, longest silence first; each is put off, so that one
        worker asks the provider about it."""
        ...

    def next_ask_at(self) -> datetime | None:
        """When the provider is to be asked next; None when there is nothing to ask about."""
        ...

    def bundled(self, bundle: str) -> list[Delivery]:
        """All deliveries that share, or shared, this one's call or text."""
        ...

    def last_provider(self, address: str, since: datetime) -> str:
        """The provider that took the latest call to this number since then; "" where none is known."""
        ...

    def calls_since(self, address: str, since: datetime) -> int:
        """How many calls went to this number since then."""
        ...

    def holds_the_line(self, address: str, *, but: int | None, since: datetime, lately: datetime) -> bool:
        """Whether a call of ours to this number, about anything ``but`` this incident, goes on since then, or was
        answered ``lately``."""
        ...

    def unfinished_pages(self, incident: int, *, lock: bool = False) -> list[Delivery]:
        """Pages of an incident that have not ended."""
        ...

    def chain(self, chain: str) -> list[Delivery]:
        """All deliveries of one run of notification rules, in order of ``position``."""
        ...

    def chains(self, chains: Sequence[str]) -> dict[str, list[Delivery]]:
        """The same of several, by the name of the run; those without deliveries are left out."""
        ...

    def of(self, incident: int) -> list[Delivery]:
        """All deliveries of an incident, oldest first."""
        ...

    def purposes(self, incidents: Sequence[int]) -> dict[int, set[str]]:
        """What there are deliveries for, of each of these incidents that has any."""
        ...

    def paged_engineers(self, incident: int) -> set[str]:
        """Keys of the engineers who were sent, or are about to be sent, a page about this incident."""
        ...

    def paged_incidents(self, engineer: str) -> list[int]:
        """Numbers of open incidents about which this engineer (key) was paged, newest first."""
        ...

    def attempted(self, address: str, since: datetime) -> list[Attempted]:
        """What went to this address since then, may have gone, or was to go."""
        ...

    def counts(self) -> dict[tuple[ContactMethod, DeliveryState], int]:
        """How many there are of each contact method in each state that any is in.

        Counted are those of the newest thousand incidents, and the newest ten thousand that are of none.
        """
        ...

    def cancellation_backlog(self, before: datetime) -> int:
        """How many cancellations have waited since before this instant."""
        ...


class Standings(Protocol):
    """How deliveries stand; cheap, for those who only want to know whether there is anything to write."""

    def of(self, delivery_id: str) -> list[Standing]:
        """The delivery's, or of all that share its call or text; empty for an unknown id."""
        ...


class Calls(Protocol):
    """Calls that came in."""

    def add(self, call: Call) -> bool:
        """Store a new call; False, and nothing stored, where its sid is known already."""
        ...

    def get(self, sid: str, *, lock: bool = False) -> Call | None:
        """One call, or None."""
        ...

    def save(self, call: Call) -> None:
        """Store a change."""
        ...

    def ended(self, sids: Sequence[str]) -> dict[str, bool]:
        """Whether each of these that is known has ended; unknown ones are left out."""
        ...

    def of(self, incident: int) -> list[Call]:
        """Calls of an incident, oldest first."""
        ...


class Recordings(Protocol):
    """What callers said."""

    def add(self, recording: Recording) -> bool:
        """Store a new recording; False, and nothing stored, where its sid is known already."""
        ...

    def get(self, sid: str, *, lock: bool = False) -> Recording | None:
        """One recording with its content, or None."""
        ...

    def save(self, recording: Recording) -> None:
        """Store a change."""
        ...

    def known(self, sids: Sequence[str]) -> frozenset[str]:
        """Those of these sids that are stored."""
        ...

    def of(self, incident: int) -> list[Recording]:
        """Recordings of an incident, oldest first, without their content."""
        ...

    def claim_due(self, now: datetime, *, again_at: datetime, limit: int) -> list[Recording]:
        """Recordings that are to be fetched now; each is put off to ``again_at`` so that one worker has it."""
        ...

    def next_due_at(self) -> datetime | None:
        """When the next recording is to be fetched; None when there is none."""
        ...


class DrillTurns(Protocol):
    """Which turn of every planned drill was begun last."""

    def is_due(self, plan: str, at: datetime) -> bool:
        """Whether this turn of a known plan has not been begun."""
        ...

    def begin(self, plan: str, at: datetime) -> bool:
        """True for the first to begin this turn. A plan that is new has had its last turn: it begins at its next."""
        ...

    def give_back(self, plan: str, at: datetime) -> bool:
        """This turn was begun, and came to nothing: it is due again. False where a later one has begun since."""
        ...

    def keep_only(self, plans: Sequence[str]) -> None:
        """Forget all plans but these."""
        ...
