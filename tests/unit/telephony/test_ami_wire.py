from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.telephony.ami_errors import AmiProtocolError, AmiValueError
from hotline.telephony.ami_message import AmiMessage
from hotline.telephony.ami_wire import LONGEST_LINE, MessageBuffer, encode_action, variable
from hotline.telephony.cel import fact_of_event
from support.ami_simulator import trace

ALL = frozenset({"*"})
KEYS = st.from_regex(r"[A-Z][A-Za-z]{1,12}", fullmatch=True).filter(lambda key: key.lower() != "event")
TEXT = st.text(
    st.one_of(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), st.characters(codec="utf-8")),
    max_size=30,
).filter(lambda text: "\r" not in text and "\n" not in text)
SAMPLE = "Event: VarSet\r\nChannel: PJSIP/1\r\nVariable: 姓名\r\nValue: 欧阳𠮷祥“12345”\r\n\r\n".encode()


def feed(pieces: list[bytes], wanted: frozenset[str] = ALL) -> list[AmiMessage]:
    buffer = MessageBuffer(wanted)
    return [message for piece in pieces for message in buffer.feed(piece)]


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[begin:end] for begin, end in pairwise(edges)]


def test_a_message_cut_at_every_two_places_is_the_same() -> None:
    whole = feed([SAMPLE])
    assert whole[0]["Value"] == "欧阳𠮷祥“12345”"
    for first in range(len(SAMPLE)):
        for second in range(first, len(SAMPLE)):
            assert feed([SAMPLE[:first], SAMPLE[first:second], SAMPLE[second:]]) == whole


@given(
    st.lists(st.dictionaries(KEYS, TEXT, max_size=6), min_size=1, max_size=5),
    st.lists(st.integers(0, 1 << 30), max_size=40),
)
def test_chinese_text_in_any_field_survives_any_chunks(
    messages: list[dict[str, str]], places: list[int]
) -> None:
    stream = b"Asterisk Call Manager/11.0.0\r\n" + b"".join(
        b"Event: Some\r\n" + "".join(f"{key}: {value}\r\n" for key, value in one.items()).encode() + b"\r\n"
        for one in messages
    )
    got = feed(cut(stream, places))
    assert [{key: message[key] for key in message if key != "Event"} for message in got] == messages


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 1461, 65536])
def test_a_recorded_stream_is_the_same_in_any_chunk_size(size: int) -> None:
    stream = trace("queue-calls.ami")[:60_000]
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    assert feed(pieces) == feed([stream])


def test_the_recorded_calls_are_read_in_full() -> None:
    buffer = MessageBuffer(frozenset({"CEL"}))
    cel = buffer.feed(trace("queue-calls.ami"))
    assert buffer.version == "11.0.0"
    assert (buffer.kept, buffer.garbage) == (len(cel), 0)
    assert len(cel) == trace("queue-calls.ami").count(b"Event: CEL\r\n") + 1
    assert [message.name for message in cel if message.is_event] == ["CEL"] * (len(cel) - 1)
    names = {message["CallerIDname"] for message in cel if message.is_event}
    assert {"王小明", "李“老”师，市民", "欧阳春华", "赵𠮷祥", "买买提·阿不都"} <= names


def test_a_recorded_event_gives_the_same_fact_whole_and_header_by_header() -> None:
    for message in feed([trace("queue-calls.ami")], frozenset({"CEL"})):
        if message.name == "CEL":
            assert fact_of_event(message) == fact_of_event(dict(message))


def test_unread_events_are_dropped_but_answers_to_our_actions_pass() -> None:
    buffer = MessageBuffer(frozenset({"CEL"}))
    stream = (
        b"Event: VarSet\r\nX: 1\r\n\r\nEvent: CEL\r\nX: 2\r\n\r\n"
        b"Event: QueueMember\r\nActionID: a-7\r\n\r\n"
        b"Event: QueueMember\r\nActionID: b-7\r\n\r\nEvent: CEL\r\n\r\n"
    )
    buffer.mark = b"\r\nActionID: a-"
    assert [message.name for message in buffer.feed(stream)] == ["CEL", "QueueMember", "CEL"]
    assert buffer.kept == 3
    buffer.mark = b""
    assert [message.name for message in buffer.feed(stream)] == ["CEL", "CEL"]
    assert buffer.read_bytes == 2 * len(stream)


def test_repeated_headers_and_case() -> None:
    (message,) = feed([b"Response: Success\r\nOutput: one\r\nOutput: \r\nOutput: three\r\nX-y: z\r\n\r\n"])
    assert message.all("output") == ["one", "", "three"]
    assert (message["OUTPUT"], message["x-Y"], message["response"]) == ("one", "z", "Success")
    assert (message.get("Nothing"), message.get("Nothing", "-")) == ("", "-")
    assert list(message) == ["Response", "Output", "X-y"]
    assert len(message) == 3
    with pytest.raises(KeyError):
        message["Nothing"]


def test_the_switch_s_own_header_wins_over_one_appended_by_a_stranger() -> None:
    (message,) = feed([b"Event: CEL\r\nLinkedID: n-1\r\nCallerIDname: x\r\nLinkedID: n-2\r\n\r\n"])
    assert message["LinkedID"] == "n-1"


def test_bytes_that_are_not_utf8_harm_their_own_field_only() -> None:
    (message,) = feed([b"Event: CEL\r\nA: \xff\xfe\xcd\xf5\r\nB: \xe7\x8e\x8b\r\n\r\n"])
    assert message["B"] == "王"
    assert set(message["A"]) == {"�"}


def test_garbage_between_messages_loses_none() -> None:
    good = b"Event: CEL\r\nN: 1\r\n\r\n"
    stream = good + b"\x00\xffnoise\r\n" + good + b"noise: more\r\n\r\n" + good + b"\r\n\r\n" + good
    buffer = MessageBuffer(ALL)
    assert [message["N"] for message in buffer.feed(stream)] == ["1"] * 4
    assert (buffer.garbage, buffer.kept) == (2, 4)
    picky = MessageBuffer(frozenset({"CEL"}))
    assert picky.feed(stream) == [AmiMessage(good[:-4])] * 4
    assert picky.garbage == 2


@pytest.mark.parametrize("size", [1, 1000, 5000])
def test_a_message_without_an_end_is_refused_at_the_limit(size: int) -> None:
    buffer = MessageBuffer(ALL, limit=10_000)

    def flood() -> None:
        for _ in range(20_000 // size):
            buffer.feed(b"x" * size)

    with pytest.raises(AmiProtocolError, match="without an end"):
        flood()
    assert [message.name for message in buffer.feed(b"Event: Next\r\n\r\n")] == ["Next"]


def test_100_000_fuzzed_messages_lose_no_good_record() -> None:
    rng = random.Random(12345)  # noqa: S311  # a seed makes a failure repeatable
    seeds = [part + b"\r\n\r\n" for part in trace("queue-calls.ami").split(b"\r\n\r\n")[1:200]]
    buffer = MessageBuffer(frozenset({"Good", "CEL"}))
    pending = bytearray()
    got: list[str] = []
    sent = 0
    for number in range(100_000):
        kind = rng.randrange(4)
        if kind == 0:
            pending += f"Event: Good\r\nNumber: {sent}\r\nText: 第{sent}号王小明\r\n\r\n".encode()
            sent += 1
        elif kind == 1:
            bad = bytearray(rng.choice(seeds)[:-4])
            for _ in range(rng.randrange(1, 8)):
                bad[rng.randrange(len(bad))] = rng.randrange(256)
            pending += bytes(bad).replace(b"Good", b"Bad!") + b"\r\n\r\n"
        elif kind == 2:
            pending += rng.randbytes(rng.randrange(60)) + rng.choice([b"\r\n", b"\r\n\r\n"])
        else:
            seed = rng.choice(seeds)
            pending += seed[: rng.randrange(len(seed))] + b"\r\n\r\n"
        if number % 50 == 0:
            for piece in cut(bytes(pending), [rng.randrange(1 << 30) for _ in range(rng.randrange(20))]):
                got += [
                    f"{message['Number']} {message['Text']}"
                    for message in buffer.feed(piece)
                    if message.name == "Good"
                ]
            pending.clear()
    got += [f"{m['Number']} {m['Text']}" for m in buffer.feed(bytes(pending)) if m.name == "Good"]
    assert sent > 20_000
    assert got == [f"{number} 第{number}号王小明" for number in range(sent)]


@given(
    st.lists(
        st.sampled_from(
            [
                b"Event: CEL\r\nN: 1\r\n\r\n",
                b"Event: CEL\r\n\r\n",
                b"Event: CELL\r\nN: 1\r\n\r\n",
                b"Event: VarSet\r\nValue: Event: CEL\r\n\r\n",
                b"Response: Success\r\nX: 1\r\n\r\n",
                b"\r\n",
                b"\r",
                b"\n",
                b"noise\r\n",
                b"noise",
            ]
        ),
        max_size=12,
    ),
    st.lists(st.integers(0, 400), max_size=8),
)
def test_dropping_early_gives_what_reading_all_gives(parts: list[bytes], places: list[int]) -> None:
    pieces = cut(b"".join(parts), places)
    everything = feed(pieces)
    assert feed(pieces, frozenset({"CEL"})) == [
        message for message in everything if not message.is_event or message.name == "CEL"
    ]


@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=8))
def test_any_bytes_are_read_without_a_crash(data: bytes, places: list[int]) -> None:
    for message in feed(cut(data, places)):
        assert all(message[key] == message.all(key)[0] for key in message if ":" not in key)


@pytest.mark.parametrize("bad", [*map(chr, range(32)), "\x7f"])
@pytest.mark.parametrize("place", ["{}", "王{}", "{}王", "a\u200b{}b"])
def test_control_characters_are_refused_in_every_value(bad: str, place: str) -> None:
    text = place.format(bad)
    for fields in ({"CallerID": text}, {"Variable": ["A=1", f"B={text}"]}):
        with pytest.raises(AmiValueError):
            encode_action("Originate", fields, "id-1")
    with pytest.raises(AmiValueError):
        encode_action(f"Ping{bad}", {}, "id-1")


@pytest.mark.parametrize(
    "key", ["", "A B", "A:", "A\r\nAction", "é", "1st", "-x", "ActionID", "action", "x" * 65, "键"]
)
def test_headers_that_are_not_plain_names_are_refused(key: str) -> None:
    with pytest.raises(AmiValueError):
        encode_action("Ping", {key: "1"}, "id-1")


@given(
    st.dictionaries(KEYS.filter(lambda key: key.lower() not in ("action", "actionid")), st.text(max_size=40))
)
def test_what_is_sent_is_exactly_one_action_with_these_headers(fields: dict[str, str]) -> None:
    try:
        encoded = encode_action("Originate", fields, "id-1")
    except AmiValueError:
        assert any(ord(sign) < 32 or sign == "\x7f" for value in fields.values() for sign in value)
        return
    assert encoded.count(b"\r\n\r\n") == 1
    lines = encoded[:-4].decode().split("\r\n")
    assert lines == ["Action: Originate", "ActionID: id-1", *(f"{k}: {v}" for k, v in fields.items())]


def test_a_line_longer_than_the_switch_reads_is_refused() -> None:
    fits = "x" * (LONGEST_LINE - len("Data: \r\n"))
    assert fits.encode() in encode_action("Originate", {"Data": fits}, "id-1")
    with pytest.raises(AmiValueError, match="too long"):
        encode_action("Originate", {"Data": fits + "x"}, "id-1")
    with pytest.raises(AmiValueError, match="headers"):
        encode_action("Originate", {"Variable": ["A=1"] * 200}, "id-1")
    with pytest.raises(AmiValueError, match="Unicode"):
        encode_action("Originate", {"Data": "\ud800"}, "id-1")


def test_a_variable_s_separators_are_escaped() -> None:
    assert variable("HL_NAME", '王,小"明\\${EXTEN}') == 'HL_NAME=王\\,小\\"明\\\\${EXTEN}'
    for name in ("SHELL(id)", "A=B", "A,B", "", "名"):
        with pytest.raises(AmiValueError):
            variable(name, "x")
