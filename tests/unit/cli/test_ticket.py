from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from hotline.cli.ticket import app
from hotline.core.errors import InvalidInputError, NotFoundError
from support.talks import transcript_of

DIALOGUES = Path(__file__).resolve().parents[2] / "data" / "dialogues" / "dev.jsonl"


def run(*arguments: str) -> tuple[int, str, BaseException | None]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.stdout, result.exception


def test_draft_of_a_file_as_json_and_as_a_sheet(tmp_path: Path) -> None:
    file = tmp_path / "call.json"
    spoken = transcript_of("坐: 贵姓\n市: 我姓 王 [bold]我要 投诉 物业")
    file.write_text(json.dumps(spoken.to_json()), encoding="utf-8")
    code, out, _ = run("draft", str(file), "--called-at", "2026-03-18T14:50:00", "--json")
    assert code == 0
    fields = json.loads(out)["fields"]
    assert fields["kind"]["value"] == "投诉"
    assert fields["raised_at"]["value"] == "2026-03-18T14:50:00+08:00"
    assert fields["phone"] is None
    code, out, _ = run("draft", str(file))
    assert code == 0
    assert "诉求类型" in out
    assert "投诉" in out
    assert "市民" in out


def test_what_is_no_transcript_is_refused_with_its_name(tmp_path: Path) -> None:
    file = tmp_path / "call.json"
    file.write_text("[]", encoding="utf-8")
    assert isinstance(run("draft", str(file))[2], InvalidInputError)
    assert isinstance(run("draft", str(tmp_path / "none.json"))[2], NotFoundError)
    assert isinstance(run("evaluate", str(tmp_path / "none.jsonl"))[2], NotFoundError)


def test_evaluate_prints_every_field(tmp_path: Path) -> None:
    few = tmp_path / "few.jsonl"
    few.write_text("\n".join(DIALOGUES.read_text(encoding="utf-8").splitlines()[:5]), encoding="utf-8")
    code, out, _ = run("evaluate", str(few), "--field", "text", "--json")
    assert code == 0
    scores = {score["field"]: score for score in json.loads(out)["scores"]}
    assert scores["kind"]["calls"] == 5
    code, out, _ = run("evaluate", str(few))
    assert code == 0
    assert "occurred_at" in out
