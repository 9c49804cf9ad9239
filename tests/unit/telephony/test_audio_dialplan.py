"""What the dialplan knows of live audio: how to let go of a channel, and no way to it."""

from __future__ import annotations

import re

import pytest

from hotline.telephony.asterisk_config import render_texts
from support.asterisk import make_settings


@pytest.fixture
def lines(tmp_path) -> list[str]:
    texts = render_texts(make_settings(tmp_path))
    return [line for text in texts.values() for line in text.splitlines() if not line.startswith(";")]


def test_only_the_service_names_a_stream_and_the_dialplan_only_ends_it(lines):
    told = [line for line in lines if "HL_HEARD" in line]
    assert told == ["exten => s,1,Set(HL_STREAM=${IMPORT(${ARG1},HL_HEARD)})"]
    ends = [line.strip() for line in lines if "HL_STREAM" in line and "SoftHangup" in line]
    assert ends == ["same => n,SoftHangup(${HL_STREAM})"]


def test_whoever_is_listened_to_was_found_by_the_dialplan_and_not_typed(lines):
    spies = re.findall(r"ChanSpy\(([^,)]*)", "\n".join(lines))
    assert set(spies) == {"${HL_LEG}", "${HL_EAR}"}


def test_each_new_beginning_of_the_recorder_lets_go_first(lines):
    again = [at for at, line in enumerate(lines) if "Gosub(hotline-record,s,1(a" in line]
    assert len(again) == 2
    for at in again:
        assert any("Gosub(hotline-unheard,s,1(${CHANNEL}))" in line for line in lines[at - 3 : at])
