"""Our host is down, and the documents that `oncall fallback` prints answer from elsewhere."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from oncall.cli import fallback as fallback_command
from oncall.sim.story import STARTS_AT
from oncall.sim.world_accounts import PUBLIC_URL
from oncall.sim.world_schedules import WEEKLY
from tests.acceptance.cast import Stage

DOWN_FOR = 600


class ClockAtTheStart:
    """The clock of the world in which the documents are printed."""

    def now(self):
        return STARTS_AT


@pytest.fixture
def documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """voice.xml, thanks.xml and sms.xml, as they are printed for this night."""
    schedules = tmp_path / "schedules"
    schedules.mkdir()
    for name, text in WEEKLY.items():
        (schedules / name).write_text(text)
    monkeypatch.setattr(fallback_command, "SystemClock", ClockAtTheStart)
    environ = {
        "ONCALL_SCHEDULES_DIR": str(schedules),
        "DATABASE_URL": f"sqlite:///{tmp_path}/none.db",
        "ONCALL_PUBLIC_URL": PUBLIC_URL,
    }
    printed = CliRunner(env=environ).invoke(fallback_command.fallback, ["--into", str(tmp_path / "hosted")])
    assert printed.exit_code == 0, printed.output
    return tmp_path / "hosted"


@pytest.fixture
def stage(documents: Path) -> Stage:
    def hosted(path: str) -> bytes:
        return (documents / path.lstrip("/").replace("voice", "voice.xml", 1).replace(".xml.xml", ".xml")).read_bytes()

    stage = Stage(fallback=hosted)
    carrier = stage.world.carrier
    # A host of files answers nothing but GET.
    carrier.hotline = replace(carrier.hotline, voice_fallback_method="GET")
    stage.world.run_for(1)
    stage.world.host_down_for(DOWN_FOR)
    return stage


def wait_until_we_are_back(stage: Stage) -> None:
    stage.world.run_to(STARTS_AT + timedelta(seconds=DOWN_FOR))


def test_the_engineers_are_rung_one_after_the_other_then_it_records_and_the_call_becomes_an_incident(stage: Stage):
    stage.jane.dials()
    stage.alice.phone.rings(within_seconds=30)
    assert not stage.bob.rang, "rung together, the first mailbox to pick up would have the caller"
    assert stage.alice.call.other == stage.world.carrier.hotline.number
    stage.bob.phone.rings(within_seconds=60)
    assert stage.alice.rang[0].status == "no-answer"
    stage.bob.declines()
    stage.jane.says_name("The shop answers nothing but errors")
    stage.jane.waits_for_the_end_of_the_call()
    assert stage.incidents() == []

    wait_until_we_are_back(stage)
    stage.pages_and_one_acknowledges(stage.alice, within_seconds=5)
    stage.jane.gets_sms("Alice Martin")
    assert "stood in the provider's list" in stage.facts()
    assert "The caller recorded a message" in stage.facts()
    assert [each.caller_number for each in stage.incidents()] == [stage.jane.number]
    assert {entry.code for entry in stage.world.carrier.debugger} == {11205}, "only that we were not there"


def test_an_engineer_who_answers_talks_with_the_caller_and_it_is_paged_for_all_the_same(stage: Stage):
    stage.jane.dials()
    stage.alice.phone.rings(within_seconds=30)
    stage.alice.answers()
    stage.jane.says(stage.jane.call, "The shop is down")
    stage.alice.hears("The shop is down")
    stage.alice.says(stage.alice.call, "I am looking at it")
    stage.jane.hears("I am looking at it")
    stage.jane.hangs_up()
    stage.world.run_for(60)
    assert stage.alice.rang[-1].status == "completed"
    assert not stage.bob.rang
    wait_until_we_are_back(stage)
    stage.pages_and_one_acknowledges(stage.alice, within_seconds=5)


def test_a_caller_who_hangs_up_is_rung_for_no_more(stage: Stage):
    stage.jane.dials()
    stage.alice.phone.rings(within_seconds=30)
    stage.jane.hangs_up()
    stage.world.run_for(120)
    assert [call.status for call in stage.alice.rang] == ["canceled"]
    assert not stage.bob.rang
