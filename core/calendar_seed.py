"""Writes ``core/calendar.json`` from chinesecalendar: ``python -m hotline.core.calendar_seed``.

Run after an upgrade of chinesecalendar, which follows the State Council's yearly announcement.
"""

from __future__ import annotations

import json
from typing import Any

from chinese_calendar import constants

from .calendar import DATA

FIRST_YEAR = 2020

NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "Mid-autumn Festival": "中秋节",
    "National Day": "国庆节",
}


def seed() -> dict[str, Any]:
    """Return the file's content for every year that chinesecalendar knows, from ``FIRST_YEAR``."""
    years: dict[str, Any] = {}
    for day, name in sorted(constants.holidays.items()):
        if day.year >= FIRST_YEAR:
            year = years.setdefault(str(day.year), {"off": {}, "work": []})
            year["off"][day.isoformat()] = NAMES[str(name)]
    for day in sorted(constants.workdays):
        if day.year >= FIRST_YEAR:
            years[str(day.year)]["work"].append(day.isoformat())
    return {"source": "chinesecalendar", "years": years}


def main() -> None:
    """Write the file."""
    DATA.write_text(json.dumps(seed(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
