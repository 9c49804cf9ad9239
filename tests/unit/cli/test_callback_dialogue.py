"""``hotline callback dialogue`` refuses words that come before their time, at their line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hotline.callback_bot.survey.dialogue_check import FOLDER
from hotline.cli import callback

GOOD = (FOLDER / "standard.yaml").read_text(encoding="utf-8")
FIRST = "您好，这里是12345政务服务便民热线。请问您是最近向热线反映过事项的市民本人吗？"


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HOTLINE_CONFIG", raising=False)


@pytest.mark.clause("R-CB-1", "R-CB-4")
def test_a_name_before_the_confirmation_is_refused_at_its_line(tmp_path: Path) -> None:
    file = tmp_path / "ours.yaml"
    named = GOOD.replace(f"ask: {FIRST}", f'ask: "这里是12345，请问您是{{person}}吗？"\n    general: {FIRST}')
    file.write_text(named, encoding="utf-8")
    line = next(at for at, text in enumerate(named.splitlines(), 1) if "{person}吗" in text)
    done = CliRunner().invoke(callback.app, ["dialogue", str(file)])
    assert done.exit_code == 2
    assert f"ours.yaml:{line}: personal: 'identity' tells person to whoever answers" in done.stdout
    told = json.loads(CliRunner().invoke(callback.app, ["dialogue", str(file), "--json"]).stdout)
    [problem] = told["dialogues"][0]["problems"]
    assert (told["ok"], problem["line"], problem["rule"]) == (False, line, "personal")


def test_good_dialogues_tell_what_is_said_after_the_confirmation() -> None:
    done = CliRunner().invoke(callback.app, ["dialogue", "--json"])
    assert done.exit_code == 0
    told = {Path(one["file"]).stem: one for one in json.loads(done.stdout)["dialogues"]}
    assert told.keys() == {"beijing", "standard"}
    assert told["standard"]["after_confirmation"]["consent"] == ["matter", "person"]
    assert "good, 11 questions, 3 levels" in CliRunner().invoke(callback.app, ["dialogue"]).stdout
