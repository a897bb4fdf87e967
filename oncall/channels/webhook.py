"""Signed webhooks to programs of others, in the Standard Webhooks format.

The address comes from the operators' own YAML, so it may lead anywhere that they can reach; a redirect may not: it
would be somebody else's choice.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

import requests

from oncall.channels.asked_to_wait import asked_to_wait
from oncall.channels.timely_answers import TimelyAdapter
from oncall.core.partner_event import PartnerEvent
from oncall.errors import BusyError, GoneError, OutcomeUnknownError, SetupError, TransientError
from oncall.ports import Clock
from oncall.settings import is_loopback
from oncall.webhook_secrets import secrets_of, signatures, variable_name

_CONNECT_SECONDS = 4.0
_ANSWER_SECONDS = 8.0
_NO_LONGER_THERE = 410
_TELL_NOTHING = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "oncall-hotline (webhook)"}


class WebhookSender:
    """`ports.PartnerSender` for webhooks."""

    def __init__(self, secrets: Mapping[str, tuple[bytes, ...]], clock: Clock) -> None:
        self._secrets = secrets
        self._clock = clock

    def send(self, event: PartnerEvent, url: str) -> None:
        """Post it. Any 2xx is taken for an answer; its body is not read. Raises ChannelError."""
        name = event.partner.partition(":")[2]
        # Paths hold tokens often enough: messages name the host.
        host = urlsplit(url).hostname or "?"
        doing = f"sending the webhook {name} to {host}"
        secrets = secrets_of(name, self._secrets)
        if not secrets:
            raise SetupError(f"{doing}: it has no secret; set {variable_name(name)}", code="no-secret")
        now = int(self._clock.now().timestamp())
        headers = {
            **_TELL_NOTHING,
            "Content-Type": "application/json",
            "webhook-id": event.id,
            "webhook-timestamp": str(now),
            "webhook-signature": signatures(secrets, event.id, now, event.body),
        }
        try:
            with requests.Session() as session:
                for scheme in ("https://", "http://"):
                    session.mount(scheme, TimelyAdapter(self._clock))
                session.trust_env = not is_loopback(host)
                answer = session.post(
                    url,
                    data=event.body.encode(),
                    headers=headers,
                    # Something that does nothing, so that no password of this machine's own files is sent.
                    auth=lambda request: request,
                    timeout=(_CONNECT_SECONDS, _ANSWER_SECONDS),
                    allow_redirects=False,
                    # The body is not asked for, so it can be of any size.
                    stream=True,
                )
                with answer:
                    self._judge(answer, doing)
        except requests.ConnectTimeout as exc:
            raise TransientError(f"{doing}: it cannot be reached in time") from exc
        except requests.Timeout as exc:
            raise OutcomeUnknownError(f"{doing}: it did not answer in time") from exc
        except (requests.RequestException, ValueError) as exc:
            # The library's own words hold the whole URL.
            raise TransientError(f"{doing}: it cannot be reached ({type(exc).__name__})") from exc

    def _judge(self, answer: requests.Response, doing: str) -> None:
        status = answer.status_code
        if 200 <= status < 300:
            return
        said = f"{doing}: it answered HTTP {status}"
        if status == _NO_LONGER_THERE:
            raise GoneError(f"{said}, which means that it wants no more", code=str(status))
        if 300 <= status < 400:
            raise SetupError(f"{said}, and redirects are not followed; write where it leads to", code=str(status))
        wait_for = asked_to_wait(answer.headers.get("Retry-After", ""), self._clock.now())
        if wait_for is not None:
            raise BusyError(said, wait_for=wait_for, code=str(status))
        raise TransientError(said, code=str(status))
