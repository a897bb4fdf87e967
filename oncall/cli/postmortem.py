"""``oncall postmortem``: drafted from the timeline, taken from a file, reviewed and published."""

import json
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from oncall.bootstrap import Runtime
from oncall.cli.acting import as_engineer
from oncall.cli.instants import NUMBER, z
from oncall.cli.opening import open_runtime, who_types
from oncall.core.postmortem import Standing
from oncall.core.postmortem_wording import standing_words
from oncall.engine.postmortems import Known
from oncall.errors import UsageError

VIA = "command line"
_PDF = ".pdf"


@click.command()
@click.argument("number", type=NUMBER, metavar="NUMBER")
@click.option("--draft", is_flag=True, help="A fresh draft from the timeline, also where somebody has written already.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file: .md, or .pdf.")
@click.option(
    "--from", "source", type=click.Path(dir_okay=False, path_type=Path), help="Keep this file as the newest version."
)
@as_engineer("by", default="who types")
@click.option("--reviewed-by", metavar="ENGINEER", help="Who has read the newest version, and did not write it.")
@click.option("--publish", is_flag=True, help="Let the customer read it. They are told once.")
@click.option("--notify-again", is_flag=True, help="With --publish: tell the customer of a correction, too.")
@click.option("--waive", metavar="REASON", help="None is needed, for this reason.")
@click.option("--json", "as_json", is_flag=True, help="Where it is, for a program.")
def postmortem(
    *,
    number: int,
    draft: bool,
    output: Path | None,
    source: Path | None,
    by: str | None,
    reviewed_by: str | None,
    publish: bool,
    notify_again: bool,
    waive: str | None,
    as_json: bool,
) -> None:
    """The post-mortem of incident NUMBER: what is written, or a draft from its timeline, as Markdown.

    --from, --reviewed-by and --publish are for a repository's pull requests: the file that was merged is kept, whoever
    approved it has reviewed it, and the customer may read it.
    """
    if notify_again and not publish:
        raise click.UsageError("--notify-again goes with --publish")
    if waive is not None and (publish or source):
        raise click.UsageError("--waive says that none is needed: leave --from and --publish out")
    runtime = open_runtime()
    with closing(runtime.database):
        changed = _change(runtime, number, source, by or who_types(), reviewed_by, waive)
        if publish:
            done = runtime.postmortems.publish(number, by=by or who_types(), via=VIA, notify_again=notify_again)
            changed.append(f"Version {done.published_version} is published.")
        known = runtime.postmortems.get(number)
        if as_json:
            click.echo(json.dumps(_json(runtime, number, known), indent=2, ensure_ascii=False))
        elif output is not None or not changed:
            _write(runtime, number, None if draft else known, output)
        for sentence in changed:
            click.echo(sentence, err=as_json or output is not None)


def _change(
    runtime: Runtime, number: int, source: Path | None, by: str, reviewed_by: str | None, waive: str | None
) -> list[str]:
    """What was done, a sentence each. Raises UsageError."""
    said = []
    postmortems = runtime.postmortems
    if waive is not None:
        if not waive.strip():
            raise click.BadParameter("say why none is needed", param_hint="--waive")
        postmortems.open(number, by=by, via=VIA)
        postmortems.waive(number, waive, by=by, via=VIA)
        said.append("Noted: none is needed.")
    if source is not None:
        kept = postmortems.write(number, _read(source), by=by, via=VIA, base=None)
        said.append(f"Version {kept.version} is kept.")
    if reviewed_by is not None:
        runtime.respond.engineer(reviewed_by)
        known = postmortems.get(number)
        version = known.postmortem.version if known else 0
        if not (known and known.postmortem.is_reviewed and known.postmortem.reviewed_by == reviewed_by):
            postmortems.review(number, version, by=reviewed_by)
        said.append(f"Version {version} is reviewed.")
    return said


def _write(runtime: Runtime, number: int, known: Known | None, output: Path | None) -> None:
    text = known.text.text if known and known.text else runtime.postmortem_texts.draft(number)
    if output is None:
        sys.stdout.write(text)
        return
    content = text.encode()
    if output.suffix.lower() == _PDF:
        with runtime.database.read() as uow:
            incident = uow.incidents.get(number)
        if incident is None:
            raise UsageError(f"There is no incident {number}.")
        actions = known.actions if known else ()
        content = runtime.postmortem_texts.pdf(incident, text, actions, dated=runtime.clock.now())
    try:
        output.write_bytes(content)
    except OSError as error:
        raise UsageError(f"it cannot be written to {output}: {error.strerror}; choose another file") from error
    click.echo(f"Written: {output}", err=True)


def _read(source: Path) -> str:
    try:
        return source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(f"{source} cannot be read: {reason}") from error


def _json(runtime: Runtime, number: int, known: Known | None) -> dict[str, Any]:
    if known is None:
        return {"incident": number, "standing": None, "text": runtime.postmortem_texts.draft(number), "actions": []}
    each = known.postmortem
    return {
        "incident": number,
        "standing": each.standing.value,
        "said": standing_words(each.standing) if each.standing is not Standing.WAIVED else each.waived,
        "customer": each.customer or None,
        "owner": each.owner or None,
        "why": each.why,
        "opened_at": z(each.opened_at),
        "due_at": z(each.due_at),
        "version": each.version,
        "reviewed_version": each.reviewed_version,
        "reviewed_by": each.reviewed_by or None,
        "published_version": each.published_version,
        "published_at": z(each.published_at),
        "text": known.text.text if known.text else runtime.postmortem_texts.draft(number),
        "actions": [
            {
                "text": action.text,
                "owner": action.owner or None,
                "due_on": action.due_on.isoformat() if action.due_on else None,
                "state": action.state.value,
                "link": action.link or None,
            }
            for action in known.actions
        ],
    }
