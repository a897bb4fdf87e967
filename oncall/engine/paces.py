"""What the telephone account takes a second, as the schedules in force say."""

from oncall.core.carrier_pace import UNPACED, Paces, paces
from oncall.errors import ConfigurationError
from oncall.ports import Environment


def paces_in_force(env: Environment) -> Paces:
    """The pace of each contact method that has one; none while nothing is published that could say it."""
    try:
        return paces(env.configuration.current().hotline.limits)
    except ConfigurationError:
        return UNPACED
