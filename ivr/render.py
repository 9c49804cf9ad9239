"""Turns a checked menu file into dialplan: contexts ``ivr-<version>-<menu>`` and the entry ``hotline-menu``.

The version is a hash of the content, so that a reload never changes a menu under a call in progress.
Only three things of a menu file go in: names that match ``model.NAME``, digits of a telephone, and
prompt file names made of a hash; each is checked again here, at the border. No text goes in.
Needs ``hotline-mark``, ``hotline-human`` and ``hotline-bye`` of ``dialplans/extensions.conf.j2``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from .greeting import KINDS, NORMAL, Span
from .model import DIGITS, NAME, ZERO_LEVEL, Again, Human, Menu, MenuFile, OpenMenu, Service, Target, Voice
from .prompts import Prompt
from .steps import MS, NOW, PLACEHOLDER, context, extension, mark, safe, to_human
from .versions import MENUS, Rendered, versioned
from .voice import ways
from .voice_render import first_steps, ways_extensions

ENTRY_CONTEXT = "hotline-menu"
ZERO_CONTEXT = "0level"
"""Context of zero-level mode; no menu can have this name, which begins with a digit."""

SERVICE_WAIT_SECONDS = 4

_FILE = re.compile(r"[a-z][a-z0-9-]{0,60}(/[a-z0-9]{1,20})?")
_NEXT_TRY = "$[${{INC(HL_TRY)}} {} {}]"
_WRONG_DIGIT = "${FILTER(0-9A-D*#,${INVALID_EXTEN})}"


ENTRY_NAME = MENUS.entries


def render(menu: MenuFile, prompts: Mapping[str, Prompt], spans: Sequence[Span]) -> Rendered:
    """Return the dialplan of a checked menu file; raises ``ValueError`` for what may not go in."""
    files = {name: safe(prompt.file, _FILE) for name, prompt in prompts.items()}
    table = ways(menu) if menu.mode != ZERO_LEVEL else None
    return versioned(
        MENUS,
        dict(_contexts(menu, files, spans)),
        first=context(ZERO_CONTEXT if menu.mode == ZERO_LEVEL else menu.start),
        entry_name=ENTRY_NAME,
        entry_context=ENTRY_CONTEXT,
        words=table.to_json() if table else "",
    )


def _contexts(
    menu: MenuFile, files: Mapping[str, str], spans: Sequence[Span]
) -> Iterator[tuple[str, list[str]]]:
    if menu.mode == ZERO_LEVEL:
        play = "Playback(hotline/${HL_GREETING})"
        lines = [*_greeting(files, spans), play, *to_human(menu.queue, "zero_level")]
        yield context(ZERO_CONTEXT), extension("s", lines)
        return
    for part in menu.menus.values():
        opening = _greeting(files, spans) if part.name == menu.start else []
        lines = [*_menu(part, files, opening, menu.voice if opening else None)]
        if opening and menu.voice is not None:
            lines += (line for way in ways_extensions(menu, part) for line in way)
        yield context(safe(part.name, NAME)), lines
    for service in menu.services.values():
        yield context(safe(service.name, NAME)), [*_service(service, files)]


def _menu(menu: Menu, files: Mapping[str, str], opening: list[str], voice: Voice | None) -> Iterator[str]:
    prompt = f"hotline/{files[f'menu-{menu.name}']}"
    first = f"hotline/${{HL_GREETING}}&{prompt}" if opening else prompt
    wait = f"WaitExten({int(menu.wait_seconds)})"
    yield from extension(
        "s",
        [
            f"Set(HL_AT={NOW})",
            "Set(HL_TRY=1)",
            mark("HL_MENU", f"menu={menu.name}", f"version={PLACEHOLDER}"),
            *opening,
            *(first_steps(menu, voice, files) if voice else ()),
            f"{'(keys)' if voice else ''}Background({first})",
            wait,
            "Goto(t,1)",  # WaitExten goes on by itself where there is a next step
            f"(again)Background({prompt})",
            wait,
        ],
    )
    for digit, target in sorted(menu.keys.items()):
        if len(digit) != 1 or digit not in DIGITS:
            raise ValueError(f"not a key of a telephone: {digit!r}")
        chosen = _choice(menu.name, digit, "key")
        yield from extension(digit, [chosen, *_follow(target, digit, menu)])
    late = _choice(menu.name, "-", "timeout")
    yield from extension("t", [late, _once_more(menu.tries), *to_human(menu.on_timeout.queue, "timeout")])
    wrong = _choice(menu.name, _WRONG_DIGIT, "invalid")
    # Counted before it is said: a key pressed into the words comes here once more.
    full = f"GotoIf({_NEXT_TRY.format('>', int(menu.tries))}?human)"
    said = f"Background(hotline/{files['input-invalid']})"
    why, human = to_human(menu.on_invalid.queue, "invalid")
    yield from extension("i", [wrong, full, said, "Goto(s,again)", f"(human){why}", human])


def _service(service: Service, files: Mapping[str, str]) -> Iterator[str]:
    yield from extension(
        "s",
        [
            f"Set(HL_AT={NOW})",
            f"Background(hotline/{files[f'service-{service.name}']},m)",
            mark("HL_SELF", f"service={service.name}"),
            f"Background(hotline/{files['after-service']},m)",
            f"WaitExten({SERVICE_WAIT_SECONDS})",
        ],
    )
    yield from extension("0", [_choice(service.name, "0", "key"), *to_human(service.queue, "zero")])
    yield from extension("t", ["Goto(hotline-bye,s,1)"])
    wrong = _choice(service.name, _WRONG_DIGIT, "invalid")
    yield from extension("i", [wrong, *to_human(service.queue, "invalid")])


def _follow(target: Target, digit: str, menu: Menu) -> list[str]:
    if isinstance(target, Human):
        return to_human(target.queue, "zero" if digit == "0" else "key")
    if isinstance(target, Again):
        return [_once_more(menu.tries), *to_human(menu.on_timeout.queue, "timeout")]
    name = target.menu if isinstance(target, OpenMenu) else target.service
    return [f"Goto({context(safe(name, NAME))},s,1)"]


def _once_more(tries: int) -> str:
    return f"GotoIf({_NEXT_TRY.format('<=', int(tries))}?s,again)"


def _greeting(files: Mapping[str, str], spans: Sequence[Span]) -> list[str]:
    lines = [f"Set(HL_GREETING={files[f'greeting-{NORMAL}']})"]
    for span in spans:
        if span.kind not in KINDS:
            raise ValueError(f"unknown kind of greeting: {span.kind!r}")
        within = f"$[${{EPOCH}} >= {int(span.begin)} & ${{EPOCH}} < {int(span.end)}]"
        lines.append(f"ExecIf({within}?Set(HL_GREETING={files[f'greeting-{span.kind}']}))")
    return lines


def _choice(menu: str, digit: str, why: str) -> str:
    return mark("HL_DIGIT", f"menu={menu}", f"digit={digit}", f"why={why}", f"ms={MS}")
