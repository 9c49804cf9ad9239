"""Settings of who may come in: sessions, lock-out, rates, single sign-on (docs/access.md)."""

from __future__ import annotations

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from .roles import Role
from .setting_types import Label, Section


def _origin(text: str) -> str:
    parts = urlsplit(text)
    if text and (
        parts.scheme not in ("http", "https")
        or not parts.netloc
        or text != f"{parts.scheme}://{parts.netloc}"
    ):
        raise ValueError("must be scheme and host alone, such as https://hotline.example.gov.cn")
    return text


def _issuer(text: str) -> str:
    parts = urlsplit(text)
    is_here = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if not parts.netloc or parts.query or parts.fragment or parts.username:
        raise ValueError("must be the provider's address, such as https://sso.example.gov.cn/realms/city")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_here):
        raise ValueError("must begin with https://")
    return text


Origin = Annotated[str, AfterValidator(_origin)]
"""Scheme, host and port under which browsers know the pages; "" when they come straight to us."""
Claim = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:/-]{1,100}$")]


class OidcSettings(Section):
    """The city's single sign-on (OpenID Connect, authorization code with PKCE)."""

    issuer: Annotated[str, AfterValidator(_issuer)]
    client_id: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    client_secret: Annotated[str, StringConstraints(min_length=8, max_length=400)] | None = None
    """Not given: a public client, which PKCE alone protects."""
    label: Label = "统一身份认证"
    """What stands on the button."""
    scopes: tuple[Claim, ...] = ("openid", "profile")
    role_claim: Claim = "roles"
    """The claim of the ID token that holds the provider's roles: a text or a list; ``a.b`` is b in a."""
    roles: dict[str, Role] = Field(default_factory=dict[str, Role])
    """The provider's role to ours; who has none of them does not come in."""
    user_claim: Claim = "preferred_username"
    agent_claim: Claim | None = None
    """The claim that holds the agent's number."""
    sign_out: bool = True
    """Whether signing out here signs out there, too, where the provider has an address for it."""

    @model_validator(mode="after")
    def _openid(self) -> Self:
        if "openid" not in self.scopes:
            raise ValueError("scopes must hold openid")
        if not self.roles:
            raise ValueError('roles must name at least one, such as { "hotline-agent" = "agent" }')
        return self


class AccessSettings(Section):
    """How long sessions last, what locks an account, how often may be asked."""

    idle_minutes: int = Field(default=30, ge=1, le=24 * 60)
    """A page that asked for nothing so long is signed out; an agent's desk that is open counts as used."""
    session_hours: int = Field(default=12, ge=1, le=72)
    tries: int = Field(default=5, ge=3, le=50)
    """Wrong passwords in a row that lock an account for strangers."""
    locked_minutes: int = Field(default=15, ge=1, le=24 * 60)
    requests_per_minute: int = Field(default=1200, ge=60, le=1_000_000)
    """Of one user or token; the [web] token is not counted."""
    oidc: OidcSettings | None = None
