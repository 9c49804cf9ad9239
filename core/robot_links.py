"""Checks what ``[robot]`` says of trunks, hours and the standard's profile: it calls nobody by mistake."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any, cast, get_args

from .calendar import Calendar, Year
from .config_tables import BrokenLink, names, section, tables, used_twice
from .opening_hours import Hours, parse
from .profile import Profile, load_profile
from .robot_settings import RobotSettings, RobotTrunk
from .settings import AsteriskSettings, Site
from .third_line_links import emergency_number_of

_MONDAY = datetime(2001, 1, 1)  # noqa: DTZ001  # any week will do: only the day of the week and the time count
_STEP = timedelta(minutes=5)


def find_broken_robot(data: dict[str, Any]) -> list[BrokenLink]:
    """Return every mistake between the robot and the rest; wrong types are told elsewhere."""
    robot = section(data, "robot")
    trunks = tables(robot, "trunks")
    broken = [
        BrokenLink(("robot", *link.key), link.message, link.mend)
        for link in used_twice("trunks", "name", trunks)
    ]
    known = names(tables(data, "trunks"))
    for index, trunk in trunks:
        broken += [
            BrokenLink(("robot", "trunks", index, key), message, mend)
            for key, message, mend in _trunk(trunk, known)
        ]
    if trunks:
        broken += [*_numbers(robot), *_media(data, sum(_lines(trunk) for _, trunk in trunks))]
    profile = section(data, "site").get("profile", Site.model_fields["profile"].default)
    if profile in get_args(Site.model_fields["profile"].annotation):
        broken += _standard(robot, load_profile(profile), profile)
    return broken


def _trunk(trunk: dict[str, Any], known: list[str]) -> Iterator[tuple[str, str, str]]:
    name, capacity, reserve = trunk.get("name"), trunk.get("capacity"), trunk.get("reserve", 0)
    if isinstance(name, str) and name not in known:
        yield "name", f'no trunk is called "{name}"', f"trunks: {', '.join(known) or 'none'}"
    if type(reserve) is not int:
        return
    if capacity is None and reserve:
        yield "reserve", "lines are kept free of nothing", "give capacity, the calls that the trunk carries"
    if type(capacity) is int and _lines(trunk) + reserve > capacity:
        yield (
            "lines",
            f"{_lines(trunk)} lines and {reserve} in reserve are more than the trunk's {capacity}",
            "make them fewer",
        )


def _lines(trunk: dict[str, Any]) -> int:
    lines = trunk.get("lines", RobotTrunk.model_fields["lines"].default)
    return lines if type(lines) is int else 0


def _numbers(robot: dict[str, Any]) -> Iterator[BrokenLink]:
    patterns = robot.get("numbers", list(RobotSettings.model_fields["numbers"].default))
    for index, pattern in enumerate(cast("list[Any]", patterns) if isinstance(patterns, list) else []):
        if isinstance(pattern, str) and (found := emergency_number_of(pattern)):
            yield BrokenLink(
                ("robot", "numbers", index),
                f'"{pattern}" holds the emergency number {found}',
                "the robot never calls there; make it narrower",
            )


def _media(data: dict[str, Any], lines: int) -> Iterator[BrokenLink]:
    asterisk, fields = section(data, "asterisk"), AsteriskSettings.model_fields
    first, last, calls = (
        asterisk.get(key, fields[key].default) for key in ("rtp_first", "rtp_last", "max_calls")
    )
    if any(type(one) is not int for one in (first, last, calls)):
        return
    ports = last - first + 1
    if 4 * calls <= ports < 4 * (calls + lines):
        yield BrokenLink(
            ("robot", "trunks"),
            f"the media ports are too few for {calls} calls and the robot's {lines}",
            "a call takes 4; widen asterisk.rtp_first … rtp_last or lower asterisk.max_calls",
        )


def _standard(robot: dict[str, Any], profile: Profile, name: str) -> Iterator[BrokenLink]:
    if robot.get("sampling") and not profile.callback_sampling:
        yield BrokenLink(
            ("robot", "sampling"),
            f'the standard "{name}" calls for every matter',
            "take the rules out, or choose another site.profile",
        )
    hours = robot.get("hours")
    if not isinstance(hours, list):
        return
    try:
        own = [parse(one) for one in cast("list[Any]", hours) if isinstance(one, str)]
    except ValueError:
        return
    if not own or not _meet(own, [parse(one) for one in profile.callback_hours]):
        yield BrokenLink(
            ("robot", "hours"),
            "nobody would ever be called",
            f"the standard allows: {', '.join(profile.callback_hours)}",
        )


def _meet(own: list[Hours], allowed: list[Hours]) -> bool:
    """Tell whether any moment of any week lies in both, be its days worked or off."""
    week = [date(2001, 1, day) for day in range(1, 8)]
    calendars = (
        Calendar({2001: Year({}, frozenset(week))}),
        Calendar({2001: Year(dict.fromkeys(week, "假日"), frozenset())}),
    )
    moments = (_MONDAY + step * _STEP for step in range(7 * 24 * 12))
    return any(
        any(one.holds(at, calendar) for one in own) and any(one.holds(at, calendar) for one in allowed)
        for at, calendar in product(moments, calendars)
    )
