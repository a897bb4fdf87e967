"""Comparing GitHub's own lists with our rows: GitHub sends a webhook once, whether anybody was there to take it or not.

One engine of many looks, every few minutes. What we do not have goes through the same door as a webhook, under a name
made from what it is; a webhook of the same that comes later takes no effect twice.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from oncall.core.github import SWEPT, Repository, at_of, read_happening
from oncall.core.inbound import Platform
from oncall.engine.github_actions import ActionsHeard
from oncall.engine.github_comments import comment_name
from oncall.engine.github_deeds import DEEDS, FROM_THE_LIST, deed_of, is_told
from oncall.engine.github_people import GitHubPeople
from oncall.engine.github_places import customer_in
from oncall.engine.inbound import Inbound
from oncall.engine.operators import Operators
from oncall.errors import BusyError, ChannelError, ConfigurationError
from oncall.ports import Environment, GitHub, Listed

EVERY = timedelta(minutes=3)
LOOKED_BY_OTHERS = timedelta(seconds=30)
LEFT_TO_WEBHOOKS = timedelta(seconds=60)
OVERLAP = timedelta(minutes=2)
LOOKS_BACK_FOR = timedelta(days=7)
NOT_COMPARED_FOR = timedelta(hours=1)
TOLD_AGAIN_AFTER = timedelta(days=1)


class GitHubSweep:
    """``look`` may be called every second; it asks for one repository at a time, where that is due."""

    def __init__(
        self,
        env: Environment,
        github: GitHub,
        inbound: Inbound,
        people: GitHubPeople,
        operators: Operators,
        actions: ActionsHeard,
    ) -> None:
        self._env = env
        self._github = github
        self._inbound = inbound
        self._people = people
        self._operators = operators
        self._actions = actions
        self._look_at: dict[str, datetime] = {}
        self._ask_who_at: datetime | None = env.clock.now()
        self._introduced: set[str] = set()

    def look(self) -> None:
        """Compare, where it is due and no other engine does. Raises StoreError while the database is away."""
        now = self._env.clock.now()
        if self._ask_who_at is not None and now >= self._ask_who_at:
            self._ask_who(now)
        for name in self._repositories():
            if now < self._look_at.get(name, now):
                continue
            self._look_at[name] = now + EVERY
            with self._env.database.begin() as uow:
                mark = uow.log_marks.claim(f"{Platform.GITHUB}:{name}", now, again_at=now + EVERY)
            if mark is None:
                self._look_at[name] = now + LOOKED_BY_OTHERS
                continue
            self._compared(name, mark.caught_up_to, now)
            return

    def _repositories(self) -> list[str]:
        try:
            configuration = self._env.configuration.current()
        except ConfigurationError:  # nothing is published yet
            return []
        named = (*(each.github for each in configuration.customers.values()), configuration.postmortems.repository)
        return list(dict.fromkeys(each.lower() for each in named if each))

    def _ask_who(self, now: datetime) -> None:
        self._ask_who_at = now + LOOKED_BY_OTHERS
        try:
            self._people.login = self._github.login()
            self._ask_who_at = None
        except ChannelError as error:
            # Until then our own words are known by their marker.
            self._env.log("github.who_are_we", problem=str(error))

    def _introduce(self, name: str, now: datetime) -> Repository:
        """The repository, which is known from now on: what is older than that is left alone."""
        repository = self._github.repository(name)
        with self._env.database.begin() as uow:
            customer_in(self._env, uow, repository, now)
        self._introduced.add(name)
        return repository

    def _compared(self, name: str, caught_up_to: datetime, now: datetime) -> None:
        # A clock that was ahead for a while may have left a mark in what is still to come.
        since = max(min(caught_up_to, now) - OVERLAP, now - LOOKS_BACK_FOR)
        try:
            if name not in self._introduced:
                self._introduce(name, now)
            issues = self._github.issues(name, since)
            # A comment changes its issue too: where nothing changed, one question is enough.
            changed = bool(issues.items)
            repository = self._introduce(name, now) if changed else None
            comments = self._github.comments(name, since) if changed else issues
            events = self._github.events(name, since) if changed else issues
        except ChannelError as error:
            self._env.log("github.sweep_failed", repository=name, problem=str(error))
            if isinstance(error, BusyError):
                self._look_at[name] = now + max(EVERY, error.wait_for)
            if now - caught_up_to >= NOT_COMPARED_FOR:
                text = f"The issues of {name} cannot be read, so webhooks that get lost are not found: {error}"
                with self._env.database.begin() as uow:
                    self._operators.tell(uow, f"github unread:{name}", text, now, quiet_for=TOLD_AGAIN_AFTER)
            return
        found = self._take(repository, issues, comments, now) if repository is not None else 0
        found += self._take_deeds(repository, events, now) if repository is not None else 0
        until = min(now - LEFT_TO_WEBHOOKS, _end_of(issues, now), _end_of(comments, now))
        with self._env.database.begin() as uow:
            uow.log_marks.caught_up(f"{Platform.GITHUB}:{name}", until)
        if found:
            self._env.log("github.swept", repository=name, found=found)

    def _take(self, repository: Repository, issues: Listed, comments: Listed, now: datetime) -> int:
        by_number = {item.get("number"): item for item in issues.items}
        found = 0
        for item in issues.items:
            at = at_of(item, "updated_at")
            if at is not None and at <= now - LEFT_TO_WEBHOOKS and self._is_news(repository, item, at):
                payload = _payload(repository, SWEPT, item, item.get("user"))
                name = f"issue:{repository.id}#{item.get('number')}@{at.isoformat()}"
                found += self._received(name, f"issues.{SWEPT}", repository, item.get("number"), payload)
        for number, item in _with_issue(comments):
            at = at_of(item, "updated_at")
            if at is not None and at <= now - LEFT_TO_WEBHOOKS and not self._is_known(item):
                issue = by_number.get(number) or {"number": number}
                payload = _payload(repository, "created", issue, item.get("user")) | {"comment": item}
                name = comment_name(int(item["id"]))
                found += self._received(name, "issue_comment.created", repository, number, payload)
        return found

    def _take_deeds(self, repository: Repository, events: Listed, now: datetime) -> int:
        """What was done by labels and assignments, the oldest first."""
        found = 0
        for item in reversed(events.items):
            at, action, issue = at_of(item, "created_at"), item.get("event"), item.get("issue")
            if at is None or at > now - LEFT_TO_WEBHOOKS or action not in DEEDS:
                continue
            if not isinstance(issue, dict) or not isinstance(item.get("id"), int):
                continue
            # The actor of an assignment may be the one that was assigned.
            sender = item.get("assigner" if action == "assigned" else "actor")
            issue = issue | {"updated_at": item.get("created_at")}
            more = {"label": item.get("label"), "assignee": item.get("assignee")}
            payload = _payload(repository, str(action), issue, sender) | more
            if self._is_a_new_deed(f"issues.{action}", payload, at):
                name = f"{FROM_THE_LIST}{item['id']}"
                found += self._received(name, f"issues.{action}", repository, issue.get("number"), payload)
        if not events.whole:
            text = f"So much was done to issues of {repository.name} that labels and assignments may have been missed."
            with self._env.database.begin() as uow:
                self._operators.tell(uow, f"github cut:{repository.name}", text, now, quiet_for=TOLD_AGAIN_AFTER)
        return found

    def _is_a_new_deed(self, type: str, payload: Mapping[str, Any], at: datetime) -> bool:
        said = read_happening(type, json.dumps(payload))
        if said is None or not said.sender.human or self._people.is_ours(said.sender):
            return False
        with self._env.database.read() as uow:
            return not is_told(uow, deed_of(said), at)

    def _is_news(self, repository: Repository, item: Mapping[str, Any], at: datetime) -> bool:
        if "pull_request" in item:
            return False
        with self._env.database.read() as uow:
            link = uow.links.find(Platform.GITHUB, repository.id, str(item.get("number")))
            known = uow.github_repositories.get(repository.id)
            differs = self._actions.differs(uow, str(item.get("body")), str(item.get("state")))
        if link is None and differs:
            return True
        if link is not None:
            return item.get("state") != link.state and (link.heard_at is None or at >= link.heard_at)
        created_at = at_of(item, "created_at")
        return known is not None and created_at is not None and created_at >= known.seen_at.replace(microsecond=0)

    def _is_known(self, item: Mapping[str, Any]) -> bool:
        author = item.get("user")
        if isinstance(author, dict) and self._people.login and author.get("login") == self._people.login:
            return True
        with self._env.database.read() as uow:
            return uow.inbound_events.get(f"{Platform.GITHUB}:{comment_name(int(item['id']))}") is not None

    def _received(
        self, name: str, type: str, repository: Repository, number: object, payload: Mapping[str, Any]
    ) -> bool:
        subject = f"{repository.id}#{number}"
        return self._inbound.received(Platform.GITHUB, name, type=type, subject=subject, body=json.dumps(payload))


def _payload(repository: Repository, action: str, issue: Mapping[str, Any], sender: object) -> dict[str, Any]:
    """As a webhook would have it."""
    place = {"id": int(repository.id), "full_name": repository.name}
    return {"action": action, "repository": place, "issue": issue, "sender": sender}


def _with_issue(comments: Listed) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Comments with the number of their issue; those on pull requests are left out."""
    for item in comments.items:
        number = urlsplit(str(item.get("issue_url"))).path.rpartition("/")[2]
        on_code = "/pull/" in str(item.get("html_url"))
        if number.isascii() and number.isdigit() and isinstance(item.get("id"), int) and not on_code:
            yield int(number), item


def _end_of(listed: Listed, now: datetime) -> datetime:
    """Up to when a list is whole."""
    last = at_of(listed.items[-1], "updated_at") if listed.items and not listed.whole else None
    return last or now
