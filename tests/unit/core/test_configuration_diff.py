"""What else is another: short sentences, and no telephone number in full."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
import pytz

from oncall.core.business_hours import BusinessHours
from oncall.core.configuration import Configuration
from oncall.core.configuration_diff import MOST_LINES, ConfigurationDiff, compare, diff_lines
from oncall.core.customer import Contact, Customer
from oncall.core.engineer import Absence, ContactMethod, Engineer, NotificationRule
from oncall.core.escalation_policy import EscalationPolicy, EscalationStep
from oncall.core.hotline import Hotline
from oncall.core.override import Override
from oncall.core.provider import OwnLimits, Provider
from oncall.core.rotation import Membership, Rotation, ShiftLength, Window
from oncall.core.schedule import Schedule
from oncall.core.sla import DEFAULT_PROMISES, Priority

MINUTE = timedelta(minutes=1)
SINCE = datetime(2026, 11, 24, 8, tzinfo=pytz.utc)
UNTIL = SINCE + timedelta(weeks=4)
NEW_YEAR = datetime.fromisoformat("2027-01-01")
WEEKLY = Rotation(
    "weekly", datetime.fromisoformat("2026-01-05 09:00"), (ShiftLength(rest=timedelta(weeks=1)),), ("alice",)
)
PRODUCTION = Schedule("production", "Europe/Brussels", (WEEKLY,))
CALL_AT_ONCE = NotificationRule(ContactMethod.CALL, timedelta(0))
ALICE = Engineer("alice", "Alice Martin", "+32470000001")
BOB = Engineer("bob", "Bob Peeters", "+32470000002")
ACME = Customer("acme", "ACME Shop", ("+3225550100",), (Contact("Jane Doe", "+32470111111"),))
POLICY = EscalationPolicy("down", (EscalationStep(("production",), 5 * MINUTE),))
BEFORE = Configuration(
    Hotline("Example Hosting", "+3225550199", "down", operators=("alice",)),
    {"alice": ALICE, "bob": BOB},
    {"production": PRODUCTION},
    {"down": POLICY},
    {"acme": ACME},
)


def sentences(after: Configuration) -> tuple[str, ...]:
    return compare(BEFORE, after, SINCE, UNTIL).sentences


def with_schedule(**changed: object) -> Configuration:
    return replace(BEFORE, schedules={"production": replace(PRODUCTION, **changed)})


def with_rotation(**changed: object) -> Configuration:
    return with_schedule(rotations=(replace(WEEKLY, **changed),))


def with_policy(*steps: EscalationStep) -> Configuration:
    return replace(BEFORE, policies={"down": replace(POLICY, steps=steps)})


def test_telephone_providers_come_go_and_are_asked_in_another_order() -> None:
    second, third = Provider("second", "+3225550188"), Provider("third", "+3225550177")
    after = replace(BEFORE, providers={"second": second})
    assert sentences(after) == (
        "Telephone provider second (second) is new.",
        "Telephone providers are asked in another order: twilio → second.",
    )
    changed = replace(BEFORE, providers={"second": replace(second, number="+3225550166")})
    assert compare(after, changed, SINCE, UNTIL).sentences == (
        "Telephone provider second (second): number +…0166 instead of +…0188.",
    )
    faster = replace(BEFORE, providers={"second": replace(second, limits=OwnLimits(30, 2.5))})
    assert compare(after, faster, SINCE, UNTIL).sentences == (
        "Telephone provider second (second): limits 30 calls, 2.5 texts a second instead of the hotline's.",
    )
    slower = replace(BEFORE, providers={"second": replace(second, limits=OwnLimits(messages_per_second=1.0))})
    assert compare(faster, slower, SINCE, UNTIL).sentences == (
        "Telephone provider second (second): limits 1 texts a second instead of 30 calls, 2.5 texts a second.",
    )
    swapped = replace(BEFORE, providers={"second": second, "third": third})
    other = replace(BEFORE, providers={"third": third, "second": second})
    assert compare(swapped, other, SINCE, UNTIL).sentences == (
        "Telephone providers are asked in another order: twilio → third → second.",
    )


def test_the_same_configuration_changes_nothing_and_says_so() -> None:
    diff = compare(BEFORE, BEFORE, SINCE, UNTIL)
    assert diff.is_empty
    assert diff_lines(diff) == ["Nothing changes for anybody."]


def test_a_first_configuration_has_no_besides() -> None:
    diff = compare(None, BEFORE, SINCE, UNTIL)
    assert diff.sentences == ()
    assert [change.after for change in diff.changes] == ["alice"]


SENTENCES: list[tuple[Callable[[], Configuration], str]] = [
    (
        lambda: replace(BEFORE, engineers={"alice": replace(ALICE, phone="+32470000009"), "bob": BOB}),
        "Engineer Alice Martin (alice): phone +…0009 instead of +…0001.",
    ),
    (
        lambda: replace(BEFORE, engineers={"alice": replace(ALICE, phone="+32479990001"), "bob": BOB}),
        "Engineer Alice Martin (alice): phone +…0001, but not the same as before.",
    ),
    (
        lambda: replace(BEFORE, engineers={"alice": replace(ALICE, email="a@example.com"), "bob": BOB}),
        "Engineer Alice Martin (alice): email a@example.com instead of none.",
    ),
    (
        lambda: replace(
            BEFORE,
            engineers={"alice": replace(ALICE, notify=(CALL_AT_ONCE,)), "bob": BOB},
        ),
        "Engineer Alice Martin (alice): notification rules call at once instead of "
        "sms at once, call at once, call after 2m.",
    ),
    (
        lambda: replace(BEFORE, engineers={**BEFORE.engineers, "zoe": Engineer("zoe", "Zoë", "+32470000003")}),
        "Engineer Zoë (zoe) is new, with the phone +…0003.",
    ),
    (lambda: replace(BEFORE, engineers={"alice": ALICE}), "Engineer Bob Peeters (bob) is gone."),
    (
        lambda: replace(BEFORE, hotline=replace(BEFORE.hotline, page_after_for=90 * timedelta(seconds=1))),
        "The hotline: pages after 1m30s instead of 1m.",
    ),
    (
        lambda: replace(BEFORE, hotline=replace(BEFORE.hotline, operators=("bob",))),
        "The hotline: operators now also bob, no longer alice.",
    ),
    (
        lambda: with_policy(EscalationStep(("production", "bob"), 10 * MINUTE)),
        "Escalation policy down: step 1 is production, bob for 10m instead of production for 5m.",
    ),
    (
        lambda: with_policy(*POLICY.steps, EscalationStep(("bob",), MINUTE)),
        "Escalation policy down: step 2 is new, bob for 1m.",
    ),
    (with_policy, "Escalation policy down: step 1 is gone, which was production for 5m."),
    (
        lambda: replace(BEFORE, policies={"down": replace(POLICY, repeat=3)}),
        "Escalation policy down: repeat 3 instead of forever.",
    ),
    (
        lambda: replace(BEFORE, policies={"down": POLICY, "office": POLICY}),
        "Escalation policy office is new.",
    ),
    (
        lambda: replace(BEFORE, customers={"acme": replace(ACME, numbers=("+3225550100", "+3225550101"))}),
        "Customer ACME Shop (acme): numbers now also +…0101.",
    ),
    (
        lambda: replace(BEFORE, customers={"acme": replace(ACME, contacts=())}),
        "Customer ACME Shop (acme): contacts no longer Jane Doe +…1111.",
    ),
    (lambda: replace(BEFORE, customers={}), "Customer ACME Shop (acme) is gone."),
    (
        lambda: replace(BEFORE, business_hours=BusinessHours(opens=time(8), days=(0, 1))),
        "Business hours: days mon, tue instead of mon, tue, wed, thu, fri.",
    ),
    (
        lambda: replace(
            BEFORE,
            promises={
                **DEFAULT_PROMISES,
                Priority.NORMAL: replace(DEFAULT_PROMISES[Priority.NORMAL], respond_within_for=60 * MINUTE),
            },
        ),
        "Priority normal: respond within 1h instead of next business day.",
    ),
    (
        lambda: with_schedule(timezone="Europe/Paris"),
        "Schedule production: timezone Europe/Paris instead of Europe/Brussels.",
    ),
    (lambda: replace(BEFORE, schedules={}), "Schedule production is gone."),
    (
        lambda: with_rotation(engineers=("alice", "bob")),
        "Schedule production, rotation weekly: engineers alice → bob instead of alice.",
    ),
    (
        lambda: with_rotation(shift=(ShiftLength(months=1), ShiftLength(rest=timedelta(days=3, hours=12)))),
        "Schedule production, rotation weekly: shift 1mo, 3d12h instead of 1w.",
    ),
    (
        lambda: with_rotation(during=(Window((0, 1), time(9), time(18)),)),
        "Schedule production, rotation weekly: during mon, tue 09:00–18:00 instead of always.",
    ),
    (
        lambda: with_rotation(until=NEW_YEAR),
        "Schedule production, rotation weekly: until 2027-01-01 00:00 instead of none.",
    ),
    (
        lambda: with_rotation(members=(Membership(joins=NEW_YEAR),)),
        "Schedule production, rotation weekly: taking part from 2027-01-01 00:00 instead of all of them always.",
    ),
    (lambda: with_rotation(name="other"), "Schedule production, rotation other is new."),
    (lambda: with_schedule(rotations=()), "Schedule production, rotation weekly is gone."),
    (
        lambda: with_schedule(
            overrides=(
                Override("bob", SINCE + timedelta(days=1), SINCE + timedelta(days=2), "dentist +32470000001", "alice"),
            )
        ),
        "Schedule production, override Bob Peeters instead of Alice Martin, "
        "Wed 25 Nov 09:00 – Thu 26 Nov 09:00 (dentist +…0001) is new.",
    ),
    (
        lambda: with_schedule(away={"alice": (Absence(SINCE, SINCE + timedelta(hours=9), "ill"),)}),
        "Schedule production: Alice Martin is now away, Tue 24 Nov 09:00 – 18:00 (ill).",
    ),
]


@pytest.mark.parametrize(("after", "sentence"), SENTENCES, ids=[sentence for _, sentence in SENTENCES])
def test_each_change_is_one_short_sentence(after: Callable[[], Configuration], sentence: str) -> None:
    assert sentence in sentences(after())


def test_the_order_in_which_rotations_cover_each_other_is_a_change() -> None:
    other = replace(WEEKLY, name="office")
    before = with_schedule(rotations=(WEEKLY, other))
    after = with_schedule(rotations=(other, WEEKLY))
    assert compare(before, after, SINCE, UNTIL).sentences == (
        "Schedule production: the rotations cover each other in another order: office, weekly; the last one is on top.",
    )


def test_the_whole_diff_names_the_schedule_the_sum_and_what_is_besides() -> None:
    after = with_schedule(overrides=(Override("bob", SINCE, SINCE + timedelta(hours=9)),))
    assert diff_lines(compare(BEFORE, after, SINCE, UNTIL)) == [
        "production (times in Europe/Brussels):",
        "  Tue 24 Nov 09:00 – 18:00: Bob Peeters instead of Alice Martin",
        "  Together: Alice Martin 9 h less, Bob Peeters 9 h more.",
        "Besides:",
        "  Schedule production, override Bob Peeters, Tue 24 Nov 09:00 – 18:00 is new.",
    ]


def test_where_only_the_rest_changes_it_is_said_that_nobodys_shifts_do() -> None:
    lines = diff_lines(compare(BEFORE, replace(BEFORE, customers={}), SINCE, UNTIL))
    assert lines == [
        "Nobody's shifts change in the next 4 weeks.",
        "Besides:",
        "  Customer ACME Shop (acme) is gone.",
    ]


def test_a_very_long_diff_is_cut_and_says_so() -> None:
    diff = compare(BEFORE, BEFORE, SINCE, UNTIL)
    long = ConfigurationDiff(diff.since, diff.until, (), tuple(map(str, range(2 * MOST_LINES))), {}, {})
    lines = diff_lines(long)
    assert len(lines) == MOST_LINES + 1
    assert lines[-1] == f"… and {MOST_LINES + 2} more lines."
