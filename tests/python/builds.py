"""Builds to publish, made of a few SELECTs."""

import json
import pathlib
import sys
from collections.abc import Mapping

import duckdb
from warehouse import PROJECT

sys.path.insert(0, str(PROJECT / "tools"))

import publish


def make_build(folder: pathlib.Path, name: str, tables: Mapping[str, str]) -> pathlib.Path:
    """A build as make publish makes it, of SELECTs by `schema.table`."""
    build = folder / "builds" / name
    build.mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach '{build / publish.DATABASE}' as published")
        models = []
        for table, select in tables.items():
            schema, alias = table.split(".")
            connection.execute(f"create schema if not exists {schema}")
            connection.execute(f"create table {table} as {select}")
            models.append(
                {
                    "schema": schema,
                    "alias": alias,
                    "description": f"One row per what {table} is of; it's \\ told.",
                    "columns": {"build": {"description": 'The build\'s "name".'}},
                }
            )
        written = list(publish.write_tables(connection, "memory", models, build))
    about = {
        "as_of": "2026-06-30",
        "known_until": "2026-07-01 04:42:17",
        "published_at": "2026-07-01T05:00:00Z",
        "tables": written,
    }
    (build / publish.MANIFEST).write_text(json.dumps(about))
    return build
