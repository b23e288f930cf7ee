"""The project's side of a comparison: some models' own SQL, run by DuckDB without dbt."""

import json
import pathlib
import sys

import duckdb

PROJECT = pathlib.Path(__file__).resolve().parents[1]


def own(schema: str, models: list[str], database: str, sql_file: str) -> None:
    """Makes the tables of `models` in `schema` again. `sql_file`: a JSON file, model -> SQL."""
    sys.path.insert(0, str(PROJECT / "plugins"))
    from scipy_functions import register

    sql = json.loads(pathlib.Path(sql_file).read_text())
    with duckdb.connect(database) as connection:
        connection.execute("set threads = 2; set memory_limit = '4GB'; set TimeZone = 'UTC'")
        connection.execute("set preserve_insertion_order = false")
        register(connection)
        for model in models:
            connection.execute(f"create or replace table {schema}.{model} as {sql[model]}")
