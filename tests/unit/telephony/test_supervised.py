"""A supervisor's leg in a call's record, from the marks alone."""

from __future__ import annotations

import itertools

from hotline.telephony.call_legs import Spell, legs
from hotline.telephony.calls import CallRecord, merge_all
from hotline.telephony.cel import fact_of_row
from hotline.telephony.conference_view import agents_of
from hotline.telephony.facts import Fact
from hotline.telephony.supervised import entered
from support.room_calls import CALL, RoomStory

BOSS = "9.1"


def facts_of(mode: str, *, ended: bool = True) -> list[Fact]:
    story = RoomStory(CALL).begin()
    facts = [fact for row in story.rows if (fact := fact_of_row(row)) is not None and fact.call == CALL]
    at = max(fact.at_us for fact in facts)
    citizen = merge_all(CallRecord(CALL), facts).citizen
    told = {
        "supervisor": "1009",
        "agent": "1001",
        "mode": mode,
        "leg": BOSS,
        "channel": "PJSIP/1009-00000009",
    }
    made = [
        ("", f"supervised:BEGIN:{BOSS}:1", at + 10, told),
        ("", f"room::MOVED:{citizen}:1", at + 20, {"who": "citizen", "leg": citizen}),
        ("", f"room::MOVED:{BOSS}:2", at + 25, {"who": "agent", "agent": "1009", "leg": BOSS}),
        (citizen, "enter:room", at + 30, {}),
    ]
    if ended:
        made += [
            ("", f"room::LEFT:{BOSS}:3", at + 90, {"who": "agent", "agent": "1009", "leg": BOSS}),
            ("", f"supervised:END:{BOSS}:4", at + 91, told),
        ]
    source = facts[0].source
    return [
        *facts,
        *(
            Fact(CALL, leg, slot, when, source, tuple(sorted(values.items())))
            for leg, slot, when, values in made
        ),
    ]


def record_of(facts: list[Fact]) -> CallRecord:
    return merge_all(CallRecord(CALL), facts)


def test_who_took_over_has_a_leg_for_as_long_as_the_marks_say() -> None:
    facts = facts_of("take")
    record = record_of(facts)
    (leg,) = (leg for leg in legs(record) if leg.id == BOSS)
    begin = entered(record)[BOSS].began_us
    assert (leg.role, leg.agent, leg.channel) == ("agent", "1009", "PJSIP/1009-00000009")
    assert (leg.answered_us, leg.ended_us) == (begin, begin + 81)
    assert leg.spells == (Spell("room", begin + 20, begin + 81),)
    assert "1009" not in agents_of(record)


def test_the_order_of_facts_makes_no_difference() -> None:
    facts = facts_of("barge")
    head, tail = facts[:-4], facts[-4:]
    wanted = legs(record_of(facts))
    assert all(legs(record_of([*order, *head])) == wanted for order in itertools.permutations(tail))


def test_who_is_in_the_talk_now_is_one_of_its_agents() -> None:
    assert "1009" in agents_of(record_of(facts_of("barge", ended=False)))


def test_who_listens_is_no_part_of_the_talk() -> None:
    for mode in ("listen", "whisper"):
        assert entered(record_of(facts_of(mode))) == {}
