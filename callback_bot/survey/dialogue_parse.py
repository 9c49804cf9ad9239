"""Takes a dialogue's file apart into ``Dialogue``, noting every problem with its line."""

from __future__ import annotations

from collections.abc import Mapping

import yaml

from ...ivr.model import NAME, Human
from ...ivr.source import Item, Source, printable
from ..model import LEVELS, Question
from .dialogue import (
    ENDINGS,
    FREE,
    SIDEWAYS,
    WORDS,
    Ask,
    Asked,
    Back,
    Dialogue,
    End,
    Free,
    Reason,
    Target,
)

_TOP = frozenset(
    {"levels", "human", "wait_seconds", "by_name", "words", "questions", "reasons", "endings", "anywhere"}
)
_ASKED = frozenset({"ask", "general", "by_key", "keys", "to", "otherwise"})
_FREE = frozenset({"ask", "general", "seconds", "then"})
_REASON = frozenset({"name", "words"})
_LEADS = "write {ask: QUESTION}, {end: ENDING}, {human: QUEUE} or {back: true}"
_QUESTIONS = frozenset(str(question) for question in Question)
_KEYS = "123456789"
WAIT_SECONDS, FREE_SECONDS = 5, 60


def parse(text: str, source: Source) -> Dialogue | None:
    """Return the dialogue that ``text`` says, as far as it can be read; problems go to ``source``."""
    root = source.root(text)
    if root is None:
        return None
    top = source.mapping(root, "the dialogue", _TOP)
    for name in ("human", "words", "questions", "endings", "anywhere"):
        if name not in top:
            source.refuse(1, "format", f"the dialogue has no `{name}`", f"add `{name}:`")
    texts = _texts(top.get("words"), "words", WORDS, "word-", source)
    endings = _texts(top.get("endings"), "endings", ENDINGS, "end-", source)
    return Dialogue(
        levels=_levels(top.get("levels"), source),
        queue=_name(top.get("human"), "human", source),
        wait_seconds=source.number(top.get("wait_seconds"), "wait_seconds", least=2, most=10) or WAIT_SECONDS,
        by_name=_flag(top.get("by_name"), "by_name", source),
        words=texts,
        questions=_questions(top.get("questions"), source),
        reasons=_reasons(top.get("reasons"), source),
        endings=endings,
        anywhere=_targets(top.get("anywhere"), "anywhere", SIDEWAYS, source),
        lines={name: item.line for name, item in top.items()} | source.prompt_lines,
    )


def _levels(item: Item | None, source: Source) -> int:
    levels = source.number(item, "levels", least=3, most=5)
    if item is None or levels is None or levels not in LEVELS:
        line = item.line if item else 1
        source.refuse(line, "R-CB-3", "there are three or five levels", "write `levels: 3` or `levels: 5`")
        return 3
    return levels


def _texts(
    item: Item | None, what: str, known: tuple[str, ...], prefix: str, source: Source
) -> Mapping[str, str]:
    entries = source.mapping(item.node, what, frozenset(known)) if item else {}
    found: dict[str, str] = {}
    for name, entry in entries.items():
        found[name] = source.prompt(entry, f"{prefix}{name.replace('_', '-')}") or ""
    for name in known:
        if item is not None and name not in found:
            source.refuse(item.line, "text", f"{what} has no '{name}'", f"add `{name}:` with what is said")
    return found


def _questions(item: Item | None, source: Source) -> Mapping[str, Asked | Free]:
    found: dict[str, Asked | Free] = {}
    for name, entry in (source.mapping(item.node, "questions", _QUESTIONS) if item else {}).items():
        found[name] = _free(name, entry, source) if name in FREE else _asked(name, entry, source)
    return found


def _asked(name: str, item: Item, source: Source) -> Asked:
    what = f"question '{name}'"
    parts = source.mapping(item.node, what, _ASKED)
    ask, general = _said(name, parts, item.line, source)
    by_key = source.prompt(parts["by_key"], f"{name}-keys") if "by_key" in parts else None
    keys: dict[str, str] = {}
    for key, entry in (
        source.mapping(parts["keys"].node, f"keys of {what}") if "keys" in parts else {}
    ).items():
        value = source.scalar(entry, f"key {printable(key)} of {what}")
        if len(key) != 1 or key not in _KEYS:
            message = f"'{printable(key)}' cannot be a key of {what}"
            source.refuse(
                entry.line, "format", message, "use 1 to 9; 0 always is a human, * and # say it again"
            )
        elif value is not None:
            keys[key] = value
    for part in ("by_key", "keys", "to", "otherwise"):
        if part not in parts:
            source.refuse(item.line, "R-CB-7", f"{what} has no `{part}`", f"add `{part}:`")
    return Asked(
        name=name,
        ask=ask,
        general=general,
        by_key=by_key or "",
        keys=keys,
        to=_targets(parts.get("to"), f"to of {what}", (), source),
        otherwise=_target(parts.get("otherwise"), f"otherwise of {what}", item.line, source),
        line=item.line,
    )


def _free(name: str, item: Item, source: Source) -> Free:
    what = f"question '{name}'"
    parts = source.mapping(item.node, what, _FREE)
    ask, general = _said(name, parts, item.line, source)
    if "then" not in parts:
        source.refuse(item.line, "format", f"{what} has no `then`", "add `then:` with where it goes on")
    seconds = source.number(parts.get("seconds"), "seconds", least=5, most=180)
    then = _target(parts.get("then"), f"then of {what}", item.line, source)
    return Free(name, ask, general, seconds or FREE_SECONDS, then, item.line)


def _said(name: str, parts: Mapping[str, Item], line: int, source: Source) -> tuple[str, str]:
    """Return what a question says with its placeholders, and without."""
    general = source.prompt(parts["general"], f"{name} in general") if "general" in parts else None
    ask = source.prompt(parts["ask"], name) if "ask" in parts else None
    if "ask" not in parts:
        source.refuse(line, "text", f"question '{name}' has no `ask`", "add `ask:` with what is asked")
    return ask or "", general or ""


def _reasons(item: Item | None, source: Source) -> Mapping[str, Reason]:
    found: dict[str, Reason] = {}
    for name, entry in (source.mapping(item.node, "reasons") if item else {}).items():
        if not NAME.fullmatch(name):
            source.refuse(entry.line, "format", f"'{printable(name)}' is not a name", "lower-case letters, _")
            continue
        parts = source.mapping(entry.node, f"reason '{name}'", _REASON)
        label = source.scalar(parts["name"], "name") if "name" in parts else None
        if not label:
            source.refuse(entry.line, "text", f"reason '{name}' has no name", "add `name:` for the reports")
        found[name] = Reason(name, label or "", _words(parts.get("words"), name, source), entry.line)
    return found


def _words(item: Item | None, name: str, source: Source) -> tuple[str, ...]:
    """Return the words of a list of plain ones."""
    if item is None:
        return ()
    nodes = item.node.value if isinstance(item.node, yaml.SequenceNode) else []
    words = tuple(str(node.value).strip() for node in nodes if isinstance(node, yaml.ScalarNode))
    if not nodes or len(words) != len(nodes):
        source.refuse(
            item.line, "format", f"words of reason '{name}' must be a list", "write [一句话, 另一句]"
        )
    return words


def _targets(item: Item | None, what: str, known: tuple[str, ...], source: Source) -> Mapping[str, Target]:
    if item is None:
        return {}
    entries = source.mapping(item.node, what, frozenset(known) if known else None)
    found = {
        name: _target(entry, f"'{printable(name)}' in {what}", item.line, source)
        for name, entry in entries.items()
    }
    for name in known:
        if name not in found:
            source.refuse(item.line, "format", f"{what} does not say where '{name}' leads", _LEADS)
    return found


def _target(item: Item | None, what: str, line: int, source: Source) -> Target:
    """Return where something leads; what cannot be read is noted, and stands for an end."""
    if item is None:
        return End(ENDINGS[-1], line)
    endings = source.mapping(item.node, what) if isinstance(item.node, yaml.MappingNode) else {}
    kind, entry = next(iter(endings.items()), ("", item))
    name = source.scalar(entry, what) if len(endings) == 1 else None
    match kind:
        case "ask" if name in _QUESTIONS:
            return Ask(str(name), item.line)
        case "end" if name in ENDINGS:
            return End(str(name), item.line)
        case "human" if name and NAME.fullmatch(name):
            return Human(name, item.line)
        case "back" if name == "true":
            return Back(item.line)
        case _:
            source.refuse(item.line, "format", f"{what} leads nowhere", _LEADS)
            return End(ENDINGS[-1], item.line)


def _name(item: Item | None, what: str, source: Source) -> str:
    name = source.scalar(item, what) if item else ""
    if item is not None and not NAME.fullmatch(name or ""):
        source.refuse(
            item.line, "format", f"{what} is not the name of a queue", "name a queue of hotline.toml"
        )
        return ""
    return name or ""


def _flag(item: Item | None, what: str, source: Source) -> bool:
    value = source.scalar(item, what) if item else "false"
    if item is not None and value not in ("true", "false"):
        source.refuse(item.line, "format", f"{what} is neither true nor false", "write true or false")
    return value == "true"
