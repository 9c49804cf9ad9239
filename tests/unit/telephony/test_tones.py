from __future__ import annotations

import wave

from hotline.telephony.tones import melody, tone, write_tones


def test_the_sounds_have_the_form_of_the_telephone_and_are_written_once(tmp_path):
    written = write_tones(tmp_path / "moh", tmp_path / "sounds")
    assert {file.name for file in written} == {
        "hotline.wav",
        "beep.wav",
        "beeperr.wav",
        "silence.wav",
        "fresh.alaw",
    }
    for file in (one for one in written if one.suffix == ".wav"):
        with wave.open(str(file), "rb") as stream:
            assert (stream.getframerate(), stream.getsampwidth(), stream.getnchannels()) == (8000, 2, 1)
            assert stream.getnframes() >= 2000
    assert write_tones(tmp_path / "moh", tmp_path / "sounds") == []


def test_the_music_is_soft_and_begins_and_ends_in_silence():
    samples = melody()
    assert 6000 < max(map(abs, samples)) < 8000
    assert abs(samples[0]) < 50
    assert max(map(abs, samples[-400:])) < 200


def test_a_tone_has_soft_ends():
    samples = tone(880, 0.25)
    assert len(samples) == 2000
    assert samples[0] == 0
    assert abs(samples[-1]) < 500
    assert max(samples) > 9000
