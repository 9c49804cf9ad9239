from __future__ import annotations

import bz2
import gzip
import lzma
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO

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


def gz(path: Path) -> Path:
    """Compress a file as gzip does: the time stays, the plain one goes."""
    packed = path.with_name(path.name + ".gz")
    with gzip.open(packed, "wb") as out:
        out.write(path.read_bytes())
    os.utime(packed, ns=(path.stat().st_mtime_ns, path.stat().st_mtime_ns))
    path.unlink()
    return packed


def rotate(file: Path, number: int, *, suffix: str = "") -> Path:
    rotated = file.with_name(f"{file.name}.{suffix or number}")
    file.rename(rotated)
    os.utime(rotated, (1000 + number, 1000 + number))
    return rotated


def test_compressed_files_that_were_not_read_yet_are_read(file: Path) -> None:
    add(file, "1\n2\n")
    _, position = read_all(file, Position())
    add(file, "3\n4\n")
    gz(rotate(file, 1))
    add(file, "5\n6\n")
    gz(rotate(file, 2))
    add(file, "7\n")
    found, position = read_all(file, position, limit=3)
    assert found == ["3\n", "4\n", "5\n", "6\n", "7\n"]
    assert read_all(file, position)[0] == []


@pytest.mark.parametrize(("opener", "suffix"), [(bz2.open, ".bz2"), (lzma.open, ".xz")])
def test_other_compressions(file: Path, opener: Callable[..., IO[bytes]], suffix: str) -> None:
    with opener(file.with_name(f"{file.name}.1{suffix}"), "wb") as out:
        out.write(b"1\n2\n")
    add(file, "3\n")
    assert read_all(file, Position())[0] == ["1\n", "2\n", "3\n"]


def test_compressed_while_it_is_being_read(file: Path) -> None:
    add(file, "".join(f"{number}\n" for number in range(1000, 1400)))
    rotated = rotate(file, 1)
    add(file, "end\n")
    follower = Follower(file, split_lines)
    batch = follower.read(Position(), limit=700)
    found = [line for _, line in batch.records]
    gz(rotated)
    while batch.more:
        batch = follower.read(batch.position, limit=700)
        found += [line for _, line in batch.records]
    assert found == [f"{number}\n".encode() for number in range(1000, 1400)] + [b"end\n"]


def test_half_compressed_beside_the_plain_one_is_one_file(file: Path) -> None:
    add(file, "".join(f"{number}\n" for number in range(1000, 1400)))
    rotated = rotate(file, 1)
    with gzip.open(rotated.with_name(rotated.name + ".gz"), "wb") as out:
        out.write(rotated.read_bytes()[:600])
    add(file, "end\n")
    found, position = read_all(file, Position())
    assert (len(found), found[-1]) == (401, "end\n")
    assert read_all(file, position)[0] == []


def test_a_copy_beside_the_live_file_is_not_read(file: Path) -> None:
    add(file, "1\n2\n")
    file.with_name(f"{file.name}.backup").write_bytes(file.read_bytes())
    found, position = read_all(file, Position())
    assert found == ["1\n", "2\n"]
    assert read_all(file, position)[0] == []
    add(file, "3\n")
    assert read_all(file, position)[0] == ["3\n"]


def test_copied_and_truncated_before_the_first_line_of_it_was_read(file: Path) -> None:
    add(file, "1\n")
    rotate(file, 1)
    add(file, "2\n")
    found, position = read_all(file, Position())
    assert found == ["1\n", "2\n"]
    rotate(file, 2)
    file.touch()  # the switch has the new file open and has written nothing yet
    _, position = read_all(file, position)
    add(file, "3\n")
    file.with_name(f"{file.name}.3").write_bytes(file.read_bytes())
    file.write_text("4\n")
    assert read_all(file, position)[0] == ["3\n", "4\n"]


def test_a_line_that_is_still_written_into_the_renamed_file_is_not_lost(file: Path) -> None:
    add(file, "1\n")
    _, position = read_all(file, Position())
    with file.open("a") as still_open:
        rotated = rotate(file, 1)
        file.touch()
        found, position = read_all(file, position)
        assert found == []
        still_open.write("2\n")
    assert rotated.read_text() == "1\n2\n"
    add(file, "3\n")
    assert read_all(file, position)[0] == ["2\n", "3\n"]


def test_the_place_is_lost_everything_left_is_read(file: Path) -> None:
    add(file, "1\n")
    _, position = read_all(file, Position())
    rotate(file, 1).unlink()
    add(file, "2\n")
    gz(rotate(file, 2))
    add(file, "3\n")
    assert read_all(file, position)[0] == ["2\n", "3\n"]


def test_order_is_by_the_first_line_when_the_files_times_are_lost(file: Path) -> None:
    for number, second in enumerate((1795320000, 1795320100, 1795320200)):
        add(file, f"{second}|NONE|NONE|NONE|QUEUESTART|\n")
        rotated = rotate(file, 0, suffix="cba"[number])
        os.utime(rotated, (5000 - number, 5000 - number))
    add(file, "1795320300|NONE|NONE|NONE|QUEUESTART|\n")
    assert [line[:10] for line in read_all(file, Position())[0]] == [
        "1795320000",
        "1795320100",
        "1795320200",
        "1795320300",
    ]


def test_our_own_numbers_order_before_times(file: Path) -> None:
    """A clock that was set back between two rotations does not change their order."""
    for number, second in ((1, 1795320100), (2, 1795320000)):
        add(file, f"{second}|x\n")
        rotate(file, number, suffix=f"20261122T0{number}0000Z.{number:06d}")
    add(file, "1795320050|x\n")
    assert [line[7:10] for line in read_all(file, Position())[0]] == ["100", "000", "050"]


def test_a_damaged_compressed_file_does_not_stop_it(file: Path) -> None:
    add(file, "".join(f"{number}\n" for number in range(100_000)))
    packed = gz(rotate(file, 1))
    packed.write_bytes(packed.read_bytes()[:-2000])
    add(file, "end\n")
    found, position = read_all(file, Position(), limit=10_000)
    assert found[0] == "0\n"
    assert found[-1] == "end\n"
    assert len(found) > 1000
    assert read_all(file, position)[0] == []


WORDS = st.lists(st.sampled_from(["line", "rotate", "gzip", "copytruncate", "read", "restart"]), max_size=40)


@settings(max_examples=150, deadline=None)
@given(WORDS)
def test_whatever_happens_to_the_files_every_line_comes_once_and_in_order(
    tmp_path_factory: pytest.TempPathFactory, words: list[str]
) -> None:
    file = tmp_path_factory.mktemp("journal") / "queue_log"
    written: list[str] = []
    found: list[str] = []
    rotated: list[Path] = []
    position = Position()
    follower = Follower(file, split_lines)
    for number, word in enumerate([*words, "line", "read"], 1):
        match word:
            case "line":
                written.append(f"{1795320000 + number}|line {number}\n")
                add(file, written[-1])
            case "rotate" if file.exists() and file.stat().st_size:
                rotated.append(rotate(file, number))
            case "copytruncate" if file.exists() and file.stat().st_size:
                copy = file.with_name(f"{file.name}.{number}")
                copy.write_bytes(file.read_bytes())
                os.utime(copy, (1000 + number, 1000 + number))
                rotated.append(copy)
                os.truncate(file, 0)
            case "gzip" if rotated:
                gz(rotated.pop(0))
            case "restart":
                follower = Follower(file, split_lines)
            case "read":
                more = True
                while more:
                    batch = follower.read(position, limit=60)
                    found += [line.decode() for _, line in batch.records]
                    position, more = batch.position, batch.more
            case _:
                pass
    assert found == written
