"""A real browser for the tests of the pages: Debian's Chromium without a window, driven by Playwright.

Nothing is downloaded: the browser is the machine's own. What a page reports (errors of scripts, what its
security policy refused, failed loads) and every host that it asked is kept, so that a test can say "none".
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.async_api import Browser, Page, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
"""``scripts/setup.sh`` looks for the same."""


def find_browser() -> str:
    """Return the path of the machine's Chromium or Chrome; says what to install when there is none."""
    for name in NAMES:
        if (found := shutil.which(name)) is not None:
            return found
    raise FileNotFoundError("no Chromium on the PATH; run: sudo apt-get install chromium")


@asynccontextmanager
async def open_browser(*arguments: str) -> AsyncGenerator[Browser]:
    """Run a browser for the length of the block; ``arguments`` are more switches of Chromium's."""
    switches = ["--headless=new", "--disable-gpu", "--disable-dev-shm-usage", *arguments]
    if os.geteuid() == 0:
        switches.append("--no-sandbox")  # Chromium refuses to run as root with it
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_browser(), args=switches)
        try:
            yield browser
        finally:
            await browser.close()


@dataclass
class Watched:
    """A page and what it told."""

    page: Page
    faults: list[str] = field(default_factory=list[str])
    """Errors of scripts, and what the console calls an error."""
    hosts: set[str] = field(default_factory=set[str])
    """Every host with port that was asked for something."""


def watch(page: Page) -> Watched:
    """Begin to note what a page tells; call it before the page is opened."""
    watched = Watched(page)
    page.on("pageerror", lambda error: watched.faults.append(f"error: {error}"))
    page.on(
        "console",
        lambda message: (
            watched.faults.append(f"console: {message.text}") if message.type == "error" else None
        ),
    )
    page.on("request", lambda request: watched.hosts.add(urlsplit(request.url).netloc))
    return watched
