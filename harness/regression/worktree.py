"""Git worktrees: a commit, or the working tree as it is, laid out in a folder of its own."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.errors import Missing, UsageError
from harness.system.child_environment import GIT, create_environment
from harness.system.signals import deferred

# What no run depends on. Whatever else differs is taken for measured.
UNMEASURED = (
    "CHANGELOG.md",
    "README.md",
    "docs",
    "tests",
    ".ci",
    ".github",
    ".gitignore",
    "harness/compare",
    "harness/dev",
    "harness/regression",
    "harness/report",
    "harness/search",
)
# A snapshot's commit is nobody's, and must not need a name set up.
NOBODY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "snapshot"), ("EMAIL", "snapshot@localhost"))
}


class Repository:
    """The git repository at `root`; raises Missing where there is none, or no git."""

    def __init__(self, root: Path) -> None:
        self.root = root
        if shutil.which("git") is None:
            raise Missing("git is not there.", do="install it: apt-get install git")
        asked = self._git("rev-parse", "--show-toplevel", check=False)
        top = asked.stdout.strip()
        if not top and (root / ".git").exists():
            raise Missing(
                "git does not read the repository.",
                why=asked.stderr.strip().replace("\n", "\n       "),
                do="do what git says",
            )
        if not top or Path(top).resolve() != root.resolve():
            raise Missing(
                "The repository is no git checkout.",
                why=f"{root} is not the top of one",
                do="clone it with git: a check compares two commits",
            )

    def find_commit(self, revision: str) -> str:
        """Return the id of the commit that `revision` names; raise UsageError for none."""
        asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        found = self._git(*asked, check=False)
        if found.returncode != 0:
            raise UsageError(
                f"There is no commit {revision!r}.",
                do="give a branch, a tag or a commit's id; in a shallow clone, fetch it first",
            )
        return found.stdout.strip()

    def take_snapshot(self) -> str:
        """Return the id of a commit that holds the working tree as it is, new files too.

        It is the last commit itself where nothing differs from it.
        """
        head = self.find_commit("HEAD")
        with TemporaryDirectory() as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder) / "index"), **NOBODY}
            self._git("read-tree", head, environment=index)
            self._git("add", "--all", environment=index)
            tree = self._git("write-tree", environment=index).stdout.strip()
            if tree == self._git("rev-parse", f"{head}^{{tree}}").stdout.strip():
                return head
            made = self._git("commit-tree", tree, "-p", head, "-m", "snapshot", environment=index)
            return made.stdout.strip()

    def list_differing(self, base: str, head: str) -> list[str]:
        """Return the measured files that differ between two commits."""
        excluded = [f":(exclude){path}" for path in UNMEASURED]
        names = self._git("diff", "--name-only", "-z", base, head, "--", ".", *excluded).stdout
        return [name for name in names.split("\0") if name]

    @contextmanager
    def lay_out(self, commit: str, folder: Path) -> Iterator[Path]:
        """Lay out a commit in `folder` for a block, and remove the folder, whatever interrupts it.

        A folder that a killed process left there is removed first.
        """
        self._remove(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            # A hook of the user's own, for every repository, is not for this one.
            command = ("-c", "core.hooksPath=/dev/null", "worktree", "add", "--quiet", "--detach")
            self._git(*command, str(folder), commit)
            yield folder
        finally:
            with deferred():
                self._remove(folder)

    def _remove(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        # Twice, for one that was killed while git laid it is locked. `git worktree prune` would
        # also forget those that the user keeps on a disk that is not there just now.
        self._git("worktree", "remove", "--force", "--force", str(folder), check=False)

    def _git(
        self, *arguments: str, environment: dict[str, str] | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        ended = subprocess.run(
            ["git", "-C", str(self.root), *arguments],
            capture_output=True,
            text=True,
            env=create_environment(GIT, environment),
            check=False,
        )
        if check and ended.returncode != 0:
            raise Missing(f"git {arguments[0]} failed.", why=ended.stderr.strip())
        return ended
