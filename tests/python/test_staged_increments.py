"""Whatever happens to raw rows, the validated tables that are kept end as those of a build from nothing.

The demo company's raw files are text here, and everything that can happen to a file happens to every one of them: rows
that come, come again, are corrected in place, withdrawn, deleted, lose their `_loaded_at`, or are dated ahead of as_of;
then as_of and known_until go on and back, and a currency loses its rates.
"""

import csv
import functools
import pathlib

import duckdb
import pytest
import yaml
from warehouse import PROJECT, build, query, table_hash

KEPT = sorted(
    file.stem
    for file in (PROJECT / "models" / "staging").glob("*/validated_*.sql")
    if "forget_changed_rows" in file.read_text(encoding="utf-8")
)
TOLERANT = "raw_table,max_rejected_share,reason\ndefault,1,nothing stops here\n"


@functools.cache
def contracts() -> dict[str, list[tuple[str, str]]]:
    """Each raw table with the columns that its file has, and their types."""
    found = {}
    for file in sorted((PROJECT / "seeds" / "raw").glob("_raw_*.yml")):
        for seed in yaml.safe_load(file.read_text(encoding="utf-8"))["seeds"]:
            with open(PROJECT / "seeds" / "raw" / f"{seed['name']}.csv", encoding="utf-8") as lines:
                header = set(next(csv.reader(lines)))
            columns = [(column["name"], column["data_type"]) for column in seed["columns"]]
            found[seed["name"].removeprefix("raw_")] = [
                column for column in columns if column[0] in header
            ]
    return found


def connected() -> duckdb.DuckDBPyConnection:
    """A connection with a table a raw file, all of it text; `fate` is a number of each row by chance."""
    connection = duckdb.connect()
    connection.execute("set preserve_insertion_order = false")
    for table in contracts():
        file = PROJECT / "seeds" / "raw" / f"raw_{table}.csv"
        connection.execute(
            f"""
            create table {table} as
            select *, null::varchar as _deleted_at, (hash(row_number() over (), '{table}') % 1000)::int as fate
            from read_csv('{file}', all_varchar = true, header = true, quote = '"')
            """
        )
    return connection


def set_where(connection: duckdb.DuckDBPyConnection, column: str, value: str, fates: str) -> None:
    """Sets a column of every table that has it, in the rows of some fates."""
    for table, columns in contracts().items():
        if column == "_deleted_at" or column in dict(columns):
            connection.execute(f"update {table} set {column} = {value} where {fates}")


def edit(connection: duckdb.DuckDBPyConnection, first: int) -> None:
    """In each column of each table, a row in a hundred takes the value of another row, in place."""
    for table, columns in contracts().items():
        for number, (name, _) in enumerate(columns):
            fate = first + number
            connection.execute(
                f"update {table} set {name} = (select max({name}) from {table} where fate = {fate + 1})"
                f" where fate = {fate}"
            )


def date_ahead(connection: duckdb.DuckDBPyConnection, first: int) -> None:
    """Some dates and timestamps lie days, months or years ahead, with and without a moment of loading."""
    for table, columns in contracts().items():
        for number, (name, data_type) in enumerate(columns):
            if data_type in ("timestamp", "date") and name != "_loaded_at":
                fate = first + 4 * number
                connection.execute(
                    f"""
                    update {table} set {name} =
                        (timestamp '2026-05-25 23:00:00' + to_days((fate - {fate}) * (fate - {fate}) * 9))::varchar
                    where fate between {fate} and {fate + 3}
                    """
                )


def write(connection: duckdb.DuckDBPyConnection, raw: pathlib.Path, rows: str) -> None:
    raw.mkdir(exist_ok=True)
    (raw / "reference__tolerances.csv").write_text(TOLERANT, encoding="utf-8")
    for table in contracts():
        connection.execute(
            f"""
            copy (select * exclude (fate) from {table} where {rows} order by hash({table}, '{rows}'))
            to '{raw / table}.parquet' (format parquet)
            """
        )


def assert_as_from_nothing(database, raw, folder, variables) -> None:
    select = [
        *KEPT,
        "known_rates",
        "validated_finance__exchange_rates",
        "stg_finance__exchange_rates",
    ]
    select = [f"+{name}" for name in select]
    fresh = folder / "warehouse.duckdb"
    for name in (database, fresh):
        build(name, raw, select=select, tests=False, variables=variables)
    for name in KEPT:
        table = f"staging.{name}"
        assert table_hash(database, table) == table_hash(fresh, table), (table, variables)
        assert query(database, f"select count(*) from {table}")[0][0], table


@pytest.mark.slow
def test_whatever_happens_to_raw_rows_increments_end_as_a_build_from_nothing(tmp_path):
    raw, database = tmp_path / "raw", tmp_path / "kept/warehouse.duckdb"
    connection = connected()
    date_ahead(connection, 100)
    set_where(connection, "_loaded_at", "null", "fate between 90 and 130")
    write(connection, raw, "fate < 850")
    assert_as_from_nothing(database, raw, tmp_path / "1", {"as_of": "2026-06-01"})

    # More rows, some of them twice, some corrected in place; as_of goes on.
    for table in contracts():
        connection.execute(f"insert into {table} select * from {table} where fate % 40 = 7")
    edit(connection, 300)
    write(connection, raw, "fate < 980")
    assert_as_from_nothing(database, raw, tmp_path / "2", {"as_of": "2026-06-02"})

    # Only the settings of the run are others: both go back, then on past what is dated ahead.
    back = {"as_of": "2026-03-01", "known_until": "2026-03-05 12:00:00"}
    assert_as_from_nothing(database, raw, tmp_path / "3", back)
    assert_as_from_nothing(database, raw, tmp_path / "4", {"as_of": "2026-06-20"})

    # Withdrawn, deleted, and a currency without rates.
    set_where(connection, "_deleted_at", "'2026-06-10 10:00:00'", "fate between 400 and 430")
    connection.execute("delete from finance__exchange_rates where currency = 'KRW'")
    write(connection, raw, "fate not between 500 and 540")
    assert_as_from_nothing(database, raw, tmp_path / "5", {"as_of": "2026-06-28"})


def test_rows_that_are_as_they_were_are_left_alone(tmp_path):
    """A run with nothing new writes no row: what was kept keeps its place in the table."""
    raw, database = tmp_path / "raw", tmp_path / "kept/warehouse.duckdb"
    write(connected(), raw, "true")
    places = []
    for _ in range(2):
        build(
            database, raw, select="+validated_app__orders +validated_app__order_items", tests=False
        )
        places.append(
            query(
                database,
                "select rowid, row_key, row_hash from staging.validated_app__order_items order by all",
            )
        )
    assert places[0] == places[1] and places[0]
