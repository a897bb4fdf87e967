"""What GitHub sends is read, whatever is in it; and other people's words stay words."""

import json
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from oncall.core.github import Issue, action_of, at_of, read_happening, shortened, subject_of
from oncall.core.github_labels import our_labels, priority_of, says_production_down, type_of
from oncall.core.github_markdown import escaped, quoted, without_hidden
from oncall.core.github_wording import marked_number, marker
from oncall.core.incident import RequestType
from oncall.core.sla import Priority

ANYTHING = st.sampled_from(
    [
        None,
        True,
        0,
        7,
        -1,
        2**70,
        1.5,
        "",
        "a/b",
        "open",
        "\x00\u202e",
        "2019-05-15T15:20:18Z",
        [],
        {},
        [{}],
        [None, 3],
        {"id": 7},
    ]
)
NAMED = ["id", "full_name", "number", "title", "body", "state", "labels", "user", "login", "type", "updated_at", "name"]
ODD = st.dictionaries(st.sampled_from(NAMED), ANYTHING, max_size=8)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "repository": ANYTHING | ODD,
            "issue": ANYTHING | ODD,
            "comment": ANYTHING | ODD,
            "sender": ANYTHING | ODD,
            "label": ANYTHING | ODD,
            "changes": ANYTHING | ODD,
            "action": ANYTHING,
        },
    )
)
def test_whatever_is_sent_is_read_or_known_to_be_unreadable(payload: dict[str, object]) -> None:
    assert subject_of(payload) == "" or re.fullmatch(r"\d+(#\d+)?", subject_of(payload))
    assert re.fullmatch(r"[A-Za-z_]{0,40}", action_of(payload))
    said = read_happening("issues.opened", json.dumps(payload))
    assert said is None or said.repository.id == subject_of(payload).partition("#")[0]


@pytest.mark.parametrize("text", ["", "[]", "null", "{", '"x"', "[" * 100_000, "{}", '{"repository": {"id": true}}'])
def test_what_is_no_object_about_a_repository_is_unreadable(text: str) -> None:
    assert read_happening("issues.opened", text) is None


@pytest.mark.parametrize("written", [None, 7, "", "yesterday", "2019-05-15T15:20:18", "0001-01-01T00:00:00+23:59"])
def test_an_instant_that_is_none_is_unknown(written: object) -> None:
    assert at_of({"updated_at": written}, "updated_at") is None


def test_a_name_without_its_letters_turned_round_and_nothing_that_no_database_takes() -> None:
    body = json.dumps(
        {
            "repository": {"id": 7, "full_name": "acme/platform"},
            "sender": {"login": "octo\u202ecat\x00", "type": "User"},
            "issue": {"number": 1, "title": "a\ud800b\x07\n  c", "body": "x\u202ey\x1b[31m"},
        }
    )
    said = read_happening("issues.opened", body)
    assert said is not None and said.issue is not None
    assert (said.sender.login, said.issue.title, said.issue.body) == ("octocat", "ab c", "xy[31m")


@pytest.mark.parametrize(
    ("user", "human"),
    [
        ({"login": "octocat", "type": "User"}, True),
        ({"login": "dependabot[bot]", "type": "Bot"}, False),
        ({"login": "sly[bot]", "type": "User"}, False),
        ({"login": "acme", "type": "Organization"}, False),
        ({"login": "octocat"}, False),
    ],
)
def test_only_users_are_human(user: dict[str, str], human: bool) -> None:
    said = read_happening("x", json.dumps({"repository": {"id": 7, "full_name": "a/b"}, "sender": user}))
    assert said is not None and said.sender.human is human


def test_a_megabyte_is_cut_with_a_mark_and_in_no_time() -> None:
    cut = shortened("<!-- " * 200_000, 100)
    assert len(cut) < 150 and cut.endswith("(cut; the rest is at GitHub)")
    assert shortened("short\n", 100) == "short"


# ---------------------------------------------------------------- labels and forms


@pytest.mark.parametrize(
    ("labels", "priority", "kind"),
    [
        ((), Priority.NORMAL, RequestType.OTHER),
        (("Urgent",), Priority.URGENT, RequestType.OTHER),
        (("priority: urgent", "bug"), Priority.URGENT, RequestType.PROBLEM),
        (("production down", "urgent"), Priority.PRODUCTION_DOWN, RequestType.OTHER),
        (("Guidance & usage support",), Priority.NORMAL, RequestType.GUIDANCE),
        (("type/add-remove-user",), Priority.NORMAL, RequestType.ADD_REMOVE_USER),
        (("on-call", "wontfix"), Priority.NORMAL, RequestType.OTHER),
    ],
)
def test_labels_say_priority_and_type(labels: tuple[str, ...], priority: Priority, kind: RequestType) -> None:
    issue = Issue(1, labels=labels)
    assert (priority_of(issue), type_of(issue)) == (priority, kind)


def test_a_form_s_answers_say_them_too() -> None:
    body = "### Request type\n\nProblem/Troubleshooting\n\n### Priority\n\nUrgent: it blocks work\n\n### Priority\n\nx"
    assert priority_of(Issue(1, body=body)) is Priority.URGENT
    assert type_of(Issue(1, body=body)) is RequestType.PROBLEM
    assert priority_of(Issue(1, body="### Priority\n\nNormal")) is Priority.NORMAL
    assert type_of(Issue(1, body="### Request type")) is RequestType.OTHER


def test_a_label_the_title_or_the_text_says_that_production_is_down() -> None:
    for issue in (Issue(1, labels=("production-down",)), Issue(1, title="It is urgent", body="Our website is down")):
        assert says_production_down(issue)
    assert not says_production_down(Issue(1, title="Scale production down to 2 nodes", labels=("urgent",)))


def test_our_own_issues_have_labels_that_we_understand() -> None:
    labels = our_labels(Priority.URGENT, RequestType.CHANGE_REQUEST)
    assert labels == ["on-call", "urgent", "change-request"]
    issue = Issue(1, labels=tuple(labels))
    assert (priority_of(issue), type_of(issue)) == (Priority.URGENT, RequestType.CHANGE_REQUEST)
    assert our_labels(Priority.NORMAL, RequestType.ON_CALL) == ["on-call"]


# ---------------------------------------------------------------- other people's words


@pytest.mark.parametrize(
    "text",
    [
        "@octocat and @acme/team",
        "fixes #12 and acme/platform#7 and GH-3",
        "[click](https://evil.example) ![x](http://evil.example/x.png)",
        "<script>alert(1)</script> <img src=x onerror=y> <!-- on-call:1042 -->",
        "https://github.com/acme/secret/issues/1 www.evil.example HTTPS://evil.example",
        "# a heading\n- a list\n1. one\n===\n---\n> quote\n    code\n```\nfence\n```\n| a | b |\n|---|---|",
        "**bold** _x_ ~~y~~ `z` $math$",
    ],
)
def test_what_others_wrote_is_nothing_but_text(text: str) -> None:
    for shown in (escaped(text), quoted(text)):
        assert not re.search(r"@[A-Za-z0-9]|#\d|[gG][hH]-\d", shown)
        assert not re.search(r"https?://|www\.\w", shown, re.IGNORECASE)
        assert "<" not in shown and marked_number(shown) is None
        assert not re.search(r"(?<!\\)[`*_\[\]|~$]", shown)
    assert not re.search(r"^\s*(#|-|\d+\.|=|>|\s{4})", escaped(text), re.MULTILINE)


@given(st.text(max_size=200))
def test_no_text_at_all_pings_links_or_opens_html(text: str) -> None:
    shown = escaped(text)
    assert not re.search(r"@[A-Za-z0-9]|#\d|<", shown)
    assert not re.search(r"(?<!\\)(\\\\)*[`*_\[\]|~$]", re.sub(r"\\[`*_\[\]|~$\\]", "", shown))


def test_our_own_people_s_links_stay_links_and_their_names_ping_nobody() -> None:
    shown = escaped("see https://status.example/a_b?x=1@y, thanks @octocat", links=True)
    assert "https://status.example/a_b?x=1%40y" in shown and "@octocat" not in shown


def test_no_private_number_is_told() -> None:
    assert "+32470" not in escaped("call me on +32470111111") and "1111" in escaped("call me on +32470111111")
    assert "0470" not in escaped("call me on 0470 11 11 11, or 0470/111.111")
    assert "502 at 10:42 on 2026-11-24" in escaped("error 502 at 10:42 on 2026-11-24")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a <!-- hint --> b", "a  b"),
        ("<!-- one --><!-- two -->", ""),
        ("never closed <!-- my words", "never closed  my words"),
        ("no html", "no html"),
    ],
)
def test_what_html_hides_is_left_out_unless_it_would_hide_everything(text: str, shown: str) -> None:
    assert without_hidden(text) == shown


def test_a_marker_is_found_again() -> None:
    assert marked_number(f"text\n\n{marker(1042)}") == 1042
    assert marked_number(marker(1042, "0f-3a")) == 1042
    assert marked_number("<!-- on-call:x -->") is None


ISSUE_FORMS = Path(__file__).parents[3] / "docs" / "issue-forms"
FORMS = [path for path in sorted(ISSUE_FORMS.glob("*.yml")) if path.name != "config.yml"]


def test_there_is_an_issue_form_for_every_request_type_and_we_understand_what_it_says() -> None:
    types = set()
    for form in map(yaml.safe_load, (path.read_text() for path in FORMS)):
        fields = {
            each["attributes"]["label"]: each["attributes"] for each in form["body"] if each["type"] == "dropdown"
        }
        kind = fields["Request type"]["options"][0]
        for priority, meant in zip(fields["Priority"]["options"], (Priority.NORMAL, Priority.URGENT), strict=True):
            body = f"### Priority\n\n{priority}\n\n### Request type\n\n{kind}\n\n### Description\n\nx"
            issue = Issue(1, body=body)
            assert (priority_of(issue), says_production_down(issue)) == (meant, False)
        types.add(type_of(issue))
        labelled = type_of(Issue(1, labels=tuple(form.get("labels", ()))))
        assert labelled is type_of(issue) or not form.get("labels")
    assert types == set(RequestType)
