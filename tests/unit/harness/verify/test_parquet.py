"""Rows and latencies of Parquet files."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from harness.engines.webhdfs import WebHdfs
from harness.errors import InvalidRun
from harness.verify import parquet
from harness.verify.count_ladder import StoredRow
from harness.verify.parquet import CommittedLatency, StoredFile

Values = Mapping[str, Sequence[object]]

STAMP_MS = 1_790_000_000_123
LOGINS: Values = {
    **{name: [None, None] for name in parquet.COLUMNS},
    "uid": ["A00001", "A00002"],
    "event_id": ["login-000001", "login-000002"],
    "event_type": ["login", "login"],
    "kafka_partition": [0, 0],
    "kafka_offset": [10, 11],
    "kafka_timestamp": [STAMP_MS, STAMP_MS + 5],
}
DEAD: Values = {
    **LOGINS,
    "event_id": [None, None],
    "event_type": [None, None],
    "kafka_partition": [1, 1],
}


def values(committed: CommittedLatency) -> NDArray[np.int64]:
    return np.concatenate(list(committed.by_table.values()))


def negative(committed: CommittedLatency) -> int:
    return int((values(committed) < 0).sum())


def table(values: Values) -> pa.Table:
    types = {
        "kafka_partition": pa.int32(),
        "kafka_offset": pa.int64(),
        "kafka_timestamp": pa.timestamp("ms", tz="UTC"),
        "event_timestamp": pa.timestamp("ms", tz="UTC"),
        "price": pa.int32(),
    }
    return pa.table(
        {name: pa.array(column, types.get(name, pa.string())) for name, column in values.items()}
    )


def encode(values: Values, **options: object) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table(values), sink, compression="snappy", **options)
    content: bytes = sink.getvalue().to_pybytes()
    return content


class Hdfs(WebHdfs):
    """The tables' folders in memory."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        self.contents = contents

    def files(self, folder: str) -> list[str]:
        return sorted(path for path in self.contents if path.startswith(f"{folder}/"))

    def read(self, path: str) -> bytes:
        return self.contents[path]


def stored(table_name: str, values: Values, path: str = "file") -> StoredFile:
    return StoredFile(path, table_name, 100, table(values).select(parquet.COLUMNS))


def test_sizes_are_those_of_the_files_of_events() -> None:
    login, order, dead = encode(LOGINS), encode(LOGINS, use_dictionary=False), encode(DEAD)
    hdfs = Hdfs(
        {
            "/tmp/menu_app_events/p0-10-11.parquet": login,
            "/tmp/menu_app_orders/p0-10-10.parquet": order,
            "/tmp/menu_app_dead_letters/p1.parquet": dead,
        }
    )

    files = parquet.read(hdfs)

    assert [file.size_bytes for file in files] == [len(login), len(order), len(dead)]
    assert len(login) != len(order)
    assert parquet.sum_event_bytes(files) == len(login) + len(order)


def test_rows_of_all_tables() -> None:
    order = {name: column[:1] for name, column in LOGINS.items()}
    hdfs = Hdfs(
        {
            "/tmp/menu_app_events/p0-10-11.parquet": encode(LOGINS),
            "/tmp/menu_app_orders/p0-10-10.parquet": encode({**order, "event_id": ["order-1"]}),
            "/tmp/menu_app_dead_letters/p1.parquet": encode(DEAD),
            "/tmp/menu_app_events/_temporary": b"no Parquet",
            "/tmp/menu_app_events/.hidden": b"nor this",
            "/tmp/other/file": b"not ours",
        }
    )

    files = parquet.read(hdfs)

    assert parquet.list_rows(files) == [
        StoredRow("menu_app_events", "login", "login-000001"),
        StoredRow("menu_app_events", "login", "login-000002"),
        StoredRow("menu_app_orders", "login", "order-1"),
        StoredRow("menu_app_dead_letters", None, None),
        StoredRow("menu_app_dead_letters", None, None),
    ]
    assert [file.path for file in files] == [
        "/tmp/menu_app_events/p0-10-11.parquet",
        "/tmp/menu_app_orders/p0-10-10.parquet",
        "/tmp/menu_app_dead_letters/p1.parquet",
    ]


def test_empty_tables() -> None:
    assert parquet.list_rows(parquet.read(Hdfs({}))) == []


def test_a_file_that_is_no_parquet_is_named() -> None:
    whole = encode(LOGINS)
    path = "/tmp/menu_app_events/half.parquet"

    with pytest.raises(InvalidRun, match=path):
        parquet.read(Hdfs({path: whole[: len(whole) // 2]}))


def test_a_file_without_a_column_is_named() -> None:
    path = "/tmp/menu_app_events/old.parquet"
    old = {name: column for name, column in LOGINS.items() if name != "kafka_offset"}

    with pytest.raises(InvalidRun, match=path) as caught:
        parquet.read(Hdfs({path: encode(old)}))

    assert "kafka_offset" in caught.value.why


def test_different_messages() -> None:
    once = stored("menu_app_events", LOGINS)
    elsewhere = stored("menu_app_dead_letters", DEAD)

    assert parquet.count_messages([once]) == 2
    assert parquet.count_messages([once, elsewhere]) == 4
    assert parquet.count_messages([once, elsewhere, once]) == 4


@pytest.mark.parametrize(
    "options", [{"coerce_timestamps": "us"}, {"use_deprecated_int96_timestamps": True}]
)
def test_latency_is_from_kafkas_stamp_to_the_commit(options: dict[str, object]) -> None:
    path = "/tmp/menu_app_events/p0.parquet"
    files = parquet.read(Hdfs({path: encode(LOGINS, **options)}))

    committed = parquet.measure_latency(files, {path: STAMP_MS + 700})

    assert values(committed).tolist() == [700, 695]
    assert (committed.unknown, negative(committed)) == (0, 0)


def test_latencies_below_zero_are_kept_and_counted() -> None:
    committed = parquet.measure_latency([stored("menu_app_events", LOGINS)], {"file": STAMP_MS + 2})

    assert values(committed).tolist() == [2, -3]
    assert negative(committed) == 1


def test_events_without_a_stamp_or_a_commit_are_unknown() -> None:
    unstamped = stored("menu_app_events", {**LOGINS, "kafka_timestamp": [None, STAMP_MS]})
    unlogged = stored("menu_app_orders", LOGINS, path="nobody's")

    committed = parquet.measure_latency([unstamped, unlogged], {"file": STAMP_MS + 1})

    assert values(committed).tolist() == [1]
    assert committed.unknown == 3


def test_latencies_by_table() -> None:
    events, orders = stored("menu_app_events", LOGINS), stored("menu_app_orders", LOGINS, "other")

    committed = parquet.measure_latency(
        [events, orders, events], {"file": STAMP_MS + 9, "other": 0}
    )

    by_table = {table: values.tolist() for table, values in committed.by_table.items()}
    assert by_table == {
        "menu_app_events": [9, 4, 9, 4],
        "menu_app_orders": [-STAMP_MS, -STAMP_MS - 5],
    }
    assert len(values(committed)) == 6
    assert negative(committed) == 2


def test_dead_letters_are_no_events() -> None:
    committed = parquet.measure_latency([stored("menu_app_dead_letters", DEAD)], {"file": STAMP_MS})

    assert (len(values(committed)), committed.unknown) == (0, 0)
    assert values(committed).dtype == np.int64
    assert set(committed.by_table) == {"menu_app_events", "menu_app_orders"}
