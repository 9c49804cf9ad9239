from __future__ import annotations

import pytest

from hotline.core.errors import ConfigError
from hotline.telephony import asterisk_config
from hotline.telephony.asterisk_config import (
    Paths,
    checked,
    dialplan_text,
    host,
    host_port,
    quoted,
    render,
    word,
)
from support.asterisk import make_settings

ATTACKS = [
    "a\nexten => s,1,System(id)",
    "a\r\n[hack]",
    "a;comment",
    "a\x00b",
    "a\x85b",
    "a\u2028b",
    "${SHELL(id)}",
    "$[1+1]",
    "#exec /bin/sh",
    "#include x",
]


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("escape", [checked, word, quoted, dialplan_text, host])
def test_no_escape_lets_an_attack_through(escape, attack):
    with pytest.raises(ConfigError):
        escape(attack)


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_hostile_setting_is_refused_and_nothing_is_written(tmp_path, attack):
    settings = make_settings(tmp_path, trunks=[{"name": "test", "host": "127.0.0.1"}])
    trunk = settings.trunks[0].model_copy(update={"host": attack})
    hostile = settings.model_copy(update={"trunks": (trunk,)})
    with pytest.raises(ConfigError):
        render(hostile)
    assert not list((tmp_path / "asterisk/etc").glob("*.conf"))


@pytest.mark.parametrize("bad", ["a b", "a,b", "a)", '"', "\\", "王"])
def test_a_word_has_no_room_for_dialplan_syntax(bad):
    with pytest.raises(ConfigError):
        word(bad)


@pytest.mark.parametrize("bad", ["a,b", "a)b", '"', "\\", "a|b", "a&b", "{", "["])
def test_dialplan_text_cannot_split_or_end_an_argument(bad):
    with pytest.raises(ConfigError):
        dialplan_text(bad)


def test_good_values_pass():
    assert dialplan_text("您好，请问") == "您好，请问"
    assert quoted('李"四"\\') == '李\\"四\\"\\\\'
    assert host("10.0.0.0/8") == "10.0.0.0/8"
    assert host("sip.example.cn") == "sip.example.cn"
    assert host_port("fd00::1", 5060) == "[fd00::1]:5060"
    assert host_port("10.1.2.3", 5060) == "10.1.2.3:5060"


@pytest.mark.parametrize("bad", ["a b", "-x", "a_b", "1.2.3.4:5", "a/b", ""])
def test_hosts_are_hosts(bad):
    with pytest.raises(ConfigError):
        host(bad)


def test_a_second_rendering_writes_nothing(tmp_path):
    settings = make_settings(tmp_path)
    assert render(settings)
    assert render(settings) == []


def test_only_what_changed_is_written(tmp_path):
    settings = make_settings(tmp_path)
    render(settings)
    switch = settings.asterisk.model_copy(update={"max_calls": 7})
    changed = render(settings.model_copy(update={"asterisk": switch}))
    assert [file.name for file in changed] == ["asterisk.conf", "extensions.conf"]
    assert "maxcalls = 120" in changed[0].read_text(encoding="utf-8")


def test_menus_are_left_alone_and_never_empty(tmp_path):
    settings = make_settings(tmp_path)
    render(settings)
    menus = Paths.of(settings).menus
    assert list(menus.glob("*.conf"))
    (menus / "ivr-12345678.conf").write_text("[ivr-12345678-main]\n", encoding="utf-8")
    render(settings)
    assert (menus / "ivr-12345678.conf").exists()


def test_every_template_is_rendered_and_only_its_owner_reads_it(tmp_path):
    settings = make_settings(tmp_path)
    render(settings)
    etc = Paths.of(settings).etc
    for template in asterisk_config.TEMPLATES.glob("*.j2"):
        file = etc / template.name.removesuffix(".j2")
        assert file.stat().st_mode & 0o077 == 0
        assert "{{" not in file.read_text(encoding="utf-8")


def test_a_state_folder_too_long_for_a_socket_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="too long"):
        render(make_settings(tmp_path / ("x" * 100)))


def test_agents_names_and_trunks_reach_the_files(tmp_path):
    trunks = [{"name": "city", "host": "10.1.1.1", "match": ["10.1.1.0/24", "10.1.2.1"]}]
    texts = asterisk_config.render_texts(make_settings(tmp_path, trunks=trunks))
    assert 'callerid = "王芳" <1001>' in texts["pjsip.conf"]
    assert "match = 10.1.1.0/24,10.1.2.1" in texts["pjsip.conf"]
    assert "contact = sip:10.1.1.1:5060" in texts["pjsip.conf"]


def test_other_users_cannot_look_into_state_and_recordings(tmp_path):
    recordings = tmp_path / "far" / "recordings"
    settings = make_settings(tmp_path, recording={"directory": str(recordings)})
    settings.state.mkdir(exist_ok=True)
    settings.state.chmod(0o755)
    render(settings)
    assert settings.state.stat().st_mode & 0o007 == 0
    assert recordings.stat().st_mode & 0o077 == 0
