"""What a page looks like and who can use it: its picture for docs/screens, and axe's findings.

Pictures are written only when ``HOTLINE_SCREENS`` names a folder: tests leave the tree as it was.

    HOTLINE_SCREENS=docs/screens make test ARGS=tests/integration/test_ui_screens.py
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from playwright.async_api import Page

AXE = Path(__file__).parents[2] / "web" / "ui" / "node_modules" / "axe-core" / "axe.min.js"
WIDTH, HEIGHT = 1440, 900
_GRAVE = ("serious", "critical")
_LOOKS = ("color-contrast", "target-size", "scrollable-region-focusable", "meta-viewport")
"""What large type and high contrast can change."""
_RUN = """async (rules) => {
  const only = rules.length ? {runOnly: {type: "rule", values: rules}} : {};
  const found = await axe.run(document, {resultTypes: ["violations"], ...only});
  return found.violations.map((one) => ({
    id: one.id, impact: one.impact, help: one.help,
    where: one.nodes.slice(0, 5).map((node) => `${node.target.join(" ")} — ${node.failureSummary}`),
  }));
}"""


async def picture(page: Page, name: str) -> None:
    """Write what the page shows as ``NAME.png``, when somebody asked for pictures."""
    if folder := os.environ.get("HOTLINE_SCREENS"):
        await page.screenshot(path=Path(folder) / f"{name}.png", animations="disabled", caret="hide")


_AT_REST = """() => document.getAnimations().every((one) =>
  one.playState !== "running" || one.effect?.getComputedTiming().iterations === Infinity)"""
"""A colour that is changing is judged when it has changed."""


async def grave_findings(page: Page, *, looks_only: bool = False) -> list[str]:
    """Return axe's serious and critical findings about the page as it is now, one text each.

    ``looks_only``: the rest was found on the same page already.
    """
    await page.wait_for_function(_AT_REST)
    # Not a script element: the page's own policy refuses every script that is not its own.
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text())
    found: list[dict[str, Any]] = await page.evaluate(_RUN, list(_LOOKS) if looks_only else [])
    return [
        f"{one['impact']} {one['id']}: {one['help']}\n  " + "\n  ".join(one["where"])
        for one in found
        if one["impact"] in _GRAVE
    ]
