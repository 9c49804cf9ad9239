from __future__ import annotations

from pathlib import Path

import pytest

from hotline.core import config_file
from hotline.core.config_template import new_config
from support.config_text import GOOD, SECRET, Write, problems


def test_a_good_file_loads_with_absolute_paths(write: Write, tmp_path: Path) -> None:
    settings = config_file.load(write(GOOD), environment={})
    assert settings.state == tmp_path / "state"
    assert settings.menu == tmp_path / "menu.yaml"
    assert settings.prompts == tmp_path / "prompts"
    assert settings.recording.directory == tmp_path / "state" / "recordings"
    assert settings.database == f"sqlite+aiosqlite:///{tmp_path}/state/hotline.db"
    assert settings.agents[0].queues == ("public", "enterprise")


def test_paths_in_the_file_are_relative_to_its_folder(write: Write, tmp_path: Path) -> None:
    text = 'state = "../elsewhere"\n' + GOOD + '[recording]\ndirectory = "/rec"\n[asr]\nmodel = "models/x"\n'
    settings = config_file.load(write(text), environment={})
    assert settings.state == tmp_path.parent / "elsewhere"
    assert settings.recording.directory == Path("/rec")
    assert settings.asr.model == str(tmp_path / "models/x")


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("[web]", "[web]\nprot = 80", 'hotline.toml:6: web.prot: unknown key (did you mean "port"?)'),
        ("[web]", "[wep]", 'hotline.toml:5: wep: unknown key (did you mean "web"?)'),
        ("[web]", '[web]\nport = "80"', 'hotline.toml:6: web.port: must be a whole number, not "80"'),
        (
            "[web]",
            "[web]\nport = 70000",
            "hotline.toml:6: web.port: should be less than or equal to 65535",
        ),
        ("[web]", "[web]\nhost = 1", "hotline.toml:6: web.host: must be a text in quotation marks, not 1"),
        (
            f'token = "{SECRET}"',
            "",
            "hotline.toml:5: web.token: missing secret (copy one from a new file: hotline init DIR; "
            "a secret is never chosen for you)",
        ),
        (
            f'token = "{SECRET}"',
            'token = "short"',
            "hotline.toml:6: web.token: this value is not allowed "
            "(must be 16 to 128 letters, digits, - or _)",
        ),
        (
            'name = "enterprise"',
            'name = "public"',
            'hotline.toml:13: queues[2].name: "public" is used twice (queues[1] has it too)',
        ),
        (
            '    "enterprise",',
            '    "enterprize",',
            'hotline.toml:23: agents[1].queues[2]: no queue is called "enterprize" '
            '(did you mean "enterprise"?)',
        ),
        (
            'overflow = "public"',
            'overflow = "nowhere"',
            'hotline.toml:15: queues[2].overflow: no queue is called "nowhere" (queues: public, enterprise)',
        ),
        (
            'overflow = "public"',
            'overflow = "enterprise"',
            "hotline.toml:15: queues[2].overflow: overflow goes in a ring: enterprise -> enterprise "
            "(end it at a queue without overflow)",
        ),
        (
            'label = "综合受理"',
            'label = "a;b"',
            'hotline.toml:10: queues[1].label: "a;b" is not allowed '
            '(must be without control characters or any of $ ; [ ] | , " \\)',
        ),
        (
            'name = "public"',
            'name = "general"',
            "hotline.toml:9: queues[1].name: a queue cannot be called 'general' in Asterisk; "
            "call it 'public'",
        ),
        (
            "[web]",
            "[web]\nport = 5038",
            "hotline.toml:6: web.port: port 5038 is asterisk.ami_port too (give each its own port)",
        ),
        (
            "[asterisk]",
            "[asterisk]\ntrunk_port = 5060",
            "hotline.toml:2: asterisk.trunk_port: port 5060 is asterisk.phone_port too "
            "(give each its own port)",
        ),
        (
            "[asterisk]",
            "[asterisk]\nphone_port = 10500",
            "hotline.toml:2: asterisk.phone_port: port 10500 lies in the media ports 10000-10999 "
            "(move it out of asterisk.rtp_first … rtp_last)",
        ),
        (
            "[asterisk]",
            "[asterisk]\nrtp_last = 9000",
            "hotline.toml:2: asterisk.rtp_last: the media ports 10000-9000 are too few for 250 calls "
            "(a call takes 4; give at least 4 for each of asterisk.max_calls)",
        ),
        (
            "[asterisk]",
            '[asterisk]\nmode = "magic"',
            'hotline.toml:2: asterisk.mode: "magic" is not known (must be "managed" or "external")',
        ),
        (
            "[web]",
            "[web]\nsite = 1",
            "hotline.toml:6: web.site: unknown key "
            "(known here: host, port, token, metrics, public_url, proxies)",
        ),
        ("[web]", '[site]\ntimezone = "Mars"\n[web]', "hotline.toml:6: site.timezone: no such time zone"),
    ],
)
def test_each_mistake_is_one_line_with_its_place_and_mend(
    write: Write, old: str, new: str, line: str
) -> None:
    assert old in GOOD
    found = problems(write(GOOD.replace(old, new, 1)))
    assert any(one.startswith(line) for one in found), found


def test_a_mistake_is_told_once_and_alone(write: Write) -> None:
    assert problems(write(GOOD.replace("[web]", "[web]\nprot = 80"))) == [
        'hotline.toml:6: web.prot: unknown key (did you mean "port"?)'
    ]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(write: Write) -> None:
    text = (
        GOOD.replace("[web]", "[web]\nprot = 1")
        .replace('number = "1001"', "number = 1001")
        .replace('overflow = "public"', 'overflow = "nowhere"')
    )
    keys = [line.split(": ")[1] for line in problems(write(text))]
    assert keys == ["web.prot", "queues[2].overflow", "agents[1].number"]


def test_a_number_used_by_two_agents_names_both(write: Write) -> None:
    again = GOOD[GOOD.index("[[agents]]") :].replace("王芳", "李强")
    assert problems(write(GOOD + again)) == [
        'hotline.toml:26: agents[2].number: "1001" is used twice (agents[1] has it too)'
    ]


def test_a_ring_of_overflows_is_shown_at_each_of_its_queues(write: Write) -> None:
    text = GOOD.replace('label = "综合受理"', 'label = "综合受理"\noverflow = "enterprise"')
    assert [line.split(" (")[0] for line in problems(write(text))] == [
        "hotline.toml:11: queues[1].overflow: overflow goes in a ring: public -> enterprise -> public",
        "hotline.toml:16: queues[2].overflow: overflow goes in a ring: enterprise -> public -> enterprise",
    ]


def test_a_hotline_without_queues_is_refused(write: Write) -> None:
    text = "queues = []\nagents = []\n" + GOOD[: GOOD.index("[[queues]]")]
    assert problems(write(text)) == [
        "hotline.toml:1: queues: no queue (a hotline needs at least one [[queues]])"
    ]


def test_a_secret_is_never_repeated_in_a_message(write: Write) -> None:
    text = GOOD.replace(f'token = "{SECRET}"', 'token = "my password!"')
    assert "my password" not in "".join(problems(write(text)))
    assert "hunter2 hunter2" not in "".join(problems(write(GOOD), {"HOTLINE_WEB__TOKEN": "hunter2 hunter2"}))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[web]\nport = \n", "hotline.toml:2: not TOML: Invalid value"),
        ("[web]\nport = 1\nport = 2\n", "hotline.toml:3: not TOML: Cannot overwrite a value"),
        ('[web]\nhost = "a\n', "hotline.toml:2: not TOML: "),
        ('[web]\nhost = """a\n', "hotline.toml:3: not TOML: "),
    ],
)
def test_bad_toml_names_its_line(write: Write, text: str, line: str) -> None:
    found = problems(write(text))
    assert len(found) == 1
    assert found[0].startswith(line)


def test_a_file_that_is_not_utf8_names_its_line(write: Write, tmp_path: Path) -> None:
    path = write(GOOD)
    path.write_bytes(b'# one\n[site]\nname = "\xd6\xd0"\n')
    assert problems(path) == ["hotline.toml:3: not UTF-8 (save it as UTF-8)"]


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    assert problems(tmp_path / "hotline.toml") == ["hotline.toml: no such file (run: hotline init DIR)"]


def test_the_environment_overrides_the_file(write: Write) -> None:
    environment = {
        "HOTLINE_WEB__PORT": "8080",
        "HOTLINE_SITE__NODE": "node7",
        "HOTLINE_STATE": "/var/lib/hotline",
        "HOTLINE_CONFIG": "not a setting",
        "HOTLINE_CACHE": "not a setting",
    }
    settings = config_file.load(write(GOOD), environment=environment)
    assert (settings.web.port, settings.site.node) == (8080, "node7")
    assert settings.database == "sqlite+aiosqlite:////var/lib/hotline/hotline.db"


def test_the_environment_may_give_a_secret_that_the_file_lacks(write: Write) -> None:
    path = write(GOOD.replace(f'token = "{SECRET}"', ""))
    assert config_file.load(path, environment={"HOTLINE_WEB__TOKEN": SECRET}).web.token == SECRET


@pytest.mark.parametrize(
    ("variable", "value", "line"),
    [
        ("HOTLINE_WEB__PORT", "many", 'HOTLINE_WEB__PORT: must be a whole number, not "many"'),
        ("HOTLINE_WEB__PORT", "0", "HOTLINE_WEB__PORT: should be greater than or equal to 1"),
        (
            "HOTLINE_WEB__PROT",
            "80",
            "HOTLINE_WEB__PROT: no setting has this name (did you mean HOTLINE_WEB__PORT?)",
        ),
        ("HOTLINE_STAET", "/x", "HOTLINE_STAET: no setting has this name (did you mean HOTLINE_STATE?)"),
        (
            "HOTLINE_AGENTS",
            "1",
            "HOTLINE_AGENTS: a list stands in the file only (unset it, and edit the file)",
        ),
        (
            "HOTLINE_ASTERISK__AMI_PORT",
            "8345",
            "hotline.toml:5: web.port: port 8345 is asterisk.ami_port too (give each its own port)",
        ),
    ],
)
def test_a_mistake_in_the_environment_names_the_variable(
    write: Write, variable: str, value: str, line: str
) -> None:
    assert problems(write(GOOD), {variable: value}) == [line]


def test_a_file_that_others_can_read_is_warned_of(write: Write) -> None:
    path = write(GOOD)
    assert config_file.warnings(path) == []
    path.chmod(0o644)
    assert config_file.warnings(path) == [
        f"{path}: others may read its secrets, mode 0644 (run: chmod 600 {path})"
    ]


def test_the_new_file_loads_and_holds_secrets_of_its_own(write: Write) -> None:
    given: list[str] = []

    def make_secret() -> str:
        given.append(f"generated-secret-{len(given):04d}")
        return given[-1]

    settings = config_file.load(write(new_config(make_secret)), environment={})
    used = {
        settings.asterisk.ami_event_secret,
        settings.asterisk.ami_action_secret,
        settings.web.token,
        settings.alarms.webhook_secret,
        *(agent.secret for agent in settings.agents),
    }
    assert used == set(given)
    assert len(given) == 7
    assert [agent.number for agent in settings.agents] == ["1001", "1002", "1003"]


@pytest.mark.clause("R-IVR-3")
def test_the_new_file_has_a_queue_for_every_special_seat(write: Write) -> None:
    settings = config_file.load(write(new_config(lambda: SECRET)), environment={})
    labels = {queue.name: queue.label for queue in settings.queues}
    assert labels == {
        "public": "综合受理",
        "enterprise": "涉企专席",
        "dialect": "方言专席",
        "foreign": "外语专席",
        "sign": "手语视频专席",
        "frequent": "高频事项专席",
    }
    assert all(queue.overflow == "public" for queue in settings.queues if queue.name != "public")
