"""`oncall fallback`: TwiML that rings, records, never loops, and can be checked where it is hosted."""

import threading
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from oncall.cli.fallback import fallback
from oncall.errors import UsageError
from oncall.twiml import dialled_numbers

ALICE, BOB = "+32470000001", "+32470000002"
YAML = """
hotline: {company: Example & Co, number: "+3225550199", escalation_policy: p, language: LANGUAGE}
engineers:
  alice: {name: Alice Martin, phone: "+32470000001"}
  bob: {name: Bob Peeters, phone: "+32470000002"}
schedules:
  production:
    timezone: UTC
    rotations: [{name: w, starts: 2026-01-05, shift: 520w, engineers: [alice]}]
escalation_policies: {p: {steps: [{page: [production], wait: 5m}, {page: [bob], wait: 5m}]}}
"""

Fallback = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Fallback:
    folder = tmp_path / "schedules"
    folder.mkdir()

    def invoke(*words: str, language: str = "en-GB", alice: str = ALICE, **more: str) -> Result:
        (folder / "all.yaml").write_text(YAML.replace("LANGUAGE", language).replace(ALICE, alice))
        environ = {
            "ONCALL_SCHEDULES_DIR": str(folder),
            "DATABASE_URL": f"sqlite:///{tmp_path}/none.db",
            "ONCALL_PUBLIC_URL": "https://hotline.example",
        }
        return CliRunner(env={**environ, **more}).invoke(fallback, words)

    return invoke


def test_it_rings_one_engineer_after_the_other_and_records_only_then(run: Fallback) -> None:
    printed = run()
    assert printed.exit_code == 0, printed.output
    root = ElementTree.fromstring(printed.stdout)
    assert [child.tag for child in root] == ["Say", "Dial", "Say", "Dial", "Say", "Record", "Say", "Hangup"]
    assert dialled_numbers(printed.stdout) == (ALICE, BOB)
    assert {dial.attrib["callerId"] for dial in root.iter("Dial")} == {"+3225550199"}
    # A mailbox picks up after thirty seconds; Twilio adds up to five.
    assert {dial.attrib["timeout"] for dial in root.iter("Dial")} == {"20"}


def test_after_its_recording_it_never_begins_again(run: Fallback) -> None:
    record = ElementTree.fromstring(run().stdout).find("Record")
    assert record is not None
    assert (record.attrib["action"], record.attrib["method"]) == ("thanks.xml", "GET")
    elsewhere = ElementTree.fromstring(run("--thanks-url", "https://handler.twilio.com/twiml/EH1?a=1&b=2").stdout)
    assert elsewhere.find("Record").attrib["action"] == "https://handler.twilio.com/twiml/EH1?a=1&b=2"  # type: ignore[union-attr]
    thanks = ElementTree.fromstring(run("--thanks").stdout)
    assert [child.tag for child in thanks][-1] == "Hangup"


def test_it_speaks_the_hotline_s_language_and_says_until_when_it_is_right(run: Fallback) -> None:
    printed = run(language="fr-FR").stdout
    root = ElementTree.fromstring(printed)
    assert {say.attrib["language"] for say in root.iter("Say")} == {"fr-FR"}
    assert "Right until" in printed
    assert "Example &amp; Co" in printed
    assert "Right until" in run("--until").stdout


def test_texts_are_answered_with_the_number_to_phone(run: Fallback) -> None:
    message = ElementTree.fromstring(run("--sms").stdout).find("Message")
    assert message is not None
    assert "Please phone +3225550199" in (message.text or "")


def test_a_hosted_one_is_right_until_an_engineer_s_number_changes(run: Fallback, tmp_path: Path) -> None:
    hosted = tmp_path / "hosted"
    assert run("--into", str(hosted)).exit_code == 0
    assert sorted(file.name for file in hosted.iterdir()) == ["sms.xml", "thanks.xml", "voice.xml"]
    assert run("--check", str(hosted / "voice.xml")).exit_code == 0
    changed = run("--check", str(hosted / "voice.xml"), alice="+32470000009")
    assert changed.exit_code == 1
    assert "does not ring Alice Martin" in changed.stderr


def test_it_is_checked_where_it_is_hosted(run: Fallback, tmp_path: Path) -> None:
    run("--into", str(tmp_path / "hosted"))
    handler = partial(_Quiet, directory=str(tmp_path / "hosted"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/voice.xml"
        try:
            assert run("--check", url).exit_code == 0
            assert run("--check", url, alice="+32470000009").exit_code == 1
            gone = run("--check", url.replace("voice", "gone"))
        finally:
            server.shutdown()
    assert "fetching the fallback at 127.0.0.1: it answered HTTP 404" in str(gone.exception)


@pytest.mark.parametrize("content", ["not xml", "<html/>", '<!DOCTYPE x [<!ENTITY a "b">]><Response/>', "\x00"])
def test_something_else_in_its_place_is_no_fallback(run: Fallback, tmp_path: Path, content: str) -> None:
    (tmp_path / "other.xml").write_text(content)
    refused = run("--check", str(tmp_path / "other.xml"))
    assert isinstance(refused.exception, UsageError)
    assert "it is no TwiML document" in str(refused.exception)


def test_two_wishes_at_once_are_refused(run: Fallback) -> None:
    assert run("--sms", "--until").exit_code == 2


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""
