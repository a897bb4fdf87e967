"""What is doubtful about waking somebody: telephones that stay silent, and voicemail that answers in their place."""

from collections.abc import Iterator

from oncall.core.configuration import Configuration
from oncall.core.engineer import SECOND_CALL_WITHIN, ContactMethod, Engineer
from oncall.core.hotline import DEFAULT_RING_FOR
from oncall.schedule_files.schedule_cautions import Finding


def sleeper_cautions(configuration: Configuration) -> Iterator[Finding]:
    """All of them."""
    if configuration.hotline.ring_for > DEFAULT_RING_FOR:
        yield (
            ("hotline", "ring_time"),
            "most voicemail picks up after 30 seconds, and the provider may add 5 to this; write 25s or less",
        )
    for key, engineer in configuration.engineers.items():
        if not _calls_again_soon(engineer):
            yield (
                ("engineers", key, "notify"),
                f"`{key}` has no second call within three minutes of the first, so Do Not Disturb may keep"
                " them asleep; add a rule such as {by: call, after: 2m}",
            )


def _calls_again_soon(engineer: Engineer) -> bool:
    """Whether a second call gets through Do Not Disturb; also where somebody wants no calls at all."""
    calls = sorted(rule.after_for for rule in engineer.notify if rule.by is ContactMethod.CALL)
    return not calls or any(after - calls[0] <= SECOND_CALL_WITHIN for after in calls[1:])
