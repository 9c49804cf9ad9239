"""What addresses, databases, webhooks and calls to the outside must look like in the file."""

from __future__ import annotations

import pytest

from hotline.core import config_file
from support.config_text import GOOD, SECRET, Write, problems


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("bind", '"all"', "asterisk.bind: 'all' is no address; take one of this machine, or 0.0.0.0 for all"),
        ("bind", r'"0.0.0.0\n[evil]"', r"asterisk.bind: '0.0.0.0\n[evil]' is no address; take one of this"),
        ("ami_host", '"a b"', "asterisk.ami_host: 'a b' is no host name or address"),
    ],
)
def test_an_address_that_is_none_is_told_with_its_line(write: Write, key: str, value: str, told: str) -> None:
    (line,) = problems(write(GOOD.replace("[asterisk]", f"[asterisk]\n{key} = {value}", 1)))
    assert line.startswith(f"hotline.toml:2: {told}")


def test_a_trunks_addresses_are_checked_with_their_lines(write: Write) -> None:
    trunk = '[[trunks]]\nname = "line"\nhost = "192.0.2.1\\ntype=endpoint"\n'
    trunk += 'match = ["192.0.2.0/28", "192.0.2.0/99"]\n'
    last = GOOD.count("\n")
    assert problems(write(GOOD + trunk)) == [
        f"hotline.toml:{last + 3}: trunks[1].host: '192.0.2.1\\ntype=endpoint' is no host name or address",
        f"hotline.toml:{last + 4}: trunks[1].match[2]: '192.0.2.0/99' is no host name or address",
    ]


@pytest.mark.parametrize("host", ["sip.example.cn", "192.0.2.7", "2001:db8::7"])
def test_a_trunk_may_have_a_name_or_an_address_of_either_kind(write: Write, host: str) -> None:
    trunk = (
        f'[[trunks]]\nname = "line"\nhost = "{host}"\nmatch = ["2001:db8::/32", "192.0.2.0/28", "{host}"]\n'
    )
    assert config_file.load(write(GOOD + trunk), environment={}).trunks[0].host == host


@pytest.mark.parametrize("url", ["mysql://root:Pa55word@db/x", "{foo}", "sqlite:///x.db", ""])
def test_a_database_of_another_kind_is_told_and_never_shown(write: Write, url: str) -> None:
    told = "must begin with sqlite+aiosqlite:/// or postgresql+asyncpg://"
    assert problems(write(f'database = "{url}"\n{GOOD}')) == [f"hotline.toml:1: database: {told}"]


def test_a_file_that_a_windows_editor_marked_as_utf8_is_read(write: Write) -> None:
    assert config_file.load(write(f"\ufeff{GOOD}"), environment={}).queues[0].label == "综合受理"


def test_the_place_of_a_setting_is_its_line_its_section_or_its_variable(write: Write) -> None:
    path = write(GOOD.replace("[web]", "[web]\nport = 8080", 1))
    assert config_file.place(path, "web.port", environment={}) == f"{path}:6"
    assert config_file.place(path, "asterisk.phone_port", environment={}) == f"{path}:1"
    assert config_file.place(path, "web.port", environment={"HOTLINE_WEB__PORT": "1"}) == "HOTLINE_WEB__PORT"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("[[webhooks]]\nname = 'duty'\nurl = 'https://a.example/'", "set alarms.webhook_secret"),
        (
            f"[alarms]\nwebhook_secret = '{SECRET}'\n[[webhooks]]\nname = 'duty'\nurl = 'http://a.example/'",
            "plain http only goes to",
        ),
        ("[alarms]\nwait_near_seconds = 15", "15 s is not before the limit of 15 s (give less than 15)"),
    ],
)
def test_alarms_that_would_not_work_are_told(write: Write, more: str, told: str) -> None:
    (line,) = problems(write(f"{GOOD}\n{more}\n"))
    assert told in line


NOTICES = "[[webhooks]]\nname = 'police'\nurl = 'https://b.example/'\ntopics = ['notices']\n"
OWN = "secret = 'a-secret-that-only-they-know'\n"


@pytest.mark.clause("R-3W-3")
@pytest.mark.parametrize(
    ("more", "told"),
    [
        (NOTICES, "notices need a secret of its own"),
        (NOTICES.replace("notices", "callbacks"), "callbacks need a secret of its own"),
        (
            f"{NOTICES.replace('notices', 'callbacks')}secret = '{SECRET}'\n",
            "another target is signed with it too",
        ),
        (f"{NOTICES}secret = '{SECRET}'\n", "another target is signed with it too"),
        (f"{NOTICES}{OWN}{NOTICES.replace('police', 'fire')}{OWN}", "another target is signed with it too"),
        (f"{NOTICES.replace('notices', 'everything')}{OWN}", '"everything" is not known'),
        (NOTICES.replace("'notices'", "") + OWN, "at least 1 item"),
    ],
)
def test_personal_data_go_only_out_under_a_secret_of_their_own(write: Write, more: str, told: str) -> None:
    found = problems(write(f"{GOOD}\n[alarms]\nwebhook_secret = '{SECRET}'\n{more}"))
    assert any(told in line for line in found), found


@pytest.mark.clause("R-3W-3")
def test_a_target_of_notices_alone_is_taken_without_a_secret_of_the_alarms(write: Write) -> None:
    settings = config_file.load(write(f"{GOOD}\n{NOTICES}{OWN}"), environment={})
    assert settings.webhooks[0].topics == ("notices",)


def test_a_webhook_with_a_secret_is_taken(write: Write) -> None:
    more = f"[alarms]\nwebhook_secret = '{SECRET}'\n[[webhooks]]\nname = 'duty'\nurl = 'https://a.example/'\n"
    settings = config_file.load(write(f"{GOOD}\n{more}"), environment={})
    assert [target.url for target in settings.webhooks] == ["https://a.example/"]


@pytest.mark.parametrize(
    ("added", "told"),
    [
        ('[callback]\ntrunk = "nowhere"\n', 'no trunk is called "nowhere"'),
        ('[callback]\nnumbers = ["_X."]\n', "is not allowed"),
        ('[callback]\nnumbers = ["110"]\n', "is not allowed"),
        ('[callback]\nnumbers = ["1XXXXXXXXXX,1,System(x)"]\n', "is not allowed"),
        ('[[outside]]\nname = "region"\ntrunk = "no"\nnumber = "0101"\n', 'no trunk is called "no"'),
        ('[[queues]]\nname = "night"\nlabel = "夜"\noverflow_to = "x"\n', 'no [[outside]] is called "x"'),
        (
            '[[trunks]]\nname = "t"\nhost = "127.0.0.1"\n'
            '[[outside]]\nname = "region"\ntrunk = "t"\nnumber = "0101"\n'
            '[[queues]]\nname = "night"\nlabel = "夜"\noverflow = "public"\noverflow_to = "region"\n',
            "the queue has an overflow already",
        ),
    ],
)
def test_calls_leave_only_where_the_settings_say(write: Write, added: str, told: str):
    [line] = problems(write(GOOD + added))
    assert told in line
