import os
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import Missing
from harness.system import programs
from harness.system.programs import Need

PROPERTIES = """#!/bin/sh
echo "Picked up JAVA_TOOL_OPTIONS: -Dx=java.home" >&2
cat >&2 <<END
Property settings:
    java.home = {home}
    java.runtime.version = {version}.0.9+1-Debian
    java.specification.version = {version}
END
"""


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


def lay_java(home: Path, version: str) -> Path:
    return script(home / "bin" / "java", PROPERTIES.format(home=home, version=version))


def tell(detail: str, done: int | None = None, total: int | None = None) -> None:
    """Nobody looks."""


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine that has only a shell; its PATH is the folder that is returned."""
    path = tmp_path / "bin"
    path.mkdir()
    for name in ("sh", "cat", "env"):
        (path / name).symlink_to(f"/bin/{name}")
    monkeypatch.setenv("PATH", str(path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(programs, "JVM_FOLDER", tmp_path / "jvm")
    return path


def test_a_bare_machine_has_none() -> None:
    assert programs.java() is None
    assert programs.find() is None
    assert programs.missing(programs.RUN) == list(programs.RUN)


@pytest.mark.parametrize("name", ["chromium", "chromium-browser"])
def test_chromium_has_either_name(bare: Path, name: str) -> None:
    assert programs.chromium() is None
    assert programs.missing([programs.CHROMIUM]) == [programs.CHROMIUM]
    path = script(bare / name, "#!/bin/sh\n")
    assert programs.chromium() == path


def test_library_is_there_where_the_loader_finds_it() -> None:
    assert programs.is_loadable("libc.so.6")
    assert not programs.is_loadable("libc.so.0")


@pytest.mark.parametrize("version", ["17", "21"])
def test_java_17_and_21_serve(tmp_path: Path, version: str) -> None:
    home = tmp_path / "jvm" / "some java"
    lay_java(home, version)
    assert programs.java() == programs.Java(home, f"{version}.0.9+1-Debian")


@pytest.mark.parametrize("version", ["1.8", "11", "25"])
def test_a_java_of_another_version_on_the_path_is_passed_over(
    tmp_path: Path, bare: Path, version: str
) -> None:
    (bare / "java").symlink_to(lay_java(tmp_path / "other", version))
    assert programs.java() is None
    lay_java(tmp_path / "jvm" / "b17", "17")
    found = programs.java()
    assert found is not None
    assert found.home == tmp_path / "jvm" / "b17"


def test_java_home_comes_before_the_path_before_the_system(
    tmp_path: Path, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_java(tmp_path / "jvm" / "system", "17")
    (bare / "java").symlink_to(lay_java(tmp_path / "path", "17"))
    lay_java(tmp_path / "home", "17")

    def home() -> Path:
        found = programs.java()
        assert found is not None
        return found.home

    assert home() == tmp_path / "path"
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "home"))
    assert home() == tmp_path / "home"
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nowhere"))
    assert home() == tmp_path / "path"


def test_a_java_that_does_not_run_is_passed_over(tmp_path: Path) -> None:
    script(tmp_path / "jvm" / "a" / "bin" / "java", "no program").chmod(0o644)
    script(tmp_path / "jvm" / "b" / "bin" / "java", "#!/bin/sh\nexit 1\n")
    assert programs.java() is None


def test_what_is_there_is_found_without_apt(tmp_path: Path, bare: Path) -> None:
    lay_java(tmp_path / "jvm" / "a", "17")
    for name in ("mvn", "ab"):
        script(bare / name, "#!/bin/sh\n")
    script(bare / "apt-get", "#!/bin/sh\nexit 9\n")
    found = programs.ensure(tmp_path, tell)
    assert found == programs.Programs(
        tmp_path / "jvm" / "a", "17.0.9+1-Debian", bare / "mvn", bare / "ab"
    )
    assert not (tmp_path / ".cache").exists()


def test_without_apt_all_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(Missing) as caught:
        programs.ensure(tmp_path, tell)
    text = str(caught.value)
    assert "Java 17 or 21, Maven, ab" in text
    assert "\n" not in text


@pytest.fixture
def apt(bare: Path, tmp_path: Path) -> Callable[[str, str], Path]:
    """A distribution that has the given packages; installing does what the script says.

    Returns where the calls are written to.
    """

    def make(known: str, installing: str) -> Path:
        calls = tmp_path / "calls"
        shows = f'case " {known} " in *" $2 "*) echo "Package: $2";; esac'
        script(bare / "apt-cache", f"#!/bin/sh\n{shows}\n")
        script(
            bare / "apt-get",
            f'#!/bin/sh\necho "$DEBIAN_FRONTEND $*" >> "{calls}"\n'
            'case "$*" in *install*) ;; *) exit 0;; esac\n'
            "echo 'dlstatus:1:20.4:Retrieving file 1 of 9' >&3\n"
            "echo 'pmstatus:maven:61.6:Unpacking maven' >&3\n"
            f"{installing}\n",
        )
        return calls

    return make


def as_user(monkeypatch: pytest.MonkeyPatch, uid: int) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: uid)


INSTALLS = "echo '#!/bin/sh' > {bin}/ab; /bin/chmod +x {bin}/ab"


def test_root_installs_and_sees_it_move(
    tmp_path: Path,
    bare: Path,
    apt: Callable[[str, str], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    as_user(monkeypatch, 0)
    calls = apt("apache2-utils", INSTALLS.format(bin=bare))
    told: list[tuple[str, int | None]] = []
    programs.provide(
        [programs.AB], tmp_path, lambda text, done=None, total=None: told.append((text, done))
    )
    update, install = calls.read_text(encoding="utf-8").splitlines()
    assert update.startswith("noninteractive ")
    assert update.endswith(" update")
    assert install.endswith(" install -y --no-install-recommends apache2-utils")
    assert ("apt: Retrieving file 1 of 9", 20) in told
    assert ("apt: Unpacking maven", 62) in told
    assert "Unpacking" in (tmp_path / ".cache" / "apt.log").read_text(encoding="utf-8")


def test_a_user_with_sudo_that_asks_for_no_password_installs(
    tmp_path: Path,
    bare: Path,
    apt: Callable[[str, str], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    as_user(monkeypatch, 1000)
    calls = apt("apache2-utils", INSTALLS.format(bin=bare))
    # Like sudo, it passes neither the environment nor further descriptors on.
    script(
        bare / "sudo",
        '#!/bin/sh\nshift\nexec 3>&-\n[ "$1" = true ] || exec env -i PATH="$PATH" "$@"\n',
    )
    programs.provide([programs.AB], tmp_path, tell)
    assert calls.read_text(encoding="utf-8").count("noninteractive") == 2


@pytest.mark.parametrize("sudo", [None, "#!/bin/sh\necho 'a password is required' >&2\nexit 1\n"])
def test_who_may_not_is_told_what_to_type(
    tmp_path: Path,
    bare: Path,
    apt: Callable[[str, str], Path],
    monkeypatch: pytest.MonkeyPatch,
    sudo: str | None,
) -> None:
    as_user(monkeypatch, 1000)
    calls = apt("openjdk-21-jre-headless maven apache2-utils", "exit 9")
    if sudo:
        script(bare / "sudo", sudo)
    with pytest.raises(Missing) as caught:
        programs.provide(programs.RUN, tmp_path, tell)
    assert str(caught.value) == (
        "Not installed: Java 17 or 21, Maven, ab (ApacheBench). Type: sudo apt-get update && "
        "sudo apt-get install -y --no-install-recommends "
        "openjdk-21-jre-headless maven apache2-utils"
    )
    assert caught.value.exit_code == 3
    assert not calls.exists()


@pytest.mark.parametrize(
    ("known", "chosen"),
    [
        ("openjdk-17-jre-headless openjdk-21-jre-headless", "openjdk-17-jre-headless"),
        ("openjdk-21-jre-headless", "openjdk-21-jre-headless"),
        ("", "default-jre-headless"),
    ],
)
def test_the_java_that_the_distribution_has_is_chosen(
    tmp_path: Path,
    apt: Callable[[str, str], Path],
    monkeypatch: pytest.MonkeyPatch,
    known: str,
    chosen: str,
) -> None:
    as_user(monkeypatch, 1000)
    apt(known, "exit 9")
    with pytest.raises(Missing, match=f" {chosen}$"):
        programs.provide([programs.JAVA], tmp_path, tell)


def test_an_apt_that_fails_is_named_with_its_log(
    tmp_path: Path, apt: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    as_user(monkeypatch, 0)
    apt("maven", "echo 'E: no network'; exit 100")
    with pytest.raises(Missing, match="apt has not brought Maven") as caught:
        programs.provide([programs.MAVEN], tmp_path, tell)
    assert "100" in caught.value.why
    assert caught.value.log is not None
    assert "E: no network" in caught.value.log.read_text(encoding="utf-8")


def test_nothing_is_asked_of_apt_where_all_is_there(tmp_path: Path) -> None:
    programs.provide([Need("this", ("none",), lambda: True)], tmp_path, tell)
    assert not (tmp_path / ".cache").exists()
