"""What was said freely becomes words of the answer and of the result, after the call and after any crash."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from hotline.asr.catalogue import open_engine
from hotline.callback_bot.listen.recorded_words import Heard, Unread, put_words, unread, words_of
from hotline.callback_bot.model import Question
from hotline.callback_bot.outcome.result_store import Results
from hotline.callback_bot.tables import AnswerRow, AttemptRow, CallbackRow, ResultRow
from hotline.callback_bot.understanding.understand import understand
from hotline.core.db import Database
from support.asterisk import make_settings
from support.robot_rows import NOW, attempt, callback, campaign
from support.speech import AUDIO, silence, speech, write
from support.wavs import write_wav

pytestmark = pytest.mark.takes(3)

FILE = "2026/11/20/robot-node1-1"


SAID = Heard("希望快一点", 0.8, 0.2, 1.9)


def answer(seq: int, question: str, value: str, words: str = "", *, given: str = "speech") -> AnswerRow:
    """An answer that ended so many times ten seconds after the recording began, as each takes two."""
    ends = 10_000 * seq
    usual = {"given": given, "turn": seq, "confidence": 1.0, "start_ms": ends - 12_000, "end_ms": ends}
    return AnswerRow(
        attempt="a1", seq=seq, callback="c1", question=question, value=value, words=words, **usual
    )


async def attempt_with(database: Database, *answers: AnswerRow) -> None:
    """Store an attempt of this node, its answers, and one of another node's."""
    async with database.write() as session:
        session.add_all([campaign(), callback("c1", state="done", ended_at=NOW), attempt("c1", "a1")])
        session.add_all([attempt("c1", "b1", node="node2", at=NOW - timedelta(hours=1))])
        await session.flush()
        row = await session.get_one(AttemptRow, "a1")
        row.recording = FILE
        session.add_all(answers)


async def test_each_recording_is_found_by_its_place_and_its_words_make_the_result_anew(database: Database):
    results = Results(())
    await attempt_with(
        database,
        answer(1, "satisfied", "不满意", "不满意"),
        answer(2, "reason_words", "silence", given="none"),
        answer(3, "remarks", "recorded"),
        answer(4, "more", "no", given="key"),
    )
    async with database.write() as session:
        await results.ended(session, await session.get_one(CallbackRow, "c1"), NOW)
    [one] = await unread(database, "node1", NOW + timedelta(minutes=1))
    assert (one.attempt, one.seq, one.path) == ("a1", 3, f"{FILE}-message2.wav")
    assert await unread(database, "node2", NOW) == ()
    assert await unread(database, "node1", NOW + timedelta(days=3)) == ()
    for _ in range(2):
        await put_words(database, "a1", {3: SAID}, NOW, (results.ended,))
    async with database.read() as session:
        result = await session.get_one(ResultRow, "c1")
        assert result.remarks == "希望快一点"
        assert result.data["revision"] == 2
    assert await unread(database, "node1", NOW) == ()


async def test_short_answers_without_words_are_looked_for_where_they_were_said(database: Database):
    results = Results(())
    await attempt_with(
        database,
        answer(1, "identity", "yes", given="key"),
        answer(2, "satisfied", "满意"),
        answer(3, "more", "unclear"),
        answer(4, "more", "no", "没有了"),
    )
    async with database.write() as session:
        await results.ended(session, await session.get_one(CallbackRow, "c1"), NOW)
    found = await unread(database, "node1", NOW)
    assert [(one.seq, one.path, one.start_s, one.end_s) for one in found] == [
        (2, f"{FILE}-citizen.wav", 9.7, 20.2),
        (3, f"{FILE}-citizen.wav", 19.7, 30.2),
    ]
    await put_words(database, "a1", {2: Heard("满意", 0.7, 18.0, 18.6), 3: None}, NOW, (results.ended,))
    assert await unread(database, "node1", NOW) == (), "what nothing is heard in is not heard again and again"
    async with database.read() as session:
        row = await session.get_one(AnswerRow, ("a1", 2))
        assert (row.words, row.confidence, row.start_ms, row.end_ms) == ("满意", 0.7, 18_000, 18_600)
        assert (await session.get_one(AnswerRow, ("a1", 3))).confidence == 0.0
        assert (await session.get_one(ResultRow, "c1")).data["revision"] == 2


def freely(path: str) -> Unread:
    return Unread("a1", 1, Question.REMARKS, "recorded", path)


def test_words_come_from_the_sound_and_silence_has_none(tmp_path: Path):
    engine = open_engine(make_settings(tmp_path).asr.model, tmp_path)
    heard = words_of(engine, AUDIO, freely("sv0085.wav"))
    assert heard is not None
    assert "满意" in heard.words
    assert 0.3 < heard.confidence <= 1.0
    write_wav(tmp_path / "quiet.wav", seconds=1.0)
    assert words_of(engine, tmp_path, freely("quiet.wav")) is None
    assert words_of(engine, tmp_path, freely("gone.wav")) is None


def test_of_several_utterances_the_one_counts_that_was_understood(tmp_path: Path):
    engine = open_engine(make_settings(tmp_path).asr.model, tmp_path)
    lamps, level = speech("base0016.wav"), speech("sv0085.wav")
    write(tmp_path / "x.wav", level, silence(2.0), lamps, silence(1.0))
    value = understand("satisfied", words_of(engine, AUDIO, freely("sv0085.wav")).words).value
    both = Unread("a1", 1, Question.SATISFIED, value, "x.wav", 0.0, 60.0)
    heard = words_of(engine, tmp_path, both)
    assert heard is not None
    assert "满意" in heard.words
    assert heard.end_s < len(level) / 8000 + 1.0
    later = words_of(engine, tmp_path, replace(both, start_s=len(level) / 8000 + 1.0))
    assert later is not None
    assert later.start_s > len(level) / 8000 + 1.0
    assert "满意" not in later.words
