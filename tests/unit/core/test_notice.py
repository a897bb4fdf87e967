"""Notices and the words for them."""

from dataclasses import replace
from datetime import datetime

import pytest

from oncall.core.incident import IncidentState, Resolution
from oncall.core.notice import NoticePurpose, outdated
from oncall.core.wording import notice_text
from tests.unit.core.night import MINUTE, NOW, an_incident

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
        (NoticePurpose.UPDATE, IncidentState.TRIGGERED, True),
        (NoticePurpose.RESOLVED, IncidentState.RESOLVED, True),
        (NoticePurpose.RESOLVED, IncidentState.TRIGGERED, False),  # reopened meanwhile
    ],
)
def test_a_notice_that_waited_is_told_only_while_it_is_true(
    purpose: NoticePurpose, state: IncidentState, told: bool
) -> None:
    resolved_at = NOW if state is IncidentState.RESOLVED else None
    incident = replace(an_incident(), state=state, acknowledged_by="alice", resolved_at=resolved_at)
    facts = {"holder": "alice", "at": NOW.isoformat()}
    assert outdated(purpose, incident, facts) is not told


@pytest.mark.parametrize(("holder", "told"), [("bob", True), ("alice", False)])
def test_who_has_it_is_told_only_while_it_is_they_who_have_it(holder: str, told: bool) -> None:
    bobs = replace(an_incident(), state=IncidentState.ACKNOWLEDGED, acknowledged_by="bob", acknowledged_at=NOW)
    facts = {"holder": holder, "engineer": holder, "at": (NOW - MINUTE).isoformat()}
    assert outdated(NoticePurpose.ACKNOWLEDGED, bobs, facts) is not told


@pytest.mark.parametrize(
    ("purpose", "at", "told"),
    [
        (NoticePurpose.UPDATE, NOW - MINUTE, False),
        (NoticePurpose.UPDATE, NOW + MINUTE, True),  # what was found out afterwards
        (NoticePurpose.RESOLVED, NOW - MINUTE, False),  # it was reopened and resolved again since
        (NoticePurpose.RESOLVED, NOW, True),
    ],
)
def test_what_was_said_before_the_last_resolution_is_not_told_after_it(
    purpose: NoticePurpose, at: datetime, told: bool
) -> None:
    resolved = replace(an_incident(), state=IncidentState.RESOLVED, resolved_at=NOW, resolution=Resolution.RESOLVED)
    assert outdated(purpose, resolved, {"at": at.isoformat()}) is not told


def test_a_notice_that_an_earlier_release_enqueued_is_told_as_it_was_then() -> None:
    held = replace(an_incident(), state=IncidentState.ACKNOWLEDGED, acknowledged_by="bob", acknowledged_at=NOW)
    over = replace(held, state=IncidentState.RESOLVED, resolved_at=NOW, resolution=Resolution.RESOLVED)
    assert not outdated(NoticePurpose.ACKNOWLEDGED, held, {"engineer": "Bob"})
    assert not outdated(NoticePurpose.UPDATE, over, {})
    assert not outdated(NoticePurpose.RESOLVED, over, {})


def test_a_screened_call_that_was_reopened_is_not_told_that_nobody_was_paged() -> None:
    screened = replace(an_incident(), state=IncidentState.RESOLVED, resolution=Resolution.SCREENED)
    assert not outdated(NoticePurpose.SCREENED, screened, {})
    assert outdated(NoticePurpose.SCREENED, replace(screened, state=IncidentState.TRIGGERED, resolution=None), {})
