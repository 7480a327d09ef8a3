"""`smoke`: the bench with the profile smoke, which sends each of the 19 calls once."""

from collections.abc import Sequence

from harness.commands import bench


def run(
    profile: str, settings: Sequence[str], *, keep: bool, repeat: int, group: str | None
) -> None:
    """Run the benchmark; raise the error of a run that is not valid."""
    bench.run(profile, settings, keep=keep, repeat=repeat, group=group)
