"""Citizens as scripts: what each does when the robot calls, and what must come of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

ASKED = ("identity", "consent", "contacted", "solved", "satisfied", "more")
DONE, CHECK, WAITING, REFUSED = "done", "check", "waiting", "refused"


@dataclass(frozen=True)
class Reply:
    """What is answered to a question: said at each time of asking, in order; then, or else, a key."""

    key: str = ""
    said: Sequence[str] = ()


@dataclass(frozen=True)
class Citizen:
    """One person. ``values`` are answers that must be stored, by question; ``state`` the callback's."""

    name: str
    outcome: str
    state: str
    replies: Mapping[str, Reply] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    hangs_up_at: str = ""
    """The question at which the citizen hangs up; ``answer``: at once."""
    status: int = 0
    """The network's refusal."""
    rings_on: bool = False
    early: str = ""
    """What sounds before the answer or the refusal: words, or ``busy``, ``ring``, ``music``."""
    greeting: str = ""
    """What sounds once it is answered: words, or ``fax``."""
    baresip: bool = False

    @property
    def answers(self) -> bool:
        """Whether the telephone is answered at all."""
        return not self.status and not self.rings_on

    @property
    def is_heard(self) -> bool:
        """Whether what comes of it depends on what is heard on the line."""
        says = any(reply.said for name, reply in self.replies.items() if name in ASKED)
        return says or bool(self.early or self.greeting)


RIGHT = {"identity": "yes", "consent": "yes", "contacted": "yes", "solved": "yes"}
_KEYS = {name: Reply("1") for name in RIGHT}
_SAYS = {
    "identity": Reply("1", ["是我"]),
    "consent": Reply("1", ["方便"]),
    "contacted": Reply("1", ["联系过"]),
    "solved": Reply("1", ["解决了"]),
    "more": Reply("2", ["没有了"]),
}
_FREE = {"reason_words": Reply("#", ["拖了三个月"]), "remarks": Reply("#", ["希望快一点"])}
_ENDS = {"more": Reply("2")}


def _keys(name: str, outcome: str, state: str, values: Mapping[str, str], **replies: str) -> Citizen:
    told = {**_KEYS, **_ENDS, **_FREE, **{question: Reply(key) for question, key in replies.items()}}
    return Citizen(name, outcome, state, told, values)


def _says(name: str, outcome: str, state: str, values: Mapping[str, str], **replies: Reply) -> Citizen:
    return Citizen(name, outcome, state, {**_SAYS, **_FREE, **replies}, values)


def _rated(level: str, **more: str) -> dict[str, str]:
    return {**RIGHT, "satisfied": level, **more}


def _stops(question: str, outcome: str, state: str) -> Citizen:
    told = {name: Reply("1") for name in ASKED}
    before = {name: RIGHT[name] for name in ASKED[: ASKED.index(question)] if name in RIGHT}
    return Citizen(f"hangs up at {question}", outcome, state, told, before, hangs_up_at=question)


SATISFIED = Reply("1", ["满意"])
KEYS = (
    _keys("满意", "completed", DONE, _rated("满意", more="no"), satisfied="1"),
    _keys("基本满意", "completed", DONE, _rated("基本满意"), satisfied="2"),
    _keys("不满意，太慢", "completed", DONE, _rated("不满意", reason="slow"), satisfied="3", reason="2"),
    _keys(
        "没解决，不满意",
        "completed",
        CHECK,
        {"solved": "no", "satisfied": "不满意", "reason": "unsolved"},
        solved="2",
        satisfied="3",
        reason="1",
    ),
    _keys(
        "没联系过", "completed", DONE, {"contacted": "no", "satisfied": "满意"}, contacted="2", satisfied="1"
    ),
    _keys("有意见", "completed", DONE, _rated("满意", more="yes"), satisfied="1", more="1"),
    _keys("不是本人", "wrong_person", CHECK, {"identity": "no"}, identity="2"),
    _keys("不接受回访", "refused", REFUSED, {"consent": "no"}, consent="2"),
    _keys("改个时间", "later", WAITING, {"consent": "later"}, consent="3", when="2"),
    _keys("转人工", "handed_over", "expired", {"identity": "yes", "consent": "human"}, consent="0"),
)
SPEAKERS = (
    _says("说满意", "completed", DONE, _rated("满意"), satisfied=SATISFIED),
    _says("说基本满意", "completed", DONE, _rated("基本满意"), satisfied=Reply("2", ["基本满意"])),
    _says("说还行吧", "completed", DONE, _rated("基本满意"), satisfied=Reply("2", ["还行吧"])),
    _says(
        "说不满意",
        "completed",
        DONE,
        _rated("不满意", reason="slow"),
        satisfied=Reply("3", ["不满意"]),
        reason=Reply("2", ["办理太慢"]),
    ),
    _says(
        "说没解决",
        "completed",
        CHECK,
        {"solved": "no", "satisfied": "不满意"},
        solved=Reply("2", ["没有解决"]),
        satisfied=Reply("3", ["不满意"]),
        reason=Reply("1"),
    ),
    _says("说不是", "wrong_person", CHECK, {"identity": "no"}, identity=Reply("2", ["不是"])),
    _says("说打错了", "wrong_person", CHECK, {"identity": "no"}, identity=Reply("2", ["打错了"])),
    _says("说不要再打了", "refused", REFUSED, {}, consent=Reply("2", ["不要再打了"] * 2)),
    _says(
        "说没空", "later", WAITING, {"consent": "later"}, consent=Reply("3", ["现在没空"]), when=Reply("2")
    ),
    _says(
        "含混一次",
        "completed",
        DONE,
        _rated("满意"),
        solved=Reply("1", ["总共交了二十万元", "解决了"]),
        satisfied=SATISFIED,
    ),
    _says("先说后按", "completed", DONE, _rated("满意"), contacted=Reply("1"), satisfied=SATISFIED),
    _says(
        "新诉求",
        "completed",
        DONE,
        {"identity": "yes", "satisfied": "满意"},
        consent=Reply("1", ["我要投诉一个新的问题", "方便"]),
        demand=Reply("2"),
        satisfied=SATISFIED,
    ),
)
QUIET = (
    Citizen("不说话", "silent", WAITING),
    Citizen(
        "问一半不说话", "silent", WAITING, {"identity": Reply("1"), "consent": Reply("1")}, {"consent": "yes"}
    ),
)
LEAVERS = (
    Citizen("接了就挂", "hung_up", WAITING, hangs_up_at="answer"),
    *(_stops(question, "hung_up", WAITING) for question in ASKED[:-1]),
    _stops("more", "completed", DONE),
)
UNREACHED = (
    Citizen("占线", "busy", WAITING, status=486),
    Citizen("拒接", "rejected", WAITING, status=603),
    Citizen("没人接", "no_answer", WAITING, rings_on=True),
    Citizen("空号", "no_such_number", CHECK, status=404),
    Citizen("线路故障", "line_failed", WAITING, status=503),
)
NETWORKS = (
    Citizen("关机", "switched_off", WAITING, status=480, early="您好，您拨打的电话已关机，请稍后再拨。"),
    Citizen(
        "号码是空号", "no_such_number", CHECK, status=480, early="您好，您拨打的号码是空号，请查证后再拨。"
    ),
    Citizen(
        "无法接通", "unreachable", WAITING, status=480, early="对不起，您拨打的电话暂时无法接通，请稍后再拨。"
    ),
    Citizen("通话中", "busy", WAITING, status=480, early="您好，您拨打的电话正在通话中，请稍后再拨。"),
    Citizen("忙音", "busy", WAITING, status=480, early="busy"),
    Citizen("接通后说已关机", "switched_off", WAITING, greeting="您好，您拨打的电话已关机，请稍后再拨。"),
)
MACHINES = (
    Citizen("智能助理", "machine", WAITING, greeting="您好，我是机主的智能助理，我可以帮您转告。"),
    Citizen("语音信箱", "machine", WAITING, greeting="您好，这里是语音信箱，请在嘀声后留言。"),
    Citizen("传真", "fax", CHECK, greeting="fax"),
)
RINGERS = (
    Citizen(
        "回铃音", "completed", DONE, {**_KEYS, **_ENDS, "satisfied": Reply("1")}, _rated("满意"), early="ring"
    ),
    Citizen(
        "彩铃", "completed", DONE, {**_KEYS, **_ENDS, "satisfied": Reply("1")}, _rated("满意"), early="music"
    ),
)
PHONES = (
    Citizen(
        "真话机按键",
        "completed",
        DONE,
        {**_KEYS, **_ENDS, "satisfied": Reply("2")},
        _rated("基本满意"),
        baresip=True,
    ),
    Citizen("真话机说话", "completed", DONE, {**_SAYS, "satisfied": SATISFIED}, _rated("满意"), baresip=True),
    Citizen("真话机挂断", "hung_up", WAITING, {"identity": Reply("1")}, hangs_up_at="consent", baresip=True),
)
CITIZENS = (*KEYS, *SPEAKERS, *QUIET, *LEAVERS, *UNREACHED, *NETWORKS, *MACHINES, *RINGERS, *PHONES)
