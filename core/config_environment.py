"""Overrides of the configuration by environment variables: ``HOTLINE_WEB__PORT=8080``."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from pydantic import BaseModel

from .settings import Settings
from .toml_lines import KeyPath

PREFIX = "HOTLINE_"

_WHOLE = re.compile(r"-?[0-9]+")


@dataclass(frozen=True)
class Refused:
    """A variable that names no setting."""

    variable: str
    message: str
    mend: str


@dataclass(frozen=True)
class Overrides:
    """The values that the environment gives, by the path of their setting."""

    values: Mapping[KeyPath, tuple[str, object]] = field(default_factory=dict[KeyPath, tuple[str, object]])
    refused: tuple[Refused, ...] = ()

    def apply(self, data: dict[str, Any]) -> None:
        """Put the values into the data of a file; a section that is no section is left to the checks."""
        for key, (_, value) in self.values.items():
            target: Any = data
            for part in key[:-1]:
                target = target.setdefault(part, {}) if isinstance(target, dict) else None
            if isinstance(target, dict):
                target[key[-1]] = value

    def variable(self, key: KeyPath) -> str | None:
        """Return the variable that a setting, or a part of its value, came from."""
        for length in range(len(key), 0, -1):
            if (found := self.values.get(key[:length])) is not None:
                return found[0]
        return None


def variable_name(key: tuple[str, ...]) -> str:
    """Return ``HOTLINE_WEB__PORT`` for ("web", "port")."""
    return PREFIX + "__".join(part.upper() for part in key)


def read_environment(environment: Mapping[str, str]) -> Overrides:
    """Return the overrides in an environment.

    A variable with ``__`` that names no setting is refused, as a misspelt key in the file is, and so is one
    that names a list (queues, agents, trunks) or is all but the name of a setting; others of our prefix
    (``HOTLINE_CONFIG``, ``HOTLINE_CACHE``) are not settings.
    """
    lists = {
        variable_name((name,)) for name, info in Settings.model_fields.items() if _is_list(info.annotation)
    }
    known = {variable_name(key): (key, annotation) for key, annotation in _settings(Settings, ())}
    values: dict[KeyPath, tuple[str, object]] = {}
    refused: list[Refused] = []
    for variable, text in sorted(environment.items()):
        if variable in known:
            key, annotation = known[variable]
            values[key] = (variable, _value(text, annotation))
        elif variable in lists:
            refused.append(Refused(variable, "a list stands in the file only", "unset it, and edit the file"))
        elif variable.startswith(PREFIX):
            cutoff = 0.6 if "__" in variable else 0.9
            close = difflib.get_close_matches(variable, known, n=1, cutoff=cutoff)
            if "__" not in variable and not close:
                continue
            mend = f"did you mean {close[0]}?" if close else "unset it"
            refused.append(Refused(variable, "no setting has this name", mend))
    return Overrides(values, tuple(refused))


def _settings(model: type[BaseModel], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield path and type of every single value; lists (queues, agents, trunks) stand in the file only."""
    for name, info in model.model_fields.items():
        annotation: Any = info.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield from _settings(annotation, (*path, name))
        elif not _is_list(annotation):
            yield (*path, name), annotation


def _is_list(annotation: Any) -> bool:
    return str(annotation).startswith("tuple[")


def _value(text: str, annotation: Any) -> object:
    """Return a variable's text as the type that its setting wants; what does not fit stays a text."""
    types = {annotation, *get_args(annotation)}
    if bool in types and text.lower() in {"true", "false", "1", "0"}:
        return text.lower() in {"true", "1"}
    if int in types and _WHOLE.fullmatch(text):
        return int(text)
    return text
