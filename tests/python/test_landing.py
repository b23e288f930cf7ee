"""Files become tables once: what has not changed is not landed again, and as_of follows from what was landed."""

import json
import os
import shutil
import subprocess
import sys

import duckdb
import pytest
from warehouse import PROJECT, build, query, write_raw

TABLES = {
    "app__customers": """
        customer_id,brand,country_code,created_at,updated_at,_loaded_at
        c1,scoot,KR,2026-01-01 09:00:00,2026-01-01 09:00:00,2026-01-02 01:00:00
    """,
    "app__orders": """
        order_id,customer_id,ordered_at,paid_at,status,currency,discount_amount,updated_at,_loaded_at
        o1,c1,2026-01-01 10:00:00,2025-12-30 10:00:00,paid,USD,0,2026-01-01 10:00:00,2026-01-02 01:00:00
        o2,c1,2026-01-02 10:00:00,,placed,USD,0,2026-01-02 10:00:00,2026-01-03 01:00:00
        o3,c1,2086-01-02 10:00:00,,placed,USD,0,2026-01-02 10:00:00,2026-01-02 02:00:00
        o4,c1,1986-01-02 10:00:00,,placed,USD,0,2026-01-02 10:00:00,2026-01-02 02:00:00
    """,
    "reference__tolerances": "raw_table,max_rejected_share,reason\ndefault,1,nothing stops here",
    "app__order_items": "order_id,line_number,product_id,quantity,unit_price\no1,1,p,1,10",
}
# Whether an order is a customer's first needs the first fact of its brand: events, readings, changes of subscriptions.
READ_BY_ORDERS = {
    "country_names",
    "fixed_rates",
    "raw_app__customers",
    "raw_app__order_items",
    "raw_app__order_status_events",
    "raw_app__orders",
    "raw_app__products",
    "raw_app__subscription_changes",
    "raw_devices__readings",
    "raw_events__events",
    "raw_finance__exchange_rates",
    "raw_payments__payments",
    "tolerances",
}


def reached(manifest: dict, start: str, arrows: str) -> set[str]:
    """The nodes that dbt's arrows (child_map or parent_map) lead to, by name."""
    found, new = set(), {start}
    while new:
        found |= new
        new = {other for node in new for other in manifest[arrows].get(node, [])} - found
    return {node.split(".")[2] for node in found if node.startswith(("model.", "seed."))}


def changed(raw, database) -> list[str]:
    run = subprocess.run(
        [sys.executable, PROJECT / "tools" / "changed.py"],
        env=os.environ | {"GROUNDWORK_RAW": str(raw), "GROUNDWORK_DB": str(database)},
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.split()


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    folder = tmp_path_factory.mktemp("landing")
    write_raw(folder / "raw", TABLES)
    build(folder / "warehouse.duckdb", folder / "raw", select="+orders", tests=False)
    return folder


def test_as_of_and_the_calendar_follow_from_the_files(company):
    """o3 is of the future and o4 of before 1990: neither moves as_of or the calendar, and both are rejected."""
    database = company / "warehouse.duckdb"
    assert query(database, "select as_of_date::varchar, first_day::varchar from staging.as_of") == [
        ("2026-01-02", "2025-12-30")
    ]
    assert query(
        database, "select min(date_day)::varchar, max(date_day)::varchar from core.dates"
    ) == [("2025-12-30", "2027-12-31")]
    assert query(
        database,
        "select row_key, reject_reason from staging.validated_app__orders where row_status = 'rejected' order by all",
    ) == [("o3", "ordered_at: in the future"), ("o4", "ordered_at: not a plausible date")]


def test_a_file_that_has_not_changed_is_not_landed_again(company, tmp_path):
    folder = shutil.copytree(company, tmp_path / "copy", copy_function=shutil.copy2)
    raw, database = company / "raw", folder / "warehouse.duckdb"
    marked = "select count(*) from raw.raw_app__customers where customer_id = 'mark'"
    with duckdb.connect(str(database)) as connection:
        connection.execute("insert into raw.raw_app__customers (customer_id) values ('mark')")
    build(database, raw, command="seed")
    assert query(database, marked) == [(1,)]
    assert changed(raw, database) == []


def test_a_file_that_changed_is_seen_by_size_time_or_head(company, tmp_path):
    folder = shutil.copytree(company, tmp_path / "copy", copy_function=shutil.copy2)
    raw, database = folder / "raw", folder / "warehouse.duckdb"
    build(database, raw, command="seed")
    assert changed(raw, database) == []
    customers = raw / "app__customers.csv"
    same_time = customers.stat()
    customers.write_text(customers.read_text().replace("KR", "FR"))
    os.utime(customers, ns=(same_time.st_atime_ns, same_time.st_mtime_ns))
    assert changed(raw, database) == ["raw_app__customers+"]
    build(database, raw, command="seed")
    assert query(database, "select country_code from raw.raw_app__customers") == [("FR",)]
    customers.unlink()
    shutil.copy(
        PROJECT / "seeds" / "reference" / "tolerances.csv", raw / "reference__tolerances.csv"
    )
    assert changed(raw, database) == ["raw_app__customers+", "tolerances+"]


def test_lineage_shows_what_truly_reads_a_table(parsed_manifest):
    """What people asked the data team reaches its own areas, the counts of raw rows, how long they are kept and the metrics."""
    read_questions = reached(parsed_manifest, "seed.groundwork.raw_bi__questions", "child_map")
    assert {
        "validated_bi__questions",
        "stg_bi__questions",
        "raw_row_days",
        "rejected_rows",
    } <= read_questions
    areas = {
        node["name"]: node["fqn"][2] if node["fqn"][1] == "marts" else node["fqn"][1]
        for node in parsed_manifest["nodes"].values()
        if node["resource_type"] == "model" and node["name"] in read_questions
    }
    assert {"staging", "vault", "platform", "metrics"} <= set(areas.values())
    reading = {"staging", "vault", "core", "platform", "catalog", "privacy", "metrics"}
    assert set(areas.values()) <= reading
    of_core = {name for name, area in areas.items() if area == "core"}
    assert of_core == {"raw_row_days", "core_metric_values", "core_morning_lines"}
    seeds = {node["name"] for node in parsed_manifest["nodes"].values()} & {
        path.stem for path in (PROJECT / "seeds").glob("*/*.csv")
    }
    read_by_orders = reached(parsed_manifest, "model.groundwork.orders", "parent_map")
    assert read_by_orders & seeds == READ_BY_ORDERS
    # A line belongs to its order: it is later when the order is.
    read_by_lines = reached(
        parsed_manifest, "model.groundwork.validated_app__order_items", "parent_map"
    )
    assert read_by_lines & seeds == {"raw_app__order_items", "raw_app__orders", "tolerances"}


def test_an_empty_rule_stops_with_row_and_column(company, tmp_path):
    raw = shutil.copytree(company / "raw", tmp_path / "raw")
    (raw / "reference__tolerances.csv").write_text(
        "raw_table,max_rejected_share,reason\ndefault,,why\n"
    )
    run = build(tmp_path / "warehouse.duckdb", raw, command="seed", check=False)
    assert run.code == 1
    assert (
        "reference__tolerances.csv, row 1, column max_rejected_share: empty. Give it a value."
        in run.output
    )


@pytest.mark.parametrize(
    ("results", "words"),
    [
        ([], "0 tables and views, 0 tests, in 3 seconds"),
        ([("model.groundwork.orders", "error", "Runtime Error in model orders\n  Conversion Error: x", None)],
         "Error: orders: Conversion Error: x"),
        ([("test.groundwork.lines.1", "warn", "Got 2 results", 2)], "Warning: 2 orders have no line"),
        ([("model.groundwork.a", "skipped", None, None)], "1 skipped because of them"),
    ],
)  # fmt: skip
def test_a_build_ends_in_words(tmp_path, results, words):
    rows = [
        dict(zip(("unique_id", "status", "message", "failures"), row, strict=True))
        for row in results
    ]
    (tmp_path / "run_results.json").write_text(json.dumps({"elapsed_time": 3.2, "results": rows}))
    nodes = {
        "test.groundwork.lines.1": {"resource_type": "test", "description": "orders have no line"}
    }
    (tmp_path / "manifest.json").write_text(json.dumps({"nodes": nodes}))
    run = subprocess.run(
        [sys.executable, PROJECT / "tools" / "summary.py"],
        env=os.environ
        | {
            "DBT_TARGET_PATH": str(tmp_path),
            "GROUNDWORK_DB": str(tmp_path / "none/warehouse.duckdb"),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert words in run.stdout
    assert len(run.stdout.splitlines()) <= 11


def test_a_build_ends_in_ten_lines(demo, tmp_path):
    target = demo.with_name("warehouse.duckdb.target")
    run = subprocess.run(
        [sys.executable, PROJECT / "tools" / "summary.py"],
        env=os.environ | {"DBT_TARGET_PATH": str(target), "GROUNDWORK_DB": str(demo)},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = run.stdout.strip().splitlines()
    assert lines[0] == (
        "The warehouse as of 2026-06-30 (the day before the newest _loaded_at), "
        "with what had arrived by 2026-07-01 04:42:17 UTC"
    )
    assert "53 rejected" in lines[1]
    assert lines[2].startswith(
        "  32 rows do not count yet (happened after as_of): events__events 13"
    )
    assert len(lines) <= 10


@pytest.fixture
def landing(monkeypatch):
    monkeypatch.syspath_prepend(str(PROJECT / "plugins"))
    import landing

    return landing


@pytest.mark.parametrize("end", ["", ";", "; -- all of them", ";\n-- one\n\n-- two\n"])
def test_a_select_may_end_in_a_semicolon_and_comments(landing, tmp_path, end):
    file = tmp_path / "app__orders.sql"
    file.write_text(f"-- Orders of the shop;\n{'-' * 80}\nselect 1 as order_id{end}")
    assert list(landing.content_of(duckdb.connect(), str(file)).columns) == ["order_id"]


def test_a_header_whose_quote_never_ends_is_a_problem_of_the_file(landing, tmp_path):
    file = tmp_path / "app__orders.csv"
    file.write_text('"order_id,customer_id\n' + "o1,c1\n" * 40_000)
    with pytest.raises(landing.Problem, match="cannot be read as CSV: its first line"):
        landing.content_of(duckdb.connect(), str(file))


@pytest.mark.slow
def test_an_interrupted_landing_is_done_again(company, tmp_path):
    """The list forgets a file before its table is dropped: what a killed run leaves is landed by the next."""
    folder = shutil.copytree(company, tmp_path / "copy", copy_function=shutil.copy2)
    raw, database = company / "raw", folder / "warehouse.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute("drop table raw.raw_app__customers")
        connection.execute("delete from raw.landed_files where table_name = 'raw_app__customers'")
    build(database, raw, command="seed")
    assert query(database, "select count(*) from raw.raw_app__customers") == [(1,)]
