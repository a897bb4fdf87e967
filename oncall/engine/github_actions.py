"""Actions of published post-mortems as issues at GitHub: opened once, and followed until they are closed.

What is to be told is enqueued with what causes it, and sent afterwards; what people do to those issues comes back by
`GitHubEvents` and by the sweep. Only people close an action, and never ourselves; and what is older than what we know
of an action, from here or from there, undoes nothing.
"""

import json
from datetime import datetime, timedelta

from oncall.core.configuration import Configuration
from oncall.core.github import CLOSED, GITHUB, OPENED, SWEPT, Happening, Issue, User
from oncall.core.github_actions import (
    POST_MORTEM,
    action_body,
    action_marker,
    action_title,
    dropped_comment,
    is_that_issue,
    marked_action,
)
from oncall.core.github_labels import ON_CALL
from oncall.core.github_wording import marker
from oncall.core.inbound import Effect
from oncall.core.partner_event import PartnerEvent
from oncall.core.postmortem import Postmortem
from oncall.core.postmortem_actions import Action, ActionState, owner_key, stands_since
from oncall.engine.github_people import GitHubPeople
from oncall.engine.postmortems import Postmortems
from oncall.errors import GoneError, RecipientError
from oncall.ports import Environment, GitHub, PartnerSender, UnitOfWork

ACTION_OPENED, ACTION_CLOSED, ACTION_REOPENED = "action.opened", "action.closed", "action.reopened"
_OURS = frozenset({ACTION_OPENED, ACTION_CLOSED, ACTION_REOPENED})
# Their clock may be behind ours.
_CLOCKS_DIFFER_BY = timedelta(minutes=2)
_SOMEBODY = User("somebody", human=True)


class GitHubActions:
    """`engine.postmortems.ActionIssues`."""

    def __init__(self, env: Environment) -> None:
        self._env = env

    def open_issue(self, uow: UnitOfWork, postmortem: Postmortem, action: Action, now: datetime) -> None:
        """Enqueue the opening, where the customer or the team has a repository, and none is on its way."""
        configuration = self._env.configuration.current()
        theirs = _repository_of(configuration, postmortem.customer)
        name = theirs or configuration.postmortems.repository
        known = uow.partner_events.last(GITHUB, _key(action), type=ACTION_OPENED)
        if not name or (known is not None and known.ending is None):
            return
        incident = uow.incidents.get(action.incident)
        token = incident.token if incident is not None else ""
        # The customer's link is theirs: in a repository of ours it has no place.
        path = f"/track/{token}/postmortem" if theirs and token else f"/postmortems/{action.incident}"
        engineers = {key: engineer.name for key, engineer in configuration.engineers.items()}
        owner = engineers.get(owner_key(action.owner, engineers), action.owner)
        link = f"{self._env.public_url}{path}" if self._env.public_url else ""
        fields = {
            # One that was given up may have arrived all the same: its issue is looked for from its beginning.
            "since": known.created_at.isoformat() if known is not None else "",
            "name": name,
            "title": action_title(action),
            "text": f"{action_body(action, owner=owner, link=link)}\n\n{action_marker(action)}",
        }
        self._enqueue(uow, action, ACTION_OPENED, fields, now)

    def state_changed(self, uow: UnitOfWork, action: Action, now: datetime) -> None:
        """Enqueue the closing of its issue, with the reason where it was dropped, or its opening again."""
        if not action.link:
            return
        kind = ACTION_REOPENED if action.state is ActionState.OPEN else ACTION_CLOSED
        reason = {"text": dropped_comment(action)} if action.state is ActionState.DROPPED else {}
        self._enqueue(uow, action, kind, {"url": action.link, **reason}, now)

    def _enqueue(self, uow: UnitOfWork, action: Action, kind: str, fields: dict[str, str], now: datetime) -> None:
        key = _key(action)
        waiting = uow.partner_events.is_waiting(GITHUB, key)
        event = PartnerEvent(
            id=self._env.ids.new(),
            partner=GITHUB,
            incident=action.incident,
            type=kind,
            key=key,
            body=json.dumps({**fields, "action": action.key}),
            created_at=now,
            due_at=None if waiting else now,
        )
        uow.partner_events.add([event])
        uow.wake_engine()


class GitHubActionSending:
    """`ports.PartnerSender` for what is about actions; ``others`` sends the rest."""

    def __init__(self, env: Environment, github: GitHub, postmortems: Postmortems, others: PartnerSender) -> None:
        self._env = env
        self._github = github
        self._postmortems = postmortems
        self._others = others

    def send(self, event: PartnerEvent, url: str = "") -> None:
        """Do it, unless it is done already. Raises ChannelError."""
        if event.type not in _OURS:
            self._others.send(event, url)
            return
        try:
            fields = json.loads(event.body)
        except ValueError as exc:
            raise RecipientError("telling GitHub: the event in our rows cannot be read", code="unreadable") from exc
        if event.incident is None:
            raise RecipientError("telling GitHub: the event in our rows is about no incident", code="unreadable")
        try:
            if event.type == ACTION_OPENED:
                self._open(event, event.incident, fields["action"], fields)
            else:
                self._set_state(event, event.incident, fields["action"], fields.get("text", ""))
        except GoneError as error:
            # It is this issue, or this repository's issues: not GitHub as a whole.
            raise RecipientError(f"{error}", code=error.code) from error

    def _open(self, event: PartnerEvent, number: int, key: str, fields: dict[str, str]) -> None:
        action = self._action(number, key)
        if action is None or action.link:
            return
        name, found = fields["name"], None
        if event.attempts > 1 or fields["since"]:
            since = datetime.fromisoformat(fields["since"] or event.created_at.isoformat()) - _CLOCKS_DIFFER_BY
            found = self._github.find_issue(name, marker=action_marker(action), label=ON_CALL, since=since)
        if found is None and action.state is not ActionState.OPEN:
            return
        if found is None:
            labels = [ON_CALL, POST_MORTEM]
            found = self._github.open_issue(name, title=fields["title"], body=fields["text"], labels=labels)
        with self._env.database.begin() as uow:
            self._postmortems.action_linked(uow, number, key, found.url)

    def _set_state(self, event: PartnerEvent, number: int, key: str, reason: str) -> None:
        action, closes = self._action(number, key), event.type == ACTION_CLOSED
        place = _place(action.link) if action is not None else None
        # Somebody may have thought better of it since, here or there.
        if action is None or place is None or closes == (action.state is ActionState.OPEN):
            return
        is_dropped = action.state is ActionState.DROPPED
        if reason and is_dropped:
            self._say(event, place, reason, marker(number, event.id))
        self._github.set_state(*place, closed=closes, planned=not is_dropped)

    def _say(self, event: PartnerEvent, place: tuple[str, int], text: str, mark: str) -> None:
        since = event.created_at - _CLOCKS_DIFFER_BY
        if event.attempts == 1 or not self._github.has_comment(*place, marker=mark, since=since):
            self._github.comment(*place, f"{text}\n\n{mark}")

    def _action(self, number: int, key: str) -> Action | None:
        with self._env.database.read() as uow:
            return uow.postmortems.action(number, key)


class ActionsHeard:
    """What people do to the issues of actions, done here."""

    def __init__(self, env: Environment, postmortems: Postmortems, people: GitHubPeople) -> None:
        self._env = env
        self._postmortems = postmortems
        self._people = people

    def heard(self, uow: UnitOfWork, said: Happening) -> Effect | None:
        """What became of it; None where it is about no action's issue."""
        action = self._action_in(uow, said.issue)
        if said.issue is None or action is None:
            return None
        number = action.incident
        if not action.link and said.issue.url:
            self._postmortems.action_linked(uow, number, action.key, said.issue.url)
        state = {"issues.closed": CLOSED, "issues.reopened": OPENED, f"issues.{SWEPT}": said.issue.state}.get(said.type)
        if state not in (CLOSED, OPENED):
            return Effect("an action's issue", number)
        is_swept = said.type == f"issues.{SWEPT}"
        who = ((said.issue.closed_by if state == CLOSED else None) or _SOMEBODY) if is_swept else said.sender
        if not who.human or self._people.is_ours(who):
            return Effect("an action's issue, by a program", number)
        if is_swept and uow.partner_events.is_waiting(GITHUB, _key(action)):
            return Effect("an action's issue, which is yet to be told", number)
        now = self._env.clock.now()
        # Nothing that is to come can have happened.
        at = min(said.issue.updated_at or now, now)
        if _is_before(at, stands_since(action)):
            return Effect("an action's issue, too late", number)
        is_done, name = state == CLOSED, self._people.name(who)
        after = self._postmortems.issue_settled(uow, number, action.key, by=name, is_done=is_done, at=at)
        if after is None or after.state is action.state:
            return Effect("an action's issue, as it was", number)
        return Effect("an action is done" if is_done else "an action is open again", number)

    def differs(self, uow: UnitOfWork, text: str, state: str) -> bool:
        """Whether an issue with this text is an action's, and stands otherwise than the action does."""
        marked = marked_action(text)
        action = uow.postmortems.action(*marked) if marked else None
        return action is not None and (state == CLOSED) == (action.state is ActionState.OPEN)

    def _action_in(self, uow: UnitOfWork, issue: Issue | None) -> Action | None:
        """Anybody can copy our marker: the issue has to be the one that we know, or opened by us."""
        marked = marked_action(issue.body) if issue is not None else None
        action = uow.postmortems.action(*marked, lock=True) if marked else None
        if issue is None or action is None:
            return None
        # While we do not know who we are there, the marker has to do.
        is_ours = not self._people.login or (issue.author is not None and self._people.is_ours(issue.author))
        place = _place(action.link)
        # A repository that was renamed has another address, and the same numbers.
        is_known = not action.link or (place is not None and place[1] == issue.number)
        return action if is_that_issue(action.link, issue.url) or (is_ours and is_known) else None


def _is_before(at: datetime, known: datetime | None) -> bool:
    # GitHub's instants are whole seconds.
    return known is not None and at < known.replace(microsecond=0)


def _key(action: Action) -> str:
    """What goes in order: all about one action."""
    return f"{action.incident}/{action.key}"


def _place(link: str) -> tuple[str, int] | None:
    """Repository and number of an issue's address; None for any other address."""
    parts = link.split("/")
    number = parts[-1]
    is_one = len(parts) >= 5 and parts[-2] == "issues" and number.isascii() and number.isdigit()
    return (f"{parts[-4]}/{parts[-3]}", int(number)) if is_one else None


def _repository_of(configuration: Configuration, customer: str) -> str:
    found = configuration.customers.get(customer)
    return found.github if found is not None else ""
