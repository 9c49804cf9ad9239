"""A site's own names: read from its file, put right by sound, and refused with the line that is wrong."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from hotline.core.errors import ConfigError
from hotline.ticket_bridge import local_words
from hotline.ticket_bridge.fields import FieldName
from hotline.ticket_bridge.mend import mend
from hotline.ticket_bridge.words import segment
from support.talks import draft_of

pytestmark = pytest.mark.clause("R-T-2")

TEXT = "\ufeff# 小区\n书香丽苑\n\n临河水务  # 单位\n书香丽苑\n"


@pytest.fixture(autouse=True)
def _no_words_stay() -> Generator[None]:
    yield
    local_words.use(())


def test_a_file_is_one_word_in_a_line(tmp_path: Path):
    file = tmp_path / "words.txt"
    assert local_words.read(file) == (), "it need not be there"
    file.write_text(TEXT, encoding="utf-8")
    assert local_words.read(file) == ("书香丽苑", "临河水务")


@pytest.mark.parametrize("line", ["书 香", "一", "好" * 21, "名称；rm", "a\x00b"])
def test_what_is_no_word_is_refused_with_its_line(tmp_path: Path, line: str):
    file = tmp_path / "words.txt"
    file.write_text(f"书香丽苑\n{line}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        local_words.read(file)
    assert f"{file}:2" in caught.value.message
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError):
        local_words.read(file)


def test_names_hold_together_and_homophones_of_them_are_put_right():
    said = "我住淑香丽园三号楼"
    assert mend(said, {}) == said
    assert "丽苑颐景台" not in list(segment("在丽苑颐景台门口"))
    local_words.use(("书香丽苑", "丽苑颐景台"))
    assert mend(said, {}) == "我住书香丽苑三号楼"
    assert "丽苑颐景台" in list(segment("在丽苑颐景台门口"))
    local_words.use(())
    assert mend(said, {}) == said


def test_a_draft_names_the_place_as_the_site_writes_it():
    local_words.use(("书香丽苑",))
    made = draft_of("市: 我 反映 一下 淑香丽园 三号楼 没 暖气 了")
    assert made.value(FieldName.PLACE) == "书香丽苑3号楼"
