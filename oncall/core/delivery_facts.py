"""What has become of a delivery, in the words of the timeline."""

from oncall.core.delivery import Delivery, DeliveryKind, DeliveryState
from oncall.core.engineer import ContactMethod

_METHOD_NOUN = {
    ContactMethod.SMS: "SMS",
    ContactMethod.CALL: "Call",
    ContactMethod.EMAIL: "Email",
    ContactMethod.SLACK: "Slack message",
    ContactMethod.PAGERDUTY: "PagerDuty event",
}
_STATE_VERB = {
    DeliveryState.WAITING: "did not go yet",
    DeliveryState.CLAIMED: "is being sent",
    DeliveryState.SENT: "sent",
    DeliveryState.DELIVERED: "delivered",
    DeliveryState.FAILED: "failed",
    DeliveryState.CANCELLED: "stopped",
}


def fact(delivery: Delivery) -> str:
    """What has become of it, for the timeline: "Call to Alice Martin failed: nobody answered"."""
    why = f": {delivery.error}" if delivery.error else ""
    code = f" [{delivery.error_code}]" if delivery.error_code else ""
    verb = _STATE_VERB[delivery.state]
    together = ", together with other incidents," if delivery.bundle else ""
    return f"{_subject(delivery)}{together} {verb}{why}{code}"


def _subject(delivery: Delivery) -> str:
    whom = delivery.details.get("engineer", "") if delivery.kind is not DeliveryKind.NOTICE else "the caller"
    about = f" ({delivery.purpose})" if delivery.kind is DeliveryKind.NOTICE else ""
    return f"{_METHOD_NOUN[delivery.method]} to {whom or delivery.recipient}{about}"


def late_fact(delivery: Delivery) -> str:
    """That it reached somebody after all, for the timeline."""
    how = "answered" if delivery.method is ContactMethod.CALL else "delivered"
    return f"{_subject(delivery)} was {how} after it had been taken for failed"
