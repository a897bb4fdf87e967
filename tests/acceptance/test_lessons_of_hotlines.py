"""What has gone wrong in other hotlines, one night each, named after it: callers on hold, wrong telephones."""

from oncall.core.incident import IncidentState
from tests.acceptance.cast import Stage


def test_a_caller_listened_to_ringing_while_one_after_the_other_was_dialled(stage, jane):
    """bmlt-enabled/yap#327, #960, #107: 45 to 75 minutes, or for ever. Ours hangs up knowing the number."""
    began = stage.world.now
    jane.dials()
    jane.explains()
    jane.waits_for_the_end_of_the_call()
    assert (stage.world.now - began).total_seconds() < 90
    assert jane.has_heard("Your incident number is 1 0 0 1")
    stage.world.run_for(30 * 60)
    assert stage.incident().state is IncidentState.TRIGGERED
    assert all(engineer.rang for engineer in (stage.alice, stage.bob, stage.dana))


def test_one_disconnected_number_took_the_voicemail_from_all_callers(stage, jane, alice, bob):
    """bmlt-enabled/yap#971, #702, #823: the caller of a list with a dead number is recorded and told like any other."""
    alice.phone.refuses_calls(21211)
    alice.phone.refuses_texts(21211)
    jane.dials()
    jane.explains()
    jane.hears("Your incident number is 1 0 0 1")
    bob.phone.rings(within_seconds=15)
    assert "The caller recorded the problem" in stage.facts()


def test_telephones_of_people_off_shift_rang_once(stage_before_the_handoff):
    """bmlt-enabled/yap#159: before the handoff nobody but Alice, who has the shift, and after it nobody but Bob."""
    stage: Stage = stage_before_the_handoff
    stage.jane.dials()
    stage.jane.explains()
    stage.pages_and_one_acknowledges(stage.alice)
    assert not stage.bob.rang
    assert not stage.carol.rang
    stage.alice.texts("RESOLVE 1001 done")
    stage.world.run_for(10 * 60)
    before = len(stage.alice.rang)
    stage.jane.dials()
    stage.jane.explains()
    stage.pages_and_one_acknowledges(stage.bob)
    stage.world.run_for(20 * 60)
    assert len(stage.alice.rang) == before
    assert not stage.carol.rang
    assert not stage.dana.rang


def test_two_legs_to_one_telephone_rang_nobody(stage, jane, alice, bob):
    """bmlt-enabled/yap#926: however long nobody answers, no telephone is called by two calls at once."""
    jane.dials()
    jane.explains()
    for _ in range(25 * 60):
        stage.world.run_for(1)
        for engineer in (alice, bob, stage.dana):
            assert sum(call.status == "ringing" for call in engineer.rang) <= 1, "\n".join(stage.world.timeline())
    assert len(alice.rang) >= 6
    assert bob.rang
