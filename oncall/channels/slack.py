"""Slack through its own library: its Web API, answers to one person, and pages as direct messages.

The library is asked once; what did not go is tried again by the rows.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.webhook import WebhookClient

from oncall.channels.retries import retried
from oncall.core.accounted import AskAccounted
from oncall.core.delivery import DeliveryKind
from oncall.core.plain_text import without_numbers
from oncall.core.slack_blocks import fallback, page_blocks, section
from oncall.errors import (
    BusyError,
    ChannelError,
    GoneError,
    OutcomeUnknownError,
    RecipientError,
    SetupError,
    TransientError,
)
from oncall.ports import Clock, Message, ProviderStatus, Receipt, Rng, SlackApi
from oncall.settings import is_loopback

_SECONDS = 5
_LONGEST_WAIT_SECONDS = 86_400
_SHORTEST_WAIT_SECONDS = 1
_LONGEST_WORD = 80
_OWN_HOST = "hooks.slack.com"
_TOO_MANY, _SERVER_ERROR = 429, 500

_GONE = frozenset({"not_in_channel", "channel_not_found", "is_archived"})
_SETUP = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "missing_scope",
     "no_permission", "org_login_required", "not_allowed_token_type", "ekm_access_denied", "access_denied"}
)  # fmt: skip
_NEVER = frozenset(
    {"user_not_found", "users_not_found", "cannot_dm_bot", "messages_tab_disabled", "user_disabled", "user_not_visible",
     "user_not_in_channel", "user_is_bot", "restricted_action", "restricted_action_thread_only_channel",
     "restricted_action_read_only_channel", "restricted_action_thread_locked", "thread_not_found", "invalid_blocks",
     "invalid_blocks_format", "invalid_arguments", "msg_too_long", "msg_blocks_too_long", "no_text", "too_long",
     "message_not_found", "cant_update_message", "edit_window_closed", "as_user_not_supported"}
)  # fmt: skip


class SlackWebApi:
    """`ports.SlackApi`. Threads share it."""

    def __init__(self, token: str, url: str) -> None:
        self._url = f"{url.rstrip('/')}/"
        # Without handlers of its own it tries once.
        self._client = WebClient(token, base_url=self._url, timeout=_SECONDS, retry_handlers=[])
        if is_loopback(urlsplit(url).hostname):
            self._client.proxy = None

    def whoami(self) -> str:
        """The name of our bot and of the workspace that the token opens. Raises ChannelError."""
        answer = self.call("auth.test", {})
        return f"{answer.get('user', '')} in {answer.get('team', '')}"

    def call(self, method: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call a method; what it answered. Raises ChannelError."""
        doing = f"asking Slack for {method}"
        try:
            answer = self._client.api_call(method, json=dict(arguments))
        except SlackApiError as exc:
            raise translated(doing, exc) from exc
        except (SlackClientError, OSError, HTTPException, ValueError) as exc:
            raise OutcomeUnknownError(f"{doing}: it cannot be reached ({type(exc).__name__})") from exc
        except (AttributeError, TypeError, RecursionError) as exc:
            # The library takes every answer for a JSON object of some depth.
            raise OutcomeUnknownError(f"{doing}: its answer cannot be read") from exc
        data = answer.data
        return data if isinstance(data, dict) else {}

    def answer(self, response_url: str, text: str) -> None:
        """Tell one person. Such an address serves five times within half an hour. Raises ChannelError."""
        doing = "answering at Slack"
        if not self._is_theirs(response_url):
            raise RecipientError(f"{doing}: the address to answer at is not Slack's", code="foreign")
        client = WebhookClient(response_url, timeout=_SECONDS, retry_handlers=[])
        if is_loopback(urlsplit(response_url).hostname):
            client.proxy = None
        try:
            response = client.send(text=text, response_type="ephemeral", replace_original=False)
        except (SlackClientError, OSError, HTTPException, ValueError) as exc:
            raise OutcomeUnknownError(f"{doing}: it cannot be reached ({type(exc).__name__})") from exc
        if response.status_code == _TOO_MANY or response.status_code >= _SERVER_ERROR:
            raise TransientError(f"{doing}: it answered HTTP {response.status_code}", code=str(response.status_code))
        if response.status_code >= 300:
            raise GoneError(f"{doing}: the address serves no more", code=str(response.status_code))

    def _is_theirs(self, url: str) -> bool:
        given, ours = urlsplit(url), urlsplit(self._url)
        if given.scheme == "https" and given.hostname == _OWN_HOST:
            return True
        return (given.scheme, given.netloc) == (ours.scheme, ours.netloc)


class SlackChannel:
    """A page by direct message, with a button that acknowledges it."""

    def __init__(self, api: SlackApi, *, clock: Clock, rng: Rng) -> None:
        self._api = api
        self._clock = clock
        self._rng = rng

    def send(self, message: Message) -> Receipt:
        """Write it. That Slack took it is all that will be known, until the button is pressed.

        No number is in it from which a caller called, or that one said.
        """
        words = "\n".join(each for each in (message.subject, message.text) if each)
        text = without_numbers(words)
        is_page = message.kind is DeliveryKind.PAGE
        blocks = page_blocks(text, message.delivery_id) if is_page else [section(text)]
        arguments = {"channel": message.to, "blocks": blocks, "text": fallback(text), "unfurl_links": False}
        try:
            sent = retried(lambda: self._api.call("chat.postMessage", arguments), clock=self._clock, rng=self._rng)
        except GoneError as error:
            raise RecipientError(f"{error}", code=error.code) from error
        return Receipt(f"{sent.get('channel', '')}:{sent.get('ts', '')}", "accepted", final=True)

    def find(self, message: Message, since: datetime, known: AskAccounted) -> Receipt | None:
        """Nobody can tell: a second message does less harm than none."""
        return None

    def cancel(self, provider_id: str, *, provider: str = "") -> None:
        """Nothing rings here; the button says that somebody has it."""

    def ask(self, provider_id: str, *, provider: str = "") -> ProviderStatus | None:
        """None: what Slack took is with it, and is final."""
        return None


def translated(doing: str, problem: SlackApiError) -> ChannelError:
    """Our word for what Slack answered."""
    status, word, asked_for = _answered(problem)
    code = word or str(status)
    text = f"{doing}: it answered {code}"
    if status == _TOO_MANY or word in ("ratelimited", "rate_limited"):
        return BusyError(f"{doing}: it asks for patience", wait_for=asked_for, code=code)
    if word in _GONE:
        return GoneError(text, code=code)
    if word in _SETUP:
        return SetupError(f"{text}; are SLACK_BOT_TOKEN and the app's scopes right?", code=code)
    if word in _NEVER:
        return RecipientError(text, code=code)
    if status >= _SERVER_ERROR or not word:
        return OutcomeUnknownError(text, code=code)
    return TransientError(text, code=code)


def _answered(problem: SlackApiError) -> tuple[int, str, timedelta]:
    """HTTP status, Slack's word ("" for none), and how long it asks us to wait."""
    response = problem.response
    status = int(getattr(response, "status_code", 0) or 0)
    data = getattr(response, "data", response)
    if isinstance(data, (bytes, str)):
        data = _read(data)
    word = data.get("error", "") if isinstance(data, dict) else ""
    headers = getattr(response, "headers", None) or {}
    named = {str(name).casefold(): value for name, value in dict(headers).items()}
    # Whatever stands between us and Slack answers with words of its own.
    is_theirs = isinstance(word, str) and word.replace("_", "").isalnum() and len(word) <= _LONGEST_WORD
    return status, word if is_theirs else "", _seconds(named.get("retry-after"))


def _read(data: bytes | str) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _seconds(given: object) -> timedelta:
    value = given[0] if isinstance(given, list) and given else given
    written = str(value)
    seconds = int(written) if written.isascii() and written.isdigit() and len(written) < 10 else 30
    return timedelta(seconds=min(max(seconds, _SHORTEST_WAIT_SECONDS), _LONGEST_WAIT_SECONDS))
