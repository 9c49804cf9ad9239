"""The emergency line the call must be joined to now: 110, 119, 120 or 122 (WH 5.3 d, BJ C.5)."""

from __future__ import annotations

import re

from ..assist.danger import Danger
from ..context import CallContext
from ..fields import Evidence, Field, FieldName, Found
from ..talk import Talk
from ..words import pattern, rules
from .signs import standing_dangers
from .stakes import pressing

HEARD = 5
"""An agent who lets so many utterances follow a danger has not joined its line."""
UNLIKELY = 0.15
"""A danger in a call less likely than this to be more than 一般 is another meaning of its words."""


def extract(talk: Talk, context: CallContext, found: Found) -> dict[FieldName, Field]:
    """Take the line the agent joins; else the one whose danger the citizen reports as going on now.

    Once the agent has sent the matter to other bodies, an uncertain danger counts only where the body of
    its line is called as well: the agent heard more than words tell.
    """
    joined = _joined(talk)
    if joined is not None:
        return {FieldName.EMERGENCY_LINE: joined}
    if any(pattern(rules("emergency")["praise"]).search(line.plain.text) for line in talk.citizen[:2]):
        return {}  # a danger that is told in praise has passed
    sparks = pattern(rules("emergency")["sparks"])
    likened = pattern(rules("emergency")["likened"])
    likening = {line.index for line in talk.citizen if likened.search(line.plain.text)}
    known = tuple(
        one
        for one in standing_dangers(talk)
        if not sparks.search(_up_to(talk, one)) and one.evidence.utterance not in likening
    )
    sent = pattern(rules("emergency")["sent"])
    if any(sent.search(line.plain.text) for line in talk.agent):
        known = tuple(danger for danger in known if danger.sure or _called_by_name(talk, danger))
    danger = next((one for one in known if one.sure), next(iter(known), None))
    if danger is None or _passed_over(talk, danger):
        return {}
    return {FieldName.EMERGENCY_LINE: Field(danger.line, 0.7 if danger.sure else 0.55, (danger.evidence,))}


def _up_to(talk: Talk, danger: Danger) -> str:
    """Return what was said up to the end of the words of a danger, in the same line."""
    said, words = (
        re.sub(r"\W", "", text)
        for text in (talk.lines[danger.evidence.utterance].utterance.text, danger.evidence.words)
    )
    return said[: said.find(words) + len(words)]


def _passed_over(talk: Talk, danger: Danger) -> bool:
    """Tell whether an agent let it pass and no other word of the call speaks of haste: 报告压在抽屉里没人看.

    Labelled calls decide, and only when enough was said after it for the agent to have joined the line.
    """
    if len(talk.lines) - danger.evidence.utterance <= HEARD:
        return False
    chance = pressing(talk)
    return chance is not None and chance.value < UNLIKELY


def _joined(talk: Talk) -> Field | None:
    data = rules("emergency")
    against = pattern(data["not_joined"])
    for line in talk.agent:
        for match, span in line.search(pattern(data["joined"])):
            number = match.group("before") or match.group("after")
            if number and not against.search(line.plain.text, max(match.start() - 6, 0), match.end() + 2):
                return Field(number, 0.95, (span.evidence,))
    return None


def _called_by_name(talk: Talk, danger: Danger) -> Evidence | None:
    words = pattern(rules("emergency")["by_name"][danger.line])
    return next((span.evidence for line in talk.agent for _, span in line.search(words)), None)
