"""What others account for of all that went to an address: a message in doubt is not taken for one of theirs."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from oncall.core.accounted import Accounted, Attempted, accounted
from oncall.core.delivery import Delivery, DeliveryKind
from oncall.core.engineer import ContactMethod

NOW = datetime(2026, 3, 1, 3, tzinfo=UTC)
OURS = Delivery(
    id="ours", kind=DeliveryKind.PAGE, purpose="page", incident=1042, recipient="alice", method=ContactMethod.CALL,
    address="+32470000001", created_at=NOW, due_at=NOW, attempts=2,
)  # fmt: skip
OTHER = Attempted("other", 1043, ContactMethod.CALL, attempts=1, settled=0, unsent=0, provider_id="", bundle=None)


def test_nothing_else_accounts_for_anything() -> None:
    assert accounted([], OURS) == Accounted()


def test_what_is_known_of_others_is_theirs() -> None:
    known = replace(OTHER, provider_id="CA1", settled=1)
    assert accounted([known], OURS) == Accounted(frozenset({"CA1"}), unknown=0)


@pytest.mark.parametrize(
    ("other", "unknown"),
    [
        (OTHER, 1),
        (replace(OTHER, attempts=2), 2),
        (replace(OTHER, attempts=2, settled=1), 1),
        (replace(OTHER, attempts=2, settled=2), 0),
        (replace(OTHER, attempts=2, unsent=1), 1),
        (replace(OTHER, attempts=2, settled=2, unsent=1, provider_id="CA1"), 0),
        (replace(OTHER, attempts=2, settled=2, provider_id="CA1"), 1),
        (replace(OTHER, attempts=3, settled=3, provider_id="CA1"), 2),
        (replace(OTHER, attempts=3, settled=3, unsent=2, provider_id="CA1"), 0),
        (replace(OTHER, attempts=0, provider_id="CA1"), 0),
    ],
    ids=[
        "in hand",
        "in doubt",
        "refused, and in hand",
        "refused twice",
        "in doubt, and being looked for",
        "found again",
        "sent again after a doubt",
        "twice so",
        "refused twice before it went",
        "claimed where nobody knows of it",
    ],
)
def test_each_attempt_of_another_that_may_have_gone_counts(other: Attempted, unknown: int) -> None:
    assert accounted([other], OURS).unknown == unknown


def test_of_two_that_were_taken_for_the_same_one_the_other_may_be_anybody_s() -> None:
    """They were looked up at the same instant. What the second of them really was must not be taken for ours."""
    both = [replace(OTHER, id=name, settled=1, provider_id="CA1") for name in ("first", "second")]
    assert accounted(both, OURS) == Accounted(frozenset({"CA1"}), unknown=1)
    together = [replace(one, bundle="first") for one in both]
    assert accounted(together, OURS) == Accounted(frozenset({"CA1"}), unknown=0)


def test_what_goes_together_is_one_call() -> None:
    together = [replace(OTHER, id=name, bundle="first") for name in ("first", "second", "third")]
    assert accounted(together, OURS).unknown == 1


def test_we_ourselves_are_no_other_and_nor_is_what_goes_with_us() -> None:
    ours = replace(OTHER, id="ours", attempts=2)
    assert accounted([ours], OURS).unknown == 0
    together = [replace(ours, bundle="ours"), replace(OTHER, bundle="ours")]
    assert accounted(together, replace(OURS, bundle="ours")).unknown == 0


def test_a_text_is_never_mistaken_for_a_call() -> None:
    assert accounted([replace(OTHER, method=ContactMethod.SMS)], OURS).unknown == 0


@pytest.mark.parametrize(("incident", "unknown"), [(1042, 1), (1043, 0), (None, 0)])
def test_a_text_says_which_incident_it_is_about(incident: int | None, unknown: int) -> None:
    text = replace(OURS, method=ContactMethod.SMS)
    other = replace(OTHER, method=ContactMethod.SMS, incident=incident)
    assert accounted([other], text).unknown == unknown
