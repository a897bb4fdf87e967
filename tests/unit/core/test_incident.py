"""What an incident says of itself."""

from dataclasses import replace

from oncall.core.incident import IncidentState, Resolution, TimelineKind
from tests.unit.core.night import MINUTE, NOW, SECOND, an_incident

PROMISED = an_incident(respond_by=NOW)


def test_a_response_in_time_is_no_breach_however_long_it_lasts_afterwards() -> None:
    assert not replace(PROMISED, responded_at=NOW).breached(NOW + 999 * MINUTE)
    assert replace(PROMISED, responded_at=NOW + SECOND).breached(NOW + SECOND)


def test_a_promise_is_broken_the_moment_it_runs_out_unanswered() -> None:
    assert not PROMISED.breached(NOW)
    assert PROMISED.breached(NOW + SECOND)


def test_what_was_resolved_in_time_without_an_acknowledgement_is_no_breach() -> None:
    over = replace(PROMISED, state=IncidentState.RESOLVED, resolution=Resolution.RESOLVED, resolved_at=NOW)
    assert not over.breached(NOW + MINUTE)


def test_without_a_clock_nothing_is_breached() -> None:
    assert not an_incident(respond_by=None).breached(NOW + 999 * MINUTE)


def test_the_tracking_page_never_shows_notes_pages_or_what_operators_are_told() -> None:
    private = {
        TimelineKind.NOTE,
        TimelineKind.PAGE,
        TimelineKind.ESCALATION,
        TimelineKind.OPERATORS,
        TimelineKind.PASSED,
    }
    assert not any(kind.public for kind in private)
