"""Loading menus: what is undone when the switch refuses, and when old versions may go."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import Any

import pytest

from hotline.core.errors import HotlineError
from hotline.core.settings import Settings
from hotline.ivr.apply import ApplyError, apply, sweep
from hotline.ivr.check import MenuRefusedError
from hotline.ivr.install import MenuBusyError, install_menu
from hotline.telephony.ami_errors import AmiConnectionLostError, AmiRefusedError
from hotline.telephony.asterisk_config import Paths
from support.fake_dialplan import FakeSwitch
from support.menus import MENU, make_ivr_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_ivr_settings(tmp_path)


@pytest.fixture
def switch(settings: Settings) -> FakeSwitch:
    return FakeSwitch(Paths.of(settings).menus)


def change(settings: Settings, text: str) -> None:
    settings.menu.write_text(MENU.replace("请按键", text), encoding="utf-8")


def files(settings: Settings) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Paths.of(settings).menus.glob("*.conf")}


async def test_new_calls_enter_the_new_menu(settings: Settings, switch: FakeSwitch) -> None:
    first = await apply(switch, settings)
    change(settings, "请按一个键")
    second = await apply(switch, settings)
    assert first.version != second.version
    assert second.removed == (first.version,)
    assert set(files(settings)) == {f"ivr-{second.version}.conf", "zz-entry.conf"}


async def test_applying_the_same_menu_again_changes_nothing(settings: Settings, switch: FakeSwitch) -> None:
    first = await apply(switch, settings)
    before, reloads = files(settings), switch.reloads
    assert (await apply(switch, settings)).version == first.version
    assert (files(settings), switch.reloads) == (before, reloads)


async def test_what_the_switch_lost_is_loaded_again(settings: Settings, switch: FakeSwitch) -> None:
    first = await apply(switch, settings)
    switch.contexts.clear()
    await apply(switch, settings)
    assert f"ivr-{first.version}-main" in switch.contexts


FAULTS: list[Any] = [AmiRefusedError("Originate", "no"), AmiConnectionLostError("gone")]


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_refused_reload_is_undone(
    settings: Settings, switch: FakeSwitch, fault: HotlineError
) -> None:
    await apply(switch, settings)
    before, loaded = files(settings), dict(switch.contexts)
    change(settings, "请按一个键")
    switch.fault = fault
    with pytest.raises(ApplyError, match="did not take the menu"):
        await apply(switch, settings)
    assert files(settings) == before
    assert switch.contexts == loaded


async def test_a_menu_that_the_switch_lost_in_part_is_undone(settings: Settings, switch: FakeSwitch) -> None:
    await apply(switch, settings)
    before = files(settings)
    change(settings, "请按一个键")
    prepared = await install_menu(settings)
    for name in set(files(settings)) - set(before):
        (Paths.of(settings).menus / name).unlink()
    (Paths.of(settings).menus / "zz-entry.conf").write_bytes(before["zz-entry.conf"])
    switch.loses = f"ivr-{prepared.rendered.version}-seats"
    with pytest.raises(ApplyError, match="has 0 of"):
        await apply(switch, settings)
    assert files(settings) == before


async def test_the_first_menu_that_fails_leaves_none(settings: Settings, switch: FakeSwitch) -> None:
    switch.fault = AmiRefusedError("Originate", "no")
    with pytest.raises(ApplyError):
        await apply(switch, settings)
    assert files(settings) == {}


async def test_a_refused_file_never_reaches_the_switch(settings: Settings, switch: FakeSwitch) -> None:
    await apply(switch, settings)
    before, reloads = files(settings), switch.reloads
    change(settings, "打折促销")
    with pytest.raises(MenuRefusedError):
        await apply(switch, settings)
    assert (files(settings), switch.reloads) == (before, reloads)


@pytest.mark.parametrize("place", ["ivr-{}-main", "ivr-{}-seats", "hotline-mark"])
async def test_a_version_stays_while_a_call_may_be_in_it(
    settings: Settings, switch: FakeSwitch, place: str
) -> None:
    first = await apply(switch, settings)
    switch.channels = [place.format(first.version)]
    change(settings, "请按一个键")
    second = await apply(switch, settings)
    assert (second.removed, second.kept) == ((), (first.version,))
    assert f"ivr-{first.version}-main" in switch.contexts
    switch.channels = [f"ivr-{second.version}-main", "hotline-queue"]
    assert await sweep(switch, settings) == (first.version,)
    assert f"ivr-{first.version}-main" not in switch.contexts


async def test_a_sweep_loads_the_entry_before_it_looks(settings: Settings, switch: FakeSwitch) -> None:
    first = await apply(switch, settings)
    change(settings, "请按一个键")
    second = await install_menu(settings)
    assert await sweep(switch, settings) == (first.version,)
    assert f"ivr-{second.rendered.version}-main" in switch.contexts


async def test_a_sweep_without_old_versions_asks_the_switch_nothing(
    settings: Settings, switch: FakeSwitch
) -> None:
    await apply(switch, settings)
    reloads = switch.reloads
    assert await sweep(switch, settings) == ()
    assert switch.reloads == reloads


async def test_two_at_once_do_not_mix(settings: Settings, switch: FakeSwitch) -> None:
    await apply(switch, settings)
    with (Paths.of(settings).menus / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(MenuBusyError):
            await apply(switch, settings)
        with pytest.raises(MenuBusyError):
            await install_menu(settings)
