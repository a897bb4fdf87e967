"""The body of a partner's webhook exactly as it came, which is what the partner signed."""

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from oncall.errors import RefusedWebhookError


def body_as_it_came(most_bytes: int, *, larger: str) -> bytes:
    """Raises RefusedWebhookError, with ``larger`` as its reason, beyond so many bytes."""
    request.max_content_length = most_bytes
    try:
        return request.get_data(cache=False)
    except RequestEntityTooLarge as exc:
        raise RefusedWebhookError(larger) from exc
