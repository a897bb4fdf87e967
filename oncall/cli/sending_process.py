"""``python -m oncall.cli.sending_process FD…``: started by an engine while many calls and texts are to go at once."""

import gc
import signal
import socket
import sys

from oncall.channels.order_taker import take_orders
from oncall.system import SystemClock


def main(descriptors: list[str]) -> None:
    """Take orders on these sockets, until all are closed."""
    # Told to stop are all processes of a host or container at once: the engine still finishes what it is sending.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    gc.freeze()  # what was loaded stays: nobody is to wait while garbage is looked for in it
    take_orders([socket.socket(fileno=int(each)) for each in descriptors], SystemClock())


if __name__ == "__main__":
    main(sys.argv[1:])
