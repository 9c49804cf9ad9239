"""Who is complained of, reported, praised or owes the service (BJ C.3: 涉及对象; annex D: 被反映单位)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from ..context import CallContext
from ..fields import Evidence, Field, FieldName, Found
from ..talk import Line, Talk
from ..words import either, rules
from .bodies import (
    Body,
    accused_thing,
    answers,
    bodies_of,
    called_bodies,
    ends_in_noun,
    noun_asked,
    site_asked,
)
from .persons import Person, name_after_called, persons_of, plate_of, role_of, roles_of, route_of

LEAST = {"求助": 1.6}
USUALLY = 0.4
"""Below these a mention is no party; who asks for help accuses nobody, so that more must speak for it."""
LONG = 6
IN_DANGER = 3.0


@dataclass(frozen=True)
class Candidate:
    """A possible party with the weight of what speaks for it."""

    name: str
    noun: str
    named: bool
    weight: float
    evidence: tuple[Evidence, ...]


@cache
def _rules() -> dict[str, re.Pattern[str]]:
    data = rules("parties")
    made = {
        name: re.compile(str(data[name]))
        for name in (
            "accused",
            "praised",
            "fault",
            "beside",
            "before_beside",
            "turned_to",
            "own",
            "authorities",
            "neighbours",
            "at_home",
            "answered",
            "accusing",
            "site",
            "home",
            "door",
            "asks_name",
        )
    }
    made["referred"] = re.compile(str(data["referred"]))
    return {**made, "asked": either(data["asked"]), "not_asked": either(data["not_asked"])}


def extract(talk: Talk, context: CallContext, found: Found) -> dict[FieldName, Field]:
    """Weigh every body and person that the citizen mentions, and name the weightiest as fully as it was."""
    kind = found.get(FieldName.KIND)
    name = "" if kind is None else str(kind.value)
    if name in ("咨询", "建议", "无效"):
        return {}
    candidates = [
        *(_vehicle(talk)),
        *(_praised(talk) if name == "表扬" else ()),
        *_bodies(talk),
        *_persons(talk),
        *_neighbour(talk, found),
    ]
    best = max(candidates, key=lambda one: one.weight, default=None)
    best = _who_is_behind(best, list(_persons(talk))) if best is not None else None
    least = LEAST.get(name, USUALLY)
    if name == "求助" and FieldName.EMERGENCY_LINE in found:
        least = IN_DANGER
    if best is None or best.weight < least:
        return _referred(talk) if name == "求助" and FieldName.EMERGENCY_LINE not in found else {}
    best = _placed(best, found.get(FieldName.PLACE))
    sure = min(0.3 + 0.1 * best.weight, 0.85)
    return {FieldName.PARTY: Field(best.name, sure, tuple(dict.fromkeys(best.evidence)))}


def _asks(question: str) -> bool:
    patterns = _rules()
    return bool(patterns["asked"].search(question)) and not patterns["not_asked"].search(question)


def _who_is_behind(best: Candidate, persons: list[Candidate]) -> Candidate:
    """Prefer the person told apart by name to a small business that has none (小作坊 of 肥仔明)."""
    if best.named or best.noun not in rules("parties")["small"]:
        return best
    return next((one for one in persons if one.named), best)


def _placed(one: Candidate, place: Field | None) -> Candidate:
    """Put the estate or village before what every one of them has: 书香丽苑物业, 杜家坡村村主任."""
    if place is None or one.named or one.name not in rules("parties")["of_place"]:
        return one
    site = _rules()["site"].search(str(place.value))
    if site is None or site.group("site").endswith(one.name):
        return one
    return replace(one, name=site.group("site") + one.name, evidence=(*place.evidence, *one.evidence))


def _bodies(talk: Talk) -> Iterator[Candidate]:
    """Weigh the bodies; what is said of a trade counts for the one body of that trade with a name."""
    called: list[Candidate] = []
    mentions: list[Candidate] = []
    for line in talk.citizen:
        question = talk.question_before(line)
        asked = _asks(question)
        for body in called_bodies(line, noun_asked(question) if asked else "", asked=asked):
            name = body.name + (body.noun if _joins(body) else "")
            called.append(Candidate(name, body.noun, True, 4.0 + (0.5 if asked else 0), body.evidence))
        for body in bodies_of(line):
            weight = _weight(talk, body, asked=asked)
            mentions.append(Candidate(body.name, body.noun, body.named, weight, body.evidence))
        nothing = all(one.evidence[0].utterance != line.index for one in (*called, *mentions) if one.named)
        if asked and nothing and _is_venue(question) and (site := site_asked(line)) is not None:
            called.append(Candidate(site.text, noun_asked(question), True, 2.4, (site.evidence,)))
        for span in answers(line) if asked and nothing and _rules()["asks_name"].search(question) else ():
            called.append(Candidate(span.text, noun_asked(question), True, 2.4, (span.evidence,)))
    for line in talk.agent:
        for body in bodies_of(line):
            if _owes(talk, body.noun):
                mentions.append(Candidate(body.name, body.noun, body.named, 1.8, body.evidence))
    named = [*called, *(one for one in mentions if one.named)]
    for one in _summed(mentions):
        same = [other for other in named if one.noun and _same_trade(one, other)]
        match = max(same, key=lambda other: other.weight, default=None)
        if not one.named and match is not None:
            yield Candidate(match.name, match.noun, True, match.weight + max(one.weight, 0), match.evidence)
        else:
            yield one
    yield from called


def _is_venue(question: str) -> bool:
    """Tell whether a question asks for a body that is known by its house (养老院, 学校), not for a site."""
    noun, data = noun_asked(question), rules("parties")
    return noun != "" and noun not in (*data["placed"], *data["weak"], *data["small"])


def _joins(body: Body) -> bool:
    joined = rules("parties")["joined"]
    return body.noun in joined and not ends_in_noun(body.name) and body.noun not in body.name


def _same_trade(generic: Candidate, named: Candidate) -> bool:
    if named.name.endswith(generic.noun) or named.noun == generic.noun:
        return True
    return any(
        family.fullmatch(generic.noun) and (family.fullmatch(named.noun) or _ends(family, named.name))
        for family in _families()
    )


def _ends(family: re.Pattern[str], name: str) -> bool:
    return re.search(rf"(?:{family.pattern})$", name) is not None


@cache
def _families() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(one) for one in rules("parties")["families"])


def _summed(mentions: Iterable[Candidate]) -> Iterator[Candidate]:
    """Join the mentions of one name: the best weight, and something for each further one."""
    by_name: dict[str, list[Candidate]] = {}
    for one in mentions:
        by_name.setdefault(one.name, []).append(one)
    for name, members in by_name.items():
        best = max(members, key=lambda one: one.weight)
        more = min(0.3 * (len(members) - 1), 0.9)
        yield Candidate(name, best.noun, best.named, best.weight + more, best.evidence)


def _weight(talk: Talk, body: Body, *, asked: bool) -> float:
    """Weigh one mention by the words around it."""
    patterns = _rules()
    before, after = _around(body.line, body.span.start, body.span.end)
    accused = patterns["accused"].search(before) is not None
    weight = (
        0.5
        - (0.3 if body.noun in rules("parties")["weak"] else 0.0)
        + (1.0 if body.named else 0.0)
        + (2.0 if accused else 0.0)
    )
    weight += 1.5 if asked and body.named else 0.0
    weight += 0.4 if body.name.endswith(("公司", "集团")) and body.named else 0.0
    weight += 0.4 if body.line.index == _first(talk) else 0.0
    fault = patterns["fault"].match(after) is not None
    weight += 1.0 if fault else 0.0
    weight -= 0.0 if accused or fault or asked or body.noun not in rules("parties")["places"] else 1.2
    weight += 0.6 if patterns["answered"].match(after) else 0.0
    weight += 1.5 if _owes(talk, body.noun) else 0.0
    weight -= 1.5 if patterns["beside"].match(after) or patterns["before_beside"].search(before) else 0.0
    if not accused:
        weight -= 1.5 if not (asked and body.named) and patterns["authorities"].match(body.span.text) else 0.0
        weight -= 0.3 if patterns["turned_to"].search(before) else 0.0
        weight -= 1.0 if patterns["own"].search(before + body.span.text) else 0.0
    return weight


def _first(talk: Talk) -> int:
    """Return the utterance in which the citizen states the matter."""
    return next((line.index for line in talk.citizen if len(line.plain.text) > LONG), -1)


def _around(line: Line, start: int, end: int) -> tuple[str, str]:
    """Return what is said before and after, without blanks; punctuation stays."""
    text = line.mended
    return "".join(text[max(0, start - 24) : start].split())[-12:], "".join(text[end : end + 24].split())[:12]


def _owes(talk: Talk, noun: str) -> bool:
    words = rules("parties")["owes"].get(noun)
    return words is not None and any(re.search(words, line.plain.text) for line in talk.citizen)


def _persons(talk: Talk) -> Iterator[Candidate]:
    for line in talk.citizen:
        asked = _asks(talk.question_before(line))
        for person in persons_of(line):
            first = 0.4 if line.index == _first(talk) else 0
            inside = 0.7 if person.role in rules("parties")["inside"] else 0.0
            yield _as_candidate(person, 1.5 + (0.6 if asked else 0) + first - inside)
        for person in roles_of(line):
            before, after = _around(line, person.spans[0].start, person.spans[0].end)
            weight = 0.4 + (1.8 if _rules()["accused"].search(before) else 0)
            weight += 1.3 if _rules()["fault"].match(after) else 0
            yield _as_candidate(person, weight - (1.0 if _rules()["turned_to"].search(before) else 0))
        if (span := accused_thing(line, _rules()["accusing"])) is not None:
            yield Candidate(span.text, "", False, 0.45, (span.evidence,))


def _as_candidate(person: Person, weight: float) -> Candidate:
    return Candidate(
        person.name, person.role, person.named, weight, tuple(span.evidence for span in person.spans)
    )


def _vehicle(talk: Talk) -> Iterator[Candidate]:
    """Name a bus by its route, a cab by its platform and plate."""
    role = next((one for line in talk.citizen if (one := role_of(line)) and "司机" in one.role), None)
    route, plate = route_of(talk), plate_of(talk)
    if route is not None:
        evidence = (route[1].evidence, *(span.evidence for span in (role.spans if role else ())))
        yield Candidate(f"{route[0]}公交司机" if role else f"{route[0]}公交车", "司机", True, 4.0, evidence)
    elif plate is not None:
        firm = next((body for line in talk.citizen for body in _firms(line)), None)
        trade = role.role.removesuffix("司机") if role and role.role != "司机" else ""
        name = "".join((firm.name if firm else "", trade, plate[1].text.upper()))
        evidence = (plate[1].evidence, *((firm.span.evidence,) if firm else ()))
        yield Candidate(name, "车", True, 9.0 if role else 4.0, evidence)


def _referred(talk: Talk) -> dict[FieldName, Field]:
    """Fall back on the body to which the agent says the matter goes: it owes the service."""
    for line in reversed(talk.agent):
        for match, _ in line.search(_rules()["referred"]):
            span = line.group(match, "body")
            return {FieldName.PARTY: Field(span.text, 0.35, (span.evidence,))}
    return {}


def _firms(line: Line) -> Iterator[Body]:
    for body in (*called_bodies(line, ""), *bodies_of(line)):
        if body.named and re.search("出行|打车|出租|客运|公司|平台", body.name):
            yield body


def _praised(talk: Talk) -> Iterator[Candidate]:
    """Join body, role and name of who is praised."""
    role = next((one for line in talk.citizen if (one := role_of(line)) is not None), None)
    if role is None:
        return
    route = route_of(talk) if "司机" in role.role else None
    body = next((one for line in talk.citizen for one in bodies_of(line) if _employs(one)), None)
    name = next((span for line in talk.citizen if (span := name_after_called(line)) is not None), None)
    before = route[0] if route is not None else (body.name if body is not None else "")
    text = f"{before}{role.role}{name.text if name is not None else ''}"
    spans = (*role.spans, *((name,) if name is not None else ()), *((route[1],) if route is not None else ()))
    spans = (*spans, *((body.span,) if body is not None and route is None else ()))
    yield Candidate(text, role.role, True, 6.0, tuple(span.evidence for span in spans))


def _employs(body: Body) -> bool:
    return body.named and body.noun not in rules("parties")["places"]


def _neighbour(talk: Talk, found: Found) -> Iterator[Candidate]:
    """Name neighbours by the place: 银杏里小区6幢302住户."""
    place = found.get(FieldName.PLACE)
    for line in talk.citizen:
        for match, span in line.search(_rules()["neighbours"]):
            before, after = _around(line, span.start, span.end)
            accused = _rules()["accused"].search(before) is not None
            at_home = _rules()["at_home"].match(after) is not None
            if not (at_home or match.group() not in ("楼上", "楼下", "隔壁", "对门")):
                continue
            home = _neighbours_home(line, match.group(), place)
            name = f"{home}住户" if re.search(r"\d", home) else f"{match.group()}住户"
            evidence = (
                span.evidence,
                *(place.evidence if place is not None and home else ()),
            )
            yield Candidate(name, "住户", True, 2.4 + (0.8 if accused else 0), evidence)
            return


def _neighbours_home(line: Line, word: str, place: Field | None) -> str:
    """Return estate, house and door of the place; the door that was said of the neighbour wins."""
    if place is None:
        return ""
    home = _rules()["home"].sub("", str(place.value))
    door = _rules()["door"].search(line.plain.text, line.plain.text.find(word))
    return home if door is None else re.sub(r"(?:\d+楼)?\d{3,4}$", "", home) + door.group()
