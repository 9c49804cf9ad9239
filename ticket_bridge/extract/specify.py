"""What a demand leaves to the context, filled in from the call: how much money, what to mend.

People ask 把钱退给我 or 快来修; a ticket says 退还培训费3200元, 检修水泵 (BJ 5.1.4.1).
"""

from __future__ import annotations

import re
from dataclasses import replace

from ..fields import Evidence, FieldName, Found
from ..talk import Line, Span, Talk
from ..words import is_common_word, pattern, rules, segment
from .acts import Act
from .money import Sum, sums
from .things import thing_of

LONGEST = 5
PAID = 8
"""A sum follows or precedes the word of paying within so many characters."""


def specified(acts: list[Act], talk: Talk, found: Found) -> list[Act]:
    """Return the acts with their objects as full as the call tells them."""
    return [_until(_lengthened(_specified(act, talk, found), talk), talk) for act in acts]


def _lengthened(act: Act, talk: Talk) -> Act:
    """Take the longer word that the call has for a noun of one character (查扣船 → 查扣采砂船)."""
    noun = act.text[-1:]
    if len(act.text) < 2 or not pattern(rules("specify")["short_nouns"]).fullmatch(noun):
        return act
    if len(next(reversed(list(segment(act.text))))) > 1:
        return act
    for line in talk.lines:
        for word in segment(line.plain.text):
            if 2 < len(word) < LONGEST and word.endswith(noun) and is_common_word(word):
                start = line.plain.text.index(word)
                return _with(act, act.text[:-1] + word, line.span(start, start + len(word)).evidence)
    return act


def _specified(act: Act, talk: Talk, found: Found) -> Act:
    data = rules("specify")
    line = next((line for line in talk.citizen if line.index == act.evidence.utterance), None)
    if act.text.startswith("退还") and line is not None and (full := _in(line, data["whole"])) is not None:
        act = _with(act, f"全额{act.text}", full.evidence)
    money = pattern(data["money"]).fullmatch(act.text)
    if money is not None:
        return _owed(_paid(act, money, talk), talk, found)
    for words, form in data["bare"]:
        match = pattern(words).fullmatch(act.text)
        if match is None:
            continue
        if "{who}" in form:
            who = (None if line is None else _in(line, data["roles"])) or _first(talk, data["roles"])
            rest = match.groupdict().get("rest", "")
            return act if who is None else _with(act, form.format(who=who.text, rest=rest), who.evidence)
        thing = thing_of(talk)
        return (
            act if thing is None else _with(act, form.format(match.group(), thing=thing.text), thing.evidence)
        )
    return act


def _until(act: Act, talk: Talk) -> Act:
    """Put the time until which the same words want it done before an act (今晚 → 当晚抢修)."""
    data = rules("specify")
    line = next((line for line in talk.citizen if line.index == act.evidence.utterance), None)
    if line is None or not pattern(data["until_acts"]).search(act.text):
        return act
    for words, written in data["until"]:
        for _, span in line.search(pattern(words)):
            return _with(act, written + act.text.removeprefix("尽快"), span.evidence)
    return act


def _owed(act: Act, talk: Talk, found: Found) -> Act:
    """Name how many people wages are owed to."""
    people = found.get(FieldName.PEOPLE)
    if people is None or not pattern(rules("specify")["owed"]).search(act.text):
        return act
    text = act.text.replace("拖欠的工资", "工资").replace("工资", f"{people.value}人拖欠工资", 1)
    return _with(act, text, *people.evidence)


def _with(act: Act, text: str, *evidence: Evidence) -> Act:
    return replace(act, text=text, more=tuple(dict.fromkeys((*act.more, *evidence))))


def _paid(act: Act, match: re.Match[str], talk: Talk) -> Act:
    """Name the money: what it was for, and how much of it the citizen spoke of."""
    data = rules("specify")
    verb, said = match.group("verb"), match.group("x") or ""
    owing = verb.removeprefix("全额")
    pieces: list[Evidence] = []
    noun = said
    if pattern(data["any_money"]).fullmatch(said):
        span = _first(talk, data["fees"])
        noun = "" if span is None else data["fee_words"].get(span.text, span.text)
        pieces += [] if span is None else [span.evidence]
    how = next((span for words in data["how"] if (span := _first(talk, words)) is not None), None)
    head = ""
    if how is not None and not noun.startswith(how.text[:1]) and owing in data["how_verbs"]:
        head = data["how_words"].get(how.text, how.text)
        pieces.append(how.evidence)
    sum_ = None if re.search(r"\d|元", noun) else _sum(act, talk, noun)
    if sum_ is not None:
        pieces.append(sum_.span.evidence)
    amount = "" if sum_ is None else sum_.text
    noun = noun or ("" if amount else data["no_noun"])
    return _with(act, f"{verb}{head}{noun}{amount}", *pieces)


def _in(line: Line, words: str) -> Span | None:
    return next((span for _, span in line.search(pattern(words))), None)


def _first(talk: Talk, words: str) -> Span | None:
    return next((span for line in talk.citizen for _, span in line.search(pattern(words))), None)


def _sum(act: Act, talk: Talk, noun: str) -> Sum | None:
    """Return the sum of the asking words themselves, else the total, else the last that was paid or owed."""
    data = rules("specify")
    own = next((line for line in talk.citizen if line.index == act.evidence.utterance), None)
    near = [] if own is None else list(sums(own))
    if near or not pattern(data["wages"]).search(noun):
        return next(iter(near), None)
    told = [(line, one) for line in talk.citizen for one in sums(line)]
    for words in (data["total"], data["paid"]):
        fitting = [one for line, one in told if _beside(line, one, words)]
        if fitting:
            return fitting[-1]
    return None


def _beside(line: Line, one: Sum, words: str) -> bool:
    return pattern(words).search(line.plain.text, max(0, one.start - PAID), one.end + 2) is not None
