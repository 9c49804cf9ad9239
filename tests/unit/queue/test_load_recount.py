"""The recount of a load says what SIPp saw, and the comparison finds every kind of difference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hotline.telephony.tables import CallRow
from support.load_compare import differences
from support.load_metronome import HOPS, Metronome, Spell
from support.load_plan import HOLD, KINDS, callers
from support.load_recount import Counted, Death, Recount, Span
from support.load_sipp import Caller, Press
from support.sipp_process import Moment

NUMBER, T = "13800000001", 1_800_000_000.0


def log(number: str = NUMBER, **moments: float) -> list[Moment]:
    return [Moment(name, (number,), T + at) for name, at in moments.items()]


ARRIVES = {"invite": 0.0, "trying": 0.002, "connected": 0.01}
ASKS = {**ARRIVES, "key0": 1.0, "key0_taken": 1.002}
LEAVES = {"bye": 20.0, "gone": 20.002}
ANSWERED = [
    Moment("ringing", (NUMBER, "2001"), T + 2),
    Moment("answered", (NUMBER, "2001"), T + 5),
    Moment("acknowledged", (NUMBER, "2001"), T + 5.002),
]


def caller(*keys: int) -> Caller:
    return Caller(NUMBER, 0, tuple(Press(key, 1000) for key in keys), 0, "of a test")


def verdicts(one: Caller, moments: list[Moment], *, phones=(), death: Death | None = None) -> set[str]:
    return set(Recount([one], moments, phones, (), death).calls()[NUMBER].verdicts)


def test_each_ending_is_told_from_its_moments():
    assert verdicts(caller(), log(**ARRIVES, **LEAVES)) == {"apart:ended_in_menu"}
    assert verdicts(caller(0), log(**ASKS, **LEAVES)) == {"abandoned"}
    assert verdicts(caller(0), log(**ASKS, **LEAVES), phones=ANSWERED) == {"answered"}
    assert verdicts(caller(2, 1), log(**ASKS, key1=5, hung_up=9)) == {"abandoned"}
    assert verdicts(caller(2, 1), log(**ASKS, key1=15, **LEAVES)) == {"timed_out"}
    assert verdicts(caller(2), log(**ASKS, bye=30, gone=30)) == {"abandoned"}
    assert verdicts(caller(5, 1), log(**ASKS, key1=25, bye=27, gone=27)) == {"overflowed_unanswered"}
    assert verdicts(caller(1, 2, 1), log(**ASKS, key1=3, key2=9, key2_taken=9, hung_up=10)) == {
        "callback_accepted"
    }


def test_a_full_queue_is_known_from_those_who_stand_in_it():
    others = [Caller(f"1390000000{n}", 0, (Press(4, 0),), 0) for n in range(2)]
    moments = log(**ASKS, key1=4, **LEAVES)
    for other in others:
        moments += log(other.number, **{**ARRIVES, "key0": 0.5, "key0_taken": 0.5, "bye": 40, "gone": 40})
    found = Recount([caller(4, 1), *others], moments, (), ()).calls()
    assert {one: set(call.verdicts) for one, call in found.items()} == {
        NUMBER: {"queue_full"},
        "13900000000": {"abandoned"},
        "13900000001": {"abandoned"},
    }


def test_what_crosses_may_count_either_way_but_not_in_many_calls():
    late = [Moment(one.name, one.words, one.at + 14.95) for one in ANSWERED]
    assert verdicts(caller(0), log(**ASKS, **LEAVES), phones=late) == {"answered", "abandoned"}
    assert verdicts(caller(2), log(**ASKS, bye=11, gone=11)) == {"abandoned", "timed_out"}
    [one] = Recount([caller(2)], log(**ASKS, bye=11, gone=11), (), ()).calls().values()
    many = {f"{n}": replace(one, number=f"{n}") for n in range(100)}
    assert "luck" in differences(many, [], Metronome())[-1]


def test_a_late_machine_leaves_more_to_luck_but_not_whom_the_agent_hung_up_on():
    def counted(**end: float):
        moments = log(**ASKS, **end)
        return Recount([caller(0)], moments, ANSWERED, (), late=lambda _: 2.0).calls()[NUMBER]

    crossed = counted(bye=6, gone=6)
    assert (crossed.verdicts, crossed.machine_late) == ({"answered", "abandoned"}, True)
    assert counted(hung_up=6).verdicts == {"answered"}
    for share, said in ((20, []), (30, ["a late machine"])):
        calls = {
            f"{n}": replace(crossed if n < share else counted(hung_up=6), number=f"{n}") for n in range(100)
        }
        told = [text for text in differences(calls, [], Metronome()) if "decided" in text]
        assert [text.partition(" decided")[0] for text in told] == said


def test_a_late_machine_may_ask_after_the_key_that_confirms_but_hangs_up_on_nobody_then():
    def counted(late_s: float, **end: float) -> tuple[set[str], bool]:
        moments = log(**ASKS, key1=3, key2=9, key2_taken=9, **end)
        found = Recount([caller(1, 2, 1)], moments, (), (), late=lambda _: late_s).calls()[NUMBER]
        return set(found.verdicts), found.machine_late

    assert counted(0.5, bye=19, gone=19) == ({"callback_accepted", "abandoned"}, True)
    assert counted(0.0, bye=19, gone=19) == ({"callback_accepted"}, False)
    assert counted(0.5, hung_up=10) == ({"callback_accepted"}, False)


def test_a_dead_switch_ends_its_calls_and_no_others():
    death = Death(T + 10, T + 10.05, T + 12)
    assert verdicts(caller(), log(**ARRIVES, bye=20), death=death) == {"apart:system_error"}
    assert verdicts(caller(0), log(**ASKS, bye=20), death=death) == {"system_error"}
    assert verdicts(caller(0), log(**ASKS, bye=20), phones=ANSWERED, death=death) == {"answered"}
    assert verdicts(caller(0), log(**ASKS, bye=9, gone=9), death=death) == {"abandoned"}
    after = {name: at + 13 for name, at in {**ASKS, **LEAVES}.items()}
    assert verdicts(caller(0), log(**after), death=death) == {"abandoned"}
    just = log(**ARRIVES, key0=9.95, key0_taken=9.951, bye=20)
    assert verdicts(caller(0), just, death=death) == {"system_error", "apart:system_error"}


def test_an_end_is_not_noted_where_the_machine_kept_the_switch_waiting_until_its_death_and_only_there():
    death = Death(T + 10, T + 10.6, T + 12)
    moments = log(**ASKS, bye=8.4, gone=8.4)

    def counted(*spells: Spell) -> Counted:
        beat = Metronome()
        beat.spells += spells
        return Recount([caller(0)], moments, ANSWERED, (), death, late=beat.late).calls()[NUMBER]

    assert counted().t5 == counted(*waits(9.8, 0.2)).t5 == Span(T + 8.4, T + 8.4)
    assert counted(*waits(8.6, *[0.2] * HOPS)).t5 == Span(T + 8.4, T + 10.6)
    assert counted(*waits(2.0, *[0.4] * HOPS)).t5 == Span(T + 8.4, T + 8.4)


def row(change: Callable[[CallRow], None] = lambda _: None) -> CallRow:
    def at(seconds: float) -> datetime:
        return datetime.fromtimestamp(T + seconds, UTC)

    stored = CallRow(number=NUMBER, outcome="answered", agent="2001", wait_human_us=4_000_000)
    stored.t0, stored.t1, stored.t3, stored.ended_at = at(0), at(1), at(5), at(20)
    change(stored)
    return stored


def moved(name: str, seconds: float) -> Callable[[CallRow], None]:
    def change(stored: CallRow) -> None:
        setattr(stored, name, datetime.fromtimestamp(getattr(stored, name).timestamp() + seconds, UTC))

    return change


def compared(*rows: CallRow, late: tuple[Spell, ...] = ()) -> list[str]:
    beat = Metronome()
    beat.spells += late
    counted = Recount([caller(0)], log(**ASKS, **LEAVES), ANSWERED, ()).calls()
    return differences(counted, rows, beat)


def test_every_kind_of_difference_is_found():
    assert compared(row()) == []
    assert compared(row(moved("t1", 0.09))) == []
    for name in ("t0", "t1", "t3", "ended_at"):
        assert name in compared(row(moved(name, 0.11)))[0]
        assert name in compared(row(moved(name, -0.11)))[0]
    assert "stored 0 times" in compared()[0]
    assert "stored 2 times" in compared(row(), row())[0]
    assert "never called" in compared(row(), row(lambda one: setattr(one, "number", "1")))[0]
    assert "stored as abandoned" in compared(row(lambda one: setattr(one, "outcome", "abandoned")))[0]
    assert "answered by 2002" in compared(row(lambda one: setattr(one, "agent", "2002")))[0]
    assert "wait stored" in compared(row(lambda one: setattr(one, "wait_human_us", 4_120_000)))[0]


def test_a_request_that_crossed_the_death_of_the_switch_may_be_stored_or_not():
    death = Death(T + 10, T + 10.05, T + 12)
    counted = Recount([caller(0)], log(**ARRIVES, key0=9.95, key0_taken=9.951, bye=20), (), (), death).calls()

    def cut(**values: object) -> CallRow:
        stored = row(moved("ended_at", -9.97))
        for name, value in {"agent": None, "t3": None, "wait_human_us": None, **values}.items():
            setattr(stored, name, value)
        return stored

    asked = datetime.fromtimestamp(T + 9.96, UTC)
    assert differences(counted, [cut(outcome="system_error", t1=asked)], Metronome()) == []
    assert differences(counted, [cut(outcome=None, apart="system_error", t1=None)], Metronome()) == []
    assert differences(counted, [cut(outcome="system_error", t1=None)], Metronome())


def waits(at: float, *waited: float) -> tuple[Spell, ...]:
    return tuple(Spell(T + at + n / 100, T + at + n / 100 + wait, wait) for n, wait in enumerate(waited))


def test_what_the_machine_was_late_is_granted_only_around_that_moment():
    spell = waits(19.8, 0.2)
    assert compared(row(moved("ended_at", 0.25)), late=spell) == []
    assert compared(row(moved("ended_at", 0.35)), late=spell)
    assert compared(row(moved("t3", 0.25)), late=spell)


def test_a_message_waits_so_often_as_it_passes_from_one_to_the_next_and_no_more():
    assert compared(row(moved("t1", 0.25)), late=waits(0.8, *[0.02] * HOPS)) == []
    assert compared(row(moved("t1", 0.27)), late=waits(0.8, *[0.02] * 30))


@pytest.mark.parametrize("name", ["t0", "t1", "t3", "ended_at"])
@pytest.mark.parametrize("error_s", [0.15, -0.15])
def test_an_error_of_150_ms_is_found_in_each_clock_point_on_a_machine_that_is_at_work(
    name: str, error_s: float
):
    at_work = [wait for at in range(0, 2000, 3) for wait in waits(at / 100, 0.004)]
    assert compared(row(), late=tuple(at_work)) == []
    assert name in compared(row(moved(name, error_s)), late=tuple(at_work))[0]


def test_the_end_lies_between_the_agents_bye_and_the_citizens():
    talk = [*ANSWERED, Moment("bye", (NUMBER, "2001"), T + 14.7)]
    one = Recount([caller(0)], log(**ASKS, hung_up=15.0), talk, ()).calls()[NUMBER]
    assert one.t5 == Span(T + 14.7, T + 15.0)
    earlier = [*ANSWERED, Moment("bye", (NUMBER, "2001"), T + 9)]
    one = Recount([caller(0)], log(**ASKS, hung_up=15.0), earlier, ()).calls()[NUMBER]
    assert one.t5 == Span(T + 15.0, T + 15.0)


def test_a_seed_gives_the_same_load_again():
    assert callers(1, 60, 12) == callers(1, 60, 12)
    assert callers(1, 60, 12) != callers(2, 60, 12)


def test_by_the_end_of_a_load_all_have_hung_up():
    load = callers(3, 300, 70, over_s=95)
    ends = [one.start_ms + sum(key.after_ms for key in one.keys) + one.stay_ms for one in load]
    assert len(load) > 300
    assert max(ends) <= 95_000
    assert {one.kind for one in load} == {kind.name for kind in KINDS} | {HOLD}
