"""A request's body as the model that its route declares; what does not fit is told with its place."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar, cast

from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from ..core.errors import InvalidInputError
from .three_way_api import body_of

T = TypeVar("T")


async def checked_body(request: web.Request, model: type[T], *, example: str) -> T:
    """Return the body; raises ``InvalidInputError``. Only JSON is read, which no other site can send."""
    if request.content_type != "application/json":
        raise InvalidInputError("the body is not JSON", mend=f"send {example} as application/json")
    body = await body_of(request, example=example)
    try:
        return cast("T", _adapter(model).validate_python(dict(body)))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InvalidInputError(
            f"{place or 'the body'}: {first['msg']}"[:300], mend=f"send {example}"
        ) from None


@cache
def _adapter(model: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(model)
