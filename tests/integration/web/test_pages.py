"""What people's browsers see: the dashboard, an incident, the customer's page, and the numbers."""

import base64
import html
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.test import TestResponse

from oncall.core.incident import IncidentState
from tests.integration.web.conftest import ALICE, JANE, SCHEDULES, Hotline

PASSWORD = "open sesame"


def token_of(response: TestResponse) -> str:
    found = re.search(r'name="token" value="([^"]+)"', response.text)
    assert found is not None
    return found[1]


def log_in(client: FlaskClient, password: str = PASSWORD, after: str = "/") -> TestResponse:
    form = client.get("/login")
    return client.post("/login", data={"token": token_of(form), "password": password, "next": after})


def press(hotline: Hotline, button: str, **fields: str) -> TestResponse:
    """Click on a button of the newest incident's page; the page after it."""
    place = f"/incidents/{hotline.incident().number}"
    token = token_of(hotline.client.get(place))
    return hotline.client.post(f"{place}/{button}", data={"token": token, **fields}, follow_redirects=True)


@pytest.fixture
def inside(hotline: Hotline) -> Hotline:
    """Jane has called; somebody is logged in."""
    hotline.call("/voice/incoming")
    assert log_in(hotline.client).status_code == 303
    return hotline


def test_nobody_sees_the_dashboard_without_the_password(hotline: Hotline) -> None:
    hotline.call("/voice/incoming")
    place = f"/incidents/{hotline.incident().number}"
    for path in ("/", place, f"{place}/recordings/RE1"):
        assert hotline.client.get(path).status_code == 303
    assert hotline.client.post(f"{place}/acknowledge", data={"engineer": "alice"}).status_code == 403
    assert log_in(hotline.client, "wrong").status_code == 403
    assert hotline.client.get("/").status_code == 303
    assert hotline.incident().state is IncidentState.TRIGGERED


def test_the_password_opens_it_and_leads_back(hotline: Hotline) -> None:
    assert log_in(hotline.client, after="/incidents/1").location == "/incidents/1"
    assert hotline.client.get("/").status_code == 200
    hotline.client.post("/logout", data={"token": token_of(hotline.client.get("/"))})
    assert hotline.client.get("/").status_code == 303


@pytest.mark.parametrize("after", ["https://evil.example", "//evil.example", "/\\evil.example", ""])
def test_a_login_leads_nowhere_else(hotline: Hotline, after: str) -> None:
    assert log_in(hotline.client, after=after).location == "/"


def test_a_program_may_send_the_password_with_each_request(hotline: Hotline) -> None:
    def basic(password: str) -> int:
        value = base64.b64encode(f"x:{password}".encode()).decode()
        return hotline.app.test_client().get("/", headers={"Authorization": f"Basic {value}"}).status_code

    assert basic(PASSWORD) == 200
    assert basic("wrong") == 303


def test_guessing_passwords_is_slow_and_ends_by_itself(hotline: Hotline) -> None:
    for _ in range(10):
        assert log_in(hotline.client, "wrong").status_code == 403
    assert log_in(hotline.client).status_code == 429
    hotline.clock.at += timedelta(minutes=6)
    assert log_in(hotline.client).status_code == 303


def test_guesses_from_elsewhere_lock_nobody_out_who_comes_by_the_same_proxy(hotline: Hotline) -> None:
    def try_it(password: str, forwarded: str, proxy: str = "10.0.0.7") -> int:
        value = base64.b64encode(f"x:{password}".encode()).decode()
        headers = {"Authorization": f"Basic {value}", "X-Forwarded-For": forwarded}
        client = hotline.app.test_client()
        return client.get("/", headers=headers, environ_base={"REMOTE_ADDR": proxy}).status_code

    for serial in range(10):
        assert try_it("wrong", f"198.51.100.{serial}, 203.0.113.9") == 303
    assert try_it(PASSWORD, "203.0.113.9") == 429
    assert try_it(PASSWORD, "203.0.113.10") == 200
    for serial in range(10):
        try_it("wrong", f"198.51.100.{serial}", proxy="93.184.216.34")
    assert try_it(PASSWORD, "198.51.100.99", proxy="93.184.216.34") == 429, (
        "whoever is no proxy of ours may say anything"
    )


def test_a_number_larger_than_any_incident_s_is_an_unknown_one(hotline: Hotline) -> None:
    log_in(hotline.client)
    assert hotline.client.get("/incidents/99999999999999999999").status_code == 404


def test_a_new_password_logs_everybody_out() -> None:
    before, after = Hotline(), Hotline(ONCALL_DASHBOARD_PASSWORD="another")
    log_in(before.client)
    cookie = before.client.get_cookie("oncall")
    assert cookie is not None
    for hotline, status in ((before, 200), (after, 303)):
        client = hotline.app.test_client()
        client.set_cookie("oncall", cookie.value)
        assert client.get("/").status_code == status
        hotline.database.close()


@pytest.mark.parametrize(
    ("public_url", "host", "status"),
    [
        ("http://127.0.0.1:8080", "127.0.0.1:8080", 200),
        ("http://localhost:8080", "[::1]:8080", 200),
        ("http://127.0.0.1:8080", "evil.example", 403),
        ("https://hotline.example", "127.0.0.1:8080", 403),
        ("https://hotline.example", "hotline.example", 403),
    ],
)
def test_without_a_password_only_this_machine_is_answered(public_url: str, host: str, status: int) -> None:
    hotline = Hotline(ONCALL_DASHBOARD_PASSWORD="", ONCALL_PUBLIC_URL=public_url)
    answered = hotline.client.get("/", headers={"Host": host})
    assert answered.status_code == status
    assert ("ONCALL_DASHBOARD_PASSWORD" in answered.text) is (status == 403)
    hotline.database.close()


def test_the_dashboard_says_who_is_on_call_now_and_next_and_what_is_open(inside: Hotline) -> None:
    page = inside.client.get("/").text
    assert "Alice Martin" in page
    assert "then Bob Peeters, from Mon 12 Jan 09:00 CET" in page
    assert f'href="/incidents/{inside.incident().number}"' in page
    assert "ACME Shop" in page
    assert "nobody has it" in page


def test_whoever_has_an_incident_asks_for_quiet_on_its_page_and_both_pages_say_until_when(inside: Hotline) -> None:
    page = press(inside, "snooze", engineer="alice", quiet_for="120").text
    assert "It is quiet until" in page
    assert "has it since" in page
    assert "Quiet until" in page
    assert "Alice Martin by dashboard: quiet until" in page
    assert "Alice Martin has it, quiet until" in inside.client.get("/").text


def test_where_several_must_acknowledge_both_pages_say_how_many_have(inside: Hotline) -> None:
    with inside.database.begin() as uow:
        incident = uow.incidents.get(inside.incident().number, lock=True)
        assert incident is not None
        uow.incidents.save(replace(incident, policy=replace(incident.policy, acknowledgements=2)))
    page = press(inside, "acknowledge", engineer="alice").text
    assert "1 of 2 engineers have acknowledged." in page
    assert "Alice Martin has it (1 of 2)" in inside.client.get("/").text
    assert "2 of 2 engineers have acknowledged." in press(inside, "acknowledge", engineer="bob").text


def test_whoever_has_an_incident_passes_it_to_whom_they_choose_on_its_page(inside: Hotline) -> None:
    press(inside, "acknowledge", engineer="alice")
    page = press(inside, "pass", engineer="alice", to="bob").text
    assert "Handed over. We are paging Bob Peeters" in page
    assert "Alice Martin handed it to Bob Peeters by dashboard" in page
    assert "Nobody has it yet." in page
    assert "nothing to pass on" in press(inside, "pass", engineer="bob").text


@pytest.mark.parametrize("quiet_for", ["", "x", "-5", "0", "9999", "١٢"])
def test_a_quiet_time_that_cannot_be_changes_nothing(inside: Hotline, quiet_for: str) -> None:
    assert "problem" in press(inside, "snooze", engineer="alice", quiet_for=quiet_for).text
    assert inside.incident().state is IncidentState.TRIGGERED


def test_an_incident_shows_its_timeline_and_can_be_acknowledged_updated_and_resolved(inside: Hotline) -> None:
    page = press(inside, "acknowledge", engineer="alice").text
    assert "Acknowledged. You have incident" in page
    assert "Alice Martin has it since Tue 6 Jan 03:12 CET" in page
    assert "Alice Martin acknowledged by dashboard" in page
    assert "Incident" in press(inside, "update", engineer="alice", note="Restarting <b>now</b>").text
    assert "Restarting &lt;b&gt;now&lt;/b&gt;" in press(inside, "note", engineer="alice", note="internal").text
    assert "Resolved." in press(inside, "resolve", engineer="alice", note="Disk replaced").text
    assert inside.incident().state is IncidentState.RESOLVED
    assert "open again" in press(inside, "reopen", engineer="bob").text
    assert inside.incident().state is IncidentState.TRIGGERED


def test_a_click_without_a_name_or_a_text_changes_nothing_and_says_why(inside: Hotline) -> None:
    assert "Choose who you are first." in press(inside, "acknowledge", engineer="").text
    assert "Choose who you are first." in press(inside, "resolve", engineer="mallory").text
    assert "write what there is to say" in press(inside, "update", engineer="alice", note="  ").text
    assert inside.incident().state is IncidentState.TRIGGERED


def test_a_click_from_another_site_changes_nothing(inside: Hotline) -> None:
    place = f"/incidents/{inside.incident().number}"
    assert inside.client.post(f"{place}/resolve", data={"engineer": "alice"}).status_code == 403
    assert inside.client.post(f"{place}/resolve", data={"engineer": "alice", "token": "x"}).status_code == 403
    assert inside.client.get(f"{place}/acknowledge").status_code == 405
    assert inside.incident().state is IncidentState.TRIGGERED


def test_an_incident_that_is_not_there_is_404(inside: Hotline) -> None:
    assert inside.client.get("/incidents/99").status_code == 404
    token = token_of(inside.client.get(f"/incidents/{inside.incident().number}"))
    fields = {"token": token, "engineer": "alice"}
    assert inside.client.post("/incidents/99/acknowledge", data=fields).status_code == 404
    assert inside.client.get("/incidents/1/recordings/RE1").status_code == 404


def test_a_recording_is_listened_to_on_the_page_and_can_be_sought_in(inside: Hotline) -> None:
    inside.call("/voice/problem?try=1&lang=en&done=1", RecordingSid="RE1", RecordingDuration="3")
    place = f"/incidents/{inside.incident().number}"
    assert f'src="{place}/recordings/RE1"' in inside.client.get(place).text
    inside.line.recordings["RE1"] = b"0123456789"
    part = inside.client.get(f"{place}/recordings/RE1", headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.data, part.mimetype) == (206, b"234", "audio/wav")
    assert inside.client.get("/incidents/77/recordings/RE1").status_code == 404


def test_the_customer_s_page_shows_state_and_public_facts_in_their_language_and_nothing_else(hotline: Hotline) -> None:
    hotline.call("/voice/incoming")
    incident = hotline.incident()
    hotline.runtime.respond.note(incident.number, by="Alice", note="the customer is rude", via="dashboard")
    track = f"/track/{incident.token}"
    page = hotline.client.get(track)
    assert page.status_code == 200
    assert '<html lang="fr">' in page.text
    assert "Nous appelons notre ingénieur" in page.text
    hotline.clock.at += timedelta(minutes=3)
    hotline.runtime.respond.acknowledge(incident.number, engineer="alice", via="phone")
    page = hotline.client.get(track)
    assert "Alice Martin s&#39;en occupe." in page.text
    assert "03:15 CET" in page.text
    assert "02:15 UTC" in page.text
    for private in (JANE, ALICE, "rude", "Jane", "phone</", "Screening", "acknowledged by"):
        assert private not in page.text
    hotline.runtime.respond.resolve(incident.number, engineer="alice", note="Disque <remplacé>", via="phone")
    assert "Résolu. Disque &lt;remplacé&gt;" in hotline.client.get(track).text
    hotline.clock.at += timedelta(days=91)
    assert hotline.client.get(track).status_code == 404


def test_the_customer_s_page_dates_the_night_by_the_customer_s_calendar(hotline: Hotline) -> None:
    hotline.clock.at = datetime(2026, 1, 6, 23, 30, tzinfo=UTC)
    hotline.call("/voice/incoming")
    page = hotline.client.get(f"/track/{hotline.incident().token}").text
    assert "2026-01-07 <b>00:30 CET</b> <small>23:30 UTC</small>" in page


def test_a_guessed_link_shows_nothing_and_a_missing_database_asks_for_patience(hotline: Hotline) -> None:
    hotline.call("/voice/incoming")
    assert hotline.client.get("/track/nonsense").status_code == 404
    hotline.database.away = True
    away = hotline.client.get("/track/nonsense")
    assert away.status_code == 503
    assert "try again" in away.text


def test_no_page_can_run_a_script_be_framed_be_indexed_or_tell_where_it_was(inside: Hotline) -> None:
    for path in ("/", f"/track/{inside.incident().token}", f"/incidents/{inside.incident().number}", "/login"):
        page = inside.client.get(path)
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert "script-src" not in page.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in page.headers["X-Robots-Tag"]
        assert "no-store" in page.headers["Cache-Control"]
        assert "<script" not in page.text
        assert " style=" not in page.text


def test_the_cookie_is_for_https_only_where_there_is_https(hotline: Hotline) -> None:
    cookie = hotline.client.get("/login").headers["Set-Cookie"]
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
    plain = Hotline(ONCALL_PUBLIC_URL="http://127.0.0.1:8080")
    assert "Secure" not in plain.client.get("/login").headers["Set-Cookie"]
    plain.database.close()


def test_an_error_of_ours_is_a_sentence_and_a_line_in_the_log(inside: Hotline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oncall.web.dashboard._duty", lambda *_: 1 / 0)
    page = inside.client.get("/")
    assert page.status_code == 500
    assert "Something went wrong on our side" in page.text
    assert any("ZeroDivisionError" in str(fields) for event, fields in inside.logged if event == "web.error")


def test_it_is_ready_only_with_a_database_its_tables_and_a_published_schedule(hotline: Hotline) -> None:
    assert hotline.client.get("/healthz").text == "ok\n"
    assert hotline.client.get("/readyz").status_code == 200
    hotline.database.away = True
    assert hotline.client.get("/healthz").status_code == 200
    away = hotline.client.get("/readyz")
    assert away.status_code == 503
    assert away.text.startswith("database: ")


def test_it_is_not_ready_before_the_first_publish() -> None:
    hotline = Hotline(publish="no")
    answered = hotline.client.get("/readyz")
    assert answered.status_code == 503
    assert "oncall schedule publish" in answered.text
    hotline.database.close()


def test_the_numbers_count_incidents_and_deliveries_and_say_how_late_we_are(inside: Hotline) -> None:
    inside.clock.at += timedelta(seconds=90)

    def numbers() -> dict[tuple[str, ...], float]:
        text = inside.client.get("/metrics").text
        return {
            (sample.name, *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    before = numbers()
    assert before["oncall_incidents_open",] == 1
    assert before["oncall_incidents", "triggered"] == 1
    assert before["oncall_oldest_due_seconds",] == 30
    inside.engine_turns()
    after = numbers()
    assert after["oncall_deliveries", "sms", "sent"] >= 1
    assert after["oncall_oldest_due_seconds",] == 0
    assert after["oncall_provider_up", "twilio"] == 1
    inside.runtime.provider_news.is_ill("twilio", "it does not answer")
    assert numbers()["oncall_provider_up", "twilio"] == 0
    inside.runtime.provider_news.works("twilio")
    assert numbers()["oncall_provider_up", "twilio"] == 1
    inside.database.away = True
    assert numbers() == {("oncall_database_up",): 0}


def test_a_drill_is_marked_and_the_dashboard_tells_how_the_last_one_went(inside: Hotline) -> None:
    begun = inside.runtime.drills.begin("alice", by="dana")
    inside.engine_turns()
    shown = inside.client.get(f"/incidents/{begun.number}").text
    assert "This is a drill, for practice." in shown
    assert "DRILL" in inside.client.get("/").text
    inside.clock.at += timedelta(seconds=42)
    inside.runtime.respond.acknowledge(begun.number, engineer="alice", via="SMS")
    inside.clock.at += timedelta(days=3)
    inside.engine_turns()
    assert "Last drill: 3 d ago, Alice Martin acknowledged after 42 s." in inside.client.get("/").text


CALLED_WEEKLY = SCHEDULES + "drills: [{call: true, every: 1w, at: tue 15:00}]\n"
TUESDAY = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)  # three o'clock in the zone of the business hours


@pytest.fixture
def practising() -> Iterator[Hotline]:
    """Every Tuesday at three the whole path is practised; somebody is logged in."""
    hotline = Hotline(CALLED_WEEKLY, starts_at=TUESDAY - timedelta(hours=1))
    hotline.engine_turns()
    log_in(hotline.client)
    yield hotline
    hotline.database.close()


def test_a_planned_call_goes_through_the_webhooks_and_the_dashboard_tells_how_it_went(practising: Hotline) -> None:
    practising.clock.at = TUESDAY
    practising.engine_turns()
    practising.engine_turns()  # what a chore began is seen by the next turn
    begun = practising.incident()
    assert begun.drill
    assert next(sent for sent in practising.line.sent if sent.to == ALICE).text.startswith(f"DRILL {begun.number}")
    assert "nobody has acknowledged yet" in practising.client.get("/").text
    practising.clock.at += timedelta(seconds=42)
    practising.runtime.respond.acknowledge(begun.number, engineer="alice", via="SMS")
    practising.clock.at += timedelta(hours=3)
    practising.engine_turns()
    assert "Last drill: 3 h ago, Alice Martin acknowledged after 42 s." in practising.client.get("/").text


def test_a_planned_call_that_fails_is_on_the_dashboard_until_a_drill_goes_well(practising: Hotline) -> None:
    practising.answers_outside = False
    practising.clock.at = TUESDAY
    practising.engine_turns()
    practising.clock.at += timedelta(hours=3)
    shown = html.unescape(practising.client.get("/").text)
    assert "Last drill: 3 h ago. The call for practice failed: https://hotline.example does not answer" in shown
    assert "customers' calls fail in the same way" in shown
    practising.answers_outside = True
    practising.clock.at = TUESDAY + timedelta(weeks=1)
    practising.engine_turns()
    assert "failed" not in practising.client.get("/").text
