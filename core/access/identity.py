"""Who is asking: a person with a session, a program with a token, or a screen with a pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..roles import Role

Via = Literal["session", "api-token", "token", "pass"]
"""How somebody came in: a page's session, a program's own token, the ``[web]`` token, a pass."""

READ, WRITE, PERSONAL = "read", "write", "personal"
PAGE_SCOPES = frozenset({READ, WRITE})
"""What a person's page may: personal data stay masked, one at a time is shown for a reason."""
EVERY_SCOPE = frozenset({READ, WRITE, PERSONAL})

_LEADS = frozenset({Role.SUPERVISOR, Role.ADMIN})


@dataclass(frozen=True)
class Identity:
    """Somebody who was let in; ``user`` is who it is in every log."""

    user: str
    name: str
    role: Role
    via: Via
    agent: str | None = None
    """The number of the agent that this person is."""
    scopes: frozenset[str] = PAGE_SCOPES
    key: str = ""
    """What is revoked to turn this one out: the session's stored key, the token's id."""
    must_change: bool = False
    """Whether the password is to be changed before anything else."""

    @property
    def is_person(self) -> bool:
        """Tell whether this is a human at a page, who speaks for nobody else."""
        return self.via == "session"

    @property
    def personal(self) -> bool:
        """Tell whether numbers and names are given whole."""
        return PERSONAL in self.scopes

    def may_act_for(self, agent: str) -> bool:
        """Tell whether an agent's telephone may be moved by this one: the own, or everyone's who leads."""
        return self.role in _LEADS or (self.role is Role.AGENT and bool(agent) and agent == self.agent)

    def covers(self, *, changes: bool, area: str) -> bool:
        """Tell whether the scopes hold a request: ``read``, ``write``, or with an area, ``read:calls``."""
        scope = WRITE if changes else READ
        return scope in self.scopes or f"{scope}:{area}" in self.scopes
