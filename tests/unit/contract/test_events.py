from app.route import ROUTES
from contract.events import EVENT_TYPES
from contract.tables import EVENT_TABLES, ORDERS, table_of


def test_the_types_are_the_contract_s() -> None:
    assert set(EVENT_TYPES) == {
        "default",
        "new_user",
        "login",
        "create_profile",
        "menu_search",
        "order_food",
        "post_review",
        "post_rating",
    }


def test_the_routes_make_every_type() -> None:
    assert {route.event_type for route in ROUTES.values()} == set(EVENT_TYPES)


def test_only_orders_have_a_table_of_their_own() -> None:
    assert {table_of(event_type) for event_type in EVENT_TYPES} == set(EVENT_TABLES)
    assert [one for one in EVENT_TYPES if table_of(one) == ORDERS] == ["order_food"]
