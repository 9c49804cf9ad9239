"""``hotline asr serve``: this machine's engine for others, by the protocol of vosk-server."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Annotated

import typer

from ..asr.catalogue import CATALOGUE, open_engine
from ..asr.choice import chosen_engine
from ..asr.engine import Engine
from ..asr.server import RecognitionServer, is_open_to_others
from ..asr.server_limits import Limits
from ..core.asr_settings import AsrSettings
from ..core.errors import ConfigError, InvalidInputError
from ..core.log import setup_logging
from . import common

_SHORTEST_TOKEN = 16


def serve(  # noqa: PLR0917  # each is an option of the command line
    host: Annotated[
        str, typer.Option(help="Address to listen at; 0.0.0.0 for other machines.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free one.")] = 2700,
    model: Annotated[
        str | None,
        typer.Option(
            help="A name of `hotline model list` or a model's folder; else the settings.", show_default=False
        ),
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, max=256, help="Recognising threads.", show_default="one a processor")
    ] = None,
    connections: Annotated[int, typer.Option(min=1, max=10_000, help="Streams taken at most.")] = 64,
    idle_seconds: Annotated[float, typer.Option(min=1, help="A silent client is left after so long.")] = 60,
    stop_seconds: Annotated[
        float, typer.Option(min=0, help="Streams may go on for so long at the end.")
    ] = 20,
    token_file: Annotated[
        Path | None,
        typer.Option(help="File with the word that clients must bring as `Authorization: Bearer`."),
    ] = None,
    config: common.ConfigOption = None,
    as_json: common.JsonOption = False,
) -> None:
    """Recognise speech for other machines and programs over WebSocket, as vosk-server does.

    GET /health tells a balancer the load (503: full or stopping), GET /metrics the figures for Prometheus.
    SIGTERM and Ctrl-C take no new streams, wait for the open ones, and end.

    Example: hotline asr serve --host 0.0.0.0 --token-file token.txt --connections 32
    """
    setup_logging()
    engine = _engine(model, config)
    token = None if token_file is None else _token(token_file)
    limits = Limits(connections=connections, idle_s=idle_seconds, stop_s=stop_seconds)
    count = threads or os.cpu_count() or 1
    engine.load()
    if token is None and is_open_to_others(host):
        common.progress_console.print(
            "Whoever reaches this address can use it: give --token-file, or keep others out.", style="yellow"
        )
    server = RecognitionServer(engine, threads=count, limits=limits, token=token)
    asyncio.run(_serve(server, engine, host, port, as_json=as_json))


async def _serve(server: RecognitionServer, engine: Engine, host: str, port: int, *, as_json: bool) -> None:
    asked = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    async with server.listening(host, port) as listening:
        if as_json:
            told = {"url": listening.url, "pid": os.getpid(), "model": engine.name}
            load = {"threads": listening.load.threads, "connections": listening.load.limits.connections}
            typer.echo(json.dumps(told | load, ensure_ascii=False))
        else:
            common.console.print(
                f"{engine.name} is served at {listening.url}", markup=False, soft_wrap=True, highlight=False
            )
        await asked.wait()


def _engine(model: str | None, config: Path | None) -> Engine:
    """Return the local engine: that of ``--model``, of the settings, or the embedded one."""
    if model is not None:
        return open_engine(model, None)
    if config is None and not any(path.exists() for path in common.DEFAULT_FILES):
        return open_engine(CATALOGUE[0].name, None)
    settings = common.load_settings(config)
    if settings.asr.engine == "server":
        return open_engine(settings.asr.model, settings.state)
    return chosen_engine(AsrSettings(engine=settings.asr.engine, model=settings.asr.model), settings.state)


def _token(file: Path) -> str:
    try:
        token = file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read", mend="name the file that holds the token") from error
    if len(token) < _SHORTEST_TOKEN or not token.isascii() or not token.isprintable():
        raise InvalidInputError(f"the token in {file} has less than {_SHORTEST_TOKEN} plain characters")
    return token
