"""Ctrl-C and SIGTERM: both end a verb, unless something must come to its end first."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def heed() -> None:
    """Make both signals raise KeyboardInterrupt.

    A shell that starts something in the background has it ignore SIGINT, but a run that is sent
    it leaves nothing behind all the same.
    """
    for number in SIGNALS:
        signal.signal(number, _interrupt)


@contextmanager
def deferred() -> Iterator[None]:
    """Ignore further interrupts in a block, which must have deadlines of its own."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
