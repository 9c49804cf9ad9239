from __future__ import annotations

from hotline.telephony.ami_watch import AmiLimits, Backoff, Heartbeat


def test_a_silent_peer_is_noticed_within_ten_seconds() -> None:
    limits = AmiLimits()
    for phase in range(100):
        silent_from = 1000 + limits.ping_s * phase / 100
        heartbeat = Heartbeat(limits, 900.0)
        heartbeat.heard(silent_from)
        looks = (1000 + limits.ping_s * number for number in range(1, 100))
        noticed = next(at for at in looks if heartbeat.is_dead(at))
        assert limits.silence_s <= noticed - silent_from <= 10


def test_a_peer_that_answers_every_ping_is_never_dead() -> None:
    limits = AmiLimits()
    heartbeat = Heartbeat(limits, 0.0)
    for number in range(1000):
        now = number * limits.ping_s
        assert not heartbeat.is_dead(now)
        heartbeat.heard(now + 1.0)
    heartbeat.heard(5.0)  # a late note takes nothing back
    assert not heartbeat.is_dead(1000 * limits.ping_s)


def test_pauses_grow_to_the_longest_and_begin_again_after_a_good_session() -> None:
    limits = AmiLimits(first_pause_s=1, longest_pause_s=8)
    backoff = Backoff(limits, lambda: 0.0)
    assert [backoff.after_failure() for _ in range(5)] == [1, 2, 4, 8, 8]
    backoff.after_session(7.9)
    assert backoff.after_failure() == 8
    backoff.after_session(8.0)
    assert backoff.after_failure() == 1
    assert [backoff.after_failure() for _ in range(2000)][-1] == 8


def test_jitter_shortens_a_pause_by_up_to_a_half() -> None:
    limits = AmiLimits(first_pause_s=1, refused_pause_s=30)
    assert Backoff(limits, lambda: 0.5).after_failure() == 0.75
    assert Backoff(limits, lambda: 0.999).after_failure() > 0.5
    assert Backoff(limits, lambda: 0.5).after_refusal() == 22.5
