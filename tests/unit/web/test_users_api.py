"""Users and tokens as administrators keep them, over a real store."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from hotline.core.access.access_log import entries
from hotline.core.roles import Role
from support.doors import PASSWORD, Browser, Doors, doors_of, serving
from support.pages import BEARER

SESSION, USERS, TOKENS = "/api/v1/session", "/api/v1/users", "/api/v1/tokens"


@pytest.fixture
async def doors(tmp_path: Path) -> AsyncGenerator[Doors]:
    async with doors_of(tmp_path) as doors:
        yield doors


@pytest.fixture
async def browser(doors: Doors) -> AsyncGenerator[Browser]:
    async with serving(doors) as browser:
        await doors.add("root", Role.ADMIN)
        await browser.sign_in("root")
        yield browser


async def made(browser: Browser, **body: Any) -> dict[str, Any]:
    status, told = await browser.ask("POST", USERS, {"name": "王芳", "role": "agent", **body})
    assert status == 201, told
    return told


async def test_who_is_added_signs_in_by_the_password_told_once_and_changes_it(browser: Browser) -> None:
    told = await made(browser, user="wangfang", agent="1001")
    assert told["user"] | {"id": "", "created_at": ""} == {
        **{"id": "", "user": "wangfang", "name": "王芳", "role": "agent", "agent": "1001"},
        **{"password": True, "must_change": True, "oidc": False, "sessions": 0, "created_at": ""},
        **{"signed_in_at": None, "disabled_at": None},
    }
    browser.forget()
    assert await browser.sign_in("wangfang", told["password"]) == 200
    assert (await browser.ask("GET", "/api/v1/status"))[0] == 403
    change = {"old": told["password"], "new": PASSWORD}
    assert (await browser.ask("POST", f"{SESSION}/password", change))[0] == 204
    assert (await browser.ask("GET", "/api/v1/status"))[0] == 200


async def test_a_list_tells_of_open_sessions_and_of_no_secret(browser: Browser) -> None:
    told = await made(browser, user="李强")
    status, listed = await browser.ask("GET", f"{USERS}?limit=1")
    assert (status, [one["user"] for one in listed["users"]]) == (200, ["root"])
    assert listed["users"][0]["sessions"] == 1
    status, listed = await browser.ask("GET", f"{USERS}?after={listed['next']}")
    assert ([one["user"] for one in listed["users"]], listed["next"]) == (["李强"], None)
    assert told["password"] not in str(listed)
    assert "argon2" not in str(listed)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"user": "root"}, 409),
        ({"user": "ROOT"}, 409),
        ({"user": "token"}, 422),
        ({"user": "a b"}, 422),
        ({"user": "../x"}, 422),
        ({"user": "x" * 61}, 422),
        ({"user": "wangfang", "role": "god"}, 422),
        ({"user": "wangfang", "agent": "9999"}, 422),
        ({"user": "wangfang", "name": "王\n芳"}, 422),
        ({"user": "wangfang", "password": "12345678901"}, 422),
        ({"user": "wangfang", "password": "wangfang is my name"}, 422),
        ({"user": "wangfang", "more": 1}, 422),
        ({}, 422),
    ],
)
async def test_what_cannot_be_a_user_is_refused(browser: Browser, body: dict[str, Any], status: int) -> None:
    assert (await browser.ask("POST", USERS, {"name": "王芳", "role": "agent", **body}))[0] == status


async def test_an_agents_number_is_one_persons(browser: Browser) -> None:
    await made(browser, user="wangfang", agent="1001")
    assert (await browser.ask("POST", USERS, {"user": "liqiang", "role": "agent", "agent": "1001"}))[0] == 409
    assert (await browser.ask("PATCH", f"{USERS}/wangfang", {"agent": None}))[1]["agent"] is None
    await made(browser, user="liqiang", agent="1001")
    assert (await browser.ask("PATCH", f"{USERS}/wangfang", {"agent": "1001"}))[0] == 409


async def test_a_change_ends_sessions_and_nobody_takes_the_own_rights(doors: Doors, browser: Browser) -> None:
    await doors.add("wangfang", Role.AGENT, "1001")
    admin = browser.client.session._cookie_jar
    browser.forget()
    await browser.sign_in("wangfang")
    theirs = browser.client.session._cookie_jar
    for change in ({"role": "supervisor"}, {"password": "another one of mine"}, {"disabled": True}):
        browser.client.session._cookie_jar = admin
        assert (await browser.ask("PATCH", f"{USERS}/wangfang", change))[0] == 200
        browser.client.session._cookie_jar = theirs
        assert (await browser.ask("GET", "/api/v1/status"))[0] == 401
        browser.client.session._cookie_jar = admin
        back = {"password": PASSWORD, "disabled": False}
        assert (await browser.ask("PATCH", f"{USERS}/wangfang", back))[0] == 200
        browser.client.session._cookie_jar = theirs
        assert await browser.sign_in("wangfang") == 200
    browser.client.session._cookie_jar = admin
    assert (await browser.ask("POST", f"{USERS}/wangfang/sign-out"))[0] == 204
    assert (await browser.ask("PATCH", f"{USERS}/root", {"disabled": True}))[0] == 422
    assert (await browser.ask("PATCH", f"{USERS}/root", {"role": "agent"}))[0] == 422
    assert (await browser.ask("PATCH", f"{USERS}/nobody", {"name": "x"}))[0] == 404


async def test_an_administrator_unlocks(doors: Doors, browser: Browser) -> None:
    await doors.add("wangfang", Role.AGENT, "1001")
    admin = browser.client.session._cookie_jar
    browser.forget()
    for n in range(6):
        await browser.sign_in("wangfang", f"guess number {n}")
    assert await browser.sign_in("wangfang") == 429
    theirs, browser.client.session._cookie_jar = browser.client.session._cookie_jar, admin
    listed = (await browser.ask("GET", USERS))[1]["users"]
    assert [one["locked_until"] for one in listed] == [None, "2026-11-22T04:15:00+00:00"]
    assert (await browser.ask("PATCH", f"{USERS}/wangfang", {"unlock": True}))[0] == 200
    browser.client.session._cookie_jar = theirs
    assert await browser.sign_in("wangfang") == 200


async def token(browser: Browser, **body: Any) -> tuple[str, str]:
    told = {"name": "city", "role": "supervisor", "scopes": ["read"], "days": 30, **body}
    status, found = await browser.ask("POST", TOKENS, told)
    assert status == 201, found
    return found["token"], found["id"]


async def test_a_token_opens_what_role_and_scopes_hold_until_its_end(doors: Doors, browser: Browser) -> None:
    secret, token_id = await token(browser)
    calls, _ = await token(browser, name="calls", scopes=["read:calls"])
    writer, _ = await token(browser, name="writer", scopes=["write"])
    browser.forget()
    held = {"Authorization": f"Bearer {secret}"}
    assert (await browser.ask("GET", "/api/v1/status", **held))[0] == 200
    assert (await browser.ask("GET", USERS, **held))[0] == 403, "the role"
    action = "/api/v1/agents/1001/sign-in"
    status, told = await browser.ask("POST", action, **held)
    assert (status, told["type"]) == (403, "urn:hotline:access.refused"), "the scopes"
    narrow = {"Authorization": f"Bearer {calls}"}
    assert (await browser.ask("GET", "/api/v1/calls", **narrow))[0] == 200
    assert (await browser.ask("GET", "/api/v1/status", **narrow))[0] == 403
    assert (await browser.ask("POST", action, Authorization=f"Bearer {writer}"))[0] == 200
    assert (await browser.ask("GET", "/api/v1/calls", Authorization=f"Bearer {writer}"))[0] == 403
    doors.clock.forward(days=30, seconds=1)
    assert (await browser.ask("GET", "/api/v1/status", **held))[0] == 401
    doors.clock.forward(days=-30, seconds=-1)
    assert (await browser.ask("DELETE", f"{TOKENS}/{token_id}", **BEARER))[0] == 200
    assert (await browser.ask("GET", "/api/v1/status", **held))[0] == 401
    listed = (await browser.ask("GET", TOKENS, **BEARER))[1]["tokens"]
    assert {one["id"]: bool(one["revoked_at"]) for one in listed}[token_id]
    assert secret not in str(listed)


@pytest.mark.parametrize("scopes", [[], ["admin"], ["read:"], ["read:../x"], ["*"], ["read", "x"]])
async def test_a_scope_that_is_none_is_refused(browser: Browser, scopes: list[str]) -> None:
    body = {"name": "city", "role": "ops", "scopes": scopes}
    assert (await browser.ask("POST", TOKENS, body))[0] == 422


async def test_a_token_is_no_session_and_a_session_no_token(browser: Browser) -> None:
    secret, _ = await token(browser)
    cookie = browser.cookies()["hotline_session"]
    browser.forget()
    assert (await browser.ask("GET", "/api/v1/status", Cookie=f"hotline_session={secret}"))[0] == 401
    assert (await browser.ask("GET", "/api/v1/status", Authorization=f"Bearer {cookie}"))[0] == 401


async def test_who_asks_too_often_is_held_back_and_the_nodes_own_token_is_not(tmp_path: Path) -> None:
    async with doors_of(tmp_path, access={"requests_per_minute": 60}) as doors, serving(doors) as browser:
        await doors.add("root", Role.ADMIN)
        await browser.sign_in("root")
        told = [await browser.ask("GET", "/api/v1/status") for _ in range(75)]
        assert [status for status, _ in told[:58]] == [200] * 58
        assert told[-1][0] == 429
        assert told[-1][1]["seconds"] >= 1
        assert (await browser.ask("GET", "/api/v1/status", **BEARER))[0] == 200


async def test_every_change_is_in_the_access_log_and_no_secret_is(doors: Doors, browser: Browser) -> None:
    told = await made(browser, user="wangfang", agent="1001")
    await browser.ask("PATCH", f"{USERS}/wangfang", {"password": "what was told to her", "role": "ops"})
    secret, token_id = await token(browser)
    await browser.ask("DELETE", f"{TOKENS}/{token_id}")
    found = await entries(doors.database)
    assert [(one.entry.who, one.entry.action, one.entry.subject) for one in found[::-1][1:]] == [
        ("root", "user.add", "user/wangfang"),
        ("root", "user.change", "user/wangfang"),
        ("root", "token.create", "token/city"),
        ("root", "token.revoke", f"token/{token_id}"),
    ]
    for word in (told["password"], "what was told to her", secret):
        assert word not in str(found)
