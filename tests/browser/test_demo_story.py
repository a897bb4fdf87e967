"""The demo's story, in a browser, with a microphone: from a phone call to a page, an acknowledgement and a notice."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Response, expect

from tests.browser.conftest import WIDE, Demo
from tests.browser.microphone import VOICE_HZ, main_frequency, seconds_of
from tests.browser.pictures import take

JANE = "+32470111111"
STRANGER = "+32470999999"
PHONE_SIZE = {"width": 390, "height": 780}
SPEAKS_FOR_MS = 2600
A_WHILE = 30_000

pytestmark = [pytest.mark.browser, pytest.mark.slow]


class Phone:
    """One handset on the page."""

    def __init__(self, handset: Locator) -> None:
        self.handset = handset
        self.name = handset.locator(".name").inner_text()

    def part(self, name: str) -> Locator:
        return self.handset.get_by_test_id(name)

    def hears(self, words: str) -> None:
        expect(self.part("captions")).to_contain_text(words, timeout=A_WHILE)

    def gets_sms(self, words: str) -> None:
        expect(self.part("thread")).to_contain_text(words, timeout=A_WHILE)

    def types(self, words: str, what: str) -> None:
        """Wait for these words and for the recording that follows them, and type what a microphone would hear."""
        self.hears(words)
        expect(self.part("recording")).to_be_visible(timeout=A_WHILE)
        expect(self.part("recording")).to_contain_text("No microphone", timeout=A_WHILE)
        self.part("typed-words").fill(what)
        self.part("record-done").click()

    def records(self, page: Page, words: str) -> None:
        """Wait for the beep that follows these words, speak a while, press hash."""
        self.hears(words)
        expect(self.part("recording")).to_be_visible(timeout=A_WHILE)
        expect(self.part("recording")).to_contain_text("speak now", timeout=A_WHILE)
        page.wait_for_timeout(SPEAKS_FOR_MS)
        self.part("key-hash").click()


def phone_of(page: Page, number: str) -> Phone:
    return Phone(page.get_by_test_id(f"phone-{number}"))


def phone_on_call(page: Page, schedule: str) -> Phone:
    duty = page.get_by_test_id("duty").get_by_text(re.compile(rf"\b{schedule}\b"))
    return Phone(page.locator(".handset.engineer").filter(has=duty).first)


def _is_played(response: Response) -> bool:
    return "/media/" in response.url and response.request.resource_type == "media"


def test_a_customer_phones_and_reads_the_name_of_the_engineer_who_pressed_1(
    demo: Demo, context: BrowserContext, page: Page
) -> None:
    page.goto(demo.phones)
    jane, engineer = phone_of(page, JANE), phone_on_call(page, "production")
    assert engineer.name in demo.said, "the terminal says whose phone will ring"

    jane.part("dial").click()
    jane.hears("Hello ACME Shop")
    jane.records(page, "say your name and company")
    jane.records(page, "describe the problem")
    jane.hears("Your incident number is 1 0 0 1")
    jane.gets_sms("we have your call, incident 1001")

    engineer.gets_sms("ACK 1001")
    expect(engineer.part("status")).to_contain_text("Incoming call", timeout=A_WHILE)
    with page.expect_response(_is_played, timeout=A_WHILE) as played:
        engineer.part("answer").click()
    audio = played.value.body()
    engineer.hears("Production down, from Jane Doe of ACME Shop")
    engineer.hears("(a recording is played)")
    take(page, "phones")
    assert main_frequency(audio) == pytest.approx(VOICE_HZ, rel=0.05), "what Jane said is what the engineer hears"
    assert seconds_of(audio) >= SPEAKS_FOR_MS / 1000, "from her first word"
    engineer.part("key-1").click()
    engineer.hears("Acknowledged")

    jane.gets_sms(f"{engineer.name} has your incident 1001")
    the_customer_follows_it(context, jane, f"{engineer.name} has it", picture="tracking")
    the_dashboard_shows_it(context, demo, engineer.name)

    engineer.part("sms-input").fill("RESOLVE 1001 The database is back.")
    engineer.part("sms-send").click()
    jane.gets_sms(f"incident 1001 is resolved by {engineer.name}. The database is back.")
    the_customer_follows_it(context, jane, "Resolved")


def the_customer_follows_it(context: BrowserContext, jane: Phone, words: str, picture: str = "") -> None:
    with context.expect_page() as opened:
        jane.part("thread").locator("a").last.click()
    tracking = opened.value
    tracking.set_viewport_size(PHONE_SIZE)
    expect(tracking.locator("body")).to_contain_text(words)
    expect(tracking.locator("body")).not_to_contain_text(JANE)
    width = tracking.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE_SIZE["width"], "nothing to scroll sideways on a phone"
    if picture:
        take(tracking, picture)
    tracking.close()


def the_dashboard_shows_it(context: BrowserContext, demo: Demo, engineer: str) -> None:
    dashboard = context.new_page()
    dashboard.goto(demo.dashboard)
    expect(dashboard.locator(".incident.acknowledged")).to_contain_text(f"{engineer} has it")
    take(dashboard, "dashboard", whole=True)
    dashboard.locator(".incident.acknowledged a").click()
    expect(dashboard.locator("main")).to_contain_text(f"{engineer} acknowledged by phone")
    recordings = dashboard.locator("audio")
    expect(recordings).to_have_count(2)
    take(dashboard, "incident")
    dashboard.close()


def test_a_stranger_without_a_microphone_types_and_a_click_on_the_dashboard_stops_the_ringing(
    demo: Demo, browser: Browser
) -> None:
    context = browser.new_context(viewport=WIDE, permissions=[])
    context.set_default_timeout(A_WHILE)
    page = context.new_page()
    page.add_init_script("navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('none'));")
    page.goto(demo.phones)
    stranger, engineer = phone_of(page, STRANGER), phone_on_call(page, "production")

    stranger.part("dial").click()
    stranger.hears("To reach the on-call engineer, press 1")
    stranger.part("key-1").click()
    stranger.types("say your name and company", "Max Muster of Muster Works")
    stranger.types("describe the problem", "Every page answers 502")
    stranger.part("hangup").click()
    expect(engineer.part("status")).to_contain_text("Incoming call", timeout=A_WHILE)

    dashboard = context.new_page()
    dashboard.goto(demo.dashboard)
    dashboard.locator(".incident.triggered a").click()
    dashboard.get_by_label("You are").select_option(label=engineer.name)
    dashboard.get_by_role("button", name="Acknowledge").click()
    expect(dashboard.locator("main")).to_contain_text(f"{engineer.name} has it")
    stranger.gets_sms(f"{engineer.name} has your incident 1001")
    expect(engineer.part("status")).not_to_contain_text("Incoming call", timeout=A_WHILE)
    the_dashboard_comes_to_show(dashboard, "Every page answers 502")
    context.close()


def the_dashboard_comes_to_show(dashboard: Page, words: str) -> None:
    """The page of an incident stands still while somebody writes in it: load it until the transcript has come."""
    for _ in range(40):
        if words in dashboard.locator("main").inner_text():
            return
        dashboard.wait_for_timeout(500)
        dashboard.reload()
    pytest.fail(f"the dashboard never showed {words!r}")
