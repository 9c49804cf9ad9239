from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hotline.app.doctor_drafts import drafts
from hotline.app.finding import Finding
from support.asterisk import make_settings
from support.model_server import KEY, model_server
from support.ports import free_ports


async def looked(state: Path, **model: Any) -> list[Finding]:
    return list(await drafts(make_settings(state, tickets={"model": model} if model else {})))


async def test_without_a_server_the_rules_draft(tmp_path: Path) -> None:
    (found,) = await looked(tmp_path)
    assert found.status == "ok"
    assert "rules" in found.message


@pytest.mark.parametrize(("key", "status", "words"), [(KEY, "ok", "answers"), ("another-key", "warn", "key")])
async def test_a_server_is_asked_for_its_models(tmp_path: Path, key: str, status: str, words: str) -> None:
    async with model_server() as model:
        (found,) = await looked(tmp_path, url=f"{model.url}/v1/", name="m", key=key)
    assert found.status == status
    assert words in found.message
    assert key not in found.message + found.mend


async def test_a_server_that_is_away_is_told_with_what_happens_until_then(tmp_path: Path) -> None:
    (found,) = await looked(tmp_path, url=f"http://127.0.0.1:{free_ports(1)[0]}/v1", name="m")
    assert found.status == "warn"
    assert "until then the rules draft" in found.mend


async def test_where_personal_data_go_is_told(tmp_path: Path) -> None:
    found = await looked(tmp_path, url="http://192.0.2.1:9/v1", name="m", mask=False, plain_http=True)
    told = [one.message for one in found]
    assert any("as they were said" in one for one in told)
    assert any("unencrypted" in one for one in told)
