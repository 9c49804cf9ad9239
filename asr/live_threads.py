"""A fixed set of threads that give turns, in the order of asking, to whoever has something to do.

One who has a turn is in one thread only, and stands at the end again when there is more to do: many legs
share a few threads, and a leg with much to catch up on holds nobody up longer than one turn.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from threading import Condition, Thread, current_thread
from typing import Protocol

from .errors import AsrError


class ThreadGoneError(AsrError):
    """A thread ended, or did not come back, in the middle of a turn."""

    error_id = "asr.thread_gone"


class Turns(Protocol):
    """Somebody who has work from time to time."""

    def turn(self) -> bool:
        """Do a little; tell whether there is more. In one thread at a time."""
        ...

    def failed(self, error: BaseException) -> None:
        """Take note that a turn ended with an error; must not raise. In any thread."""
        ...


class _Work:
    """What a thread is doing."""

    def __init__(self, thread: Thread) -> None:
        self.thread = thread
        self.who: Turns | None = None
        self.since = 0.0
        self.is_given_up = False


class FairThreads:
    """``count`` threads; ``look`` replaces those that died or hang, and is to be called now and then.

    A thread cannot be ended from outside: one that hangs is left alone and another begins, so often at
    most as there are threads.
    """

    def __init__(
        self,
        count: int,
        *,
        name: str,
        stuck_s: float = 30.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.count = count
        self.died = 0
        """Threads that ended, or were given up, in a turn."""
        self._name = name
        self._stuck_s = stuck_s
        self._monotonic = monotonic
        self._changed = Condition()
        self._waiting: deque[Turns] = deque()
        self._known: set[Turns] = set()
        """Who waits or has a turn."""
        self._again: set[Turns] = set()
        """Who has a turn and asked meanwhile."""
        self._works: list[_Work] = []
        self._given_up: list[_Work] = []
        self._busy_s = 0.0
        self._closed = False

    def ready(self, who: Turns) -> None:
        """Give ``who`` a turn soon; asking twice is asking once."""
        with self._changed:
            if self._closed:
                return
            if who in self._known:
                self._again.add(who)
                return
            self._known.add(who)
            self._waiting.append(who)
            self._changed.notify()

    def look(self) -> int:
        """Begin threads until ``count`` work; returns how many ended or hang since last time."""
        lost: list[tuple[Turns, ThreadGoneError]] = []
        with self._changed:
            if self._closed:
                return 0
            now = self._monotonic()
            self._given_up = [work for work in self._given_up if work.thread.is_alive()]
            for work in list(self._works):
                who = work.who
                if not work.thread.is_alive():
                    error = ThreadGoneError("a thread of live speech ended in the middle of its work")
                elif who is not None and now - work.since > self._stuck_s:
                    if len(self._given_up) >= self.count:
                        continue
                    error = ThreadGoneError(
                        "a thread of live speech does not come back", seconds=self._stuck_s
                    )
                    work.is_given_up = True
                    self._given_up.append(work)
                else:
                    continue
                self._works.remove(work)
                self.died += 1
                if who is not None:
                    self._known.discard(who)
                    self._again.discard(who)
                    lost.append((who, error))
            while len(self._works) < self.count:
                self._begin()
        for who, error in lost:
            who.failed(error)
        return len(lost)

    def busy_s(self) -> float:
        """Return for how long, in all, threads have been in turns."""
        with self._changed:
            now = self._monotonic()
            return self._busy_s + sum(now - work.since for work in self._works if work.who is not None)

    def close(self, limit_s: float = 3.0) -> bool:
        """End the threads after their turns; False when one does not end. Blocks."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()
            works = list(self._works)
        end = time.monotonic() + limit_s
        for work in works:
            if work.thread is not current_thread():
                work.thread.join(max(end - time.monotonic(), 0.0))
        return not any(work.thread.is_alive() for work in works)

    def _begin(self) -> None:
        thread = Thread(target=self._run, name=f"{self._name}-{len(self._works)}", daemon=True)
        self._works.append(_Work(thread))
        thread.start()

    def _run(self) -> None:
        with self._changed:
            work = next(one for one in self._works if one.thread is current_thread())
        while (who := self._next(work)) is not None:
            more, alive = False, True
            try:
                more = who.turn()
            except Exception as error:  # whatever it is, the others go on
                who.failed(error)
            except BaseException:  # the thread is to end: what it leaves is seen by ``look``
                alive = False
            if not alive or not self._done(work, who, more=more):
                return

    def _next(self, work: _Work) -> Turns | None:
        with self._changed:
            while not self._waiting and not self._closed:
                self._changed.wait()
            if self._closed:
                return None
            work.who = self._waiting.popleft()
            work.since = self._monotonic()
            return work.who

    def _done(self, work: _Work, who: Turns, *, more: bool) -> bool:
        with self._changed:
            if work.is_given_up:
                return False
            self._busy_s += self._monotonic() - work.since
            work.who = None
            if more or who in self._again:
                self._again.discard(who)
                self._waiting.append(who)
                self._changed.notify()
            else:
                self._known.discard(who)
            return not self._closed
