"""Third lines in ``hotline.toml``: each mistake has its line, and no default reaches an emergency line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hotline.core import config_file
from hotline.core.config_file import ConfigFileError
from hotline.core.config_template import new_config
from hotline.core.third_lines import is_emergency

SECRET = "secret-of-the-tests-0123"
GOOD = f"""[asterisk]
ami_event_secret = "{SECRET}"
ami_action_secret = "{SECRET}"
[web]
token = "{SECRET}"
[[queues]]
name = "public"
label = "综合"
[[webhooks]]
name = "centre"
url = "https://centre.example/hotline"
topics = ["notices"]
secret = "secret-of-the-centre-0123"
[[trunks]]
name = "carrier"
host = "192.0.2.1"
emergency = true
[[trunks]]
name = "plain"
host = "192.0.2.2"
[[third_lines]]
name = "police"
code = "110"
label = "公安"
kind = "emergency"
routes = [{{ trunk = "carrier", number = "110" }}, {{ trunk = "carrier", number = "010110" }}]
notify = "centre"
[[third_lines]]
name = "water"
code = "961"
label = "自来水"
kind = "utility"
routes = [{{ trunk = "plain", number = "96116" }}]
hours = ["工作日 08:30-12:00"]
"""

Load = Callable[[str], config_file.Settings]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    path = tmp_path / "hotline.toml"

    def load_text(text: str) -> config_file.Settings:
        path.write_text(text, encoding="utf-8")
        return config_file.load(path, environment={})

    return load_text


def test_a_good_file_has_its_lines(load):
    settings = load(GOOD)
    police, water = settings.third_lines
    assert [route.number for route in police.routes] == ["110", "010110"]
    assert (police.notify, police.hours, police.ring_seconds) == ("centre", (), 30)
    assert water.roles == ("agent", "senior", "supervisor")
    assert settings.three_way.per_minute == 6
    assert not settings.trunks[1].emergency


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('code = "110"', 'code = "71"', '23: third_lines[1].code: "71" begins with 7: *7 and *8 are'),
        ('code = "110"', 'code = "90"', '23: third_lines[1].code: "90" begins like a key of the room'),
        ('code = "110"', 'code = "95"', '23: third_lines[1].code: "95" begins like a key of the room'),
        ('code = "110"', 'code = "911"', '23: third_lines[1].code: "911" begins like a key of the room'),
        (
            'code = "110"',
            'code = "*1"',
            '23: third_lines[1].code: "*1" is not allowed (must be 2 to 5 digits)',
        ),
        ('code = "110"', 'code = "961"', '30: third_lines[2].code: "961" is used twice'),
        ('code = "110"', 'code = "96"', '23: third_lines[1].code: "96" begins like a key'),
        ('code = "961"', 'code = "11"', '30: third_lines[2].code: "11" is the beginning of "110"'),
        ('name = "water"', 'name = "police"', '29: third_lines[2].name: "police" is used twice'),
        ('notify = "centre"', 'notify = "x"', '27: third_lines[1].notify: webhook "x" is unknown'),
        (
            'topics = ["notices"]',
            'topics = ["alarms"]',
            '27: third_lines[1].notify: webhook "centre" takes no notices',
        ),
        (
            "工作日 08:30-12:00",
            "工作日 8-12",
            '34: third_lines[2].hours[1]: "工作日 8-12" is no opening hours',
        ),
        ('kind = "utility"', 'kind = "x"', '32: third_lines[2].kind: "x" is not known'),
        ('"plain", number', '"x", number', '33: third_lines[2].routes[1]: no trunk is called "x"'),
        ('number = "96116"', 'number = "119"', '33: third_lines[2].routes[1]: "119" is an emergency number'),
        ('number = "96116"', 'number = "0371120"', '33: third_lines[2].routes[1]: "0371120" is an emergency'),
        (
            'kind = "utility"',
            'kind = "emergency"',
            '33: third_lines[2].routes[1]: trunk "plain" does not allow',
        ),
        (
            "emergency = true\n",
            "",
            '25: third_lines[1].routes[1]: "110" is an emergency number (only a trunk',
        ),
        (
            'host = "192.0.2.2"',
            'host = "192.0.2.2"\narrival = "three-way"',
            "21: trunks[2].arrival: its calls have no queue (name the priority queue",
        ),
        (
            'host = "192.0.2.2"',
            'host = "192.0.2.2"\narrival = "three-way"\nqueue = "x"',
            '22: trunks[2].queue: no queue is called "x" (queues: public)',
        ),
        (
            'host = "192.0.2.2"',
            'host = "192.0.2.2"\nqueue = "public"',
            "21: trunks[2].queue: the menu chooses the queue of these calls",
        ),
        (
            '[[third_lines]]\nname = "police"',
            '[[outside]]\nname = "o"\ntrunk = "plain"\nnumber = "120"\n[[third_lines]]\nname = "police"',
            '24: outside[1].number: "120" is an emergency number',
        ),
        (
            "[[trunks]]",
            '[callback]\ntrunk = "plain"\nnumbers = ["1[3-9]XXXXXXXXX", "0XXXXXX"]\n[[trunks]]',
            '16: callback.numbers[2]: "0XXXXXX" holds the emergency number 0300110',
        ),
        (
            "[[trunks]]",
            "[three_way]\nper_minute = 0\n[[trunks]]",
            "15: three_way.per_minute: should be greater than or equal to 1",
        ),
    ],
)
def test_each_mistake_is_told_with_its_line(load, old, new, told):
    assert old in GOOD
    with pytest.raises(ConfigFileError) as caught:
        load(GOOD.replace(old, new, 1))
    found = [str(one).split("hotline.toml:", 1)[1] for one in caught.value.problems]
    assert any(line.startswith(told) for line in found), found


@pytest.mark.parametrize(
    "number",
    ["110", "119", "120", "122", "010110", "021119", "0371120", "8610110", "0086371122", "9110", "0119"],
)
def test_emergency_numbers_are_known_in_every_form(number):
    assert is_emergency(number)


@pytest.mark.parametrize("number", ["12345", "96110", "12110", "12119", "95598", "01096116", "1101", "1100"])
def test_other_numbers_are_none(number):
    assert not is_emergency(number)


def test_a_new_file_cannot_reach_any_third_line(load):
    settings = load(new_config(lambda: SECRET))
    assert settings.third_lines == ()
    assert not any(trunk.emergency for trunk in settings.trunks)


def test_the_example_in_a_new_file_is_good_once_its_trunks_are(load):
    text = new_config(lambda: SECRET)
    begin = text.index("# [[third_lines]]")
    example = text[begin : text.index("[three_way]", begin)]
    example = "\n".join(line.removeprefix("# ") for line in example.splitlines())
    trunks = '[[trunks]]\nname = "carrier"\nhost = "192.0.2.1"\nemergency = true\n'
    trunks += '[[trunks]]\nname = "backup"\nhost = "192.0.2.3"\nemergency = true\n'
    target = '[[webhooks]]\nname = "police-centre"\nurl = "https://centre.example/"\n'
    target += 'topics = ["notices"]\nsecret = "secret-of-the-centre-0123"\n'
    settings = load(f"{text}\n{trunks}{target}{example}")
    assert [line.code for line in settings.third_lines] == ["110", "961"]
