"""The citizen's state by words, and how he speaks beside them (LN 6.1.2 a)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hotline.asr.transcripts import Transcript, Utterance
from hotline.telephony.audio_ports import LegOfCall
from hotline.ticket_bridge.assist.emotion import STATES, words_emotion
from hotline.ticket_bridge.assist.loudness import measured
from hotline.ticket_bridge.assist.prosody import Level, LoudnessMeter, ManneredSpeech
from hotline.ticket_bridge.fields import Evidence
from hotline.ticket_bridge.measure.dialogues import TextOf, read_dialogues
from hotline.ticket_bridge.talk import Talk

pytestmark = [pytest.mark.clause("R-T-9"), pytest.mark.clause("R-R-4")]

DIALOGUES = Path(__file__).resolve().parents[2] / "data" / "dialogues" / "dev.jsonl"
FRAME = 160


def talk(*said: str) -> Talk:
    utterances = tuple(Utterance("citizen", 5.0 * i, 5.0 * i + 4, text) for i, text in enumerate(said))
    return Talk(Transcript("1.1", "m", "zh", utterances, 99))


@pytest.mark.parametrize(
    ("text", "kind", "state"),
    [
        ("我想问一下社保怎么转", "咨询", "平静"),
        ("谢谢你们那个师傅人真好", "表扬", "平静"),
        ("家里没水了孩子等着喝奶急死了赶紧来人", "求助", "焦急"),
        ("救命啊快来人", None, "焦急"),
        ("楼上天天半夜装修太过分了凭什么没人管", "投诉", "激动"),
        ("你们这是什么态度叫你们领导来", "投诉", "愤怒"),
        ("你们都是吃干饭的废物", None, "愤怒"),
    ],
)
def test_a_state(text: str, kind: str | None, state: str) -> None:
    emotion = words_emotion(talk(text), kind=kind)
    assert emotion.state == state
    assert all(one.words in text for one in emotion.evidence)


def test_a_threat_and_only_a_threat_is_the_strongest_state() -> None:
    threat = Evidence("我就砸了你们大门", "citizen", 0, 0.0, 1.0)
    assert words_emotion(talk("你们都是废物"), threat=threat).state == STATES[-1]
    assert words_emotion(talk("你们都是废物")).state != STATES[-1]


@pytest.mark.parametrize("text_of", ["text", "asr"])
def test_labelled_calls(text_of: TextOf) -> None:
    right = 0
    dialogues = list(read_dialogues(DIALOGUES))
    for dialogue in dialogues:
        gold = dialogue.gold
        quote = Evidence(gold["threat_quote"], "citizen", 0, 0.0, 1.0) if gold["threat_quote"] else None
        emotion = words_emotion(Talk(dialogue.transcript(text_of)), kind=gold["kind"], threat=quote)
        right += emotion.state == gold["emotion"]
    assert right / len(dialogues) >= 0.9


def sine(amplitude: float, seconds: float) -> list[bytes]:
    times = np.arange(int(seconds * 8000)) / 8000
    samples = (np.sin(2 * np.pi * 300 * times) * amplitude * 32767).astype("<i2")
    pcm = samples.tobytes()
    return [pcm[i : i + 2 * FRAME] for i in range(0, len(pcm), 2 * FRAME)]


def levels(*parts: list[bytes]) -> list[Level]:
    meter, found = LoudnessMeter(), list[Level]()
    for number, frame in enumerate(frame for part in parts for frame in part):
        if (level := meter.feed(frame, number * 20_000)) is not None:
            found.append(level)
    return found


def test_loudness_is_told_against_the_own_beginning() -> None:
    found = levels(sine(0.1, 9), sine(0.4, 3))
    assert found[0].db == pytest.approx(-23, abs=0.5)
    assert found[2].above_db == pytest.approx(0, abs=0.3)
    assert found[-1].above_db == pytest.approx(12, abs=0.5)
    assert found[-1].at_us > 10_000_000


def test_silence_and_broken_frames_have_no_loudness() -> None:
    assert levels(sine(0.0, 5), [b"", b"\0"]) == []


class Sink:
    """Takes what it is given."""

    def __init__(self) -> None:
        self.frames, self.gaps, self.ended = 0, 0, False

    def feed(self, pcm: bytes, at_us: int) -> None:
        self.frames += 1

    def lost(self, seconds: float, at_us: int) -> None:
        self.gaps += 1

    def end(self) -> None:
        self.ended = True


def test_the_citizens_leg_is_measured_beside_what_hears_it() -> None:
    told: list[str] = []
    sink = Sink()
    leg = LegOfCall("1.1", "1.1", "PJSIP/t", "citizen", "")
    heard = measured(sink, leg, lambda call, _level: told.append(call))
    assert heard is not None
    for frame in sine(0.2, 2):
        heard.feed(frame, 0)
    heard.lost(1.0, 0)
    heard.end()
    assert (sink.frames, sink.gaps, sink.ended) == (100, 1, True)
    assert told == ["1.1"] * 4


def test_no_other_leg_is_measured() -> None:
    sink = Sink()
    agent = LegOfCall("1.1", "1.2", "PJSIP/1001", "agent", "1001")
    assert measured(sink, agent, lambda _call, _level: None) is sink
    assert measured(None, agent, lambda _call, _level: None) is None


def test_a_raised_voice_is_heard_when_it_lasts() -> None:
    mannered = ManneredSpeech()
    for above in (0.0, 0.0, 9.0, 9.0):
        mannered.level(Level(0, -20, above))
    assert not mannered.now(0).louder
    mannered.level(Level(0, -20, 9.0))
    assert mannered.now(0).louder
    assert mannered.now(0).words == ("音量升高",)


def test_speed_is_told_against_the_own_beginning() -> None:
    mannered = ManneredSpeech()
    mannered.add(Utterance("citizen", 0, 10, "我" * 40))
    assert not mannered.now(10).faster
    mannered.add(Utterance("citizen", 12, 14, "我" * 14))
    assert mannered.now(14).faster
    mannered.add(Utterance("citizen", 15, 19, "我" * 16))
    assert not mannered.now(19).faster


def test_talking_over_the_agent_again_and_again() -> None:
    mannered = ManneredSpeech()
    for start in (0.0, 10.0, 20.0):
        assert not mannered.now(start).overlaps
        mannered.add(Utterance("agent", start, start + 5, "您好请问您需要什么帮助"))
        mannered.add(Utterance("citizen", start + 2, start + 6, "你别说了听我说"))
    assert mannered.now(25).overlaps
    assert not mannered.now(200).overlaps
