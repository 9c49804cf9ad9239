"""The dialler against a switch, a store and itself failing at any moment: nothing twice, nothing lost."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.callback_bot.dial.attempt import SECOND_US, SETTLED_US
from hotline.callback_bot.model import Outcome
from support.robot_world import Fate, World, fates
from support.virtual_time import run_virtually

LIMIT_S = 3600.0


async def campaign(world: World, *, kills: tuple[float, ...] = (), away: tuple[float, ...] = ()) -> None:
    """Run a campaign to its end; the service is killed and begun anew, the connection goes for a while."""
    loop = asyncio.get_running_loop()
    running = asyncio.create_task(world.new_dialler().run())
    moments = sorted([*((at, "kill") for at in kills), *((at, "away") for at in away)])
    try:
        for at, what in moments:
            await asyncio.sleep(max(at - loop.time(), 0.0))
            if what == "kill":
                await _end(running)
                running = asyncio.create_task(world.new_dialler().run())
            else:
                world.connected = not world.connected
        world.connected = True
        while not world.is_over:  # virtual time
            assert loop.time() < LIMIT_S, f"never over: {world.waiting} wait, {len(world.endings)} ended"
            assert not running.done()
            await asyncio.sleep(0.5)
    finally:
        await _end(running)
        for task in world.tasks:
            task.cancel()


async def _end(running: asyncio.Task[None]) -> None:
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


def check(world: World) -> None:
    """Nobody twice at a time, nobody lost, nothing ordered twice, and what is stored is what happened."""
    assert len(world.orders) == len(set(world.orders)), "an attempt was ordered twice"
    assert max(world.had.values(), default=0) <= 1, "an attempt was dialled twice"
    assert set(world.had) <= set(world.attempts), "something was dialled that was never stored"
    assert world.most_at_once <= world.lines
    for name, ending in world.endings.items():
        assert (ending.outcome is Outcome.NEVER_BEGUN) == (name not in world.had), name
        if name in world.had and world.truth[name] is not Outcome.UNKNOWN:
            assert ending.outcome is world.truth[name]
        levels = [answer.value for answer in world.answers[name]]
        assert bool(levels) == (ending.outcome is Outcome.COMPLETED)
        assert set(levels) <= {"满意", "不满意"}
    reached = [
        int(world.attempts[name].callback) for name, end in world.endings.items() if _counts(end.outcome)
    ]
    assert sorted(reached) == list(range(world.callbacks)), "each person was called once in the end"


def _counts(outcome: Outcome) -> bool:
    return outcome not in (Outcome.NEVER_BEGUN, Outcome.LINE_FAILED)


def test_a_campaign_without_trouble_keeps_its_lines_busy():
    world = World(callbacks=30, lines=3)
    seconds: list[float] = []

    async def run() -> None:
        await campaign(world)
        seconds.append(asyncio.get_running_loop().time())

    run_virtually(run())
    check(world)
    assert world.most_at_once == 3
    assert len(world.orders) == 30
    assert seconds[0] < 10 * 6.05 * 1.07 + 1


@pytest.mark.parametrize("outcome", ["busy", "line_failed"])
def test_a_line_that_fails_rests_and_the_persons_do_not_count(outcome):
    cause = {"busy": 17, "line_failed": 34}[outcome]
    world = World([Fate(cause=cause)] * 6 + [Fate()], callbacks=6, lines=3)
    run_virtually(campaign(world))
    check(world)
    assert len(world.orders) == (6 if outcome == "busy" else 12)


def test_an_order_of_which_nothing_is_known_is_given_up_only_when_it_is_old_enough():
    world = World([Fate(taken=False, answer="lost"), Fate()], callbacks=1)
    run_virtually(campaign(world))
    check(world)
    given_up, reached = world.endings.values()
    assert (given_up.outcome, reached.outcome) == (Outcome.NEVER_BEGUN, Outcome.COMPLETED)
    first, second = world.attempts.values()
    assert (second.at - first.at).total_seconds() >= SETTLED_US / SECOND_US


def test_after_a_kill_the_next_one_follows_the_calls_that_go_on():
    world = World([Fate(talks_s=20)], callbacks=3, lines=3)
    run_virtually(campaign(world, kills=(3.0,)))
    check(world)
    assert len(world.orders) == 3


def test_a_switch_that_dies_with_its_calls_leaves_them_with_an_unknown_end():
    world = World([Fate(rings_s=1.0, talks_s=60, level="")] * 3 + [Fate()], callbacks=3, lines=3)

    async def run() -> None:
        asyncio.get_running_loop().call_later(0.9, world.restart_switch)
        await campaign(world)

    run_virtually(run())
    assert [end.outcome for end in world.endings.values()] == [Outcome.UNKNOWN] * 3
    assert len(world.orders) == 3


@given(data=st.data())
@settings(deadline=None, max_examples=60)
def test_whatever_fails_whenever_nobody_is_called_twice_and_nobody_is_lost(data: st.DataObject) -> None:
    moments = st.lists(st.floats(0.0, 60.0), max_size=4).map(tuple)
    seed = data.draw(st.integers(0, 2**32))
    world = World(
        [*fates(random.Random(seed), 12), Fate()],  # noqa: S311  # a seed makes a failure repeatable
        callbacks=data.draw(st.integers(1, 8)),
        lines=data.draw(st.integers(1, 4)),
        store_fails=frozenset(data.draw(st.lists(st.integers(1, 40), max_size=5))),
    )
    run_virtually(campaign(world, kills=data.draw(moments), away=data.draw(moments)))
    check(world)
