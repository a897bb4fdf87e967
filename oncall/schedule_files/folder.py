"""The schedules folder on disk: names to texts, and nothing else of it."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from oncall.schedule_files.problem import Place, Problem, ScheduleFilesError

MAX_BYTES = 256 * 1024
_YAML = ".yaml"
CALENDAR = ".ics"
_SUFFIXES = (_YAML, CALENDAR)


def read_folder(path: Path | str) -> dict[str, str]:
    """The text of every ``*.yaml`` and ``*.ics`` in the folder by its name, in order of names; never without YAML.

    Hidden files, folders and links that lead nowhere are passed by. Raises ScheduleFilesError.
    """
    folder = Path(path)
    files: dict[str, str] = {}
    problems: list[Problem] = []
    for file in _files(folder):
        text = _read(file)
        if isinstance(text, Problem):
            problems.append(text)
        else:
            files[file.name] = text
    if problems:
        raise ScheduleFilesError(problems)
    if not any(name.endswith(_YAML) for name in files):
        raise _of_folder(folder, "no *.yaml file is in this folder; add one, or name another folder")
    return files


def fingerprint(files: Mapping[str, str]) -> str:
    """The same for the same names and texts, and for no others (sha256, hexadecimal)."""
    return hashlib.sha256(json.dumps(sorted(files.items())).encode()).hexdigest()


def _files(folder: Path) -> list[Path]:
    try:
        found = sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES and not path.name.startswith("."))
        return [path for path in found if _is_file(path)]
    except FileNotFoundError as error:
        raise _of_folder(folder, "there is no such folder; give the path of the schedules folder") from error
    except NotADirectoryError as error:
        raise _of_folder(folder, "this is a file; give the path of the folder that it is in") from error
    except OSError as error:
        raise _of_folder(folder, f"cannot be read ({error.strerror}); check its permissions") from error


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, RuntimeError):  # a loop of links
        return False


def _read(path: Path) -> str | Problem:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return Problem(Place(path.name), "vanished while the folder was read; try again")
    except OSError as error:
        return Problem(Place(path.name), f"cannot be read ({error.strerror}); check its permissions")
    if len(data) > MAX_BYTES:
        return Problem(Place(path.name), f"is larger than {MAX_BYTES // 1024} KiB; split it into several files")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        return Problem(Place(path.name, line, column), "is not UTF-8; save the file as UTF-8")


def _of_folder(folder: Path, message: str) -> ScheduleFilesError:
    return ScheduleFilesError([Problem(Place(str(folder)), message)])
