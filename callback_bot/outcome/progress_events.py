"""What is told of a campaign while it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...core.events import DomainEvent


@dataclass(frozen=True, kw_only=True)
class CampaignChanged(DomainEvent):
    """A campaign is further than before."""

    campaign: str
    progress: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class CampaignEnded(DomainEvent):
    """Nothing of a campaign is open any more."""

    campaign: str
    progress: Mapping[str, Any]
