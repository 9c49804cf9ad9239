"""Which of the times that are said an expert is likely to have written (docs/adr/0193).

Every time of the call, and none at all, is weighed by a table counted from labelled calls
(``time_choice.json``): by how it is said, what stands around it, what the agent asked, and its place among
the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..fields import Evidence, FieldName, Found
from ..talk import Talk
from ..words import counted, segment
from .choosing import Marks, chances
from .time_said import When, time_rules

AFTER, BEFORE = 12, 8
"""So many characters on either side are looked at."""
SAME = timedelta(minutes=15)
_AGES = (
    (0, "today"),
    (1, "yesterday"),
    (2, "2 days"),
    (7, "week"),
    (31, "month"),
    (100, "season"),
    (400, "year"),
)
_NEXT_TO = ("since", "broke_out", "dealing", "feast", "expiry", "last")
_BEFORE_IT = ("agreed", "just", "until", "vaguely", "last_before")
_AROUND = ("due", "handling", "future", "state", "begun", "roughly", "opening")
_QUESTIONS = ("asked", "usual", "asked_aside", "asked_dealing", "asked_handling", "begun_asked")


@dataclass(frozen=True)
class Choice:
    """A possible time, or none (an empty value), with its marks and the words behind it."""

    value: str
    marks: tuple[Marks, ...]
    evidence: tuple[Evidence, ...]
    when: When | None = None


def likeliest(
    choices: Sequence[Choice], *, whole: bool, weights: Mapping[str, float] | None = None
) -> tuple[Choice, float]:
    """Return the choice that is likely to be right, and how likely.

    ``whole``: the call has been long enough for none to be an answer; ``weights``: another table than the
    one that is shipped, for measuring.
    """
    known = chances(choices, counted("time_choice")["weights"] if weights is None else weights)
    by_value: dict[str, float] = {}
    for one, chance in zip(choices, known, strict=True):
        by_value[one.value] = by_value.get(one.value, 0.0) + chance
    worth = {
        value: sum(chance * alike(value, other) for other, chance in by_value.items())
        for value in by_value
        if value or whole or len(by_value) == 1
    }
    value = max(worth, key=lambda one: worth[one])
    of_value = [pair for pair in zip(known, choices, strict=True) if pair[1].value == value]
    return max(of_value, key=lambda pair: pair[0])[1], worth[value]


def alike(value: str, real: str) -> float:
    """Return how right a value is where another is: a date in the place of its minute is half right."""
    if not value or not real:
        return float(value == real)
    if len(real) == len("2026-01-01"):
        return float(value[:10] == real)
    if len(value) == len("2026-01-01"):
        return 0.5 * (value == real[:10])
    return float(abs(datetime.fromisoformat(value) - datetime.fromisoformat(real)) <= SAME)


def choices_of(talk: Talk, found: Found, said: Sequence[When], base: datetime) -> list[Choice]:
    """Return every possible time; a danger that its line is joined for goes on while they speak."""
    kind, urgency, line = (
        str(found[name].value) if name in found else "-"
        for name in (FieldName.KIND, FieldName.URGENCY, FieldName.EMERGENCY_LINE)
    )
    many = min(len(said), 5)
    nobody = (
        "0",
        f"0 {kind}",
        f"0 line {line}",
        f"0 many {many}",
        f"0 {kind} many {min(many, 3)}",
        f"0 urgency {urgency}",
        f"0 {kind} {urgency}",
    )
    made = [Choice("", (nobody,), ())]
    danger = found.get(FieldName.EMERGENCY_LINE)
    if danger is not None:
        marks = ("unsaid", f"unsaid line {line}", f"unsaid {kind}", f"unsaid many {min(many, 4)}")
        made.append(Choice(base.strftime("%Y-%m-%dT%H:%M"), (marks,), danger.evidence))
    told = {"kind": kind, "urgency": urgency, "line": line}
    places = {line.index: at for at, line in enumerate(talk.citizen)}
    for at, when in enumerate(said):
        age = _age(when, base)
        groups = (
            tuple(_itself(when, age, told)),
            tuple(_around(talk, when)),
            tuple(_among(said, at, places)),
        )
        made.append(Choice(when.value, groups, (when.span.evidence,), when))
    return made


def _age(when: When, base: datetime) -> str:
    minutes = (base - when.start).total_seconds() / 60
    if minutes <= 0:
        return "now"
    if minutes <= 240:
        return "half an hour" if minutes <= 30 else "hours"
    days = (base.date() - when.start.date()).days
    return next((name for most, name in _AGES if days <= most), "old")


def _itself(when: When, age: str, told: Mapping[str, str]) -> Iterator[str]:
    yield from (f"form {when.form}", f"age {age}", f"minute {when.minute}", f"lasting {when.lasting}")
    yield from (f"kind {told['kind']} {age}", f"kind {told['kind']} {when.form}")
    yield from (f"line {told['line']} {age}", f"line {told['line']} {when.form}")
    yield from (f"urgency {told['urgency']} {age}", f"said {when.span.text}")


def _around(talk: Talk, when: When) -> Iterator[str]:
    """Give the words before and after, and those of the agent's question."""
    text = when.span.line.plain.text
    begin, end = when.at
    before, after = text[max(0, begin - BEFORE) : begin], text[end : end + AFTER]
    yield from (f"n1 {after[:1]}", f"n2 {after[:2]}", f"p1 {before[-1:]}", f"p2 {before[-2:]}")
    yield from (f"after {word}" for word in sorted(set(segment(after))))
    yield from (f"before {word}" for word in sorted(set(segment(before))))
    patterns = time_rules()
    near = text[max(0, begin - BEFORE) : end + AFTER]
    yield from (f"next {name}" for name in _NEXT_TO if patterns[name].match(text, end))
    yield from (f"behind {name}" for name in _BEFORE_IT if patterns[name].search(text[:begin]))
    yield from (f"near {name}" for name in _AROUND if patterns[name].search(near))
    if when.span.line.speaker == "citizen":
        question = talk.question_before(when.span.line)
        asked = " ".join(name for name in _QUESTIONS if patterns[name].search(question))
        yield from (f"q {asked}", f"q {asked} {when.form}", f"q {asked} {when.minute}")
        for word in sorted(set(segment(question))):
            yield from (f"asked {word}", f"asked {word} {when.minute}")


def _among(said: Sequence[When], at: int, places: Mapping[int, int]) -> Iterator[str]:
    """Give the order of a time among the others, and how many of them agree with it."""
    when = said[at]
    index = when.span.line.index
    place = places.get(index)
    side = "agent" if place is None else "citizen"
    yield from (f"side {side}", f"side {side} {when.form}", f"many {min(len(said), 6)}")
    if place is not None:
        yield from (f"turn {min(place, 6)}", f"turn {min(place, 3)} {when.form}")
        yield f"left {min(len(places) - place, 4)}"
    same_day = [one for one in said if one.start.date() == when.start.date()]
    yield f"same day {min(len(same_day), 4)}"
    yield f"same {min(sum(one.value == when.value for one in said), 4)}"
    hours = {one.value for one in same_day if one.minute}
    if not when.minute and hours:
        yield "coarse"
    elif when.minute:
        yield f"fine {len(hours) == 1}"
    month = [one for one in said if (one.start.year, one.start.month) == (when.start.year, when.start.month)]
    if when.vague:
        yield f"vague beside {min(sum(not one.vague for one in month), 2)}"
    else:
        yield f"exact beside {min(sum(one.vague for one in month), 2)}"
    if at == 0:
        yield "first"
    if at == len(said) - 1:
        yield "last"
