from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from hotline.cli.common import print_json


def test_moments_in_json_are_iso_8601(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"at": datetime(2026, 11, 22, 5, 4, 5, tzinfo=UTC)})
    assert json.loads(capsys.readouterr().out) == {"at": "2026-11-22T05:04:05+00:00"}
