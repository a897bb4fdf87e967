from dataclasses import replace

import pytest

from oncall.core.bundle_wording import (
    bundle_menu,
    bundle_outcome_speech,
    bundle_outcome_text,
    bundle_sms,
    bundle_speech,
)
from oncall.core.incident import Incident, Outcome, OutcomeKind
from oncall.core.plain_text import gsm
from tests.integration.store.samples import an_incident


def incidents(count: int, **changes: str) -> list[Incident]:
    return [replace(an_incident(**changes), number=1042 + n) for n in range(count)]


@pytest.mark.parametrize("count", [2, 3, 7, 20])
@pytest.mark.parametrize("name", ["Jane Doe", "Ж€|" * 60, ""])
def test_a_text_names_every_number_in_two_segments_of_the_gsm_alphabet(count: int, name: str) -> None:
    text = bundle_sms(incidents(count, caller_name=name, company=name, caller_number="+32470111111"))
    assert len(text) <= 320
    assert gsm(text) == text
    assert text.startswith(f"{count} incidents: 1042")
    assert all(str(1042 + n) in text for n in range(count))
    assert text.endswith(". Reply ACK ALL or ACK with one number")


def test_a_text_says_who_called_where_there_is_room() -> None:
    text = bundle_sms(incidents(3, caller_name="Jane Doe", company="ACME"))
    assert text.startswith("3 incidents: 1042 ACME Jane Doe, 1043 ACME Jane Doe, 1044 ACME Jane Doe")


def test_a_call_says_how_many_which_and_the_key_first() -> None:
    spoken = bundle_speech(incidents(3, caller_name="Jane Doe", company="ACME"))
    assert spoken[:2] == ["3 incidents: 1 0 4 2, 1 0 4 3, 1 0 4 4.", "To acknowledge all, press 1 at any time."]
    assert spoken[2] == "Production down, from Jane Doe of ACME. Incident 1 0 4 2."


def test_resolving_is_not_offered_for_several_at_once() -> None:
    assert bundle_menu() == (
        "To acknowledge all, press 1. To pass all to the next engineer, press 3. To repeat, press star."
    )


def test_what_became_of_each_is_said_of_each() -> None:
    one, two = incidents(2, company="ACME")
    outcomes = [
        Outcome(OutcomeKind.ACKNOWLEDGED, one, by="Alice Martin"),
        Outcome(OutcomeKind.ALREADY_ACKNOWLEDGED, two, by="Bob Peeters"),
    ]
    assert bundle_outcome_speech(outcomes) == (
        "Acknowledged. You have incident 1 0 4 2, ACME."
        " Incident 1 0 4 3 is already acknowledged by Bob Peeters. Goodbye."
    )
    assert bundle_outcome_speech([]).startswith("Somebody has all of these")


def test_the_reply_about_many_fits_a_text() -> None:
    reply = bundle_outcome_text([Outcome(OutcomeKind.ACKNOWLEDGED, one, by="A") for one in incidents(20)])
    assert reply.startswith("Acknowledged: 1042, 1043, ")
    assert reply.endswith("1061.")
    assert len(reply) <= 320
