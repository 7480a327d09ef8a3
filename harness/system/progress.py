"""What a person sees of a long step: stage, elapsed, rate, what remains."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column

PLAIN_INTERVAL_S = 5.0
# The load pays for what is drawn: at rich's 10 a second, 1.2 % of one CPU instead of 0.4.
LIVE_PER_S = 2


class Stage:
    """One step that is under way."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.started = time.monotonic()
        self.ending = "done"

    @property
    def elapsed_s(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.started

    def update(self, detail: str, done: int | None = None, total: int | None = None) -> None:
        """Show what is being done, and how much of it where that is known."""

    def rate(self, done: int) -> str:
        """How many a second so far."""
        return f"{done / max(self.elapsed_s, 1e-3):,.0f}/s"


class PlainStage(Stage):
    """A step as plain lines, at most one in five seconds."""

    def __init__(self, name: str, console: Console) -> None:
        super().__init__(name)
        self.console = console
        self.printed = self.started

    def update(self, detail: str, done: int | None = None, total: int | None = None) -> None:
        """Print a line when the last is old enough."""
        if time.monotonic() - self.printed < PLAIN_INTERVAL_S:
            return
        self.printed = time.monotonic()
        parts = [f"{self.name:<10} {self.elapsed_s:6.1f} s  {detail}"]
        if done is not None and total:
            parts.append(f"{done:,} of {total:,}  {self.rate(done)}")
            if done:
                parts.append(f"{self.elapsed_s * (total - done) / done:,.0f} s left")
        self.console.print("  ".join(parts), highlight=False, markup=False, soft_wrap=True)


class LiveStage(Stage):
    """A step as one line that is drawn anew."""

    def __init__(self, name: str, bar: Progress, task: TaskID) -> None:
        super().__init__(name)
        self.bar = bar
        self.task = task

    def update(self, detail: str, done: int | None = None, total: int | None = None) -> None:
        """Redraws the line."""
        if done is not None:
            detail = f"{self.rate(done)}  {detail}"
        self.bar.update(self.task, detail=detail, completed=done or 0, total=total)


class Display:
    """Shows stages on standard error: live on a terminal, plain lines elsewhere."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True)

    def say(self, line: str) -> None:
        """Print a line."""
        self.console.print(line, highlight=False, markup=False, soft_wrap=True)

    @contextmanager
    def stage(self, name: str) -> Iterator[Stage]:
        """Show a step from its beginning to its end."""
        with self._live(name) if self.console.is_terminal else self._plain(name) as stage:
            try:
                yield stage
            except BaseException:
                stage.ending = "failed"
                raise
            finally:
                self.say(f"{name:<10} {stage.elapsed_s:6.1f} s  {stage.ending}")

    @contextmanager
    def _plain(self, name: str) -> Iterator[Stage]:
        self.say(f"{name:<10}           begins")
        yield PlainStage(name, self.console)

    @contextmanager
    def _live(self, name: str) -> Iterator[Stage]:
        bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description:<10}", markup=False),
            TimeElapsedColumn(),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[detail]}", markup=False, table_column=Column(no_wrap=True)),
            console=self.console,
            refresh_per_second=LIVE_PER_S,
            transient=True,
        )
        with bar:
            yield LiveStage(name, bar, bar.add_task(name, total=None, detail=""))
