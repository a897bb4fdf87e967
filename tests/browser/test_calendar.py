"""The calendar of shifts as people see it: on a telephone and on a desk, in their own time zone."""

import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from werkzeug.serving import make_server

from tests.browser.conftest import free_port
from tests.browser.pictures import take
from tests.chromium import ARGUMENTS
from tests.integration.web.conftest import Hotline

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
READABLE = 4.5
SCHEDULES = """
hotline: {company: Example Hosting, number: "+3225550199", escalation_policy: p, operators: [dana]}
engineers:
  alice: {name: Alice Martin, phone: "+32470000001"}
  bob: {name: Bob Peeters, phone: "+32470000002"}
  carol: {name: Carol Nguyen, phone: "+32470000003"}
  dana: {name: Dana Dubois, phone: "+32470000004"}
schedules:
  production:
    timezone: Europe/Brussels
    rotations:
      - {name: weekly, starts: 2026-01-05 09:00, shift: 1w, engineers: [alice, bob, carol]}
      - name: office
        starts: 2026-01-05 09:00
        shift: 1d
        engineers: [dana, carol]
        during: [{days: [tue, thu], from: "09:00", until: "18:00"}]
    overrides: [{engineer: bob, from: 2026-03-27 20:00, until: 2026-03-29 12:00, reason: Carol is at a wedding}]
  backup:
    timezone: Europe/Brussels
    rotations:
      - name: weekdays
        starts: 2026-01-05 09:00
        shift: 1w
        engineers: [bob, alice]
        during: [{days: [mon, tue, wed, thu, fri, sat], from: "00:00", until: "00:00"}]
escalation_policies: {p: {steps: [{page: [production, backup], wait: 5m}]}}
business_hours: {timezone: Europe/Brussels, days: [mon], from: "09:00", until: "18:00"}
"""

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def address() -> Iterator[str]:
    """The dashboard on this machine, on Wednesday 25 March 2026, four days before the clocks change."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    hotline = Hotline(SCHEDULES, ONCALL_PUBLIC_URL=url, ONCALL_DASHBOARD_PASSWORD="")
    hotline.clock.at = datetime(2026, 3, 25, 13, 30, tzinfo=UTC)
    server = make_server("127.0.0.1", port, hotline.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield url
    server.shutdown()
    thread.join(10)
    server.server_close()
    hotline.database.close()


@pytest.fixture
def plain_browser(chromium: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=str(chromium), args=[*ARGUMENTS])
        yield launched
        launched.close()


def opened(
    browser: Browser, url: str, *, size: dict[str, int], zone: str = "Europe/Brussels", dark: bool = False
) -> Page:
    """A tab of somebody in that zone."""
    context = browser.new_context(
        viewport=size, locale="en-GB", timezone_id=zone, color_scheme="dark" if dark else "light"
    )
    page = context.new_page()
    page.goto(url)
    return page


def month_of(page: Page, schedule: str) -> str:
    return page.locator(f"#{schedule} .month").inner_text()


def test_the_calendar_reads_well_on_a_telephone_and_on_a_desk(plain_browser: Browser, address: str) -> None:
    phone = opened(plain_browser, f"{address}/calendar", size=PHONE)
    expect(phone.locator("#production .agenda")).to_be_visible()
    expect(phone.locator("#production .month")).to_be_hidden()
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    take(phone, "calendar-phone")
    desk = opened(plain_browser, f"{address}/calendar", size=DESK)
    expect(desk.locator("#production .month")).to_be_visible()
    expect(desk.locator("#production .agenda")).to_be_hidden()
    assert desk.evaluate("document.documentElement.scrollWidth") <= DESK["width"]
    take(desk, "calendar")


def test_everybody_sees_their_own_time_zone_without_being_asked(plain_browser: Browser, address: str) -> None:
    here = opened(plain_browser, f"{address}/calendar", size=DESK)
    expect(here.locator("#production .zone")).to_contain_text("Times in Europe/Brussels, where you are.")
    assert "until 09:00\nCarol Nguyen" in month_of(here, "production")
    far = opened(plain_browser, f"{address}/calendar", size=DESK, zone="America/New_York")
    expect(far.locator("#production .zone")).to_contain_text("Times in America/New York, where you are.")
    # New York's clocks changed on 8 March and Brussels' on the 29th, so Monday's handoff comes at 4, and then at 3.
    assert "until 04:00\nBob Peeters" in month_of(far, "production")
    assert "until 03:00\nCarol Nguyen" in month_of(far, "production")
    far.get_by_label("Times").select_option("schedule")
    far.get_by_role("button", name="Show").click()
    expect(far.locator("#production .zone")).to_contain_text("Times in Europe/Brussels, the schedule’s own.")


def test_without_a_script_times_are_the_schedule_s_and_the_page_says_so(plain_browser: Browser, address: str) -> None:
    context = plain_browser.new_context(java_script_enabled=False, timezone_id="Asia/Tokyo", viewport=DESK)
    page = context.new_page()
    page.goto(f"{address}/calendar")
    zone = page.locator("#production .zone").inner_text()
    assert "Times in Europe/Brussels, the schedule’s own: your browser has not said where you are." in zone
    assert "until 09:00\nCarol Nguyen" in month_of(page, "production")


def test_a_zone_that_the_service_does_not_know_ends_in_no_loop(plain_browser: Browser, address: str) -> None:
    context = plain_browser.new_context(viewport=DESK)
    context.add_init_script(
        "Intl.DateTimeFormat.prototype.resolvedOptions = () => ({ timeZone: 'Mars/Olympus_Mons' });"
    )
    page = context.new_page()
    loads: list[str] = []
    page.on("load", lambda _page: loads.append(page.url))
    page.goto(f"{address}/calendar")
    expect(page.locator("#production .zone")).to_contain_text("the schedule’s own")
    page.wait_for_load_state("networkidle")
    assert len(loads) <= 2


CONTRAST = """element => {
  const numbers = text => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
  const luminance = rgb => {
    const [r, g, b] = rgb.map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const style = getComputedStyle(element);
  const [a, b] = [luminance(numbers(style.color)), luminance(numbers(style.backgroundColor))].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_colour_is_readable(plain_browser: Browser, address: str, dark: bool) -> None:
    page = opened(plain_browser, f"{address}/calendar", size=DESK, dark=dark)
    sample = page.locator("#production .month .shift").first
    shades = [*(f"hue{number}" for number in range(12)), "gap", "gap past"]
    for shade in shades:
        sample.evaluate("(element, shade) => { element.className = 'shift ' + shade }", shade)
        assert sample.evaluate(CONTRAST) >= READABLE, shade


def test_a_week_on_and_one_engineer_alone_are_a_click_away(plain_browser: Browser, address: str) -> None:
    page = opened(plain_browser, f"{address}/calendar", size=DESK)
    page.get_by_label("Engineer").select_option("Dana Dubois")
    page.get_by_role("button", name="Show").click()
    names = set(page.locator("#production .month .shift b").all_inner_texts())
    assert names == {"Dana Dubois"}
    page.get_by_role("link", name="Later →").click()
    assert re.search(r"from=2026-04-20", page.url)
    assert "engineer=dana" in page.url
    page.get_by_role("link", name="Today").click()
    expect(page.locator("#production td.today")).to_have_count(1)
