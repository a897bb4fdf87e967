"""The id of a schedule at PagerDuty."""

import re
from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema

from oncall.schedule_files.values import text

_PATTERN = "^[A-Za-z0-9]{1,40}$"
_FIX = "write the schedule's id, the last part of its address at PagerDuty, such as PI7DH85"


def pagerduty_schedule(value: object) -> str:
    """An id of letters and digits. Raises ValueError."""
    written = text(value, _FIX)
    if not re.fullmatch(_PATTERN, written):
        raise ValueError(f"`{written}` is not the id of a schedule; {_FIX}")
    return written


PagerDutySchedule = Annotated[
    str,
    PlainValidator(pagerduty_schedule),
    WithJsonSchema({"type": "string", "pattern": _PATTERN, "examples": ["PI7DH85"]}),
]
