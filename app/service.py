"""The one place that wires: every part of a node, each supervised, none able to take another down.

The switch comes first and needs nothing of the rest: with the database, the model or the pages broken,
calls are answered, recorded and journalled, and what was missed is made up from the journal later.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from ..asr.choice import chosen_engine, fallback_engine
from ..asr.engine import Engine
from ..asr.events import TranscriptReady
from ..asr.recorded_so_far import RecordedSoFar
from ..asr.worker import TranscribeWorker
from ..core.aio import TaskKeeper, background_pool, supervise
from ..core.clock import Clock, utc_now
from ..core.db import Database
from ..core.errors import HotlineError
from ..core.events import DomainEvent, EventBus
from ..core.jobs import Jobs
from ..core.priority import FullPriority
from ..core.settings import Settings
from ..core.spare import Spare
from ..ivr.apply import apply, sweep
from ..ivr.install import install_menu
from ..ivr.render import ENTRY_NAME
from ..queue.agents import Agents
from ..queue.states import AgentState
from ..telephony import asterisk_config
from ..telephony.ami import Ami
from ..telephony.ami_message import AmiMessage
from ..telephony.events import CallEnded, RecordingRegistered
from ..telephony.events_wanted import EVENTS_WANTED
from ..telephony.installation import Asterisk
from ..telephony.recordings import RecordingFinaliser
from ..telephony.rotation import Rotation
from ..telephony.runtime import Runtime
from ..telephony.supervisor import Supervisor, SwitchState
from ..telephony.tracker import Tracker
from ..ticket_bridge.notices.three_way_notice import traffic_of
from ..web.desk import Desk
from ..web.live import Live
from . import schema, speech_servers
from .agent_times import AgentTimes
from .agent_watch import AgentWatch
from .alarm_sources import ServiceSources
from .alarms import Alarms
from .assisting import assisting
from .desk import AgentDesk
from .drafting import Drafting
from .figures import Figures
from .floor import floor_of
from .health import Health, reason
from .live_speech import LiveSpeechParts
from .lock import StateLock
from .pages import Pages
from .robot import robot_of
from .robot_desk import RobotDesk
from .switchboard import Switchboard
from .systemd import tell_ready
from .three_way import ThreeWayCalls
from .three_way_notice import Notices
from .voice_menu import VoiceMenu

log = structlog.get_logger(__name__)

MENU_CONNECT_LIMIT_S = 60.0
SNAPSHOT_CONNECT_LIMIT_S = 5.0
MENU_SWEEP_S = 600.0
"""How often old menu versions are looked for; a call in one of them ends within hours."""

Progress = Callable[[str], None]
"""Called with a line for people on what is being done now."""


class Service:
    """A whole node; ``async with Service(...)`` runs it, and leaving the block stops it.

    Leaving never stops the switch: calls go on, and the next service adopts it. ``asterisk`` is None
    when the switch runs elsewhere on the same state folder (``asterisk.mode = "external"``).
    """

    def __init__(
        self,
        settings: Settings,
        asterisk: Asterisk | None,
        *,
        progress: Progress = lambda _line: None,
        clock: Clock = utc_now,
    ) -> None:
        self.settings = settings
        self.bus = EventBus()
        self.health = Health()
        self.database = Database(settings.database)
        self._priority = FullPriority()
        self.runtime = Runtime(settings, asterisk, priority=self._priority)
        self.supervisor = Supervisor(self.runtime, lambda _change: self._switch_changed())
        self._progress = progress
        self._clock = clock
        self._tasks = TaskKeeper()
        self._lock = StateLock(settings.state)
        self._stored = asyncio.Event()
        switch = settings.asterisk
        self.events = Ami(
            *(switch.ami_host, switch.ami_port, "hotline-events", switch.ami_event_secret),
            wanted=EVENTS_WANTED,
        )
        self.actions = Ami(switch.ami_host, switch.ami_port, "hotline-actions", switch.ami_action_secret)
        self.spare = Spare()
        self.jobs = Jobs(self.database, node=settings.site.node, clock=clock, spare=self.spare)
        self.tracker = Tracker(settings, self.database, self.bus, clock=clock)
        self.rotation = Rotation(
            settings, self.database, self.runtime.console, clock=clock, stored=self._stored
        )
        self.finaliser = RecordingFinaliser(
            settings, self.database, self.jobs, self.bus, clock=clock, spare=self.spare
        )
        self.transcriber: TranscribeWorker | None = None
        self.agents = Agents(settings, self.actions, clock=clock)
        self.switchboard = Switchboard(settings, self.bus, clock=clock)
        self.three_way = ThreeWayCalls(
            *(settings, self.actions, self.tracker, self.database, self.bus), clock=clock
        )
        self.agent_times = AgentTimes(settings, self.database, clock=clock)
        self.agent_watch = AgentWatch(settings, self.agent_times, self.agents, self._agent_states)
        self.figures = Figures(
            settings, self.database, self.tracker, self.bus, agents=self.switchboard.agents, clock=clock
        )
        sources = ServiceSources(
            settings.site.node, self.figures, self.tracker, self.switchboard, self._amis(), clock=clock
        )
        self._engine: Engine | None = None
        self.so_far = RecordedSoFar(lambda: self._engine)
        self.live_speech = LiveSpeechParts(
            *(settings, self.actions, self.tracker, self.bus),
            engine=lambda: self._engine,
            recorded=self.so_far,
            clock=clock,
        )
        self.drafting = Drafting(
            *(settings, self.database, self.jobs, self.bus),
            transcript_of=self.live_speech.transcripts.transcript,
            find=self.tracker.find,
            clock=clock,
        )
        self.drafter = self.drafting.worker
        self.notices = Notices(
            *(settings, self.database, self.bus, self.live_speech.transcripts),
            calls=self.tracker.find,
            traffic=lambda: traffic_of(self.tracker.open_calls()),
            clock=clock,
        )
        self.robot_desk = RobotDesk(settings, self.database, self.bus, clock=clock)
        self.alarms = Alarms(
            *(settings, self.database, self.bus, sources, self.actions),
            stored=self._stored,
            notices_silent_s=self.notices.silent_s,
            actions_lost=lambda: self.three_way.log.lost,
            robot=self.robot_desk,
            clock=clock,
        )
        self.figures.alarms = self.alarms.active
        self.voice_menu = VoiceMenu(settings, self.actions, lambda: self._engine, clock=clock)
        self.desk = Desk(settings, self.database, self.agents, self.live, self.figures, clock=clock)
        self.live_speech.tell(self.desk)
        self.drafting.tell(self.desk)
        self.live_speech.web.add("draft", self.drafting.live.state_of)
        heard = (self.tracker, self.live_speech)
        self.robot_desk.tell(self.desk)
        beside = (self.robot_desk, self.tracker.open_calls, lambda: self._engine)
        self.robot = robot_of(settings, self.database, self.actions, *beside, clock=clock)
        self.assist = assisting(settings, self.database, self.bus, *heard, desk=self.desk, clock=clock)
        floor = floor_of(
            *(settings, self.figures, self.switchboard.agents, self.tracker, self.actions),
            three_way=self.three_way,
            drafting=self.drafting,
            assist=self.assist,
        )
        self.pages = Pages(
            *(settings, self.database, self.desk, self.health, clock),
            three_way=self.three_way,
            live_speech=self.live_speech,
            drafting=self.drafting,
            callbacks=self.robot_desk,
            floor=floor,
            desks=AgentDesk(
                *(settings, self.database, self.bus, self.actions, self.tracker),
                switchboard=self.switchboard,
                agents=self.agents,
                three_way=self.three_way,
                live_speech=self.live_speech,
                clock=clock,
            ),
        )

    async def __aenter__(self) -> Service:
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start everything; returns when the switch answers and the pages are up or known not to be.

        What can be mended while it runs (database, model, menu, pages) does not stop the start: it is
        logged, shown in ``health`` and tried again. Raises ``HotlineError`` for a switch that cannot start
        and for a state folder that another service works on.
        """
        self._lock.take()
        if self.runtime.asterisk is not None:
            await self._start_switch()
            self._run("switch supervision", "交换机看护", self.supervisor.run)
        self.events.on("*", self._live)
        self.events.on_connect(self._look)
        self._run("ami events", "交换机事件", self.events.run)
        self._run("ami actions", "交换机控制", self.actions.run)
        self._run("menu", "语音菜单", self._keep_menu, tells=True)
        self._run("store", "数据库", self._store, tells=True)
        self._run("journal", "通话记录", self._when_stored(self.tracker.run_journal))
        self._run("action log", "操作日志", self._when_stored(self.three_way.log.run))
        self._run("three-way calls", "三方通话", self._when_stored(self.three_way.run))
        self._run("figures", "指标", self._when_stored(self.figures.run))
        self._run("agent times", "坐席时间", self._when_stored(self.agent_times.run))
        self._run("agent watch", "坐席看护", self.agent_watch.run)
        self._run("alarms", "告警", self.alarms.run)
        self._run("live speech", "实时语音", self.live_speech.run)
        self._run("live drafts", "实时草稿", self.drafting.live.run)
        self._run("assist", "坐席助手", self._when_stored(self.assist.run))
        for part in (self.notices, self.live_speech, self.drafting.live, self.assist, self.voice_menu):
            self.bus.listen(part.hear)
        self._run("notices", "三方通话信息", self._when_stored(self.notices.run))
        self._run("agent desks", "坐席工作台", self.pages.desks.run)
        self._run("voice menu", "语音导航", self.voice_menu.run)
        self._run("callbacks", "回访", self._when_stored(self.robot.run))
        self._run("access", "访问控制", self._when_stored(self.pages.watch_access))
        self._run("rotation", "日志轮换", self.rotation.run)
        self._run("recordings", "录音登记", self._when_stored(self.finaliser.run))
        self._run("transcription", "转写", self._when_stored(self._transcribe), tells=True)
        if self.settings.asr.engine == "server":
            watch = partial(speech_servers.watch, self.settings.asr, self.health)
            self._run("speech servers", "语音识别服务器", watch, tells=True)
        self._run("drafts", "工单草稿", self._when_stored(self.drafter.run))
        counters = self.desk.exposition.counters
        self.bus.listen(counters.observe)
        self._run("call counters", "通话计数", self._when_stored(counters.run))
        self.bus.listen(self._wake)
        self._progress("starting the pages")
        self._run("pages", "页面", self.pages.run, tells=True)
        await self.pages.tried.wait()
        tell_ready()
        log.info("service ready", node=self.settings.site.node, pid=os.getpid())

    async def stop(self) -> None:
        """Stop the service; the switch goes on with its calls."""
        await self.three_way.conference.close()
        await self.voice_menu.close()
        await self.events.close()
        await self.actions.close()
        await self._tasks.stop()
        await self.notices.close()
        await self.live_speech.close()
        await self.drafting.close()
        await self.so_far.close()
        await self.database.close()
        self._priority.close()
        self._lock.give_back()
        log.info("service stopped")

    async def _start_switch(self) -> None:
        """Start the switch, or adopt the one that runs; it never waits for prompts that it has already."""
        changed = await asyncio.to_thread(asterisk_config.render, self.settings, self.runtime.asterisk)
        if await self.runtime.pid() is not None:
            if changed:
                log.info("switch reads its changed files", files=[file.name for file in changed])
                await self.runtime.console("core reload", limit_s=30)
        elif not (self.runtime.paths.menus / ENTRY_NAME).exists():
            self._progress("preparing menus and prompts (once, about half a minute)")
            try:
                await install_menu(self.settings, progress=self._prompt_ready)
            except Exception as error:  # whatever is wrong with the menu, calls are answered
                trace = None if isinstance(error, HotlineError) else error
                log.error(
                    "menu cannot be used; calls go straight to a human", error=str(error), exc_info=trace
                )
        self._progress("starting the switch")
        await self.runtime.start()

    async def _keep_menu(self) -> None:
        """Load the menu file into the switch as it is now; later remove versions that no call is in."""
        await self.actions.wait_connected(MENU_CONNECT_LIMIT_S)
        await apply(self.actions, self.settings, clock=self._clock)
        self.health.good("menu")
        while True:
            await asyncio.sleep(MENU_SWEEP_S)
            await sweep(self.actions, self.settings)

    def _prompt_ready(self, _name: str, ready: int, count: int) -> None:
        if ready * 4 // count != (ready - 1) * 4 // count:
            self._progress(f"prompts ready: {ready} of {count}")

    def live(self) -> Live:
        """Return the state of this moment for the pages."""
        lines = [f"与交换机的连接：{reason(ami.last_error)}" for ami in self._amis() if ami.last_error]
        return Live(
            switch_connected=all(ami.connected for ami in self._amis()),
            open_calls=len(self.tracker.open_calls()),
            agents=self.switchboard.agents(),
            problems=[*self.health.lines(), *dict.fromkeys(lines), *self.alarms.failures()],
            alarms=self.alarms.active(),
        )

    def _amis(self) -> tuple[Ami, Ami]:
        return self.events, self.actions

    def _run(
        self, name: str, label: str, part: Callable[[], Awaitable[None]], *, tells: bool = False
    ) -> None:
        self._tasks.start(supervise(name, self.health.watched(name, label, part, tells=tells)), name=name)

    def _when_stored(self, part: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            await self._stored.wait()
            await part()

        return run

    async def _store(self) -> None:
        await schema.upgrade(self.database)
        self._stored.set()
        self.health.good("store")
        await asyncio.Event().wait()

    async def _transcribe(self) -> None:
        asr, state = self.settings.asr, self.settings.state
        engine = await asyncio.to_thread(chosen_engine, asr, state)
        fallback = await asyncio.to_thread(fallback_engine, asr, state)
        with background_pool(1, name="asr-load") as pool:
            await asyncio.get_running_loop().run_in_executor(pool, engine.load)
        self._engine = engine
        self.transcriber = TranscribeWorker(
            *(self.settings, self.database, self.jobs, engine, self.bus),
            fallback=fallback,
            clock=self._clock,
        )
        self.health.good("transcription")
        try:
            await self.transcriber.run()
        finally:
            await self.transcriber.close()
            self.transcriber = None

    async def _look(self, _events: Ami) -> None:
        """Look at the switch after each login, before the events that follow it are handed out."""
        await self.actions.wait_connected(SNAPSHOT_CONNECT_LIMIT_S)
        await self.switchboard.refresh(self.actions)
        self.tracker.nudge()

    def _live(self, message: AmiMessage) -> None:
        self.tracker.feed_live(message)
        self.switchboard.observe(message)
        self.three_way.observe(message)
        self.robot.observe(message)
        if message.name == "AgentRingNoAnswer":
            self.agent_times.nudge()

    def _agent_states(self) -> list[AgentState]:
        """Return the agents' live states, nothing while the switch cannot be seen."""
        return self.switchboard.agents() if self.events.connected else []

    def _wake(self, event: DomainEvent) -> None:
        self.agent_watch.wake(event)
        self.alarms.hear(event)
        self.three_way.conference.hear(event)
        if isinstance(event, CallEnded):
            self.finaliser.wake()
        elif isinstance(event, RecordingRegistered) and self.transcriber is not None:
            self.transcriber.wake()
        elif isinstance(event, TranscriptReady):
            self.drafter.wake()

    def _switch_changed(self) -> None:
        change = self.supervisor.last
        if change is None or change.state in (SwitchState.RUNNING, SwitchState.STARTING):
            self.health.good("switch")
        else:
            self.health.bad("switch", f"交换机没有运行，正在重启：{change.error or change.state.value}")
