"""What the demo plays: four citizens, what they press and say, and what must come of it.

All persons, numbers and matters are invented. The voices are variants of the one that the embedded
synthetic-speech model was trained on; nothing here says anything about recognising real people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Speaker = Literal["citizen", "agent"]


@dataclass(frozen=True)
class Turn:
    """One utterance of the talk."""

    speaker: Speaker
    text: str


@dataclass(frozen=True)
class Expected:
    """What must be true of a call afterwards; ``ticket`` maps a field to words its value must hold.

    ``evaluation`` is what the citizen says of the call at its end (``core.profile.Evaluation``), or None.
    """

    queue: str
    outcome: str
    ticket: dict[str, str]
    evaluation: str | None = None


@dataclass(frozen=True)
class Citizen:
    """A caller: number, voice, keys pressed in the menus, and the talk with the agent."""

    name: str
    number: str
    voice: str
    starts_after_s: float
    keys: str
    turns: tuple[Turn, ...]
    expected: Expected
    gives_up_after_s: float | None = None
    evaluates: str = ""
    """The key pressed when an evaluation is asked for; without one the citizen hangs up then."""


_GREETING = Turn("agent", "您好，请问您需要什么帮助")
_CLOSING = Turn("agent", "好的，我已经把您的情况登记好了，感谢您的来电，再见")


CITIZENS: tuple[Citizen, ...] = (
    Citizen(
        name="王先生（路灯）",
        number="13800000001",
        voice="+quincy",
        starts_after_s=0.0,
        keys="0",
        turns=(
            _GREETING,
            Turn("citizen", "您好，从东三环到长安街这一段路灯全灭了，女孩子下班不敢走，希望你们尽快派人来修"),
            Turn("agent", "请问您贵姓"),
            Turn("citizen", "我姓王"),
            _CLOSING,
        ),
        expected=Expected(
            "public", "answered", {"kind": "求助", "place": "东三环到长安街", "name": "王"}, "satisfied"
        ),
        evaluates="1",
    ),
    Citizen(
        name="李女士（欠薪）",
        number="13800000002",
        voice="+m2",
        starts_after_s=1.0,
        keys="0",
        turns=(
            _GREETING,
            Turn("citizen", "我要投诉，包工头欠我们三十个人的工钱，过年都没办法回家，请你们赶快处理"),
            _CLOSING,
        ),
        expected=Expected("public", "answered", {"kind": "投诉", "people": "30"}, "basically_satisfied"),
        evaluates="2",
    ),
    Citizen(
        name="张女士（社保卡）",
        number="13800000003",
        voice="+f2",
        starts_after_s=2.0,
        keys="21",
        turns=(
            _GREETING,
            Turn("citizen", "请问办理社保卡需要带什么材料"),
            _CLOSING,
        ),
        expected=Expected("frequent", "answered", {"kind": "咨询", "title": "社保卡"}),
    ),
    Citizen(
        name="赵先生（放弃）",
        number="13800000004",
        voice="",
        starts_after_s=4.0,
        keys="0",
        turns=(),
        expected=Expected("public", "abandoned", {}),
        gives_up_after_s=6.0,
    ),
)
