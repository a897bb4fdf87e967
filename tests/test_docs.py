"""The documentation keeps up: whatever can be run, set, asked for or alarmed about has its place in it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from oncall.bootstrap import Fakes, build
from oncall.cli.commands import oncall
from oncall.core.escalation_policy import EscalationPolicy
from oncall.core.incident import Incident, IncidentState, IntakeChannel, RequestType
from oncall.core.incident_json import incident_json
from oncall.core.sla import Priority
from oncall.core.sms_commands import SmsWord
from oncall.settings import PROVIDER_VARIABLES, VARIABLES, load_settings
from oncall.store import open_store
from oncall.system import SystemClock
from oncall.twiml import shipped_templates
from oncall.web import create_app

REPOSITORY = Path(__file__).parents[1]
DOCS = REPOSITORY / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *REPOSITORY.glob("*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`]+)`")
FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


def text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def headings(page: str) -> set[str]:
    return {line.lstrip("#").strip().strip("`") for line in page.splitlines() if line.startswith("#")}


def in_first_column(page: str) -> set[str]:
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    return {word for row in rows for word in CODE.findall(row)}


def commands(command: click.Command, path: str) -> Iterator[str]:
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from commands(inner, f"{path} {name}")
    else:
        yield path


def test_every_command_has_a_heading_and_every_heading_is_a_command() -> None:
    page = text("reference/commands.md")
    assert {name for name in headings(page) if name.startswith("oncall ")} == set(commands(oncall, "oncall"))


@pytest.mark.parametrize("variable", VARIABLES, ids=lambda variable: variable.name)
def test_every_setting_stands_with_its_default_and_its_reason(variable) -> None:
    default = "none" if not variable.default else f"`{variable.default}`"
    shown = "**required to serve**" if variable.required_to_serve else default
    assert f"| `{variable.name}` | {shown} | {variable.reason} |" in text("reference/settings.md")


@pytest.mark.parametrize("name", PROVIDER_VARIABLES)
def test_every_variable_of_a_further_provider_stands(name: str) -> None:
    assert f"`ONCALL_PROVIDER_SECOND_{name}`" in text("reference/settings.md")


def test_no_setting_stands_that_is_none() -> None:
    assert in_first_column(text("reference/settings.md")) == {variable.name for variable in VARIABLES}


@pytest.fixture(scope="module")
def app():
    settings = load_settings({"ONCALL_PUBLIC_URL": "https://h.example", "SECRET_KEY": "k" * 16}, serving=False)
    store = open_store("sqlite://")
    yield create_app(build(settings, Fakes(database=store)))
    store.close()


def test_every_route_stands_with_its_method_and_no_other_does(app) -> None:
    served = {
        f"{method} {re.sub(r'<[a-z]+:', '<', rule.rule)}"
        for rule in app.url_map.iter_rules()
        for method in rule.methods & {"GET", "POST"}
    }
    documented = set(re.findall(r"`((?:GET|POST) /[^`]*)`", text("reference/routes.md")))
    assert documented == served


def test_every_metric_stands_and_no_other_does(app) -> None:
    answer = app.test_client().get("/metrics").text
    away = re.findall(r"^# TYPE (\w+)", answer, re.MULTILINE)
    web = REPOSITORY / "oncall" / "web"
    sources = [(web / name).read_text(encoding="utf-8") for name in ("health.py", "metrics.py")]
    named = set(re.findall(r'"(oncall_\w+)"', "".join(sources)))
    assert set(away) <= named
    assert in_first_column(text("reference/metrics.md")) - {"state", "channel", "outcome", "quantile"} == named


def test_every_template_stands() -> None:
    shipped = {path.name for path in shipped_templates().glob("*.xml")}
    assert in_first_column(text("reference/twiml.md")) == shipped


def test_every_sms_word_stands() -> None:
    words = {word.split()[0] for word in in_first_column(text("reference/sms-words.md"))}
    assert words == {word.value for word in SmsWord}


def test_every_field_of_an_incident_stands() -> None:
    now = SystemClock().now()
    incident = Incident(
        1001, IncidentState.TRIGGERED, Priority.URGENT, RequestType.PROBLEM, IntakeChannel.PHONE, now,
        EscalationPolicy("p", ()), "token", now,
    )  # fmt: skip
    assert set(incident_json(incident, now)) | {"timeline"} <= in_first_column(text("reference/json.md"))


def written_first(value: ast.expr) -> str:
    """What a text certainly begins with, up to the first fact that is put in; "" where that is a fact."""
    first = value.values[0] if isinstance(value, ast.JoinedStr) else value
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""


def causes_told() -> Iterator[str]:
    """The first words of every key with which operators are told of something."""
    for path in [each for part in ("core", "engine", "cli") for each in (REPOSITORY / "oncall" / part).glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "tell":
                yield written_first(node.args[1])
            # core hands its alarms over as pairs of key and text
            if isinstance(node, ast.Tuple) and len(node.elts) == 2 and path.name == "escalation.py":
                yield written_first(node.elts[0])


def test_every_cause_of_which_operators_are_told_is_in_the_runbook_and_no_other_is() -> None:
    told = {cause.split(":")[0] for cause in causes_told() if cause}
    causes = {line.removeprefix("## `").rstrip("`") for line in text("runbook.md").splitlines() if "## `" in line}
    assert {cause.split(":")[0] for cause in causes} == told


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_links_lead_somewhere(page: Path) -> None:
    links = [link.partition("#")[0] for link in LINK.findall(page.read_text(encoding="utf-8"))]
    here = [link for link in links if link and "://" not in link]
    assert [link for link in here if not (page.parent / link).exists()] == []


def test_every_page_can_be_found_from_the_index() -> None:
    linked = {(DOCS / link).resolve() for link in LINK.findall(text("README.md"))}
    assert {page for page in DOCS.rglob("*.md") if page != DOCS / "README.md"} - linked == set()


def test_every_test_that_a_lesson_names_exists_and_every_lesson_names_one() -> None:
    page = text("explanation/lessons.md")
    named = {word.partition("::") for word in CODE.findall(page) if "::" in word}
    sources = {path: (REPOSITORY / path).read_text(encoding="utf-8") for path, _, _ in named}
    assert {(path, test) for path, _, test in named if f"def {test}(" not in sources[path]} == set()
    rows = [line for line in page.splitlines() if line.startswith("| ") and "shown by" not in line]
    assert len(rows) > 50
    assert [row for row in rows if "::test_" not in row] == []


def test_the_places_that_the_readme_names_exist() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    words = CODE.findall(FENCED.sub("", readme))
    places = {word for word in words if re.fullmatch(r"(oncall|twiml|schedules|docs|tests)/[\w./]*", word)}
    assert len(places) > 15
    assert {place for place in places if not (REPOSITORY / place).exists()} == set()
