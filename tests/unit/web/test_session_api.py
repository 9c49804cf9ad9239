"""Signing in and out, as the sign-in page does it, over a real store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from aiohttp import ClientError

from hotline.core.access.access_log import entries, verify
from hotline.core.log import setup_logging
from hotline.core.roles import Role
from hotline.web.in_flight import look
from support.doors import PASSWORD, Browser, Doors, doors_of, serving
from support.pages import TOKEN

SESSION = "/api/v1/session"


@pytest.fixture
async def doors(tmp_path: Path) -> AsyncGenerator[Doors]:
    async with doors_of(tmp_path) as doors:
        yield doors


@pytest.fixture
async def browser(doors: Doors) -> AsyncGenerator[Browser]:
    async with serving(doors) as browser:
        yield browser


async def test_the_first_run_tells_of_the_token_and_lets_it_in(browser: Browser) -> None:
    status, told = await browser.ask("GET", SESSION)
    assert (status, told["signed_in"], told["first_run"]) == (200, False, True)
    assert told["ways"] == ["password", "token"]
    status, told = await browser.ask("POST", SESSION, {"token": TOKEN})
    assert (status, told["name"], told["role"], told["home"]) == (200, "管理员", "admin", "/admin/users")
    status, told = await browser.ask("GET", SESSION)
    assert told["signed_in"]
    assert (await browser.ask("GET", "/api/v1/status"))[0] == 200


async def test_a_user_signs_in_works_and_signs_out(doors: Doors, browser: Browser) -> None:
    await doors.add("wangfang", Role.AGENT, "1001")
    status, told = await browser.ask("POST", SESSION, {"user": " WangFang ", "password": PASSWORD})
    assert status == 200
    assert {name: told[name] for name in ("user", "role", "role_name", "agent", "home", "first_run")} == {
        **{"user": "wangfang", "role": "agent", "role_name": "坐席", "agent": "1001"},
        **{"home": "/desk", "first_run": False},
    }
    assert (told["idle_s"], told["ends_at"][:16]) == (1800, "2026-11-22T16:00")
    assert (await browser.ask("GET", "/api/v1/calls"))[0] == 200
    assert (await browser.ask("DELETE", SESSION))[0] == 204
    assert (await browser.ask("GET", "/api/v1/calls"))[0] == 401


async def test_a_replayed_cookie_opens_nothing_after_the_sign_out(doors: Doors, browser: Browser) -> None:
    await doors.add("wangfang", Role.AGENT, "1001")
    for body in ({"user": "wangfang", "password": PASSWORD}, {"token": TOKEN}):
        await browser.ask("POST", SESSION, body)
        kept = browser.cookies()["hotline_session"]
        assert (await browser.ask("GET", "/api/v1/status", Cookie=f"hotline_session={kept}"))[0] == 200
        await browser.ask("DELETE", SESSION)
        browser.forget()
        assert (await browser.ask("GET", "/api/v1/status", Cookie=f"hotline_session={kept}"))[0] == 401


@pytest.mark.parametrize("forged", ["x", "a" * 43, "../", "%00", "' OR 1=1 --", "null"])
async def test_a_forged_cookie_opens_nothing(doors: Doors, browser: Browser, forged: str) -> None:
    await doors.add("wangfang", Role.AGENT, "1001")
    await browser.sign_in("wangfang")
    browser.forget()
    assert (await browser.ask("GET", "/api/v1/status", Cookie=f'hotline_session="{forged}"'))[0] == 401


async def test_the_database_holds_nothing_that_opens_a_door(doors: Doors, browser: Browser) -> None:
    await doors.add("wangfang", Role.AGENT, "1001")
    await browser.sign_in("wangfang")
    cookie = browser.cookies()["hotline_session"]
    for file in Path(doors.database.url.partition(":///")[2]).parent.glob("doors.db*"):
        held = file.read_bytes()
        assert cookie.encode() not in held
        assert PASSWORD.encode() not in held


async def test_a_session_ends_when_idle_and_at_its_end(doors: Doors, browser: Browser) -> None:
    await doors.add("wangfang", Role.AGENT, "1001")
    await browser.sign_in("wangfang")
    for _ in range(3):
        doors.clock.forward(minutes=29)
        assert (await browser.ask("GET", "/api/v1/status"))[0] == 200
    doors.clock.forward(minutes=31)
    assert (await browser.ask("GET", "/api/v1/status"))[0] == 401
    await browser.sign_in("wangfang")
    for _ in range(25):
        doors.clock.forward(minutes=28)
        assert (await browser.ask("GET", "/api/v1/status"))[0] == 200
    doors.clock.forward(minutes=28)
    assert (await browser.ask("GET", "/api/v1/status"))[0] == 401, "longer than twelve hours"


async def test_each_sign_in_is_a_session_of_its_own_and_an_old_cookie_is_never_taken_over(
    doors: Doors, browser: Browser
) -> None:
    await doors.add("wangfang", Role.AGENT, "1001")
    await browser.ask("GET", SESSION, Cookie="hotline_session=chosen-by-somebody-else-before-the-sign-in")
    await browser.sign_in("wangfang")
    first = browser.cookies()["hotline_session"]
    await browser.sign_in("wangfang")
    assert first != browser.cookies()["hotline_session"]
    assert not first.startswith("chosen")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"user": "wangfang"},
        {"user": "wangfang", "password": ""},
        {"user": "wangfang", "password": "wrong"},
        {"user": "nobody-is-called-so", "password": PASSWORD},
        {"user": "wangfang' --", "password": PASSWORD},
        {"user": "\x00", "password": "\x00"},
        {"token": "wrong"},
        {"token": TOKEN[:-1]},
    ],
)
async def test_whatever_is_wrong_has_one_answer(doors: Doors, browser: Browser, body: dict[str, str]) -> None:
    await doors.add("wangfang", Role.AGENT, "1001")
    status, told = await browser.ask("POST", SESSION, body)
    assert (status, told["type"]) == (401, "urn:hotline:access.wrong")
    assert "hotline_session" not in browser.cookies()


@pytest.mark.parametrize(
    "body", [[], "x", {"user": 1, "password": []}, {"user": "a" * 300}, {"more": 1}, {"user": "\ud800"}]
)
async def test_a_body_of_another_shape_is_refused(browser: Browser, body: object) -> None:
    assert (await browser.ask("POST", SESSION, body))[0] == 422


@pytest.mark.clause("R-S-1")
async def test_brute_force_is_locked_out_and_the_agents_own_browser_is_not(
    doors: Doors, browser: Browser
) -> None:
    await doors.add("wangfang", Role.AGENT, "1001")
    assert await browser.sign_in("wangfang") == 200
    own = browser.cookies()["hotline_known"]
    browser.forget()
    told = [await browser.sign_in("wangfang", f"guess number {n}") for n in range(5)]
    assert told == [401] * 5
    status, problem = await browser.ask("POST", SESSION, {"user": "wangfang", "password": PASSWORD})
    assert (status, problem["type"]) == (429, "urn:hotline:access.locked"), "even the right one"
    assert 880 < problem["seconds"] <= 900
    assert await browser.sign_in("lisi") == 401, "others are not locked"
    known = {"Cookie": f"hotline_known={own}"}
    status, _ = await browser.ask("POST", SESSION, {"user": "wangfang", "password": PASSWORD}, **known)
    assert status == 200, "who works here comes in"
    browser.forget()
    doors.clock.forward(minutes=15, seconds=1)
    assert await browser.sign_in("wangfang") == 200


async def test_another_users_known_browser_gives_no_more_tries(doors: Doors, browser: Browser) -> None:
    await doors.add("wangfang", Role.AGENT, "1001")
    await doors.add("mallory", Role.AGENT, "1002")
    await browser.sign_in("mallory")
    for n in range(5):
        await browser.sign_in("wangfang", f"guess number {n}")
    assert await browser.sign_in("wangfang", "guess again") == 429


async def test_a_name_that_nobody_has_is_locked_alike(browser: Browser) -> None:
    told = [await browser.sign_in("ghost", "whatever it is") for _ in range(6)]
    assert told == [401] * 5 + [429]


async def test_spraying_over_many_accounts_is_held_back_by_address(browser: Browser) -> None:
    told = [await browser.sign_in(f"user{n}", "the same password") for n in range(52)]
    assert told[:50] == [401] * 50
    assert told[-1] == 429


async def test_the_pages_are_told_the_clock_of_the_site(doors: Doors, browser: Browser) -> None:
    doors.desk.pages.timezone = "Asia/Urumqi"
    assert (await browser.ask("GET", SESSION))[1]["timezone"] == "Asia/Urumqi"
    await doors.add("wangfang", Role.AGENT, "1001")
    await browser.sign_in("wangfang")
    assert (await browser.ask("GET", SESSION))[1]["timezone"] == "Asia/Urumqi"


async def test_a_sign_in_from_another_sites_page_is_refused(doors: Doors, browser: Browser) -> None:
    await doors.add("wangfang", Role.AGENT, "1001")
    body = {"user": "wangfang", "password": PASSWORD}
    for origin in ("http://evil.example", "null", "", f"{browser.origin}.evil.example"):
        assert (await browser.ask("POST", SESSION, body, Origin=origin))[0] == 403
        assert (await browser.ask("POST", "/login", body, Origin=origin))[0] == 403
    async with browser.client.post(SESSION, data=b"{}", headers={"Content-Type": "text/plain"}) as answer:
        assert answer.status == 422, "a form of another site can send text/plain"


async def test_a_disabled_user_is_out_at_once_everywhere(doors: Doors, browser: Browser) -> None:
    from hotline.core.access.users import Change

    await doors.add("wangfang", Role.AGENT, "1001")
    await browser.sign_in("wangfang")
    await doors.access.users.change("wangfang", Change(disabled=True))
    assert (await browser.ask("GET", "/api/v1/status"))[0] == 401
    assert await browser.sign_in("wangfang") == 401
    await doors.access.users.change("wangfang", Change(disabled=False))
    assert (await browser.ask("GET", "/api/v1/status"))[0] == 401, "the old session stays ended"
    assert await browser.sign_in("wangfang") == 200


async def test_a_changed_role_ends_the_sessions_with_the_old_one(doors: Doors, browser: Browser) -> None:
    from hotline.core.access.users import Change

    await doors.add("wangfang", Role.ADMIN)
    await browser.sign_in("wangfang")
    await doors.access.users.change("wangfang", Change(role=Role.AGENT))
    assert (await browser.ask("GET", "/api/v1/status"))[0] == 401


async def test_the_own_password_is_changed_and_other_browsers_are_out(doors: Doors, browser: Browser) -> None:
    await doors.add("wangfang", Role.AGENT, "1001")
    await browser.sign_in("wangfang")
    other = browser.cookies()["hotline_session"]
    browser.forget()
    await browser.sign_in("wangfang")
    change = {"old": PASSWORD, "new": "four words of another kind"}
    assert (await browser.ask("POST", f"{SESSION}/password", {**change, "old": "wrong"}))[0] == 401
    status, told = await browser.ask("POST", f"{SESSION}/password", {**change, "new": "12345678"})
    assert (status, told["type"]) == (422, "urn:hotline:access.weak_password")
    assert (await browser.ask("POST", f"{SESSION}/password", change))[0] == 204
    assert (await browser.ask("GET", "/api/v1/status"))[0] == 200
    browser.forget()
    assert (await browser.ask("GET", "/api/v1/status", Cookie=f"hotline_session={other}"))[0] == 401
    assert await browser.sign_in("wangfang") == 401
    assert await browser.sign_in("wangfang", change["new"]) == 200


async def test_a_password_given_by_another_opens_nothing_but_its_change(
    doors: Doors, browser: Browser
) -> None:
    await doors.add("wangfang", Role.ADMIN)
    await doors.access.users.set_password("wangfang", "told on the phone", must_change=True)
    assert await browser.sign_in("wangfang", "told on the phone") == 200
    assert (await browser.ask("GET", SESSION))[1]["must_change_password"]
    status, told = await browser.ask("GET", "/api/v1/status")
    assert (status, told["type"]) == (403, "urn:hotline:access.password_to_change")
    change = {"old": "told on the phone", "new": "known to myself alone"}
    assert (await browser.ask("POST", f"{SESSION}/password", change))[0] == 204
    assert (await browser.ask("GET", "/api/v1/status"))[0] == 200


@pytest.mark.clause("R-S-1")
async def test_behind_tls_cookies_are_for_tls_and_this_host_alone(tmp_path: Path) -> None:
    web = {"public_url": "https://hotline.example.gov.cn"}
    async with doors_of(tmp_path, web=web) as doors, serving(doors) as browser:
        sent = {"Origin": "https://hotline.example.gov.cn"}
        async with browser.client.post(SESSION, json={"token": TOKEN}, headers=sent) as answer:
            cookie = answer.cookies["__Host-hotline_session"]
            assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Strict")
            assert (cookie["path"], cookie["domain"]) == ("/", "")
            assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        plain = {"Cookie": f"hotline_session={cookie.value}"}
        assert (await browser.ask("GET", "/api/v1/status", **plain))[0] == 401, "set by another host"
        whole = {"Cookie": f"__Host-hotline_session={cookie.value}"}
        assert (await browser.ask("GET", "/api/v1/status", **whole))[0] == 200
        for origin in ("http://hotline.example.gov.cn", "https://hotline.example.gov.cn.evil.example"):
            assert (await browser.ask("DELETE", SESSION, Origin=origin, **whole))[0] == 403
        assert (await browser.ask("DELETE", SESSION, **sent, **whole))[0] == 204


async def test_every_sign_in_is_in_the_access_log_and_no_secret_is(doors: Doors, browser: Browser) -> None:
    await doors.add("wangfang", Role.AGENT, "1001")
    await browser.sign_in("wangfang", "my secret that I mistyped")
    await browser.sign_in("my password in the wrong field", "x")
    await browser.sign_in("wangfang")
    await browser.ask("DELETE", SESSION)
    found = [(one.entry.who, one.entry.action, one.entry.result) for one in await entries(doors.database)]
    assert found[::-1] == [
        ("wangfang", "sign-in", "wrong"),
        ("nobody", "sign-in", "wrong"),
        ("wangfang", "sign-in", "ok"),
        ("wangfang", "sign-out", "ok"),
    ]
    assert await verify(doors.database, state=doors.settings.state) == ({"node1": 4}, [])


async def test_a_stream_ends_when_the_session_does(doors: Doors, browser: Browser) -> None:
    from hotline.core.access.users import Change

    await doors.add("wangfang", Role.SUPERVISOR)
    await browser.sign_in("wangfang")
    async with browser.client.get("/api/v1/queue/stream") as answer:
        assert answer.status == 200
        assert await answer.content.readline()
        await look(doors.app, touch=True)
        assert await answer.content.readline()
        await doors.access.users.change("wangfang", Change(disabled=True))
        await look(doors.app)
        with pytest.raises(ClientError):
            await answer.content.read()


async def test_wrong_tokens_do_not_fill_the_log_and_the_right_one_still_comes_in(
    doors: Doors, browser: Browser
) -> None:
    asked = [browser.ask("POST", SESSION, {"token": f"wrong {n}"}) for n in range(60)]
    told = [status for status, _ in await asyncio.gather(*asked)]
    assert (told.count(401), told.count(429)) == (50, 10)
    assert len(await entries(doors.database, limit=500)) == 50
    assert (await browser.ask("POST", SESSION, {"token": TOKEN}))[0] == 200


async def test_no_secret_comes_into_the_services_own_log(
    doors: Doors, browser: Browser, capfd: pytest.CaptureFixture[str]
) -> None:
    setup_logging(level="INFO", json=True)
    await doors.add("wangfang", Role.AGENT, "1001")
    await browser.sign_in("wangfang", "a wrong one of mine")
    await browser.sign_in("wangfang")
    cookies = browser.cookies()
    await browser.ask("POST", SESSION, {"token": TOKEN})
    doors.desk.error = RuntimeError("unexpected")
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    assert (await browser.ask("GET", "/api/v1/calls/none", **bearer))[0] == 404
    await browser.ask("DELETE", SESSION)
    logged = "".join(capfd.readouterr())
    assert logged.count('"event": "sign-in"') == 4
    assert "wangfang" not in logged, "whose name it is, is personal"
    for secret in (TOKEN, PASSWORD, "a wrong one of mine", *cookies.values(), *browser.cookies().values()):
        assert secret not in logged
