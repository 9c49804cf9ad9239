"""What a citizen wants to know or proposes, as a ticket says it: 了解…的…, 在…增设… (BJ 5.1.4.1)."""

from __future__ import annotations

from collections.abc import Iterator

from ..fields import Evidence, Field
from ..talk import Line, Talk
from ..words import pattern, rules

LIMIT = 40
MOST_ASPECTS = 3


def asked_for(talk: Talk) -> Field | None:
    """Write 了解 + what it is about + what about it; None when no known subject was named."""
    data = rules("demand")
    noun = _first(talk.citizen, data["nouns"]) or _first(talk.agent, data["nouns"])
    if noun is None:
        return None
    evidence = [noun[1]]
    modifier = _first(talk.lines, data["modifiers"])
    verb = _first(talk.citizen, data["verbs"]) or _first(talk.agent, data["verbs"])
    head = ""
    if modifier is not None:
        head = data["modifier_words"].get(modifier[0], modifier[0])
        head = "异地" if head.startswith("不在") else head
        evidence.append(modifier[1])
    if verb is not None:
        head += data["verb_words"].get(verb[0], verb[0])
        evidence.append(verb[1])
    aspects = list(_aspects(talk))
    evidence += [piece for _, piece in aspects]
    words = [word for word, _ in aspects] or data["usual_aspects"]
    listed = "和".join(["、".join(words[:-1]), words[-1]] if len(words) > 1 else words)
    return Field(f"了解{head}{noun[0]}的{listed}"[:LIMIT], 0.55, tuple(dict.fromkeys(evidence))[:5])


def _aspects(talk: Talk) -> Iterator[tuple[str, Evidence]]:
    found = 0
    for words, name in rules("demand")["aspects"]:
        hit = _first(talk.citizen, [words])
        if hit is not None:
            yield name, hit[1]
            found += 1
            if found == MOST_ASPECTS:
                return


def _first(lines: tuple[Line, ...], words: list[str]) -> tuple[str, Evidence] | None:
    """Return the earliest match of a list of patterns, the list's order deciding within a line."""
    for line in lines:
        for text in words:
            for _, span in line.search(pattern(text)):
                return span.text, span.evidence
    return None


def proposed(talk: Talk) -> Field | None:
    """Take the agent's wording of a proposal, else the citizen's own."""
    data = rules("demand")
    for line in talk.agent:
        for match, _ in line.search(pattern(data["proposal_read_back"])):
            span = line.group(match, "proposal")
            return Field(_as_written(span.text), 0.65, (span.evidence,))
    for text in data["proposals"]:
        for line in talk.citizen:
            for match, _ in line.search(pattern(text)):
                span = line.group(match, "proposal")
                if len(span.text) >= 4:
                    return Field(_as_written(span.text), 0.5, (span.evidence,))
    return None


def _as_written(text: str) -> str:
    for said, written in rules("demand")["proposal_register"]:
        text = pattern(said).sub(written, text)
    return text[:LIMIT]
