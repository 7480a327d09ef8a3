"""What is changed behind the pipeline's back is named: the query and its row, the event."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from contract.tables import table_of
from tests.pipeline.repository import Repository, replaced, rows
from tests.pipeline.test_bench import BY_TYPE

# The drain waits for a row that is gone, and a test should not.
DRAIN = ("--set", "deadlines.drain_s=5")
# One Mexican and one Thai order each, as the smoke load has it.
MEXICAN, THAI = "order_food-000000", "order_food-000002"


@pytest.fixture(scope="module")
def loaded(repository: Repository) -> Iterator[Repository]:
    """The cluster, holding the smoke load alone; each test puts back what it takes."""
    if not repository.standing():
        assert repository.harness("up").code == 0
    said = repository.harness("smoke", *DRAIN)
    assert said.code == 0, said
    yield repository
    said = repository.harness("verify")
    assert said.code == 0, said
    # It stands under its usual deadlines again.
    assert repository.harness("up").code == 0


def file_of(repository: Repository, event_id: str) -> str:
    """The file of the orders that holds an event."""
    hdfs = repository.addresses.filesystem.client()
    (path,) = (
        path
        for path in hdfs.files("/tmp/menu_app_orders")
        if event_id in rows(repository, path)["event_id"].to_pylist()
    )
    return path


def refused(repository: Repository) -> str:
    """What `verify` says was not as it should be."""
    said = repository.harness("verify")
    assert said.code == 5, said
    assert "Traceback" not in said.err
    return said.err


def changed(table: pa.Table, event_id: str, column: str, value: object) -> pa.Table:
    """The table with another value in the event's row."""
    field = table.schema.field(column)
    values = pc.if_else(
        pc.equal(table["event_id"], event_id), pa.scalar(value, field.type), table[column]
    )
    return table.set_column(table.schema.get_field_index(column), field, values)


def test_a_changed_row_is_named_with_its_query_and_its_event(loaded: Repository) -> None:
    path = file_of(loaded, THAI)
    with replaced(loaded, path, changed(rows(loaded, path), THAI, "description", "Mexican")):
        said = refused(loaded)
    assert f"{THAI} (description: expected 'Thai', found 'Mexican')" in said
    assert "differences in the answer to 2_orders_by_menu_and_coupon: " in said
    assert "differences in the answer to 6_conversion_by_menu: 2 (row 2: expected" in said
    assert "('Mexican', '1', '1', '1.0'), found ('Mexican', '1', '2', '2.0')" in said
    assert "('Thai', '1', '1', '1.0'), found ('Thai', '1', '0', '0.0')" in said
    assert "accepted events that are not in Presto" not in said


def test_a_change_that_no_query_looks_at_is_named_with_its_event(loaded: Repository) -> None:
    path = file_of(loaded, MEXICAN)
    (price,) = (
        row["price"] for row in rows(loaded, path).to_pylist() if row["event_id"] == MEXICAN
    )
    with replaced(loaded, path, changed(rows(loaded, path), MEXICAN, "price", price + 1)):
        said = refused(loaded)
    assert f"1 ({MEXICAN} (price: expected {price}, found {price + 1})) instead of 0" in said
    assert "differences" not in said


def test_a_removed_row_is_named_by_its_event(loaded: Repository) -> None:
    path = file_of(loaded, THAI)
    table = rows(loaded, path)
    with replaced(loaded, path, table.filter(pc.not_equal(table["event_id"], THAI))):
        said = refused(loaded)
    assert "The drain did not end within 5 s. Presto has 1 of 19 committed rows yet" in said
    assert f"accepted events that are not in Presto: 1 ({THAI}) instead of 0" in said
    assert "differences in the answer to 1_events_by_type: " in said
    assert "('order_food', '4'), found ('order_food', '3')" in said


def test_a_doubled_row_is_listed(loaded: Repository) -> None:
    assert loaded.ask("duplicates") == []
    path = file_of(loaded, THAI)
    table = rows(loaded, path)
    again = table.filter(pc.equal(table["event_id"], THAI))
    with replaced(loaded, path, pa.concat_tables([table, again, again])):
        assert loaded.ask("duplicates") == [[THAI, "3"]]


def test_rows_are_listed_by_type(loaded: Repository) -> None:
    assert loaded.ask("rows_by_type") == [
        [table_of(event_type), event_type, str(number)]
        for event_type, number in sorted(
            BY_TYPE.items(), key=lambda item: (table_of(item[0]), item[0])
        )
    ]


def test_events_that_stay_keep_their_seed(loaded: Repository) -> None:
    for verb in ("smoke", "--keep"), ("up",):
        said = loaded.harness(*verb, "--set", "seed=7")
        assert said.code == 2, said
        assert "were made with seed 1" in said.err
