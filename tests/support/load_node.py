"""A node under load: the service as its users run it, phones, citizens, and the count of it all."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from hotline import ivr
from hotline.core.db import Database
from hotline.ivr.install import install_menu
from hotline.telephony.installation import Asterisk
from hotline.telephony.runtime import Runtime
from hotline.telephony.tables import CallRow
from support.asterisk import free_ports, make_settings
from support.journal import write_tone
from support.load_compare import (
    differences,
    lateness,
    rows_of_journal_alone,
    stored_calls,
    stored_rows,
    verdict,
)
from support.load_faults import SilentProxy
from support.load_metronome import Metronome, metronome
from support.load_plan import MENU, PROMPT_S, SHORT_PROMPT_S, agent_settings, answers, queue_settings
from support.load_ports import media_ports
from support.load_recount import Counted, Death, Recount, Span
from support.load_sipp import Answer, Caller, busy_phones, citizens, phones
from support.node import Node
from support.sipp_process import Sipp

AGENTS = 24
LONGEST_RUN_S = 150.0
MOST_CALLS = 200
LIMIT_US = 15_000_000
NEVER = Answer(600_000, 0)


@dataclass
class Load:
    """A node with its phones."""

    node: Node
    runtime: Runtime
    database: Database
    desk: Sipp
    called_back: Sipp
    alone_url: str
    """An empty database for the count from the journal alone."""
    metronome: Metronome
    proxy: SilentProxy | None = None
    death: Death | None = None
    counted: dict[str, Counted] = field(default_factory=dict)

    async def ready(self) -> None:
        """Sign every agent in and wait until their phones are known to be there."""
        assert "There is no" not in await self.runtime.console("dialplan show hotline-menu")
        agents = [agent.number for agent in self.node.settings.agents]
        for number in agents:
            await self.node.sign_in(number)
        await until("every desk phone reachable", self._reachable, 90)

    async def _reachable(self) -> bool:
        shown = await self.runtime.console("queue show")
        return "Unavailable" not in shown and shown.count("(Not in use)") >= len(self.node.settings.agents)

    @asynccontextmanager
    async def calling(self, callers: Sequence[Caller]) -> AsyncGenerator[Sipp]:
        """Have them all call; the end of the block waits for the last of them, and counts."""
        async with citizens(f"127.0.0.1:{self.node.settings.asterisk.trunk_port}", callers) as sipp:
            yield sipp
            await sipp.ended(LONGEST_RUN_S)
            await self._all_over()
            notes = (sipp.moments(), self.desk.moments(), self.called_back.moments())
            recount = Recount(callers, *notes, self.death, late=self.metronome.late)
            self.counted = recount.calls()
            assert not recount.refused(), f"calls were refused: {sipp.errors()[-2000:]}"

    def around(self, fault: Span) -> dict[str, int]:
        """Return how many calls there were in each stage of a fault."""
        calls = self.counted.values()
        return {
            "ended before": sum(one.t5.last < fault.first for one in calls),
            "under way": sum(one.t0.last < fault.first < one.t5.first for one in calls),
            "came in it": sum(fault.first < one.t0.first < fault.last for one in calls),
            "answered in it": sum(
                one.t3 is not None and fault.first < one.t3.first < fault.last for one in calls
            ),
            "ended in it": sum(fault.first < one.t5.first < fault.last for one in calls),
            "came after": sum(one.t0.first > fault.last for one in calls),
        }

    async def _all_over(self) -> None:
        """Wait for the promised call-backs, too; a call that never ends is shown as the switch has it."""

        async def idle() -> bool:
            return (await self.runtime.status()).channels == 0

        try:
            await until("the switch has no call", idle, 90)
        except AssertionError as error:
            shown = await self.runtime.console("core show channels verbose")
            raise AssertionError(f"{error}:\n{shown}") from None

    async def stored(self) -> list[CallRow]:
        """Return the stored calls once all of the load have an end, and every call-back its answer."""
        called_back = sum(one.called_back is not None for one in self.counted.values())

        async def complete() -> bool:
            rows = await stored_calls(self.database)
            ended = sum(row.ended_at is not None for row in rows)
            answered = sum(row.callback_answered_at is not None for row in rows)
            return ended >= len(self.counted) and answered >= called_back

        await until("every call stored with its end, every call-back with its answer", complete, 60)
        return await stored_calls(self.database)

    async def proven(self) -> list[CallRow]:
        """Assert that store, journal and SIPp's own timestamps agree on every call; returns the calls."""
        rows = await self.stored()
        print(len(rows), "calls:", dict(Counter(map(verdict, rows)).most_common()))
        print("from SIPp, ms (median, 99 %, furthest):", lateness(self.counted, rows))
        print("the machine kept a sleeper waiting:", self.metronome)
        found = differences(self.counted, rows, self.metronome)
        assert not found, "\n".join(found)
        alone = await rows_of_journal_alone(self.node.settings, self.alone_url)
        assert await stored_rows(self.database) == alone
        await self._figures_agree(rows)
        await self._audited()
        return rows

    async def _figures_agree(self, rows: Sequence[CallRow]) -> None:
        """Assert that the live figures, which went through it all, count what the proven calls are."""
        offered = [row for row in rows if row.outcome is not None]
        within = sum(row.wait_human_us is not None and row.wait_human_us <= LIMIT_US for row in offered)
        outcomes = dict(Counter(row.outcome for row in offered))

        async def same() -> bool:
            figures = (await self.node.api("GET", "queue/metrics"))["figures"]
            sl15 = figures["sl15_offered"]
            shown = {name: count for name, count in figures["outcome"]["value"].items() if count}
            print("figures:", figures["offered"]["value"], sl15["numerator"], sl15["denominator"], shown)
            return (figures["offered"]["value"], sl15["numerator"], shown) == (len(offered), within, outcomes)

        await until(f"figures of {len(offered)} calls, {within} within 15 s, {outcomes}", same, 30)

    async def _audited(self) -> None:
        """Assert that ``hotline queue audit`` finds no difference."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "hotline", "queue", "audit", "--config", str(self.node.file)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        assert process.returncode == 0, output.decode()


async def until(what: str, true: Callable[[], Awaitable[bool]], limit_s: float) -> None:
    """Wait for something that other processes do."""
    try:
        async with asyncio.timeout(limit_s):
            while not await true():  # noqa: ASYNC110  # another process changes it
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise AssertionError(f"not in {limit_s:g} s: {what}") from None


@asynccontextmanager
async def loaded_node(
    asterisk: Asterisk,
    *,
    seed: int,
    database: str | None = None,
    alone: str | None = None,
    log: Path | None = None,
    ami_through: Callable[[int], AbstractAsyncContextManager[SilentProxy]] | None = None,
) -> AsyncGenerator[Load]:
    """Run a node with the queues and phones of ``load_plan``.

    ``database`` and ``alone`` are URLs, SQLite files when not given: of the service, and for the count from
    the journal alone. ``log`` is where the service writes its log. With ``ami_through`` the switch is
    started beside the service, which reaches it through that proxy.
    """
    folder = Path(tempfile.mkdtemp(prefix="hotline-"))
    port, deaf, busy, home = free_ports(4)
    async with AsyncExitStack() as stack:
        rtp_first, rtp_last = stack.enter_context(media_ports())
        settings = make_settings(
            folder / "state",
            asterisk={"rtp_first": rtp_first, "rtp_last": rtp_last, "max_calls": MOST_CALLS},
            agents=agent_settings(port, deaf, busy, AGENTS),
            agents_work={"wrap_up_seconds": 1},
            queues=queue_settings(),
            trunks=[{"name": "test", "host": "127.0.0.1", "port": home, "numbers": ["12345"]}],
            callback={"trunk": "test", "retry_seconds": 2},
            **({"database": database} if database else {}),
        )
        _write_prompts(settings.prompts)
        node, runtime = Node(settings, MENU), Runtime(settings, asterisk)
        stored = Database(settings.database)
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        stack.callback(lambda: print(node.log_text()[-6000:] if node.log.exists() else ""))
        stack.push_async_callback(runtime.stop, limit_s=10)
        stack.push_async_callback(stored.close)
        desk = await stack.enter_async_context(phones(port, answers(seed)))
        await stack.enter_async_context(phones(deaf, [NEVER]))
        await stack.enter_async_context(busy_phones(busy))
        called_back = await stack.enter_async_context(phones(home, [Answer(500, 3_000)]))
        beat = await stack.enter_async_context(metronome(folder, runtime.paths.pid_file))
        proxy = None
        if ami_through is not None:
            await install_menu(settings)
            await runtime.start()
            proxy = await stack.enter_async_context(ami_through(settings.asterisk.ami_port))
            beside = settings.asterisk.model_copy(update={"mode": "external", "ami_port": proxy.port})
            node = Node(settings.model_copy(update={"asterisk": beside}), MENU)
        node.log = log or node.log
        stack.push_async_callback(node.kill)
        await node.start()
        url = alone or f"sqlite+aiosqlite:///{folder}/alone.db"
        load = Load(node, runtime, stored, desk, called_back, url, beat, proxy)
        await load.ready()
        yield load


def _write_prompts(folder: Path) -> None:
    """Put tones of known length in the place of every prompt."""
    system = Path(next(iter(ivr.__path__))) / "system_prompts.yaml"
    names = [
        *yaml.safe_load(system.read_text(encoding="utf-8")),
        *("greeting-normal", "greeting-new_year", "greeting-festival", "menu-main"),
    ]
    for name in names:
        write_tone(folder / f"{name}.wav", 440.0, PROMPT_S.get(name, SHORT_PROMPT_S))
