"""What the provider does with the hotline's number: where it asks what to say, and where when we do not answer."""

from dataclasses import dataclass, fields, replace

from oncall.core.webhook_urls import asked_while_waiting, told_afterwards


@dataclass(frozen=True, slots=True)
class NumberSettings:
    """One number of the account, in the provider's words; "" where nothing is set.

    An application or a trunk takes the place of the URLs beside it, so the hotline's number has none.
    """

    voice_url: str = ""
    voice_method: str = ""
    voice_fallback_url: str = ""
    voice_fallback_method: str = ""
    status_callback: str = ""
    status_callback_method: str = ""
    sms_url: str = ""
    sms_method: str = ""
    sms_fallback_url: str = ""
    sms_fallback_method: str = ""
    voice_application_sid: str = ""
    sms_application_sid: str = ""
    trunk_sid: str = ""


@dataclass(frozen=True, slots=True)
class SettingChange:
    """``name`` is the provider's word for it, ``label`` ours."""

    name: str
    label: str
    now: str
    wanted: str


_LABELS = {
    "voice_url": "Calls ask",
    "voice_method": "Calls ask by",
    "voice_fallback_url": "Calls ask instead, where we do not answer",
    "voice_fallback_method": "Calls ask instead by",
    "status_callback": "The end of a call is told to",
    "status_callback_method": "The end of a call is told by",
    "sms_url": "Texts go to",
    "sms_method": "Texts go by",
    "sms_fallback_url": "Texts go to instead, where we do not answer",
    "sms_fallback_method": "Texts go to instead by",
    "voice_application_sid": "Application in the place of the calls' URLs",
    "sms_application_sid": "Application in the place of the texts' URLs",
    "trunk_sid": "Trunk that takes the calls away",
}


def setting_names() -> tuple[str, ...]:
    """The provider's words, in order."""
    return tuple(field.name for field in fields(NumberSettings))


def setting_label(name: str) -> str:
    """The provider's word in ours."""
    return _LABELS[name]


def wanted_settings(
    now: NumberSettings, *, public_url: str, fallback_url: str, sms_fallback_url: str
) -> NumberSettings:
    """What the number should be set to.

    A fallback that the schedules folder does not name ("") stays as it is, and where there is none our own URL gets a
    second try: a webhook that comes twice takes effect once.
    """
    own = NumberSettings(
        voice_fallback_url=now.voice_fallback_url or f"{public_url}/voice/incoming",
        voice_fallback_method=now.voice_fallback_method if now.voice_fallback_url else "POST",
        sms_fallback_url=now.sms_fallback_url or f"{public_url}/sms/incoming",
        sms_fallback_method=now.sms_fallback_method if now.sms_fallback_url else "POST",
    )
    wanted = replace(
        own,
        voice_url=asked_while_waiting(f"{public_url}/voice/incoming"),
        voice_method="POST",
        status_callback=told_afterwards(f"{public_url}/voice/status"),
        status_callback_method="POST",
        sms_url=asked_while_waiting(f"{public_url}/sms/incoming"),
        sms_method="POST",
    )
    if fallback_url:
        # By GET: whoever hosts files answers nothing else.
        wanted = replace(wanted, voice_fallback_url=fallback_url, voice_fallback_method="GET")
    if sms_fallback_url:
        wanted = replace(wanted, sms_fallback_url=sms_fallback_url, sms_fallback_method="GET")
    return wanted


def setting_changes(now: NumberSettings, wanted: NumberSettings) -> tuple[SettingChange, ...]:
    """What differs, in the order of the settings; empty where nothing does."""
    both = ((name, getattr(now, name), getattr(wanted, name)) for name in setting_names())
    return tuple(SettingChange(name, _LABELS[name], is_now, to_be) for name, is_now, to_be in both if is_now != to_be)
