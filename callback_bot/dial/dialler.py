"""Makes the robot's calls: takes what is due, dials it once, and writes down how it ended.

An attempt is committed before the switch is asked, and the switch is asked once. Whatever is lost between the
two, an answer, the connection, this process, is found out afterwards: by the switch's channels, then by its
journal (``attempt.ending``). A callback waits again only when its attempt is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ...core.aio import TaskKeeper, woken
from ...core.clock import Clock, from_us, to_us, utc_now
from ...core.errors import HotlineError, InvalidInputError
from ...telephony.ami import AmiPort
from ...telephony.ami_errors import (
    AmiBusyError,
    AmiError,
    AmiNotConnectedError,
    AmiNotReadyError,
    AmiValueError,
)
from ...telephony.ami_message import AmiMessage
from ...telephony.snapshot import read_channels
from ..model import Attempt, AttemptState, Outcome
from .attempt import (
    Course,
    Ending,
    Looked,
    News,
    Phase,
    Ringing,
    Sound,
    Taken,
    Told,
    advance,
    answered_us,
    begin,
    ending,
    phase,
)
from .dialling import Claimed, Deaf, Hearing, Journal, Prepare, Work
from .lines import Lines
from .originate import originate
from .rests import Rests
from .survey_marks import answers, asked_for, recording

log = structlog.get_logger(__name__)

POLL_S, IDLE_S = 0.2, 1.0
"""The journal is read so often with attempts under way; what is due is looked for so often without."""
GATHER_S = 0.02
"""After the switch's sign its journal is read so much later: it writes both at the same moment."""
DIAL_S = 0.5
"""What is due is looked for so often, and whenever a line becomes free."""
LOOK_S = 5.0
SAVE_S = 5.0
RETRY_S = 1.0
ANSWER_S = 5.0
"""An answer of the switch that takes longer counts as lost."""
_UP, _RINGING = "Up", "Ringing"


@dataclass(eq=False)
class Live:
    """An attempt that is not over."""

    attempt: Attempt
    course: Course
    sent: bool = True
    """Whether the switch may have been asked to dial."""
    ended: bool = False
    """Whether the switch has told live that its channel is gone: the line is free."""
    decided: Ending | None = None
    """An end that needs no word of the switch: it was never asked."""

    def hear(self, news: News) -> None:
        """Take in what is new."""
        self.course = advance(self.course, news)


class Dialler:
    """``run`` it supervised, and let it ``observe`` every event of the switch."""

    def __init__(
        self,
        work: Work,
        ami: AmiPort,
        journal: Callable[[Callable[[str], bool]], Journal],
        prepare: Prepare,
        *,
        ring_s: int,
        margin_s: float,
        zone: ZoneInfo,
        lease_s: float = 60.0,
        hearing: Hearing | None = None,
        pressed: Callable[[], bool] = lambda: False,
        clock: Clock = utc_now,
    ) -> None:
        self._work = work
        self._ami = ami
        self._journal = journal(self._is_open)
        self._prepare = prepare
        self._ring_s = ring_s
        self._margin_s = margin_s
        self._extend_s = lease_s / 3
        self._hearing = hearing or Deaf()
        self._pressed = pressed
        self._clock = clock
        self._zone = zone
        self._live: dict[str, Live] = {}
        self._lines = Lines()
        self._rests = Rests()
        self._tasks = TaskKeeper()
        self._nudged = asyncio.Event()
        self._due: dict[str, float] = {}
        self._in_doubt = True
        """Whether the store may hold attempts of ours that are not known here."""
        self._looked = self._loaded = False

    @property
    def attempts(self) -> Mapping[str, Phase]:
        """How far each attempt is that is not over."""
        return {name: phase(live.course) for name, live in self._live.items()}

    def observe(self, message: AmiMessage) -> None:
        """Take an event of the switch: lines that begin and end, and signs that the journal has news."""
        if message.name == "FullyBooted":
            self._due.pop("look", None)
        if message.name != "CEL":
            return
        match message.get("EventName"):
            case "CHAN_START":
                self._lines.began(message.get("UniqueID"), message.get("Channel"))
            case "ANSWER" if message.get("UniqueID") in self._live:
                self._nudged.set()
            case "CHAN_END":
                uniqueid = message.get("UniqueID")
                self._lines.ended(uniqueid)
                if (live := self._live.get(uniqueid)) is not None:
                    live.ended = True
                    self._line_is_free()
            case _:
                return

    async def run(self) -> None:
        """Dial for ever; a store or a switch that is away is waited for."""
        failures = 0
        await self._tasks.stop()  # of a run before this one, which failed
        self._in_doubt, self._looked = True, False
        self._due.clear()
        try:
            while True:
                try:
                    await self._round()
                    failures = 0
                except (SQLAlchemyError, OSError, AmiError) as error:
                    self._in_doubt = True
                    failures += 1
                    if str(failures).strip("0") == "1":
                        log.warning("robot waits", reason=str(error)[:300], count=failures)
                    await asyncio.sleep(RETRY_S)
                if await woken(self._nudged, POLL_S if self._live else IDLE_S):
                    await asyncio.sleep(GATHER_S)
        finally:
            await self._tasks.stop()

    async def _round(self) -> None:
        if self._in_doubt:
            await self._adopt()
        await self._read()
        if self._is_due("look", LOOK_S):
            await self._look()
        await self._dial()
        await self._write()
        if self._is_due("extend", self._extend_s):
            await self._work.extend()
        if self._is_due("save", SAVE_S):
            await self._journal.save()

    async def _adopt(self) -> None:
        """Take up this node's attempts that are not known here: of a process before, or of a doubt."""
        if not self._loaded:
            await self._journal.load()
            self._loaded = True
        adopted = 0
        for attempt in await self._work.open_attempts():
            if attempt.id not in self._live:
                self._live[attempt.id] = Live(attempt, begin(attempt.id, to_us(attempt.at)))
                adopted += 1
        self._in_doubt = False
        if adopted:
            log.info("attempts adopted", attempts=adopted)

    def _is_open(self, attempt: str) -> bool:
        return attempt in self._live

    async def _read(self) -> None:
        for fact in await self._journal.read():
            self._live[fact.leg].hear(Told(fact))

    async def _look(self) -> None:
        """Ask the switch for its channels, read the journal to its end, and tell each attempt what was seen.

        What had not been sent when the switch was asked is not looked for.
        """
        self._looked = False
        if not self._ami.connected:
            return
        asked = [live for live in self._live.values() if live.sent]
        at_us = to_us(self._clock())
        channels = read_channels(await self._ami.action("CoreShowChannels", limit_s=ANSWER_S))
        self._lines.looked({uniqueid: channel.name for uniqueid, channel in channels.items()})
        await self._read()
        for live in asked:
            channel = channels.get(live.attempt.id)
            live.ended = live.ended and channel is None
            live.hear(Looked(at_us, channel is not None, channel is not None and channel.state == _UP))
            if channel is not None and channel.state == _RINGING:
                live.hear(Ringing())
        self._looked = True

    async def _write(self) -> None:
        """Write down who was reached and what is over."""
        for live in list(self._live.values()):
            if (heard := self._hearing.overheard(live.attempt.id)) is not None:
                live.hear(heard)
            if self._hearing.sounds(live.attempt.id):
                live.hear(Sound())
            end = live.decided or ending(live.course)
            if end is not None:
                await self._finish(live, end)
                await self._dial()  # a line that has become free meanwhile does not wait for the other ends
            elif live.attempt.state is AttemptState.DIALLING and (at_us := answered_us(live.course)):
                await self._work.answered(live.attempt.id, from_us(at_us))
                live.attempt = replace(live.attempt, state=AttemptState.TALKING)

    async def _finish(self, live: Live, end: Ending) -> None:
        attempt = live.attempt
        record = live.course.record
        begun = recording(record, attempt.id)
        said = answers(record, attempt.id)
        await self._work.finish(
            attempt.id,
            end,
            answers=self._hearing.with_words(attempt.id, said, begun.at_us) if begun else said,
            recording=begun.get("file") if begun else self._hearing.early(attempt.id),
            asked_for=asked_for(record, attempt.id, self._zone),
        )
        del self._live[attempt.id]
        if not live.ended:
            self._due.pop("dial", None)
        self._journal.over(attempt.id)
        self._hearing.over(attempt.id)
        log.info("attempt over", attempt=attempt.id, outcome=end.outcome.value, cause=end.cause)
        if self._rests.ended(attempt.trunk, end.outcome, asyncio.get_running_loop().time()):
            log.warning("trunk fails and rests", trunk=attempt.trunk, outcome=end.outcome.value)

    async def _dial(self) -> None:
        """Begin what may begin, once the switch has been seen."""
        if not self._looked or not self._ami.connected or not self._is_due("dial", DIAL_S):
            return
        now = asyncio.get_running_loop().time()
        held = [(live.attempt.id, live.attempt.trunk) for live in self._live.values() if not live.ended]
        ended = [live.attempt.id for live in self._live.values() if live.ended]
        in_use = self._lines.in_use(held)
        most = self._rests.limits(now)
        claims = await self._work.claim(in_use, most, pressed=self._pressed(), ended=ended)
        if claims:
            self._due.pop("dial", None)
        for claimed in claims:
            attempt = claimed.attempt
            live = Live(attempt, begin(attempt.id, to_us(attempt.at)), sent=False)
            self._live[attempt.id] = live
            self._tasks.start(self._begin(live, claimed), name="robot dials")

    async def _begin(self, live: Live, claimed: Claimed) -> None:
        """Ask the switch to dial, once; whatever is not known afterwards is found out by looks."""
        attempt = claimed.attempt
        try:
            variables = await self._prepare(claimed.callback)
            late = (self._clock() - attempt.at).total_seconds() > self._margin_s
            name, fields = originate(
                *(attempt.id, attempt.trunk, attempt.number),
                shown=claimed.shown,
                ring_s=self._ring_s,
                variables=variables,
            )
            if late or not self._ami.connected:
                live.decided = Ending(Outcome.NEVER_BEGUN)
                return
            live.sent = True
            self._hearing.dialled(claimed)
            await self._ami.action(name, fields, limit_s=ANSWER_S)
            live.hear(Taken())
        except (AmiNotConnectedError, AmiNotReadyError, AmiBusyError):  # nothing was sent or done
            live.decided = Ending(Outcome.NEVER_BEGUN)
        except (AmiValueError, InvalidInputError) as error:
            log.error("attempt cannot be dialled", attempt=attempt.id, reason=error.message)
            live.decided = Ending(Outcome.LINE_FAILED)
        except AmiError as error:
            log.warning("order to dial is in doubt", attempt=attempt.id, reason=str(error))
        except HotlineError as error:
            log.warning("attempt cannot be made ready", attempt=attempt.id, reason=error.message)
            live.decided = Ending(Outcome.NEVER_BEGUN)
        finally:
            if not live.sent and live.decided is None:  # it was ended before anything was sent
                live.decided = Ending(Outcome.NEVER_BEGUN)

    def _line_is_free(self) -> None:
        self._due.pop("dial", None)
        self._nudged.set()

    def _is_due(self, what: str, every_s: float) -> bool:
        now = asyncio.get_running_loop().time()
        if now < self._due.get(what, 0.0):
            return False
        self._due[what] = now + every_s
        return True
