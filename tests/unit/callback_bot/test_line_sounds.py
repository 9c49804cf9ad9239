"""Who is on the line: by tones alone, and by words as recognisers write them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.callback_bot.listen.line_sounds import GREETING_MS, LineEar, LineKind
from hotline.callback_bot.model import Outcome
from support.line_set import Line, hear, melody, rhythm, silence, tone, tones

ANNOUNCED = {
    "您好您拨打的电话一关机请稍后才波": Outcome.SWITCHED_OFF,
    "您好您拨打的号码是空号清查证后在我": Outcome.NO_SUCH_NUMBER,
    "对不起您拨打的电话已停机": Outcome.UNREACHABLE,
    "对不起您拨打的电话暂时无法戒同情稍后才我": Outcome.UNREACHABLE,
    "您好您拨打的电话正在童话钟情稍后才波": Outcome.BUSY,
    "对不起您拨打的电话暂时无人接听清稍好在波": Outcome.NO_ANSWER,
    "对不起您拨打的用户已设置和如限制": Outcome.REJECTED,
}
MACHINES = (
    "您好我是记住的只能助理记住现在不方便接听电话请问您有什么事我可以帮您转告",
    "您好您拨打的用户暂时无法接听您的电话请在低声后留言留言结束请挂机",
    "您的来电我们将一段新通知对方",
    "这里是语音信箱请留言",
    "您好我现在不方便接听电话有事请留言",
)
PEOPLE = (
    "喂",
    "喂你好请问你是那位",
    "我手机会没点了由关机了呢优化会说",
    "我现在正在通话中你等会儿再打",
    "他不在我可以帮您转告",
    "这个号码早就是空号了你怎么打通的",
    "您好这里是阳光物业请问有什么可以帮您",
    "喂我在开会不方便接听电话你留言吧",
    "喂信号不好老是无法接通",
    "您拨打的号码是我的什么事",
    "请稍后再拨吧我在开车",
)


@pytest.mark.parametrize("noise", [0.0, 0.01])
@pytest.mark.parametrize("line", list(tones()), ids=lambda line: line.name)
def test_signals_are_told_by_their_tones(line: Line, noise: float) -> None:
    found, _ = hear(line, None, noise_level=noise)
    assert (found.kind, found.outcome) == (line.kind, line.outcome)


def test_a_tone_that_is_heard_ends_the_call_while_it_goes_on() -> None:
    fax = Line("", LineKind.FAX, Outcome.FAX, silence(0), np.concatenate([silence(1), tone(3, 2100)]))
    _, told = hear(fax, None)
    assert [one.kind for one in told] == [LineKind.FAX]
    assert told[0].at_ms <= 2200


@pytest.mark.parametrize(
    "sound",
    [
        melody(12),
        tone(0.6, 1000),
        rhythm(0.15, 0.15, 8, 770, 1336),
        rhythm(0.35, 0.35, 2, 450),
        rhythm(0.35, 1.2, 6, 450),
        tone(0.5, 2100),
        0.3 * np.random.default_rng(1).standard_normal(60_000).astype(np.float32),
    ],
    ids=["music", "whistle", "keys", "short busy", "odd rhythm", "short 2100", "noise"],
)
def test_other_sound_after_the_answer_is_nobodys_end(sound: np.ndarray) -> None:
    line = Line("", LineKind.UNKNOWN, None, silence(0), np.concatenate([silence(0.5), sound, silence(2)]))
    found, told = hear(line, None)
    assert (found.kind, told) == (LineKind.UNKNOWN, [])


@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("words", ANNOUNCED)
def test_the_networks_words_are_understood_by_their_sound(words: str, answered: bool) -> None:
    ear = LineEar()
    if answered:
        ear.answer()
    told = ear.words(words)
    assert told is not None
    assert (told.kind, told.outcome) == (LineKind.ANNOUNCEMENT, ANNOUNCED[words])


@pytest.mark.parametrize("words", MACHINES)
def test_machines_are_known_by_what_they_say_after_the_answer_only(words: str) -> None:
    early, late = LineEar(), LineEar()
    assert (told := early.words(words)) is None or told.kind is LineKind.ANNOUNCEMENT
    late.answer()
    told = late.words(words)
    assert told is not None
    assert told.outcome in (Outcome.MACHINE, Outcome.NO_ANSWER)
    assert told.kind in (LineKind.MACHINE, LineKind.ANNOUNCEMENT)


@pytest.mark.parametrize("words", PEOPLE)
def test_people_who_speak_of_such_things_stay_people(words: str) -> None:
    ear = LineEar()
    ear.answer()
    told = ear.words(words)
    assert told is None or told.kind is LineKind.PERSON


def test_a_long_greeting_a_slow_one_and_silence_decide_nothing() -> None:
    ear = LineEar()
    ear.answer()
    talk = (20000 * np.random.default_rng(2).standard_normal(160)).clip(-32000, 32000).astype("<i2").tobytes()
    frames = [talk] * 1500 + [bytes(320)] * 1500
    assert [told for told in map(ear.frame, frames) if told] == []


def test_what_is_certain_is_understood_before_it_has_ended() -> None:
    ear = LineEar()
    assert ear.guess("对不起您拨打的电话") is None
    told = ear.guess("对不起您拨打的电话已停机")
    assert told is not None
    assert told.outcome is Outcome.UNREACHABLE
    other = LineEar()
    other.answer()
    assert other.guess("我现在不方便接听电话有事请留言") is None, "it may go on"
    assert other.guess("喂") is None
    told = other.guess("您好我是记住的只能助理")
    assert told is not None
    assert told.kind is LineKind.MACHINE


def test_what_waits_on_is_not_the_end() -> None:
    ear = LineEar()
    assert ear.words("您拨打的用户正在通话中") is None
    assert ear.words("请不要挂机") is None


def test_an_assistant_that_says_hello_first_is_still_known() -> None:
    ear = LineEar()
    ear.answer()
    told = [ear.words("喂你好"), ear.words("我是他的智能助理请问您有什么事")]
    assert [one and one.kind for one in told] == [LineKind.PERSON, LineKind.MACHINE]
    assert ear.words("喂哪位") is None, "it stays one"
    assert ear.verdict is told[1]


def test_whoever_presses_a_key_is_a_person_whatever_is_said() -> None:
    ear = LineEar()
    ear.answer()
    assert (told := ear.key()) is not None
    assert told.kind is LineKind.PERSON
    assert ear.words("我是他的智能助理") is None
    assert ear.conclusion().kind is LineKind.PERSON


def test_what_is_said_in_the_survey_shows_nothing_more() -> None:
    ear = LineEar()
    ear.answer()
    for _ in range(GREETING_MS // 20 + 1):
        ear.frame(bytes(320))
    assert ear.words("你们的智能助理根本听不懂人话") is None


def test_a_beep_after_speech_makes_one_topic_enough() -> None:
    ear = LineEar()
    ear.answer()
    chance = np.random.default_rng(3)
    for _ in range(150):
        ear.frame((3000 * chance.standard_normal(160)).astype("<i2").tobytes())
    assert ear.words("现在不方便接听电话") is None
    pcm = (np.concatenate([silence(0.3), tone(0.4, 1000), silence(1)]) * 32767).astype("<i2").tobytes()
    told = [ear.frame(pcm[at : at + 320]) for at in range(0, len(pcm), 320)]
    assert [one.outcome for one in told if one] == [Outcome.MACHINE]


@given(st.lists(st.one_of(st.binary(max_size=700), st.text(max_size=30)), max_size=30), st.booleans())
def test_anything_may_come_from_a_line(pieces: list[bytes | str], answered: bool) -> None:
    ear = LineEar()
    if answered:
        ear.answer()
    for piece in pieces:
        if isinstance(piece, str):
            ear.words(piece)
        else:
            ear.frame(piece)
    assert 0.0 <= ear.conclusion().confidence <= 1.0
