"""Menus on a real Asterisk, with real SIP and real keys; no service runs, only the switch."""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
import yaml
from aiohttp.test_utils import TestClient, TestServer

from hotline.core.settings import WebSettings
from hotline.demo.phones import Phone, citizen_phone
from hotline.ivr.apply import ApplyError, apply, sweep
from hotline.ivr.check import load
from hotline.ivr.install import install_menu
from hotline.ivr.prompts import plan
from hotline.ivr.render import ENTRY_NAME
from hotline.telephony.ami import Ami
from hotline.telephony.installation import Asterisk
from hotline.telephony.journal_columns import JOURNAL_COLUMNS
from hotline.web.desk import Desk
from hotline.web.menu_view import Menus
from hotline.web.server import build_app
from hotline.web.upkeep_api import Upkeep
from support.asterisk import ACTION_SECRET, Switch, shared_switch
from support.menus import MENU, QUEUES
from support.pages import BEARER, TOKEN, FakeDesk

pytestmark = pytest.mark.asterisk

Mark = tuple[str, dict[str, str]]
Told = tuple[int, dict[str, Any]]
"""Status and answer."""


@pytest.fixture(scope="module")
def switch(asterisk_binary: Asterisk) -> Generator[Switch]:
    with shared_switch(asterisk_binary, queues=QUEUES, agents=[]) as started:
        started.settings.menu.write_text(MENU, encoding="utf-8")
        asyncio.run(install_menu(started.settings))
        asyncio.run(started.console("dialplan reload"))
        yield started


@asynccontextmanager
async def actions(switch: Switch) -> AsyncGenerator[Ami]:
    """The port of the actions, with the rights that the service has."""
    at = switch.settings.asterisk
    ami = Ami(at.ami_host, at.ami_port, "hotline-actions", ACTION_SECRET, wanted=frozenset())
    connected = asyncio.Event()

    async def ready(_: Ami) -> None:
        connected.set()

    ami.on_connect(ready)
    running = asyncio.create_task(ami.run())
    try:
        async with asyncio.timeout(10):
            await connected.wait()
        yield ami
    finally:
        await ami.close()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@dataclass
class Caller:
    """One citizen's call, and what the journal says of it."""

    switch: Switch
    number: str
    phone: Phone

    def marks(self) -> list[Mark]:
        names = [name for name, _ in JOURNAL_COLUMNS]
        found: list[Mark] = []
        with self.switch.journal.open(encoding="utf-8", newline="") as file:
            for values in csv.reader(file):
                row = dict(zip(names, values, strict=False))
                if row["number"] == self.number and row["event"].startswith("HL_"):
                    text = json.loads(row["extra"])["extra"]
                    found.append((row["event"], dict(part.split("=", 1) for part in text.split("&"))))
        return found

    async def until(self, name: str, count: int = 1, limit_s: float = 25) -> dict[str, str]:
        """Wait for the ``count``-th mark of a name."""
        async with asyncio.timeout(limit_s):
            while True:
                found = [values for event, values in self.marks() if event == name]
                if len(found) >= count:
                    return found[count - 1]
                await asyncio.sleep(0.05)

    def digits(self) -> list[tuple[str, str, str]]:
        return [
            (values["menu"], values["digit"], values["why"])
            for event, values in self.marks()
            if event == "HL_DIGIT"
        ]

    async def playing(self, ami: Ami) -> str:
        """What the switch plays to the caller: context and files."""
        async with asyncio.timeout(10):
            while True:
                for channel in await ami.action("CoreShowChannels", {}):
                    mine = channel.get("CallerIDNum") == self.number
                    if mine and channel.get("Application") == "BackGround":
                        return f"{channel.get('Context')} {channel.get('ApplicationData')}"
                await asyncio.sleep(0.02)


@asynccontextmanager
async def calling(switch: Switch, number: str, folder: Path) -> AsyncGenerator[Caller]:
    async with citizen_phone(switch.settings, number, folder / number) as phone:
        caller = Caller(switch, number, phone)
        await phone.call("12345")
        await phone.wait_for("established")
        yield caller
        if not phone.happened("closed"):
            await phone.hang_up()
            await phone.wait_for("closed")


@pytest.mark.clause("R-IVR-3")
async def test_pressing_1_then_2_reaches_the_dialect_seats(switch: Switch, tmp_path: Path) -> None:
    async with calling(switch, "13900000001", tmp_path) as caller:
        await caller.until("HL_MENU")
        await caller.phone.press("1")
        await caller.until("HL_MENU", 2)
        await caller.phone.press("2")
        human = await caller.until("HL_HUMAN")
    assert (human["queue"], human["why"]) == ("dialect", "key")
    assert caller.digits() == [("main", "1", "key"), ("seats", "2", "key")]
    assert [int(values["n"]) for _, values in caller.marks()] == list(range(1, len(caller.marks()) + 1))


@pytest.mark.clause("R-IVR-3")
@pytest.mark.parametrize(
    ("key", "queue"), [("1", "enterprise"), ("3", "foreign"), ("4", "sign"), ("5", "frequent")]
)
async def test_every_special_seat_is_reached(switch: Switch, tmp_path: Path, key: str, queue: str) -> None:
    async with calling(switch, f"1390000001{key}", tmp_path) as caller:
        await caller.until("HL_MENU")
        await caller.phone.press(f"1{key}")  # typed ahead, into the middle of the prompts
        assert (await caller.until("HL_HUMAN"))["queue"] == queue


@pytest.mark.clause("R-IVR-1")
async def test_pressing_nothing_reaches_a_human(switch: Switch, tmp_path: Path) -> None:
    async with calling(switch, "13900000002", tmp_path) as caller:
        human = await caller.until("HL_HUMAN")
        await caller.until("HL_QUEUE")
        assert not caller.phone.happened("closed")
    assert (human["queue"], human["why"]) == ("public", "timeout")
    assert caller.digits() == [("main", "-", "timeout"), ("main", "-", "timeout")]


@pytest.mark.clause("R-IVR-1")
async def test_pressing_nonsense_reaches_a_human(switch: Switch, tmp_path: Path) -> None:
    async with calling(switch, "13900000003", tmp_path) as caller:
        await caller.until("HL_MENU")
        await caller.phone.press("9")
        await caller.until("HL_DIGIT")
        await caller.phone.press("#")
        human = await caller.until("HL_HUMAN")
        await caller.until("HL_QUEUE")
        assert not caller.phone.happened("closed")
    assert (human["queue"], human["why"]) == ("public", "invalid")
    assert caller.digits() == [("main", "9", "invalid"), ("main", "#", "invalid")]


@pytest.mark.clause("R-IVR-1")
@pytest.mark.parametrize(("keys", "place"), [("0", "main"), ("10", "seats"), ("20", "hours")])
async def test_0_is_a_human_at_every_level(switch: Switch, tmp_path: Path, keys: str, place: str) -> None:
    async with calling(switch, f"139000001{keys:0>2}", tmp_path) as caller:
        await caller.until("HL_MENU")
        await caller.phone.press(keys)
        human = await caller.until("HL_HUMAN")
    assert (human["queue"], human["why"]) == ("public", "zero")
    assert caller.digits()[-1] == (place, "0", "key")


@pytest.mark.clause("R-IVR-1")
async def test_a_self_service_is_heard_to_its_end(switch: Switch, tmp_path: Path) -> None:
    async with calling(switch, "13900000004", tmp_path) as caller:
        await caller.until("HL_MENU")
        await caller.phone.press("2")
        assert (await caller.until("HL_SELF"))["service"] == "hours"
        await caller.phone.wait_for("closed", limit_s=30)
    assert [event for event, _ in caller.marks() if event == "HL_HUMAN"] == []


@pytest.mark.clause("R-IVR-1")
async def test_hearing_again_ends_at_a_human_too(switch: Switch, tmp_path: Path) -> None:
    async with calling(switch, "13900000005", tmp_path) as caller:
        await caller.until("HL_MENU")
        for count in (1, 2):
            await caller.phone.press("*")
            await caller.until("HL_DIGIT", count)
        assert (await caller.until("HL_HUMAN"))["queue"] == "public"
    assert caller.digits() == [("main", "*", "key"), ("main", "*", "key")]


async def test_the_milliseconds_of_a_choice_are_the_journals(switch: Switch, tmp_path: Path) -> None:
    async with calling(switch, "13900000006", tmp_path) as caller:
        await caller.until("HL_MENU")
        await asyncio.sleep(0.3)
        await caller.phone.press("0")
        choice = await caller.until("HL_DIGIT")
    times = journal_times(switch, caller.number)
    between = (times["HL_DIGIT"] - times["HL_MENU"]) * 1000
    assert int(choice["ms"]) == pytest.approx(between, abs=100)
    assert int(choice["ms"]) >= 200


def journal_times(switch: Switch, number: str) -> dict[str, float]:
    names = [name for name, _ in JOURNAL_COLUMNS]
    with switch.journal.open(encoding="utf-8", newline="") as file:
        rows = [dict(zip(names, values, strict=False)) for values in csv.reader(file)]
    return {row["event"]: float(row["time"]) for row in rows if row["number"] == number}


def menu_file(folder: Path, *, wait: int = 10, three: str = "frequent", **extra: object) -> Path:
    menu = yaml.safe_load(MENU) | extra
    menu["menus"]["main"]["wait_seconds"] = wait
    menu["menus"]["main"]["keys"][3] = {"human": three}
    folder.mkdir(exist_ok=True)
    path = folder / "menu.yaml"
    path.write_text(yaml.safe_dump(menu, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


@asynccontextmanager
async def menu_api(switch: Switch, ami: Ami) -> AsyncGenerator[Callable[..., Awaitable[Told]]]:
    """Ask the API of menus over the switch."""
    nothing = cast("Any", None)
    upkeep = Upkeep(Menus(switch.settings, ami), nothing, nothing, nothing, nothing)
    app = build_app(WebSettings(token=TOKEN), cast("Desk", FakeDesk()), upkeep=upkeep)

    async def ask(path: str = "", **body: str) -> Told:
        method = "POST" if body else "GET"
        async with client.request(method, f"/api/v1/menus{path}", json=body or None) as answer:
            return answer.status, await answer.json()

    async with TestClient(TestServer(app), headers=BEARER) as client:
        yield ask


@pytest.mark.clause("R-IVR-1")
async def test_the_next_citizen_hears_the_applied_menu_and_a_call_in_progress_the_old_one(
    switch: Switch, tmp_path: Path
) -> None:
    new_text = menu_file(tmp_path, three="sign").read_text(encoding="utf-8").replace("请按键", "请按新的键")
    async with actions(switch) as ami, menu_api(switch, ami) as ask:
        old = await apply(ami, switch.settings, menu_file(tmp_path / "a", three="enterprise"))
        async with calling(switch, "13900000007", tmp_path) as caller:
            first = await caller.until("HL_MENU")
            heard = await caller.playing(ami)
            base = (await ask())[1]["base"]
            status, problem = await ask("/apply", text=new_text.replace("sign", "nowhere"), base=base)
            assert (status, problem["problems"][0]["message"]) == (422, "there is no queue 'nowhere'")
            assert (await ask())[1]["version"] == old.version
            status, new = await ask("/apply", text=new_text, base=base)
            assert (status, new["removed"], new["kept"]) == (200, [], [old.version])
            shown = (await ask())[1]
            assert (shown["version"], shown["text"]) == (new["version"], new_text)
            assert (await ask("/apply", text=new_text, base=base))[0] == 409, "it was changed meanwhile"
            async with calling(switch, "13900000008", tmp_path) as later:
                assert (await later.until("HL_MENU"))["version"] == new["version"]
                assert (await later.playing(ami)).split("/")[-1] != heard.split("/")[-1]
                await later.phone.press("3")
                assert (await later.until("HL_HUMAN"))["queue"] == "sign"
            assert await sweep(ami, switch.settings) == ()
            assert first["version"] == old.version
            await caller.phone.press("3")
            assert (await caller.until("HL_HUMAN"))["queue"] == "enterprise"
            assert await sweep(ami, switch.settings) == (old.version,)
            await caller.until("HL_QUEUE")
            assert not caller.phone.happened("closed")
        shown = await switch.console(f"dialplan show ivr-{old.version}-main")
        assert "There is no existence of" in shown
        switch.settings.menu.write_text(MENU, encoding="utf-8")
        await apply(ami, switch.settings)


@pytest.mark.clause("R-IVR-5")
@pytest.mark.parametrize(
    ("holiday", "kind", "number"),
    [
        ("春节", "new_year", "13900000201"),
        ("中秋节", "festival", "13900000202"),
        ("清明节", "normal", "13900000203"),
    ],
)
async def test_the_switch_greets_by_date(
    switch: Switch, tmp_path: Path, holiday: str, kind: str, number: str
) -> None:
    today = datetime.now(UTC).astimezone(ZoneInfo("Asia/Shanghai")).date()
    days = {"off": {today.isoformat(): holiday}, "work": []}
    calendar = switch.settings.menu.with_name("calendar.json")
    calendar.write_text(json.dumps({"years": {str(today.year): days}}), encoding="utf-8")
    menu = menu_file(tmp_path / "menu")
    expected = plan(load(menu, None), switch.settings.prompts)[f"greeting-{kind}"].file
    async with actions(switch) as ami:
        try:
            applied = await apply(ami, switch.settings, menu)
            async with calling(switch, number, tmp_path) as caller:
                shown = await caller.playing(ami)
        finally:
            calendar.unlink()
            await apply(ami, switch.settings)
    assert shown.startswith(f"ivr-{applied.version}-main hotline/{expected}&hotline/ivr-")


ATTACK = "您好${SYSTEM(touch ATTACKED)} ; same => n,System(touch ATTACKED) ,1) [from-agent] \"'&|"


async def test_hostile_text_in_a_menu_is_only_heard(switch: Switch, tmp_path: Path) -> None:
    mark = tmp_path / "attacked"
    attack = ATTACK.replace("ATTACKED", str(mark))
    menu = yaml.safe_load(MENU)
    menu["menus"]["main"]["prompt"] = attack
    menu["services"]["hours"]["prompt"] = attack
    path = tmp_path / "menu.yaml"
    path.write_text(yaml.safe_dump(menu, allow_unicode=True), encoding="utf-8")
    async with actions(switch) as ami:
        await apply(ami, switch.settings, path)
        try:
            async with calling(switch, "13900000301", tmp_path) as caller:
                await caller.until("HL_MENU")
                await caller.phone.press("2")
                await caller.until("HL_DIGIT")
                await caller.phone.press("0")
                await caller.until("HL_HUMAN")
        finally:
            await apply(ami, switch.settings)
    assert not mark.exists()


async def test_zero_level_goes_straight_to_a_human(switch: Switch, tmp_path: Path) -> None:
    async with actions(switch) as ami:
        await apply(ami, switch.settings, menu_file(tmp_path / "menu", mode="zero_level"))
        try:
            async with calling(switch, "13900000009", tmp_path) as caller:
                human = await caller.until("HL_HUMAN")
        finally:
            await apply(ami, switch.settings)
    assert (human["queue"], human["why"]) == ("public", "zero_level")
    assert caller.digits() == []


async def test_the_switch_finds_no_fault_in_the_menus(switch: Switch) -> None:
    assert switch.faults() == []


async def test_a_menu_that_the_switch_does_not_take_is_undone(switch: Switch, tmp_path: Path) -> None:
    folder = switch.runtime.paths.menus
    before = (folder / ENTRY_NAME).read_bytes()
    broken = folder / "00-broken.conf"
    async with actions(switch) as ami:
        broken.write_text("[hotline-menu]\nexten => s,1,Goto(ivr-00000000-main,s,1)\n")
        with pytest.raises(ApplyError, match="did not take the menu"):
            await apply(ami, switch.settings, menu_file(tmp_path / "new", three="sign"))
        broken.unlink()
        assert (folder / ENTRY_NAME).read_bytes() == before
        assert len(list(folder.glob("ivr-*.conf"))) == 1
        await apply(ami, switch.settings)
        async with calling(switch, "13900000302", tmp_path) as caller:
            await caller.until("HL_MENU")


@pytest.mark.clause("R-IVR-1")
async def test_a_missing_sound_never_ends_a_call(switch: Switch, tmp_path: Path) -> None:
    sounds = switch.runtime.paths.sounds / "hotline"
    hidden = tmp_path / "hidden"
    sounds.rename(hidden)
    try:
        async with calling(switch, "13900000303", tmp_path) as caller:
            assert (await caller.until("HL_HUMAN"))["why"] == "timeout"
            await caller.until("HL_QUEUE")
            assert not caller.phone.happened("closed")
    finally:
        hidden.rename(sounds)
