"""`oncall twilio configure` against the exchange's own API."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner, Result

from oncall.cli.twilio import twilio
from oncall.errors import SettingsError, SetupError, UsageError
from oncall.sim.exchange import Exchange, SecondAccount, run_exchange

ACCOUNT, TOKEN = "AC" + "1" * 32, "the-token"
SECOND, SECOND_TOKEN = "AC" + "2" * 32, "the-second-token"
HOTLINE, OTHER, SECOND_NUMBER = "+3225550199", "+3225550198", "+3225550188"
PUBLIC = "https://hotline.example"
YAML = """
hotline: {company: Example Hosting, number: "+3225550199", escalation_policy: p, EXTRA}
engineers: {alice: {name: Alice Martin, phone: "+32470000001"}}
schedules: {production: {timezone: UTC, rotations: [{name: w, starts: 2026-01-05, shift: 1w, engineers: [alice]}]}}
escalation_policies: {p: {steps: [{page: [production], wait: 5m}]}}
"""

Configure = Callable[..., Result]


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    started = run_exchange(
        host="127.0.0.1",
        port=0,
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        hotline_number=HOTLINE,
        hotline_base_url="http://127.0.0.1:9",
        public_url="https://old.example",
        phones=[],
        other_numbers=(OTHER,),
        second=SecondAccount(SECOND, SECOND_TOKEN, SECOND_NUMBER),
    ).start()
    yield started
    started.stop()


@pytest.fixture
def configure(exchange: Exchange, tmp_path: Path) -> Configure:
    def run(
        *words: str,
        answer: str = "",
        extra: str = "language: en-GB",
        number: str = HOTLINE,
        providers: str = "",
        **more: str,
    ) -> Result:
        (tmp_path / "all.yaml").write_text(YAML.replace("EXTRA", extra).replace(HOTLINE, number) + providers)
        environ = {
            "DATABASE_URL": f"sqlite:///{tmp_path}/none.db",
            "ONCALL_SCHEDULES_DIR": str(tmp_path),
            "ONCALL_PUBLIC_URL": PUBLIC,
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_API_URL": exchange.url,
        }
        return CliRunner(env={**environ, **more}).invoke(twilio, ["configure", *words], input=answer)

    return run


def test_what_would_change_is_shown_and_nothing_is_set_before_yes(configure: Configure, exchange: Exchange) -> None:
    refused = configure(answer="n\n")
    assert refused.exit_code == 1
    assert "https://old.example/voice/incoming" in refused.stdout
    assert f"{PUBLIC}/voice/incoming#ct=2000&rt=5000&rc=2&rp=5xx,ct,rt" in refused.stdout
    assert exchange.carrier.hotline.voice_url == "https://old.example/voice/incoming"

    agreed = configure(answer="y\n")
    assert agreed.exit_code == 0, agreed.output
    hotline = exchange.carrier.hotline
    assert hotline.voice_url == f"{PUBLIC}/voice/incoming#ct=2000&rt=5000&rc=2&rp=5xx,ct,rt"
    assert hotline.sms_url == f"{PUBLIC}/sms/incoming#ct=2000&rt=5000&rc=2&rp=5xx,ct,rt"
    assert hotline.status_url == f"{PUBLIC}/voice/status#rc=5&rp=5xx,ct,rt"


def test_a_number_that_is_set_needs_nothing_and_asks_nothing(configure: Configure) -> None:
    assert configure("--yes").exit_code == 0
    again = configure()
    assert again.exit_code == 0
    assert "Nothing is to be changed." in again.stdout


def test_check_exits_1_until_the_number_is_as_it_should_be(configure: Configure, exchange: Exchange) -> None:
    """target/goalert#845: nothing checked how the number is set up."""
    before = exchange.carrier.hotline
    assert configure("--check").exit_code == 1
    assert exchange.carrier.hotline == before
    configure("--yes")
    assert configure("--check").exit_code == 0


def test_a_dry_run_tells_a_program_and_sets_nothing(configure: Configure, exchange: Exchange) -> None:
    before = exchange.carrier.hotline
    found = json.loads(configure("--dry-run", "--json").stdout)
    assert (found["number"], found["ok"]) == (HOTLINE, False)
    voice = next(each for each in found["settings"] if each["name"] == "voice_url")
    assert voice["now"] == "https://old.example/voice/incoming"
    assert voice["wanted"].startswith(f"{PUBLIC}/voice/incoming#")
    assert exchange.carrier.hotline == before


def test_hosted_fallbacks_that_the_schedules_name_are_set_and_asked_for_by_get(
    configure: Configure, exchange: Exchange
) -> None:
    hosted = 'fallback_url: "https://static.example/voice.xml", sms_fallback_url: "https://static.example/sms.xml"'
    assert configure("--yes", extra=hosted).exit_code == 0
    hotline = exchange.carrier.hotline
    assert (hotline.voice_fallback_url, hotline.voice_fallback_method) == ("https://static.example/voice.xml", "GET")
    assert (hotline.sms_fallback_url, hotline.sms_fallback_method) == ("https://static.example/sms.xml", "GET")


def test_a_fallback_that_was_set_by_hand_stays_and_where_there_is_none_our_own_url_gets_a_second_try(
    configure: Configure, exchange: Exchange
) -> None:
    configure("--yes")
    assert exchange.carrier.hotline.voice_fallback_url == f"{PUBLIC}/voice/incoming"
    configure("--yes", extra='fallback_url: "https://static.example/voice.xml"')
    configure("--yes")
    assert exchange.carrier.hotline.voice_fallback_url == "https://static.example/voice.xml"


def test_a_number_that_the_account_does_not_have_is_refused_with_those_that_it_has(configure: Configure) -> None:
    refused = configure("--yes", number="+3225550177")
    assert isinstance(refused.exception, UsageError)
    assert "+3225550177" in str(refused.exception)
    assert f"It has: {HOTLINE}, {OTHER}." in str(refused.exception)


def test_a_wrong_token_is_named(configure: Configure) -> None:
    refused = configure("--yes", TWILIO_AUTH_TOKEN="wrong")
    assert isinstance(refused.exception, SetupError)
    assert "the account SID or the auth token is wrong" in str(refused.exception)


def test_without_an_account_the_missing_variable_is_named(configure: Configure) -> None:
    refused = configure("--yes", TWILIO_ACCOUNT_SID="")
    assert isinstance(refused.exception, SettingsError)
    assert "TWILIO_ACCOUNT_SID" in str(refused.exception)


def test_a_public_url_that_twilio_cannot_reach_is_never_set(configure: Configure) -> None:
    """target/goalert#799, #4454, bmlt-enabled/yap#945: error 21205, once somebody is paged."""
    refused = configure("--yes", ONCALL_PUBLIC_URL="http://127.0.0.1:8080", TWILIO_API_URL="https://api.twilio.com")
    assert isinstance(refused.exception, SettingsError)
    assert "where Twilio cannot reach it" in str(refused.exception)


def test_an_application_that_takes_the_place_of_the_urls_is_taken_away(
    configure: Configure, exchange: Exchange
) -> None:
    configure("--yes")
    found = json.loads(configure("--dry-run", "--json").stdout)
    account = exchange.url + f"/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers/{found['sid']}.json"
    posted = requests.post(account, data={"VoiceApplicationSid": "AP" + "2" * 32}, auth=(ACCOUNT, TOKEN), timeout=5)
    assert posted.json()["voice_application_sid"] == "AP" + "2" * 32
    assert configure("--check").exit_code == 1
    assert configure("--yes").exit_code == 0
    assert configure("--check").exit_code == 0


def test_the_number_of_another_provider_is_set_at_its_own_account(configure: Configure, exchange: Exchange) -> None:
    assert exchange.second is not None
    opens = {
        "ONCALL_PROVIDER_SECOND_ACCOUNT_SID": SECOND,
        "ONCALL_PROVIDER_SECOND_AUTH_TOKEN": SECOND_TOKEN,
        "ONCALL_PROVIDER_SECOND_API_URL": exchange.url,
    }
    providers = f'providers: {{second: {{number: "{SECOND_NUMBER}"}}}}\n'
    first = exchange.carrier.hotline
    assert configure("--yes", "--provider", "second", providers=providers, **opens).exit_code == 0
    assert exchange.second.hotline.voice_url.startswith(f"{PUBLIC}/voice/incoming#")
    assert exchange.carrier.hotline == first
    assert configure("--check", "--provider", "second", providers=providers, **opens).exit_code == 0


def test_a_provider_that_is_not_listed_or_not_opened_is_named(configure: Configure) -> None:
    unknown = configure("--check", "--provider", "third")
    assert isinstance(unknown.exception, UsageError)
    assert "no provider 'third'. There are: twilio." in str(unknown.exception)
    closed = configure(
        "--check", "--provider", "second", providers=f'providers: {{second: {{number: "{SECOND_NUMBER}"}}}}\n'
    )
    assert isinstance(closed.exception, SettingsError)
    assert "ONCALL_PROVIDER_SECOND_ACCOUNT_SID" in str(closed.exception)
