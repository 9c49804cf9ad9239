"""Persons, vehicles and neighbours as parties (老板姓覃, 206路公交司机, 楼上302住户)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..fields import Field, FieldName, Found
from ..talk import Line, Span, Talk
from ..words import rules
from .bodies import Body, accused_thing, bodies_of, called_bodies, ends_in_noun
from .party_candidates import Candidate, around, asks_for_body, first_line, party_rules
from .persons import Person, name_after_called, persons_of, plate_of, role_of, roles_of, route_of


def weighed_persons(talk: Talk) -> Iterator[Candidate]:
    """Weigh who is told apart by name or nickname, and the roles at fault."""
    for line in talk.citizen:
        asked = asks_for_body(talk.question_before(line))
        for person in persons_of(line):
            first = 0.4 if line.index == first_line(talk) else 0
            inside = 0.7 if person.role in rules("parties")["inside"] else 0.0
            yield _as_candidate(person, 1.5 + (0.6 if asked else 0) + first - inside)
        if asked and (name := name_after_called(line)) is not None and not _is_another(name):
            yield Candidate(name.text, "", True, 2.2, (name.evidence,))
        for person in roles_of(line):
            before, after = around(line, person.spans[0].start, person.spans[0].end)
            weight = 0.4 + (1.8 if party_rules()["accused"].search(before) else 0)
            weight += 1.3 if party_rules()["fault"].match(after) else 0
            yield _as_candidate(person, weight - (1.0 if party_rules()["turned_to"].search(before) else 0))
        if (span := accused_thing(line, party_rules()["accusing"])) is not None:
            yield Candidate(span.text, "", False, 0.45, (span.evidence,))


def _is_another(name: Span) -> bool:
    """Tell a district or road called so (叫蓉江新区), and the caller's kin, from a person complained of."""
    before, after = around(name.line, name.start, name.end)
    if party_rules()["kin"].search(before):
        return True
    return name.text.endswith("新") or after.startswith(
        ("新区", "区", "县", "镇", "村", "路", "街", "小区", "公司")
    )


def _as_candidate(person: Person, weight: float) -> Candidate:
    return Candidate(
        person.name, person.role, person.named, weight, tuple(span.evidence for span in person.spans)
    )


def vehicle(talk: Talk) -> Iterator[Candidate]:
    """Name a bus by its route, a cab by its platform and plate."""
    role = next((one for line in talk.citizen if (one := role_of(line)) and "司机" in one.role), None)
    route, plate = route_of(talk), plate_of(talk)
    if route is not None:
        evidence = (route[1].evidence, *(span.evidence for span in (role.spans if role else ())))
        yield Candidate(
            f"{route[0]}公交司机" if role else f"{route[0]}公交车",
            "司机",
            True,
            4.0 if role else 3.0 if _accused(talk, route[1]) else 1.4,
            evidence,
        )
    elif (line := _railway(talk)) is not None:
        yield Candidate(line.text, "号线", True, 2.6, (line.evidence,))
    elif plate is not None:
        firm = next((body for line in talk.citizen for body in _firms(line)), None)
        trade = role.role.removesuffix("司机") if role and role.role != "司机" else ""
        name = "".join((firm.name if firm else "", trade, plate[1].text.upper()))
        evidence = (plate[1].evidence, *((firm.span.evidence,) if firm else ()))
        yield Candidate(name, "车", True, 9.0 if role else 2.0, evidence)


def _accused(talk: Talk, route: Span) -> bool:
    before, _ = around(route.line, route.start, route.end)
    return party_rules()["accused"].search(before) is not None


def _firms(line: Line) -> Iterator[Body]:
    for body in (*called_bodies(line, ""), *bodies_of(line)):
        if body.named and re.search("出行|打车|出租|客运|公司|平台", body.name):
            yield body


def _railway(talk: Talk) -> Span | None:
    """Return the underground line of the matter's first words."""
    first = (line for line in talk.citizen if line.index == first_line(talk))
    return next((span for line in first for _, span in line.search(party_rules()["line"])), None)


def names_an_official(talk: Talk) -> bool:
    """Tell whether an official is accused in the matter's first words and named later."""
    first = next((line for line in talk.citizen if line.index == first_line(talk)), None)
    role = role_of(first) if first is not None else None
    if first is None or role is None or role.role not in rules("parties")["officials"]:
        return False
    return any(name_after_called(line) is not None for line in talk.citizen)


def praised(talk: Talk) -> Iterator[Candidate]:
    """Join body, role and name of who is praised, or of the official complained of by name."""
    role = next((one for line in talk.citizen if (one := role_of(line)) is not None), None)
    if role is None:
        yield from _praised_by_name(talk)
        return
    route = route_of(talk) if "司机" in role.role else None
    body = next((one for line in talk.citizen for one in bodies_of(line) if _employs(one)), None)
    called = (one for line in talk.citizen for one in called_bodies(line, "") if ends_in_noun(one.name))
    body = next(called, body)
    body = body or _of_role(role)
    name = next((span for line in talk.citizen if (span := name_after_called(line)) is not None), None)
    if name is None and (told := _by_surname(talk, role)) is not None:
        role = told
    before = route[0] if route is not None else (body.name if body is not None else "")
    text = f"{before}{role.name}{name.text if name is not None else ''}"
    spans = (*role.spans, *((name,) if name is not None else ()), *((route[1],) if route is not None else ()))
    spans = (*spans, *((body.span,) if body is not None and route is None else ()))
    yield Candidate(text, role.role, True, 6.0, tuple(span.evidence for span in spans))


def _by_surname(talk: Talk, role: Person) -> Person | None:
    """Return who is told by the surname alone (师傅姓纪)."""
    told = (
        one for line in talk.citizen for one in persons_of(line) if one.role and one.name.endswith(one.role)
    )
    return next((one for one in told if one.role[-1:] == role.role[-1:] or one.role == "师傅"), None)


def _praised_by_name(talk: Talk) -> Iterator[Candidate]:
    """Join the body and the name on the badge of somebody whose trade nobody says."""
    name = next((span for line in talk.citizen if (span := name_after_called(line)) is not None), None)
    body = next((one for line in talk.citizen for one in bodies_of(line)), None)
    if name is not None and body is not None:
        yield Candidate(f"{body.name}{name.text}", "", True, 6.0, (body.span.evidence, name.evidence))


def _of_role(role: Person) -> Body | None:
    """Return the body without a name of its own that stands right before a role (燃气公司的安检员)."""
    start = role.spans[0].start
    for body in bodies_of(role.spans[0].line):
        between = body.line.mended[body.span.end : start].strip() if body.span.end <= start else None
        if between in ("", "的", "，", "的，"):
            return body
    return None


def _employs(body: Body) -> bool:
    return body.named and body.noun not in (*rules("parties")["places"], *rules("parties")["sights"])


def neighbour(talk: Talk, found: Found) -> Iterator[Candidate]:
    """Name neighbours by the place: 银杏里小区6幢302住户."""
    place = found.get(FieldName.PLACE)
    for line in talk.citizen:
        for match, span in line.search(party_rules()["neighbours"]):
            before, after = around(line, span.start, span.end)
            accused = party_rules()["accused"].search(before) is not None
            at_home = party_rules()["at_home"].match(after) is not None
            if after.startswith(("给我", "帮我", "替我")) or before.endswith(
                ("跟", "和", "对", "让", "怕", "提醒", "其他", "告诉", "被")
            ):
                continue
            if not (at_home or match.group() not in ("楼上", "楼下", "隔壁", "对门")):
                continue
            home = _neighbours_home(talk, place)
            name = f"{home}住户" if re.search(r"[\d栋幢座]", home) else f"{match.group()}住户"
            evidence = (
                span.evidence,
                *(place.evidence if place is not None and home else ()),
            )
            weight = 2.4 + (0.8 if accused or _door(talk) is not None else 0)
            yield Candidate(name, "住户", True, weight, evidence)
            return
    door = _door(talk)
    if door is not None and place is not None:
        name = f"{_neighbours_home(talk, place)}住户"
        yield Candidate(name, "住户", True, 2.8, (door.evidence, *place.evidence))


def _door(talk: Talk) -> Span | None:
    """Return the door that was said of the neighbour (他住401, 他家是三楼302)."""
    pattern = party_rules()["door"]
    doors = (line.group(match, "door") for line in talk.citizen for match, _ in line.search(pattern))
    return next(doors, None)


def _neighbours_home(talk: Talk, place: Field | None) -> str:
    """Return estate, house and door of the place; the door that was said of the neighbour wins."""
    if place is None:
        return ""
    home = party_rules()["home"].sub("", str(place.value))
    door = _door(talk)
    return home if door is None else re.sub(r"(?:\d+楼)?\d{3,4}$", "", home) + door.text
