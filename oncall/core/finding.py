"""What a look at the installation finds: each thing that was looked at, how it is, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from oncall.core.liveness import SKEW_FAILS_FROM, SKEW_WARNS_FROM


class Outcome(StrEnum):
    """How something is."""

    OK = "ok"
    WARN = "warn"  # it serves, but somebody should mend it
    FAIL = "fail"  # pages may not go out


@dataclass(frozen=True, slots=True)
class Finding:
    """``check`` names what was looked at; ``do`` says what to do, "" where nothing is."""

    check: str
    outcome: Outcome
    text: str
    do: str = ""


def ok(check: str, text: str) -> Finding:
    """All is well."""
    return Finding(check, Outcome.OK, text)


def warn(check: str, text: str, do: str) -> Finding:
    """It serves, but should be mended."""
    return Finding(check, Outcome.WARN, text, do)


def fail(check: str, text: str, do: str) -> Finding:
    """Pages may not go out."""
    return Finding(check, Outcome.FAIL, text, do)


def failed(findings: Iterable[Finding]) -> bool:
    """Whether any of them is a failure."""
    return any(finding.outcome is Outcome.FAIL for finding in findings)


def clock_finding(check: str, whose: str, ahead_by: timedelta) -> Finding:
    """What a difference of clocks means; ``ahead_by`` is negative where theirs is behind ours."""
    by = abs(ahead_by)
    text = f"{whose} is {by.total_seconds():.1f} s {'ahead of' if ahead_by > timedelta(0) else 'behind'} this machine's"
    if by > SKEW_FAILS_FROM:
        return fail(check, text, "let a time service (chrony, systemd-timesyncd) set the clocks: leases allow for 5 s")
    if by > SKEW_WARNS_FROM:
        return warn(check, text, "look whether a time service (chrony, systemd-timesyncd) sets both clocks")
    return ok(check, text)
