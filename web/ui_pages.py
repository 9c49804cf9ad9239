"""The pages that people work in: one application of web/ui, built into ``static/ui`` (docs/ui.md).

Every address of it gets the same empty page, which holds nothing of anybody: what it shows comes by the API,
which asks who is there. Files are named by what is in them, so that a browser keeps them for good.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiohttp import web

from .routes import PUBLIC, declared

routes = web.RouteTableDef()

BUILT = Path(__file__).parent / "static" / "ui"
FOLDER: web.AppKey[Path] = web.AppKey("ui_folder", Path)
"""Where the built pages lie."""
PHONE_URL: web.AppKey[str] = web.AppKey("ui_phone_url", str)
"""The one address beside our own that the pages connect to: the switch's WebSocket; "" without one."""

_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".wav": "audio/wav",
    ".woff2": "font/woff2",
}
_FOR_GOOD = "public, max-age=31536000, immutable"
_NOT_BUILT = (
    "<!doctype html><html lang=zh-CN><meta charset=utf-8><title>页面尚未构建</title>"
    "<link rel=stylesheet href=/static/style.css>"
    "<main><h1>页面尚未构建</h1><p>此服务没有带上工作台等页面。请在源码目录运行"
    " <code>scripts/ui.sh build</code>，然后刷新；不需要重启服务。通话不受影响。</p>"
    "<p><a href=/>返回总览</a></main>"
)


def policy(phone_url: str = "") -> str:
    """Return the pages' Content-Security-Policy.

    Scripts come from our files only. Components set lengths and places in ``style`` attributes, which
    ``style-src-attr`` allows; a ``<style>`` element that somebody smuggled in is refused.
    """
    connect = f"'self' {phone_url}".strip()
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
        f"connect-src {connect}; img-src 'self' data:; font-src 'self'; media-src 'self' blob:; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


@routes.get("/desk")
@routes.get("/floor")
@routes.get(r"/ops{rest:(/.*)?}")
@routes.get(r"/admin{rest:(/.*)?}")
@routes.get("/password")
@routes.get("/no-access")
@declared(allow=PUBLIC, media="text/html")
async def page(request: web.Request) -> web.Response:
    """Give the one page; its script asks the API who is there, and leads to the sign-in."""
    if (found := await index(request)) is not None:
        return found
    return web.Response(text=_NOT_BUILT, status=503, content_type="text/html")


async def index(request: web.Request) -> web.Response | None:
    """Return the one page of all addresses, None when it was not built."""
    file = request.app[FOLDER] / "index.html"
    headers = {
        "Content-Security-Policy": policy(request.app[PHONE_URL]),
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(self)",
        "Cache-Control": "no-cache",
    }
    try:
        text = await asyncio.to_thread(file.read_text)
    except FileNotFoundError:
        return None
    return web.Response(text=text, content_type="text/html", headers=headers)


@routes.get(r"/static/ui/assets/{name:\w[\w.-]*}")
@declared(allow=PUBLIC, media="*/*")
async def asset(request: web.Request) -> web.StreamResponse:
    """Give a file of the pages; one that this build does not have is not found, whoever asks."""
    file = request.app[FOLDER] / "assets" / request.match_info["name"]
    if not await asyncio.to_thread(file.is_file):
        raise web.HTTPNotFound(reason="no such file of the pages")
    kind = _TYPES.get(file.suffix, "application/octet-stream")
    return web.FileResponse(file, headers={"Content-Type": kind, "Cache-Control": _FOR_GOOD})


@routes.get(r"/static/ui{rest:(/.*)?}")
@declared(allow=PUBLIC, media="*/*")
async def no_asset(_request: web.Request) -> web.StreamResponse:
    """Keep the rest of the folder closed: the page itself has other headers than a file."""
    raise web.HTTPNotFound(reason="no such file of the pages")
