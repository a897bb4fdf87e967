"""The demo has two telephone accounts: with the first one away, the page comes from the second one's number."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Demo
from tests.browser.test_demo_story import A_WHILE, JANE, phone_of, phone_on_call

SECOND_NUMBER = "+3225550188"
WIDTHS = (390, 1280)

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_with_provider_one_away_the_engineer_is_called_from_the_second_number_and_answers(
    demo: Demo, context: BrowserContext, page: Page
) -> None:
    page.goto(demo.phones)
    jane, engineer = phone_of(page, JANE), phone_on_call(page, "production")
    switch, note = page.get_by_test_id("provider"), page.get_by_test_id("provider-away")
    expect(switch).to_have_text("Provider one: here")
    expect(note).to_be_hidden()

    switch.click()
    expect(switch).to_have_text("Provider one: away")
    expect(note).to_contain_text(SECOND_NUMBER)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, "nothing to scroll sideways"

    jane.part("dial").click()
    jane.hears("Hello ACME Shop")
    jane.part("hangup").click()
    expect(engineer.part("status")).to_contain_text("Incoming call", timeout=A_WHILE)
    expect(engineer.part("status")).to_contain_text(SECOND_NUMBER)
    engineer.part("answer").click()
    engineer.hears("Production down, from Jane Doe of ACME Shop")
    engineer.part("key-1").click()
    engineer.hears("Acknowledged")
    jane.gets_sms(f"{engineer.name} has your incident 1001")

    switch.click()
    expect(note).to_be_hidden()
