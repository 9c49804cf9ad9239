"""Errors as answers: problem+json (RFC 9457) for programs, a plain page for people."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from sqlalchemy.exc import SQLAlchemyError

from ..core.errors import HotlineError

log = structlog.get_logger(__name__)

_TELLS_MORE = ("three_way.", "access.")
"""Errors whose fields a program may have; those of others may tell of the inside."""
_KEPT_HEADERS = ("Allow", "WWW-Authenticate")
_CHINESE = {
    401: "请先登录。",
    403: "您没有权限，或请求不是从本服务的页面发出的。",
    404: "没有这个页面或记录。",
    405: "这个地址不支持该操作。",
    413: "提交的内容太大。",
    429: "操作过于频繁，请稍后再试。",
    500: "服务内部错误，详情见服务日志。",
    503: "数据库或交换机暂时不可用，服务正在自动重试，请稍后刷新。通话不受影响。",
}


@dataclass(frozen=True)
class Problem:
    """One error: a stable ``error_id`` for programs, and ``detail``, which says what to do next."""

    status: int
    error_id: str
    detail: str
    retryable: bool = False
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    more: Mapping[str, object] = field(default_factory=dict[str, object])
    """Members of the problem's own (RFC 9457, 3.2)."""

    def as_json(self) -> web.Response:
        """Return the problem+json answer."""
        body = {
            "type": f"urn:hotline:{self.error_id}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "retryable": self.retryable,
            **self.more,
        }
        return web.json_response(
            body, status=self.status, headers=self.headers, content_type="application/problem+json"
        )

    def as_page(self) -> web.Response:
        """Return a page for people: what it means in Chinese, and the detail."""
        text = (
            "<!doctype html><html lang=zh-CN><meta charset=utf-8><title>出错了</title>"
            "<link rel=stylesheet href=/static/style.css>"
            f"<main><h1>出错了（{self.status}）</h1><p>{_CHINESE.get(self.status, '请求未能完成。')}</p>"
            f"<p class=dim>{html.escape(self.detail)}</p><p><a href=/>返回首页</a></main>"
        )
        return web.Response(text=text, status=self.status, headers=self.headers, content_type="text/html")


def _when(more: Mapping[str, object]) -> Mapping[str, str]:
    return {"Retry-After": str(more["seconds"])} if "seconds" in more else {}


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error into an answer; what was not expected is logged and says nothing of the inside."""
    try:
        return await handler(request)
    except HotlineError as error:
        told = error.fields if error.error_id.startswith(_TELLS_MORE) else error.told_fields
        more = {name: error.fields[name] for name in told if name in error.fields}
        found = Problem(error.status, error.error_id, str(error), error.retryable, _when(more), more)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        kept = {name: error.headers[name] for name in _KEPT_HEADERS if name in error.headers}
        found = Problem(error.status, f"http.{error.status}", error.reason, headers=kept)
    except (SQLAlchemyError, OSError) as error:
        log.error("request waits for the store", path=request.path, reason=type(error).__name__)
        found = Problem(503, "store.away", "the store does not answer; try again", retryable=True)
    except Exception:
        log.exception("request failed", path=request.path, method=request.method)
        found = Problem(500, "internal", "internal error, see the service's log", retryable=True)
    for_programs = request.path.startswith("/api/") or request.path == "/metrics"
    return found.as_json() if for_programs else found.as_page()
