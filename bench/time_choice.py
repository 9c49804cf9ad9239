"""Count the table of the time's marks anew from labelled calls; tell what it is worth on calls of others.

    python bench/time_choice.py [--write] [--json] [--quick] [FILE …]

The calls of each author in turn are judged by a table counted from those of the others, beside the draft by
the table that is shipped. The third of the labelled calls that is held back is never counted.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import cast

ROOT = Path(__file__).resolve().parents[1]
# This file's own folder would hide the standard library's ``queue`` from everything below.
sys.path[0] = str(ROOT / "tests")

from hotline.ticket_bridge.draft import draft
from hotline.ticket_bridge.extract import time
from hotline.ticket_bridge.extract.kind import tells_a_matter
from hotline.ticket_bridge.extract.time_choice import Choice, choices_of, likeliest
from hotline.ticket_bridge.extract.time_said import times_said
from hotline.ticket_bridge.fields import FieldName
from hotline.ticket_bridge.measure.dialogues import Dialogue, TextOf
from hotline.ticket_bridge.measure.measures import same_time
from hotline.ticket_bridge.talk import Talk
from support.counted_choices import Case, Choosing, count, either_empty
from support.counted_tables import KNOWN, LABELLED, options_of
from support.entity_calls import FILE

TABLE = ROOT / "ticket_bridge" / "extract" / "time_choice.json"


def case(author: str, call: Dialogue, form: TextOf) -> Case | None:
    """Read a call; none whose time the guide does not score."""
    if call.gold["kind"] == "咨询" or call.gold["out_of_scope"] is not None:
        return None
    transcript = call.transcript(form)
    found = dict(draft(transcript, call.context).fields)
    made = found.pop(FieldName.OCCURRED_AT, None)
    gold, called = call.gold["occurred_at"], call.context.called_at
    drafted = _right("" if made is None else str(made.value), gold, called)
    if not tells_a_matter(found):
        return Case(author, form, drafted, [], [])
    base = time.minute_of(called)
    talk = Talk(transcript)
    choices = choices_of(talk, found, times_said(talk, base), base)
    return Case(author, form, drafted, choices, [_right(one.value, gold, called) for one in choices])


def _right(value: str, gold: str | None, called: datetime) -> float:
    return either_empty(value, gold, lambda mine, real: same_time(mine, real, called))


def pick(case: Case, weights: Mapping[str, float]) -> Choice:
    """Return the choice that a table makes."""
    return likeliest(cast("list[Choice]", case.choices), whole=True, weights=weights)[0]


if __name__ == "__main__":
    count(
        Choosing(TABLE, case, pick, usable=0.5),
        options_of(__doc__, sys.argv[1:], [*KNOWN, FILE, LABELLED]),
        print,
    )
