"""AudioSocket's bytes, cut anywhere and wrong anywhere."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.telephony.audio_wire import LONGEST_AUDIO, FrameError, FrameReader, Kind

_PAYLOADS = st.one_of(
    st.tuples(st.just(Kind.AUDIO), st.integers(1, 5).map(lambda n: b"ab" * (160 * n))),
    st.tuples(st.just(Kind.UUID), st.binary(min_size=16, max_size=16)),
    st.tuples(st.just(Kind.DTMF), st.binary(min_size=1, max_size=1)),
    st.tuples(st.just(Kind.HANGUP), st.just(b"")),
    st.tuples(st.just(Kind.ERROR), st.binary(max_size=1)),
)


def wire(kind: int, payload: bytes) -> bytes:
    return bytes((kind, len(payload) >> 8, len(payload) & 0xFF)) + payload


@given(st.lists(_PAYLOADS, max_size=6), st.data())
def test_frames_cut_anywhere_are_the_same_frames(frames, data):
    stream = b"".join(wire(*frame) for frame in frames)
    reader, found = FrameReader(), []
    while stream:
        cut = data.draw(st.integers(1, len(stream)))
        found += reader.feed(stream[:cut])
        stream = stream[cut:]
    assert found == frames
    assert reader.held == 0


@given(st.binary(min_size=1, max_size=3000), st.integers(1, 700))
def test_garbage_is_refused_or_waited_for_and_never_held(garbage, step):
    reader = FrameReader()
    with suppress(FrameError):
        for at in range(0, len(garbage), step):
            reader.feed(garbage[at : at + step])
    assert reader.held < LONGEST_AUDIO + 3


@pytest.mark.parametrize(
    ("kind", "length"),
    [
        (Kind.AUDIO, 0),
        (Kind.AUDIO, 319),
        (Kind.AUDIO, 321),
        (Kind.AUDIO, LONGEST_AUDIO + 320),
        (Kind.AUDIO, 0xFFFF),
        (Kind.UUID, 15),
        (Kind.UUID, 17),
        (Kind.DTMF, 0),
        (Kind.HANGUP, 1),
        (Kind.ERROR, 2),
        (0x11, 640),
        (0x7F, 1),
    ],
)
def test_a_wrong_length_or_kind_is_refused_by_its_head_alone(kind, length):
    with pytest.raises(FrameError):
        FrameReader().feed(bytes((kind, length >> 8, length & 0xFF)))
