"""The payload of a ``transcribe`` job, checked where it comes in."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..core.errors import InvalidInputError
from .transcripts import Speaker


class RecordedPart(BaseModel):
    """A voice of its own in the middle of a call; its file begins ``at_s`` after the call's recording."""

    model_config = ConfigDict(frozen=True)

    speaker: Speaker
    path: Path
    at_s: float = Field(ge=0.0)


class TranscribeRequest(BaseModel):
    """Which recordings of a call to recognise; the talk with the human begins at ``from_s``.

    ``parts`` are voices of a three-way call, and ``mixed`` the seconds (from, until) in which the legs hold
    more than one of them: only the citizen's is heard there.
    """

    model_config = ConfigDict(frozen=True)

    call: str = Field(min_length=1, max_length=80)
    legs: dict[Speaker, Path] = Field(min_length=1)
    from_s: float = Field(default=0.0, ge=0.0)
    parts: tuple[RecordedPart, ...] = Field(default=(), max_length=100)
    mixed: tuple[tuple[float, float], ...] = Field(default=(), max_length=100)

    @staticmethod
    def parse(payload: object, recordings: Path) -> TranscribeRequest:
        """Read a payload; paths that are not absolute are under ``recordings``."""
        try:
            request = TranscribeRequest.model_validate(payload)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise InvalidInputError(
                f"the job cannot be read: {where or 'payload'}: {first['msg']}"
            ) from error
        return request.model_copy(
            update={
                "legs": {speaker: recordings / path for speaker, path in request.legs.items()},
                "parts": tuple(
                    part.model_copy(update={"path": recordings / part.path}) for part in request.parts
                ),
            }
        )
