"""The marks of voice navigation: what the service is told, and what is stored of them (R-IVR-4)."""

from __future__ import annotations

import pytest

from hotline.telephony.call_book import CallBook
from hotline.telephony.cel import fact_of_event, fact_of_row
from hotline.telephony.events import CallEvent, MenuStep, VoiceAsked
from hotline.telephony.store import step_values
from support.call_facts import Story, live

CALL = "node1-1795320000.12"


def story() -> Story:
    made = Story(CALL).arrive().mark("HL_MENU", menu="main", version="0123abcd")
    made.mark("HL_VOICE", menu="main", version="0123abcd", turn=1).wait(2)
    values = {"menu": "main", "turn": 1, "to": "human:frequent", "word": 3, "why": "voice", "ms": 2200}
    return made.mark("HL_SAID", **values).mark("HL_HUMAN", queue="frequent", why="voice")


@pytest.mark.clause("R-IVR-4")
@pytest.mark.parametrize("from_live", [True, False])
def test_who_is_asked_is_told_with_the_channel_and_the_answer_is_a_step_of_the_menu(from_live: bool) -> None:
    book, news = CallBook("node1"), list[CallEvent]()
    for row in story().rows:
        fact = fact_of_event(live(row)) if from_live else fact_of_row(row)
        assert fact is not None
        news += book.feed(fact)
    [asked] = [one for one in news if isinstance(one, VoiceAsked)]
    assert (asked.menu, asked.version, asked.turn) == ("main", "0123abcd", 1)
    assert asked.channel.startswith("PJSIP/trunk-")
    steps = [one for one in news if isinstance(one, MenuStep)]
    assert [(one.digit, one.why, one.ms) for one in steps] == [("", "", None), ("voice", "voice", 2200)]
    [stored] = [step for step in step_values(book.records[CALL], "node1") if step["name"] == "HL_SAID"]
    assert stored["params"] == {
        "menu": "main",
        "turn": "1",
        "to": "human:frequent",
        "word": "3",
        "why": "voice",
        "ms": "2200",
    }
