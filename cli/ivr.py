"""Commands for the voice menu: check it, look at it, speak it, load it into the running switch."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from ..asr.catalogue import open_engine
from ..asr.choice import chosen_engine
from ..asr.evaluate import Report
from ..asr.evaluate import evaluate as run_evaluation
from ..asr.manifest import Sample
from ..core.errors import ConfigError
from ..core.settings import Settings
from ..ivr import check as checks
from ..ivr import prompts as prompt_plan
from ..ivr.apply import Applied
from ..ivr.apply import apply as apply_menu
from ..ivr.draw import draw
from ..ivr.install import missing_years, render_menu
from ..ivr.model import MenuFile
from ..ivr.speech_text import spoken
from ..telephony.ami import Ami
from ..telephony.asterisk_config import Paths
from .common import (
    ConfigOption,
    JsonOption,
    config_path,
    console,
    load_settings,
    print_json,
    progress_console,
    run,
)

app = typer.Typer(no_args_is_help=True, help="Check, show, speak and load the voice menu.")

MenuArgument = Annotated[
    Path | None,
    typer.Argument(help="A menu file; else the setting menu.", show_default=False),
]


def _settings_if_any(config: Path | None) -> Settings | None:
    """Return the settings, or None when none was named and none is here."""
    try:
        config_path(config)
    except ConfigError:
        return None
    return load_settings(config)


def _menu(settings: Settings | None, file: Path | None) -> tuple[Path, MenuFile]:
    path = file or (settings.menu if settings else checks.DEFAULT_MENU)
    queues = {queue.name for queue in settings.queues} if settings else None
    return path, checks.load(path, queues)


@app.command()
def check(file: MenuArgument = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Say what breaks a rule in a menu file, with line, rule and mend; exit status 2 when something does.

    Without a configuration the names of queues are not checked. Example: hotline ivr check menu.yaml
    """
    settings = _settings_if_any(config)
    try:
        path, menu = _menu(settings, file)
    except checks.MenuRefusedError as refused:
        if not as_json:
            raise
        print_json({"ok": False, "problems": [asdict(problem) for problem in refused.problems]})
        raise typer.Exit(2) from None
    paths = [{"keys": keys, "ends": ends} for keys, ends in checks.endings(menu)]
    missing = missing_years(settings) if settings else ()
    if as_json:
        print_json(
            {
                "ok": True,
                "problems": [],
                "file": path,
                "mode": menu.mode,
                "paths": paths,
                "queues_checked": settings is not None,
                "missing_years": missing,
            }
        )
        return
    note = "" if settings else "; no configuration here, so queues were not checked"
    console.print(f"{path}: good, {len(paths)} paths{note}", markup=False, soft_wrap=True)
    _warn_missing(missing)


@app.command()
def show(file: MenuArgument = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Draw the menu as a tree; without a configuration the delivered one.

    Example: hotline ivr show menu.yaml
    """
    path, menu = _menu(_settings_if_any(config), file)
    if as_json:
        print_json({"file": path, **asdict(menu)})
    else:
        console.print(draw(menu))


@app.command()
def render(file: MenuArgument = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Print the dialplan of a menu; nothing is written.

    Example: hotline ivr render menu.yaml
    """
    rendered = render_menu(load_settings(config), file)
    if as_json:
        print_json(asdict(rendered))
    else:
        typer.echo(f"{rendered.body}\n{rendered.entry}", nl=False)


@app.command()
def apply(file: MenuArgument = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Load a menu into the running switch; calls in progress stay in the menu that they came into.

    Another file than the setting's holds until the next start. Example: hotline ivr apply
    """
    settings = load_settings(config)
    _menu(settings, file)  # a bad file is told at once, also when no switch runs
    applied = run(_apply(settings, file))
    if as_json:
        print_json(asdict(applied))
        return
    console.print(f"menu {applied.version} is in use: {applied.prompts} prompts", soft_wrap=True)
    for version in applied.kept:
        console.print(f"menu {version} is kept: calls are still in it", soft_wrap=True)
    _warn_missing(applied.missing_years)


async def _apply(settings: Settings, file: Path | None) -> Applied:
    at = settings.asterisk
    ami = Ami(at.ami_host, at.ami_port, "hotline-actions", at.ami_action_secret, wanted=frozenset())
    running = asyncio.create_task(ami.run(), name="ami actions")
    try:
        await ami.wait_connected(10.0)
        with _bar("speaking") as progress:
            return await apply_menu(ami, settings, file, progress=progress)
    finally:
        await ami.close()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@app.command()
def prompts(
    file: MenuArgument = None,
    check_voice: Annotated[
        bool, typer.Option("--check", help="Recognise every prompt and print its character error rate.")
    ] = False,
    model: Annotated[
        str | None, typer.Option("--model", help="The model that listens; else the setting asr.model.")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make every prompt of a menu, and list them; a recording prompts/NAME.wav replaces the voice.

    Example: hotline ivr prompts --check
    """
    settings = load_settings(config)
    _, menu = _menu(settings, file)
    planned = prompt_plan.plan(menu, settings.prompts)
    sounds = Paths.of(settings).sounds / "hotline"
    with _bar("speaking") as progress:
        made = run(prompt_plan.install(planned.values(), sounds, progress))
    report = _listen(planned, sounds, model, settings) if check_voice else None
    _list_prompts(planned, sounds, made, report, as_json=as_json)


def _listen(
    planned: dict[str, prompt_plan.Prompt], sounds: Path, model: str | None, settings: Settings
) -> Report:
    samples = [
        Sample(sounds / f"{prompt.file}.wav", prompt.name, spoken(prompt.text)) for prompt in planned.values()
    ]
    with _bar("listening") as progress:
        return run_evaluation(
            samples,
            open_engine(model, settings.state) if model else chosen_engine(settings.asr, settings.state),
            progress=lambda done: progress(samples[done - 1].set_name, done, len(samples)),
        )


def _list_prompts(
    planned: dict[str, prompt_plan.Prompt],
    sounds: Path,
    made: int,
    report: Report | None,
    *,
    as_json: bool,
) -> None:
    judged = {one.sample.set_name: one for one in report.judged} if report else {}
    rows: list[dict[str, Any]] = []
    for prompt in planned.values():
        row: dict[str, Any] = {
            "name": prompt.name,
            "text": prompt.text,
            "file": sounds / f"{prompt.file}.wav",
            "recording": prompt.recording,
        }
        if found := judged.get(prompt.name):
            row |= {"cer": round(found.errors.rate, 4), "heard": found.heard}
        rows.append(row)
    total = report.by_set()["total"][1].rate if report else None
    if as_json:
        checked = {"model": report.model, "cer": round(total or 0.0, 4)} if report else {}
        print_json({"prompts": rows, "synthesised": made, **checked})
        return
    table = Table()
    for title in ("name", "source", *(("CER",) if report else ()), "text", *(("heard",) if report else ())):
        table.add_column(title, overflow="fold")
    for row in rows:
        source = "recording" if row["recording"] else "voice"
        values = (row["name"], source, *((f"{row['cer']:.0%}",) if report else ()), row["text"])
        table.add_row(*(Text(value) for value in (*values, *((row["heard"],) if report else ()))))
    console.print(table)
    console.print(f"{len(rows)} prompts, {made} made now", markup=False)
    if report:
        console.print(f"character error rate {total:.1%} with {report.model}", markup=False)


def _warn_missing(years: tuple[int, ...]) -> None:
    for year in years:
        progress_console.print(
            f"warning: the holidays of {year} are not known, callers are greeted as on other days "
            "(add them to calendar.json beside the menu file, see docs/ivr.md)",
            style="yellow",
            markup=False,
            soft_wrap=True,
        )


@contextmanager
def _bar(what: str) -> Generator[prompt_plan.Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=progress_console, transient=True) as bar:
        task = bar.add_task(what, total=None)

        def show(name: str, done: int, whole: int) -> None:
            bar.update(task, description=f"{what} {name}", completed=done, total=whole)

        yield show
