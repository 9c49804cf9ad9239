"""Which streams are begun, begun again and ended, in invented time."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hotline.telephony.audio_machine import (
    ADMISSION_S,
    APART_S,
    ATTACH_S,
    FIRST_PAUSE_S,
    LONGEST_PAUSE_S,
    MOST_AT_ONCE,
    SILENT_S,
    STEADY_S,
    Ask,
    Attach,
    Close,
    Detach,
    Ears,
    State,
)
from hotline.telephony.audio_ports import LegOfCall


def leg_of(name: str) -> LegOfCall:
    return LegOfCall("call", name, f"PJSIP/{name}-00000001", "agent", name)


class World:
    """Ears with a switch that does what it is told, unless a test says otherwise; a look every 0.25 s."""

    def __init__(self, *legs: str) -> None:
        self.ears, self.now = Ears(), 0.0
        self.wanted = {name: leg_of(name) for name in legs}
        self.alive = set(legs)
        self.admits = self.streams = True
        self.told: list[tuple[float, object]] = []

    def run(self, seconds: float, *, sound: bool = True) -> list[object]:
        """Let time pass; return what was to be done."""
        begin = len(self.told)
        for _ in range(round(seconds * 4)):
            self.look(sound=sound)
            self.now += 0.25
        return [command for _, command in self.told[begin:]]

    def look(self, *, sound: bool) -> None:
        for name in self.alive if sound else ():
            if self.ears.state(name) is State.UP:
                self.ears.frame(name, self.now)
        commands = self.ears.see(self.wanted, self.alive, self.now) + self.ears.tick(self.now)
        while commands:
            for command in commands:
                self.told.append((self.now, command))
                self.answer(command)
            commands = self.ears.tick(self.now)

    def answer(self, command: object) -> None:
        match command:
            case Ask(leg) if self.admits:
                self.ears.admitted(leg.leg, self.now)
            case Ask(leg):
                self.ears.refused(leg.leg, self.now)
            case Attach(leg) if self.streams:
                self.ears.up(leg.leg, self.now)
            case _:
                pass

    def times(self, kind: type) -> list[float]:
        return [at for at, command in self.told if isinstance(command, kind)]


A = leg_of("a")


def test_a_leg_is_asked_for_attached_and_closed_at_once():
    world = World("a")
    assert world.run(60) == [Ask(A), Attach(A)]
    world.wanted.clear()
    world.alive.clear()
    assert world.run(1) == [Detach(A), Close(A, was_admitted=True)]
    assert len(world.ears) == 0


def test_what_is_not_admitted_is_asked_for_again_and_never_attached():
    world = World("a")
    world.admits = False
    world.run(4 * ADMISSION_S + 0.5)
    assert world.times(Ask) == [n * ADMISSION_S for n in range(5)]
    assert not world.times(Attach)
    world.admits = True
    assert world.run(5) == [Ask(A), Attach(A)]
    world.admits = False
    world.wanted.clear()
    world.alive.clear()
    assert world.run(1)[-1] == Close(A, was_admitted=True)


def test_a_leg_that_ends_before_it_was_admitted_has_no_sink_to_end():
    world = World("a")
    world.admits = False
    world.run(1)
    world.wanted.clear()
    world.alive.clear()
    assert world.run(1) == [Close(A, was_admitted=False)]


def test_a_stream_that_ends_comes_back_and_a_steady_one_at_once():
    world = World("a")
    world.run(STEADY_S + 1)
    world.ears.down("a", world.now)
    down = world.now
    assert world.run(2) == [Attach(A)]
    assert world.times(Attach)[-1] == down + FIRST_PAUSE_S


def test_a_stream_that_fails_again_and_again_is_tried_less_and_less():
    world = World("a")
    for _ in range(12):
        while world.ears.state("a") is not State.UP:
            world.run(0.25)
        world.ears.down("a", world.now)
    gaps = [later - earlier for earlier, later in pairwise(world.times(Attach))]
    assert gaps == sorted(gaps)
    assert gaps[0] <= 2 * FIRST_PAUSE_S
    assert LONGEST_PAUSE_S <= gaps[-1] <= LONGEST_PAUSE_S + 0.5


def test_a_stream_that_never_comes_is_given_up_in_time_and_tried_again():
    world = World("a")
    world.streams = False
    world.run(ATTACH_S + FIRST_PAUSE_S + 1)
    assert world.times(Detach) == [ATTACH_S]
    assert world.times(Attach) == [0, ATTACH_S + FIRST_PAUSE_S]


def test_a_silent_stream_is_made_anew_ever_later_until_there_is_sound():
    world = World("a")
    world.run(600, sound=False)
    times = world.times(Detach)
    assert times[0] == SILENT_S
    assert 9 <= len(times) <= 14
    assert times[-1] - times[-2] > 60
    world.run(30)
    before = len(world.times(Detach))
    world.run(SILENT_S + 1, sound=False)
    assert len(world.times(Detach)) == before + 1, "after sound it is the short limit again"


def test_on_the_way_into_a_room_the_stream_stays_and_in_a_consultation_it_goes():
    world = World("a")
    world.run(3)
    world.wanted.clear()
    assert world.run(APART_S - 0.25) == []
    world.wanted["a"] = A
    assert world.run(1) == []
    world.wanted.clear()
    assert world.run(APART_S + 60) == [Detach(A)]
    assert world.ears.state("a") is State.APART
    world.wanted["a"] = A
    assert world.run(1) == [Attach(A)], "its sink is still there"


def test_a_service_that_comes_back_does_not_flood_the_switch():
    world = World(*(str(n) for n in range(100)))
    world.streams = False
    world.run(1)
    assert len(world.times(Attach)) == MOST_AT_ONCE
    world.streams = True
    for name in list(world.wanted):
        world.ears.up(name, world.now)
    world.run(1)
    assert len(world.times(Attach)) == 100


def test_the_end_ends_every_stream_and_sink():
    world = World("a", "b")
    world.run(1)
    world.ears.down("b", world.now)
    assert world.ears.end() == [Detach(A), Close(A, True), Close(leg_of("b"), True)]


_STEP = st.sampled_from(["want", "unwant", "die", "down", "up", "deny", "admit", "mute", "sound", "wait"])


@given(st.lists(st.tuples(_STEP, st.sampled_from("abc"), st.integers(1, 40)), max_size=60))
def test_whatever_happens_each_leg_has_at_most_one_stream_and_every_sink_ends(steps):
    world = World()
    sound = True
    for step, name, quarters in steps:
        match step:
            case "want":
                world.wanted[name] = leg_of(name)
                world.alive.add(name)
            case "unwant":
                world.wanted.pop(name, None)
            case "die":
                world.wanted.pop(name, None)
                world.alive.discard(name)
            case "down":
                world.ears.down(name, world.now)
            case "up":
                world.streams = not world.streams
            case "deny" | "admit":
                world.admits = step == "admit"
            case _:
                sound = step != "mute"
        world.run(quarters / 4, sound=sound)
    world.wanted.clear()
    world.alive.clear()
    world.run(1)
    assert len(world.ears) == 0
    open_now = Counter[str]()
    for _, command in world.told:
        name = command.leg.leg
        if isinstance(command, Attach):
            open_now[name] += 1
        elif isinstance(command, Detach):
            open_now[name] = 0
    asked = Counter(command.leg.leg for _, command in world.told if isinstance(command, Ask))
    closed = Counter(command.leg.leg for _, command in world.told if isinstance(command, Close))
    assert all(count == 0 or name not in world.alive for name, count in open_now.items())
    assert set(asked) <= set(closed)
