"""The micro-batches, as Spark's listener reported them to the streaming job's progress file."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter


class MicroBatch(BaseModel):
    """A micro-batch that had ended at the Unix time `time_ms`."""

    model_config = ConfigDict(frozen=True)

    batch: int
    input_rows: int
    duration_ms: int
    time_ms: int


class _Ready(BaseModel):
    event: Literal["ready"]


_LINE: TypeAdapter[MicroBatch | _Ready] = TypeAdapter(MicroBatch | _Ready)


def read_batches(path: Path) -> list[MicroBatch]:
    """Return the batches of a progress file, in order; an empty list where there is no file.

    Raises ValueError for a line that is not the job's. A last line that was cut off is left out.
    """
    if not path.exists():
        return []
    *lines, _ = path.read_bytes().split(b"\n")
    entries = map(_LINE.validate_json, lines)
    return [entry for entry in entries if isinstance(entry, MicroBatch)]
