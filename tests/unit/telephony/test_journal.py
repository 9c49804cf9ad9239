from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.telephony.journal import Follower, Position
from hotline.telephony.journal_text import split_lines


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "journal.csv"


def add(path: Path, text: str) -> None:
    with path.open("a") as out:
        out.write(text)


def read_all(path: Path, position: Position, *, limit: int = 1_000_000) -> tuple[list[str], Position]:
    """Read to the end with a follower that remembers nothing but the position."""
    found: list[str] = []
    for _ in range(1000):
        batch = Follower(path, split_lines).read(position, limit=limit)
        found.extend(line.decode() for _, line in batch.records)
        position = batch.position
        if not batch.more:
            return found, position
    raise AssertionError("never ends")


def test_nothing_there_yet(file: Path) -> None:
    assert read_all(file, Position()) == ([], Position())


def test_goes_on_where_it_was_and_waits_for_the_end_of_a_line(file: Path) -> None:
    add(file, "1\n2\n3")
    first, position = read_all(file, Position())
    add(file, "3\n4\n")
    second, position = read_all(file, position)
    assert (first, second) == (["1\n", "2\n"], ["33\n", "4\n"])
    assert read_all(file, position)[0] == []


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=30), st.integers(12, 40))
def test_small_bites_give_every_line_once(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[int], limit: int
) -> None:
    path = tmp_path_factory.mktemp("journal") / "j"
    lines = [f"{number}\n" for number in numbers]
    path.write_text("".join(lines))
    assert read_all(path, Position(), limit=limit)[0] == lines


def test_a_rotated_file_is_read_to_its_end_first(file: Path) -> None:
    add(file, "1\n2\n")
    _, position = read_all(file, Position())
    add(file, "3\n")
    file.rename(file.with_name("journal.csv.1"))
    found, position = read_all(file, position)
    assert found == ["3\n"]
    add(file, "4\n")
    found, position = read_all(file, position)
    assert found == ["4\n"]
    assert read_all(file, position)[0] == []


def test_several_rotations_while_away(file: Path) -> None:
    add(file, "1\n")
    _, position = read_all(file, Position())
    add(file, "2\n")
    for number, name in enumerate(("journal.csv.1", "journal.csv.2")):
        file.rename(file.with_name(name))
        os.utime(file.with_name(name), (1000 + number, 1000 + number))
        add(file, f"{number + 3}\n")
    assert read_all(file, position)[0] == ["2\n", "3\n", "4\n"]


def test_a_truncated_file_is_read_from_its_beginning(file: Path) -> None:
    add(file, "1\n2\n3\n")
    _, position = read_all(file, Position())
    file.write_text("4\n")
    found, position = read_all(file, position)
    assert found == ["4\n"]
    file.write_text("5\n6\n7\n8\n9\n")
    assert read_all(file, position)[0] == ["5\n", "6\n", "7\n", "8\n", "9\n"]


def test_copied_and_truncated(file: Path) -> None:
    add(file, "1\n")
    _, position = read_all(file, Position())
    add(file, "2\n")
    file.with_name("journal.csv.1").write_bytes(file.read_bytes())
    file.write_text("3\n")
    assert read_all(file, position)[0] == ["2\n", "3\n"]


def test_a_restored_copy_is_the_same_file(file: Path) -> None:
    add(file, "1\n2\n")
    _, position = read_all(file, Position())
    data = file.read_bytes()
    file.unlink()
    file.write_bytes(data + b"3\n")
    assert read_all(file, position)[0] == ["3\n"]


def test_a_file_of_one_endless_line_does_not_stop_it(file: Path) -> None:
    add(file, "x" * 100 + "\n1\n")
    found, _ = read_all(file, Position(), limit=32)
    assert found[-1] == "1\n"
