"""Notices and the words for them."""

from dataclasses import replace

import pytest

from oncall.core.incident import IncidentState, Resolution
from oncall.core.notice import NoticePurpose, outdated
from oncall.core.wording import notice_text
from tests.unit.core.night import an_incident

FACTS = {
    "hotline": "Example Hosting",
    "hotline_number": "+3225550199",
    "tracking_url": "https://x.example/track/t",
    "engineer": "Alice Martin",
    "since": "03:12",
    "note": "disk full",
}


@pytest.mark.parametrize("purpose", list(NoticePurpose))
def test_every_notice_has_words_and_none_names_an_engineer_before_one_acknowledged(purpose: NoticePurpose) -> None:
    text = notice_text(purpose, an_incident(), FACTS, "en-GB")
    assert text.strip()
    if purpose in (NoticePurpose.RECEIVED, NoticePurpose.REOPENED, NoticePurpose.SCREENED):
        assert "Alice" not in text
    if purpose is NoticePurpose.ACKNOWLEDGED:
        assert "Alice Martin" in text


@pytest.mark.parametrize(
    ("purpose", "state", "told"),
    [
        (NoticePurpose.RECEIVED, IncidentState.TRIGGERED, True),
        (NoticePurpose.RECEIVED, IncidentState.ACKNOWLEDGED, False),  # "we are paging" is true no more
        (NoticePurpose.REOPENED, IncidentState.ACKNOWLEDGED, False),
        (NoticePurpose.ACKNOWLEDGED, IncidentState.ACKNOWLEDGED, True),
        (NoticePurpose.ACKNOWLEDGED, IncidentState.TRIGGERED, False),  # they fell silent: nobody has it
        (NoticePurpose.ACKNOWLEDGED, IncidentState.RESOLVED, False),
        (NoticePurpose.UPDATE, IncidentState.RESOLVED, True),
        (NoticePurpose.RESOLVED, IncidentState.RESOLVED, True),
        (NoticePurpose.RESOLVED, IncidentState.TRIGGERED, False),  # reopened meanwhile
    ],
)
def test_a_notice_that_waited_is_told_only_while_it_is_true(
    purpose: NoticePurpose, state: IncidentState, told: bool
) -> None:
    assert outdated(purpose, replace(an_incident(), state=state)) is not told


def test_a_screened_call_that_was_reopened_is_not_told_that_nobody_was_paged() -> None:
    screened = replace(an_incident(), state=IncidentState.RESOLVED, resolution=Resolution.SCREENED)
    assert not outdated(NoticePurpose.SCREENED, screened)
    assert outdated(NoticePurpose.SCREENED, replace(screened, state=IncidentState.TRIGGERED, resolution=None))
