"""The SQL files: one query each, of a known name, good for any Presto."""

import re
from pathlib import Path

import pytest

from contract.tables import TABLES
from harness.system.paths import ROOT

SQL = ROOT / "sql"
FILES = sorted(SQL.rglob("*.sql"))
REPORT = sorted(SQL.glob("report/*.sql"))


def name(path: Path) -> str:
    return str(path.relative_to(SQL))


def test_there_are_only_three_folders_of_sql() -> None:
    assert {name(path.parent) for path in FILES} == {"report", "tables", "verify"}


def test_each_table_has_its_ddl() -> None:
    assert {path.stem for path in SQL.glob("tables/*")} == set(TABLES)


def test_the_eight_groups_are_there() -> None:
    matches = [re.fullmatch(r"([1-8])_[a-z_]+\.sql", path.name) for path in REPORT]
    assert all(matches)
    assert {match[1] for match in matches if match} == set("12345678")


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_file_is_one_statement_and_its_semicolon(path: Path) -> None:
    text = path.read_text()
    assert text.endswith(";\n")
    assert text.count(";") == 1
    assert text.startswith(("SELECT ", "SELECT\n", "CREATE TABLE IF NOT EXISTS "))
    assert text.count("(") == text.count(")")


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_file_names_no_place_but_the_tables_folders(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\d+\.\d+\.\d+\.\d+|localhost|:\d|hive\.", text)
    locations = re.findall(r"\w+:/[^']*", text)
    assert locations == [f"hdfs:///tmp/{path.stem}"] * (path.parent.name == "tables")


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_query_reads_only_the_tables(path: Path) -> None:
    read = set(re.findall(r"\b(?:FROM|JOIN)\s+(\w+)", path.read_text()))
    assert read <= set(TABLES)
    assert read or path.parent.name == "tables"


KEYS = {
    "1_events_by_type": {"event_type"},
    "1_events_by_type_and_description": {"event_type", "description"},
    "2_coupon_rate": set(),
    "2_coupon_rate_by_menu": {"menu"},
    "2_orders_by_menu_and_coupon": {"menu", "coupon"},
    "3_orders_by_hour": {"hour"},
    "3_orders_by_menu_and_hour": {"menu", "hour"},
    "4_logins_by_hour": {"hour"},
    "5_profiles_by_month": {"month"},
    "6_conversion_by_menu": {"menu"},
    "7_ratings_by_stars": {"stars"},
    "8_top_raters": {"uid"},
}
"""What tells the rows of an answer apart; an answer without a key is one row."""


@pytest.mark.parametrize("path", REPORT, ids=name)
def test_an_answer_has_one_order(path: Path) -> None:
    order = re.search(r"\nORDER BY (.*)\n?(?:LIMIT \d+)?;\n$", path.read_text())
    by = order[1].removesuffix(";").split(", ") if order else []
    assert {column.removesuffix(" DESC") for column in by} >= KEYS[path.stem]


@pytest.mark.parametrize("path", REPORT, ids=name)
def test_hours_and_months_are_read_in_utc(path: Path) -> None:
    text = path.read_text()
    assert text.count("event_timestamp") == text.count("event_timestamp AT TIME ZONE 'UTC'")
