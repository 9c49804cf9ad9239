from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hotline.asr.engine import Spoken
from hotline.asr.merge import merge
from hotline.asr.spoken import UNSURE, join_words, utterances
from hotline.asr.transcripts import Transcript, Word


def word(text: str, start_s: float, end_s: float) -> Word:
    return Word(text, start_s, end_s, 0.9)


def test_chinese_is_written_without_blanks_and_other_words_with() -> None:
    assert join_words(["路灯", "全", "灭", "了"]) == "路灯全灭了"
    assert join_words(["app", "store", "的", "二维码", "ok"]) == "app store的二维码ok"


def test_a_pause_ends_an_utterance() -> None:
    found = utterances([word("您好", 0.3, 0.8), word("请问", 1.0, 1.4), word("路灯", 2.0, 2.5)])
    assert [(one.text, one.start_s, one.end_s) for one in found] == [
        ("您好请问", 0.3, 1.4),
        ("路灯", 2.0, 2.5),
    ]


def test_what_was_not_understood_is_marked_and_never_a_word() -> None:
    found = utterances(
        [word("我姓", 0, 0.5), word("[unk]", 0.5, 0.8), word("[unk]", 0.8, 1.0), word("住", 1, 1.2)]
    )
    assert [one.text for one in found] == [f"我姓{UNSURE}住"]
    unsure = found[0].words[1]
    assert (unsure.text, unsure.start_s, unsure.end_s, unsure.confidence) == (UNSURE, 0.5, 1.0, 0.0)


@given(st.lists(st.floats(0, 2), max_size=30))
def test_cutting_loses_no_word(gaps: list[float]) -> None:
    words: list[Word] = []
    now = 0.0
    for number, gap in enumerate(gaps):
        now += gap
        words.append(word(f"字{number}", now, now + 0.2))
        now += 0.2
    assert [one for spoken in utterances(words) for one in spoken.words] == words


def spoken(text: str, start_s: float, end_s: float) -> Spoken:
    return Spoken(start_s, end_s, text, (word(text, start_s, end_s),))


def test_two_legs_become_one_conversation_in_order() -> None:
    transcript = merge(
        {
            "agent": [spoken("您好", 1.0, 1.5), spoken("贵姓", 6.0, 6.5), spoken("好的", 9.0, 9.4)],
            "citizen": [spoken("路灯不亮", 2.0, 5.0), spoken("姓王", 7.0, 7.5), spoken("嗯", 9.0, 9.1)],
        },
        call="node1-1.1",
        model="m",
        language="zh-CN",
        duration_s=10.0,
    )
    assert [(one.speaker, one.text) for one in transcript.utterances] == [
        ("agent", "您好"),
        ("citizen", "路灯不亮"),
        ("agent", "贵姓"),
        ("citizen", "姓王"),
        ("citizen", "嗯"),
        ("agent", "好的"),
    ]
    assert Transcript.from_json(transcript.to_json()) == transcript
