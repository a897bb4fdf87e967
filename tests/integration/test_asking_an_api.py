"""How another system's API is reached for an import: in bounded time, and by the operator's own way out."""

import time
from datetime import timedelta
from pathlib import Path

import pytest

from oncall.cli import import_http
from oncall.cli.import_http import ImportApi
from oncall.schedule_files.importers import ImportSourceError
from oncall.system import SystemClock

from .channels.fake_twilio import Answer, running_fake_twilio
from .tunnel import CERTIFICATE, HOST, Tunnel, running_tunnel

TOKEN = {"Authorization": "Bearer token"}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy", "NETRC"):
        monkeypatch.delenv(name, raising=False)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def tunnel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with running_tunnel(tmp_path, '{"found": 1}') as found:
        monkeypatch.setenv("HTTPS_PROXY", found.url)
        yield found


def api(url: str = f"https://{HOST}") -> ImportApi:
    return ImportApi(url, TOKEN, SystemClock())


@pytest.mark.parametrize("drip_head", [False, True], ids=["body", "head"])
def test_an_api_that_trickles_is_given_up_when_the_time_is_over(
    monkeypatch: pytest.MonkeyPatch, *, drip_head: bool
) -> None:
    monkeypatch.setattr(import_http, "_ALL_FOR", timedelta(seconds=0.5))
    with running_fake_twilio() as host:
        host.will(Answer(200, " " * 400, drip=0.05, drip_head=drip_head))
        asked, began = api(host.url), time.monotonic()
        with pytest.raises(ImportSourceError, match="import a file instead"):
            asked.get("api")
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_the_companys_proxy_and_authority_are_gone_by(
    tunnel: Tunnel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    (tmp_path / "authority.pem").write_text(CERTIFICATE, encoding="ascii")
    monkeypatch.setenv(variable, str(tmp_path / "authority.pem"))
    assert api().get("api").number("found", 0) == 1
    assert tunnel.asked[0].startswith(f"CONNECT {HOST}:443 ")
    assert "token" not in tunnel.asked[0]


def test_a_login_of_this_machine_is_never_sent_in_the_place_of_the_token(
    tunnel: Tunnel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "authority.pem").write_text(CERTIFICATE, encoding="ascii")
    (tmp_path / "netrc").write_text(f"machine {HOST} login me password mine\n", encoding="ascii")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    api().get("api")
    assert "Authorization: Bearer token\r\n" in tunnel.heads[0]
    assert "Basic" not in tunnel.heads[0]


def test_an_authority_that_is_not_known_is_said_with_where_to_name_it(tunnel: Tunnel) -> None:
    with pytest.raises(ImportSourceError, match=r"cannot be trusted .* in REQUESTS_CA_BUNDLE or SSL_CERT_FILE"):
        api().get("api")
    assert tunnel.heads == []


def test_a_file_of_authorities_that_is_not_there_is_named(tunnel: Tunnel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/gone/authority.pem")
    with pytest.raises(ImportSourceError, match=r"/gone/authority.pem; mend REQUESTS_CA_BUNDLE or SSL_CERT_FILE"):
        api().get("api")
    assert tunnel.heads == []


def test_what_runs_on_this_machine_is_asked_without_the_proxy(tunnel: Tunnel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", tunnel.url)
    with running_fake_twilio() as host:
        host.will(Answer(200, {"found": 2}))
        assert api(host.url).get("api").number("found", 0) == 2
    assert tunnel.asked == []
