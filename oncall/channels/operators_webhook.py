"""Where the operators hear of it when the pager itself is ill: one POST of ``{"text": …}``, as Slack, Mattermost and
others take it."""

from http import HTTPStatus

import requests

from oncall.errors import SetupError, TransientError

_TIMEOUT_SECONDS = (2, 5)
_OUR_FAULT = range(300, 500)
_PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


class OperatorsWebhook:
    """Calling it posts one text. The URL is a secret, and no message repeats it."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __call__(self, text: str) -> None:
        """Raises TransientError or SetupError."""
        try:
            answer = requests.post(self._url, json={"text": text}, timeout=_TIMEOUT_SECONDS, allow_redirects=False)
        except requests.RequestException as exc:
            raise TransientError(f"the operators' webhook cannot be reached ({type(exc).__name__})") from exc
        if answer.status_code in _OUR_FAULT and answer.status_code not in _PASSING:
            raise SetupError(
                f"the operators' webhook refuses with HTTP {answer.status_code}; check ONCALL_OPERATORS_WEBHOOK_URL"
            )
        if not answer.ok:
            raise TransientError(f"the operators' webhook answers HTTP {answer.status_code}")
