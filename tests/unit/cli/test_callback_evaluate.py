from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hotline.cli.callback import app
from hotline.core.errors import InvalidInputError, NotFoundError

RIGHT = {"question": "satisfied", "text": "还行吧", "expected": "基本满意"}
WRONG = {"question": "solved", "text": "解决了", "expected": "no"}


def run(*arguments: str) -> tuple[int, str, BaseException | None]:
    result = CliRunner().invoke(app, ["evaluate", *arguments])
    return result.exit_code, result.stdout, result.exception


def written(tmp_path: Path, *lines: object) -> str:
    file = tmp_path / "answers.jsonl"
    texts = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
    file.write_text("\n".join(texts), encoding="utf-8", errors="surrogatepass")
    return str(file)


def test_each_wrong_answer_has_a_line_and_the_last_line_has_the_shares(tmp_path: Path) -> None:
    code, out, _ = run(written(tmp_path, RIGHT, "", WRONG, {**RIGHT, "note": "x"}), "--json")
    assert code == 0
    wrong, shares = (json.loads(line) for line in out.splitlines())
    assert (wrong["line"], wrong["text"], wrong["expected"], wrong["got"]) == (3, "解决了", "no", "yes")
    assert shares["accuracy"] == pytest.approx(2 / 3, abs=1e-4)
    assert shares["by_question"] == {"satisfied": 1.0, "solved": 0.0}
    assert (shares["answers"], shares["wrong"], shares["guessed"]) == (3, 1, 1)


def test_people_get_tables_and_no_markup_is_obeyed(tmp_path: Path) -> None:
    code, out, _ = run(written(tmp_path, {**WRONG, "text": "[bold]解决了[/nope]"}))
    assert code == 0
    assert "[bold]解决了[/nope]" in out
    assert "0.000" in out


def test_five_levels_are_judged_on_five(tmp_path: Path) -> None:
    five = {"question": "satisfied", "text": "非常满意", "expected": "非常满意"}
    asked = {"question": "satisfied", "text": "满意", "expected": "满意", "levels": 5}
    three = {"question": "satisfied", "text": "非常满意", "expected": "满意"}
    _, out, _ = run(written(tmp_path, five, asked, three), "--json")
    assert json.loads(out)["accuracy"] == 1.0


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("no json", "not JSON"),
        ("[1]", "object"),
        ({"question": "solved", "text": "好"}, "expected is missing"),
        ({"question": "solved", "text": 3, "expected": "yes"}, "text must be a text"),
        ({"question": "age", "text": "好", "expected": "yes"}, "no question 'age'"),
        ({"question": "solved", "text": "好", "expected": "later"}, "cannot be 'later'"),
        ({**RIGHT, "levels": 4}, "3 or 5"),
        ({**RIGHT, "levels": [3]}, "3 or 5"),
        ('{"question": "solved", "text": "\\ud800", "expected": "yes"}', "surrogate"),
        ("[" * 50_000, "line"),
    ],
)
def test_a_bad_line_is_refused_with_its_number_and_the_mend(tmp_path: Path, line: object, why: str) -> None:
    _, out, error = run(written(tmp_path, RIGHT, line), "--json")
    assert isinstance(error, InvalidInputError)
    assert "answers.jsonl:2: " in error.message
    assert why in error.message or "not JSON" in error.message
    assert '"expected"' in error.mend
    assert out == ""


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert isinstance(run(str(tmp_path / "none.jsonl"))[2], NotFoundError)
