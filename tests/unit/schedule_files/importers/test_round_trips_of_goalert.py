"""GoAlert's export → YAML → our reader: the same people for ninety days, as stepping through them finds it."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from . import exports
from .drawing import FEW, days_before, hms, on_the_wall, season, shown_of, zone
from .stepping import QUARTER, entries, imported, is_open, local, z


@st.composite
def goalert_exports(draw: st.DrawFn, since: datetime, in_zone: str) -> Any:
    rotations, targets = [], []
    for number in range(draw(st.integers(1, 2))):
        kind = draw(st.sampled_from(["daily", "weekly", "hourly"]))
        people = draw(st.lists(st.sampled_from(exports.GOALERT_USERS), min_size=1, max_size=3, unique=True))
        rotations.append(
            exports.goalert_rotation(
                id=f"rotation-{number}",
                timeZone=in_zone,
                start=z(local(in_zone, draw(days_before(since)))),
                type=kind,
                shiftLength=draw(st.sampled_from([6, 8, 12])) if kind == "hourly" else draw(st.integers(1, 3)),
                userIDs=people,
                activeUserIndex=draw(st.integers(0, len(people) - 1)),
            )
        )
        targets.append(exports.goalert_target("rotation", f"rotation-{number}", *draw(st.lists(rules(), max_size=2))))
    targets.append(exports.goalert_target("user", exports.GOALERT_USERS[2], draw(rules())))
    who = st.sampled_from(exports.GOALERT_USERS)
    overrides = [
        {
            "id": "o",
            "start": z(at),
            "end": z(at + draw(st.integers(1, 300)) * QUARTER),
            "addUserID": draw(who),
            "removeUserID": draw(st.one_of(who, st.just(""))),
            "target": {"id": exports.goalert_schedule()["id"], "type": "schedule"},
        }
        for at in draw(st.lists(st.integers(1, 8000).map(lambda n: since + n * QUARTER), max_size=1))
    ]
    return exports.goalert(exports.goalert_schedule(*targets, timeZone=in_zone), *rotations, overrides=overrides)


@st.composite
def rules(draw: st.DrawFn) -> Any:
    # From four in the morning on no clock is changed: no end has a second occurrence.
    begins, ends = (draw(st.integers(16, 88)) * QUARTER for _ in range(2))
    days = draw(st.lists(st.booleans(), min_size=7, max_size=7).filter(any))
    return {"start": hms(begins)[:5], "end": hms(ends)[:5], "weekdayFilter": days}


def goalert_window(rule: Any) -> tuple[set[int], timedelta, timedelta]:
    begins, ends = (timedelta(hours=int(rule[key][:2]), minutes=int(rule[key][3:])) for key in ("start", "end"))
    lasts = ends - begins if ends > begins else ends - begins + timedelta(days=1)
    return {(index - 1) % 7 for index, day in enumerate(rule["weekdayFilter"]) if day}, begins, lasts


def goalert_who(export: Any, since: datetime) -> Any:
    schedule, data = export["data"]["schedules"]["nodes"][0], export["data"]
    in_zone = schedule["timeZone"]
    at_since = on_the_wall(in_zone, since.isoformat())
    read = {}
    for each in data["rotations"]["nodes"]:
        starts = on_the_wall(in_zone, each["start"])
        length = timedelta(hours=each["shiftLength"] * {"hourly": 1, "daily": 24, "weekly": 168}[each["type"]])
        offset = each["activeUserIndex"] - (at_since - starts) // length
        read[each["id"]] = (starts, length, each["userIDs"], offset)

    def of(target: Any, shown: datetime) -> list[str]:
        if not is_open([goalert_window(rule) for rule in target["rules"]], shown):
            return []
        if target["target"]["type"] == "user":
            return [target["target"]["id"]]
        starts, length, people, offset = read[target["target"]["id"]]
        return [people[((shown - starts) // length + offset) % len(people)]]

    def who(at: datetime, shown: datetime) -> set[str]:
        found = {person for target in schedule["targets"] for person in of(target, shown)}
        for each in data["userOverrides"]["nodes"]:
            if datetime.fromisoformat(each["start"]) <= at < datetime.fromisoformat(each["end"]):
                if not each["removeUserID"]:
                    found |= {each["addUserID"]}
                elif each["removeUserID"] in found:
                    found = found - {each["removeUserID"]} | {each["addUserID"]}
        return found

    return who


@FEW
@given(st.data(), season, zone)
def test_what_goalert_says_is_what_we_say(data: st.DataObject, since: datetime, in_zone: str) -> None:
    export = data.draw(goalert_exports(since, in_zone))
    assert shown_of(imported("goalert", export, since)) == []
    shifts = [
        {"userID": person, "start": z(starts), "end": z(ends)}
        for person, starts, ends in entries(in_zone, goalert_who(export, since), since)
    ]
    export["data"]["schedules"]["nodes"][0]["shifts"] = shifts
    assert shown_of(imported("goalert", export, since)) == []
