"""The switch's files with and without telephones in browsers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hotline.core.errors import ConfigError
from hotline.core.settings import Settings
from hotline.telephony.asterisk_config import render_texts
from hotline.telephony.installation import Asterisk
from support.asterisk import PHONE_SECRET, make_settings


def settings_of(tmp_path: Path, phone: str = "browser", **desk: Any) -> Settings:
    agents = [
        {"number": "1001", "name": "王芳", "secret": PHONE_SECRET, "queues": ["public"], "phone": phone},
        {"number": "1002", "name": "李强", "secret": PHONE_SECRET, "queues": ["public"]},
    ]
    return make_settings(tmp_path, agents=agents, desk=desk)


def section(text: str, head: str) -> dict[str, str]:
    """The values of the section with this line at its head."""
    body = text.split(f"\n{head}\n", 1)[1].split("\n[", 1)[0]
    pairs = (line.split("=", 1) for line in body.splitlines() if "=" in line and not line.startswith(";"))
    return {name.strip(): value.strip() for name, value in pairs}


def test_a_browsers_account_can_do_what_a_desk_phones_can_and_no_more(tmp_path) -> None:
    text = render_texts(settings_of(tmp_path))["pjsip.conf"]
    browser, phone = section(text, "[agent-browser](!)"), section(text, "[agent](!)")
    same = ("context", "disallow", "direct_media", "dtmf_mode", "language")
    assert {name: browser[name] for name in same} == {name: phone[name] for name in same}
    only = {"type", "transport", "webrtc", "allow", "rtp_timeout", "rtp_timeout_hold", *same}
    assert set(browser) == only
    assert "[1001](agent-browser)" in text
    assert "[1002](agent)\n" in text


def test_a_browser_never_learns_the_agents_own_secret(tmp_path) -> None:
    settings = settings_of(tmp_path)
    text = render_texts(settings)["pjsip.conf"]
    browser, phone = (agent.phone_secret for agent in settings.agents)
    assert phone == PHONE_SECRET
    assert PHONE_SECRET not in browser
    assert len(browser) == 64
    assert text.count(f"password = {PHONE_SECRET}") == 1
    assert text.count(f"password = {browser}") == 1


def test_without_browsers_the_door_is_shut_and_nothing_for_it_is_loaded(tmp_path) -> None:
    texts = render_texts(settings_of(tmp_path, phone="sip"))
    assert "enabled = no" in texts["http.conf"]
    assert "tlsenable" not in texts["http.conf"]
    assert "websocket.so" not in texts["modules.conf"].replace("res_http_websocket.so", "")
    assert "res_srtp" not in texts["modules.conf"]
    assert "webrtc" not in texts["pjsip.conf"]
    assert "icesupport = no" in texts["rtp.conf"]


def test_with_a_certificate_the_door_speaks_tls_alone(tmp_path) -> None:
    texts = render_texts(settings_of(tmp_path, certificate="/etc/a.pem", key="/etc/a.key"))
    values = section(texts["http.conf"], "[general]")
    assert (values["enabled"], values["tlsenable"]) == ("no", "yes")
    assert values["tlscertfile"] == "/etc/a.pem"
    assert "protocol = wss" in texts["pjsip.conf"]


@pytest.mark.parametrize("attack", ["/a\n[x]", "/a;b", "/${SHELL(id)}"])
def test_a_hostile_path_is_refused(tmp_path, attack) -> None:
    with pytest.raises(ConfigError):
        render_texts(settings_of(tmp_path, certificate=attack, key="/etc/a.key"))


@pytest.mark.parametrize(
    ("modules", "codecs", "allowed"),
    [
        (["codec_opus_open_source"], ["opus", "alaw"], "opus,alaw"),
        (["app_queue"], ["opus", "alaw"], "alaw"),
        (["app_queue"], ["opus"], "alaw"),
    ],
)
def test_opus_is_offered_where_the_switch_can_translate_it(tmp_path, modules, codecs, allowed) -> None:
    folder = tmp_path / "modules"
    folder.mkdir()
    for name in modules:
        (folder / f"{name}.so").touch()
    asterisk = Asterisk(Path("asterisk"), "22.1.0", tmp_path, folder)
    text = render_texts(settings_of(tmp_path, codecs=codecs), asterisk)["pjsip.conf"]
    assert section(text, "[agent-browser](!)")["allow"] == allowed
