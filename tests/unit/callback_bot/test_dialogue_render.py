"""Only our own steps stand in a dialogue's dialplan, whatever its texts are, and none of them dials."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hotline.callback_bot.model import LEVELS
from hotline.callback_bot.survey.dialogue import Asked, Dialogue
from hotline.callback_bot.survey.dialogue_check import FOLDER, load
from hotline.callback_bot.survey.dialogue_install import plan
from hotline.callback_bot.survey.dialogue_render import ascii_value, render
from hotline.callback_bot.survey.ways import FIRST_CHOICE, WAYS, said, value_of, way_of
from hotline.ivr.prompts import Prompt
from hotline.ivr.versions import Rendered
from hotline.telephony.asterisk_config import render_texts
from support.asterisk import make_settings

NOWHERE = Path("/nonexistent")
APPLICATIONS = {"Set", "Goto", "GotoIf", "Gosub", "ControlPlayback", "Record", "Hangup", "NoOp"}
DIALS = re.compile(r"\b(Dial|Originate|Transfer|Page|System|Exec|TrySystem|AGI|FollowMe|RetryDial)\(")
STEP = re.compile(r"(?:exten => ([^,]+),1| same => n(?:\([a-z]+\))?),([A-Za-z]+)\((.*)\)")
GOTO = re.compile(r"Go(?:to|toIf|sub)\((?:.*\?)?((?:robot|hotline|agent)-[a-z0-9-]+),")


def rendered(dialogue: Dialogue, name: str = "standard") -> Rendered:
    return render(name, dialogue, plan(dialogue, NOWHERE))


@pytest.fixture(params=["standard", "beijing"])
def dialogue(request: pytest.FixtureRequest) -> Dialogue:
    return load(FOLDER / f"{request.param}.yaml", None)


def steps(body: str) -> dict[str, list[tuple[str, str, str]]]:
    """Extension, application and its data of every step, by context."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    context = extension = ""
    for line in body.splitlines():
        if line.startswith("["):
            context = line.strip("[]")
            found[context] = []
        elif line and not line.startswith(";"):
            step = STEP.fullmatch(line)
            assert step is not None, line
            extension = step[1] or extension
            found[context].append((extension, step[2], step[3]))
    return found


def test_a_dialogue_becomes_known_steps_and_every_label_that_is_led_to_exists(dialogue: Dialogue) -> None:
    made = rendered(dialogue)
    assert made.body.isascii()
    contexts = steps(made.body)
    assert {name: len(found) for name, found in contexts.items()} == made.steps
    assert {application for found in contexts.values() for _, application, _ in found} <= APPLICATIONS
    for target in re.findall(rf"(robot-{made.version}-[a-z_-]+),s,1", made.body):
        assert target in contexts
    for name, text in (
        (part.splitlines()[0].strip("[]"), part)
        for part in re.split(r"^(?=\[)", made.body, flags=re.MULTILINE)[1:]
    ):
        labels = set(re.findall(r"same => n\(([a-z]+)\)", text))
        extensions = set(re.findall(r"exten => ([^,]+),", text))
        wanted = set(re.findall(r"\?([a-z]+)(?::([a-z]+))?\)$", text, re.MULTILINE))
        assert {label for pair in wanted for label in pair if label} <= labels, name
        assert set(re.findall(r"\?([a-z_]+),1\)$|[^?]Goto\(([a-z_]+),1\)", text)) <= {
            pair for one in extensions for pair in ((one, ""), ("", one))
        }, name


def test_no_extension_of_a_question_is_one_that_a_telephone_could_dial(dialogue: Dialogue) -> None:
    extensions = {extension for found in steps(rendered(dialogue).body).values() for extension, _, _ in found}
    assert not [name for name in extensions if re.fullmatch(r"[0-9*#A-D]+|_.*|[ithe]", name)]


@pytest.mark.clause("R-CB-7")
def test_every_answer_is_reached_by_a_key_and_by_a_word(dialogue: Dialogue) -> None:
    made = rendered(dialogue)
    for question in dialogue.questions.values():
        if not isinstance(question, Asked):
            continue
        own = steps(made.body)[f"robot-{made.version}-{question.name}"]
        by_key = {data for extension, _, data in own if extension.startswith("key")}
        by_word = {data for extension, _, data in own if extension.startswith("said")}
        values = {f"{ascii_value(value)},1" for value in dialogue.values(question.name)}
        assert values <= by_key
        assert question.name == "when" or values <= by_word
        assert {"human,1"} <= by_key & by_word
        assert {f"{name},1" for name in ("refuse", "unclear", "asks_back", "swearing", "machine")} <= by_word


ATTACK = 'x"); same => n,System(id) ; ${SHELL(id)}'


@given(st.text(max_size=80))
@example(ATTACK)
@example("]\nexten => s,1,System(id)")
def test_no_text_of_a_dialogue_reaches_the_dialplan(text: str) -> None:
    good = load(FOLDER / "standard.yaml", None)
    first = good.questions["identity"]
    assert isinstance(first, Asked)
    attacked = replace(
        good,
        words=dict.fromkeys(good.words, text),
        endings=dict.fromkeys(good.endings, text),
        questions={**good.questions, "identity": replace(first, ask=text, general=text, by_key=text)},
    )
    body = rendered(attacked).body
    assert body.isascii()
    assert {application for found in steps(body).values() for _, application, _ in found} <= APPLICATIONS


@pytest.mark.parametrize("bad", ["a b", "../x", "x,1)", "", "X", "${X}", "x\n"])
def test_a_name_that_may_not_stand_in_the_dialplan_is_refused(bad: str) -> None:
    good = load(FOLDER / "standard.yaml", None)
    files = plan(good, NOWHERE)
    with pytest.raises(ValueError, match="may not go"):
        render("standard", good, {**files, "identity": Prompt("identity", "", bad, None)})
    with pytest.raises(ValueError, match="may not go"):
        render(bad, good, files)
    with pytest.raises(ValueError, match="may not go"):
        render("standard", replace(good, queue=bad), files)


def test_a_change_of_any_word_is_another_version() -> None:
    good = load(FOLDER / "standard.yaml", None)
    versions = {
        rendered(one).version
        for one in (
            good,
            replace(good, words={**good.words, "again": "请再说一遍。"}),
            replace(good, wait_seconds=4),
            replace(
                good, reasons={name: replace(one, words=("新词",)) for name, one in good.reasons.items()}
            ),
        )
    }
    assert len(versions) == 4


@pytest.mark.clause("R-CB-7")
def test_a_person_who_was_called_reaches_no_outgoing_line_by_the_survey(
    dialogue: Dialogue, tmp_path: Path
) -> None:
    texts = render_texts(make_settings(tmp_path))
    own = [texts["robot.conf"], rendered(dialogue).body]
    assert not [found[0] for text in own for found in DIALS.finditer(text)]
    led = {target for text in own for target in GOTO.findall(text)}
    outside = {target for target in led if not target.startswith("robot-")}
    assert outside == {
        *("hotline-robot-human", "hotline-robot-wanted", "hotline-robot-words"),
        *("hotline-human", "hotline-mark", "hotline-record"),
    }


def test_ways_are_numbers_that_mean_one_thing() -> None:
    reasons = ("slow", "attitude")
    for value, way in WAYS.items():
        assert (way_of(value), value_of(way)) == (way, value)
    assert [value_of(way_of(reason, reasons), reasons) for reason in reasons] == [*reasons]
    assert max(WAYS.values()) < FIRST_CHOICE
    assert (said(3, "later", at=1_800_000_000), said(4, "attitude", choices=reasons)) == (
        "3-3-1800000000",
        "4-22-0",
    )
    assert value_of(99) is None
    with pytest.raises(ValueError, match="no way"):
        way_of("perhaps")
    assert [ascii_value(level) for level in LEVELS[3]] == ["satisfied", "basically_satisfied", "dissatisfied"]
