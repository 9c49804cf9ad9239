from __future__ import annotations

import re
from pathlib import Path

import pytest

from hotline.core.errors import ConfigError
from hotline.core.settings import QueueSettings
from hotline.telephony.asterisk_config import render_texts
from hotline.telephony.overflow import Chain, chains
from support.asterisk import make_settings


def queue(name: str, overflow: str | None = None, overflow_to: str | None = None) -> QueueSettings:
    return QueueSettings(name=name, label=name, overflow=overflow, overflow_to=overflow_to)


def test_a_chain_is_followed_to_its_end_and_to_the_place_outside():
    found = chains([queue("a", "b"), queue("b", "c"), queue("c", None, "region"), queue("d")])
    assert found == {
        "a": Chain(("b", "c"), "region"),
        "b": Chain(("c",), "region"),
        "c": Chain((), "region"),
        "d": Chain((), None),
    }


def test_a_ring_ends():
    assert chains([queue("a", "b"), queue("b", "a")]) == {"a": Chain(("b",), None), "b": Chain(("a",), None)}


def test_only_the_patterns_of_the_settings_can_be_dialled(tmp_path: Path):
    settings = make_settings(tmp_path / "state", callback={"trunk": "test", "numbers": ["1[3-9]XXXXXXXXX"]})
    text = render_texts(settings)["callbacks.conf"]
    out = text.split("[hotline-callback-out]")[1].split("\n[")[0]
    assert re.findall(r"^exten => ([^,]+),", out, re.MULTILINE) == ["_1[3-9]XXXXXXXXX", "i"]
    assert text.count("Dial(") == 1


def test_without_a_trunk_nothing_of_a_call_back_is_in_the_dialplan(tmp_path: Path):
    texts = render_texts(make_settings(tmp_path / "state"))
    assert "callback" not in texts["extensions.conf"]
    assert "exten =>" not in texts["callbacks.conf"]
    assert "queue-wait-callback" not in texts["queues.conf"]


@pytest.mark.parametrize("number", ["1;2", "1,2", "${X}", "1\n2"])
def test_a_number_outside_that_got_past_the_settings_is_refused(tmp_path: Path, number: str):
    settings = make_settings(
        tmp_path / "state",
        queues=[{"name": "public", "label": "综合", "overflow_to": "region"}],
        outside=[{"name": "region", "trunk": "test", "number": "0101"}],
    )
    [place] = settings.outside
    bad = settings.model_copy(update={"outside": (place.model_copy(update={"number": number}),)})
    with pytest.raises(ConfigError):
        render_texts(bad)
