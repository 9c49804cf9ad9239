"""``hotline callback``: the callback robot (回访) by hand."""

from __future__ import annotations

import typer

from .callback_check import check, quiet
from .callback_dialogue import dialogue
from .callback_evaluate import evaluate_file
from .callback_import import import_
from .callback_list import add, list_, show
from .callback_plan import plan
from .callback_report import report
from .callback_run import cancel, pause, resume, run, status

app = typer.Typer(no_args_is_help=True, help="Call citizens back and ask how their matter was handled.")
app.command("add")(add)
app.command("import")(import_)
app.command("plan")(plan)
app.command("run")(run)
app.command("status")(status)
app.command("pause")(pause)
app.command("resume")(resume)
app.command("cancel")(cancel)
app.command("list")(list_)
app.command("show")(show)
app.command("check")(check)
app.command("quiet")(quiet)
app.command("report")(report)
app.command("evaluate")(evaluate_file)
app.command("dialogue")(dialogue)
