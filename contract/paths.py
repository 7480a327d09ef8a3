"""The folders on the file system, as absolute paths below its root."""

from contract.tables import TABLES

TABLE_FOLDERS = {table: f"/tmp/{table}" for table in TABLES}
"""The folder of each table's Parquet files; the tables' DDL names the same."""

JOB = "/menu_app"
"""All that the streaming job keeps beside the tables."""
COMMITS = f"{JOB}/commits"
STAGING = f"{JOB}/staging"
CHECKPOINT = f"{JOB}/checkpoint"
