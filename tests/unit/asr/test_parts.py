"""The voices of a three-way call: each from its own file, on the clock of the call's recording."""

from __future__ import annotations

import wave
from array import array
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.asr.engine import Heard, Spoken
from hotline.asr.requests import TranscribeRequest
from hotline.asr.transcribe import legs_of, parts_of, transcribe_call, without
from hotline.asr.transcripts import Transcript, Utterance, Word
from hotline.core.errors import InvalidInputError
from hotline.ticket_bridge.talk import Talk

RATE = 8000
Span = tuple[float, float]


class Listener:
    """Says from when to when it was given sound, in tenths of a second."""

    name = "listener"
    language = "zh-CN"
    sample_rate = RATE

    def __init__(self) -> None:
        self.now_s = 0.0
        self.heard: list[Spoken] = []

    def open(self, *, rate: int | None = None, partials: bool = False) -> Listener:
        assert rate == RATE
        return Listener()

    def accept(self, pcm: bytes) -> tuple[Heard, ...]:
        begin, self.now_s = self.now_s, self.now_s + len(pcm) / 2 / RATE
        last = self.heard[-1] if self.heard else None
        if last is not None and abs(last.end_s - begin) < 1e-6:
            begin = self.heard.pop().start_s
        text = f"{begin:.1f}-{self.now_s:.1f}"
        self.heard.append(Spoken(begin, self.now_s, text, (Word("x", begin, self.now_s, 1.0),)))
        return ()

    def skip(self, seconds: float) -> tuple[Heard, ...]:
        assert seconds >= 0
        self.now_s += seconds
        return ()

    def finish(self) -> tuple[Heard, ...]:
        return tuple(self.heard)

    def recognise(self, pcm_frames: Iterable[bytes]) -> list[Spoken]:
        raise AssertionError(pcm_frames)


def sound(path: Path, seconds: float) -> Path:
    samples = array("h", (9000 if index % 16 < 8 else -9000 for index in range(round(seconds * RATE))))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, len(samples), "NONE", "not compressed"))
        file.writeframes(samples.tobytes())
    return path


def said(transcript: Transcript, speaker: str) -> list[Span]:
    return [
        (round(line.start_s, 1), round(line.end_s, 1))
        for line in transcript.utterances
        if line.speaker == speaker
    ]


@pytest.mark.clause("R-T-2")
def test_each_voice_of_a_room_is_told_apart(tmp_path: Path) -> None:
    """The agent's leg holds what the citizen heard: in the room, from 10 to 20 s, that is a mixture."""
    for name, seconds in (("citizen", 30.0), ("agent", 30.0), ("room-agent", 8.0), ("room-line", 5.0)):
        sound(tmp_path / f"{name}.wav", seconds)
    payload = {
        "call": "c",
        "legs": {"citizen": "citizen.wav", "agent": "agent.wav"},
        "from_s": 2.0,
        "parts": [
            {"speaker": "agent", "path": "room-agent.wav", "at_s": 10.0},
            {"speaker": "third", "path": "room-line.wav", "at_s": 14.0},
        ],
        "mixed": [[10.0, 20.0]],
    }
    request = TranscribeRequest.parse(payload, tmp_path)
    legs, parts = legs_of(request.legs, request.mixed), parts_of(request.parts)
    found = transcribe_call("c", legs, Listener(), parts=parts, from_s=request.from_s)
    transcript = found.transcript
    assert said(transcript, "citizen") == [(2.0, 30.0)]
    assert said(transcript, "agent") == [(2.0, 10.0), (10.0, 18.0), (20.0, 30.0)]
    assert said(transcript, "third") == [(14.0, 19.0)]
    third = next(line for line in transcript.utterances if line.speaker == "third")
    assert [(round(word.start_s, 1), round(word.end_s, 1)) for word in third.words] == [(14.0, 19.0)]
    assert transcript.duration_s == 30.0
    assert Transcript.from_json(transcript.to_json()) == transcript


def test_a_job_without_a_room_is_what_it_was(tmp_path: Path) -> None:
    request = TranscribeRequest.parse({"call": "c", "legs": {"citizen": "a.wav"}, "from_s": 0.0}, tmp_path)
    assert (request.parts, request.mixed) == ((), ())


@pytest.mark.parametrize(
    "more",
    [
        {"parts": [{"speaker": "nobody", "path": "a", "at_s": 0}]},
        {"parts": [{"speaker": "third", "path": "a", "at_s": -1}]},
        {"mixed": [[1.0]]},
    ],
)
def test_a_wrong_part_is_refused(tmp_path: Path, more: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError):
        TranscribeRequest.parse({"call": "c", "legs": {"citizen": "a.wav"}, **more}, tmp_path)


_spans = st.lists(st.integers(0, 100), min_size=0, max_size=8, unique=True).map(
    lambda ends: [(float(a), float(b)) for a, b in list(pairwise(sorted(ends)))[::2]]
)


@given(_spans, _spans)
def test_what_is_taken_out_is_out_and_all_else_is_kept(spans: list[Span], holes: list[Span]) -> None:
    def covers(parts: Iterable[Span], at: float) -> bool:
        return any(begin <= at < end for begin, end in parts)

    left = list(without(spans, holes))
    assert all(begin < end for begin, end in left)
    assert all(one[1] <= other[0] for one, other in pairwise(left))
    for tenth in range(0, 1010, 5):
        at = tenth / 10
        assert covers(left, at) == (covers(spans, at) and not covers(holes, at))


def test_a_third_lines_words_are_neither_sides_in_a_draft() -> None:
    lines = [
        ("agent", "请问地址"),
        ("third", "我是110"),
        ("citizen", "人民路八号"),
        ("agent", "人民路八号对吗"),
    ]
    utterances = tuple(
        Utterance(speaker, float(at), at + 0.9, text) for at, (speaker, text) in enumerate(lines)
    )
    talk = Talk(Transcript("c", "m", "zh-CN", utterances, 9.0))
    assert [line.index for line in talk.lines] == [0, 2, 3]
    assert talk.question_before(talk.citizen[0]) == talk.agent[0].plain.text
