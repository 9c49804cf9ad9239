"""What a citizen wants to know or proposes, as a ticket says it: 了解…的…, 在…增设… (BJ 5.1.4.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..fields import Evidence, Field
from ..talk import Line, Span, Talk
from ..words import pattern, rules
from .clauses import breaks

LIMIT = 40
MOST_ASPECTS = 3
MOST_HEADS = 2


@dataclass(frozen=True)
class _Matter:
    """What is asked about, with the offsets of ``plain`` at which it stands."""

    text: str
    line: Line
    start: int
    end: int
    evidence: Evidence


def asked_for(talk: Talk) -> Field | None:
    """Write 了解 + whose + deed + matter + what about it; None when no matter can be read."""
    data = rules("inquiry")
    matter = _matter(talk)
    if matter is None:
        return None
    if pattern(data["rumour"]).search(matter.text):
        return _rumour(talk, matter)
    evidence = [matter.evidence]
    head = ""
    for text, piece in _whose(talk, matter):
        head += text
        evidence.append(piece)
    deed = _deed(talk, matter)
    if deed is not None and deed[0] not in matter.text:
        head += deed[0]
        evidence.append(deed[1])
    aspects = list(_aspects(talk))
    evidence += [piece for _, piece in aspects]
    words = [word for word, _ in aspects] or data["usual_aspects"]
    listed = "和".join(["、".join(words[:-1]), words[-1]] if len(words) > 1 else words)
    return Field(f"了解{head}{matter.text}的{listed}"[:LIMIT], 0.55, tuple(dict.fromkeys(evidence))[:5])


def _matter(talk: Talk) -> _Matter | None:
    """Return the known matter told first (the longest there), else what stands before the question word."""
    data = rules("inquiry")
    for line in (*talk.citizen, *talk.agent):
        hits = [
            (match.start(), -len(span.text), rank, span, match)
            for rank, words in enumerate(data["matters"])
            for match, span in line.search(pattern(words))
        ]
        if hits:
            _, _, _, span, match = min(hits, key=lambda hit: (hit[2] != 0, hit[0], hit[1]))
            text = data["as_written"].get(span.text, span.text)
            return _Matter(text, line, match.start(), match.end(), span.evidence)
        if line.speaker == "citizen" and (found := _unlisted(line)) is not None:
            return found
    return None


def _unlisted(line: Line) -> _Matter | None:
    """Read the matter before a question word: [高层供水改造]怎么申请."""
    data = rules("inquiry")
    for match, _ in line.search(pattern(data["before_question"]), parts=False):
        lead = pattern(data["lead_in"]).match(match.group("matter"))
        start = match.start("matter") + (lead.end() if lead is not None else 0)
        end = match.end("matter")
        start = max((one for one in breaks(line) if start < one < end), default=start)
        if end - start >= 2:
            span = line.span(start, end)
            return _Matter(span.text, line, start, end, span.evidence)
    return None


def _whose(talk: Talk, matter: _Matter) -> Iterator[tuple[str, Evidence]]:
    """Give at most two words that tell whose matter it is or in what state."""
    data = rules("inquiry")
    count = 0
    for words in data["whose"]:
        span = _first(talk.citizen, words)
        if span is None:
            continue
        text = data["whose_as_written"].get(span.text, span.text)
        text = next((to for said, to in data["whose_patterns"] if pattern(said).search(text)), text)
        if text and text[:2] not in matter.text:
            yield text, span.evidence
            count += 1
        if count == MOST_HEADS:
            return


def _deed(talk: Talk, matter: _Matter) -> tuple[str, Evidence] | None:
    """Return what is to be done with the matter: the verb beside it, else the citizen's first or shortest."""
    data = rules("inquiry")
    low, high = max(0, matter.start - data["near"]), matter.end + data["near"]
    spans = [
        (abs(match.start() - matter.end), span)
        for match, span in matter.line.search(pattern(data["deeds"]))
        if low <= match.start() <= high
    ]
    best = min(spans, key=lambda one: one[0], default=None)
    span = best[1] if best is not None else _first(talk.citizen, data["deeds"])
    if span is not None:
        return data["deed_words"].get(span.text, span.text), span.evidence
    for line in talk.citizen:
        for match, _ in line.search(pattern(data["short_deed"])):
            short = line.group(match, "verb")
            return data["verbs"][short.text], short.evidence
    return None


def _aspects(talk: Talk) -> Iterator[tuple[str, Evidence]]:
    """Give what is asked about it in the rules' order; whether it can be done only with little else."""
    data = rules("inquiry")
    hits: dict[str, tuple[int, Span]] = {}
    for words, name in data["aspects"]:
        for line in talk.citizen:
            span = next((span for _, span in line.search(pattern(words))), None)
            if span is not None:
                taken = any(
                    index == line.index and other.start < span.end and span.start < other.end
                    for index, other in hits.values()
                )
                if name not in hits and not taken:
                    hits[name] = (line.index, span)
                break
    told = [(name, span) for name, (_, span) in hits.items() if name not in data["whether"]]
    if len(told) < MOST_HEADS:
        told = [(data["whether"].get(name, name), span) for name, (_, span) in hits.items()]
    for name, span in told[:MOST_ASPECTS]:
        yield name, span.evidence


def _rumour(talk: Talk, matter: _Matter) -> Field:
    """Write the question whether something that is told is true."""
    about = _first(talk.citizen, rules("inquiry")["rumour_about"])
    pieces = (matter.evidence,) if about is None else (matter.evidence, about.evidence)
    name = "网传" if about is None else about.text
    denied = _first(talk.citizen, "辟谣|发(?:个|布)?(?:通告|公告|声明)|说句话|公布")
    if denied is None:
        return Field(f"核实{name}消息的真伪", 0.5, pieces)
    return Field(f"核实{name}传言并尽快辟谣", 0.55, (*pieces, denied.evidence))


def _first(lines: tuple[Line, ...], words: str) -> Span | None:
    return next((span for line in lines for _, span in line.search(pattern(words))), None)


def proposed(talk: Talk) -> Field | None:
    """Take the agent's wording of a proposal, else the citizen's own."""
    data = rules("demand")
    for line in talk.agent:
        for match, _ in line.search(pattern(data["proposal_read_back"])):
            span = line.group(match, "again" if match.group("proposal") is None else "proposal")
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
