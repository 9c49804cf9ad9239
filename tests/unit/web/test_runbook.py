"""Every kind of alarm has a page in the runbook, and the page can be read where the alarm is shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hotline.queue.alarm_kinds import KINDS, Kind
from hotline.web.runbook import FOLDER, blocks_of
from support.pages import BEARER, FakeDesk, client_of, sign_in

SECTIONS = [
    "What it means 含义",
    "What the citizen notices 市民感受",
    "What to do first 先做什么",
    "How to see that it is over 如何确认恢复",
]
SETTINGS = (Path(FOLDER).parents[1] / "core" / "settings.py").read_text(encoding="utf-8")


@pytest.mark.clause("R-Q-3")
def test_every_kind_of_alarm_has_its_page_and_no_page_is_left_over() -> None:
    assert {path.stem for path in FOLDER.glob("*.md")} == set(KINDS)


@pytest.mark.clause("R-Q-3")
@pytest.mark.parametrize("known", KINDS.values(), ids=list(KINDS))
def test_a_page_says_what_it_means_and_what_to_do(known: Kind) -> None:
    blocks = blocks_of(known.id)
    assert blocks[0] == ("h1", f"{known.id} · {known.title}")
    assert blocks[1] == ("p", f"Severity: {known.severity.value}.")
    assert [str(words) for name, words in blocks if name == "h2"] == SECTIONS
    steps = [words for name, words in blocks if name == "li"]
    assert len(steps) >= 3
    for heading in SECTIONS:
        after = blocks[blocks.index(("h2", heading)) + 1]
        assert after[0] in ("p", "li"), f"{heading} is empty"


@pytest.mark.parametrize("kind", KINDS)
def test_the_settings_that_a_page_names_exist(kind: str) -> None:
    text = (FOLDER / f"{kind}.md").read_text(encoding="utf-8")
    for name in re.findall(r"`alarms\.([a-z_]+)`", text):
        assert f"    {name}: " in SETTINGS


@pytest.mark.parametrize("kind", [kind.id for kind in KINDS.values() if kind.level])
def test_the_page_of_a_platform_failure_names_the_level(kind: str) -> None:
    assert "II-level event" in (FOLDER / f"{kind}.md").read_text(encoding="utf-8")


async def test_a_page_is_shown_to_those_who_are_signed_in() -> None:
    async with client_of(FakeDesk()) as client:
        async with client.get("/runbook/wait_broken", allow_redirects=False) as answer:
            assert answer.status in (303, 401)
        await sign_in(client)
        async with client.get("/runbook/wait_broken") as answer:
            text = await answer.text()
            assert answer.status == 200
        assert "<h2>wait_broken · 等待超过限值</h2>" in text
        assert '<a href="/runbook/wait_near">wait_near.md</a>' in text
        assert "<code>hotline agents list</code>" in text
        assert text.count("<ol>") == text.count("</ol>") == 1


@pytest.mark.parametrize("kind", ["nothing", "..%2f..%2fREADME", "%2e%2e/wait_near", "wait_near.md", "<b>"])
async def test_only_kinds_of_alarms_have_a_page(kind: str) -> None:
    async with client_of(FakeDesk()) as client, client.get(f"/runbook/{kind}", headers=BEARER) as answer:
        assert answer.status == 404
