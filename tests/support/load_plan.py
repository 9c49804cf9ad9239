"""The load as data: who calls when, with how much patience, and which phones answer how (all from a seed).

The moments at which a citizen does something decisive keep clear of those at which the dialplan goes on by
itself (a queue's time-out, the end of an offer): what must come out of each call is then never a matter of
luck, and ``load_recount`` says so when it is.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, NamedTuple

from support.asterisk import PHONE_SECRET
from support.load_sipp import Answer, Caller, Press

OFFER = ("queue-busy", "queue-callback-offer")
PROMPT_S = {**dict.fromkeys(OFFER, 2.5), "greeting-normal": 3.0}
"""How long prompts of the load last; all others take ``SHORT_PROMPT_S``."""
SHORT_PROMPT_S = 0.25
CALLBACK = 2
"""The key that asks for a call-back, while waiting."""
FIRST_KEY_MS = 700
"""The switch waits half a second for the first sound when it answers; a key before that counts late."""

MENU = """\
human: public
menus:
  main:
    prompt: 请按键
    wait_seconds: 15
    on_timeout: {human: public}
    on_invalid: {human: public}
    keys:
      0: {human: public}
      1: {human: enterprise}
      2: {human: foreign}
      3: {human: dialect}
      4: {human: sign}
      5: {human: frequent}
"""


@dataclass(frozen=True)
class Queue:
    """A queue of the load. ``offer_s``: from the request until all queues were tried, None for never."""

    name: str
    settings: dict[str, Any]
    offer_s: float | None = None
    tried: int = 1
    """How many queues have been tried by then."""


QUEUES: dict[int, Queue] = {
    0: Queue("public", {"ring_seconds": 32, "max_wait_seconds": 300}),
    1: Queue("enterprise", {"ring_seconds": 5, "max_wait_seconds": 10, "overflow": "public"}),
    2: Queue("foreign", {"ring_seconds": 5, "max_wait_seconds": 10}, offer_s=10),
    3: Queue("dialect", {"max_wait_seconds": 10, "overflow": "public"}),
    4: Queue("sign", {"max_wait_seconds": 300, "max_callers": 2}),
    5: Queue(
        "frequent", {"ring_seconds": 5, "max_wait_seconds": 10, "overflow": "foreign"}, offer_s=20, tried=2
    ),
}
"""By the key that leads to it."""


def queue_settings() -> list[dict[str, Any]]:
    """Return the queues for ``hotline.toml``."""
    return [{"name": one.name, "label": one.name, **one.settings} for one in QUEUES.values()]


def agent_settings(port: int, deaf: int, busy: int, agents: int) -> list[dict[str, Any]]:
    """Return the agents: those who answer, those who never do, and those whose line is engaged."""

    def desk(number: int, at: int, *queues: str) -> dict[str, Any]:
        where = {"queues": list(queues), "address": f"127.0.0.1:{at}", "secret": PHONE_SECRET}
        return {"number": str(number), "name": f"坐席{number}", **where}

    answering = [desk(2000 + index, port, "public") for index in range(agents)]
    silent = [desk(3000 + index, deaf, "enterprise", "foreign", "frequent") for index in range(2)]
    return [*answering, *silent, desk(4000, busy, "public", "enterprise")]


def answers(seed: int, count: int = 200) -> list[Answer]:
    """Return what the answering phones do: most ring shortly, a few up to half a minute."""
    rng = random.Random(f"answers {seed}")  # noqa: S311  # a seed makes a failure repeatable
    found: list[Answer] = []
    for _ in range(count):
        longest = rng.choices((2_000, 8_000, 30_000), (75, 20, 5))[0]
        found.append(Answer(rng.randrange(100, longest), rng.randrange(500, 12_000)))
    return found


class Deed(NamedTuple):
    """A key, and the range of milliseconds after what was before."""

    key: int
    least_ms: int
    most_ms: int


@dataclass(frozen=True)
class Kind:
    """A part of the load: what is pressed, and for how long (ms) the citizen then stays."""

    name: str
    share: float
    stay: tuple[int, int]
    keys: tuple[Deed, ...] = ()

    @property
    def most_ms(self) -> int:
        """The longest such call after the first key."""
        return self.stay[1] + sum(deed.most_ms for deed in self.keys[1:])


def _asks(queue: int, *more: Deed) -> tuple[Deed, ...]:
    return (Deed(queue, FIRST_KEY_MS, FIRST_KEY_MS + 2_500), *more)


CALLED_BACK = "is called back"
HOLD = "holds the small queue"
KINDS = (
    Kind("hangs up in the menu", 0.1, (0, 3_000)),
    Kind("impatient", 0.15, (20, 5_000), _asks(0)),
    Kind("patient", 0.41, (6_000, 45_000), _asks(0)),
    Kind("comes by overflow", 0.1, (4_000, 35_000), _asks(1)),
    Kind("finds no agent signed in", 0.04, (1_000, 25_000), _asks(3)),
    Kind("takes the offer", 0.05, (2_000, 6_000), _asks(2, Deed(1, 13_000, 15_500))),
    Kind("hangs up in the offer", 0.03, (13_000, 15_500), _asks(2)),
    Kind("presses a key while waiting", 0.03, (2_000, 5_000), _asks(2, Deed(1, 1_000, 7_000))),
    Kind(
        CALLED_BACK,
        0.04,
        (9_000, 10_000),
        _asks(1, Deed(CALLBACK, 1_000, 5_000), Deed(1, 6_200, 7_000)),
    ),
    Kind("waits on after the offer", 0.02, (23_000, 28_000), _asks(2)),
    Kind("finds the queue full", 0.04, (2_000, 5_000), _asks(4, Deed(1, 1_500, 4_500))),
    Kind("goes through two queues", 0.03, (2_000, 5_000), _asks(5, Deed(1, 23_500, 25_000))),
)
_QUEUE_FILLS_MS = 5_000
"""By then the two who hold the small queue stand in it."""
_BEFORE_ASKING_MS = FIRST_KEY_MS + 2_500 + _QUEUE_FILLS_MS
LONG_PATIENCE = {"patient", "comes by overflow", "finds no agent signed in"}


def callers(seed: int, count: int, seconds: float, *, over_s: float | None = None) -> list[Caller]:
    """Return about ``count`` citizens who begin to call within so many seconds.

    By ``over_s`` all have hung up: who comes late has less patience, and kinds that need much come earlier.
    """
    rng = random.Random(f"callers {seed}")  # noqa: S311  # a seed makes a failure repeatable
    over_ms = int((seconds + 60 if over_s is None else over_s) * 1000)
    means: list[tuple[int, Kind]] = []
    for kind in KINDS:
        needs_ms = kind.stay[0] if kind.name in LONG_PATIENCE else kind.most_ms
        last_ms = min(int(seconds * 1000), over_ms - needs_ms - _BEFORE_ASKING_MS)
        for _ in range(max(round(count * kind.share), 1)):
            means.append((rng.randrange(last_ms), kind))
    means.sort(key=lambda one: one[0])
    calling = [_caller(rng, f"138{n:08d}", *one, over_ms) for n, one in enumerate(means, 1)]
    hold_ms = min(int(seconds * 1000) + 20_000, over_ms)
    holding = [Caller(f"1390000000{n}", 0, (Press(4, FIRST_KEY_MS),), hold_ms, HOLD) for n in range(2)]
    return [*holding, *calling]


def _caller(rng: random.Random, number: str, start_ms: int, kind: Kind, over_ms: int) -> Caller:
    least, most = kind.stay
    if kind.name in LONG_PATIENCE:
        most = max(min(most, over_ms - start_ms - _BEFORE_ASKING_MS), least + 1)
    keys = tuple(Press(deed.key, rng.randrange(deed.least_ms, deed.most_ms)) for deed in kind.keys)
    if keys and keys[0].key == 4:
        start_ms += _QUEUE_FILLS_MS
    return Caller(number, start_ms, keys, rng.randrange(least, most), kind.name)
