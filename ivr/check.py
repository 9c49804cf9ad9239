"""Refuses a menu file that breaks the standard, naming file, line, rule and mend (R-IVR-1, R-IVR-2).

Rules: ``R-IVR-1`` every path ends at a human or a finished self-service; ``R-IVR-2`` two levels and no
advertising; ``R-IVR-5`` the opening words; ``reference`` a queue, menu or service that does not exist or
is never reached; ``text`` and ``format`` what cannot be spoken or read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cache, partial
from pathlib import Path

import yaml

from .greeting import OPENINGS
from .model import MENU, Human, Menu, MenuFile, OpenMenu, SelfService
from .parse import parse
from .source import FileRefusedError, Problem, Source, load_checked
from .voice_check import check_voice

LEVELS = 2
"""GB 7.1: 菜单层级不应超过2个."""

DEFAULT_MENU = Path(__file__).with_name("default_menu.yaml")


class MenuRefusedError(FileRefusedError):
    """A menu file breaks a rule; ``problems`` has every one of them."""

    error_id = "ivr.menu_refused"


def load(path: Path, queues: Collection[str] | None) -> MenuFile:
    """Read and check a menu file; raises ``MenuRefusedError`` with all its problems."""
    return load_checked(path, "menu file", partial(check, queues=queues), MenuRefusedError)


def check(
    text: str, file: str, queues: Collection[str] | None
) -> tuple[MenuFile | None, tuple[Problem, ...]]:
    """Return the menu file and its problems in the order of their lines; without problems it may be used.

    ``queues`` are the queues of the configuration; None checks everything but their existence.
    """
    source = Source(file)
    menu = parse(text, source)
    if menu is not None:
        _queues(menu, queues, source)
        _texts(menu, source)
        _paths(menu, source)
        check_voice(menu, queues, source)
    return menu, tuple(sorted(set(source.problems)))


def _queues(menu: MenuFile, queues: Collection[str] | None, source: Source) -> None:
    if queues is None:
        return
    named = [(menu.queue, menu.lines.get("human", 1))]
    own = [service for service in menu.services.values() if service.queue != menu.queue]
    named += [(service.queue, service.line) for service in own]
    for part in menu.menus.values():
        targets = (*part.keys.values(), part.on_timeout, part.on_invalid)
        named += [(target.queue, target.line) for target in targets if isinstance(target, Human)]
    for name, line in named:
        if name and name not in queues:
            known = ", ".join(sorted(queues)) or "none"
            source.refuse(
                line, "reference", f"there is no queue '{name}'", f"queues of hotline.toml: {known}"
            )


def _texts(menu: MenuFile, source: Source) -> None:
    spoken = {f"greeting-{kind}": text for kind, text in menu.greeting.items()}
    spoken |= {f"menu-{part.name}": part.text for part in menu.menus.values()}
    spoken |= {f"service-{part.name}": part.text for part in menu.services.values()}
    spoken |= {"voice": menu.voice.text} if menu.voice else {}
    for name, text in spoken.items():
        if word := advertising(text):
            source.refuse(
                menu.lines[name], "R-IVR-2", f"prompt {name} holds advertising: {word}", "take it out"
            )
    for kind, text in menu.greeting.items():
        if not (text.startswith(OPENINGS[kind]) and "请问您需要什么帮助" in text):
            mend = f"begin with {OPENINGS[kind]} and ask 请问您需要什么帮助？ (BJ B.1.2)"
            line = menu.lines[f"greeting-{kind}"]
            source.refuse(line, "R-IVR-5", f"prompt greeting-{kind} is not the standard's", mend)


def _paths(menu: MenuFile, source: Source) -> None:
    for name in menu.menus.keys() & menu.services.keys():
        line = max(menu.menus[name].line, menu.services[name].line)
        source.refuse(line, "reference", f"'{name}' is both a menu and a service", "rename one")
    reached: set[str] = set()
    if menu.start in menu.menus:
        _walk(menu, menu.menus[menu.start], (menu.start,), reached, source)
    elif menu.start or menu.mode == MENU:
        line = menu.lines.get("start", menu.lines.get("menus", 1))
        source.refuse(line, "reference", f"there is no menu '{menu.start}' to start with", _known(menu.menus))
    for part in (*menu.menus.values(), *menu.services.values()):
        if menu.menus and part.name not in reached:
            source.refuse(part.line, "reference", f"'{part.name}' is reached by no key", "lead a key to it")


def _walk(menu: MenuFile, at: Menu, path: tuple[str, ...], reached: set[str], source: Source) -> None:
    reached.add(at.name)
    for digit, target in at.keys.items():
        where = f"key {digit} of menu '{at.name}'"
        if isinstance(target, SelfService):
            if target.service not in menu.services:
                message = f"{where} leads to an unknown service '{target.service}'"
                source.refuse(target.line, "reference", message, _known(menu.services))
            reached.add(target.service)
        elif isinstance(target, OpenMenu):
            if target.menu not in menu.menus:
                message = f"{where} leads to an unknown menu '{target.menu}'"
                source.refuse(target.line, "reference", message, _known(menu.menus))
            elif target.menu in path:
                message = f"{where} leads back to '{target.menu}': a loop that need not end at a human"
                source.refuse(target.line, "R-IVR-1", message, "lead it to a human, or use {again: true}")
            elif len(path) >= LEVELS:
                message = f"{where} opens a level {len(path) + 1}"
                source.refuse(target.line, "R-IVR-2", message, f"at most {LEVELS} levels; lead it to a human")
                reached.add(target.menu)
            else:
                _walk(menu, menu.menus[target.menu], (*path, target.menu), reached, source)


def _known(names: Collection[str]) -> str:
    return f"known: {', '.join(sorted(names)) or 'none'}"


def advertising(text: str) -> str | None:
    """Return the first advertising word of a text, or None."""
    words, allowed = _word_lists()
    folded = "".join(text.split())
    for term in allowed:
        folded = folded.replace(term, "　")
    return next((word for word in words if word in folded), None)


@cache
def _word_lists() -> tuple[tuple[str, ...], tuple[str, ...]]:
    data = yaml.safe_load(Path(__file__).with_name("advertising.yaml").read_text(encoding="utf-8"))
    longest_first = sorted(data["allowed"], key=len, reverse=True)
    return tuple(data["words"]), tuple(longest_first)


def endings(menu: MenuFile) -> Iterator[tuple[str, str]]:
    """Give every path of keys (such as ``2-1``) with where it ends; at zero level the one without a key."""

    def walk(part: Menu, path: str) -> Iterator[tuple[str, str]]:
        for digit, target in part.keys.items():
            here = f"{path}-{digit}" if path else digit
            if isinstance(target, OpenMenu):
                yield from walk(menu.menus[target.menu], here)
            elif isinstance(target, Human):
                yield here, f"human:{target.queue}"
            elif isinstance(target, SelfService):
                yield here, f"service:{target.service}"
            else:
                yield here, "again"

    if menu.mode == MENU:
        yield from walk(menu.menus[menu.start], "")
    else:
        yield "", f"human:{menu.queue}"
