"""People who are surveyed by a real switch: telephones behind its trunks, and what they press, say or do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from hotline.callback_bot.dial.originate import attempt_id, originate
from hotline.callback_bot.survey.dialogue_check import FOLDER
from hotline.callback_bot.survey.dialogue_install import Ready, apply, load_dialogue, sweep
from hotline.core.clock import new_id
from hotline.core.settings import Settings
from hotline.telephony.ami import Ami, AmiLimits
from support.asterisk import Switch
from support.journal import Line, journal, until, write_tone

HANG = "hang up"
"""In a script: the line is cut instead of an answer."""
TONE_S = 0.3
"""Every prompt is a tone so long."""


def write_dialogue(
    settings: Settings, name: str = "quick", *, of: str = "standard", wait_seconds: int = 2
) -> None:
    """Make a dialogue of the site's own whose prompts are tones, and which waits for a short time only."""
    text = (FOLDER / f"{of}.yaml").read_text(encoding="utf-8")
    file = settings.menu.with_name("dialogues") / f"{name}.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text.replace("wait_seconds: 5", f"wait_seconds: {wait_seconds}"), encoding="utf-8")
    for line in load_dialogue(settings, name).prompts():
        write_tone(settings.prompts / f"robot-{line.id}.wav", 440.0, TONE_S)


@asynccontextmanager
async def acting(settings: Settings) -> AsyncGenerator[Ami]:
    """Give the connection by which the service acts."""
    where = (settings.asterisk.ami_host, settings.asterisk.ami_port)
    limits = AmiLimits(first_pause_s=0.05, longest_pause_s=0.2)
    ami = Ami(*where, "hotline-actions", settings.asterisk.ami_action_secret, limits=limits)
    task = asyncio.create_task(ami.run())
    try:
        await ami.wait_connected(20)
        yield ami
    finally:
        task.cancel()
        await asyncio.wait([task])


class Surveys:
    """Surveys of one switch with one dialogue."""

    def __init__(self, switch: Switch, ami: Ami, ready: Ready) -> None:
        self.switch = switch
        self.ami = ami
        self.ready = ready

    @classmethod
    async def begin(cls, switch: Switch, ami: Ami, name: str = "quick", **options: int) -> Surveys:
        """Load the dialogue into the switch."""
        write_dialogue(switch.settings, name, **options)
        return cls(switch, ami, await apply(ami, switch.settings, name))

    async def dial(self, trunk: str, number: str = "13800000001", **variables: str) -> str:
        """Call somebody; returns the attempt's id."""
        attempt = attempt_id(self.switch.settings.site.node, new_id())
        told = {
            "HL_ROBOT_VERSION": self.ready.version,
            "HL_ROBOT_CALLBACK": "cb1",
            "HL_ROBOT_PHONE": number,
            **variables,
        }
        action, fields = originate(attempt, trunk, number, shown="12345", ring_s=20, variables=told)
        await self.ami.action(action, fields)
        return attempt

    async def sweep(self) -> tuple[str, ...]:
        """Remove versions that nobody is in."""
        return await sweep(self.ami, self.switch.settings)

    async def swept(self, version: str) -> None:
        """Wait until a version that nobody is in was removed."""
        async with asyncio.timeout(20):
            while version not in await self.sweep():  # noqa: ASYNC110  # the switch's channels end
                await asyncio.sleep(0.2)

    def lines(self, attempt: str, *names: str) -> list[Line]:
        """What the journal has of a channel so far: all, or the events of these names."""
        return [
            line
            for line in journal(self.switch)
            if line.uniqueid == attempt and (not names or line.event in names)
        ]

    def answers(self, attempt: str) -> list[tuple[str, str, str]]:
        """Question, value and how it was given, in order."""
        told = [line.values for line in self.lines(attempt, "HL_ROBOT_ANSWER")]
        return [(values["question"], values["value"], values["given"]) for values in told]

    def outcome(self, attempt: str) -> str | None:
        """What the survey came to, None without an end."""
        return next((line.values["outcome"] for line in self.lines(attempt, "HL_ROBOT_END")), None)

    async def asked(self, attempt: str, question: str, count: int = 1) -> Line:
        """Wait until a question has been asked so often; returns the mark."""

        def found() -> list[Line]:
            asked = [
                line for line in self.lines(attempt, "HL_ROBOT_ASK") if line.values["question"] == question
            ]
            return asked[count - 1 :]

        return (await until(found, limit_s=30))[0]

    async def press(self, line: Line, key: str) -> None:
        """Have the switch take a key as if the person had pressed it."""
        fields = {"Channel": line.channel, "Digit": key, "Receive": "true", "Duration": "100"}
        await self.ami.action("PlayDTMF", fields)

    async def say(self, line: Line, way: int, *, value: int = 0, stop: bool = True) -> None:
        """Be the service that has understood something at the question of a mark."""
        said = f"{line.values['turn']}-{way}-{value}"
        await self.set(line, "HL_SAID", said)
        if stop:
            await self.ami.action("ControlPlayback", {"Channel": line.channel, "Control": "stop"})

    async def set(self, line: Line, name: str, value: str) -> None:
        """Write a variable of the channel of a mark."""
        await self.ami.action("Setvar", {"Channel": line.channel, "Variable": name, "Value": value})

    async def go(self, attempt: str, *script: tuple[str, str | int]) -> None:
        """Answer questions in order: by a key, by a way that was understood, or (empty) not at all."""
        asked: dict[str, int] = {}
        for question, told in script:
            asked[question] = asked.get(question, 0) + 1
            line = await self.asked(attempt, question, asked[question])
            if isinstance(told, int):
                await self.say(line, told % 100, value=told // 100)
            elif told == HANG:
                await self.ami.action("Hangup", {"Channel": line.channel, "Cause": "16"})
            elif told:
                await self.press(line, told)

    async def over(self, attempt: str) -> None:
        """Wait for the end of the channel."""
        await until(lambda: self.lines(attempt, "CHAN_END"), limit_s=60)

    def files(self, attempt: str) -> Mapping[str, Path]:
        """The recordings by the last part of their names."""
        return {
            file.stem.rsplit("-", 1)[1]: file for file in self.switch.recordings.rglob(f"{attempt}-*.wav")
        }

    def values(self, attempt: str, name: str, key: str) -> Sequence[str]:
        """A value of all marks of a name."""
        return [line.values[key] for line in self.lines(attempt, name)]
