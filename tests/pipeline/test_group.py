"""Several runs on one cluster, ended in the middle; docs/compare.md has those that are not."""

from __future__ import annotations

import os
import signal

from tests.pipeline.repository import Repository


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
