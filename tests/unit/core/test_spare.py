from __future__ import annotations

from pathlib import Path

import pytest

from hotline.core.spare import AT_LEAST_EVERY_S, Spare, Times, read_times


class Machine:
    """Processors whose load is set by hand; 200 units of time a second."""

    def __init__(self) -> None:
        self.now, self.busy, self.total = 1000.0, 0, 0
        self.knows = True
        self.spare = Spare(times=self.times, clock=lambda: self.now)

    def times(self) -> Times | None:
        return Times(self.busy, self.total) if self.knows else None

    def goes_on(self, seconds: float, load: float) -> None:
        self.now += seconds
        self.total += round(200 * seconds)
        self.busy += round(200 * seconds * load)


def test_a_machine_is_full_while_most_of_its_time_is_used():
    machine = Machine()
    assert not machine.spare.is_full()
    machine.goes_on(1, 0.9)
    assert machine.spare.is_full()
    machine.goes_on(0.5, 0.0)
    assert machine.spare.is_full(), "half a second tells nothing"
    machine.goes_on(0.5, 0.1)
    assert not machine.spare.is_full()


def test_what_can_wait_is_let_through_now_and_then_on_a_full_machine():
    machine = Machine()
    may_begin, other = machine.spare.for_work(), machine.spare.for_work()
    machine.goes_on(1, 1.0)
    assert may_begin()
    begun = 0
    for _ in range(100):
        machine.goes_on(0.1, 1.0)
        begun += may_begin()
    assert begun == int(10 / AT_LEAST_EVERY_S)
    assert other(), "each worker has its own turn"


def test_work_goes_on_freely_while_there_is_time():
    machine = Machine()
    may_begin = machine.spare.for_work()
    for _ in range(50):
        machine.goes_on(0.1, 0.4)
        assert may_begin()


def test_a_kernel_that_tells_nothing_holds_nothing_back():
    machine = Machine()
    machine.goes_on(1, 1.0)
    assert machine.spare.is_full()
    machine.knows = False
    machine.goes_on(1, 1.0)
    assert not machine.spare.is_full()
    machine.knows = True
    machine.goes_on(1, 1.0)
    assert not machine.spare.is_full(), "there is nothing to compare with yet"


def test_lowered_processes_count_as_time_to_spare(tmp_path: Path):
    file = tmp_path / "stat"
    file.write_text("cpu  100 5000 50 2000 30 2 3 4 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n", encoding="ascii")
    assert read_times(file) == Times(100 + 50 + 2 + 3 + 4, 100 + 5000 + 50 + 2000 + 30 + 2 + 3 + 4)


@pytest.mark.parametrize("text", ["", "cpu\n", "cpu a b c d e f g h\n", "nonsense"])
def test_a_file_that_is_not_the_kernels_tells_nothing(tmp_path: Path, text: str):
    file = tmp_path / "stat"
    file.write_text(text, encoding="ascii")
    assert read_times(file) is None
    assert read_times(tmp_path / "missing") is None


def test_the_kernel_of_this_machine_is_understood():
    times = read_times()
    assert times is not None
    assert 0 < times.busy < times.total
