"""Notification rules as deliveries, and how a run of them goes on after a failure."""

from dataclasses import replace
from datetime import timedelta
from itertools import count

from oncall.core.delivery import SHIFT, Delivery, DeliveryKind, DeliveryState, Urgency
from oncall.core.engineer import ContactMethod, Engineer, NotificationRule
from oncall.core.page import bring_forward, operator_deliveries, page_deliveries
from tests.unit.core.night import ALICE, BOB, DANA, MINUTE, NOW

CALL, SMS, EMAIL = ContactMethod.CALL, ContactMethod.SMS, ContactMethod.EMAIL


def pages(engineer: Engineer = ALICE) -> list[Delivery]:
    serial = count(1)
    return page_deliveries(engineer, 1042, why="on call", first=True, now=NOW, new_id=lambda: f"d{next(serial)}")


def told(operator: Engineer, *, email_connected: bool = True) -> list[tuple[ContactMethod, timedelta]]:
    serial = count(1)
    made = operator_deliveries(
        operator,
        subject="s",
        text="t",
        email_connected=email_connected,
        now=NOW,
        new_id=lambda: f"d{next(serial)}",
    )
    return [(delivery.method, delivery.due_at - NOW) for delivery in made]


def test_a_page_is_one_delivery_for_each_rule_in_the_order_of_their_delays() -> None:
    muddled = replace(
        ALICE,
        notify=(NotificationRule(CALL, 2 * MINUTE), NotificationRule(EMAIL, MINUTE), NotificationRule(SMS, 0 * MINUTE)),
    )
    made = pages(muddled)
    assert [(page.method, page.due_at - NOW, page.position) for page in made] == [
        (SMS, 0 * MINUTE, 0),
        (EMAIL, MINUTE, 1),
        (CALL, 2 * MINUTE, 2),
    ]
    assert len({page.chain for page in made}) == 1
    assert len({page.id for page in made}) == 3
    assert {page.urgency for page in made} == {Urgency.FIRST_PAGE}


def test_by_default_a_second_call_comes_within_three_minutes_to_get_through_do_not_disturb() -> None:
    """Lore-Hex/quill-router PR#610: telephones let a second call from the same number within three minutes ring."""
    calls = [page.due_at for page in pages(BOB) if page.method is CALL]
    assert len(calls) == 2
    assert calls[1] - calls[0] < 3 * MINUTE


def ended(page: Delivery) -> Delivery:
    return replace(page, state=DeliveryState.FAILED, finished_at=NOW)


def test_an_unanswered_call_brings_the_next_rule_forward() -> None:
    sms, first, second = pages()
    following = bring_forward([sms, ended(first), second], ended(first), NOW)
    assert following == replace(second, due_at=NOW)


def test_a_text_that_fails_while_the_telephone_rings_pushes_nothing() -> None:
    sms, first, second = pages()
    ringing = replace(first, state=DeliveryState.SENT)
    assert bring_forward([ended(sms), ringing, second], ended(sms), NOW) is None


def test_a_rule_that_has_been_tried_or_is_due_already_is_not_pushed() -> None:
    sms, first, second = pages()
    tried = replace(second, attempts=1)
    assert bring_forward([sms, ended(first), tried], ended(first), NOW) is None
    assert bring_forward([sms, ended(first), replace(second, due_at=NOW)], ended(first), NOW) is None


def test_after_the_last_rule_nothing_is_left_to_bring_forward() -> None:
    sms, first, second = pages()
    assert bring_forward([ended(sms), ended(first), ended(second)], ended(second), NOW) is None


def test_rules_that_have_ended_meanwhile_are_passed_by() -> None:
    sms, first, second = pages()
    assert bring_forward([ended(sms), ended(first), second], ended(sms), NOW) == replace(second, due_at=NOW)


def test_operators_are_mailed_at_once_besides_their_own_rules_since_the_telephone_may_be_ill() -> None:
    assert told(DANA) == [(EMAIL, 0 * MINUTE), (SMS, 0 * MINUTE), (CALL, 0 * MINUTE), (CALL, 2 * MINUTE)]
    assert [method for method, _ in told(DANA, email_connected=False)] == [SMS, CALL, CALL]
    assert [method for method, _ in told(BOB)] == [SMS, CALL, CALL]


def test_an_operator_whose_own_mail_rule_waits_is_mailed_at_once_all_the_same() -> None:
    patient = replace(DANA, notify=(NotificationRule(EMAIL, 10 * MINUTE),))
    assert told(patient) == [(EMAIL, 0 * MINUTE), (EMAIL, 10 * MINUTE)]
    prompt = replace(DANA, notify=(NotificationRule(EMAIL, 0 * MINUTE),))
    assert told(prompt) == [(EMAIL, 0 * MINUTE)]


def test_an_operator_without_notification_rules_is_mailed() -> None:
    assert told(replace(DANA, notify=())) == [(EMAIL, 0 * MINUTE)]
    assert told(replace(BOB, notify=())) == []


def test_a_first_page_is_of_an_unpaged_incident_or_of_a_further_engineer_and_a_repeat_is_neither() -> None:
    def run(*, first: bool, further: bool) -> set[tuple[Urgency, bool, bool, int]]:
        serial = count(1)
        made = page_deliveries(
            ALICE,
            1042,
            why="on call",
            first=first,
            further=further,
            now=NOW,
            new_id=lambda: f"d{next(serial)}",
        )
        return {(page.urgency, page.further, page.is_first_page, page.rank) for page in made}

    assert run(first=True, further=False) == {(Urgency.FIRST_PAGE, False, True, 0)}
    assert run(first=True, further=True) == {(Urgency.FIRST_PAGE, True, True, 1)}
    assert run(first=False, further=True) == run(first=False, further=False) == {(Urgency.REPEAT, False, False, 1)}
    notice = replace(pages()[0], kind=DeliveryKind.NOTICE, urgency=Urgency.NOTICE)
    assert (notice.rank, replace(notice, purpose=SHIFT).rank) == (2, 3)
