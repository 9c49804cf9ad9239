"""Plays the scenario with real phones: citizens dial, press keys and speak; agents answer and speak back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from ..core.settings import Settings
from .phones import Phone, PhoneError, agent_phone, citizen_phone
from .scenario import Citizen
from .speech import Line

AGENTS = ("1001", "1002")
RINGS_S = 1.0
"""How long an agent's phone rings before it is answered."""
LISTENS_S = 1.5
"""How long a citizen listens to each menu before pressing a key."""
PAUSE_S = 0.5
"""Between two turns of a talk."""
ANSWER_LIMIT_S = 120.0
WATCH_S = 60.0

Say = Callable[[str], None]


class Play:
    """The phones of one run. ``say`` is called with a line for people at every step."""

    def __init__(
        self, settings: Settings, folder: Path, lines: Mapping[str, Sequence[Line]], say: Say
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._lines = lines
        self._say = say
        self._answered: dict[str, asyncio.Future[Phone]] = {}
        self._names = {agent.number: agent.name for agent in settings.agents}

    async def run(self, citizens: Sequence[Citizen]) -> None:
        """Play it to the end; raises ``PhoneError`` for a phone that did not do its part."""
        loop = asyncio.get_running_loop()
        self._answered = {citizen.number: loop.create_future() for citizen in citizens}
        async with AsyncExitStack() as stack:
            agents = [await stack.enter_async_context(self._agent(number)) for number in AGENTS]
            for agent in agents:
                await self._sign_in(agent)
            watchers = [asyncio.create_task(self._watch(agent)) for agent in agents]
            stack.push_async_callback(_cancel, watchers)
            async with asyncio.TaskGroup() as group:
                for citizen in citizens:
                    group.create_task(self._citizen(citizen))

    def _agent(self, number: str) -> Phone:
        return agent_phone(self._settings, number, self._folder / number, answer_after_s=RINGS_S)

    async def _sign_in(self, agent: Phone) -> None:
        await agent.call("*11")
        await agent.wait_for("established")
        await agent.wait_for("closed")
        self._say(f"坐席 {self._names[agent.account.user]} 在话机上签入")

    async def _watch(self, agent: Phone) -> None:
        """Tell each citizen's talk which phone answered it; the phone shows the caller's number."""
        while True:
            try:
                event = await agent.wait_for("established", limit_s=WATCH_S)
            except PhoneError:
                continue  # nobody called meanwhile
            for number, answered in self._answered.items():
                if number in event.peer and not answered.done():
                    answered.set_result(agent)

    async def _citizen(self, citizen: Citizen) -> None:
        await asyncio.sleep(citizen.starts_after_s)
        folder = self._folder / citizen.number
        async with citizen_phone(self._settings, citizen.number, folder) as phone:
            await phone.call("12345")
            await phone.wait_for("established")
            self._say(f"{citizen.name} 拨打 12345")
            for key in citizen.keys:
                await asyncio.sleep(LISTENS_S)
                await phone.press(key)
            self._say(f"{citizen.name} 按键 {citizen.keys}，排队等待")
            if citizen.gives_up_after_s is not None:
                await asyncio.sleep(citizen.gives_up_after_s)
                await phone.hang_up()
                self._say(f"{citizen.name} 不等了，挂断")
                return
            agent = await self._agent_of(citizen)
            self._say(f"坐席 {self._names[agent.account.user]} 接听 {citizen.name}")
            await self._talk(phone, agent, self._lines[citizen.number])
            await agent.hang_up()
            if self._settings.evaluation.enabled:
                await self._evaluate(phone, citizen)
            await phone.wait_for("closed")
            self._say(f"{citizen.name} 通话结束")

    async def _evaluate(self, phone: Phone, citizen: Citizen) -> None:
        """Answer the question at the end of the call, or hang up at it."""
        await asyncio.sleep(LISTENS_S)
        if citizen.evaluates:
            await phone.press(citizen.evaluates)
            self._say(f"{citizen.name} 按 {citizen.evaluates} 评价")
        else:
            await phone.hang_up()
            self._say(f"{citizen.name} 不评价，挂断")

    async def _agent_of(self, citizen: Citizen) -> Phone:
        try:
            async with asyncio.timeout(ANSWER_LIMIT_S):
                return await self._answered[citizen.number]
        except TimeoutError:
            raise PhoneError(
                f"no agent's phone answered {citizen.name} in {ANSWER_LIMIT_S:g} s",
                mend="see the switch's log (messages.log)",
            ) from None

    async def _talk(self, citizen: Phone, agent: Phone, lines: Sequence[Line]) -> None:
        for line in lines:
            await asyncio.sleep(PAUSE_S)
            speaker = citizen if line.turn.speaker == "citizen" else agent
            await speaker.play(line.file)
            await asyncio.sleep(line.length_s)
        await asyncio.sleep(PAUSE_S)


async def _cancel(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
