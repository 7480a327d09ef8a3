"""The tables' DDL against the columns that the job writes."""

import re

import pytest

from contract.paths import TABLE_FOLDERS
from contract.tables import COLUMNS, DEAD_LETTERS, EVENTS, ORDERS, TABLES
from harness.system.paths import ROOT

SQL = ROOT / "sql" / "tables"
CONTRACT = {
    EVENTS: "raw_event varchar, kafka_timestamp timestamp, accept varchar, host varchar, "
    "user_agent varchar, description varchar, event_timestamp timestamp, event_type varchar, "
    "uid varchar",
    ORDERS: "raw_event varchar, kafka_timestamp timestamp, accept varchar, host varchar, "
    "user_agent varchar, coupon varchar, description varchar, event_timestamp timestamp, "
    "event_type varchar, price integer, uid varchar",
}
OURS = "event_id varchar, kafka_partition integer, kafka_offset bigint"


def columns(table: str) -> str:
    ddl = (SQL / f"{table}.sql").read_text()
    return " ".join(re.search(r"\((.*?)\)\s*WITH", ddl, re.DOTALL).group(1).split())  # type: ignore[union-attr]


@pytest.mark.parametrize("table", CONTRACT)
def test_the_contract_s_columns_come_first_and_in_order(table: str) -> None:
    assert columns(table) == f"{CONTRACT[table]}, {OURS}"


@pytest.mark.parametrize("table", TABLES)
def test_the_job_writes_every_column(table: str) -> None:
    names = [column.split()[0] for column in columns(table).split(", ")]
    assert len(names) == len(set(names))
    assert set(names) <= set(COLUMNS)


def test_no_column_is_written_for_nothing() -> None:
    named = {column.split()[0] for table in TABLES for column in columns(table).split(", ")}
    assert named == set(COLUMNS)


def test_a_dead_letter_has_its_reason_and_its_bytes() -> None:
    assert columns(DEAD_LETTERS) == (
        "raw_event varchar, kafka_timestamp timestamp, reason varchar, "
        "kafka_partition integer, kafka_offset bigint, message varbinary"
    )


@pytest.mark.parametrize("table", TABLES)
def test_the_table_lies_over_its_folder(table: str) -> None:
    assert f"'hdfs://{TABLE_FOLDERS[table]}'" in (SQL / f"{table}.sql").read_text()
