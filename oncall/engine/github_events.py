"""What happens at GitHub, done here: issues become incidents, and what people do to them happens to those.

It is the handler of `engine/inbound.py`: each event is one transaction, and nobody outside is asked. What comes twice,
or late, is known by how things stand: an issue has one incident, and what is older than what we have heard undoes
nothing. Programs are not listened to, and least of all ourselves.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from oncall.core import github_labels
from oncall.core.customer import Customer
from oncall.core.engineer import Engineer
from oncall.core.github import (
    CLOSED,
    GONE,
    HEEDED,
    OPENED,
    SWEPT,
    VIA,
    Happening,
    Issue,
    User,
    read_happening,
    shortened,
)
from oncall.core.github_labels import label_priority, label_type
from oncall.core.github_markdown import without_hidden
from oncall.core.inbound import Effect, InboundEvent, Link, Platform
from oncall.core.incident import Incident, IntakeChannel, TimelineEntry, TimelineKind
from oncall.core.partner_event import EventType
from oncall.core.sla import Priority
from oncall.engine.github_actions import ActionsHeard
from oncall.engine.github_comments import GitHubComments
from oncall.engine.github_deeds import FROM_THE_LIST, deed_of, is_told, keep_told, was_found
from oncall.engine.github_follower import GitHubFollower
from oncall.engine.github_people import GitHubPeople, before_reopening, raised_elsewhere_since
from oncall.engine.github_places import customer_in
from oncall.engine.github_wrong_channel import WrongChannel
from oncall.engine.intake import Intake
from oncall.engine.partners import Partners
from oncall.engine.prioritising import Prioritising
from oncall.engine.respond import Respond
from oncall.ports import Environment, UnitOfWork

_LONGEST_SUMMARY = 1500
_LONGEST_CHANGE = 1500
_NO_INTEREST = Effect("of no interest")
_CHANGES_STATE = frozenset({"closed", "reopened", SWEPT})
_SOMEBODY = User("somebody", human=True)


@dataclass(frozen=True, slots=True)
class _About:
    """One happening to one issue: whose it is, and when it was."""

    said: Happening
    issue: Issue
    customer: Customer
    at: datetime
    now: datetime

    @property
    def action(self) -> str:
        return self.said.type.partition(".")[2]

    @property
    def place(self) -> str:
        return f"{self.said.repository.name}#{self.issue.number}"


class GitHubEvents:
    """``handle`` is an `engine.inbound.Handler`."""

    def __init__(
        self,
        env: Environment,
        intake: Intake,
        respond: Respond,
        partners: Partners,
        *,
        people: GitHubPeople,
        follower: GitHubFollower | None,
        wrong_channel: WrongChannel,
        prioritising: Prioritising,
        actions: ActionsHeard,
    ) -> None:
        self._env = env
        self._intake = intake
        self._respond = respond
        self._partners = partners
        self._people = people
        self._follower = follower
        self._wrong_channel = wrong_channel
        self._prioritising = prioritising
        self._actions = actions
        self._comments = GitHubComments(respond, partners, people, wrong_channel, prioritising, follower=follower)

    def handle(self, uow: UnitOfWork, event: InboundEvent, now: datetime) -> Effect:
        """Do what an event asks for, and say what became of it."""
        if event.type.partition(".")[0] not in HEEDED:
            return _NO_INTEREST
        said = read_happening(event.type, event.body)
        if said is None:
            return Effect("it cannot be read")
        customer = customer_in(self._env, uow, said.repository, now)
        about_an_action = self._actions.heard(uow, said)
        if about_an_action is not None:
            return about_an_action
        if customer is None:
            return Effect(f"{said.repository.name} is no customer's repository")
        if said.issue is None:
            return _NO_INTEREST
        if said.issue.pull_request:
            return Effect("a pull request")
        if not _is_first(uow, event, now):
            return Effect("known already")
        # Nothing that is to come can have happened.
        at = min(said.issue.updated_at or now, now)
        about = _About(said, said.issue, customer, at, now)
        if not _is_told_first(uow, event, about):
            return Effect("told already")
        if said.type.startswith("issue_comment."):
            return self._commented(uow, event, about)
        return self._happened(uow, about)

    def _commented(self, uow: UnitOfWork, event: InboundEvent, about: _About) -> Effect:
        link = self._link(uow, about) or self._missed(uow, about)
        if link is None:
            return Effect("an issue that is no incident")
        return self._comments.handle(uow, event, about.said, self._locked(uow, link), about.now)

    def _happened(self, uow: UnitOfWork, about: _About) -> Effect:
        action = about.action
        link = self._link(uow, about)
        if link is None or action == "opened":
            return self._first_heard(uow, about, link, action)
        incident = self._locked(uow, link)
        if link.heard_at is not None and about.at < link.heard_at:
            return Effect("too late", incident.number)
        if action in _CHANGES_STATE:
            return self._state_changed(uow, about, link, incident, action)
        match action:
            case "edited":
                return self._edited(uow, about, incident)
            case "labeled" | "unlabeled":
                return self._labelled(uow, about, incident, on=action == "labeled")
            case "assigned":
                return self._assigned(uow, about, incident)
            case "deleted" | "transferred":
                return self._gone(uow, about, link, incident, action)
            case _:
                return Effect("of no interest", incident.number)

    # ---------------------------------------------------------------- an issue that is new to us

    def _first_heard(self, uow: UnitOfWork, about: _About, link: Link | None, action: str) -> Effect:
        if link is not None:
            return Effect("known already", link.incident)
        if action != "opened":
            link = self._missed(uow, about)
        elif self._is_a_request(about):
            link = self._link_of_new(uow, about)
        if link is None:
            return Effect("an issue that is no incident")
        return Effect("opened", link.incident) if action in ("opened", SWEPT) else self._happened(uow, about)

    def _missed(self, uow: UnitOfWork, about: _About) -> Link | None:
        """The opening of this issue did not reach us, or comes later than what came of it: it is taken in now.

        What is older than our acquaintance with the repository is left alone, unless somebody opens it again or says
        that it is urgent.
        """
        action = about.action
        known = uow.github_repositories.get(about.said.repository.id)
        created_at = about.issue.created_at
        is_new = known is not None and created_at is not None and created_at >= known.seen_at.replace(microsecond=0)
        wakes = action == "reopened" or (action == "labeled" and _is_labelled_with_a_priority(about))
        # Of an issue that was over when we first heard of it nothing is left to do, but what closes it is.
        over = about.issue.state == CLOSED and action != CLOSED
        if action in ("deleted", "transferred") or over or not (is_new or wakes) or not self._is_a_request(about):
            return None
        return self._link_of_new(uow, about)

    def _is_a_request(self, about: _About) -> bool:
        author = about.issue.author or about.said.sender
        return author.human and not self._people.is_ours(author, about.issue.body)

    def _link_of_new(self, uow: UnitOfWork, about: _About) -> Link | None:
        issue, author = about.issue, about.issue.author or about.said.sender
        claimed = github_labels.priority_of(issue)
        incident = self._intake.reported(
            uow,
            channel=IntakeChannel.GITHUB,
            # Production down is what the telephone is for; an engineer decides whether it is.
            priority=Priority.URGENT if claimed is Priority.PRODUCTION_DOWN else claimed,
            request_type=github_labels.type_of(issue),
            summary=shortened(f"{issue.title}\n\n{without_hidden(issue.body)}", _LONGEST_SUMMARY),
            by=f"{self._people.name(author)}, {about.place}",
            customer=about.customer.key,
            caller_name=self._people.name(author),
        )
        link = Link(
            incident.number,
            Platform.GITHUB,
            about.said.repository.id,
            str(issue.number),
            about.now,
            issue.url,
            OPENED,
            about.said.repository.name,
        )
        uow.links.add(link)
        if issue.state != CLOSED:
            if self._follower is not None:
                self._follower.received(uow, incident, about.now)
            if github_labels.says_production_down(issue):
                self._wrong_channel.tell(uow, incident, about.place, about.now)
        return link

    # ---------------------------------------------------------------- open and closed

    def _state_changed(self, uow: UnitOfWork, about: _About, link: Link, incident: Incident, action: str) -> Effect:
        """Closed, opened again, or found so by the sweep."""
        state = {"closed": CLOSED, "reopened": OPENED}.get(action, about.issue.state)
        if state not in (CLOSED, OPENED):
            return Effect("of no interest", incident.number)
        # Of what was missed it is known only that it differs from what we last heard, or did ourselves.
        if action == SWEPT and state == link.state:
            return Effect("as it was", incident.number)
        uow.links.save(replace(link, heard_at=about.at, state=state))
        who = about.said.sender
        if action == SWEPT:
            who = (about.issue.closed_by if state == CLOSED else None) or _SOMEBODY
        done = self._closed if state == CLOSED else self._reopened
        return done(uow, about, incident, who)

    def _closed(self, uow: UnitOfWork, about: _About, incident: Incident, who: User) -> Effect:
        if not incident.open:
            return Effect("resolved already", incident.number)
        if before_reopening(uow, incident, about.at):
            return Effect("too late", incident.number)
        if self._people.is_ours(who) or not who.human:
            return self._noted(
                uow, incident, about, f"{who.login or 'A program'} closed the issue: nothing changes here"
            )
        engineer = self._people.engineer(who)
        reason = "not planned" if about.issue.state_reason == "not_planned" else ""
        if engineer is not None:
            outcome = self._respond.resolve(incident.number, engineer=engineer.key, note=reason, via=VIA, uow=uow)
        else:
            note = "closed by the customer" + (f" as {reason}" if reason else "")
            outcome = self._respond.closed_by_customer(incident.number, by=who.login, note=note, via=VIA, uow=uow)
        return Effect(outcome.kind.value, incident.number)

    def _reopened(self, uow: UnitOfWork, about: _About, incident: Incident, who: User) -> Effect:
        if incident.open:
            return Effect("open already", incident.number)
        if self._people.is_ours(who) or not who.human:
            return self._noted(
                uow, incident, about, f"{who.login or 'A program'} reopened the issue: nothing changes here"
            )
        outcome = self._respond.reopen(incident.number, by=self._people.name(who), via=VIA, uow=uow)
        return Effect(outcome.kind.value, incident.number)

    def _gone(self, uow: UnitOfWork, about: _About, link: Link, incident: Incident, action: str) -> Effect:
        uow.links.save(replace(link, state=GONE, heard_at=about.at))
        who = self._people.name(about.said.sender)
        done = "deleted the issue" if action == "deleted" else "moved the issue to another repository"
        return self._noted(uow, incident, about, f"{who} {done}: nothing more is told there")

    # ---------------------------------------------------------------- what else is done to an issue

    def _edited(self, uow: UnitOfWork, about: _About, incident: Incident) -> Effect:
        said, issue = about.said, about.issue
        if self._people.is_ours(said.sender, issue.body) or not said.sender.human:
            return Effect("edited by a program", incident.number)
        changes = [f"the title to: {issue.title}"] if said.old_title is not None else []
        if said.old_body:
            changes.append(f"the text to: {shortened(without_hidden(issue.body), _LONGEST_CHANGE)}")
        if not changes:
            return Effect("of no interest", incident.number)
        return self._noted(uow, incident, about, f"{self._people.name(said.sender)} changed {', and '.join(changes)}")

    def _labelled(self, uow: UnitOfWork, about: _About, incident: Incident, *, on: bool) -> Effect:
        said = about.said
        if self._people.is_ours(said.sender) or not said.sender.human:
            return Effect("labelled by a program", incident.number)
        engineer = self._people.engineer(said.sender)
        effects = [
            self._reprioritised(uow, about, incident, engineer, on=on),
            self._retyped(uow, about, incident, on=on),
        ]
        if on and engineer is not None:
            current = uow.incidents.get(incident.number, lock=True) or incident
            effects.append(self._people.acknowledge(uow, current, engineer, about.at))
        return Effect(", ".join(each for each in effects if each) or "of no interest", incident.number)

    def _reprioritised(
        self, uow: UnitOfWork, about: _About, incident: Incident, engineer: Engineer | None, *, on: bool
    ) -> str:
        meant = label_priority(about.said.label)
        if meant is None or not incident.open:
            return ""
        if meant is Priority.PRODUCTION_DOWN and engineer is None:
            if on:
                self._wrong_channel.tell(uow, incident, about.place, about.now)
            return "production down is claimed"
        if incident.priority is Priority.PRODUCTION_DOWN and engineer is None:
            # Only our own people say that it is less, as that stops the paging.
            if on:
                name = self._people.name(about.said.sender)
                self._noted(uow, incident, about, f"{name} labelled it urgent: it stays production down")
            return "it stays production down"
        if (incident.priority is meant) == on:
            return ""
        named = set(map(label_priority, about.issue.labels))
        if (meant in named) is not on:
            return "changed there since"
        if raised_elsewhere_since(uow, incident, about.at):
            return "raised since"
        left = Priority.URGENT if Priority.URGENT in named else Priority.NORMAL
        return self._change(uow, about, incident, meant if on else left, engineer)

    def _change(
        self, uow: UnitOfWork, about: _About, incident: Incident, priority: Priority, engineer: Engineer | None
    ) -> str:
        by = engineer.key if engineer else about.said.sender.login
        outcome = self._prioritising.change(incident.number, priority=priority, by=by, via=VIA, uow=uow)
        return outcome.kind.value

    def _retyped(self, uow: UnitOfWork, about: _About, incident: Incident, *, on: bool) -> str:
        meant = label_type(about.said.label)
        if meant is None or not on or incident.request_type is meant:
            return ""
        engineer = self._people.engineer(about.said.sender)
        by = engineer.key if engineer else about.said.sender.login
        outcome = self._prioritising.change_type(incident.number, request_type=meant, by=by, via=VIA, uow=uow)
        return outcome.kind.value

    def _assigned(self, uow: UnitOfWork, about: _About, incident: Incident) -> Effect:
        said = about.said
        if self._people.is_ours(said.sender) or not said.sender.human:
            return Effect("assigned by a program", incident.number)
        whom = self._people.name(User(said.assignee, human=True))
        who = self._people.name(said.sender)
        engineer = self._people.engineer(said.sender)
        if engineer is None or whom != who:
            self._noted(uow, incident, about, f"{who} assigned it to {whom}")
        if engineer is None:
            return Effect("assigned by no engineer", incident.number)
        current = uow.incidents.get(incident.number, lock=True) or incident
        return Effect(self._people.acknowledge(uow, current, engineer, about.at), incident.number)

    # ---------------------------------------------------------------- rows

    def _noted(self, uow: UnitOfWork, incident: Incident, about: _About, text: str) -> Effect:
        uow.timeline.add(incident.number, [TimelineEntry(about.now, TimelineKind.NOTE, f"{text} (by {VIA})")])
        self._partners.happened(uow, EventType.NOTED, incident, about.now)
        return Effect("noted", incident.number)

    def _link(self, uow: UnitOfWork, about: _About) -> Link | None:
        return uow.links.find(Platform.GITHUB, about.said.repository.id, str(about.issue.number))

    def _locked(self, uow: UnitOfWork, link: Link) -> Incident:
        incident = uow.incidents.get(link.incident, lock=True)
        # A link is of an incident by its foreign key, and incidents are never deleted.
        assert incident is not None
        return incident


def _is_labelled_with_a_priority(about: _About) -> bool:
    """Whether the label says one, and is on it still where we hear of it late."""
    meant = label_priority(about.said.label)
    return meant is not None and meant in map(label_priority, about.issue.labels)


def _is_told_first(uow: UnitOfWork, event: InboundEvent, about: _About) -> bool:
    """Whether neither a webhook nor the sweep has told of it: labels and assignments stand in a list, too."""
    deed = deed_of(about.said)
    if not deed:
        return True
    # Of what the list has, several may be new at once: one of them does not tell what was done after it.
    is_from_the_list = event.id.startswith(f"{Platform.GITHUB}:{FROM_THE_LIST}")
    if (is_told if is_from_the_list else was_found)(uow, deed, about.at):
        return False
    at = about.at if is_from_the_list else event.received_at
    keep_told(uow, deed, at, is_from_the_list=is_from_the_list)
    return True


def _is_first(uow: UnitOfWork, event: InboundEvent, now: datetime) -> bool:
    """Whether nothing came with this body before: GitHub signs the body, and not the name of its delivery."""
    name = f"{Platform.GITHUB}:body:{sha256(event.body.encode()).hexdigest()}"
    effect = f"came as {event.id}"
    return uow.inbound_events.add(
        InboundEvent(name, Platform.GITHUB, event.type, "", "", now, None, finished_at=now, effect=effect)
    )
