"""Publishes the warehouse for its readers, all at once, after every test passed: `make publish` and `make rollback`.

    published/builds/<build>/groundwork.duckdb     the public tables, in one DuckDB file that nobody writes
    published/builds/<build>/open.duckdb           of these, the tables that may be given to anybody: groups, not people
    published/builds/<build>/parquet/<schema>/<table>.parquet
    published/builds/<build>/manifest.json         as_of, versions, and of each table rows, hash and columns
    published/current                              a link to the build that readers read

A build is made beside the others and gets its name when it is whole; then one rename turns the link. A reader that has
an older file open keeps reading it. The last three builds are kept. The folder is GROUNDWORK_PUBLISHED, else
published/; the warehouse is GROUNDWORK_DB.

With TO= the same build goes to a further place, too: another folder, an S3-compatible bucket, or a PostgreSQL database.
"""

import argparse
import hashlib
import json
import os
import pathlib
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version

import duckdb
import yaml

PROJECT = pathlib.Path(__file__).resolve().parents[1]
OPEN = "open.duckdb"
SPENT = "open_tables.privacy.noise_spent"
sys.path.insert(0, str(PROJECT / "tools"))

import lineage  # noqa: E402
from built import CannotPublish, in_use, last_whole_run, warehouse_of_the_run  # noqa: E402
from contracts import DIRECT  # noqa: E402
from destinations import DATABASE, KINDS, MANIFEST, folder, module_of, say  # noqa: E402
from destinations.folder import builds_of, current_of, new_build, roll_back  # noqa: E402
from manifest import nodes_of, read_manifest, room_of  # noqa: E402


def public_models(manifest: dict) -> list[dict]:
    """The public models of marts and metrics, and the rules kept as data (seeds of `reference`), by name.

    Stops where a column is personal by a raw table's contract.
    """
    personal = {
        name: node["name"].removeprefix("raw_").replace("__", ".")
        for node in nodes_of(manifest, "seed")
        for name, column in node["columns"].items()
        if column["config"]["meta"].get("pii") in DIRECT
    }
    models = [
        node
        for node in nodes_of(manifest, "model")
        if node["config"]["access"] == "public"
        and room_of(node).split("/")[0] not in ("staging", "vault")
    ]
    for model in models:
        for name, column in model["columns"].items():
            source = personal.get(name)
            if source or column["config"]["meta"].get("pii") in DIRECT:
                raise CannotPublish(
                    f"{model['schema']}.{model['name']} is public and has the personal column {name}"
                    f"{f' of {source}' if source else ''}. Take it out, or make the model private."
                )
    rules = [node for node in nodes_of(manifest, "seed") if node["schema"] == "reference"]
    return sorted([*models, *rules], key=lambda node: node["name"])


def quoted(text: object) -> str:
    """As a text in SQL."""
    return "'" + str(text).replace("'", "''") + "'"


def write_tables(
    connection: duckdb.DuckDBPyConnection, catalog: str, models: list[dict], folder: pathlib.Path
) -> Iterator[dict]:
    """Copies each model into the database `published` and into Parquet; what the manifest says of it."""
    for number, model in enumerate(models, 1):
        schema, name = model["schema"], model["alias"]
        say(f"  {number} of {len(models)}: {schema}.{name}")
        table, file = f"published.{schema}.{name}", folder / "parquet" / schema / f"{name}.parquet"
        file.parent.mkdir(parents=True, exist_ok=True)
        connection.execute(f"create schema if not exists published.{schema}")
        connection.execute(f'create table {table} as select * from "{catalog}".{schema}.{name}')
        connection.execute(f"comment on table {table} is {quoted(model['description'].strip())}")
        columns = connection.execute(f"describe {table}").fetchall()
        for column, *_ in columns:
            told = model["columns"].get(column, {}).get("description", "").strip()
            if told:
                connection.execute(f'comment on column {table}."{column}" is {quoted(told)}')
        connection.execute(f"copy {table} to {quoted(file)} (format parquet, compression zstd)")
        rows, content = connection.execute(
            f"select count(*), coalesce(sum(hash(each_row)::hugeint), 0)::varchar from {table} as each_row"
        ).fetchone()
        yield {
            "schema": schema,
            "table": name,
            "rows": rows,
            "content_hash": content,
            "parquet": str(file.relative_to(folder)),
            "parquet_sha256": sha256(file),
            "columns": [{"name": column, "type": kind} for column, kind, *_ in columns],
        }


def write_open(
    connection: duckdb.DuckDBPyConnection, models: list[dict], folder: pathlib.Path
) -> list[str]:
    """Copies what is published and may be given to anybody (meta `disclosure`) into a file of its own; its tables."""
    models = [model for model in models if model["config"]["meta"].get("disclosure") == "open"]
    connection.execute(f"attach {quoted(folder / OPEN)} as open_tables")
    connection.execute("begin")
    for model in models:
        name = f"{model['schema']}.{model['alias']}"
        connection.execute(f"create schema if not exists open_tables.{model['schema']}")
        connection.execute(
            f"create table open_tables.{name} as select * from published.{name} order by all"
        )
        connection.execute(
            f"comment on table open_tables.{name} is {quoted(model['description'].strip())}"
        )
    connection.execute("commit")
    connection.execute("detach open_tables")
    return [f"{model['schema']}.{model['alias']}" for model in models]


def write_noise_spent(
    connection: duckdb.DuckDBPyConnection,
    models: list[dict],
    folder: pathlib.Path,
    published: pathlib.Path,
) -> None:
    """Keeps in the open file what publications with noise have spent: privacy.noise_spent, carried from build to build.

    Counts that are as they were last published cost nothing. Stops where the budget is spent.
    """
    connection.execute(f"attach {quoted(folder / OPEN)} as open_tables")
    connection.execute("create schema if not exists open_tables.privacy")
    connection.execute(
        f"create table {SPENT} (table_name varchar, content_hash varchar, epsilon double, published_at timestamp)"
    )
    for build in builds_of(published)[-1:]:
        connection.execute(f"attach {quoted(build / OPEN)} as earlier (read_only)")
        if connection.execute(
            "from duckdb_tables() where database_name = 'earlier' and table_name = 'noise_spent'"
        ).fetchall():
            connection.execute(f"insert into {SPENT} from earlier.privacy.noise_spent")
        connection.execute("detach earlier")
    for model in models:
        noise = model["config"]["meta"].get("noise") or {}
        if not (epsilon := float(noise.get("epsilon") or 0)):
            continue
        name = f"{model['schema']}.{model['alias']}"
        (content,) = connection.execute(
            f"select coalesce(sum(hash(each_row)::hugeint), 0)::varchar from open_tables.{name} as each_row"
        ).fetchone()
        connection.execute(
            f"insert into {SPENT} select $1, $2, $3, now()::timestamp where $2 is distinct from"
            f" (select max_by(content_hash, published_at) from {SPENT} where table_name = $1)",
            [name, content, epsilon],
        )
        (spent,) = connection.execute(f"select sum(epsilon) from {SPENT}").fetchone()
        if spent > float(noise["budget"]):
            raise CannotPublish(
                f"The counts of {name} changed, and publishing them would spend {spent:g} of the noise_budget of"
                f" {float(noise['budget']):g}. Publish less often or by longer periods (open_period), or raise"
                " noise_budget and accept that people hide less well."
            )
    if not connection.execute(f"from {SPENT}").fetchall():
        connection.execute(f"drop table {SPENT}")
    connection.execute("detach open_tables")


def sha256(file: pathlib.Path) -> str:
    """Of the bytes of a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def write_build(
    database: pathlib.Path,
    target: pathlib.Path,
    manifest: dict,
    folder: pathlib.Path,
    published: pathlib.Path,
) -> None:
    """Fills the folder with the tables and the manifest of a warehouse whose tests have all passed."""
    models = public_models(manifest)
    with duckdb.connect() as connection:
        connection.execute(
            f"set memory_limit = {quoted(os.environ.get('GROUNDWORK_MEMORY', '4GB'))}"
        )
        connection.execute(f"set temp_directory = {quoted(folder / 'spill')}")
        connection.execute("set preserve_insertion_order = false; set TimeZone = 'UTC'")
        # The views of a warehouse name the file it was built in.
        catalog = database.stem
        connection.execute(f'attach {quoted(database)} as "{catalog}" (read_only)')
        connection.execute(f'use "{catalog}"')
        run = last_whole_run(connection, target)
        as_of, known_until = connection.execute(
            "select as_of_date::varchar, known_until::varchar from staging.as_of"
        ).fetchone()
        connection.execute(f"attach {quoted(folder / DATABASE)} as published")
        connection.execute("begin")
        tables = list(write_tables(connection, catalog, models, folder))
        connection.execute("commit")
        open_tables = write_open(connection, models, folder)
        write_noise_spent(connection, models, folder, published)
        connection.execute("use memory; detach published")
    shutil.rmtree(folder / "spill", ignore_errors=True)
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    about = {
        "as_of": as_of,
        "known_until": known_until,
        "built": run,
        "published_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "versions": {
            "groundwork": project["version"],
            "dbt": manifest["metadata"]["dbt_version"],
            "duckdb": version("duckdb"),
        },
        "database": {"file": DATABASE, "sha256": sha256(folder / DATABASE)},
        "open": {"file": OPEN, "sha256": sha256(folder / OPEN), "tables": open_tables},
        "tables": tables,
    }
    (folder / MANIFEST).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def publish(published: pathlib.Path, database: pathlib.Path, target: pathlib.Path) -> pathlib.Path:
    """Makes a build of the warehouse, and has readers read it; the build."""
    if not database.exists():
        raise CannotPublish(f"There is no warehouse at {database} yet. Run make build first.")
    manifest = read_manifest(target / "manifest.json")
    # What was built by a selection, after the whole build that asked the same.
    if lineage.compiled_folder(target).is_dir() and (wrong := lineage.check(manifest, target)):
        raise CannotPublish(lineage.said(wrong))
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
    with new_build(published, name) as making:
        write_build(database, target, manifest, making, published)
    return published / "builds" / name


def builds_of_the_run(
    published: pathlib.Path, database: pathlib.Path, target: pathlib.Path
) -> list[pathlib.Path]:
    """The builds that are kept of the warehouse as it is."""
    if not database.exists():
        return []
    with duckdb.connect(str(database), read_only=True) as connection:
        last = last_whole_run(connection, target)["last_invocation_id"]
    return [
        build
        for build in builds_of(published)
        if json.loads((build / MANIFEST).read_text(encoding="utf-8"))["built"].get(
            "last_invocation_id"
        )
        == last
    ]


def published_now(
    published: pathlib.Path, database: pathlib.Path, target: pathlib.Path
) -> pathlib.Path:
    """The build that readers read from now on, which is a new one unless the warehouse is as it was published."""
    current = current_of(published)
    kept = builds_of_the_run(published, database, target) if current else []
    if current in kept:
        print(f"Readers already read this build: {current.name}.", flush=True)
    elif kept and kept[-1].name > current.name:
        print(f"Readers read {current.name} since a rollback, and go on. make build makes another.")
    else:
        current = publish(published, database, target)
        print(f"Readers now read {said_of(current)}")
        print(f"  {published / 'current' / DATABASE}", flush=True)
    return current


def published_folder() -> pathlib.Path:
    """GROUNDWORK_PUBLISHED, else published/. Stops where that is no folder."""
    named = os.environ.get("GROUNDWORK_PUBLISHED") or str(PROJECT / "published")
    if module_of(named) is not folder:
        raise SystemExit(
            "GROUNDWORK_PUBLISHED must be a folder: builds are made there, and the site and the report read it. "
            "A bucket or a database is named by make publish TO=."
        )
    return pathlib.Path(named).resolve()


def said_of(build: pathlib.Path) -> str:
    """What readers of a build get."""
    about = json.loads((build / MANIFEST).read_text(encoding="utf-8"))
    rows = sum(table["rows"] for table in about["tables"])
    return f"{build.name}: as of {about['as_of']}, {len(about['tables'])} tables, {rows:,} rows."


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("what", choices=["publish", "rollback"])
    parser.add_argument("--to", default="", help=f"also to {KINDS}")
    asked = parser.parse_args()
    stays = "Nothing was published." if asked.what == "publish" else "Nothing was rolled back."
    try:
        published = published_folder()
        place = module_of(asked.to) if asked.to else None
        if asked.what == "rollback" and place:
            name = place.roll_back(asked.to, published)
            print(f"Readers of {place.shown(asked.to)} now read {name}.")
            return
        if asked.what == "rollback":
            build = published / "builds" / roll_back(str(published))
            print(f"Readers now read {said_of(build)}")
            print(f"  {published / 'current' / DATABASE}")
            return
        if place:
            place.check(asked.to)
        build = published_now(published, *warehouse_of_the_run())
        if place:
            stays = f"But {place.shown(asked.to)} still has what it had."
            place.send(build, asked.to)
            print(f"  {place.shown(asked.to)}")
    except (CannotPublish, duckdb.Error, OSError) as error:
        sys.exit(f"{stays} {in_use(error, warehouse_of_the_run()[0]) or error}")


if __name__ == "__main__":
    main()
