"""Post-mortems: shown, written, reviewed and published by the team, and read by the customer who has the link."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from io import BytesIO

from flask import Blueprint, abort, flash, redirect, render_template, request, send_file, session, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from oncall.core.incident import Incident
from oncall.core.postmortem import Standing
from oncall.core.postmortem_actions import ActionState
from oncall.core.postmortem_draft import title
from oncall.core.postmortem_wording import standing_words
from oncall.engine.postmortems import Known, WrittenMeanwhileError
from oncall.errors import DocumentError, UnknownIncidentError, UsageError
from oncall.support.postmortems import pdf_name
from oncall.web import times
from oncall.web.auth import guard_people
from oncall.web.runtime import now, runtime

VIA = "dashboard"
_SHOWN_FOR = timedelta(days=365)
_PDF = "application/pdf"
_DIGITS = 9

blueprint = Blueprint("postmortems", __name__)
guard_people(blueprint)
public = Blueprint("postmortem", __name__)  # no login: the link is the secret


@blueprint.get("/postmortems")
def index() -> str:
    """All of them, the newest first."""
    return render_template("postmortems.html", found=runtime().postmortems.listing(), **_about())


@blueprint.get("/postmortems/<int:number>")
def show(number: int) -> ResponseReturnValue:
    """One, with its text, its actions and who wrote when; a draft where nobody has written yet."""
    known = _known(number)
    wanted = _number("version", request.args)
    if wanted is None or known is None:
        return _page(number, known)
    version = runtime().postmortems.version(number, wanted)
    if version is None:
        abort(404, f"There is no version {wanted}.")
    return _page(number, known, text=version.text, shown_version=wanted)


@blueprint.get("/postmortems/<int:number>.pdf")
def pdf(number: int) -> ResponseReturnValue:
    """The newest version as PDF."""
    known = _known(number)
    if known is None or known.text is None:
        abort(404, f"Nothing is written about incident {number} yet.")
    made = _made(known.incident, known.text.text, known)
    return send_file(BytesIO(made), mimetype=_PDF, as_attachment=True, download_name=pdf_name(known.postmortem))


@blueprint.post("/postmortems/<int:number>")
def write(number: int) -> ResponseReturnValue:
    """Keep a text, or show what it will look like. What was written stays in the form until it is kept."""
    text, base = request.form.get("text", "").replace("\r\n", "\n"), _number("base", request.form) or 0
    if "preview" in request.form:
        _remember_who()
        return _page(number, _known(number), text=text, base=base, is_preview=True)
    try:
        kept = runtime().postmortems.write(number, text, by=_engineer(), via=VIA, base=base)
    except UnknownIncidentError as error:
        abort(404, str(error))
    except WrittenMeanwhileError as error:
        flash(str(error), "problem")
        page = _page(
            number, _known(number), text=text, base=error.newest.version, theirs=error.newest.text, is_preview=True
        )
        return page, 409
    except UsageError as error:
        flash(str(error), "problem")
        return _page(number, _known(number), text=text, base=base, is_preview=True), 422
    flash(f"Version {kept.version} is kept.")
    return redirect(url_for("postmortems.show", number=number), 303)


@blueprint.post("/postmortems/<int:number>/review")
def review(number: int) -> ResponseReturnValue:
    """Somebody else has read the newest version."""
    version = _number("version", request.form) or 0
    return _do(number, "It is reviewed.", lambda: runtime().postmortems.review(number, version, by=_engineer()))


@blueprint.post("/postmortems/<int:number>/publish")
def publish(number: int) -> ResponseReturnValue:
    """Let the customer read it."""
    again = request.form.get("notify") == "again"
    return _do(
        number,
        "It is published.",
        lambda: runtime().postmortems.publish(number, by=_engineer(), via=VIA, notify_again=again),
    )


@blueprint.post("/postmortems/<int:number>/waive")
def waive(number: int) -> ResponseReturnValue:
    """None is needed; or, without a reason, one is after all."""
    reason = request.form.get("reason", "").strip()

    def act() -> None:
        if not reason and "again" not in request.form:
            raise UsageError("Say why none is needed.")
        runtime().postmortems.waive(number, reason, by=_engineer(), via=VIA)

    return _do(number, "Noted.", act)


@blueprint.post("/postmortems/<int:number>/owner")
def hand_to(number: int) -> ResponseReturnValue:
    """Somebody else owes it."""
    return _do(number, "Noted.", lambda: runtime().postmortems.hand_to(number, request.form.get("owner", "")))


@blueprint.post("/postmortems/<int:number>/actions/<key>")
def action(number: int, key: str) -> ResponseReturnValue:
    """An action is done, or taken up again."""
    is_done = request.form.get("done", "yes") == "yes"

    def act() -> None:
        if runtime().postmortems.action_is_done(number, key, by=_engineer(), is_done=is_done) is None:
            raise UsageError("There is no such action any more: load the page again.")

    return _do(number, "Noted.", act)


@public.get("/track/<token>/postmortem")
def read(token: str) -> ResponseReturnValue:
    """What the customer reads; 404 for a token that shows nothing, or before it is published."""
    found = runtime().postmortems.published(token)
    if found is None or _is_forgotten(found[1].published_at):
        abort(404, "There is nothing here: the link is incomplete, or the post-mortem is not published.")
    incident, postmortem, version, actions = found
    dated = postmortem.published_at or version.written_at
    document = runtime().postmortem_texts.html(incident, version.text, actions, dated=dated)
    return render_template(
        "track_postmortem.html",
        title=title(incident),
        token=token,
        document=Markup(document),  # noqa: S704 - every word in it was escaped
    )


@public.get("/track/<token>/postmortem.pdf")
def read_pdf(token: str) -> ResponseReturnValue:
    """The same, to keep."""
    found = runtime().postmortems.published(token)
    if found is None or _is_forgotten(found[1].published_at):
        abort(404, "There is nothing here: the link is incomplete, or the post-mortem is not published.")
    incident, postmortem, version, actions = found
    dated = postmortem.published_at or version.written_at
    try:
        made = runtime().postmortem_texts.pdf(incident, version.text, actions, dated=dated)
    except DocumentError as error:
        runtime().log("postmortem.not_made", incident=incident.number, problem=str(error))
        abort(500, "This could not be made as a PDF; it has been logged. The page can be read.")
    return send_file(BytesIO(made), mimetype=_PDF, as_attachment=True, download_name=pdf_name(version))


def _page(
    number: int,
    known: Known | None,
    *,
    text: str | None = None,
    base: int | None = None,
    theirs: str = "",
    shown_version: int = 0,
    is_preview: bool = False,
) -> str:
    """``text`` is what is shown and edited, None for the newest; ``theirs`` what somebody else has kept meanwhile."""
    written = known.text if known else None
    is_draft = text is None and written is None
    if text is None:
        text = written.text if written else _draft(number)
    incident = known.incident if known else _incident(number)
    postmortem = known.postmortem if known else None
    actions = known.actions if known else ()
    dated = postmortem.published_at if postmortem and postmortem.published_at else now()
    document = runtime().postmortem_texts.html(incident, text, actions, dated=dated)
    configuration = runtime().configuration.current()
    return render_template(
        "postmortem.html",
        number=number,
        incident=incident,
        postmortem=postmortem,
        standing=postmortem.standing.value if postmortem else Standing.OWED.value,
        standing_words=standing_words(postmortem.standing) if postmortem else "nobody has asked for one",
        title=title(incident),
        document=Markup(document),  # noqa: S704 - every word in it was escaped
        text=text,
        base=base if base is not None else (written.version if written else 0),
        theirs=theirs,
        is_draft=is_draft,
        is_preview=is_preview,
        shown_version=shown_version,
        actions=[each for each in actions if each.state is not ActionState.DROPPED],
        versions=known.versions if known else (),
        is_owed=bool(postmortem and postmortem.is_owed),
        is_late=bool(postmortem and postmortem.is_owed and postmortem.due_at and postmortem.due_at < now()),
        may_publish=bool(postmortem and postmortem.is_reviewed and postmortem.published_version != postmortem.version),
        names={key: engineer.name for key, engineer in configuration.engineers.items()},
        chosen=session.get("engineer", ""),
        **_about(),
    )


def _do(number: int, said: str, act: Callable[[], object]) -> ResponseReturnValue:
    """What became of a click is said once it is true, on the page that the browser is sent back to."""
    try:
        act()
        flash(said)
    except UnknownIncidentError as error:
        abort(404, str(error))
    except UsageError as error:
        flash(str(error), "problem")
    return redirect(url_for("postmortems.show", number=number), 303)


def _known(number: int) -> Known | None:
    try:
        return runtime().postmortems.get(number)
    except UnknownIncidentError as error:
        abort(404, str(error))


def _incident(number: int) -> Incident:
    with runtime().database.read() as uow:
        found = uow.incidents.get(number)
    if found is None:
        abort(404, f"There is no incident {number}.")
    return found


def _draft(number: int) -> str:
    return runtime().postmortem_texts.draft(number)


def _made(incident: Incident, text: str, known: Known) -> bytes:
    dated = known.postmortem.published_at or now()
    try:
        return runtime().postmortem_texts.pdf(incident, text, known.actions, dated=dated)
    except DocumentError as error:
        runtime().log("postmortem.not_made", incident=incident.number, problem=str(error))
        abort(500, "This could not be made as a PDF; it has been logged.")


def _engineer() -> str:
    key = request.form.get("engineer", "")
    if key not in runtime().configuration.current().engineers:
        raise UsageError("Choose who you are first.")
    session["engineer"] = key
    return key


def _remember_who() -> None:
    if request.form.get("engineer", "") in runtime().configuration.current().engineers:
        session["engineer"] = request.form["engineer"]


def _number(field: str, given: Mapping[str, str]) -> int | None:
    """A number that was sent; None where it is none."""
    written = given.get(field, "")
    return int(written) if written.isascii() and written.isdigit() and len(written) <= _DIGITS else None


def _is_forgotten(published_at: datetime | None) -> bool:
    return published_at is None or now() > published_at + _SHOWN_FOR


def _about() -> dict[str, object]:
    """What every page of the dashboard needs."""
    configuration = runtime().configuration.current()
    zone = configuration.business_hours.timezone
    return {
        "company": configuration.hotline.company,
        "now": now(),
        "zone": zone,
        "utc": times.utc,
        "local": lambda at: times.local(at, zone),
        "name_of": lambda key: configuration.engineers[key].name if key in configuration.engineers else key,
        "said": lambda standing: standing_words(standing),
    }
