"""Waits in order: exact ranks of a multiset of microseconds, in time that does not grow with its size.

A wait falls into a cell by its leading bits (each cell is at most 1/512 of its values wide), cells into
blocks. Counts of blocks lead to the cell, the cell holds its values sorted.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections.abc import Sequence

_BITS = 9
_BLOCK = 6


class WaitOrder:
    """A multiset of whole numbers ≥ 0; ``rank`` reads several of them as one."""

    __slots__ = ("_blocks", "_cells", "count")

    def __init__(self) -> None:
        self.count = 0
        self._cells: dict[int, array[int]] = {}
        self._blocks: dict[int, int] = {}

    def add(self, value: int) -> None:
        """Add a value once more."""
        cell = _cell(value)
        values = self._cells.get(cell)
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
        values = self._cells.get(cell)
        at = -1 if values is None else bisect_left(values, value)
        if values is None or at >= len(values) or values[at] != value:
            raise ValueError("no such wait")
        del values[at]
        if not values:
            del self._cells[cell]
        block = cell >> _BLOCK
        self._blocks[block] -= 1
        if not self._blocks[block]:
            del self._blocks[block]
        self.count -= 1

    @staticmethod
    def rank(orders: Sequence[WaitOrder], rank: int) -> int:
        """Return the ``rank``-th least value (1 is the least) of all orders together."""
        left = rank
        for block in sorted({block for order in orders for block in order._blocks}):
            inside = sum(order._blocks.get(block, 0) for order in orders)
            if left > inside:
                left -= inside
                continue
            for cell in range(block << _BLOCK, (block + 1) << _BLOCK):
                found = [values for order in orders if (values := order._cells.get(cell))]
                inside = sum(map(len, found))
                if left > inside:
                    left -= inside
                elif len(found) == 1:
                    return found[0][left - 1]
                else:
                    return sorted(value for values in found for value in values)[left - 1]
        raise ValueError("no such rank")


def percentile(orders: Sequence[WaitOrder], percent: int) -> int | None:
    """Return a percentile by nearest rank: the ⌈percent·n/100⌉-th least; None of nothing."""
    count = sum(order.count for order in orders)
    return WaitOrder.rank(orders, max((percent * count + 99) // 100, 1)) if count else None


def _cell(value: int) -> int:
    """Return the number of a value's cell; it grows with the value."""
    shift = max(value.bit_length() - _BITS - 1, 0)
    return (shift << _BITS) + (value >> shift)
