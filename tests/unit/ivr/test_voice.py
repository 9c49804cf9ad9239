"""Voice navigation: what a menu file may say, where words lead, and what of it becomes dialplan (R-IVR-4)."""

from __future__ import annotations

import re
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from hotline.ivr.check import check
from hotline.ivr.draw import draw
from hotline.ivr.model import Human, MenuFile
from hotline.ivr.prompts import plan
from hotline.ivr.render import render
from hotline.ivr.voice import HUMAN_WAY, HUMAN_WORDS, UNCLEAR, Choice, Token, Ways, decide, ways
from support.menus import MENU

QUEUES = {"public", "enterprise", "dialect", "foreign", "sign", "frequent"}
VOICE = """\
voice:
  prompt: 请说出您要办的事，或者按0转人工。
  wait_seconds: 2
  words:
    营业执照: {human: enterprise}
    社保: {human: frequent}
    座位: {menu: seats}
    时间: {service: hours}
    医保: {human: frequent}
"""
NOWHERE = Path("/nonexistent")


def menu_of(voice: str = VOICE) -> MenuFile:
    menu, problems = check(MENU + voice, "menu.yaml", QUEUES)
    assert problems == ()
    assert menu is not None
    return menu


def told(text: str) -> list[tuple[int, str, str]]:
    return [(one.line, one.rule, one.message) for one in check(text, "menu.yaml", QUEUES)[1]]


def test_without_the_section_nothing_is_asked() -> None:
    menu = menu_of("")
    assert ways(menu) is None
    rendered = render(menu, plan(menu, NOWHERE), ())
    assert rendered.words == ""
    assert "VOICE" not in rendered.body


@pytest.mark.clause("R-IVR-4")
@pytest.mark.parametrize(
    ("old", "new", "rule", "part"),
    [
        ("{human: enterprise}", "{human: nobody}", "reference", "unknown queue 'nobody'"),
        ("{menu: seats}", "{menu: none}", "reference", "unknown menu 'none'"),
        ("{service: hours}", "{service: none}", "reference", "unknown service 'none'"),
        ("{menu: seats}", "{menu: main}", "R-IVR-4", "leads back to the question"),
        ("{menu: seats}", "{again: true}", "R-IVR-4", "leads nowhere"),
        ("{menu: seats}", "{}", "R-IVR-1", "ends neither"),
        ("座位:", "社保卡:", "R-IVR-4", "holds '社保', which leads elsewhere"),
        ("座位:", "社保:", "format", "stands twice"),
        ("座位:", "转人工座位:", "R-IVR-4", "clashes with '人工'"),
        ("座位:", "a:", "R-IVR-4", "cannot be a spoken word"),
        ("座位:", "座:", "R-IVR-4", "cannot be a spoken word"),
        ("或者按0转人工", "谢谢", "R-IVR-4", "does not tell the way to a human"),
        ("wait_seconds: 2", "wait_seconds: 9", "format", "from 1 to 3"),
        ("prompt: 请说出您要办的事，或者按0转人工。", "wait: 1", "text", "has no prompt"),
    ],
)
def test_what_would_lead_astray_is_refused_with_its_line(old: str, new: str, rule: str, part: str) -> None:
    assert VOICE.count(old) >= 1
    text = MENU + VOICE.replace(old, new, 1)
    found = [
        (line, message) for line, its_rule, message in told(text) if its_rule == rule and part in message
    ]
    assert len(found) == 1
    line = found[0][0]
    assert line > MENU.count("\n")


def test_words_that_hold_each_other_may_lead_to_one_place() -> None:
    assert told(MENU + VOICE.replace("医保:", "社保卡:")) == []


def test_no_words_and_zero_level_are_refused() -> None:
    assert [rule for _, rule, _ in told(MENU + "voice:\n  prompt: 请说，按0转人工\n")] == ["R-IVR-4"]
    assert "R-IVR-4" in [rule for _, rule, _ in told("mode: zero_level\n" + MENU + VOICE)]


def test_a_spoken_way_is_no_way_for_the_keys() -> None:
    """What only words lead to cannot be reached when nobody listens."""
    text = MENU.replace("      2: {service: hours}\n", "") + VOICE
    assert [message for _, _, message in told(text)] == ["'hours' is reached by no key"]


TABLE = ways(menu_of())


@pytest.mark.parametrize(
    ("said", "way"),
    [
        ("我要办营业执照", 1),
        ("社保怎么办", 2),
        ("医保和社保", 2),
        ("座位", 3),
        ("你们的时间", 4),
        ("转人工", 0),
        ("我要办社保还是转人工吧", 0),
        ("接线员", 0),
        ("社保和营业执照", UNCLEAR),
        ("路灯不亮", UNCLEAR),
        ("", UNCLEAR),
    ],
)
def test_words_lead_where_the_file_says(said: str, way: int) -> None:
    assert TABLE is not None
    assert decide(TABLE, [Token(sign, 1.0) for sign in said]).way == way
    assert decide(TABLE, [Token(said, 1.0)] if said else []).way == way


def test_a_word_that_was_hardly_understood_is_unclear() -> None:
    assert TABLE is not None
    assert decide(TABLE, [Token("社", 0.9), Token("保", 0.2)]) == Choice(UNCLEAR)
    assert decide(TABLE, [Token("我要", 0.1), Token("社保", 0.9)]) == Choice(2, 2)
    assert decide(TABLE, [Token("社保", 0.2), Token("社保", 0.8)]).way == 2


@given(st.lists(st.builds(Token, st.text(max_size=6), st.floats(0, 1)), max_size=8))
def test_whatever_is_recognised_leads_to_a_way_of_the_file_or_nowhere(heard: list[Token]) -> None:
    assert TABLE is not None
    assert decide(TABLE, heard).way in {*range(5), UNCLEAR}


def test_the_table_is_read_back_and_nothing_else_is() -> None:
    assert TABLE is not None
    assert Ways.from_json(TABLE.to_json()) == TABLE
    assert all(TABLE.words[word] == HUMAN_WAY for word in HUMAN_WORDS)
    for bad in ("", "[]", "{}", '{"words": 3}', '{"words": {"a": "b"}}', '{"words": {"a": 91}}', "nope"):
        with pytest.raises(ValueError, match=r"."):
            Ways.from_json(bad)


SAID = re.compile(r"^exten => said(\d+),1,", re.MULTILINE)


@pytest.mark.clause("R-IVR-4")
def test_the_dialplan_has_one_extension_for_each_way_and_no_word_in_it() -> None:
    menu = menu_of()
    rendered = render(menu, plan(menu, NOWHERE), ())
    assert SAID.findall(rendered.body) == ["0", "1", "2", "3", "4"]
    assert rendered.body.isascii()
    targets = re.findall(r"to=([a-z]+:[a-z]+)&", rendered.body)
    assert targets == ["human:public", "human:enterprise", "human:frequent", "menu:seats", "service:hours"]
    main = rendered.body.split("\n[")[1]
    keys = [key for key in re.findall(r"^exten => ([^,]+),1,", main, re.MULTILINE) if key in "0123456789*#"]
    assert keys == ["*", "0", "1", "2", "3"]


def test_the_drawing_shows_what_may_be_said() -> None:
    screen = Console(width=120, record=True, file=StringIO())
    screen.print(draw(menu_of()))
    shown = screen.export_text()
    assert "说“营业执照”: 转人工 enterprise" in shown
    assert "说“时间”: 自助 hours" in shown
    assert "人工、话务员" in shown


def test_other_words_are_another_version() -> None:
    one, other = menu_of(), menu_of(VOICE.replace("医保:", "医疗保险:"))
    first, second = (render(menu, plan(menu, NOWHERE), ()) for menu in (one, other))
    assert first.version != second.version
    assert first.body.replace(first.version, second.version) == second.body


def test_a_way_to_anything_else_is_refused_at_the_border() -> None:
    menu = menu_of()
    assert menu.voice is not None
    voice = replace(menu.voice, words={"社保": Human("public,1)", 1)})
    with pytest.raises(ValueError, match="may not go"):
        render(replace(menu, voice=voice), plan(menu, NOWHERE), ())
