"""Waits in order: exact ranks of a multiset of microseconds, in time that does not grow with its size.

A wait falls into a cell by its leading bits (each cell is at most 1/1024 of its values wide), cells into
blocks. Counts of blocks lead to the cell, the cell holds its values sorted.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence

_BITS = 10
_BLOCK = 6


class WaitOrder:
    """A multiset of whole numbers ≥ 0; ``percentiles`` reads several of them as one."""

    __slots__ = ("_blocks", "_cells", "_parts", "count")

    def __init__(self) -> None:
        self.count = 0
        self._cells: dict[int, array[int]] = {}
        self._blocks: dict[int, int] = {}
        self._parts: tuple[WaitOrder, ...] = ()
        """Of a union: whose cells these are; each is put together when it is first looked into."""

    def add(self, value: int) -> None:
        """Add a value once more."""
        cell = _cell(value)
        values = self._cells.get(cell) if not self._parts else self.cell(cell)
        if values is None:
            self._cells[cell] = array("q", (value,))
        else:
            insort(values, value)
        block = cell >> _BLOCK
        self._blocks[block] = self._blocks.get(block, 0) + 1
        self.count += 1

    def remove(self, value: int) -> None:
        """Remove a value once; raises ``ValueError`` when it is not there."""
        cell = _cell(value)
        values = self._cells.get(cell) if not self._parts else self.cell(cell)
        at = -1 if values is None else bisect_left(values, value)
        if values is None or at >= len(values) or values[at] != value:
            raise ValueError("no such wait")
        del values[at]
        if not values and not self._parts:
            del self._cells[cell]
        block = cell >> _BLOCK
        self._blocks[block] -= 1
        if not self._blocks[block]:
            del self._blocks[block]
        self.count -= 1

    @classmethod
    def union(cls, orders: Iterable[WaitOrder]) -> WaitOrder:
        """Return a multiset that holds the values of all; those must not be changed afterwards.

        It costs nothing for each value: of a month's waits only the few cells are put together that a rank
        lies in, so that the event loop is never held up by them.
        """
        found = cls()
        found._parts = tuple(orders)
        for order in found._parts:
            for block, inside in order._blocks.items():
                found._blocks[block] = found._blocks.get(block, 0) + inside
            found.count += order.count
        return found

    def blocks(self) -> Mapping[int, int]:
        """Return how many values lie in each block; a higher block's values are greater."""
        return self._blocks

    def cell(self, number: int) -> array[int] | None:
        """Return the sorted values of a cell, if there are any."""
        values = self._cells.get(number)
        if values is None and self._parts:
            inside = [value for part in self._parts for value in part.cell(number) or ()]
            values = self._cells[number] = array("q", sorted(inside))
        return values or None


def percentiles(orders: Sequence[WaitOrder], *percents: int) -> list[int | None]:
    """Return percentiles of all orders as one, by nearest rank: the ⌈percent·n/100⌉-th least."""
    blocks: dict[int, int] = {}
    for order in orders:
        for block, inside in order.blocks().items():
            blocks[block] = blocks.get(block, 0) + inside
    count = sum(blocks.values())
    if not count:
        return [None for _ in percents]
    ordered = sorted(blocks.items())
    return [_ranked(orders, ordered, max((percent * count + 99) // 100, 1)) for percent in percents]


def _ranked(orders: Sequence[WaitOrder], blocks: list[tuple[int, int]], rank: int) -> int:
    """Return the ``rank``-th least value (1 is the least)."""
    left = rank
    for block, inside in blocks:
        if left > inside:
            left -= inside
            continue
        for number in range(block << _BLOCK, (block + 1) << _BLOCK):
            found = [values for order in orders if (values := order.cell(number))]
            here = sum(map(len, found))
            if left > here:
                left -= here
            else:
                return _least_with(found, left)
    raise ValueError("no such rank")


def _least_with(found: Sequence[array[int]], rank: int) -> int:
    """Return the least value up to which so many lie, by halving: no list is made of them."""
    low, high = min(values[0] for values in found), max(values[-1] for values in found)
    while low < high:
        middle = (low + high) // 2
        if sum(bisect_right(values, middle) for values in found) >= rank:
            high = middle
        else:
            low = middle + 1
    return low


def _cell(value: int) -> int:
    """Return the number of a value's cell; it grows with the value."""
    shift = max(value.bit_length() - _BITS - 1, 0)
    return (shift << _BITS) + (value >> shift)
