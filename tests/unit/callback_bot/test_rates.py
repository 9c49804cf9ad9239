"""The figures of callbacks: what divides what, and that the order of adding does not matter."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.callback_bot.model import LEVELS
from hotline.callback_bot.outcome.rates import DEFINITIONS, ENDS, Ended, Tally

RATED = [
    Ended(1, "城管局", "投诉", "c", "rated", level, contacted, solved)
    for level, contacted, solved in (
        ("满意", "yes", "yes"),
        ("满意", "yes", "yes"),
        ("基本满意", "no", "yes"),
        ("不满意", "yes", "no"),
        ("满意", "", ""),
    )
]


def figures(*many: Ended) -> dict[str, object]:
    tally = Tally()
    for one in many:
        tally.add(one)
    return {name: figure.value for name, figure in tally.read().items()}


@pytest.mark.clause("R-CB-3")
def test_every_share_has_its_own_denominator() -> None:
    unrated = Ended(1, "城管局", "投诉", "c", "unrated", reached=False)
    never = Ended(1, "城管局", "投诉", "c", "unrated", called=False, reached=False)
    refused = Ended(1, "水务局", "求助", "c", "refused")
    found = figures(*RATED, unrated, never, refused)
    assert found["cb_ended"] == 8
    assert found["cb_end"] == {"rated": 5, "unrated": 2, "refused": 1}
    assert found["cb_called_rate"] == 7 / 8
    assert found["cb_reached_rate"] == 6 / 7
    assert found["cb_response_rate"] == 5 / 8
    assert found["cb_unrated_rate"] == 2 / 8
    assert found["cb_refused_rate"] == 1 / 8
    assert found["cb_satisfied_rate"] == 3 / 5
    assert found["cb_satisfied_basic_rate"] == 4 / 5
    assert found["cb_solved_rate"] == 3 / 4
    assert found["cb_contacted_rate"] == 3 / 4
    assert found["cb_level"] == {"满意": 3, "基本满意": 1, "不满意": 1}


def test_very_satisfied_is_satisfied_and_the_shares_tell_what_they_were_divided_from() -> None:
    tally = Tally()
    for level in LEVELS[5]:
        tally.add(Ended(1, "", "", "", "rated", level))
    found = tally.read()
    assert (found["cb_satisfied_rate"].numerator, found["cb_satisfied_rate"].denominator) == (2, 5)
    assert found["cb_satisfied_basic_rate"].numerator == 3


def test_of_nothing_no_share_has_a_value() -> None:
    empty = Tally().read()
    assert empty.keys() == DEFINITIONS.keys()
    shares = [name for name, one in DEFINITIONS.items() if one.unit == "ratio"]
    assert len(shares) == 9
    assert all(empty[name].value is None for name in shares)


ENDED = st.builds(
    Ended,
    ended_us=st.integers(0, 10),
    unit=st.sampled_from(["a", "b"]),
    kind=st.just("投诉"),
    campaign=st.just("c"),
    end=st.sampled_from(list(ENDS)),
    level=st.sampled_from(LEVELS[5]),
    contacted=st.sampled_from(["", "yes", "no"]),
    solved=st.sampled_from(["", "yes", "no"]),
    called=st.booleans(),
    reached=st.booleans(),
    checked=st.booleans(),
    reopened=st.booleans(),
    reasons=st.lists(st.sampled_from(["slow", "attitude"]), max_size=2, unique=True).map(tuple),
)


@given(st.lists(ENDED), st.randoms())
def test_the_ends_add_up_and_the_order_does_not_matter(many: list[Ended], chance: Random) -> None:
    shuffled = sorted(many, key=lambda _: chance.random())
    found = figures(*many)
    assert found == figures(*shuffled)
    ends = found["cb_end"]
    assert isinstance(ends, dict)
    assert sum(ends.values()) == found["cb_ended"] == len(many)
    shares = [found[name] for name, one in DEFINITIONS.items() if one.unit == "ratio"]
    assert all(share is None or 0 <= share <= 1 for share in shares)
    if many:
        whole = sum(found[f"cb_{name}_rate"] for name in ("response", "unrated", "refused"))
        assert abs(whole - 1) < 1e-9
