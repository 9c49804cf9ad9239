"""A small OpenID provider of our own: who "signs in" there is what the test says."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import unquote_plus

from aiohttp import web
from aiohttp.test_utils import TestServer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key
from yarl import URL

CLIENT, SECRET = "hotline", "a secret & of the + provider"


class Provider:
    """Answers as the standard says, and checks what it is sent; ``bend`` changes what it vouches for."""

    def __init__(self) -> None:
        self.key: Key = ECKey.generate_key("P-256", {"kid": "one", "use": "sig"})
        self.person: dict[str, Any] = {
            **{"sub": "4711", "name": "王芳", "preferred_username": "wangfang", "extension": "1001"},
            **{"realm": {"roles": ["other", "hotline-agent"]}},
        }
        self.bend: Callable[[dict[str, Any]], None] = lambda _claims: None
        self.sign_with: tuple[Any, dict[str, Any]] | None = None
        self.published: list[dict[str, Any]] = []
        """Keys that stand beside its own in what it publishes."""
        self.codes: dict[str, dict[str, str]] = {}
        self.refused: list[str] = []
        self.signed_out: list[str] = []
        """Whose sessions were ended at the provider, by their subjects."""
        self.more: dict[str, Any] = {"end_session_endpoint": None}
        """Said in the discovery, too; None: the provider's own address."""
        app = web.Application()
        app.add_routes(
            [
                web.get("/realms/city/.well-known/openid-configuration", self._discovery),
                web.get("/keys", self._keys),
                web.get("/authorize", self._authorize),
                web.post("/token", self._token),
                web.get("/end", self._end),
            ]
        )
        self.server = TestServer(app)

    @property
    def issuer(self) -> str:
        return str(self.server.make_url("/realms/city"))

    async def _discovery(self, _request: web.Request) -> web.Response:
        places = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/keys"}
        told = {name: str(self.server.make_url(path)) for name, path in places.items()}
        own = {"end_session_endpoint": str(self.server.make_url("/end?realm=city"))}
        more = {name: own[name] if value is None else value for name, value in self.more.items()}
        return web.json_response({"issuer": self.issuer, **told, **more})

    async def _end(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        try:
            claims = jwt.decode(asked["id_token_hint"], self.key, algorithms=["ES256"]).claims
        except (JoseError, KeyError, ValueError):
            return web.Response(status=400)
        back = URL(asked["post_logout_redirect_uri"])
        told = (asked["client_id"], asked["realm"], claims["aud"], back.path)
        if told != (CLIENT, "city", CLIENT, "/login"):
            return web.Response(status=400)
        self.signed_out.append(claims["sub"])
        return web.Response(status=302, headers={"Location": str(back)})

    async def _keys(self, _request: web.Request) -> web.Response:
        return web.json_response({"keys": [self.key.as_dict(private=False), *self.published]})

    async def _authorize(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        if (asked["client_id"], asked["response_type"], asked["code_challenge_method"]) != (
            *(CLIENT, "code", "S256"),
        ):
            return web.Response(status=400)
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        back = URL(asked["redirect_uri"]).update_query({"code": code, "state": asked["state"]})
        return web.Response(status=302, headers={"Location": str(back)})

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        kind, _, held = request.headers.get("Authorization", "").partition(" ")
        user, _, secret = base64.b64decode(held).decode().partition(":")
        asked = self.codes.pop(str(form["code"]), None)
        challenge = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        wrong = [
            name
            for name, is_wrong in {
                "client": (kind, unquote_plus(user), unquote_plus(secret)) != ("Basic", CLIENT, SECRET),
                "code": asked is None,
                "redirect": asked is None or asked["redirect_uri"] != form["redirect_uri"],
                "verifier": asked is None
                or asked["code_challenge"] != base64.urlsafe_b64encode(challenge).decode().rstrip("="),
            }.items()
            if is_wrong
        ]
        if wrong or asked is None:
            self.refused += wrong
            return web.json_response({"error": "invalid_grant"}, status=400)
        now = int(time.time())
        claims = {**self.person, "iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300}
        claims["nonce"] = asked["nonce"]
        self.bend(claims)
        key, header = self.sign_with or (self.key, {"alg": "ES256", "kid": "one"})
        algorithms = [header["alg"]]
        return web.json_response({"id_token": jwt.encode(header, claims, key, algorithms=algorithms)})


@asynccontextmanager
async def running_provider() -> AsyncGenerator[Provider]:
    """A provider on a free port of this machine."""
    provider = Provider()
    async with provider.server:
        yield provider
