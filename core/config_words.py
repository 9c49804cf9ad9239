"""Says in plain words what is wrong with one value of the configuration, and how to mend it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel

from .settings import Settings

INIT = "hotline init DIR"

_TYPES = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "string_type": "a text in quotation marks",
    "bool_type": "true or false",
    "path_type": "a path in quotation marks",
    "tuple_type": "a list in square brackets",
    "list_type": "a list in square brackets",
    "model_type": "a section",
    "model_attributes_type": "a section",
    "none_required": "left out",
}

_PATTERNS = {
    r"^[a-z][a-z0-9_-]{0,30}$": "a lower-case letter, then at most 30 lower-case letters, digits, - or _",
    r"^[0-9]{1,20}$": "1 to 20 digits",
    r"^[0-9]{2,5}$": "2 to 5 digits",
    r"^([0-9XZN]|\[[0-9](-[0-9])?([0-9](-[0-9])?)*\]){7,20}$": (
        "7 to 20 of: digits, X (0-9), Z (1-9), N (2-9), sets such as [3-9]"
    ),
    r"^[A-Za-z0-9_-]{16,128}$": "16 to 128 letters, digits, - or _",
}


def describe(error: Mapping[str, Any]) -> tuple[str, str]:
    """Return message and mend of one pydantic error; a value that may be a secret is never repeated."""
    kind, context = str(error["type"]), error.get("ctx", {})
    key = tuple(error["loc"])
    if kind == "extra_forbidden":
        return "unknown key", _did_you_mean(str(key[-1]), _names_at(key[:-1]))
    if kind == "missing":
        return _missing(str(key[-1]))
    if kind in _TYPES:
        return f"must be {_TYPES[kind]}, not {_shown(key, error['input'])}", ""
    if kind == "string_pattern_mismatch":
        pattern = str(context["pattern"])
        allowed = _PATTERNS.get(pattern, 'without control characters or any of $ ; [ ] | , " \\')
        return f"{_shown(key, error['input'])} is not allowed", f"must be {allowed}"
    if kind == "literal_error":
        wanted = str(context["expected"]).replace("'", '"')
        return f"{_shown(key, error['input'])} is not known", f"must be {wanted}"
    message = str(error["msg"]).removeprefix("Value error, ").removeprefix("Input ")
    return message, ""


def _missing(name: str) -> tuple[str, str]:
    if name.endswith(("secret", "token")):
        return "missing secret", f"copy one from a new file: {INIT}; a secret is never chosen for you"
    return "missing", f"see the example that {INIT} writes"


def _shown(key: tuple[str | int, ...], value: object) -> str:
    if key and str(key[-1]).endswith(("secret", "token")):
        return "this value"
    if isinstance(value, dict | list):
        return "a section" if isinstance(value, dict) else "a list"
    text = repr(value) if not isinstance(value, str) else f'"{value}"'
    return text if len(text) <= 60 else f"{text[:57]}…"


def _did_you_mean(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f'did you mean "{close[0]}"?' if close else f"known here: {', '.join(known)}"


def _names_at(key: tuple[str | int, ...]) -> list[str]:
    return list(model_at(key).model_fields)


def model_at(key: tuple[str | int, ...]) -> type[BaseModel]:
    """Return the model of the section at a path: ``("agents", 0)`` is ``Agent``."""
    model: type[BaseModel] = Settings
    for part in key:
        if isinstance(part, str):
            model = next(_models(model.model_fields[part].annotation))
    return model


def _models(annotation: Any) -> Any:
    """Yield the models that an annotation names, at whatever depth."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)
