"""Bodies weighed by what is said of them: accused, asked for, at fault, or only turned to and passed by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from ..talk import Talk
from ..words import rules
from .bodies import (
    Body,
    answers,
    asked_nouns,
    bodies_of,
    called_bodies,
    ends_in_noun,
    noun_asked,
    site_asked,
)
from .party_candidates import Candidate, around, asks_for_body, first_line, party_rules


def weighed_bodies(talk: Talk) -> Iterator[Candidate]:
    """Weigh the bodies; what is said of a trade counts for the one body of that trade with a name."""
    called: list[Candidate] = []
    mentions: list[Candidate] = []
    for line in talk.citizen:
        question = talk.question_before(line)
        asked = asks_for_body(question)
        of_person = party_rules()["asks_person"].search(question) is not None
        named_so = asked and not of_person
        for body in called_bodies(line, noun_asked(question) if named_so else "", asked=named_so):
            name = body.name + (body.noun if _joins(body) else "")
            called.append(Candidate(name, body.noun, True, 4.0 + (0.5 if asked else 0), body.evidence))
        for body in bodies_of(line):
            weight = _weight(talk, body, asked=asked) + _of_trade(body, question if asked else "")
            mentions.append(Candidate(body.name, body.noun, body.named, weight, body.evidence))
        nothing = all(one.evidence[0].utterance != line.index for one in (*called, *mentions) if one.named)
        if asked and nothing and _is_venue(question) and (site := site_asked(line)) is not None:
            called.append(Candidate(site.text, noun_asked(question), True, 2.4, (site.evidence,)))
        for span in (
            answers(line) if named_so and nothing and party_rules()["asks_name"].search(question) else ()
        ):
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


def _of_trade(body: Body, question: str) -> float:
    """Weigh a named body of the very trade that the agent asked for (哪家快递公司)."""
    nouns = asked_nouns(question) if body.named else []
    return 1.0 if any(_same_nouns(noun, body.noun) or body.name.endswith(noun) for noun in nouns) else 0.0


def _same_nouns(first: str, second: str) -> bool:
    return first == second or any(
        family.fullmatch(first) and family.fullmatch(second) for family in _families()
    )


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
    patterns = party_rules()
    before, after = around(body.line, body.span.start, body.span.end)
    accused = patterns["accused"].search(before) is not None
    weight = (
        0.5
        - (0.3 if body.noun in rules("parties")["weak"] else 0.0)
        + (1.0 if body.named else 0.0)
        + (2.0 if accused else 0.0)
    )
    weight += 1.5 if asked and body.named else 0.0
    dealt = patterns["dealt"].match(after) and patterns["dealt_before"].search(before)
    weight += 1.2 if dealt and body.named else 0.0
    weight += 0.4 if body.name.endswith(("公司", "集团")) and body.named else 0.0
    weight += 0.4 if body.line.index == first_line(talk) else 0.0
    fault = patterns["fault"].match(after) is not None
    weight += 1.0 if fault else 0.0
    weight -= 0.0 if accused or fault or asked or body.noun not in rules("parties")["places"] else 1.2
    weight += 0.6 if patterns["answered"].match(after) else 0.0
    weight += 1.5 if _owes(talk, body.noun) else 0.0
    near = patterns["before_beside"].search(before) is not None and not fault
    weight -= 1.5 if near or patterns["beside"].match(after) else 0.0
    if not accused:
        meant = (asked and body.named) or (fault and body.line.index == first_line(talk))
        weight -= 1.5 if not meant and patterns["authorities"].match(body.span.text) else 0.0
        weight -= 0.3 if patterns["turned_to"].search(before) else 0.0
        weight -= 1.0 if patterns["own"].search(before + body.span.text) else 0.0
    return weight


def _owes(talk: Talk, noun: str) -> bool:
    words = rules("parties")["owes"].get(noun)
    return words is not None and any(re.search(words, line.plain.text) for line in talk.citizen)
