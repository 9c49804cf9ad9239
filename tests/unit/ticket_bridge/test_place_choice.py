"""Which words stand on a ticket as the place or the caller's home, by tables counted from labelled calls."""

from __future__ import annotations

import pytest

from hotline.ticket_bridge.draft import draft
from hotline.ticket_bridge.extract.place_choice import Chosen, likeliest, likeness_of
from hotline.ticket_bridge.extract.place_words import WORD, words_of
from hotline.ticket_bridge.fields import FieldName as F
from hotline.ticket_bridge.measure.measures import normalise
from hotline.ticket_bridge.talk import Talk
from support.entity_calls import UNSEEN, entity_calls
from support.talks import draft_of, transcript_of

CALL = """坐: 您好，请问有什么可以帮您？
市: 你好，我要反映路上有个大坑，昨天晚上骑车摔了一跤。
坐: 请问在什么位置？
市: 章丘区，绣源路，老供销社那个地方。
坐: 多大的坑？
市: 脸盆那么大，挺深的。
坐: 您希望怎么处理？
市: 赶紧填上。
"""


LARGE_ALONE = {"k district": 4.0, "k road": 4.0, "k word": -6.0, "k site": -6.0, "k detail": -6.0}


def talk() -> Talk:
    return Talk(transcript_of(CALL))


def test_components_are_whole_and_the_rest_comes_word_by_word() -> None:
    words = words_of(talk(), "")
    told = {word.value: word.level for word in words}
    assert told["章丘区"] == "district"
    assert told["绣源路"] == "road"
    assert WORD in told.values()


def test_the_words_of_highest_expected_likeness_are_taken() -> None:
    words = words_of(talk(), "")
    chosen = likeliest(words, LARGE_ALONE)
    assert chosen.value == "章丘区绣源路"
    assert [one.words for one in chosen.evidence] == ["章丘区", "绣源路"]
    assert chosen.likeness > 0.8


def test_large_units_are_written_first_and_nothing_twice() -> None:
    said = CALL.replace(
        "多大的坑？\n市: 脸盆那么大", "是章丘区绣源路吗？\n市: 对，绣源路，章丘区的，脸盆那么大"
    )
    assert likeliest(words_of(Talk(transcript_of(said)), ""), LARGE_ALONE).value == "章丘区绣源路"


def test_what_the_rules_took_and_what_was_asked_are_marks() -> None:
    words = words_of(talk(), "绣源路")
    marks = {mark for word in words if word.value == "绣源路" for group in word.marks for mark in group}
    assert {"r True road", "q where road", "L q where"} <= marks


def test_a_place_of_little_likeness_is_none() -> None:
    said = "\n".join(f"坐: 好的，请说。\n市: {what}" for what in ("嗯嗯", "算了吧", "没事了", "再见啊"))
    assert draft_of(said).value(F.PLACE) is None


def test_a_short_call_is_for_the_rules_alone() -> None:
    made = draft_of("坐: 请问在哪里？\n市: 玄武区，丹凤街，路灯不亮。")
    assert made.value(F.PLACE) == "玄武区丹凤街"


def test_a_home_needs_more_than_a_place_does() -> None:
    slight = Chosen("绣源路", (), likeness=0.4, length=5.0)
    assert slight.stands("place")
    assert not slight.stands("address")


def test_where_the_accused_are_is_no_home_and_where_the_caller_lives_is_one() -> None:
    elsewhere = draft_of(CALL)
    assert elsewhere.value(F.ADDRESS) is None
    at_home = draft_of(CALL.replace("老供销社那个地方", "老供销社那个地方。我家住百脉小区7号楼2单元301室"))
    home = str(at_home.value(F.ADDRESS))
    assert home.startswith("章丘区绣源路")
    assert home.endswith("百脉小区7号楼2单元301室")


def test_the_rules_place_is_judged_by_the_chances_of_its_words() -> None:
    words = words_of(talk(), "章丘区绣源路")
    good = likeness_of("章丘区绣源路", words, LARGE_ALONE, 6.0)
    poor = likeness_of("章丘区绣源路", words, {"k district": -4.0, "k road": -4.0}, 6.0)
    assert poor < 0.1
    assert good > 0.9


@pytest.mark.clause("R-T-2")
@pytest.mark.parametrize("name", [F.PLACE, F.ADDRESS])
def test_no_character_of_a_place_is_invented(name: F) -> None:
    for call in entity_calls(UNSEEN):
        field = draft(call.transcript("text"), call.context).fields.get(name)
        if field is not None:
            said = "".join(piece.words for piece in field.evidence)
            assert set(normalise(str(field.value))) <= set(normalise(said)) | set(said), call.id


def test_a_component_is_written_where_it_was_said_with_the_others() -> None:
    read_back = Talk(transcript_of("坐: 几号楼？\n市: 9号楼2单元501。\n坐: 好的，9号楼2单元501，请稍等。"))
    weights = {"k house": 3.0, "k room": 3.0, "k unit": -2.0, "i agent unit": 5.0, "i agent house": -3.0}
    weights |= {"i agent room": -3.0, "k word": -6.0, "k detail": -6.0}
    assert likeliest(words_of(read_back, ""), weights).value == "9号楼2单元501"
