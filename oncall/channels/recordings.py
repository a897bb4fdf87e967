"""What callers said, as long as only Twilio has it.

Recordings are asked for as WAV: every browser and Twilio's ``<Play>`` play it, nothing is lost before
somebody transcribes it, and two minutes are 2 MB. The address is built from our account and the recording's
SID, never taken from a callback, and the password goes to the configured API only.
"""

import re
from urllib.parse import urljoin, urlsplit

import requests

from oncall.channels.providers import Providers
from oncall.channels.timely_answers import AnswerTooLargeError
from oncall.channels.twilio import TwilioAccount
from oncall.channels.twilio_http import ApiHttpClient, provider_errors_as_ours, refusal
from oncall.errors import ChannelError, RecipientError, SetupError, TransientError

_SID = re.compile(r"RE[0-9a-f]{32}", re.ASCII)
_MAX_BYTES = 25_000_000
_READ_SECONDS = 8.0
_REDIRECTS_AT_MOST = 3
_DEFAULT_PORTS = {"https": 443, "http": 80}


class TwilioRecordings:
    """The recordings of our account."""

    def __init__(self, account: TwilioAccount) -> None:
        self._account = account

    def fetch(self, recording_sid: str) -> tuple[bytes, str] | None:
        """The audio and its content type; None while it is not there.

        Raises RecipientError where it can never be had: a SID that is none, a recording that is too large.
        """
        if not _SID.fullmatch(recording_sid):
            raise RecipientError("fetching a recording: what the callback named is not a recording's SID")
        doing = f"fetching recording {recording_sid}"
        with provider_errors_as_ours(doing):
            http, response = self._account.get(f"Recordings/{recording_sid}.wav")
            with self._followed(http, response, doing) as answer:
                if answer.status_code == requests.codes.not_found:
                    return None
                _check(answer, doing)
                try:
                    content = http.content(answer, _MAX_BYTES, _READ_SECONDS)
                except AnswerTooLargeError as exc:
                    raise RecipientError(f"{doing}: it is larger than {_MAX_BYTES} bytes") from exc
                return content, _content_type(answer)

    def _followed(self, http: ApiHttpClient, response: requests.Response, doing: str) -> requests.Response:
        """The answer at the end of redirects; a host that is not the API gets no password."""
        for _ in range(_REDIRECTS_AT_MOST):
            if not response.is_redirect:
                return response
            response.close()
            response = self._next(http, response, doing)
        return response

    def _next(self, http: ApiHttpClient, response: requests.Response, doing: str) -> requests.Response:
        url = urljoin(response.url, response.headers["Location"])
        if _same_origin(url, http.at_api("/")):
            return http.send("GET", url, auth=self._account.credentials)
        if urlsplit(url).scheme != "https":
            raise SetupError(f"{doing}: Twilio sends us to another host without https; check TWILIO_API_URL")
        return http.send("GET", url)


class ProvidersRecordings:
    """The recordings of all our accounts: a recording is where the call came in, and no other knows it."""

    def __init__(self, providers: Providers) -> None:
        self._providers = providers

    def fetch(self, recording_sid: str) -> tuple[bytes, str] | None:
        """The audio and its content type; None while it is not there. Raises ChannelError where one cannot be asked,
        and no other has it."""
        problem: ChannelError | None = None
        for account in [self._providers.account(name) for name in self._providers.in_order()]:
            if account is None:
                continue
            try:
                found = TwilioRecordings(account).fetch(recording_sid)
            except ChannelError as error:
                problem = error
                continue
            if found is not None:
                return found
        if problem is not None:
            raise problem
        return None


def _check(answer: requests.Response, doing: str) -> None:
    if answer.status_code != requests.codes.ok:
        raise refusal(doing, answer.status_code, "", "")
    # Twilio has answered with an error in XML and HTTP 200; nobody can listen to that.
    if not _content_type(answer).startswith("audio/"):
        raise TransientError(f"{doing}: the answer is {_content_type(answer) or 'untyped'}, not audio")


def _content_type(answer: requests.Response) -> str:
    return answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def _same_origin(one: str, other: str) -> bool:
    return _origin(one) == _origin(other)


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _DEFAULT_PORTS.get(parts.scheme)
