"""Post-mortems as people write them: opened, written, reviewed, published, and their actions followed.

Each change is one transaction in which the post-mortem is locked. Whoever writes says which version they began from:
of two who write at the same time the second is told, and nothing of theirs is lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from oncall.core.change import Notify
from oncall.core.configuration import Configuration
from oncall.core.customer import Customer
from oncall.core.engineer import Engineer
from oncall.core.incident import Incident, TimelineEntry, TimelineKind
from oncall.core.notice import NoticePurpose
from oncall.core.partner_event import EventType
from oncall.core.plain_text import clean
from oncall.core.postmortem import Postmortem, Reminder, Version, handed_to, opened
from oncall.core.postmortem_actions import Action, ActionState, done, follow, heard
from oncall.core.postmortem_draft import is_unwritten
from oncall.core.promise_people import managers
from oncall.core.quiet_hours import quiet_until
from oncall.core.wording import notice_text
from oncall.engine.notices import Notices
from oncall.engine.partners import Partners
from oncall.engine.quiet_notices import NIGHT
from oncall.errors import UnknownIncidentError, UsageError
from oncall.ports import Environment, UnitOfWork

MOST_CHARACTERS = 100_000


class ActionIssues(Protocol):
    """Where actions live besides, such as GitHub."""

    def open_issue(self, uow: UnitOfWork, postmortem: Postmortem, action: Action, now: datetime) -> None:
        """Have an issue opened for it: an INSERT in this transaction, and nothing else.

        Asked for at every publication of an open action that has no link: the same one twice is to change nothing.
        What became of it comes back by `Postmortems.action_linked` and `Postmortems.issue_settled`.
        """
        ...

    def state_changed(self, uow: UnitOfWork, action: Action, now: datetime) -> None:
        """It was done here, dropped, or taken up again: have its issue say so, in the same way; nothing where it has
        none yet. Asked for again once it has one, where the action is open no more by then."""
        ...


@dataclass(frozen=True, slots=True)
class Known:
    """A post-mortem with everything that belongs to it. ``text`` is the newest, None before anybody has written."""

    postmortem: Postmortem
    incident: Incident
    text: Version | None
    actions: Sequence[Action]
    versions: Sequence[Version]


class WrittenMeanwhileError(UsageError):
    """Somebody else has written since the version that was begun from. ``newest`` is what they wrote."""

    def __init__(self, message: str, newest: Version) -> None:
        super().__init__(message)
        self.newest = newest


class Postmortems:
    """``by`` is an engineer's key, or the name of anybody else. Raises UnknownIncidentError and UsageError."""

    def __init__(
        self, env: Environment, notices: Notices, partners: Partners, issues: ActionIssues | None = None
    ) -> None:
        self._env = env
        self._notices = notices
        self._partners = partners
        self._issues = issues

    def get(self, number: int) -> Known | None:
        """That of an incident; None where it has none. Raises UnknownIncidentError."""
        with self._env.database.read() as uow:
            incident, postmortem = _incident(uow, number), uow.postmortems.get(number)
            if postmortem is None:
                return None
            text = uow.postmortems.version(number, postmortem.version) if postmortem.version else None
            return Known(postmortem, incident, text, uow.postmortems.actions(number), uow.postmortems.versions(number))

    def version(self, number: int, version: int) -> Version | None:
        """One text, or None."""
        with self._env.database.read() as uow:
            return uow.postmortems.version(number, version)

    def published(self, token: str) -> tuple[Incident, Postmortem, Version, Sequence[Action]] | None:
        """What a customer with this tracking link may read; None for nothing (yet)."""
        with self._env.database.read() as uow:
            incident = uow.incidents.by_token(token)
            postmortem = uow.postmortems.get(incident.number) if incident else None
            if incident is None or postmortem is None or not postmortem.published_version:
                return None
            text = uow.postmortems.version(incident.number, postmortem.published_version)
            actions = uow.postmortems.actions(incident.number)
        return None if text is None else (incident, postmortem, text, actions)

    def listing(self) -> list[tuple[Postmortem, Incident]]:
        """All of them with their incidents, the newest first."""
        with self._env.database.read() as uow:
            found = uow.postmortems.listing()
            incidents = uow.incidents.get_many(each.incident for each in found)
        return [(each, incidents[each.incident]) for each in found]

    def open(self, number: int, *, by: str, via: str) -> Postmortem:
        """That of an incident; a new one where it has none."""
        with self._env.database.begin() as uow:
            return self._opened(uow, _incident(uow, number, lock=True), f"{self._name(by)} asked for it by {via}")

    def write(self, number: int, text: str, *, by: str, via: str, base: int | None) -> Postmortem:
        """Keep this as the newest version. ``base`` is the version that it was begun from, 0 for none; None puts it in
        the place of whichever is the newest. The same text again changes nothing. Raises WrittenMeanwhileError."""
        kept = clean(text).strip()
        if not kept:
            raise UsageError("Nothing was kept: the text is empty.")
        if len(kept) > MOST_CHARACTERS:
            raise UsageError(f"The text has {len(kept):,} characters; {MOST_CHARACTERS:,} can be kept. Shorten it.")
        kept += "\n"
        with self._env.database.begin() as uow:
            incident, now = _incident(uow, number, lock=True), self._env.clock.now()
            before = self._opened(uow, incident, f"{self._name(by)} wrote it by {via}")
            newest = uow.postmortems.version(number, before.version) if before.version else None
            if newest is not None and newest.text == kept:
                return before
            if newest is not None and base is not None and base != before.version:
                raise WrittenMeanwhileError(
                    f"{newest.by} has written version {newest.version} since you began from {base or 'the draft'}:"
                    " nothing was kept yet. Put the two together, and keep it again.",
                    newest,
                )
            name = self._name(by)
            version = Version(number, before.version + 1, kept, name, via, now)
            uow.postmortems.add_version(version)
            after = replace(before, version=version.version, written_by=by)
            uow.postmortems.save(after)
            known = {action.key: action for action in uow.postmortems.actions(number, lock=True)}
            previous = newest.text if newest is not None else ""
            for action in follow(known.values(), kept, number, previous=previous, by=name, now=now):
                uow.postmortems.save_action(action)
                self._tell_issue(uow, known.get(action.key), action, now)
            self._env.log("postmortem.written", incident=number, version=version.version, by=by)
        return after

    def review(self, number: int, version: int, *, by: str) -> Postmortem:
        """Somebody who did not write the newest version has read it, and stands by it."""
        with self._env.database.begin() as uow:
            before = self._known(uow, number)
            if before.waived or not before.version:
                raise UsageError("There is nothing to review yet: write it first.")
            if version != before.version:
                raise UsageError(f"There is a newer version, {before.version}: read that one first.")
            if by == before.written_by:
                raise UsageError(f"{self._name(by)} wrote this version: somebody else reviews it.")
            after = replace(before, reviewed_version=version, reviewed_by=by)
            uow.postmortems.save(after)
            uow.timeline.add(
                number,
                [self._entry(f"{self._name(by)} reviewed the post-mortem (version {version})")],
            )
        return after

    def publish(self, number: int, *, by: str, via: str, notify_again: bool = False) -> Postmortem:
        """Let the customer read the newest version, which was reviewed; tell them once, a correction only where that is
        asked for."""
        configuration = self._env.configuration.current()
        with self._env.database.begin() as uow:
            incident, now = _incident(uow, number, lock=True), self._env.clock.now()
            before = self._known(uow, number)
            text = uow.postmortems.version(number, before.version)
            if text is None:
                raise UsageError("There is nothing to publish yet: write it first.")
            if not before.is_reviewed:
                raise UsageError(f"Version {before.version} is not reviewed yet: somebody who did not write it does.")
            if is_unwritten(text.text):
                raise UsageError("Something is still to be written: look for “To be written” in the text.")
            if found := _private_number(text.text, incident, configuration):
                raise UsageError(f"The text names the telephone number of {found}: leave it out, and publish again.")
            if before.published_version == before.version and not notify_again:
                return before
            tells = before.noticed_at is None or notify_again
            after = replace(
                before,
                published_version=before.version,
                published_at=now,
                noticed_at=now if tells else before.noticed_at,
                look_at=None,
                waived="",
            )
            uow.postmortems.save(after)
            uow.timeline.add(
                number, [self._entry(f"{self._name(by)} by {via}: post-mortem published (version {after.version})")]
            )
            if tells:
                self._tell_customer(uow, incident, configuration, now)
                self._tell_where_it_lives(uow, incident, configuration, f"{self._name(by)} by {via}", now)
            for action in uow.postmortems.actions(number) if self._issues else ():
                if self._issues and action.state is ActionState.OPEN and not action.link:
                    self._issues.open_issue(uow, after, action, now)
            uow.wake_engine()
            self._env.log("postmortem.published", incident=number, version=after.version, told=tells)
        return after

    def waive(self, number: int, reason: str, *, by: str, via: str) -> Postmortem:
        """None is needed, for this reason; "" takes that back."""
        reason = " ".join(clean(reason).split())[:300]
        with self._env.database.begin() as uow:
            before, now = self._known(uow, number), self._env.clock.now()
            if before.published_version:
                raise UsageError("It is published already.")
            after = replace(before, waived=reason, look_at=None if reason else now)
            uow.postmortems.save(after)
            said = f"no post-mortem is needed: {reason}" if reason else "a post-mortem is needed after all"
            uow.timeline.add(number, [self._entry(f"{self._name(by)} by {via}: {said}")])
            uow.wake_engine()
        return after

    def hand_to(self, number: int, owner: str) -> Postmortem:
        """Somebody else owns it from now on, and is told how it stands. Raises UsageError for who is no engineer."""
        if owner not in self._env.configuration.current().engineers:
            raise UsageError(f"there is no engineer `{owner}`: name one by the key in the YAML")
        with self._env.database.begin() as uow:
            after = handed_to(self._known(uow, number), owner, self._env.clock.now())
            uow.postmortems.save(after)
            uow.timeline.add(number, [self._entry(f"{self._name(owner)} owns the post-mortem")])
        return after

    def action_is_done(self, number: int, key: str, *, by: str, is_done: bool = True) -> Action | None:
        """An action is done, or taken up again; None where there is no such action."""
        now = self._env.clock.now()
        with self._env.database.begin() as uow:
            before = uow.postmortems.action(number, key, lock=True)
            if before is None:
                return None
            after = done(before, is_done=is_done, by=self._name(by), now=now)
            if after != before:
                uow.postmortems.save_action(after)
                self._tell_issue(uow, before, after, now)
            return after

    def issue_settled(
        self, uow: UnitOfWork, number: int, key: str, *, by: str, is_done: bool, at: datetime
    ) -> Action | None:
        """A person closed the issue of an action then, or opened it again; None where there is no such action."""
        before = uow.postmortems.action(number, key, lock=True)
        if before is None:
            return None
        after = heard(before, is_closed=is_done, by=self._name(by), at=at)
        uow.postmortems.save_action(after)
        return after

    def _tell_issue(self, uow: UnitOfWork, before: Action | None, after: Action, now: datetime) -> None:
        if self._issues is None or before is None:
            return
        if (before.state is ActionState.OPEN) != (after.state is ActionState.OPEN):
            self._issues.state_changed(uow, after, now)

    def action_linked(self, uow: UnitOfWork, number: int, key: str, link: str) -> None:
        """The issue in which an action lives is open now; nothing where there is no such action."""
        before = uow.postmortems.action(number, key, lock=True)
        if before is None or before.link == link:
            return
        after = replace(before, link=link)
        uow.postmortems.save_action(after)
        if self._issues is not None and after.state is not ActionState.OPEN:
            self._issues.state_changed(uow, after, self._env.clock.now())

    def _tell_customer(self, uow: UnitOfWork, incident: Incident, configuration: Configuration, now: datetime) -> None:
        """By text to whoever called, and by email to the customer's contacts; never at night."""
        url = self._env.public_url
        link = (("tracking_url", f"{url}/track/{incident.token}/postmortem"),) if url else ()
        not_before = quiet_until(NIGHT, configuration.business_hours.timezone, now) or now
        notice = Notify(NoticePurpose.POSTMORTEM, link)
        customer: Customer | None = configuration.customers.get(incident.customer)
        addresses = [each.email for each in customer.contacts if each.email] if customer else []
        if self._env.email_connected and addresses:
            self._notices.by_email(uow, incident, notice, dict.fromkeys(addresses), now, not_before)
            if not incident.caller_number:
                return
        self._notices.enqueue(uow, incident, [notice], now, not_before=not_before)

    def _tell_where_it_lives(
        self, uow: UnitOfWork, incident: Incident, configuration: Configuration, who: str, now: datetime
    ) -> None:
        """In its issue or its thread, where whoever wrote to us reads; nowhere for what came by phone and stayed
        there."""
        if not self._notices.answered_there(incident) and not uow.links.of(incident.number):
            return
        url = self._env.public_url
        details = {"tracking_url": f"{url}/track/{incident.token}/postmortem"} if url else {}
        facts = {"hotline": configuration.hotline.company, "hotline_number": configuration.hotline.number, **details}
        said = notice_text(NoticePurpose.POSTMORTEM, incident, facts, configuration.hotline.language)
        uow.timeline.add(incident.number, [TimelineEntry(now, TimelineKind.UPDATE, f"{who}: {said}", said)])
        self._partners.happened(uow, EventType.UPDATED, incident, now)

    def _opened(self, uow: UnitOfWork, incident: Incident, why: str) -> Postmortem:
        found = uow.postmortems.get(incident.number, lock=True)
        if found is not None:
            return found
        if incident.drill:
            raise UsageError("A drill has no post-mortem.")
        configuration, now = self._env.configuration.current(), self._env.clock.now()
        new = opened(
            incident,
            configuration.postmortems,
            configuration.business_hours,
            why=why,
            owner=owner_of(incident, uow.timeline.of(incident.number), configuration),
            now=now,
        )
        # Whoever asks for it knows: only the reminders are to come.
        known = replace(new, told=Reminder.OPENED, told_at=now)
        uow.postmortems.add(known)
        uow.wake_engine()
        return known

    def _known(self, uow: UnitOfWork, number: int) -> Postmortem:
        _incident(uow, number, lock=True)
        found = uow.postmortems.get(number, lock=True)
        if found is None:
            raise UsageError(f"Incident {number} has no post-mortem yet: write it first.")
        return found

    def _entry(self, text: str) -> TimelineEntry:
        return TimelineEntry(self._env.clock.now(), TimelineKind.NOTE, text)

    def _name(self, by: str) -> str:
        engineer = self._env.configuration.current().engineers.get(by)
        return engineer.name if engineer else by


def owner_of(incident: Incident, timeline: Sequence[TimelineEntry], configuration: Configuration) -> str:
    """The key of the engineer who owes it: whom the YAML names, else who had the incident last, else the first manager;
    "" for nobody."""
    named = configuration.postmortems.owner or incident.acknowledged_by or incident.resume_with
    if named in configuration.engineers:
        return named
    if had_it := _had_it_last(timeline, configuration):
        return had_it
    first: Sequence[Engineer] = managers(configuration)
    return first[0].key if first else ""


def _had_it_last(timeline: Sequence[TimelineEntry], configuration: Configuration) -> str:
    """The incident forgets whoever fell silent, or resolved it without taking it; its timeline does not."""
    for kind, did in ((TimelineKind.ACKNOWLEDGED, "acknowledged by"), (TimelineKind.RESOLVED, "resolved it by")):
        facts = [entry.text for entry in timeline if entry.kind is kind]
        for text in reversed(facts):
            for key, engineer in configuration.engineers.items():
                if text.startswith(f"{engineer.name} {did} "):
                    return key
    return ""


def _incident(uow: UnitOfWork, number: int, *, lock: bool = False) -> Incident:
    found = uow.incidents.get(number, lock=lock)
    if found is None:
        raise UnknownIncidentError(f"There is no incident {number}.")
    return found


def _private_number(text: str, incident: Incident, configuration: Configuration) -> str:
    """Whose telephone number the text names; "" for nobody's."""
    digits = "".join(ch for ch in text if ch.isdigit() or ch not in " ./()-\u00a0")
    numbers = {engineer.phone: engineer.name for engineer in configuration.engineers.values()}
    numbers |= {each.phone: each.name for c in configuration.customers.values() for each in c.contacts if each.phone}
    if incident.caller_number and incident.caller_number not in numbers:
        numbers[incident.caller_number] = "the caller"
    numbers.pop(configuration.hotline.number, None)
    for number, name in numbers.items():
        # The national part: as people write it, with or without the country's code.
        if number and number.removeprefix("+")[-8:] in digits:
            return name
    return ""
