import json

from streaming.topic import SourceTopic


def test_every_partition_has_a_start() -> None:
    topic = SourceTopic("menu_app_events", "id", [0, 1, 2])
    assert json.loads(topic.starting_offsets({1: 42})) == {
        "menu_app_events": {"0": -2, "1": 42, "2": -2}
    }
