import hashlib
from pathlib import Path

import pytest

from harness.cluster import artifacts
from harness.cluster.artifacts import maven, sums
from harness.errors import Missing
from harness.system.programs import Programs

PROGRAMS = Programs(Path("java"), "17", Path("mvn"), Path("ab"))
NAMES = ("kafka", "hdfs", "spark", "presto-server", "presto-plugins/hive-hadoop2", "presto-cli")


def tell(detail: str, done: int | None = None, total: int | None = None) -> None:
    """Nobody looks."""


def lay(folder: Path) -> None:
    for name in NAMES:
        (folder / name).mkdir(parents=True)
        (folder / name / "a.jar").write_bytes(name.encode())


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose jars are all there, and whose list names them."""
    lay(tmp_path / ".cache" / "jars")
    monkeypatch.setattr(artifacts, "LOCK", tmp_path / "jars.sha256")
    sums.write(artifacts.LOCK, tmp_path / ".cache" / "jars")
    return tmp_path


def test_the_committed_list_is_of_the_modules_in_the_pom() -> None:
    listed = sums.read(artifacts.LOCK)
    assert sorted(listed) == sorted(maven.modules()) == sorted(NAMES)
    versions = maven.versions()
    for name, file in {
        "kafka": f"kafka_2.13-{versions['kafka']}.jar",
        "hdfs": f"hadoop-hdfs-{versions['hadoop']}.jar",
        "spark": f"spark-sql-kafka-0-10_2.13-{versions['spark']}.jar",
        "presto-server": f"presto-main-{versions['presto']}.jar",
        "presto-plugins/hive-hadoop2": f"presto-hive-{versions['presto']}.jar",
        "presto-cli": f"presto-cli-{versions['presto']}-executable.jar",
    }.items():
        assert file in listed[name]


def test_the_committed_list_holds_one_logging_binding_for_each_of_ours() -> None:
    listed = sums.read(artifacts.LOCK)
    for name in ("kafka", "hdfs"):
        bindings = [file for file in listed[name] if file.startswith("slf4j-")]
        assert len(bindings) == 2
        assert any(file.startswith("slf4j-simple-") for file in bindings)


def test_the_plugin_has_its_own_hudi_and_nothing_that_the_server_gives() -> None:
    files = sums.read(artifacts.LOCK)["presto-plugins/hive-hadoop2"]
    assert any(file.startswith("hudi-presto-bundle-") for file in files)
    given = ("presto-spi-", "presto-common-", "slice-", "units-", "drift-api-", "jol-core-")
    assert not [file for file in files if file.startswith((*given, "jackson-annotations-"))]


def test_spark_gets_only_what_pyspark_lacks() -> None:
    assert len(sums.read(artifacts.LOCK)["spark"]) == 4


def test_whole_jars_need_no_maven(root: Path) -> None:
    made = artifacts.ensure(root, PROGRAMS, tell)
    jars = root / ".cache" / "jars"
    assert made.kafka == (jars / "kafka" / "a.jar",)
    assert made.presto == (jars / "presto-server" / "a.jar",)
    assert made.presto_plugins == jars / "presto-plugins"
    assert made.presto_cli == jars / "presto-cli" / "a.jar"
    assert made.sha256 == hashlib.sha256(artifacts.LOCK.read_bytes()).hexdigest()
    assert made == artifacts.locate(root)


def test_a_changed_jar_is_named_and_refused(root: Path) -> None:
    (root / ".cache/jars/hdfs/a.jar").write_bytes(b"other")
    with pytest.raises(Missing, match=r"jars/hdfs are not those of jars\.sha256") as caught:
        artifacts.ensure(root, PROGRAMS, tell)
    assert caught.value.exit_code == 3
    assert caught.value.why.startswith("a.jar is changed or cut short")
    assert "delete that folder" in caught.value.do


def test_faults_are_given_by_set_and_nothing_is_written(root: Path) -> None:
    (root / ".cache/jars/hdfs/b.jar").write_bytes(b"")
    (root / ".cache/jars/spark").rename(root / "away")
    found = artifacts.faults(root)
    assert found.pop("hdfs") == ["b.jar does not belong there"]
    assert found.pop("spark") == ["not fetched yet"]
    assert set(map(len, found.values())) == {0}
    assert not (root / ".cache/jars/verified.json").exists()


def test_locking_lists_what_maven_brings(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(names: list[str], folder: Path, *_: object) -> None:
        assert sorted(names) == sorted(NAMES)
        lay(folder)
        (folder / "kafka" / "new.jar").write_bytes(b"new")

    monkeypatch.setattr(maven, "fetch", fetch)
    artifacts.lock(root, PROGRAMS, tell)
    assert sums.read(artifacts.LOCK)["kafka"]["new.jar"] == hashlib.sha256(b"new").hexdigest()
    assert not (root / ".cache" / "jars.partial").exists()
