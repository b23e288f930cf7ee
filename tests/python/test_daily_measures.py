"""What is measured of raw rows, counted by hand: as it was known the day after."""

import pytest
from warehouse import build, query, write_raw

ORDERS = """
order_id,customer_id,order_type,ordered_at,paid_at,status,currency,discount_amount,tax_amount,updated_at,_loaded_at
h1,c1,purchase,2025-12-28 09:00:00,,placed,EUR,0,,2025-12-28 09:00:00,2026-01-01 02:00:00
h2,c1,purchase,2025-12-29 09:00:00,,placed,EUR,0,,2025-12-29 09:00:00,2026-01-01 02:00:00
o1,c1,purchase,2026-01-10 09:00:00,2026-01-10 10:00:00,paid,EUR,0,4,2026-01-10 10:00:00,2026-01-10 11:00:00
o1,c1,purchase,2026-01-10 09:00:00,2026-01-10 10:00:00,refunded,EUR,0,9,2026-01-20 10:00:00,2026-01-20 11:00:00
o2,,purchase,2026-01-10 13:00:00,,placed,EUR,0,16,2026-01-10 13:00:00,2026-01-10 14:00:00
o2,c9,purchase,2026-01-10 13:00:00,2026-01-11 09:00:00,paid,EUR,0,16,2026-01-11 09:00:00,2026-01-11 23:59:00
o3,c1,purchase,2026-01-10 20:00:00,2026-01-10 20:30:00,paid,USD,0,100,2026-01-10 20:30:00,2026-01-12 00:00:00
o4,c1,purchase,2026-01-12 09:00:00,,placed,EUR,0,1,2026-01-12 09:00:00,2026-01-12 10:00:00
o1,c1,purchase,2026-01-12 08:00:00,,placed,EUR,0,1,2026-01-12 08:00:00,2026-01-12 10:00:00
"""
ITEMS = """
order_id,line_number,product_id,quantity,unit_price,_loaded_at
o1,1,p1,1,10,2026-01-10 11:00:00
o2,1,p1,1,10,2026-01-15 11:00:00
"""
CUSTOMERS = """
customer_id,brand,country_code,created_at,_loaded_at
c1,scoot,FR,2025-12-01 08:00:00,2026-01-01 02:00:00
c9,scoot,FR,2026-01-14 08:00:00,2026-01-14 09:00:00
"""
BUILT = "+data_alerts"


@pytest.fixture(scope="module")
def three_tables(tmp_path_factory):
    """The only three tables that a company must have, of a few days."""
    folder = tmp_path_factory.mktemp("three")
    raw = write_raw(
        folder / "raw",
        {
            "app__orders": ORDERS,
            "app__order_items": ITEMS,
            "app__customers": CUSTOMERS,
            "reference__tolerances": "raw_table,max_rejected_share,reason\ndefault,1,nothing stops here\n",
        },
    )
    database = folder / "warehouse.duckdb"
    build(database, raw, select=BUILT, tests=False, variables={"as_of": "2026-01-31"})
    return database


def measured(database, table: str, day: str) -> dict:
    return {
        measure: (hits, n, value)
        for measure, hits, n, value in query(
            database,
            f"""select measure, hits, n, round(value, 6) from platform.daily_measures
            where node_name = 'raw_{table}' and measured_date = '{day}'""",
        )
    }


def test_a_day_is_as_it_was_known_the_day_after(three_tables):
    """o3 came a minute too late for its day, o2's second version in time, o1's later ones do not change its day."""
    day = measured(three_tables, "app__orders", "2026-01-10")
    assert day["rows"][0] == 2
    assert day["repeated keys"][:2] == (1, 3)
    assert day["empty customer_id"][:2] == (0, 2)
    assert day["customer_id without its app.customers"][:2] == (1, 2), "c9 came four days later"
    assert day["status = paid"] == (2, 2, 1.0)
    assert day["mean tax_amount of EUR"][1:] == (2, 8.0), "the geometric mean of 4 and 16"
    assert "mean tax_amount of USD" not in day
    assert day["hours 8 to 11"][:2] == (1, 2)
    assert day["order without items"][:2] == (1, 2), "o2's came five days later"
    assert day["minutes from ordered_at to paid_at"][1] == 2


def test_a_day_without_rows_has_none_and_a_key_that_comes_again_is_counted(three_tables):
    assert measured(three_tables, "app__orders", "2026-01-11")["rows"][0] == 0
    assert measured(three_tables, "app__orders", "2026-01-12")["keys of an earlier day"][:2] == (
        1,
        2,
    )


def test_the_first_load_is_history(three_tables):
    """What came on the first day of loads was known when it happened, and is no day of arrivals."""
    assert measured(three_tables, "app__orders", "2025-12-28")["rows"][0] == 1
    assert "arrived rows" not in measured(three_tables, "app__orders", "2025-12-28")
    arrived = query(
        three_tables,
        """select measured_date::varchar, hits from platform.daily_measures
        where node_name = 'raw_app__orders' and measure = 'arrived rows' and hits > 0 order by 1""",
    )
    assert arrived == [("2026-01-10", 2), ("2026-01-11", 1), ("2026-01-12", 3), ("2026-01-20", 1)]


def test_three_tables_and_no_history_are_no_verdict(three_tables):
    """Green, and nothing is said of days with fewer than eight before them, or of tables that nobody delivered."""
    assert query(three_tables, "select count(*) from platform.data_alerts") == [(0,)]
    tiers = dict(query(three_tables, "select tier, count(*) from platform.anomalies group by tier"))
    assert set(tiers) <= {"too_early", "none"}
    assert tiers["too_early"] > 0
    early = "select distinct tier from platform.anomalies where earlier_days < 8"
    assert query(three_tables, early) == [("too_early",)]
