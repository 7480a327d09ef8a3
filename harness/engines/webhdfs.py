"""HDFS over HTTP, without Java."""

from typing import Any

import requests
from requests.adapters import HTTPAdapter

from harness.engines.files import THREADS, Files
from harness.errors import ServiceFailed

TIMEOUT_S = 10


class WebHdfs(Files):
    """The files below `root`, through the NameNode's HTTP interface at `url`, as `user`.

    Every call raises ServiceFailed where HDFS fails. fsspec's client has no timeouts, so that a
    NameNode that hangs would outlast any deadline; it also took half as long again for a run's
    files.
    """

    def __init__(self, url: str, user: str, root: str = "", *, patience: float = 1.0) -> None:
        self._timeout_s = TIMEOUT_S * patience
        self._user = user
        self._url = f"{url}/webhdfs/v1{root}"
        self._session = requests.Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_connections=2, pool_maxsize=THREADS))

    def files(self, folder: str) -> list[str]:
        """Return the sorted paths of the files in a folder, which need not exist."""
        answer = self._ask("get", folder, "LISTSTATUS")
        if answer.status_code == requests.codes.not_found:
            return []
        statuses: list[dict[str, Any]] = self._checked(answer).json()["FileStatuses"]["FileStatus"]
        return sorted(f"{folder}/{status['pathSuffix']}" for status in statuses)

    def exists(self, path: str) -> bool:
        """Return whether a file or a folder exists at a path."""
        answer = self._ask("get", path, "GETFILESTATUS")
        if answer.status_code == requests.codes.not_found:
            return False
        return self._checked(answer).ok

    def make(self, folder: str) -> None:
        """Create a folder and those above it, where they do not exist."""
        self._checked(self._ask("put", folder, "MKDIRS"))

    def remove(self, folder: str) -> None:
        """Remove a folder, which need not exist, with everything in it."""
        self._checked(self._ask("delete", folder, "DELETE", recursive="true"))

    def write(self, path: str, content: bytes) -> None:
        """Write a new file, at the DataNode that the NameNode names."""
        asked = self._checked(self._ask("put", path, "CREATE", noredirect="true"))
        self._checked(self._send("put", asked.json()["Location"], data=content))

    def read(self, path: str) -> bytes:
        """Return a file's bytes."""
        return self._checked(self._ask("get", path, "OPEN")).content

    def _ask(self, method: str, path: str, operation: str, **more: str) -> requests.Response:
        parameters = {"op": operation, "user.name": self._user, **more}
        return self._send(method, f"{self._url}{path}", params=parameters)

    def _send(self, method: str, url: str, **more: Any) -> requests.Response:
        try:
            return self._session.request(method, url, timeout=self._timeout_s, **more)
        except requests.RequestException as error:
            raise ServiceFailed("HDFS does not answer.", why=str(error)) from error

    def _checked(self, answer: requests.Response) -> requests.Response:
        if not answer.ok:
            why = f"{answer.status_code} for {answer.url}: {answer.text[:500]}"
            raise ServiceFailed("HDFS does not answer as it should.", why=why)
        return answer
