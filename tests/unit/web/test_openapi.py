"""The OpenAPI document is made of the routes, holds all of them, and can be read as a page."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp import web
from pydantic import BaseModel, Field
from typer.testing import CliRunner

from hotline.cli.main import command_line
from hotline.core.errors import HotlineError, NotFoundError
from hotline.core.roles import FLOOR, SIGNED_IN, Role
from hotline.web.openapi import document_of, is_documented
from hotline.web.openapi_page import kind_of, lines_of, sections_of
from hotline.web.routes import PUBLIC, declared, declared_routes, path_of
from hotline.web.tables import documented
from support.pages import BEARER, FakeDesk, client_of


class Inner(BaseModel):
    """What is inside."""

    name: str
    more: list[Inner] = []


class Asked(BaseModel):
    limit: int = Field(default=50, ge=1, le=500, description="How many.")
    kind: str | None = None


class Sent(BaseModel):
    text: str


class Told(BaseModel):
    things: list[Inner]


class BusyError(HotlineError):
    error_id = "thing.busy"
    status = 409


routes = web.RouteTableDef()


@routes.post("/api/v1/queue/{name}/{act:open|close}")
@declared(allow=FLOOR, query=Asked, body=Sent, answer=Told, status=201, errors=(BusyError,), repeatable=True)
async def do(_request: web.Request) -> web.Response:
    """Open or close a thing.

    It is told at once.
    """
    return web.Response()


@routes.get("/healthz")
@declared(allow=PUBLIC)
async def health(_request: web.Request) -> web.Response:
    """Tell whether it works."""
    return web.Response()


@routes.get("/page")
@declared(allow=SIGNED_IN, media="text/html")
async def page(_request: web.Request) -> web.Response:
    """Show a page."""
    return web.Response()


@pytest.fixture
def small() -> dict[str, Any]:
    app = web.Application()
    app.add_routes(routes)
    return document_of(app)


def test_an_operation_tells_everything_of_its_declaration(small: dict[str, Any]) -> None:
    assert set(small["paths"]) == {"/api/v1/queue/{name}/{act}", "/healthz"}
    told = small["paths"]["/api/v1/queue/{name}/{act}"]["post"]
    assert (told["summary"], told["description"]) == ("Open or close a thing", "It is told at once.")
    assert told["operationId"] == "post_queue_name_act"
    assert told["x-roles"] == [Role.SUPERVISOR, Role.ADMIN]
    by_name = {one["name"]: one for one in told["parameters"]}
    assert by_name["act"]["schema"] == {"type": "string", "enum": ["open", "close"]}
    assert by_name["name"] == {
        "name": "name",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "minLength": 1},
    }
    assert by_name["limit"]["description"] == "How many."
    assert by_name["limit"]["schema"] == {"type": "integer", "default": 50, "minimum": 1, "maximum": 500}
    assert by_name["limit"]["required"] is False
    assert by_name["Idempotency-Key"]["in"] == "header"
    body = told["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/Sent"}
    answers = told["responses"]
    assert answers["201"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Told"}
    assert "`thing.busy`" in answers["409"]["description"]
    assert "`input.invalid`" in answers["422"]["description"]
    assert f"`{NotFoundError.error_id}`" in answers["404"]["description"]
    assert {"401", "403", "default"} <= set(answers)
    assert small["components"]["schemas"]["Told"]["required"] == ["things"]


def test_what_is_public_needs_no_token(small: dict[str, Any]) -> None:
    told = small["paths"]["/healthz"]["get"]
    assert (told["security"], told["x-roles"]) == ([], "public")
    assert "401" not in told["responses"]


def test_every_reference_of_the_whole_document_leads_somewhere() -> None:
    document = document_of(documented())
    assert document["openapi"] == "3.1.0"
    names = set(document["components"]["schemas"])

    def references(value: Any) -> set[str]:
        if isinstance(value, dict):
            own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
            return own.union(*(references(one) for one in value.values()))
        if isinstance(value, list):
            return set().union(*(references(one) for one in value))
        return set()

    found = references(document)
    assert found
    assert {one.removeprefix("#/components/schemas/") for one in found} <= names


def test_every_route_for_programs_is_in_the_document_with_a_summary() -> None:
    app = documented()
    document = document_of(app)
    wanted = {
        (path_of(route), route.method.lower())
        for route, _ in declared_routes(app)
        if route.method != "HEAD" and is_documented(path_of(route))
    }
    told = {
        (path, method): one for path, methods in document["paths"].items() for method, one in methods.items()
    }
    assert set(told) == wanted
    assert len(wanted) > 45
    assert all(one["summary"] for one in told.values())
    ids = [one["operationId"] for one in told.values()]
    assert len(ids) == len(set(ids))


def test_every_answer_tells_what_is_in_it() -> None:
    whole = document_of(documented())
    silent = [
        f"{method} {path}"
        for path, operations in whole["paths"].items()
        for method, operation in operations.items()
        for status, answer in operation["responses"].items()
        if status.startswith("2") and status != "204" and not answer.get("content")
    ]
    assert silent == []


def test_the_command_prints_the_document() -> None:
    result = CliRunner().invoke(command_line("web"), ["web", "openapi"])
    assert result.exit_code == 0
    assert json.loads(result.stdout) == document_of(documented())


async def test_the_document_and_its_page_are_served() -> None:
    async with client_of(FakeDesk()) as client:
        async with client.get("/api/v1/openapi.json", headers=BEARER) as answer:
            assert answer.status == 200
            assert await answer.json() == document_of(documented())
        async with client.get("/api/docs", headers=BEARER) as answer:
            text = await answer.text()
            assert answer.status == 200
            assert "script-src" not in answer.headers["Content-Security-Policy"]
        assert "/api/v1/calls/{id}" in text
        assert "<script" not in text


def test_a_schema_that_holds_itself_ends(small: dict[str, Any]) -> None:
    schemas = small["components"]["schemas"]
    found = [(one["depth"], one["name"], one["type"]) for one in lines_of(schemas["Told"], schemas)]
    assert found == [(0, "things", "[Inner]"), (1, "name", "string"), (1, "more", "[Inner]")]


def test_the_sections_hold_every_operation(small: dict[str, Any]) -> None:
    found = {section["name"]: [one["id"] for one in section["operations"]] for section in sections_of(small)}
    assert found == {"queue": ["post_queue_name_act"], "service": ["get_healthz"]}


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string", "format": "date-time"}, "string (date-time)"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "integer | null"),
        ({"enum": ["a", "b"]}, "a | b"),
        ({"type": "object", "additionalProperties": {"type": "number"}}, "{… number}"),
        ({}, "any"),
    ],
)
def test_kinds_in_a_few_words(schema: dict[str, Any], kind: str) -> None:
    assert kind_of(schema) == kind
