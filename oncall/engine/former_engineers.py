"""Engineers whom a publication took out of the schedules folder, as they were published last."""

from collections.abc import Callable, Mapping, Sequence

from oncall.core.configuration import Configuration
from oncall.core.engineer import Engineer
from oncall.core.shift_notices import KnownShifts
from oncall.errors import ConfigurationError
from oncall.ports import Database


def former_engineers(
    database: Database,
    load: Callable[[Mapping[str, str]], Configuration],
    gone: Sequence[KnownShifts],
    version: int,
) -> dict[str, Engineer]:
    """Of those who are ``gone`` in this version, each as the newest version before it says, by key.

    Whoever no version that can be read has had, since what they know was stored, is left out. Not within a
    transaction: whole versions are read.
    """
    found: dict[str, Engineer] = {}
    oldest = min((known.version for known in gone), default=version)
    for earlier in range(version - 1, oldest - 1, -1):
        missing = {known.engineer for known in gone} - found.keys()
        if not missing:
            break
        with database.read() as uow:
            published = uow.schedule_versions.get(earlier)
        try:
            engineers = load(published.files).engineers if published is not None else {}
        except ConfigurationError:
            continue  # a version of another release: an older one may do
        found |= {key: engineers[key] for key in missing & engineers.keys()}
    return found
