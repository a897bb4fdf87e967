"""Texts to the hotline. `engine/texts.py` decides what becomes of them; nobody is ever answered with an error."""

import traceback

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from oncall.core.plain_text import clean
from oncall.core.wording import please_phone_text
from oncall.errors import RefusedWebhookError
from oncall.web.runtime import runtime
from oncall.web.signatures import guard
from oncall.web.spoken_answers import answer, nothing_more

blueprint = Blueprint("sms", __name__, url_prefix="/sms")
guard(blueprint)


@blueprint.post("/incoming")
def incoming() -> Response:
    """A text from anybody; the reply is in the answer."""
    sid = clean(request.form.get("MessageSid", ""))
    if not sid:
        raise RefusedWebhookError("about no message: MessageSid is missing")
    if request.form.get("OptOutType"):
        # The provider has replied to STOP, START and HELP by itself.
        runtime().log("sms.opt_out", word=request.form["OptOutType"])
        return nothing_more()
    reply = runtime().texts.received(
        sid=sid, from_number=clean(request.form.get("From", "")), body=request.form.get("Body", "")
    )
    return answer("message", text=reply) if reply else nothing_more()


def _failed(error: Exception) -> Response | HTTPException:
    """Nothing was stored: say so, and how to reach us all the same."""
    if isinstance(error, HTTPException):
        return error
    runtime().log("sms.error", traceback="".join(traceback.format_exception(error)))
    return answer("message", text=please_phone_text(phone=request.form.get("To", "")))


blueprint.register_error_handler(Exception, _failed)
