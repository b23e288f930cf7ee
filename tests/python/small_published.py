"""A small published folder: a few tables of a test's own, as the site reads them."""

import json
from pathlib import Path

import duckdb
from publish import DATABASE, MANIFEST
from published import Published


def published(folder: Path, tables: dict[str, str], warehouse: Path | None = None) -> Published:
    """Tables by the query that makes them, in the schema marts; queries may read `warehouse`, attached by that name."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(folder / DATABASE)) as connection:
        connection.execute("create schema marts")
        if warehouse:
            connection.execute(f"attach '{warehouse}' as warehouse (read_only)")
        for name, sql in tables.items():
            connection.execute(f"create table marts.{name} as {sql}")
        listed = [
            {
                "schema": "marts",
                "table": name,
                "rows": connection.execute(f"select count(*) from marts.{name}").fetchone()[0],
                "columns": [
                    {"name": column[0], "type": column[1]}
                    for column in connection.execute(f"describe marts.{name}").fetchall()
                ],
            }
            for name in tables
        ]
    about = {"as_of": "2026-06-30", "versions": {"groundwork": "0"}, "tables": listed}
    (folder / MANIFEST).write_text(json.dumps(about), encoding="utf-8")
    return Published(folder)
