"""Invented calls of ``tests/data/calls`` as labelled dialogues, typed and as a recogniser would give them."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from hotline.ticket_bridge.measure.dialogues import Dialogue
from hotline.ticket_bridge.words import segment

CALLS = Path(__file__).resolve().parents[1] / "data" / "calls"
CALLED_AT = datetime.fromisoformat("2026-03-18T14:50:00+08:00")
HOMOPHONES = str.maketrans("赔退登坏拖", "陪腿灯怀托")
"""Slips of a recogniser, put into every third line of the citizen."""
EMPTY: dict[str, Any] = {
    "urgency": "一般",
    "confidential": False,
    "people": None,
    "risk_class": None,
    "risk_grade": None,
    "emergency_line": None,
    "out_of_scope": None,
    "threat_quote": None,
}


def as_recognised(text: str, number: int) -> str:
    """Return a line without punctuation, digits as spoken, words cut by blanks, now and then a filler."""
    spoken = re.sub(r"\d", lambda digit: "零幺二三四五六七八九"[int(digit.group())], text)
    words = [word for word in segment(re.sub(r"[^\w]", "", spoken).lower()) if word.strip()]
    if number % 3 == 1:
        words = [word.translate(HOMOPHONES) for word in words]
    if number % 4 == 1:
        words.insert(len(words) // 2, "嗯")
    return " ".join(words)


def _turns(talk: str) -> tuple[dict[str, Any], ...]:
    turns: list[dict[str, Any]] = []
    at = 0.0
    for number, line in enumerate(talk.strip().splitlines()):
        who, said = line.split(": ", maxsplit=1)
        citizen = who == "市"
        end = at + len(said) / 4.5
        turns.append(
            {
                "speaker": "citizen" if citizen else "agent",
                "start": at,
                "end": end,
                "text": said,
                "asr": as_recognised(said, number if citizen else 0),
            }
        )
        at = end + 0.5
    return tuple(turns)


@cache
def own_calls() -> tuple[Dialogue, ...]:
    """Return every invented call; a gold holds the fields that were labelled, the usual ones as empty."""
    found: list[Dialogue] = []
    for path in sorted(CALLS.glob("*.yaml")):
        for number, case in enumerate(yaml.safe_load(path.read_text(encoding="utf-8")), 1):
            gold = {**EMPTY, **case["gold"]}
            identity = f"{path.stem}-{number}"
            found.append(Dialogue(identity, CALLED_AT, "13900000000", _turns(case["talk"]), gold))
    return tuple(found)
