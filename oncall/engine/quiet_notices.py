"""Telling engineers what can wait: by their own rules but without a call where anything else reaches them, and never
at night."""

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta

from oncall.core.delivery import SHIFT, Delivery, DeliveryKind, Urgency
from oncall.core.engineer import Engineer, QuietHours
from oncall.core.promise_wording import QuietWords
from oncall.core.quiet_hours import quiet_until
from oncall.core.shift_notices import contact_methods
from oncall.ports import Environment, UnitOfWork

# The night of those who name no quiet hours of their own.
NIGHT = QuietHours(time(22, 0), time(7, 0))
_NEWS_FOR = timedelta(days=2)


class QuietNotices:
    """Enqueues in the transaction of what is told; goes the way of notices about shifts, with their next method where
    one fails."""

    def __init__(self, env: Environment) -> None:
        self._env = env

    def tell(
        self, uow: UnitOfWork, told: Iterable[tuple[Engineer, QuietWords]], about: Mapping[str, str], now: datetime
    ) -> list[str]:
        """Enqueue these; the names of those whom anything reaches. ``about`` is what `quiet_words` makes the words of
        anew when they go."""
        reached = []
        for engineer, words in told:
            methods = contact_methods(engineer, email_connected=self._env.email_connected)
            if not methods:
                self._env.log("promise.untold", engineer=engineer.key, problem="no contact method reaches them")
                continue
            due_at = quiet_until(engineer.quiet_hours or NIGHT, self.clocks_of(engineer), now) or now
            notice = Delivery(
                id=self._env.ids.new(),
                kind=DeliveryKind.OPERATOR,
                purpose=SHIFT,
                incident=None,
                recipient=engineer.key,
                method=methods[0],
                address=engineer.address(methods[0]),
                created_at=now,
                due_at=due_at,
                chain=self._env.ids.new(),
                urgency=Urgency.NOTICE,
                details={
                    "engineer": engineer.name,
                    **about,
                    "about": "promise",
                    "until": (due_at + _NEWS_FOR).isoformat(),
                    "subject": words.subject,
                    "text": words.text,
                    "speech": words.speech,
                },
            )
            uow.deliveries.add([notice])
            uow.wake_engine()
            reached.append(engineer.name)
        return reached

    def clocks_of(self, engineer: Engineer) -> str:
        """The zone in which this engineer reads times."""
        return engineer.timezone or self._env.configuration.current().business_hours.timezone
