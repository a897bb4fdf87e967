"""Who a number belongs to, and which policy pages for a priority."""

from dataclasses import replace
from datetime import timedelta

from oncall.core.configuration import Configuration
from oncall.core.customer import Contact, Customer
from oncall.core.engineer import Engineer
from oncall.core.escalation_policy import QUIET_POLICY, EscalationPolicy, EscalationStep
from oncall.core.hotline import Hotline, Limits
from oncall.core.provider import PRIMARY, OwnLimits, Provider
from oncall.core.sla import DEFAULT_PROMISES, Priority

STEP = EscalationStep(("alice",), timedelta(minutes=5))
CONFIGURATION = Configuration(
    hotline=Hotline("Example Hosting", "+3225550199", "production-down"),
    engineers={"alice": Engineer("alice", "Alice Martin", "+32470000001")},
    schedules={},
    policies={key: EscalationPolicy(key, (STEP,)) for key in ("production-down", "quiet")},
    customers={"acme": Customer("acme", "ACME Shop", ("+3225550100",), (Contact("Jane Doe", "+32470111111"),))},
)


def test_a_caller_is_known_by_the_companys_number_or_by_a_contacts_phone() -> None:
    for number in ("+3225550100", "+32470111111"):
        customer = CONFIGURATION.customer_of(number)
        assert customer is not None
        assert customer.key == "acme"


def test_a_stranger_and_a_withheld_number_belong_to_nobody() -> None:
    assert CONFIGURATION.customer_of("+32470999999") is None
    assert CONFIGURATION.customer_of("") is None
    assert CONFIGURATION.engineer_of("") is None


def test_an_engineer_is_known_by_their_phone() -> None:
    alice = CONFIGURATION.engineer_of("+32470000001")
    assert alice is not None
    assert alice.key == "alice"
    assert CONFIGURATION.engineer_of("+32470111111") is None


def test_a_priority_pages_by_its_own_policy_production_down_by_the_hotlines_and_the_others_page_nobody() -> None:
    assert CONFIGURATION.policy_of(Priority.PRODUCTION_DOWN).key == "production-down"
    quiet = replace(DEFAULT_PROMISES[Priority.URGENT], escalation_policy="quiet")
    own = replace(CONFIGURATION, promises={**DEFAULT_PROMISES, Priority.URGENT: quiet})
    assert own.policy_of(Priority.URGENT).key == "quiet"
    assert own.policy_of(Priority.NORMAL) == QUIET_POLICY


def test_an_account_has_its_own_limits_and_the_hotlines_where_it_says_nothing() -> None:
    hotline = replace(CONFIGURATION.hotline, limits=Limits(5, 7))
    listed = {
        "second": Provider("second", "+3225550188", OwnLimits(calls_per_second=2)),
        "third": Provider("third", "+3225550177"),
        "fourth": Provider("fourth", "+3225550166", OwnLimits(0.5, 1000)),
    }
    found = replace(CONFIGURATION, hotline=hotline, providers=listed)
    assert found.limits_of("second") == Limits(2, 7)
    assert found.limits_of("fourth") == Limits(0.5, 1000)
    assert found.limits_of("third") == found.limits_of(PRIMARY) == found.limits_of("unknown") == Limits(5, 7)
    assert CONFIGURATION.limits_of(PRIMARY) == Limits(1, 1)
    own = replace(found, providers={PRIMARY: Provider(PRIMARY, limits=OwnLimits(messages_per_second=3)), **listed})
    assert own.limits_of(PRIMARY) == Limits(5, 3)
    assert [each.limits for each in own.providers_in_order()][:2] == [OwnLimits(None, 3), OwnLimits(2)]
