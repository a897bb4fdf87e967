"""Labels and assignments: who put them on an issue is told by a webhook once, and stands in GitHub's list of events.

Neither names the other, so each webhook leaves a row that says what was told when; what the list has from before that
is known. A row is kept for each label or assignee of an issue and each who put it there, not for each time.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from oncall.core.github import Happening
from oncall.core.inbound import InboundEvent, Platform
from oncall.ports import UnitOfWork

DEEDS = frozenset({"labeled", "unlabeled", "assigned"})
# Not GitHub's: the beginning of the name of a delivery that the sweep made from the list.
FROM_THE_LIST = "event:"
# GitHub's clock is not ours, and a webhook comes a second or two after what it tells.
_CLOCKS_DIFFER_BY = timedelta(seconds=10)
_TOLD, _FOUND = "told", "found"


def deed_of(said: Happening) -> str:
    """The name of the row for what was done; "" where it is neither a label nor an assignment."""
    event, _, action = said.type.partition(".")
    if event != "issues" or action not in DEEDS or said.issue is None:
        return ""
    what = said.assignee if action == "assigned" else said.label
    place = f"{said.repository.id}#{said.issue.number}"
    return f"{Platform.GITHUB}:told:{place}:{action}:{what.lower()}:{said.sender.login.lower()}"


def is_told(uow: UnitOfWork, deed: str, at: datetime) -> bool:
    """Whether what was done then was heard of."""
    known = uow.inbound_events.get(deed)
    return known is not None and known.received_at >= at - _CLOCKS_DIFFER_BY


def was_found(uow: UnitOfWork, deed: str, at: datetime) -> bool:
    """Whether the list has told of what was done then, whose webhook comes after all."""
    known = uow.inbound_events.get(deed)
    return known is not None and known.effect == _FOUND and at <= known.received_at


def keep_told(uow: UnitOfWork, deed: str, at: datetime, *, is_from_the_list: bool) -> None:
    """It was told by a webhook then, or was done then and stands in the list. All about one issue is worked on in
    order, so nobody else writes this row."""
    known, how = uow.inbound_events.get(deed, lock=True), _FOUND if is_from_the_list else _TOLD
    if known is None:
        row = InboundEvent(deed, Platform.GITHUB, "told", "", "", at, None, finished_at=at, effect=how)
        uow.inbound_events.add(row)
    elif known.received_at < at:
        uow.inbound_events.save(replace(known, received_at=at, finished_at=at, effect=how))
