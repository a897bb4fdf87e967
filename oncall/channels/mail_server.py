"""What SMTP_URL says.

``smtp://user:password@host:port``, or ``smtps://`` where the connection begins with TLS. A password leaves
this machine encrypted only: such a connection is upgraded by STARTTLS; ``?starttls=1`` asks for that always.
``?from=address`` says who the mail is from; without it the user's name, where that is an address.
"""

from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from urllib.parse import parse_qs, unquote, urlsplit

from oncall.errors import RecipientError, SettingsError
from oncall.settings import is_loopback

_PORTS = {"smtp": 25, "smtps": 465}
_SUBMISSION_PORT = 587


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed over, and who it is from.

    ``user`` is "" where none is needed; ``tls`` means from the first byte, ``starttls`` after the greeting.
    """

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False
    starttls: bool = False


def mail_server(smtp_url: str, *, default_sender: str) -> MailServer:
    """What SMTP_URL says. Raises SettingsError, which never repeats the URL: it holds a password."""
    try:
        parts = urlsplit(smtp_url)
        port = parts.port
    except ValueError as exc:
        raise SettingsError("SMTP_URL is not a URL; write smtp://user:password@host:587") from exc
    if parts.scheme not in _PORTS or not parts.hostname:
        raise SettingsError("SMTP_URL must begin with smtp:// or smtps:// and name a host")
    query = parse_qs(parts.query, keep_blank_values=True)
    unknown = sorted(set(query) - {"starttls", "from"})
    if unknown:
        raise SettingsError(f"SMTP_URL has {', '.join(unknown)!r} after its ?; it may have starttls and from")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    tls = parts.scheme == "smtps"
    far_password = bool(password) and not is_loopback(parts.hostname)
    starttls = not tls and (far_password or query.get("starttls", ["0"])[-1] not in {"0", "false", "no"})
    sender = query.get("from", [""])[-1] or (user if "@" in user else default_sender)
    return MailServer(
        host=parts.hostname,
        port=port or (_SUBMISSION_PORT if starttls else _PORTS[parts.scheme]),
        sender=email_address(sender, SettingsError("SMTP_URL: what from= names is not an email address")),
        user=user,
        password=password,
        tls=tls,
        starttls=starttls,
    )


def email_address(text: str, otherwise: SettingsError | RecipientError) -> str:
    """The address itself. Whatever could add a header or a second recipient is no address."""
    try:
        address = Address(addr_spec=text)
    except (ValueError, IndexError, MessageError) as exc:
        raise otherwise from exc
    plain = text.isascii() and text.isprintable() and not set(text) & set(' ,;<>"\\')
    if not plain or address.addr_spec != text or not address.username or not address.domain:
        raise otherwise
    return text
