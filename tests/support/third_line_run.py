"""Carries out one run of the trial: its telephones do what the plan says, and see what comes of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from support.third_line_phones import Leg
from support.third_line_plan import Expected, Plan, expected
from support.third_line_scene import Scene, agent_of, code_of
from support.third_line_sound import CITIZENS

Found = TypeVar("Found")
LIMIT_S = 30.0
"""So long for anything that must come, on however busy a machine."""
_SILENT_TRUNK_S = 5.0
"""The switch waits 4 s for a trunk that says nothing at all."""
_UNHEARD_S = 6.0
"""Without an INVITE after a request for so long, the agent presses the key."""


class Wrong(AssertionError):
    """What a run must not do."""


@dataclass
class Run:
    """A run and what its telephones saw."""

    plan: Plan
    disturbed: bool = False
    """Whether its wave has an event."""
    citizen: Leg | None = None
    agents: list[Leg] = field(default_factory=list)
    attempts: list[tuple[int, Leg]] = field(default_factory=list)
    """Each INVITE to the third line, with its route."""
    asked: list[str] = field(default_factory=list)
    call: str = ""
    wrong: str = ""
    ended_at: float = 0.0

    @property
    def number(self) -> str:
        return f"139{self.plan.number:08d}"

    @property
    def expected(self) -> Expected:
        return expected(self.plan)

    @property
    def is_overtaken(self) -> bool:
        """Whether the third line had answered before somebody hung up who should have while it rang."""
        leaver = self.citizen if self.plan.hangs_up == "citizen" else next(iter(self.agents), None)
        return (
            self.plan.when == "ringing"
            and leaver is not None
            and any(leg.answered_at <= leaver.ended_at for leg in self.answered())
        )

    def answered(self) -> list[Leg]:
        return [leg for _, leg in self.attempts if leg.answered_at]


class Trial:
    """All runs on one scene."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.runs: dict[str, Run] = {}
        self._rooms: dict[str, Run] = {}
        scene.desks.incoming = self._agent_rings
        scene.first.incoming = lambda leg: self._line_rings(leg, 1)
        scene.second.incoming = lambda leg: self._line_rings(leg, 2)

    async def go(self, run: Run) -> None:
        """Carry a run out; what goes wrong stands in it."""
        self.runs[run.number] = run
        try:
            await self._go(run)
        except (AssertionError, TimeoutError) as error:
            run.wrong = f"{type(error).__name__}: {error}"
        finally:
            for leg in (run.citizen, *run.agents, *(leg for _, leg in run.attempts)):
                if leg is not None:
                    await leg.hang_up()
            run.ended_at = time.time()

    async def _go(self, run: Run) -> None:
        plan = run.plan
        await asyncio.sleep(plan.begins_s)
        run.citizen = citizen = await self.scene.citizens.call(
            run.number, "12345", CITIZENS[plan.number % len(CITIZENS)]
        )
        agent = await _there(lambda: run.agents and run.agents[0].talks and run.agents[0], "an agent answers")
        await hear_each_other("citizen and agent talk", citizen, agent)
        await asyncio.sleep(plan.asks_s)
        await self._ask(run, agent)
        leaver = {"agent": agent, "citizen": citizen}.get(plan.hangs_up)
        if plan.when == "ringing" and leaver is not None:
            await asyncio.sleep(plan.late_s)
            await leaver.hang_up()
            if leaver is agent:
                await self._company(run)
        else:
            await self._answered(run, agent)
        await asyncio.sleep(0 if citizen.ended_at else plan.stays_s)
        if citizen.ended_at and citizen.ended_by != "self":
            raise Wrong(f"the citizen was dropped: {citizen.ended_by}")
        await citizen.hang_up()
        others = [*run.agents, *(leg for _, leg in run.attempts)]
        await _there(lambda: all(leg.ended_at for leg in others), "everybody else is let go")

    async def _ask(self, run: Run, agent: Leg) -> None:
        """Have the third line called: over the API where planned and possible, else by the key."""
        if run.plan.how == "api":
            run.call = await self.scene.call_of(run.number)
            wanted = {"target": code_of(agent.called), "mode": run.plan.mode}
            status, told = await self._post(f"calls/{run.call}/three-way", wanted)
            run.asked.append(f"api {status} {told.get('type', '')}")
            if status != 202 and not run.disturbed:
                raise Wrong(f"the request was answered with {status}: {told}")
            if status == 202 and await _soon(
                lambda: bool(run.attempts), _UNHEARD_S if run.disturbed else LIMIT_S
            ):
                return
            if run.attempts:
                return
        run.asked.append("key")
        await agent.keys(f"*{code_of(agent.called)}")
        await _there(lambda: bool(run.attempts), "the third line is called")

    async def _post(self, path: str, wanted: dict[str, str]) -> tuple[int, Any]:
        """Ask the service; a talk that the journal tells of may not have reached it on a busy machine."""
        end = time.monotonic() + _UNHEARD_S
        while True:
            status, told = await self.scene.post(path, wanted)
            late = status and told.get("type", "").endswith((".no_call", ".not_in_talk"))
            if not late or time.monotonic() > end:
                return status, told
            await asyncio.sleep(0.2)

    async def _answered(self, run: Run, agent: Leg) -> None:
        """From the ringing to the end of the talk of three, or of the two who are left."""
        plan, citizen = run.plan, run.citizen
        assert citizen is not None
        if "answer" not in plan.ways:
            routes = run.expected.routes
            await _there(
                lambda: len(run.attempts) >= routes and run.attempts[-1][1].ended_at, "both routes fail"
            )
            if plan.ways[1] == "silent":
                await asyncio.sleep(_SILENT_TRUNK_S)
            await hear_each_other("citizen and agent go on", citizen, agent)
            return
        line = await _there(lambda: next(iter(run.answered()), None), "the third line answers")
        if len(run.asked) > 1:
            # The key was pressed after a request that came to nothing, or to half: the citizen may wait.
            await hear_each_other("agent and third line", agent, line)
            if not await _soon(lambda: bool(_heard(citizen, line.sound.hertz, time.time() - 1)), 3):
                await self._join(agent, citizen)
        if plan.mode == "direct" or len(run.asked) > 1:
            await hear_each_other("all three", citizen, agent, line)
        else:
            await hear_each_other("agent and third line consult", agent, line)
            if plan.hangs_up == "":
                await asyncio.sleep(plan.stays_s / 2)
                await self._join(agent, citizen)
                await hear_each_other("all three after the consultation", citizen, agent, line)
        if plan.hangs_up == "":
            return
        await asyncio.sleep(plan.late_s)
        await {"line": line, "agent": agent, "citizen": citizen}[plan.hangs_up].hang_up()
        if plan.hangs_up == "line":
            await hear_each_other("citizen and agent after the third line", citizen, agent)
        elif plan.hangs_up == "agent":
            await hear_each_other("citizen and third line after the agent", citizen, line)

    async def _join(self, agent: Leg, citizen: Leg) -> None:
        since = time.time()
        for _ in range(3):
            await agent.keys("*91")
            if await _soon(lambda: bool(_heard(citizen, agent.sound.hertz, since)), 5):
                return

    async def _company(self, run: Run) -> None:
        """The agent has gone before the third line answered: the citizen comes to somebody all the same."""
        citizen, since = run.citizen, time.time()
        assert citizen is not None

        def who() -> Leg | None:
            there = [leg for leg in (*run.answered(), *run.agents[1:]) if leg.talks]
            return next((leg for leg in there if _hear_both(citizen, leg, since)), None)

        found = await _there(who, "the citizen and whoever came hear each other")
        if run.plan.mode == "direct" and not run.disturbed and found not in run.answered():
            raise Wrong("the citizen was sent back to the queue while the third line rang")

    def _agent_rings(self, leg: Leg) -> None:
        run = self.runs.get(leg.caller)
        if run is None or run.ended_at:
            leg.refuse(480)
            return
        run.agents.append(leg)
        self._rooms[leg.called] = run
        self.scene.desks.task(_answer(leg, 0.2))

    def _line_rings(self, leg: Leg, route: int) -> None:
        run = self._rooms.get(agent_of(leg.called))
        if run is None:
            leg.refuse(404)
            return
        run.attempts.append((route, leg))
        way = run.plan.ways[route - 1]
        if way == "silent":
            leg.be_silent()
        elif way in ("busy", "503"):
            leg.refuse(486 if way == "busy" else 503)
        else:
            self.scene.first.task(_answer(leg, run.plan.rings_s if way == "answer" else None))


async def _answer(leg: Leg, after_s: float | None) -> None:
    await leg.ring()
    if after_s is not None:
        await asyncio.sleep(after_s)
        await leg.accept()


async def hear_each_other(what: str, *legs: Leg) -> None:
    """Wait until each of them hears all the others, from now on, and all of them are there."""
    since = time.time()

    def missing() -> list[str]:
        gone = [f"{leg.called or leg.caller} has gone ({leg.ended_by})" for leg in legs if leg.ended_at]
        return gone or [
            f"{one.called} does not hear {other.called}{_instead(one, since)}"
            for one in legs
            for other in legs
            if one is not other and not _heard(one, other.sound.hertz, since)
        ]

    if not await _soon(lambda: not missing(), LIMIT_S):
        raise Wrong(f"{what}: {'; '.join(missing())}")


def _instead(leg: Leg, since: float) -> str:
    """Tell whether there is anything at all to be heard, such as music."""
    sounds = any(look.is_sound and not look.tones for look in leg.sound.heard if look.at >= since)
    return ", but music" if sounds else ""


def _hear_both(one: Leg, other: Leg, since: float) -> bool:
    return _heard(one, other.sound.hertz, since) and _heard(other, one.sound.hertz, since)


def _heard(leg: Leg, hertz: int, since: float) -> bool:
    for look in reversed(leg.sound.heard):
        if look.at < since:
            return False
        if hertz in look.tones:
            return True
    return False


async def _there(find: Callable[[], Found], what: str, *, every_s: float = 0.05) -> Found:
    end = time.monotonic() + LIMIT_S
    while not (found := find()):
        if time.monotonic() > end:
            raise Wrong(f"not in {LIMIT_S:g} s: {what}")
        await asyncio.sleep(every_s)
    return found


async def _soon(true: Callable[[], object], limit_s: float) -> bool:
    end = time.monotonic() + limit_s
    while not true():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(0.05)
    return True
