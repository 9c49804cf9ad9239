"""A dialogue that breaks a rule is refused at its line; the delivered ones break none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.callback_bot.survey.dialogue_check import FOLDER, DialogueRefusedError, check, load
from hotline.callback_bot.survey.leading import leading, one_sided
from hotline.core.errors import ConfigError

GOOD = (FOLDER / "standard.yaml").read_text(encoding="utf-8")


def refused(old: str, new: str) -> list[tuple[str, int, str]]:
    """Return rule, line and message of each problem when a part of the good dialogue is changed."""
    assert old in GOOD
    _, problems = check(GOOD.replace(old, new, 1), "dialogue.yaml", {"public"})
    return [(problem.rule, problem.line, problem.message) for problem in problems]


def line_of(text: str, changed: str = GOOD) -> int:
    return next(at for at, line in enumerate(changed.splitlines(), 1) if text in line)


@pytest.mark.clause("R-CB-2", "R-CB-3", "R-CB-4")
@pytest.mark.parametrize("name", ["standard", "beijing"])
def test_the_delivered_dialogues_are_good(name: str) -> None:
    dialogue = load(FOLDER / f"{name}.yaml", {"public"})
    assert dialogue.levels == (5 if name == "beijing" else 3)


RULES = [
    ("R-CB-4", "请问您对办理情况是否满意？", "请问您对办理情况满意吗？"),
    ("R-CB-4", "请问您对办理情况是否满意？", "请问您满意吧？"),
    ("R-CB-4", "请问您反映的事项有没有得到解决？", "您反映的事项已经妥善处理，请问解决了吗？"),
    ("R-CB-4", "请问您反映的事项有没有得到解决？", "您反映的事项解决了，对吧？"),
    ("R-CB-4", "好的，您的意见已经记录。", "感谢您的满意评价。"),
    ("R-CB-4", "满意请按1，基本满意请按2，不满意请按3。", "满意请按1，其他请按2，或者按3。"),
    ("R-CB-4", "{1: 满意, 2: 基本满意, 3: 不满意}", "{1: 基本满意, 2: 满意, 3: 不满意}"),
    ("R-CB-1", "通话会录音，请问您现在方便吗？\n", "请问您现在方便吗？\n"),
    ("R-CB-1", "      no: {end: refused}\n      later", "      no: {ask: contacted}\n      later"),
    ("R-CB-1", "      yes: {ask: consent}\n", "      yes: {ask: contacted}\n"),
    ("R-CB-1", "  refuse: {end: refused}", "  refuse: {end: completed}"),
    ("R-CB-2", "  solved:\n    ask: 请问您反映的事项", "  resolved:\n    ask: 请问您反映的事项"),
    ("R-CB-3", "      不满意: {ask: reason}\n", "      不满意: {ask: more}\n"),
    ("R-CB-3", "levels: 3", "levels: 4"),
    ("R-CB-5", "      yes: {human: public}\n", "      yes: {end: completed}\n"),
    ("R-CB-7", "是请按1，不是请按2。", "是请按1。"),
    ("R-CB-7", "keys: {1: yes, 2: no, 3: later}", "keys: {1: yes, 2: no}"),
    ("R-CB-7", "words: [太慢, 拖了很久, 时间太长, 等了很久]", "words: []"),
    ("personal", "请问您是最近向热线反映过事项的市民本人吗？", "请问您是{person}吗？"),
    ("personal", "好的，您的意见已经记录。", "好的{person}，您的意见已经记录。"),
    ("ending", "    then: {ask: more}", "    then: {ask: reason}"),
    ("ending", "      yes: {ask: remarks}\n", "      yes: {end: completed}\n"),
    ("ending", "      any: {ask: satisfied}\n", "      yes: {ask: satisfied}\n"),
    ("ending", "      any: {ask: solved}\n", "      any: {back: true}\n"),
    ("reference", "keys: {1: yes, 2: no, 3: later}", "keys: {1: yes, 2: no, 3: maybe}"),
    ("reference", "human: public", "human: nobody"),
    ("text", "general: 您好。", "general: 您好{person}。"),
    ("text", "{unit}办理的时候", "{secret}办理的时候"),
    ("format", "wait_seconds: 5", "wait_seconds: ${SHELL(id)}"),
    ("format", "{end: silent}", "{end: hung_up}"),
    ("format", "    seconds: 60\n", "    seconds: 600\n"),
    ("format", "keys: {1: yes, 2: no}", "keys: {0: yes, 2: no}"),
]


@pytest.mark.clause("R-CB-1", "R-CB-4")
@pytest.mark.parametrize(("rule", "old", "new"), RULES)
def test_what_breaks_a_rule_is_refused(rule: str, old: str, new: str) -> None:
    assert rule in {found for found, _, _ in refused(old, new)}


def test_a_problem_names_the_line_that_it_stands_in() -> None:
    old, new = "请问您反映的事项有没有得到解决？", "您反映的事项解决了，对吧？"
    [(rule, line, message)] = refused(old, new)
    assert (rule, line) == ("R-CB-4", line_of(new, GOOD.replace(old, new)))
    assert "对吧" in message


def test_who_may_be_named_is_the_sites_own_decision() -> None:
    named = GOOD.replace(
        "ask: 您好，这里是12345政务服务便民热线。请问您是最近向热线反映过事项的市民本人吗？",
        'ask: "您好，这里是12345政务服务便民热线。请问您是{person}吗？"\n'
        "    general: 您好，这里是12345政务服务便民热线。请问您是机主本人吗？",
    )
    assert {problem.rule for problem in check(named, "a", None)[1]} == {"personal"}
    assert check(named + "\nby_name: true\n", "a", None)[1] == ()
    told = named.replace("{person}吗", "反映{matter}的{person}吗") + "\nby_name: true\n"
    assert {problem.rule for problem in check(told, "a", None)[1]} == {"personal"}


def test_words_are_neutral_only_when_no_answer_is_favoured() -> None:
    neutral = ("请问您对办理情况是否满意？", "请问解决了没有？", "请问您是否接受回访？", "请您按键回答。")
    assert [text for text in neutral if leading(text) or one_sided(text, 3)] == []
    assert leading("您觉得还可以吧？") == "…吧"
    assert leading("请给我们五星好评。") is not None
    assert one_sided("满意请按1，不满意请按2。", 3)
    assert not one_sided("满意请按1，基本满意请按2，不满意请按3。", 3)
    assert one_sided("满意请按1，基本满意请按2，不满意请按3。", 5)


def test_what_is_no_dialogue_is_refused_with_a_line(tmp_path: Path) -> None:
    file = tmp_path / "d.yaml"
    for content in (
        b"",
        b"[1, 2]",
        b"a: &b c",
        b"\xff\xfe",
        b"questions: {identity: []}",
        b"levels: !!python/x 1",
    ):
        file.write_bytes(content)
        with pytest.raises(DialogueRefusedError) as refusal:
            load(file, None)
        assert all(problem.line >= 1 and problem.mend for problem in refusal.value.problems)
    with pytest.raises(ConfigError):
        load(tmp_path / "none.yaml", None)


@given(st.integers(0, len(GOOD.splitlines()) - 1), st.text(max_size=30))
def test_any_line_may_be_replaced_by_anything_and_problems_are_told(at: int, text: str) -> None:
    lines = GOOD.splitlines()
    lines[at] = text
    _, problems = check("\n".join(lines), "d.yaml", {"public"})
    assert all(problem.line >= 1 for problem in problems)
