"""``hotline agents``: who is signed in, and signing in and out, pausing and readying from here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer

from ..core.settings import Settings
from ..queue.agents import Agents
from ..queue.states import PAUSE_REASONS, REASON_NAMES, AgentState
from ..telephony.ami import Ami
from .common import ConfigOption, JsonOption, console, load_settings, print_json, run
from .tables import table

app = typer.Typer(no_args_is_help=True, help="See the agents and sign them in and out.")

CONNECT_LIMIT_S = 5.0

NumberArgument = Annotated[str, typer.Argument(help="The agent's number, e.g. 1001.")]


@asynccontextmanager
async def _agents(settings: Settings) -> AsyncGenerator[Agents]:
    switch = settings.asterisk
    ami = Ami(switch.ami_host, switch.ami_port, "hotline-actions", switch.ami_action_secret)
    running = asyncio.create_task(ami.run(), name="ami")
    try:
        await ami.wait_connected(CONNECT_LIMIT_S)
        yield Agents(settings, ami)
    finally:
        await ami.close()
        running.cancel()
        await asyncio.wait({running})


def _show(states: list[AgentState], settings: Settings, *, as_json: bool) -> None:
    names = {agent.number: agent.name for agent in settings.agents}
    if as_json:
        print_json([{**state.as_json(), "name": names[state.number]} for state in states])
        return
    listed = table("agent", "name", "state", "reason", "queues")
    for state in states:
        reason = REASON_NAMES.get(state.reason, state.reason)
        listed.add_row(state.number, names[state.number], state.kind.value, reason, " ".join(state.queues))
    console.print(listed)


def _do(
    config: Path | None, number: str, what: Callable[[Agents], Awaitable[None]], *, as_json: bool
) -> None:
    settings = load_settings(config)

    async def act() -> list[AgentState]:
        async with _agents(settings) as agents:
            await what(agents)
            return [state for state in await agents.states() if state.number == number]

    _show(run(act()), settings, as_json=as_json)


@app.command("list")
def list_agents(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show what every agent is doing now, as the switch sees it.

    Example: hotline agents list --json
    """
    settings = load_settings(config)

    async def ask() -> list[AgentState]:
        async with _agents(settings) as agents:
            return await agents.states()

    _show(run(ask()), settings, as_json=as_json)


@app.command("sign-in")
def sign_in(number: NumberArgument, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Sign an agent in to all of its queues, ready for calls (the telephone's *11).

    Example: hotline agents sign-in 1001
    """
    _do(config, number, lambda agents: agents.sign_in(number), as_json=as_json)


@app.command("sign-out")
def sign_out(number: NumberArgument, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Sign an agent out of all of its queues; a call in progress goes on (*12).

    Example: hotline agents sign-out 1001
    """
    _do(config, number, lambda agents: agents.sign_out(number), as_json=as_json)


@app.command()
def pause(
    number: NumberArgument,
    reason: Annotated[str, typer.Option(help=f"One of {', '.join(PAUSE_REASONS)}.")] = "rest",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give an agent no calls until it is ready again (*14, *141 …).

    Example: hotline agents pause 1001 --reason meal
    """
    _do(config, number, lambda agents: agents.pause(number, reason), as_json=as_json)


@app.command()
def ready(number: NumberArgument, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """End an agent's pause or wrap-up (*13).

    Example: hotline agents ready 1001
    """
    _do(config, number, lambda agents: agents.ready(number), as_json=as_json)
