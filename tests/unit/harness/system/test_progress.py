import io
import re
import time
from collections.abc import Iterator

import pytest
from rich.console import Console

from harness.system.progress import Display


class Clock:
    """A clock that goes when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    made = Clock()
    monkeypatch.setattr("harness.system.progress.time.monotonic", made)
    yield made
    monkeypatch.undo()
    assert time.monotonic() != made.now


@pytest.fixture
def output() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def piped(output: io.StringIO) -> Display:
    return Display(Console(file=output, width=40))


@pytest.fixture
def terminal(output: io.StringIO) -> Display:
    return Display(Console(file=output, force_terminal=True, width=100))


class TestPiped:
    def test_says_that_a_stage_begins_and_how_it_ends(
        self, piped: Display, output: io.StringIO, clock: Clock
    ) -> None:
        with piped.stage("load"):
            assert output.getvalue() == "load                 begins\n"
            clock.now += 12.34
        assert output.getvalue().splitlines()[1:] == ["load         12.3 s  done"]

    @pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
    def test_says_that_a_stage_failed(
        self, piped: Display, output: io.StringIO, clock: Clock, error: type[BaseException]
    ) -> None:
        with pytest.raises(error), piped.stage("load"):
            raise error
        assert output.getvalue().splitlines()[-1] == "load          0.0 s  failed"

    def test_updates_are_a_line_in_five_seconds(
        self, piped: Display, output: io.StringIO, clock: Clock
    ) -> None:
        with piped.stage("load") as stage:
            for _ in range(120):
                clock.now += 0.1
                stage.update("/login")
        assert sum("/login" in line for line in output.getvalue().splitlines()) == 2

    def test_line_has_what_is_done_the_rate_and_the_rest(
        self, piped: Display, output: io.StringIO, clock: Clock
    ) -> None:
        with piped.stage("load") as stage:
            clock.now += 10
            stage.update("/login?a=[b]", 2_000, 10_000)
        line = output.getvalue().splitlines()[1]
        assert line == "load         10.0 s  /login?a=[b]  2,000 of 10,000  200/s  40 s left"

    def test_nothing_done_has_no_rest(
        self, piped: Display, output: io.StringIO, clock: Clock
    ) -> None:
        with piped.stage("load") as stage:
            clock.now += 10
            stage.update("/login", 0, 10_000)
        assert output.getvalue().splitlines()[1].endswith("/login  0 of 10,000  0/s")

    def test_writes_no_control_characters(
        self, piped: Display, output: io.StringIO, clock: Clock
    ) -> None:
        piped.say("[bold]as it is[/bold] " + "long " * 30)
        with piped.stage("load") as stage:
            clock.now += 6
            stage.update("/login", 1, 2)
        assert "\x1b" not in output.getvalue()
        assert "\r" not in output.getvalue()
        assert output.getvalue().startswith("[bold]as it is[/bold] " + "long " * 30)


class TestTerminal:
    def test_draws_the_stage_anew_and_leaves_one_line(
        self, terminal: Display, output: io.StringIO
    ) -> None:
        with terminal.stage("load") as stage:
            stage.update("/login?a=[b]", 5, 10)
            time.sleep(0.15)
        text = output.getvalue()
        assert "/login?a=[b]" in text
        assert "5/10" in text
        assert re.search(r"load +0\.\d s  done\n", text)

    def test_says_that_a_stage_failed(self, terminal: Display, output: io.StringIO) -> None:
        with pytest.raises(ValueError, match="why"), terminal.stage("load"):
            raise ValueError("why")
        assert re.search(r"load +0\.\d s  failed\n", output.getvalue())


def test_standard_error_is_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    Display().say("a line")
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "a line\n")
