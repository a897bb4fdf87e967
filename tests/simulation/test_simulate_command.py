"""`oncall simulate`: the story for people, random worlds for programs, exit 1 where a promise was broken."""

import json

import pytest
from click.testing import CliRunner

from oncall.__main__ import main
from oncall.cli.commands import oncall


def test_the_story_is_told_from_the_first_ring_to_the_last_text() -> None:
    told = CliRunner().invoke(oncall, ["simulate"], env={"COLUMNS": "200"})
    assert told.exit_code == 0
    lines = [line for line in told.output.splitlines() if line.strip()]
    assert "dials the hotline" in lines[2]
    for words in ("Alice Martin  presses 1", "Acknowledged. You have incident", "Alice Martin has your incident 1001"):
        assert any(words in line for line in lines), words
    assert "03:07:00" in lines[1]
    assert lines[-1].startswith("Every promise held.")


def test_the_story_as_json_has_times_in_utc() -> None:
    told = json.loads(CliRunner().invoke(oncall, ["simulate", "--json"]).output)
    assert told["timeline"][0]["at"] == "2026-03-10T02:07:00.000000Z"
    assert all(set(line) == {"at", "who", "what"} for line in told["timeline"])


def test_a_random_world_is_summed_up_and_its_seed_named() -> None:
    told = CliRunner().invoke(oncall, ["simulate", "--seed", "5", "--incidents", "2", "--faults"])
    assert told.exit_code == 0
    assert told.output.startswith("Seed 5: ")
    assert "Every promise held." in told.output
    again = CliRunner().invoke(oncall, ["simulate", "--seed", "5", "--incidents", "2", "--faults", "--json"])
    summary = json.loads(again.output)
    assert summary["seed"] == 5
    assert summary["broken"] == []


def test_a_broken_promise_exits_1_and_names_the_command_that_shows_it_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("oncall.engine.tick.page_deliveries", lambda *_args, **_more: [])
    monkeypatch.setattr("sys.argv", ["oncall", "simulate", "--seed", "6", "--incidents", "1", "--json"])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    assert ended.value.code == 1
    assert "See it again with: oncall simulate --seed 6 --incidents 1" in err
    assert json.loads(out)["broken"]


def test_a_number_of_incidents_that_makes_no_world_is_a_usage_error() -> None:
    assert CliRunner().invoke(oncall, ["simulate", "--seed", "1", "--incidents", "0"]).exit_code == 2
