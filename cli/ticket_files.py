"""Drafts of the calls in a file, and how good they are, for ``ticket draft`` and ``ticket evaluate``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from ..core.errors import NotFoundError
from ..ticket_bridge.assist.wording import faults, labels
from ..ticket_bridge.draft import Draft, draft
from ..ticket_bridge.fields import FieldName
from ..ticket_bridge.measure.dialogues import Dialogue, TextOf, read_dialogues
from ..ticket_bridge.measure.evaluate import Score, evaluate, invented, parts
from . import common, tables

FIELDS = (
    FieldName.KIND,
    FieldName.DOMAIN,
    FieldName.URGENCY,
    FieldName.TITLE,
    FieldName.NAME,
    FieldName.PHONE,
    FieldName.ADDRESS,
    FieldName.PLACE,
    FieldName.OCCURRED_AT,
    FieldName.PARTY,
    FieldName.DEMAND,
    FieldName.EARLIER_HANDLING,
    FieldName.CONFIDENTIAL,
    FieldName.PEOPLE,
    FieldName.RISK_CLASS,
    FieldName.RISK_GRADE,
    FieldName.EMERGENCY_LINE,
    FieldName.OUT_OF_SCOPE,
    FieldName.EMOTION,
    FieldName.THREAT_QUOTE,
)
"""The fields of a labelled call, in the order of the labelling guide; agent_faults and summary follow."""

Forms = Literal["text", "asr", "both"]


def drafts(path: Path, text_of: TextOf) -> Iterator[tuple[Dialogue, Draft]]:
    """Give the draft of each call of a file, line by line; a bad line is refused with its number."""
    if not path.is_file():
        raise NotFoundError(f"no file {path}")
    for dialogue in read_dialogues(path, labelled=False):
        yield dialogue, draft(dialogue.transcript(text_of), dialogue.context)


def flat(dialogue: Dialogue, made: Draft, text_of: TextOf) -> dict[str, Any]:
    """Return a draft as one line: the values by field name, nothing else."""
    return {
        "id": dialogue.id,
        **{name.value: made.value(name) for name in FIELDS},
        "agent_faults": labels(faults(dialogue.transcript(text_of))),
        "summary": made.value(FieldName.SUMMARY),
    }


def results(path: Path, forms: Forms, *, hold_back: bool) -> Iterator[dict[str, Any]]:
    """Give the scores of a labelled file for each form of the text, and for each part when held apart."""
    if not path.is_file():
        raise NotFoundError(f"no file {path}")
    dialogues = list(read_dialogues(path))
    split: Mapping[str, Sequence[Dialogue]] = parts(dialogues) if hold_back else {"all": dialogues}
    read: tuple[TextOf, ...] = ("text", "asr") if forms == "both" else (forms,)
    for part, calls in split.items():
        for text_of in read:
            scores = evaluate(calls, text_of=text_of)
            yield {
                "from": text_of,
                "part": part,
                "calls": len(calls),
                "invented": invented(scores),
                "scores": {score.field: _score(score) for score in scores},
            }


def show_results(found: Iterator[dict[str, Any]]) -> None:
    """Print the scores as tables."""
    for result in found:
        table = tables.table(
            "field", "measure", "calls", "score", "95 %", "invented", "null prec.", "null recall"
        )
        table.title = f"{result['part']}, read from {result['from']}: {result['calls']} calls"
        for name, score in result["scores"].items():
            table.add_row(
                name,
                score["measure"],
                str(score["calls"]),
                f"{score['score']:.3f}",
                f"{score['low']:.2f}–{score['high']:.2f}",
                str(score["invented"]),
                _share(score["null_precision"]),
                _share(score["null_recall"]),
                "  ".join(
                    f"{key} {value:.3g}" for key, value in score["details"].items() if value is not None
                ),
            )
        common.console.print(table)
        common.console.print(f"invented values: {result['invented']}")


def _score(score: Score) -> dict[str, Any]:
    data = {key: _round(value) for key, value in vars(score).items() if key not in ("field", "details")}
    return {**data, "details": {key: _round(value) for key, value in score.details.items()}}


def _round(value: object) -> object:
    return round(value, 4) if isinstance(value, float) else value


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
