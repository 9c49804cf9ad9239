"""The report of three-way calls: how often each line was asked for, how soon it answered, why not. Pure.

The time to answer is from the agent's request to the third line's own answer (R-3W-1): routes tried in vain,
announcements and the move of the parties are in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from typing import Any

IN_PROGRESS = frozenset({"asked", "dialling", "ringing"})


def report(lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return ``{"targets": [row, …], "total": row}`` of lines as ``room_queries`` gives them.

    A row: ``target``, ``label``, ``kind``, counts ``asked``, ``answered``, ``failed``, ``refused`` (not in
    ``asked``) and ``in_progress``, ``answer_rate`` of those that are decided, ``answer_ms`` with ``min``,
    ``p50``, ``p95`` and ``max`` (None without an answer), and ``failures``: how many for each reason.
    """
    by_target: dict[str, list[Mapping[str, Any]]] = {}
    for line in lines:
        by_target.setdefault(line["target"], []).append(line)
    rows = [_row(found) for found in by_target.values()]
    order = ("emergency", "utility", "department")
    rows.sort(key=lambda row: (order.index(row["kind"]) if row["kind"] in order else 9, row["target"]))
    total = {**_row(lines), "target": "", "label": "", "kind": ""}
    return {"targets": rows, "total": total}


def nearest_rank(values: Iterable[int], share: float) -> int | None:
    """Return the smallest value that at least ``share`` of all do not exceed; None of none."""
    found = sorted(values)
    return found[max(ceil(share * len(found)), 1) - 1] if found else None


def _row(lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    states = Counter(line["state"] for line in lines)
    waits = [line["ms"]["answered"] for line in lines if line["ms"]["answered"] is not None]
    refused, failed = states["refused"], states["failed"]
    in_progress = sum(states[state] for state in IN_PROGRESS)
    answered = len(lines) - refused - failed - in_progress
    decided = answered + failed
    failures = Counter(line["why"] or "unknown" for line in lines if line["state"] in ("failed", "refused"))
    first = lines[0] if lines else {"target": "", "label": "", "kind": ""}
    return {
        "target": first["target"],
        "label": first["label"],
        "kind": first["kind"],
        "asked": len(lines) - refused,
        "answered": answered,
        "failed": failed,
        "refused": refused,
        "in_progress": in_progress,
        "answer_rate": answered / decided if decided else None,
        "answer_ms": {
            "min": min(waits, default=None),
            "p50": nearest_rank(waits, 0.5),
            "p95": nearest_rank(waits, 0.95),
            "max": max(waits, default=None),
        },
        "failures": dict(failures.most_common()),
    }
