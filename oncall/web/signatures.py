"""Only the provider gets in: X-Twilio-Signature over our public URL and the request line exactly as it came.

Flask's own URL is decoded and guesses the host from headers that anybody can write, so it is never what was signed.
"""

import hmac
from collections.abc import Callable, Mapping
from functools import lru_cache
from urllib.parse import quote, urlsplit

from flask import Blueprint, request
from twilio.request_validator import HMAC_SHA1, RequestValidator, get_signature_algorithm
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Request, Response

from oncall.errors import RefusedWebhookError
from oncall.settings import Settings
from oncall.web.runtime import runtime

SIGNATURE = "X-Twilio-Signature"
SIGNATURE_SETTINGS = "X-Twilio-Webhooks-Signature-Settings"


def signed_url(public_url: str, environ: Mapping[str, object]) -> str:
    """The URL that the provider called: ours, then path and query as they stand on the wire."""
    raw = str(environ.get("RAW_URI") or environ.get("REQUEST_URI") or "")
    if "://" in raw.partition("?")[0]:
        parts = urlsplit(raw)
        raw = raw[len(f"{parts.scheme}://{parts.netloc}") :]
    if not raw:
        query = str(environ.get("QUERY_STRING") or "")
        path = str(environ.get("SCRIPT_NAME") or "") + str(environ.get("PATH_INFO") or "")
        # WSGI hands the path over as latin-1: the bytes behind it are what was on the wire.
        raw = quote(path.encode("latin-1")) + (f"?{query}" if query else "")
    return public_url.rstrip("/") + raw


def is_signed(url: str, params: MultiDict[str, str] | str, signature: str, tokens: tuple[str, ...]) -> bool:
    """Whether one of the tokens signed it; ``params`` are the form's fields, or the text of a JSON body."""
    if isinstance(params, str) and "bodySHA256=" not in url:
        return False
    return any(_signed_with(token, url, params, signature) for token in tokens if token)


class _Fields(dict[str, list[str]]):
    """A form as the validator reads it fastest: it asks ``getall`` first, and a form of Flask's has none."""

    getall = dict.__getitem__


# Two tokens for each account, and tests have a few more.
_validator = lru_cache(maxsize=16)(RequestValidator)


def _signed_with(token: str, url: str, params: MultiDict[str, str] | str, signature: str) -> bool:
    validator = _validator(token)
    if isinstance(params, str):
        return bool(validator.validate(url, params, signature))
    fields = _Fields(params.lists())
    expected: str = validator.compute_signature(url, fields)
    # Nearly always the URL as it stands was signed; only otherwise it is tried with its port, and without.
    signed = hmac.compare_digest(expected.encode(), signature.encode())
    return signed or bool(validator.validate(url, fields, signature))


def refuse_others(incoming: Request, settings: Settings) -> None:
    """Raises RefusedWebhookError, with the reason, for whatever did not come from the provider, for our account."""
    signature = incoming.headers.get(SIGNATURE, "")
    if not signature:
        raise RefusedWebhookError("unsigned")
    algorithm = get_signature_algorithm(incoming.headers.get(SIGNATURE_SETTINGS, ""))
    if algorithm.upper() != HMAC_SHA1:
        # A caller who could choose how our Auth Token is used could choose the weakest way there is.
        raise RefusedWebhookError("signed with a shared key, which is not set up here")
    url = signed_url(settings.public_url, incoming.environ)
    form = _form(incoming)
    # Each account's token speaks for that account only.
    tokens = settings.tokens_of(form.get("AccountSid", ""))
    if is_signed(url, form, signature, tokens):
        return
    others = tuple(token for token in settings.all_tokens if token not in tokens)
    if is_signed(url, form, signature, others):
        raise RefusedWebhookError("signed for another account")
    raise RefusedWebhookError(f"wrongly signed: is ONCALL_PUBLIC_URL ({settings.public_url}) what the provider calls?")


def _form(incoming: Request) -> MultiDict[str, str]:
    try:
        return incoming.form
    except RequestEntityTooLarge as exc:
        raise RefusedWebhookError("larger than anything that the provider sends") from exc


def guard(blueprint: Blueprint) -> None:
    """Let only the provider reach the views of this blueprint."""
    blueprint.before_request(_check)
    blueprint.register_error_handler(RefusedWebhookError, refused)


def _check() -> None:
    refuse_others(request, runtime().settings)


def refused(error: RefusedWebhookError) -> Response:
    """403, and the reason in the log only."""
    return refusal(request, error, runtime().log)


def refusal(incoming: Request, error: RefusedWebhookError, log: Callable[..., None]) -> Response:
    """The same for a request that no view has seen."""
    log("webhook.refused", path=incoming.path, reason=str(error), remote=incoming.remote_addr or "")
    return Response("Forbidden\n", status=403, mimetype="text/plain")
