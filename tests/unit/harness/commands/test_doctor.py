import subprocess
import sys
from pathlib import Path

import pytest

from harness.cluster import artifacts
from harness.commands import doctor
from harness.system import machine, programs
from harness.system.machine import Finding, Level
from harness.system.paths import ROOT
from harness.system.venv import VirtualEnvironment

JAVA = """
echo "    java.home = /java" >&2
echo "    java.specification.version = 17" >&2
echo "    java.runtime.version = 17.0.1+2" >&2
"""


@pytest.fixture
def healthy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A repository, and a machine, that have everything: programs, environment, jars."""

    def place(name: str, text: str) -> None:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        path.chmod(0o755)

    place("bin/java", JAVA)
    place("bin/mvn", 'echo "Apache Maven 3.8.7, Java home: $JAVA_HOME"')
    place("bin/ab", 'echo "This is ApacheBench, Version 2.3 <$Revision: 1 $>"')
    place("bin/setpriv", "")
    place(".venv/bin/python", "")
    (tmp_path / "requirements.txt").touch()
    environment = VirtualEnvironment(tmp_path)
    environment.stamp.write_text(environment.key())
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(programs, "JVM_FOLDER", tmp_path / "jvm")
    monkeypatch.setattr(artifacts, "faults", lambda root: {"kafka": [], "hdfs": []})
    return tmp_path


def printed(root: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, str]]:
    code = doctor.main(root)
    lines = capsys.readouterr().out.splitlines()
    width = max(len(name) for name in ("Java 17 or 21", "ab (ApacheBench)")) + 2
    return code, {line[:width].strip(): line[width:] for line in lines}


def test_all_there_is_0_with_versions(healthy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = printed(healthy, capsys)
    assert code == 0
    assert lines["Python"].startswith(sys.version.split()[0])
    assert lines["Java 17 or 21"] == "17.0.1+2  /java"
    assert lines["Maven"] == f"3.8.7  {healthy / 'bin' / 'mvn'}"
    assert lines["ab (ApacheBench)"] == f"2.3  {healthy / 'bin' / 'ab'}"
    # No run needs it.
    assert lines["Chromium"].startswith("not installed: only `make test`")
    assert lines["jars kafka"] == "each has its sum"
    assert not any("missing" in text for text in lines.values())


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("bin/java", "Java 17 or 21"),
        ("bin/mvn", "Maven"),
        ("bin/ab", "ab (ApacheBench)"),
        (".venv/bin/python", "environment"),
    ],
)
def test_what_is_missing_is_3_and_named(
    healthy: Path, capsys: pytest.CaptureFixture[str], path: str, name: str
) -> None:
    (healthy / path).unlink()
    code, lines = printed(healthy, capsys)
    assert code == 3
    assert [name for name, text in lines.items() if text.startswith("missing: ")] == [name]


def test_a_jar_that_is_missing_is_3_and_named(
    healthy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(artifacts, "faults", lambda root: {"kafka": ["k.jar is missing"]})
    code, lines = printed(healthy, capsys)
    assert code == 3
    assert lines["jars kafka"] == "missing: k.jar is missing"


def test_an_environment_that_cannot_be_made_says_what_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "requirements.txt").touch()
    lacking = programs.Need("ensurepip", ("python3-venv",), lambda: False)
    monkeypatch.setattr(programs, "VENV", lacking)
    finding = doctor.environment(tmp_path)
    assert finding == Finding("environment", finding.text, Level.MISSING)
    assert finding.text.endswith("lacks ensurepip (python3-venv)")


def test_an_environment_of_the_user_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".venv" / "lib").mkdir(parents=True)
    assert doctor.environment(tmp_path).level is Level.REFUSED


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("BENCH_APP__PORT", "BENCH_APP__PORT", 0),
        (
            "BENCH_APP__PRT",
            "refused: There is no parameter and no setting BENCH_APP__PRT; did you mean",
            3,
        ),
    ],
)
def test_settings_of_the_environment_are_named_and_judged(
    healthy: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    text: str,
    code: int,
) -> None:
    (healthy / ".venv/bin/python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    monkeypatch.setenv(name, "8000")
    ended, lines = printed(healthy, capsys)
    assert ended == code
    assert lines["settings"].startswith(text)


def test_settings_are_not_judged_without_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "requirements.txt").touch()
    monkeypatch.setenv("BENCH_APP__PRT", "5")
    (finding,) = doctor.settings(tmp_path)
    assert finding == Finding(
        "settings", "BENCH_APP__PRT: not judged without the environment", Level.FINE
    )


def test_what_the_machine_refuses_is_3_and_named(
    healthy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = Finding("loopback", "no answer", Level.REFUSED, "ip link set lo up")
    warned = Finding("memory", "little", Level.WARNED, "end others")
    monkeypatch.setattr(machine, "REQUIREMENTS", (lambda _: warned, lambda _: refused))
    code, lines = printed(healthy, capsys)
    assert code == 3
    assert lines["loopback"] == "refused: no answer; ip link set lo up"
    assert lines["memory"] == "warning: little; end others"


@pytest.mark.parametrize(
    ("folders", "text"),
    [
        (["memory"], "v1, writable"),
        ([], "v1, not writable: the budget is watched only"),
        (["cgroup.controllers"], "v2, writable"),
    ],
)
def test_the_cgroup_tells_whether_the_budget_can_be_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folders: list[str], text: str
) -> None:
    for name in folders:
        (tmp_path / name).mkdir()
    monkeypatch.setattr(doctor, "CGROUPS", tmp_path)
    assert doctor.cgroup() == text


def test_it_works_before_any_set_up_and_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").touch()
    script = (
        "import sys; from pathlib import Path; from harness.commands import doctor;"
        "sys.exit(doctor.main(Path(sys.argv[1])))"
    )
    command = [sys.executable, "-S", "-c", script, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert done.stderr == ""
    assert "jars kafka" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["requirements.txt"]
