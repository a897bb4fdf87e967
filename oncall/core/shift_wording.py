"""What engineers hear and read of their shifts, in the GSM alphabet, with times in a timezone that is stated."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from oncall.core.local_time import to_local
from oncall.core.plain_text import clip, gsm, one_line

LIMIT = 320  # two segments: carriers drop and reorder what is longer
_MOST_SPANS = 3
_WEEKDAY_IS_ENOUGH_FOR = timedelta(days=6)

Span = tuple[datetime, datetime | None]  # from, until; None: no end in sight


@dataclass(frozen=True, slots=True)
class ShiftWords:
    """One notice: as a text, as the subject of an email, and spoken."""

    subject: str
    text: str
    speech: str


@dataclass(frozen=True, slots=True)
class Change:
    """Spans that somebody had, and those in their place; ``holders`` are the names of who has the former now."""

    before: Sequence[Span]
    after: Sequence[Span]
    holders: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Saying:
    """How times are said at ``now``, in an engineer's ``timezone`` (an IANA name): written short, or spoken in full."""

    timezone: str
    now: datetime
    spoken: bool = False

    def span(self, span: Span) -> str:
        """ "Tue 25 Nov 09:00 - Wed 09:00 CET", or only how long it goes on where it has begun."""
        starts_at, ends_at = span
        if starts_at <= self.now:
            return self.until(ends_at)
        if ends_at is None:
            return f"from {self._at(starts_at)}{self._zone(starts_at)} on"
        begins, ends = to_local(self.timezone, starts_at), to_local(self.timezone, ends_at)
        if ends.date() == begins.date():
            end = f"{ends:%H:%M}"
        else:
            end = self._at(ends_at, weekday_only=ends - begins <= _WEEKDAY_IS_ENOUGH_FOR)
        # In the night when clocks change each end has its own.
        first_zone = self._zone(starts_at) if begins.utcoffset() != ends.utcoffset() and not self.spoken else ""
        dash = "until" if self.spoken else "-"
        return f"{self._at(starts_at)}{first_zone} {dash} {end}{self._zone(ends_at)}"

    def until(self, ends_at: datetime | None) -> str:
        """ "until Wed 26 Nov 09:00 CET"."""
        return "until further notice" if ends_at is None else f"until {self._at(ends_at)}{self._zone(ends_at)}"

    def day(self, at: datetime) -> str:
        """ "today", "tomorrow", or "soon" where it is neither."""
        days = (to_local(self.timezone, at).date() - to_local(self.timezone, self.now).date()).days
        return {0: "today", 1: "tomorrow"}.get(days, "soon")

    def _at(self, at: datetime, *, weekday_only: bool = False) -> str:
        local = to_local(self.timezone, at)
        weekday, month = ("%A", "%B") if self.spoken else ("%a", "%b")
        date = "" if weekday_only else f"{local.day} {local:{month}} "
        return f"{local:{weekday}} {date}{local:%H:%M}"

    def _zone(self, at: datetime) -> str:
        if self.spoken:
            return f" {self.timezone.rpartition('/')[2].replace('_', ' ')} time"
        name = to_local(self.timezone, at).tzname() or ""
        return f" UTC{name}" if name[:1] in "+-" else f" {name}"


def day_before_words(schedule: str, span: Span, timezone: str, now: datetime) -> ShiftWords:
    """Their shift begins tomorrow."""

    def said(saying: Saying) -> str:
        return f"You are on call {saying.day(span[0])}: {schedule}, {saying.span(span)}."

    swap = " To swap, ask a colleague to text TAKE, or whoever edits the schedules for an override."
    return _words(f"On call {Saying(timezone, now).day(span[0])}: {schedule}", said, timezone, now, more=swap)


def handoff_words(
    schedule: str,
    ends_at: datetime | None,
    *,
    backup: str | None,
    incidents: Sequence[int],
    timezone: str,
    now: datetime,
) -> ShiftWords:
    """They are on call from now on. ``backup`` is a name, "" for nobody, None where that means nothing here."""

    def said(saying: Saying) -> str:
        behind = {None: "", "": " There is no backup."}.get(backup, f" Backup: {one_line(backup or '')}.")
        return f"You are on call now: {schedule} {saying.until(ends_at)}.{behind} {_open(incidents, saying.spoken)}"

    return _words(f"On call now: {schedule}", said, timezone, now)


def changes_words(schedule: str, changes: Sequence[Change], timezone: str, now: datetime) -> ShiftWords:
    """An edit moved, added or removed shifts of theirs; what does not fit is counted."""

    def said(saying: Saying) -> str:
        sentences = [_change(schedule, change, saying) for change in changes]
        for left_out in range(len(sentences)):
            kept = sentences[: len(sentences) - left_out]
            more = [f"And {left_out} more changes of your shifts."] if left_out else []
            text = " ".join([*kept, *more])
            if len(gsm(text)) <= LIMIT:
                break
        return text

    return _words(f"Your shifts in {schedule} changed", said, timezone, now)


def _change(schedule: str, change: Change, saying: Saying) -> str:
    before, after = _spans(change.before, saying), _spans(change.after, saying)
    several = len(change.before) > 1
    if not change.before:
        new = "new shifts" if len(change.after) > 1 else "a new shift"
        return f"You have {new} in {schedule}: {after}."
    yours = f"Your {'shifts' if several else 'shift'} in {schedule}, {before},"
    if change.after:
        return f"{yours} {'are' if several else 'is'} now {after}."
    whose = _listed([one_line(name) for name in change.holders]) or "nobody"
    have = f"{whose} {'have' if len(change.holders) > 1 else 'has'} {'them' if several else 'it'}"
    return f"{yours} {'are' if several else 'is'} no longer yours: {have}."


def _spans(spans: Sequence[Span], saying: Saying) -> str:
    more = len(spans) - _MOST_SPANS
    return _listed([*map(saying.span, spans[:_MOST_SPANS]), *([f"{more} more"] if more > 0 else [])])


def _listed(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _open(incidents: Sequence[int], spoken: bool) -> str:
    if not incidents:
        return "No open incident."
    numbers = [" ".join(str(number)) if spoken else str(number) for number in incidents[:5]]
    more = len(incidents) - len(numbers)
    noun = "open incident" if len(incidents) == 1 else "open incidents"
    return f"{len(incidents)} {noun}: {', '.join(numbers)}{f' and {more} more' if more else ''}."


def _words(subject: str, said: Callable[[Saying], str], timezone: str, now: datetime, *, more: str = "") -> ShiftWords:
    text = said(Saying(timezone, now)) + more
    speech = f"This is the on-call hotline. {said(Saying(timezone, now, spoken=True))}"
    return ShiftWords(one_line(subject), clip(gsm(text), LIMIT), speech)
