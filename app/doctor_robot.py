"""Checks of the callback robot: its lines, its hours, what it says, and what it may have the switch do."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from ..callback_bot.phones import may_be_dialled
from ..callback_bot.schedule.hours import CallingHours
from ..callback_bot.survey import dialogue_install
from ..callback_bot.survey.dialogue_check import DialogueRefusedError
from ..core.clock import Clock, utc_now
from ..core.errors import HotlineError
from ..core.settings import Settings
from ..ivr import audio, prompts
from ..telephony.asterisk_config import Paths
from .finding import Finding, fail, ok, warn
from .site_calendar import site_calendar

_RIGHTS = frozenset({"call", "originate"})
_MOBILE = "13800138000"


async def robot(settings: Settings, clock: Clock = utc_now) -> Iterable[Finding]:
    """Say whether the robot can call, when, and with which words."""
    if not settings.robot.trunks:
        return [ok("robot", "off: no trunk is named in [robot]")]
    told = [*_trunks(settings), *_numbers(settings), *_hours(settings, clock()), *_rights(settings)]
    told += await asyncio.to_thread(_dialogues, settings)
    return told or [ok("robot", _summary(settings, clock()))]


def _summary(settings: Settings, now: datetime) -> str:
    lines = ", ".join(f"{one.name} ({one.lines} lines)" for one in settings.robot.trunks)
    opens = _hours_of(settings).next_opening(now)
    local = opens.astimezone(ZoneInfo(settings.site.timezone)) if opens is not None else None
    return f"calls through {lines}; open from {local:%Y-%m-%d %H:%M}"


def _trunks(settings: Settings) -> Iterator[Finding]:
    known = {trunk.name: trunk for trunk in settings.trunks}
    for one in settings.robot.trunks:
        trunk = known[one.name]
        if not trunk.numbers:
            yield fail("robot", f"trunk {one.name} has no number to call under", "set numbers in [[trunks]]")
        if one.capacity is None:
            yield warn(
                "robot",
                f"how many calls trunk {one.name} carries is not known: no line is kept for citizens",
                "set capacity and reserve in [[robot.trunks]]",
            )
        if not trunk.asked_every_s:
            yield warn(
                "robot", f"no alarm when trunk {one.name} is down", "set qualify_seconds (60) in [[trunks]]"
            )


def _numbers(settings: Settings) -> Iterator[Finding]:
    if not may_be_dialled(_MOBILE, settings.robot.numbers):
        yield warn("robot", "robot.numbers lets no mobile be called", 'add "1[3-9]XXXXXXXXX"')


def _hours_of(settings: Settings) -> CallingHours:
    return CallingHours.of(settings, site_calendar(settings))


def _hours(settings: Settings, now: datetime) -> Iterator[Finding]:
    if _hours_of(settings).next_opening(now) is None:
        yield fail(
            "robot",
            "nobody may be called within the next weeks: robot.hours and the standard's do not meet",
            "widen robot.hours",
            setting="robot.hours",
        )
    missing = site_calendar(settings).missing_years(now.astimezone(ZoneInfo(settings.site.timezone)).date())
    if missing:
        years = ", ".join(str(year) for year in missing)
        yield warn(
            "robot",
            f"working days of {years} are not known: calls only in hours that hold on days off, too",
            "write them into calendar.json (docs/operations.md)",
        )


def _rights(settings: Settings) -> Iterator[Finding]:
    """Look at what the service may do in the switch, as the switch reads it; it is written at its start."""
    file = Paths.of(settings).etc / "manager.conf"
    if not file.is_file():
        return
    found = re.search(r"^\[hotline-actions\].*?^write = ([a-z,]+)$", file.read_text(), re.M | re.S)
    given = set(found[1].split(",")) if found else set[str]()
    if missing := _RIGHTS - given:
        yield fail(
            "robot",
            f"the service may not call: AMI rights {', '.join(sorted(missing))} are missing in {file}",
            "the service writes this file at its start: restart it, and let nobody else write there",
        )


def _dialogues(settings: Settings) -> Iterator[Finding]:
    """Check the dialogues that the site has, and that each of their prompts has a sound or a voice."""
    own = dialogue_install.own_folder(settings).glob("*.yaml")
    names = {"standard", *(path.stem for path in own)}
    for name in sorted(names):
        try:
            dialogue = dialogue_install.load_dialogue(settings, name)
        except DialogueRefusedError as error:
            for problem in error.problems:
                place = f"{problem.file}:{problem.line}" if problem.line else problem.file
                yield fail("robot", f"{place}: {problem.rule}: {problem.message}", problem.mend)
            continue
        except HotlineError as error:
            yield fail("robot", f"dialogue {name}: {error.message}", error.mend)
            continue
        yield from _sounds(settings, dialogue_install.plan(dialogue, settings.prompts))


def _sounds(settings: Settings, planned: dict[str, prompts.Prompt]) -> Iterator[Finding]:
    for prompt in planned.values():
        if prompt.recording is None:
            continue
        try:
            audio.check_audible(audio.read(prompt.recording), str(prompt.recording))
        except audio.PromptError as error:
            yield fail("robot", error.message, error.mend or "record it again")
