"""Persons and vehicles that a citizen speaks of: 老板姓覃, 都叫他老孟, 206路公交司机, 粤AD36271."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from ..talk import DIGITS, Line, Span, Talk
from ..words import number, rules
from .given_name import given_name

_NICKNAMES = ("nickname", "neighbour")


@dataclass(frozen=True)
class Person:
    """A person or vehicle; ``named`` when more than the role is known."""

    name: str
    role: str
    named: bool
    spans: tuple[Span, ...]


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    data = rules("parties")
    roles = "|".join(data["people"])
    surname = f"(?![{rules('names')['never']}])[\u4e00-\u9fff]"
    return {
        "role": re.compile(f"(?:{roles})"),
        "surname": re.compile(
            rf"(?P<role>{roles}|男的|女的|书记|主任|会计|队长|组长|老头儿?|老太太|小伙子?)(?:就|好像)?是?姓(?P<name>{surname})"
        ),
        "of_surname": re.compile(
            rf"(?<![我您])姓(?P<name>{surname})的(?:那个|一个)?(?P<role>{roles}|人家|两口子|男的|女的|人)?"
        ),
        "called": re.compile(rf"(?P<role>{roles})(?:名字)?(?:就)?(?:叫|是叫)(?:什么)?(?={surname})"),
        "simply_called": re.compile(
            rf"(?:有个|一个|人|的|他|她|认识).{{0,8}}?(?<![我您家])(?:名字)?叫({surname})"
        ),
        "nickname": re.compile(
            r"(?:都|大家|人)(?:叫|喊)(?:他|她|它)?(?:作|做)?(?P<name>(?:老|小|大|阿)?[\u4e00-\u9fff]{1,3}?)(?=[的是在，就有以从说听都]|$)"
        ),
        "villager": re.compile(
            r"(?:村|组|社|队|屯|寨)的(?P<name>[\u4e00-\u9fff])(?=[\u4e00-\u9fff]{1,2}(?:[|，。]|$|带|在|他|家|和))"
        ),
        "neighbour": re.compile(
            r"(?:隔壁|楼上|楼下|对门|邻居|前院|后院)(?:那个|的|那家)?(?P<name>老[\u4e00-\u9fff])(?=家|他|把|的|在|天天|又|$)"
        ),
        "name_of_role": re.compile(
            "(?<![我您这那])(?:(?:名字)?(?:叫|名叫)(?:什么)?|[胸工名]牌上?(?:写)?[的着]?(?:名字)?(?:是|叫)?)(?=[\u4e00-\u9fff]{2})"
        ),
        "real_name": re.compile("(?:大名|真名|本名|全名)(?:就|好像)?$"),
        "plate": re.compile(str(data["plate"]), re.IGNORECASE),
        "route": re.compile(str(data["route"])),
    }


def persons_of(line: Line) -> Iterator[Person]:
    """Give the persons of an utterance who are told apart by surname, name or nickname."""
    patterns = _patterns()
    for kind in ("surname", "of_surname"):
        if kind == "of_surname" and any(line.search(patterns["surname"])):
            continue
        for match, span in line.search(patterns[kind]):
            role = match.group("role") or "人员"
            role = {"人家": "住户", "两口子": "住户", "人": "人员", "男的": "男子", "女的": "女子"}.get(
                role, role
            )
            named = re.compile(rf".{{0,3}}叫{match.group('name')}").match(line.plain.text, match.end())
            given = given_name(line, named.end(), match.group("name")) if named is not None else ""
            if named is not None and given:
                whole = line.span(match.start("name"), named.end() + len(given))
                yield Person(f"{role}{match.group('name')}{given}", role, True, (span, whole))
                continue
            yield Person(f"{match.group('name')}姓{role}", role, True, (span,))
    for match, span in line.search(patterns["called"]):
        surname = line.plain.text[match.end()]
        given = given_name(line, match.end() + 1, surname)
        if given:
            role = match.group("role")
            whole = line.span(match.start(), match.end() + 1 + len(given))
            yield Person(f"{role}{surname}{given}", role, True, (span, whole))
    for match, span in line.search(patterns["simply_called"]):
        given = given_name(line, match.end(), match.group(1))
        if given and match.group(1) in str(rules("names")["surnames"]).split():
            whole = line.span(match.start(1), match.end() + len(given))
            yield Person(whole.text, "", True, (span, whole))
    for match, span in line.search(patterns["villager"]):
        given = given_name(line, match.end("name"), match.group("name"))
        if given and match.group("name") in str(rules("names")["surnames"]).split():
            whole = line.span(match.start("name"), match.end("name") + len(given))
            yield Person(whole.text, "", True, (span, whole))
    named = (line.group(match, "name") for kind in _NICKNAMES for match, _ in line.search(patterns[kind]))
    for span in named:
        if len(span.text) > 1:
            yield Person(span.text, "", True, (span,))


def roles_of(line: Line) -> Iterator[Person]:
    """Give every role that an utterance names."""
    for match, span in line.search(_patterns()["role"]):
        yield Person(match.group(), match.group(), False, (span,))


def role_of(line: Line) -> Person | None:
    """Return the first role that an utterance names (公交司机, 护士)."""
    return next(roles_of(line), None)


def name_after_called(line: Line) -> Span | None:
    """Return the person's name that follows 叫, not the citizen's own; 大名 goes before 外号."""
    text = line.plain.text
    matches = [match for match, _ in line.search(_patterns()["name_of_role"])]
    real = _patterns()["real_name"]
    for match in sorted(matches, key=lambda one: real.search(text[: one.start()]) is None):
        start = match.end()
        again = re.match(r"(.)什么\1", text[start:])
        start += again.end() - 1 if again is not None else 0
        given = given_name(line, start + 1, text[start]) if start < len(text) else ""
        if given and text[start] not in str(rules("names")["never"]):
            return line.span(start, start + 1 + len(given))
    return None


def route_of(talk: Talk) -> tuple[str, Span] | None:
    """Return the bus route that the citizen speaks of, with its number in digits."""
    for line in talk.citizen:
        for match, _ in line.search(_patterns()["route"]):
            said = match.group("n")
            value = number(said)
            spelt = "".join(DIGITS.get(char, char) for char in said)
            digits = spelt if spelt.isascii() else (str(value) if value is not None else None)
            if digits is not None:
                return f"{digits}路", line.span(match.start(), match.start() + len(said) + 1)
    return None


def plate_of(talk: Talk) -> tuple[str, Span] | None:
    """Return the vehicle's plate; the agent's read-back has it whole."""
    for line in (*talk.agent, *talk.citizen):
        for match, span in line.search(_patterns()["plate"]):
            return "".join(DIGITS.get(char, char) for char in match.group()).upper(), span
    return None
