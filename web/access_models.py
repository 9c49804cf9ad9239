"""What the API of users, tokens, reveals and the access log takes and tells (also for OpenAPI)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..core.roles import Role

Short = Annotated[str, Field(max_length=60)]
Secret = Annotated[str, Field(max_length=200)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class UserBody(_Body):
    """A user to be added; without a password one is made up and told once."""

    user: Short
    name: Short = ""
    role: Role
    agent: Short | None = None
    password: Secret | None = None


class UserChange(_Body):
    """What is to become otherwise of a user; what is not given stays, ``agent`` null takes the number."""

    name: Short | None = None
    role: Role | None = None
    agent: Short | None = None
    disabled: bool | None = None
    password: Secret | None = None
    unlock: bool = False


class User(BaseModel):
    """A user; nothing of the password."""

    id: str
    user: str
    name: str
    role: Role
    agent: str | None
    password: bool
    must_change: bool
    oidc: bool
    sessions: int
    created_at: datetime
    signed_in_at: datetime | None
    disabled_at: datetime | None
    locked_until: datetime | None = None
    """Until when wrong passwords lock the account for browsers that it never used."""


class UserAdded(BaseModel):
    """A new user; ``password`` is the one that was made up, told this once."""

    user: User
    password: str | None


class UserQuery(BaseModel):
    """A page of users in the order of their names."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(default=200, ge=1, le=500)
    after: Short = ""


class UserList(BaseModel):
    """Users, and where the next page begins."""

    users: list[User]
    next: str | None


class TokenBody(_Body):
    """A token to be made; ``days`` from now it ends."""

    name: Short
    role: Role
    scopes: list[Short] = Field(default=["read"], max_length=20)
    days: int = Field(default=90, ge=1, le=730)


class Token(BaseModel):
    """A token; nothing that opens a door."""

    id: str
    name: str
    role: Role
    scopes: list[str]
    created_at: datetime
    created_by: str
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class TokenMade(Token):
    """A new token, told this once."""

    token: str


class TokenList(BaseModel):
    """Every token, the newest first."""

    tokens: list[Token]


class RevealBody(_Body):
    """What is to be shown whole, and why."""

    what: Literal["call", "ticket", "callback"]
    id: Annotated[str, Field(min_length=1, max_length=150)]
    field: Annotated[str, Field(min_length=1, max_length=40)] = "caller"
    reason: Annotated[str, Field(min_length=4, max_length=200)]


class Revealed(BaseModel):
    """The whole value."""

    value: str


class LogQuery(BaseModel):
    """Which entries: of whom, whose action or subject begins so, in which time."""

    model_config = ConfigDict(extra="forbid")

    who: Short = ""
    action: Short = ""
    subject: Annotated[str, Field(max_length=300)] = ""
    since: datetime | None = None
    until: datetime | None = None
    limit: int = Field(default=100, ge=1, le=500)
    after: Annotated[str, Field(max_length=300)] = ""


class LogEntry(BaseModel):
    """An entry of the access log."""

    node: str
    seq: int
    at: datetime
    who: str
    role: str
    via: str
    address: str
    action: str
    subject: str
    reason: str
    result: str
    details: dict[str, str | int | bool | None]
    hash: str


class LogPage(BaseModel):
    """Entries, the newest first, and where the next page begins."""

    entries: list[LogEntry]
    next: str | None


class LogFault(BaseModel):
    """Where the log is not as it was written."""

    node: str
    seq: int
    fault: Literal["changed", "missing", "order", "cut"]


class LogProof(BaseModel):
    """Whether the log is as it was written."""

    whole: bool
    entries: int
    faults: list[LogFault]
