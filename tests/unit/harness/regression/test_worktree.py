"""Commits and working trees are laid out as they are, and leave nothing behind."""

import os
import subprocess
from pathlib import Path

import pytest

from harness.errors import Missing, UsageError
from harness.regression.worktree import NOBODY, Repository

NOBODY_UID = 65534


def git(root: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", root, *arguments], check=True, capture_output=True, text=True, env=NOBODY
    ).stdout.strip()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with one commit."""
    root = tmp_path / "a repository"
    (root / "app").mkdir(parents=True)
    (root / "docs").mkdir()
    (root / "app" / "web.py").write_text("one\n")
    (root / "docs" / "x.md").write_text("one\n")
    (root / ".gitignore").write_text("/.work/\n")
    git(root.parent, "init", "--quiet", str(root))
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", "first")
    return root


@pytest.fixture
def repository(root: Path) -> Repository:
    return Repository(root)


def test_a_commit_by_any_name(root: Path, repository: Repository) -> None:
    first = git(root, "rev-parse", "HEAD")
    git(root, "tag", "v1")

    assert {repository.find_commit(name) for name in ("HEAD", "v1", first, first[:10])} == {first}


@pytest.mark.parametrize("revision", ["nowhere", "", "--help", "HEAD:app/web.py"])
def test_what_is_no_commit(repository: Repository, revision: str) -> None:
    with pytest.raises(UsageError, match="There is no commit"):
        repository.find_commit(revision)


def test_what_is_no_checkout(root: Path, tmp_path: Path) -> None:
    for folder in (tmp_path, root / "app"):
        with pytest.raises(Missing, match="no git checkout"):
            Repository(folder)


def test_what_git_does_not_read_is_said_in_its_words(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only the superuser can give a file away")
    # Without the settings of whoever runs the tests.
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for path in (root, *root.rglob("*")):
        os.chown(path, NOBODY_UID, -1)
    with pytest.raises(Missing, match="git does not read the repository") as caught:
        Repository(root)
    assert f"git config --global --add safe.directory '{root}'" in caught.value.why


class TestSnapshot:
    def test_of_a_clean_tree_is_the_commit(self, root: Path, repository: Repository) -> None:
        (root / ".work").mkdir()
        (root / ".work" / "ignored").touch()

        assert repository.take_snapshot() == repository.find_commit("HEAD")

    def test_has_changed_new_and_removed_files(
        self, root: Path, repository: Repository, tmp_path: Path
    ) -> None:
        (root / "app" / "web.py").write_text("two\n")
        (root / "app" / "new.py").write_text("new\n")
        (root / "docs" / "x.md").unlink()
        before = git(root, "status", "--porcelain")

        with repository.lay_out(repository.take_snapshot(), tmp_path / "laid") as folder:
            assert (folder / "app" / "web.py").read_text() == "two\n"
            assert (folder / "app" / "new.py").read_text() == "new\n"
            assert not (folder / "docs" / "x.md").exists()
        assert git(root, "status", "--porcelain") == before


class TestDiffering:
    def test_documentation_is_not_measured(self, root: Path, repository: Repository) -> None:
        (root / "docs" / "x.md").write_text("two\n")
        (root / "README.md").write_text("two\n")

        assert repository.list_differing("HEAD", repository.take_snapshot()) == []

    def test_anything_else_is(self, root: Path, repository: Repository) -> None:
        (root / "app" / "web.py").write_text("two\n")
        (root / "unheard of").write_text("two\n")

        assert repository.list_differing("HEAD", repository.take_snapshot()) == [
            "app/web.py",
            "unheard of",
        ]


class TestLaid:
    def test_is_the_commit_and_then_gone(
        self, root: Path, repository: Repository, tmp_path: Path
    ) -> None:
        (root / "app" / "web.py").write_text("two\n")
        with repository.lay_out("HEAD", tmp_path / "laid") as folder:
            assert (folder / "app" / "web.py").read_text() == "one\n"
            assert git(folder, "rev-parse", "HEAD") == git(root, "rev-parse", "HEAD")
        assert not folder.exists()
        assert len(git(root, "worktree", "list").splitlines()) == 1

    def test_is_gone_after_an_error(
        self, root: Path, repository: Repository, tmp_path: Path
    ) -> None:
        with (
            pytest.raises(KeyboardInterrupt),
            repository.lay_out("HEAD", tmp_path / "laid") as folder,
        ):
            raise KeyboardInterrupt
        assert not folder.exists()
        assert len(git(root, "worktree", "list").splitlines()) == 1

    def test_replaces_one_that_was_killed_while_git_laid_it(
        self, root: Path, repository: Repository, tmp_path: Path
    ) -> None:
        laid = tmp_path / "laid"
        git(root, "worktree", "add", "--quiet", "--detach", str(laid), "HEAD")
        git(root, "worktree", "lock", "--reason", "initializing", str(laid))
        (laid / ".git").unlink()
        with repository.lay_out("HEAD", laid) as folder:
            assert (folder / "app" / "web.py").exists()
        assert len(git(root, "worktree", "list").splitlines()) == 1

    def test_leaves_the_user_s_own_alone(
        self, root: Path, repository: Repository, tmp_path: Path
    ) -> None:
        away = tmp_path / "on another disk"
        git(root, "worktree", "add", "--quiet", "--detach", str(away), "HEAD")
        away.rename(tmp_path / "unmounted")
        with repository.lay_out("HEAD", tmp_path / "laid"):
            pass
        assert str(away) in git(root, "worktree", "list")

    def test_within_a_hook_of_another_repository(
        self, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other = tmp_path / "other"
        git(tmp_path, "init", "--quiet", str(other))
        monkeypatch.setenv("GIT_DIR", str(other / ".git"))
        monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git" / "index"))
        with Repository(root).lay_out("HEAD", tmp_path / "laid") as folder:
            assert (folder / "app" / "web.py").exists()

    def test_without_hooks_for_every_repository_of_the_user(
        self, root: Path, repository: Repository, tmp_path: Path
    ) -> None:
        hook = tmp_path / "hooks" / "post-checkout"
        hook.parent.mkdir()
        hook.write_text("#!/bin/sh\ntouch hooked; exit 1\n")
        hook.chmod(0o755)
        git(root, "config", "core.hooksPath", str(hook.parent))
        with repository.lay_out("HEAD", tmp_path / "laid") as folder:
            assert not (folder / "hooked").exists()

    def test_replaces_what_a_killed_one_left(
        self, root: Path, repository: Repository, tmp_path: Path
    ) -> None:
        git(root, "worktree", "add", "--quiet", "--detach", str(tmp_path / "laid"), "HEAD")
        (tmp_path / "laid" / "stale").touch()
        with repository.lay_out("HEAD", tmp_path / "laid") as folder:
            assert not (folder / "stale").exists()
