import webbrowser
from pathlib import Path

import pytest

from harness.commands import open as open_page
from harness.errors import Missing
from tests.unit.harness.compare import runs


@pytest.mark.parametrize("there", [False, True])
def test_is_opened_in_the_browser(
    results: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    there: bool,
) -> None:
    runs.keep(results, [runs.make(0), runs.make(1)])
    page = results / "runs" / runs.make(0).run_id / "report.html"
    if there:
        page.write_text("as it was", encoding="utf-8")
    opened: list[str] = []

    def open_(address: str) -> bool:
        opened.append(address)
        return True

    monkeypatch.setattr(webbrowser, "open", open_)

    open_page.run("latest~1")

    assert opened == [page.as_uri()]
    assert capsys.readouterr().out == f"{page}\n"
    assert (page.read_text(encoding="utf-8") == "as it was") is there


def test_without_a_browser_it_says_where_it_is(
    results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs.keep(results, [runs.make(0)])
    monkeypatch.setattr(webbrowser, "open", lambda _: False)

    with pytest.raises(Missing, match=r"No browser opens here\.\n.*open .*report\.html"):
        open_page.run("latest")
