"""Commands for speech recognition: try it on files, measure it, choose a model."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from ..asr import catalogue
from ..asr.choice import chosen_engine
from ..asr.engine import Engine
from ..asr.evaluate import evaluate as run_evaluation
from ..asr.manifest import read_manifest
from ..asr.model_install import install as install_model
from ..asr.transcribe_file import FileTranscript, StereoUse, transcribe_file
from ..core.settings import Settings
from . import common, tables
from .asr_serve import serve

asr_app = typer.Typer(no_args_is_help=True, help="Measure speech recognition, or offer it to others.")
asr_app.command()(serve)
model_app = typer.Typer(no_args_is_help=True, help="List and install speech models.")

ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="A name of `hotline model list` or a model's folder; else the setting asr.model.",
        show_default=False,
    ),
]


def transcribe(
    files: Annotated[list[Path], typer.Argument(help="Sound files: WAV or FLAC, any rate, mono or stereo.")],
    model: ModelOption = None,
    stereo: Annotated[
        Literal["citizen-agent", "agent-citizen", "mix"],
        typer.Option(help="What the two channels of a stereo file are: a leg each, or one sound."),
    ] = "citizen-agent",
    config: common.ConfigOption = None,
    as_json: common.JsonOption = False,
) -> None:
    """Write down what is said in sound files.

    Example: hotline transcribe call.wav --json
    """
    engine = _engine(model, config)
    use: StereoUse = stereo
    results: list[FileTranscript] = []
    for file in files:
        with _bar(f"{file.name}") as progress:
            task = progress.add_task("", total=None)

            def show(done: float, whole: float, bar: Progress = progress, task: Any = task) -> None:
                bar.update(task, completed=done, total=whole)

            results.append(transcribe_file(file, engine, stereo=use, progress=show))
    if as_json:
        common.print_json([result.to_json() for result in results])
        return
    for result in results:
        common.console.print(
            f"{result.file}  ({result.duration_s:.1f} s, {result.model})", markup=False, soft_wrap=True
        )
        for line in result.utterances:
            speaker = {"citizen": "市民", "agent": "坐席", "third": "第三方", None: "    "}[line.speaker]
            common.console.print(
                f"  {line.start_s:7.2f}  {speaker}  {line.text}", markup=False, soft_wrap=True
            )


@asr_app.command()
def evaluate(
    manifest: Annotated[Path, typer.Argument(help="Tab-separated: columns file, text and maybe set.")],
    model: ModelOption = None,
    config: common.ConfigOption = None,
    as_json: common.JsonOption = False,
) -> None:
    """Recognise recordings whose text is known; print the character error rate of each set.

    Example: hotline asr evaluate tests/data/audio/manifest.tsv
    """
    samples = read_manifest(manifest)
    engine = _engine(model, config)
    with _bar("recognising") as progress:
        task = progress.add_task("", total=len(samples))
        report = run_evaluation(samples, engine, progress=lambda done: progress.update(task, completed=done))
    plain = report.to_json()
    if as_json:
        common.print_json(plain)
        return
    columns = ("set", "recordings", "characters", "CER", "substituted", "deleted", "inserted")
    table = tables.table(
        *columns, title=f"{report.model}: {plain['cost_per_audio_s']} CPU s per second of sound"
    )
    for name, (count, errors) in report.by_set().items():
        edits = (errors.substitutions, errors.deletions, errors.insertions)
        table.add_row(
            name, str(count), str(errors.characters), f"{errors.rate:.1%}", *(str(n) for n in edits)
        )
    common.console.print(table)


@model_app.command("list")
def list_models(config: common.ConfigOption = None, as_json: common.JsonOption = False) -> None:
    """Show the speech models, and which are on this machine.

    Example: hotline model list
    """
    settings = _settings(config)
    places = catalogue.folders(settings.state if settings else None)
    chosen = settings.asr.model if settings else None
    rows: list[dict[str, Any]] = []
    for one in catalogue.CATALOGUE:
        folder = catalogue.find(one, places)
        rows.append(
            {
                "name": one.name,
                "language": one.language,
                "state": "embedded" if one.embedded else "installed" if folder else "not installed",
                "chosen": one.name == chosen,
                "synthetic": one.synthetic,
                "about": one.about,
                "folder": str(folder) if folder else None,
                "source": None if one.embedded else one.url,
            }
        )
    if as_json:
        common.print_json(rows)
        return
    table = tables.table("name", "language", "state", "chosen", "about")
    for row in rows:
        table.add_row(row["name"], row["language"], row["state"], "*" if row["chosen"] else "", row["about"])
    common.console.print(table)


@model_app.command()
def install(
    name: Annotated[str, typer.Argument(help="A name of `hotline model list`.")],
    source: Annotated[
        Path | None, typer.Option("--from", help="The publisher's archive, fetched on another machine.")
    ] = None,
    sha256: Annotated[
        str | None,
        typer.Option("--sha256", help="What the archive's SHA-256 must be, from a source you trust."),
    ] = None,
    config: common.ConfigOption = None,
    as_json: common.JsonOption = False,
) -> None:
    """Install a speech model from its publisher or from a file.

    Example: hotline model install small-cn
    """
    one = catalogue.entry(name)
    settings = _settings(config)
    place = catalogue.folders(settings.state if settings else None)[0]
    with _bar(one.name, DownloadColumn()) as progress:
        tasks: dict[str, Any] = {}

        def show(step: str, now: int, whole: int | None) -> None:
            if step not in tasks:
                tasks[step] = progress.add_task(step, total=whole)
            progress.update(tasks[step], completed=now, total=whole)

        done = install_model(one, place, source=source, sha256=sha256, progress=show)
    if done.first_use:
        common.progress_console.print(
            f"The archive's SHA-256 was not known before and is trusted from now on: {done.sha256}",
            markup=False,
            soft_wrap=True,
        )
    if as_json:
        common.print_json(
            {
                "name": one.name,
                "folder": str(done.folder),
                "sha256": done.sha256,
                "size": done.size,
                "first_use": done.first_use,
            }
        )
    else:
        common.console.print(
            f'{one.name} is in {done.folder}; choose it in hotline.toml: [asr] model = "{one.name}"'
        )


def _settings(config: Path | None) -> Settings | None:
    """Return the settings, None when no configuration is named or here: these commands work without."""
    if config is None and not any(path.exists() for path in common.DEFAULT_FILES):
        return None
    return common.load_settings(config)


def _engine(model: str | None, config: Path | None) -> Engine:
    """Open the engine asked for, saying on standard error when it only knows synthesised speech."""
    settings = _settings(config)
    if settings is not None and model is None:
        engine = chosen_engine(settings.asr, settings.state)
    else:
        name = model or catalogue.CATALOGUE[0].name
        engine = catalogue.open_engine(name, settings.state if settings else None)
    for one in catalogue.CATALOGUE:
        if one.name == engine.name and one.synthetic:
            common.progress_console.print(f"model {one.name}: {one.about}", style="yellow", soft_wrap=True)
    return engine


@contextmanager
def _bar(title: str, *columns: Any) -> Generator[Progress]:
    """Show progress on standard error for the length of the block, behind a title as it is."""
    title = title.replace("{", "{{").replace("}", "}}")
    shown = (TextColumn("{task.description}"), BarColumn(), *columns, TimeRemainingColumn())
    with Progress(
        TextColumn(title, markup=False), *shown, console=common.progress_console, transient=True
    ) as bar:
        yield bar
