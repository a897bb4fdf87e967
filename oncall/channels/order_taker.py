"""What the sending process does: on each line it takes one order after the other, and says what came of it."""

import socket
import threading
from collections.abc import Sequence
from datetime import timedelta

from oncall.channels.orders import READY, Order, order_of, refused, taken
from oncall.channels.twilio import TwilioAccount
from oncall.errors import ChannelError, TransientError
from oncall.ports import Clock


def take_orders(lines: Sequence[socket.socket], clock: Clock) -> None:
    """Until the other end of every line is closed, which it is at the latest when that process ends."""
    TwilioAccount("", "", "http://localhost", from_number=str, clock=clock).warm()
    threads = [threading.Thread(target=_Taker(line, clock).run, name="oncall-send") for line in lines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class _Taker:
    """One line and its accounts."""

    def __init__(self, line: socket.socket, clock: Clock) -> None:
        self._line = line
        self._clock = clock
        self._accounts: dict[tuple[str, str, str], TwilioAccount] = {}
        self._from_number = ""

    def run(self) -> None:
        """What goes wrong here and is no ChannelError closes the line: whoever waits knows that nobody can tell."""
        with self._line, self._line.makefile("rb") as asked:
            try:
                self._line.sendall(READY)
                while (order := order_of(asked.readline())) is not None:
                    self._line.sendall(self._carried_out(order))
            except ConnectionError:
                # Nobody waits for the answer any more: they took it for lost, or are gone.
                return

    def _carried_out(self, order: Order) -> bytes:
        now = self._clock.now()
        left = min(order.seconds, order.until - now.timestamp())
        if left <= 0:
            return refused(TransientError("it was asked for too long ago to be sent now"))
        account = self._account(order)
        self._from_number = order.from_number
        try:
            with account.within(now + timedelta(seconds=left)):
                create = account.create_call if order.doing == "create_call" else account.create_message
                return taken(create(order.to, **order.details))
        except ChannelError as error:
            return refused(error)

    def _account(self, order: Order) -> TwilioAccount:
        opens = (order.account_sid, order.auth_token, order.api_url)
        if opens not in self._accounts:
            self._accounts[opens] = TwilioAccount(*opens, from_number=lambda: self._from_number, clock=self._clock)
        return self._accounts[opens]
