"""Email against a mail server on loopback."""

import email.policy
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage

import pytest

from oncall.channels import email as email_channel
from oncall.channels.building import build_channels
from oncall.channels.email import EmailChannel
from oncall.channels.mail_server import mail_server
from oncall.channels.providers import Providers
from oncall.core.accounted import Accounted
from oncall.core.delivery import DeliveryKind
from oncall.core.engineer import ContactMethod
from oncall.errors import (
    ChannelError,
    OutcomeUnknownError,
    RecipientError,
    SettingsError,
    SetupError,
    TransientError,
)
from oncall.ports import Attachment, Message

from .conftest import DELIVERY, Half, RealClock, settings
from .fake_smtp import BREAK_OFF, SILENCE, FakeSmtp, running_fake_smtp


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSmtp]:
    monkeypatch.setattr(email_channel, "_ONE_STEP_SECONDS", 0.3)
    with running_fake_smtp() as fake:
        yield fake


def channel(server: FakeSmtp, user: str = "", query: str = "") -> EmailChannel:
    url = f"smtp://{user}127.0.0.1:{server.port}{query}"
    where = mail_server(url, default_sender="oncall@oncall.example.com")
    return EmailChannel(where, clock=RealClock(), rng=Half())


def mail(to: str = "dana@example.com", subject: str = "1042 ACME", text: str = "Production down — ACK 1042") -> Message:
    return Message(DELIVERY, DeliveryKind.OPERATOR, to, text, subject)


def received(server: FakeSmtp) -> EmailMessage:
    (raw,) = server.mails
    parsed = message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def test_a_mail_is_plain_text_and_says_which_delivery_it_is(server: FakeSmtp) -> None:
    receipt = channel(server).send(mail())
    got = received(server)
    assert receipt.final
    assert receipt.provider_id == f"<{DELIVERY}@oncall.example.com>" == got["Message-ID"]
    assert (got["From"], got["To"], got["Subject"]) == ("oncall@oncall.example.com", "dana@example.com", "1042 ACME")
    assert got["Auto-Submitted"] == "auto-generated"
    assert got["Date"].datetime.utcoffset() is not None
    assert got.get_content_type() == "text/plain"
    assert got.get_content().strip() == "Production down — ACK 1042"
    assert "rcpt TO:<dana@example.com>" in server.commands
    assert all(byte < 128 for byte in server.mails[0])


def test_a_contact_card_goes_with_it_as_a_file_with_its_accents_and_line_breaks(server: FakeSmtp) -> None:
    card = "BEGIN:VCARD\r\nFN:Hébergement on call\r\nEND:VCARD\r\n"
    channel(server).send(replace(mail(), attachments=(Attachment("on-call.vcf", "text/vcard", card),)))
    [attached] = received(server).iter_attachments()
    assert (attached.get_content_type(), attached.get_filename()) == ("text/vcard", "on-call.vcf")
    assert attached.get_payload(decode=True) == card.encode()
    assert all(byte < 128 for byte in server.mails[0])


def test_an_invitation_is_shown_by_mail_programs_and_goes_as_a_file_too(server: FakeSmtp) -> None:
    calendar = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nSUMMARY:Réunion\r\nEND:VCALENDAR\r\n"
    invitation = Attachment("meeting.ics", "text/calendar; method=REQUEST", calendar)
    report = Attachment("report.pdf", "application/pdf", content=b"%PDF\0\xff")
    channel(server).send(replace(mail(), attachments=(invitation, report)))
    got = received(server)
    [shown] = [part for part in got.walk() if part.get_param("method") == "REQUEST"]
    assert (shown.get_content_type(), "Réunion" in shown.get_content()) == ("text/calendar", True)
    body = got.get_body(("plain",))
    assert body is not None and mail().text in body.get_content()
    files = {part.get_filename(): part.get_payload(decode=True) for part in got.iter_attachments()}
    assert files == {"meeting.ics": calendar.encode(), "report.pdf": report.content}
    assert all(byte < 128 for byte in server.mails[0])


def test_a_subject_cannot_add_a_header(server: FakeSmtp) -> None:
    channel(server).send(mail(subject="down\r\nBcc: everybody@example.com\x00\n\nbody"))
    got = received(server)
    assert got["Bcc"] is None
    assert got["Subject"] == "down Bcc: everybody@example.com body"


def test_a_line_with_a_dot_does_not_end_the_mail(server: FakeSmtp) -> None:
    channel(server).send(mail(text="one\n.\nRCPT TO:<x@example.com>\ntwo \ud800"))
    assert "two" in server.mails[0].decode()
    assert len([c for c in server.commands if c.lower().startswith("rcpt")]) == 1


@pytest.mark.parametrize(
    "to",
    [
        "",
        "dana",
        "dana@",
        "@example.com",
        "a@b.c, d@e.f",
        "a@b.c\r\nRCPT TO:<x@y.z>",
        "<a@b.c>",
        "Dana <a@b.c>",
        "+3225550199",
        "dané@example.com",
        "a b@c.d",
    ],
)
def test_what_is_no_address_is_refused_before_the_server_hears_of_it(server: FakeSmtp, to: str) -> None:
    with pytest.raises(RecipientError):
        channel(server).send(mail(to=to))
    assert server.connections == 0


OUTCOMES = [
    ("RCPT", "550 5.1.1 no such user", RecipientError, 1),
    ("RCPT", "550 5.7.1 relaying denied", SetupError, 1),
    ("RCPT", "530 authenticate first", SetupError, 1),
    ("RCPT", "451 greylisted", TransientError, 2),
    ("MAIL", "550 who are you", SetupError, 1),
    ("MAIL", "421 busy", TransientError, 2),
    ("DATA", "554 no", RecipientError, 1),
    ("BODY", "552 too large", RecipientError, 1),
    ("BODY", "451 try later", TransientError, 2),
    ("BODY", BREAK_OFF, OutcomeUnknownError, 1),
    ("BODY", SILENCE, OutcomeUnknownError, 1),
    ("RCPT", BREAK_OFF, TransientError, 2),
    ("MAIL", SILENCE, TransientError, 2),
    ("CONNECT", "554 go away", SetupError, 1),
    ("CONNECT", "421 busy", TransientError, 2),
    ("CONNECT", SILENCE, TransientError, 2),
    ("CONNECT", BREAK_OFF, TransientError, 2),
    ("AUTH", "535 wrong password", SetupError, 1),
    ("AUTH", "454 later", TransientError, 2),
]


@pytest.mark.parametrize(("step", "reply", "error", "connections"), OUTCOMES)
def test_every_way_a_mail_server_can_fail_becomes_one_of_our_errors(
    server: FakeSmtp, step: str, reply: str, error: type[ChannelError], connections: int
) -> None:
    server.replies[step] = reply
    with pytest.raises(ChannelError) as caught:
        channel(server, "bob%40example.com:s3cret@").send(mail())
    assert type(caught.value) is error
    assert server.connections == connections
    assert "s3cret" not in str(caught.value)


def test_a_mail_server_that_is_away_is_a_passing_error() -> None:
    with running_fake_smtp() as gone:
        pass
    with pytest.raises(TransientError) as caught:
        channel(gone).send(mail())
    assert type(caught.value) is TransientError


def test_starttls_that_is_not_offered_sends_nothing(server: FakeSmtp) -> None:
    with pytest.raises(SetupError):
        channel(server, "bob:s3cret@", "?starttls=1").send(mail())
    assert server.mails == []
    assert not any(command.startswith("AUTH") for command in server.commands)


def test_mail_cannot_be_found_or_called_back(server: FakeSmtp) -> None:
    assert channel(server).find(mail(), RealClock().now(), Accounted) is None
    channel(server).cancel("<x@y>")
    assert server.connections == 0


def test_a_password_leaves_this_machine_only_encrypted() -> None:
    far = mail_server("smtp://bob%40example.com:p%40ss@mail.example.com", default_sender="x@example.com")
    assert (far.starttls, far.port, far.user, far.password) == (True, 587, "bob@example.com", "p@ss")
    assert far.sender == "bob@example.com"
    assert "p@ss" not in repr(far)
    assert mail_server("smtps://u:p@mail.example.com", default_sender="x@example.com").port == 465
    assert not mail_server("smtp://u:p@127.0.0.1:2525", default_sender="x@example.com").starttls
    assert (
        mail_server("smtp://mail.example.com?from=a@b.example", default_sender="x@example.com").sender == "a@b.example"
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://mail",
        "smtp://",
        "smtp://host:port",
        "smtp://host?tls=1",
        "smtp://host?from=nobody",
        "smtp://u:s3cret@host:99999",
    ],
)
def test_a_wrong_smtp_url_is_named_and_not_repeated(url: str) -> None:
    with pytest.raises(SettingsError, match="SMTP_URL") as caught:
        mail_server(url, default_sender="x@example.com")
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("public_url", ["https://oncall.example.com", "http://127.0.0.1:8080", "http://[::1]:8080"])
def test_without_a_mail_server_there_is_no_email_channel(public_url: str) -> None:
    without = settings(ONCALL_PUBLIC_URL=public_url)
    having = settings(ONCALL_PUBLIC_URL=public_url, SMTP_URL="smtp://127.0.0.1:25")

    def built(chosen: object) -> set[ContactMethod]:
        clock = RealClock()
        providers = Providers(lambda _name: None, list, clock)
        made = build_channels(chosen, providers, clock, Half(), print, recorded=lambda *_: ("", Accounted()))  # type: ignore[arg-type]
        return set(made)

    assert built(without) == {ContactMethod.CALL, ContactMethod.SMS}
    assert built(having) == {ContactMethod.CALL, ContactMethod.SMS, ContactMethod.EMAIL}
