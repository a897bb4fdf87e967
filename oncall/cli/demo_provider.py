"""The demo's second telephone account: its number rings the same phones, so that losing the first can be tried by hand.

The service reads which providers there are from the schedules folder, and the folder is somebody's own: it is linked
file by file into one of the demo's, beside a file that lists the second account.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from oncall.core.configuration import Configuration
from oncall.core.provider import variable_prefix
from oncall.errors import UsageError
from oncall.ports import Ids
from oncall.sim.exchange import SecondAccount

NAME = "second"
_NUMBER = "+3225550188"
_FOLDER, _FILE = "demo-schedules", "demo-second-provider.yaml"
_READ = (".yaml", ".ics")


def second_account(configuration: Configuration, ids: Ids) -> SecondAccount | None:
    """An account with a number that nobody has; None where the folder lists providers of its own."""
    if configuration.providers:
        return None
    number = _NUMBER
    while (
        number == configuration.hotline.number or configuration.customer_of(number) or configuration.engineer_of(number)
    ):
        number = f"+{int(number[1:]) - 1}"
    return SecondAccount(f"AC{ids.new()}", ids.secret(), number)


def opened_by(account: SecondAccount, api_url: str) -> dict[str, str]:
    """The variables that open it."""
    prefix = variable_prefix(NAME)
    return {
        f"{prefix}ACCOUNT_SID": account.account_sid,
        f"{prefix}AUTH_TOKEN": account.auth_token,
        f"{prefix}API_URL": api_url,
    }


@dataclass(frozen=True, slots=True)
class LinkedFolder:
    """``schedules`` as it is now and will be, with ``account`` listed beside it; it stands in the demo's ``folder``."""

    schedules: Path
    folder: Path
    account: SecondAccount

    @property
    def path(self) -> Path:
        """What the service reads."""
        return self.folder / _FOLDER

    def make(self) -> None:
        """Raises UsageError where it cannot be made."""
        listed = (
            f'# The second telephone account of the demo.\nproviders:\n  {NAME}: {{number: "{self.account.number}"}}\n'
        )
        try:
            self.path.mkdir(exist_ok=True)
            (self.path / _FILE).write_text(listed, encoding="utf-8")
            self._link()
        except OSError as exc:
            raise UsageError(f"the demo cannot keep its data in {self.folder} ({exc}): name another --folder") from exc

    def follow(self, log: Callable[[str], None]) -> None:
        """Link what has been added since, and let go of what is gone."""
        try:
            self._link()
        except OSError as exc:
            log(f"The files of {self.schedules} cannot be followed: {exc}")

    def _link(self) -> None:
        wanted = {each.name for each in self.schedules.iterdir() if each.suffix in _READ}
        for old in self.path.iterdir():
            # Nothing but our own links: the folder may have been somebody's.
            if old.is_symlink() and (old.name not in wanted or old.readlink().parent != self.schedules):
                old.unlink()
        for name in wanted:
            link = self.path / name
            if not link.is_symlink() and not link.exists():
                link.symlink_to(self.schedules / name)
