"""Everybody at the same store at once: claims, ends, refusals, the quiet list, imports, pauses, the sweep."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import suppress

from sqlalchemy import func, select

from hotline.callback_bot.dial.attempt import Ending
from hotline.callback_bot.model import Outcome
from hotline.callback_bot.schedule import campaigns
from hotline.callback_bot.schedule.people import never_again
from hotline.callback_bot.schedule.sweep import sweep
from hotline.callback_bot.tables import AttemptRow, CallbackRow, PersonRow
from hotline.core.db import Database
from support.robot_store import RobotStore, new, robot_settings

NODES, PEOPLE, MATTERS, ROUNDS = 3, 12, 90, 12
ENDS = (Outcome.COMPLETED, Outcome.REFUSED, Outcome.BUSY, Outcome.NEVER_BEGUN, Outcome.LINE_FAILED)


async def test_nobody_waits_in_a_ring_and_nobody_is_called_twice(database: Database) -> None:
    chance = random.Random(11)  # noqa: S311  # which things meet, the same in every run
    options = {"person_gap_minutes": 1, "person_per_day": 10, "tries": 10}
    nodes = [RobotStore(database, robot_settings(f"node{i}", **options)) for i in range(NODES)]
    numbers = iter(range(MATTERS))
    quiet: set[str] = set()

    async def add(node: RobotStore) -> None:
        some = [next(numbers, None) for _ in range(4)]
        news = [new(i, phone=f"139{i % PEOPLE:08}", priority=i % 3) for i in some if i is not None]
        chance.shuffle(news)
        await node.adding.add("november", news) if news else None

    async def claim(node: RobotStore) -> None:
        await node.claim()

    async def end(node: RobotStore) -> None:
        for attempt in await node.store.open_attempts():
            await node.store.finish(attempt.id, Ending(chance.choice(ENDS)))

    async def refuse(node: RobotStore) -> None:
        phone = f"139{chance.randrange(PEOPLE):08}"
        if chance.random() < 0.2:
            async with database.write() as session:
                await never_again(session, phone, node.now, why="来信", who="web")
            quiet.add(phone)

    async def tidy(node: RobotStore) -> None:
        await sweep(database, node.now)
        with suppress(campaigns.CampaignStateError):  # it ends while nothing of it is open
            async with database.write() as session:
                await (campaigns.pause if chance.random() < 0.3 else campaigns.resume)(session, "november")

    for node in nodes:
        await node.campaign()
    for _ in range(ROUNDS):
        acts = [(act, node) for act in (add, claim, end, refuse, claim, tidy) for node in nodes]
        chance.shuffle(acts)
        async with asyncio.TaskGroup() as group:
            for act, node in acts:
                group.create_task(act(node))
        for node in nodes:
            node.after(minutes=6)
        await _judge(database)

    async with database.read() as session:
        marked = set(await session.scalars(select(PersonRow.phone).where(PersonRow.quiet_at.is_not(None))))
        attempts = await session.scalar(select(func.count()).select_from(AttemptRow))
    assert quiet <= marked
    assert attempts is not None
    assert attempts > PEOPLE


async def _judge(database: Database) -> None:
    """Each callback that is being called has one attempt, which holds its person; no one else does."""
    async with database.read() as session:
        open_ = (await session.scalars(select(AttemptRow).where(AttemptRow.state == "dialling"))).all()
        calling = set(await session.scalars(select(CallbackRow.id).where(CallbackRow.state == "calling")))
        holding = select(PersonRow.attempt, PersonRow.phone).where(PersonRow.attempt.is_not(None))
        held = {attempt: phone for attempt, phone in await session.execute(holding)}
        ended = Counter(
            await session.scalars(select(AttemptRow.callback).where(AttemptRow.outcome == "completed"))
        )
    assert sorted(one.callback for one in open_) == sorted(calling)
    assert held == {one.id: one.number for one in open_}
    assert len(set(held.values())) == len(held)
    assert set(ended.values()) <= {1}
