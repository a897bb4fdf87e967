"""As PagerDuty: /schedules/{id}, /users and others answer."""

from typing import Any

Json = dict[str, Any]


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
