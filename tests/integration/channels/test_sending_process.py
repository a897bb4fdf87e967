"""Many calls and texts at once go through a second process; few go from here, and so does all where it is not there."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import psutil
import pytest

from oncall.channels.crowded_account import CrowdedAccount
from oncall.channels.orders import Order
from oncall.channels.sending_process import FROM_HERE_AT_MOST, MANY, SendingProcess
from oncall.channels.twilio import TwilioAccount
from oncall.errors import ChannelError, OutcomeUnknownError, TransientError
from oncall.ports import Receipt
from oncall.system import in_background

from .conftest import ALICE, HOTLINE, RealClock
from .fake_twilio import ACCOUNT, TOKEN, Answer, FakeTwilio, Request, created, refused, running_fake_twilio

COMMAND = (sys.executable, "-m", "oncall.cli.sending_process")
LINES = 4
LONG_ENOUGH = 30.0
FROM_HERE = Receipt("from here", "queued")


@dataclass
class Crowd:
    """A sending process, how often one was to be started, what it logged, and as many sends under way from here as a
    test wants."""

    command: tuple[str, ...]
    clock: RealClock
    fake: FakeTwilio
    starts: int = 0
    logged: list[str] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        self.sending = SendingProcess(self.command, lines=LINES, clock=self.clock, log=self.log, beside=self.start)

    def start(self, do: Callable[[], None]) -> None:
        self.starts += 1
        in_background(do)

    def log(self, event: str, **_fields: object) -> None:
        with self.changed:
            self.logged.append(event)
            self.changed.notify_all()

    def wait_for(self, event: str, times: int = 1) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.logged.count(event) >= times, LONG_ENOUGH), self.logged

    def order(self, seconds: float = 10.0) -> Order:
        details = {"body": "1042 ACME", "status_callback": "https://oncall.example.com/s", "valid_for_seconds": 300}
        return Order(
            ACCOUNT, TOKEN, self.fake.url, HOTLINE, "create_message", ALICE, details, seconds, self.ends(seconds)
        )

    def ends(self, seconds: float) -> float:
        return self.clock.now().timestamp() + seconds

    def sent(self, seconds: float = 10.0) -> Receipt:
        return self.sending.carried_out(self.order(seconds), lambda: FROM_HERE)

    @contextmanager
    def of(self, how_many: int) -> Iterator[None]:
        """So many sends from here that do not end before the block does."""
        done = threading.Event()
        begun = threading.Semaphore(0)

        def waits() -> Receipt:
            begun.release()
            done.wait(LONG_ENOUGH)
            return FROM_HERE

        with ThreadPoolExecutor(how_many) as pool:
            try:
                for _ in range(how_many):
                    pool.submit(self.sending.carried_out, self.order(), waits)
                    assert begun.acquire(timeout=LONG_ENOUGH)
                yield
            finally:
                done.set()


class Held:
    """An answer that waits until it may go."""

    def __init__(self) -> None:
        self.asked = threading.Semaphore(0)
        self.go = threading.Event()

    def __call__(self, _request: Request) -> Answer:
        self.asked.release()
        self.go.wait(LONG_ENOUGH)
        return created("SM1")

    def wait_for(self, requests: int) -> None:
        for _ in range(requests):
            assert self.asked.acquire(timeout=LONG_ENOUGH)


@pytest.fixture
def held() -> Iterator[Held]:
    answer = Held()
    yield answer
    answer.go.set()


@pytest.fixture
def crowd() -> Iterator[Crowd]:
    with crowd_of(COMMAND) as made:
        yield made


@contextmanager
def crowd_of(command: tuple[str, ...]) -> Iterator[Crowd]:
    clock = RealClock()
    with running_fake_twilio() as fake, ExitStack() as ends:
        made = Crowd(command, clock, fake)
        ends.callback(made.sending.close)
        yield made


@pytest.fixture
def ready(crowd: Crowd) -> Iterator[Crowd]:
    """So many at once that the process was started, and enough still that the next goes through it."""
    crowd.fake.will(created("SM1"))
    with crowd.of(FROM_HERE_AT_MOST):
        with crowd.of(MANY - FROM_HERE_AT_MOST):
            crowd.wait_for("sending_process.started")
        yield crowd


def the_process() -> psutil.Process:
    (found,) = [one for one in psutil.Process().children() if "oncall.cli.sending_process" in one.cmdline()]
    return found


def killed(process: psutil.Process) -> None:
    process.kill()
    psutil.wait_procs([process], LONG_ENOUGH)


def test_few_at_a_time_go_from_here_and_no_process_is_started(crowd: Crowd) -> None:
    with crowd.of(MANY - 2):
        assert crowd.sent() == FROM_HERE
    assert (crowd.logged, crowd.fake.requests) == ([], [])


def test_while_many_are_under_way_the_next_goes_through_the_process(ready: Crowd) -> None:
    assert ready.sent() == Receipt("SM1", "queued")
    (request,) = ready.fake.requests
    assert request.path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


def test_once_only_few_are_under_way_they_go_from_here_again(crowd: Crowd) -> None:
    with crowd.of(MANY):
        crowd.wait_for("sending_process.started")
    assert crowd.sent() == FROM_HERE


def test_more_at_once_than_the_process_has_lines_go_from_here(ready: Crowd, held: Held) -> None:
    ready.fake.will(held)
    with ThreadPoolExecutor(LINES) as pool:
        sends = [pool.submit(ready.sent) for _ in range(LINES)]
        held.wait_for(LINES)
        assert ready.sent() == FROM_HERE
        held.go.set()
        assert [send.result(LONG_ENOUGH) for send in sends] == [Receipt("SM1", "queued")] * LINES


def test_what_leaves_by_the_process_is_the_same_request_as_from_here(ready: Crowd) -> None:
    ready.fake.will(created("SM1"))
    crowded = CrowdedAccount(
        ACCOUNT, TOKEN, ready.fake.url, from_number=lambda: HOTLINE, clock=ready.clock, sending=ready.sending
    )
    direct = TwilioAccount(ACCOUNT, TOKEN, ready.fake.url, from_number=lambda: HOTLINE, clock=ready.clock)
    for account in (crowded, direct):
        account.create_message(ALICE, body="1042 é", status_callback="https://x/s", valid_for_seconds=300)
        account.create_call(ALICE, url="https://x/v", status_callback="https://x/s", ring_seconds=25)
        account.create_call(
            ALICE, url="https://x/v", status_callback="https://x/s", ring_seconds=12, machine_callback="https://x/m"
        )
    asked = [(each.method, each.path, each.form, each.headers["Authorization"]) for each in ready.fake.requests]
    assert len(asked) == 6
    assert asked[:3] == asked[3:]


REFUSALS = [
    refused(400, 21211),
    refused(400, 21610),
    refused(401, 20003),
    refused(429, 20429),
    Answer(429, refused(429, 20429).body, {"Retry-After": "7"}),
    refused(503, 20503),
    refused(500, 20500),
    Answer(200, "<html>proxy</html>"),
    Answer(201, {"status": "queued"}),
]


@pytest.mark.parametrize("answer", REFUSALS, ids=lambda answer: str(answer.body))
def test_what_the_provider_refuses_is_the_same_error_by_either_way(ready: Crowd, answer: Answer) -> None:
    ready.fake.will(answer)
    crowded = CrowdedAccount(
        ACCOUNT, TOKEN, ready.fake.url, from_number=lambda: HOTLINE, clock=ready.clock, sending=ready.sending
    )
    direct = TwilioAccount(ACCOUNT, TOKEN, ready.fake.url, from_number=lambda: HOTLINE, clock=ready.clock)
    met: list[tuple[type[ChannelError], str, dict[str, object]]] = []
    for account in (crowded, direct):
        with pytest.raises(ChannelError) as problem:
            account.create_message(ALICE, body="1042", status_callback="https://x/s", valid_for_seconds=300)
        met.append((type(problem.value), str(problem.value), vars(problem.value)))
    assert met[0] == met[1]


def test_a_request_that_has_an_end_keeps_it_in_the_process_too(ready: Crowd, held: Held) -> None:
    ready.fake.will(held)
    with pytest.raises(OutcomeUnknownError, match="did not answer in time"):
        ready.sent(seconds=0.5)


def test_an_order_that_a_process_comes_to_only_after_its_end_is_not_sent_any_more(ready: Crowd) -> None:
    """It may have been frozen meanwhile. Whoever asked has given it up, and has it sent again."""
    late = replace(ready.order(), until=ready.ends(-0.1))
    with pytest.raises(TransientError, match="too long ago") as problem:
        ready.sending.carried_out(late, lambda: FROM_HERE)
    assert not isinstance(problem.value, OutcomeUnknownError)
    assert ready.fake.requests == []


def test_a_process_that_died_at_rest_costs_nothing_what_it_should_send_goes_from_here(ready: Crowd) -> None:
    killed(the_process())
    assert ready.sent() == FROM_HERE
    assert "sending_process.lost" in ready.logged
    assert ready.fake.requests == []


def test_what_a_process_had_in_its_hands_when_it_died_may_have_gone(ready: Crowd, held: Held) -> None:
    ready.fake.will(held)
    with ThreadPoolExecutor(3) as pool:
        sends = [pool.submit(ready.sent) for _ in range(3)]
        held.wait_for(3)
        the_process().kill()
        for send in sends:
            with pytest.raises(OutcomeUnknownError, match="it may have been done"):
                send.result(LONG_ENOUGH)
    assert ready.logged.count("sending_process.lost") == 1
    assert ready.sent() == FROM_HERE


def test_a_process_that_froze_holds_nobody_for_longer_than_agreed_and_is_ended(ready: Crowd) -> None:
    frozen = the_process()
    frozen.send_signal(signal.SIGSTOP)
    with pytest.raises(OutcomeUnknownError, match="it may have been done"):
        ready.sent(seconds=0.2)
    assert not frozen.is_running() or frozen.status() == psutil.STATUS_ZOMBIE
    assert ready.sent() == FROM_HERE


def test_another_is_started_a_minute_after_one_was_lost_and_not_before(ready: Crowd) -> None:
    ready.clock.ahead += timedelta(hours=1)
    killed(the_process())
    assert ready.sent() == FROM_HERE
    with ready.of(MANY):
        assert ready.sent() == FROM_HERE
        assert ready.starts == 1
        ready.clock.ahead += timedelta(seconds=61)
        assert ready.sent() == FROM_HERE
        ready.wait_for("sending_process.started", times=2)
    assert ready.starts == 2
    assert ready.sent() == Receipt("SM1", "queued")


@pytest.mark.parametrize("command", [("/nowhere/at/all",), (sys.executable, "-c", "pass")], ids=["missing", "ends"])
def test_where_no_process_can_be_started_all_goes_from_here(command: tuple[str, ...]) -> None:
    with crowd_of(command) as crowd, crowd.of(MANY):
        crowd.wait_for("sending_process.not_started")
        assert crowd.sent() == FROM_HERE


OF_ANOTHER_RELEASE = """
import socket, sys
lines = [socket.socket(fileno=int(each)) for each in sys.argv[1:]]
for line in lines:
    line.sendall(b"ready\\n")
lines[0].recv(1)
"""


def test_a_process_of_another_release_which_was_installed_since_is_handed_nothing() -> None:
    with crowd_of((sys.executable, "-c", OF_ANOTHER_RELEASE)) as crowd, crowd.of(MANY):
        crowd.wait_for("sending_process.not_started")
        assert crowd.sent() == FROM_HERE


def test_where_not_even_a_thread_can_be_started_all_goes_from_here_and_it_is_tried_again_in_a_minute() -> None:
    with crowd_of(COMMAND) as crowd:
        tried: list[Callable[[], None]] = []

        def none_left(do: Callable[[], None]) -> None:
            tried.append(do)
            raise RuntimeError("can't start new thread")

        crowd.sending = SendingProcess(COMMAND, lines=LINES, clock=crowd.clock, log=crowd.log, beside=none_left)
        with crowd.of(MANY - 1):
            assert [crowd.sent(), crowd.sent()] == [FROM_HERE, FROM_HERE]
            assert (len(tried), crowd.logged) == (1, ["sending_process.not_started"])
            crowd.clock.ahead += timedelta(seconds=61)
            assert crowd.sent() == FROM_HERE
        assert len(tried) == 2


def test_told_to_stop_the_process_still_finishes_for_its_engine(ready: Crowd) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        the_process().send_signal(number)
    assert ready.sent() == Receipt("SM1", "queued")


def test_closed_the_process_ends_and_no_other_is_started(ready: Crowd) -> None:
    process = the_process()
    ready.sending.close()
    assert not process.is_running()
    ready.clock.ahead += timedelta(minutes=5)
    with ready.of(MANY):
        assert ready.sent() == FROM_HERE
    assert (ready.starts, ready.logged) == (1, ["sending_process.started"])


def test_closed_while_it_sends_it_ends_once_that_has_gone(ready: Crowd, held: Held) -> None:
    process = the_process()
    ready.fake.will(held)
    with ThreadPoolExecutor(1) as pool:
        send: Future[Receipt] = pool.submit(ready.sent)
        held.wait_for(1)
        ready.sending.close()
        held.go.set()
        assert send.result(LONG_ENOUGH) == Receipt("SM1", "queued")
    assert not process.is_running()


def test_closed_by_an_engine_that_waits_no_longer_it_ends_at_once_and_what_it_sends_may_have_gone(
    ready: Crowd, held: Held
) -> None:
    process = the_process()
    ready.fake.will(held)
    with ThreadPoolExecutor(2) as pool:
        sends = [pool.submit(ready.sent) for _ in range(2)]
        held.wait_for(2)
        ready.sending.close(at_once=True)
        assert not process.is_running()
        for send in sends:
            with pytest.raises(OutcomeUnknownError, match="it may have been done"):
                send.result(LONG_ENOUGH)


DIES_WITH_A_PROCESS = """
import os, sys, threading
from oncall.channels.orders import Order
from oncall.channels.sending_process import MANY, SendingProcess
from oncall.system import SystemClock, in_background
from oncall.ports import Receipt
started = threading.Event()
command = (sys.executable, "-m", "oncall.cli.sending_process")
log = lambda *_, **__: started.set()
sending = SendingProcess(command, lines=4, clock=SystemClock(), log=log, beside=in_background)
order = Order("AC", "t", "http://127.0.0.1:9", "+1", "create_call", "+2", {}, 1.0, 9e9)
for _ in range(MANY):
    threading.Thread(target=sending.carried_out, args=(order, lambda: threading.Event().wait()), daemon=True).start()
started.wait(30)
print("ready", flush=True)
threading.Event().wait()
"""


def test_the_process_ends_with_the_engine_that_was_killed() -> None:
    command = [sys.executable, "-c", DIES_WITH_A_PROCESS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as engine:
        assert engine.stdout is not None
        assert engine.stdout.readline() == "ready\n"
        (child,) = psutil.Process(engine.pid).children()
        engine.kill()
    _, alive = psutil.wait_procs([child], LONG_ENOUGH)
    assert not alive
