"""Music in a room is a party's of its own: ConfBridge's sometimes never ends (docs/adr/0145)."""

from __future__ import annotations

import re

from hotline.telephony.asterisk_config import render_texts
from support.asterisk import make_settings


def test_no_room_has_music_of_its_own(tmp_path) -> None:
    texts = render_texts(make_settings(tmp_path))
    [conference] = [text for name, text in texts.items() if "confbridge" in str(name)]
    assert set(re.findall(r"^music_on_hold_when_empty *= *(\w+)", conference, re.M)) == {"no"}
    profiles = re.findall(r"^\[hotline_(\w+)\]\((\w+)\)", conference, re.M)
    assert set(profiles) >= {("citizen", "default_user"), ("other", "default_user")}


def test_the_guest_who_brings_the_music_plays_it_in_a_thread_of_its_own(tmp_path) -> None:
    rules = "\n".join(render_texts(make_settings(tmp_path)).values())
    voice = rules.split("[hotline-room-music]", 1)[1].split("\n[", 1)[0]
    assert "MusicOnHold(hotline," in voice
    assert "ConfBridge(" not in voice
