"""Every reason has its words; a draw is fair, and the same for everybody."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hotline.callback_bot.model import Outcome
from hotline.callback_bot.schedule.sampling import is_drawn, share_of
from hotline.callback_bot.why import NAMES, Why
from hotline.core.robot_settings import SamplingRule


def test_every_outcome_and_reason_has_its_words() -> None:
    assert set(NAMES) == {*Outcome, *Why}


def test_the_first_rule_that_fits_decides() -> None:
    rules = (
        SamplingRule(kinds=("咨询",), units=("城管局",), share=0),
        SamplingRule(kinds=("咨询", "表扬"), share=0.2),
        SamplingRule(units=("住建局",), share=0.5),
    )
    assert share_of("咨询", "城管局", rules) == 0
    assert share_of("咨询", "住建局", rules) == 0.2
    assert share_of("投诉", "住建局", rules) == 0.5
    assert share_of("投诉", "城管局", rules) == 1
    assert share_of("投诉", "", ()) == 1


@given(st.text(max_size=40), st.floats(0, 1), st.floats(0, 1))
def test_who_is_in_a_small_part_is_in_a_larger_one(ticket: str, one: float, other: float) -> None:
    assert is_drawn(ticket, 1.0)
    assert not is_drawn(ticket, 0.0)
    assert is_drawn(ticket, max(one, other)) >= is_drawn(ticket, min(one, other))


def test_the_share_is_met() -> None:
    drawn = sum(is_drawn(f"20261119-{number:06}", 0.2) for number in range(10_000))
    assert 1_850 <= drawn <= 2_150
