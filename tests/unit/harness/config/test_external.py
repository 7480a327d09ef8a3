"""The section [external]: what it wants, and that its secrets are written nowhere."""

import json
from pathlib import Path

import pytest

from harness.config import layers
from harness.config.external import SECRETS
from harness.config.model import Config
from harness.errors import UsageError

PLANTED = "007 'planted\" \\secret"
ENVIRONMENT = {
    "BENCH_BACKEND": "external",
    "BENCH_EXTERNAL__KAFKA__BOOTSTRAP_SERVERS": "kafka-1:9093,kafka-2:9093",
    "BENCH_EXTERNAL__KAFKA__SECURITY_PROTOCOL": "SASL_SSL",
    "BENCH_EXTERNAL__KAFKA__USER": "bench",
    "BENCH_EXTERNAL__KAFKA__PASSWORD": PLANTED,
    "BENCH_EXTERNAL__FILESYSTEM__URI": "s3a://bucket/folder",
    "BENCH_EXTERNAL__FILESYSTEM__ACCESS_KEY": PLANTED,
    "BENCH_EXTERNAL__FILESYSTEM__SECRET_KEY": PLANTED,
    "BENCH_EXTERNAL__PRESTO__URL": "https://presto:8443",
    "BENCH_EXTERNAL__PRESTO__PASSWORD": PLANTED,
}


def load(*settings: str, **more: str) -> Config:
    return layers.load_config("bench", settings, environment={**ENVIRONMENT, **more})


def test_is_given_by_the_environment() -> None:
    external = load().external
    assert external is not None
    assert external.kafka.bootstrap_servers == "kafka-1:9093,kafka-2:9093"
    assert external.kafka.password is not None
    assert external.kafka.password.get_secret_value() == PLANTED
    assert external.presto.catalog == "hive"
    assert external.spark.master == "local[2]"
    assert external.prefix == "pipeline_benchmark"


def test_is_wanted_by_its_backend_and_nobody_else() -> None:
    with pytest.raises(UsageError, match=r"wants a section \[external\]"):
        layers.load_config("bench", ["backend=external"], environment={})
    assert layers.load_config("bench", environment={}).external is None


def test_secrets_are_all_that_nobody_is_to_read() -> None:
    assert {
        "external.kafka.password",
        "external.filesystem.access_key",
        "external.filesystem.secret_key",
        "external.presto.password",
    } == SECRETS


def test_no_secret_is_in_anything_that_is_written_down() -> None:
    made = load()
    written = [
        made.toml(),
        made.model_dump_json(),
        json.dumps(made.model_dump(mode="json")),
        repr(made),
        str(made),
    ]
    assert all("planted" not in text for text in written)
    assert "kafka-1:9093" in made.toml()
    without = {name: text for name, text in ENVIRONMENT.items() if text != PLANTED}
    assert made.sha256() == layers.load_config("bench", environment=without).sha256()


def test_secrets_reach_another_process_by_its_environment_alone() -> None:
    made = load()
    fields = json.loads(json.dumps(made.model_dump(mode="json")))

    assert made.secrets() == {name: text for name, text in ENVIRONMENT.items() if text == PLANTED}
    assert layers.restore_config(fields, made.secrets()) == made
    assert layers.restore_config(fields, {}).secrets() == {}
    # Nothing else of the environment changes what was written down.
    assert layers.restore_config(fields, {"BENCH_SEED": "7"}).seed == made.seed


def test_what_a_native_cluster_wrote_down_is_restored_as_it_was() -> None:
    native = layers.load_config("bench", environment={})
    assert layers.restore_config(native.model_dump(mode="json"), ENVIRONMENT) == native
    assert native.secrets() == {}


@pytest.mark.parametrize("text", ["007", "1e3", "true", '"quoted"', "[1]"])
def test_a_password_is_the_text_that_was_given(text: str) -> None:
    external = load(f"external.kafka.password={text}").external
    assert external is not None
    assert external.kafka.password is not None
    assert external.kafka.password.get_secret_value() == text


def test_a_profile_has_it_as_tables(tmp_path: Path) -> None:
    made = load()
    (tmp_path / "mine.toml").write_text(made.toml().replace('profile = "bench"\n', ""))

    again = layers.load_config("mine", environment={}, folder=tmp_path)

    assert again.external is not None
    assert again.external.filesystem.uri == "s3a://bucket/folder"
    assert again.model_dump()["external"] == made.model_dump()["external"]


@pytest.mark.parametrize(
    ("setting", "word"),
    [
        ("external.kafka.user=", "external.kafka.user"),
        ("external.presto.url=http://presto:8080", "https alone"),
        ("external.filesystem.uri=hdfs://namenode:8020/", "webhdfs"),
        ("external.filesystem.uri=file:///tmp", "external.filesystem.uri"),
        ("external.spark.master=mesos://here", "external.spark.master"),
        ("external.prefix=../up", "external.prefix"),
        ("external.kafka.pasword=x", "external.kafka.password"),
        ("external.kafka.password.too=x", "password"),
    ],
)
def test_what_does_not_hold_is_named_without_the_secrets_beside_it(setting: str, word: str) -> None:
    with pytest.raises(UsageError) as caught:
        load(setting)
    assert word in str(caught.value)
    assert "planted" not in f"{caught.value}{caught.value.__cause__}"


def test_a_user_is_wanted_where_he_proves_who_he_is() -> None:
    without = {name: text for name, text in ENVIRONMENT.items() if not name.endswith("__USER")}
    with pytest.raises(UsageError, match="SASL_SSL wants a user") as caught:
        layers.load_config("bench", environment=without)
    assert "planted" not in f"{caught.value}{caught.value.__cause__}"
