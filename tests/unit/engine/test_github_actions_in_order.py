"""Of what was done to an action, here and at GitHub, the later stands, in whatever order it is heard of."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Event

import psycopg
import pytest
from sqlalchemy import make_url

from oncall.core.postmortem_actions import ActionState
from oncall.sim.github import RefusedError
from oncall.store import SqlDatabase
from tests.unit.engine.github import BOB_THERE, OCTOCAT, REPO
from tests.unit.engine.hotline import MINUTE
from tests.unit.engine.mended import WAITING, WITHOUT, Mended


def test_webhooks_of_closing_and_opening_again_that_come_in_the_wrong_order_leave_the_later_one_standing(
    database: SqlDatabase,
) -> None:
    night = Mended(database)
    night.published()
    night.hear()
    night.later(MINUTE)
    night.there.closes(REPO, 2, by=BOB_THERE)
    night.later(MINUTE)
    night.there.reopens(REPO, 2, by=BOB_THERE)
    night.later(MINUTE)
    night.receive(reversed(night.there.deliveries()))
    assert night.action().state is ActionState.OPEN
    night.there.closes(REPO, 2, by=BOB_THERE)
    night.later(MINUTE)
    night.there.reopens(REPO, 2, by=BOB_THERE)
    night.later(MINUTE)
    night.there.closes(REPO, 2, by=OCTOCAT)
    closed, reopened, closed_again = night.there.deliveries()
    night.later(MINUTE)
    night.receive([closed, closed_again, reopened])
    assert night.action().state is ActionState.DONE
    assert night.action().done_at == night.clock.at - 3 * MINUTE


def test_an_opening_that_is_later_counts_although_the_closing_was_heard_late(database: SqlDatabase) -> None:
    night = Mended(database)
    night.published()
    night.hear()
    night.later(MINUTE)
    night.there.closes(REPO, 2, by=BOB_THERE)
    night.later(MINUTE)
    night.there.reopens(REPO, 2, by=BOB_THERE)
    night.later(MINUTE)
    night.hear()
    assert night.action().state is ActionState.OPEN


def test_within_one_second_the_order_of_arrival_counts_and_the_sweep_has_the_last_word(database: SqlDatabase) -> None:
    night = Mended(database)
    night.published()
    night.hear()
    night.later(MINUTE)
    night.there.closes(REPO, 2, by=BOB_THERE)
    night.there.reopens(REPO, 2, by=BOB_THERE)
    closed, reopened = night.there.deliveries()
    night.receive([closed, reopened])
    assert night.action().state is ActionState.OPEN
    night.receive([replace(closed, delivery="another")])
    night.waits(10)
    assert night.action().state is ActionState.OPEN


def test_what_is_done_or_taken_up_here_is_undone_by_nothing_older_from_there(database: SqlDatabase) -> None:
    night = Mended(database)
    night.published()
    night.hear()
    night.later(MINUTE)
    night.there.closes(REPO, 2, by=BOB_THERE)
    night.later(MINUTE)
    night.there.reopens(REPO, 2, by=BOB_THERE)
    closed, reopened = night.there.deliveries()
    night.later(MINUTE)
    night.clicked(is_done=True)
    night.receive([reopened])
    assert night.action().state is ActionState.DONE
    night.later(MINUTE)
    night.clicked(is_done=False)
    night.receive([closed])
    assert night.action().state is ActionState.OPEN
    night.hear()
    assert night.state() == "open"


def test_what_people_did_meanwhile_is_not_undone_by_what_was_still_to_be_told(database: SqlDatabase) -> None:
    night = Mended(database)
    night.published()
    night.hear()
    night.there.refuses = RefusedError(503, "away")
    night.clicked(is_done=True)
    night.later(MINUTE)
    night.there.closes(REPO, 2, by=BOB_THERE)
    night.later(MINUTE)
    night.there.reopens(REPO, 2, by=BOB_THERE)
    night.hear()
    night.there.refuses = None
    night.later(timedelta(hours=1))
    assert night.action().state is ActionState.OPEN and night.state() == "open"


@pytest.mark.postgres
def test_an_issue_that_is_linked_while_a_new_version_is_written_stays_linked_and_is_closed(
    postgres_database: SqlDatabase, postgres_url: str
) -> None:
    night = Mended(postgres_database)
    night.there.refuses = RefusedError(503, "away")
    night.published()
    link = f"https://github.com/{REPO}/issues/2"
    plain = make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with ThreadPoolExecutor(1) as others, psycopg.connect(plain, autocommit=True) as watching:
        with night.database.begin() as uow:
            night.runtime.postmortems.action_linked(uow, night.number, night.action().key, link)
            writing = others.submit(night.written, WITHOUT)
            pause = Event()
            while not writing.done() and not watching.execute(WAITING).fetchone():
                pause.wait(0.01)
        writing.result(timeout=30)
    assert (night.action().state, night.action().link) == (ActionState.DROPPED, link)
    assert [each.type for each in night.told()] == ["action.opened", "action.closed"]
