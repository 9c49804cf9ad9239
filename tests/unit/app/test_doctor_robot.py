"""What the doctor says of the callback robot."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hotline.app.doctor_robot import robot
from hotline.core.settings import Settings
from hotline.telephony import asterisk_config
from hotline.telephony.asterisk_config import Paths
from support.asterisk import make_settings

NOW = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
GOOD = {"trunks": [{"name": "main", "lines": 5, "capacity": 30, "reserve": 20}]}
TRUNK = {"name": "main", "host": "192.0.2.1", "numbers": ["12345"]}


def settings_of(state: Path, robot: dict[str, Any] | None = None, **trunk: Any) -> Settings:
    return make_settings(state, trunks=[TRUNK | trunk], robot=GOOD if robot is None else robot)


async def told(settings: Settings) -> list[str]:
    return [f"{one.status} {one.message}" for one in await robot(settings, lambda: NOW)]


async def test_a_robot_without_a_trunk_is_off_and_that_is_well(tmp_path: Path) -> None:
    (line,) = await told(make_settings(tmp_path))
    assert line.startswith("ok off")


async def test_a_robot_that_can_call_says_through_what_and_from_when(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    asterisk_config.render(settings, None)
    (line,) = await told(settings)
    assert line.startswith("ok calls through main (5 lines); open from 2026-06-01 10:00")


@pytest.mark.parametrize(
    ("robot", "trunk", "words"),
    [
        ({"trunks": [{"name": "main"}]}, {}, "warn how many calls trunk main carries is not known"),
        (GOOD, {"qualify_seconds": 0}, "warn no alarm when trunk main is down"),
        (GOOD, {"numbers": []}, "fail trunk main has no number to call under"),
        (GOOD | {"numbers": ["010XXXXXXXX"]}, {}, "warn robot.numbers lets no mobile be called"),
        (GOOD | {"hours": ["工作日 02:00-03:00"]}, {}, "fail nobody may be called within the next weeks"),
    ],
)
async def test_what_keeps_it_from_calling_is_a_line(
    tmp_path: Path, robot: dict[str, Any], trunk: dict[str, Any], words: str
) -> None:
    lines = await told(settings_of(tmp_path, robot, **trunk))
    assert [line for line in lines if line.startswith(words)], lines


async def test_a_year_without_its_holidays_is_told_before_it_begins(tmp_path: Path) -> None:
    found = await robot(settings_of(tmp_path), lambda: datetime(2097, 12, 20, tzinfo=UTC))
    assert ["working days of 2097, 2098 are not known" in one.message for one in found] == [True]


async def test_a_switch_that_may_not_originate_is_told(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    asterisk_config.render(settings, None)
    file = Paths.of(settings).etc / "manager.conf"
    file.chmod(0o600)
    file.write_text(file.read_text().replace("write = call,agent,originate", "write = call,agent"))
    (line,) = await told(settings)
    assert "AMI rights originate are missing" in line


async def test_a_dialogue_and_a_recording_that_cannot_be_used_are_told(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    own = settings.menu.with_name("dialogues")
    own.mkdir()
    (own / "odd.yaml").write_text("questions: 5\n", encoding="utf-8")
    settings.prompts.mkdir()
    (settings.prompts / "robot-consent.wav").write_bytes(b"no sound")
    lines = await told(settings)
    assert any("odd.yaml" in line for line in lines), lines
    assert any("robot-consent.wav" in line for line in lines), lines
    assert all(line.startswith("fail") for line in lines)
