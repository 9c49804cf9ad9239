"""Which words answers to a question are made of: a recogniser that takes a list hears these better. Pure.

A recogniser leaves out what its own dictionary lacks, so the lists may hold more than it knows. They are a
help, no limit: ``understand`` reads whatever was recognised.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from ..model import Question
from .lexicon import words_of

_EVERYWHERE = (
    "yes",
    "no",
    "bare_no",
    "not",
    "adverb",
    "person",
    "particle",
    "ask",
    "unsure",
    "shrug",
    "mend",
    "but",
)
_DOUBT = ("doubt", "able", "mock", "nobody", "guess", "still", "now", "once")
_DEGREES = ("much", "quite", "slightly", "at_all", "half", "whole")
_KINDS: Mapping[Question, tuple[str, ...]] = {
    Question.IDENTITY: (),
    Question.CONSENT: ("willing", "go", "unwilling", "busy", "again", "good"),
    Question.CONTACTED: ("contact", "silent", "by_me", *_DOUBT),
    Question.SOLVED: ("solve", "fixed", "unfixed", "wish", "away", *_DOUBT),
    Question.SATISFIED: (
        "satisfied",
        "good",
        "middling",
        "bad",
        "slow",
        "thanks",
        "matter",
        *_DEGREES,
        *_DOUBT,
    ),
    Question.REASON: ("bad", "slow", "unfixed", "silent", "matter", *_DEGREES),
    Question.WHEN: ("again", "busy"),
    Question.MORE: ("willing", "unwilling"),
    Question.DEMAND: ("good", "unwilling"),
}
_OWN: Mapping[Question, str] = {
    Question.IDENTITY: "是我 我是 我就是 就是我 本人 机主 打错 打错了 不认识 不在 不在家 老公 老婆 "
    "爱人 儿子 女儿 爸 妈 换号 你说 你好 喂",
    Question.SATISFIED: "非常满意 基本满意 不满意 非常不满意 不太满意 很满意",
    Question.WHEN: "今天 明天 后天 早上 上午 中午 下午 晚上 周末 星期 礼拜 点 半 小时 分钟 以后 "
    "一 二 三 四 五 六 七 八 九 十 两",
}
_ANY = (
    "转人工 人工 客服 接线员 工作人员 领导 机器人 别打了 不要 再打 打 骚扰 烦 挂了 拒绝 不想 说 问 投诉 举报 "
    "反映 咨询 还有 另外 别的 其他 事 事情 问题 一个 你 谁 哪里 什么 再说一遍 听不清 听不见 等一下"
)


@cache
def words(question: Question) -> tuple[str, ...]:
    """Return the words of answers to a question, each once, in a fixed order; free speech has none."""
    if question not in _KINDS:
        return ()
    own = _OWN.get(question, "").split()
    found = dict.fromkeys([*own, *_ANY.split(), *words_of(*_KINDS[question], *_EVERYWHERE)])
    return tuple(found)
