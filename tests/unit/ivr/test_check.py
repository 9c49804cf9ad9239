from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from hotline.core.errors import ConfigError
from hotline.ivr.check import DEFAULT_MENU, MenuRefusedError, advertising, check, endings, load
from hotline.ivr.source import LONGEST_FILE, Problem

QUEUES = {"public", "enterprise", "dialect", "foreign", "sign", "frequent"}

GOOD = """\
human: public
menus:
  main:
    prompt: 请按键
    on_timeout: {human: public}
    on_invalid: {human: public}
    keys:
      0: {human: public}
      1: {menu: seats}
      2: {service: hours}
  seats:
    prompt: 请选择
    on_timeout: {human: public}
    on_invalid: {human: public}
    keys:
      0: {human: public}
      1: {human: dialect}
services:
  hours:
    prompt: 全天服务
"""


def problems_of(text: str) -> tuple[Problem, ...]:
    return check(text, "menu.yaml", QUEUES)[1]


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


def test_a_good_menu_has_no_problem() -> None:
    assert problems_of(GOOD) == ()


def test_the_delivered_menu_is_good_with_its_voice_navigation_too() -> None:
    text = DEFAULT_MENU.read_text(encoding="utf-8")
    begin, end = text.index("# voice:"), text.index("\n\nmenus:")
    spoken = "\n".join(line.removeprefix("# ") for line in text[begin:end].splitlines())
    menu, problems = check(text[:begin] + spoken + text[end:], "menu.yaml", QUEUES)
    assert problems == ()
    assert menu is not None
    assert menu.voice is not None


@pytest.mark.clause("R-IVR-3")
def test_the_delivered_menu_is_good_and_has_every_special_seat() -> None:
    menu = load(DEFAULT_MENU, QUEUES)
    ends = {end for _, end in endings(menu)}
    assert {f"human:{queue}" for queue in QUEUES} <= ends


THIRD_LEVEL = changed("1: {human: dialect}", "1: {menu: deep}").replace(
    "services:",
    """\
  deep:
    prompt: 第三层
    on_timeout: {human: public}
    on_invalid: {human: public}
    keys: {0: {human: public}}
services:""",
)

REFUSED = [
    (THIRD_LEVEL, 17, "R-IVR-2", "level 3"),
    (changed("全天服务", "全场打折促销"), 20, "R-IVR-2", "advertising"),
    (changed("请选择", "本热线由某银行冠名"), 12, "R-IVR-2", "advertising"),
    (changed("      0: {human: public}\n      1: {menu", "      1: {menu"), 3, "R-IVR-1", "no key 0"),
    (changed("0: {human: public}", "0: {service: hours}"), 8, "R-IVR-1", "does not lead to a human"),
    (changed("    on_timeout: {human: public}\n", ""), 3, "R-IVR-1", "no answer"),
    (changed("    on_invalid: {human: public}\n", ""), 3, "R-IVR-1", "a wrong answer"),
    (changed("on_timeout: {human: public}", "on_timeout: {service: hours}"), 5, "R-IVR-1", "end at a human"),
    (changed("2: {service: hours}", "2: {hangup: now}"), 10, "R-IVR-1", "ends neither"),
    (changed("2: {service: hours}", "2: {human: public, menu: seats}"), 10, "R-IVR-1", "ends neither"),
    (changed("2: {service: hours}", "2:"), 10, "R-IVR-1", "ends neither"),
    (changed("1: {human: dialect}", "1: {menu: main}"), 17, "R-IVR-1", "loop"),
    (changed("1: {human: dialect}", "1: {menu: seats}"), 17, "R-IVR-1", "loop"),
    (changed("human: public\nmenus", "menus"), 1, "R-IVR-1", "no queue"),
    (changed("1: {human: dialect}", "1: {human: nobody}"), 17, "reference", "no queue 'nobody'"),
    (changed("human: public\n", "human: nobody\n"), 1, "reference", "no queue 'nobody'"),
    (changed("1: {menu: seats}", "1: {menu: seat}"), 9, "reference", "unknown menu 'seat'"),
    (changed("2: {service: hours}", "2: {service: hour}"), 10, "reference", "unknown service"),
    (changed("1: {menu: seats}", "1: {human: public}"), 11, "reference", "'seats' is reached by no key"),
    (changed("2: {service: hours}", "2: {human: public}"), 19, "reference", "'hours' is reached by no key"),
    (changed("human: public\n", "human: public\nstart: begin\n"), 2, "reference", "no menu 'begin'"),
    (changed("hours:", "seats:"), 19, "reference", "both a menu and a service"),
    (changed("1: {menu: seats}", "0: {menu: seats}"), 9, "format", "'0' stands twice"),
    (changed("1: {menu: seats}", "'0': {menu: seats}"), 9, "format", "'0' stands twice"),
    (changed("  seats:", "  main:"), 11, "format", "'main' stands twice"),
    (changed("1: {menu: seats}", "12: {menu: seats}"), 9, "format", "not a key of a telephone"),
    (changed("keys:", "key:"), 7, "format", "unknown key 'key'"),
    (changed("human: public\n", "humans: public\n"), 1, "format", "unknown key 'humans'"),
    (changed("human: public\n", "human: public\nmode: robot\n"), 2, "format", "unknown mode"),
    (changed("  main:", "  Main Menu:"), 3, "format", "not a name"),
    (changed("prompt: 请按键", "prompt: 请按键\n    wait_seconds: 99"), 5, "format", "wait_seconds"),
    (changed("prompt: 请按键", "prompt: 请按键\n    tries: -1"), 5, "format", "tries"),
    (changed("prompt: 请按键", "prompt: &a 请按键"), 4, "format", "anchors"),
    (changed("prompt: 请按键", "prompt: !!python/name:os.system 请按键"), 4, "format", "tags"),
    (changed("prompt: 请按键", "prompt: [请按键"), 5, "format", "not readable as YAML"),
    ("- 1\n", 1, "format", "must be a mapping"),
    ("", 1, "format", "empty"),
    ("x" * (LONGEST_FILE + 1), 1, "format", "larger"),
    (changed("prompt: 请按键", 'prompt: "请\\u0007按键"'), 4, "text", "control character"),
    (changed("prompt: 请按键", 'prompt: "请\\u2028按键"'), 4, "text", "control character"),
    (changed("prompt: 请按键", "prompt: 请\x07按键"), 4, "text", "control character"),
    (changed("prompt: 请按键", "prompt:"), 4, "text", "is empty"),
    (changed("prompt: 请按键", "prompt: '……'"), 4, "text", "is empty"),
    (changed("    prompt: 请按键\n", ""), 3, "text", "no prompt"),
    (changed("prompt: 请按键", f"prompt: {'按' * 401}"), 4, "text", "401 characters"),
    ("greeting: {normal: 喂}\n" + GOOD, 1, "R-IVR-5", "greeting-normal"),
    ("greeting: {new_year: 您好，请问您需要什么帮助}\n" + GOOD, 1, "R-IVR-5", "greeting-new_year"),
    ("greeting: {easter: 您好}\n" + GOOD, 1, "format", "unknown key 'easter'"),
]


@pytest.mark.clause("R-IVR-1")
@pytest.mark.clause("R-IVR-2")
@pytest.mark.parametrize(("text", "line", "rule", "message"), REFUSED)
def test_what_breaks_a_rule_is_refused_with_its_line(text: str, line: int, rule: str, message: str) -> None:
    found = [(one.line, one.rule) for one in problems_of(text) if message in one.message]
    assert found == [(line, rule)], [str(one) for one in problems_of(text)]
    assert all(one.file == "menu.yaml" and one.mend for one in problems_of(text))


def test_every_problem_is_told_at_once() -> None:
    text = changed("全天服务", "打折").replace("1: {human: dialect}", "1: {human: nobody}")
    assert [one.line for one in problems_of(text)] == [17, 20]


def test_zero_level_needs_no_menu() -> None:
    assert problems_of("mode: zero_level\nhuman: public\n") == ()


def test_queues_are_not_checked_without_a_configuration() -> None:
    assert check(changed("dialect", "unknown"), "menu.yaml", None)[1] == ()


@pytest.mark.parametrize("text", ["公积金贷款请按2", "老年人优惠乘车", "举报违法广告请按3", "税收优惠 政策"])
def test_words_of_government_services_are_no_advertising(text: str) -> None:
    assert advertising(text) is None


@pytest.mark.parametrize("text", ["优惠大酬宾", "理财请按1", "贷 款请按2"])
def test_advertising_is_found(text: str) -> None:
    assert advertising(text)


def test_a_refused_file_raises_all_of_it(tmp_path: Path) -> None:
    path = tmp_path / "menu.yaml"
    path.write_text(THIRD_LEVEL, encoding="utf-8")
    with pytest.raises(MenuRefusedError, match=r"menu\.yaml:17: R-IVR-2"):
        load(path, QUEUES)


def test_a_file_that_is_not_utf8_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "menu.yaml"
    path.write_bytes("human: public\n# 菜单\n".encode("gbk"))
    with pytest.raises(MenuRefusedError, match=r":2: format"):
        load(path, QUEUES)


def test_a_missing_file_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "none.yaml", QUEUES)


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    menu, problems = check(text, "menu.yaml", QUEUES)
    assert problems or menu is not None


NAMES = st.sampled_from(["a", "b", "c", "d"])
TARGETS = st.one_of(
    st.builds(lambda name: {"human": name}, st.sampled_from(["public", "nobody"])),
    st.builds(lambda name: {"menu": name}, NAMES),
    st.builds(lambda name: {"service": name}, st.sampled_from(["s", "t"])),
    st.just({"again": True}),
)
MENUS = st.fixed_dictionaries(
    {
        "prompt": st.just("请按键"),
        "on_timeout": TARGETS,
        "on_invalid": st.just({"human": "public"}),
        "keys": st.dictionaries(st.sampled_from("0123"), TARGETS, max_size=4),
    }
)


@pytest.mark.clause("R-IVR-1")
@pytest.mark.clause("R-IVR-2")
@given(
    st.dictionaries(NAMES, MENUS, min_size=1),
    st.dictionaries(st.sampled_from(["s", "t"]), st.just({"prompt": "全天服务"})),
)
def test_whatever_passes_never_loses_a_caller(
    menus: dict[str, dict[str, object]], services: dict[str, object]
) -> None:
    text = yaml.safe_dump({"human": "public", "menus": menus, "services": services}, sort_keys=False)
    menu, problems = check(text, "menu.yaml", QUEUES)
    if problems or menu is None:
        return
    for keys, end in endings(menu):
        assert len(keys.split("-")) <= 2
        assert end in {"human:public", "service:s", "service:t", "again"}
    for part in menu.menus.values():
        assert {part.on_timeout.queue, part.on_invalid.queue, menu.queue} == {"public"}
        assert "0" in part.keys


def test_at_zero_level_the_one_path_ends_at_a_human() -> None:
    menu, problems = check("mode: zero_level\nhuman: public\n", "menu.yaml", QUEUES)
    assert problems == ()
    assert menu is not None
    assert list(endings(menu)) == [("", "human:public")]
