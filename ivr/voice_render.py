"""The question "say what you need" in a menu's dialplan (R-IVR-4): it listens, and never waits for anybody.

The citizen's channel plays the question and then looks five times a second whether the service has written
an answer on it (``HL_SAID`` = turn-way-word). Keys work all the while as in the menu. Nobody who connects,
sends or fails to send anything can hold the channel: without an answer the keys follow after
``wait_seconds`` of silence, and while the service says that somebody speaks (``HL_SPEAKS``, milliseconds)
after ``LONGEST_S`` at most. The question is not asked at all unless the service said within the last seconds
that it listens (``HL_VOICE_UNTIL``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .model import NAME, Human, Menu, MenuFile, OpenMenu, SelfService, Spoken, Voice
from .steps import MS, NOW, PLACEHOLDER, context, extension, mark, safe, to_human
from .voice import HUMAN_WAY, MOST_WAYS, OFF, UNCLEAR, targets

LONGEST_S = 12
"""Somebody who speaks for longer after the question is led on to the keys."""
TURNS = 2
PROMPT, PROMPT_AGAIN = "voice", "voice-again"
"""The question is the menu file's own prompt; what is said the second time is a system prompt."""

_SAID = "${FILTER(0-9\\x2d,${HL_SAID})}"


def first_steps(menu: Menu, voice: Voice, files: Mapping[str, str]) -> list[str]:
    """Return the steps before those of the keys in the extension ``s`` of the start menu."""
    return [
        "Set(HL_TURN=0)",
        "GotoIf($[0${FILTER(0-9,${HL_VOICE_UNTIL})} < ${EPOCH}]?keys)",
        f"Set(HL_QUESTION=hotline/${{HL_GREETING}}&hotline/{files[PROMPT]})",
        "(speak)Set(HL_TURN=$[${HL_TURN} + 1])",
        "Set(HL_SAID=)",
        "Set(HL_SPEAKS=)",
        mark("HL_VOICE", f"menu={menu.name}", f"version={PLACEHOLDER}", "turn=${HL_TURN}"),
        "Background(${HL_QUESTION})",
        f"Set(HL_QUIET=$[{NOW} + {int(voice.wait_seconds) * 1000}])",
        f"Set(HL_LATEST=$[{NOW} + {LONGEST_S * 1000}])",
        "(listen)WaitExten(0.2)",
        f"Set(HL_GOT={_SAID})",
        'GotoIf($["${CUT(HL_GOT,-,1)}" = "${HL_TURN}"]?said)',
        f"Set(HL_NOW={NOW})",
        "GotoIf($[${HL_NOW} < ${HL_QUIET}]?listen)",
        "GotoIf($[${HL_NOW} < 0${FILTER(0-9,${HL_SPEAKS})} & ${HL_NOW} < ${HL_LATEST}]?listen)",
        _nothing(menu, "silent"),
        "Goto(again)",
        "(said)Set(HL_WAY=${CUT(HL_GOT,-,2)})",
        "GotoIf(${DIALPLAN_EXISTS(${CONTEXT},said${HL_WAY},1)}?said${HL_WAY},1)",
        _nothing(menu, f'${{IF($["${{HL_WAY}}" = "{OFF}"]?off:unclear)}}'),
        f"Set(HL_QUESTION=hotline/{files[PROMPT_AGAIN]})",
        f'GotoIf($["${{HL_WAY}}" = "{UNCLEAR}" & ${{HL_TURN}} < {TURNS}]?speak:again)',
    ]


def ways_extensions(menu: MenuFile, start: Menu) -> Iterator[list[str]]:
    """Give the lines of one extension for each way: these are all that a spoken word can lead to."""
    found = targets(menu)
    if len(found) > MOST_WAYS:
        raise ValueError(f"more than {MOST_WAYS} ways")
    zero = start.keys["0"]
    for number, target in enumerate([zero, *found], HUMAN_WAY):
        if not isinstance(target, Human | OpenMenu | SelfService):
            raise ValueError(f"no way leads to {target!r}")
        yield extension(f"said{number}", [_choice(start, target), *_follow(target)])


def _choice(menu: Menu, target: Spoken) -> str:
    word = "word=${FILTER(0-9,${CUT(HL_GOT,-,3)})}"
    told = (f"menu={menu.name}", "turn=${HL_TURN}", f"to={_named(target)}", word, "why=voice", f"ms={MS}")
    return mark("HL_SAID", *told)


def _nothing(menu: Menu, why: str) -> str:
    return mark("HL_SAID", f"menu={menu.name}", "turn=${HL_TURN}", "to=none", f"why={why}", f"ms={MS}")


def _named(target: Spoken) -> str:
    kind = "human" if isinstance(target, Human) else "menu" if isinstance(target, OpenMenu) else "service"
    return f"{kind}:{_name(target)}"


def _follow(target: Spoken) -> list[str]:
    if isinstance(target, Human):
        return to_human(target.queue, "voice")
    return [f"Goto({context(_name(target))},s,1)"]


def _name(target: Spoken) -> str:
    if isinstance(target, Human):
        return safe(target.queue, NAME)
    return safe(target.menu if isinstance(target, OpenMenu) else target.service, NAME)
