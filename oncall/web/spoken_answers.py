"""Answers in TwiML, and what is said when an answer cannot be made."""

import traceback
from collections.abc import Callable, Sequence

from flask import Blueprint, Response
from werkzeug.exceptions import HTTPException

from oncall.core.wording import Spoken
from oncall.errors import StoreUnavailableError
from oncall.twiml import CONTENT_TYPE
from oncall.web.call_state import counted, same_step_again
from oncall.web.runtime import runtime, twiml

PAUSE_SECONDS = 5
# A quarter of an hour on the line: a database that is away longer is not waited for.
LONGEST_TROUBLE = 90
MOST_ERRORS = 3

Say = Callable[[], Sequence[Spoken]]


def answer(template: str, **facts: object) -> Response:
    """A document of twiml/."""
    return Response(twiml().render(template, facts), content_type=CONTENT_TYPE)


def nothing_more() -> Response:
    """An empty document: the call goes on, or is over already."""
    return answer("empty")


def keep_the_line(
    blueprint: Blueprint, *, trouble: Say, given_up: Say, keep: Callable[[], None] = lambda: None
) -> None:
    """However its views fail, whoever is on the line hears a sentence, and the same step is tried again.

    ``keep`` puts aside what the failed request brought: whoever gave it may hang up before the next try.
    """

    def store_away(error: StoreUnavailableError) -> Response:
        keep()
        tries = counted("trouble", 0)
        runtime().log("voice.trouble", tries=tries, problem=str(error))
        if tries >= LONGEST_TROUBLE:
            return answer("outcome", things=given_up())
        return _again(trouble(), "trouble", tries + 1)

    def failed(error: Exception) -> Response | HTTPException:
        if isinstance(error, HTTPException):
            return error
        keep()
        tries = counted("error", 0)
        runtime().log("voice.error", tries=tries, traceback="".join(traceback.format_exception(error)))
        if tries >= MOST_ERRORS:
            return answer("outcome", things=given_up())
        return _again(trouble(), "error", tries + 1)

    blueprint.register_error_handler(StoreUnavailableError, store_away)
    blueprint.register_error_handler(Exception, failed)


def _again(prompts: Sequence[Spoken], counter: str, count: int) -> Response:
    return answer("trouble", prompts=prompts, pause_seconds=PAUSE_SECONDS, again=same_step_again(**{counter: count}))
