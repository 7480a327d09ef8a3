import shutil
from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from harness.cluster.artifacts import maven, sums
from harness.cluster.artifacts.jars import Jars, summary
from harness.errors import Missing
from harness.system.programs import Programs

PROGRAMS = Programs(Path("java"), "17", Path("mvn"), Path("ab"))
SETS = {"kafka": {"k.jar": b"kafka"}, "plugins/hive": {"h.jar": b"hive", "i.jar": b"iceberg"}}


def lay(folder: Path, sets: dict[str, dict[str, bytes]] = SETS) -> None:
    for name, files in sets.items():
        (folder / name).mkdir(parents=True)
        for file, text in files.items():
            (folder / name / file).write_bytes(text)


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    lay(tmp_path / "source")
    path = tmp_path / "jars.sha256"
    sums.write(path, tmp_path / "source")
    return path


@pytest.fixture
def jars(lock: Path, tmp_path: Path) -> Callable[[], Jars]:
    return lambda: Jars(tmp_path / "cache" / "jars", lock)


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """The sets that Maven, which copies from the folder `source`, was asked for."""
    asked: list[str] = []

    def fetch(names: Collection[str], folder: Path, *_: object) -> None:
        for name in names:
            asked.append(name)
            shutil.copytree(tmp_path / "source" / name, folder / name)

    monkeypatch.setattr(maven, "fetch", fetch)
    return asked


def tell(detail: str, done: int | None = None, total: int | None = None) -> None:
    """Nobody looks."""


def provision(jars: Jars) -> list[str]:
    """Fetches what is wanted, and remembers what is right; the faults that are left."""
    wanted = [name for name in jars.listed if jars.wanted(name)]
    if wanted:
        jars.fetch(wanted, PROGRAMS, tell)
    faults = [fault for name in jars.listed for fault in jars.faults(name)]
    jars.save()
    return faults


def test_absent_sets_are_fetched_once(jars: Callable[[], Jars], fetched: list[str]) -> None:
    assert provision(jars()) == []
    assert provision(jars()) == []
    assert fetched == ["kafka", "plugins/hive"]


def test_a_verified_set_is_not_read_again(
    jars: Callable[[], Jars], fetched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    provision(jars())

    def refuse(path: Path) -> str:
        raise AssertionError(path)

    monkeypatch.setattr(sums, "sha256", refuse)
    before = jars().memory.stat().st_mtime_ns
    assert provision(jars()) == []
    assert jars().memory.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    "text", ["", "{ torn", "[]", "null", '{"kafka": 7}', '{"kafka": {}}', "[" * 100_000]
)
def test_without_its_memory_all_is_read_again(
    text: str, jars: Callable[[], Jars], fetched: list[str]
) -> None:
    provision(jars())
    jars().memory.write_text(text, encoding="utf-8")
    (jars().folder / "kafka" / "k.jar").write_bytes(b"kafkA")
    (fault,) = provision(jars())
    assert fault.startswith("k.jar is changed")
    assert fetched == ["kafka", "plugins/hive"]


def test_a_change_is_seen_after_verification(jars: Callable[[], Jars], fetched: list[str]) -> None:
    provision(jars())
    (jars().folder / "plugins/hive/h.jar").write_bytes(b"evil")
    (jars().folder / "plugins/hive/j.jar").write_bytes(b"more")
    faults = provision(jars())
    assert [fault.split()[0] for fault in faults] == ["j.jar", "h.jar"]
    assert provision(jars()) == faults


def test_a_new_list_fetches_only_the_sets_that_it_changes(
    jars: Callable[[], Jars], fetched: list[str], lock: Path, tmp_path: Path
) -> None:
    provision(jars())
    fetched.clear()
    (tmp_path / "source/kafka/k.jar").rename(tmp_path / "source/kafka/k2.jar")
    sums.write(lock, tmp_path / "source")
    assert provision(jars()) == []
    assert fetched == ["kafka"]
    assert [path.name for path in (jars().folder / "kafka").iterdir()] == ["k2.jar"]


def test_other_jars_than_those_listed_never_get_in_place(
    jars: Callable[[], Jars], fetched: list[str], tmp_path: Path
) -> None:
    (tmp_path / "source/kafka/k.jar").write_bytes(b"evil")
    with pytest.raises(Missing, match="other jars for kafka") as caught:
        provision(jars())
    assert "k.jar" in caught.value.why
    assert not (jars().folder / "kafka").exists()


def test_what_a_killed_fetch_left_is_no_hindrance(
    jars: Callable[[], Jars], fetched: list[str]
) -> None:
    partial = jars().folder.with_suffix(".partial")
    (partial / "kafka").mkdir(parents=True)
    (partial / "kafka/half.jar").write_bytes(b"ka")
    assert provision(jars()) == []
    assert not partial.exists()


def test_files_are_those_of_the_list(jars: Callable[[], Jars]) -> None:
    folder = jars().folder / "plugins/hive"
    assert jars().files("plugins/hive") == (folder / "h.jar", folder / "i.jar")


def test_a_long_list_of_faults_is_cut() -> None:
    assert summary([]) == ""
    assert summary(["a", "b"]) == "a; b"
    assert summary(list("abcdefg")) == "a; b; c; d; e; and 2 more"
