"""The OpenAPI 3.1 document of the API, made of the routes' own declarations: nothing is written twice.

A summary is the first line of a handler's docstring, the description its rest; parameters, bodies and
answers are JSON Schema (2020-12) as pydantic makes it of the declared models.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from aiohttp import web
from pydantic import TypeAdapter

from .. import __version__
from ..core.errors import HotlineError, InvalidInputError, NotFoundError
from ..core.roles import Role
from .openapi_parts import ABOUT, PROBLEM, SECURITY, STATUS_NAMES, TAGS
from .openapi_paths import path_parameters
from .routes import JSON, Declaration, Door, Form, Reach, declared_routes, path_of

MODELS = "#/components/schemas/{model}"
_BESIDE = ("/healthz", "/metrics")
"""What programs ask for outside ``/api/``."""

_Mode = Literal["validation", "serialization"]
_Key = tuple[str, _Mode]


@dataclass(frozen=True)
class Operation:
    """One documented operation with where its schemas are."""

    method: str
    path: str
    route: web.AbstractRoute
    told: Declaration

    @property
    def id(self) -> str:
        """Return the operation's name for programs: ``get_calls_id``."""
        words = self.path.removeprefix("/api/v1").replace("{", "").replace("}", "")
        parts = [part for part in words.replace("-", "_").replace(".", "_").split("/") if part]
        return "_".join((self.method, *parts))

    @property
    def tag(self) -> str:
        """Return the heading that it stands under."""
        if self.told.tags:
            return self.told.tags[0]
        parts = self.path.removeprefix("/api/v1").split("/")
        found = parts[1] if len(parts) > 1 else ""
        return found if found in TAGS else "service"

    def forms(self) -> Iterator[tuple[_Key, Form]]:
        """Give the models of the operation, each by a key of its own and what it is used for."""
        told = self.told
        if told.body is not None:
            yield (f"{self.id}:body", "validation"), told.body
        if told.answer is not None:
            yield (f"{self.id}:answer", "serialization"), told.answer
        for name, model in told.events.items():
            yield (f"{self.id}:event:{name}", "serialization"), model


def is_documented(path: str) -> bool:
    """Tell whether a route is for programs; pages for people are not in the document."""
    return path.startswith("/api/") or path in _BESIDE


def operations(app: web.Application) -> list[Operation]:
    """Return the documented operations of an application by path and method."""
    found = [
        Operation(route.method.lower(), path_of(route), route, told)
        for route, told in declared_routes(app)
        if route.method != "HEAD" and is_documented(path_of(route))
    ]
    return sorted(found, key=lambda one: (one.path, one.method))


def document_of(app: web.Application) -> dict[str, Any]:
    """Return the OpenAPI document of an application's routes."""
    known = operations(app)
    inputs: list[tuple[str, _Mode, TypeAdapter[Any]]] = []
    for one in known:
        for (name, mode), form in one.forms():
            inputs.append((name, mode, TypeAdapter(form)))
    schemas, shared = TypeAdapter.json_schemas(inputs, ref_template=MODELS)
    paths: dict[str, dict[str, Any]] = {}
    for one in known:
        paths.setdefault(one.path, {})[one.method] = _operation(one, schemas)
    used = {one.tag for one in known}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Hotline", "version": __version__, "description": ABOUT},
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items() if name in used],
        "security": [{"bearer": []}, {"session": []}],
        "paths": paths,
        "components": {
            "securitySchemes": SECURITY,
            "schemas": {"Problem": PROBLEM, **shared.get("$defs", {})},
        },
    }


def _operation(one: Operation, schemas: Any) -> dict[str, Any]:
    told, text = one.told, inspect.getdoc(one.route.handler) or ""
    summary, _, rest = text.partition("\n")
    made: dict[str, Any] = {
        "operationId": one.id,
        "tags": [one.tag],
        "summary": summary.rstrip("."),
        "x-roles": _roles(told),
        **({} if told.agents is Reach.ALL else {"x-agents": told.agents.value}),
        "responses": _responses(one, schemas),
    }
    if rest.strip():
        made["description"] = rest.strip()
    if isinstance(told.allow, Door):
        made["security"] = []
    parameters = [*path_parameters(one.route), *_query(one)]
    if told.repeatable:
        parameters.append(_IDEMPOTENCY)
    if parameters:
        made["parameters"] = parameters
    if told.body is not None:
        schema = schemas[(f"{one.id}:body", "validation")]
        made["requestBody"] = {"required": told.body_required, "content": {JSON: {"schema": schema}}}
    if told.events:
        made["x-events"] = {
            name: schemas[(f"{one.id}:event:{name}", "serialization")] for name in told.events
        }
    return made


def _roles(told: Declaration) -> list[str] | str:
    if isinstance(told.allow, Door):
        return told.allow.value
    return [role.value for role in Role if role in told.allow]


def _query(one: Operation) -> list[dict[str, Any]]:
    if one.told.query is None:
        return []
    schema = TypeAdapter(one.told.query).json_schema(ref_template=MODELS)
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            **({"description": made["description"]} if "description" in made else {}),
            "schema": {key: value for key, value in made.items() if key not in ("description", "title")},
        }
        for name, made in schema["properties"].items()
    ]


def _responses(one: Operation, schemas: Any) -> dict[str, Any]:
    told = one.told
    content: dict[str, Any] = {}
    if told.answer is not None:
        content = {told.media: {"schema": schemas[(f"{one.id}:answer", "serialization")]}}
    elif told.media == "text/event-stream":
        content = {told.media: {"schema": {"type": "string"}}}
    elif told.media != JSON:
        content = {told.media: {"schema": {}}}
    found: dict[str, Any] = {}
    for status in (told.status, *told.more_statuses):
        shown = {"content": content} if content and status not in (204, 304, 416) else {}
        found[str(status)] = {"description": STATUS_NAMES.get(status, "Success"), **shown}
    for status, ids in sorted(_errors(one).items()):
        text = STATUS_NAMES.get(status, "Error")
        found.setdefault(
            str(status),
            {
                "description": f"{text}: {', '.join(f'`{name}`' for name in ids)}",
                "content": {"application/problem+json": {"schema": {"$ref": MODELS.format(model="Problem")}}},
            },
        )
    found["default"] = {
        "description": "Any other problem.",
        "content": {"application/problem+json": {"schema": {"$ref": MODELS.format(model="Problem")}}},
    }
    return found


def _errors(one: Operation) -> dict[int, list[str]]:
    """Return the ids of the errors that an operation can answer with, by status."""
    told = one.told
    kinds: list[type[HotlineError]] = list(told.errors)
    if told.query is not None or told.body is not None:
        kinds.append(InvalidInputError)
    if "{" in one.path:
        kinds.append(NotFoundError)
    found: dict[int, list[str]] = {}
    for kind in kinds:
        ids = found.setdefault(kind.status, [])
        if kind.error_id not in ids:
            ids.append(kind.error_id)
    if not isinstance(told.allow, Door):
        found.setdefault(401, []).append("http.401")
        found.setdefault(403, []).append("http.403")
    return found


_IDEMPOTENCY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": (
        "A word of the client's own for this one act, such as a UUID. Sent again with the same body within "
        "24 h it answers what the first request answered and does nothing; with another body it is refused."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"},
}
