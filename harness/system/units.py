"""Units of memory, and their text."""

from __future__ import annotations

MIB = 2**20
GIB = 2**30


def format_gib(size_bytes: float) -> str:
    """Return a size as `3.25 GiB`."""
    return f"{size_bytes / GIB:.2f} GiB"
