from __future__ import annotations

from pathlib import Path

from harness import config
from harness.cluster import hdfs
from tests.unit.harness.cluster import fakes

PREFIX = "dfs.client.block.write.locateFollowingBlock."


def test_a_client_is_as_patient_as_by_default(tmp_path: Path) -> None:
    site = fakes.site(tmp_path, tmp_path, config.load("bench", environment={}))
    settings = hdfs.client_settings(site)
    delay, longest, retries = (
        int(str(settings[PREFIX + name]))
        for name in ("initial.delay.ms", "max.delay.ms", "retries")
    )

    waits = [min(delay * 2**retry, longest) for retry in range(retries)]

    by_default = [400 * 2**retry for retry in range(5)]
    assert waits[0] == 5
    assert sum(waits) >= 0.95 * sum(by_default)
