"""When it happened, reckoned from the call (BJ C.3): a minute, a date, or a range up to the call."""

from __future__ import annotations

from datetime import datetime

from ..context import CallContext
from ..fields import Field, FieldName, Found
from ..talk import Talk
from .choosing import WHOLE
from .kind import tells_a_matter
from .time_choice import choices_of, likeliest
from .time_said import time_rules, times_said

SUREST = 0.9


def extract(talk: Talk, context: CallContext, found: Found) -> dict[FieldName, Field]:
    """Take the time that is likely to be an expert's; a state that lasts becomes a range to the call."""
    if not tells_a_matter(found):
        return {}
    base = minute_of(context.called_at)
    choices = choices_of(talk, found, times_said(talk, base), base)
    best, gain = likeliest(choices, whole=len(talk.citizen) >= WHOLE)
    if not best.value:
        return {}
    value, evidence, when = best.value, best.evidence, best.when
    if when is not None:
        state = next((span for _, span in when.span.line.search(time_rules()["state"])), None)
        over_days = state is not None and not when.minute and when.start.date() < base.date()
        if when.lasting or over_days:
            value += base.strftime("/%Y-%m-%dT%H:%M" if when.minute else "/%Y-%m-%d")
        evidence = evidence if state is None else (*evidence, state.evidence)
    return {FieldName.OCCURRED_AT: Field(value, min(gain, SUREST), evidence)}


def minute_of(called_at: datetime) -> datetime:
    """Return the minute of the call, from which times are reckoned."""
    return called_at.replace(second=0, microsecond=0)
