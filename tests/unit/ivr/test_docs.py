from __future__ import annotations

import re
from pathlib import Path

from hotline.ivr.check import check
from hotline.ivr.prompts import system_prompts

ROOT = Path(__file__).resolve().parents[3]


def test_the_example_of_the_documentation_is_good() -> None:
    text = (ROOT / "docs" / "ivr.md").read_text(encoding="utf-8")
    example, voice = (part.split("```")[0] for part in text.split("```yaml\n")[1:3])
    queues = {"public", "enterprise", "dialect", "foreign", "sign", "frequent"}
    assert check(example, "docs/ivr.md", queues)[1] == ()
    assert check(example + voice, "docs/ivr.md", queues)[1] == ()


def test_every_prompt_that_the_dialplan_plays_exists() -> None:
    played: set[str] = set()
    for path in (ROOT / "dialplans").glob("*.j2"):
        played |= set(
            re.findall(r"hotline/(?!digits/)([a-z]+(?:-[a-z]+)+|[a-z]+)", path.read_text(encoding="utf-8"))
        )
    assert {"goodbye", "queue-busy", "leave-message"} <= played
    spoken = {*range(10), *range(10, 100, 10), "hundred", "thousand", "yao"}
    assert played | {f"digits/{name}" for name in spoken} <= set(system_prompts())
