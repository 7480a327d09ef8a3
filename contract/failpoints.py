"""The moments of a commit at which a fault run can kill the streaming job."""

from __future__ import annotations

from typing import Literal, get_args

Failpoint = Literal["staged", "renamed", "logged"]
"""`staged` is between staging and rename, `renamed` between rename and commit log, `logged` between
commit log and Spark's own commit."""

FAILPOINTS: tuple[Failpoint, ...] = get_args(Failpoint)
