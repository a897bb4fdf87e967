"""The secrets that sign our webhooks, and how a webhook is signed (Standard Webhooks, version 1)."""

import base64
import binascii
import hmac
import re
from collections.abc import Callable, Mapping, Sequence

from oncall.errors import SettingsError

_VARIABLE = re.compile(r"(ONCALL_WEBHOOK_(\w+?)_SECRET(?:_SECONDARY)?)(?:_FILE)?\Z", re.ASCII)
_PREFIX = "whsec_"
_FEWEST_BYTES, _MOST_BYTES = 24, 64
_MAKE_ONE = 'make one with: echo "whsec_$(openssl rand -base64 32)"'

Given = Callable[[str, Mapping[str, str]], tuple[str, str]]


def variable_name(webhook: str) -> str:
    """The variable that holds the secret of the webhook of this name."""
    return f"ONCALL_WEBHOOK_{_in_variables(webhook)}_SECRET"


def secrets_of(webhook: str, secrets: Mapping[str, tuple[bytes, ...]]) -> tuple[bytes, ...]:
    """What signs the webhook of this name; empty where nothing is set."""
    return secrets.get(_in_variables(webhook), ())


def _in_variables(webhook: str) -> str:
    return re.sub(r"\W", "_", webhook, flags=re.ASCII).upper()


def webhook_secrets(environ: Mapping[str, str], given: Given) -> dict[str, tuple[bytes, ...]]:
    """Every secret that is set, by its webhook's name as it stands in the variable, the primary one first.

    ``given`` reads a variable, or the file that it names. Raises SettingsError, which names the variable.
    """
    found: dict[str, tuple[bytes, ...]] = {}
    matches = (match for name in environ if (match := _VARIABLE.match(name)))
    for variable, webhook in sorted({(match[1], match[2]) for match in matches}):
        name, value = given(variable, environ)
        if value:
            found[webhook] = (*found.get(webhook, ()), _key(name, value))
    return found


def _key(variable: str, secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(_PREFIX) or not _FEWEST_BYTES <= len(key) <= _MOST_BYTES:
        raise SettingsError(
            f"{variable} is not whsec_ and {_FEWEST_BYTES} to {_MOST_BYTES} bytes in base64; {_MAKE_ONE}"
        )
    return key


def signatures(secrets: Sequence[bytes], event_id: str, timestamp: int, body: str) -> str:
    """The value of the header ``webhook-signature``: one signature for each secret, so that either verifies."""
    signed = f"{event_id}.{timestamp}.{body}".encode()
    digests = (hmac.digest(secret, signed, "sha256") for secret in secrets)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)
