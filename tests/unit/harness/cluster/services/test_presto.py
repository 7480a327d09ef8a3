"""The file that a fresh Presto reads before it is taken for ready."""

import pyarrow.parquet as pq

from harness.cluster.services.presto import LOOK, ROW


def test_the_file_is_a_row_of_the_table_that_is_made_over_it() -> None:
    assert pq.read_table(ROW).to_pydict() == {"word": ["ready"]}
    create, *_, drop = LOOK
    assert create.startswith("CREATE TABLE IF NOT EXISTS readiness (word varchar) ")
    assert drop == "DROP TABLE readiness"
