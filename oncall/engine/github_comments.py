"""What people write below an issue: an engineer's word for the customer, or the customer's for us."""

from datetime import datetime

from oncall.core.engineer import Engineer
from oncall.core.github import VIA, Comment, Happening, shortened
from oncall.core.github_markdown import without_hidden
from oncall.core.inbound import Effect, InboundEvent, Platform
from oncall.core.incident import Incident, TimelineEntry, TimelineKind
from oncall.core.partner_event import EventType
from oncall.core.production_down import says_production_is_down
from oncall.engine.github_follower import GitHubFollower
from oncall.engine.github_people import GitHubPeople
from oncall.engine.github_wrong_channel import WrongChannel
from oncall.engine.partners import Partners
from oncall.engine.prioritising import Prioritising
from oncall.engine.respond import Respond
from oncall.ports import UnitOfWork

_LONGEST = 4000


def comment_name(comment_id: int) -> str:
    """What a comment is remembered by, whether a webhook brings it or the sweep finds it."""
    return f"comment:{comment_id}"


class GitHubComments:
    """``handle`` does what a comment asks for, once."""

    def __init__(
        self,
        respond: Respond,
        partners: Partners,
        people: GitHubPeople,
        wrong_channel: WrongChannel,
        prioritising: Prioritising,
        *,
        follower: GitHubFollower | None,
    ) -> None:
        self._respond = respond
        self._partners = partners
        self._people = people
        self._wrong_channel = wrong_channel
        self._prioritising = prioritising
        self._follower = follower

    def handle(
        self, uow: UnitOfWork, event: InboundEvent, said: Happening, incident: Incident, now: datetime
    ) -> Effect:
        """The incident is locked."""
        comment = said.comment
        action = said.type.partition(".")[2]
        if comment is None or action not in ("created", "edited", "deleted"):
            return Effect("of no interest", incident.number)
        author = comment.author or said.sender
        who = said.sender if action != "created" else author
        if self._people.is_ours(who, comment.body) or not who.human or not author.human:
            return Effect("by a program", incident.number)
        if action == "created":
            return self._created(uow, event, comment, incident, now)
        name = self._people.name(who)
        text = shortened(without_hidden(comment.body), _LONGEST)
        note = f"{name} changed a comment to: {text}" if action == "edited" else f"{name} deleted a comment: {text}"
        return self._fact(uow, incident, TimelineKind.NOTE, f"{note} (by {VIA})", now, effect=f"{action} a comment")

    def _created(
        self, uow: UnitOfWork, event: InboundEvent, comment: Comment, incident: Incident, now: datetime
    ) -> Effect:
        if not _is_new(uow, event, comment, now):
            return Effect("known already", incident.number)
        # An author was there, or it would have been a program's.
        author = comment.author
        engineer = self._people.engineer(author) if author is not None else None
        text = shortened(without_hidden(comment.body), _LONGEST)
        if engineer is not None:
            return self._engineer_wrote(uow, incident, engineer, comment, text, now)
        name = author.login if author is not None else "somebody"
        effect = self._fact(uow, incident, TimelineKind.MESSAGE, f"{name} by {VIA}: {text}", now, effect="added to it")
        self._prioritising.customer_answered(incident.number, via=VIA, uow=uow)
        if incident.open and says_production_is_down(text):
            place = next((f"{link.name}#{link.key}" for link in uow.links.of(incident.number)), VIA)
            self._wrong_channel.tell(uow, incident, place, now)
        if self._follower is not None and _is_after_the_end(incident, comment):
            self._follower.after_the_end(uow, incident, now)
        return effect

    def _engineer_wrote(
        self, uow: UnitOfWork, incident: Incident, engineer: Engineer, comment: Comment, text: str, now: datetime
    ) -> Effect:
        acknowledged = ""
        if incident.open and not comment.by_program:
            acknowledged = self._people.acknowledge(uow, incident, engineer, comment.created_at)
        if incident.open and text:
            self._respond.update(incident.number, engineer=engineer.key, note=text, via=VIA, uow=uow)
        else:
            self._fact(uow, incident, TimelineKind.NOTE, f"{engineer.name} by {VIA}: {text}", now, effect="")
        return Effect(", ".join(each for each in (acknowledged, "update") if each), incident.number)

    def _fact(
        self, uow: UnitOfWork, incident: Incident, kind: TimelineKind, text: str, now: datetime, *, effect: str
    ) -> Effect:
        uow.timeline.add(incident.number, [TimelineEntry(now, kind, text)])
        self._partners.happened(uow, EventType.NOTED, incident, now)
        return Effect(effect, incident.number)


def _is_after_the_end(incident: Incident, comment: Comment) -> bool:
    """Whoever closes with a comment has written it before the end, whenever we hear of it."""
    ended, written = incident.resolved_at, comment.created_at
    return not incident.open and ended is not None and written is not None and written > ended


def _is_new(uow: UnitOfWork, event: InboundEvent, comment: Comment, now: datetime) -> bool:
    """Whether nobody has done it: a webhook may bring what the sweep has found, or the other way round."""
    mine = f"{Platform.GITHUB}:{comment_name(comment.id)}"
    taken = InboundEvent(
        mine, Platform.GITHUB, event.type, "", "", now, None, finished_at=now, effect=f"came as {event.id}"
    )
    return event.id == mine or uow.inbound_events.add(taken)
