"""The whole API of a real node with a real switch, asked by its own OpenAPI document: no 5xx, and as it says.

schemathesis makes requests of the document's schemas, good ones and broken ones, with the ids of rows that
are there among them; every answer is held against the document."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from hotline.app.service import Service
from hotline.web.openapi import document_of
from hotline.web.routes import declared_routes, path_of
from hotline.web.tables import documented
from support.shown_node import NAMES, shown_node

pytestmark = [pytest.mark.asterisk, pytest.mark.takes(60)]

LIMIT_S = 20.0
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]
KNOWN = {"/api/v1/calls/{id}": NAMES[0], "/api/v1/tickets/{id}": NAMES[0]}
"""Ids of rows that are there, by how the path begins."""
APART = {
    "/healthz",  # tells of a degraded node by 503
    "/api/v1/session",  # answers wrong passwords ever later; tests/unit/web/test_session_api.py
    "/api/v1/session/password",
}
EXAMPLES = {GenerationMode.POSITIVE: 3, GenerationMode.NEGATIVE: 2}


@pytest.fixture
async def service(running_asterisk) -> AsyncGenerator[Service]:
    switch = await running_asterisk(access={"requests_per_minute": 1_000_000})
    async with shown_node(switch) as service:
        async with asyncio.timeout(30):
            await service.actions.wait_connected(30)
        yield service


async def test_the_document_has_exactly_the_routes_of_a_whole_node(service: Service) -> None:
    def names(app: Any) -> set[tuple[str, str]]:
        return {(route.method, path_of(route)) for route, _ in declared_routes(app)}

    served = {one for one in names(service.pages.application()) if one[1] != "/static"}
    assert served == names(documented())


async def test_no_request_of_the_document_breaks_the_service(service: Service) -> None:
    web = service.settings.web
    base, headers = f"http://127.0.0.1:{web.port}", {"Authorization": f"Bearer {web.token}"}
    asked, faults = await asyncio.to_thread(ask_everything, base, headers)
    assert faults == []
    assert asked > 300


def ask_everything(base: str, headers: dict[str, str]) -> tuple[int, list[str]]:
    """Ask every operation of the document; returns how many requests there were, and what was wrong."""
    schema = schemathesis.openapi.from_dict(document_of(documented()))
    count, faults = 0, list[str]()
    with requests.Session() as session:
        for result in schema.get_all_operations():
            operation = result.ok()
            if operation.path in APART:
                continue
            try:
                count += ask(operation, session, base, headers)
            except (FailureGroup, AssertionError, requests.RequestException) as error:
                found = error.exceptions if isinstance(error, FailureGroup) else [error]
                faults += [f"{operation.label}: {one}" for one in found]
    return count, faults


def ask(operation: Any, session: requests.Session, base: str, headers: dict[str, str]) -> int:
    asked = 0
    known = next((name for path, name in KNOWN.items() if operation.path.startswith(path)), None)
    streams = "text/event-stream" in str(operation.definition.raw["responses"])

    def once(case: Case) -> None:
        nonlocal asked
        if known is not None and asked % 2 == 0:
            case.path_parameters["id"] = known
        case.headers.pop("Authorization", None)
        case.cookies.clear()
        asked += 1
        if streams:
            begin(case, session, base, headers)
            return
        answer = case.call(base_url=base, session=session, headers=headers, timeout=LIMIT_S)
        case.validate_response(answer, checks=CHECKS)

    for mode, most in EXAMPLES.items():
        bounds = settings(
            max_examples=most,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        bounds(given(case=operation.as_strategy(generation_mode=mode))(once))()
    return asked


def begin(case: Case, session: requests.Session, base: str, headers: dict[str, str]) -> None:
    """Ask for a stream, which never ends by itself, and look at how it begins."""
    url = f"{base}{case.formatted_path}"
    with session.get(url, params=case.query, headers=headers, timeout=LIMIT_S, stream=True) as answer:
        kind = answer.headers["Content-Type"].partition(";")[0]
        wanted = "text/event-stream" if answer.status_code == 200 else "application/problem+json"
        assert (kind, answer.status_code < 500) == (wanted, True), f"{url}: {answer.status_code}"
