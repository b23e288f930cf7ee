"""Rows that the source deleted: `_deleted_at` says so, and the newest word of a key counts."""

import pytest
from warehouse import build, query, table_hash, write_raw

ORDERS = "order_id,customer_id,ordered_at,paid_at,status,currency,discount_amount,updated_at,_loaded_at,_deleted_at"
ITEMS = "order_id,line_number,product_id,quantity,unit_price,_loaded_at,_deleted_at"
PRODUCTS = "product_id,brand,product_name,list_price,currency,updated_at,_loaded_at,_deleted_at"
EVENTS = "event_id,brand,event_name,occurred_at,received_at,anonymous_id,device_type,_loaded_at,_deleted_at"


def order(key, loaded_at, deleted_at="", paid=True, updated_at="2026-01-10 10:00:00"):
    paid_at, status = ("2026-01-10 10:00:00", "paid") if paid else ("", "placed")
    return (
        f"{key},,2026-01-10 09:00:00,{paid_at},{status},USD,0,{updated_at},{loaded_at},{deleted_at}"
    )


LOADED, LATER, LAST = "2026-01-11 03:00:00", "2026-01-12 03:00:00", "2026-01-13 03:00:00"
# Of each order, its rows and the statuses in which they are after the second night and after the third.
CASES = {
    "kept": ([(LOADED, "")], ["staged"], ["staged"]),
    "deleted": (
        [(LOADED, ""), (LATER, LATER)],
        ["deleted", "superseded"],
        ["deleted", "superseded"],
    ),
    "came_back": (
        [(LOADED, ""), (LATER, LATER), (LAST, "")],
        ["deleted", "later", "superseded"],
        ["deleted", "staged", "superseded"],
    ),
    "deleted_twice": (
        [(LOADED, ""), (LATER, LATER), (LATER, LATER)],
        ["deleted", "deleted", "superseded"],
        ["deleted", "deleted", "superseded"],
    ),
    "never_seen": ([(LATER, LATER)], ["deleted"], ["deleted"]),
    "deleted_later": ([(LOADED, ""), (LAST, LAST)], ["later", "staged"], ["deleted", "superseded"]),
    "deleted_when": (
        [(LOADED, ""), (LATER, "yesterday")],
        ["rejected", "staged"],
        ["rejected", "staged"],
    ),
    # A column of the source, filled in place, without a moment of loading: it counts from when it says.
    "marked": ([("", "2026-01-12 02:00:00")], ["deleted"], ["deleted"]),
    "marked_later": ([("", "2026-01-13 02:00:00")], ["staged"], ["deleted"]),
}
ROWS = [order(key, *row) for key, (rows, _, _) in CASES.items() for row in rows]
# A deletion that says nothing but its key, as change logs write it.
BARE = [
    order("bare", LOADED),
    f"bare,,,,,,,,{LATER},{LATER}",
    order("bare_unloaded", ""),
    "bare_unloaded,,,,,,,,,2026-01-12 02:00:00",
    f",,,,,,,,{LATER},{LATER}",
]
TABLES = {
    "app__customers": ["customer_id,brand,country_code,created_at,updated_at"],
    "app__orders": [ORDERS, *ROWS, *BARE],
    "app__order_items": [
        ITEMS,
        *(f"{key},1,p1,1,100,{LOADED}," for key in CASES),
        f"kept,2,p1,1,50,{LOADED},",
        f"kept,2,p1,1,50,{LATER},{LATER}",
    ],
    "app__products": [
        PRODUCTS,
        f"p1,scoot,one,100,USD,2026-01-01 00:00:00,{LOADED},",
        f"p1,,,,,,{LATER},{LATER}",
        f"p2,scoot,two,100,USD,2026-01-01 00:00:00,{LOADED},",
        f"p2,scoot,two,100,USD,2026-01-01 00:00:00,{LATER},{LATER}",
        f"p3,scoot,,wrong,USD,2026-01-01 00:00:00,{LATER},{LATER}",
    ],
    "reference__tolerances": [
        "raw_table,max_rejected_share,reason",
        "default,1,nothing stops here",
    ],
}
EVENT_ROWS = [
    f"{event},scoot,page_viewed,2026-01-10 10:0{place}:00,2026-01-10 10:0{place}:01,a{place % 3},mobile,{LOADED},"
    for place, event in enumerate(("e1", "e2", "e3", "e4", "e5"))
]
DELETED_EVENTS = [
    f"e2,scoot,page_viewed,2026-01-10 10:01:00,2026-01-10 10:01:01,a1,mobile,{LATER},{LATER}",
    f"e3,,,,,,,{LATER},{LATER}",
    f"e4,,,,,,,{LATER},{LATER}",
]
BACK = [f"e3,scoot,page_viewed,2026-01-10 10:02:00,2026-01-10 10:02:01,a2,mobile,{LAST},"]
SELECT = "+stg_app__orders +stg_app__products +stg_app__order_versions +raw_row_days +events"
SECOND = {"as_of": "2026-01-11", "known_until": "2026-01-12 12:00:00"}
THIRD = {"as_of": "2026-01-12", "known_until": "2026-01-13 12:00:00"}


@pytest.fixture(scope="module")
def nights(tmp_path_factory):
    """The same company after the second night and after the third; the third is an increment of it."""
    folder = tmp_path_factory.mktemp("deleted")
    second, third = (folder / night / "warehouse.duckdb" for night in ("second", "third"))
    events = [EVENTS, *EVENT_ROWS]
    raw = write_raw(folder / "raw", TABLES | {"events__events": events})
    build(third, raw, select=SELECT, tests=False, variables=SECOND)
    second.parent.mkdir()
    second.write_bytes(third.read_bytes())
    write_raw(raw, {"events__events": [*events, *DELETED_EVENTS, *BACK]})
    build(third, raw, select=SELECT, tests=False, variables=THIRD)
    whole = folder / "whole" / "warehouse.duckdb"
    build(whole, raw, select=SELECT, tests=False, variables=THIRD)
    return second, third, whole


def statuses(database, table, key):
    rows = query(database, f"select {key}, row_status from staging.{table} order by 1, 2")
    found = {}
    for name, status in rows:
        found.setdefault(name, []).append(status)
    return found


def test_each_row_has_its_status_as_known_then(nights):
    for night, place in zip(nights, (1, 2, 2), strict=True):
        found = statuses(night, "validated_app__orders", "order_id")
        assert {key: found[key] for key in CASES} == {
            key: case[place] for key, case in CASES.items()
        }
        assert found["bare"] == found["bare_unloaded"] == ["deleted", "superseded"]
        assert found[None] == ["rejected"]


def test_a_deleted_order_leaves_and_its_history_stays(nights):
    second, third, _ = nights
    left = {"kept", "deleted_later", "deleted_when", "marked_later"}
    orders = "select order_id from staging.stg_app__orders"
    assert {key for (key,) in query(second, orders)} == left
    assert {key for (key,) in query(third, orders)} == left - {"deleted_later", "marked_later"} | {
        "came_back"
    }
    versions = query(
        third, "select count(*) from staging.stg_app__order_versions where order_id = 'deleted'"
    )
    assert versions == [(1,)], "what it was before"


def test_products_stay_as_they_last_were(nights):
    found = statuses(nights[0], "validated_app__products", "product_id")
    assert found == {
        "p1": ["deleted", "staged"],
        "p2": ["staged", "superseded"],
        "p3": ["rejected"],
    }
    assert query(nights[0], "select product_name from staging.stg_app__products order by 1") == [
        ("one",),
        ("two",),
    ]


def test_an_increment_ends_as_a_whole_build(nights):
    second, third, whole = nights
    events = "select event_id from core.events order by 1"
    assert query(second, events) == [("e1",), ("e2",), ("e3",), ("e4",), ("e5",)]
    assert query(third, events) == [("e1",), ("e3",), ("e5",)]
    for table in (
        "staging.validated_events__events",
        "core.events",
        "vault.raw_row_statuses",
    ):
        assert table_hash(third, table) == table_hash(whole, table), table


def test_the_counts_of_the_statuses_add_up(nights):
    parts = "staged_count + rejected_count + superseded_count + deleted_count + later_count"
    assert query(nights[1], f"select * from core.raw_row_days where raw_row_count <> {parts}") == []
    totals = "select table_name, sum(raw_row_count), sum(deleted_count) from core.raw_row_days group by 1"
    orders = len(ROWS) + len(BARE)
    found = {name: counts for name, *counts in query(nights[1], totals)}
    assert found["orders"] == [orders, 10]
    assert found["order_items"] == [len(CASES) + 2, 1]
    assert found["events"] == [len(EVENT_ROWS) + 4, 3]
