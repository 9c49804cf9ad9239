"""Python's collector of cycles, set for a process that lives long and makes much of what soon goes."""

from __future__ import annotations

import gc

YOUNG, MIDDLE, OLD = 20_000, 20, 50


def settle() -> None:
    """Never look again at what there is now, and seldom at the rest: call it once everything is started.

    By default Python looks through all young objects at every 700 that are added.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
