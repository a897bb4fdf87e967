"""Sending new engineers our contact card: once for each engineer and phone, however many engines there are.

Whoever was there before there was a card is not sent one: an upgrade leaves a mark, and the first look after it takes
everybody as known. In a new installation there is no mark, and the first publication welcomes everybody.
"""

from datetime import datetime, timedelta

from oncall.core.configuration import Configuration
from oncall.core.contact_card import CONTENT_TYPE, FILE_NAME, contact_card
from oncall.core.delivery import WELCOME, Delivery
from oncall.core.engineer import ContactMethod, Engineer
from oncall.core.welcome import Welcomed, welcome_delivery, welcome_methods
from oncall.errors import ConfigurationError
from oncall.ports import Attachment, Environment

# A team that is new all at once must not fill the carrier's queue before somebody's page.
_ONE_EVERY = timedelta(seconds=10)


class Welcome:
    """``run`` asks the database only when another configuration is in force."""

    def __init__(self, env: Environment) -> None:
        self._env = env
        self._seen: Configuration | None = None
        self._put_off_until: datetime | None = None

    def run(self, now: datetime) -> int:
        """How many engineers were new: what they are sent is enqueued. Raises StoreError while the database is away."""
        if self._put_off_until is not None and now < self._put_off_until:
            return 0
        self._put_off_until = None
        try:
            configuration = self._env.configuration.current()
        except ConfigurationError:
            return 0  # nothing is published: there are no engineers
        if configuration is self._seen:
            return 0
        with self._env.database.read() as uow:
            known = {(each.engineer, each.phone) for each in uow.welcomed.all()}
        everybody = configuration.engineers.values()
        if any(not engineer for engineer, _ in known):
            known |= self._as_before_the_upgrade(configuration, now)
        new = [engineer for engineer in everybody if (engineer.key, engineer.phone) not in known]
        for place, engineer in enumerate(new):
            self._welcome(configuration, engineer, now + place * _ONE_EVERY, now)
        self._seen = configuration  # only now: where that failed it is tried again
        return len(new)

    def put_off(self, until: datetime) -> None:
        """Look at nobody before then."""
        self._put_off_until = until

    def _as_before_the_upgrade(self, configuration: Configuration, now: datetime) -> set[tuple[str, str]]:
        """Everybody is known already, at the phone that they have."""
        with self._env.database.begin() as uow:
            if uow.welcomed.take_mark():
                for engineer in configuration.engineers.values():
                    uow.welcomed.add(Welcomed(engineer.key, engineer.phone, now))
            return {(each.engineer, each.phone) for each in uow.welcomed.all()}

    def _welcome(self, configuration: Configuration, engineer: Engineer, not_before: datetime, now: datetime) -> None:
        with self._env.database.begin() as uow:
            if not uow.welcomed.add(Welcomed(engineer.key, engineer.phone, now)):
                return  # another engine was faster
            uow.deliveries.add(
                [
                    welcome_delivery(
                        engineer,
                        method,
                        configuration.hotline.company,
                        configuration.calling_numbers(),
                        link=f"{self._env.public_url}/contact",
                        timezone=engineer.timezone or configuration.business_hours.timezone,
                        not_before=not_before,
                        now=now,
                        new_id=self._env.ids.new(),
                    )
                    for method in welcome_methods(engineer, email_connected=self._env.email_connected)
                ]
            )
            uow.wake_engine()
        self._env.log("engineer.welcomed", engineer=engineer.key)


def attachments_of(delivery: Delivery, configuration: Configuration) -> tuple[Attachment, ...]:
    """What goes with this delivery; () for nothing."""
    if delivery.purpose != WELCOME or delivery.method is not ContactMethod.EMAIL:
        return ()
    card = contact_card(configuration.hotline.company, configuration.calling_numbers())
    return (Attachment(FILE_NAME, CONTENT_TYPE, card),)
