import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from harness.errors import Missing
from harness.system import programs, venv
from harness.system.venv import VirtualEnvironment

LOCK = """\
# a head
certifi==1.0 \\
    --hash=sha256:aa
    # via requests
pip==26.3 \\
    --hash=sha256:bb \\
    --hash=sha256:cc
pip-tools==7.0 \\
    --hash=sha256:dd
setuptools==84.0 ; python_version < '4' \\
    --hash=sha256:ee
"""

Steps = list[tuple[list[str], str]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "a b"
    folder.mkdir()
    (folder / "requirements.txt").write_text(LOCK, encoding="utf-8")
    return folder


@pytest.fixture
def steps(root: Path, monkeypatch: pytest.MonkeyPatch) -> Steps:
    """What is run; making an environment lays down a link for its interpreter."""
    taken: Steps = []

    def run(
        command: Sequence[str], name: str, text: str = "", settings: Mapping[str, str] | None = None
    ) -> None:
        taken.append((list(command), text))
        if command[1:3] == ["-m", "venv"]:
            (root / ".venv" / "bin").mkdir()
            (root / ".venv" / "bin" / "python").symlink_to(sys.executable)

    monkeypatch.setattr(venv, "run", run)
    return taken


def made(root: Path) -> VirtualEnvironment:
    environment = VirtualEnvironment(root)
    environment.ensure([])
    return environment


def test_it_is_made_from_hashes_alone(root: Path, steps: Steps) -> None:
    made(root)
    create, build, packages, local = steps
    assert create[0][1:] == ["-m", "venv", str(root / ".venv")]
    assert build[1] == (
        "pip==26.3 \\\n    --hash=sha256:bb \\\n    --hash=sha256:cc\n"
        "setuptools==84.0 ; python_version < '4' \\\n    --hash=sha256:ee\n"
    )
    for command, _ in (build, packages):
        assert command[:4] == [str(root / ".venv/bin/python"), "-m", "pip", "install"]
        assert "--require-hashes" in command
    assert f"--requirement={root / 'requirements.txt'}" in packages[0]
    assert "--no-build-isolation" in packages[0]
    assert local[0][-2:] == ["--editable", str(root)]
    assert "--no-index" in local[0]


def test_a_second_time_does_nothing(root: Path, steps: Steps) -> None:
    made(root)
    steps.clear()
    assert made(root).ready()
    assert steps == []


def change_lock(root: Path) -> Path:
    (root / "requirements.txt").write_text(LOCK + "wheel==1.0\n", encoding="utf-8")
    return root


def interrupt(root: Path) -> Path:
    VirtualEnvironment(root).empty()
    return root


def move(root: Path) -> Path:
    return root.rename(root.parent / "moved")


def lose_interpreter(root: Path) -> Path:
    python = root / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python")
    return root


@pytest.mark.parametrize("harm", [change_lock, interrupt, move, lose_interpreter])
def test_what_does_not_fit_is_not_ready(
    root: Path, steps: Steps, harm: Callable[[Path], Path]
) -> None:
    made(root)
    assert not VirtualEnvironment(harm(root)).ready()


def test_another_python_makes_it_again(
    root: Path, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(root)
    (root / ".venv" / "old").touch()
    monkeypatch.setattr(sys, "abiflags", "t")
    assert made(root).ready()
    assert not (root / ".venv" / "old").exists()
    assert len(steps) == 8


def test_a_failed_step_leaves_no_environment_that_is_taken(
    root: Path, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid = venv.run

    def run(
        command: Sequence[str], name: str, text: str = "", settings: Mapping[str, str] | None = None
    ) -> None:
        laid(command, name, text)
        if "--editable" in command:
            raise Missing("no disk")

    monkeypatch.setattr(venv, "run", run)
    with pytest.raises(Missing):
        made(root)
    assert not VirtualEnvironment(root).ready()


def test_one_that_is_half_removed_is_not_taken(
    root: Path, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = made(root)

    def interrupted(path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "rmtree", interrupted)
    with pytest.raises(KeyboardInterrupt):
        environment.make()
    assert environment.python.exists()
    assert not environment.ready()
    monkeypatch.undo()
    environment.check_owned()


def lay_own(root: Path) -> None:
    (root / ".venv" / "lib").mkdir(parents=True)


def lay_stamp_of_another(root: Path) -> None:
    lay_own(root)
    (root / ".venv" / "stamp").touch()


def link_to_another(root: Path) -> None:
    other = root.parent / "other"
    (other / ".venv").mkdir(parents=True)
    VirtualEnvironment(other).empty()
    (root / ".venv").symlink_to(other / ".venv")


def link_to_nowhere(root: Path) -> None:
    (root / ".venv").symlink_to(root.parent / "nowhere")


def lay_file(root: Path) -> None:
    (root / ".venv").touch()


@pytest.mark.parametrize(
    "lay", [lay_own, lay_stamp_of_another, link_to_another, link_to_nowhere, lay_file]
)
def test_one_that_is_not_ours_is_left_alone(
    root: Path, steps: Steps, lay: Callable[[Path], None]
) -> None:
    lay(root)
    before = sorted(root.parent.rglob("*"))
    with pytest.raises(Missing, match=rf"{root / '.venv'} was not made by the harness"):
        made(root)
    assert sorted(root.parent.rglob("*")) == before
    assert steps == []


def test_an_interpreter_of_another_user_is_named(
    root: Path, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(root)
    taken = len(steps)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(Missing) as error:
        made(root)
    assert error.value.what == f"The Python of {root / '.venv'} may not be run by this user."
    assert error.value.why.startswith(f"it is {Path(sys.executable).resolve()}, ")
    assert len(steps) == taken


@pytest.mark.parametrize("is_link", [False, True])
def test_an_empty_folder_is_taken(root: Path, steps: Steps, is_link: bool) -> None:
    place = root.parent / "disk" if is_link else root / ".venv"
    place.mkdir()
    if is_link:
        (root / ".venv").symlink_to(place)
    assert made(root).ready()
    (root / "requirements.txt").write_text(LOCK + "wheel==1.0\n", encoding="utf-8")
    assert made(root).ready()
    assert (place / "bin" / "python").exists()


def test_what_debian_takes_out_is_asked_for(
    root: Path, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[programs.Need] = []

    def provide(needs: Sequence[programs.Need], root: Path, tell: object) -> None:
        asked.extend(needs)
        raise Missing("may not install")

    monkeypatch.setattr(programs, "provide", provide)
    with pytest.raises(Missing):
        VirtualEnvironment(root).ensure([programs.AB])
    assert asked == [programs.VENV, programs.AB]
    assert steps == []


def test_a_step_reads_its_text_and_writes_to_standard_error(
    capfd: pytest.CaptureFixture[str],
) -> None:
    script = "import sys; print(sys.stdin.read())"
    venv.run([sys.executable, "-c", script], "This", "words")
    venv.run([sys.executable, "-c", script], "This")
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err == "words\n\n"


def test_a_failing_step_names_itself() -> None:
    with pytest.raises(Missing, match="This could not be installed") as caught:
        venv.run([sys.executable, "-c", "raise SystemExit(4)"], "This")
    assert "ended with 4" in caught.value.why


def test_the_base_interpreter_is_outside_the_environment() -> None:
    base = venv.base_python()
    said = subprocess.run(
        [base, "-c", "import sys; print(sys.prefix == sys.base_prefix, sys.version_info[:2])"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == f"True {sys.version_info[:2]}"


def test_progress_off_a_terminal_is_plain_and_sparse(capsys: pytest.CaptureFixture[str]) -> None:
    with venv.line() as tell:
        for done in range(100):
            tell("fetching", done, 100)
    assert capsys.readouterr().err == "0/100 fetching\n"


PIP = [sys.executable, "-m", "pip"]
PIP_CONF = """\
[global]
index-url = https://a.invalid/simple
extra-index-url =
    https://c.invalid/simple
    https://d.invalid/simple
proxy = proxy:1
user = true
target = /elsewhere
[install]
index-url = https://b.invalid/simple
prefix = /elsewhere
"""


def test_of_its_users_settings_pip_gets_index_certificates_and_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pip").mkdir()
    (tmp_path / "pip" / "pip.conf").write_text(PIP_CONF, encoding="utf-8")
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("PIP_USER", "1")
    monkeypatch.setenv("PIP_CERT", "/certificates.pem")
    monkeypatch.setenv("PIP_PROXY", "another:2")
    settings = venv.read_pip_settings(PIP)
    expected = {
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_INDEX_URL": "https://b.invalid/simple",
        "PIP_EXTRA_INDEX_URL": "\nhttps://c.invalid/simple\nhttps://d.invalid/simple",
        "PIP_PROXY": "another:2",
        "PIP_CERT": "/certificates.pem",
    }
    # The system may have settings of its own.
    assert settings.items() >= expected.items()
    assert not settings.keys() & {"PIP_USER", "PIP_TARGET", "PIP_PREFIX"}


def test_pip_installs_here_whatever_its_user_has_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PIP_USER", "1")
    monkeypatch.setenv("PIP_TARGET", "/elsewhere")
    # The present environment's own pip, which has it already.
    environment = VirtualEnvironment(tmp_path)
    environment.python = Path(sys.executable)
    environment.pip("--no-index", "pip")
    assert "Requirement already satisfied: pip" in capfd.readouterr().err
