"""What is asked of which system's API: everything that its importer reads, page by page."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from oncall.cli.import_http import ImportApi
from oncall.ports import Clock
from oncall.schedule_files.importers import COMPARED_FOR, Answer, ImportSourceError
from oncall.schedule_files.importers.goalert_schedules import FIELDS

_PAGE = 100
_MOST_PAGES = 1_000


@dataclass(frozen=True, slots=True)
class Remote:
    """How a system is asked. ``url`` is "" where every installation has its own; ``token`` names the variable."""

    url: str
    token: str
    headers: Callable[[str], Mapping[str, str]]
    fetch: Callable[[ImportApi, datetime], list[Answer]]


def fetch(remote: Remote, url: str, token: str, since: datetime, clock: Clock) -> list[Answer]:
    """All answers of the API at the URL. Raises ImportSourceError, and UsageError for a URL that gets no token."""
    return remote.fetch(ImportApi(url, remote.headers(token), clock), since)


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _span(since: datetime) -> dict[str, str]:
    return {"since": _iso(since), "until": _iso(since + COMPARED_FOR)}


# ---------------------------------------------------------------- PagerDuty


def _pagerduty(api: ImportApi, since: datetime) -> list[Answer]:
    schedules = []
    for each in _offsets(api, "schedules"):
        path = f"schedules/{each.id()}"
        schedule = api.get(path, **_span(since)).at("schedule")
        overrides = api.get(f"{path}/overrides", **_span(since)).at("overrides")
        schedules.append({**_object(schedule), "overrides": overrides.value})
    include = ["contact_methods", "notification_rules"]
    users = [each.value for each in _offsets(api, "users", **{"include[]": include})]
    policies = [each.value for each in _offsets(api, "escalation_policies")]
    return [Answer({"schedules": schedules, "users": users, "escalation_policies": policies}, "PagerDuty")]


def _offsets(api: ImportApi, kind: str, **params: list[str]) -> Iterator[Answer]:
    offset = 0
    for _ in range(_MOST_PAGES):
        page = api.get(kind, limit=_PAGE, offset=offset, **params)
        found = list(page.at(kind).each())
        yield from found
        if not (page.has("more") and page.at("more").value is True and found):
            return
        offset += len(found)


# ---------------------------------------------------------------- Opsgenie


def _opsgenie(api: ImportApi, since: datetime) -> list[Answer]:
    schedules = []
    timelines = []
    for each in _pages(api, "v2/schedules", "data", expand="rotation"):
        path = f"v2/schedules/{each.id()}"
        overrides = [found.value for found in _pages(api, f"{path}/overrides", "data")]
        schedules.append({**_object(each), "overrides": overrides})
        # Thirteen weeks are the ninety days and a day.
        timeline = api.get(f"{path}/timeline", date=_iso(since), interval=13, intervalUnit="weeks")
        timelines.append(timeline.at("data").value)
    users = [_opsgenie_user(api, each) for each in _pages(api, "v2/users", "data", limit=_PAGE)]
    escalations = [each.value for each in _pages(api, "v2/escalations", "data")]
    bundle = {"schedules": schedules, "timelines": timelines, "users": users, "escalations": escalations}
    return [Answer(bundle, "Opsgenie")]


def _opsgenie_user(api: ImportApi, found: Answer) -> dict[str, object]:
    path = f"v2/users/{found.id()}"
    user = _object(api.get(path, expand="contact").at("data"))
    for rule in _pages(api, f"{path}/notification-rules", "data"):
        if rule.text("actionType", "") == "create-alert":
            steps = _pages(api, f"{path}/notification-rules/{rule.id()}/steps", "data")
            return {**user, "notification_rules": [each.value for each in steps]}
    return user


def _pages(api: ImportApi, path: str, key: str, **params: str | int) -> Iterator[Answer]:
    """Pages that name the next one by its URL, as Opsgenie does in ``paging`` and Grafana OnCall beside the results."""
    page = api.get(path, **params)
    for _ in range(_MOST_PAGES):
        yield from page.at(key).each()
        following = page.at("paging").text("next", "") if page.has("paging") else page.text("next", "")
        if not following:
            return
        page = api.get(following)


# ---------------------------------------------------------------- Grafana OnCall


def _grafana_oncall(api: ImportApi, since: datetime) -> list[Answer]:
    kinds = (
        "schedules",
        "on_call_shifts",
        "users",
        "personal_notification_rules",
        "escalation_chains",
        "escalation_policies",
    )
    bundle: dict[str, object] = {}
    for kind in kinds:
        bundle[kind] = [each.value for each in _pages(api, f"api/v1/{kind}/", "results")]
    days = {"start_date": f"{since:%Y-%m-%d}", "end_date": f"{since + COMPARED_FOR:%Y-%m-%d}"}
    finals = {}
    for schedule in Answer(bundle, "Grafana OnCall").each("schedules"):
        shifts = _pages(api, f"api/v1/schedules/{schedule.id()}/final_shifts", "results", **days)
        finals[schedule.id()] = [each.value for each in shifts]
    return [Answer({**bundle, "final_shifts": finals}, "Grafana OnCall")]


# ---------------------------------------------------------------- GoAlert


def query(kind: str) -> str:
    """The question for one page of a kind; GraphQL refuses a variable that is not used."""
    span = ", $since: ISOTimestamp!, $until: ISOTimestamp!" if kind == "schedules" else ""
    return (
        f"query Import($after: String{span}) {{ {kind}(input: {{first: {_PAGE}, after: $after}}) "
        f"{{ nodes {{ {FIELDS[kind]} }} pageInfo {{ endCursor hasNextPage }} }} }}"
    )


def _goalert(api: ImportApi, since: datetime) -> list[Answer]:
    bundle = {kind: [each.value for each in _nodes(api, kind, since)] for kind in FIELDS}
    return [Answer(bundle, "GoAlert")]


def _nodes(api: ImportApi, kind: str, since: datetime) -> Iterator[Answer]:
    after = ""
    for _ in range(_MOST_PAGES):
        variables = {"after": after, **(_span(since) if kind == "schedules" else {})}
        answer = api.post("api/graphql", {"query": query(kind), "variables": variables})
        for error in answer.each("errors"):
            raise ImportSourceError(f"GoAlert, {kind}: {error.text('message', 'it refuses the question')}")
        page = answer.at("data").at(kind)
        yield from page.at("nodes").each()
        info = page.at("pageInfo")
        if info.at("hasNextPage").value is not True:
            return
        after = info.text("endCursor")


def _object(found: Answer) -> dict[str, object]:
    return {key: each.value for key, each in found.entries()}


REMOTES: Mapping[str, Remote] = {
    "pagerduty": Remote(
        "",  # as PAGERDUTY_API_URL says
        "PAGERDUTY_API_TOKEN",
        lambda token: {
            "Authorization": f"Token token={token}",
            "Accept": "application/vnd.pagerduty+json;version=2",
            "Content-Type": "application/json",
        },
        _pagerduty,
    ),
    "opsgenie": Remote(
        "https://api.opsgenie.com", "OPSGENIE_API_KEY", lambda token: {"Authorization": f"GenieKey {token}"}, _opsgenie
    ),
    "grafana-oncall": Remote("", "GRAFANA_ONCALL_API_TOKEN", lambda token: {"Authorization": token}, _grafana_oncall),
    "goalert": Remote("", "GOALERT_API_TOKEN", lambda token: {"Authorization": f"Bearer {token}"}, _goalert),
}
