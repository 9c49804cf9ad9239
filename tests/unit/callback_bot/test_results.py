"""What answers come to, and what follows for the ticket."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hotline.callback_bot.model import Answer, CallbackState, Given, Question, Result
from hotline.callback_bot.outcome.results import (
    LONGEST_WORDS,
    Decision,
    Verdict,
    asks_for,
    decided,
    needs_check,
    plain_words,
    result_of,
    state_of,
    verdict_of,
)

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


def answer(question: Question, value: str, *, words: str = "", turn: int = 1) -> Answer:
    return Answer(question, value, Given.SPEECH, turn, words)


def answers(**values: str) -> list[Answer]:
    return [answer(Question(question), value) for question, value in values.items()]


@pytest.mark.clause("R-CB-2")
def test_the_answers_of_an_attempt_make_one_result() -> None:
    given = [
        *answers(identity="yes", consent="yes", contacted="no", solved="no", satisfied="不满意"),
        answer(Question.REASON, "attitude"),
        answer(Question.REASON, "slow"),
        answer(Question.REASON, "attitude"),
        answer(Question.REASON_WORDS, "silence"),
        answer(Question.REASON_WORDS, "unclear", words="说好 三天\n来 一直没来"),
        answer(Question.REMARKS, "unclear", words="快点"),
    ]
    made = result_of("C1", "A1", given, recording="r.wav", ended_at=NOW)
    assert (made.contacted, made.solved, made.level) == ("no", "no", "不满意")
    assert made.reasons == ("attitude", "slow")
    assert made.remarks == "说好 三天 来 一直没来；快点"
    assert (made.recording, made.ended_at, made.answers) == ("r.wav", NOW, tuple(given))


def test_the_last_answer_that_is_one_counts() -> None:
    given = [
        answer(Question.SATISFIED, "unclear"),
        answer(Question.SATISFIED, "满意", turn=2),
        answer(Question.SATISFIED, "基本满意", turn=3),
        answer(Question.SATISFIED, "silence", turn=4),
        answer(Question.SOLVED, "human"),
    ]
    made = result_of("C1", "A1", given)
    assert (made.level, made.solved) == ("基本满意", "")
    assert asks_for(given) == ("human",)


@pytest.mark.parametrize("value", ["", "满意度", "yes", "${SHELL(id)}", "=1+1"])
def test_what_is_no_level_is_none(value: str) -> None:
    assert result_of("C1", "A1", answers(satisfied=value)).level == ""


def test_a_reason_without_a_bad_mark_is_dropped() -> None:
    assert result_of("C1", "A1", answers(satisfied="满意", reason="slow")).reasons == ()


@pytest.mark.clause("R-CB-6")
@pytest.mark.parametrize(
    ("level", "solved", "verdict", "state"),
    [
        ("非常满意", "", Verdict.CLOSE, CallbackState.DONE),
        ("满意", "no", Verdict.CLOSE, CallbackState.DONE),
        ("基本满意", "yes", Verdict.CLOSE, CallbackState.DONE),
        ("不满意", "yes", Verdict.CLOSE, CallbackState.DONE),
        ("不满意", "no", Verdict.CHECK, CallbackState.CHECK),
        ("不满意", "", Verdict.CHECK, CallbackState.CHECK),
        ("非常不满意", "no", Verdict.CHECK, CallbackState.CHECK),
        ("", "no", Verdict.UNRATED, None),
    ],
)
def test_a_bad_mark_of_what_is_not_solved_is_checked_first(
    level: str, solved: str, verdict: Verdict, state: CallbackState | None
) -> None:
    result = Result("C1", "A1", level=level, solved=solved)
    assert state_of(result) is state
    assert verdict_of(result, state or CallbackState.EXPIRED) is verdict
    assert needs_check(result) is (state is CallbackState.CHECK)


@pytest.mark.clause("R-CB-1")
def test_a_refusal_is_neither_a_mark_nor_unrated() -> None:
    assert verdict_of(Result("C1", "A1"), CallbackState.REFUSED) is Verdict.REFUSED


@pytest.mark.clause("R-CB-6")
def test_a_check_decides_whether_it_is_handled_again() -> None:
    bad = Result("C1", "A1", level="不满意", solved="no")
    again = Decision("2001", NOW, reopen=True, note="现场仍未修复")
    assert decided(bad, again) == (bad, Verdict.REOPEN)
    corrected, verdict = decided(
        bad, Decision("2001", NOW, reopen=False, note="已修好", level="满意", solved="yes")
    )
    assert (corrected.level, corrected.solved, verdict) == ("满意", "yes", Verdict.CLOSE)
    assert decided(bad, Decision("2001", NOW, reopen=False, note="诉求不合理"))[1] is Verdict.CLOSE
    assert decided(Result("C1", ""), Decision("2001", NOW, reopen=False, note="空号"))[1] is Verdict.UNRATED


@pytest.mark.parametrize("hostile", ["a\r\nAction: Originate", "a\x00b", "\u2028x", "\ud800x", "x" * 9000])
def test_words_are_one_line_that_nothing_breaks(hostile: str) -> None:
    shown = plain_words(hostile)
    assert shown == shown.encode().decode()
    assert len(shown) <= LONGEST_WORDS
    assert all(ord(char) >= 32 and char not in "\x7f\u2028\u2029" for char in shown)
