"""The count ladder: sent, accepted, in Kafka, in the Parquet files, in Presto."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.ledger import Ledger
from app.route import ROUTES
from contract.tables import DEAD_LETTERS, table_of
from harness.record.models import Check, Counts, Rung
from harness.verify.checks import FIRST, check, listed
from harness.verify.rows import StoredRow


@dataclass(frozen=True, slots=True)
class Rungs:
    """What was found on each rung.

    `sent` are the load tool's complete requests by event type, None when somebody else sent the
    load, and `failed` those that it did not count as good. `kafka` is the number of messages in
    the topic, `parquet` the rows of all three tables' files and `messages` the number of
    different Kafka messages they come from; `presto` are the rows of the two tables of events and
    `presto_dead_letters` the number of the third's. Of `undated` events in the files it is not
    known when they became visible.
    """

    sent: Mapping[str, int] | None
    failed: int
    ledger: Ledger
    kafka: int
    parquet: Sequence[StoredRow]
    messages: int
    presto: Sequence[StoredRow]
    presto_dead_letters: int
    undated: int


@dataclass(frozen=True, slots=True)
class Ladder:
    """The counts, and what was tested on them."""

    counts: Counts
    checks: tuple[Check, ...]


def climb(rungs: Rungs, bench: bool) -> Ladder:
    """Compares the rungs, event by event, and counts them by event type and table.

    Each row in Presto is one of three: the first of an event that was accepted or is in doubt, a
    duplicate of such a one, or unexpected. So presto = accepted - missing + those in doubt that
    arrived + duplicate + unexpected. Of a bench, no request may have failed and no event be in
    doubt; else these are not judged.
    """
    ledger = rungs.ledger
    account = _account(rungs)
    parquet = [row for row in rungs.parquet if row.table != DEAD_LETTERS]
    counts = Counts(
        sent=None if rungs.sent is None else sum(rungs.sent.values()),
        accepted=len(ledger.accepted),
        kafka=rungs.kafka,
        parquet=len(parquet),
        presto=len(rungs.presto),
        missing=len(account["missing"]),
        duplicate=len(account["duplicate"]),
        unexpected=len(account["unexpected"]),
        in_doubt=len(account["in_doubt"]),
        refused=len(account["refused"]),
        lost=len(account["lost"]),
        dead_letter=len(rungs.parquet) - len(parquet),
        by_type=_split(rungs, parquet, lambda event_type: event_type, lambda row: row.event_type),
        by_table=_split(rungs, parquet, table_of, lambda row: row.table),
        ids={kind: tuple(ids[:FIRST]) for kind, ids in account.items() if ids},
    )
    checks = (
        *_load_checks(rungs, account, bench),
        *_event_checks(rungs, account),
        *_row_checks(rungs, parquet),
    )
    return Ladder(counts, checks)


def by_type(event_ids: Iterable[str]) -> Counter[str]:
    """How many of the events are of each type."""
    return Counter(map(_event_type, event_ids))


def _event_type(event_id: str) -> str:
    return ROUTES[event_id.rpartition("-")[0]].event_type


def _account(rungs: Rungs) -> dict[str, list[str]]:
    """The ids of each kind, sorted; an event is in `duplicate` once for each row too many."""
    ledger = rungs.ledger
    rows: Counter[str] = Counter()
    unexpected = []
    for row in rungs.presto:
        amiss = _amiss(row, ledger)
        if row.event_id is None or amiss:
            unexpected.append(f"{row.event_id} ({amiss})")
        else:
            rows[row.event_id] += 1
    return {
        "missing": sorted(ledger.accepted - rows.keys()),
        "duplicate": sorted((rows - Counter(rows.keys())).elements()),
        "unexpected": sorted(unexpected),
        "in_doubt": sorted(ledger.in_doubt),
        "refused": sorted(ledger.refused),
        "lost": sorted(ledger.lost),
    }


def _amiss(row: StoredRow, ledger: Ledger) -> str | None:
    """Why nobody expects this row; None when it is one of an event that may be there."""
    if row.event_id is None:
        return "no id"
    if row.event_id not in ledger.began:
        return "never begun"
    if row.event_id in ledger.refused:
        return "refused"
    event_type = _event_type(row.event_id)
    if row.event_type != event_type:
        return f"of type {row.event_type}"
    if row.table != table_of(event_type):
        return f"in {row.table}"
    return None


def _split(
    rungs: Rungs,
    parquet: Sequence[StoredRow],
    key: Callable[[str], str],
    row_key: Callable[[StoredRow], str | None],
) -> dict[str, Rung]:
    """The rungs by event type or table: `key` makes one of an event type, `row_key` of a row."""
    sent = _regroup(rungs.sent or {}, key)
    accepted = _regroup(by_type(rungs.ledger.accepted), key)
    in_files = Counter(str(row_key(row)) for row in parquet)
    in_presto = Counter(str(row_key(row)) for row in rungs.presto)
    return {
        name: Rung(
            sent=None if rungs.sent is None else sent[name],
            accepted=accepted[name],
            kafka=None,
            parquet=in_files[name],
            presto=in_presto[name],
        )
        for name in sorted({*sent, *accepted, *in_files, *in_presto})
    }


def _regroup(counts: Mapping[str, int], key: Callable[[str], str]) -> Counter[str]:
    groups: Counter[str] = Counter()
    for name, count in counts.items():
        groups[key(name)] += count
    return groups


def _load_checks(
    rungs: Rungs, account: Mapping[str, Sequence[str]], bench: bool
) -> Iterator[Check]:
    accepted = by_type(rungs.ledger.accepted)
    sent = accepted if rungs.sent is None else Counter(rungs.sent)
    yield check(
        "requests that the app accepted",
        "not known" if rungs.sent is None else _apart(sent, accepted),
        _apart(accepted, sent),
        judged=bench,
    )
    yield check("requests that failed", "0", f"{rungs.failed:,}", judged=bench)
    yield check("events in doubt", "0", listed(account["in_doubt"]), judged=bench)


def _event_checks(rungs: Rungs, account: Mapping[str, Sequence[str]]) -> Iterator[Check]:
    missing = set(account["missing"])
    buried = {row.event_id for row in rungs.parquet if row.table == DEAD_LETTERS}
    whereabouts = {
        "lost by the producer": missing & rungs.ledger.lost,
        "in the dead letters": missing & buried,
    }
    notes = [f"{len(ids):,} {where}" for where, ids in whereabouts.items() if ids]
    found = listed(account["missing"], notes)
    yield check("accepted events that are not in Presto", "0", found)
    yield check("rows too many of the same event in Presto", "0", listed(account["duplicate"]))
    yield check("unexpected rows in Presto", "0", listed(account["unexpected"]))


def _row_checks(rungs: Rungs, parquet: Sequence[StoredRow]) -> Iterator[Check]:
    dead_letters = len(rungs.parquet) - len(parquet)
    files, presto = Counter(parquet), Counter(rungs.presto)
    rows = f"{len(rungs.parquet):,}"
    yield check("rows in the Parquet files, one a message of Kafka", f"{rungs.kafka:,}", rows)
    yield check("different messages in the Parquet files", rows, f"{rungs.messages:,}")
    yield check("rows of the Parquet files that Presto lacks", "0", _number(files - presto))
    yield check("rows of Presto that the Parquet files lack", "0", _number(presto - files))
    yield check("dead letters in Presto", f"{dead_letters:,}", f"{rungs.presto_dead_letters:,}")
    yield check("events without a committed latency", "0", f"{rungs.undated:,}")


def _apart(counts: Counter[str], others: Counter[str]) -> str:
    """The sum of `counts`, with those that are not the same in `others`."""
    differing = [name for name in sorted({*counts, *others}) if counts[name] != others[name]]
    details = ", ".join(f"{name} {counts[name]:,}" for name in differing)
    return f"{counts.total():,} ({details})" if details else f"{counts.total():,}"


def _number(rows: Counter[StoredRow]) -> str:
    return f"{rows.total():,}"
