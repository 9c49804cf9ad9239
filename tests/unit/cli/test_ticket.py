from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hotline.cli.ticket import app
from hotline.core.errors import InvalidInputError, NotFoundError
from support.talks import transcript_of

DIALOGUES = Path(__file__).resolve().parents[2] / "data" / "dialogues" / "dev.jsonl"
GOLD_FIELDS = set(json.loads(DIALOGUES.read_text(encoding="utf-8").splitlines()[0])["gold"])


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


def test_evaluate_prints_every_field_for_both_forms_and_both_parts(tmp_path: Path) -> None:
    few = tmp_path / "few.jsonl"
    few.write_text("\n".join(DIALOGUES.read_text(encoding="utf-8").splitlines()[:5]), encoding="utf-8")
    code, out, _ = run("evaluate", str(few), "--from", "text", "--json")
    assert code == 0
    (result,) = json.loads(out)["results"]
    assert (result["from"], result["part"], result["calls"]) == ("text", "all", 5)
    assert result["scores"]["kind"]["calls"] == 5
    assert set(result["scores"]) == GOLD_FIELDS - {"summary"}
    code, out, _ = run("evaluate", str(few), "--hold-back", "--json")
    assert code == 0
    parts = [(result["part"], result["from"], result["calls"]) for result in json.loads(out)["results"]]
    assert parts == [
        ("tuned", "text", 4),
        ("tuned", "asr", 4),
        ("held_back", "text", 1),
        ("held_back", "asr", 1),
    ]
    code, out, _ = run("evaluate", str(few))
    assert code == 0
    assert "occurred_at" in out
    assert "invented values" in out


def test_drafts_of_a_file_of_calls_are_one_line_each_with_the_guides_names(tmp_path: Path) -> None:
    few = tmp_path / "few.jsonl"
    lines = [json.loads(line) for line in DIALOGUES.read_text(encoding="utf-8").splitlines()[:3]]
    for line in lines:
        del line["gold"]
    few.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    for form in ("text", "asr"):
        code, out, _ = run("draft", str(few), "--from", form, "--json")
        assert code == 0
        made = [json.loads(line) for line in out.splitlines()]
        assert [one["id"] for one in made] == ["dev-001", "dev-002", "dev-003"]
        assert all(set(one) == {"id", *GOLD_FIELDS} for one in made)
        assert made[0]["phone"] == "15047332291"
    code, out, _ = run("draft", str(few))
    assert code == 0
    assert "诉求类型" in out


@pytest.mark.parametrize(
    "bad",
    [
        "[]",
        "{",
        '{"id": 1, "call_time": "2026-03-18T14:50:00+08:00", "turns": []}',
        '{"id": "a", "call_time": "2026-03-18T14:50:00", "turns": []}',
        '{"id": "a", "call_time": "2026-03-18T14:50:00+08:00", "turns": {}}',
        '{"id": "a", "call_time": "2026-03-18T14:50:00+08:00", "turns": [{"speaker": "dog", "text": "汪"}]}',
        '{"id": "a", "call_time": "2026-03-18T14:50:00+08:00", "turns": [{"speaker": "agent"}]}',
        '{"id": "\\ud800", "call_time": "2026-03-18T14:50:00+08:00", "turns": []}',
        '{"id": "a", "call_time": "2026-03-18T14:50:00+08:00", "turns": '
        '[{"speaker": "agent", "text": "x", "start": 9, "end": 1}]}',
        "[" * 100_000,
    ],
)
def test_a_bad_line_is_refused_with_file_and_number(tmp_path: Path, bad: str) -> None:
    file = tmp_path / "calls.jsonl"
    file.write_text(f"\n{bad}\n", encoding="utf-8")
    error = run("draft", str(file), "--json")[2]
    assert isinstance(error, InvalidInputError)
    assert "calls.jsonl:2" in str(error)


def test_bytes_that_are_no_text_are_refused_with_file_and_number(tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    file.write_bytes(b'{"id": "\xff"}\n')
    assert "calls.jsonl:1" in str(run("draft", str(file))[2])
