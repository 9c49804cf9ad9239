"""Who is complained of, reported, praised or owes the service (BJ C.3: 涉及对象; annex D: 被反映单位)."""

from __future__ import annotations

from dataclasses import replace

from ..context import CallContext
from ..fields import Evidence, Field, FieldName, Found
from ..talk import Talk
from ..words import pattern, rules
from .choosing import WHOLE
from .kind import tells_a_matter
from .party_bodies import weighed_bodies
from .party_candidates import Candidate, party_rules
from .party_choice import choices_of, likeliest
from .party_fuller import fuller
from .party_persons import names_an_official, neighbour, praised, vehicle, weighed_persons

LEAST = {"求助": 1.4}
USUALLY = 0.4
"""Below these a mention is no party; who asks for help accuses nobody, so that more must speak for it."""
IN_DANGER = 3.0
SURELY = 2.6
"""Below it the office to which the agent sends a matter of offices is the likelier one."""


def extract(talk: Talk, context: CallContext, found: Found) -> dict[FieldName, Field]:
    """Name the party that is likely to be an expert's, of all that is said and of what the rules find."""
    if not tells_a_matter(found):
        return {}
    best, candidates = ruled(talk, found)
    if len(talk.citizen) < WHOLE:
        return {} if best is None else _field(best.name, 0.1 * max(best.weight, 0.0), best.evidence)
    choices = choices_of(talk, found, best, candidates)
    likely, gain = likeliest(choices, "" if best is None else best.name)
    return _field(likely.name, 0.55 * gain, likely.evidence) if likely.name else {}


def _field(name: str, sure: float, evidence: tuple[Evidence, ...]) -> dict[FieldName, Field]:
    return {FieldName.PARTY: Field(name, min(0.3 + sure, 0.85), tuple(dict.fromkeys(evidence)))}


def ruled(talk: Talk, found: Found) -> tuple[Candidate | None, list[Candidate]]:
    """Weigh every body and person that the citizen mentions; return the weightiest in full, and all."""
    best, candidates = _chosen(talk, found)
    if best is not None:
        best = fuller(talk, best, candidates, found.get(FieldName.PLACE))
    return best, candidates


def _chosen(talk: Talk, found: Found) -> tuple[Candidate | None, list[Candidate]]:
    """Return the weightiest candidate as fully as it was named, or none, and all candidates."""
    kind = found.get(FieldName.KIND)
    name = "" if kind is None else str(kind.value)
    candidates = [
        *(vehicle(talk)),
        *(praised(talk) if name == "表扬" or names_an_official(talk) else ()),
        *weighed_bodies(talk),
        *weighed_persons(talk),
        *neighbour(talk, found),
    ]
    best = max(candidates, key=lambda one: one.weight, default=None)
    best = _who_is_behind(best, list(weighed_persons(talk))) if best is not None else None
    best = _whose_people(best, candidates) if best is not None and name != "表扬" else best
    if name == "求助" and best is not None and not best.named and best.noun in rules("parties")["people"]:
        best = _turned_to(talk) or best
    if name == "求助" and _of_an_office(found) and best is not None and best.weight < SURELY:
        best = _referred(talk) or best
    least = LEAST.get(name, USUALLY)
    if name == "求助" and FieldName.EMERGENCY_LINE in found and not _supplies(best):
        least = IN_DANGER
    if best is None or best.weight < least:
        if name != "求助" or FieldName.EMERGENCY_LINE in found:
            return None, candidates
        return (_referred(talk) if _of_an_office(found) else None) or _turned_to(talk), candidates
    return _placed(best, found.get(FieldName.PLACE)), candidates


def _supplies(best: Candidate | None) -> bool:
    """Tell who supplies water, power or heat: theirs is the outage, whatever line was joined as well."""
    return best is not None and pattern(str(rules("parties")["supplies"])).search(best.name) is not None


def _of_an_office(found: Found) -> bool:
    """Tell a matter that an office itself decides, where nobody else can owe it."""
    domain = found.get(FieldName.DOMAIN)
    decided = domain is not None and domain.value in rules("parties")["decided"]
    return decided and FieldName.EMERGENCY_LINE not in found


def _who_is_behind(best: Candidate, persons: list[Candidate]) -> Candidate:
    """Prefer the person told apart by name to a small business that has none (小作坊 of 肥仔明)."""
    if best.named or best.noun not in rules("parties")["small"]:
        return best
    return next((one for one in persons if one.named), best)


def _whose_people(best: Candidate, candidates: list[Candidate]) -> Candidate:
    """Prefer a body told by name to one of its people known by the role alone (民警 of 人民路派出所)."""
    if best.named:
        return best
    for roles, trades in rules("parties")["works_for"]:
        if pattern(roles).fullmatch(best.noun):
            bodies = [one for one in candidates if one.named and pattern(trades).fullmatch(one.noun)]
            body = max(bodies, key=lambda one: one.weight, default=best)
            return replace(body, weight=best.weight)
    return best


def _placed(one: Candidate, place: Field | None) -> Candidate:
    """Put the estate or village before what every one of them has: 书香丽苑物业, 杜家坡村村主任."""
    if place is None or one.named or one.name not in rules("parties")["of_place"]:
        return one
    site = party_rules()["site"].search(str(place.value))
    if site is None or site.group("site").endswith(one.name):
        return one
    head = site.group("site")
    head = head.removesuffix("社区") if one.name.startswith("社区") else head
    return replace(one, name=head + one.name, evidence=(*place.evidence, *one.evidence))


def _turned_to(talk: Talk) -> Candidate | None:
    """Fall back on the body that the agent asks about and the citizen has turned to: it owes the service."""
    for line in talk.agent:
        for match, _ in line.search(party_rules()["dealt_with"]):
            span = line.group(match, "body" if match.group("body") else "again")
            return Candidate(span.text, "", False, 0.5, (span.evidence,))
    return None


def _referred(talk: Talk) -> Candidate | None:
    """Fall back on the body to which the agent says the matter goes: it owes the service."""
    for line in reversed(talk.agent):
        for match, _ in line.search(party_rules()["referred"]):
            span = line.group(match, "body")
            return Candidate(span.text, "", False, 0.5, (span.evidence,))
    return None
