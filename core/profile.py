"""The limits of the standard that a node works by: one file each, ``core/profiles/NAME.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from .third_lines import OpeningHours

Evaluation = Literal[
    "very_satisfied", "satisfied", "basically_satisfied", "dissatisfied", "very_dissatisfied"
]
"""What a citizen says of a call: 非常满意, 满意, 基本满意, 不满意, 非常不满意."""
SCALES: dict[int, tuple[Evaluation, ...]] = {
    3: ("satisfied", "basically_satisfied", "dissatisfied"),
    5: ("very_satisfied", "satisfied", "basically_satisfied", "dissatisfied", "very_dissatisfied"),
}
"""The levels in the order of their keys, from 1 on, by their number; there is a spoken question for each."""

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
    evaluation_levels: Literal[3, 5]
    """Of the evaluation at the end of a call (BJ 5.3.2): one of ``SCALES``."""
    callback_hours: tuple[OpeningHours, ...] = Field(min_length=1)
    """When the robot may call at all, in the site's time; ``robot.hours`` can only narrow them."""
    callback_sampling: bool
    """Whether a part of the matters may be called for instead of all (GB 7.5: 全量; BJ 5.4.1: 全部或抽样)."""


@cache
def load_profile(name: str) -> Profile:
    """Return the limits of a standard: ``gb``, ``beijing`` or ``wuhai``."""
    with (_FOLDER / f"{name}.toml").open("rb") as file:
        return Profile.model_validate(tomllib.load(file))
