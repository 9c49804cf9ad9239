"""What can be measured on an open page: scrolling, what lies outside, sizes of type, contrast of colours."""

from __future__ import annotations

from playwright.async_api import Page

_SCROLLS = """() => {
  const overs = [document.documentElement, document.body].flatMap((one) =>
    [one.scrollWidth - innerWidth, one.scrollHeight - innerHeight]);
  return Math.max(...overs);
}"""

_OUTSIDE = """([things, homes]) => [...document.querySelectorAll(things)].filter((one) => {
  const box = one.getBoundingClientRect();
  const home = (one.parentElement.closest(homes) ?? document.documentElement).getBoundingClientRect();
  const over = Math.max(home.left - box.left, home.top - box.top,
    box.right - home.right, box.bottom - home.bottom);
  return box.width > 0 && over > .5;
}).map((one) => `${one.tagName} #${one.id} .${one.className} ${one.textContent.trim().slice(0, 20)}`)"""

_TYPE = """selector =>
  parseFloat(getComputedStyle(document.querySelector(selector)).fontSize) / innerHeight"""

_CONTRAST = """selector => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map((one) => {
      const part = one / 255;
      return part <= .03928 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4;
    });
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const element = document.querySelector(selector);
  const grounds = [];
  for (let one = element; one && !grounds.length; one = one.parentElement) {
    const style = getComputedStyle(one);
    if (style.backgroundImage !== "none") grounds.push(...style.backgroundImage.match(/rgb\\([^)]*\\)/g));
    else if (style.backgroundColor !== "rgba(0, 0, 0, 0)") grounds.push(style.backgroundColor);
  }
  const front = light(getComputedStyle(element).color);
  const ratios = grounds.map(light).map((back) =>
    (Math.max(front, back) + .05) / (Math.min(front, back) + .05));
  return Math.min(...ratios);
}"""


async def scrolls(page: Page) -> int:
    """Return by how many pixels the page is larger than its window; at most 0 when nothing scrolls."""
    return await page.evaluate(_SCROLLS)


async def outside(page: Page, things: str, homes: str) -> list[str]:
    """Return the visible elements of ``things`` that reach beyond their nearest of ``homes``, or the page."""
    return await page.evaluate(_OUTSIDE, [things, homes])


async def type_share(page: Page, selector: str) -> float:
    """Return the size of an element's type as a share of the window's height."""
    return await page.evaluate(_TYPE, selector)


async def contrast(page: Page, selector: str) -> float:
    """Return the contrast (WCAG) of an element's text with what lies behind it, at its worst."""
    return await page.evaluate(_CONTRAST, selector)
