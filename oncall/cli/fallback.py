"""``oncall fallback``: documents to be hosted elsewhere, which answer while this service does not."""

from pathlib import Path

import click

from oncall import outside
from oncall.cli.schedule_reading import configuration_in_force, settings_of
from oncall.core.call import RecordingPart
from oncall.core.configuration import Configuration
from oncall.core.fallback import Roster, fallback_roster, what_is_outdated
from oncall.core.languages import Language, choose_language
from oncall.core.languages.phrases import Phrase
from oncall.core.webhook_urls import told_afterwards
from oncall.core.wording import phrase, spoken
from oncall.errors import ConfigurationError, UsageError
from oncall.system import SystemClock
from oncall.twiml import Twiml, dialled_numbers

THANKS = "thanks.xml"
_MOMENT = "%Y-%m-%d %H:%M UTC"


@click.command()
@click.option("--sms", "which", flag_value="sms", help="The document that answers texts.")
@click.option("--thanks", "which", flag_value="thanks", help="The document that ends a call after its recording.")
@click.option("--thanks-url", default=THANKS, show_default=True, help="Where that one is hosted.")
@click.option(
    "--into",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write all three there: voice.xml, thanks.xml, sms.xml.",
)
@click.option("--check", metavar="URL|FILE", help="Exit 1 where that one does not ring who should be rung now.")
@click.option("--until", is_flag=True, help="Print only until when it is right.")
def fallback(*, which: str | None, thanks_url: str, into: Path | None, check: str | None, until: bool) -> None:
    """Print TwiML that puts callers through to the engineers on call while this service does not answer.

    It is static, so it is right until the next handoff; host it anew then.
    """
    if sum(1 for asked in (which, into, check, until or None) if asked is not None) > 1:
        raise click.UsageError("choose one of --sms, --thanks, --into, --check and --until")
    configuration = configuration_in_force(settings_of())
    roster = fallback_roster(configuration, SystemClock().now())
    if check is not None:
        _check(check, roster, configuration)
    elif until:
        click.echo(_until(roster))
    elif into is not None:
        _write(into, roster, configuration)
    else:
        click.echo(_documents(roster, configuration, thanks_url)[which or "voice"], nl=False)
    if check is None and not roster.engineers:
        click.echo("Nobody is on call, so it rings nobody and only records.", err=True)


def _documents(roster: Roster, configuration: Configuration, thanks_url: str) -> dict[str, str]:
    settings = settings_of(("ONCALL_TWIML_DIR", "ONCALL_PUBLIC_URL"))
    twiml, hotline = Twiml(settings.twiml_dir), configuration.hotline
    language, facts = choose_language(hotline.language), {"hotline": hotline.company, "phone": hotline.number}
    recording_status = (
        f"{settings.public_url}/voice/recording-status?part={RecordingPart.MESSAGE.value}"
        if settings.public_url
        else ""
    )
    return {
        "voice": twiml.render(
            "fallback",
            {
                "printed": _printed(roster),
                "opening": spoken(language, Phrase.FALLBACK_OPENING, facts=facts),
                "numbers": list(roster.numbers),
                "caller_id": hotline.number,
                "between": spoken(language, Phrase.FALLBACK_NEXT),
                "prompts": spoken(language, Phrase.FALLBACK_RECORD),
                "action": thanks_url,
                "recording_status": told_afterwards(recording_status) if recording_status else "",
                "otherwise_said": spoken(language, Phrase.FALLBACK_SILENCE),
            },
        )
        + "\n",
        "thanks": twiml.render("outcome", {"things": spoken(language, Phrase.FALLBACK_THANKS)}) + "\n",
        "sms": twiml.render("message", {"text": _text(language, facts)}) + "\n",
    }


def _text(language: Language, facts: dict[str, str]) -> str:
    return phrase(Phrase.FALLBACK_TEXT, language, facts)


def _printed(roster: Roster) -> str:
    return f"Printed by `oncall fallback` at {SystemClock().now():{_MOMENT}}. {_until(roster)}"


def _until(roster: Roster) -> str:
    if roster.right_until is None:
        return "Right until the schedules change: no handoff is in sight."
    return f"Right until {roster.right_until:{_MOMENT}}, the next handoff, unless the schedules change before."


def _write(folder: Path, roster: Roster, configuration: Configuration) -> None:
    documents = _documents(roster, configuration, THANKS)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, document in documents.items():
            # In one step: a host never shows half of one.
            fresh = folder / f".{name}.xml.new"
            fresh.write_text(document, encoding="utf-8")
            fresh.replace(folder / f"{name}.xml")
    except OSError as exc:
        raise UsageError(f"the documents cannot be written to {folder}: {exc}") from exc
    click.echo(f"{folder}: voice.xml, thanks.xml, sms.xml. {_until(roster)}", err=True)


def _check(place: str, roster: Roster, configuration: Configuration) -> None:
    try:
        numbers = dialled_numbers(_hosted(place))
    except ConfigurationError as exc:
        raise UsageError(f"{place}: {exc}") from exc
    outdated = what_is_outdated(roster, numbers, configuration)
    if outdated:
        click.echo(f"It {outdated}: print it again with `oncall fallback`, and host that.", err=True)
        raise click.exceptions.Exit(1)
    click.echo(f"It rings who should be rung now. {_until(roster)}")


def _hosted(place: str) -> str:
    if "://" in place:
        return outside.fetch_hosted(place)
    try:
        return Path(place).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise UsageError(f"{place} cannot be read: {exc}") from exc
