"""What the sign-in page and the pages behind it are told of who is signed in (also for OpenAPI)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..core.access.identity import Identity
from ..core.roles import ROLE_NAMES, Role

HOMES = {
    Role.AGENT: "/desk",
    Role.SUPERVISOR: "/floor",
    Role.OPS: "/ops",
    Role.AUDITOR: "/admin/access-log",
    Role.ADMIN: "/admin/users",
}
"""Where a role's work begins."""
REVEALS = frozenset({Role.AGENT, Role.SUPERVISOR, Role.AUDITOR, Role.ADMIN})
"""Who may see one whole number for a reason; an agent only of the own calls."""

Way = Literal["password", "token", "oidc"]
Short = Annotated[str, Field(max_length=200)]


class SignInBody(BaseModel):
    """User and password, or the ``[web]`` token."""

    model_config = ConfigDict(extra="forbid")

    user: Short = ""
    password: Short = ""
    token: Short = ""


class PasswordBody(BaseModel):
    """The password until now, and the new one."""

    model_config = ConfigDict(extra="forbid")

    old: Short
    new: Short


class SignedOut(BaseModel):
    """Who came by the single sign-on is to be led there, to sign out there, too."""

    next: str


class OidcWay(BaseModel):
    """The single sign-on: what stands on its button, and where it begins."""

    label: str
    start: str


class SessionState(BaseModel):
    """Who is signed in here, or how one can sign in."""

    signed_in: bool
    ways: list[Way]
    oidc: OidcWay | None = None
    first_run: bool = False
    """Nobody has been added yet: the ``[web]`` token is the way in."""
    site: str = ""
    node: str = ""
    timezone: str = ""
    """The site's, by whose clock every page shows moments."""
    user: str = ""
    name: str = ""
    role: Role | None = None
    role_name: str = ""
    agent: str | None = None
    via: str = ""
    ends_at: datetime | None = None
    idle_s: int | None = None
    may_reveal: bool = False
    must_change_password: bool = False
    home: str = "/login"


def state_of(
    who: Identity | None,
    *,
    ways: list[Way],
    oidc: OidcWay | None = None,
    first_run: bool = False,
    site: str = "",
    node: str = "",
    timezone: str = "",
    ends_at: datetime | None = None,
    idle_s: int | None = None,
) -> SessionState:
    """Return what is told; of nobody only the ways in."""
    told = SessionState(
        signed_in=who is not None,
        ways=ways,
        oidc=oidc,
        first_run=first_run,
        site=site,
        node=node,
        timezone=timezone,
    )
    if who is None:
        return told
    return told.model_copy(
        update={
            "user": who.user,
            "name": who.name,
            "role": who.role,
            "role_name": ROLE_NAMES[who.role],
            "agent": who.agent,
            "via": who.via,
            "ends_at": ends_at,
            "idle_s": idle_s,
            "may_reveal": who.role in REVEALS,
            "must_change_password": who.must_change,
            "home": HOMES[who.role],
        }
    )
