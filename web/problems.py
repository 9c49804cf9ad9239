"""Errors as answers: problem+json (RFC 9457) for programs, a plain page for people."""

from __future__ import annotations

import html

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from ..core.errors import HotlineError

log = structlog.get_logger(__name__)


def problem(status: int, error_id: str, detail: str, *, retryable: bool = False) -> web.Response:
    """Return a problem+json answer; ``error_id`` is stable, ``detail`` says what to do next."""
    return web.json_response(
        {"type": f"urn:hotline:{error_id}", "status": status, "detail": detail, "retryable": retryable},
        status=status,
        content_type="application/problem+json",
    )


def _page(status: int, detail: str) -> web.Response:
    text = (
        "<!doctype html><html lang=zh><meta charset=utf-8><title>出错了</title>"
        "<link rel=stylesheet href=/static/style.css>"
        f"<main><h1>出错了（{status}）</h1><p>{html.escape(detail)}</p><p><a href=/>返回首页</a></main>"
    )
    return web.Response(text=text, status=status, content_type="text/html")


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error into an answer; what was not expected is logged and says nothing of the inside."""
    try:
        return await handler(request)
    except HotlineError as error:
        status, error_id, detail, retryable = error.status, error.error_id, str(error), error.retryable
    except web.HTTPException as error:
        if error.status < 400:
            raise
        status, error_id, detail, retryable = error.status, f"http.{error.status}", error.reason, False
    except Exception:
        log.exception("request failed", path=request.path, method=request.method)
        status, error_id, retryable = 500, "internal", True
        detail = "服务内部错误，详情见服务日志 (internal error, see the service log)"
    if request.path.startswith("/api/"):
        return problem(status, error_id, detail, retryable=retryable)
    return _page(status, detail)
