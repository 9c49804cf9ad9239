"""Queries and bodies as models: every value has its type before a handler sees it, every fault is told."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from ..core.errors import InvalidInputError

_Model = TypeVar("_Model", bound=BaseModel)

BODY_LIMIT_S = 10.0
"""How long a body may take to come."""
_MOST_ERRORS = 20


class InvalidFieldsError(InvalidInputError):
    """Values from outside that were refused, each with its place; ``errors`` is told to the asker."""

    told_fields = ("errors",)


def query_of(request: web.Request, model: type[_Model]) -> _Model:
    """Return a request's query; raises ``InvalidFieldsError``. A name that is given twice is refused."""
    given: dict[str, str] = {}
    for name, value in request.query.items():
        if name in given:
            raise _invalid([{"field": name, "message": "is given twice"}], "query")
        given[name] = value
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise _of(error, "query", model) from error


async def body_as(request: web.Request, model: type[_Model]) -> _Model:
    """Return a request's JSON body, {} without one; raises ``InvalidFieldsError``, ``InvalidInputError``.

    Values have the very type that the model says: no text is read as a number, no number as a truth value.
    """
    text = ""
    if request.can_read_body:
        try:
            async with asyncio.timeout(BODY_LIMIT_S):
                text = await request.text()
        except (ValueError, LookupError, TimeoutError) as error:
            raise InvalidInputError("the body is not JSON", mend=_example(model)) from error
    try:
        return model.model_validate_json(text.strip() or "{}", strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        if first["type"] == "json_invalid":
            raise InvalidInputError("the body is not JSON", mend=_example(model)) from error
        if first["type"] == "model_type" and not first["loc"]:
            raise InvalidInputError("the body is no object", mend=_example(model)) from error
        raise _of(error, "body", model) from error


def _of(error: ValidationError, what: str, model: type[BaseModel]) -> InvalidFieldsError:
    faults = [
        {"field": _place(one["loc"]), "message": _words(one["msg"])}
        for one in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    return _invalid(faults, what, model)


def _invalid(
    faults: list[dict[str, str]], what: str, model: type[BaseModel] | None = None
) -> InvalidFieldsError:
    first = faults[0]
    more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
    return InvalidFieldsError(
        f"{first['field'] or what}: {first['message']}{more}",
        mend="see GET /api/docs" if model is None else _example(model),
        errors=faults[:_MOST_ERRORS],
    )


def _place(where: Sequence[int | str]) -> str:
    """Return a fault's place as people write it: ``callbacks[0].phone``."""
    text = ""
    for part in where:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            shown = "".join(sign if sign.isprintable() else "\ufffd" for sign in part[:40])
            text += f".{shown}" if text else shown
    return text


def _words(message: str) -> str:
    return message.removeprefix("Value error, ").removeprefix("Assertion failed, ")


def _example(model: type[BaseModel]) -> str:
    return f"known: {', '.join(model.model_fields)}" if model.model_fields else "nothing is taken"
