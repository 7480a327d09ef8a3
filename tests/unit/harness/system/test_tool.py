import sys
from pathlib import Path

from harness.system import tool

SCRIPT = "import os, sys; print('one'); print(os.environ['WORD'], file=sys.stderr); sys.exit(3)"


def test_lines_go_to_the_log_and_to_the_listener(tmp_path: Path) -> None:
    log = tmp_path / "new" / "tool.log"
    heard: list[str] = []
    code = tool.run([sys.executable, "-uc", SCRIPT], log, heard.append, {"WORD": "two"})
    assert code == 3
    assert heard == ["one", "two"]
    assert log.read_text(encoding="utf-8") == "one\ntwo\n"


def test_the_log_is_appended_to(tmp_path: Path) -> None:
    log = tmp_path / "tool.log"
    for word in ("a", "b"):
        tool.run([sys.executable, "-c", f"print('{word}')"], log, lambda _: None, {})
    assert log.read_text(encoding="utf-8") == "a\nb\n"


def test_standard_input_is_left_alone(tmp_path: Path) -> None:
    heard: list[str] = []
    command = [sys.executable, "-c", "import sys; print(repr(sys.stdin.read()))"]
    tool.run(command, tmp_path / "tool.log", heard.append, {})
    assert heard == ["''"]
