"""Objects as files: our own part of it, over a folder of this machine in the place of S3."""

import socket
from pathlib import Path

import pytest
from pyarrow import fs

from harness.engines import s3
from harness.engines.s3 import S3
from harness.errors import ServiceFailed

KEYS = {"fs.s3a.access.key": "an id", "fs.s3a.secret.key": "a secret"}
Options = dict[str, object]


@pytest.fixture
def options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Options]:
    """What the clients are made with, whose buckets are folders."""
    made: list[Options] = []

    def client(**given: object) -> fs.FileSystem:
        made.append(given)
        return fs.SubTreeFileSystem(str(tmp_path), fs.LocalFileSystem())

    monkeypatch.setattr(fs, "S3FileSystem", client)
    return made


@pytest.mark.usefixtures("options")
def test_what_is_written_is_read_below_the_run_s_own_folder(tmp_path: Path) -> None:
    files = S3("s3a://bucket/folder/mine", {})
    assert not files.exists("")
    assert files.files("/tmp/table") == []
    files.remove("/tmp/table")

    files.make("/tmp/table")
    for name in ("b", "a"):
        files.write(f"/tmp/table/{name}", name.encode())
    files.make("/tmp/table/folder")

    assert files.exists("")
    assert files.files("/tmp/table") == ["/tmp/table/a", "/tmp/table/b"]
    assert files.read_all(["/tmp/table/b", "/tmp/table/a"]) == [b"b", b"a"]
    assert (tmp_path / "bucket/folder/mine/tmp/table/a").read_bytes() == b"a"
    files.remove("")
    assert [path.name for path in (tmp_path / "bucket").rglob("*")] == ["folder"]


@pytest.mark.usefixtures("options")
def test_what_is_not_there_is_an_error() -> None:
    with pytest.raises(ServiceFailed, match="nowhere"):
        S3("s3a://bucket", {}).read("/nowhere")


def test_the_settings_are_those_of_hadoop(options: list[Options]) -> None:
    S3("s3a://bucket", {}, patience=3)
    S3("s3a://bucket", {**KEYS, "fs.s3a.endpoint": "http://store:9000", "dfs.replication": 1})
    S3(
        "s3a://bucket",
        {
            "fs.s3a.endpoint": "store:9000",
            "fs.s3a.endpoint.region": "here",
            "fs.s3a.connection.ssl.enabled": "false",
        },
    )

    times = {"connect_timeout": s3.CONNECT_S, "request_timeout": s3.REQUEST_S}
    keys = {"access_key": "an id", "secret_key": "a secret"}
    assert options == [
        {**{name: 3 * within_s for name, within_s in times.items()}, "scheme": "https"},
        {**times, "scheme": "http", "endpoint_override": "store:9000", **keys},
        {**times, "scheme": "http", "endpoint_override": "store:9000", "region": "here"},
    ]


def test_a_server_that_is_away_is_an_error_within_seconds() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(ServiceFailed, match="S3 does not answer"):
            S3("s3a://bucket", {**KEYS, "fs.s3a.endpoint": endpoint}).exists("")
