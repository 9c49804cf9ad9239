"""Speech of a real call, heard while it goes on; whatever dies of it, the call and its transcript do not."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from threading import current_thread
from typing import Any

import pytest

from hotline.app.service import Service
from hotline.asr import tables
from hotline.asr.catalogue import entry, find
from hotline.asr.conversation import Sounding
from hotline.asr.engine import Heard
from hotline.asr.transcripts import Speaker, Transcript
from hotline.asr.vosk_session import VoskSession
from hotline.core.clock import from_us
from hotline.telephony.recording_now import recorded_now
from support.live_ears import AGENTS, Scene, ears, until
from support.live_talk import Stream, Voice, following
from support.speech import RATE, error_rate, speech

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
"""The error rate that these recordings stay well below, also when the machine is busy."""


class Talk:
    """A citizen and an agent who talk, the service beside them in this process, a viewer of the stream."""

    def __init__(self, scene: Scene, service: Service, voices: tuple[Voice, Voice], call: str) -> None:
        self.scene, self.service, self.call = scene, service, call
        self.citizen, self.agent = voices
        self.stream = Stream()

    async def heard(self, count: int = 1) -> None:
        """Wait until both legs have been begun so often."""
        await until(lambda: self.stream.lives().count("on") >= 2 * count, limit_s=40)

    async def said(self, who: str, wanted: str) -> None:
        """Wait until the finals of a speaker hold a sentence."""
        await until(
            lambda: error_rate(wanted, "".join(self.stream.texts("speech", who))[-len(wanted) :]) < LEARNED
        )

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


async def test_words_of_each_speaker_come_while_they_talk(running_asterisk) -> None:
    async with talk(running_asterisk) as here:
        begun = await here.citizen.say(MONEY_SOUND)
        await here.said("citizen", MONEY)
        await here.agent.say(BUS_SOUND)
        await here.said("agent", BUS)
        events = here.stream.events
        assert events[0].name == "state"
        first = next(one for one in events if one.name == "partial")
        final = next(one for one in events if one.name == "speech")
        assert (first.data["speaker"], final.data["speaker"]) == ("citizen", "citizen")
        assert first.at < final.at, "the guess comes first"
        assert first.at < begun + len(MONEY_SOUND) / RATE + 20
        assert final.data["start_us"] / 1e6 == pytest.approx(begun + 0.1, abs=0.5)
        assert {one.data["agent"] for one in here.stream.of("speech") if one.data["speaker"] == "agent"} == {
            AGENTS[0]
        }
        live = here.service.live_speech
        await same_words_from_live_and_recording(here)
        assert live.transcripts.from_live == 1
        figures = live.speech.figures()
        assert (figures.legs, figures.begun, figures.failures) == (2, 2, 0)
        made = live.transcripts.transcript(here.call)
        assert made is not None
        assert error_rate(MONEY, texts(made, "citizen")) < LEARNED
        text = here.service.desk.exposition.text("")[0].decode()
        assert "hotline_live_speech_legs 2.0" in text
        made = await here.over()
        assert error_rate(MONEY, texts(made, "citizen")) < LEARNED
        await until(lambda: here.stream.events[-1].name == "ended")


async def same_words_from_live_and_recording(here: Talk) -> None:
    """Both sources of a stretch of the talk tell the same words at the same second."""
    record = here.service.tracker.find(here.call)
    assert record is not None
    now_us = here.stream.of("speech")[-1].data["end_us"]
    files = recorded_now(record, now_us)
    assert files is not None
    folder = here.scene.switch.recordings
    legs = (Sounding("citizen", folder / files.citizen), Sounding("agent", folder / files.agent))
    until_s = (now_us - files.begun_us) / 1e6
    before = here.stream.of("state")[0].data["begun_us"]
    told = [from_us(before)] if before else []
    on = max(told + [datetime.fromisoformat(one.data["at"]) for one in here.stream.of("live")])
    from_s = (on - from_us(files.begun_us)).total_seconds()
    stretch: dict[str, Any] = {"from_s": from_s, "until_s": until_s, "begun_us": files.begun_us}
    live = await here.service.live_speech.transcripts.so_far(here.call, legs, **stretch)
    recorded = await here.service.so_far.so_far(here.call, legs, **stretch)
    for found in (live, recorded):
        assert error_rate(MONEY, texts(found.transcript(), "citizen")) < LEARNED
        assert error_rate(BUS, texts(found.transcript(), "agent")) < LEARNED
    starts = [
        next(one.start_s for one in found.utterances if one.speaker == "agent") for found in (live, recorded)
    ]
    assert starts[0] == pytest.approx(starts[1], abs=0.5)


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
        await here.citizen.say(MONEY_SOUND)
        await here.said("citizen", MONEY)
        deaths = 2
        await here.citizen.say(BUS_SOUND)
        await until(lambda: live.speech.figures().threads_lost == 2)
        shutil.rmtree(model)
        await until(lambda: live.speech.figures().resting == 0)
        await here.agent.say(BUS_SOUND)
        await here.said("agent", BUS)
        await live.close()
        assert live.speech.figures().legs == 0
        await here.citizen.say(MONEY_SOUND)
        assert here.scene.citizens.legs[0].talks
        assert here.scene.desks.legs[0].talks
        made = await here.over()
    assert error_rate(MONEY + BUS + MONEY, texts(made, "citizen")) < LEARNED
    assert error_rate(BUS, texts(made, "agent")) < LEARNED
