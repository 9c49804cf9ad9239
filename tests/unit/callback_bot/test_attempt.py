"""An attempt's course: the same end whatever comes first, twice or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.callback_bot.dial.attempt import (
    BETWEEN_LOOKS_US,
    SECOND_US,
    SETTLED_US,
    Course,
    Ending,
    Looked,
    News,
    Overheard,
    Phase,
    Ringing,
    Sound,
    Taken,
    Told,
    advance,
    advance_all,
    begin,
    ending,
    phase,
)
from hotline.callback_bot.model import Outcome
from hotline.telephony.facts import ANSWERED, CREATED, ENDED, HANGUP, Fact, Source, params_of, step_slot

ID = "robot-node1-01ARZ3NDEKTSV4RRFFQ69G5FAV"
T0 = 1_790_000_000 * SECOND_US


def fact(slot: str, at_s: float, **values: str) -> Told:
    return Told(Fact(ID, ID, slot, T0 + int(at_s * SECOND_US), Source.JOURNAL, params_of(values)))


def mark(number: int, name: str, at_s: float, **values: str) -> Told:
    return fact(step_slot(number, name), at_s, **values)


def answer(number: int, question: str, value: str, given: str = "key") -> Told:
    return mark(number, "HL_ROBOT_ANSWER", 10 + number, question=question, value=value, given=given)


def unanswered(cause: int, *, after_s: float = 8) -> list[News]:
    return [fact(CREATED, 0), fact(HANGUP, after_s, cause=str(cause)), fact(ENDED, after_s)]


def talked(*said: News) -> list[News]:
    over = [fact(HANGUP, 60, cause="16"), fact(ENDED, 60)]
    return [fact(CREATED, 0), fact(ANSWERED, 8), mark(1, "HL_ROBOT", 8), *said, *over]


def end(number: int, outcome: str) -> Told:
    return mark(number, "HL_ROBOT_END", 50, outcome=outcome)


def course_of(*news: News) -> Course:
    return advance_all(begin(ID, T0), news)


def outcome(*news: News) -> Outcome | None:
    found = ending(course_of(*news))
    return None if found is None else found.outcome


def missed(at_s: float) -> Looked:
    return Looked(T0 + int(at_s * SECOND_US), there=False)


COURSES: dict[str, tuple[list[News], Outcome]] = {
    "busy": (unanswered(17), Outcome.BUSY),
    "no answer": (unanswered(19), Outcome.NO_ANSWER),
    "our own time-out": (unanswered(0, after_s=40), Outcome.NO_ANSWER),
    "gone at once without a cause": (unanswered(0, after_s=0.1), Outcome.UNKNOWN),
    "rejected": (unanswered(21), Outcome.REJECTED),
    "switched off": (unanswered(20), Outcome.SWITCHED_OFF),
    "unreachable": (unanswered(27), Outcome.UNREACHABLE),
    "no such number": (unanswered(1), Outcome.NO_SUCH_NUMBER),
    "too short": (unanswered(28), Outcome.NO_SUCH_NUMBER),
    **{f"line {cause}": (unanswered(cause), Outcome.LINE_FAILED) for cause in (34, 38, 41, 42, 58, 127)},
    "completed": (
        talked(answer(2, "identity", "yes"), answer(3, "satisfied", "satisfied"), end(4, "completed")),
        Outcome.COMPLETED,
    ),
    "hung up after the level": (talked(answer(3, "satisfied", "dissatisfied", "speech")), Outcome.COMPLETED),
    "hung up before it": (talked(answer(2, "identity", "yes"), answer(3, "solved", "yes")), Outcome.HUNG_UP),
    "hung up at once": (talked(), Outcome.HUNG_UP),
    "wrong person": (talked(answer(2, "identity", "no"), end(3, "wrong_person")), Outcome.WRONG_PERSON),
    "wrong person who hung up": (talked(answer(2, "identity", "no")), Outcome.WRONG_PERSON),
    "refused": (talked(answer(2, "consent", "no"), end(3, "refused")), Outcome.REFUSED),
    "refused anywhere": (talked(answer(2, "solved", "refuse")), Outcome.REFUSED),
    "later": (talked(answer(2, "consent", "later")), Outcome.LATER),
    "silent": (talked(end(2, "silent")), Outcome.SILENT),
    "to a human": (talked(answer(2, "solved", "no"), end(3, "handed_over")), Outcome.HANDED_OVER),
    "a strange end": (talked(end(2, "exploded")), Outcome.HUNG_UP),
}


@pytest.mark.parametrize("name", COURSES)
def test_the_journal_tells_how_it_ended(name: str) -> None:
    news, wanted = COURSES[name]
    assert outcome(*news) is wanted
    assert outcome(*news[:-1]) is None, "as long as the channel's end is not written it may go on"


@pytest.mark.parametrize(
    ("heard", "said", "wanted"),
    [
        (Outcome.SWITCHED_OFF, unanswered(19), Outcome.SWITCHED_OFF),
        (Outcome.MACHINE, talked(end(2, "silent")), Outcome.MACHINE),
        (Outcome.FAX, talked(), Outcome.FAX),
        (Outcome.MACHINE, talked(answer(2, "satisfied", "satisfied", "speech")), Outcome.COMPLETED),
        (Outcome.MACHINE, talked(answer(2, "identity", "yes", "key")), Outcome.HUNG_UP),
    ],
)
def test_what_was_heard_on_the_line_explains_what_the_switch_cannot(heard, said, wanted) -> None:
    found = ending(course_of(*said[:1], Overheard(heard, "您拨打的电话已关机"), *said[1:]))
    assert found is not None
    assert found.outcome is wanted
    assert found.words == ("" if wanted is Outcome.HUNG_UP else "您拨打的电话已关机")


def test_of_what_is_heard_the_first_stands() -> None:
    told = course_of(Overheard(Outcome.FAX), Overheard(Outcome.MACHINE), *talked())
    assert ending(told) == Ending(Outcome.FAX, 16, T0 + 8 * SECOND_US, T0 + 60 * SECOND_US)


def test_its_moments_are_the_switchs() -> None:
    found = ending(course_of(*talked(end(2, "silent"))))
    assert found == Ending(Outcome.SILENT, 16, T0 + 8 * SECOND_US, T0 + 60 * SECOND_US)


def test_how_far_it_is_never_goes_back() -> None:
    course = begin(ID, T0)
    steps = [
        (Taken(), Phase.DIALLED),
        (Ringing(), Phase.RINGING),
        (Sound(), Phase.EARLY_MEDIA),
        (Ringing(), Phase.EARLY_MEDIA),
        (fact(CREATED, 0), Phase.EARLY_MEDIA),
        (fact(ANSWERED, 8), Phase.ANSWERED),
        (Sound(), Phase.ANSWERED),
        (end(2, "silent"), Phase.SURVEYED),
        (Looked(T0, there=True, up=True), Phase.SURVEYED),
        (fact(ENDED, 60), Phase.OVER),
        (Ringing(), Phase.OVER),
    ]
    for news, wanted in steps:
        course = advance(course, news)
        assert phase(course) is wanted, news


def test_another_channels_facts_are_none_of_its_own() -> None:
    other = Fact(ID, "robot-node1-01ARZ3NDEKTSV4RRFFQ69G5FAW", ENDED, T0, Source.JOURNAL)
    assert course_of(Told(other), Told(other._replace(leg=""))) == begin(ID, T0)


class TestNeverBegun:
    def test_only_when_the_switch_has_had_time_and_two_looks_miss_it(self) -> None:
        assert outcome(missed(1), missed(8)) is None
        assert outcome(missed(20)) is None
        assert outcome(missed(20), missed(21)) is None
        assert outcome(missed(10), missed(16)) is Outcome.NEVER_BEGUN
        assert outcome(Taken(), missed(20), missed(26)) is Outcome.NEVER_BEGUN

    def test_not_when_a_look_has_found_it(self) -> None:
        assert outcome(Looked(T0, there=True), missed(20), missed(30)) is Outcome.UNKNOWN
        assert outcome(missed(20), Looked(T0, there=True), missed(30)) is None

    def test_not_when_the_journal_has_told_of_it(self) -> None:
        assert outcome(fact(CREATED, 0), missed(20), missed(30)) is Outcome.UNKNOWN
        assert outcome(missed(20), fact(CREATED, 0), missed(30)) is None
        assert outcome(fact(CREATED, 0), fact(ANSWERED, 4), missed(20), missed(30)) is Outcome.HUNG_UP
        said = answer(2, "satisfied", "satisfied")
        assert outcome(fact(CREATED, 0), fact(ANSWERED, 4), said, missed(20), missed(30)) is Outcome.COMPLETED


FADING = st.sampled_from([Taken(), Ringing(), Sound(), Looked(T0, there=True), missed(1), missed(3)])


@given(name=st.sampled_from(sorted(COURSES)), data=st.data())
@settings(deadline=None)
def test_any_order_loss_and_repetition_come_to_the_same_end(name: str, data: st.DataObject) -> None:
    """Live news may be lost or wrong, the journal may be read again: the end is the journal's."""
    told, wanted = COURSES[name]
    again = data.draw(st.lists(st.sampled_from(told), max_size=6))
    fading = data.draw(st.lists(FADING, max_size=6))
    course = begin(ID, T0)
    for news in data.draw(st.permutations([*told, *again, *fading])):
        course = advance(course, news)
        found = ending(course)
        assert found is None or found.outcome is not Outcome.NEVER_BEGUN
    found = ending(course)
    assert found is not None
    assert found.outcome is wanted
    assert found == ending(course_of(*told))


@given(data=st.data())
@settings(deadline=None)
def test_never_begun_is_said_of_nothing_that_the_switch_had(data: st.DataObject) -> None:
    """However looks fall: not with any sign of the switch's, and not before its time."""
    gaps = data.draw(st.lists(st.integers(0, 30), min_size=1, max_size=8))
    signs: list[News] = [fact(CREATED, 0), Looked(T0, there=True)]
    sign = data.draw(st.sampled_from([None, *signs]))
    place = data.draw(st.integers(0, len(gaps)))
    course, at_s, had, misses = begin(ID, T0), 0, False, []
    for number, gap in enumerate(gaps):
        if number == place and sign is not None:
            course, had, misses = advance(course, sign), True, []
        at_s += gap
        course = advance(course, missed(at_s))
        misses.append(at_s)
        found = ending(course)
        if found is not None:
            assert (found.outcome is Outcome.NEVER_BEGUN) != had
            assert misses[-1] - misses[0] >= BETWEEN_LOOKS_US / SECOND_US
            assert had or at_s >= SETTLED_US / SECOND_US
