"""Takes a menu file apart into ``MenuFile``, noting every problem with its line."""

from __future__ import annotations

from collections.abc import Mapping

import yaml

from .greeting import KINDS
from .model import (
    DIGITS,
    MENU,
    MODES,
    NAME,
    TRIES,
    VOICE_WAIT_SECONDS,
    WAIT_SECONDS,
    Again,
    Human,
    Menu,
    MenuFile,
    OpenMenu,
    SelfService,
    Service,
    Spoken,
    Target,
    Voice,
)
from .source import Item, Source, printable

_TOP = frozenset({"mode", "start", "human", "greeting", "menus", "services", "voice"})
_MENU = frozenset({"prompt", "keys", "on_timeout", "on_invalid", "wait_seconds", "tries"})
_SERVICE = frozenset({"prompt", "human"})
_VOICE = frozenset({"prompt", "words", "wait_seconds"})
_LEADS = "write {human: …}, {menu: …} or {service: …}"
_ENDINGS = frozenset({"human", "menu", "service", "again"})


def parse(text: str, source: Source) -> MenuFile | None:
    """Return the menu file that ``text`` says, as far as it can be read; problems go to ``source``."""
    root = source.root(text)
    if root is None:
        return None
    top = source.mapping(root, "the menu file", _TOP)
    mode = source.scalar(top["mode"], "mode") if "mode" in top else MENU
    if mode is not None and mode not in MODES:
        source.refuse(top["mode"].line, "format", f"unknown mode '{printable(mode)}'", "menu or zero_level")
    queue = _name(top.get("human"), "human", source)
    if "human" not in top:
        mend = "add `human: <queue>`, the queue that takes whoever names none"
        source.refuse(1, "R-IVR-1", "the file names no queue of humans", mend)
    menus = _menus(top.get("menus"), source)
    if mode == MENU and not menus and "menus" not in top:
        source.refuse(1, "format", "there is no menu", "add `menus:` or set `mode: zero_level`")
    start = _name(top["start"], "start", source) if "start" in top else next(iter(menus), "")
    return MenuFile(
        mode=mode if mode in MODES else MENU,
        start=start or "",
        queue=queue or "",
        greeting=_greeting(top.get("greeting"), source),
        menus=menus,
        services=_services(top.get("services"), queue or "", source),
        voice=_voice(top.get("voice"), source),
        lines={name: item.line for name, item in top.items()} | source.prompt_lines,
    )


def _greeting(item: Item | None, source: Source) -> Mapping[str, str]:
    if item is None:
        return {}
    texts: dict[str, str] = {}
    for kind, entry in source.mapping(item.node, "greeting", frozenset(KINDS)).items():
        text = source.prompt(entry, f"greeting-{kind}")
        if text:
            texts[kind] = text
    return texts


def _named(item: Item | None, what: str, source: Source) -> Mapping[str, Item]:
    entries = source.mapping(item.node, what) if item else {}
    good: dict[str, Item] = {}
    for name, entry in entries.items():
        if NAME.fullmatch(name):
            good[name] = entry
        else:
            _bad_name(name, entry.line, what, source)
    return good


def _menus(item: Item | None, source: Source) -> Mapping[str, Menu]:
    return {name: _menu(name, entry, source) for name, entry in _named(item, "menus", source).items()}


def _menu(name: str, item: Item, source: Source) -> Menu:
    what = f"menu '{name}'"
    parts = source.mapping(item.node, what, _MENU)
    text = source.prompt(parts["prompt"], f"menu-{name}") if "prompt" in parts else None
    if "prompt" not in parts:
        source.refuse(item.line, "text", f"{what} has no prompt", "add `prompt:` with what the caller hears")
    wait = source.number(parts.get("wait_seconds"), "wait_seconds", least=1, most=15)
    tries = source.number(parts.get("tries"), "tries", least=1, most=3)
    return Menu(
        name=name,
        text=text or "",
        keys=_keys(parts.get("keys"), item.line, what, source),
        on_timeout=_silence(parts.get("on_timeout"), "on_timeout", item.line, what, source),
        on_invalid=_silence(parts.get("on_invalid"), "on_invalid", item.line, what, source),
        wait_seconds=wait or WAIT_SECONDS,
        tries=tries or TRIES,
        line=item.line,
    )


def _silence(item: Item | None, key: str, line: int, what: str, source: Source) -> Human:
    mend = f"add `{key}: {{human: <queue>}}`"
    if item is None:
        cause = "no answer" if key == "on_timeout" else "a wrong answer"
        source.refuse(line, "R-IVR-1", f"{what} does not say where {cause} leads", mend)
        return Human("", line)
    target = _target(item, f"{key} of {what}", source)
    if isinstance(target, Human):
        return target
    if target is not None:
        source.refuse(item.line, "R-IVR-1", f"{key} of {what} does not end at a human", mend)
    return Human("", item.line)


def _keys(item: Item | None, line: int, what: str, source: Source) -> Mapping[str, Target]:
    keys: dict[str, Target] = {}
    for digit, entry in (source.mapping(item.node, f"keys of {what}") if item else {}).items():
        if len(digit) != 1 or digit not in DIGITS:
            message = f"'{printable(digit)}' is not a key of a telephone"
            source.refuse(entry.line, "format", message, "use one of 0-9, * and #")
            continue
        target = _target(entry, f"key {digit} of {what}", source)
        if target is not None:
            keys[digit] = target
        elif digit == "0":
            keys[digit] = Human("", entry.line)
    zero = keys.get("0")
    if zero is None:
        source.refuse(line, "R-IVR-1", f"{what} has no key 0", "add `0: {human: <queue>}`")
    elif not isinstance(zero, Human):
        message = f"key 0 of {what} does not lead to a human"
        source.refuse(zero.line, "R-IVR-1", message, "write `0: {human: <queue>}`")
    return keys


def _target(item: Item, what: str, source: Source) -> Target | None:
    endings = source.mapping(item.node, what) if isinstance(item.node, yaml.MappingNode) else {}
    if len(endings) != 1 or not _ENDINGS.issuperset(endings):
        message = f"{what} ends neither at a human nor at a finished self-service"
        source.refuse(
            item.line, "R-IVR-1", message, "write {human: …}, {menu: …}, {service: …} or {again: true}"
        )
        return None
    kind, entry = next(iter(endings.items()))
    if kind == "again":
        if source.scalar(entry, what) != "true":
            source.refuse(entry.line, "format", f"'again' of {what} must be true", "write {again: true}")
        return Again(item.line)
    name = _name(entry, f"{kind} of {what}", source)
    if name is None:
        return None
    if kind == "human":
        return Human(name, item.line)
    return OpenMenu(name, item.line) if kind == "menu" else SelfService(name, item.line)


def _services(item: Item | None, queue: str, source: Source) -> Mapping[str, Service]:
    services: dict[str, Service] = {}
    for name, entry in _named(item, "services", source).items():
        what = f"service '{name}'"
        parts = source.mapping(entry.node, what, _SERVICE)
        text = source.prompt(parts["prompt"], f"service-{name}") if "prompt" in parts else None
        if "prompt" not in parts:
            source.refuse(entry.line, "text", f"{what} has no prompt", "add `prompt:` with the answer")
        human = _name(parts["human"], f"human of {what}", source) if "human" in parts else queue
        services[name] = Service(name, text or "", human or "", entry.line)
    return services


def _voice(item: Item | None, source: Source) -> Voice | None:
    if item is None:
        return None
    parts = source.mapping(item.node, "voice", _VOICE)
    text = source.prompt(parts["prompt"], "voice") if "prompt" in parts else None
    if "prompt" not in parts:
        source.refuse(item.line, "text", "voice has no prompt", "add `prompt:` with what the caller is asked")
    words: dict[str, Spoken] = {}
    for word, entry in (source.mapping(parts["words"].node, "words") if "words" in parts else {}).items():
        target = _target(entry, f"the word '{printable(word)}'", source)
        if isinstance(target, Again):
            source.refuse(entry.line, "R-IVR-4", f"the word '{printable(word)}' leads nowhere", _LEADS)
        elif target is not None:
            words[word] = target
    wait = source.number(parts.get("wait_seconds"), "wait_seconds", least=1, most=3)
    return Voice(text or "", words, wait or VOICE_WAIT_SECONDS, item.line)


def _name(item: Item | None, what: str, source: Source) -> str | None:
    name = source.scalar(item, what) if item else None
    if item is None or name is None:
        return None
    if NAME.fullmatch(name):
        return name
    _bad_name(name, item.line, what, source)
    return None


def _bad_name(name: str, line: int, what: str, source: Source) -> None:
    message = f"'{printable(name)}' in {what} is not a name"
    source.refuse(line, "format", message, "lower-case letters, digits, - and _, a letter first, at most 31")
