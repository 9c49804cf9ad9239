"""The client of recognition servers against servers that are slow, hung, gone, full or mad."""

from __future__ import annotations

import asyncio
import gc
import json
import ssl
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest
from aiohttp import WSMsgType, web

from hotline.asr.engine import Partial, Spoken
from hotline.asr.errors import AsrError, EngineAwayError
from hotline.asr.server_link import ServerError
from hotline.asr.server_protocol import EOF, AnswerError
from hotline.core.errors import ConfigError
from support.ports import free_ports
from support.recognition import WORD, client, heard_by, serving, talking

SOUND = bytes(16_000)
"""A second."""


async def well(connection: web.WebSocketResponse, _request: web.Request) -> None:
    """Speak as vosk-server does."""
    guess = 0
    async for message in connection:
        if message.type is WSMsgType.BINARY:
            guess += 1
            await connection.send_str(json.dumps({"partial": f"猜 {guess}"}))
        elif message.data == EOF:
            one = {"conf": 0.9, "end": WORD.end_s, "start": WORD.start_s, "word": WORD.text}
            await connection.send_str(json.dumps({"result": [one], "text": WORD.text}))
            return


def says(*answers: Any) -> Any:
    """Return a server's talk that answers each piece of sound with the next of these."""

    async def talk(connection: web.WebSocketResponse, _request: web.Request) -> None:
        left = list(answers)
        async for message in connection:
            if message.type is WSMsgType.BINARY and left:
                answer = left.pop(0)
                await (
                    connection.send_bytes(answer)
                    if isinstance(answer, bytes)
                    else connection.send_str(answer)
                )

    return talk


async def test_guesses_and_words_come_back_on_the_sessions_clock() -> None:
    async with talking(well) as url:
        engine = client(url)

        def work() -> None:
            session = engine.open(rate=8000, partials=True)
            assert session.skip(5.0) == ()
            heard = session.accept(SOUND) + session.skip(10.0) + session.accept(SOUND) + session.finish()
            finals = [one for one in heard if isinstance(one, Spoken)]
            assert [round(one.start_s, 3) for one in finals] == [5.1, 16.1]
            assert finals[1].words[0].end_s == 16.5
            assert Partial("猜1") in heard
            assert session.finish() == ()

        await asyncio.to_thread(work)


async def test_a_server_without_words_and_with_binary_answers_is_understood() -> None:
    """As the server in C++ gives them."""

    async def talk(connection: web.WebSocketResponse, _request: web.Request) -> None:
        async for message in connection:
            if message.type is WSMsgType.BINARY:
                await connection.send_str('{"partial": ""}')
            elif message.data == EOF:
                await connection.send_bytes('{"text": "路灯 灭"}'.encode())

    async with talking(talk) as url:
        (spoken,) = await heard_by(client(url), SOUND)
    assert isinstance(spoken, Spoken)
    assert (spoken.text, spoken.words, spoken.start_s, spoken.end_s) == ("路灯灭", (), 0.0, 1.0)


@pytest.mark.parametrize(
    "answer",
    ["<html>", "[]", '{"result": [{"word": "灯", "start": 5, "end": 99}]}', b"\xff\xfe", "x" * (2 << 20)],
)
async def test_garbage_and_huge_answers_end_the_stream_with_an_error(answer: str | bytes) -> None:
    async with talking(says(answer)) as url:
        with pytest.raises((AnswerError, ServerError)):
            await heard_by(client(url), SOUND)


async def test_answers_that_nobody_asked_for_end_the_stream() -> None:
    async def talk(connection: web.WebSocketResponse, _request: web.Request) -> None:
        for _ in range(100):
            await connection.send_str('{"partial": "x"}')
        await connection.receive()

    async with talking(talk) as url:
        with pytest.raises(ServerError):
            await heard_by(client(url), SOUND)


async def test_a_server_that_hangs_is_left_in_time() -> None:
    let_go = asyncio.Event()

    async def talk(connection: web.WebSocketResponse, _request: web.Request) -> None:
        await let_go.wait()

    async with talking(talk) as url:
        with pytest.raises(ServerError, match="hangs"):
            await heard_by(client(url, answer_seconds=1.0), SOUND)
        let_go.set()


async def test_a_live_stream_never_waits_and_says_that_the_server_does_not_keep_up() -> None:
    let_go = asyncio.Event()

    async def talk(connection: web.WebSocketResponse, _request: web.Request) -> None:
        await let_go.wait()

    async with talking(talk) as url:
        session = client(url, answer_seconds=300).open(rate=8000, partials=True)
        for _ in range(10):
            session.accept(SOUND)
        with pytest.raises(ServerError, match="keep up"):
            session.accept(SOUND)
        let_go.set()


async def test_a_server_that_breaks_off_is_told_and_the_session_goes_on_elsewhere() -> None:
    broken: list[bool] = []

    async def talk(connection: web.WebSocketResponse, request: web.Request) -> None:
        if not broken:
            broken.append(True)
            await connection.receive()
            assert request.transport is not None
            request.transport.abort()
            return
        await well(connection, request)

    async with talking(talk) as url:
        session = client(url).open(rate=8000)

        def work() -> None:
            session.accept(SOUND)
            with pytest.raises(ServerError) as error:
                session.finish()
            assert error.value.retryable
            (spoken,) = session.accept(SOUND) + session.finish()
            assert isinstance(spoken, Spoken)
            assert spoken.start_s == 1.1, "after the second that was lost"

        await asyncio.to_thread(work)


async def test_a_server_that_is_away_is_passed_over() -> None:
    (nobody,) = free_ports(1)
    async with talking(well) as url:
        engine = client(f"ws://127.0.0.1:{nobody}", url)
        for _ in range(3):
            assert len(await heard_by(engine, SOUND)) == 1
        looked = await asyncio.to_thread(engine.look)
    assert looked[url] == ""
    assert looked[f"ws://127.0.0.1:{nobody}"]


async def test_no_server_at_all_is_said_in_time_with_what_to_do() -> None:
    (nobody,) = free_ports(1)
    with pytest.raises(EngineAwayError, match=r"asr\.server in hotline\.toml"):
        await heard_by(client(f"ws://127.0.0.1:{nobody}"), SOUND)


@pytest.mark.parametrize(
    ("status", "told"),
    [(503, "full or stopping"), (401, "asr.server.token"), (404, "no WebSocket"), (200, "200")],
)
async def test_a_handshake_that_is_refused_says_why(status: int, told: str) -> None:
    async def refuse(_request: web.Request) -> web.Response:
        return web.Response(status=status)

    async with serving(refuse) as url:
        with pytest.raises(EngineAwayError, match=told):
            await heard_by(client(url), SOUND)


async def test_a_server_that_sends_us_elsewhere_gets_neither_sound_nor_token() -> None:
    asked: list[str] = []

    async def elsewhere(request: web.Request) -> web.StreamResponse:
        asked.append(request.headers.get("Authorization", ""))
        return web.Response()

    async with serving(elsewhere) as target:

        async def redirect(_request: web.Request) -> web.Response:
            return web.Response(status=307, headers={"Location": target.replace("ws:", "http:")})

        async with serving(redirect) as url:
            with pytest.raises(EngineAwayError, match="another place"):
                await heard_by(client(url, token="t" * 16), SOUND)
    assert asked == []


async def test_the_token_is_sent() -> None:
    asked: list[str] = []

    async def talk(connection: web.WebSocketResponse, request: web.Request) -> None:
        asked.append(request.headers.get("Authorization", ""))
        await well(connection, request)

    async with talking(talk) as url:
        await heard_by(client(url, token="t" * 16), SOUND)
    assert asked == [f"Bearer {'t' * 16}"]


async def test_only_a_certificate_that_is_trusted_is_taken(tmp_path: Path) -> None:
    await asyncio.to_thread(
        subprocess.run,
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
            ),
            *("-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem", "-days", "2"),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    async with talking(well, ssl=context) as url:
        with pytest.raises(EngineAwayError, match=r"certificate is not trusted.*asr.server.ca"):
            await heard_by(client(url), SOUND)
        assert len(await heard_by(client(url, ca=tmp_path / "cert.pem"), SOUND)) == 1
    with pytest.raises(ConfigError, match=r"asr\.server\.ca"):
        client(url, ca=tmp_path / "key.pem")


async def test_a_session_that_is_dropped_leaves_its_server() -> None:
    came, left = asyncio.Event(), asyncio.Event()

    async def talk(connection: web.WebSocketResponse, _request: web.Request) -> None:
        async for _ in connection:
            came.set()
        left.set()

    async with talking(talk) as url:
        session = client(url).open(rate=8000, partials=True)
        session.accept(SOUND)
        async with asyncio.timeout(20):
            await came.wait()
            del session
            gc.collect()
            await left.wait()


async def test_many_sessions_share_one_thread() -> None:
    async with talking(well) as url:
        engine = client(url)
        before = threading.active_count()
        sessions = [engine.open(rate=8000, partials=True) for _ in range(50)]
        for session in sessions:
            session.accept(SOUND)
        assert threading.active_count() <= before + 1
        heard = await asyncio.to_thread(lambda: [session.finish()[-1] for session in sessions])
    assert all(isinstance(one, Spoken) for one in heard)


async def test_an_error_is_one_that_the_callers_know() -> None:
    assert issubclass(ServerError, AsrError)
    assert issubclass(EngineAwayError, AsrError)
    assert ServerError("x").retryable
