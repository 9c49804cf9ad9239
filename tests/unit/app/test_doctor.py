from __future__ import annotations

import os
import socket
import time
from datetime import timedelta
from pathlib import Path

import pytest

from hotline.app import doctor, doctor_machine, doctor_menu, doctor_node, doctor_ports, doctor_speech, schema
from hotline.app.finding import Finding, fail, ok
from hotline.app.first_files import write_first_files
from hotline.core import config_file
from hotline.core.clock import utc_now
from hotline.core.db import Database
from hotline.core.errors import HotlineError
from hotline.core.settings import Settings
from hotline.ivr import check
from support.asterisk import make_settings


@pytest.fixture
def node(tmp_path: Path) -> Path:
    return write_first_files(tmp_path / "node")[0]


@pytest.fixture
def settings(node: Path) -> Settings:
    """A new node on ports of its own, so that a hotline running on this machine is not in the way."""
    free = make_settings(node.parent / "state")
    return config_file.load(node, environment={}).model_copy(
        update={"asterisk": free.asterisk, "web": free.web}
    )


def lines(findings: list[Finding]) -> list[str]:
    return [f"{one.status} {one.message} -> {one.mend}" for one in findings]


async def test_a_new_node_has_no_failure_of_its_own_making(node: Path) -> None:
    findings = await doctor.examine(node)
    by_check = {name: {one.status for one in findings if one.check == name} for name in _checks(findings)}
    for name in ("configuration", "disk", "recordings", "database", "agents", "menu", "prompts", "clock"):
        assert by_check[name] == {"ok"}, name
    assert all(one.mend for one in findings if one.status != "ok")


def _checks(findings: list[Finding]) -> set[str]:
    return {one.check for one in findings}


async def test_without_a_configuration_the_machine_is_looked_at_all_the_same() -> None:
    findings = await doctor.examine(None)
    assert {"python", "asterisk", "voice", "host name"} <= _checks(findings)
    assert findings[-1].status == "fail"
    assert findings[-1].mend == "run: hotline init .run"


async def test_every_mistake_of_the_configuration_is_a_line(node: Path) -> None:
    text = node.read_text(encoding="utf-8").replace("port = 8345", "prot = 8345")
    node.write_text(text.replace('number = "1002"', 'number = "1001"'), encoding="utf-8")
    failed = [one for one in await doctor.examine(node) if one.check == "configuration"]
    assert [one.message.split(": ")[1] for one in failed if one.status == "fail"] == [
        "web.prot",
        "agents[2].number",
    ]


async def test_secrets_that_others_can_read_are_told(node: Path) -> None:
    node.chmod(0o644)
    found = [one for one in await doctor.examine(node) if one.check == "configuration"]
    assert [one.status for one in found] == ["ok", "warn"]
    assert found[1].mend == f"run: chmod 600 {node}"


async def test_a_check_that_breaks_or_hangs_does_not_hide_the_others(
    node: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang() -> list[Finding]:
        await doctor.asyncio.Event().wait()
        return []

    def breaks() -> list[Finding]:
        raise RuntimeError("no")

    def refuses() -> list[Finding]:
        raise HotlineError("it is not so", mend="make it so")

    checks = (
        ("hangs", hang),
        ("breaks", breaks),
        ("refuses", refuses),
        ("good", lambda: [ok("good", "yes")]),
    )
    monkeypatch.setattr(doctor, "MACHINE_CHECKS", checks)
    monkeypatch.setattr(doctor, "CHECK_LIMIT_S", 0.05)
    monkeypatch.setattr(doctor, "NODE_CHECKS", ())
    assert lines(await doctor.examine(None))[:4] == [
        "fail the check did not end within 0 s -> look at this part first",
        "fail the check itself failed: RuntimeError: no -> report this",
        "fail it is not so -> make it so",
        "ok yes -> ",
    ]


async def test_a_taken_port_is_named_with_its_setting(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor_ports, "_ASK_LIMIT_S", 0.1)  # the program on our port never answers
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone,
        socket.socket(socket.AF_INET, socket.SOCK_STREAM) as pages,
    ):
        phone.bind((settings.asterisk.bind, settings.asterisk.phone_port))
        pages.bind((settings.web.host, settings.web.port))
        pages.listen()
        told = [one for one in await doctor_ports.ports(settings) if one.status == "fail"]
    assert [one.message for one in told] == [
        f"asterisk.phone_port: UDP port {settings.asterisk.phone_port} on {settings.asterisk.bind} "
        "cannot be used: Address already in use",
        f"web.port: TCP port {settings.web.port} on 127.0.0.1 cannot be used: Address already in use",
    ]
    assert "or change web.port" in told[1].mend
    assert [one.setting for one in told] == ["asterisk.phone_port", "web.port"]


async def test_what_is_wrong_with_a_setting_begins_with_its_file_and_line(
    node: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(settings: Settings) -> list[Finding]:
        return [fail("ports", "web.port: taken", "free it", setting="web.port")]

    monkeypatch.setattr(doctor, "NODE_CHECKS", (("ports", taken),))
    line = node.read_text(encoding="utf-8").splitlines().index("port = 8345") + 1
    assert (await doctor.examine(node))[-1].message == f"{node}:{line}: web.port: taken"


async def test_free_ports_are_fine(settings: Settings) -> None:
    assert {one.status for one in await doctor_ports.ports(settings)} == {"ok"}


async def test_a_menu_that_the_standard_refuses_is_told_with_its_line(settings: Settings) -> None:
    text = settings.menu.read_text(encoding="utf-8").replace("0: {human: public}", "0: {human: nobody}", 1)
    settings.menu.write_text(text, encoding="utf-8")
    found = list(doctor_menu.menu(settings))
    line = text.splitlines().index("      0: {human: nobody}") + 1
    assert found[0].status == "fail"
    assert found[0].message.startswith(f"{settings.menu}:{line}: reference: ")
    assert list(await doctor_menu.prompts(settings)) == []


async def test_a_missing_sound_names_the_line_of_the_menu(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_voice() -> bool:
        return False

    monkeypatch.setattr(doctor_menu, "_has_voice", no_voice)
    told = lines(list(await doctor_menu.prompts(settings)))
    menu = check.load(settings.menu, None)
    line = menu.menus["languages"].line
    assert settings.menu.read_text(encoding="utf-8").splitlines()[line - 1].strip() == "languages:"
    assert any(
        one.startswith(f"fail {settings.menu}:{line}: the prompt menu-languages has no sound")
        and f"record {settings.prompts}/menu-languages.wav" in one
        for one in told
    )


async def test_a_recording_that_cannot_be_used_or_fits_nothing_is_told(settings: Settings) -> None:
    (settings.prompts / "menu-main.wav").write_bytes(b"no sound")
    (settings.prompts / "main.wav").write_bytes(b"")
    told = list(await doctor_menu.prompts(settings))
    assert [one.status for one in told] == ["fail", "warn"]
    line = check.load(settings.menu, None).menus["main"].line
    assert told[0].message.startswith(f"{settings.menu}:{line}: ")
    assert "menu-main" in told[1].mend


def test_a_model_that_is_not_there_says_how_to_get_it(settings: Settings, tmp_path: Path) -> None:
    def asr(model: str) -> Settings:
        return settings.model_copy(update={"asr": settings.asr.model_copy(update={"model": model})})

    assert [one.status for one in doctor_speech.model(asr("mini-cn-synthetic"))] == ["warn"]
    assert "8000 Hz" in next(iter(doctor_speech.model(asr("mini-cn-synthetic")))).message
    with pytest.raises(HotlineError):
        list(doctor_speech.model(asr(str(tmp_path))))
    with pytest.raises(HotlineError):
        list(doctor_speech.model(asr("no-such-model")))


async def test_the_database_is_judged_by_what_it_holds(settings: Settings) -> None:
    settings.state.mkdir()
    assert lines(list(await doctor_node.database(settings)))[0].startswith("ok")
    store = Database(settings.database)
    async with store.write():
        pass
    assert [one.status for one in await doctor_node.database(settings)] == ["warn"]
    await schema.upgrade(store)
    await store.close()
    assert [one.status for one in await doctor_node.database(settings)] == ["ok"]


async def test_a_database_that_does_not_answer_never_shows_its_password(settings: Settings) -> None:
    url = "postgresql+asyncpg://hotline:geheim-geheim@127.0.0.1:1/hotline"
    told = lines(list(await doctor_node.database(settings.model_copy(update={"database": url}))))
    assert told[0].startswith("fail")
    assert "geheim" not in told[0]


def test_agents_and_queues_without_each_other_are_told(settings: Settings) -> None:
    first = settings.agents[0]
    alone = settings.model_copy(update={"agents": (first, first.model_copy(update={"queues": ()}))})
    assert lines(list(doctor_node.agents(alone))) == [
        "warn in no queue: 1001 -> give them `queues`",
        "warn queues that no agent answers: dialect, foreign, sign, frequent -> name them in `queues`",
    ]
    nobody = settings.model_copy(update={"agents": ()})
    assert [one.status for one in doctor_node.agents(nobody)] == ["warn"]


def test_a_folder_that_cannot_be_written_is_told(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    recording = settings.recording.model_copy(update={"directory": tmp_path / "file" / "rec"})
    told = list(doctor_node.recordings(settings.model_copy(update={"recording": recording})))
    assert [one.status for one in told] == ["fail", "ok"]


def test_a_journal_from_the_future_shows_a_wrong_clock(settings: Settings) -> None:
    journal = settings.state / "asterisk" / "log" / "queue_log"
    journal.parent.mkdir(parents=True)
    journal.touch()
    assert [one.status for one in doctor_node.clock(settings)] == ["ok"]
    later = time.time() + timedelta(days=1).total_seconds()
    os.utime(journal, (later, later))
    assert [one.status for one in doctor_node.clock(settings)] == ["fail"]


def test_a_year_that_is_not_known_can_be_added_beside_the_menu(settings: Settings) -> None:
    own = settings.menu.with_name("calendar.json")
    years = {str(year): {"off": {}, "work": []} for year in (utc_now().year, utc_now().year + 1)}
    own.write_text(f'{{"years": {years}}}'.replace("'", '"'), encoding="utf-8")
    assert [one.status for one in doctor_node.calendar(settings)] == ["ok"]


def test_the_clock_is_asked_of_the_kernel() -> None:
    assert doctor_machine.clock_synchronised() in (True, False, None)
