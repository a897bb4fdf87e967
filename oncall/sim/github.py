"""GitHub as it behaves on the wire, as far as issues go: its REST API with its refusals, and its signed webhooks.

`FakeGitHub` keeps repositories, issues and comments; `create_github_api` puts it behind GitHub's HTTP face. What
happens in it, by people or by us, becomes webhooks in ``outgoing`` in the order in which it happened; whoever tests
delivers, doubles, mixes or loses them.
"""

import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from oncall.errors import UsageError

TOKEN = "simulated"  # noqa: S105 - it opens nothing
WEBHOOK_SECRET = "simulated webhooks"  # noqa: S105 - it opens nothing
OUR_LOGIN = "example-hosting-bot"
LONGEST_BODY, LONGEST_TITLE = 65_536, 256
Json = dict[str, Any]


class RefusedError(Exception):
    """What the API answers in the place of what was asked for."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, dict(headers or {})


@dataclass(frozen=True, slots=True)
class Webhook:
    """One delivery; ``body`` and ``headers`` are what is posted."""

    event: str
    delivery: str
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        """Signed by WEBHOOK_SECRET."""
        return {
            "Content-Type": "application/json",
            "X-GitHub-Event": self.event,
            "X-GitHub-Delivery": self.delivery,
            "X-Hub-Signature-256": signature(self.body),
        }


@dataclass
class FakeRepository:
    """``issues`` are GitHub's own objects by number; ``gone`` numbers were deleted."""

    id: int
    name: str
    issues: dict[int, Json] = field(default_factory=dict)
    comments: list[Json] = field(default_factory=list)
    events: list[Json] = field(default_factory=list)
    gone: set[int] = field(default_factory=set)
    archived: bool = False
    readable: bool = True
    has_issues: bool = True


@dataclass
class FakeGitHub:
    """``clock`` says what time it is there. ``refuses`` is answered to everything while it is set."""

    clock: Callable[[], datetime]
    login: str = OUR_LOGIN
    token: str = TOKEN
    bots: set[str] = field(default_factory=lambda: {"dependabot[bot]"})
    refuses: RefusedError | None = None
    loses_answers: int = 0
    repositories: list[FakeRepository] = field(default_factory=list)
    old_names: dict[str, FakeRepository] = field(default_factory=dict)
    outgoing: list[Webhook] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    base_url: str = "https://api.github.com"
    _serial: "count[int]" = field(default_factory=lambda: count(1))

    # ---------------------------------------------------------------- what people do there

    def add_repository(self, name: str) -> FakeRepository:
        """A repository, empty."""
        made = FakeRepository(7_000 + next(self._serial), name)
        self.repositories.append(made)
        return made

    def rename(self, old: str, new: str, *, by: str) -> None:
        """The old name leads to it as long as nobody takes it."""
        repository = self.find(old)
        self.old_names[old.lower()] = repository
        repository.name = new
        changes = {"repository": {"name": {"from": old.partition("/")[2]}}}
        self._happens("repository", "renamed", repository, by, changes=changes)

    def opens(self, name: str, title: str, body: str = "", *, by: str, labels: tuple[str, ...] = ()) -> int:
        """Somebody opens an issue; its number. Each label is a webhook of its own too, as it is there."""
        repository = self.find(name)
        number = max([*repository.issues, *repository.gone, 0]) + 1
        now = self._now()
        repository.issues[number] = {
            "id": 9_000_000 + next(self._serial),
            "number": number,
            "title": title,
            "body": body,
            "state": "open",
            "state_reason": None,
            "user": self._user(by),
            "labels": [{"name": label} for label in labels],
            "assignees": [],
            "html_url": f"https://github.com/{repository.name}/issues/{number}",
            "url": f"{self.base_url}/repos/{repository.name}/issues/{number}",
            "created_at": now,
            "updated_at": now,
            "closed_by": None,
        }
        self._happens("issues", "opened", repository, by, number)
        for label in labels:
            self._enters("labeled", repository, by, number, label={"name": label})
            self._happens("issues", "labeled", repository, by, number, label={"name": label})
        return number

    def comments_on(self, name: str, number: int, body: str, *, by: str) -> int:
        """Somebody comments; the comment's id."""
        repository = self.find(name)
        issue = repository.issues[number]
        now = self._now()
        comment = {
            "id": 5_000_000 + next(self._serial),
            "body": body,
            "user": self._user(by),
            "created_at": now,
            "updated_at": now,
            "html_url": f"{issue['html_url']}#issuecomment",
            "issue_url": issue["url"],
            "performed_via_github_app": None,
        }
        issue["updated_at"] = now
        repository.comments.append(comment)
        self._happens("issue_comment", "created", repository, by, number, comment=comment)
        return int(comment["id"])

    def labels(self, name: str, number: int, label: str, *, by: str) -> None:
        """Somebody puts a label on it."""
        self.find(name).issues[number]["labels"].append({"name": label})
        self._touched("labeled", name, number, by, label={"name": label})

    def takes_label_off(self, name: str, number: int, label: str, *, by: str) -> None:
        """Somebody takes a label off it."""
        self.find(name).issues[number]["labels"].remove({"name": label})
        self._touched("unlabeled", name, number, by, label={"name": label})

    def assigns(self, name: str, number: int, whom: str, *, by: str) -> None:
        """Somebody assigns it to somebody."""
        self._touched("assigned", name, number, by, assignee=self._user(whom))

    def edits(self, name: str, number: int, *, title: str, by: str) -> None:
        """Somebody gives it another title."""
        issue = self.find(name).issues[number]
        old, issue["title"] = issue["title"], title
        self._touched("edited", name, number, by, changes={"title": {"from": old}})

    def closes(self, name: str, number: int, *, by: str) -> None:
        """Somebody closes it, if it is open."""
        self._set_state(self.find(name), number, "closed", by)

    def reopens(self, name: str, number: int, *, by: str) -> None:
        """Somebody opens it again, if it is closed."""
        self._set_state(self.find(name), number, "open", by)

    def deletes(self, name: str, number: int, *, by: str) -> None:
        """Somebody deletes it: it answers 410 from then on."""
        repository = self.find(name)
        self._happens("issues", "deleted", repository, by, number)
        del repository.issues[number]
        repository.gone.add(number)

    # ---------------------------------------------------------------- what tests ask

    def find(self, name: str) -> FakeRepository:
        """The repository of this name, or that had it. Raises UsageError."""
        found = next((each for each in self.repositories if each.name.lower() == name.lower()), None)
        found = found or self.old_names.get(name.lower())
        if found is None:
            raise UsageError(f"there is no repository {name!r}")
        return found

    def issue(self, name: str, number: int) -> Json:
        """An issue as it stands."""
        return self.find(name).issues[number]

    def texts_on(self, name: str, number: int) -> list[str]:
        """What stands below an issue, in order, whoever wrote it."""
        url = self.issue(name, number)["url"]
        return [each["body"] for each in self.find(name).comments if each["issue_url"] == url]

    def deliveries(self) -> list[Webhook]:
        """What happened since this was asked last."""
        due, self.outgoing = self.outgoing, []
        return due

    # ---------------------------------------------------------------- the API

    def answer(self, method: str, path: str, asked: Mapping[str, str], fields: Any, token: str) -> tuple[Any, Json]:
        """What the API answers: JSON, and headers. Raises RefusedError, also for a redirect."""
        self.asked.append((method, path))
        if self.refuses is not None:
            raise self.refuses
        if token != f"Bearer {self.token}":
            raise RefusedError(401, "Bad credentials")
        match path.strip("/").split("/"):
            case ["user"]:
                return self._user(self.login), {}
            case ["repos", owner, name, *more]:
                return self._of_repository(self._readable(f"{owner}/{name}", path), method, more, asked, fields)
            case ["repositories", number, *more]:
                found = next((each for each in self.repositories if str(each.id) == number), None)
                if found is None:
                    raise RefusedError(404, "Not Found")
                return self._of_repository(found, method, more, asked, fields)
            case _:
                raise RefusedError(404, "Not Found")

    def _readable(self, name: str, path: str) -> FakeRepository:
        found = next((each for each in self.repositories if each.name.lower() == name.lower()), None)
        if found is not None and found.readable:
            return found
        moved = self.old_names.get(name.lower())
        if found is None and moved is not None:
            rest = path.strip("/").split("/", 3)[3:]
            to = "/".join([f"{self.base_url}/repositories/{moved.id}", *rest])
            raise RefusedError(301, "Moved Permanently", {"Location": to})
        raise RefusedError(404, "Not Found")

    def _of_repository(
        self, repository: FakeRepository, method: str, more: list[str], asked: Mapping[str, str], fields: Any
    ) -> tuple[Any, Json]:
        match (method, more):
            case ("GET", []):
                return {"id": repository.id, "full_name": repository.name}, {}
            case ("GET", ["issues"]):
                wanted = set(filter(None, asked.get("labels", "").split(",")))
                labelled = [
                    each for each in repository.issues.values() if wanted <= {label["name"] for label in each["labels"]}
                ]
                return self._paged(labelled, asked)
            case ("GET", ["issues", "events"]):
                return self._pages(list(reversed(repository.events)), asked)
            case ("GET", ["issues", "comments"]):
                return self._paged(repository.comments, asked)
            case ("POST", ["issues"]):
                return self._open(repository, fields), {}
            case (_, ["issues", number, *rest]):
                return self._of_issue(repository, int(number), method, rest, asked, fields)
            case _:
                raise RefusedError(404, "Not Found")

    def _of_issue(
        self,
        repository: FakeRepository,
        number: int,
        method: str,
        rest: list[str],
        asked: Mapping[str, str],
        fields: Any,
    ) -> tuple[Any, Json]:
        if number in repository.gone:
            raise RefusedError(410, "This issue was deleted")
        if number not in repository.issues:
            raise RefusedError(404, "Not Found")
        issue = repository.issues[number]
        if method == "GET" and rest == ["comments"]:
            return self._paged([each for each in repository.comments if each["issue_url"] == issue["url"]], asked)
        if method == "GET" and not rest:
            return issue, {}
        self._check_writable(repository)
        if method == "POST" and rest == ["comments"]:
            body = _checked(fields, "body", LONGEST_BODY)
            self.comments_on(repository.name, number, body, by=self.login)
            self._lose_answer()
            return repository.comments[-1], {}
        if method == "PATCH" and not rest:
            state = _checked(fields, "state", 10)
            if state not in ("open", "closed"):
                raise RefusedError(422, "Validation Failed")
            self._set_state(repository, number, state, self.login, fields.get("state_reason"))
            return issue, {}
        raise RefusedError(404, "Not Found")

    def _open(self, repository: FakeRepository, fields: Any) -> Json:
        self._check_writable(repository)
        if not repository.has_issues:
            raise RefusedError(410, "Issues has been disabled in this repository.")
        title, body = _checked(fields, "title", LONGEST_TITLE), _checked(fields, "body", LONGEST_BODY)
        number = self.opens(repository.name, title, body, by=self.login, labels=tuple(fields.get("labels", ())))
        self._lose_answer()
        return repository.issues[number]

    def _check_writable(self, repository: FakeRepository) -> None:
        if repository.archived:
            raise RefusedError(403, "Repository was archived so is read-only.")

    def _lose_answer(self) -> None:
        if self.loses_answers:
            self.loses_answers -= 1
            raise RefusedError(502, "Server Error")

    def _paged(self, items: list[Json], asked: Mapping[str, str]) -> tuple[list[Json], Json]:
        since = asked.get("since", "")
        found = sorted(
            (each for each in items if each["updated_at"] >= since), key=lambda each: str(each["updated_at"])
        )
        return self._pages(found, asked)

    def _pages(self, found: list[Json], asked: Mapping[str, str]) -> tuple[list[Json], Json]:
        size, page = int(asked.get("per_page", "30")), int(asked.get("page", "1"))
        more = len(found) > size * page
        link = {"Link": f'<{self.base_url}/next>; rel="next"'} if more else {}
        return found[size * (page - 1) : size * page], link

    # ---------------------------------------------------------------- webhooks

    def _set_state(
        self, repository: FakeRepository, number: int, state: str, by: str, reason: str | None = None
    ) -> None:
        issue = repository.issues[number]
        if issue["state"] == state:
            return
        issue["state"] = state
        issue["state_reason"] = reason or ("completed" if state == "closed" else "reopened")
        issue["closed_by"] = self._user(by) if state == "closed" else None
        self._touched("closed" if state == "closed" else "reopened", repository.name, number, by)

    def _touched(self, action: str, name: str, number: int, by: str, **more: Any) -> None:
        repository = self.find(name)
        repository.issues[number]["updated_at"] = self._now()
        if action != "edited":
            self._enters(action, repository, by, number, **more)
        self._happens("issues", action, repository, by, number, **more)

    def _enters(self, event: str, repository: FakeRepository, by: str, number: int, **more: Any) -> None:
        """Into the list of what was done. Of an assignment, GitHub has the one that was assigned as the actor."""
        is_assignment = event == "assigned"
        entry = {
            "id": 80_000_000 + next(self._serial),
            "event": event,
            "actor": more["assignee"] if is_assignment else self._user(by),
            "created_at": self._now(),
            "issue": repository.issues[number],
            **({"assigner": self._user(by)} if is_assignment else {}),
            **more,
        }
        repository.events.append(entry)

    def _happens(
        self, event: str, action: str, repository: FakeRepository, by: str, number: int | None = None, **more: Any
    ) -> None:
        payload = {
            "action": action,
            "repository": {"id": repository.id, "full_name": repository.name},
            "sender": self._user(by),
            **({"issue": repository.issues[number]} if number is not None else {}),
            **more,
        }
        serial = next(self._serial)
        self.outgoing.append(Webhook(event, f"00000000-0000-0000-0000-{serial:012d}", json.dumps(payload).encode()))

    def _user(self, login: str) -> Json:
        is_bot = login in self.bots or login.endswith("[bot]")
        return {"login": login, "id": sum(login.encode()), "type": "Bot" if is_bot else "User"}

    def _now(self) -> str:
        return self.clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _checked(fields: Any, name: str, longest: int) -> str:
    value = fields.get(name) if isinstance(fields, dict) else None
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise RefusedError(422, "Validation Failed")
    return value


def signature(body: bytes, secret: str = WEBHOOK_SECRET) -> str:
    """The header X-Hub-Signature-256 of this body."""
    return "sha256=" + hmac.new(secret.encode(), body, "sha256").hexdigest()
