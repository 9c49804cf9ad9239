"""Our recognition server under clients that break its limits, and before those that behave."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp
import pytest
from aiohttp import ClientWebSocketResponse, WSCloseCode, WSMsgType

from hotline.asr.engine import Spoken
from hotline.asr.errors import AsrError, EngineAwayError
from hotline.asr.server import Listening, RecognitionServer, ServerPortError, is_open_to_others
from hotline.asr.server_limits import Limits, Load
from support.recognition import FakeEngine, client, heard_by

SOUND = bytes(3200)
TOKEN = "t" * 16


@asynccontextmanager
async def served(
    engine: FakeEngine | None = None, *, token: str | None = None, **limits: Any
) -> AsyncGenerator[Listening]:
    bounds = Limits(**{"stop_s": 0.0} | limits)
    server = RecognitionServer(engine or FakeEngine(), threads=2, limits=bounds, token=token)
    async with asyncio.timeout(60), server.listening("127.0.0.1", 0) as listening:
        yield listening


@asynccontextmanager
async def talk_to(listening: Listening, **options: Any) -> AsyncGenerator[ClientWebSocketResponse[bool]]:
    async with aiohttp.ClientSession() as session, session.ws_connect(listening.url, **options) as connection:
        yield connection


async def get(listening: Listening, path: str, **options: Any) -> tuple[int, str]:
    address = listening.url.replace("ws:", "http:") + path
    async with aiohttp.ClientSession() as session, session.get(address, **options) as answer:
        return answer.status, await answer.text()


async def test_one_answer_for_each_piece_of_sound_none_for_a_configuration() -> None:
    """As clients of vosk-server count on."""
    engine = FakeEngine()
    async with served(engine) as listening, talk_to(listening) as connection:
        await connection.send_str('{"config": {"sample_rate": 16000.0, "words": 1, "max_alternatives": 0}}')
        for count in range(1, 4):
            await connection.send_bytes(SOUND)
            assert await connection.receive_json() == {"partial": f"{count / 10:g}"}
        await connection.send_bytes(b"")
        assert await connection.receive_json() == {"partial": "0.3"}
        await connection.send_str('{"reset" : 1}')
        assert (await connection.receive_json())["text"] == "路灯"
        await connection.send_str('{"eof" : 1}')
        assert (await connection.receive_json())["result"][0]["word"] == "路灯"
        assert (await connection.receive()).type is WSMsgType.CLOSE
        assert connection.close_code == WSCloseCode.OK
    assert engine.opened == [(16000, ())]


async def test_a_list_of_phrases_is_handed_on() -> None:
    engine = FakeEngine()
    async with served(engine) as listening:
        await heard_by(client(listening.url), SOUND, phrases=["满意", "不 满意"])
    assert engine.opened == [(8000, ("满意", "不 满意"))]


async def test_samples_cut_in_two_are_put_together() -> None:
    engine = FakeEngine()
    async with served(engine) as listening, talk_to(listening) as connection:
        for piece in (SOUND[:999], SOUND[999:]):
            await connection.send_bytes(piece)
            await connection.receive()
    assert engine.pieces == [998, 2202]


async def test_a_long_message_is_heard_in_slices_and_answered_once() -> None:
    engine = FakeEngine()
    async with served(engine) as listening, talk_to(listening) as connection:
        await connection.send_bytes(bytes(16_000 * 5 + 1600))
        assert await connection.receive_json() == {"partial": "5.1"}
        await connection.send_str('{"eof" : 1}')
        await connection.receive()
    assert engine.pieces == [16_000] * 5 + [1600]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("not json", WSCloseCode.INVALID_TEXT),
        ("[" * 50_000, WSCloseCode.INVALID_TEXT),
        ("{}", WSCloseCode.UNSUPPORTED_DATA),
        ('["eof"]', WSCloseCode.UNSUPPORTED_DATA),
        ('"sound as text"', WSCloseCode.UNSUPPORTED_DATA),
        ('{"config": 7}', WSCloseCode.INVALID_TEXT),
        ('{"config": {"sample_rate": "8000"}}', WSCloseCode.INVALID_TEXT),
        ('{"config": {"sample_rate": 1e99}}', WSCloseCode.POLICY_VIOLATION),
        ('{"config": {"sample_rate": NaN}}', WSCloseCode.POLICY_VIOLATION),
        ('{"config": {"sample_rate": -1}}', WSCloseCode.POLICY_VIOLATION),
        ('{"config": {"phrase_list": "x"}}', WSCloseCode.POLICY_VIOLATION),
        ('{"config": {"phrase_list": [1]}}', WSCloseCode.POLICY_VIOLATION),
        ('{"config": {"phrase_list": ["a\\u0000b"]}}', WSCloseCode.POLICY_VIOLATION),
        (json.dumps({"config": {"phrase_list": ["灯" * 101]}}), WSCloseCode.POLICY_VIOLATION),
        (json.dumps({"config": {"phrase_list": ["灯"] * 2001}}), WSCloseCode.POLICY_VIOLATION),
        ("x" * 70_000, WSCloseCode.MESSAGE_TOO_BIG),
    ],
)
async def test_text_that_is_none_of_the_protocol_closes_with_a_code(text: str, code: int) -> None:
    engine = FakeEngine()
    async with served(engine) as listening, talk_to(listening) as connection:
        await connection.send_str(text)
        assert (await connection.receive()).type is WSMsgType.CLOSE
        assert connection.close_code == code
        assert (await get(listening, "/health"))[0] == 200
    assert engine.opened == []


async def test_a_message_that_is_too_large_closes_with_its_code() -> None:
    async with served(message_bytes=100_000) as listening, talk_to(listening) as connection:
        await connection.send_bytes(bytes(200_000))
        assert (await connection.receive()).type is WSMsgType.CLOSE
        assert connection.close_code == WSCloseCode.MESSAGE_TOO_BIG


async def test_thousands_of_configurations_are_cut_short() -> None:
    async with served() as listening, talk_to(listening) as connection:
        for _ in range(2000):
            try:
                await connection.send_str('{"config": {"sample_rate": 8000}}')
            except ConnectionError:
                break
        message = await connection.receive()
        assert message.type is WSMsgType.CLOSE
        assert (message.data, message.extra) == (WSCloseCode.POLICY_VIOLATION, "too many configurations")


async def test_a_client_that_says_nothing_is_left() -> None:
    async with served(idle_s=0.2, request_s=0.3) as listening:
        async with talk_to(listening) as connection:
            message = await connection.receive()
            assert (message.data, message.extra) == (WSCloseCode.POLICY_VIOLATION, "idle")
        reader, writer = await asyncio.open_connection("127.0.0.1", listening.port)
        writer.write(b"GET / HTTP/1.1\r\nHost:")
        with suppress(ConnectionError):
            assert await reader.read() == b""
        writer.close()
        assert listening.load.open == 0


async def test_a_client_that_takes_no_answers_is_dropped() -> None:
    async with served(reader_s=0.3, message_bytes=4096) as listening:
        line = socket.socket()
        # Whoever reads nothing has room for megabytes otherwise.
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.connect(("127.0.0.1", listening.port))
        reader, writer = await asyncio.open_connection(sock=line, limit=1024)
        key = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
        writer.write(
            f"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{key}\r\n".encode()
        )
        await reader.readuntil(b"\r\n\r\n")
        message = b"\x82\x80\x00\x00\x00\x00"
        """An empty binary message: each is answered."""
        while listening.load.open:
            try:
                writer.write(message * 5000)
                async with asyncio.timeout(0.1):
                    await writer.drain()
            except TimeoutError:
                continue
            except ConnectionError:
                break
        async with asyncio.timeout(20):
            while listening.load.open:  # noqa: ASYNC110  # the server's own count is asked
                await asyncio.sleep(0.02)
        writer.transport.abort()


async def test_a_full_server_refuses_before_there_is_a_stream_and_health_says_so() -> None:
    async with served(connections=1) as listening, talk_to(listening) as first:
        await first.send_bytes(SOUND)
        await first.receive()
        assert json.loads((await get(listening, "/health"))[1]) == {
            **{"status": "full", "connections": 1, "most": 1, "threads": 2},
            "late_s": pytest.approx(0.0, abs=1),
        }
        assert (await get(listening, "/health"))[0] == 503
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with talk_to(listening):
                pass
        assert refused.value.status == 503
        with pytest.raises(EngineAwayError, match="full"):
            await heard_by(client(listening.url), SOUND)
        await first.close()
        async with asyncio.timeout(20):
            while (await get(listening, "/health"))[0] != 200:  # noqa: ASYNC110  # the server is asked
                await asyncio.sleep(0.02)
        assert len(await heard_by(client(listening.url), SOUND)) > 0


def test_while_sound_waits_for_threads_nobody_further_is_taken() -> None:
    load = Load(Limits(late_s=2.0), threads=1)
    for _ in range(50):
        load.waited(3.0)
    assert load.refusal() == "", "with nobody there, what was late before means nothing"
    load.open = 1
    assert load.refusal() == "busy"
    for _ in range(50):
        load.waited(0.0)
    assert load.refusal() == ""


async def test_without_the_token_nothing_but_the_health_is_told() -> None:
    async with served(token=TOKEN) as listening:
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}):
            assert (await get(listening, "/metrics", headers=headers))[0] == 401
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                async with talk_to(listening, headers=headers):
                    pass
            assert refused.value.status == 401
        assert (await get(listening, "/health"))[0] == 200
        assert len(await heard_by(client(listening.url, token=TOKEN), SOUND)) > 0


async def test_a_page_in_somebodys_browser_cannot_use_an_open_server() -> None:
    async with served() as listening:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with talk_to(listening, headers={"Origin": "https://evil.example"}):
                pass
    assert refused.value.status == 403


async def test_what_is_no_websocket_is_told_so_and_counted() -> None:
    async with served() as listening:
        assert (await get(listening, "/"))[0] == 426
        status, figures = await get(listening, "/metrics")
    assert status == 200
    assert 'hotline_asr_server_refused_total{why="no websocket"} 1.0' in figures


async def test_an_engine_that_fails_ends_its_own_stream_only() -> None:
    engine = FakeEngine()
    async with served(engine) as listening, talk_to(listening) as first, talk_to(listening) as second:
        await first.send_bytes(SOUND)
        await first.receive()
        for error in (AsrError("broken"), RuntimeError("worse")):
            engine.error = error
            async with talk_to(listening) as third:
                await third.send_bytes(SOUND)
                await third.receive()
                assert third.close_code == WSCloseCode.INTERNAL_ERROR
        engine.error = None
        await second.send_bytes(SOUND)
        assert await second.receive_json() == {"partial": "0.2"}


async def test_stopping_waits_for_open_streams_and_then_says_why() -> None:
    server = RecognitionServer(FakeEngine(), threads=1, limits=Limits(stop_s=0.3))
    async with aiohttp.ClientSession() as session, asyncio.timeout(60):
        async with server.listening("127.0.0.1", 0) as listening:
            connection = await session.ws_connect(listening.url)
            await connection.send_bytes(SOUND)
            await connection.receive()

            async def held() -> WSMsgType:
                return (await connection.receive()).type

            waiting = asyncio.create_task(held())
        assert await waiting is WSMsgType.CLOSE
        assert connection.close_code == WSCloseCode.GOING_AWAY


async def test_a_port_in_use_is_told() -> None:
    async with served() as listening:
        with pytest.raises(ServerPortError, match="cannot be used"):
            async with RecognitionServer(FakeEngine(), threads=1).listening("127.0.0.1", listening.port):
                pass


def test_which_addresses_others_reach() -> None:
    assert [is_open_to_others(host) for host in ("127.0.0.1", "::1", "localhost")] == [False] * 3
    assert [is_open_to_others(host) for host in ("0.0.0.0", "10.0.0.5", "asr.example")] == [True] * 3  # noqa: S104


async def test_a_server_that_knows_how_keeps_the_stream_between_utterances() -> None:
    """So its recogniser stays warm; one that left meanwhile is no loss."""
    engine = FakeEngine()
    async with served(engine, idle_s=0.5) as listening:
        session = client(listening.url).open(rate=8000, partials=True)

        def utterance(skipped_s: float) -> float:
            heard = session.skip(skipped_s) + session.accept(SOUND) + session.skip(0.0)
            return next(one.start_s for one in heard if isinstance(one, Spoken))

        assert await asyncio.to_thread(utterance, 1.0) == pytest.approx(1.1)
        assert await asyncio.to_thread(utterance, 2.0) == pytest.approx(1.1 + 0.2 + 2.0 - 0.2)
        assert len(engine.opened) == 1
        while listening.load.open:  # noqa: ASYNC110  # the server's own count is asked
            await asyncio.sleep(0.02)
        assert await asyncio.to_thread(utterance, 5.0) == pytest.approx(8.5)
        assert len(engine.opened) == 2
        assert await asyncio.to_thread(session.finish) == ()
