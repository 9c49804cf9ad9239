"""Names a party as fully as the call tells it: the hall with its window, the official with his village."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache

from ..fields import Evidence, Field
from ..talk import Line, Talk
from ..words import pattern, rules
from .address import arabic, pieces_of
from .party_candidates import Candidate, first_line, party_rules
from .persons import name_after_called, persons_of

LONGER = 6
"""So much more a name may hold than the one that it begins with (车小白, 车小白汽车美容)."""
_VILLAGE = re.compile(r"(?:.*[区县市旗镇乡道路街])?(?P<name>[^\d区县镇乡]{2,6}?(?:村|社区))")
_Step = Callable[[Talk, Candidate, list[Candidate], Field | None], Candidate]


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    data = rules("parties")
    return {
        name: pattern(str(data[name]))
        for name in (
            "window",
            "at_window",
            "badge",
            "halls",
            "village_official",
            "house_of",
            "teachers",
            "each_other",
        )
    }


def fuller(talk: Talk, best: Candidate, candidates: list[Candidate], place: Field | None) -> Candidate:
    """Return the chosen party under the fullest name that was said of it."""
    for step in _STEPS:
        best = step(talk, best, candidates, place)
    return best


def _called_longer(
    talk: Talk, best: Candidate, candidates: list[Candidate], place: Field | None
) -> Candidate:
    """Take the longer of two names that begin alike."""
    longer = [
        one
        for one in candidates
        if one.named and one.name.startswith(best.name) and 0 < len(one.name) - len(best.name) <= LONGER
    ]
    if not best.named or not longer:
        return best
    return _renamed(best, max(longer, key=lambda one: one.weight))


def _told_apart(talk: Talk, best: Candidate, candidates: list[Candidate], place: Field | None) -> Candidate:
    """Take the one of a role who is told by surname or name before the role alone (房东, 阮姓房东)."""
    if best.named:
        return best
    apart = [one for one in candidates if one.named and one.noun == best.name and one.name != best.name]
    return _renamed(best, max(apart, key=lambda one: one.weight)) if apart else best


def _at_window(talk: Talk, best: Candidate, candidates: list[Candidate], place: Field | None) -> Candidate:
    """Join the hall with its window and the number on the badge (政务服务中心12号窗口工作人员)."""
    hall = _patterns()["halls"].search(best.name)
    windows = [(line, match) for line in talk.citizen for match, _ in line.search(_patterns()["window"])]
    if hall is None or not windows or not _told_of_window(talk):
        return best
    if place is not None and (
        known := re.match(r"(.{4,}?(?:中心|大厅|局|所|院|行))[\d一二三四五六七八九十]", str(place.value))
    ):
        home = party_rules()["home"].sub("", known.group(1)) or known.group(1)
        full = _with_district(known.group(1), home)
        best = replace(best, name=full, evidence=(*place.evidence, *best.evidence))
    line, match = windows[-1]
    window = line.span(match.start(), match.end())
    badges = (one.group(found, "n") for one in talk.citizen for found, _ in one.search(_patterns()["badge"]))
    badge = next(badges, None)
    who = "工作人员" if badge is None else f"{badge.text}号工作人员"
    evidence = (*best.evidence, window.evidence, *((badge.evidence,) if badge is not None else ()))
    return replace(best, name=f"{best.name}{arabic(window.text)}{who}", evidence=evidence)


def _told_of_window(talk: Talk) -> bool:
    """Tell whether the matter's first words are of those at the window, and none of them has a name."""
    first = next((line for line in talk.citizen if line.index == first_line(talk)), None)
    if first is None or _patterns()["at_window"].search(first.plain.text) is None:
        return False
    return all(name_after_called(line) is None for line in talk.citizen)


def _with_district(whole: str, home: str) -> str:
    district = re.search(r"[^区县市]{2,4}[区县市](?=" + re.escape(home) + ")", whole)
    return (district.group() if district is not None else "") + home


def _of_village(talk: Talk, best: Candidate, candidates: list[Candidate], place: Field | None) -> Candidate:
    """Put the village before its officials, and prefer the one told by name (小呈堡村会计伍正华)."""
    village = _VILLAGE.search(str(place.value)) if place is not None else None
    if place is None or village is None:
        return best
    home, official = village.group("name"), _patterns()["village_official"]
    if official.search(best.noun) is None and official.search(best.name) is None:
        return best
    people = [one for line in talk.citizen for one in persons_of(line) if official.fullmatch(one.role)]
    if people and not any(one.name in best.name for one in people):
        best = replace(best, name=people[0].name, evidence=tuple(span.evidence for span in people[0].spans))
    if home[:2] in best.name:
        return best
    own = best.name.removeprefix("村") if "村" in best.name[:1] else best.name
    return replace(best, name=home + own, evidence=(*place.evidence, *best.evidence))


def _of_school(talk: Talk, best: Candidate, candidates: list[Candidate], place: Field | None) -> Candidate:
    """Put the school or hospital before the teacher or doctor whom the matter's first words are about."""
    first = next((line for line in talk.citizen if line.index == first_line(talk)), None)
    about = _patterns()["teachers"].search(first.plain.text) if first is not None else None
    if about is None or not best.named or about.group("role") in best.name:
        return best
    named = [
        one for line in talk.citizen for one in persons_of(line) if one.role.endswith(about.group("role"))
    ]
    if not named or best.noun in rules("parties")["people"]:
        return best
    evidence = (*best.evidence, *(span.evidence for span in named[0].spans))
    return replace(best, name=best.name + named[0].name, evidence=evidence)


def _of_street(talk: Talk, best: Candidate, candidates: list[Candidate], place: Field | None) -> Candidate:
    """Put the street before its own officers (向阳街道城管)."""
    if best.named or best.name not in rules("parties")["officers"]:
        return best
    towns = [piece for line in talk.citizen for piece in pieces_of(line) if piece.value.endswith("街道")]
    if not towns:
        return best
    return replace(best, name=towns[-1].value + best.name, evidence=(towns[-1].span.evidence, *best.evidence))


def _other_house(talk: Talk, best: Candidate, candidates: list[Candidate], place: Field | None) -> Candidate:
    """Name the other side's house by its number where the citizen tells both (十七号是我家，十八号是他家)."""
    if best.noun != "住户":
        return best
    for line in talk.citizen:
        for match, _ in line.search(_patterns()["house_of"]):
            house = line.group(match, "house")
            name = re.sub(r"\d+号(?:住户)?$", "", best.name)
            return replace(best, name=name + arabic(house.text), evidence=(*best.evidence, house.evidence))
    return best


def _both(talk: Talk, best: Candidate, candidates: list[Candidate], place: Field | None) -> Candidate:
    """Join the two who send the citizen to each other (元禾村、水管所)."""
    for line in talk.citizen:
        if _patterns()["each_other"].search(line.plain.text) is None:
            continue
        saying = _who_say(line, candidates)
        others = [one for one in saying if one.name not in best.name and best.name not in one.name]
        official = _patterns()["village_official"]
        people = rules("parties")["people"]
        others = [
            one for one in others if one.named or one.noun not in people or official.fullmatch(one.name)
        ]
        if others and len(others) < len(saying):
            name, evidence = _or_village(others[0], place)
            mine = best.noun if best.noun in rules("parties")["of_place"] else best.name
            return replace(best, name=f"{name}、{mine}", evidence=(*evidence, *best.evidence))
    return best


def _or_village(one: Candidate, place: Field | None) -> tuple[str, tuple[Evidence, ...]]:
    """Return the village for which its secretary speaks."""
    village = _VILLAGE.search(str(place.value)) if place is not None else None
    if place is None or village is None or _patterns()["village_official"].fullmatch(one.name) is None:
        return one.name, one.evidence
    return village.group("name"), (*place.evidence, *one.evidence)


def _who_say(line: Line, candidates: list[Candidate]) -> list[Candidate]:
    """Return those of whom the line tells what they say."""
    text = line.plain.text
    names = {one.name: one for one in candidates if one.noun != "住户"}
    return [
        one
        for name, one in names.items()
        if re.search(
            f"{re.escape(name.removesuffix('公司') or name)}(?:的[^，。]{{0,4}})?(?:说|讲|又说|叫|让)", text
        )
    ]


def _renamed(best: Candidate, other: Candidate) -> Candidate:
    return replace(other, weight=max(best.weight, other.weight))


_STEPS: tuple[_Step, ...] = (
    _called_longer,
    _told_apart,
    _of_village,
    _of_school,
    _of_street,
    _at_window,
    _other_house,
    _both,
)
