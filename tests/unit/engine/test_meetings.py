"""Whoever takes part in a status meeting is invited once, told what changes, and sent the agenda the day before."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from icalendar import Calendar

from oncall.bootstrap import Fakes, build
from oncall.core.incident import IntakeChannel
from oncall.core.sla import Priority
from oncall.engine.workers import Inline
from oncall.ports import Message
from oncall.settings import load_settings
from oncall.store import SqlDatabase
from tests.unit.engine.hotline import MINUTE, YAML, CountingIds, Night, NoChance

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MEETINGS = """
business_hours: {timezone: Europe/Brussels}
meetings:
  acme-weekly:
    customer: acme
    day: tue
    at: "10:00"
    who: [dana, alice, "jane@acme.example"]
    starts: 2026-12-01
    where: https://meet.example/acme
"""
JANE = "jane@acme.example"
DANA = "dana@example.com"


class Diary(Night):
    """A night with a mail server, whose address the invitations come from."""

    def _built(self, channels, prefix):  # type: ignore[no-untyped-def]
        fakes = Fakes(
            clock=self.clock,
            ids=CountingIds(prefix),
            rng=NoChance(),
            database=self.database,
            channels=channels,
            recordings=self.source,
            calendars=self.calendars,
            provider_logs=lambda: {"twilio": self.log},
            workers=Inline(),
            hosted=lambda url: self.hosted(url),
            mail_sender="hotline@example.com",
        )
        return build(load_settings({}, serving=False), fakes)

    def tick(self, at: datetime | None = None) -> None:
        self.clock.at = at or self.clock.at + MINUTE
        self.turn()
        self.turn()


def diary(database: SqlDatabase, prefix: str = "a") -> Diary:
    return Diary(database, yaml=YAML + MEETINGS, prefix=prefix)


def invitations(night: Night, address: str) -> list[Message]:
    return [each for each in night.mails.to(address) if any("calendar" in a.content_type for a in each.attachments)]


def agendas(night: Night, address: str) -> list[Message]:
    return [message for message in night.mails.to(address) if message.subject.startswith("Agenda:")]


def event(message: Message) -> tuple[str, dict[str, str]]:
    """The method, and what the event says."""
    calendar = Calendar.from_ical(message.attachments[0].text)
    [found] = calendar.walk("VEVENT")
    return str(calendar["METHOD"]), {key: found[key].to_ical().decode() for key in ("UID", "SEQUENCE", "RRULE")}


def test_everybody_with_an_address_is_invited_once(database: SqlDatabase) -> None:
    night = diary(database)
    for _ in range(5):
        night.tick()
    assert [len(invitations(night, each)) for each in (JANE, DANA)] == [1, 1]
    [invitation] = invitations(night, JANE)
    assert invitation.subject == "Invitation: Status meeting ACME Shop – Example Hosting"
    method, said = event(invitation)
    assert (method, said["SEQUENCE"], said["RRULE"]) == ("REQUEST", "0", "FREQ=WEEKLY;BYDAY=TU")
    text = invitation.attachments[0].text
    assert "DTSTART;TZID=Europe/Brussels:20261201T100000" in text and "BEGIN:VTIMEZONE" in text
    assert "mailto:hotline@example.com" in text.replace("\r\n ", "")


def test_a_change_is_sent_under_the_same_name_and_a_removed_meeting_is_taken_back(database: SqlDatabase) -> None:
    night = diary(database)
    night.tick()
    night.publish({"all.yaml": (YAML + MEETINGS).replace('"10:00"', '"11:00"').replace("dana, alice, ", "")})
    night.tick()
    first, second = (event(each) for each in invitations(night, JANE))
    assert second[1]["UID"] == first[1]["UID"]
    assert (second[0], second[1]["SEQUENCE"]) == ("REQUEST", "1")
    assert [event(each)[0] for each in invitations(night, DANA)] == ["REQUEST", "CANCEL"]
    night.publish({"all.yaml": YAML})
    for _ in range(3):
        night.tick()
    assert [event(each)[0] for each in invitations(night, JANE)] == ["REQUEST", "REQUEST", "CANCEL"]
    night.publish({"all.yaml": YAML + MEETINGS})
    night.tick()
    last = event(invitations(night, JANE)[-1])
    assert (last[0], last[1]["SEQUENCE"], last[1]["UID"]) == ("REQUEST", "3", first[1]["UID"])


def test_whoever_takes_part_no_more_is_not_named_to_those_who_do(database: SqlDatabase) -> None:
    night = diary(database)
    night.tick()
    night.publish({"all.yaml": (YAML + MEETINGS).replace("dana, alice, ", "alice, ")})
    night.tick()
    first, second = (each.attachments[0].text.replace("\r\n ", "") for each in invitations(night, JANE))
    assert f"mailto:{DANA}" in first
    assert f"mailto:{DANA}" not in second and f"mailto:{JANE}" in second


def test_another_edit_invites_nobody_again(database: SqlDatabase) -> None:
    night = diary(database)
    night.tick()
    night.publish({"all.yaml": (YAML + MEETINGS).replace("Alice Martin", "Alice Maes")})
    night.tick()
    assert len(invitations(night, JANE)) == 1


def test_two_engines_send_each_invitation_and_each_agenda_once(database: SqlDatabase) -> None:
    one, two = diary(database), diary(database, prefix="b")
    for night in (one, two):
        night.tick()
    for night in (two, one, two):
        night.tick(datetime(2026, 11, 30, 8, 0, 30, tzinfo=UTC))
        night.clock.at += MINUTE
    assert len(invitations(one, JANE)) + len(invitations(two, JANE)) == 1
    assert len(agendas(one, JANE)) + len(agendas(two, JANE)) == 1


def test_the_agenda_with_the_report_is_sent_the_day_before_at_nine(database: SqlDatabase) -> None:
    night = diary(database)
    night.tick()
    night.tick(datetime(2026, 11, 30, 7, 59, tzinfo=UTC))
    assert agendas(night, JANE) == []
    night.tick(datetime(2026, 11, 30, 8, 0, tzinfo=UTC))
    [agenda] = agendas(night, JANE)
    assert agenda.subject == "Agenda: ACME Shop, Tuesday 1 December at 10:00"
    pdf, markdown = agenda.attachments
    assert pdf.content.startswith(b"%PDF") and pdf.name == "acme-2026-11-24-2026-12-01.pdf"
    assert markdown.text.startswith("# ACME Shop")
    for hours in range(1, 24):
        night.tick(datetime(2026, 11, 30, 8, 0, tzinfo=UTC) + hours * HOUR)
    assert len(agendas(night, JANE)) == 1
    night.tick(datetime(2026, 12, 7, 8, 0, tzinfo=UTC))
    assert agendas(night, JANE)[-1].attachments[0].name == "acme-2026-12-01-2026-12-08.pdf"


def test_after_an_outage_it_is_sent_late_but_never_after_the_meeting_has_begun(database: SqlDatabase) -> None:
    night = diary(database)
    night.tick()
    night.tick(datetime(2026, 12, 1, 8, 30, tzinfo=UTC))  # half an hour before
    assert len(agendas(night, JANE)) == 1
    night.tick(datetime(2026, 12, 8, 9, 1, tzinfo=UTC))  # a minute too late
    assert len(agendas(night, JANE)) == 1


def test_the_agenda_names_what_is_open_and_the_post_mortems_that_are_owed(database: SqlDatabase) -> None:
    night = diary(database)
    night.clock.at = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
    number = night.paged().number
    night.runtime.prioritising.mark_major(number, by="alice", via="dashboard")
    night.runtime.respond.resolve(number, engineer="alice", note="", via="SMS")
    for _ in range(2):
        night.tick()
    night.tick(datetime(2026, 11, 30, 8, 0, tzinfo=UTC))
    [agenda] = agendas(night, JANE)
    assert f"Post-mortem of incident {number}" in agenda.text
    assert "1 incident" in agenda.text


def test_an_agenda_says_how_much_it_leaves_to_the_report(database: SqlDatabase) -> None:
    night = diary(database)
    night.clock.at = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
    for serial in range(22):
        night.runtime.intake.open_by_hand(
            summary=f"question {serial}", by="Erik", channel=IntakeChannel.OPERATOR, customer="acme",
            priority=Priority.NORMAL,
        )  # fmt: skip
    night.tick(datetime(2026, 11, 30, 8, 0, tzinfo=UTC))
    [agenda] = agendas(night, JANE)
    assert "question 19" in agenda.text and "question 21" not in agenda.text
    assert "And 2 more, which the report names." in agenda.text
    assert "question 21" in next(each.text for each in agenda.attachments if each.name.endswith(".md"))


def test_no_agenda_names_a_telephone_number(database: SqlDatabase) -> None:
    night = diary(database)
    night.clock.at = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
    number = night.paged().number
    with night.database.begin() as uow:
        incident = uow.incidents.get(number, lock=True)
        assert incident is not None
        uow.incidents.save(replace(incident, summary="Call me on +32470111111 or 0470 11 11 11 today"))
    night.tick(datetime(2026, 11, 30, 8, 0, tzinfo=UTC))
    [agenda] = agendas(night, JANE)
    [report] = [each.text for each in agenda.attachments if each.name.endswith(".md")]
    for text in (agenda.text, report):
        assert "Call me on" in text
        assert "32470111111" not in text and "0470 11 11 11" not in text


def test_the_agenda_names_no_action_of_a_text_that_was_not_published(database: SqlDatabase) -> None:
    night = diary(database)
    night.clock.at = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
    number = night.paged().number
    night.runtime.respond.resolve(number, engineer="alice", note="", via="SMS")
    postmortems = night.runtime.postmortems
    published = "- [ ] Alert at 80% — alice — 2026-12-10"
    postmortems.write(number, published, by="alice", via="dashboard", base=0)
    postmortems.review(number, 1, by="bob")
    postmortems.publish(number, by="bob", via="dashboard")
    postmortems.write(number, f"{published}\n- [ ] Part with Erik — bob — 2026-12-11", by="alice", via="pull", base=1)
    night.tick()
    night.tick(datetime(2026, 11, 30, 8, 0, tzinfo=UTC))
    [agenda] = agendas(night, JANE)
    assert "Alert at 80%" in agenda.text
    assert "Erik" not in agenda.text


def test_without_email_nobody_is_invited_and_nothing_fails(database: SqlDatabase) -> None:
    night = Night(database, yaml=YAML + MEETINGS)
    for _ in range(3):
        night.clock.at += MINUTE
        night.turn()
    assert night.mails.sent == []
