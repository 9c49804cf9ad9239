"""Invented calls of other cities and matters, with the entities an expert would write on the ticket.

``tests/data/dialogues/entities.txt``: a call begins ``# id time caller kind``; 市 and 坐 are what citizen and
agent say; ``= field value`` is the gold (a field without a value is empty); ``~ a>b`` the homophones that the
recogniser writes in the citizen's words. ``strangers.txt`` is alike, its calls begin ``# id time caller kind
domain urgency`` and have the judgements too; what such a call does not name is empty.
``wider.txt`` is alike, by five other authors (a to e), and ``ordinary.txt`` by seven more (g to n), of what
ordinarily is brought to a hotline. ``unseen.txt`` (author k) is for judging only: nothing is counted or
learned from it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from hotline.ticket_bridge.measure.dialogues import Dialogue
from hotline.ticket_bridge.words import segment

FILE = Path(__file__).resolve().parents[1] / "data" / "dialogues" / "entities.txt"
STRANGERS = FILE.with_name("strangers.txt")
WIDER = FILE.with_name("wider.txt")
ORDINARY = FILE.with_name("ordinary.txt")
UNSEEN = FILE.with_name("unseen.txt")
FIELDS = ("name", "phone", "address", "place", "occurred_at", "party")
JUDGEMENTS = ("people", "risk_class", "risk_grade", "emergency_line", "out_of_scope", "earlier_handling")
_TYPES: dict[str, Callable[[str], Any]] = {"people": int, "confidential": "true".__eq__}
_DIGITS = dict(zip("0123456789", "零幺二三四五六七八九", strict=True))
_SPEAKERS = {"市": "citizen", "坐": "agent"}


def entity_calls(file: Path = FILE) -> Iterator[Dialogue]:
    """Give every call of a file, in both forms."""
    for block in file.read_text(encoding="utf-8").split("# ")[1:]:
        yield _call(block.strip().splitlines())


def _call(lines: list[str]) -> Dialogue:
    call, at, caller, kind, *judged = lines[0].split()
    gold: dict[str, Any] = {"kind": kind, "out_of_scope": None, **dict.fromkeys(FIELDS)}
    if judged:
        gold |= {
            "domain": judged[0],
            "urgency": judged[1],
            "confidential": False,
            **dict.fromkeys(JUDGEMENTS),
        }
    wrong: list[list[str]] = []
    said: list[tuple[str, str]] = []
    for line in lines[1:]:
        mark, _, rest = line.partition(" ")
        if mark == "=":
            field, _, value = rest.partition(" ")
            gold[field] = _TYPES.get(field, str)(value.strip()) if value.strip() else None
        elif mark == "~":
            wrong += [pair.split(">") for pair in rest.split()]
        else:
            said.append((_SPEAKERS[mark], rest))
    chance = random.Random(call)  # noqa: S311  # the same fillers in every run, nothing secret
    return Dialogue(
        call, datetime.fromisoformat(f"{at}:00+08:00"), caller, tuple(_turns(said, wrong, chance)), gold
    )


def _turns(
    said: list[tuple[str, str]], wrong: list[list[str]], chance: random.Random
) -> Iterator[dict[str, Any]]:
    start = 0.5
    for speaker, text in said:
        end = start + max(len(text) / 4.5, 0.5)
        recognised = _recognised(text, wrong if speaker == "citizen" else [], chance, speaker)
        yield {"speaker": speaker, "start": start, "end": end, "text": text, "asr": recognised}
        start = end + 0.5


def _recognised(text: str, wrong: list[list[str]], chance: random.Random, speaker: str) -> str:
    """Write a turn as a recogniser does: words between blanks, digits spoken, no punctuation, fillers."""
    text = re.sub(r"\d", lambda digit: _DIGITS[digit.group()], text)
    for right, heard in wrong:
        text = text.replace(right, heard)
    text = re.sub(r"[A-Za-z]", lambda letter: f" {letter.group().lower()} ", re.sub(r"[^\w]", "", text))
    words = [word for word in segment(text) if word.strip()]
    if speaker == "citizen" and len(words) > 4 and chance.random() < 0.25:
        words.insert(chance.randrange(1, len(words)), chance.choice(["嗯", "呃", "那个", "就是"]))
    return " ".join(words)
