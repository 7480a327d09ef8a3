"""A full disk, told as such."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from harness.errors import Missing

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def watched() -> Iterator[None]:
    """Raises Missing where the block is refused the space to write."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise Missing(
            "There is no space left to write.", why=str(error), do="make room on the disk"
        ) from error
