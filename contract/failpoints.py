"""The moments of a commit at which a fault run can kill the streaming job."""

from collections.abc import Mapping
from typing import Literal

FailpointName = Literal["staged", "renamed", "logged"]

FAILPOINTS: Mapping[FailpointName, str] = {
    "staged": "staging and rename",
    "renamed": "rename and commit log",
    "logged": "commit log and Spark's own commit",
}
"""The two steps of a commit that each failpoint lies between."""
