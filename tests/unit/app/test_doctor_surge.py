from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hotline.app.doctor_surge import surge
from support.asterisk import make_settings

PLACE = {"name": "region", "trunk": "test", "number": "01012345678"}
ALONE = [{"name": "public", "label": "综合"}]
LED = [{"name": "public", "label": "综合", "overflow_to": "region"}]

UNWATCHED = "warn no alarm when a trunk is down: test"
WATCHED = {"name": "test", "host": "127.0.0.1", "qualify_seconds": 30}


@pytest.mark.clause("R-Q-3")
@pytest.mark.parametrize(
    ("host", "seconds"),
    [("192.0.2.7", 60), ("sip.example", 60), ("127.0.0.1", 0), ("localhost", 0), ("::1", 0)],
)
def test_a_carriers_line_is_watched_without_being_told_to(tmp_path: Path, host: str, seconds: int):
    trunks = [{"name": "test", "host": host}]
    settings = make_settings(tmp_path / "state", trunks=trunks)
    assert settings.trunks[0].asked_every_s == seconds
    silent = make_settings(tmp_path / "state", trunks=[{**trunks[0], "qualify_seconds": 0}])
    assert silent.trunks[0].asked_every_s == 0
    unwatched = any("no alarm when a trunk is down" in one.message for one in surge(settings))
    assert unwatched == (seconds == 0)


@pytest.mark.clause("R-IVR-8")
@pytest.mark.parametrize(
    ("more", "told"),
    [
        (
            {"queues": ALONE},
            ["warn no place outside", "warn nobody stands behind", "warn no call-back", UNWATCHED],
        ),
        ({"queues": LED, "outside": [PLACE]}, ["warn no call-back", UNWATCHED, "ok 1 queues"]),
        ({"queues": LED, "outside": [PLACE], "callback": {"trunk": "test"}}, [UNWATCHED, "ok 1 queues"]),
        (
            {"queues": LED, "outside": [PLACE], "callback": {"trunk": "test"}, "trunks": [WATCHED]},
            ["ok 1 queues"],
        ),
        (
            {"queues": LED, "outside": [PLACE], "callback": {"trunk": "test", "max_waiting": 30}},
            ["warn 30 promised", UNWATCHED, "ok 1 queues"],
        ),
    ],
)
def test_what_the_plan_lacks_is_told(tmp_path: Path, more: dict[str, Any], told: list[str]):
    settings = make_settings(tmp_path / "state", **more)
    found = [f"{one.status} {one.message}" for one in surge(settings)]
    assert len(found) == len(told), found
    for line, beginning in zip(found, told, strict=True):
        assert line.startswith(beginning)
    assert all(one.mend for one in surge(settings) if one.status == "warn")
