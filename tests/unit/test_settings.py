"""The environment, read once: what is wrong is named, and what is secret is never shown."""

import dataclasses
from pathlib import Path

import pytest

from oncall.errors import SettingsError
from oncall.settings import VARIABLES, Settings, is_loopback, load_settings

SERVING = {
    "SECRET_KEY": "0123456789abcdef",
    "ONCALL_PUBLIC_URL": "https://hotline.example.com",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "token",
}


def serving(**more: str) -> Settings:
    return load_settings({**SERVING, **more}, serving=True)


def test_the_four_required_variables_are_enough_to_serve() -> None:
    settings = serving()
    assert settings.database_url == "sqlite:///oncall.db"
    assert settings.port == 8080
    assert settings.schedules_dir == Path("schedules")
    assert settings.twiml_dir is None
    assert settings.twilio_api_url == "https://api.twilio.com"
    assert settings.smtp_url == ""


def test_every_field_of_settings_comes_from_one_variable() -> None:
    of_many = {"further_providers", "webhook_secrets"}
    names = {f.name for f in dataclasses.fields(Settings)} - of_many
    assert sorted(v.attribute for v in VARIABLES) == sorted(names)


def test_every_variable_says_why_it_exists() -> None:
    assert all(variable.reason.endswith(".") for variable in VARIABLES)


@pytest.mark.parametrize("name", SERVING)
def test_serving_without_a_required_variable_is_refused_and_names_it(name: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} is missing or empty"):
        load_settings({k: v for k, v in SERVING.items() if k != name}, serving=True)


@pytest.mark.parametrize("name", SERVING)
def test_a_required_variable_that_is_only_spaces_is_missing(name: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} is missing or empty"):
        serving(**{name: "  "})


def test_commands_that_do_not_serve_need_no_variable_at_all() -> None:
    settings = load_settings({}, serving=False)
    assert settings.twilio_auth_token == ""
    assert not settings.loopback_only


def test_a_wrong_value_is_refused_even_where_it_is_not_needed() -> None:
    with pytest.raises(SettingsError, match=r"^SMTP_URL "):
        load_settings({"SMTP_URL": "mail.example.com"}, serving=False)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("PORT", "٨٠٨٠"),  # digits, but not ours
        ("SECRET_KEY", "fifteen letters"),
        ("TWILIO_ACCOUNT_SID", "SK" + "0" * 32),
        ("TWILIO_ACCOUNT_SID", "AC0"),
        ("ONCALL_PUBLIC_URL", "hotline.example.com"),
        ("ONCALL_PUBLIC_URL", "http://hotline.example.com"),
        ("ONCALL_PUBLIC_URL", "ftp://hotline.example.com"),
        ("ONCALL_PUBLIC_URL", "https://hotline.example.com/?a=1"),
        ("ONCALL_PUBLIC_URL", "https://hotline.example.com/#a"),
        ("ONCALL_PUBLIC_URL", "https://me:secret@hotline.example.com"),
        ("ONCALL_PUBLIC_URL", "https://hotline.example.com:port"),
        ("ONCALL_PUBLIC_URL", "https://hot line.example.com"),
        ("ONCALL_PUBLIC_URL", "https://[::1"),
        ("TWILIO_API_URL", "http://127.0.0.1.example.com"),
        ("TWILIO_API_URL", "http://10.0.0.1"),
        ("TWILIO_API_URL", "https://u:p@api.twilio.com"),
        ("TWILIO_API_URL", "https://api.twilio.com?x=1"),
        ("PAGERDUTY_EVENTS_URL", "http://events.pagerduty.com"),
        ("GITHUB_API_URL", "file:///etc/passwd"),
        ("SLACK_API_URL", "//slack.com"),
        ("ONCALL_HEARTBEAT_URL", "hc-ping.com/1"),
        ("SMTP_URL", "https://mail.example.com"),
        ("SMTP_URL", "smtp://"),
        ("DATABASE_URL", "mysql://localhost/oncall"),
        ("DATABASE_URL", "postgresql+psycopg2://localhost/oncall"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "oncall.db"),
    ],
)
def test_a_wrong_value_stops_the_start_and_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} "):
        serving(**{name: value})


@pytest.mark.parametrize(
    "wrong",
    [
        {"SECRET_KEY": "hidden"},
        {"DATABASE_URL": "mysql://u:hidden@db/x"},
        {"SMTP_URL": "http://u:hidden@mail"},
        {"ONCALL_PUBLIC_URL": "https://u:hidden@example.com"},
    ],
)
def test_a_refused_value_is_not_shown_because_it_may_hold_a_secret(wrong: dict[str, str]) -> None:
    with pytest.raises(SettingsError) as caught:
        serving(**wrong)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("postgres://u:p@db/oncall", "postgresql+psycopg://u:p@db/oncall"),
        ("postgresql://u:p@db/oncall?sslmode=require", "postgresql+psycopg://u:p@db/oncall?sslmode=require"),
        ("postgresql+psycopg:///oncall", "postgresql+psycopg:///oncall"),
        ("postgresql://u:p@db1:5432,db2:5432/oncall", "postgresql+psycopg://u:p@db1:5432,db2:5432/oncall"),
        ("sqlite:////var/lib/oncall.db", "sqlite:////var/lib/oncall.db"),
    ],
)
def test_database_urls_are_taken_as_hosting_companies_write_them(given: str, kept: str) -> None:
    assert serving(DATABASE_URL=given).database_url == kept


def test_the_public_url_loses_its_trailing_slash_and_keeps_its_path() -> None:
    assert serving(ONCALL_PUBLIC_URL="https://example.com/hotline/").public_url == "https://example.com/hotline"


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:8080", "[::1]:8080", "demo.localhost"])
def test_plain_http_is_enough_on_this_machine(host: str) -> None:
    settings = serving(ONCALL_PUBLIC_URL=f"http://{host}", TWILIO_API_URL=f"http://{host}/")
    assert settings.loopback_only
    assert settings.twilio_api_url == f"http://{host}"


def test_a_public_host_is_not_loopback_whatever_it_is_called() -> None:
    assert not serving().loopback_only
    assert not any(is_loopback(host) for host in (None, "", "localhost.example.com", "0.0.0.0", "example.com"))


def test_a_value_may_come_from_a_file_without_its_last_newline(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("0123456789abcdef-from-a-file\n")
    environ = {name: value for name, value in SERVING.items() if name != "SECRET_KEY"}
    settings = load_settings({**environ, "SECRET_KEY_FILE": str(secret)}, serving=True)
    assert settings.secret_key == "0123456789abcdef-from-a-file"


def test_a_file_that_cannot_be_read_is_named() -> None:
    with pytest.raises(SettingsError, match=r"^SMTP_URL_FILE names /no/such/file"):
        serving(SMTP_URL_FILE="/no/such/file")


def test_a_wrong_value_in_a_file_names_the_file_variable(tmp_path: Path) -> None:
    port = tmp_path / "port"
    port.write_text("eighty")
    with pytest.raises(SettingsError, match=r"^PORT_FILE is not a port"):
        serving(PORT_FILE=str(port))


def test_a_variable_and_its_file_at_once_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "port"
    path.write_text("8080")
    with pytest.raises(SettingsError, match="PORT and PORT_FILE are both set"):
        serving(PORT="8080", PORT_FILE=str(path))


def test_no_secret_is_in_the_repr() -> None:
    secrets = {
        v.name: f"hidden-{v.name.lower()}-{'x' * 16}"
        for v in VARIABLES
        if any(word in v.name for word in ("SECRET", "TOKEN", "PASSWORD", "KEY"))
    }
    assert len(secrets) >= 9
    settings = serving(
        **secrets,
        DATABASE_URL="postgres://u:hidden@db/oncall",
        SMTP_URL="smtp://u:hidden@mail",
        ONCALL_HEARTBEAT_URL="https://hc.example.com/hidden",
    )
    assert "hidden" not in repr(settings)
    assert "hidden" not in str(settings)


@pytest.mark.parametrize(
    ("public_url", "listens_on"),
    [("http://127.0.0.1:8080", "127.0.0.1"), ("https://hotline.example.com", "0.0.0.0")],
)
def test_a_public_url_on_this_machine_is_served_to_this_machine_only(public_url: str, listens_on: str) -> None:
    assert serving(ONCALL_PUBLIC_URL=public_url).listens_on == listens_on


SECOND = {"ONCALL_PROVIDER_SECOND_LINE_ACCOUNT_SID": "AC" + "2" * 32, "ONCALL_PROVIDER_SECOND_LINE_AUTH_TOKEN": "two"}


def test_a_further_provider_is_found_by_its_name_in_the_schedules_and_its_token_is_never_shown() -> None:
    settings = serving(**SECOND)
    account = settings.provider_account("second-line")
    assert account is not None
    assert (account.account_sid, account.tokens, account.api_url) == (
        "AC" + "2" * 32, ("two",), "https://api.twilio.com",
    )  # fmt: skip
    assert settings.provider_account("third") is None
    assert settings.without_credentials(["twilio", "second-line", "third"]) == ["third"]
    assert "'two'" not in repr(settings)


def test_a_further_provider_s_token_may_come_from_a_file(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("from a file\n", encoding="utf-8")
    given = {"ONCALL_PROVIDER_B_ACCOUNT_SID": "AC" + "2" * 32, "ONCALL_PROVIDER_B_AUTH_TOKEN_FILE": str(token)}
    account = serving(**given, ONCALL_PROVIDER_B_API_URL="http://127.0.0.1:1/").provider_account("b")
    assert account is not None
    assert (account.auth_token, account.api_url) == ("from a file", "http://127.0.0.1:1")


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("ONCALL_PROVIDER_SECOND_LINE_AUTH_TOKEN", "", "ONCALL_PROVIDER_SECOND_LINE_AUTH_TOKEN is missing"),
        ("ONCALL_PROVIDER_SECOND_LINE_ACCOUNT_SID", "AC1", "ONCALL_PROVIDER_SECOND_LINE_ACCOUNT_SID is not an account"),
        ("ONCALL_PROVIDER_SECOND_LINE_API_URL", "http://far.example", "ONCALL_PROVIDER_SECOND_LINE_API_URL must begin"),
        ("ONCALL_PROVIDER_SECOND_LINE_AUTH_TOKEN_FILE", "/nowhere", "AUTH_TOKEN_FILE are both set"),
    ],
)
def test_a_further_provider_that_is_not_whole_stops_the_start_and_is_named(name: str, value: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        serving(**{**SECOND, name: value})
