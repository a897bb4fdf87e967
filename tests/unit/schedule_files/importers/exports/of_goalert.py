"""As GoAlert: graphql2/schema.graphql answer."""

from typing import Any

Json = dict[str, Any]
SUNDAY_FIRST = [False, True, True, True, True, True, False]  # GoAlert's weekdayFilter: Monday to Friday


GOALERT_USERS = [
    "5c5bd3c1-1d5f-4f6c-8f5f-000000000001",
    "5c5bd3c1-1d5f-4f6c-8f5f-000000000002",
    "5c5bd3c1-1d5f-4f6c-8f5f-000000000003",
]


def goalert_rotation(**changed: Any) -> Json:
    return {
        "id": "00000000-0000-0000-0000-0000000000a1",
        "name": "Weekly",
        "timeZone": "America/Chicago",
        "start": "2025-06-02T14:00:00Z",
        "type": "weekly",
        "shiftLength": 1,
        "activeUserIndex": 0,
        "userIDs": GOALERT_USERS[:2],
        **changed,
    }


def goalert_target(kind: str, id_: str, *rules: Json) -> Json:
    always = {"start": "00:00", "end": "00:00", "weekdayFilter": [True] * 7}
    return {"target": {"id": id_, "type": kind, "name": f"{kind} {id_[-1]}"}, "rules": list(rules or (always,))}


def goalert_schedule(*targets: Json, **changed: Any) -> Json:
    return {
        "id": "00000000-0000-0000-0000-0000000000b1",
        "name": "Primary",
        "timeZone": "America/Chicago",
        "shifts": [],
        "targets": list(targets or (goalert_target("rotation", "00000000-0000-0000-0000-0000000000a1"),)),
        "temporarySchedules": [],
        **changed,
    }


def goalert(schedule: Json | None = None, *rotations: Json, overrides: list[Json] | None = None) -> Json:
    def user(number: int, name: str) -> Json:
        return {
            "id": GOALERT_USERS[number],
            "name": name,
            "email": f"{name.split()[0].lower()}@example.com",
            "contactMethods": [
                {"id": f"{number}s", "type": "SMS", "name": "cell", "value": f"+1312555010{number}", "disabled": False},
                {
                    "id": f"{number}v",
                    "type": "VOICE",
                    "name": "cell",
                    "value": f"+1312555010{number}",
                    "disabled": False,
                },
                {
                    "id": f"{number}w",
                    "type": "WEBHOOK",
                    "name": "hook",
                    "value": "https://x.example",
                    "disabled": False,
                },
            ],
            "notificationRules": [
                {"delayMinutes": 0, "contactMethodID": f"{number}s"},
                {"delayMinutes": 3, "contactMethodID": f"{number}v"},
                {"delayMinutes": 3, "contactMethodID": f"{number}w"},
            ],
        }

    return {
        "data": {
            "schedules": {"nodes": [schedule or goalert_schedule()]},
            "rotations": {"nodes": list(rotations or (goalert_rotation(),))},
            "userOverrides": {"nodes": overrides or []},
            "users": {"nodes": [user(0, "Ann Lee"), user(1, "Ben Orr"), user(2, "Cat Poe")]},
            "escalationPolicies": {
                "nodes": [
                    {
                        "id": "00000000-0000-0000-0000-0000000000e1",
                        "name": "Default",
                        "repeat": 3,
                        "steps": [
                            {
                                "stepNumber": 0,
                                "delayMinutes": 5,
                                "targets": [
                                    {
                                        "id": "00000000-0000-0000-0000-0000000000b1",
                                        "type": "schedule",
                                        "name": "Primary",
                                    }
                                ],
                            },
                            {
                                "stepNumber": 1,
                                "delayMinutes": 15,
                                "targets": [
                                    {"id": GOALERT_USERS[2], "type": "user", "name": "Cat Poe"},
                                    {"id": "C1", "type": "slackChannel", "name": "#ops"},
                                ],
                            },
                        ],
                    }
                ]
            },
        }
    }
