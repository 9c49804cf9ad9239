from __future__ import annotations

import pytest

from hotline.web.auth import SESSION_S, Gate


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gate(clock: Clock) -> Gate:
    return Gate("the-right-token-1", monotonic=clock)


@pytest.mark.parametrize(
    "token", ["", "the-right-token-", "the-right-token-1 ", "THE-RIGHT-TOKEN-1", "令牌", "\udcff"]
)
def test_only_the_token_is_right(gate: Gate, token: str) -> None:
    assert gate.token_is_right("the-right-token-1")
    assert not gate.token_is_right(token)


def test_a_session_is_open_until_it_expires(gate: Gate, clock: Clock) -> None:
    session = gate.begin_session()
    assert gate.session_is_open(session)
    clock.now += SESSION_S
    assert gate.session_is_open(session)
    clock.now += 1
    assert not gate.session_is_open(session)
    clock.now -= 2
    assert not gate.session_is_open(session), "an expired session came back"


def test_a_session_ends_when_told_and_no_other_with_it(gate: Gate) -> None:
    first, second = gate.begin_session(), gate.begin_session()
    assert first != second
    gate.end_session(first)
    gate.end_session("never begun")
    assert not gate.session_is_open(first)
    assert gate.session_is_open(second)


def test_the_oldest_session_gives_way_when_there_are_too_many(gate: Gate) -> None:
    sessions = [gate.begin_session() for _ in range(1001)]
    assert not gate.session_is_open(sessions[0])
    assert all(gate.session_is_open(session) for session in sessions[1:])


@pytest.mark.parametrize("session", ["", "guess", "\udcff"])
def test_a_session_that_was_not_begun_is_not_open(gate: Gate, session: str) -> None:
    assert not gate.session_is_open(session)


def test_the_penalty_grows_to_a_limit_for_each_address_alone(gate: Gate) -> None:
    penalties = [gate.penalty_s("192.0.2.1") for _ in range(40)]
    assert penalties == sorted(penalties)
    assert penalties[0] < 0.5
    assert penalties[-1] == 4.0
    assert gate.penalty_s("192.0.2.2") == penalties[0]


def test_an_address_is_forgiven(gate: Gate) -> None:
    first = gate.penalty_s("192.0.2.1")
    assert gate.penalty_s("192.0.2.1") > first
    gate.forgive("192.0.2.1")
    gate.forgive("192.0.2.9")
    assert gate.penalty_s("192.0.2.1") == first


def test_only_so_many_addresses_are_remembered(gate: Gate) -> None:
    first = gate.penalty_s("192.0.2.1")
    for number in range(1000):
        gate.penalty_s(f"2001:db8::{number:x}")
    assert gate.penalty_s("192.0.2.1") == first
