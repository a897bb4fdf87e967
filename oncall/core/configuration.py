"""The configuration: everything that the schedules folder says, read, checked and resolved."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from oncall.core.business_hours import BusinessHours
from oncall.core.customer import Customer
from oncall.core.drill_plan import DrillPlan
from oncall.core.engineer import Engineer
from oncall.core.escalation_policy import QUIET_POLICY, EscalationPolicy
from oncall.core.hotline import Hotline, Limits
from oncall.core.meeting import Meeting
from oncall.core.partner_event import Webhook
from oncall.core.postmortem import DEFAULT_POSTMORTEMS, PostmortemRules
from oncall.core.provider import PRIMARY, Provider
from oncall.core.schedule import Schedule
from oncall.core.sla import DEFAULT_PROMISES, Priority, Promise


@dataclass(frozen=True, slots=True)
class Configuration:
    """One version of the schedules folder. Mappings are keyed by the names in YAML, in the order of the files."""

    hotline: Hotline
    engineers: Mapping[str, Engineer]
    schedules: Mapping[str, Schedule]
    policies: Mapping[str, EscalationPolicy]
    customers: Mapping[str, Customer] = field(default_factory=dict)
    business_hours: BusinessHours = BusinessHours()
    promises: Mapping[Priority, Promise] = field(default_factory=lambda: dict(DEFAULT_PROMISES))
    providers: Mapping[str, Provider] = field(default_factory=dict)
    drills: tuple[DrillPlan, ...] = ()
    webhooks: Mapping[str, Webhook] = field(default_factory=dict)
    postmortems: PostmortemRules = DEFAULT_POSTMORTEMS
    meetings: Mapping[str, Meeting] = field(default_factory=dict)

    def customer_of(self, number: str) -> Customer | None:
        """The customer who owns this number (E.164); None for a stranger or a withheld number."""
        return next((c for c in self.customers.values() if c.knows(number)), None)

    def engineer_of(self, number: str) -> Engineer | None:
        """The engineer whose phone this is (E.164); None for anybody else."""
        return next((e for e in self.engineers.values() if number and e.phone == number), None)

    def providers_in_order(self) -> tuple[Provider, ...]:
        """The telephone providers, the preferred one first, each with the number that it calls from."""
        listed = self.providers if PRIMARY in self.providers else {PRIMARY: Provider(PRIMARY), **self.providers}
        return tuple(replace(each, number=each.number or self.hotline.number) for each in listed.values())

    def limits_of(self, provider: str) -> Limits:
        """What the account of this provider allows: its own limits, and the hotline's where it has none."""
        of_all, named = self.hotline.limits, self.providers.get(provider)
        if named is None:
            return of_all
        calls, messages = named.limits.calls_per_second, named.limits.messages_per_second
        return Limits(
            of_all.calls_per_second if calls is None else calls,
            of_all.messages_per_second if messages is None else messages,
        )

    def calling_numbers(self) -> tuple[str, ...]:
        """Every number that we may call and text from, each once, that of the preferred provider first."""
        return tuple(dict.fromkeys(each.number for each in self.providers_in_order()))

    def promise_of(self, priority: Priority, customer: str = "") -> Promise:
        """What is promised for a priority: to this customer (key) where it was agreed, else to everybody."""
        known = self.customers.get(customer)
        agreed = known.promises.get(priority) if known else None
        return agreed or self.promises.get(priority) or DEFAULT_PROMISES[priority]

    def policy_of(self, priority: Priority, customer: str = "") -> EscalationPolicy:
        """The escalation policy of a priority. Where it names none, production down has the hotline's, and for the
        others nobody is paged."""
        name = self.promise_of(priority, customer).escalation_policy
        if not name and priority is not Priority.PRODUCTION_DOWN:
            return QUIET_POLICY
        return self.policies[name or self.hotline.escalation_policy]
