"""What was said freely becomes words of the answer and of the result, after the call and after any crash."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from hotline.asr.catalogue import open_engine
from hotline.callback_bot.listen.free_words import put_words, unread, words_of
from hotline.callback_bot.outcome.result_store import Results
from hotline.callback_bot.tables import AnswerRow, ResultRow
from hotline.core.db import Database
from support.asterisk import make_settings
from support.robot_rows import NOW, attempt, callback, campaign
from support.speech import AUDIO
from support.wavs import write_wav

pytestmark = pytest.mark.takes(3)

FILE = "2026/11/20/robot-node1-1"


def answer(seq: int, question: str, value: str, words: str = "") -> AnswerRow:
    usual = {"given": "speech", "turn": seq, "confidence": 1.0, "start_ms": 0, "end_ms": 0}
    return AnswerRow(
        attempt="a1", seq=seq, callback="c1", question=question, value=value, words=words, **usual
    )


async def test_each_recording_is_found_by_its_place_and_its_words_make_the_result_anew(database: Database):
    results = Results(())
    async with database.write() as session:
        session.add_all([campaign(), callback("c1", state="done", ended_at=NOW), attempt("c1", "a1")])
        session.add_all([attempt("c1", "b1", node="node2", at=NOW - timedelta(hours=1))])
        await session.flush()
        row = await session.get_one(type(attempt("c1", "x")), "a1")
        row.recording = FILE
        session.add_all(
            [
                answer(1, "satisfied", "不满意"),
                answer(2, "reason_words", "silence"),
                answer(3, "remarks", "recorded"),
                answer(4, "more", "no"),
            ]
        )
        await session.flush()
        await results.ended(session, await session.get_one(type(callback("x")), "c1"), NOW)
    [one] = await unread(database, "node1", NOW + timedelta(minutes=1))
    assert (one.attempt, one.seq, one.path) == ("a1", 3, f"{FILE}-message2.wav")
    assert await unread(database, "node2", NOW) == ()
    assert await unread(database, "node1", NOW + timedelta(days=3)) == ()
    for _ in range(2):
        await put_words(database, one, ("希望快一点", 0.8), NOW, (results.ended,))
    async with database.read() as session:
        result = await session.get_one(ResultRow, "c1")
        assert result.remarks == "希望快一点"
        assert result.data["revision"] == 2
    assert await unread(database, "node1", NOW) == ()


def test_words_come_from_the_sound_and_silence_has_none(tmp_path: Path):
    engine = open_engine(make_settings(tmp_path).asr.model, tmp_path)
    heard = words_of(engine, AUDIO / "sv0085.wav")
    assert heard is not None
    assert "满意" in heard[0]
    assert 0.3 < heard[1] <= 1.0
    write_wav(tmp_path / "quiet.wav", seconds=1.0)
    assert words_of(engine, tmp_path / "quiet.wav") is None
    assert words_of(engine, tmp_path / "gone.wav") is None
