"""What an agent said that the standards forbid: service wording checked by machine (R-T-12, BJ 7.1.2.3).

Pure, over a transcript as typed or as recognised; used during the call, after it, and on labelled calls.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ...asr.transcripts import Transcript
from ..fields import Evidence
from ..talk import Line, Talk
from ..words import either, rules

LABELS = ("质问", "反问", "含糊", "未报首问语", "未道结束语", "引导性")
NO_GREETING, NO_CLOSING = "未报首问语", "未道结束语"
NOT_UNDERSTOOD = "□"


@dataclass(frozen=True)
class Fault:
    """One thing the agent said, or left out; ``evidence`` is the words, for an omission the whole turn's."""

    label: str
    evidence: Evidence


def faults(transcript: Transcript, *, ended: bool = True) -> list[Fault]:
    """Return the faults in the order of the call, each label once a turn.

    ``ended`` False: the call goes on, so nothing is said yet of its end, nor of a greeting that may
    still be going on.
    """
    talk = Talk(transcript)
    turns = list(_turns(talk))
    found = [fault for turn in turns for fault in turn_faults(turn)]
    if turns and (ended or len(turns) > 1 or _answered(talk, turns[0])):
        found = [*greeting_fault(turns[0]), *found]
    if turns and ended:
        found += closing_fault(turns[-1], handed_over=handed_over(talk.agent))
    return found


def is_provoking(fault: Fault) -> bool:
    """Tell a fault that makes people angry: blame and rhetorical questions."""
    return fault.label in LABELS[:2]


def labels(found: Sequence[Fault]) -> list[str]:
    """Return the labels of faults, each once, in the guide's order."""
    seen = {fault.label for fault in found}
    return [label for label in LABELS if label in seen]


def _turns(talk: Talk) -> Iterator[list[Line]]:
    """Give the agent's turns; a mere 喂 of the citizen ends none."""
    turn: list[Line] = []
    for line in talk.lines:
        if line.speaker == "agent":
            if line.plain.text:
                turn.append(line)
        elif turn and not is_mere_hello(line):
            yield turn
            turn = []
    if turn:
        yield turn


def _answered(talk: Talk, turn: list[Line]) -> bool:
    return any(line.speaker == "citizen" and line.index > turn[-1].index for line in talk.lines)


def _text(turn: Sequence[Line]) -> str:
    return "".join(line.plain.text for line in turn)


def is_mere_hello(line: Line) -> bool:
    """Tell a 喂 or 你好, which does not end the agent's greeting."""
    return either(rules("wording")["greeting"]["not_a_turn"]).search(line.plain.text) is not None


def greeting_fault(turn: Sequence[Line]) -> list[Fault]:
    """Return 未报首问语 when the agent's first turn lacks the greeting or the offer to help (BJ B.1.2)."""
    data, text = rules("wording")["greeting"], _text(turn)
    if any(NOT_UNDERSTOOD in line.utterance.text for line in turn):
        return []
    if either(data["hello"]).search(text) and either(data["offer"]).search(text):
        return []
    return _omitted(NO_GREETING, turn[0])


def handed_over(agent: Iterable[Line]) -> bool:
    """Tell whether the agent brought an emergency line in, which excuses the closing words."""
    handed = either(rules("wording")["handed_over"])
    return any(handed.search(line.plain.text) for line in agent)


def closing_fault(turn: Sequence[Line], *, handed_over: bool) -> list[Fault]:
    """Return 未道结束语 when the agent's last turn lacks the closing words (BJ B.1.4)."""
    unheard = any(NOT_UNDERSTOOD in line.utterance.text for line in turn)
    if handed_over or unheard or either(rules("wording")["closing"]).search(_text(turn)):
        return []
    return _omitted(NO_CLOSING, turn[-1])


def _omitted(label: str, line: Line) -> list[Fault]:
    span = line.whole()
    return [] if span is None else [Fault(label, span.evidence)]


def turn_faults(turn: Sequence[Line]) -> Iterator[Fault]:
    """Give what one turn of the agent says wrongly, each label once (BJ 5.1.3.4, 5.3.1)."""
    for entry in rules("wording")["faults"]:
        evidence = next((piece for line in turn for piece in _said(line, entry)), None)
        if evidence is not None:
            yield Fault(str(entry["label"]), evidence)


def _said(line: Line, entry: dict[str, Any]) -> Iterator[Evidence]:
    text = line.plain.text
    for excuse in ("unless", "mended"):
        if excuse in entry and either(entry[excuse]).search(text):
            return
    for _, span in line.search(either(entry["words"])):
        yield span.evidence
    if "hedges" in entry:
        yield from _hedged(line, entry)


def _hedged(line: Line, entry: dict[str, Any]) -> Iterator[Evidence]:
    """Give the clauses from the first to the last of several hedges of a turn that asks nothing."""
    hedges: re.Pattern[str] = either(entry["hedges"])
    spans = [span for _, span in line.search(hedges)]
    if len(spans) < int(entry["hedges_enough"]) or either(entry["asked"]).search(line.plain.text):
        return
    yield line.evidence(spans[0].start, spans[-1].end)
