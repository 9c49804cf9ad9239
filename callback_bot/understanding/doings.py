"""What an answer states of the unit's doings: whether the matter is done, whether somebody came. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from .facts import Fact, Spot, consent, feeling, level
from .lexicon import Token

_STATES = ("done", "undone", "fixed", "unfixed", "problem", "solve")


def facts(cut: Sequence[Token]) -> tuple[list[Fact], set[int]]:
    """Return all statements in their order, and the places of the negations that belong to one."""
    found: list[Fact] = []
    used: set[int] = set()
    for at, token in enumerate(cut):
        if at + 1 < len(cut) and cut[at + 1].text == token.text:
            continue  # 联系联系个屁: the first only takes up the question
        spot, reached = Spot.of(cut, at), Spot.of(cut, at, contact=True)
        for fact, around in (
            (level(spot), spot),
            (feeling(spot), spot),
            (consent(spot), spot),
            (solved(spot), spot),
            (contacted(reached), reached),
        ):
            if fact is not None:
                found.append(fact)
                used.update(around.left.used)
    return found, used


def solved(spot: Spot) -> Fact | None:
    """修好了, 不漏了, 还堵着, 没人管: how the matter stands."""
    kind = next((kind for kind in _STATES if spot.token.is_a(kind)), None)
    if kind is None or (kind in ("done", "fixed") and _is_mine(spot)):
        return None
    value = _problem(spot) if kind == "problem" else _state(kind, spot)
    return spot.fact("solved", value) if value else None


def _is_mine(spot: Spot) -> bool:
    """我搬走了 is no deed of the unit's; 给我修好了 is."""
    before = spot.cut[max(0, spot.at - 2) : spot.at]
    return bool(before) and before[-1].text == "我" and not before[0].is_a("preposition", "adverb")


def _problem(spot: Spot) -> int:
    """漏 alone may be what was reported; 还漏, 漏得更大 and 不漏了 say how it is now."""
    if spot.odd and not spot.left.again:
        return 1
    worse = spot.behind is not None and spot.behind.text == "得"
    return -1 if worse or spot.left.has("still") else 0


def _state(kind: str, spot: Spot) -> int:
    if kind in ("undone", "unfixed"):
        return 0 if spot.odd else -1
    if spot.token.text == "好" and not spot.right.nots and not any("没" in word for word in spot.left.words):
        return 0
    if spot.odd or _is_wished(spot) or spot.left.has("lip"):
        return -1
    return 1 if kind in ("done", "fixed") or _is_alone(spot) else 0


def _is_wished(spot: Spot) -> bool:
    """赶紧解决, 说马上修好: it is not done; 马上就给解决了 is."""
    said = any("说" in word for word in spot.left.words)
    over = spot.token.text.endswith("了") and "快" not in spot.left.words and not said
    return spot.left.has("wish") and not over


def _is_alone(spot: Spot) -> bool:
    """解决, 已经处理: the bare verb says it is done; 弄, 管, 结果 never do."""
    if spot.token.is_a("only_denied"):
        return False
    behind = spot.behind
    return behind is None or behind.is_a("pause", "particle") or behind.text in ("了", "过", "得", "的")


def contacted(spot: Spot) -> Fact | None:
    """打过电话, 来了两个人, 没人理: whether the unit was in touch; what the citizen did is none."""
    token = spot.token
    if token.is_a("by_me"):
        return Fact("contacted", -1, spot.at, token.text, implied=True)
    if token.is_a("silent"):
        return Fact("contacted", -1, spot.at, token.text)
    if not token.is_a("contact") or (not spot.odd and _is_no_contact(spot)):
        return None
    return spot.fact("contacted", -1 if spot.odd else 1, asked=_asks_who(spot))


def _asks_who(spot: Spot) -> bool:
    """谁联系我, 哪个联系, 什么时候联系的 ask; 谁联系我了 and 谁来过 deny."""
    behind = "".join(token.text for token in spot.cut[spot.at + 1 : spot.at + 4])
    over = "了" in behind or "过" in behind or spot.token.text.endswith(("了", "过"))
    who = spot.left.words[:1]
    if "什么时候" in spot.left.words and behind.startswith("的"):
        return True
    return not over and ((who == ("谁",) and behind.startswith("我")) or (who == ("哪个",) and not behind))


def _is_no_contact(spot: Spot) -> bool:
    behind = spot.behind.text if spot.behind else ""
    if spot.token.text == "打" or (spot.token.text == "来" and behind not in ("了", "过")):
        return True
    near = spot.cut[max(0, spot.at - 3) : spot.at]
    mine = any(token.is_a("by_me") for token in near)
    mine = mine and not any(token.is_a("person", "but", "mild") for token in near)
    return mine or (spot.left.has("wish") and "什么时候" not in spot.left.words)
