"""Lets a request in or refuses it, before anything is sent: the policy, applied to a call as it is now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ..core.calendar import Calendar
from ..core.errors import NotFoundError
from ..core.settings import Agent, Settings
from ..core.third_lines import ThirdLine
from . import conference_policy as policy
from .calls import CallRecord
from .conference_errors import AlreadyThereError, NoSuchCallError, NotInTalkError, NotYoursError
from .conference_machine import Request
from .conference_view import Parties, agents_of, parties_of, told_of


class Admission:
    """The directory, the agents and the rate of a node."""

    def __init__(self, settings: Settings, calendar: Calendar) -> None:
        self._lines = settings.third_lines
        self._agents = {agent.number: agent for agent in settings.agents}
        self._zone = ZoneInfo(settings.site.timezone)
        self._calendar = calendar
        self._rate = policy.Rate(settings.three_way.per_minute)

    def directory(self, agent: str, now: datetime) -> list[Mapping[str, Any]]:
        """Return the third lines as they stand now, for an agent's role when one is named; no numbers."""
        who = self._agent(agent) if agent else None
        local = now.astimezone(self._zone)
        return [one.as_json() for one in policy.listed(self._lines, who, local, self._calendar)]

    def line(self, target: str) -> ThirdLine:
        """Return the line of a name or code; raises ``UnknownTargetError``."""
        return policy.find_target(self._lines, target)

    def named(self, target: str) -> ThirdLine | None:
        """Return the line of this very name, None for one that the settings have no more."""
        return next((line for line in self._lines if line.name == target), None)

    def known_agent(self, agent: str) -> str:
        """Return the number of an agent of ours, empty for any other text: it may be anything."""
        return agent if agent in self._agents else ""

    def check(
        self, found: CallRecord | None, line: ThirdLine, agent: str, reason: str, now: datetime
    ) -> tuple[CallRecord, Agent, Parties, str]:
        """Return the call, who asks, who is moved, the reason; raises why it is refused."""
        if found is None:
            raise NoSuchCallError("there is no such call in progress", mend="see GET /api/v1/calls")
        record, asker = found, self._asker(found, agent)
        policy.check_role(line, asker.role)
        said = policy.checked_reason(line, reason)
        policy.check_hours(line, now.astimezone(self._zone), self._calendar)
        if line.kind != "emergency":
            self._rate.check(asker.number, now)
        parties = parties_of(record, asker.number if asker.number in agents_of(record) else "")
        if parties is None or not record.is_open:
            raise NotInTalkError("the citizen speaks with no agent", mend="ask once an agent has answered")
        return record, asker, parties, said

    def check_first(self, record: CallRecord, line: ThirdLine, pending: Iterable[Request]) -> None:
        """Raise ``AlreadyThereError`` when the same line is in the call, or is being brought in."""
        _, there = told_of(record, "", line.name)
        ours = [one.line for one in pending if one.call == record.id and one.target == line.name]
        if there or ours:
            raise AlreadyThereError(
                f"{line.name} is in this call already, or on its way",
                mend="wait for it, or drop it first",
                line=there or ours[0],
            )

    def count(self, target: str, agent: str, at: datetime) -> None:
        """Count a request towards the rate; emergency lines are not counted."""
        if (line := self.named(target)) is not None and line.kind != "emergency":
            self._rate.count(agent, at)

    def _asker(self, record: CallRecord, agent: str) -> Agent:
        """Return who asks: an agent of this call, or a supervisor for it."""
        there: Sequence[str] = agents_of(record)
        if not agent and not there:
            raise NotInTalkError("the citizen speaks with no agent", mend="ask once an agent has answered")
        asker = self._agent(agent or there[0])
        if asker.number not in there and asker.role != "supervisor":
            raise NotYoursError(f"agent {asker.number} is not in this call", mend="let its agent ask")
        return asker

    def _agent(self, number: str) -> Agent:
        agent = self._agents.get(number)
        if agent is None:
            raise NotFoundError("there is no such agent", mend="see: hotline agents list")
        return agent
