"""The error of a full disk."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from harness.errors import Missing

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def watched() -> Iterator[None]:
    """Raise Missing where the block finds no space to write."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise Missing(
            "There is no space left to write.", why=str(error), do="make room on the disk"
        ) from error
