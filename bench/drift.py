"""Stability indices of ten features, by the project's SQL and by evidently, each in its own process.

    python bench/drift.py make <folder> [<rows>]      predictions with ten numbers logged as JSON
    python bench/drift.py own <database> <models.json>
    python bench/drift.py evidently <database>

A fifth as many rows as the current ones are the reference window. Both sides end with a stability
index a feature. The project's SQL starts from kept bins, once from the logged JSON and once from
the columns that were read from it; evidently from columns in memory, with reading them off the
clock. Its bins are its own, so that the indices are alike and not equal.
"""

import json
import pathlib
import sys
import time

import duckdb

PROJECT = pathlib.Path(__file__).resolve().parents[1]
FEATURES = [f"f{number}" for number in range(10)]
READING = ["int_feature_values"]
COUNTING = ["int_feature_weeks", "int_week_words", "int_week_bins"]
INDEX = """
    select feature_name, sum(
        (greatest(q, 1e-4) - greatest(p, 1e-4)) * ln(greatest(q, 1e-4) / greatest(p, 1e-4))
    )
    from (
        select
            feature_name,
            sum(value_count) / sum(sum(value_count)) over (partition by feature_name) as q,
            any_value(reference_count)
            / sum(any_value(reference_count)) over (partition by feature_name) as p
        from ml.int_week_bins
        where feature_kind = 'number'
        group by feature_name, bin_number
    )
    group by 1
    order by 1
"""


def make(folder: str, rows: str = "1000000") -> None:
    """Raw predictions: reference rows in January 2026, five times as many in the week from 2 March."""
    path = pathlib.Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    (path / "ml__models.csv").write_text(
        "model_name,model_version,trained_at,train_from,train_to,threshold,deployed_at\n"
        "bench,v1,2026-02-01 00:00:00,2026-01-01,2026-01-31,0.5,2026-02-02 00:00:00\n"
    )
    values = ", ".join(
        f"'{name}', round(exp(sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())"
        f" * {0.3 + k * 0.1} + {k * 0.5}) * 10, 2)"
        for k, name in enumerate(FEATURES)
    )
    with duckdb.connect() as connection:
        connection.execute("select setseed(0.4)")
        connection.execute(
            f"""
            copy (
                select
                    'p' || i as prediction_id,
                    'bench' as model_name,
                    'v1' as model_version,
                    'visit' as entity_type,
                    'e' || i as entity_id,
                    (i % 1000) / 1000.0 as score,
                    json_object({values})::varchar as features,
                    if(i < {int(rows)} // 5, timestamp '2026-01-10', timestamp '2026-03-02')
                    + interval (i % 86400) second as predicted_at
                from range({int(rows)} + {int(rows)} // 5) as drawn (i)
            ) to '{path / "ml__predictions.parquet"}' (format parquet)
            """
        )


def own(database: str, sql_file: str) -> None:
    """Prints the seconds from JSON and from columns, and the indices."""
    sys.path.insert(0, str(PROJECT / "plugins"))
    from scipy_functions import register

    sql = json.loads(pathlib.Path(sql_file).read_text())
    with duckdb.connect(database) as connection:
        connection.execute("set threads = 2; set memory_limit = '4GB'; set TimeZone = 'UTC'")
        connection.execute("set preserve_insertion_order = false")
        register(connection)

        def seconds_of(models: list[str]) -> float:
            began_at = time.monotonic()
            for model in models:
                connection.execute(f"create or replace table ml.{model} as {sql[model]}")
            return time.monotonic() - began_at

        reading, counting = seconds_of(READING), seconds_of(COUNTING)
        began_at = time.monotonic()
        indices = connection.execute(INDEX).fetchall()
        counting += time.monotonic() - began_at
    print(
        json.dumps({"json": reading + counting, "columns": counting, "psi": dict(indices)}),
        flush=True,
    )


def evidently(database: str) -> None:
    """Prints the seconds that evidently takes for the same columns."""
    from evidently import Report
    from evidently.metrics import ValueDrift

    columns = ", ".join(f"number_{place} as {name}" for place, name in enumerate(FEATURES, start=1))
    with duckdb.connect(database, read_only=True) as connection:
        frames = [
            connection.execute(
                f"select {columns} from ml.int_feature_values where predicted_date {side} date '2026-02-01'"
            ).df()
            for side in ("<", ">=")
        ]
    began_at = time.monotonic()
    report = Report([ValueDrift(column=name, method="psi") for name in FEATURES])
    report.run(frames[1], frames[0])
    print(json.dumps({"evidently": time.monotonic() - began_at}), flush=True)


if __name__ == "__main__":
    {"make": make, "own": own, "evidently": evidently}[sys.argv[1]](*sys.argv[2:])
