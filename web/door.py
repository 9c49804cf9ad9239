"""All that the pages need of who may come in, made once for a node."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from ..core.access.access_log import AccessLog
from ..core.access.api_tokens import ApiTokens
from ..core.access.passwords import Passwords
from ..core.access.rates import Rates
from ..core.access.sessions import Sessions
from ..core.access.sign_in import SignIn
from ..core.access.users import Users
from ..core.clock import Clock, utc_now
from ..core.db import Database
from ..core.settings import Settings, WebSettings
from .client import FRONT, Front
from .gate import GATE, Gate

FAILURES_BURST, FAILURES_PER_S = 50, 0.1
"""Failed sign-ins from one address: a whole office may sit behind one."""
BURST_S = 10.0
"""Requests of so long may come at once."""


@dataclass(frozen=True)
class Access:
    """Users, sessions, tokens, and the log of looks, over one database."""

    settings: Settings
    database: Database
    users: Users
    sessions: Sessions
    tokens: ApiTokens
    sign_in: SignIn
    log: AccessLog
    failures: Rates
    requests: Rates


def open_access(
    settings: Settings,
    database: Database,
    *,
    clock: Clock = utc_now,
    passwords: Passwords | None = None,
    log: AccessLog | None = None,
) -> Access:
    """Return the parts of a node."""
    told = settings.access
    passwords = passwords or Passwords()
    agents = frozenset(agent.number for agent in settings.agents)
    users = Users(database, passwords, agents=agents, clock=clock)
    per_s = told.requests_per_minute / 60
    return Access(
        settings,
        database,
        users,
        Sessions(
            database,
            idle=timedelta(minutes=told.idle_minutes),
            longest=timedelta(hours=told.session_hours),
            clock=clock,
        ),
        ApiTokens(database, clock=clock),
        SignIn(
            database,
            users,
            passwords,
            tries=told.tries,
            locked=timedelta(minutes=told.locked_minutes),
            clock=clock,
        ),
        log or AccessLog(database, node=settings.site.node, state=settings.state, clock=clock),
        Rates(per_s=FAILURES_PER_S, burst=FAILURES_BURST, monotonic=time.monotonic),
        Rates(per_s=per_s, burst=max(per_s * BURST_S, 60), monotonic=time.monotonic),
    )


ACCESS: web.AppKey[Access | None] = web.AppKey("access")
"""None in an application without a database: only the ``[web]`` token opens it."""


def install_door(app: web.Application, settings: WebSettings, access: Access | None) -> None:
    """Give an application its door."""
    app[GATE] = Gate(settings.token, monotonic=time.monotonic, metrics=settings.metrics)
    app[FRONT] = Front(settings.public_url, settings.proxies)
    app[ACCESS] = access
