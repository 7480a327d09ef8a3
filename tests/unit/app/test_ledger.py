"""The ledger: what is written is read, and what no worker writes is refused."""

from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import ledger
from app.ledger import Ledger, LedgerError, LedgerTail, LedgerWriter


def file_of(folder: Path, content: bytes, name: str = "1-1.log") -> None:
    (folder / name).write_bytes(content)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    one, two = LedgerWriter(tmp_path), LedgerWriter(tmp_path)
    one.write_began("menu_search-000000", "Pizza")
    one.write_accepted("menu_search-000000")
    two.write_began("login-000000", None)
    two.write_refused("login-000000")
    two.write_began("login-000001", None)
    two.write_accepted("login-000001")
    two.write_lost("login-000001")
    one.write_began("login-000002", None)
    assert ledger.read(tmp_path) == Ledger(
        began={
            "menu_search-000000": "Pizza",
            "login-000000": None,
            "login-000001": None,
            "login-000002": None,
        },
        accepted={"menu_search-000000", "login-000001"},
        refused={"login-000000"},
        lost={"login-000001"},
    )
    assert ledger.read(tmp_path).in_doubt == {"login-000002"}


def test_the_lines_are_plain_text(tmp_path: Path) -> None:
    writer = LedgerWriter(tmp_path)
    writer.write_began("post_review-000000", 'good\t"food"\n')
    writer.write_accepted("post_review-000000")
    (file,) = tmp_path.glob("*.log")
    assert file.read_text() == (
        'began\tpost_review-000000\t"good\\t\\"food\\"\\n"\naccepted\tpost_review-000000\n'
    )


@given(st.lists(st.text(min_size=1), max_size=5))
def test_any_argument_is_read_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, arguments: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("ledger")
    writer = LedgerWriter(folder)
    for index, argument in enumerate(arguments):
        writer.write_began(f"post_review-{index:06d}", argument)
    assert list(ledger.read(folder).began.values()) == arguments


def test_the_folder_of_no_worker_is_an_empty_ledger(tmp_path: Path) -> None:
    (tmp_path / "counters").write_bytes(bytes(72))
    assert ledger.read(tmp_path) == Ledger()


@pytest.mark.parametrize(
    "torn",
    [b"b", b"began\tlogin-000001", b'began\tpost_review-000000\t"\xc3', b"accepted\tlogin-0"],
)
def test_a_torn_last_line_is_counted_and_left_out(tmp_path: Path, torn: bytes) -> None:
    file_of(tmp_path, b"began\tlogin-000000\tnull\n" + torn)
    file_of(tmp_path, torn, "2-2.log")
    assert ledger.read(tmp_path) == Ledger(began={"login-000000": None}, torn=2)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"login-000000",
        b"accepted",
        b"vanished\tlogin-000000",
        b"began\tlogin-000001",
        b"began\tlogin-000001\tPizza",
        b"began\tlogin-000001\t5",
        b'began\tlogin-000001\t["Pizza"]',
        b"began\tlogin-\xff\tnull",
        b"began\tlogin-000000\tnull",
        b"accepted\tlogin-000000\tnull",
        b"accepted\tlogin-000000\naccepted\tlogin-000000",
        b"accepted\tlogin-000009",
    ],
)
def test_a_line_that_no_worker_writes_is_refused(tmp_path: Path, line: bytes) -> None:
    file_of(tmp_path, b"began\tlogin-000000\tnull\n" + line + b"\nbegan\tlogin-000002\tnull\n")
    with pytest.raises(LedgerError):
        ledger.read(tmp_path)


def test_an_event_begun_in_two_workers_is_refused(tmp_path: Path) -> None:
    file_of(tmp_path, b"began\tlogin-000000\tnull\n", "1-1.log")
    file_of(tmp_path, b"began\tlogin-000000\tnull\n", "2-2.log")
    with pytest.raises(LedgerError, match=r"2-2\.log, line 1"):
        ledger.read(tmp_path)


def test_threads_do_not_mix_their_lines(tmp_path: Path) -> None:
    writer = LedgerWriter(tmp_path)

    def write(first: int) -> None:
        for index in range(first, first + 500):
            writer.write_began(f"menu_search-{index:06d}", "Pizza" * 50)
            writer.write_accepted(f"menu_search-{index:06d}")

    threads = [Thread(target=write, args=(500 * number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    read = ledger.read(tmp_path)
    assert read.accepted == read.began.keys() == {f"menu_search-{n:06d}" for n in range(2_000)}


def test_a_line_cut_short_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = LedgerWriter(tmp_path)
    monkeypatch.setattr("app.ledger.os.write", lambda file, line: len(line) - 1)
    with pytest.raises(OSError, match="cut short"):
        writer.write_accepted("login-000000")


def counts(tally: LedgerTail) -> tuple[int, int]:
    tally.refresh()
    return tally.accepted, tally.lost


def test_a_tally_counts_what_is_added(tmp_path: Path) -> None:
    tally = LedgerTail(tmp_path)
    assert counts(tally) == (0, 0)
    one = LedgerWriter(tmp_path)
    one.write_began("login-000000", None)
    one.write_accepted("login-000000")
    assert counts(tally) == (1, 0)
    two = LedgerWriter(tmp_path)
    for index in range(1, 4):
        two.write_began(f"login-{index:06d}", None)
        two.write_accepted(f"login-{index:06d}")
    one.write_lost("login-000000")
    one.write_began("login-000009", None)
    one.write_refused("login-000009")
    assert counts(tally) == (4, 1)
    assert counts(tally) == (4, 1)


@given(st.integers(0, 200), st.integers(0, 200))
def test_a_tally_does_not_mind_where_a_line_is_cut(
    tmp_path_factory: pytest.TempPathFactory, first: int, second: int
) -> None:
    folder = tmp_path_factory.mktemp("ledger")
    content = (
        b'began\tpost_review-000000\t"\\naccepted\\tno"\n'
        b"accepted\tpost_review-000000\nbegan\tlogin-000000\tnull\naccepted\tlogin-000000\n"
        b"lost\tlogin-000000\n"
    )
    tally = LedgerTail(folder)
    for cut in sorted((first, second)):
        file_of(folder, content[:cut])
        whole = content[:cut].split(b"\n")[:-1]
        expected = sum(line.startswith(b"accepted\t") for line in whole)
        assert counts(tally)[0] == expected
    file_of(folder, content)
    assert counts(tally) == (2, 1)


def test_a_tally_forgets_a_file_that_is_gone(tmp_path: Path) -> None:
    file_of(tmp_path, b"accepted\tlogin-000000\n")
    tally = LedgerTail(tmp_path)
    assert counts(tally) == (1, 0)
    (tmp_path / "1-1.log").unlink()
    file_of(tmp_path, b"accepted\tlogin-000001\nlost\tlogin-000001\n", "2-2.log")
    assert counts(tally) == (1, 1)


def test_a_tally_of_no_folder_is_zero(tmp_path: Path) -> None:
    assert counts(LedgerTail(tmp_path / "absent")) == (0, 0)
