"""What weighs in a story of how a matter went on: past, granted, or only said to be so. Pure."""

from __future__ import annotations

from .facts import Fact
from .reading import Reading


def weighty(reading: Reading, said: list[Fact]) -> list[Fact]:
    """Leave out what is granted behind a statement (退了，虽然拖了三个月)."""
    if any(fact.value > 0 for fact in said):  # 总算解决了，拖了大半年
        said = [fact for fact in said if not fact.word.startswith("拖")]
    said = [fact for fact in said if not _is_past(reading, fact)] or said
    granted = next((at for at, token in enumerate(reading.tokens) if token.is_a("grant")), None)
    if granted is None:
        return said
    return [fact for fact in said if fact.at < granted] or said


def _is_past(reading: Reading, fact: Fact) -> bool:
    """现在好了，之前一直没修: the clause tells how it was."""
    for token in reversed(reading.tokens[: fact.at]):
        if token.is_a("pause", "now", "but"):
            return token.is_a("once")
        if token.is_a("once") and token.text != "开始":
            return True
    return False


def of_another(reading: Reading, first: Fact, last: Fact) -> bool:
    """修好了楼道灯，大门还没修; 电梯好了，门禁还坏着: each is said of its own thing."""
    cut = reading.tokens
    if _has_subject(reading, first.at) and _has_subject(reading, last.at, still="还没"):
        return True
    pause = next((at for at in range(last.at, first.at, -1) if cut[at].is_a("pause")), None)
    if pause is None or not all(token.is_a("other") for token in cut[first.at + 1 : first.at + 3]):
        return False
    return all(token.is_a("other") for token in cut[pause + 1 : pause + 3]) and pause + 2 < last.at


def _has_subject(reading: Reading, at: int, still: str = "") -> bool:
    """Tell whether a clause up to a place begins with a thing; with ``still``, one that is as it was."""
    begins = next((place + 1 for place in range(at - 1, -1, -1) if reading.tokens[place].is_a("pause")), 0)
    clause = reading.tokens[begins:at]
    if len(clause) < 2 or not all(token.is_a("other") for token in clause[:2]):
        return False
    return not still or any(token.text[0] in still for token in (*clause[2:], reading.tokens[at]))


def is_hearsay(reading: Reading, first: Fact) -> bool:
    """说解决了，我看没解决: what is said to be so only begins the story."""
    return any(
        token.text in ("说", "说是", "都说", "叫")
        for token in reading.tokens[max(0, first.at - 2) : first.at]
    )
