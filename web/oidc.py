"""The city's single sign-on: OpenID Connect, authorization code with PKCE.

All that a sign-in needs to be told apart (state, nonce, the code's verifier) is made of one secret in the
browser's own cookie: nothing is kept here between the two requests, on however many nodes they come. What
the provider says is believed only when its signature, issuer, audience, time and nonce are right.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit

import aiohttp
import structlog
from aiohttp import ClientSession, ClientTimeout, encode_basic_auth, web
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from ..core.access.secret_words import digest, same
from ..core.access_settings import OidcSettings
from ..core.errors import HotlineError

log = structlog.get_logger(__name__)

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
"""Signatures by a key pair alone: never by the client's secret, never none."""
LEEWAY_S = 60
_LONGEST_ANSWER = 256 * 1024
_TIMEOUT = ClientTimeout(total=10)
_REFETCH_S = 30.0
_KEPT_S = 3600.0
_WAY_OUT_S = 3.0
_ASKED_AGAIN_S = 3.0
"""A provider that did not answer is not asked again sooner, however many want to sign in."""


class OidcError(HotlineError):
    """The single sign-on did not succeed; the message says why, for the log and never for the page."""

    error_id = "access.oidc"
    status = 502
    retryable = True


@dataclass(frozen=True)
class Journey:
    """One sign-in on its way, all made of ``secret``."""

    secret: str

    @property
    def state(self) -> str:
        """What comes back with the code."""
        return digest("oidc state", self.secret)

    @property
    def nonce(self) -> str:
        """What must stand in the ID token."""
        return digest("oidc nonce", self.secret)

    @property
    def verifier(self) -> str:
        """What the code can be exchanged with."""
        return digest("oidc verifier", self.secret)

    @property
    def challenge(self) -> str:
        """The verifier's SHA-256, which the provider is told first (RFC 7636)."""
        made = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(made).decode().rstrip("=")


@dataclass(frozen=True)
class _Provider:
    authorization: str
    token: str
    jwks: str
    post_secret: bool
    end_session: str = ""
    """Where a browser signs out there; "" where one cannot."""


@dataclass(frozen=True)
class Vouched:
    """What the provider says of who signed in, and the ID token that said so."""

    claims: dict[str, Any]
    id_token: str


class Oidc:
    """Talks to the provider; ``now`` is the time in seconds since 1970, ``monotonic`` for what is kept."""

    def __init__(
        self,
        settings: OidcSettings,
        *,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self._now = now
        self._monotonic = monotonic
        self._provider: tuple[float, _Provider] | None = None
        self._keys: tuple[float, KeySet] | None = None
        self._not_before = 0.0
        self._turn = asyncio.Lock()

    async def address(self, journey: Journey, redirect: str) -> str:
        """Return where the browser is sent to sign in; raises ``OidcError``."""
        async with self._session() as session:
            provider = await self._discover(session)
        query = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": redirect,
            "scope": " ".join(self.settings.scopes),
            "state": journey.state,
            "nonce": journey.nonce,
            "code_challenge": journey.challenge,
            "code_challenge_method": "S256",
        }
        return _with_query(provider.authorization, query)

    async def claims(self, journey: Journey, query: Mapping[str, str], redirect: str) -> Vouched:
        """Return what the provider says of who signed in; raises ``OidcError``."""
        if not same(query.get("state", ""), journey.state):
            raise OidcError("the state is not the one that this browser began with")
        if query.get("iss", self.settings.issuer) != self.settings.issuer:
            raise OidcError("the answer comes from another issuer")
        if "error" in query or not query.get("code"):
            raise OidcError(f"the provider says {query.get('error', 'nothing')[:60]!r}")
        async with self._session() as session:
            provider = await self._discover(session)
            answer = await self._exchange(session, provider, journey, query["code"], redirect)
            token = answer.get("id_token")
            if not isinstance(token, str):
                raise OidcError("the provider gave no ID token")
            return Vouched(self._checked(await self._verified(session, provider, token), journey), token)

    async def way_out(self, id_token: str | None, back: str) -> str:
        """Return where a browser signs out at the provider, which sends it ``back``; "" where it cannot.

        A provider that does not answer at once keeps nobody here signed in.
        """
        if not self.settings.sign_out:
            return ""
        try:
            async with asyncio.timeout(_WAY_OUT_S), self._session() as session:
                provider = await self._discover(session)
        except (OidcError, TimeoutError) as error:
            log.warning("no sign-out at the single sign-on", reason=str(error)[:300] or type(error).__name__)
            return ""
        if not provider.end_session:
            return ""
        query = {"client_id": self.settings.client_id, "post_logout_redirect_uri": back}
        if id_token is not None:
            query["id_token_hint"] = id_token
        return _with_query(provider.end_session, query)

    def _checked(self, claims: dict[str, Any], journey: Journey) -> dict[str, Any]:
        audience = claims.get("aud")
        audiences = cast("list[object]", audience) if isinstance(audience, list) else [audience]
        now = self._now()
        wrong = {
            "iss": claims.get("iss") != self.settings.issuer,
            "aud": self.settings.client_id not in audiences,
            "azp": claims.get("azp", self.settings.client_id) != self.settings.client_id,
            "exp": not _is_time(claims.get("exp")) or claims["exp"] <= now - LEEWAY_S,
            "iat": not _is_time(claims.get("iat")) or claims["iat"] > now + LEEWAY_S,
            "nbf": "nbf" in claims and (not _is_time(claims["nbf"]) or claims["nbf"] > now + LEEWAY_S),
            "nonce": not same(str(claims.get("nonce", "")), journey.nonce),
            "sub": not isinstance(claims.get("sub"), str) or not claims["sub"],
        }
        if bad := [name for name, is_wrong in wrong.items() if is_wrong]:
            raise OidcError(f"the ID token is not right: {', '.join(bad)}")
        return claims

    async def _verified(self, session: ClientSession, provider: _Provider, token: str) -> dict[str, Any]:
        for is_again in (False, True):
            keys = await self._fetch_keys(session, provider, again=is_again)
            try:
                return dict(jwt.decode(token, keys, algorithms=ALGORITHMS).claims)
            except (JoseError, ValueError, TypeError, KeyError) as error:
                failed = error
        raise OidcError(f"the ID token's signature is not right: {type(failed).__name__}")

    async def _exchange(
        self, session: ClientSession, provider: _Provider, journey: Journey, code: str, redirect: str
    ) -> dict[str, Any]:
        body = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect,
            "code_verifier": journey.verifier,
            "client_id": self.settings.client_id,
        }
        secret, headers = self.settings.client_secret, {"Accept": "application/json"}
        if secret is not None and provider.post_secret:
            body["client_secret"] = secret
        elif secret is not None:
            headers["Authorization"] = encode_basic_auth(
                quote_plus(self.settings.client_id), quote_plus(secret)
            )
        return await _asked(session, "POST", provider.token, data=body, headers=headers)

    async def _discover(self, session: ClientSession) -> _Provider:
        async with self._turn:
            if self._provider is not None and self._monotonic() - self._provider[0] < _KEPT_S:
                return self._provider[1]
            if self._monotonic() < self._not_before:
                raise OidcError("the provider could not be asked a moment ago")
            self._not_before = self._monotonic() + _ASKED_AGAIN_S
            issuer = self.settings.issuer
            told = await _asked(session, "GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            if told.get("issuer") != issuer:
                raise OidcError("the provider calls itself by another issuer")
            places = [
                str(told.get(name, "")) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
            ]
            if not all(urlsplit(place).scheme in ("https", urlsplit(issuer).scheme) for place in places):
                raise OidcError("an address of the provider is not by TLS")
            end_session = str(told.get("end_session_endpoint", ""))
            if urlsplit(end_session).scheme not in ("https", urlsplit(issuer).scheme):
                end_session = ""
            methods = told.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
            post_secret = isinstance(methods, list) and "client_secret_basic" not in methods
            provider = _Provider(places[0], places[1], places[2], post_secret, end_session)
            self._provider, self._not_before = (self._monotonic(), provider), 0.0
            return provider

    async def _fetch_keys(self, session: ClientSession, provider: _Provider, *, again: bool) -> KeySet:
        async with self._turn:
            age = None if self._keys is None else self._monotonic() - self._keys[0]
            if self._keys is not None and age is not None and age < (_REFETCH_S if again else _KEPT_S):
                return self._keys[1]
            told = await _asked(session, "GET", provider.jwks)
            try:
                keys = KeySet.import_key_set(cast("Any", told))
            except (JoseError, ValueError, TypeError, KeyError) as error:
                raise OidcError("the provider's keys cannot be read") from error
            self._keys = (self._monotonic(), keys)
            return keys

    @staticmethod
    def _session() -> ClientSession:
        return ClientSession(timeout=_TIMEOUT, trust_env=False, cookie_jar=aiohttp.DummyCookieJar())


async def _asked(session: ClientSession, method: str, address: str, **more: Any) -> dict[str, Any]:
    """Return a JSON object of the provider's; no redirect is followed. Raises ``OidcError``."""
    try:
        async with session.request(method, address, allow_redirects=False, **more) as answer:
            body = b""
            while len(body) <= _LONGEST_ANSWER and (piece := await answer.content.readany()):
                body += piece
            if answer.status != 200 or len(body) > _LONGEST_ANSWER:
                raise OidcError(f"the provider answers {answer.status}")
            told: object = json.loads(body)
    except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as error:
        raise OidcError(f"the provider cannot be asked: {type(error).__name__}") from error
    if not isinstance(told, dict):
        raise OidcError("the provider answers with no object")
    return cast("dict[str, Any]", told)


def _with_query(address: str, query: Mapping[str, str]) -> str:
    """Return an address of the provider, which may have a query of its own, with ours added."""
    place = urlsplit(address)
    return place._replace(query=urlencode([*parse_qsl(place.query), *query.items()])).geturl()


def _is_time(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


OIDC: web.AppKey[Oidc | None] = web.AppKey("oidc")
"""None without a single sign-on."""
