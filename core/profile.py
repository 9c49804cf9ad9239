"""The limits of the standard that a node works by: one file each, ``core/profiles/NAME.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

_FOLDER = Path(__file__).parent / "profiles"


class Profile(BaseModel):
    """Limits of one standard; shares lie between 0 and 1."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    human_wait_ms: int = Field(gt=0)
    """Longest wait from the request for a human to the human's answer (GB 7.1, BJ 5.1.3.2)."""
    connect_rate_24h: float = Field(gt=0, le=1)
    """Least share answered by a human in any continuous 24 h (GB 7.1, BJ 5.1.3.2)."""
    share_within_human_wait: float = Field(gt=0, le=1)
    """Least share of the requests that are answered within the longest wait."""


@cache
def load_profile(name: str) -> Profile:
    """Return the limits of a standard: ``gb``, ``beijing`` or ``wuhai``."""
    with (_FOLDER / f"{name}.toml").open("rb") as file:
        return Profile.model_validate(tomllib.load(file))
