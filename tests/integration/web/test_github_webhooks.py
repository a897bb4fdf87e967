"""GitHub's webhooks at the door: only what it signed comes in, at once, and nothing that is in one breaks anything."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from oncall.core.github import HEEDED
from oncall.core.inbound import InboundEvent
from oncall.sim.github import WEBHOOK_SECRET, signature
from oncall.web.github_webhooks import is_signed

from .conftest import SCHEDULES, Hotline

PAYLOADS = Path(__file__).parent / "github_payloads"
EXAMPLES = sorted(PAYLOADS.glob("*.json"))
YAML = SCHEDULES.replace("name: ACME Shop,", "name: ACME Shop, github: codertocat/hello-world,")
# From GitHub's own documentation.
SECRET, BODY = "It's a Secret to Everybody", b"Hello, World!"
SIGNED = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
ISSUE = {
    "action": "opened",
    "repository": {"id": 7, "full_name": "Codertocat/Hello-World"},
    "sender": {"login": "octocat", "type": "User"},
    "issue": {"number": 1, "title": "Hello", "user": {"login": "octocat", "type": "User"}, "state": "open"},
}


class Connected(Hotline):
    """A hotline that GitHub tells."""

    def __init__(self, **environ: str) -> None:
        super().__init__(YAML, **{"GITHUB_WEBHOOK_SECRET": WEBHOOK_SECRET, **environ})

    def said(
        self, body: bytes, *, event: str = "issues", delivery: str = "d-1", signed: str | None = None
    ) -> TestResponse:
        headers = {"X-Hub-Signature-256": signature(body) if signed is None else signed}
        headers |= {"X-GitHub-Event": event, "X-GitHub-Delivery": delivery, "Content-Type": "application/json"}
        return self.client.post("/webhooks/github", data=body, headers=headers)

    def kept(self, delivery: str = "d-1") -> InboundEvent | None:
        with self.database.read() as uow:
            return uow.inbound_events.get(f"github:{delivery}")


SECOND = timedelta(seconds=1)


def sent(payload: object) -> bytes:
    return json.dumps(payload).encode()


def test_github_s_own_example_of_a_signature_is_let_in() -> None:
    assert is_signed(BODY, SIGNED, SECRET)
    assert not is_signed(BODY + b"!", SIGNED, SECRET)
    assert not is_signed(BODY, SIGNED, "guessed")


@pytest.mark.parametrize("signed", ["", "sha256=", "sha1=abc", "ü", signature(sent(ISSUE), "guessed"), SIGNED])
def test_what_github_did_not_sign_is_refused_and_nothing_is_stored(signed: str) -> None:
    hotline = Connected()
    assert hotline.said(sent(ISSUE), signed=signed).status_code == 403
    assert hotline.kept() is None
    assert [event for event, _ in hotline.logged if event == "webhook.refused"]


def test_without_a_secret_nobody_gets_in() -> None:
    hotline = Connected(GITHUB_WEBHOOK_SECRET="")
    assert hotline.said(sent(ISSUE), signed=signature(sent(ISSUE), "")).status_code == 403


def test_one_is_answered_before_it_is_worked_on_and_becomes_an_incident_once() -> None:
    hotline = Connected()
    assert hotline.said(sent(ISSUE)).status_code == 202
    assert hotline.incidents() == 0
    assert hotline.said(sent(ISSUE)).status_code == 202
    hotline.engine_turns()
    assert hotline.said(sent(ISSUE)).status_code == 202
    hotline.engine_turns()
    assert hotline.incidents() == 1
    assert hotline.incident().customer == "acme"


def test_more_than_two_megabytes_are_refused_and_one_is_read() -> None:
    hotline = Connected()
    large = {**ISSUE, "issue": {**ISSUE["issue"], "body": "<!--@x " * 150_000}}  # type: ignore[dict-item]
    assert hotline.said(sent(large)).status_code == 202
    hotline.engine_turns()
    assert hotline.incidents() == 1
    assert len(hotline.incident().summary) <= 1600
    assert hotline.said(sent({"x": "y" * 2_100_000}), delivery="d-2").status_code == 403


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"[1, 2]", b"null", b"{", b"\xff\xfe", b'"text"', b"[" * 50_000, b"payload=%7B%7D"],
)
def test_what_is_no_json_object_is_recorded_and_nothing_more(body: bytes) -> None:
    hotline = Connected()
    assert hotline.said(body).status_code == 202
    assert [event for event, _ in hotline.logged if event == "github.unreadable"]
    assert hotline.kept() is None


@pytest.mark.parametrize(
    "change",
    [
        {"action": 7},
        {"action": "x" * 5000},
        {"repository": []},
        {"repository": {"id": "7", "full_name": "codertocat/hello-world"}},
        {"repository": {"id": 2**80, "full_name": "codertocat/hello-world"}},
        {"issue": "one"},
        {"issue": {"number": "1"}},
        {"issue": {"number": 1, "title": {"a": 1}, "labels": "x", "user": []}},
        {
            "issue": {
                "number": 1,
                "title": "\ud800\x00",
                "body": "\x00\u202e",
                "user": {"login": "o\x00c", "type": "User"},
            }
        },
        {"sender": None},
    ],
)
def test_wrong_types_break_nothing(change: dict[str, Any]) -> None:
    hotline = Connected()
    assert hotline.said(sent({**ISSUE, **change})).status_code == 202
    hotline.engine_turns()
    kept = hotline.kept()
    assert kept is not None and kept.finished_at is not None and "failed" not in kept.effect


@pytest.mark.parametrize(("event", "delivery"), [("issues", ""), ("", "d-1"), ("issues", "a b"), ("x" * 100, "d-1")])
def test_one_without_its_names_is_told_so(event: str, delivery: str) -> None:
    hotline = Connected()
    assert hotline.said(sent(ISSUE), event=event, delivery=delivery).status_code == 400
    assert hotline.incidents() == 0


def test_while_the_database_is_away_github_is_told_to_try_later() -> None:
    hotline = Connected()
    hotline.database.away = True
    assert hotline.said(sent(ISSUE)).status_code == 503


def test_there_are_examples_of_what_we_heed() -> None:
    assert {path.name.partition(".")[0] for path in EXAMPLES} >= HEEDED


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_github_s_own_examples_are_taken_and_worked_on(path: Path) -> None:
    hotline = Connected()
    event = path.name.partition(".")[0]
    assert hotline.said(path.read_bytes(), event=event).status_code == 202
    hotline.engine_turns()
    kept = hotline.kept()
    assert kept is not None and kept.finished_at is not None
    assert not kept.effect.startswith(("failed", "tried", "it cannot"))
    assert not [text for name, text in hotline.logged if name in ("inbound.failed", "job.failed", "web.error")]
    assert (hotline.incidents() == 1) == (kept.effect == "opened" or "opened" in path.name)


def test_the_life_of_an_issue_in_github_s_own_examples() -> None:
    hotline = Connected()
    for serial, name in enumerate(("opened", "labeled", "assigned", "edited", "unlabeled", "reopened", "pinned")):
        hotline.clock.at += SECOND
        body = (PAYLOADS / f"issues.{name}.json").read_bytes()
        assert hotline.said(body, delivery=f"d-{serial}").status_code == 202
    for serial, name in enumerate(("created", "edited", "deleted")):
        hotline.clock.at += SECOND
        body = (PAYLOADS / f"issue_comment.{name}.json").read_bytes()
        assert hotline.said(body, event="issue_comment", delivery=f"c-{serial}").status_code == 202
    hotline.engine_turns()
    incident = hotline.incident()
    assert incident.summary.startswith("Spelling error in the README file")
    with hotline.database.read() as uow:
        timeline = "\n".join(entry.text for entry in uow.timeline.of(incident.number))
    assert "Codertocat by GitHub: You are totally right!" in timeline
