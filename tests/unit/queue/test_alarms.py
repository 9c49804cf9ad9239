"""The board: each alarm raised once and cleared once, whatever the conditions do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.queue.alarm_kinds import KINDS
from hotline.queue.alarms import Alarm, AlarmBoard, Condition, Moment, Verdict, step

START = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
BAD, BETWEEN, GOOD = Verdict.BAD, Verdict.BETWEEN, Verdict.GOOD


class Player:
    """A board with a clock and ids of its own."""

    def __init__(self) -> None:
        self.board = AlarmBoard()
        self._ids = count(1)

    def look(self, at_s: float, *conditions: Condition) -> list[Alarm]:
        now = Moment(START + timedelta(seconds=at_s), at_s)
        self.board, changes = step(self.board, conditions, now, lambda: f"A{next(self._ids)}")
        return changes


def wait(verdict: Verdict, longest_s: float = 10.2) -> Condition:
    return Condition("wait_near", "public", verdict, {"longest_s": longest_s})


@pytest.mark.clause("R-Q-3")
def test_it_is_raised_at_once_and_once_and_cleared_once() -> None:
    player = Player()
    assert player.look(0, wait(GOOD)) == []
    (raised,) = player.look(1, wait(BAD))
    assert (raised.kind, raised.subject, raised.raised_at) == (
        "wait_near",
        "public",
        START + timedelta(seconds=1),
    )
    assert player.look(2, wait(BAD, 11.2)) == []
    assert player.board.raised["wait_near", "public"].details == {"longest_s": 11.2}
    assert player.look(3, wait(GOOD)) == []
    assert player.look(5.9, wait(GOOD)) == []
    (cleared,) = player.look(6, wait(GOOD))
    assert (cleared.id, cleared.cleared_at) == (raised.id, START + timedelta(seconds=6))
    assert cleared.details == {"longest_s": 11.2}
    assert player.look(7, wait(GOOD)) == []
    assert player.board.raised == {}


def test_what_flickers_stays_raised() -> None:
    player = Player()
    player.look(0, wait(BAD))
    changes = [player.look(at, wait(GOOD if at % 3 else BAD)) for at in range(1, 60)]
    assert not any(changes)


def test_between_neither_raises_nor_clears_and_begins_the_time_anew() -> None:
    player = Player()
    trunk = {verdict: Condition("trunk_down", "carrier", verdict) for verdict in Verdict}
    assert not any(player.look(at, trunk[BAD]) for at in range(10))
    assert player.look(9.5, trunk[BETWEEN]) == []
    assert player.look(10, trunk[BAD]) == []
    assert not any(player.look(at, trunk[BAD]) for at in range(11, 20))
    assert len(player.look(20, trunk[BAD])) == 1
    assert not any(player.look(at, trunk[BETWEEN]) for at in range(21, 100))


def test_what_is_not_there_any_more_is_cleared() -> None:
    player = Player()
    player.look(0, wait(BAD), Condition("calendar_missing", "2027", BAD))
    (cleared,) = player.look(1, wait(BAD))
    assert (cleared.kind, cleared.cleared_at) == ("calendar_missing", START + timedelta(seconds=1))


@pytest.mark.clause("R-Q-3")
def test_what_stood_before_a_restart_is_not_raised_again() -> None:
    player = Player()
    (raised,) = player.look(0, wait(BAD))
    after = Player()
    after.board = after.board.with_standing([raised])
    assert after.look(5, wait(BAD)) == []
    assert after.look(6, wait(GOOD)) == []
    (cleared,) = after.look(9, wait(GOOD))
    assert cleared.id == raised.id


verdicts = st.lists(
    st.tuples(
        st.floats(0.01, 30, allow_nan=False),
        st.dictionaries(
            st.tuples(st.sampled_from(list(KINDS)), st.sampled_from("ab")), st.sampled_from(Verdict)
        ),
    ),
    max_size=60,
)


@given(verdicts)
def test_raised_and_cleared_take_turns(looks: Sequence[tuple[float, dict[tuple[str, str], Verdict]]]) -> None:
    player, at_s = Player(), 0.0
    standing: dict[tuple[str, str], str] = {}
    bad_since: dict[tuple[str, str], float] = {}
    for pause_s, found in looks:
        at_s += pause_s
        for key, verdict in found.items():
            if verdict is BAD:
                bad_since.setdefault(key, at_s)
            else:
                bad_since.pop(key, None)
        for key in set(bad_since) - set(found):
            del bad_since[key]
        for change in player.look(at_s, *(Condition(*key, verdict) for key, verdict in found.items())):
            if change.cleared_at is None:
                assert change.key not in standing
                assert found[change.key] is BAD
                assert at_s - bad_since[change.key] >= KINDS[change.kind].raise_after_s
                standing[change.key] = change.id
            else:
                assert standing.pop(change.key) == change.id
                assert found.get(change.key) in (GOOD, None)
        assert {key: alarm.id for key, alarm in player.board.raised.items()} == standing
