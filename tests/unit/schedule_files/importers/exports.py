"""Exports of other systems in the shapes that their documentation and code show."""

from typing import Any

Json = dict[str, Any]
SUNDAY_FIRST = [False, True, True, True, True, True, False]  # GoAlert's weekdayFilter: Monday to Friday


# ---------------------------------------------------------------- PagerDuty: /schedules/{id}, /users and others


def pagerduty_layer(**changed: Any) -> Json:
    return {
        "name": "Layer 1",
        "rendered_schedule_entries": [],
        "rendered_coverage_percentage": None,
        "id": "PG760AS",
        "start": "2025-11-06T20:00:00-05:00",
        "end": None,
        "rotation_virtual_start": "2025-11-06T20:00:00-05:00",
        "rotation_turn_length_seconds": 86400,
        "users": [
            {"user": {"id": "PEYSGVF", "type": "user_reference", "summary": "Earline Greenholt"}},
            {"user": {"id": "PAM4FGS", "type": "user_reference", "summary": "Kyler Kuhn"}},
        ],
        "restrictions": [],
        **changed,
    }


def pagerduty_schedule(*layers: Json, **changed: Any) -> Json:
    """``layers`` from the bottom up; the API lists them from the top down."""
    return {
        "id": "PI7DH85",
        "type": "schedule",
        "summary": "Daily Engineering Rotation",
        "self": "https://api.pagerduty.com/schedules/PI7DH85",
        "html_url": "https://subdomain.pagerduty.com/schedules/PI7DH85",
        "name": "Daily Engineering Rotation",
        "time_zone": "America/New_York",
        "description": "Rotation schedule for engineering",
        "schedule_layers": list(reversed(layers or (pagerduty_layer(),))),
        "overrides_subschedule": {"name": "Overrides", "rendered_schedule_entries": []},
        **changed,
    }


def pagerduty_user(id_: str, name: str, number: str) -> Json:
    return {
        "id": id_,
        "type": "user",
        "summary": name,
        "name": name,
        "email": f"{name.split()[0].lower()}@example.com",
        "time_zone": "America/New_York",
        "role": "user",
        "contact_methods": [
            {"id": f"{id_}1", "type": "email_contact_method", "summary": "Default", "address": "x@example.com"},
            {"id": f"{id_}2", "type": "sms_contact_method", "country_code": 1, "address": number},
            {"id": f"{id_}3", "type": "phone_contact_method", "country_code": 1, "address": number},
            {"id": f"{id_}4", "type": "push_notification_contact_method", "address": "token"},
        ],
        "notification_rules": [
            {
                "id": f"{id_}R{delay}",
                "type": "assignment_notification_rule",
                "start_delay_in_minutes": delay,
                "urgency": urgency,
                "contact_method": {"id": f"{id_}2", "type": kind},
            }
            for delay, urgency, kind in [
                (0, "high", "sms_contact_method_reference"),
                (2, "high", "phone_contact_method_reference"),
                (0, "high", "push_notification_contact_method_reference"),
                (0, "low", "email_contact_method_reference"),
            ]
        ],
    }


def pagerduty(*schedules: Json) -> Json:
    return {
        "schedules": list(schedules or (pagerduty_schedule(),)),
        "users": [
            pagerduty_user("PEYSGVF", "Earline Greenholt", "2125550101"),
            pagerduty_user("PAM4FGS", "Kyler Kuhn", "2125550102"),
            pagerduty_user("PXPGF42", "Kyler Kuhn", "2125550103"),
        ],
        "escalation_policies": [
            {
                "id": "PT20YPA",
                "type": "escalation_policy",
                "name": "Another Escalation Policy",
                "num_loops": 2,
                "on_call_handoff_notifications": "if_has_services",
                "escalation_rules": [
                    {
                        "id": "PGHDV41",
                        "escalation_delay_in_minutes": 30,
                        "targets": [{"id": "PI7DH85", "type": "schedule_reference", "summary": "Daily"}],
                    },
                    {
                        "id": "PGHDV42",
                        "escalation_delay_in_minutes": 10,
                        "targets": [{"id": "PXPGF42", "type": "user_reference", "summary": "Kyler Kuhn"}],
                    },
                ],
            }
        ],
    }


# ---------------------------------------------------------------- Opsgenie: /v2/schedules?expand=rotation and others

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


# ---------------------------------------------------------------- Grafana OnCall: docs/sources/oncall-api-reference


def grafana_shift(**changed: Any) -> Json:
    return {
        "id": "O9WTH7CKM3KZW",
        "name": "Demo rolling users",
        "type": "rolling_users",
        "team_id": None,
        "time_zone": None,
        "level": 0,
        "start": "2025-09-01T09:00:00",
        "duration": 86400,
        "frequency": "daily",
        "interval": 1,
        "week_start": "MO",
        "by_day": None,
        "by_month": None,
        "by_monthday": None,
        "until": None,
        "rolling_users": [["U4DNY931HHJS5"], ["U6RV9WPSL6DFW"]],
        "start_rotation_from_user_index": 0,
        **changed,
    }


def grafana_schedule(**changed: Any) -> Json:
    return {
        "id": "S3Z477AHDXTMF",
        "name": "Demo schedule Calendar",
        "type": "calendar",
        "team_id": None,
        "time_zone": "Europe/Paris",
        "on_call_now": ["U4DNY931HHJS5"],
        "shifts": ["O9WTH7CKM3KZW"],
        "ical_url_overrides": None,
        "slack": {"channel_id": "MEOW_SLACK_ID", "user_group_id": "MEOW_SLACK_ID"},
        **changed,
    }


def grafana_oncall(*shifts: Json, schedule: Json | None = None) -> Json:
    every = list(shifts or (grafana_shift(),))
    return {
        "schedules": [schedule or grafana_schedule(shifts=[each["id"] for each in every])],
        "on_call_shifts": every,
        "users": [
            {
                "id": "U4DNY931HHJS5",
                "email": "alex@example.com",
                "username": "alex",
                "slack": [{"user_id": "UALEX", "team_id": "T1"}],
            },
            {"id": "U6RV9WPSL6DFW", "email": "bea@example.com", "username": "bea", "slack": []},
            {"id": "U7RV9WPSL6DFX", "email": "cleo@example.com", "username": "cleo"},
        ],
        "personal_notification_rules": [
            {
                "id": "NT79GA9I7E4DJ",
                "user_id": "U4DNY931HHJS5",
                "position": 0,
                "important": False,
                "type": "notify_by_sms",
            },
            {
                "id": "ND9EHN5LN1DUU",
                "user_id": "U4DNY931HHJS5",
                "position": 1,
                "duration": 300,
                "important": False,
                "type": "wait",
            },
            {
                "id": "NEF49YQ1HNPDD",
                "user_id": "U4DNY931HHJS5",
                "position": 2,
                "important": False,
                "type": "notify_by_phone_call",
            },
        ],
        "escalation_chains": [{"id": "F5JU6KJET33FE", "name": "default", "team_id": None}],
        "escalation_policies": [
            {
                "id": "E1",
                "escalation_chain_id": "F5JU6KJET33FE",
                "position": 0,
                "type": "notify_on_call_from_schedule",
                "notify_on_call_from_schedule": "S3Z477AHDXTMF",
                "important": True,
            },
            {"id": "E2", "escalation_chain_id": "F5JU6KJET33FE", "position": 1, "type": "wait", "duration": 300},
            {"id": "E3", "escalation_chain_id": "F5JU6KJET33FE", "position": 2, "type": "trigger_webhook"},
            {
                "id": "E4",
                "escalation_chain_id": "F5JU6KJET33FE",
                "position": 3,
                "type": "notify_persons",
                "persons_to_notify": ["U6RV9WPSL6DFW"],
            },
        ],
    }


# ---------------------------------------------------------------- GoAlert: graphql2/schema.graphql

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
