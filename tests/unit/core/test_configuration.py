"""Who a number belongs to, and which policy pages for a priority."""

from dataclasses import replace
from datetime import timedelta

from oncall.core.configuration import Configuration
from oncall.core.customer import Contact, Customer
from oncall.core.engineer import Engineer
from oncall.core.escalation_policy import QUIET_POLICY, EscalationPolicy, EscalationStep
from oncall.core.hotline import Hotline
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
