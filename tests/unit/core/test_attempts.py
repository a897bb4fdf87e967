"""What is known of each attempt: one whose worker died may have gone, and one that only looked for it has not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from oncall.core import attempts
from oncall.core.accounted import Attempted
from oncall.core.delivery import Delivery, DeliveryKind, DeliveryState, retried, sent
from oncall.core.engineer import ContactMethod

NOW = datetime(2026, 3, 1, 3, tzinfo=UTC)
WAITING = Delivery(
    id="ours", kind=DeliveryKind.PAGE, purpose="page", incident=1042, recipient="alice", method=ContactMethod.CALL,
    address="+32470000001", created_at=NOW, due_at=NOW,
)  # fmt: skip


def claimed(delivery: Delivery) -> Delivery:
    return attempts.claimed(delivery, worker="one", lease_until=NOW + timedelta(seconds=20))


def unknown(delivery: Delivery) -> int:
    """How many of its calls may have gone without an id of theirs being known."""
    of = delivery
    known = Attempted(of.id, of.incident, of.method, of.attempts, of.settled, of.unsent, of.provider_id, of.bundle)
    return known.unknown


def again(delivery: Delivery) -> Delivery:
    return retried(delivery, NOW, error="timeout", code="")


def test_a_claim_may_have_gone_from_the_start_and_is_known_once_it_was_taken() -> None:
    first = claimed(WAITING)
    assert (unknown(WAITING), unknown(first), first.state) == (0, 1, DeliveryState.CLAIMED)
    assert unknown(sent(first, "CA1", "queued", NOW)) == 0


def test_looking_for_one_in_doubt_is_no_further_call_and_sending_it_again_is_one() -> None:
    looking = claimed(again(claimed(WAITING)))
    assert (looking.in_doubt, unknown(looking)) == (True, 1)
    assert unknown(sent(looking, "CA1", "ringing", NOW)) == 0
    sending = attempts.repeated(looking)
    assert (sending.in_doubt, unknown(sending)) == (True, 2)
    assert unknown(sent(sending, "CA2", "queued", NOW)) == 1
    assert unknown(claimed(again(sending))) == 2


def test_a_worker_that_dies_while_it_looks_has_sent_nothing() -> None:
    assert unknown(claimed(claimed(claimed(WAITING)))) == 1


def test_what_was_refused_for_sure_counts_no_more() -> None:
    refused = again(attempts.refused(claimed(WAITING), claimed(WAITING)))
    assert (unknown(refused), refused.attempts) == (0, 1)
    second = claimed(refused)
    assert (second.in_doubt, unknown(second)) == (False, 1)
    assert unknown(sent(second, "CA1", "queued", NOW)) == 0


def test_a_refusal_leaves_an_earlier_doubt_as_it_is() -> None:
    looking = claimed(again(claimed(WAITING)))
    for refused in (attempts.refused(attempts.repeated(looking), looking), attempts.refused(looking, looking)):
        assert unknown(again(refused)) == 1
        assert claimed(again(refused)).in_doubt


def test_whoever_was_to_send_one_for_the_first_time_has_nothing_to_look_for() -> None:
    first = claimed(WAITING)
    assert attempts.repeated(first) == first


def test_what_two_providers_may_have_taken_counts_twice() -> None:
    assert unknown(attempts.perhaps_gone(claimed(WAITING), 2)) == 2
    assert unknown(attempts.perhaps_gone(claimed(WAITING), 1)) == 1
    assert unknown(sent(claimed(WAITING), "CA1", "queued", NOW, perhaps_more=1)) == 1


def test_a_callback_of_the_one_that_was_lost_says_which_it_was() -> None:
    assert unknown(sent(again(claimed(WAITING)), "CA1", "ringing", NOW)) == 0


def test_what_a_release_that_does_not_count_so_has_written_counts_as_before() -> None:
    refused = replace(WAITING, attempts=1, settled=1)
    assert unknown(refused) == 0
    in_doubt = replace(WAITING, attempts=2, settled=0)
    assert unknown(in_doubt) == 2
    went = replace(WAITING, attempts=2, settled=2, provider_id="CA1")
    assert unknown(went) == 1
