"""The engines of a cluster that stands, for a run of another copy of the repository."""

from confluent_kafka.admin import AdminClient

from tests.pipeline.repository import Repository

PREFIX = "a_run"


def options(engines: Repository, **more: str) -> list[str]:
    """The settings of a run on the engines of a cluster."""
    to = engines.addresses
    settings = {
        "backend": "external",
        "app.port": str(engines.config.app.port + 50),
        "external.prefix": PREFIX,
        "external.kafka.bootstrap_servers": to.kafka,
        "external.filesystem.uri": to.filesystem.uri,
        "external.filesystem.webhdfs": str(to.filesystem.webhdfs),
        "external.presto.url": to.presto.url,
        **more,
    }
    return [f"--set={name}={value}" for name, value in settings.items()]


def topics(kafka: AdminClient) -> set[str]:
    """The topics of a broker."""
    # It makes one of its own at the first consumer.
    return {name for name in kafka.list_topics(timeout=10).topics if name[:2] != "__"}


def held(engines: Repository) -> dict[str, object]:
    """What is on the engines, but for what the services keep of themselves."""
    files = engines.addresses.filesystem.client()
    tables = ("menu_app_events", "menu_app_orders")
    return {
        "topics": topics(AdminClient({"bootstrap.servers": engines.addresses.kafka})),
        "folders": files.files(""),
        "files": [files.files(f"/tmp/{table}") for table in tables],
        "schemas": sorted(engines.select("SHOW SCHEMAS")),
        "rows": [engines.select(f"SELECT count(*) FROM {table}") for table in tables],
    }
