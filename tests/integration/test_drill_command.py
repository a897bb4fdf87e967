"""`oncall drill` over a running engine and a web that answers over HTTP, each on a real database."""

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from werkzeug.serving import make_server

from oncall import bootstrap
from oncall.bootstrap import Fakes, Runtime
from oncall.cli.drill import drill
from oncall.core.accounted import AskAccounted
from oncall.core.drill import DrillResult
from oncall.core.drill_plan import DrillPlan, last_turn
from oncall.core.engineer import ContactMethod
from oncall.core.welcome import Welcomed
from oncall.errors import TransientError, UsageError
from oncall.ports import Message, Receipt
from oncall.schedule_files import fingerprint
from oncall.settings import load_settings
from oncall.web import create_app
from tests.unit.engine.hotline import ALICE, BOB, YAML

ACCOUNT, TOKEN = "AC" + "1" * 32, "the-token"

Run = Callable[..., Result]


@dataclass
class Answering:
    """Takes every page, and has whoever is in ``hands`` acknowledge it a moment later."""

    hands: dict[str, str] = field(default_factory=dict)
    runtime: Runtime | None = None
    sent: list[Message] = field(default_factory=list)

    def send(self, message: Message) -> Receipt:
        self.sent.append(message)
        number = re.search(r"DRILL (\d+)", message.text)
        if number and message.to in self.hands and self.runtime is not None:
            who, answer = self.hands[message.to], self.runtime.respond.acknowledge
            threading.Timer(0.3, lambda: answer(int(number[1]), engineer=who, via="SMS")).start()
        return Receipt(f"SM{len(self.sent)}", "sent")

    def find(self, message: Message, since: datetime, known: AskAccounted) -> Receipt | None:
        return None

    def cancel(self, provider_id: str) -> None:
        return None


@pytest.fixture
def environ(database_url: str) -> dict[str, str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return {
        "DATABASE_URL": database_url,
        "SECRET_KEY": "x" * 32,
        "ONCALL_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_API_URL": "http://127.0.0.1:9",
        "USER": "dana",
    }


@pytest.fixture
def provider() -> Answering:
    return Answering()


@pytest.fixture
def service(environ: dict[str, str], provider: Answering) -> Iterator[Runtime]:
    settings = load_settings(environ, serving=True)
    channels = {ContactMethod.SMS: provider, ContactMethod.CALL: provider}
    runtime = bootstrap.build(settings, Fakes(channels=channels, log=lambda _event, **_fields: None))
    provider.runtime = runtime
    files = {"all.yaml": YAML}
    with runtime.database.begin() as uow:
        uow.welcomed.add(Welcomed("", "", runtime.clock.now()))  # its engineers have been there for a while
        uow.schedule_versions.publish(files, fingerprint=fingerprint(files), author="", now=runtime.clock.now())
    port = int(environ["ONCALL_PUBLIC_URL"].rpartition(":")[2])
    server = make_server("127.0.0.1", port, create_app(runtime), threaded=True)
    stopping = threading.Event()
    threads = [
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True),
        threading.Thread(target=runtime.engine.run, args=(stopping.is_set,), daemon=True),
    ]
    for thread in threads:
        thread.start()
    yield runtime
    stopping.set()
    server.shutdown()
    for thread in threads:
        thread.join(10)
    server.server_close()
    runtime.database.close()


@pytest.fixture
def run(environ: dict[str, str], service: Runtime) -> Run:
    def invoke(*words: str, **more: str) -> Result:
        return CliRunner(env={**environ, **more}).invoke(drill, words)

    return invoke


def test_alice_answers_and_the_command_tells_how_it_went(run: Run, provider: Answering) -> None:
    provider.hands = {ALICE: "alice"}
    done = run("alice", "--wait")
    assert done.exit_code == 0, done.output
    assert re.search(
        r"Drill \d+: paged Alice Martin after [\d.]+ s, .*delivered; Alice Martin acknowledged after [\d.]+ s\.",
        done.stdout,
    )
    assert {message.to for message in provider.sent} == {ALICE}


def test_a_program_reads_the_result(run: Run, provider: Answering) -> None:
    provider.hands = {BOB: "bob"}
    found = json.loads(run("bob", "--wait", "--json").stdout)
    assert (found["over"], found["paged"], found["acknowledged_by"]) == (True, ["Bob Peeters"], "Bob Peeters")
    assert 0 <= found["first_page_seconds"] <= found["acknowledged_seconds"] < 10


def test_a_call_for_practice_goes_through_the_public_url_and_pages_whoever_is_on_call(
    run: Run, provider: Answering, service: Runtime
) -> None:
    provider.hands = {ALICE: "alice"}
    done = run("--call", "--wait", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert (found["paged"], found["acknowledged_by"]) == (["Alice Martin"], "Alice Martin")
    with service.database.read() as uow:
        assert "Drill, opened by phone" in uow.timeline.of(found["incident"])[0].text


def test_a_call_for_practice_with_another_token_is_refused_like_anybody_s(run: Run, provider: Answering) -> None:
    refused = run("--call", TWILIO_AUTH_TOKEN="wrong")
    assert isinstance(refused.exception, UsageError)
    assert "refuses our signature" in str(refused.exception)
    assert provider.sent == []


def test_a_public_url_that_nobody_answers_is_what_a_drill_finds(run: Run) -> None:
    failed = run("--call", ONCALL_PUBLIC_URL="http://127.0.0.1:9")
    assert isinstance(failed.exception, TransientError)
    assert "customers' calls fail in the same way" in str(failed.exception)


def planned_a_minute_ago(service: Runtime) -> None:
    """A call for practice is in the schedules, was made a week ago, and has just come round."""
    now = service.clock.now()
    at = now - timedelta(minutes=1)
    plan = DrillPlan(at.weekday(), at.time().replace(second=0, microsecond=0), call=True)
    drills = f"drills: [{{call: true, at: {at:%a %H:%M}}}]".lower()
    files = {"all.yaml": f"{YAML}business_hours: {{timezone: UTC}}\n{drills}\n"}
    with service.database.begin() as uow:
        uow.drill_turns.begin(plan.key, last_turn(plan, "UTC", now) - timedelta(weeks=1))
        uow.schedule_versions.publish(files, fingerprint=fingerprint(files), author="", now=now)


def ended(service: Runtime) -> DrillResult:
    """How the only drill went, once it is over."""
    for _ in range(200):
        result = service.drills.latest()
        if result is not None and result.over:
            return result
        threading.Event().wait(0.1)
    raise AssertionError("no drill came to its end")


def test_an_engine_calls_by_plan_through_the_public_url(provider: Answering, service: Runtime) -> None:
    provider.hands = {ALICE: "alice"}
    planned_a_minute_ago(service)
    assert ended(service).acknowledged_by == "Alice Martin"
    with service.database.read() as uow:
        (begun,) = uow.incidents.latest_drills(5)
        assert "Drill, opened by phone" in uow.timeline.of(begun.number)[0].text


def test_a_wish_that_names_nobody_or_both_is_a_usage_error(run: Run) -> None:
    assert run().exit_code == 2
    assert run("alice", "--call").exit_code == 2


def test_an_engineer_who_does_not_exist_is_named(run: Run, tmp_path: Path) -> None:
    refused = run("alise")
    assert isinstance(refused.exception, UsageError)
    assert "there is no engineer `alise`" in str(refused.exception)
