"""The few calls that the job makes to the file system it commits to."""

from typing import Any, Protocol


class FileSystem(Protocol):
    """A file system with an atomic rename. Paths are absolute below one root."""

    def list(self, folder: str) -> list[str]:
        """Return the paths of all files under a folder, at any depth, in no order."""

    def create_folder(self, folder: str) -> None:
        """Create a folder and its parents, where they are missing."""

    def read(self, path: str) -> str:
        """Return the text of a file."""

    def write(self, path: str, text: str) -> None:
        """Write a new file."""

    def rename(self, source: str, target: str) -> None:
        """Move a file; raise OSError if the target exists or the source does not."""

    def remove(self, path: str) -> None:
        """Remove a file, or a folder with all it holds, if it is there."""


class HadoopFileSystem:
    """A FileSystem by Hadoop's client in the driver's JVM; its root is the folder of `uri`."""

    def __init__(self, jvm: Any, configuration: Any, uri: str) -> None:
        # Kept, as each dotted name costs a search of the whole class path.
        self._path = jvm.org.apache.hadoop.fs.Path
        self._to_string = jvm.org.apache.commons.io.IOUtils.toString
        # A checkpoint may be a plain path with a space in it, which Java's own URI refuses.
        root = self._path(uri)
        self._hadoop = root.getFileSystem(configuration)
        self._root = root.toUri().getPath().rstrip("/")

    def list(self, folder: str) -> list[str]:
        """Return the paths of all files under a folder, at any depth, in no order."""
        files = self._hadoop.listFiles(self._at(folder), True)
        paths = []
        while files.hasNext():
            path: str = files.next().getPath().toUri().getPath()
            paths.append(path.removeprefix(self._root))
        return paths

    def create_folder(self, folder: str) -> None:
        """Create a folder and its parents, where they are missing."""
        self._hadoop.mkdirs(self._at(folder))

    def read(self, path: str) -> str:
        """Return the text of a file."""
        stream = self._hadoop.open(self._at(path))
        try:
            return str(self._to_string(stream, "UTF-8"))
        finally:
            stream.close()

    def write(self, path: str, text: str) -> None:
        """Write a new file."""
        stream = self._hadoop.create(self._at(path), False)
        try:
            stream.write(text.encode())
        finally:
            stream.close()

    def rename(self, source: str, target: str) -> None:
        """Move a file; raise OSError if the target exists or the source does not."""
        if not self._hadoop.rename(self._at(source), self._at(target)):
            raise OSError(f"{source} cannot be renamed to {target}: gone, or the target is there")

    def remove(self, path: str) -> None:
        """Remove a file, or a folder with all it holds, if it is there."""
        self._hadoop.delete(self._at(path), True)

    def _at(self, path: str) -> Any:
        return self._path(self._root + path)
