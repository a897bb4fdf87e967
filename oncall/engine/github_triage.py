"""What of an incident people at GitHub change beside answering it."""

from typing import Protocol

from oncall.core.incident import Outcome, RequestType
from oncall.core.sla import Priority
from oncall.ports import UnitOfWork


class Triage(Protocol):
    """Changes what an incident is, in the transaction ``uow``. ``by`` is an engineer's key, or anybody else's name."""

    def change(self, number: int, *, priority: Priority, by: str, via: str, uow: UnitOfWork | None = None) -> Outcome:
        """Give it this priority."""
        ...

    def change_type(
        self, number: int, *, request_type: RequestType, by: str, via: str, uow: UnitOfWork | None = None
    ) -> Outcome:
        """Say what kind of request it is."""
        ...

    def customer_answered(self, number: int, *, via: str, uow: UnitOfWork | None = None) -> Outcome:
        """The customer said something: they are waited for no more."""
        ...
