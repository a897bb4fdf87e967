"""Telling GitHub what was enqueued, and remembering the issue that came of it.

Nothing is written twice: before an opening or a comment is tried again, GitHub is asked whether the last try arrived
after all. What is written carries a marker that nobody sees.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from oncall.core.github import CLOSED, GONE, OPENED
from oncall.core.github_labels import ON_CALL
from oncall.core.github_wording import marker
from oncall.core.inbound import Link, Platform
from oncall.core.incident import TimelineEntry, TimelineKind
from oncall.core.partner_event import PartnerEvent
from oncall.engine.github_follower import CLOSE, COMMENT, OPEN, REOPEN
from oncall.engine.github_places import customer_in
from oncall.errors import GoneError, RecipientError
from oncall.ports import Environment, GitHub, OpenedIssue

# Their clock may be behind ours.
CLOCKS_DIFFER_BY = timedelta(minutes=2)


class GitHubSending:
    """`ports.PartnerSender` for GitHub."""

    def __init__(self, env: Environment, github: GitHub) -> None:
        self._env = env
        self._github = github

    def send(self, event: PartnerEvent, url: str = "") -> None:
        """Do it, unless it is done already. Raises ChannelError."""
        try:
            fields = json.loads(event.body)
        except ValueError as exc:
            raise RecipientError("telling GitHub: the event in our rows cannot be read", code="unreadable") from exc
        incident = event.incident
        if incident is None:
            raise RecipientError("telling GitHub: the event in our rows is about no incident", code="unreadable")
        with self._env.database.read() as uow:
            found = [link for link in uow.links.of(incident) if link.platform is Platform.GITHUB]
        link = found[0] if found else None
        try:
            if event.type != OPEN:
                self._told(event, incident, link, fields)
            elif link is None:
                self._opened(event, incident, fields)
        except GoneError as error:
            if link is not None:
                self._keep(replace(link, state=GONE))
            # It is this issue, or this repository's issues: not GitHub as a whole.
            raise RecipientError(f"{error}", code=error.code) from error

    def _told(self, event: PartnerEvent, incident: int, link: Link | None, fields: Mapping[str, Any]) -> None:
        if link is None or link.state == GONE:
            raise RecipientError("telling GitHub: the incident has no issue there, or no longer", code="no-issue")
        number = int(link.key)
        match event.type:
            case kind if kind == COMMENT:
                mark = marker(incident, event.id)
                since = event.created_at - CLOCKS_DIFFER_BY
                if event.attempts > 1 and self._github.has_comment(link.name, number, marker=mark, since=since):
                    return
                self._github.comment(link.name, number, f"{fields['text']}\n\n{mark}")
            case kind if kind in (CLOSE, REOPEN):
                self._github.set_state(link.name, number, closed=kind == CLOSE)
                self._keep(replace(link, state=CLOSED if kind == CLOSE else OPENED))
            case _:
                raise RecipientError(f"telling GitHub: {event.type} is nothing that can be told", code="unreadable")

    def _opened(self, event: PartnerEvent, incident: int, fields: Mapping[str, Any]) -> None:
        name, mark = fields["name"], marker(incident)
        issue: OpenedIssue | None = None
        if event.attempts > 1:
            since = event.created_at - CLOCKS_DIFFER_BY
            issue = self._github.find_issue(name, marker=mark, label=ON_CALL, since=since)
        if issue is None:
            body = f"{fields['text']}\n\n{mark}"
            issue = self._github.open_issue(name, title=fields["title"], body=body, labels=fields["labels"])
        now = self._env.clock.now()
        link = Link(
            incident,
            Platform.GITHUB,
            issue.repository.id,
            str(issue.number),
            now,
            issue.url,
            OPENED,
            issue.repository.name,
        )
        with self._env.database.begin() as uow:
            customer_in(self._env, uow, issue.repository, now)
            if uow.links.add(link):
                text = f"Opened as {link.name}#{link.key} at GitHub: {link.url}"
                uow.timeline.add(incident, [TimelineEntry(now, TimelineKind.NOTE, text)])

    def _keep(self, link: Link) -> None:
        with self._env.database.begin() as uow:
            current = uow.links.find(link.platform, link.place, link.key)
            if current is not None:
                uow.links.save(replace(current, state=link.state))
