"""Background: work that the kernel does beside what it is asked for, the newest only.

What may live here: the thread that a run is in, and how it is told that nobody wants it any more.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

Check = Callable[[float], None]
"""To be called often, with the share that is done. Raises Cancelled when somebody wants something else."""

Work = Callable[[Check], Iterator[Any]]
"""What is done: results, one after the other."""

PAUSE = 0.03  #: seconds until work begins: what was just changed is shown first, and of many changes the last counts
TELL = 0.15  #: seconds between two words about how far it is


class Cancelled(Exception):
    """Nobody waits for this any more."""


def soon(function: Callable[[], object]) -> None:
    """Call *function* when what is being asked for is answered; at once where no event loop runs."""
    try:
        asyncio.get_running_loop().call_later(PAUSE, function)
    except RuntimeError:
        function()


class Background:
    """One piece of work at a time; a newer one ends the older.

    Results are handed over in the thread that asked for them, between what it is asked for, while *alone* is held.
    Where no event loop runs, in a plain program, the work is done at once.
    """

    def __init__(self, alone: contextlib.AbstractContextManager[object]) -> None:
        self._alone = alone
        self._current = threading.Event()
        self._thread: threading.Thread | None = None

    def start(
        self,
        work: Work,
        deliver: Callable[[Any], object],
        told: Callable[[float], object] = lambda share: None,
        failed: Callable[[Exception], object] = lambda error: None,
    ) -> None:
        """Do *work*, and call *deliver* with each result, *told* now and then with the share that is done."""
        self.cancel()
        mine = self._current = threading.Event()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            try:
                for result in work(lambda share: None):
                    deliver(result)
            except Exception as error:
                failed(error)
            return

        def hand_over(function: Callable[..., object], *values: Any) -> None:
            with self._alone:
                if not mine.is_set():
                    function(*values)

        last = time.monotonic()

        def check(share: float) -> None:
            nonlocal last
            if mine.is_set():
                raise Cancelled
            time.sleep(0)  # whoever else waits for the interpreter, goes first
            if time.monotonic() - last > TELL:
                last = time.monotonic()
                loop.call_soon_threadsafe(hand_over, told, share)

        def run() -> None:
            if mine.wait(PAUSE):
                return
            try:
                for result in work(check):
                    loop.call_soon_threadsafe(hand_over, deliver, result)
            except Cancelled:
                pass
            except Exception as error:
                if not loop.is_closed():
                    loop.call_soon_threadsafe(hand_over, failed, error)

        self._thread = threading.Thread(target=run, name="chansim run", daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Nobody wants what is under way."""
        self._current.set()
