"""Leads citizens through the robot's questions: each knows what is asked by the switch's marks."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Protocol

import numpy as np
import soundfile
from numpy.typing import NDArray
from sqlalchemy import select

from hotline.callback_bot.tables import AttemptRow
from hotline.core.db import Database
from hotline.demo.phones import Phone
from hotline.telephony.ami_message import AmiMessage
from hotline.telephony.cel import fact_of_event
from hotline.telephony.facts import STEP, step_of
from support.line_set import melody, rhythm, say, silence, tone
from support.robot_citizens import Citizen
from support.robot_phones import alaw, early, voice_of
from support.third_line_phones import Leg

RATE = 8000
Pcm = NDArray[np.float32]
VOICES = ("", "+Andy")
REPEATED = 4
"""Networks and machines say so often what they say, unless the call is ended meanwhile."""
SOUNDS: Mapping[str, Pcm] = {
    "busy": rhythm(0.35, 0.35, 8, 450),
    "ring": rhythm(1, 1.5, 1, 450),
    "music": melody(3),
    "fax": np.concatenate([silence(0.5), tone(3, 2100)]),
}


class Asked:
    """What the switch asks on each attempt; let it ``observe`` every event."""

    def __init__(self) -> None:
        self._of: defaultdict[str, asyncio.Queue[tuple[str, str]]] = defaultdict(asyncio.Queue)

    def observe(self, message: AmiMessage) -> None:
        fact = fact_of_event(message) if message.name == "CEL" else None
        if fact is None or not fact.slot.startswith(STEP):
            return
        name = step_of(fact.slot)[1]
        if name == "HL_ROBOT_ASK":
            self._of[fact.leg].put_nowait((fact.get("question"), fact.get("by")))
        elif name == "HL_HUMAN":
            self._of[fact.leg].put_nowait(("human", ""))

    def of(self, attempt: str) -> asyncio.Queue[tuple[str, str]]:
        """Return the questions of an attempt (``human``: put through) and how they are to be answered."""
        return self._of[attempt]


class Hand(Protocol):
    """A telephone in a citizen's hand."""

    async def say(self, words: Pcm) -> None: ...
    async def press(self, key: str) -> None: ...
    async def hang_up(self) -> None: ...


class OfLeg:
    """A telephone of the test's own."""

    def __init__(self, leg: Leg) -> None:
        self._leg = leg

    async def say(self, words: Pcm) -> None:
        voice_of(self._leg).say(alaw(words))

    async def press(self, key: str) -> None:
        await self._leg.keys(key)

    async def hang_up(self) -> None:
        await self._leg.hang_up()


class OfBaresip:
    """A baresip."""

    def __init__(self, phone: Phone, folder: Path) -> None:
        self._phone, self._folder = phone, folder
        self._count = 0

    async def say(self, words: Pcm) -> None:
        self._count += 1
        file = self._folder / f"said-{self._count}.wav"
        soundfile.write(file, words, RATE, subtype="PCM_16")
        await self._phone.play(file)

    async def press(self, key: str) -> None:
        await self._phone.press(key)

    async def hang_up(self) -> None:
        await self._phone.hang_up()


class Talks:
    """The citizens of a test by their numbers; every word is spoken before it begins."""

    def __init__(self, citizens: Mapping[str, Citizen], asked: Asked) -> None:
        self.citizens = citizens
        self.database: Database | None = None
        """Of the robot that calls now."""
        self._asked = asked
        self._words: dict[tuple[str, str], Pcm] = {}

    def prepare(self, folder: Path) -> None:
        """Have every word spoken."""
        for place, citizen in enumerate(self.citizens.values()):
            texts = {text for reply in citizen.replies.values() for text in reply.said}
            for text in {citizen.early, citizen.greeting, *texts} - {"", *SOUNDS}:
                voice = VOICES[place % 2]
                if (text, voice) not in self._words:
                    self._words[text, voice] = say(text, folder, voice=voice)

    async def called(self, leg: Leg) -> None:
        """Be the citizen of a call, and of the network before it."""
        citizen = self.citizens[leg.called]
        if not citizen.early:
            await leg.ring()
        else:
            once = np.concatenate([silence(0.3), self._sound(citizen, citizen.early), silence(1)])
            times = REPEATED if citizen.status else 1
            await early(leg, alaw(np.concatenate([once] * times)))
        if citizen.status:
            leg.refuse(citizen.status)
        elif not citizen.rings_on:
            await asyncio.sleep(0.2)
            await leg.accept()
            await self._until_closed(leg.closed.wait, self._talk(citizen, leg.called, OfLeg(leg)))

    async def at_baresip(self, number: str, phone: Phone, folder: Path) -> None:
        """Be the citizen at a baresip, once it is called."""
        await phone.wait_for("established", limit_s=200)
        talk = self._talk(self.citizens[number], number, OfBaresip(phone, folder))
        await self._until_closed(lambda: phone.wait_for("closed", limit_s=120), talk)

    def _sound(self, citizen: Citizen, name: str) -> Pcm:
        if name in SOUNDS:
            return SOUNDS[name]
        place = list(self.citizens.values()).index(citizen)
        return self._words[name, VOICES[place % 2]]

    async def _until_closed(self, closed: Callable[[], Awaitable[object]], talk: Awaitable[None]) -> None:
        talking, ends = asyncio.ensure_future(talk), asyncio.ensure_future(closed())
        try:
            await asyncio.wait({talking, ends}, return_when=asyncio.FIRST_COMPLETED)
            if talking.done():
                talking.result()
                await ends
        finally:
            talking.cancel()
            ends.cancel()

    async def _talk(self, citizen: Citizen, number: str, hand: Hand) -> None:
        if citizen.greeting:
            once = np.concatenate([silence(0.4), self._sound(citizen, citizen.greeting), silence(1)])
            await hand.say(np.concatenate([once] * REPEATED))
        if citizen.hangs_up_at == "answer":
            await asyncio.sleep(0.3)
            await hand.hang_up()
            return
        asked = self._asked.of(await self._attempt(number))
        times: dict[str, int] = {}
        while True:
            question, by = await asked.get()
            if question in ("human", citizen.hangs_up_at):
                await asyncio.sleep(0.3)
                await hand.hang_up()
                return
            times[question] = times.get(question, 0) + 1
            await self._answer(citizen, question, by, times[question], hand)

    async def _answer(self, citizen: Citizen, question: str, by: str, time: int, hand: Hand) -> None:
        reply = citizen.replies.get(question)
        if reply is None:
            return
        if by != "keys" and time <= len(reply.said):
            words = self._sound(citizen, reply.said[time - 1])
            await hand.say(np.concatenate([words, silence(0.1)]))
            if by == "words":
                await asyncio.sleep(len(words) / RATE + 0.5)
                await hand.press(reply.key)
        elif reply.key:
            await asyncio.sleep(0.4 if len(citizen.name) % 2 else 0.0)  # some interrupt
            await hand.press(reply.key)

    async def _attempt(self, number: str) -> str:
        assert self.database is not None
        async with self.database.read() as session:
            found = await session.scalars(
                select(AttemptRow.id).where(AttemptRow.number == number).order_by(AttemptRow.at.desc())
            )
            return found.first() or ""
