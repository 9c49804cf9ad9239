"""Which matters are called for when a standard allows a part (BJ 5.4.1: 全部或抽样). Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from ...core.robot_settings import SamplingRule

_ALL = 1 << 64


def share_of(kind: str, unit: str, rules: Sequence[SamplingRule]) -> float:
    """Return the share of a kind and unit that is called for: that of the first rule that fits, else all."""
    for rule in rules:
        if (not rule.kinds or kind in rule.kinds) and (not rule.units or unit in rule.units):
            return rule.share
    return 1.0


def is_drawn(ticket: str, share: float) -> bool:
    """Draw by the ticket's number alone: asked again, or on another node, the answer is the same."""
    lot = int.from_bytes(hashlib.sha256(ticket.encode()).digest()[:8], "big")
    return lot < share * _ALL
