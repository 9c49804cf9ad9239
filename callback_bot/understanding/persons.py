"""Whether it is the person who is meant (identity), and whether they want to be asked (consent). Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..model import LATER, NO, UNCLEAR, YES
from .facts import Fact
from .intents import without_refusal
from .lexicon import tokens
from .reading import Reading, Reply
from .yes_no import Judged

_CURIOUS = re.compile("有(?:什么)?(?:事|话)|快")
_NOW = re.compile("现在(?!的)|这会|目前|今天|此刻|这阵")
_ITS_ME = re.compile("(?<!不)(?<!不是)(?<!是他)(?:是我|我是|本人|我就是)[的啊呀，]*$")
_ASKS_WHO_ELSE = (
    *("不是我还", "不是我是谁", "不是我吗", "不是我难道", "不是别人"),
    *("不是他还", "不是她还", "不是他难道", "要不是他", "要不是她", "不是谁是"),
)
_LISTENS = ("嗯", "哎", "诶", "嗳", "昂")
_PLANS = ("要", "得", "还要", "还得", "有事", "有点事")
_NOT_BUSY = ("不忙", "没忙", "忙完了", "不是很忙", "没什么事", "没有事")


def identity(reading: Reading) -> Judged:
    """Return yes, no or unclear; a relative at the phone is not the person."""
    wants = reading.intents
    if wants.wrong_person:
        return _last_said(reading) if wants.is_me else (NO, 0.95)
    if wants.is_me:
        return YES, 0.95
    strong = [reply for reply in reading.replies if not reply.weak and _is_of_person(reply)]
    if strong:
        return _replied_who(reading, strong)
    weak = any(reply.word in _LISTENS for reply in reading.replies)
    goes_on = any(
        fact.topic == "consent" and fact.value == 2 and len(fact.word) > 1 for fact in reading.facts
    )
    goes_on = goes_on and not _CURIOUS.search(reading.text)
    return (YES, 0.75) if (weak or goes_on) and not (wants.asks_back or wants.hold) else (UNCLEAR, 0.3)


def _is_of_person(reply: Reply) -> bool:
    """有 and 没有 answer other questions."""
    return reply.word == "没错" or not set("有没") & set(reply.word)


def _last_said(reading: Reading) -> Judged:
    """不是... 哦是我: what was found out last counts; 不是我还能是谁 is a yes."""
    if reading.has("mend") or "哦" in reading.text:
        return (YES, 0.6) if _ITS_ME.search(reading.text) else (NO, 0.6)
    return (YES, 0.7) if any(words in reading.text for words in _ASKS_WHO_ELSE) else (NO, 0.7)


def _replied_who(reading: Reading, strong: Sequence[Reply]) -> Judged:
    if len({reply.yes for reply in strong}) > 1:
        return (YES if strong[-1].yes else NO, 0.6) if reading.has("mend") else (UNCLEAR, 0.4)
    if reading.intents.asks_back and strong[0].word == "不是" and len(reading.text) >= 10:
        return UNCLEAR, 0.4  # 不是已经打过一次了吗
    return (YES if strong[0].yes else NO), 0.9


def consent(reading: Reading) -> Judged:
    """Return yes, no, later or unclear; what is said last counts (没空, 算了你问吧)."""
    wants = reading.intents
    said = [fact for fact in reading.conditional if _bears(fact)]
    if _wants_later(reading):
        return (YES, 0.7) if _goes_on_now(reading, said) else (LATER, 0.9)
    if wants.not_now:  # 别问了，我没意见
        said = [fact for fact in said if fact.topic == "consent"]
    busy = reading.has("busy") and not any(words in reading.text for words in _NOT_BUSY)
    if wants.wrong_person and not said:
        return NO, 0.7
    if wants.asks_back and not busy and all(fact.word in ("你说", "没事") for fact in said):
        return UNCLEAR, 0.4
    if said:
        return _weighed(reading, said, busy=busy)
    if busy:
        return LATER, 0.75
    return (NO, 0.8) if wants.not_now or wants.wrong_person else _replied(reading)


def _goes_on_now(reading: Reading, said: Sequence[Fact]) -> bool:
    """问吧，我待会儿要出门: asked to begin, and the time is that of something else."""
    first = next((fact for fact in said if fact.topic == "consent" and fact.value == 2), None)
    if first is None or any(fact.value < 0 for fact in said):
        return False
    behind = reading.tokens[first.at + 1 :]
    time = next((at for at, token in enumerate(behind) if token.is_a("again")), len(behind))
    return any(token.text in _PLANS or token.is_a("busy") for token in behind[time + 1 :])


def _weighed(reading: Reading, said: Sequence[Fact], *, busy: bool) -> Judged:
    against = [fact for fact in said if fact.value < 0]
    willing = [fact for fact in said if fact.value >= 0]
    if willing and (not against or _takes_back(reading, against[-1], willing[-1])):
        return YES, 0.7 if against or busy else 0.9
    if busy and not willing:
        return LATER, 0.75
    if any(fact.topic == "consent" and fact.value == 2 for fact in willing):
        return UNCLEAR, 0.4
    able = all(not fact.word.startswith("不") for fact in against)
    return (LATER, 0.7) if able and _NOW.search(reading.text) else (NO, 0.9)


def _takes_back(reading: Reading, against: Fact, willing: Fact) -> bool:
    """没空, 算了你问吧 is a yes; 没空, 好吧 only ends the answer."""
    turned = willing.topic == "consent" or reading.between(against.at, willing.at, "but", "mend")
    return willing.at > against.at and turned


def _bears(fact: Fact) -> bool:
    """可以, 行, 中 are said of consent, too; 慢 is not."""
    certain = not (fact.asked or fact.doubtful or fact.implied)
    return certain and fact.topic in ("consent", "feeling")


def _wants_later(reading: Reading) -> bool:
    said = tokens(without_refusal(reading.text)) if reading.intents.never else reading.tokens
    return any(token.is_a("again") for token in said) and "再说一" not in reading.text


def _replied(reading: Reading) -> Judged:
    replies = [reply for reply in reading.replies if _is_of_person(reply)]
    if not replies or reading.intents.asks_back or reading.has("choice", "shrug"):
        return UNCLEAR, 0.3
    if len({reply.yes for reply in replies}) > 1:
        return UNCLEAR, 0.4
    return (YES, 0.8) if replies[0].yes else (NO, 0.8)
