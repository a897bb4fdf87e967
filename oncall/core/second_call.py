"""Two calls of one delivery: it was asked for again, of the same provider or the next, as it seemed not to have gone.

Or one, of which nothing was heard until it had been given up, or was to be stopped and was not found.

The one that is recorded goes on. The other becomes a delivery of its own, so that it is stopped, and its end known,
like any other.
"""

from collections.abc import Sequence
from datetime import datetime

from oncall.core.delivery import Delivery, DeliveryKind, DeliveryState, Standing, sent, silenced
from oncall.core.engineer import ContactMethod
from oncall.core.incident import Incident, IncidentState

_MAY_RING = frozenset({"accepted", "queued", "initiated", "ringing"})
_TAKEN_FOR_NEVER_GONE = frozenset({DeliveryState.CANCELLED, DeliveryState.FAILED})
Together = Sequence[tuple[Incident | None, Delivery]]


def second_id(call: str, provider_id: str) -> str:
    """The id of the second call's delivery: whoever hears of it again finds the same.

    ``call`` is the id of the delivery that went twice, or of the bundle it went in.
    """
    return f"{call}-{provider_id}"


def is_beside(delivery: Delivery | Standing, provider_id: str) -> bool:
    """Whether the provider's id is another's than the recorded call's, or nobody's, as it was taken for never gone."""
    if not provider_id or delivery.method is not ContactMethod.CALL:
        return False
    if not delivery.provider_id:
        return delivery.state in _TAKEN_FOR_NEVER_GONE
    return delivery.provider_id != provider_id


def is_second(delivery: Delivery | Standing, *, provider_id: str, status: str) -> bool:
    """Whether this is a call beside the recorded one, and may be ringing."""
    return is_beside(delivery, provider_id) and status in _MAY_RING


def second_call(together: Together, *, provider_id: str, provider: str, status: str, now: datetime) -> Delivery | None:
    """The delivery of a second call, where this is one; None where it is not.

    ``together`` are those that the call is about, each with its incident. It is to be stopped, but where the recorded
    call has failed, and nobody has the incident of a page: then it rings on until somebody has.
    """
    if any(one.provider_id == provider_id for _, one in together):
        return None
    beside = [each for each in together if is_second(each[1], provider_id=provider_id, status=status)]
    if not beside:
        return None
    needed = [] if any(not one.finished for _, one in beside) else [each for each in beside if _is_needed(*each)]
    _, recorded = (needed or beside)[0]
    own_id = second_id(recorded.bundle or recorded.id, provider_id)
    fresh = Delivery(
        id=own_id,
        kind=recorded.kind,
        purpose=recorded.purpose,
        incident=recorded.incident,
        recipient=recorded.recipient,
        method=recorded.method,
        address=recorded.address,
        created_at=recorded.created_at,
        due_at=recorded.due_at,
        chain=own_id,
        urgency=recorded.urgency,
        details=recorded.details,
        state=DeliveryState.CLAIMED,
        attempts=1,
    )
    second = sent(fresh, provider_id, status, now, provider=provider)
    return second if needed else silenced(second, now)


def _is_needed(incident: Incident | None, recorded: Delivery) -> bool:
    if recorded.state is not DeliveryState.FAILED:
        return False
    over = incident is not None and incident.state is not IncidentState.TRIGGERED
    return not (over and recorded.kind is DeliveryKind.PAGE)


def second_call_fact(second: Delivery) -> str:
    """That there is one, for the timeline."""
    whom = "the caller" if second.kind is DeliveryKind.NOTICE else second.details.get("engineer", "")
    what = "it is stopped" if second.cancel_wanted else "it rings on, as the first has failed"
    return f"A second call to {whom or second.recipient} went out, as the first had seemed lost: {what}"
