"""Clauses with their object before the verb in a ticket's order: 喷淋要开起 → 开启喷淋 (BJ 5.1.4.1)."""

from __future__ import annotations

import re
from functools import cache

from ..words import pattern, rules

FIXED = 16
LONGEST = 12
"""No object is longer."""


def turned(clause: str) -> str:
    """Write a clause that asks with its verb first; empty when it has not this form."""
    hurried = pattern(rules("turning")["hurried"]).match(clause)
    if hurried is not None and hurried.end() < len(clause):
        text = turned(clause[hurried.end() :])
        return text if text.startswith(("尽快", "立即", "派")) or not text else f"尽快{text}"
    choice = pattern(rules("turning")["or"]).match(clause)
    if choice is not None and (text := turned(clause[choice.end() :])):
        return f"或{text}"
    for form in (_due, _sent, _after, _ban, _made_to, _ordered, _fixed):
        text = form(clause)
        if text:
            return text
    return ""


@cache
def _forms() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    data = rules("turning")
    verbs = "|".join(sorted(data["verbs"], key=len, reverse=True))
    adverbs = "|".join(sorted(data["adverbs"], key=len, reverse=True))
    again = rf"(?P<v>{verbs})(?:一?(?P=v))?"
    results = f"(?P<r>{data['results']}{{0,3}})"
    return (
        re.compile(rf"^(?:把|将)(?P<x>[^把将]{{1,{LONGEST}}}?)(?P<a>(?:{adverbs})*){again}{results}$"),
        re.compile(rf"^(?P<x>[^把将]{{1,{LONGEST}}}?)(?P<a>(?:{adverbs})+){again}{results}$"),
        re.compile(
            rf"^(?P<x>[^把将]{{2,{LONGEST}}}?)(?P<a>)(?P<v>{verbs})(?P<r>(?:{data['results']}){{1,3}})$"
        ),
    )


def _ordered(clause: str) -> str:
    data = rules("turning")
    if re.search("[挪移搬迁改调](?:到|至|去)", clause):
        return ""
    for place, form in enumerate(_forms()):
        match = form.match(clause)
        if match is None:
            continue
        whole, verb = match.group("x"), match.group("v")
        thing = re.sub("^(?:那个|这个|那些|这些|那|这|我们?家?的?|他们?的?|你们的?)", "", whole)
        thing = re.sub("^该?[补退赔发给分]的", "", thing)
        thing = re.sub("(?:给|也|都|全|的|全部|一张|一分|他们?|她|它|你们)+$", "", thing)
        only = data["only_with"].get(verb) if place else None
        if thing in data["too_bare"] or (only is not None and not re.search(only, thing)):
            continue
        if place and pattern(data["no_object"]).search(whole):
            continue
        how = "".join(data["adverbs"][one] for one in _adverbs(match.group("a")))
        of_thing = (
            form for words, said, form in data["by_object"] if said == verb and re.search(words, thing)
        )
        return f"{how}{next(of_thing, data['verbs'][verb])}{thing}"
    return ""


def _adverbs(said: str) -> list[str]:
    known = sorted(rules("turning")["adverbs"], key=len, reverse=True)
    return re.findall("|".join(known), said)


def _sent(clause: str) -> str:
    data = rules("turning")
    match = pattern(data["sent"]).match(clause)
    if match is None:
        return ""
    rest = match.group("rest")
    who = data["sent_words"].get(match.group("who"), match.group("who"))
    deed = turned(rest) if rest else ""
    deed = deed or re.sub("(?:一下|下子|一?哈|嘛|吧|了)$", "", re.sub(r"^来", "", rest))
    deed = re.sub(r"^(.)一?\1", r"\1", deed)
    deed = data["verbs"].get(deed, deed)
    return f"派{who}{deed}" if deed else ""


def _made_to(clause: str) -> str:
    data = rules("turning")
    match = pattern(data["made_to"]).match(clause)
    if match is None:
        return ""
    who, rest = match.group("who"), match.group("rest")
    deed = turned(rest)
    if not deed:
        return ""
    return deed if pattern(data["who_asked"]).match(who) else f"{who}{deed}"


def _after(clause: str) -> str:
    data = rules("turning")
    match = pattern(data["after"]).match(clause)
    if match is None:
        return ""
    part = match.group("part") or ""
    until = "前" if match.group("when").endswith("前") else "后"
    return f"{data['parts'].get(part, part)}{match.group('hour')}{until}停止{match.group('deed')}"


def _ban(clause: str) -> str:
    data = rules("turning")
    match = pattern(data["ban"]).match(clause)
    if match is None or pattern(data["no_ban"]).search(match.group("deed")):
        return ""
    by = re.match("[拿以用](?=.{3})", match.group("deed"))
    return f"不得以{match.group('deed')[1:]}" if by is not None else f"停止{match.group('deed')}"


def _due(clause: str) -> str:
    data = rules("turning")
    build = pattern(data["due_build"]).search(clause)
    if build is not None:
        return turned(f"把{build.group('x')}{build.group('v')}了")
    verbs = [data["due_words"][one] for one in re.findall(data["due"], clause)]
    return f"依法{''.join(verbs)}" if verbs else ""


def _fixed(clause: str) -> str:
    for words, form in rules("turning")["fixed"] if len(clause) <= FIXED else ():
        match = pattern(words).search(clause)
        if match is not None:
            return str(form).format(x=match.groupdict().get("x") or "")
    return ""
