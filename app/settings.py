"""The app's settings, from the environment."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


class SettingsError(ValueError):
    """A variable of the environment that is missing or malformed; its text is one line."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where events go and how, what they are made from, and where the ledger is kept.

    `kafka` are properties of Kafka's client, such as a user and a password.
    """

    bootstrap_servers: str
    topic: str
    client: str
    publish: str
    linger_ms: int
    seed: int
    ledger: Path
    kafka: Mapping[str, str] = field(default_factory=dict, repr=False)


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Read the `APP_` variables; raise SettingsError for the first that is missing or malformed."""

    def read(name: str, pattern: str, meaning: str) -> str:
        value = environment.get(name)
        if value is None:
            raise SettingsError(f"{name} is not set; it is {meaning}")
        if re.fullmatch(pattern, value) is None:
            raise SettingsError(f"{name} is {value!r}; it should be {meaning}")
        return value

    client = read("APP_CLIENT", "librdkafka|kafka-python", "librdkafka or kafka-python")
    # kafka-python stands for a system that waits for no acknowledgement.
    ways = ["queued"] if client == "kafka-python" else ["acknowledged", "queued"]
    server = r"[^\s,:]+:\d{1,5}"
    settings = Settings(
        bootstrap_servers=read("APP_BOOTSTRAP_SERVERS", f"{server}(,{server})*", "host:port"),
        topic=read("APP_TOPIC", r"[A-Za-z0-9._-]{1,249}", "the name of a Kafka topic"),
        client=client,
        publish=read("APP_PUBLISH", "|".join(ways), " or ".join(ways)),
        # librdkafka wants the linger below the 1.5 s that a message may take.
        linger_ms=int(read("APP_LINGER_MS", "[0-9]{1,3}|1000", "0 to 1000 milliseconds")),
        seed=int(read("APP_SEED", "[0-9]{1,19}", "a whole number of at most 19 digits")),
        ledger=Path(read("APP_LEDGER", ".+", "a folder")),
        kafka=_texts("APP_KAFKA", environment.get("APP_KAFKA", "{}")),
    )
    if not settings.ledger.is_dir():
        raise SettingsError(f"APP_LEDGER is {str(settings.ledger)!r}, which is no folder")
    return settings


def _texts(name: str, text: str) -> Mapping[str, str]:
    """Read a JSON object of texts; it may hold a password, and so is not in the error."""
    try:
        fields = json.loads(text)
    except ValueError:
        fields = None
    if not isinstance(fields, dict) or not all(isinstance(value, str) for value in fields.values()):
        raise SettingsError(f"{name} is not a JSON object of texts")
    return fields
