"""Count the table of the party's marks anew from labelled calls; tell what it is worth on calls of others.

    python bench/party_choice.py [--write] [--json] [--quick] [FILE …]

The calls of each author in turn are judged by a table counted from those of the others, beside what the
rules alone name. Calls that rules were made with are never counted: they teach to trust the rules.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

ROOT = Path(__file__).resolve().parents[1]
# This file's own folder would hide the standard library's ``queue`` from everything below.
sys.path[0] = str(ROOT / "tests")

from hotline.ticket_bridge.draft import draft
from hotline.ticket_bridge.extract import party
from hotline.ticket_bridge.extract.kind import tells_a_matter
from hotline.ticket_bridge.extract.party_choice import Choice, choices_of, likeliest
from hotline.ticket_bridge.fields import FieldName
from hotline.ticket_bridge.measure.dialogues import Dialogue, TextOf
from hotline.ticket_bridge.talk import Talk
from support import counted_choices
from support.counted_choices import Choosing, near
from support.counted_tables import options_of
from support.entity_calls import ORDINARY, WIDER

TABLE = ROOT / "ticket_bridge" / "extract" / "party_choice.json"


@dataclass(frozen=True)
class Case(counted_choices.Case):
    """``ruled``: the party that the rules name."""

    ruled: str


def case(author: str, call: Dialogue, form: TextOf) -> Case | None:
    """Read a call; none whose party the guide does not score."""
    if call.gold["kind"] in ("咨询", "建议") or call.gold["out_of_scope"] is not None:
        return None
    transcript = call.transcript(form)
    found = dict(draft(transcript, call.context).fields)
    found.pop(FieldName.PARTY, None)
    gold = call.gold["party"]
    if not tells_a_matter(found):
        return Case(author, form, float(gold is None), [], [], "")
    talk = Talk(transcript)
    best, candidates = party.ruled(talk, found)
    ruled = "" if best is None else best.name
    choices = choices_of(talk, found, best, candidates)
    return Case(author, form, near(ruled, gold), choices, [near(one.name, gold) for one in choices], ruled)


def pick(case: counted_choices.Case, weights: Mapping[str, float]) -> Choice:
    """Return the choice that a table makes."""
    return likeliest(cast("list[Choice]", case.choices), cast("Case", case).ruled, weights)[0]


if __name__ == "__main__":
    counted_choices.count(
        Choosing(TABLE, case, pick, usable=0.6),
        options_of(__doc__, sys.argv[1:], [WIDER, ORDINARY]),
        print,
    )
