"""What is proposed for what was found, in the words of the agent's screen (``extract/assist.yaml``). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...core.settings import Settings
from ..words import rules
from .assist_events import Grounds, SuggestionKind
from .danger import Danger
from .emotion import CALM, Emotion
from .prosody import Manner
from .wording import NO_CLOSING, NO_GREETING, Fault

LINES = ("119", "120", "110", "122")
CATEGORY_SURE = 0.6
_LONGEST_WORDS = 40


@dataclass(frozen=True)
class Proposal:
    """A suggestion before it is told; two of the same ``key`` are the same suggestion."""

    key: str
    kind: SuggestionKind
    text: str
    data: Mapping[str, Any]
    evidence: tuple[Grounds, ...] = ()


@dataclass(frozen=True)
class Target:
    """The third line that is proposed for an emergency number."""

    name: str
    label: str


def targets(settings: Settings) -> dict[str, Target]:
    """Return for each emergency number the first third line of the kind ``emergency`` that reaches it."""
    found: dict[str, Target] = {}
    for third in settings.third_lines:
        if third.kind != "emergency":
            continue
        for line in LINES:
            if third.code == line or any(route.number.endswith(line) for route in third.routes):
                found.setdefault(line, Target(third.name, third.label))
    return found


def of_dangers(
    found: Sequence[tuple[Danger, tuple[Grounds, ...]]], known: Mapping[str, Target]
) -> dict[str, Proposal]:
    """Propose each line once, for the first danger it is for; nothing is dialled (R-3W-1, R-T-9)."""
    proposals: dict[str, Proposal] = {}
    for danger, grounds in found:
        key = f"emergency_line:{danger.line}"
        if key in proposals:
            continue
        target = known.get(danger.line)
        template = str(rules("assist")["transfer" if target else "no_target"])
        text = template.format(
            danger=danger.danger,
            words=_cut(danger.evidence.words),
            line=danger.line,
            label=target.label if target else rules("assist")["lines"][danger.line],
        )
        data = {
            "line": danger.line,
            "target": target.name if target else None,
            "danger": danger.danger,
            "sure": danger.sure,
            "first": not proposals,
        }
        proposals[key] = Proposal(key, "emergency_line", text, data, grounds)
    return proposals


def of_fault(fault: Fault, grounds: tuple[Grounds, ...]) -> Proposal:
    """Tell the agent of a fault, kindly and with what to say instead (R-T-12)."""
    words = "" if fault.label in (NO_GREETING, NO_CLOSING) else _cut(fault.evidence.words)
    text = str(rules("assist")["wording"][fault.label]).format(words=words)
    key = f"wording:{fault.label}:{fault.evidence.utterance}"
    return Proposal(key, "wording", text, {"label": fault.label}, grounds)


def of_emotion(emotion: Emotion, manner: Manner, grounds: tuple[Grounds, ...]) -> dict[str, Proposal]:
    """Tell the agent of the citizen's state; nothing is said of a calm one, nor without his words."""
    if emotion.state == CALM or not grounds:
        return {}
    key = f"emotion:{emotion.state}"
    said = "，".join(manner.words)
    text = str(rules("assist")["emotion"][emotion.state]) + (f"（{said}）" if said else "")
    data = {
        "emotion": emotion.state,
        "confidence": emotion.confidence,
        "louder": manner.louder,
        "faster": manner.faster,
        "overlaps": manner.overlaps,
    }
    return {key: Proposal(key, "emotion", text, data, grounds)}


def of_draft(fields: Mapping[str, Any]) -> dict[str, Proposal]:
    """Propose what the draft is sure of: category, risk, a threat to be written down literally."""
    proposals: dict[str, Proposal] = {}
    kind, domain = _sure(fields, "kind"), _sure(fields, "domain")
    if kind is not None and domain is not None and kind["value"] != "无效":
        category = f"{kind['value']} · {domain['value']}"
        data = {"fields": {"kind": kind["value"], "domain": domain["value"]}}
        text = str(rules("assist")["category"]).format(category=category)
        grounds = _grounds(kind) + _grounds(domain)
        proposals["category"] = Proposal(f"category:{category}", "category", text, data, grounds)
    risk, grade = fields.get("risk_class"), fields.get("risk_grade")
    if risk and grade:
        data = {"risk_class": risk["value"], "risk_grade": grade["value"]}
        text = str(rules("assist")["risk"]).format(risk=risk["value"], grade=grade["value"])
        key = f"risk:{risk['value']}:{grade['value']}"
        proposals["risk"] = Proposal(key, "risk", text, data, _grounds(grade))
    if threat := fields.get("threat_quote"):
        text = str(rules("assist")["threat"]).format(words=_cut(str(threat["value"])))
        data = {"threat_quote": threat["value"]}
        proposals["threat"] = Proposal("risk:threat", "risk", text, data, _grounds(threat))
    return {one.key: one for one in proposals.values()}


def _sure(fields: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    field = fields.get(name)
    return field if field and field["confidence"] >= CATEGORY_SURE else None


def _grounds(field: Mapping[str, Any]) -> tuple[Grounds, ...]:
    return tuple(
        Grounds(one["words"], one["speaker"], one["start_s"], one["end_s"]) for one in field["evidence"]
    )


def _cut(words: str) -> str:
    kept = "".join(char for char in words if char.isprintable() and not char.isspace())
    return kept if len(kept) <= _LONGEST_WORDS else kept[: _LONGEST_WORDS - 1] + "…"
