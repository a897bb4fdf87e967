"""Telephone providers in YAML: their order, and what must be told apart."""

import pytest

from oncall.core.hotline import Limits
from oncall.core.provider import Provider
from oncall.schedule_files import ScheduleFilesError, load
from tests.unit.schedule_files.test_loading import SMALLEST

SECOND = 'providers: {second: {number: "+3225550188"}}\n'


def order(text: str) -> list[tuple[str, str]]:
    return [(each.name, each.number) for each in load({"a.yaml": SMALLEST + text}).providers_in_order()]


def problem(text: str) -> str:
    with pytest.raises(ScheduleFilesError) as caught:
        load({"a.yaml": SMALLEST + text})
    [found] = caught.value.problems
    return str(found)


def hotline_number() -> str:
    return load({"a.yaml": SMALLEST}).hotline.number


def test_without_providers_there_is_the_one_account_and_it_calls_from_the_hotline_s_number() -> None:
    assert order("") == order("providers:\n") == [("twilio", hotline_number())]


def test_a_second_provider_comes_after_the_account_of_the_environment() -> None:
    assert order(SECOND) == [("twilio", hotline_number()), ("second", "+3225550188")]


def test_the_order_of_the_list_is_the_order_of_preference() -> None:
    both = 'providers:\n  second: {number: "+3225550188"}\n  twilio: {}\n'
    assert order(both) == [("second", "+3225550188"), ("twilio", hotline_number())]
    with_number = both.replace("{}", '{number: "+3225550177"}')
    assert order(with_number)[1] == ("twilio", "+3225550177")


def test_the_configuration_names_no_secret() -> None:
    assert load({"a.yaml": SMALLEST + SECOND}).providers == {"second": Provider("second", "+3225550188")}


def test_an_account_has_limits_of_its_own_and_those_of_the_hotline_for_what_it_leaves_out() -> None:
    text = (
        "providers:\n"
        "  twilio: {limits: {messages_per_second: 2.5}}\n"
        '  second: {number: "+3225550188", limits: {calls_per_second: 30, messages_per_second: 1000}}\n'
        '  third: {number: "+3225550177"}\n'
    )
    found = load({"a.yaml": SMALLEST + text})
    assert found.limits_of("twilio") == Limits(1, 2.5)
    assert found.limits_of("second") == Limits(30, 1000)
    assert found.limits_of("third") == Limits(1, 1)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("providers: {twilio: {limits: {calls_per_second: 0}}}\n", "providers.twilio.limits.calls_per_second"),
        ("providers: {twilio: {limits: {calls_per_second: 1001}}}\n", "providers.twilio.limits.calls_per_second"),
        ("providers: {twilio: {limits: {texts_per_second: 1}}}\n", "unknown key `texts_per_second`"),
        ("providers: {second: {}}\n", "providers.second: needs the number that it calls from; add it"),
        ("providers:\n  second:\n", "this must hold keys and values"),
        ('providers: {second: {number: "+3225550188", auth_token: x}}\n', "unknown key `auth_token`"),
        ('providers: {a-b: {number: "+3225550188"}, a_b: {number: "+3225550177"}}\n', "would share the variables"),
        ('providers: {twéé: {number: "+3225550188"}}\n', "names environment variables"),
        ('providers: {second: {number: "0123"}}\n', "not a number that can be called"),
        ('providers: {second: {number: "+32470000001"}}\n', "this is the hotline's own number"),
    ],
)
def test_what_is_wrong_is_named_at_its_place(text: str, says: str) -> None:
    found = problem(text)
    assert says in found
    assert found.startswith("a.yaml:")
