"""`oncall doctor`, as an operator and a program use it, against real sockets and a real database."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from oncall import bootstrap
from oncall.bootstrap import Runtime
from oncall.cli.doctor import doctor
from oncall.core.number_settings import NumberSettings, wanted_settings
from oncall.errors import UsageError
from oncall.ports import EngineSign
from oncall.schedule_files import fingerprint, read_folder
from oncall.settings import load_settings
from tests.integration.channels.fake_smtp import FakeSmtp, running_fake_smtp
from tests.integration.channels.fake_twilio import ACCOUNT, BASIC, TOKEN, Answer, FakeTwilio, Request, refused
from tests.integration.channels.fake_twilio import running_fake_twilio as running_fake_web

SHIPPED = Path(__file__).parents[2] / "schedules"
SECRET = "hunter2hunter2hunter2"
HOTLINE, SECOND_NUMBER = "+3225550199", "+3225550188"
SECOND = "AC" + "2" * 32
SECOND_BASIC = "Basic " + base64.b64encode(f"{SECOND}:2nd".encode()).decode()
SECOND_OPENS = {"ONCALL_PROVIDER_SECOND_ACCOUNT_SID": SECOND, "ONCALL_PROVIDER_SECOND_AUTH_TOKEN": "2nd"}
Looked = dict[str, tuple[str, str, str]]


def own_number(number: str, public_url: str) -> dict[str, object]:
    """A number of an account, as the API lists it, set as it should be."""
    wanted = wanted_settings(NumberSettings(), public_url=public_url, fallback_url="", sms_fallback_url="")
    return {"sid": "PN" + "1" * 32, "phone_number": number, **asdict(wanted)}


class Installation:
    """The settings of a service, its database, and what it talks to."""

    def __init__(self, url: str, outside: FakeTwilio, mail: FakeSmtp) -> None:
        self.outside, self.mail = outside, mail
        self.healthz, self.readyz = Answer(200, "ok\n"), Answer(200, "ok\nlast tick 1 s ago\n")
        self.accounts = {
            ACCOUNT: Answer(200, {"sid": ACCOUNT, "status": "active"}),
            SECOND: Answer(200, {"sid": SECOND, "status": "active"}),
        }
        self.numbers = {ACCOUNT: own_number(HOTLINE, outside.url), SECOND: own_number(SECOND_NUMBER, outside.url)}
        self.schedules = read_folder(SHIPPED)
        self.slack = Answer(200, {"ok": True, "user": "oncall", "team": "Example"})
        outside.will(self._answer)
        self.environ = {
            "DATABASE_URL": url,
            "SECRET_KEY": "x" * 32,
            "ONCALL_PUBLIC_URL": outside.url,
            "ONCALL_SCHEDULES_DIR": str(SHIPPED),
            "ONCALL_HEARTBEAT_URL": "https://watch.example/1",
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_API_URL": outside.url,
            "SMTP_URL": f"smtp://dana:{SECRET}@127.0.0.1:{mail.port}?from=oncall@example.com",
        }
        self.runtime: Runtime = bootstrap.build(load_settings(self.environ, serving=True))

    def _answer(self, request: Request) -> Answer:
        if request.path == "/healthz":
            return self.healthz
        if request.path == "/readyz":
            return self.readyz
        if request.path == "/slack/auth.test":
            return self.slack
        if request.path == "/user":
            known = request.headers.get("Authorization") == "Bearer github-token"
            return Answer(200, {"login": "example-bot"}) if known else Answer(401, {"message": "Bad credentials"})
        account = request.path.removeprefix("/2010-04-01/Accounts/")[: len(ACCOUNT)]
        if request.headers.get("Authorization") != (BASIC if account == ACCOUNT else SECOND_BASIC):
            return refused(401, 20003)
        if request.path == f"/2010-04-01/Accounts/{account}.json":
            return self.accounts[account]
        assert request.path == f"/2010-04-01/Accounts/{account}/IncomingPhoneNumbers.json"
        return Answer(200, {"incoming_phone_numbers": [self.numbers[account]], "page_size": 50, "next_page_uri": None})

    def publish(self) -> None:
        files = self.schedules
        with self.runtime.database.begin() as uow:
            uow.schedule_versions.publish(
                files, fingerprint=fingerprint(files), author="", now=self.runtime.clock.now()
            )

    def engine_speaks(self, ago: timedelta = timedelta(0)) -> None:
        now = self.runtime.clock.now()
        with self.runtime.database.begin() as uow:
            uow.engines.put(EngineSign("e", "host-a", 1, "1.0", now - ago, now - ago))

    @contextmanager
    def engines_work(self, ahead_by: dict[str, timedelta]) -> Iterator[None]:
        """Engines by their machine, each with a clock that is ahead by so much; they say so all the time."""
        over = threading.Event()

        def speak() -> None:
            while not over.is_set():
                now = self.runtime.clock.now()
                with self.runtime.database.begin() as uow:
                    for host, ahead in ahead_by.items():
                        uow.engines.put(EngineSign(host, host, 1, "1.0", now + ahead, now + ahead))
                over.wait(0.05)

        speaking = threading.Thread(target=speak)
        speaking.start()
        try:
            yield
        finally:
            over.set()
            speaking.join()

    def run(self, *words: str, **more: str) -> Result:
        names = {"DATABASE_URL", "SMTP_URL", "ONCALL_PUBLIC_URL", "ONCALL_HEARTBEAT_URL"}
        return CliRunner(env={**dict.fromkeys(names), **self.environ, **more}).invoke(doctor, words)

    def looked(self, *words: str, **more: str) -> Looked:
        rows = json.loads(self.run("--json", *words, **more).stdout)
        assert all(list(row) == ["check", "outcome", "text", "do"] for row in rows)
        return {row["check"]: (row["outcome"], row["text"], row["do"]) for row in rows}


@pytest.fixture
def here(database_url: str) -> Iterator[Installation]:
    with running_fake_web() as outside, running_fake_smtp() as mail:
        installation = Installation(database_url, outside, mail)
        yield installation
        installation.runtime.database.close()


def test_all_but_the_engine_is_well_in_a_fresh_installation(here: Installation) -> None:
    here.publish()
    looked = here.looked()
    assert {check for check, (outcome, _, _) in looked.items() if outcome != "ok"} == {"engines"}
    assert {"settings", "database", "schedules", "engines", "audit", "telephone", "public address", "mail"} <= set(
        looked
    )
    assert here.run().exit_code == 1, "without an engine nobody is paged"


@pytest.mark.postgres
def test_on_postgresql_the_clocks_of_server_and_machine_are_compared(postgres_url: str) -> None:
    with running_fake_web() as outside, running_fake_smtp() as mail:
        here = Installation(postgres_url, outside, mail)
        here.publish()
        outcome, text, _ = here.looked()["clock of the database"]
        here.runtime.database.close()
    assert outcome == "ok"
    assert text.startswith("the database server's clock is 0.")


def test_nothing_is_sent_by_looking(here: Installation) -> None:
    here.publish()
    here.run()
    assert {request.method for request in here.outside.requests} == {"GET"}
    assert here.mail.mails == []
    assert not any(command.startswith(("MAIL", "RCPT", "DATA")) for command in here.mail.commands)


def test_a_line_says_what_is_wrong_and_the_next_what_to_do(here: Installation) -> None:
    result = here.run()
    assert "fail  schedules: No schedule has been published" in result.stdout
    assert "      → run: oncall schedule publish" in result.stdout


def test_wrong_credentials_fail_and_are_not_shown(here: Installation) -> None:
    result = here.run(TWILIO_AUTH_TOKEN="wrong-" + SECRET)
    assert "fail  telephone: " in result.stdout
    assert "20003" in result.stdout
    assert SECRET not in result.stdout


def test_github_is_asked_who_we_are_where_it_is_connected(here: Installation) -> None:
    assert "github" not in here.looked()
    connected = {"GITHUB_API_URL": here.outside.url, "GITHUB_TOKEN": "github-token", "GITHUB_WEBHOOK_SECRET": "s"}
    assert here.looked(**connected)["github"][:2] == ("ok", "it knows us as example-bot")
    assert here.looked(**{**connected, "GITHUB_TOKEN": "other"})["github"][0] == "fail"
    assert here.looked(**{**connected, "GITHUB_WEBHOOK_SECRET": ""})["github"][0] == "warn"
    assert here.looked(**{**connected, "GITHUB_TOKEN": ""})["github"][0] == "warn"


def test_a_suspended_account_fails(here: Installation) -> None:
    here.accounts[ACCOUNT] = Answer(200, {"sid": ACCOUNT, "status": "suspended"})
    assert here.looked()["telephone"][:2] == ("fail", "our account is suspended")


def with_a_second_provider(here: Installation) -> None:
    """Listed in the published schedules, and opened by the environment."""
    here.environ |= SECOND_OPENS | {"ONCALL_PROVIDER_SECOND_API_URL": here.outside.url}
    here.schedules["providers.yaml"] = f'providers: {{second: {{number: "{SECOND_NUMBER}"}}}}\n'
    here.publish()


def test_every_provider_account_is_asked_for_itself_and_for_its_number(here: Installation) -> None:
    with_a_second_provider(here)
    looked = here.looked()
    asked = ("telephone", "number", "telephone of second", "number of second")
    assert {check: looked[check][0] for check in asked} == dict.fromkeys(asked, "ok")
    assert looked["number of second"][1].startswith(SECOND_NUMBER)
    here.accounts[SECOND] = Answer(200, {"sid": SECOND, "status": "suspended"})
    looked = here.looked()
    assert looked["telephone of second"][:2] == ("fail", "our account is suspended")
    assert looked["telephone"][0] == "ok"
    assert "number of second" not in looked, "an account that is not ours to use says nothing of its numbers"


def test_a_provider_whose_credentials_are_wrong_is_named_with_its_own_variables(here: Installation) -> None:
    with_a_second_provider(here)
    outcome, _, do = here.looked(ONCALL_PROVIDER_SECOND_AUTH_TOKEN="wrong")["telephone of second"]
    assert outcome == "fail"
    assert "ONCALL_PROVIDER_SECOND_AUTH_TOKEN" in do


def test_a_provider_that_nothing_in_the_environment_opens_is_warned_of(here: Installation) -> None:
    with_a_second_provider(here)
    looked = here.looked(**dict.fromkeys([*SECOND_OPENS, "ONCALL_PROVIDER_SECOND_API_URL"], ""))
    outcome, text, do = looked["telephone of second"]
    assert outcome == "warn"
    assert "passed by" in text
    assert "ONCALL_PROVIDER_SECOND_ACCOUNT_SID" in do


def test_an_account_that_the_schedules_do_not_list_is_asked_and_warned_of(here: Installation) -> None:
    here.publish()
    looked = here.looked(**SECOND_OPENS, ONCALL_PROVIDER_SECOND_API_URL=here.outside.url)
    assert looked["telephone of second"][0] == "ok"
    outcome, text, do = looked["number of second"]
    assert outcome == "warn"
    assert "nothing goes there" in text
    assert "providers:" in do


@pytest.mark.parametrize(
    ("account", "check", "command"),
    [
        (ACCOUNT, "number", "run: oncall twilio configure"),
        (SECOND, "number of second", "run: oncall twilio configure --provider second"),
    ],
)
def test_a_number_that_asks_somebody_else_is_warned_of_with_the_command_that_mends_it(
    here: Installation, account: str, check: str, command: str
) -> None:
    with_a_second_provider(here)
    here.numbers[account]["voice_url"] = "https://old.example/voice"
    outcome, text, do = here.looked()[check]
    assert (outcome, do) == ("warn", command)
    assert f"Calls ask: https://old.example/voice, to be {here.outside.url}/voice/incoming" in text


def test_a_number_that_the_account_does_not_have_fails(here: Installation) -> None:
    with_a_second_provider(here)
    here.numbers[SECOND]["phone_number"] = "+3225550177"
    outcome, text, do = here.looked()["number of second"]
    assert (outcome, do) == ("fail", "mend providers.second.number")
    assert "which has: +3225550177" in text


@pytest.mark.parametrize(
    ("answer", "token", "secret", "outcome", "says"),
    [
        ({"ok": True, "user": "oncall", "team": "Example"}, "xoxb", "s", "ok", "Slack knows us as oncall in Example"),
        ({"ok": True, "user": "oncall", "team": "Example"}, "xoxb", "", "warn", "nothing it says is heard"),
        ({"ok": False, "error": "invalid_auth"}, "xoxb", "s", "fail", "invalid_auth"),
        ({}, "", "s", "warn", "never answered"),
    ],
)
def test_slack_is_asked_whether_it_knows_us(
    here: Installation, answer: dict[str, object], token: str, secret: str, outcome: str, says: str
) -> None:
    assert "slack" not in here.looked()
    here.slack = Answer(200, answer)
    given = {"SLACK_BOT_TOKEN": token, "SLACK_SIGNING_SECRET": secret, "SLACK_API_URL": f"{here.outside.url}/slack"}
    found, text, _ = here.looked(**given)["slack"]
    assert found == outcome and says in text


def test_an_address_that_leads_elsewhere_fails(here: Installation) -> None:
    here.healthz = Answer(200, "<html>Welcome to nginx</html>")
    outcome, text, do = here.looked()["public address"]
    assert (outcome, text) == ("fail", f"somebody else answers at {here.outside.url}")
    assert "proxy" in do


def test_an_address_where_nobody_is_fails(here: Installation) -> None:
    assert here.looked(ONCALL_PUBLIC_URL="http://127.0.0.1:9")["public address"][0] == "fail"


def test_a_mail_server_that_refuses_the_password_fails(here: Installation) -> None:
    here.mail.replies["AUTH"] = "535 no"
    outcome, text, _ = here.looked()["mail"]
    assert outcome == "fail"
    assert "refuses the user or password" in text
    assert SECRET not in text


def test_a_folder_that_is_not_what_is_in_force_is_warned_of(here: Installation, tmp_path: Path) -> None:
    here.publish()
    for path in SHIPPED.glob("*.yaml"):
        (tmp_path / path.name).write_text(path.read_text() + "\n# changed\n")
    outcome, text, do = here.looked(ONCALL_SCHEDULES_DIR=str(tmp_path))["schedules"]
    assert (outcome, do) == ("warn", "run: oncall schedule diff")
    assert "version 1 is in force" in text


def test_without_heartbeat_and_ways_to_cry_for_help_it_warns(here: Installation) -> None:
    """Grafana OnCall: the URL of the heartbeat was optional, and without it nobody was told."""
    looked = here.looked(ONCALL_HEARTBEAT_URL="", SMTP_URL="")
    assert {looked[check][0] for check in ("heartbeat", "mail", "distress")} == {"warn"}


def test_a_missing_setting_is_named_and_what_can_be_looked_at_is(here: Installation) -> None:
    looked = here.looked(SECRET_KEY="")
    assert looked["settings"][0] == "fail"
    assert "SECRET_KEY" in looked["settings"][1]
    assert looked["database"][0] == "ok"


def test_a_database_that_is_away_is_named_and_the_rest_is_looked_at(here: Installation, tmp_path: Path) -> None:
    looked = here.looked(DATABASE_URL=f"sqlite:///{tmp_path}/none.db")
    assert looked["database"][0] == "fail"
    assert looked["telephone"][0] == "ok"


def test_each_engine_whose_clock_is_wrong_is_named_and_what_is_too_much_fails(here: Installation) -> None:
    here.publish()
    ahead_by = {"right": timedelta(0), "slow": timedelta(seconds=-3), "fast": timedelta(seconds=9)}
    with here.engines_work(ahead_by):
        result = here.run("--json")
    rows = json.loads(result.stdout)
    clocks = {row["text"].split()[3]: row for row in rows if row["check"] == "clock of an engine"}
    assert {host: row["outcome"] for host, row in clocks.items()} == {"right": "ok", "slow": "warn", "fast": "fail"}
    assert "chrony" in clocks["fast"]["do"]
    apart = next(row for row in rows if row["check"] == "clocks of the engines")
    assert apart["outcome"] == "fail"
    assert "ahead of slow (1)'s" in apart["text"]
    assert result.exit_code == 1


# ---------------------------------------------------------------- the probe


def test_a_probe_of_a_hotline_that_works_is_silent_about_trouble_and_exits_0(here: Installation) -> None:
    here.publish()
    here.engine_speaks()
    result = here.run("--probe")
    assert result.exit_code == 0, result.stdout
    assert result.stdout.count("ok  ") == 4


def test_a_probe_fails_while_the_only_telephone_provider_takes_nothing(here: Installation) -> None:
    here.publish()
    here.engine_speaks()
    here.runtime.provider_news.is_ill("twilio", "calling: it cannot be reached")
    result = here.run("--probe")
    assert result.exit_code == 1
    assert "fail  telephone: no call and no text goes out: twilio is found ill" in result.stdout
    here.runtime.provider_news.works("twilio")
    assert here.looked("--probe")["telephone"][:2] == ("ok", "not found ill: twilio")


def test_a_probe_warns_of_a_telephone_provider_in_whose_place_another_sends(here: Installation) -> None:
    with_a_second_provider(here)
    here.engine_speaks()
    here.runtime.provider_news.is_ill("twilio", "calling: it cannot be reached")
    result = here.run("--probe")
    assert result.exit_code == 0, result.stdout
    assert "warn  telephone: twilio is found ill; second is asked first" in result.stdout
    here.runtime.provider_news.is_ill("second", "calling: it does not answer")
    assert here.looked("--probe")["telephone"][:2] == (
        "fail", "no call and no text goes out: twilio, second are found ill",
    )  # fmt: skip


def test_a_probe_before_anything_is_published_says_nothing_of_telephone_providers(here: Installation) -> None:
    here.engine_speaks()
    assert "telephone" not in here.looked("--probe")


def test_a_probe_finds_what_is_stuck_without_any_engine(here: Installation) -> None:
    here.publish()
    here.engine_speaks(timedelta(minutes=5))
    runtime = here.runtime
    with runtime.database.begin() as uow:
        runtime.operators.tell(uow, "x", "x", runtime.clock.now() - timedelta(minutes=5))
    result = here.run("--probe")
    assert result.exit_code == 1
    assert "fail  audit: A delivery has been due since" in result.stdout
    assert "fail  engines: no engine works: the last tick was 300 s ago" in result.stdout


def test_a_probe_repeats_what_the_service_says_of_itself(here: Installation) -> None:
    here.publish()
    here.engine_speaks()
    here.readyz = Answer(503, "engine: no engine works\nlast tick 99 s ago\n")
    result = here.run("--probe")
    assert result.exit_code == 1
    assert "fail  readyz: engine: no engine works last tick 99 s ago" in result.stdout


def test_a_probe_from_a_machine_that_knows_the_address_only_asks_that(here: Installation) -> None:
    looked = here.looked("--probe", DATABASE_URL="")
    assert {check: row[0] for check, row in looked.items()} == {"readyz": "ok"}


def test_a_probe_that_reaches_nobody_fails(here: Installation, tmp_path: Path) -> None:
    looked = here.looked(
        "--probe", ONCALL_PUBLIC_URL="http://127.0.0.1:9", DATABASE_URL=f"sqlite:///{tmp_path}/none.db"
    )
    assert {check: row[0] for check, row in looked.items()} == {"readyz": "fail", "database": "fail"}


def test_a_probe_that_has_nothing_to_ask_says_so(here: Installation) -> None:
    result = here.run("--probe", DATABASE_URL="", ONCALL_PUBLIC_URL="")
    assert isinstance(result.exception, UsageError)
