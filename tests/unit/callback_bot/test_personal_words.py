"""Nothing of a person can be said before they confirmed who they are: every dialogue, as the switch goes.

The walk knows nothing of the check: it follows every step of the rendered dialplan but the answer yes to the
first question. What it finds there, the check must have refused, at the line that says it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hotline.callback_bot.model import Question
from hotline.callback_bot.speech.speech_lines import PLACEHOLDERS
from hotline.callback_bot.survey.dialogue import ENDINGS, Dialogue
from hotline.callback_bot.survey.dialogue_check import FOLDER, check
from hotline.callback_bot.survey.dialogue_install import plan
from hotline.callback_bot.survey.dialogue_render import render

NOWHERE = Path("/nonexistent")
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.yaml"))}
UNRENDERED = {"format", "reference", "text"}
"""Rules of files that cannot become dialplan at all."""

_LEADS = re.compile(r"Go(?:to|toIf)\((.*)\)")
_OWN = re.compile(r"Set\(HL_SOUND=\$\{FILTER\(a-z0-9\\x2d,\$\{HL_P_([A-Z_]+)\}\)\}\)")
_PLACE = re.compile(r"\{([a-z_]+)\}")


def read(name: str) -> Any:
    """Return a delivered dialogue, every scalar as text: `no` and `1` are what they are written as."""
    return yaml.load(TEXTS[name], yaml.BaseLoader)  # noqa: S506  # our own file; makes only text


QUESTIONS = tuple(read("standard")["questions"])
Place = tuple[str, str]
"""A context of the dialogue without its version, and an extension."""


def dialplan(dialogue: Dialogue) -> dict[Place, list[str]]:
    """Return the steps of the rendered dialogue."""
    made = render("drawn", dialogue, plan(dialogue, NOWHERE))
    found: dict[Place, list[str]] = {}
    context = extension = ""
    for line in made.body.splitlines():
        if line.startswith("["):
            context = line.strip("[]").removeprefix(f"robot-{made.version}-")
        elif line.startswith("exten => "):
            extension, _, step = line.removeprefix("exten => ").split(",", 2)
            found[context, extension] = [step]
        elif line.startswith(" same => "):
            found[context, extension].append(line.split(",", 1)[1])
    return {
        place: [step.replace(f"robot-{made.version}-", "") for step in steps]
        for place, steps in found.items()
    }


def led_to(context: str, step: str, known: dict[Place, list[str]]) -> Iterator[Place]:
    """Give every place that a step may go to; a step that leads in a way that is not known fails the test."""
    found = _LEADS.fullmatch(step)
    if found is None:
        return
    ways = found[1].rpartition("?")[2] if step.startswith("GotoIf") else found[1]
    for way in ways.split(":"):
        parts = way.split(",")
        if way.startswith("hotline-robot-human,") or way.startswith("${IF("):
            continue  # to an agent; back to a question that was asked before
        elif len(parts) == 1:
            assert re.fullmatch("[a-z]+", way), step  # a label of this extension
        elif len(parts) == 3:
            assert (parts[0], parts[1]) in known, step
            yield parts[0], parts[1]
        elif "${HL_" in parts[0]:
            begins = parts[0].partition("${")[0]
            assert begins in ("key", "said"), step
            yield from (place for place in known if place[0] == context and place[1].startswith(begins))
        else:
            place = parts[0] if parts[1] == "1" else "s"
            assert (context, place) in known, step
            yield context, place


def told(dialogue: Dialogue, *, confirmed: bool) -> set[str]:
    """Return the prompts filled in for one person that a call can come to, with or without a confirmation."""
    known = dialplan(dialogue)
    left: list[Place] = [("start", "s")]
    seen: set[Place] = set()
    while left:
        place = left.pop()
        if place in seen or (not confirmed and place == (Question.IDENTITY, "yes")):
            continue
        seen.add(place)
        left += [to for step in known[place] for to in led_to(place[0], step, known)]
    owns = (_OWN.fullmatch(step) for place in seen for step in known[place])
    return {own[1].lower() for own in owns if own is not None}


@pytest.mark.clause("R-CB-1", "R-CB-7")
@pytest.mark.parametrize("name", TEXTS)
def test_the_delivered_dialogues_tell_nothing_before_the_confirmation(name: str) -> None:
    dialogue, problems = check(TEXTS[name], name, {"public"})
    assert dialogue is not None
    assert problems == ()
    assert told(dialogue, confirmed=False) == set()
    assert told(dialogue, confirmed=True) == {line.id for line in dialogue.prompts() if line.places}
    assert "consent" in told(dialogue, confirmed=True)


LEADS = st.one_of(
    st.sampled_from(QUESTIONS).map(lambda name: {"ask": name}),
    st.sampled_from(ENDINGS).map(lambda name: {"end": str(name)}),
    st.sampled_from([{"human": "public"}, {"back": "true"}]),
)
CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.sampled_from(QUESTIONS), st.sampled_from(sorted(PLACEHOLDERS))),
        st.tuples(
            st.just("lead"), st.sampled_from(QUESTIONS), st.sampled_from(["yes", "no", "any", "later"]), LEADS
        ),
        st.tuples(st.just("otherwise"), st.sampled_from(QUESTIONS), LEADS),
        st.tuples(st.just("anywhere"), st.sampled_from(["refuse", "new_demand"]), LEADS),
        st.tuples(st.just("by_name"), st.sampled_from(["true", "false"])),
        st.tuples(st.just("key"), st.sampled_from(QUESTIONS), st.sampled_from(sorted(PLACEHOLDERS))),
    ),
    max_size=4,
)


def changed(name: str, changes: list[Any]) -> str:
    """Return a delivered dialogue changed: placeholders put into words, answers led elsewhere."""
    root = read(name)
    for what, where, *more in changes:
        question = root["questions"].get(where, {})
        if what == "say":
            question.setdefault("general", question["ask"])
            question["ask"] = f"{question['ask']}{{{more[0]}}}"
        elif what == "key" and "by_key" in question:
            question["by_key"] = f"{{{more[0]}}}{question['by_key']}"
        elif what == "lead" and "to" in question:
            question["to"][more[0]] = more[1]
        elif what == "otherwise":
            question["otherwise" if "to" in question else "then"] = more[0]
        elif what == "anywhere":
            root["anywhere"][where] = more[0]
        elif what == "by_name":
            root["by_name"] = where
    return yaml.safe_dump(root, allow_unicode=True, sort_keys=False, width=10_000)


@pytest.mark.clause("R-CB-1", "R-CB-7")
@settings(max_examples=40)
@given(st.sampled_from(sorted(TEXTS)), CHANGES)
@example("standard", [("say", "identity", "person")])
@example("standard", [("say", "demand", "matter")])
@example("beijing", [("lead", "identity", "no", {"ask": "consent"})])
@example("standard", [("otherwise", "identity", {"ask": "contacted"})])
@example("standard", [("anywhere", "new_demand", {"ask": "consent"})])
@example("standard", [("lead", "demand", "no", {"ask": "consent"})])
@example("standard", [("by_name", "true"), ("say", "identity", "person")])
@example("standard", [("by_name", "true"), ("say", "identity", "matter")])
def test_whatever_a_dialogue_says_too_early_is_refused_at_its_line(name: str, changes: list[Any]) -> None:
    text = changed(name, changes)
    dialogue, problems = check(text, "drawn.yaml", {"public"})
    rules = {problem.rule for problem in problems}
    if dialogue is None or rules & UNRENDERED:
        assert problems
        return
    early = told(dialogue, confirmed=False)
    if dialogue.by_name and Question.IDENTITY in early:
        spoken = next(line for line in dialogue.prompts() if line.id == Question.IDENTITY)
        early -= {Question.IDENTITY} if spoken.places == {"person"} else set()
    assert bool(early) is ("personal" in rules), (early, problems)
    lines = text.splitlines()
    for problem in problems:
        if problem.rule == "personal":
            assert _PLACE.search(lines[problem.line - 1]), (problem, lines[problem.line - 1])
