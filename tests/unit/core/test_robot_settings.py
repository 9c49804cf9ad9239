"""``[robot]`` in ``hotline.toml``: off by default, and each mistake has its line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hotline.core import config_file
from hotline.core.config_file import ConfigFileError

SECRET = "secret-of-the-tests-0123"
GOOD = f"""[asterisk]
ami_event_secret = "{SECRET}"
ami_action_secret = "{SECRET}"
max_calls = 200
[web]
token = "{SECRET}"
[[queues]]
name = "public"
label = "综合"
[[trunks]]
name = "carrier"
host = "192.0.2.1"
[robot]
[[robot.trunks]]
name = "carrier"
lines = 10
capacity = 60
reserve = 30
"""

Load = Callable[[str], config_file.Settings]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    path = tmp_path / "hotline.toml"

    def load_text(text: str) -> config_file.Settings:
        path.write_text(text, encoding="utf-8")
        return config_file.load(path, environment={})

    return load_text


def test_it_calls_nobody_until_a_trunk_is_named(load: Load) -> None:
    assert load(GOOD.partition("[[robot")[0]).robot.trunks == ()
    (trunk,) = load(GOOD).robot.trunks
    assert (trunk.name, trunk.lines, trunk.capacity, trunk.reserve) == ("carrier", 10, 60, 30)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            'trunks]]\nname = "carrier"\nlines',
            'trunks]]\nname = "other"\nlines',
            'no trunk is called "other"',
        ),
        ("lines = 10", "lines = 31", "31 lines and 30 in reserve are more than the trunk's 60"),
        ("capacity = 60\n", "", "lines are kept free of nothing"),
        ("lines = 10", "lines = 10\n[[robot.trunks]]\nname = 'carrier'", '"carrier" is used twice'),
        (
            "max_calls = 200",
            "max_calls = 245",
            "too few for 245 calls and the robot's 10",
        ),
        ("[robot]", '[robot]\nnumbers = ["0XXXXXX"]', "holds the emergency number 0300110"),
        ("[robot]", '[robot]\nhours = ["每天 21:00-23:00"]', "nobody would ever be called"),
        ("[robot]", "[robot]\nhours = []", "nobody would ever be called"),
        ("[robot]", '[robot]\nhours = ["工作日 18:30-08:31"]', "ends before it begins"),
    ],
)
def test_each_mistake_is_told(load: Load, old: str, new: str, told: str) -> None:
    assert old in GOOD
    with pytest.raises(ConfigFileError) as refused:
        load(GOOD.replace(old, new, 1))
    assert told in str(refused.value)


@pytest.mark.clause("R-CB-1")
def test_a_part_is_called_only_where_the_standard_allows_it(load: Load) -> None:
    rule = '[[robot.sampling]]\nkinds = ["咨询"]\nshare = 0.2\n'
    with pytest.raises(ConfigFileError, match='the standard "gb" calls for every matter'):
        load(GOOD + rule)
    settings = load(GOOD + rule + '[site]\nprofile = "beijing"\n')
    assert settings.robot.sampling[0].share == 0.2
