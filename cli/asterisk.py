"""``hotline asterisk``: install, start, stop and ask the switch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from ..telephony import installation
from ..telephony.install import install as install_asterisk
from ..telephony.installation import Asterisk
from ..telephony.runtime import Runtime
from .common import (
    ConfigOption,
    JsonOption,
    console,
    load_settings,
    print_json,
    progress_console,
    run,
)
from .placed import placed

app = typer.Typer(no_args_is_help=True, help="Install, start, stop and ask Asterisk, the switch.")


def _runtime(config: Path | None) -> Runtime:
    settings = load_settings(config)
    # One that runs elsewhere (a container) is reached by its socket; this machine's own is not it.
    managed = settings.asterisk.mode == "managed"
    return Runtime(settings, installation.require() if managed else None)


def _describe(found: Asterisk) -> dict[str, object]:
    return {"version": found.version, "binary": str(found.binary), "unpacked": found.loader is not None}


@app.command()
def install(
    upgrade: Annotated[
        bool, typer.Option("--upgrade", help="Fetch the newest even when one is there.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Get Asterisk 22 into the cache folder, without root; nothing happens when one is here already.

    Example: hotline asterisk install
    """
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=progress_console,
        transient=True,
    ) as bar:
        task = bar.add_task("looking for Asterisk", total=None)

        def show(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total or None)

        found = install_asterisk(show, upgrade=upgrade)
    if as_json:
        print_json(_describe(found))
    else:
        console.print(f"Asterisk {found.version} is ready: {found.binary}", soft_wrap=True)


@app.command()
def start(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Write the configuration and start Asterisk in the background; one that runs is left running.

    Example: hotline asterisk start
    """
    runtime = _runtime(config)
    with placed(config):
        pid = run(runtime.start())
    if as_json:
        print_json({"running": True, "pid": pid, "log": str(runtime.paths.messages)})
    else:
        console.print(f"Asterisk runs (process {pid}); its log: {runtime.paths.messages}", soft_wrap=True)


@app.command()
def stop(
    config: ConfigOption = None,
    graceful: Annotated[
        bool, typer.Option("--graceful", help="Take no new calls and wait for the running ones to end.")
    ] = False,
    wait: Annotated[float, typer.Option(help="With --graceful: wait at most so many seconds.")] = 3600.0,
    as_json: JsonOption = False,
) -> None:
    """Stop Asterisk: at once, hanging up every call, or --graceful.

    Example: hotline asterisk stop --graceful --wait 600
    """
    was_running = run(_runtime(config).stop(graceful=graceful, limit_s=wait if graceful else None))
    if as_json:
        print_json({"running": False, "was_running": was_running})
    else:
        console.print("Asterisk is stopped." if was_running else "Asterisk was not running.")


@app.command()
def status(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Say whether Asterisk runs, since when, and with how many calls; exit status 3 when it does not.

    Example: hotline asterisk status --json
    """
    runtime = Runtime(load_settings(config), installation.find())
    found = run(runtime.status())
    if as_json:
        print_json(found.as_json())
    elif found.running:
        since = f"{found.since:%Y-%m-%d %H:%M:%S} UTC" if found.since else "an unknown time"
        console.print(
            f"Asterisk {found.version} runs since {since} (process {found.pid}): "
            f"{found.calls} calls, {found.channels} channels",
            soft_wrap=True,
        )
    else:
        console.print("Asterisk does not run. Start it: hotline asterisk start")
    if not found.running:
        raise typer.Exit(3)


@app.command()
def reload(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Write the configuration anew and let Asterisk read it; calls go on.

    Example: hotline asterisk reload
    """
    changed = run(_runtime(config).reload())
    if as_json:
        print_json({"changed": [str(file) for file in changed]})
    else:
        console.print(f"Asterisk has read its files again; changed: {len(changed)}")
        for file in changed:
            console.print(f"  {file}", soft_wrap=True)


@app.command("console")
def console_command(
    command: Annotated[list[str], typer.Argument(help="A command of Asterisk's console.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run one console command in the running Asterisk and print its answer.

    Example: hotline asterisk console pjsip show contacts
    """
    text = run(Runtime(load_settings(config), installation.find()).console(" ".join(command)))
    if as_json:
        print_json({"command": " ".join(command), "output": text})
    else:
        console.print(text, markup=False, highlight=False, soft_wrap=True, end="")
