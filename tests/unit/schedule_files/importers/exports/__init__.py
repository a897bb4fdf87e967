"""Exports of other systems in the shapes that their documentation and code show."""

from tests.unit.schedule_files.importers.exports.of_goalert import (
    GOALERT_USERS,
    SUNDAY_FIRST,
    goalert,
    goalert_rotation,
    goalert_schedule,
    goalert_target,
)
from tests.unit.schedule_files.importers.exports.of_grafana_oncall import (
    grafana_oncall,
    grafana_schedule,
    grafana_shift,
)
from tests.unit.schedule_files.importers.exports.of_opsgenie import (
    OPSGENIE_USERS,
    opsgenie,
    opsgenie_rotation,
    opsgenie_schedule,
    opsgenie_user,
)
from tests.unit.schedule_files.importers.exports.of_pagerduty import (
    pagerduty,
    pagerduty_layer,
    pagerduty_schedule,
    pagerduty_user,
)

__all__ = [
    "GOALERT_USERS",
    "OPSGENIE_USERS",
    "SUNDAY_FIRST",
    "goalert",
    "goalert_rotation",
    "goalert_schedule",
    "goalert_target",
    "grafana_oncall",
    "grafana_schedule",
    "grafana_shift",
    "opsgenie",
    "opsgenie_rotation",
    "opsgenie_schedule",
    "opsgenie_user",
    "pagerduty",
    "pagerduty_layer",
    "pagerduty_schedule",
    "pagerduty_user",
]
