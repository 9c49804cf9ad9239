"""Presses the keys of people whom the robot asks: one for each question, when it is asked."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress

from hotline.core.settings import Settings
from hotline.telephony.ami import Ami, AmiLimits
from hotline.telephony.ami_errors import AmiError
from hotline.telephony.ami_message import AmiMessage
from hotline.telephony.cel import fact_of_event
from hotline.telephony.facts import STEP, step_of

SATISFIED: Mapping[str, str] = {
    "identity": "1",
    "consent": "1",
    "contacted": "1",
    "solved": "1",
    "satisfied": "1",
    "more": "2",
}
LIMITS = AmiLimits(first_pause_s=0.05, longest_pause_s=0.2)


class Finger:
    """``keys`` gives the keys of the person of a callback, by question."""

    def __init__(
        self, actions: Ami, keys: Callable[[str], Mapping[str, str]], after_s: tuple[float, float]
    ) -> None:
        self._after_s = after_s
        self._chance = random.Random("thinking")  # noqa: S311  # the same in every run
        self._actions = actions
        self._keys = keys
        self._of: dict[str, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def observe(self, message: AmiMessage) -> None:
        fact = fact_of_event(message) if message.name == "CEL" else None
        if fact is None or not fact.slot.startswith(STEP):
            return
        name = step_of(fact.slot)[1]
        if name == "HL_ROBOT":
            self._of[fact.leg] = fact.get("callback")
        elif name == "HL_ROBOT_ASK":
            key = self._keys(self._of.get(fact.leg, "")).get(fact.get("question"))
            if key is not None:
                task = asyncio.create_task(self._press(message.get("Channel"), key))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _press(self, channel: str, key: str) -> None:
        await asyncio.sleep(self._chance.uniform(*self._after_s))
        fields = {"Channel": channel, "Digit": key, "Receive": "true", "Duration": "100"}
        with suppress(AmiError):  # the person has just hung up
            await self._actions.action("PlayDTMF", fields)


@asynccontextmanager
async def finger(
    settings: Settings,
    keys: Callable[[str], Mapping[str, str]] = lambda _: SATISFIED,
    *,
    after_s: tuple[float, float] = (0.1, 0.1),
) -> AsyncGenerator[Finger]:
    """Press keys for the length of the block."""
    switch = settings.asterisk
    where = (switch.ami_host, switch.ami_port)
    actions = Ami(*where, "hotline-actions", switch.ami_action_secret, limits=LIMITS)
    events = Ami(*where, "hotline-events", switch.ami_event_secret, wanted=frozenset({"CEL"}), limits=LIMITS)
    made = Finger(actions, keys, after_s)
    events.on("*", made.observe)
    tasks = [asyncio.create_task(one.run()) for one in (actions, events)]
    try:
        await actions.wait_connected(20)
        await events.wait_connected(20)
        yield made
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
