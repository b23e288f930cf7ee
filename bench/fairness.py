"""Rates of a score by group with their intervals, by the project's SQL, run by DuckDB without dbt.

    python bench/fairness.py make <groundwork.duckdb> [<payments>]
    python bench/fairness.py own <groundwork.duckdb> <models.json>

`make` puts payments of 20 countries into a built warehouse, in place of payment_labels: each with
its label and the score's answer, in six months of one version. `own` makes the verdicts of
fairness of them. bench/fairness_by_fairlearn.py does its share of the same.
"""

import json
import pathlib
import sys

import duckdb
from own import own

MODELS = [
    "int_fraud_counts",
    "int_fraud_cells",
    "int_fraud_parts",
    "int_fraud_measures",
    "int_fairness_pairs",
    "int_fairness_ratios",
    "int_fairness_verdicts",
]


def make(database: str, payments: str = "1000000") -> None:
    """The labels, and their model in staging."""
    with duckdb.connect(database) as connection:
        columns = connection.execute("describe trust.payment_labels").fetchall()
        drawn = {
            "payment_id": "'p' || i",
            "model_name": "'bench'",
            "model_version": "'v1'",
            "brand": "'bench'",
            "country_code": "chr(65 + (i % 20)::integer) || 'X'",
            "age_band": "'25-34'",
            "label": "if(hash(i, 1) % 100 < 3, 'confirmed', 'clean')",
            "amount": "10 + i % 90",
            "score": "(hash(i, 2) % 1000) / 1000.0",
            "label_weight": "1",
            "is_flagged": "hash(i, 2) % 1000 >= 950",
            "has_missing_feature": "false",
            "is_mature": "true",
            "attempted_date": "date '2025-01-01' + (i % 181)::integer",
        }
        chosen = ", ".join(
            f"cast({drawn.get(name, 'null')} as {kind}) as {name}" for name, kind, *_ in columns
        )
        connection.execute(
            f"create or replace table trust.payment_labels as select {chosen} from range({payments}) as drawn (i)"
        )
        kinds = connection.execute("describe staging.stg_ml__models").fetchall()
        known = {"model_name": "'bench'", "model_version": "'v1'", "threshold": "0.95"}
        chosen = ", ".join(
            f"cast({known.get(name, 'null')} as {kind}) as {name}" for name, kind, *_ in kinds
        )
        connection.execute("drop view staging.stg_ml__models")
        connection.execute(f"create table staging.stg_ml__models as select {chosen}")


def verdicts(database: str, sql_file: str) -> None:
    """Makes the verdicts; fails when a country has none."""
    sql = json.loads(pathlib.Path(sql_file).read_text())
    own("trust", [model for model in MODELS if model in sql], database, sql_file)
    with duckdb.connect(database, read_only=True) as connection:
        (groups,) = connection.execute(
            "select count(distinct group_name) from trust.int_fairness_verdicts where group_kind = 'country'"
        ).fetchone()
    assert groups == 20, groups


if __name__ == "__main__":
    {"make": make, "own": verdicts}[sys.argv[1]](*sys.argv[2:])
