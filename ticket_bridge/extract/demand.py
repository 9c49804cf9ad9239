"""What is to be done (BJ 5.1.4.1: 诉求人的要求), written as tickets are, from the words that ask for it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..context import CallContext
from ..fields import Field, FieldName, Found
from ..talk import Line, Span, Talk
from ..words import either, pattern, rules
from .acts import MATTER, Act, acts_of, joined, much_the_same
from .clauses import is_only_manners, tidy
from .inquiry import asked_for, proposed
from .likely import likeliest
from .matter import Matter, find_matter
from .pieces import pieces
from .rewrite import rewritten
from .signs import standing_dangers
from .specify import specified

LIMIT = 40
ACTS = 4
"""Few demands of a ticket are of more acts."""
CROWD = 10
OUTWEIGHS, OUTWEIGHS_UNPUNCTUATED = 1.5, 2
"""A clause rewritten stands in the place of the known acts in it when it says so many times as much."""
UNPUNCTUATED = 12
"""Longer clauses of an utterance without punctuation may be several."""
SHORT, TOO_SHORT = 8, 6
"""A demand below this says too little by itself."""


def extract(talk: Talk, context: CallContext, found: Found) -> dict[FieldName, Field]:
    """Write the demand by the kind of call; empty when nothing was asked for and no known matter told."""
    field = drafted(talk, found)
    if field is None:
        return {}
    if may_be_chosen(found):
        answered = list(answers(talk))
        known = pieces(talk, field, answered, found)
        field = likeliest(talk, known, frozenset(line.index for line in answered), field, LIMIT)
    return {FieldName.DEMAND: field}


def may_be_chosen(found: Found) -> bool:
    """Tell whether clauses may be left out or added: not of questions, praise and dangers."""
    kind = found.get(FieldName.KIND)
    fixed = kind is not None and kind.value in ("无效", "咨询", "表扬")
    return not fixed and FieldName.EMERGENCY_LINE not in found


def drafted(talk: Talk, found: Found) -> Field | None:
    """Return the demand as the rules write it."""
    kind = found.get(FieldName.KIND)
    name = "" if kind is None else str(kind.value)
    if kind is not None and name == "无效":
        return Field("无实质诉求", kind.confidence, kind.evidence)
    field: Field | None = None
    if name == "咨询":
        field = asked_for(talk)
    elif name == "建议":
        field = proposed(talk) or _as_asked(talk)
    elif name == "表扬":
        field = _praise(found)
    return (
        field
        or _emergency(talk, found)
        or _asked(talk, found, name)
        or _answered(talk)
        or _usual(talk, found)
        or _said(talk, name)
    )


def _praise(found: Found) -> Field | None:
    party = found.get(FieldName.PARTY)
    return None if party is None else Field(f"表扬{party.value}"[:LIMIT], 0.7, party.evidence)


def _emergency(talk: Talk, found: Found) -> Field | None:
    """Return what a danger going on now needs; a caller who threatens wants something else."""
    emergency = found.get(FieldName.EMERGENCY_LINE)
    if emergency is None or FieldName.THREAT_QUOTE in found:
        return None
    data = rules("demand")
    danger = next((one for one in standing_dangers(talk) if one.line == emergency.value), None)
    who = next((span for line in talk.citizen for _, span in line.search(pattern(data["who"]))), None)
    trapped = next((span for line in talk.citizen for _, span in line.search(pattern(data["trapped"]))), None)
    name = data["by_line"][emergency.value] if danger is None else data["danger"][danger.danger]
    pieces = [*emergency.evidence] if danger is None else [danger.evidence]
    people = found.get(FieldName.PEOPLE)
    said = "人员" if who is None else data["who_words"].get(who.text, who.text)
    if people is not None and isinstance(people.value, int) and people.value < CROWD:
        count = data["counts"][people.value]
        single = who is not None and pattern(data["single"]).fullmatch(who.text)
        said = f"{count}人" if single else f"{count}{'名' if who is None else '位'}{said}"
        pieces += people.evidence
    if who is not None:
        pieces.append(who.evidence)
    wet = next((span for line in talk.citizen for _, span in line.search(pattern(data["in_water"]))), None)
    if wet is not None:
        name = name.replace("被困", "落水")
        pieces.append(wet.evidence)
    text = name.format(who=said)
    if trapped is not None and danger is not None and danger.danger in data["with_trapped"]:
        text += f"，{data['rescue'].format(who=said)}"
        pieces.append(trapped.evidence)
    return Field(text, 0.6, tuple(dict.fromkeys(pieces)))


def _asked(talk: Talk, found: Found, name: str) -> Field | None:
    """Join what the read-back, the answer to the agent's question, or else the citizen's wishes ask for."""
    matter = find_matter(talk)
    usual = "" if matter is None else matter.demand
    read_back = next(_read_back(talk), None)
    acts = [act for line in answers(talk) for act in acts_of(line)]
    if read_back is not None:
        further = _completed(talk, [act for act in acts if act.text != MATTER])
        return _confirmed(read_back, further or acts, usual)
    completed = _completed(talk, [act for act in acts if act.text != MATTER])
    answered = bool(completed or acts)
    told = completed or acts or _wishes(talk)
    definite = [act for act in told if act.text != MATTER]
    acts = specified(definite or told, talk, found)
    text, evidence = joined(acts, usual, LIMIT)
    if name == "求助" and pattern(rules("demand")["hasten"]).match(text):
        text = f"尽快{text}"
    text = pattern("要么(.+?)，(?:要么|或者?)").sub(r"\1或", text)
    if not text:
        return None
    if name == "举报" and matter is not None and usual.startswith(("查处", "取缔")):
        named = usual[:2] in text or pattern(rules("demand")["enforced"]).search(text) is not None
        named = named or much_the_same(usual, text) or len(usual) + len(text) >= LIMIT
        text = text if named else f"{usual}，{text}"
        evidence += [] if named else [matter.span.evidence]
    same = text[:2] in usual or much_the_same(text, usual) or pattern(rules("demand")["vague"]).match(usual)
    if len(text) < (TOO_SHORT if answered else SHORT) and matter is not None and not same:
        text = f"{usual}，{text}"
        evidence.append(matter.span.evidence)
    return Field(text[:LIMIT], 0.6, tuple(dict.fromkeys(evidence))[:4])


def _as_asked(talk: Talk) -> Field | None:
    """Write a proposal from the answer to what the agent asked about it."""
    text, evidence = joined(_completed(talk, []), "", LIMIT)
    return Field(text, 0.5, tuple(dict.fromkeys(evidence))[:4]) if text else None


def _confirmed(read_back: Span, acts: list[Act], usual: str) -> Field:
    """Take the agent's words, which the citizen agreed to, and what the citizen adds to them."""
    text = pattern(rules("phrases")["head_demand"]).sub("", read_back.text, count=1)
    text = pattern(rules("demand")["by_whom"]).sub("", text, count=1)
    more, evidence = joined(acts, usual, LIMIT - len(text) - 1)
    both = more and len(text) + len(more) < LIMIT and not much_the_same(more, text)
    return Field(f"{text}，{more}" if both else text, 0.7, (read_back.evidence, *(evidence if both else ())))


def answers(talk: Talk) -> Iterator[Line]:
    """Give what the citizen says when asked for the demand, or when it was read back."""
    asked = either(rules("phrases")["demand_asked"])
    confirmed = pattern(rules("phrases")["read_back"])
    for line in talk.lines:
        before = talk.question_before(line)
        if line.speaker == "citizen" and (asked.search(before) or confirmed.search(before)):
            yield line


def _completed(talk: Talk, acts: list[Act]) -> list[Act]:
    """Return the acts with what the answer to the agent's question asks for beside them, in its order."""
    result = list(acts)
    for line in answers(talk):
        for start, end, one in rewritten(line):
            inside = [act for act in result if act.evidence.utterance == line.index and start <= act.at < end]
            said = sum(len(act.text) for act in inside)
            sure = len(line.clauses) > 1 or len(one.text) <= UNPUNCTUATED
            enough = OUTWEIGHS if len(line.clauses) > 1 else OUTWEIGHS_UNPUNCTUATED
            if sure and len(one.text) >= enough * said and (inside or len(result) < ACTS):
                result = [act for act in result if act not in inside] + [one]
    return sorted(result, key=lambda act: (act.evidence.utterance, act.at))


def _wishes(talk: Talk) -> list[Act]:
    """Return the acts of the last line that asks for something definite, else of the last that asks."""
    spelt = pattern(rules("demand")["spelt"])
    lines = [line for line in talk.citizen[1:] or talk.citizen if not spelt.search(line.plain.text)]
    by_line = [acts for line in reversed(lines) if (acts := acts_of(line))]
    definite = next((acts for acts in by_line if any("{m}" not in act.text for act in acts)), None)
    return definite or next(iter(by_line), [])


def _usual(talk: Talk, found: Found) -> Field | None:
    matter: Matter | None = find_matter(talk)
    if matter is None:
        return None
    usual = specified([Act(matter.demand, 0, matter.span.evidence)], talk, found)[0]
    return Field(usual.text[:LIMIT], 0.4, (usual.evidence, *usual.more))


def _read_back(talk: Talk) -> Iterator[Span]:
    for line in talk.agent:
        for match, _ in line.search(pattern(rules("phrases")["read_back"])):
            yield line.group(match, "demand")


def _answered(talk: Talk) -> Field | None:
    """Quote the answer to the agent's question where no rule knows how to write it."""
    for line in answers(talk):
        if not is_only_manners(line) and (span := _clause_from(line, 0)) is not None and len(span.text) >= 4:
            return Field(span.text, 0.5, (span.evidence,))
    return None


def _said(talk: Talk, kind: str) -> Field | None:
    """Quote the clause that asks for something: a question comes first, a demand last."""
    lines = talk.citizen if kind == "咨询" else talk.citizen[::-1]
    for text in rules("phrases")["demand_said"]:
        for line in lines:
            for match, _ in line.search(pattern(text)):
                if (span := _clause_from(line, match.start())) is not None and len(span.text) >= 4:
                    return Field(span.text, 0.4, (span.evidence,))
    return None


def _clause_from(line: Line, start: int) -> Span | None:
    """Return the demand from ``start`` to the end of its utterance, without its lead-in."""
    text = line.plain.text
    lead = pattern(rules("phrases")["head_demand"]).match(text, start)
    if lead is not None and len(text) - lead.end() >= 4:
        start = lead.end()
    stop = re.compile("我姓|我叫|我的电话|电话|打我").search(text, start)
    return tidy(line, start, stop.start() if stop is not None else len(text), LIMIT)
