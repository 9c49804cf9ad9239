"""``hotline callback``: the callback robot (回访) by hand."""

from __future__ import annotations

import typer

from .callback_evaluate import evaluate_file

app = typer.Typer(no_args_is_help=True, help="Call citizens back and ask how their matter was handled.")
app.command("evaluate", epilog="Example:  hotline callback evaluate answers.jsonl --json")(evaluate_file)
