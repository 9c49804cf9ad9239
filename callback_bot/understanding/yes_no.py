"""Whether the unit made contact (contacted) and whether the matter is solved: yes, no, or unclear. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ..model import NO, UNCLEAR, YES
from .facts import Fact
from .lexicon import Token
from .reading import Reading, Reply
from .story import is_hearsay, of_another, weighty

_PART = re.compile(
    "[^，？的]{1,4}的[^，？没不]{2,4}了?，?[^，？的]{1,4}的还?没有?(?=$|[，啊呢弄解修处办搞])|一半|[决理好修换装拆清退弄办搞整](?:好|完)?了(?=[一两二三几半](?:[处家半盏条根户块]|个(?!月|多月|星期|小时|礼拜|钟头)))|还[有剩](?=[一两几三半][^，]{0,2}没)|(?<!大)部分|[二三四五六七八九十]分之|有的(?=.{2})|一点点|半拉|临时|有些(?=.{2})|一些|[一两几]处|另[一外](?:处|头|边)|另一[个半]|其中|剩下的?|其[余他]的"
)
_CONFIRMING = ("对", "对的", "对啊", "是", "是的", "是啊", "没错")
_ACCEPTED = ("认可", "满意", "接受", "没意见")
TURNS = ("but", "still", "now", "once", "mend", "mild")
Judged = tuple[str, float]


def contacted(reading: Reading) -> Judged:
    """Whoever came once has made contact, however it went on (R-CB-2: contacted, or tried to)."""
    said = _certain(reading.of("contacted"))
    plain = [fact for fact in said if not fact.implied]
    reached, not_reached = _sides(plain)
    if reached and not_reached:
        alike = {fact.word for fact in reached} & {fact.word for fact in not_reached}
        turned = reading.between(plain[0].at, plain[-1].at, *TURNS)
        return (UNCLEAR, 0.4) if alike and not turned else (YES, 0.75)
    if reached and reading.has("unsure"):
        return UNCLEAR, 0.4
    if reached:
        return _with_replies(reading, YES, reading.replies, only=reading.has("mild"))
    if not_reached and _had_some(reading, not_reached[0]):
        return YES, 0.7
    if not_reached or said:
        return NO, 0.95 if not_reached else 0.75
    return bare(reading)


def _had_some(reading: Reading, not_reached: Fact) -> bool:
    """有, 后来就没人管了: who had been in touch has made contact."""
    first = next(iter(reading.replies), None)
    if first is None or not first.word.startswith("有"):
        return False
    return reading.between(first.at, not_reached.at, "now", "but", "mild")


def solved(reading: Reading) -> Judged:
    """Take the state at the end of the story (修好了, 两天又坏了)."""
    said = weighty(reading, _certain(reading.of("solved")))
    good, bad = _sides(said)
    if said and reading.has("unsure") and reading.has("guess"):
        return UNCLEAR, 0.4
    if good and bad:
        return _story(reading, said)
    if good and (_parts(reading) or reading.has("unsure", "away")):
        return UNCLEAR, 0.4
    if good:
        return _with_replies(reading, YES, reading.replies)
    if _parts(reading) > 1:
        return UNCLEAR, 0.4
    return (NO, 0.95) if bad else _by_form(reading)


def _story(reading: Reading, said: Sequence[Fact]) -> Judged:
    first, last = said[0], said[-1]
    before = any(token.is_a("once") for token in reading.tokens[: first.at])
    turned = (
        before
        or is_hearsay(reading, first)
        or reading.between(first.at, last.at, "now", "at_all")
        or any(
            reading.between(one.at, other.at + 1, *TURNS)
            for one, other in pairwise(said)
            if one.value != other.value
        )
    )
    parts = _parts(reading)
    if first.value > 0 > last.value and of_another(reading, first, last):
        return UNCLEAR, 0.4
    if parts > 1 or (parts and not (turned and last.value < 0)):
        return UNCLEAR, 0.4
    if not turned and first.word.rstrip("了") == last.word.rstrip("了"):
        return UNCLEAR, 0.4
    return (YES, 0.7) if last.value > 0 else (NO, 0.8)


def _by_form(reading: Reading) -> Judged:
    """Judge 不 and 没 before words nobody listed: 不晃了 has changed for the better, 没给装 is not done."""
    judged = bare(reading)
    wants = reading.intents
    only_listens = judged[0] == YES and all(reply.weak for reply in reading.replies)
    if (
        (judged[0] != UNCLEAR and not only_listens)
        or wants.asks_back
        or wants.not_now
        or reading.has("unsure", "shrug", "choice", "up_to_you", "away")
    ):
        return judged
    felt = [fact for fact in reading.of("feeling") if not fact.implied]
    if felt and all(fact.value < 0 for fact in felt):
        return NO, 0.6
    if any(fact.word in _ACCEPTED and fact.value > 0 for fact in felt) and "结果" in reading.text:
        return YES, 0.6
    if _is_back(reading):
        return NO, 0.6
    for place, token in enumerate(reading.tokens):
        if not token.is_a("not", "nobody") or place in reading.used:
            continue
        before = reading.tokens[place - 1].text if place else ""
        behind = reading.tokens[place + 1 :]
        if before in ("我", "我们") or not _goes_on_strangely(behind):
            continue
        ends = next((at for at, word in enumerate(behind) if word.is_a("pause")), len(behind))
        last = [word.text for word in behind[:ends] if not word.is_a("particle")][-1:]
        changed = last == ["了"] and not reading.has("still")
        return (YES, 0.6) if changed else (NO, 0.6)
    return judged


def _is_back(reading: Reading) -> bool:
    """摊贩又回来了, 照样开到半夜: what was reported is there again, or still."""
    return any(
        token.is_a("still")
        and token.text[-1] not in "有更继"
        and not reading.between(max(place - 3, -1), place, "not", "nobody")
        and _goes_on_strangely(reading.tokens[place + 1 :])
        for place, token in enumerate(reading.tokens)
    )


def _goes_on_strangely(behind: Sequence[Token]) -> bool:
    first = next((word for word in behind if not word.is_a("adverb", "person", "much", "quite")), None)
    return first is not None and first.is_a("other")


def bare(reading: Reading) -> Judged:
    """Judge an answer of mere yes and no (嗯, 没有没有, 是的)."""
    strong = [reply for reply in reading.replies if not reply.weak]
    open_at = [fact.at for fact in reading.facts if fact.doubtful or fact.asked]
    answered = bool(strong and open_at) and (
        strong[-1].at > max(open_at) or _denied_first(reading, strong[0], min(open_at))
    )
    if (
        strong
        and strong[0].at == 0
        and len(reading.tokens) >= 8
        and len({reply.yes for reply in strong}) == 1
    ):
        return _of(strong[0]), 0.6
    if reading.has("choice", "unsure", "shrug", "away", "maybe") or (open_at and not answered):
        return UNCLEAR, 0.4
    replies = strong or list(reading.replies)
    grumbles = not strong and any(fact.value < 0 for fact in reading.of("feeling"))
    if not replies or grumbles:
        return UNCLEAR, 0.3
    if not replies[0].yes and all(reply.yes and reply.word in _CONFIRMING for reply in replies[1:]):
        return NO, 0.8
    if len({reply.yes for reply in replies}) > 1:
        return (_of(replies[-1]), 0.6) if reading.has("mend") else (UNCLEAR, 0.4)
    return _of(replies[0]), 0.9 if strong else 0.75


def _denied_first(reading: Reading, reply: Reply, asked_at: int) -> bool:
    """没有, 谁联系我呀: the question only goes on with the no."""
    return not reply.yes and reply.at == 0 and reading.between(0, asked_at, "doubt")


def _certain(said: Sequence[Fact]) -> list[Fact]:
    return [fact for fact in said if not fact.doubtful]


def _parts(reading: Reading) -> int:
    """Return how often a part is spoken of (解决了一半, 有的…有的…)."""
    return len(_PART.findall(reading.text))


def _sides(said: Sequence[Fact]) -> tuple[list[Fact], list[Fact]]:
    return [fact for fact in said if fact.value > 0], [fact for fact in said if fact.value < 0]


def _with_replies(reading: Reading, value: str, replies: Sequence[Reply], *, only: bool = False) -> Judged:
    """Weigh a statement of yes against a bare 没有 beside it; 不是 and 不 only begin a sentence."""
    against = [
        reply for reply in replies if not reply.yes and "没" in reply.word and not reply.word.endswith("了")
    ]
    if against and reading.between(reading.replies[0].at - 3, against[-1].at, "but") and _ends_so(reading):
        return NO, 0.8
    if against and not only and not reading.has("mend", "but"):
        return UNCLEAR, 0.4
    return value, 0.85 if reading.has("guess") else 0.95


def _ends_so(reading: Reading) -> bool:
    """说解决了但是没有: the bare no is the last word."""
    last = reading.replies[-1]
    return not last.yes and all(fact.at < last.at for fact in reading.facts)


def _of(reply: Reply) -> str:
    return YES if reply.yes else NO
