from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest

from hotline.telephony.events_wanted import EVENTS_WANTED
from support import sipp
from support.asterisk import ACTION_SECRET, EVENT_SECRET

pytestmark = pytest.mark.asterisk


class PlainAmi:
    """A bare AMI session, so that the switch's own limits are tested and not our client's."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def read(self) -> dict[str, str]:
        async with asyncio.timeout(10):
            block = await self._reader.readuntil(b"\r\n\r\n")
        lines = (line.partition(": ") for line in block.decode().splitlines())
        return {name: value for name, _, value in lines if name}

    async def action(self, name: str, **headers: str) -> dict[str, str]:
        text = "".join(f"{key}: {value}\r\n" for key, value in {"Action": name, **headers}.items())
        self._writer.write(f"{text}\r\n".encode())
        while "Response" not in (message := await self.read()):
            pass
        return message


@asynccontextmanager
async def session(switch, user, secret):
    reader, writer = await asyncio.open_connection("127.0.0.1", switch.settings.asterisk.ami_port)
    try:
        await asyncio.wait_for(reader.readline(), 10)
        ami = PlainAmi(reader, writer)
        assert (await ami.action("Login", Username=user, Secret=secret))["Response"] == "Success"
        yield ami
    finally:
        writer.close()
        await writer.wait_closed()


async def test_the_event_user_can_do_nothing(shared_asterisk):
    async with session(shared_asterisk, "hotline-events", EVENT_SECRET) as ami:
        for action, headers in (
            ("Originate", {"Channel": "Local/s@hotline-bye", "Application": "Wait", "Data": "1"}),
            ("Command", {"Command": "core show version"}),
            ("QueuePause", {"Interface": "PJSIP/1001", "Paused": "true"}),
            ("Hangup", {"Channel": "/.*/"}),
            ("GetConfig", {"Filename": "manager.conf"}),
            ("Reload", {}),
        ):
            answer = await ami.action(action, **headers)
            assert answer == {"Response": "Error", "Message": "Permission denied"}, action


async def test_the_action_user_acts_but_has_no_console_and_no_files(shared_asterisk):
    async with session(shared_asterisk, "hotline-actions", ACTION_SECRET) as ami:
        assert (await ami.action("Ping"))["Response"] == "Success"
        assert (await ami.action("QueueStatus"))["Response"] == "Success"
        assert (await ami.action("CoreShowChannels"))["Response"] == "Success"
        for action, headers in (
            ("Command", {"Command": "core stop now"}),
            ("GetConfig", {"Filename": "manager.conf"}),
            ("UpdateConfig", {"SrcFilename": "manager.conf", "DstFilename": "manager.conf"}),
            ("Reload", {"Module": "manager"}),
            ("ModuleLoad", {"Module": "res_agi.so", "LoadType": "load"}),
            ("MixMonitor", {"Channel": "x", "Command": "touch /tmp/x"}),
            ("UserEvent", {"UserEvent": "x"}),
        ):
            answer = await ami.action(action, **headers)
            assert answer["Response"] == "Error", action
            assert answer["Message"] == "Permission denied", action


async def test_the_action_user_cannot_originate_a_program(shared_asterisk):
    async with session(shared_asterisk, "hotline-actions", ACTION_SECRET) as ami:
        for application in ("System", "TrySystem", "AGI", "Reload", "ExternalIVR"):
            headers = {"Channel": "Local/s@hotline-bye", "Application": application, "Data": "id"}
            answer = await ami.action("Originate", **headers)
            assert answer["Response"] == "Error", application


async def test_the_action_user_reloads_the_dialplan_by_a_call(running_asterisk):
    switch = await running_asterisk()
    menu = switch.runtime.paths.menus / "zz-test.conf"
    menu.write_text("[fresh]\nexten => s,1,NoOp()\n", encoding="utf-8")
    headers = {"Channel": "Local/dialplan@hotline-reload/n", "Application": "Wait", "Data": "0"}
    async with session(switch, "hotline-actions", ACTION_SECRET) as ami:
        assert (await ami.action("Originate", **headers))["Response"] == "Success"
    assert "'fresh'" in await switch.console("dialplan show fresh")
    assert switch.faults() == []


async def test_a_wrong_secret_is_refused(shared_asterisk):
    with pytest.raises(AssertionError):
        async with session(shared_asterisk, "hotline-actions", "wrong"):
            pass


async def test_only_wanted_events_leave_the_switch(running_asterisk):
    switch = await running_asterisk()
    async with session(switch, "hotline-events", EVENT_SECRET) as ami:
        calling = asyncio.create_task(sipp.call(switch.trunk, [sipp.Wait(0.5), sipp.Keys("1")], name="张三"))
        names, events = set[str](), []
        while "LINKEDID_END" not in names:
            event = await ami.read()
            events.append(event)
            if event.get("Context") == "from-trunk" or event.get("EventName") == "LINKEDID_END":
                names.add(event.get("EventName", ""))
            if names == {"LINKEDID_END"}:
                names.clear()  # that of a channel of the switch's own start
        assert (await calling).ok
    kinds = {event["Event"] for event in events}
    assert kinds <= EVENTS_WANTED
    assert "CEL" in kinds
    assert any(event.get("CallerIDname") == "张三" for event in events)
    assert all("Timestamp" in event for event in events if event["Event"] != "FullyBooted")
