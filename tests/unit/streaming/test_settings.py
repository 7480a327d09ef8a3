from pathlib import Path

import pytest

from streaming.failpoint import Failpoint
from streaming.settings import JobSettings, JobSettingsError

ENVIRONMENT = {
    "STREAMING_BOOTSTRAP_SERVERS": "127.0.0.1:9092",
    "STREAMING_TOPIC": "menu_app_events",
    "STREAMING_FILESYSTEM": "hdfs://127.0.0.1:8020/",
    "STREAMING_TRIGGER_S": "0.5",
    "STREAMING_END_S": "60.0",
    "STREAMING_CHECKPOINT": "/var/a b/checkpoint",
    "STREAMING_PROGRESS": "/var/a b/progress.jsonl",
    "HOME": "/root",
}


def test_every_setting_is_read() -> None:
    assert JobSettings.from_environ(ENVIRONMENT) == JobSettings(
        bootstrap_servers="127.0.0.1:9092",
        topic="menu_app_events",
        filesystem="hdfs://127.0.0.1:8020",
        trigger_s=0.5,
        end_s=60,
        checkpoint="/var/a b/checkpoint",
        progress="/var/a b/progress.jsonl",
    )


def test_all_that_is_missing_is_named() -> None:
    environ = {**ENVIRONMENT, "STREAMING_TOPIC": ""}
    del environ["STREAMING_CHECKPOINT"]
    with pytest.raises(JobSettingsError, match=r"not set: STREAMING_TOPIC, STREAMING_CHECKPOINT$"):
        JobSettings.from_environ(environ)


@pytest.mark.parametrize("text", ["x", "0", "-1", "nan", "inf", "3601"])
def test_a_trigger_that_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(JobSettingsError, match=f"STREAMING_TRIGGER_S .*'{text}'"):
        JobSettings.from_environ({**ENVIRONMENT, "STREAMING_TRIGGER_S": text})


def test_a_failpoint_is_set_in_a_fault_run_alone() -> None:
    assert JobSettings.from_environ(ENVIRONMENT).failpoint is None
    faulty = JobSettings.from_environ({**ENVIRONMENT, "STREAMING_FAILPOINT": "logged:/var/a b/c:d"})
    assert faulty.failpoint == Failpoint("logged", Path("/var/a b/c:d"))


@pytest.mark.parametrize("text", ["", "logged", "logged:", "later:/file"])
def test_an_unknown_failpoint_is_refused(text: str) -> None:
    with pytest.raises(JobSettingsError, match="_FAILPOINT must be one of staged, renamed"):
        JobSettings.from_environ({**ENVIRONMENT, "STREAMING_FAILPOINT": text})


def test_what_lets_it_in_is_read_and_not_shown() -> None:
    given = {"STREAMING_KAFKA": '{"a": "planted"}', "STREAMING_HADOOP": '{"b": "planted"}'}
    settings = JobSettings.from_environ({**ENVIRONMENT, **given})
    assert (settings.kafka, settings.hadoop) == ({"a": "planted"}, {"b": "planted"})
    assert "planted" not in repr(settings)
    for text in ('{"a": "planted"', '["planted"]', '{"a": 7}'):
        with pytest.raises(JobSettingsError, match=r"^STREAMING_HADOOP must be a JSON") as caught:
            JobSettings.from_environ({**ENVIRONMENT, "STREAMING_HADOOP": text})
        assert "planted" not in str(caught.value)
