"""What people and programs may be: the roles that a route names, and the groups of roles used most.

A role says what somebody does in the hotline, not how much of it. The narrower rules, an agent acts for the
own telephone only and who sees whole numbers, stand with what they guard.
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """The role of a user or of an API token; each has exactly one."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    OPS = "ops"
    AUDITOR = "auditor"
    ADMIN = "admin"


ROLE_NAMES = {
    Role.AGENT: "坐席",
    Role.SUPERVISOR: "班长",
    Role.OPS: "运维",
    Role.AUDITOR: "审计",
    Role.ADMIN: "管理员",
}

SIGNED_IN = frozenset(Role)
"""Whoever has signed in, whatever the role."""
STAFF = frozenset({Role.AGENT, Role.SUPERVISOR, Role.ADMIN})
"""Who handles calls."""
FLOOR = frozenset({Role.SUPERVISOR, Role.ADMIN})
"""Who leads those who handle calls."""
CASES = STAFF | {Role.AUDITOR}
"""Who may read what citizens said: calls, transcripts, recordings, tickets. Operations does not need it."""
OVERSIGHT = SIGNED_IN - {Role.AGENT}
"""Who may read figures of all agents and of callbacks."""
RUNNING = frozenset({Role.SUPERVISOR, Role.OPS, Role.ADMIN})
"""Who keeps the hotline running from day to day: callbacks, menus, alarms."""
