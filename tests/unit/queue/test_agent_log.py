from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.queue.agent_log import AgentLine, LineClock, parse_line

SECOND = 1_795_331_972


def read(*lines: str) -> list[AgentLine]:
    clock = LineClock()
    return [line for text in lines if (line := parse_line(f"{text}\n".encode(), clock)) is not None]


def test_lines_as_asterisk_writes_them():
    assert read(
        f"{SECOND}|NONE|NONE|NONE|QUEUESTART|",
        f"{SECOND}|node1-1795331972.2|public|1001|ADDMEMBER|",
        f"{SECOND}|NONE|NONE|1001|PAUSEALL|rest",
        f"{SECOND}|NONE|public|1001|PAUSE|rest",
        f"{SECOND + 2}|node1-1795331974.6|public|NONE|ENTERQUEUE||13800000001|1",
        f"{SECOND + 7}|node1-1795331974.6|public|1001|RINGNOANSWER|5000",
        f"{SECOND + 8}|node1-1795331974.6|public|1002|CONNECT|6|node1-1795331980.8|0",
        f"{SECOND + 12}|node1-1795331974.6|public|1002|COMPLETECALLER|6|4|1",
        f"{SECOND + 12}|NONE|public|1002|UNPAUSE|wrapup-end",
    ) == [
        AgentLine(SECOND * 1_000_000, "", "", "QUEUESTART"),
        AgentLine(SECOND * 1_000_000 + 1, "1001", "public", "ADDMEMBER"),
        AgentLine(SECOND * 1_000_000 + 3, "1001", "public", "PAUSE", "rest"),
        AgentLine((SECOND + 7) * 1_000_000, "1001", "public", "RINGNOANSWER", "5000"),
        AgentLine((SECOND + 8) * 1_000_000, "1002", "public", "CONNECT"),
        AgentLine((SECOND + 12) * 1_000_000 + 1, "1002", "public", "UNPAUSE"),
    ]


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        (str(SECOND * 1_000_000 - 250_000), str(SECOND * 1_000_000 - 250_000)),
        ("1", str(SECOND * 1_000_000)),
        ("nonsense", str(SECOND * 1_000_000)),
        (str(SECOND * 1_000_000 + 9_000_000), str(SECOND * 1_000_000)),
    ],
)
def test_a_note_says_when_a_thing_was_seen_unless_that_cannot_be(value, seen):
    [line] = read(f"{SECOND}|NONE|NONE|1001|HL_UNREACHABLE|{value}")
    assert (line.event, line.value) == ("HL_UNREACHABLE", seen)


@pytest.mark.parametrize("reason", ["", "../etc", "REST", "a b", "小休", "x" * 41])
def test_a_reason_that_nobody_sets_is_unknown(reason):
    [line] = read(f"{SECOND}|NONE|public|1001|PAUSE|{reason}")
    assert line.value == "unknown"


@given(st.binary(max_size=200))
def test_no_line_can_break_the_reader(line):
    parse_line(line, LineClock())
    parse_line(line + b"\n", LineClock())


@given(st.lists(st.integers(0, 3), max_size=30).map(sorted), st.integers(0, 30))
def test_every_line_has_a_moment_of_its_own_however_the_reading_is_cut(seconds, cut):
    whole = LineClock()
    moments = [whole.moment(SECOND + second) for second in seconds]
    assert moments == sorted(set(moments))
    first = LineClock()
    again = [first.moment(SECOND + second) for second in seconds[:cut]]
    second = LineClock(first.last_us)
    again += [second.moment(SECOND + one) for one in seconds[cut:]]
    assert again == moments
