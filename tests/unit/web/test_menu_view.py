"""The menu as its editor sees it: a change on an old file, or a text that breaks a rule, changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from hotline.core.settings import Settings
from hotline.ivr.check import DEFAULT_MENU, check
from hotline.web.menu_view import MenuChangedError, Menus, MenuTextError, base_of, tree_of

SECRET = "only-for-these-tests-of-menus"
TEXT = """\
human: public
menus:
  main:
    prompt: 反映问题请按一，人工服务请按零
    on_timeout: {human: public}
    on_invalid: {human: public}
    keys:
      1: {menu: more}
      0: {human: public}
  more:
    prompt: 请按零
    on_timeout: {human: public}
    on_invalid: {human: public}
    keys:
      0: {human: public}
      9: {again: true}
"""


class NoSwitch:
    """A switch that nobody may ask here."""

    async def action(
        self, name: str, fields: Mapping[str, str], *, limit_s: float = 5.0
    ) -> Sequence[Mapping[str, str]]:
        raise AssertionError(f"the switch was asked: {name}")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "menu.yaml"
    found.write_text(TEXT, encoding="utf-8")
    return found


@pytest.fixture
def menus(file: Path, tmp_path: Path) -> Menus:
    values: dict[str, Any] = {
        "state": tmp_path / "state",
        "menu": file,
        "asterisk": {"ami_event_secret": SECRET, "ami_action_secret": SECRET},
        "queues": [{"name": "public", "label": "综合受理"}],
        "web": {"token": SECRET},
    }
    return Menus(Settings.model_validate(values), NoSwitch())


async def test_the_file_is_shown_with_its_tree(menus: Menus) -> None:
    told = await menus.read()
    assert (told["file"], told["text"], told["version"]) == ("menu.yaml", TEXT, None)
    assert told["base"] == base_of(TEXT)
    tree = told["tree"]
    assert tree["menus"]["main"]["keys"]["1"] == {"menu": "more"}
    assert tree["menus"]["more"]["keys"] == {"0": {"human": "public"}, "9": {"again": True}}
    assert tree["queues"] == [{"name": "public", "label": "综合受理"}]
    assert "请问您需要什么帮助" in tree["greeting"]["normal"]


def test_the_default_menu_has_a_tree_with_every_part() -> None:
    text = DEFAULT_MENU.read_text(encoding="utf-8")
    menu, _ = check(text, "menu.yaml", None)
    assert menu is not None
    tree = tree_of(menu, {})
    assert set(tree["menus"]) == set(menu.menus)
    assert set(tree["services"]) == set(menu.services)
    assert (tree["voice"] is None) == (menu.voice is None)


def test_what_breaks_a_rule_is_told_with_its_line(menus: Menus) -> None:
    told = menus.check(TEXT.replace("1: {menu: more}", "1: {menu: elsewhere}"))
    assert not told["ok"]
    assert {"line": 8, "rule": "reference"}.items() <= told["problems"][0].items()
    assert menus.check(TEXT)["ok"]
    assert menus.check("\x00")["tree"] is None


async def test_a_change_on_an_old_file_is_refused(menus: Menus, file: Path) -> None:
    with pytest.raises(MenuChangedError):
        await menus.apply(TEXT, base_of("another"), who="2001")
    assert file.read_text(encoding="utf-8") == TEXT


async def test_a_text_that_breaks_a_rule_is_refused_and_nothing_changed(menus: Menus, file: Path) -> None:
    with pytest.raises(MenuTextError) as refused:
        await menus.apply(TEXT.replace("public", "nobody"), base_of(TEXT), who="2001")
    assert refused.value.fields["problems"]
    assert refused.value.told_fields == ("problems",)
    assert file.read_text(encoding="utf-8") == TEXT
    assert [one.name for one in file.parent.iterdir()] == ["menu.yaml"]
