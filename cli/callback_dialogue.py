"""``hotline callback dialogue``: what breaks a rule in the words of the survey, before anybody is called."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from ..callback_bot.survey import dialogue_check, dialogue_install
from ..callback_bot.survey.dialogue import Dialogue
from ..core.errors import ConfigError
from ..core.settings import Settings
from . import common


def dialogue(
    file: Annotated[
        Path | None,
        typer.Argument(help="A dialogue file; else every dialogue there is.", show_default=False),
    ] = None,
    *,
    as_json: common.JsonOption = False,
    config: common.ConfigOption = None,
) -> None:
    """Say what breaks a rule in a dialogue, with line, rule and mend; exit status 2 when something does.

    Leading words, consent, and that nothing of a person is said before they confirmed who they are. Without a
    configuration the names of queues are not checked. Example: hotline callback dialogue dialogues/ours.yaml
    """
    settings = _settings_if_any(config)
    queues = {queue.name for queue in settings.queues} if settings is not None else None
    known = [path for _, path in sorted(dialogue_install.files(settings).items())]
    found = [_told(path, queues) for path in ([file] if file is not None else known)]
    if as_json:
        common.print_json({"ok": all(one["ok"] for one in found), "dialogues": found})
    else:
        for one in found:
            _show(one)
    if not all(one["ok"] for one in found):
        raise typer.Exit(2)


def _settings_if_any(config: Path | None) -> Settings | None:
    try:
        common.config_path(config)
    except ConfigError:
        return None
    return common.load_settings(config)


def _told(path: Path, queues: set[str] | None) -> dict[str, Any]:
    delivered = path.parent == dialogue_check.FOLDER
    try:
        read = dialogue_check.load(path, None if delivered else queues)
    except dialogue_check.DialogueRefusedError as refused:
        return {"file": path, "ok": False, "problems": [asdict(problem) for problem in refused.problems]}
    return {"file": path, "ok": True, "problems": [], "levels": read.levels, **_words(read)}


def _words(read: Dialogue) -> dict[str, Any]:
    filled = {line.id: sorted(line.places) for line in read.prompts() if line.places}
    return {"questions": list(read.questions), "after_confirmation": filled, "by_name": read.by_name}


def _show(one: dict[str, Any]) -> None:
    if not one["ok"]:
        for problem in one["problems"]:
            place = f"{problem['file']}:{problem['line']}"
            words = f"{place}: {problem['rule']}: {problem['message']} ({problem['mend']})"
            common.console.print(words, markup=False, soft_wrap=True)
        return
    filled = "; ".join(f"{name}: {', '.join(places)}" for name, places in one["after_confirmation"].items())
    words = f"{one['file']}: good, {len(one['questions'])} questions, {one['levels']} levels"
    note = f"; said after the person has confirmed: {filled}" if filled else ""
    note += "; the first question may name the person (by_name)" if one["by_name"] else ""
    common.console.print(f"{words}{note}", markup=False, soft_wrap=True)
