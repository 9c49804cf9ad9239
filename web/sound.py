"""The seconds of a call that a word was spoken in, for the agent who clicks on it while the call goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field, ValidationError

from ..core.errors import InvalidInputError, NotFoundError
from ..telephony.calls import CallRecord
from ..telephony.recording_cut import cut
from ..telephony.recording_now import recorded_now

BEFORE_S, AFTER_S = 0.3, 0.4
"""So much is heard before and after: a recogniser's seconds are those of the words alone."""
_DAY_S = 86_400.0


class SoundQuery(BaseModel):
    """Which seconds, as live words or a stored ticket (``recording``) count them, and who speaks."""

    speaker: Literal["citizen", "agent", "third"] = "citizen"
    clock: Literal["words", "recording"] = "words"
    from_s: Annotated[float, Field(ge=0, le=_DAY_S, allow_inf_nan=False)]
    until_s: Annotated[float, Field(ge=0, le=_DAY_S, allow_inf_nan=False)]


def read_query(query: Mapping[str, str]) -> SoundQuery:
    """Read which seconds are wanted; raises ``InvalidInputError``."""
    try:
        return SoundQuery.model_validate(dict(query))
    except ValidationError as error:
        raise InvalidInputError(
            "no such stretch of the call", mend="?speaker=citizen&from_s=12.3&until_s=15"
        ) from error


async def sound_of(
    folder: Path, record: CallRecord | None, begun_us: int | None, wanted: SoundQuery
) -> bytes:
    """Return a WAV file of a stretch of a call in memory; ``begun_us`` is when second 0 of its words was.

    A third line is heard where the citizen hears it: in the agent's file. Raises ``NotFoundError``.
    """
    if record is None or begun_us is None:
        raise NotFoundError("nothing of this call's sound is at hand", mend="see the call's page")
    files = recorded_now(record, begun_us + round(wanted.until_s * 1_000_000))
    if files is None:
        raise NotFoundError("this call is not recorded", mend="see the call's page")
    shift_s = 0.0 if wanted.clock == "recording" else (begun_us - files.begun_us) / 1_000_000
    path = files.citizen if wanted.speaker == "citizen" else files.agent
    from_s, until_s = wanted.from_s + shift_s - BEFORE_S, wanted.until_s + shift_s + AFTER_S
    return await asyncio.to_thread(cut, folder, path, max(from_s, 0.0), until_s)
