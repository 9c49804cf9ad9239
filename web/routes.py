"""What every route says of itself: who may use it, what it takes, what it answers.

The declaration stands under aiohttp's own decorator. ``build_app`` refuses a route without one, the access
check reads ``allow`` of the matched route, the OpenAPI document is made of the rest: nothing is said twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, TypeVar

from aiohttp import web

from ..core.errors import HotlineError
from ..core.roles import SIGNED_IN, Role

JSON = "application/json"


class Door(Enum):
    """Who may come in without being anybody."""

    PUBLIC = "public"


PUBLIC: Final = Door.PUBLIC
"""No sign-in: only what tells nothing, or is the way in."""


class Reach(Enum):
    """Of which calls a route tells an agent; held by ``web/own_calls.py``, in lists by their query."""

    ALL = "all"
    OWN = "own"
    """Calls that the agent has, or had, with their words, recordings and tickets."""
    CALLER = "caller"
    """Also those of the number that is at the agent's desk now."""


Allow = frozenset[Role] | Door
Form = Any
"""A class or type that pydantic can make a JSON Schema of."""


class UndeclaredRouteError(HotlineError):
    """A route does not say who may use it."""

    error_id = "web.undeclared_route"


@dataclass(frozen=True)
class Declaration:
    """What a route says of itself."""

    allow: Allow
    query: Form | None = None
    """The model of the query; every field is one parameter."""
    body: Form | None = None
    """The model of the JSON body."""
    answer: Form | None = None
    """The model of the JSON answer; None when it has another ``media`` or no body."""
    status: int = 200
    """The status of success."""
    errors: tuple[type[HotlineError], ...] = ()
    """The errors of its own, beside those that every route can have."""
    media: str = JSON
    """The content type of the answer."""
    more_statuses: tuple[int, ...] = ()
    """Further answers of success, of the same form."""
    tags: tuple[str, ...] = ()
    """Under which heading of the OpenAPI document it stands; () takes it from the path."""
    body_required: bool = True
    """Whether the body may be left out."""
    events: Mapping[str, Form] = field(default_factory=dict[str, Form])
    """Of a stream of server-sent events: the models of their data, by the events' names."""
    repeatable: bool = False
    """Whether an ``Idempotency-Key`` is taken: it creates or dials, and a repeat must not do it twice."""
    agents: Reach = Reach.ALL
    """Of which calls it tells agents."""

    def admits(self, role: Role | None) -> bool:
        """Tell whether a role may use the route; None is who has not signed in."""
        return isinstance(self.allow, Door) or role in self.allow


_Handler = TypeVar("_Handler", bound=Callable[[web.Request], Awaitable[web.StreamResponse]])

_declared: dict[object, Declaration] = {}
_STATIC = Declaration(SIGNED_IN, media="*/*")
"""Files of the pages; those that a page before the sign-in needs are listed in ``auth.OPEN``."""


def declared(
    *,
    allow: Allow,
    query: Form | None = None,
    body: Form | None = None,
    answer: Form | None = None,
    status: int = 200,
    errors: tuple[type[HotlineError], ...] = (),
    media: str = JSON,
    more_statuses: tuple[int, ...] = (),
    tags: tuple[str, ...] = (),
    body_required: bool = True,
    events: Mapping[str, Form] | None = None,
    repeatable: bool = False,
    agents: Reach = Reach.ALL,
) -> Callable[[_Handler], _Handler]:
    """Declare the handler below; put it under ``@routes.get(…)`` and its like."""
    told = Declaration(
        allow=allow,
        query=query,
        body=body,
        answer=answer,
        status=status,
        errors=errors,
        media=media,
        more_statuses=more_statuses,
        tags=tags,
        body_required=body_required,
        events=events or {},
        repeatable=repeatable,
        agents=agents,
    )

    def note(handler: _Handler) -> _Handler:
        _declared[handler] = told
        return handler

    return note


def declaration_of(route: web.AbstractRoute) -> Declaration | None:
    """Return what a route says of itself; None when it says nothing, as aiohttp's own 404 does."""
    if isinstance(route.resource, web.StaticResource):
        return _STATIC
    return _declared.get(route.handler)


def check_declared(app: web.Application) -> None:
    """Raise ``UndeclaredRouteError`` when a route of an application says nothing."""
    for _ in declared_routes(app):
        pass


def declared_routes(app: web.Application) -> Iterator[tuple[web.AbstractRoute, Declaration]]:
    """Give every route of an application; raises ``UndeclaredRouteError`` at one that says nothing."""
    for route in app.router.routes():
        if (told := declaration_of(route)) is None:
            name = getattr(route.handler, "__qualname__", repr(route.handler))
            raise UndeclaredRouteError(
                f"the route {route.method} {path_of(route)} ({name}) does not declare who may use it",
                mend="put @declared(allow=…) of web/routes.py above its handler",
            )
        yield route, told


def path_of(route: web.AbstractRoute) -> str:
    """Return a route's path as it is written, parameters in braces without their pattern."""
    if route.resource is None:
        return ""
    info = route.resource.get_info()
    return str(info.get("formatter") or info.get("path") or info.get("prefix") or route.resource.canonical)
