"""``oncall demo``: the whole thing on this machine, with no account anywhere.

The service is the real one (`oncall run`, the real Twilio client, real HTTP); only the telephone network is ours.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import FrameType

import click

from oncall import schedule_files
from oncall.cli.demo_phones import duty_of, phones_of
from oncall.cli.demo_provider import LinkedFolder, opened_by, second_account
from oncall.cli.processes import die_with_parent
from oncall.core.configuration import Configuration
from oncall.errors import ConfigurationError, OncallError, UsageError
from oncall.ports import Clock, Ids
from oncall.settings import VARIABLES
from oncall.sim.exchange import Exchange, run_exchange
from oncall.system import SystemClock, SystemIds

HOST = "127.0.0.1"
SECONDS_TO_STOP = 10.0
_PACKAGE = Path(__file__).resolve().parents[1]
# A wheel carries the example inside the package; an editable install and a clone have it beside it.
_EXAMPLES = (_PACKAGE / "example_schedules", _PACKAGE.parent / "schedules")
_LAST_LINES = 15
_SECONDS_BETWEEN_LOOKS = 1.0
# They carry names that the folder gives, so no list has them.
_OF_ACCOUNTS = ("ONCALL_PROVIDER_", "ONCALL_WEBHOOK_")


@click.command()
@click.option("--port", default=8080, show_default=True, help="Where the service listens.")
@click.option("--phones-port", default=8090, show_default=True, help="Where the page with the phones is.")
@click.option("--schedules", type=click.Path(path_type=Path), help="A schedules folder of yours. Default: the example.")
@click.option("--folder", type=click.Path(path_type=Path), default=Path(".demo"), show_default=True, help="Its data.")
@click.option("--fresh", is_flag=True, help="Forget the incidents of earlier demos first.")
def demo(*, port: int, phones_port: int, schedules: Path | None, folder: Path, fresh: bool) -> None:
    """Run everything here, with telephones in the browser and no account anywhere. Ctrl-C ends it."""
    schedules = (schedules or example_schedules()).resolve()
    configuration = schedule_files.load(schedule_files.read_folder(schedules))
    _check_ports(port, phones_port)
    folder = _data_folder(folder, fresh=fresh)
    # So that `kill` ends it as Ctrl-C does, service and all, wherever it was started.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    Demo(configuration, schedules, folder, port, phones_port, SystemClock(), SystemIds()).run()


def example_schedules() -> Path:
    """The schedules folder that comes with this release. Raises ConfigurationError where there is none."""
    for folder in _EXAMPLES:
        if (folder / "hotline.yaml").is_file():
            return folder
    raise ConfigurationError("the example schedules are missing here: name a folder with --schedules FOLDER")


class Demo:
    """One demo: the service in a process of its own, the exchange in this one."""

    def __init__(
        self,
        configuration: Configuration,
        schedules: Path,
        folder: Path,
        port: int,
        phones_port: int,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._configuration = configuration
        self._schedules = schedules
        self._second = second_account(configuration, ids)
        self._linked = LinkedFolder(schedules, folder, self._second) if self._second else None
        self._folder = folder
        self._port = port
        self._phones_port = phones_port
        self._clock = clock
        self._ids = ids
        self._account_sid = f"AC{ids.new()}"
        self._auth_token = ids.secret()

    def run(self) -> None:
        """Until Ctrl-C, SIGTERM, or the end of the service. Raises OncallError where the service ended by itself."""
        if self._linked is not None:
            self._linked.make()
        service = self._start_service()
        exchange: Exchange | None = None
        try:
            exchange = self._start_exchange()
            self._wait_until_ready(service)
            self._say_what_to_do()
            self._wait_for_the_end(service)
            raise OncallError(f"the service has ended.{self._last_words()}")
        except KeyboardInterrupt:
            click.echo("\nThe demo is over.")
        finally:
            _stop(service)
            if exchange is not None:
                exchange.stop()

    def environment(self) -> dict[str, str]:
        """What the service is told: nothing that was set for a real one gets in."""
        ours = {variable.name for variable in VARIABLES}
        foreign = {
            name: value
            for name, value in os.environ.items()
            if name.removesuffix("_FILE") not in ours and not name.startswith(_OF_ACCOUNTS)
        }
        return {
            **foreign,
            **(opened_by(self._second, self._url(self._phones_port)) if self._second else {}),
            "DATABASE_URL": self._database_url(),
            "PORT": str(self._port),
            "SECRET_KEY": self._ids.secret(),
            "ONCALL_PUBLIC_URL": self._url(self._port),
            "ONCALL_SCHEDULES_DIR": str(self._linked.path if self._linked else self._schedules),
            "TWILIO_ACCOUNT_SID": self._account_sid,
            "TWILIO_AUTH_TOKEN": self._auth_token,
            "TWILIO_API_URL": self._url(self._phones_port),
        }

    def _start_service(self) -> subprocess.Popen[str]:
        parent = os.getpid()
        with self._log().open("w", encoding="utf-8") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "oncall", "run"],
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                # Started before there is any thread here, so that this is safe.
                preexec_fn=lambda: die_with_parent(parent),
            )

    def _start_exchange(self) -> Exchange:
        return run_exchange(
            host=HOST,
            port=self._phones_port,
            account_sid=self._account_sid,
            auth_token=self._auth_token,
            hotline_number=self._configuration.hotline.number,
            hotline_base_url=self._url(self._port),
            public_url=self._url(self._port),
            phones=phones_of(self._configuration, self._clock.now()),
            clock=self._clock,
            duty=lambda number: duty_of(number, self._configuration, self._clock.now()),
            second=self._second,
        ).start()

    def _wait_for_the_end(self, service: subprocess.Popen[str]) -> None:
        while True:
            try:
                service.wait(_SECONDS_BETWEEN_LOOKS)
            except subprocess.TimeoutExpired:
                if self._linked is not None:
                    self._linked.follow(click.echo)
            else:
                return

    def _wait_until_ready(self, service: subprocess.Popen[str]) -> None:
        assert service.stdout is not None
        if not service.stdout.readline().startswith("ready"):
            service.wait(SECONDS_TO_STOP)
            raise OncallError(f"the service did not start.{self._last_words()}")

    def _say_what_to_do(self) -> None:
        now = self._clock.now()
        number = self._configuration.hotline.number
        entries = phones_of(self._configuration, now)
        duties = {entry.name: duty_of(entry.number, self._configuration, now) for entry in entries}
        on_call = ", ".join(f"{name} ({duty})" for name, duty in duties.items() if duty)
        click.echo(
            f"\nOpen  {self._url(self._phones_port)}/phones/\n\n"
            f"  1. On a customer's phone, call {number}; allow the microphone, and say what is wrong (or type it).\n"
            "  2. An engineer's phone rings: answer it, hear the customer's own voice, press 1.\n"
            "  3. Read the customer's messages, and open the link in them.\n"
            f"{self._what_else()}\n"
            f"Now: {on_call or 'nobody is on call'}\n"
            f"Dashboard: {self._url(self._port)}/   Log: {_shown(self._log())}\n"
            f"In another terminal: DATABASE_URL={self._database_url()} {_command()} incident list\n"
            "Ctrl-C ends it."
        )

    def _what_else(self) -> str:
        if self._second is None:
            return ""
        number = self._second.number
        return f"  4. Press `Provider one: here` and call again: pages come from {number}, the second provider.\n"

    def _last_words(self) -> str:
        lines = self._log().read_text(encoding="utf-8", errors="replace").splitlines()
        return "".join(f"\n  {line}" for line in [f"The end of {_shown(self._log())}:", *lines[-_LAST_LINES:]])

    def _log(self) -> Path:
        return self._folder / "oncall.log"

    def _database_url(self) -> str:
        return f"sqlite:///{self._folder / 'oncall.db'}"

    def _url(self, port: int) -> str:
        return f"http://{HOST}:{port}"


def _check_ports(port: int, phones_port: int) -> None:
    if port == phones_port:
        raise UsageError(f"--port and --phones-port are both {port}: the service and the phones need one each")
    for number, option in ((port, "--port"), (phones_port, "--phones-port")):
        try:
            socket.create_server((HOST, number)).close()
        except (OSError, OverflowError) as exc:
            why = os.strerror(exc.errno) if isinstance(exc, OSError) and exc.errno else str(exc)
            raise UsageError(f"port {number} is not to be had ({why}): free it, or name another with {option}") from exc


def _data_folder(folder: Path, *, fresh: bool) -> Path:
    folder = folder.resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("oncall.db*") if fresh else ():
            if old.is_dir():
                shutil.rmtree(old)
            else:
                old.unlink()
    except OSError as exc:
        raise UsageError(f"the demo cannot keep its data in {folder} ({exc}): name another --folder") from exc
    return folder


def _stop(service: subprocess.Popen[str]) -> None:
    """Also where Ctrl-C has reached it already: told twice is no harm."""
    service.terminate()
    try:
        service.wait(SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        service.kill()
        service.wait()
    if service.stdout is not None:
        service.stdout.close()


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _shown(path: Path) -> str:
    """Relative to here where it is below."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _command() -> str:
    """How this very command was called, as it can be typed again."""
    called = Path(sys.argv[0])
    return _shown(called.resolve()) if called.name == "oncall" and os.sep in sys.argv[0] else "oncall"
