"""The previous release's own web and engine, alone, on what this release left in the middle of a night."""

import base64
import http.client
import re
from pathlib import Path

import pytest

from oncall.store import open_store
from tests.acceptance import test_one_problem_everywhere as one_problem
from tests.acceptance.everywhere import Everywhere, everywhere
from tests.migration.test_previous_release_reads import kept
from tests.previous_release import previous_release
from tests.process.provider import running_provider
from tests.process.service import Service, ended_with

PASSWORD = "for this test"
NOBODY = "http://127.0.0.1:9"
# Slack and GitHub are away, which is said; this is what a release says that cannot do its work.
CANNOT_WORK = re.compile(
    r"^.*(?:event=(?:engine\.turn_failed|job\.failed|tick\.failed|\S*\.error) |Traceback).*$", re.M
)
ELSEWHERE = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_SIGNING_SECRET": "secret",
    "SLACK_API_URL": NOBODY,
    "GITHUB_TOKEN": "token",
    "GITHUB_WEBHOOK_SECRET": "secret",
    "GITHUB_API_URL": NOBODY,
    "ONCALL_DASHBOARD_PASSWORD": PASSWORD,
}
pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


def in_the_middle_of_it() -> Everywhere:
    """One incident that somebody has and everybody talks about, and one for which somebody is to be paged."""
    there = Everywhere(one_problem.POSTMORTEMS)
    one_problem.comes_by_phone_and_is_seen_everywhere(there)
    one_problem.is_acknowledged_by_key(there)
    one_problem.is_talked_about_in_slack_and_at_github(there)
    stranger = there.stranger()
    stranger.dials()
    stranger.explains()
    return there


def status_of(service: Service, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=20)
    try:
        who = base64.b64encode(f"oncall:{PASSWORD}".encode()).decode()
        connection.request("GET", path, headers={"Authorization": f"Basic {who}"})
        return connection.getresponse().status
    finally:
        connection.close()


def test_the_previous_release_pages_and_shows_what_this_one_left_open_and_over(tmp_path: Path) -> None:
    code = previous_release(tmp_path / "code")
    there = in_the_middle_of_it()
    (tmp_path / "schedules").mkdir()
    for name, text in everywhere(one_problem.POSTMORTEMS).items():
        (tmp_path / "schedules" / name).write_text(text, encoding="utf-8")
    url = kept(there.world.rows, tmp_path / "rows.db")
    with running_provider() as provider:
        service = Service(tmp_path, tmp_path / "schedules", provider.url, url, ELSEWHERE, code=code)
        with ended_with(service.oncall("run")) as process:
            service.wait_until_ready(process, seconds=60)
            assert provider.wait_for(2, 20), service.said()
            store = open_store(url)
            with store.read() as work:
                known = work.incidents.listing(include_resolved=True)
            store.close()
            pages = ["/", "/reports", "/postmortems", "/calendar", "/overrides", "/metrics"]
            pages += [path for one in known for path in (f"/incidents/{one.number}", f"/track/{one.token}")]
            assert {path: status for path in pages if (status := status_of(service, path)) != 200} == {}
        assert len(known) == 2
        assert CANNOT_WORK.findall(service.log.read_text()) == []
