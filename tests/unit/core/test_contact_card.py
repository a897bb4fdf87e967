"""The contact card, as telephones read it (RFC 2426)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.core.contact_card import contact_card


def unfolded(card: str) -> list[str]:
    return card.replace("\r\n ", "").split("\r\n")


def test_it_names_the_company_and_every_number_that_we_call_from_the_usual_one_first() -> None:
    assert contact_card("Example Hosting", ["+3225550199", "+15551234567"]) == (
        "BEGIN:VCARD\r\n"
        "VERSION:3.0\r\n"
        "UID:on-call-hotline-3225550199\r\n"
        "N:Example Hosting on call;;;;\r\n"
        "FN:Example Hosting on call\r\n"
        "ORG:Example Hosting\r\n"
        "TEL;TYPE=WORK,VOICE,PREF:+3225550199\r\n"
        "TEL;TYPE=WORK,VOICE:+15551234567\r\n"
        "NOTE:On-call pages come from here. Let this contact through Do Not Disturb.\r\n"
        "END:VCARD\r\n"
    )


@pytest.mark.parametrize(
    ("company", "written"),
    [("A; B", r"A\; B"), ("A, B", r"A\, B"), (r"A\B", r"A\\B"), ("A\r\nTEL:+1900", "A TEL:+1900"), ("Ünï", "Ünï")],
)
def test_what_means_something_to_a_card_is_escaped_and_a_line_break_adds_no_line(company: str, written: str) -> None:
    card = unfolded(contact_card(company, ["+3225550199"]))
    assert f"FN:{written} on call" in card
    assert len([line for line in card if line.startswith("TEL")]) == 1


@given(st.text(min_size=1, max_size=200))
def test_no_line_is_longer_than_75_octets_and_unfolding_gives_back_what_was_written(company: str) -> None:
    card = contact_card(company, ["+3225550199"])
    lines = card.split("\r\n")
    assert max(len(line.encode("utf-8", "surrogatepass")) for line in lines) <= 75
    assert lines[-1] == ""
    assert len(unfolded(card)) == 10
