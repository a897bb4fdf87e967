"""The words that people hear and read."""

import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.core import wording
from oncall.core.escalation_policy import EscalationPolicy
from oncall.core.incident import (
    NO_NOTE,
    Incident,
    IncidentState,
    IntakeChannel,
    Outcome,
    OutcomeKind,
    RequestType,
    TimelineEntry,
    TimelineKind,
)
from oncall.core.languages import CATALOGUES, Language, choose_language
from oncall.core.languages.phrases import Phrase
from oncall.core.notice import NoticePurpose
from oncall.core.plain_text import ALPHABET, clean, clip, gsm, segments
from oncall.core.sla import Priority

NOW = datetime(2026, 3, 2, 3, 12, tzinfo=UTC)
DETAILS = {
    "hotline": "Example Hosting",
    "engineer": "Alice Martin",
    "since": "03:12",
    "note": "The disk was full",
    "tracking_url": "https://oncall.example/track/abc",
}
INCIDENT = Incident(
    number=1042,
    state=IncidentState.TRIGGERED,
    priority=Priority.PRODUCTION_DOWN,
    request_type=RequestType.ON_CALL,
    channel=IntakeChannel.PHONE,
    opened_at=NOW,
    policy=EscalationPolicy("p", (), None, timedelta(minutes=30)),
    token="abc",
    due_at=NOW,
    company="ACME Shop",
    caller_name="Jane Doe",
    caller_number="+32470111111",
)


def holds_in_order(text: str, parts: tuple[str, ...]) -> bool:
    for part in parts:
        _, found, text = text.partition(part)
        if not found:
            return False
    return not text


def test_a_page_by_sms_begins_with_the_number_and_ends_with_how_to_answer() -> None:
    assert wording.page_sms(INCIDENT, hotline="Example Hosting") == (
        "1042 ACME Shop, Jane Doe, +32470111111. Production down (Example Hosting). Reply ACK 1042"
    )


def test_a_page_about_a_stranger_says_what_is_not_known() -> None:
    stranger = replace(INCIDENT, company="", caller_name="", caller_number="")
    assert wording.page_sms(stranger, hotline="X").startswith(
        "1042 unknown company, caller's name unknown, no number to call back."
    )
    assert wording.page_speech(stranger) == "Production down, from an unknown caller. Incident 1 0 4 2."


def test_a_page_is_spoken_from_whom_of_which_company() -> None:
    assert wording.page_speech(INCIDENT) == "Production down, from Jane Doe of ACME Shop. Incident 1 0 4 2."
    assert "from ACME Shop." in wording.page_speech(replace(INCIDENT, caller_name=""))


@given(company=st.text(max_size=400), name=st.text(max_size=400), summary=st.text(max_size=2000))
def test_a_page_by_sms_never_costs_more_than_two_segments(company: str, name: str, summary: str) -> None:
    incident = replace(INCIDENT, company=company, caller_name=name, summary=summary)
    text = wording.page_sms(incident, hotline="Example Hosting with quite a long name 🚀")
    assert holds_in_order(text, wording.page_sms_parts(incident))
    assert len(text) <= 320
    assert set(text) <= ALPHABET
    assert text.startswith("1042 ")
    assert text.endswith("Reply ACK 1042")


@pytest.mark.parametrize("drill", [False, True])
def test_a_page_by_sms_has_no_link_of_ours_for_which_carriers_take_it_for_spam(drill: bool) -> None:
    """grafana/oncall#2243, PR#2317: texts with links were blocked."""
    text = wording.page_sms(replace(INCIDENT, drill=drill), hotline="Example Hosting")
    assert "://" not in text
    assert INCIDENT.token not in text


def test_a_caller_from_anywhere_keeps_a_readable_name_in_the_gsm_alphabet() -> None:
    assert gsm("Zoë Čapková “Łódź” – naïve… 🔥€5") == 'Zoe Capkova "Lodz" - naive... EUR5'


@given(st.text())
def test_cleaned_text_can_always_stand_in_xml(text: str) -> None:
    root = ElementTree.Element("Say")
    root.text = clean(text)
    assert ElementTree.fromstring(ElementTree.tostring(root)).text in (clean(text), None)


def test_control_characters_and_reading_direction_are_cleaned_away() -> None:
    assert clean("a\x00b\x0bc\x1b[31md\u202ee\ufeff\r\nf\x85\ud800\uffff") == "abc[31mde\nf"


@given(st.text(max_size=50), st.integers(0, 40))
def test_clipped_text_is_never_longer_than_asked(text: str, limit: int) -> None:
    assert len(clip(text, limit)) <= limit


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", Phrase)
def test_every_phrase_exists_in_every_language_with_the_same_facts(language: Language, name: Phrase) -> None:
    text = CATALOGUES[language][name]
    assert text
    assert _placeholders(text) == _placeholders(CATALOGUES[Language.ENGLISH][name])


@pytest.mark.parametrize("language", Language)
def test_texts_to_customers_are_in_the_gsm_alphabet_and_short(language: Language) -> None:
    for name, text in CATALOGUES[language].items():
        if name.name.endswith("_TEXT") or name is Phrase.BY:
            assert set(text) - set("{}_") <= ALPHABET, (name, set(text) - ALPHABET)
            assert len(text) <= 230, name


@pytest.mark.parametrize("language", Language)
def test_no_prompt_of_the_hotline_takes_longer_than_eight_seconds(language: Language) -> None:
    characters_a_second = 15
    prompts = [n for n in Phrase if n.name.startswith(("ASK_", "SCREENING", "THANKS", "TROUBLE", "CALL_AGAIN"))]
    for name in prompts:
        assert len(CATALOGUES[language][name]) <= 8 * characters_a_second, name


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("purpose", NoticePurpose)
def test_a_notice_says_its_number_and_where_to_follow_it(purpose: NoticePurpose, language: Language) -> None:
    incident = replace(INCIDENT, language=language)
    text = wording.notice_text(purpose, incident, DETAILS, "en-GB")
    assert "{" not in text
    assert "Example Hosting" in text
    if purpose is not NoticePurpose.SCREENED:
        assert "1042" in text
        assert text.endswith("https://oncall.example/track/abc")
    assert len(text) <= 320


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("purpose", NoticePurpose)
def test_a_spoken_notice_spells_the_number_and_has_no_link(purpose: NoticePurpose, language: Language) -> None:
    spoken = wording.notice_speech(purpose, replace(INCIDENT, language=language), DETAILS, "en-GB")
    assert spoken.language is language
    assert "http" not in spoken.text
    assert "1042" not in spoken.text
    assert "Example Hosting" in spoken.text
    assert ("1 0 4 2" in spoken.text) is (purpose is not NoticePurpose.SCREENED)


def test_the_customer_reads_who_has_it_since_when() -> None:
    text = wording.notice_text(NoticePurpose.ACKNOWLEDGED, INCIDENT, DETAILS, "")
    assert text.startswith("Example Hosting: Alice Martin has your incident 1042 since 03:12.")


def test_the_customer_reads_how_it_was_resolved_and_how_to_say_that_it_was_not() -> None:
    text = wording.notice_text(NoticePurpose.RESOLVED, INCIDENT, DETAILS, "en")
    assert "incident 1042 is resolved by Alice Martin. The disk was full." in text
    assert "Reply REOPEN 1042" in text


def test_a_note_with_braces_and_missing_facts_is_still_told() -> None:
    assert "{x}" in wording.notice_text(NoticePurpose.UPDATE, INCIDENT, {"note": "{x}"}, "en")


def test_a_very_long_note_is_cut_but_not_the_link() -> None:
    text = wording.notice_text(NoticePurpose.RESOLVED, INCIDENT, DETAILS | {"note": "x" * 5000}, "en")
    assert len(text) <= 640
    assert text.endswith("Reply REOPEN 1042. Follow it: https://oncall.example/track/abc")


@pytest.mark.parametrize(
    ("wishes", "language"),
    [
        (("fr-FR",), Language.FRENCH),
        (("nl-BE",), Language.DUTCH),
        (("DE",), Language.GERMAN),
        (("", "fr"), Language.FRENCH),
        (("xx-YY", "nl"), Language.DUTCH),
        (("frr",), Language.ENGLISH),
        ((), Language.ENGLISH),
    ],
)
def test_the_first_language_that_we_speak_is_spoken(wishes: tuple[str, ...], language: Language) -> None:
    assert choose_language(*wishes) is language


@pytest.mark.parametrize("kind", OutcomeKind)
def test_every_outcome_is_told_by_text_and_by_voice(kind: OutcomeKind) -> None:
    outcome = Outcome(kind, INCIDENT, by="Alice Martin")
    assert "1042" in wording.outcome_text(outcome)
    assert "1 0 4 2" in wording.outcome_speech(outcome)
    assert set(wording.outcome_text(outcome)) <= ALPHABET


def test_the_second_engineer_hears_who_was_first() -> None:
    speech = wording.outcome_speech(Outcome(OutcomeKind.ALREADY_ACKNOWLEDGED, INCIDENT, by="Alice Martin"))
    assert speech == "Incident 1 0 4 2 is already acknowledged by Alice Martin. Goodbye."


def test_the_public_timeline_shows_only_what_has_a_public_text() -> None:
    private = TimelineEntry(NOW, TimelineKind.NOTE, "the customer is rude")
    assert wording.public_line(private, Language.ENGLISH) == ""
    paged = TimelineEntry(NOW, TimelineKind.PAGE, "Alice paged", "Alice paged")
    assert wording.public_line(paged, Language.ENGLISH) == ""
    told_already = TimelineEntry(NOW, TimelineKind.ACKNOWLEDGED, "x")
    assert wording.public_line(told_already, Language.ENGLISH) == ""
    acknowledged = TimelineEntry(NOW, TimelineKind.ACKNOWLEDGED, "x", "Alice Martin")
    assert wording.public_line(acknowledged, Language.FRENCH) == "Alice Martin s'en occupe."


def test_status_lists_open_incidents_one_a_line_and_stops() -> None:
    held = replace(INCIDENT, state=IncidentState.ACKNOWLEDGED, acknowledged_by="alice")
    text = wording.status_text([held, *[INCIDENT] * 9], {"alice": "Alice Martin"})
    assert text.splitlines()[0] == "1042 ACME Shop: Alice Martin has it"
    assert text.splitlines()[-1] == "and 4 more"


@given(subject=st.text(), text=st.text())
def test_operators_are_told_something_whatever_happened(subject: str, text: str) -> None:
    told = wording.operator_text({"subject": subject, "text": text})
    assert 0 < len(told) <= 320


def test_the_public_timeline_says_resolved_and_no_more_where_nobody_left_a_note() -> None:
    entry = TimelineEntry(NOW, TimelineKind.RESOLVED, "Alice Martin resolved it by phone", NO_NOTE)
    assert wording.public_line(entry, Language.ENGLISH) == "Resolved."


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1), ("x" * 160, 1), ("x" * 161, 2), ("x" * 306, 2), ("x" * 307, 3), ("é" * 160, 1),
        ("€" * 80, 1), ("€" * 81, 2), ("x" * 152 + "€" + "x" * 153, 3),
        ("’" * 70, 1), ("’" * 71, 2), ("’" * 134, 2), ("’" * 135, 3),
        ("🚨" * 35, 1), ("🚨" * 36, 2), ("🚨" * 66, 2), ("🚨" * 67, 3),
    ],
)  # fmt: skip
def test_a_text_is_counted_in_the_segments_that_carriers_count(text: str, count: int) -> None:
    assert segments(text) == count


@given(st.text(max_size=400), st.text(max_size=5))
def test_a_longer_text_never_takes_fewer_segments(text: str, more: str) -> None:
    assert 1 <= segments(text) <= segments(text + more)
