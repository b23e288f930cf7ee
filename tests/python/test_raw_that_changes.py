"""Raw data that is corrected, withdrawn, or looked at as of an earlier day: an increment ends as a full build."""

import pytest
from warehouse import build, query, table_hash, write_raw

HEADER = "event_id,brand,event_name,occurred_at,received_at,anonymous_id,customer_id,device_type,_loaded_at"
EVENTS = [
    "e1,scoot,page_viewed,2026-01-10 10:00:00,2026-01-10 10:00:01,a1,,mobile,2026-01-10 10:05:00",
    "e1,scoot,page_viewed,2026-01-10 10:00:00,2026-01-10 10:00:01,a2,,mobile,2026-01-20 10:05:00",
    "e2,scoot,page_viewed,2026-01-11 10:00:00,2026-01-11 10:00:01,a1,,mobile,2026-01-11 10:05:00",
    "e3,scoot,page_viewed,2026-01-20 11:00:00,2026-01-20 11:00:01,a3,,mobile,2026-01-20 11:05:00",
]
RAGGED = "e4,scoot,page_viewed,2026-01-12 10:00:00"
REPAIRED = (
    "e4,scoot,page_viewed,2026-01-12 10:00:00,2026-01-12 10:00:01,a4,,mobile,2026-01-12 10:05:00"
)
OTHER_TABLES = {
    "app__customers": "customer_id,brand,country_code,created_at,updated_at\n",
    "app__orders": "order_id,customer_id,ordered_at,paid_at,status,currency,discount_amount,updated_at\n",
    "app__order_items": "order_id,line_number,product_id,quantity,unit_price\n",
    "reference__tolerances": "raw_table,max_rejected_share,reason\ndefault,1,nothing stops here\n",
}
WHOLE = {"as_of": "2026-01-31"}


def write_events(folder, lines):
    return write_raw(folder, OTHER_TABLES | {"events__events": [HEADER, *lines]})


def build_events(database, raw, variables):
    build(
        database,
        raw,
        select="+events +raw_row_statuses +int_event_measures",
        tests=False,
        variables=variables,
    )


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A warehouse that has seen every event and one line that could not be read."""
    folder = tmp_path_factory.mktemp("kept")
    database = folder / "warehouse.duckdb"
    build_events(database, write_events(folder / "raw", [*EVENTS, RAGGED]), WHOLE)
    return database


@pytest.mark.parametrize(
    ("lines", "variables", "staged"),
    [
        pytest.param([*EVENTS, REPAIRED], WHOLE, 4, id="a line is repaired"),
        pytest.param([EVENTS[0], EVENTS[2]], WHOLE, 2, id="rows are withdrawn"),
        pytest.param([*EVENTS, RAGGED], {"as_of": "2026-01-15"}, 2, id="as_of is set back"),
    ],
)
def test_an_increment_ends_as_a_full_build(kept, tmp_path, lines, variables, staged):
    raw = write_events(tmp_path / "raw", lines)
    database, fresh = tmp_path / "warehouse.duckdb", tmp_path / "fresh" / "warehouse.duckdb"
    database.write_bytes(kept.read_bytes())
    build_events(database, raw, variables)
    build_events(fresh, raw, variables)
    for table in (
        "staging.validated_events__events",
        "core.events",
        "vault.raw_row_statuses",
        "platform.int_event_measures",
    ):
        assert table_hash(database, table) == table_hash(fresh, table), table
    assert query(database, "select count(*) from staging.stg_events__events") == [(staged,)]


def left_in_change_sets(database) -> int:
    """Keys that are still written down for a model to take."""
    tables = query(
        database,
        "select table_name from duckdb_tables() where starts_with(table_name, 'changes_of_')",
    )
    return sum(query(database, f"select count(*) from raw.{name}")[0][0] for (name,) in tables)


def test_models_that_missed_runs_take_what_they_missed(tmp_path):
    """Visits are left out of runs that change events, in increments and as a whole, and of one in between."""
    database, fresh = tmp_path / "warehouse.duckdb", tmp_path / "fresh" / "warehouse.duckdb"

    def events_are(lines, select, **options):
        raw = write_events(tmp_path / "raw", lines)
        build(database, raw, select=select, tests=False, variables=WHOLE, **options)

    visits = "int_session_runs int_sessions"
    events_are([EVENTS[0], EVENTS[2]], "+int_sessions")
    events_are([EVENTS[0], EVENTS[2]], visits)
    for lines, options in (
        ([EVENTS[0], *EVENTS[2:]], {}),
        ([*EVENTS, REPAIRED], {}),
        ([*EVENTS[1:], REPAIRED], {"full_refresh": True}),
    ):
        events_are(lines, "+events", **options)
        assert left_in_change_sets(database) or options, "visits have not taken what changed"
        if len(lines) > 3:
            events_are(lines, visits)
            assert left_in_change_sets(database) == 0
            build(fresh, tmp_path / "raw", select="+int_sessions", tests=False, variables=WHOLE)
            for table in ("core.events", "core.int_session_runs", "core.int_sessions"):
                assert table_hash(database, table) == table_hash(fresh, table), (table, options)
    assert query(database, "select count(*) from core.int_sessions") == [(4,)]
