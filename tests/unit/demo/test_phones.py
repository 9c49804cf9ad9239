from __future__ import annotations

import wave

import pytest

from hotline.demo.phones import PhoneError, SipAccount, write_padded


def write_wav(file, *, rate=8000, width=2, frames=b"\x01\x02" * 800):
    with wave.open(str(file), "wb") as stream:
        stream.setparams((1, width, rate, 0, "NONE", "not compressed"))
        stream.writeframes(frames)
    return file


def test_a_sound_gets_silence_before_and_after_it(tmp_path):
    speech = write_wav(tmp_path / "speech.wav")
    write_padded(speech, tmp_path / "padded.wav", lead_s=0.5, after_s=2)
    with wave.open(str(tmp_path / "padded.wav"), "rb") as stream:
        assert (stream.getframerate(), stream.getsampwidth(), stream.getnchannels()) == (8000, 2, 1)
        frames = stream.readframes(stream.getnframes())
    assert frames == bytes(8000) + b"\x01\x02" * 800 + bytes(32000)


def test_a_phone_without_speech_is_silent(tmp_path):
    write_padded(None, tmp_path / "padded.wav", lead_s=0, after_s=1)
    with wave.open(str(tmp_path / "padded.wav"), "rb") as stream:
        assert stream.readframes(stream.getnframes()) == bytes(16000)


@pytest.mark.parametrize("form", [{"rate": 16000}, {"width": 1}])
def test_another_form_of_sound_is_refused(tmp_path, form):
    with pytest.raises(PhoneError, match="8 kHz"):
        write_padded(write_wav(tmp_path / "speech.wav", **form), tmp_path / "padded.wav", lead_s=0)


def test_the_name_of_an_account_cannot_end_its_line():
    account = SipAccount("1001", "127.0.0.1", 5060, "secret", display='a"b\r\n<sip:x>;y\\z 张三')
    assert account.line() == (
        '"absip:xyz 张三" <sip:1001@127.0.0.1:5060;transport=udp>;answermode=manual;regint=120'
        ";auth_user=1001;auth_pass=secret\n"
    )
