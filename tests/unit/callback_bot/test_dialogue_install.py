"""Dialogues in a switch: each has its entry, and none is taken away from somebody who is asked or called."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline.callback_bot.survey.dialogue_install import apply, file_of, install, load_dialogue, sweep
from hotline.core.errors import HotlineError, NotFoundError
from hotline.core.settings import Settings
from hotline.ivr import apply as menus
from hotline.ivr.load import ApplyError
from hotline.telephony.ami_errors import AmiRefusedError
from hotline.telephony.asterisk_config import Paths
from support.fake_dialplan import FakeSwitch
from support.menus import make_ivr_settings
from support.survey import write_dialogue


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = make_ivr_settings(tmp_path)
    write_dialogue(made)
    return made


@pytest.fixture
def switch(settings: Settings) -> FakeSwitch:
    return FakeSwitch(Paths.of(settings).menus)


def versions(settings: Settings) -> set[str]:
    return {path.name for path in Paths.of(settings).menus.glob("robot-*.conf")}


def change(settings: Settings, name: str = "quick") -> None:
    file = file_of(settings, name)
    file.write_text(
        file.read_text(encoding="utf-8").replace("wait_seconds: 2", "wait_seconds: 3"), encoding="utf-8"
    )


async def test_a_changed_dialogue_takes_the_place_of_the_one_before(
    settings: Settings, switch: FakeSwitch
) -> None:
    first = await apply(switch, settings, "quick")
    change(settings)
    second = await apply(switch, settings, "quick")
    assert first.version != second.version
    assert await sweep(switch, settings) == (first.version,)
    assert versions(settings) == {f"robot-{second.version}.conf"}
    assert await sweep(switch, settings) == ()
    words = sorted(path.name for path in Paths.of(settings).menus.glob("*.words.json"))
    assert words == [f"robot-{second.version}.words.json"]


async def test_none_is_removed_while_somebody_is_in_it_or_the_robot_rings(
    settings: Settings, switch: FakeSwitch
) -> None:
    first = await apply(switch, settings, "quick")
    change(settings)
    await apply(switch, settings, "quick")
    for contexts, ringing in (
        ([f"robot-{first.version}-identity"], []),
        (["hotline-mark"], []),
        (["hotline-robot-words"], []),
        ([], ["robot-node1-01ARZ3NDEKTSV4RRFFQ69G5FAV"]),
    ):
        switch.channels, switch.ringing = contexts, ringing
        assert await sweep(switch, settings) == ()
    switch.channels, switch.ringing = ["hotline-queue"], ["node1-1763800000.1"]
    assert await sweep(switch, settings) == (first.version,)


async def test_several_dialogues_and_the_menus_leave_each_other_alone(
    settings: Settings, switch: FakeSwitch
) -> None:
    write_dialogue(settings, "other", wait_seconds=4)
    menu = await menus.apply(switch, settings)
    ready = [await apply(switch, settings, name) for name in ("quick", "other")]
    assert len({one.version for one in ready}) == 2
    assert await sweep(switch, settings) == ()
    assert await menus.sweep(switch, settings) == ()
    for one in ready:
        assert switch.contexts[f"hotline-robot-{one.name}"] == [f"Goto(robot-{one.version}-start,s,1)"]
    assert f"ivr-{menu.version}-main" in switch.contexts


async def test_a_dialogue_that_the_switch_refuses_is_undone(settings: Settings, switch: FakeSwitch) -> None:
    await apply(switch, settings, "quick")
    before = versions(settings)
    change(settings)
    fault: HotlineError = AmiRefusedError("Originate", "no")
    switch.fault = fault
    with pytest.raises(ApplyError, match="did not take the dialogue"):
        await apply(switch, settings, "quick")
    assert versions(settings) == before


async def test_a_dialogue_is_found_by_its_name_and_the_sites_own_comes_first(settings: Settings) -> None:
    write_dialogue(settings, "standard")
    assert file_of(settings, "standard").parent == settings.menu.with_name("dialogues")
    assert load_dialogue(settings, "standard").wait_seconds == 2
    for name in ("nothing", "../menu", "", "a b"):
        with pytest.raises(NotFoundError):
            file_of(settings, name)
    ready = await install(settings, "quick")
    assert versions(settings) == {f"robot-{ready.version}.conf"}
