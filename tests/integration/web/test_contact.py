"""The contact card and the page about it: for anybody, on a telephone."""

from tests.integration.web.conftest import SCHEDULES, Hotline


def test_the_card_is_a_file_that_telephones_know_and_needs_no_login(hotline: Hotline) -> None:
    answer = hotline.client.get("/contact.vcf")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/vcard; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="on-call.vcf"'
    assert "\r\nTEL;TYPE=WORK,VOICE,PREF:+3225550199\r\n" in answer.text


WITH_SECOND = (
    SCHEDULES
    + """
providers:
  second: {number: "+3225550188"}
  twilio: {}
"""
)


def test_all_numbers_that_may_call_are_on_the_card_and_the_page_the_preferred_first() -> None:
    two = Hotline(WITH_SECOND)
    card, page = two.client.get("/contact.vcf").text, two.client.get("/contact").text
    assert "\r\nTEL;TYPE=WORK,VOICE,PREF:+3225550188\r\nTEL;TYPE=WORK,VOICE:+3225550199\r\n" in card
    assert 'href="tel:+3225550188"' in page
    assert 'href="tel:+3225550199"' in page
    two.database.close()


def test_the_page_says_it_in_three_steps_for_each_telephone_and_names_no_engineer(hotline: Hotline) -> None:
    answer = hotline.client.get("/contact")
    assert answer.status_code == 200
    assert answer.text.count("<li>") == 6
    assert "Emergency Bypass" in answer.text
    assert "starred contacts" in answer.text
    assert 'href="/contact.vcf"' in answer.text
    assert "Alice" not in answer.text


def test_before_anything_is_published_both_say_so() -> None:
    unpublished = Hotline("no")
    assert [unpublished.client.get(path).status_code for path in ("/contact", "/contact.vcf")] == [503, 503]
    unpublished.database.close()
