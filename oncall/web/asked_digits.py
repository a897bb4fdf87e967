"""Which digit a call asked for, where an echoed 1 must not acknowledge."""

from oncall.bootstrap import Runtime
from oncall.engine import bundles
from oncall.web.runtime import runtime


def asked_digit(delivery_id: str) -> str:
    """The digit that acknowledges this call; "" where it is the usual key, and for an unknown delivery."""
    return asked_digit_of(runtime(), delivery_id)


def asked_digit_of(whole: Runtime, delivery_id: str) -> str:
    """The same where no request is being answered."""
    with whole.database.read() as uow:
        delivery = uow.deliveries.get(delivery_id)
        return bundles.asked_digit(uow, delivery) if delivery is not None else ""
