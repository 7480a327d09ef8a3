"""Several runs from the same empty state, and what is said of them."""

from __future__ import annotations

import os
import signal

from harness.compare.comparison import Comparison
from harness.record import history
from tests.pipeline.repository import Repository


def test_runs_of_a_group_begin_alike(standing: Repository) -> None:
    before = standing.runs()
    said = standing.harness("smoke", "--repeat", "2", "--group", "alike")
    assert said.code == 0, said
    assert "Group alike: 2 of 2 runs valid\n" in said.out
    assert standing.standing()
    names = [name for name in standing.runs() if name not in before]
    results = [standing.result(name) for name in names]
    for result in results:
        assert (result.group, result.status) == ("alike", "valid")
        assert result.counts is not None
        assert result.counts.presto == 19

    entries = {entry.run_id: entry for entry in history.entries(standing.results)}
    assert {entries[name].group for name in names} == {"alike"}
    (branch,) = {entries[name].branch for name in names}
    said = standing.harness("history", "--profile", "smoke")
    assert said.code == 0, said
    assert branch in said.out

    said = standing.harness("compare", *names, "--format", "json")
    assert said.code == 0, said
    made = Comparison.model_validate_json(said.out)
    assert made.differences == ()
    assert {row.verdict for row in made.rows} == {"too few runs", "not measured"}

    again = standing.harness("smoke", "--group", "alike")
    assert again.code == 2, again
    assert "There is a group 'alike' already." in again.err


def test_interrupted_group_leaves_nothing(alone: Repository) -> None:
    before = alone.runs()
    with alone.begin("smoke", "--repeat", "3", "--group", "broken-off") as group:
        group.wait_for(lambda: "Run 1 of 3" in group.said())
        os.killpg(group.pid, signal.SIGINT)
        assert group.wait() == 130, group.said()
        assert "Traceback" not in group.said()
        assert "Group broken-off: 1 of" in group.said()
        assert alone.left() == []
    first, *others = [alone.result(name) for name in alone.runs() if name not in before]
    assert first.status == "valid"
    # The engines stood before, in the first run too.
    assert first.startup.keys() == {"web", "streaming"}
    assert [other.status for other in others] in ([], ["aborted"])
