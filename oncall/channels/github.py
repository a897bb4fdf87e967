"""GitHub's REST API, as far as issues go.

By plain requests, not by PyGithub: that one waits for each byte anew, follows redirects to any host with our token, and
asserts where GitHub's answers surprise it; here a call ends in time, and what it meets becomes one of our errors.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from threading import local
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from requests.adapters import BaseAdapter

from oncall.channels.timely_answers import TimelyAdapter, timely_content
from oncall.core.github import Repository, at_of, repository_in
from oncall.core.plain_text import clip, one_line
from oncall.errors import (
    BusyError,
    ChannelError,
    GoneError,
    OutcomeUnknownError,
    PlaceError,
    RecipientError,
    SetupError,
    TransientError,
)
from oncall.ports import Clock, Listed, OpenedIssue
from oncall.settings import is_loopback

_CONNECT_SECONDS = 3.0
_ANSWER_SECONDS = 6.0
_LEAST_SECONDS = 0.2
_CALL_TAKES_AT_MOST = timedelta(seconds=18)
_ANSWER_MAX_BYTES = 16 * 1024 * 1024
_PER_PAGE = 50
_MOST_PAGES = 10
_MOST_REDIRECTS = 3
_BUSY_FOR = timedelta(seconds=60)
_HEADERS = {
    "Accept": "application/vnd.github+json",
    "X-GitHub-Api-Version": "2022-11-28",
    "User-Agent": "oncall-hotline",
}


class GitHubApi:
    """`ports.GitHub`. Threads share it, and each has a session of its own."""

    def __init__(self, token: str, url: str, clock: Clock, network: BaseAdapter | None = None) -> None:
        """``network`` stands in for the network in a simulation."""
        self._network = network
        self._token = token
        self._url = url.rstrip("/")
        self._clock = clock
        self._mine = local()

    def login(self) -> str:
        """Who we are there; "" for an app, which GitHub does not tell."""
        doing = "asking GitHub who we are"
        try:
            answer, _ = self._ask(doing, "GET", "/user", until=self._until())
        except SetupError as error:
            # An app's token is good for repositories only.
            if error.code == str(HTTPStatus.FORBIDDEN.value):
                return ""
            raise
        login = answer.get("login") if isinstance(answer, dict) else None
        if not isinstance(login, str):
            raise OutcomeUnknownError(f"{doing}: the answer names nobody")
        return login

    def repository(self, name: str) -> Repository:
        """The repository as it is called now."""
        return self._repository(name, self._until())

    def open_issue(self, name: str, *, title: str, body: str, labels: Sequence[str]) -> OpenedIssue:
        """Open an issue."""
        until = self._until()
        repository = self._repository(name, until)
        fields = {"title": title, "body": body, "labels": list(labels)}
        doing = f"opening an issue in {name}"
        answer, _ = self._ask(doing, "POST", _path(name, "issues"), until=until, fields=fields)
        return _opened(doing, repository, answer)

    def find_issue(self, name: str, *, marker: str, label: str, since: datetime) -> OpenedIssue | None:
        """The issue with this label and this marker in its text, changed since then; None where there is none."""
        until = self._until()
        doing = f"looking for our issue in {name}"
        asked = {"labels": label, "state": "all", "since": _z(since), "per_page": "100"}
        answer, _ = self._ask(doing, "GET", _path(name, "issues"), until=until, asked=asked)
        found = next((each for each in _objects(doing, answer) if marker in str(each.get("body"))), None)
        return None if found is None else _opened(doing, self._repository(name, until), found)

    def comment(self, name: str, number: int, body: str) -> None:
        """Write a comment."""
        path = _path(name, "issues", str(number), "comments")
        self._of_issue(f"commenting on {name}#{number}", name, "POST", path, fields={"body": body})

    def has_comment(self, name: str, number: int, *, marker: str, since: datetime) -> bool:
        """Whether a comment since then has this marker in it."""
        doing = f"looking for our comment on {name}#{number}"
        path = _path(name, "issues", str(number), "comments")
        asked = {"since": _z(since), "per_page": "100"}
        answer = self._of_issue(doing, name, "GET", path, asked=asked)
        return any(marker in str(each.get("body")) for each in _objects(doing, answer))

    def set_state(self, name: str, number: int, *, closed: bool, planned: bool = True) -> None:
        """Close the issue, or open it again; nothing happens where it is so. Not ``planned``: it is closed as that."""
        doing = f"{'closing' if closed else 'opening again'} {name}#{number}"
        fields = {"state": "closed" if closed else "open"}
        if closed and not planned:
            fields["state_reason"] = "not_planned"
        self._of_issue(doing, name, "PATCH", _path(name, "issues", str(number)), fields=fields)

    def issues(self, name: str, since: datetime) -> Listed:
        """Issues and pull requests that changed since then."""
        asked = {"state": "all", "sort": "updated", "direction": "asc", "since": _z(since)}
        return self._listed(f"listing the issues of {name}", _path(name, "issues"), asked)

    def comments(self, name: str, since: datetime) -> Listed:
        """Comments on them that were written or changed since then."""
        asked = {"sort": "updated", "direction": "asc", "since": _z(since)}
        return self._listed(f"listing the comments of {name}", _path(name, "issues", "comments"), asked)

    def events(self, name: str, since: datetime) -> Listed:
        """What was done to issues and pull requests since then, the newest first; the oldest are left out of a part."""
        # This list knows no beginning: it is read until what is older comes.
        doing, path = f"listing what was done to issues of {name}", _path(name, "issues", "events")
        listed = self._listed(doing, path, {}, since=since)
        recent = [each for each in listed.items if (at_of(each, "created_at") or since) >= since]
        return Listed(recent, listed.whole)

    def _repository(self, name: str, until: datetime) -> Repository:
        doing = f"looking at the repository {name}"
        answer, _ = self._ask(doing, "GET", _path(name), until=until)
        found = repository_in({"repository": answer})
        if found is None:
            raise OutcomeUnknownError(f"{doing}: the answer is no repository")
        return found

    def _of_issue(
        self,
        doing: str,
        name: str,
        method: str,
        path: str,
        *,
        fields: Mapping[str, Any] | None = None,
        asked: Mapping[str, str] | None = None,
    ) -> Any:
        until = self._until()
        try:
            return self._ask(doing, method, path, until=until, fields=fields, asked=asked)[0]
        except SetupError as error:
            if error.code != str(HTTPStatus.NOT_FOUND.value):
                raise
            # Raises the same where it is the repository that is gone, or that the token does not open.
            self._repository(name, until)
            raise GoneError(f"{doing}: the issue is there no more", code=error.code) from error

    def _listed(self, doing: str, path: str, asked: Mapping[str, str], *, since: datetime | None = None) -> Listed:
        until = self._until()
        items: list[Mapping[str, Any]] = []
        for page in range(1, _MOST_PAGES + 1):
            more = {**asked, "per_page": str(_PER_PAGE), "page": str(page)}
            answer, has_next = self._ask(doing, "GET", path, until=until, asked=more)
            items += _objects(doing, answer)
            oldest = at_of(items[-1], "created_at") if items and since is not None else None
            if not has_next or (since is not None and oldest is not None and oldest < since):
                return Listed(items, whole=True)
            if until - self._clock.now() < _CALL_TAKES_AT_MOST / 2:
                break
        return Listed(items, whole=False)

    def _until(self) -> datetime:
        return self._clock.now() + _CALL_TAKES_AT_MOST

    def _ask(
        self,
        doing: str,
        method: str,
        path: str,
        *,
        until: datetime,
        fields: Mapping[str, Any] | None = None,
        asked: Mapping[str, str] | None = None,
    ) -> tuple[Any, bool]:
        """The JSON of a good answer, and whether another page follows. Raises ChannelError."""
        url = self._url + path
        try:
            for _ in range(_MOST_REDIRECTS):
                left = (until - self._clock.now()).total_seconds()
                if left < _LEAST_SECONDS:
                    raise TransientError(f"{doing}: GitHub takes too long")
                limits = (min(_CONNECT_SECONDS, left), min(_ANSWER_SECONDS, left))
                with self._session().request(
                    method,
                    url,
                    params=asked,
                    json=fields,
                    headers={**_HEADERS, "Authorization": f"Bearer {self._token}"},
                    timeout=limits,
                    # A renamed repository's, which must keep the method, and the token to itself.
                    allow_redirects=False,
                    stream=True,
                ) as answer:
                    moved_to = self._moved_to(answer)
                    if moved_to:
                        url, asked = moved_to, None
                        continue
                    content = timely_content(answer, self._clock, _ANSWER_MAX_BYTES, min(_ANSWER_SECONDS, left))
                    return self._judged(doing, answer, content)
        except requests.ConnectTimeout as exc:
            raise TransientError(f"{doing}: GitHub cannot be reached in time") from exc
        except requests.RequestException as exc:
            raise OutcomeUnknownError(f"{doing}: no answer from GitHub ({type(exc).__name__})") from exc
        raise SetupError(f"{doing}: GitHub sends us round in circles", code="redirects")

    def _session(self) -> requests.Session:
        if not hasattr(self._mine, "session"):
            session = requests.Session()
            for scheme in ("https://", "http://"):
                session.mount(scheme, self._network or TimelyAdapter(self._clock))
            session.trust_env = not is_loopback(urlsplit(self._url).hostname)
            # Something that does nothing, so that no password of this machine's own files is sent.
            session.auth = lambda request: request
            self._mine.session = session
        session = self._mine.session
        assert isinstance(session, requests.Session)
        return session

    def _moved_to(self, answer: requests.Response) -> str:
        """Where a renamed repository is now, at the same API; "" where nothing moved."""
        to = answer.headers.get("Location", "")
        moved = answer.status_code in (301, 302, 307, 308)
        return to if moved and to.startswith(f"{self._url}/") else ""

    def _judged(self, doing: str, answer: requests.Response, content: bytes) -> tuple[Any, bool]:
        status = answer.status_code
        try:
            read = json.loads(content)
        except (ValueError, RecursionError) as exc:
            if 200 <= status < 300:
                raise OutcomeUnknownError(f"{doing}: the answer is no JSON", code=str(status)) from exc
            read = None
        if 200 <= status < 300:
            return read, "next" in answer.links
        message = read.get("message") if isinstance(read, dict) else None
        said = clip(one_line(message), 200) if isinstance(message, str) else ""
        raise self._refusal(f"{doing}: GitHub answered HTTP {status}", said, answer)

    def _refusal(self, text: str, said: str, answer: requests.Response) -> ChannelError:
        status = answer.status_code
        text, code = (f"{text} ({said})" if said else text), str(status)
        wait_for = self._asked_to_wait(answer, said)
        if wait_for is not None:
            return BusyError(text, wait_for=wait_for, code=code)
        match status:
            case HTTPStatus.GONE:
                return GoneError(text, code=code)
            case HTTPStatus.UNPROCESSABLE_ENTITY | HTTPStatus.BAD_REQUEST:
                return RecipientError(text, code=code)
            case HTTPStatus.FORBIDDEN if "archived" in said.lower() or "locked" in said.lower():
                return RecipientError(text, code=code)
            case HTTPStatus.NOT_FOUND:
                return PlaceError(f"{text}: is it there, and does GITHUB_TOKEN open it?", code=code)
            case _ if status < 400 or status == HTTPStatus.UNAUTHORIZED:
                return SetupError(f"{text}: are GITHUB_TOKEN and GITHUB_API_URL right?", code=code)
            case _ if status < 500:
                return PlaceError(f"{text}: is GITHUB_TOKEN right, and may it write issues?", code=code)
            case _:
                return OutcomeUnknownError(text, code=code)

    def _asked_to_wait(self, answer: requests.Response, said: str) -> timedelta | None:
        """How long its limits ask for; None where it is not about limits."""
        status, headers = answer.status_code, answer.headers
        if status not in (HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS):
            return None
        after, reset = headers.get("Retry-After", ""), headers.get("X-RateLimit-Reset", "")
        if after.isascii() and after.isdigit():
            return timedelta(seconds=min(int(after[:9]), 86_400))
        if headers.get("X-RateLimit-Remaining") == "0" and reset.isascii() and reset.isdigit():
            left = int(reset[:12]) - int(self._clock.now().timestamp())
            return timedelta(seconds=min(max(left, 1), 86_400))
        limited = status == HTTPStatus.TOO_MANY_REQUESTS or "rate limit" in said.lower()
        return _BUSY_FOR if limited else None


def _path(name: str, *more: str) -> str:
    owner, slash, repository = name.partition("/")
    if not (owner and slash and repository) or "/" in repository or ".." in (owner, repository):
        raise RecipientError(f"{name!r} is no repository; it is written owner/name", code="no-repository")
    return "/" + "/".join(["repos", quote(owner, safe=""), quote(repository, safe=""), *more])


def _opened(doing: str, repository: Repository, read: Any) -> OpenedIssue:
    number = read.get("number") if isinstance(read, dict) else None
    if not isinstance(number, int):
        raise OutcomeUnknownError(f"{doing}: the answer is no issue")
    return OpenedIssue(repository, number, str(read.get("html_url") or ""))


def _objects(doing: str, read: Any) -> list[Mapping[str, Any]]:
    if not isinstance(read, list):
        raise OutcomeUnknownError(f"{doing}: the answer is no list")
    return [each for each in read if isinstance(each, dict)]


def _z(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
