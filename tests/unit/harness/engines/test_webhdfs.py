"""Folders and files over HTTP, answered as the NameNode and the DataNode do."""

import json
import socket
import time
from collections.abc import Callable

import pytest

from harness.engines import webhdfs
from harness.engines.webhdfs import WebHdfs
from harness.errors import ServiceFailed

Reply = tuple[int, dict[str, str], bytes]
Serve = Callable[[Callable[[str, str, str], Reply]], str]

FILES = {f"/tmp/a table/p0-{number}.parquet": f"{number}".encode() for number in range(30)}
STATUSES = {
    "FileStatuses": {"FileStatus": [{"pathSuffix": path.rpartition("/")[2]} for path in FILES]}
}


@pytest.fixture
def hdfs(serve: Serve) -> WebHdfs:
    """HDFS with one folder of `FILES`, and one that answers with an error."""

    def datanode(method: str, path: str, body: str) -> Reply:
        content = FILES[path.replace("%20", " ")]
        # The later ones are there first: the order is not that of the answers.
        time.sleep(0.02 if content < b"2" else 0)
        return 200, {}, content

    data = serve(datanode)

    def namenode(method: str, path: str, body: str) -> Reply:
        place, _, query = path.removeprefix("/webhdfs/v1").partition("?")
        match place, query:
            case "/tmp/a%20table", "op=LISTSTATUS&user.name=bench":
                return 200, {}, json.dumps(STATUSES).encode()
            case "/broken", _:
                return 500, {}, b"out of order"
            case _, "op=OPEN&user.name=bench" if place.replace("%20", " ") in FILES:
                return 307, {"Location": f"http://{data}{place}"}, b""
            case _:
                return 404, {}, b'{"RemoteException": {"exception": "FileNotFoundException"}}'

    return WebHdfs(f"http://{serve(namenode)}", "bench")


def test_files_of_a_folder_are_sorted(hdfs: WebHdfs) -> None:
    assert hdfs.files("/tmp/a table") == sorted(FILES)


def test_a_folder_that_is_not_there_has_no_files(hdfs: WebHdfs) -> None:
    assert hdfs.files("/tmp/nowhere") == []


def test_a_file_is_read_from_the_datanode(hdfs: WebHdfs) -> None:
    assert hdfs.read("/tmp/a table/p0-7.parquet") == b"7"


def test_many_files_are_read_in_order(hdfs: WebHdfs) -> None:
    assert hdfs.read_all(FILES) == list(FILES.values())


def test_a_file_that_is_not_there_is_an_error(hdfs: WebHdfs) -> None:
    with pytest.raises(ServiceFailed) as caught:
        hdfs.read_all([*FILES, "/tmp/a table/none"])

    assert caught.value.why.startswith("404 ")
    assert "FileNotFoundException" in caught.value.why


@pytest.mark.parametrize("ask", [WebHdfs.files, WebHdfs.read])
def test_an_answer_that_is_amiss_is_an_error(
    hdfs: WebHdfs, ask: Callable[[WebHdfs, str], object]
) -> None:
    with pytest.raises(ServiceFailed) as caught:
        ask(hdfs, "/broken")

    assert "500 " in caught.value.why
    assert "out of order" in caught.value.why


def test_nobody_there_is_an_error() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(ServiceFailed, match="HDFS does not answer"):
            WebHdfs(f"http://127.0.0.1:{unused.getsockname()[1]}", "bench").files("/")


@pytest.mark.parametrize("patience", [1, 5])
def test_one_that_hangs_is_an_error(monkeypatch: pytest.MonkeyPatch, patience: float) -> None:
    monkeypatch.setattr(webhdfs, "TIMEOUT_S", 0.1)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        url, began = f"http://127.0.0.1:{deaf.getsockname()[1]}", time.monotonic()
        with pytest.raises(ServiceFailed, match="timed out"):
            WebHdfs(url, "bench", patience=patience).read("/file")
        assert time.monotonic() - began >= 0.1 * patience


def test_a_file_goes_to_the_datanode_that_the_namenode_names(serve: Serve) -> None:
    written: dict[str, str] = {}

    def datanode(method: str, path: str, body: str) -> Reply:
        written[path] = body
        return 201, {}, b""

    data = serve(datanode)

    def namenode(method: str, path: str, body: str) -> Reply:
        place, _, query = path.removeprefix("/webhdfs/v1/the/root").partition("?")
        if (method, query) == ("PUT", "op=CREATE&user.name=bench&noredirect=true"):
            return 200, {}, json.dumps({"Location": f"http://{data}{place}"}).encode()
        there = query == "op=GETFILESTATUS&user.name=bench" and place in written
        return (200, {}, b"{}") if there else (404, {}, b"{}")

    files = WebHdfs(f"http://{serve(namenode)}", "bench", "/the/root")
    assert not files.exists("/file")
    files.write("/file", b"written")
    assert written == {"/file": "written"}
    assert files.exists("/file")
