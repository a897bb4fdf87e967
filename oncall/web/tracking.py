"""The customer's page: how it stands and what has happened. Whoever holds the link sees that, and nothing else."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from oncall.core.incident import Incident, IncidentState, TimelineEntry
from oncall.core.languages import Language, choose_language
from oncall.core.languages.phrases import Phrase
from oncall.core.postmortem import Postmortem
from oncall.core.wording import phrase, public_line
from oncall.errors import StoreUnavailableError
from oncall.web import times
from oncall.web.runtime import now, runtime

blueprint = Blueprint("tracking", __name__)

REFRESH_SECONDS = 30
SHOWN_FOR = timedelta(days=90)

_STATES: dict[IncidentState, tuple[Phrase, Phrase]] = {
    IncidentState.TRIGGERED: (Phrase.TRACK_TRIGGERED, Phrase.TRACK_TRIGGERED_MORE),
    IncidentState.ACKNOWLEDGED: (Phrase.TRACK_ACKNOWLEDGED, Phrase.TRACK_ACKNOWLEDGED_MORE),
    IncidentState.RESOLVED: (Phrase.TRACK_RESOLVED, Phrase.TRACK_RESOLVED_MORE),
}


@blueprint.get("/track/<token>")
def track(token: str) -> ResponseReturnValue:
    """The page, or 404 for a token that shows nothing (any more)."""
    with runtime().database.read() as uow:
        incident = uow.incidents.by_token(token)
        timeline = uow.timeline.of(incident.number) if incident else []
        postmortem = uow.postmortems.get(incident.number) if incident else None
    if incident is None or _forgotten(incident):
        return _sentence(Phrase.TRACK_GONE, Phrase.TRACK_GONE_MORE), 404
    return _page(incident, timeline, postmortem)


@blueprint.errorhandler(StoreUnavailableError)
def away(error: StoreUnavailableError) -> ResponseReturnValue:
    """503, and a page that tries again by itself."""
    runtime().log("tracking.away", problem=str(error))
    return _sentence(Phrase.TRACK_AWAY), 503


def _page(incident: Incident, timeline: list[TimelineEntry], postmortem: Postmortem | None) -> str:
    configuration = runtime().configuration.current()
    hotline, zone = configuration.hotline, configuration.business_hours.timezone
    language = choose_language(incident.language, hotline.language)
    facts = {"number": str(incident.number), "phone": hotline.number, "zone": zone.replace("_", " ")}
    headline, more = _headline(incident)
    lines = [(entry, public_line(entry, language)) for entry in reversed(timeline)]
    return render_template(
        "track.html",
        language=language,
        company=hotline.company,
        phone=hotline.number,
        state=_shown(incident).value,
        title=phrase(Phrase.TRACK_TITLE, language, facts),
        headline=phrase(headline, language, facts),
        more=phrase(more, language, facts),
        promises=[phrase(name, language, {"time": at}) for name, at in _promises(incident, zone)],
        heading=phrase(Phrase.TRACK_TIMELINE, language),
        nothing_yet=phrase(Phrase.TRACK_NOTHING_YET, language),
        token=incident.token,
        postmortem=phrase(Phrase.POSTMORTEM_LINK, language) if postmortem and postmortem.published_version else "",
        call_us=phrase(Phrase.TRACK_PHONE, language, facts),
        foot=" ".join(phrase(name, language, facts) for name in (Phrase.TRACK_TIMES, Phrase.TRACK_REFRESH)),
        lines=[_line(entry, text, zone) for entry, text in lines if text],
        refresh=REFRESH_SECONDS if incident.open else REFRESH_SECONDS * 10,
    )


def _headline(incident: Incident) -> tuple[Phrase, Phrase]:
    if incident.quiet and _shown(incident) is IncidentState.TRIGGERED:
        return Phrase.TRACK_QUIET, Phrase.TRACK_QUIET_MORE
    return _STATES[_shown(incident)]


def _promises(incident: Incident, zone: str) -> Iterator[tuple[Phrase, str]]:
    """What was promised and is still to be kept, and what we wait for, each with its time."""

    def said(at: datetime) -> str:
        return f"{times.day(at, zone)} {times.clock(at, zone)}"

    if not incident.open or incident.drill:
        return
    if incident.respond_by is not None and incident.responded_at is None:
        yield Phrase.TRACK_PROMISED, said(incident.respond_by)
    if incident.waiting_since is not None:
        yield Phrase.TRACK_WAITING, said(incident.waiting_since)
    elif incident.resolve_by is not None:
        yield Phrase.TRACK_RESOLVE_BY, said(incident.resolve_by)


def _shown(incident: Incident) -> IncidentState:
    """Somebody has it: that more engineers are wanted is ours to know."""
    return IncidentState.ACKNOWLEDGED if incident.held else incident.state


def _line(entry: TimelineEntry, text: str, zone: str) -> dict[str, str]:
    return {
        "text": text,
        "day": times.day(entry.at, zone),
        "time": times.clock(entry.at, zone),
        "utc": times.utc(entry.at),
    }


def _forgotten(incident: Incident) -> bool:
    return incident.resolved_at is not None and now() > incident.resolved_at + SHOWN_FOR


def _sentence(*names: Phrase) -> str:
    """Without an incident we do not know the language: English, then the others would only be noise."""
    title, *more = (phrase(name, Language.ENGLISH) for name in names)
    return render_template("sentence.html", title=title, more=" ".join(more))
