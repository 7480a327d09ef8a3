from harness.cluster.services import hdfs
from harness.config import layers

PREFIX = "dfs.client.block.write.locateFollowingBlock."


def test_a_client_is_as_patient_as_by_default() -> None:
    settings = hdfs.client_settings(layers.load_config("bench", environment={}))
    delay, longest, retries = (
        int(str(settings[PREFIX + name]))
        for name in ("initial.delay.ms", "max.delay.ms", "retries")
    )

    waits = [min(delay * 2**retry, longest) for retry in range(retries)]

    by_default = [400 * 2**retry for retry in range(5)]
    assert waits[0] == 5
    assert sum(waits) >= 0.95 * sum(by_default)
