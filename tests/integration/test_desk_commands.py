"""The desk's commands on a real switch, for a telephone on the desk."""

from __future__ import annotations

import socket
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from sqlalchemy import select

from hotline.app.service import Service
from hotline.core.action_log import ActionRow
from hotline.demo.phones import Phone, SipAccount, agent_phone, citizen_phone
from hotline.telephony.call_figures import ended_by
from hotline.telephony.desk_view import AtDesk
from support.asterisk import PHONE_SECRET
from support.live_ears import until
from support.ports import free_ports
from support.softphone import desk_settings
from support.speech import AUDIO

pytestmark = [pytest.mark.asterisk, pytest.mark.takes(30)]

SPEECH = AUDIO / "base0016.wav"


class Api:
    """Asks as a program that leads."""

    def __init__(self, session: ClientSession) -> None:
        self._session = session

    async def desk(self, command: str = "", *, agent: str = "1001", **body: Any) -> dict[str, Any]:
        """Give a command, or look; returns the answer with its status."""
        way = "POST" if command else "GET"
        path = f"/api/v1/desk/{command}" if command else "/api/v1/desk"
        async with self._session.request(way, path, params={"agent": agent}, json=body or None) as answer:
            return {"http": answer.status, **await answer.json()}

    async def post(self, path: str, **body: Any) -> int:
        """Ask for something else."""
        async with self._session.post(path, json=body) as answer:
            return answer.status


@dataclass
class Led:
    """A service beside a switch, two agents with telephones on the desk, a citizen, and 110."""

    service: Service
    api: Api
    first: Phone
    second: Phone
    police: Phone
    citizen: Phone

    def at(self, agent: str = "1001") -> AtDesk | None:
        """The call at a desk."""
        return self.service.pages.desks.web.control.now(agent)

    def talks(self, agent: str = "1001") -> bool:
        """Tell whether an agent talks."""
        there = self.at(agent)
        return there is not None and there.state == "talking"

    def asks(self) -> str | None:
        """Whom the first agent asks before a transfer."""
        there = self.at()
        return None if there is None else there.consulting

    def state(self, agent: str) -> str:
        """An agent's live state."""
        board = self.service.pages.desks.web.board
        board.look()
        return board.of(agent).state

    def lines(self) -> int | None:
        """How many third lines are in the first agent's call."""
        there = self.at()
        return None if there is None else there.lines_joined


@asynccontextmanager
async def led(running_asterisk: Any, folder: Path) -> AsyncGenerator[Led]:
    """Start all of it."""
    agents = [
        {"number": number, "name": name, "secret": PHONE_SECRET, "queues": ["public"]}
        for number, name in (("1001", "王芳"), ("1002", "李强"))
    ]
    (desk,) = free_ports(1, socket.SOCK_STREAM)
    told = (await running_asterisk(**desk_settings(agents=agents, desk={"port": desk}))).settings
    beside = told.model_copy(update={"asterisk": told.asterisk.model_copy(update={"mode": "external"})})
    line = next(one for one in told.trunks if one.name == "line")
    account = SipAccount("110", "127.0.0.1", line.port, register=False)
    headers = {"Authorization": f"Bearer {told.web.token}"}
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        service = await enter(Service(beside, None))
        yield Led(
            service,
            Api(await enter(ClientSession(f"http://127.0.0.1:{told.web.port}", headers=headers))),
            await enter(agent_phone(told, "1001", folder / "1001", speech=SPEECH)),
            await enter(agent_phone(told, "1002", folder / "1002", speech=SPEECH)),
            await enter(
                Phone(account, folder / "110", speech=SPEECH, answer_after_s=0.3, listen_port=line.port)
            ),
            await enter(citizen_phone(told, "13812345678", folder / "citizen", speech=SPEECH)),
        )


async def test_a_desk_phone_is_led_from_the_desk_and_comes_back_into_a_room(
    running_asterisk, tmp_path
) -> None:
    async with led(running_asterisk, tmp_path) as scene:
        service, api, citizen = scene.service, scene.api, scene.citizen
        await until(lambda: service.actions.connected and service.events.connected, limit_s=60)
        assert (await api.desk("hangup"))["type"] == "urn:hotline:desk.no_call"
        assert (await api.desk("sign-in"))["http"] == 200
        await citizen.call("12345")
        await until(scene.talks)
        there = (await api.desk())["call"]
        call = there["call"]

        # What only the telephone can do is said so; what is no target never reaches the switch.
        assert (await api.desk("hold", on=True))["type"] == "urn:hotline:desk.at_the_telephone"
        assert (await api.desk("phone", tab="window-1"))["type"] == "urn:hotline:desk.desk_phone"
        assert (await api.desk("transfer", to="12345678901"))["type"] == "urn:hotline:desk.no_target"
        assert (await api.desk("mute", on=True))["call"]["muted"] is True
        assert (await api.desk("mute", on=False))["call"]["muted"] is False

        # A colleague is asked first and let go again; after that 110 can be called in as before.
        assert (await api.desk("take-back"))["type"] == "urn:hotline:desk.not_consulting"
        assert (await api.desk("transfer", to="1002", mode="consult"))["http"] == 200
        await until(lambda: scene.asks() == "1002" and scene.talks("1002"))
        assert (await api.desk())["call"]["consulting"] == {"to": "1002", "label": "李强"}
        assert (await api.desk(agent="1002"))["call"]["asked_by"] == {"to": "1001", "label": "王芳"}
        assert (await api.desk("transfer", to="1002"))["type"] == "urn:hotline:desk.not_in_talk"
        assert (await api.desk("take-back"))["http"] == 200
        await scene.second.wait_for("closed")
        await until(lambda: scene.asks() == "" and scene.at("1002") is None)

        # A telephone that goes away in a room with 110 is called again, and nobody else notices.
        assert await api.post(f"/api/v1/calls/{call}/three-way", target="110", agent="1001") == 202
        await until(lambda: scene.lines() == 1)
        assert (await api.desk("transfer", to="1002"))["type"] == "urn:hotline:desk.in_room"
        assert await service.pages.desks.web.control.lose("1001", who="test", why="test")
        await until(
            lambda: (
                (now := scene.at()) is not None and now.leg != there["leg"] and now.in_room and now.channel
            )
        )
        assert not scene.police.happened("closed")
        assert not citizen.happened("closed")

        # From the room, without 110, to a colleague; who hangs up from the desk has ended the call.
        await scene.police.hang_up()
        await until(lambda: scene.lines() == 0)
        assert (await api.desk("transfer", to="1002"))["http"] == 200
        await until(lambda: scene.talks("1002"))
        assert (await api.desk("sign-in", agent="1002"))["http"] == 200
        assert (await api.desk("hangup", agent="1002"))["http"] == 200
        await citizen.wait_for("closed")
        # Both are in their wrap-up, and end it.
        for agent in ("1001", "1002"):
            await until(lambda agent=agent: scene.state(agent) == "wrapup")
            assert (await api.desk("ready", agent=agent))["http"] == 200
            await until(lambda agent=agent: scene.state(agent) == "ready")
        await until(lambda: not service.tracker.open_calls())
        record = service.tracker.find(call)
        assert record is not None
        assert ended_by(record) == "agent"
        assert [len(one.happened("established")) for one in (scene.first, scene.second)] == [2, 2]
        given = {"mute", "resume", "transfer", "take_back", "hangup"}
        assert await actions_of(service, call) >= {f"desk.{one}" for one in given}


async def actions_of(service: Service, call: str) -> set[str]:
    """What the action log holds of a call."""
    await until(lambda: not service.three_way.log.waiting)
    async with service.database.read() as session:
        rows = await session.scalars(select(ActionRow).where(ActionRow.call == call))
        return {row.action for row in rows}
