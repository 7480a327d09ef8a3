"""The app's settings: all of the environment's variables, and none that is amiss."""

from pathlib import Path

import pytest

from app.settings import Settings, SettingsError, from_environment


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {
        "APP_BOOTSTRAP_SERVERS": "127.0.0.1:9092",
        "APP_TOPIC": "menu_app_events",
        "APP_CLIENT": "librdkafka",
        "APP_PUBLISH": "queued",
        "APP_LINGER_MS": "20",
        "APP_SEED": "7",
        "APP_LEDGER": str(tmp_path),
    }


def test_the_settings_are_read(environment: dict[str, str], tmp_path: Path) -> None:
    assert from_environment(environment) == Settings(
        bootstrap_servers="127.0.0.1:9092",
        topic="menu_app_events",
        client="librdkafka",
        publish="queued",
        linger_ms=20,
        seed=7,
        ledger=tmp_path,
    )


def test_what_lets_it_in_is_read_and_not_shown(environment: dict[str, str]) -> None:
    settings = from_environment(environment | {"APP_KAFKA": '{"sasl.password": "planted"}'})
    assert settings.kafka == {"sasl.password": "planted"}
    assert "planted" not in repr(settings)
    for text in ('{"sasl.password": "planted"', '["planted"]', '{"sasl.password": 7}', "planted"):
        with pytest.raises(SettingsError, match=r"^APP_KAFKA is not a JSON object") as caught:
            from_environment(environment | {"APP_KAFKA": text})
        assert "planted" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("APP_BOOTSTRAP_SERVERS", "kafka-1:9092,kafka-2:9092"),
        ("APP_PUBLISH", "acknowledged"),
        ("APP_LINGER_MS", "0"),
        ("APP_LINGER_MS", "1000"),
        ("APP_SEED", str(2**63 - 1)),
    ],
)
def test_values_at_the_edge_are_taken(environment: dict[str, str], name: str, value: str) -> None:
    from_environment(environment | {name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("APP_BOOTSTRAP_SERVERS", ""),
        ("APP_BOOTSTRAP_SERVERS", "127.0.0.1"),
        ("APP_TOPIC", "menu app"),
        ("APP_CLIENT", "kafka"),
        ("APP_PUBLISH", "Queued"),
        ("APP_LINGER_MS", "-1"),
        ("APP_LINGER_MS", "1001"),
        ("APP_LINGER_MS", "5.0"),
        ("APP_SEED", "-1"),
        ("APP_SEED", "one"),
        ("APP_SEED", "9" * 20),
        ("APP_LEDGER", "/dev/null"),
    ],
)
def test_a_malformed_one_is_named_in_one_line(
    environment: dict[str, str], name: str, value: str
) -> None:
    with pytest.raises(SettingsError, match=f"^{name} .*$"):
        from_environment(environment | {name: value})


def test_a_missing_one_is_named_in_one_line(environment: dict[str, str]) -> None:
    for name in environment:
        with pytest.raises(SettingsError, match=f"^{name} is not set.*$"):
            from_environment({key: environment[key] for key in environment.keys() - {name}})


def test_kafka_python_waits_for_no_acknowledgement(environment: dict[str, str]) -> None:
    python = environment | {"APP_CLIENT": "kafka-python"}
    assert from_environment(python).client == "kafka-python"
    with pytest.raises(
        SettingsError, match=r"^APP_PUBLISH is 'acknowledged'; it should be queued$"
    ):
        from_environment(python | {"APP_PUBLISH": "acknowledged"})
