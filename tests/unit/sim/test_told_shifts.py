"""What simulated engineers are told beside pages: not twice the same, but again another day."""

from datetime import datetime, timedelta

import pytz

from oncall.core.delivery import SHIFT, Delivery, DeliveryKind
from oncall.core.engineer import ContactMethod
from oncall.sim.told_shifts import ToldShifts

MORNING = datetime(2026, 3, 16, 10, 17, tzinfo=pytz.utc)
DAY = timedelta(days=1)


def told(at: datetime, text: str) -> Delivery:
    return Delivery(
        id=f"{at}",
        incident=None,
        kind=DeliveryKind.NOTICE,
        purpose=SHIFT,
        method=ContactMethod.SMS,
        recipient="alice",
        address="+32470000001",
        created_at=at,
        due_at=at,
        details={"about": "promise", "text": text},
    )


def test_the_same_words_twice_on_one_day_are_once_too_often_and_on_the_next_day_a_reminder() -> None:
    seen = ToldShifts()
    assert seen.wrong_with(told(MORNING, "it is late")) == ""
    assert "told twice" in seen.wrong_with(told(MORNING + timedelta(hours=1), "it is late"))
    assert seen.wrong_with(told(MORNING + DAY, "it is late")) == ""
