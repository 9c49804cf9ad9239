"""``hotline callback evaluate``: how well labelled answers of citizens are understood."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from ..callback_bot.understanding.evaluate import Score, Wrong, evaluate, read_labelled
from ..core.errors import NotFoundError
from . import common, tables


def evaluate_file(
    file: Annotated[
        Path, typer.Argument(help='JSON lines: {"question": "solved", "text": "…", "expected": "yes"}.')
    ],
    *,
    as_json: common.JsonOption = False,
) -> None:
    """Understand every answer of a file and compare: the wrong ones, then the shares of right ones.

    Example: hotline callback evaluate tests/data/callbacks/answers.jsonl --json
    """
    if not file.is_file():
        raise NotFoundError(f"no file {file}")
    score = evaluate(read_labelled(file))
    if as_json:
        for wrong in score.wrong:
            typer.echo(json.dumps(_wrong(wrong), ensure_ascii=False))
        typer.echo(json.dumps(_shares(score), ensure_ascii=False))
    else:
        _show(score)


def _wrong(wrong: Wrong) -> dict[str, Any]:
    return {
        "line": wrong.labelled.line,
        "question": wrong.labelled.question,
        "text": wrong.labelled.text,
        "expected": wrong.labelled.expected,
        "got": wrong.got,
        "confidence": wrong.confidence,
    }


def _shares(score: Score) -> dict[str, Any]:
    return {
        "accuracy": round(score.accuracy, 4),
        "by_question": {question: round(share, 4) for question, share in score.by_question.items()},
        "answers": score.answers,
        "wrong": len(score.wrong),
        "guessed": sum(wrong.guessed for wrong in score.wrong),
    }


def _show(score: Score) -> None:
    table = tables.table("line", "question", "text", "expected", "got")
    for wrong in score.wrong:
        one = wrong.labelled
        table.add_row(str(one.line), one.question, Text(one.text), one.expected, wrong.got)
    if score.wrong:
        common.console.print(table)
    shares = tables.table("question", "right")
    for question, share in score.by_question.items():
        shares.add_row(question, f"{share:.3f}")
    shares.add_row("all", f"{score.accuracy:.3f}")
    common.console.print(shares)
