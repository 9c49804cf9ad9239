"""Turns a checked dialogue into dialplan: contexts ``robot-<version>-<question>``, and an entry for its name.

What goes in are our own names, keys of a telephone, numbers, and prompt file names made of a hash; each is
checked again here (docs/adr/0051). No text goes in, and nothing of a person: what is personal comes as the
name of a sound in a variable of the call. Needs the contexts of ``dialplans/robot.conf.j2``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from ...core.profile import SCALES
from ...ivr.model import NAME, Human
from ...ivr.prompts import Prompt
from ...ivr.steps import extension, mark, safe
from ...ivr.versions import Kind, Rendered, versioned
from ..model import ASKS_BACK, HUMAN, LATER, LEVELS, NEW_DEMAND, REFUSE, SWEARING, UNCLEAR, YES, Question
from .dialogue import Ask, Asked, Back, Dialogue, End, Free, Target, end_prompt, word_prompt
from .dialogue_steps import PREFIX, answer, context, free_steps, play, question_steps, to_end
from .ways import AT, NOBODY, way_of

DIALOGUES = Kind(
    "dialogue",
    PREFIX,
    "zz-robot-*.conf",
    ("hotline-mark", "hotline-record", "hotline-robot-words"),
    ids="robot-",
)
_FILE = re.compile(r"[a-z][a-z0-9-]{0,60}")
_BACK = '${IF($["${HL_BACK}" = ""]?end-completed:${FILTER(a-z_,${HL_BACK})})}'
_DEMANDS = 2
"""Who speaks of a new demand so often is put through at once."""


def entry_context(name: str) -> str:
    """Return the context that leads to a dialogue's version."""
    return f"hotline-robot-{safe(name, NAME)}"


def render(name: str, dialogue: Dialogue, prompts: Mapping[str, Prompt]) -> Rendered:
    """Return the dialplan of a checked dialogue; raises ``ValueError`` for what may not go in."""
    files = {prompt: safe(found.file, _FILE) for prompt, found in prompts.items()}
    return versioned(
        DIALOGUES,
        dict(_contexts(dialogue, files)),
        first=context("start"),
        entry_name=f"zz-robot-{safe(name, NAME)}.conf",
        entry_context=entry_context(name),
        words=_words(dialogue),
    )


def ascii_value(value: str) -> str:
    """Return a value as a mark may hold it: levels by the names of the evaluation (``core.profile``)."""
    return SCALES[5][LEVELS[5].index(value)] if value in LEVELS[5] else safe(value, NAME)


def _words(dialogue: Dialogue) -> str:
    """Return what a listener must know of this version: the choices and the words of the reasons."""
    reasons = {reason.id: list(reason.words) for reason in dialogue.reasons.values()}
    return json.dumps({"levels": dialogue.levels, "reasons": reasons}, ensure_ascii=False)


def _contexts(dialogue: Dialogue, files: Mapping[str, str]) -> Iterator[tuple[str, list[str]]]:
    first = f"Goto({context(Question.IDENTITY)},s,1)"
    yield context("start"), extension("s", [first])
    filled = {line.id: bool(line.places) for line in dialogue.prompts()}
    for question in dialogue.questions.values():
        name = safe(question.name, NAME)
        if isinstance(question, Free):
            steps = [*free_steps(question, files, filled=filled[name]), _follow(question.then)]
            lines = extension("s", steps)
        else:
            lines = _asked(dialogue, question, files, filled=filled[name])
        yield context(name), [*lines, *_human(dialogue, name, files)]
    for ending in dialogue.endings:
        yield context(end_prompt(ending)), extension("s", _end(ending, files))


def _asked(dialogue: Dialogue, question: Asked, files: Mapping[str, str], *, filled: bool) -> Iterator[str]:
    yield from extension("s", question_steps(dialogue, question, files, filled=filled))
    reasons = tuple(dialogue.reasons)
    values = dialogue.values(question.name)
    for key, value in sorted(question.keys.items()):
        if len(key) != 1 or key not in "123456789":
            raise ValueError(f"not a key of a question: {key!r}")
        yield from extension(f"key{key}", [f"Goto({ascii_value(value)},1)"])
    yield from extension("key0", ["Goto(human,1)"])
    yield from extension("key*", ["Set(HL_LEAD=)", "Goto(s,again)"])
    spoken = values if question.name != Question.WHEN else (AT, LATER)
    for value in (*spoken, HUMAN, UNCLEAR, REFUSE, NEW_DEMAND, ASKS_BACK, SWEARING, *map(str, NOBODY)):
        way = way_of(value, reasons if question.name == Question.REASON else ())
        yield from extension(f"said{way}", [f"Goto({ascii_value(value)},1)"])
    for value in (*values, *(spoken if spoken != values else ())):
        yield from extension(ascii_value(value), _answered(dialogue, question, value))
    yield from extension("otherwise", [_follow(question.otherwise)])
    yield from _sideways(dialogue, question, files)


def _answered(dialogue: Dialogue, question: Asked, value: str) -> list[str]:
    target = question.target(value) or question.otherwise
    # Who has said at once when to be called is not asked again.
    known = value == LATER and question.name == Question.CONSENT
    skip = ['GotoIf($["${HL_WHAT:0:3}" = "at=" & 0${HL_WHAT:3} > 0]?later)'] if known else []
    return [
        answer(question.name, ascii_value(value), "${HL_GIVEN}", "${HL_WHAT}"),
        "Set(HL_UNANSWERED=0)",
        *skip,
        _follow(target),
        *([f"(later){to_end('later')}"] if known else []),
    ]


def _sideways(dialogue: Dialogue, question: Asked, files: Mapping[str, str]) -> Iterator[str]:
    """Give what may be said to any question: none of it is guessed, all of it is marked."""

    def once_more(value: str, word: str) -> list[str]:
        told = answer(question.name, value, "${HL_GIVEN}", "${HL_WHAT}")
        return extension(value, [told, f"Set(HL_LEAD={files[word_prompt(word)]})", "Goto(s,again)"])

    yield from once_more(UNCLEAR, "again")
    yield from once_more(ASKS_BACK, "explain")
    yield from once_more(SWEARING, "calm")
    refused = answer(question.name, REFUSE, "${HL_GIVEN}", "${HL_WHAT}")
    yield from extension(REFUSE, [refused, _follow(question.to.get(REFUSE, dialogue.anywhere[REFUSE]))])
    demand = answer(question.name, NEW_DEMAND, "${HL_GIVEN}", "${HL_WHAT}")
    if question.name == Question.DEMAND:
        yield from extension(NEW_DEMAND, [f"Goto({YES},1)"])
    else:
        steps = [
            demand,
            f"Set(HL_BACK={question.name})",
            "Set(HL_DEMANDS=$[0${HL_DEMANDS} + 1])",
            f"GotoIf($[${{HL_DEMANDS}} >= {_DEMANDS}]?human,1)",
            _follow(question.to.get(NEW_DEMAND, dialogue.anywhere[NEW_DEMAND])),
        ]
        yield from extension(NEW_DEMAND, steps)
    for nobody in NOBODY:
        told = answer(question.name, nobody, "none")
        yield from extension(nobody, [told, mark("HL_ROBOT_END", f"outcome={nobody}"), "Hangup(16)"])


def _human(dialogue: Dialogue, question: str, files: Mapping[str, str]) -> list[str]:
    """Return the extension that leads to the queue, whatever is being asked."""
    told = answer(question, HUMAN, '${IF($["${HL_GIVEN}" = "speech"]?speech:key)}')
    said = play(files[word_prompt("to_human")])
    return extension("human", [told, said, f"Goto(hotline-robot-human,{safe(dialogue.queue, NAME)},1)"])


def _end(ending: str, files: Mapping[str, str]) -> list[str]:
    """Return the steps of an ending, marked before its words: who hangs up in them has ended."""
    return [
        mark("HL_ROBOT_STEP", f"step={ending}"),
        mark("HL_ROBOT_END", f"outcome={ending}"),
        play(files[end_prompt(ending)]),
        "Hangup(16)",
    ]


def _follow(target: Target) -> str:
    match target:
        case Ask(question):
            return f"Goto({context(safe(question, NAME))},s,1)"
        case End(ending):
            return to_end(safe(ending, NAME))
        case Human(queue):
            return f"Goto(hotline-robot-human,{safe(queue, NAME)},1)"
        case Back():
            return f"Goto({context(_BACK)},s,1)"
