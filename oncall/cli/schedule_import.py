"""``oncall schedule import``: what another system says as YAML of ours, and where the two would differ."""

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click
import pytz

from oncall.cli.import_api import REMOTES, fetch
from oncall.core.local_time import to_local
from oncall.errors import UsageError
from oncall.schedule_files.importers import (
    COMPARED_FOR,
    SYSTEMS,
    Answer,
    Difference,
    Imported,
    ImportSourceError,
    convert,
    parse,
)
from oncall.schedule_files.importers.answer import MAX_BYTES
from oncall.settings import Settings, load_settings
from oncall.system import SystemClock

_SHOWN = 40
_YEARS = range(1972, 2190)


@click.command("import")
@click.argument("system", type=click.Choice(list(SYSTEMS)))
@click.argument("sources", nargs=-1, required=True, metavar="FILE...|URL|api")
@click.option("--into", type=click.Path(path_type=Path), metavar="FOLDER", help="Write files there, not to stdout.")
@click.option("--with-hotline", is_flag=True, help="Add a hotline section to be filled in.")
@click.option("--from", "since", metavar="TIME", help="From then, in UTC unless it has an offset. Default: now.")
@click.option("--token-file", type=click.Path(path_type=Path), metavar="FILE", help="Where the API's token is.")
@click.option("--strict", is_flag=True, help="Exit 1 where the two would differ.")
def import_(
    system: str,
    sources: tuple[str, ...],
    into: Path | None,
    since: str | None,
    token_file: Path | None,
    *,
    with_hotline: bool,
    strict: bool,
) -> None:
    """Turn an export of SYSTEM, or its API's answer, into YAML, and say where the two would differ in 90 days.

    FILE is JSON as the API gives it, several are read as one; a URL is that of the API, and `api` its usual one. The
    YAML goes to stdout and the differences to stderr, or with --into both YAML files and differences to where they are
    wanted.
    """
    clock = SystemClock()
    from_at = _instant(since) if since else clock.now().replace(second=0, microsecond=0)
    if into is not None:
        _refuse_to_overwrite(into)
    remote = _remote_url(system, sources)
    if remote is None:
        answers = _files(sources)
    else:
        answers = fetch(REMOTES[system], remote, _token(system, token_file), from_at, clock)
    imported = convert(system, answers, from_at, with_hotline=with_hotline)
    if into is None:
        click.echo("\n".join(imported.document.texts.values()), nl=False)
    else:
        _write(imported, into)
    for line in _report(imported):
        click.echo(line, err=into is None)
    if strict and imported.comparison.differences:
        raise click.exceptions.Exit(1)


# ---------------------------------------------------------------- what is read


def _remote_url(system: str, sources: Sequence[str]) -> str | None:
    """The URL that is to be asked; None where files are named. Raises UsageError."""
    is_remote = [source == "api" or "://" in source for source in sources]
    if not any(is_remote):
        return None
    if len(sources) > 1:
        raise UsageError("name one URL, or `api`, or files; not several kinds")
    if sources[0] != "api":
        return sources[0]
    if system == "pagerduty":
        return _pagerduty_settings().pagerduty_api_url
    if not REMOTES[system].url:
        raise UsageError(f"every installation of {system} has its own address: write its URL in the place of `api`")
    return REMOTES[system].url


def _pagerduty_settings() -> Settings:
    only = {name: value for name, value in os.environ.items() if name.startswith("PAGERDUTY_API_")}
    return load_settings(only, serving=False)


def _token(system: str, token_file: Path | None) -> str:
    name = REMOTES[system].token
    if token_file is not None:
        try:
            token = token_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"--token-file {token_file} cannot be read: {error}") from error
    elif system == "pagerduty":
        token = _pagerduty_settings().pagerduty_api_token
    else:
        token = os.environ.get(name, "").strip()
    if not token or not token.isascii() or not token.isprintable():
        raise UsageError(f"asking {system} needs a token on one line: set {name}, or name its file with --token-file")
    return token


def _files(sources: Sequence[str]) -> list[Answer]:
    return [_file(Path(source)) for source in sources]


def _file(path: Path) -> Answer:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ImportSourceError(
            f"{path} cannot be read ({error.strerror}); name a JSON file, a URL, or `api`"
        ) from error
    if len(data) > MAX_BYTES:
        raise ImportSourceError(
            f"{path} is larger than {MAX_BYTES // 1024 // 1024} MB; export fewer schedules at a time"
        )
    try:
        return parse(data.decode("utf-8-sig"), path.name)
    except UnicodeDecodeError as error:
        raise ImportSourceError(f"{path.name}: this is not UTF-8 (byte {error.start}); is it JSON?") from error


def _instant(written: str) -> datetime:
    try:
        at = datetime.fromisoformat(written)
    except ValueError as error:
        message = f"`{written}` is not a time; write one such as 2026-01-05T09:00"
        raise click.BadParameter(message, param_hint="--from") from error
    if at.year not in _YEARS:
        raise click.BadParameter(f"write a year from {_YEARS.start} to {_YEARS.stop - 1}", param_hint="--from")
    return at.astimezone(pytz.utc) if at.tzinfo else at.replace(tzinfo=pytz.utc)


# ---------------------------------------------------------------- what is written


def _path(into: Path, section: str) -> Path:
    return into / f"{section.replace('_', '-')}.yaml"


def _refuse_to_overwrite(into: Path) -> None:
    if into.exists() and not into.is_dir():
        raise UsageError(f"--into {into} is a file; name a folder")
    there = [
        path.name
        for section in ("hotline", "engineers", "schedules", "escalation_policies")
        if (path := _path(into, section)).exists()
    ]
    if there:
        raise UsageError(f"{into} holds {', '.join(there)} already, and nothing is overwritten; name an empty folder")


def _write(imported: Imported, into: Path) -> None:
    try:
        into.mkdir(parents=True, exist_ok=True)
        for section, text in imported.document.texts.items():
            with _path(into, section).open("x", encoding="utf-8") as stream:
                stream.write(text)
    except OSError as error:
        raise UsageError(f"{into} cannot be written ({error.strerror}); name another folder") from error
    names = ", ".join(_path(into, section).name for section in imported.document.texts)
    click.echo(f"Written to {into}: {names}.")


def _report(imported: Imported) -> list[str]:
    """What is to be mended, what was compared, and every difference in people's terms."""
    lines = [f"To be mended by hand: {problem}" for problem in imported.document.problems]
    lines += [f"{remark}." for remark in imported.comparison.remarks]
    found = imported.comparison.differences
    days = COMPARED_FOR.days
    if not found:
        compared = any(": compared" in remark for remark in imported.comparison.remarks)
        return [*lines, f"No difference in the next {days} days." if compared else "There was nothing to compare."]
    lines += [_sentence(imported.source.system, each) for each in found[:_SHOWN]]
    if len(found) > _SHOWN:
        lines.append(f"… and {len(found) - _SHOWN} more, the last until {_wall(found[-1], found[-1].ends_at)}.")
    many = "1 difference" if len(found) == 1 else f"{len(found)} differences"
    return [*lines, f"{many} in the next {days} days."]


def _sentence(system: str, found: Difference) -> str:
    theirs, ours = (" and ".join(sorted(each)) or "nobody" for each in (found.theirs, found.ours))
    span = f"{_wall(found, found.starts_at)} – {_wall(found, found.ends_at)}"
    return f"{found.schedule}: {span}: {system} has {theirs}, ours has {ours} ({found.why})"


def _wall(found: Difference, at: datetime) -> str:
    return to_local(found.timezone, at).strftime("%a %d %b %Y %H:%M %Z")
