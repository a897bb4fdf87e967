"""The demo's phones: one for everybody whom the schedules folder names, and what each is on call for now."""

from datetime import datetime

from oncall.core.configuration import Configuration
from oncall.core.schedule import on_call
from oncall.sim.browser_phone import PhoneEntry

STRANGERS_NUMBER = "+32470999999"


def phones_of(configuration: Configuration, now: datetime) -> list[PhoneEntry]:
    """Customers, somebody whom nobody knows, and the engineers, whoever is paged first in front."""
    engineers = sorted(configuration.engineers.values(), key=lambda each: _rank(each.key, configuration, now))
    return [
        *_customers(configuration),
        PhoneEntry(_unused_number(configuration), "A stranger", "stranger"),
        *(PhoneEntry(each.phone, each.name, "engineer") for each in engineers),
    ]


def duty_of(number: str, configuration: Configuration, now: datetime) -> str:
    """What the owner of this number is on call for at this instant: ``on call: production``; "" for nothing."""
    engineer = configuration.engineer_of(number)
    if engineer is None:
        return ""
    duties = [name for name, each in configuration.schedules.items() if on_call(each, now).engineer == engineer.key]
    return f"on call: {', '.join(duties)}" if duties else ""


def _customers(configuration: Configuration) -> list[PhoneEntry]:
    """A phone for each contact; a customer without contacts has its own first number."""
    found = []
    for customer in configuration.customers.values():
        people = [PhoneEntry(each.phone, each.name, "customer") for each in customer.contacts if each.phone]
        found += people or [PhoneEntry(number, customer.name, "customer") for number in customer.numbers[:1]]
    return list({entry.number: entry for entry in found}.values())


def _rank(key: str, configuration: Configuration, now: datetime) -> int:
    """The place of an engineer in the order in which they would be paged now."""
    order: list[str | None] = []
    for step in configuration.policies[configuration.hotline.escalation_policy].steps:
        for name in step.page:
            schedule = configuration.schedules.get(name)
            order.append(on_call(schedule, now).engineer if schedule else name)
    return order.index(key) if key in order else len(order)


def _unused_number(configuration: Configuration) -> str:
    number = STRANGERS_NUMBER
    while configuration.customer_of(number) or configuration.engineer_of(number):
        number = f"+{int(number[1:]) - 1}"
    return number
