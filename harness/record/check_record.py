"""The record of a check, `check.json`: the pairs that were run, and the verdict on them."""

from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime

from harness.record.models import Record

CHECK_SCHEMA_VERSION = 1

SideName = Literal["base", "head"]
CheckStatus = Literal["fine", "regression", "inconclusive"]


class LimitOutcome(StrEnum):
    """Whether pairs of runs keep to a limit; `open` where more pairs are needed to tell."""

    FINE = "fine"
    REGRESSION = "regression"
    OPEN = "open"


class PairOfRuns(Record):
    """One run of base and one of head, by id, and the metrics of each; `first` ran before.

    `marks` say why the pair's figures are not those of base and head alone.
    """

    first: SideName
    base_run: str
    head_run: str
    base: dict[str, float | None]
    head: dict[str, float | None]
    marks: tuple[str, ...] = ()


class Judgement(Record):
    """One metric over the pairs: how many times worse head is, and whether that is in the limit.

    `harm` is the geometric mean of the ratio, turned so that above 1 head is the worse, `low` and
    `high` its 95 % interval; `limit` is how much may be, None where the metric fails no check.
    """

    metric: str
    base_median: float
    head_median: float
    harm: float
    low: float | None
    high: float | None
    limit: float | None
    outcome: LimitOutcome | None


class Rates(Record):
    """The outcomes of simulated checks of a head that is slower by `slowdown`, 0.15 for 15 %.

    Shares of all checks; `low` and `high` are the 95 % interval of `regression`. `pairs` is the
    mean number of pairs that a check took, and `recorded` how many the noise was drawn from.
    """

    slowdown: float
    regression: float
    low: float
    high: float
    fine: float
    inconclusive: float
    pairs: float
    recorded: int


class CheckRecord(Record):
    """A check, whole. `confirmation` has the pairs of the second batch, where there was one.

    `apart` are the pairs that are marked, and were made anew.

    `rates` are how often such a check is wrong on this host; there is none without a baseline.
    """

    schema_version: int = CHECK_SCHEMA_VERSION
    check_id: str
    status: CheckStatus
    why: str
    profile: str
    base_commit: str
    head_commit: str
    started_utc: AwareDatetime
    duration_s: float
    differing: tuple[str, ...]
    pairs: tuple[PairOfRuns, ...]
    confirmation: tuple[PairOfRuns, ...]
    apart: tuple[PairOfRuns, ...] = ()
    judgements: tuple[Judgement, ...]
    rates: tuple[Rates, ...] = ()
