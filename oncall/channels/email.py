"""Email by SMTP: also how operators hear of it when the telephone provider is what is ill."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from oncall.channels.mail_server import MailServer, email_address
from oncall.channels.retries import retried
from oncall.core.accounted import AskAccounted
from oncall.errors import (
    ChannelError,
    OutcomeUnknownError,
    RecipientError,
    SetupError,
    TransientError,
)
from oncall.ports import Clock, Message, ProviderStatus, Receipt, Rng

_IN_ALL_FOR = timedelta(seconds=8)
_ONE_STEP_SECONDS = 4.0
_LEAST_SECONDS = 0.05
_SUBJECT_MAX = 200
# Not every server takes more than seven bits.
_POLICY = SMTP.clone(cte_type="7bit")
_AUTHENTICATION_REQUIRED = 530


class EmailChannel:
    """Reaches somebody by mail. Handed over is all that will be known of it."""

    def __init__(self, server: MailServer, *, clock: Clock, rng: Rng, tls: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._clock = clock
        self._rng = rng
        self._tls = tls or ssl.create_default_context()

    def send(self, message: Message) -> Receipt:
        """Hand it to the mail server."""
        to = email_address(message.to, RecipientError("mailing: the recipient's address is not an email address"))
        message_id = f"<{message.delivery_id}@{self._server.sender.rpartition('@')[2]}>"
        mail = self._compose(message, to, message_id)
        return retried(lambda: self._hand_over(to, mail, message_id), clock=self._clock, rng=self._rng)

    def find(self, message: Message, since: datetime, known: AskAccounted) -> Receipt | None:
        """None: a mail server cannot be asked. A repetition has the same Message-ID, which readers know."""
        return None

    def cancel(self, provider_id: str, *, provider: str = "") -> None:
        """Nothing: a mail that has been handed over cannot be called back."""

    def ask(self, provider_id: str, *, provider: str = "") -> ProviderStatus | None:
        """None: a mail server keeps no record that could be asked for."""
        return None

    def reach(self) -> None:
        """Go as far as the mail server can be asked without sending anything. Raises ChannelError."""
        smtp = self._entered()
        with suppress(OSError, smtplib.SMTPException):
            smtp.putcmd("quit")
        smtp.close()

    def _entered(self) -> smtplib.SMTP:
        smtp = _connected(self._server, self._clock, self._tls)
        try:
            with _smtp_errors_as_ours(self._server.host):
                if self._server.starttls:
                    smtp.starttls(context=self._tls)
                if self._server.user:
                    smtp.login(self._server.user, self._server.password)
                smtp.ehlo_or_helo_if_needed()
        except ChannelError:
            smtp.close()
            raise
        return smtp

    def _compose(self, message: Message, to: str, message_id: str) -> bytes:
        mail = EmailMessage(policy=_POLICY)
        mail["From"] = self._server.sender
        mail["To"] = to
        mail["Subject"] = _one_line(message.subject or message.text)[:_SUBJECT_MAX]
        mail["Date"] = format_datetime(self._clock.now())
        mail["Message-ID"] = message_id
        # Holiday replies must not answer a page (RFC 3834).
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text.encode("utf-8", "replace").decode())
        for each in message.attachments:
            named, _, method = each.content_type.partition("; method=")
            if method:
                params = {"method": method}
                mail.add_alternative(each.text, subtype=named.partition("/")[2], params=params)
        for each in message.attachments:
            kind, _, subkind = each.content_type.partition(";")[0].partition("/")
            content = each.content or each.text.encode()
            mail.add_attachment(content, maintype=kind, subtype=subkind, filename=each.name)
        return mail.as_bytes()

    def _hand_over(self, to: str, mail: bytes, message_id: str) -> Receipt:
        smtp = self._entered()
        try:
            with _smtp_errors_as_ours(self._server.host):
                _accepted_sender(smtp.mail(self._server.sender))
                _accepted_recipient(smtp.rcpt(to))
            _handed_over(smtp, mail)
        finally:
            # Its goodbye is not waited for: whether the mail was taken is known by now.
            with suppress(OSError, smtplib.SMTPException):
                smtp.putcmd("quit")
            smtp.close()
        return Receipt(provider_id=message_id, status="sent", final=True)


class _BoundedSmtp(smtplib.SMTP):
    """A conversation that ends in time: every answer is waited for only as long as is left of the whole."""

    def __init__(self, clock: Clock, **options: Any) -> None:
        self._clock = clock
        self._until = clock.now() + _IN_ALL_FOR
        super().__init__(timeout=_ONE_STEP_SECONDS, **options)

    def getreply(self) -> tuple[int, bytes]:
        """The server's answer to the last command."""
        left = (self._until - self._clock.now()).total_seconds()
        if self.sock:
            self.sock.settimeout(max(_LEAST_SECONDS, min(left, _ONE_STEP_SECONDS)))
        return super().getreply()


class _BoundedSmtps(_BoundedSmtp, smtplib.SMTP_SSL):
    """The same over TLS from the first byte."""


def _connected(server: MailServer, clock: Clock, tls: ssl.SSLContext) -> smtplib.SMTP:
    # A name for the greeting: without one smtplib asks the DNS who we are, which may take longer than the mail.
    domain = server.sender.rpartition("@")[2]
    where: dict[str, Any] = {"host": server.host, "port": server.port, "local_hostname": domain}
    with _smtp_errors_as_ours(server.host):
        if server.tls:
            return _BoundedSmtps(clock, **where, context=tls)
        return _BoundedSmtp(clock, **where)


@contextmanager
def _smtp_errors_as_ours(host: str) -> Iterator[None]:
    """Inside, nothing has been handed over yet: what breaks can be tried again, unless it is for good."""
    try:
        yield
    except smtplib.SMTPAuthenticationError as exc:
        if _passing(exc.smtp_code):
            raise _transient(exc.smtp_code, "does not check passwords now") from exc
        text = f"mailing: {host} refuses the user or password of SMTP_URL ({exc.smtp_code})"
        raise SetupError(text, code=str(exc.smtp_code)) from exc
    except ssl.SSLCertVerificationError as exc:
        raise SetupError(f"mailing: the certificate of {host} is not valid: {exc.verify_message}") from exc
    except smtplib.SMTPNotSupportedError as exc:
        raise SetupError(f"mailing: {host} cannot do what SMTP_URL asks for: {exc}") from exc
    except smtplib.SMTPResponseException as exc:
        if _passing(exc.smtp_code):
            raise _transient(exc.smtp_code, "does not take mail now") from exc
        text = f"mailing: {host} does not talk to us ({exc.smtp_code}); check SMTP_URL"
        raise SetupError(text, code=str(exc.smtp_code)) from exc
    except (OSError, smtplib.SMTPException) as exc:
        raise TransientError(f"mailing: {host} cannot be reached, or broke off; check SMTP_URL") from exc


def _accepted_sender(reply: tuple[int, bytes]) -> None:
    code, _text = reply
    if code // 100 == 2:
        return
    if _passing(code):
        raise _transient(code, "does not take our address now")
    text = f"mailing: the mail server does not take mail from us ({code}); check from= in SMTP_URL"
    raise SetupError(text, code=str(code))


def _accepted_recipient(reply: tuple[int, bytes]) -> None:
    code, text = reply
    if code // 100 == 2:
        return
    if _passing(code):
        raise _transient(code, "does not take mail for this address now")
    # 5.7.x is policy: a server that does not relay for us refuses every address so.
    if code == _AUTHENTICATION_REQUIRED or text.startswith(b"5.7."):
        raise SetupError(f"mailing: the mail server does not relay for us ({code}); check SMTP_URL", code=str(code))
    raise RecipientError(f"mailing: there is no such mailbox ({code})", code=str(code))


def _handed_over(smtp: smtplib.SMTP, mail: bytes) -> None:
    try:
        code, _text = smtp.data(mail)
    except smtplib.SMTPDataError as exc:
        raise _not_taken(exc.smtp_code) from exc
    except (OSError, smtplib.SMTPException) as exc:
        raise OutcomeUnknownError("mailing: the mail server broke off; it may have been sent") from exc
    if code // 100 != 2:
        raise _not_taken(code)


def _not_taken(code: int) -> ChannelError:
    if _passing(code):
        return _transient(code, "does not take mail now")
    return RecipientError(f"mailing: the mail server refused the mail ({code})", code=str(code))


def _transient(code: int, why: str) -> TransientError:
    return TransientError(f"mailing: the mail server {why} ({code})", code=str(code))


def _passing(code: int) -> bool:
    return 400 <= code < 500


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
