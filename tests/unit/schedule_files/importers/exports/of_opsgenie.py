"""As Opsgenie: /v2/schedules?expand=rotation and others answer."""

from typing import Any

Json = dict[str, Any]


OPSGENIE_USERS = [
    {"type": "user", "id": "b5b92115-bfe7-43eb-8c2a-e467f2e5ddc4", "username": "john.doe@opsgenie.com"},
    {"type": "user", "id": "e55700e1-ff76-4cd0-a6e8-e1a982423alj", "username": "jane.roe@opsgenie.com"},
]


def opsgenie_rotation(**changed: Any) -> Json:
    return {
        "id": "74f5f1a6-6a1c-4c8b-9d4c-9b7f8c1b1a11",
        "name": "First Rotation",
        "startDate": "2025-02-06T05:00:00Z",
        "type": "weekly",
        "length": 1,
        "participants": OPSGENIE_USERS,
        **changed,
    }


def opsgenie_schedule(*rotations: Json, **changed: Any) -> Json:
    return {
        "id": "d875e654-9b4e-4219-a803-0c26936969de",
        "name": "ScheduleName",
        "description": "ScheduleDescription",
        "timezone": "Europe/Brussels",
        "enabled": True,
        "ownerTeam": {"id": "90098alp9-f0e3-41d3-a060-0ea895027630", "name": "ops_team"},
        "rotations": list(rotations or (opsgenie_rotation(),)),
        **changed,
    }


def opsgenie_user(listed: Json, name: str, number: str) -> Json:
    return {
        "id": listed["id"],
        "username": listed["username"],
        "fullName": name,
        "timeZone": "Europe/Brussels",
        "userContacts": [
            {"to": f"32-{number}", "contactMethod": "sms", "enabled": True},
            {"to": listed["username"], "contactMethod": "email", "enabled": True},
        ],
        "notification_rules": [
            {"contact": {"method": "mobile", "to": "phone"}, "sendAfter": {"timeAmount": 0}, "enabled": True},
            {
                "contact": {"method": "sms", "to": "x"},
                "sendAfter": {"timeAmount": 1, "timeUnit": "minutes"},
                "enabled": True,
            },
            {
                "contact": {"method": "voice", "to": "x"},
                "sendAfter": {"timeAmount": 5, "timeUnit": "minutes"},
                "enabled": True,
            },
            {"contact": {"method": "voice", "to": "x"}, "sendAfter": {"timeAmount": 9}, "enabled": False},
        ],
    }


def opsgenie(*schedules: Json) -> Json:
    rule = {"condition": "if-not-acked", "notifyType": "default"}
    return {
        "schedules": list(schedules or (opsgenie_schedule(),)),
        "users": [
            opsgenie_user(OPSGENIE_USERS[0], "John Doe", "470000001"),
            opsgenie_user(OPSGENIE_USERS[1], "Jane Roe", "470000002"),
        ],
        "escalations": [
            {
                "id": "8418d193-2dab-4490-b331-8c02cdd196b7",
                "name": "ScheduleName_escalation",
                "rules": [
                    {
                        **rule,
                        "delay": {"timeAmount": 0, "timeUnit": "minutes"},
                        "recipient": {
                            "type": "schedule",
                            "id": "d875e654-9b4e-4219-a803-0c26936969de",
                            "name": "ScheduleName",
                        },
                    },
                    {**rule, "delay": {"timeAmount": 5, "timeUnit": "minutes"}, "recipient": OPSGENIE_USERS[1]},
                    {
                        **rule,
                        "delay": {"timeAmount": 5, "timeUnit": "minutes"},
                        "recipient": {"type": "team", "id": "90098alp9", "name": "ops_team"},
                    },
                ],
                "repeat": {"waitInterval": 10, "count": 3, "resetRecipientStates": False, "closeAlertAfterAll": True},
            }
        ],
    }
