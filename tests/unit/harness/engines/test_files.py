from harness.engines.files import empty_tables
from harness.engines.webhdfs import WebHdfs


class Hdfs(WebHdfs):
    """Folders and files in memory."""

    def __init__(self, *paths: str) -> None:
        self.paths = set(paths)

    def remove(self, folder: str) -> None:
        self.paths -= {path for path in self.paths if f"{path}/".startswith(f"{folder}/")}

    def make(self, folder: str) -> None:
        self.paths.add(folder)


def test_only_the_folders_of_the_tables_are_left() -> None:
    files = Hdfs(
        "/tmp/menu_app_orders/p0.parquet", "/menu_app/commits/0000000000.json", "/menu_apple"
    )

    empty_tables(files)

    assert files.paths == {
        "/tmp/menu_app_events",
        "/tmp/menu_app_orders",
        "/tmp/menu_app_dead_letters",
        "/menu_apple",
    }
