"""The count ladder: events sent, accepted, in Kafka, in the Parquet files, in Presto."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.ledger import Ledger
from app.route import ROUTES
from contract.tables import DEAD_LETTERS, table_of
from harness.record.models import Check, Counts, Rung
from harness.verify.checks import FIRST, create_check, format_list


class StoredRow(NamedTuple):
    """A row of a table. Where the app never sent it, type and id may be anything or None."""

    table: str
    event_type: str | None
    event_id: str | None


@dataclass(frozen=True, slots=True)
class Observed:
    """The events that were observed on each rung of the count ladder.

    `sent` are the load tool's complete requests by event type, None when somebody else sent the
    load, and `failed` the requests that it did not count as good. `kafka` is the number of messages
    in the topic. `parquet` are the rows of all three tables' files, and `messages` the number of
    different Kafka messages that they come from. `presto` are the rows of the two tables of events,
    and `presto_dead_letters` the number of rows of the third table. `undated` is the number of
    events in the files without a known time of becoming visible.
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
class Reconciliation:
    """The counts, and the checks on them."""

    counts: Counts
    checks: tuple[Check, ...]


def reconcile(observed: Observed, *, judge_load: bool) -> Reconciliation:
    """Compare the rungs, event by event, and count by event type and table.

    A row in Presto is the first row of an event that was accepted or is in doubt, a duplicate of
    such a row, or unexpected. So presto = accepted - missing + events in doubt that arrived +
    duplicate + unexpected. With `judge_load`, as in a bench, a failed request or an event in doubt
    fails a check; otherwise these checks are not judged.
    """
    ledger = observed.ledger
    account = _account(observed)
    parquet = [row for row in observed.parquet if row.table != DEAD_LETTERS]
    counts = Counts(
        sent=None if observed.sent is None else sum(observed.sent.values()),
        accepted=len(ledger.accepted),
        kafka=observed.kafka,
        parquet=len(parquet),
        presto=len(observed.presto),
        missing=len(account["missing"]),
        duplicate=len(account["duplicate"]),
        unexpected=len(account["unexpected"]),
        in_doubt=len(account["in_doubt"]),
        refused=len(account["refused"]),
        lost=len(account["lost"]),
        dead_letter=len(observed.parquet) - len(parquet),
        by_type=_split(
            observed, parquet, lambda event_type: event_type, lambda row: row.event_type
        ),
        by_table=_split(observed, parquet, table_of, lambda row: row.table),
        ids={kind: tuple(ids[:FIRST]) for kind, ids in account.items() if ids},
    )
    checks = (
        *_check_load(observed, account, judge_load),
        *_check_events(observed, account),
        *_check_rows(observed, parquet),
    )
    return Reconciliation(counts, checks)


def count_by_type(event_ids: Iterable[str]) -> Counter[str]:
    """Count the events of each type."""
    return Counter(map(_event_type, event_ids))


def _event_type(event_id: str) -> str:
    return ROUTES[event_id.rpartition("-")[0]].event_type


def _account(observed: Observed) -> dict[str, list[str]]:
    """Return the ids of each kind, sorted; `duplicate` has an id once for each extra row."""
    ledger = observed.ledger
    rows: Counter[str] = Counter()
    unexpected = []
    for row in observed.presto:
        fault = _find_fault(row, ledger)
        if row.event_id is None or fault:
            unexpected.append(f"{row.event_id} ({fault})")
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


def _find_fault(row: StoredRow, ledger: Ledger) -> str | None:
    """Return why this row is unexpected, None if its event may be stored."""
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
    observed: Observed,
    parquet: Sequence[StoredRow],
    key: Callable[[str], str],
    row_key: Callable[[StoredRow], str | None],
) -> dict[str, Rung]:
    """Return the rungs by event type or table: `key` maps an event type, `row_key` a row."""
    sent = _regroup(observed.sent or {}, key)
    accepted = _regroup(count_by_type(observed.ledger.accepted), key)
    in_files = Counter(str(row_key(row)) for row in parquet)
    in_presto = Counter(str(row_key(row)) for row in observed.presto)
    return {
        name: Rung(
            sent=None if observed.sent is None else sent[name],
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


def _check_load(
    observed: Observed, account: Mapping[str, Sequence[str]], judge_load: bool
) -> Iterator[Check]:
    accepted = count_by_type(observed.ledger.accepted)
    sent = accepted if observed.sent is None else Counter(observed.sent)
    yield create_check(
        "requests that the app accepted",
        "not known" if observed.sent is None else _apart(sent, accepted),
        _apart(accepted, sent),
        judged=judge_load,
    )
    yield create_check("requests that failed", "0", f"{observed.failed:,}", judged=judge_load)
    yield create_check("events in doubt", "0", format_list(account["in_doubt"]), judged=judge_load)


def _check_events(observed: Observed, account: Mapping[str, Sequence[str]]) -> Iterator[Check]:
    missing = set(account["missing"])
    buried = {row.event_id for row in observed.parquet if row.table == DEAD_LETTERS}
    whereabouts = {
        "lost by the producer": missing & observed.ledger.lost,
        "in the dead letters": missing & buried,
    }
    notes = [f"{len(ids):,} {where}" for where, ids in whereabouts.items() if ids]
    found = format_list(account["missing"], notes)
    yield create_check("accepted events that are not in Presto", "0", found)
    yield create_check(
        "rows too many of the same event in Presto", "0", format_list(account["duplicate"])
    )
    yield create_check("unexpected rows in Presto", "0", format_list(account["unexpected"]))


def _check_rows(observed: Observed, parquet: Sequence[StoredRow]) -> Iterator[Check]:
    dead_letters = len(observed.parquet) - len(parquet)
    files, presto = Counter(parquet), Counter(observed.presto)
    lacking, beyond = (files - presto).total(), (presto - files).total()
    rows = f"{len(observed.parquet):,}"
    yield create_check(
        "rows in the Parquet files, one a message of Kafka", f"{observed.kafka:,}", rows
    )
    yield create_check("different messages in the Parquet files", rows, f"{observed.messages:,}")
    yield create_check("rows of the Parquet files that Presto lacks", "0", f"{lacking:,}")
    yield create_check("rows of Presto that the Parquet files lack", "0", f"{beyond:,}")
    yield create_check(
        "dead letters in Presto", f"{dead_letters:,}", f"{observed.presto_dead_letters:,}"
    )
    yield create_check("events without a committed latency", "0", f"{observed.undated:,}")


def _apart(counts: Counter[str], others: Counter[str]) -> str:
    """Return the sum of `counts`, with the counts that differ from `others`."""
    differing = [name for name in sorted({*counts, *others}) if counts[name] != others[name]]
    details = ", ".join(f"{name} {counts[name]:,}" for name in differing)
    return f"{counts.total():,} ({details})" if details else f"{counts.total():,}"
