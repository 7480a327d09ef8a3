"""The backend external on a Kafka that wants SASL over TLS, and knows who may do what."""

import secrets
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import AclOperation

from harness.config import layers
from tests.authority import Authority
from tests.pipeline import broker as brokers
from tests.pipeline.broker import Broker, User
from tests.pipeline.engines import PREFIX, held, options, topics
from tests.pipeline.repository import Repository

# Nothing else holds these words. The marks beside one want quoting by whoever passes it on.
WORD, WRONG = secrets.token_hex(8), secrets.token_hex(8)
RIGHTS = frozenset(
    {
        AclOperation.CREATE,
        AclOperation.DESCRIBE,
        AclOperation.READ,
        AclOperation.WRITE,
        AclOperation.DELETE,
    }
)
BENCH = User("bench", f"""it's "{WORD}" = \\o/ ;""", rights=RIGHTS)
WEAK = User("weak", WORD, "PLAIN", RIGHTS - {AclOperation.WRITE})


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Who vouches for the broker."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def broker(
    repository: Repository, authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Broker]:
    """A broker beside that of the cluster that stands."""
    kafka = repository.config.kafka
    beside = layers.load_config(
        "smoke",
        [f"kafka.port={kafka.port + 50}", f"kafka.controller_port={kafka.controller_port + 50}"],
        environment={},
    )
    folder = tmp_path_factory.mktemp("broker")
    with brokers.started(folder, beside, authority, (BENCH, WEAK)) as made:
        made.allow(PREFIX)
        yield made


def secured(engines: Repository, broker: Broker, **more: str) -> list[str]:
    """The settings of a run whose Kafka is the secured one."""
    settings = {
        "bootstrap_servers": broker.address,
        "security_protocol": "SASL_SSL",
        "user": BENCH.name,
        "ca": str(broker.authority.ca),
        **more,
    }
    return options(engines, **{f"external.kafka.{name}": text for name, text in settings.items()})


def knowing(password: str, copy: Repository) -> dict[str, str]:
    """The environment of a verb that is told the password.

    The site's Hadoop settings are good for engines of the site, which these are not.
    """
    return copy.environment(BENCH_EXTERNAL__KAFKA__PASSWORD=password, HADOOP_CONF_DIR="")


def written(*copies: Repository) -> list[Path]:
    """The files of copies that hold a password, or the part of it that no mark disguises."""
    files = [path for copy in copies for path in copy.root.rglob("*") if path.is_file()]
    assert files
    return [path for path in files if holding(path)]


def holding(path: Path) -> bool:
    """Whether a file holds a password; services remove their own files at any time."""
    try:
        return told(path.read_bytes().decode(errors="replace"))
    except FileNotFoundError:
        return False


def typed() -> list[str]:
    """The command lines of this machine's processes that hold one."""
    lines = subprocess.run(
        ["ps", "-e", "-ww", "-o", "args="], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    return [line for line in lines if told(line)]


def told(text: str) -> bool:
    """Whether a text holds a password."""
    return WORD in text or WRONG in text


def test_a_run_leaves_nothing_but_its_record(
    standing: Repository, elsewhere: Repository, broker: Broker
) -> None:
    before = held(standing)

    with elsewhere.begin(
        "smoke", *secured(standing, broker), environment=knowing(BENCH.password, elsewhere)
    ) as smoke:
        smoke.wait_for(elsewhere.standing)
        during = topics(broker.admin), typed()
        code = smoke.wait()

    assert code == 0, smoke.said()
    result = elsewhere.result()
    assert (result.status, result.backend) == ("valid", "external")
    counts = result.counts
    assert counts is not None
    rungs = (counts.sent, counts.accepted, counts.kafka, counts.parquet, counts.presto)
    assert rungs == (19,) * 5
    assert result.resources is not None
    assert result.resources.services.keys() == {"web", "streaming"}
    assert during == ({f"{PREFIX}_{standing.config.kafka.topic}"}, [])
    assert written(elsewhere, standing) == []
    assert topics(broker.admin) == set()
    assert held(standing) == before
    # It has dropped a schema without losing the connection.
    log = standing.cluster / "logs" / "metastore.log"
    assert "Exception in thread" not in log.read_text(encoding="utf-8")


@pytest.fixture
def refused(standing: Repository, elsewhere: Repository, broker: Broker) -> Callable[..., str]:
    """Begins a run that Kafka refuses; returns why, once nothing is left of it but its record."""

    def ask(password: str = BENCH.password, **settings: str) -> str:
        before = held(standing)
        said = elsewhere.harness(
            "smoke",
            *secured(standing, broker, **settings),
            environment=knowing(password, elsewhere),
        )
        assert said.code == 3, said
        assert not told(f"{said}")
        assert elsewhere.result().load is None
        assert written(elsewhere, standing) == []
        assert topics(broker.admin) == set()
        assert held(standing) == before
        (why,) = (line for line in said.err.splitlines() if "why:" in line)
        assert f"Kafka's topic {PREFIX}_{standing.config.kafka.topic}: " in why
        return why

    return ask


def test_a_wrong_password_is_named(refused: Callable[..., str]) -> None:
    assert "Authentication failed during authentication due to invalid credentials" in refused(
        WRONG
    )


def test_a_certificate_of_a_foreign_authority_is_named(
    refused: Callable[..., str], broker: Broker, tmp_path: Path
) -> None:
    why = refused(ca=str(Authority(tmp_path).ca))
    assert f"{broker.address}: the certificate does not hold: unable to get local issuer" in why


def test_a_certificate_of_another_host_is_named(
    refused: Callable[..., str], broker: Broker
) -> None:
    why = refused(bootstrap_servers=broker.misfit)
    assert f"{broker.misfit}: the certificate does not hold: IP address mismatch" in why


def test_a_missing_right_is_named(refused: Callable[..., str]) -> None:
    why = refused(WEAK.password, user=WEAK.name, sasl_mechanism=WEAK.mechanism)
    assert why.endswith(": no right to WRITE it")
