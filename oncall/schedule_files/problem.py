"""What is wrong with the schedules folder, where, and the fix."""

from collections.abc import Iterable
from dataclasses import dataclass

from oncall.errors import ConfigurationError


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands; ``line`` and ``column`` count from 1, and are 0 where a whole file or folder is meant."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong, or doubtful. ``message`` says what, and the fix."""

    place: Place
    message: str

    @property
    def file(self) -> str:
        """The file's name in the folder."""
        return self.place.file

    @property
    def line(self) -> int:
        """From 1; 0 where the whole file is meant."""
        return self.place.line

    @property
    def column(self) -> int:
        """From 1; 0 where the whole file is meant."""
        return self.place.column

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Each once, by place; those of one place keep their order, in which one may count what came before it."""
    return sorted(dict.fromkeys(problems), key=lambda each: each.place)


class ScheduleFilesError(ConfigurationError):
    """The schedules folder cannot be read or resolved; ``problems`` are all that was found, in order of place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))
