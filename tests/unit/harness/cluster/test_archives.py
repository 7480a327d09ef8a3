import os
from dataclasses import replace
from pathlib import Path

import pytest

from harness.cluster import archives
from harness.cluster.archives import ArchiveCache
from harness.cluster.artifacts import Artifacts
from harness.system.programs import Programs

ARTIFACTS = Artifacts((), (), (), (), Path(), Path(), "sum")
PROGRAMS = Programs(Path(), "17.0.15+6", Path(), Path())


@pytest.fixture
def kept(tmp_path: Path) -> ArchiveCache:
    folder = tmp_path / "prepared"
    folder.mkdir()
    return ArchiveCache(folder)


class Format:
    """Formats a folder, and counts how often."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.times = 0

    def __call__(self) -> None:
        self.times += 1
        (self.target / "current").mkdir(parents=True)
        (self.target / "current" / "VERSION").write_text("1")


class TestLay:
    def test_formats_the_first_time_and_copies_the_next(
        self, kept: ArchiveCache, tmp_path: Path
    ) -> None:
        first, second = Format(tmp_path / "a" / "data"), Format(tmp_path / "b" / "data")
        kept.restore_image("kafka", first.target, first)
        second.target.parent.mkdir()
        kept.restore_image("kafka", second.target, second)
        assert (first.times, second.times) == (1, 0)
        assert (second.target / "current" / "VERSION").read_text() == "1"

    def test_what_is_restored_is_a_copy(self, kept: ArchiveCache, tmp_path: Path) -> None:
        first = Format(tmp_path / "a")
        kept.restore_image("kafka", first.target, first)
        (first.target / "current" / "VERSION").write_text("changed")
        kept.restore_image("kafka", tmp_path / "b", first)
        assert (tmp_path / "b" / "current" / "VERSION").read_text() == "1"

    def test_leaves_alone_what_is_there(self, kept: ArchiveCache, tmp_path: Path) -> None:
        made = Format(tmp_path / "a")
        made()
        kept.restore_image("kafka", made.target, made)
        assert made.times == 1
        assert list(kept.folder.iterdir()) == []

    def test_images_are_apart(self, kept: ArchiveCache, tmp_path: Path) -> None:
        one, two = Format(tmp_path / "a"), Format(tmp_path / "b")
        kept.restore_image("kafka", one.target, one)
        kept.restore_image("namenode", two.target, two)
        assert two.times == 1

    def test_keeps_nothing_that_failed(self, kept: ArchiveCache, tmp_path: Path) -> None:
        target = tmp_path / "a"

        def fail() -> None:
            target.mkdir()
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            kept.restore_image("kafka", target, fail)
        assert list(kept.folder.iterdir()) == []
        again = Format(tmp_path / "b")
        kept.restore_image("kafka", again.target, again)
        assert again.times == 1

    def test_leaves_no_half_image(self, kept: ArchiveCache, tmp_path: Path) -> None:
        made = Format(tmp_path / "a")
        kept.restore_image("kafka", made.target, made)
        assert [path.name for path in kept.folder.iterdir()] == ["kafka"]


class TestFlags:
    def test_map_the_archive_that_is_there(self, kept: ArchiveCache) -> None:
        assert kept.flags("kafka") == []
        kept.archive("kafka").touch()
        assert f"-XX:SharedArchiveFile={kept.archive('kafka')}" in kept.flags("kafka")
        # Without it, an archive that does not fit would keep the service from starting.
        assert "-Xshare:auto" in kept.flags("kafka")
        assert kept.flags("presto") == []

    def test_write_it_while_warming_up(self, kept: ArchiveCache) -> None:
        warming_up = replace(kept, warming_up=True)
        kept.archive("kafka").touch()
        flags = warming_up.flags("kafka")
        assert f"-XX:ArchiveClassesAtExit={kept.archive('kafka')}" in flags
        assert not any(flag.startswith("-XX:SharedArchiveFile") for flag in flags)


class TestAt:
    def test_is_one_place_for_one_set_of_jars_and_java(self, tmp_path: Path) -> None:
        place = archives.open_cache(tmp_path, ARTIFACTS, PROGRAMS)
        assert place.folder.is_dir()
        assert place.folder.is_relative_to(tmp_path / ".cache" / "prepared")
        assert archives.open_cache(tmp_path, ARTIFACTS, PROGRAMS) == place
        assert (
            archives.open_cache(tmp_path, ARTIFACTS, PROGRAMS, warming_up=True).warming_up is True
        )

    def test_is_another_for_other_or_moved_jars_or_another_java(self, tmp_path: Path) -> None:
        places = {
            archives.open_cache(tmp_path, ARTIFACTS, PROGRAMS).folder,
            archives.open_cache(tmp_path, replace(ARTIFACTS, sha256="other"), PROGRAMS).folder,
            archives.open_cache(
                tmp_path, replace(ARTIFACTS, presto_plugins=Path("/moved/plugins")), PROGRAMS
            ).folder,
            archives.open_cache(tmp_path, ARTIFACTS, replace(PROGRAMS, java_version="21")).folder,
        }
        assert len(places) == 4

    def test_is_another_for_jars_that_were_fetched_again(self, tmp_path: Path) -> None:
        jar = tmp_path / "kafka.jar"
        jar.touch()
        artifacts = replace(ARTIFACTS, kafka=(jar,))
        before = archives.open_cache(tmp_path, artifacts, PROGRAMS)
        assert archives.open_cache(tmp_path, artifacts, PROGRAMS) == before
        later = jar.stat().st_mtime_ns + 10**12
        os.utime(jar, ns=(later, later))
        assert archives.open_cache(tmp_path, artifacts, PROGRAMS).folder != before.folder

    def test_is_complete_when_its_file_says_so(self, tmp_path: Path) -> None:
        place = archives.open_cache(tmp_path, ARTIFACTS, PROGRAMS)
        assert not place.complete_marker.exists()
        place.complete_marker.touch()
        assert archives.open_cache(tmp_path, ARTIFACTS, PROGRAMS).complete_marker.exists()
