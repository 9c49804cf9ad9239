"""Speech of a real call, heard while it goes on; whatever dies of it, the call and its transcript do not."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from itertools import pairwise
from pathlib import Path
from threading import current_thread
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hotline.app.service import Service
from hotline.asr import tables
from hotline.asr.catalogue import entry, find
from hotline.asr.conversation import Conversation, Sounding
from hotline.asr.engine import Heard
from hotline.asr.transcripts import Speaker, Transcript
from hotline.asr.vosk_session import VoskSession
from hotline.telephony.recording_now import recorded_now
from support.live_ears import AGENTS, Scene, ears, until
from support.live_talk import Stream, Voice, following
from support.speech import error_rate, speech

HEARD = {"enabled": True, "machine_full_percent": 100}
pytestmark = [
    pytest.mark.asterisk,
    pytest.mark.heavy(2),
    pytest.mark.clause("R-T-2"),
    pytest.mark.takes(60),
]

MONEY, MONEY_SOUND = "总共交了二十万元，收据我都留着", speech("base0212.wav")
BUS, BUS_SOUND = "五路公交车早上等了四十分钟，来了还不停", speech("base0204.wav")
LEARNED = 0.25
"""The error rate that these recordings stay well below."""
EVEN_S = 0.1
"""Frames of a sentence that is carried whole leave the telephone less apart than this."""
TRIES = 5
"""So often a sentence is said: a machine that is too busy loses sound on the way from the telephones here."""


class Talk:
    """A citizen and an agent who talk, the service beside them in this process, a viewer of the stream."""

    def __init__(self, scene: Scene, service: Service, voices: tuple[Voice, Voice], call: str) -> None:
        self.scene, self.service, self.call = scene, service, call
        self.citizen, self.agent = voices
        self.voices = {"citizen": self.citizen, "agent": self.agent}
        self.stream = Stream()

    async def heard(self, count: int = 1) -> None:
        """Wait until both legs have been begun so often."""
        await until(lambda: self.stream.lives().count("on") >= 2 * count, limit_s=40)

    async def say(self, who: str, wanted: str, sound: NDArray[np.int16]) -> float:
        """Say a sentence until guesses and then finals told it whole; returns when it was begun at last."""
        for _ in range(TRIES):
            known = len(self.stream.events)
            begun = await self.voices[who].say(sound)
            with suppress(TimeoutError):
                await until(lambda at=known: self._told(who, wanted, at), limit_s=15)
                return begun
        raise AssertionError(f"not heard: {wanted}; heard {self.stream.texts('speech', who)}")

    def _told(self, who: str, wanted: str, known: int) -> bool:
        """Tell whether a guess and after it the sentence came behind the events known before."""
        came = [one for one in self.stream.events[known:] if one.data.get("speaker") == who]
        names = [one.name for one in came if one.name in ("partial", "speech")]
        finals = "".join(one.data["text"] for one in came if one.name == "speech")
        return names[:1] == ["partial"] and error_rate(wanted, finals) < LEARNED

    async def over(self) -> Transcript:
        """Hang up; returns the transcript that is made from the recording then."""
        await self.scene.citizens.legs[0].hang_up()
        found: Transcript | None = None
        async with asyncio.timeout(60):
            while found is None:
                await asyncio.sleep(0.2)
                async with self.service.database.read() as session:
                    found = await tables.load(session, self.call)
        return found


@asynccontextmanager
async def talk(running_asterisk: Callable[..., Any], **overrides: Any) -> AsyncGenerator[Talk]:
    async with ears(running_asterisk) as scene:
        settings = scene.switch.settings
        beside = settings.model_copy(
            update={
                "asterisk": settings.asterisk.model_copy(update={"mode": "external"}),
                "asr": settings.asr.model_copy(
                    update={"live": settings.asr.live.model_copy(update=HEARD)} | overrides
                ),
            }
        )
        async with Service(beside, None) as service:
            await until(lambda: service.transcriber)
            citizen, agent = await scene.talk()
            voices = Voice(citizen), Voice(agent)
            await until(service.tracker.open_calls)
            found = Talk(scene, service, voices, service.tracker.open_calls()[0].id)
            async with following(settings, found.call) as found.stream:
                await found.heard()
                yield found
                for voice in voices:
                    voice.close()


def texts(found: Transcript, speaker: Speaker) -> str:
    return "".join(one.text for one in found.utterances if one.speaker == speaker)


def holds(text: str, wanted: str) -> bool:
    """Tell whether a text holds a sentence: what was said again, and half lost before, stands there too."""
    starts = range(max(len(text) - len(wanted), 0) + 1)
    return any(error_rate(wanted, text[at : at + len(wanted)]) < LEARNED for at in starts)


async def test_words_of_each_speaker_come_while_they_talk(running_asterisk) -> None:
    async with talk(running_asterisk) as here:
        live, same = here.service.live_speech, False
        for _ in range(TRIES):
            begun = await here.say("citizen", MONEY, MONEY_SOUND)
            await here.say("agent", BUS, BUS_SOUND)
            if same := await same_words_from_live_and_recording(here, begun):
                break
        assert same
        assert here.stream.events[0].name == "state"
        finals = [one for one in here.stream.of("speech") if one.data["speaker"] == "citizen"]
        assert min(abs(one.data["start_us"] / 1e6 - begun - 0.1) for one in finals) < 1
        assert {one.data["agent"] for one in here.stream.of("speech") if one.data["speaker"] == "agent"} == {
            AGENTS[0]
        }
        figures = live.speech.figures()
        assert (figures.legs, figures.failures) == (2, 0)
        made = live.transcripts.transcript(here.call)
        assert made is not None
        assert holds(texts(made, "citizen"), MONEY)
        text = here.service.desk.exposition.text("")[0].decode()
        assert "hotline_live_speech_legs 2.0" in text
        made = await here.over()
        assert holds(texts(made, "citizen"), MONEY)
        await until(lambda: here.stream.events[-1].name == "ended")


async def same_words_from_live_and_recording(here: Talk, begun: float) -> bool:
    """Tell whether both sources of the talk since ``begun`` tell the same words at the same second.

    False also where live speech lost a little, and is not asked then, or the recording is not read in time.
    """
    record = here.service.tracker.find(here.call)
    assert record is not None
    now_us = here.stream.of("speech")[-1].data["end_us"]
    files = recorded_now(record, now_us)
    assert files is not None
    folder = here.scene.switch.recordings
    legs = (Sounding("citizen", folder / files.citizen), Sounding("agent", folder / files.agent))
    until_s = (now_us - files.begun_us) / 1e6
    from_s = begun - files.begun_us / 1e6 - 0.2
    stretch: dict[str, Any] = {"from_s": from_s, "until_s": until_s, "begun_us": files.begun_us}
    transcripts = here.service.live_speech.transcripts
    live = await transcripts.so_far(here.call, legs, **stretch)
    if not transcripts.from_live or not is_told(live):
        return False
    try:
        async with asyncio.timeout(30):
            recorded = await here.service.so_far.so_far(here.call, legs, **stretch)
            while not is_told(recorded):
                recorded = await here.service.so_far.so_far(here.call, legs, **stretch)
    except TimeoutError:
        return False
    starts = [
        next(one.start_s for one in found.utterances if one.speaker == "agent") for found in (live, recorded)
    ]
    return abs(starts[0] - starts[1]) < 1


def is_told(found: Conversation) -> bool:
    """Tell whether both sentences are there, each by who said it."""
    made = found.transcript()
    return holds(texts(made, "citizen"), MONEY) and holds(texts(made, "agent"), BUS)


async def test_threads_model_and_live_part_die_and_the_call_goes_on(
    running_asterisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tmp_path / "model"
    embedded = find(entry("mini-cn-synthetic"), ())
    assert embedded is not None
    shutil.copytree(embedded, model)
    deaths = 0
    accept = VoskSession.accept

    def deadly(session: VoskSession, pcm: bytes) -> tuple[Heard, ...]:
        nonlocal deaths
        if deaths and current_thread().name.startswith("live-asr"):
            deaths -= 1
            raise SystemExit
        return accept(session, pcm)

    monkeypatch.setattr(VoskSession, "accept", deadly)
    async with talk(running_asterisk, model=str(model)) as here:
        live = here.service.live_speech
        await here.say("citizen", MONEY, MONEY_SOUND)
        deaths = 2
        await evenly(here.citizen, BUS_SOUND)
        await until(lambda: live.speech.figures().threads_lost == 2)
        shutil.rmtree(model)
        await until(lambda: live.speech.figures().resting == 0)
        await here.say("agent", BUS, BUS_SOUND)
        await live.close()
        assert live.speech.figures().legs == 0
        await evenly(here.citizen, MONEY_SOUND)
        assert here.scene.citizens.legs[0].talks
        assert here.scene.desks.legs[0].talks
        made = await here.over()
    told = texts(made, "citizen")
    assert holds(told, MONEY)
    assert holds(told[len(MONEY) // 2 :], BUS)
    assert holds(told[-len(MONEY) - 2 :], MONEY), "also what was said when nobody heard it live"
    assert holds(texts(made, "agent"), BUS)


async def evenly(voice: Voice, sound: NDArray[np.int16]) -> None:
    """Say a sentence, again while this process was kept from playing it evenly."""
    for _ in range(TRIES):
        await voice.say(sound)
        if max(later - earlier for earlier, later in pairwise(voice.sent)) < EVEN_S:
            return
