"""The customer's call, step by step. The first webhook commits the incident; every later one only adds to it.

Each step is one URL. ``try`` counts its prompts, ``lang`` is the caller's language, ``done`` marks the request in which
the caller's answer comes. Silence leads to the same prompt again, and then on: nobody is hung up on for saying nothing.
"""

from collections.abc import Sequence

from flask import Blueprint, Response

from oncall.core.call import RecordingPart
from oncall.core.incident import Incident
from oncall.core.languages import Language, choose_language
from oncall.core.languages.phrases import Phrase
from oncall.core.webhook_urls import told_afterwards
from oncall.core.wording import Spoken, incident_facts, spoken
from oncall.web.call_state import CallState, call_state, counted, language, our_url
from oncall.web.kept_answers import keep_answer
from oncall.web.runtime import runtime
from oncall.web.signatures import guard
from oncall.web.spoken_answers import answer, keep_the_line, nothing_more

SCREENING_TRIES = 3
OTHER_TRIES = 2

blueprint = Blueprint("voice", __name__, url_prefix="/voice")
guard(blueprint)
keep_the_line(
    blueprint,
    trouble=lambda: spoken(language(), Phrase.TROUBLE),
    given_up=lambda: spoken(language(), Phrase.CALL_AGAIN),
    keep=keep_answer,
)


@blueprint.post("/incoming")
def incoming() -> Response:
    """A call comes in: committed first, greeted then."""
    incident = _arrived(call_state())
    hotline = runtime().configuration.current().hotline
    chosen = choose_language(incident.language, hotline.language)
    facts = {"company": incident.company, "hotline": hotline.company}
    # By what was known when it came in, not by what has happened since: a duplicate is greeted the same.
    if incident.company:
        return _ask_name(chosen, 1, spoken(chosen, Phrase.GREETING_KNOWN, facts=facts))
    return _ask_screening(chosen, 1, spoken(chosen, Phrase.GREETING_STRANGER, facts=facts))


@blueprint.post("/screening")
def screening() -> Response:
    """A stranger: any key or word proves a human; silence leads on all the same."""
    call, tried = call_state(), _next_try()
    if call.keys or call.spoke:
        if runtime().intake.caller_is_human(call.sid) is None:
            _arrived(call)
            runtime().intake.caller_is_human(call.sid)
        return _ask_name(language(), 1)
    if call.ended:
        return nothing_more()
    return _ask_screening(language(), tried) if tried <= SCREENING_TRIES else _ask_name(language(), 1)


@blueprint.post("/name")
def name() -> Response:
    """The caller's name and company."""
    call, tried = call_state(), _next_try()
    if call.recording:
        _recorded(call, RecordingPart.NAME)
    if call.ended:
        return _hung_up(call)
    if call.recording or tried > OTHER_TRIES:
        return _ask_problem(language(), 1)
    return _ask_name(language(), tried)


@blueprint.post("/problem")
def problem() -> Response:
    """What is wrong. It is the last thing that paging waits for."""
    call, tried = call_state(), _next_try()
    incident = _recorded(call, RecordingPart.PROBLEM) if call.recording else None
    if call.ended:
        return _hung_up(call)
    if incident is None and tried <= OTHER_TRIES:
        return _ask_problem(language(), tried)
    incident = incident or _finished(call)
    return _thanks(incident) if incident.caller_number else _ask_number(language(), 1)


@blueprint.post("/number")
def number() -> Response:
    """A number to call back, from somebody who withheld theirs. The page is on its way already."""
    call, tried = call_state(), _next_try()
    understood = bool(call.keys) and runtime().intake.callback_number(sid=call.sid, digits=call.keys)
    if call.ended:
        return nothing_more()
    if understood or tried > OTHER_TRIES:
        return _thanks(_finished(call))
    return _ask_number(language(), tried)


@blueprint.post("/thanks")
def thanks() -> Response:
    """The incident's number, and what happens next."""
    return _thanks(_finished(call_state()))


# ---------------------------------------------------------------- what the steps do


def _next_try() -> int:
    """Which try the next prompt is: an answer that came back empty has used one up."""
    return counted("try") + (1 if counted("done", 0) else 0)


def _arrived(call: CallState) -> Incident:
    return runtime().intake.call_arrived(
        sid=call.sid, from_number=call.from_number, to_number=call.to_number, drill=call.drill
    )


def _recorded(call: CallState, part: RecordingPart) -> Incident:
    """The recording, stored; a call whose first webhook never reached us is taken in by its second."""

    def store() -> Incident | None:
        return runtime().intake.recording_arrived(
            call_sid=call.sid,
            recording_sid=call.recording,
            part=part,
            duration_seconds=call.recorded_seconds,
        )

    return store() or (_arrived(call) and store()) or _arrived(call)


def _finished(call: CallState) -> Incident:
    finished = runtime().intake.caller_finished(call.sid)
    if finished is None:
        _arrived(call)
        finished = runtime().intake.caller_finished(call.sid)
    return finished or _arrived(call)


def _hung_up(call: CallState) -> Response:
    """Whoever spoke has given all there will be; whether silence was a human, the call's end decides."""
    if call.recording:
        _finished(call)
    return nothing_more()


# ---------------------------------------------------------------- what the steps say


def _ask_screening(chosen: Language, tried: int, greeting: Sequence[Spoken] = ()) -> Response:
    prompt = Phrase.SCREENING if tried == 1 else Phrase.SCREENING_AGAIN
    return answer(
        "screening",
        language=chosen,
        prompts=[*greeting, *spoken(chosen, prompt)],
        action=_step("screening", tried, chosen, done=True),
        otherwise=_step("screening", tried + 1, chosen),
    )


def _ask_name(chosen: Language, tried: int, greeting: Sequence[Spoken] = ()) -> Response:
    prompt = Phrase.ASK_NAME if tried == 1 else Phrase.ASK_NAME_AGAIN
    return _record("name", RecordingPart.NAME, [*greeting, *spoken(chosen, prompt)], chosen, tried)


def _ask_problem(chosen: Language, tried: int) -> Response:
    prompt = Phrase.ASK_PROBLEM if tried == 1 else Phrase.ASK_PROBLEM_AGAIN
    return _record("problem", RecordingPart.PROBLEM, spoken(chosen, prompt), chosen, tried)


def _record(step: str, part: RecordingPart, prompts: Sequence[Spoken], chosen: Language, tried: int) -> Response:
    return answer(
        step,
        prompts=prompts,
        action=_step(step, tried, chosen, done=True),
        otherwise=_step(step, tried + 1, chosen),
        recording_status=told_afterwards(our_url("/voice/recording-status", part=part.value)),
        transcript=told_afterwards(our_url("/voice/transcript")),
    )


def _step(step: str, tried: int, chosen: Language, *, done: bool = False) -> str:
    query: dict[str, str | int] = {"try": tried, "lang": chosen.code}
    return our_url(f"/voice/{step}", **(query | {"done": 1} if done else query))


def _ask_number(chosen: Language, tried: int) -> Response:
    prompt = Phrase.ASK_NUMBER if tried == 1 else Phrase.ASK_NUMBER_AGAIN
    return answer(
        "number",
        prompts=spoken(chosen, prompt),
        action=_step("number", tried, chosen, done=True),
        otherwise=_step("number", tried + 1, chosen),
    )


def _thanks(incident: Incident) -> Response:
    facts = incident_facts(incident)
    first = Phrase.THANKS
    # A long description: the safety timer may have paged, and somebody may have it, before the caller is through.
    if incident.held:
        holder = runtime().configuration.current().engineers.get(incident.acknowledged_by)
        first, facts = (Phrase.THANKS_HELD, facts | {"engineer": holder.name}) if holder else (first, facts)
    names = [first]
    if first is Phrase.THANKS and incident.caller_number:
        names.append(Phrase.THANKS_WE_TELL)
    return answer("thanks", prompts=spoken(language(), *names, Phrase.THANKS_HANG_UP, facts=facts))
