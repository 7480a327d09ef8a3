"""Files on S3, without Java, by the settings that Hadoop's s3a takes."""

from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import urlsplit

from pyarrow import fs

from harness.engines.files import Files
from harness.errors import ServiceFailed

CONNECT_S = 5
REQUEST_S = 10

T = TypeVar("T")


class S3(Files):
    """The objects below `uri`, `s3a://bucket/folder`, as if they lay in folders.

    `settings` are Hadoop's, of which the endpoint, the region and the keys count. Without keys,
    Arrow looks for credentials where all clients of S3 do.
    """

    def __init__(self, uri: str, settings: Mapping[str, object], *, patience: float = 1.0) -> None:
        place = urlsplit(uri)
        self._root = f"{place.netloc}{place.path.rstrip('/')}"
        endpoint = str(settings.get("fs.s3a.endpoint", ""))
        secure = str(settings.get("fs.s3a.connection.ssl.enabled", "true")) == "true"
        scheme, _, host = endpoint.rpartition("://")
        options = {
            "endpoint_override": host,
            "scheme": scheme or ("https" if secure else "http"),
            "region": settings.get("fs.s3a.endpoint.region"),
            "access_key": settings.get("fs.s3a.access.key"),
            "secret_key": settings.get("fs.s3a.secret.key"),
        }
        self._s3 = fs.S3FileSystem(
            connect_timeout=CONNECT_S * patience,
            request_timeout=REQUEST_S * patience,
            **{name: value for name, value in options.items() if value},
        )

    def files(self, folder: str) -> list[str]:
        """Return the sorted paths of the files in a folder, which need not exist."""
        selector = fs.FileSelector(self._root + folder, allow_not_found=True)
        found = self._call(lambda: self._s3.get_file_info(selector))
        return sorted(f"{folder}/{info.base_name}" for info in found if info.is_file)

    def exists(self, path: str) -> bool:
        """Return whether a file or a folder exists at a path."""
        info = self._call(lambda: self._s3.get_file_info(self._root + path))
        return bool(info.type != fs.FileType.NotFound)

    def make(self, folder: str) -> None:
        """Create an object that stands for a folder."""
        self._call(lambda: self._s3.create_dir(self._root + folder))

    def remove(self, folder: str) -> None:
        """Remove all objects of a folder, which need not exist."""
        if self.exists(folder):
            self._call(lambda: self._s3.delete_dir(self._root + folder))

    def write(self, path: str, content: bytes) -> None:
        """Write an object."""

        def put() -> None:
            with self._s3.open_output_stream(self._root + path) as stream:
                stream.write(content)

        self._call(put)

    def read(self, path: str) -> bytes:
        """Return an object's bytes."""

        def get() -> bytes:
            with self._s3.open_input_stream(self._root + path) as stream:
                content: bytes = stream.read()
            return content

        return self._call(get)

    def _call(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except OSError as error:
            raise ServiceFailed("S3 does not answer as it should.", why=str(error)) from error
