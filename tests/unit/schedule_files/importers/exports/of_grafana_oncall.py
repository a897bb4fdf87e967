"""As Grafana OnCall: docs/sources/oncall-api-reference answer."""

from typing import Any

Json = dict[str, Any]


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
