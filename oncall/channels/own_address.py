"""Our own public address, asked from outside as a provider would ask it."""

from http import HTTPStatus

import requests

from oncall.errors import TransientError

_TIMEOUT_SECONDS = (3, 7)
_ENOUGH = 4000


def ask_ourselves(url: str) -> tuple[bool, str]:
    """Whether the answer was 200, and its text. Raises TransientError where there is no answer."""
    try:
        answer = requests.get(url, timeout=_TIMEOUT_SECONDS, allow_redirects=False)
    except requests.exceptions.SSLError as exc:
        raise TransientError(f"{url} has no valid certificate ({exc})") from exc
    except requests.RequestException as exc:
        raise TransientError(f"{url} cannot be reached from here ({type(exc).__name__})") from exc
    return answer.status_code == HTTPStatus.OK, answer.text[:_ENOUGH]
