from pathlib import Path

import pytest

from harness.cluster.artifacts import maven
from harness.errors import Missing
from harness.system.paths import ROOT
from harness.system.programs import Programs

ADDRESS = "https://repository.invalid/x/y/1.0"


def told(lines: list[str], wanted: set[str]) -> list[str]:
    heard: list[str] = []

    def tell(detail: str, done: int | None = None, total: int | None = None) -> None:
        heard.append(detail)

    downloads = maven.Downloads(tell, wanted)
    for line in lines:
        downloads.heard(line)
    return heard


def programs(tmp_path: Path, script: str) -> Programs:
    """A Maven that is a shell script."""
    path = tmp_path / "mvn"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return Programs(tmp_path / "java home", "17.0.1", path, Path("ab"))


def test_downloads_are_counted_in_bytes_and_wanted_jars() -> None:
    lines = [
        f"[INFO] Downloading from mirror: {ADDRESS}/y-1.0.pom",
        f"[INFO] Downloaded from mirror: {ADDRESS}/y-1.0.pom (500 kB at 1.2 MB/s)",
        f"[INFO] Downloaded from mirror: {ADDRESS}/y-1.0.jar (88 MB at 9 MB/s)",
        f"[INFO] Downloaded from mirror: {ADDRESS}/y-1.0.jar.sha1 (40 B at 9 B/s)",
    ]
    assert told(lines, {"y-1.0.jar", "z-2.jar"}) == [
        "0 MB, 0 of 2 jars, last y-1.0.pom",
        "88 MB, 1 of 2 jars, last y-1.0.jar",
        "89 MB, 1 of 2 jars, last y-1.0.jar.sha1",
    ]


def test_without_a_list_only_bytes_are_told() -> None:
    line = f"[INFO] Downloaded from mirror: {ADDRESS}/y.jar (2.4 MB at 9 MB/s)"
    assert told([line], set()) == ["2 MB, last y.jar"]


def test_maven_is_asked_for_the_sets_with_the_java_that_was_found(tmp_path: Path) -> None:
    script = 'for a in "$JAVA_HOME" "$@"; do echo "$a"; done'
    folder = tmp_path / "a b" / "jars.partial"
    maven.fetch(["kafka", "hdfs"], folder, programs(tmp_path, script), lambda *_: None)
    said = (tmp_path / "a b" / "maven.log").read_text().splitlines()
    assert said[0] == str(tmp_path / "java home")
    assert "kafka,hdfs" in said
    assert f"-Djars={folder}" in said
    assert str(maven.POM) in said


@pytest.mark.parametrize("colours", ["", r"\033[0m\033[0m"])
def test_a_failure_gives_the_first_error_and_the_log(tmp_path: Path, colours: str) -> None:
    said = f"[INFO] a\\n{colours}[ERROR] no route to host\\n[ERROR] more\\n"
    script = f"printf '{said}'; exit 1"
    folder = tmp_path / "jars.partial"
    with pytest.raises(Missing) as caught:
        maven.fetch(["kafka"], folder, programs(tmp_path, script), lambda *_: None)
    assert caught.value.why == "no route to host"
    assert caught.value.log == tmp_path / "maven.log"


def test_versions_stand_in_the_pom_once() -> None:
    versions = maven.versions()
    assert versions["kafka"] == "4.4.0"
    assert versions["presto"] == "0.287"
    for name in maven.modules():
        pom = (maven.POM.parent / name / "pom.xml").read_text(encoding="utf-8")
        assert not any(f"<version>{version}</version>" in pom for version in versions.values())


def test_the_kafka_source_is_of_the_spark_that_is_installed() -> None:
    requirements = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert f"\npyspark=={maven.versions()['spark']} " in requirements
