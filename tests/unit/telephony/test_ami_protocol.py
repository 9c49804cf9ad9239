"""Reading in bursts: the first event at once, the next ones together, and never for ever paused."""

from __future__ import annotations

import asyncio
from typing import cast

from hotline.telephony.ami_errors import AmiConnectionLostError
from hotline.telephony.ami_message import AmiMessage
from hotline.telephony.ami_protocol import HotlineProtocol
from hotline.telephony.ami_watch import AmiLimits

EVENT = b"Event: CEL\r\nLinkedID: 1.1\r\n\r\n"


class _Stream:
    """A transport that tells whether it is read."""

    def __init__(self) -> None:
        self.reads = True

    def pause_reading(self) -> None:
        self.reads = False

    def resume_reading(self) -> None:
        self.reads = True

    def abort(self) -> None:
        self.reads = False


def _protocol(
    wanted: frozenset[str], *, gather_s: float = 0.0
) -> tuple[HotlineProtocol, _Stream, list[AmiMessage]]:
    got: list[AmiMessage] = []
    stream = _Stream()
    protocol = HotlineProtocol(got.append, wanted, "hotline-1-", AmiLimits(gather_s=gather_s))
    protocol.connection_made(cast("asyncio.Transport", stream))
    return protocol, stream, got


async def _turn() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_the_first_event_is_handed_on_at_once_and_the_next_ones_gather() -> None:
    protocol, stream, got = _protocol(frozenset({"CEL"}))
    protocol.data_received(EVENT)
    assert len(got) == 1
    assert not stream.reads
    await _turn()
    assert stream.reads


async def test_answers_do_not_gather() -> None:
    protocol, stream, _ = _protocol(frozenset())
    protocol.data_received(b"Response: Success\r\nActionID: hotline-1-1\r\n\r\n")
    assert stream.reads


async def test_half_an_event_does_not_pause_the_reading() -> None:
    protocol, stream, got = _protocol(frozenset({"CEL"}))
    protocol.data_received(EVENT[:10])
    assert not got
    assert stream.reads


async def test_handlers_that_are_behind_keep_the_reading_paused() -> None:
    protocol, stream, _ = _protocol(frozenset({"CEL"}))
    protocol.data_received(EVENT)
    protocol.pause_reading()
    await _turn()
    assert not stream.reads
    protocol.resume_reading()
    assert stream.reads


async def test_room_before_the_gathering_is_over_does_not_shorten_it() -> None:
    protocol, stream, _ = _protocol(frozenset({"CEL"}))
    protocol.data_received(EVENT)
    protocol.pause_reading()
    protocol.resume_reading()
    assert not stream.reads
    await _turn()
    assert stream.reads


async def test_an_ended_connection_is_not_read_again() -> None:
    protocol, stream, _ = _protocol(frozenset({"CEL"}))
    protocol.data_received(EVENT)
    protocol.end(AmiConnectionLostError("over"))
    await _turn()
    assert not stream.reads
