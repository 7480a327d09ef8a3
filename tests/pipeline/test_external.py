"""The backend external on engines that are not there; test_secured.py has it on some that are."""

from tests.pipeline.engines import held, options
from tests.pipeline.repository import Repository


def test_says_what_it_lacks_before_it_sends_anything(
    standing: Repository, elsewhere: Repository
) -> None:
    before = held(standing)
    nowhere = "127.0.0.1:1"

    said = elsewhere.harness(
        "smoke",
        *options(
            standing,
            **{
                "external.kafka.bootstrap_servers": nowhere,
                "external.kafka.security_protocol": "SASL_PLAINTEXT",
                "external.kafka.user": "bench",
                "external.kafka.password": "planted",
                "external.spark.master": f"spark://{nowhere}",
                "external.presto.catalog": "lake",
            },
        ),
    )

    assert said.code == 3, said
    for word in (
        f"Spark's master spark://{nowhere}",
        "Kafka's topic",
        "Connection refused",
        "lake",
    ):
        assert word in said.err, said
    assert "planted" not in f"{said}"
    written = [path for path in elsewhere.root.rglob("*") if path.is_file()]
    written = [path for path in written if "tests" not in path.parts]
    assert [path for path in written if b"planted" in path.read_bytes()] == []
    assert held(standing) == before
