"""Reads ``hotline.toml``: every mistake in it is one line with file, line number, key and mend.

All mistakes are told at once. Every value may be overridden by the environment
(``HOTLINE_WEB__PORT=8080``, ``HOTLINE_STATE=/var/lib/hotline``); a mistake there names the variable.
"""

from __future__ import annotations

import json
import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from .config_environment import Overrides, read_environment
from .config_links import find_broken_links
from .config_words import INIT, describe
from .errors import ConfigError
from .settings import Settings
from .toml_lines import KeyPath, key_lines, nearest

_SYNTAX_LINE = re.compile(r"\s*\(at line (\d+), column \d+\)$")
_SYNTAX_END = re.compile(r"\s*\(at end of document\)$")


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake; ``line`` is 0 for the environment, whose variable then is ``file``."""

    line: int
    key: str
    message: str
    mend: str = ""
    file: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        key = f"{self.key}: " if self.key else ""
        return f"{place}: {key}{self.message}" + (f" ({self.mend})" if self.mend else "")


class ConfigFileError(ConfigError):
    """The configuration cannot be used; ``problems`` has every mistake."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(
            "\n".join(str(problem) for problem in problems),
            problems=[
                {"file": one.file, "line": one.line, "key": one.key, "message": one.message, "mend": one.mend}
                for one in problems
            ],
        )
        self.problems = problems


def load(path: Path, *, environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of a file with all paths absolute; raises ``ConfigFileError``.

    Relative paths are relative to the file's folder. ``environment`` is ``os.environ`` when not given.
    """
    data, lines = _read(path)
    overrides = read_environment(os.environ if environment is None else environment)
    return _validate(path, data, lines, overrides)


def place(path: Path, setting: str, *, environment: Mapping[str, str] | None = None) -> str:
    """Return where a setting such as ``web.port`` of a good file stands: ``file:line``, or its variable.

    For a setting that has its default it is the line of its section.
    """
    key = tuple(setting.split("."))
    variable = read_environment(os.environ if environment is None else environment).variable(key)
    return variable or f"{path}:{nearest(_read(path)[1], key)}"


def warnings(path: Path) -> list[str]:
    """Return what should be mended although the file can be used: secrets that others may read."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & (stat.S_IRGRP | stat.S_IROTH | stat.S_IWGRP | stat.S_IWOTH):
        return [f"{path}: others may read its secrets, mode {mode:04o} (run: chmod 600 {path})"]
    return []


def _read(path: Path) -> tuple[dict[str, Any], dict[KeyPath, int]]:
    file = str(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigFileError((Problem(0, "", "no such file", f"run: {INIT}", file),)) from None
    except OSError as error:
        reason = f"cannot be read: {error.strerror}"
        raise ConfigFileError((Problem(0, "", reason, "name a readable file", file),)) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigFileError((Problem(line, "", "not UTF-8", "save it as UTF-8", file),)) from error
    try:
        return tomllib.loads(text), key_lines(text)
    except tomllib.TOMLDecodeError as error:
        message, line = str(error), text.count("\n") + 1
        if (found := _SYNTAX_LINE.search(message)) is not None:
            line = int(found[1])
        reason = _SYNTAX_END.sub("", _SYNTAX_LINE.sub("", message))
        problem = Problem(line, "", f"not TOML: {reason}", "look at this line and the one before it", file)
        raise ConfigFileError((problem,)) from error


def _validate(path: Path, data: dict[str, Any], lines: dict[KeyPath, int], overrides: Overrides) -> Settings:
    file = str(path)
    overrides.apply(data)
    problems = [Problem(0, "", one.message, one.mend, one.variable) for one in overrides.refused]

    def add(key: KeyPath, message: str, mend: str) -> None:
        variable = overrides.variable(key)
        if variable is not None:
            problems.append(Problem(0, "", message, mend, variable))
        else:
            problems.append(Problem(nearest(lines, key), _dotted(key), message, mend, file))

    settings: Settings | None = None
    try:
        # JSON mode is strict about types and yet takes arrays for tuples and strings for paths.
        settings = Settings.model_validate_json(json.dumps(data, default=str), strict=True)
    except ValidationError as error:
        for one in error.errors(include_url=False):
            add(one["loc"], *describe(one))
    for link in find_broken_links(data):
        add(link.key, link.message, link.mend)
    if problems or settings is None:
        raise ConfigFileError(tuple(sorted(dict.fromkeys(problems))))
    return _with_absolute_paths(settings, path.absolute().parent)


def _dotted(key: KeyPath) -> str:
    """Return ``agents[2].number`` for ("agents", 1, "number"): people count from 1."""
    text = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in key)
    return text.removeprefix(".")


def _with_absolute_paths(settings: Settings, folder: Path) -> Settings:
    def absolute(path: Path) -> Path:
        return Path(os.path.normpath(folder / path.expanduser()))

    state = absolute(settings.state)
    directory = settings.recording.directory
    recordings = state / "recordings" if directory is None else absolute(directory)
    model, server = settings.asr.model, settings.asr.server
    return settings.model_copy(
        update={
            "state": state,
            "menu": absolute(settings.menu),
            "words": absolute(settings.words),
            "prompts": absolute(settings.prompts),
            "database": settings.database.replace("{state}", str(state)),
            "recording": settings.recording.model_copy(update={"directory": recordings}),
            "desk": settings.desk.model_copy(
                update={
                    "certificate": settings.desk.certificate and absolute(settings.desk.certificate),
                    "key": settings.desk.key and absolute(settings.desk.key),
                }
            ),
            "asr": settings.asr.model_copy(
                update={
                    "model": str(absolute(Path(model))) if "/" in model else model,
                    "server": server.model_copy(update={"ca": server.ca and absolute(server.ca)}),
                }
            ),
        }
    )
