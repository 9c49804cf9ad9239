"""Signing in by single sign-on against a provider of our own, and what a false one cannot do."""

from __future__ import annotations

import html
import re
import time
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey
from sqlalchemy import select
from yarl import URL

from hotline.core.access.access_log import entries
from hotline.core.access.tables import SessionRow
from hotline.core.access.users import Change
from hotline.core.roles import Role
from hotline.web.oidc import OIDC
from support.doors import Browser, Doors, doors_of, serving
from support.oidc_provider import CLIENT, SECRET, Provider, running_provider

START, BACK = "/login/oidc", "/login/oidc/callback"


@pytest.fixture
async def provider() -> AsyncGenerator[Provider]:
    async with running_provider() as provider:
        yield provider


@pytest.fixture
async def doors(tmp_path: Path, provider: Provider) -> AsyncGenerator[Doors]:
    oidc = {
        "issuer": provider.issuer,
        "client_id": CLIENT,
        "client_secret": SECRET,
        "role_claim": "realm.roles",
        "agent_claim": "extension",
        "roles": {"hotline-lead": "supervisor", "hotline-agent": "agent"},
    }
    async with doors_of(tmp_path, access={"oidc": oidc}) as doors:
        yield doors


@pytest.fixture
async def browser(doors: Doors) -> AsyncGenerator[Browser]:
    async with serving(doors) as browser:
        yield browser


async def go(browser: Browser, address: str) -> URL:
    """Follow one step; return where it leads."""
    async with browser.client.session.get(
        URL(address, encoded=True) if "://" in address else f"{browser.origin}{address}",
        allow_redirects=False,
    ) as answer:
        return URL(answer.headers["Location"], encoded=True)


async def there_and_back(browser: Browser) -> URL:
    """Go to the provider and return the address to which it sends the browser back."""
    return await go(browser, str(await go(browser, START)))


async def signed_in(browser: Browser) -> dict[str, Any]:
    return (await browser.ask("GET", "/api/v1/session"))[1]


async def test_who_signs_in_there_is_a_user_here(doors: Doors, browser: Browser) -> None:
    told = await signed_in(browser)
    assert told["oidc"] == {"label": "统一身份认证", "start": START}
    assert (await go(browser, str(await there_and_back(browser)))).path == "/desk"
    told = await signed_in(browser)
    assert [told[name] for name in ("user", "name", "role", "agent")] == ["wangfang", "王芳", "agent", "1001"]
    assert "hotline_oidc" not in browser.cookies()
    [user] = await doors.access.users.list()
    assert (user["oidc"], user["password"]) == (True, False)
    assert await browser.sign_in("wangfang", "") == 401


async def test_roles_follow_the_provider_at_every_sign_in(
    doors: Doors, browser: Browser, provider: Provider
) -> None:
    await go(browser, str(await there_and_back(browser)))
    first = browser.cookies()["hotline_session"]
    provider.person |= {"realm": {"roles": ["hotline-agent", "hotline-lead"]}, "name": "王芳芳"}
    await go(browser, str(await there_and_back(browser)))
    told = await signed_in(browser)
    assert (told["role"], told["name"]) == ("supervisor", "王芳芳"), "the first of ours that the person has"
    browser.forget()
    assert (await browser.ask("GET", "/api/v1/status", Cookie=f"hotline_session={first}"))[0] == 401
    assert len(await doors.access.users.list()) == 1
    await doors.access.users.change("wangfang", Change(disabled=True))
    browser.forget()
    assert (await go(browser, str(await there_and_back(browser)))).query_string == "failed=oidc"


async def test_who_has_no_role_here_does_not_come_in(browser: Browser, provider: Provider) -> None:
    for roles in ([], ["citizen"], "hotline-lead-not", None, {"hotline-agent": 1}, [["hotline-agent"]]):
        provider.person["realm"] = {"roles": roles}
        assert (await go(browser, str(await there_and_back(browser)))).query_string == "failed=oidc"
        assert not (await signed_in(browser))["signed_in"]


async def test_a_name_there_is_no_name_here(doors: Doors, browser: Browser, provider: Provider) -> None:
    await doors.add("root", Role.ADMIN)
    provider.person["preferred_username"] = "root"
    await go(browser, str(await there_and_back(browser)))
    told = await signed_in(browser)
    assert (told["user"], told["role"]) == ("root.sso", "agent")


def claim(**values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda claims: claims.update(values)


@pytest.mark.parametrize(
    "bend",
    [
        claim(iss="https://evil.example"),
        claim(aud="another"),
        claim(aud=["another"]),
        claim(aud=[CLIENT, "another"], azp="another"),
        claim(exp=int(time.time()) - 3600),
        claim(exp=None),
        claim(iat=int(time.time()) + 3600),
        claim(nbf=int(time.time()) + 3600),
        claim(nonce="another"),
        claim(nonce=None),
        claim(sub=""),
        claim(sub=None),
        claim(sub=4711),
    ],
)
async def test_a_token_that_is_not_for_this_sign_in_opens_nothing(
    doors: Doors, browser: Browser, provider: Provider, bend: Callable[[dict[str, Any]], None]
) -> None:
    provider.bend = bend
    assert (await go(browser, str(await there_and_back(browser)))).query_string == "failed=oidc"
    assert not (await signed_in(browser))["signed_in"]
    assert await doors.access.users.list() == []
    assert [one.entry.result for one in await entries(doors.database)] == ["oidc"]


@pytest.mark.parametrize("how", ["another key", "the client's secret", "the public key as a secret", "none"])
async def test_a_token_that_the_provider_did_not_sign_opens_nothing(
    browser: Browser, provider: Provider, how: str
) -> None:
    match how:
        case "another key":
            provider.sign_with = ECKey.generate_key("P-256"), {"alg": "ES256", "kid": "one"}
        case "the client's secret":
            provider.sign_with = OctKey.import_key(SECRET * 2), {"alg": "HS256", "kid": "one"}
        case "the public key as a secret":
            provider.sign_with = (
                OctKey.import_key(provider.key.as_pem(private=False)[27:-25]),
                {"alg": "HS256"},
            )
        case _:
            provider.sign_with = OctKey.import_key("x" * 32), {"alg": "none"}
    assert (await go(browser, str(await there_and_back(browser)))).query_string == "failed=oidc"
    assert not (await signed_in(browser))["signed_in"]


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512", "none"])
async def test_a_secret_that_the_provider_publishes_signs_nothing(
    browser: Browser, provider: Provider, algorithm: str
) -> None:
    key = OctKey.generate_key(512, {"kid": "two"})
    provider.published = [key.as_dict(private=True)]
    provider.sign_with = key, {"alg": algorithm, "kid": "two"}
    assert (await go(browser, str(await there_and_back(browser)))).query_string == "failed=oidc"
    assert not (await signed_in(browser))["signed_in"]


async def test_a_changed_key_is_fetched_again(doors: Doors, browser: Browser, provider: Provider) -> None:
    from hotline.web.oidc_api import OIDC

    await go(browser, str(await there_and_back(browser)))
    provider.key = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
    provider.sign_with = provider.key, {"alg": "RS256", "kid": "two"}
    oidc = doors.app[OIDC]
    assert oidc is not None
    oidc._monotonic = lambda: time.monotonic() + 60
    assert (await go(browser, str(await there_and_back(browser)))).path == "/desk"


async def test_an_answer_that_another_browser_began_opens_nothing(doors: Doors, browser: Browser) -> None:
    theirs = await there_and_back(browser)
    browser.forget()
    assert (await go(browser, str(theirs))).query_string == "failed=oidc", "no sign-in begun here"
    own = await there_and_back(browser)
    mixed = own.update_query({"code": theirs.query["code"]})
    assert (await go(browser, str(mixed))).query_string == "failed=oidc", "another's code"
    own = await there_and_back(browser)
    assert (
        await go(browser, str(own.update_query({"state": theirs.query["state"]})))
    ).query_string == "failed=oidc"
    assert (await go(browser, str(own.update_query({"iss": "https://evil.example"})))).path == "/login"
    assert not (await signed_in(browser))["signed_in"]


async def test_an_answer_opens_one_session_only(browser: Browser, provider: Provider) -> None:
    back = await there_and_back(browser)
    journey = browser.cookies()["hotline_oidc"]
    assert (await go(browser, str(back))).path == "/desk"
    browser.forget()
    async with browser.client.session.get(
        back, headers={"Cookie": f"hotline_oidc={journey}"}, allow_redirects=False
    ) as answer:
        assert answer.headers["Location"] == "/login?failed=oidc"
    assert provider.refused == ["code", "redirect", "verifier"]


@pytest.mark.parametrize(
    "query", ["", "error=access_denied", "code=x", "state=x&code=", "state=%00&code=%00"]
)
async def test_strange_answers_lead_back_to_the_sign_in(browser: Browser, query: str) -> None:
    await go(browser, START)
    assert (await go(browser, f"{BACK}?{query}")).query_string == "failed=oidc"


async def test_a_provider_that_is_away_is_told_as_a_failed_sign_in(
    browser: Browser, provider: Provider
) -> None:
    await provider.server.close()
    assert (await go(browser, START)).query_string == "failed=oidc"


async def sign_out(browser: Browser) -> tuple[int, str]:
    """Sign out as the pages do; return where they lead then."""
    status, told = await browser.ask("DELETE", "/api/v1/session")
    return status, str(told.get("next", ""))


async def test_who_signs_out_here_is_signed_out_there(
    doors: Doors, browser: Browser, provider: Provider
) -> None:
    await go(browser, str(await there_and_back(browser)))
    session = browser.cookies()["hotline_session"]
    status, leads_to = await sign_out(browser)
    assert (status, provider.signed_out) == (200, [])
    assert (await browser.ask("GET", "/api/v1/status", Cookie=f"hotline_session={session}"))[0] == 401
    back = await go(browser, leads_to)
    assert (str(back), provider.signed_out) == (f"{browser.origin}/login", ["4711"])
    assert (await sign_out(browser))[0] == 401, "nobody is there any more"
    async with doors.database.read() as stored:
        assert list(await stored.scalars(select(SessionRow))) == []
    done = [one.entry.action for one in await entries(doors.database, who="wangfang")]
    assert done[:2] == ["sign-out", "sign-in"]


async def test_a_page_without_script_signs_out_there_too(browser: Browser, provider: Provider) -> None:
    await go(browser, str(await there_and_back(browser)))
    async with browser.client.post(
        "/logout", headers={"Origin": browser.origin}, allow_redirects=False
    ) as answer:
        assert answer.status == 200
        found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', await answer.text())
    assert found
    assert (await go(browser, html.unescape(found[1]))).path == "/login"
    assert provider.signed_out == ["4711"]
    assert not (await signed_in(browser))["signed_in"]


async def test_who_came_by_a_password_is_sent_nowhere(doors: Doors, browser: Browser) -> None:
    await doors.add("zhaoliu", Role.OPS)
    await browser.sign_in("zhaoliu")
    assert await sign_out(browser) == (204, "")


NOWHERE = ["", "javascript:alert(1)", "ftp://sso.example.gov.cn/end", "//evil.example"]


@pytest.mark.parametrize("place", NOWHERE)
async def test_a_provider_without_a_way_out_keeps_nobody_here(
    browser: Browser, provider: Provider, place: str
) -> None:
    provider.more["end_session_endpoint"] = place
    await go(browser, str(await there_and_back(browser)))
    assert await sign_out(browser) == (204, "")
    assert not (await signed_in(browser))["signed_in"]


async def test_a_provider_that_is_away_keeps_nobody_here(
    doors: Doors, browser: Browser, provider: Provider
) -> None:
    await go(browser, str(await there_and_back(browser)))
    doors.app[OIDC]._provider = None
    await provider.server.close()
    assert await sign_out(browser) == (204, "")
    assert not (await signed_in(browser))["signed_in"]


async def test_a_site_may_leave_the_provider_alone(tmp_path: Path, provider: Provider) -> None:
    oidc = {"issuer": provider.issuer, "client_id": CLIENT, "client_secret": SECRET, "sign_out": False}
    roles = {"role_claim": "realm.roles", "roles": {"hotline-agent": "ops"}}
    async with doors_of(tmp_path, access={"oidc": oidc | roles}) as doors, serving(doors) as browser:
        await go(browser, str(await there_and_back(browser)))
        assert await sign_out(browser) == (204, "")


async def test_without_single_sign_on_there_is_none(tmp_path: Path) -> None:
    async with doors_of(tmp_path) as doors, serving(doors) as browser:
        assert (await browser.ask("GET", START))[0] == 404
        assert (await browser.ask("GET", BACK))[0] == 404
