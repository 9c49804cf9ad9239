"""A node with something broken in it: calls go on, the fault is named, and what was missed is made up."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from hotline.app.service import Service
from hotline.core.settings import Settings
from hotline.telephony.ami_errors import AmiNotReadyError
from hotline.telephony.installation import Asterisk
from hotline.telephony.process import alive
from hotline.telephony.runtime import Runtime
from support import sipp
from support.asterisk import free_ports, make_settings
from support.node import ZERO_LEVEL_MENU, Node
from support.postgres import running_cluster
from support.sipp_agents import answering_agents, desk_phones

pytestmark = pytest.mark.asterisk

ONE_QUEUE = [{"name": "public", "label": "综合受理"}]
GREETING_S = 5.0
BROKEN_MENU = "mode: zero_level\nhuman: nowhere\ngreeting: [\n"


@pytest.fixture
async def phones() -> AsyncGenerator[int]:
    """The port of two desk phones that answer at once."""
    port = free_ports(1)[0]
    async with answering_agents(port):
        yield port


@asynccontextmanager
async def settings_of(asterisk: Asterisk, phones: int, **overrides: Any) -> AsyncGenerator[Settings]:
    """The settings of a node in a folder of its own; whatever switch runs on it is ended."""
    folder = Path(tempfile.mkdtemp(prefix="hotline-"))
    (folder / "state").mkdir()
    settings = make_settings(
        folder / "state",
        agents=desk_phones(2, phones),
        agents_work={"wrap_up_seconds": 0},
        queues=ONE_QUEUE,
        **overrides,
    )
    try:
        yield settings
    finally:
        await Runtime(settings, asterisk).stop(limit_s=10)
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def node_of(settings: Settings, menu: str = ZERO_LEVEL_MENU) -> AsyncGenerator[Node]:
    """A node that ``hotline up`` will run in a process; its log is printed, so a failed test shows it."""
    node = Node(settings, menu)
    try:
        yield node
    finally:
        await node.kill()
        print(node.log_text()[-6000:])


async def until(what: str, true: Callable[[], Awaitable[object]], limit_s: float = 30) -> None:
    try:
        async with asyncio.timeout(limit_s):
            while not await true():  # noqa: ASYNC110  # another process changes it
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"not in {limit_s:g} s: {what}") from None


async def call(settings: Settings, *, talk_s: float = 1.0, calls: int = 1) -> sipp.SippResult:
    """Call, hear the greeting and stay ``talk_s`` seconds with whoever answers."""
    trunk = f"127.0.0.1:{settings.asterisk.trunk_port}"
    return await sipp.call(trunk, [sipp.Wait(GREETING_S + talk_s)], calls=calls, limit_s=talk_s + 60)


async def reachable(runtime: Runtime) -> bool:
    return "(Not in use)" in await runtime.console("queue show public")


async def bridged(runtime: Runtime) -> bool:
    return "(In use)" in await runtime.console("queue show public")


@pytest.mark.takes(40)
async def test_menu_model_and_database_broken_at_once(asterisk_binary: Asterisk, phones: int) -> None:
    with running_cluster() as cluster:
        database = cluster.new_database()
        cluster.stop()
        async with (
            settings_of(
                asterisk_binary, phones, database=database, asr={"model": "no-such-model"}
            ) as settings,
            node_of(settings, BROKEN_MENU) as node,
        ):
            runtime = Runtime(settings, asterisk_binary)
            try:
                await node.start()

                async def faults(*words: str) -> bool:
                    problems = "\n".join((await node.api("GET", "status"))["problems"])
                    return all(word in problems for word in words)

                await until("the faults are named", lambda: faults("语音菜单出错", "menu.yaml", "数据库出错"))
                await node.sign_in("2000")
                await until("the desk phone", lambda: reachable(runtime))
                result = await call(settings, talk_s=2)
                assert result.ok, result.errors
            finally:
                cluster.start_again()

            async def made_up() -> bool:
                return [one["outcome"] for one in (await node.api("GET", "calls"))["calls"]] == ["answered"]

            await until("the database counts as mended", lambda: _not(faults("数据库出错")))
            await until("the call is made up from the journal", made_up)
            await until("the missing model is named", lambda: faults("转写出错", "no-such-model"))


async def _not(true: Awaitable[bool]) -> bool:
    return not await true


@pytest.mark.takes(40)
async def test_the_life_of_a_node(asterisk_binary: Asterisk, phones: int) -> None:
    """A taken port, a second service, SIGTERM, adoption, and SIGINT with a call in progress."""
    async with settings_of(asterisk_binary, phones) as settings, node_of(settings) as node:
        runtime = Runtime(settings, asterisk_binary)
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(("127.0.0.1", settings.web.port))
            taken.listen()
            await node.start()
            assert node.told["pages"] is None
            assert f"TCP port {settings.web.port} on 127.0.0.1 cannot be used" in node.log_text()
            assert "change web.port" in node.log_text()
            pid = await runtime.pid()
            assert pid is not None

            second = Node(settings)
            with pytest.raises(AssertionError, match=r"service\.already_running"):
                await second.start()
            assert await second.ended() == 2
            assert f"another service works on {settings.state} (process {node.pid})" in node.log_text()
            assert "Traceback" not in node.log_text()
        await until("the pages come by themselves", lambda: _pages(settings))

        assert await node.signal(signal.SIGTERM) == 0
        assert await runtime.pid() == pid, "SIGTERM took the switch along"
        await node.start()
        assert node.told["pages"] == f"http://127.0.0.1:{settings.web.port}/"
        assert await runtime.pid() == pid, "the running switch was not adopted"

        await until("callbacks are told of", lambda: _tells(settings, "/metrics", "hotline_callbacks{"))
        assert await _tells(settings, "/api/v1/callbacks/campaigns", '{"campaigns": []}')
        await node.sign_in("2000")
        await until("the desk phone", lambda: reachable(runtime))
        talk = asyncio.create_task(call(settings, talk_s=6))
        await until("the call has an agent", lambda: bridged(runtime))
        os.kill(node.pid, signal.SIGINT)
        assert (await talk).ok, "Ctrl-C cut a call"
        assert await node.ended() == 0
        assert not alive(pid), "Ctrl-C left the switch"


async def _tells(settings: Settings, path: str, text: str) -> bool:
    headers = {"Authorization": f"Bearer {settings.web.token}"}
    async with (
        ClientSession(headers=headers) as session,
        session.get(f"http://127.0.0.1:{settings.web.port}{path}") as answer,
    ):
        return text in await answer.text()


async def _pages(settings: Settings) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", settings.web.port)
    except OSError:
        return False
    writer.close()
    return True


async def test_a_switch_that_refuses_the_service_takes_calls(asterisk_binary: Asterisk, phones: int) -> None:
    async with settings_of(asterisk_binary, phones) as settings:
        settings.menu.write_text(ZERO_LEVEL_MENU, encoding="utf-8")
        runtime = Runtime(settings, asterisk_binary)
        await runtime.start()
        wrong = settings.asterisk.model_copy(
            update={"mode": "external", "ami_event_secret": "x" * 20, "ami_action_secret": "y" * 20}
        )
        async with Service(settings.model_copy(update={"asterisk": wrong}), None) as service:

            async def named() -> bool:
                return any("ami_event_secret" in line for line in service.live().problems)

            await until("the fault is named with its mend", named)
            assert not service.live().switch_connected
            # The phone signs in by itself; nothing of this needs the service.
            await runtime.console("queue add member PJSIP/2000 to public")
            await until("the desk phone", lambda: reachable(runtime))
            assert (await call(settings)).ok

            async def told() -> bool:
                return [one["outcome"] for one in await service.desk.calls(limit=5)] == ["answered"]

            await until("the call is known from the journal", told)


@pytest.mark.clause("R-IVR-8")
async def test_a_switch_that_dies_under_a_call_is_started_again(
    asterisk_binary: Asterisk, phones: int
) -> None:
    async with settings_of(asterisk_binary, phones) as settings:
        settings.menu.write_text(ZERO_LEVEL_MENU, encoding="utf-8")
        async with Service(settings, asterisk_binary) as service:
            await service.actions.wait_connected(20)
            await service.agents.sign_in("2000")
            await until("the desk phone", lambda: reachable(service.runtime))
            lost = asyncio.create_task(call(settings, talk_s=90, calls=2))

            async def one_talks_one_waits() -> bool:
                shown = await service.runtime.console("queue show public")
                return "(In use)" in shown and "      1. " in shown

            await until("one call has an agent, one waits", one_talks_one_waits)
            assert len(service.tracker.open_calls()) == 2
            pid = await service.runtime.pid()
            assert pid is not None
            os.kill(pid, signal.SIGKILL)

            async def ends() -> list[tuple[Any, Any]]:
                rows = await service.desk.calls(limit=5)
                return sorted((one["outcome"], one["ended_by"]) for one in rows if one["ended_at"])

            cut = [("answered", "switch_restart"), ("system_error", "switch_restart")]

            async def closed() -> bool:
                return await ends() == cut

            await until("the cut calls are closed", closed)
            lost.cancel()

            async def started_again() -> bool:
                return await service.runtime.pid() not in (None, pid)

            await until("the switch is started again", started_again)
            assert not service.tracker.open_calls()

            async def member() -> bool:
                await service.actions.wait_connected(20)
                try:
                    await service.agents.sign_in("2000")
                except AmiNotReadyError:
                    return False
                return await reachable(service.runtime)

            await until("the desk phone again", member)
            assert (await call(settings)).ok

            async def known() -> bool:
                return await ends() == sorted([("answered", "citizen"), *cut])

            await until("the new call is known", known)
            assert not [line for line in service.live().problems if "交换机" in line]
