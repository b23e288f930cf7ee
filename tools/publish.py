"""Publishes the warehouse for its readers, all at once, after every test passed: `make publish` and `make rollback`.

    published/builds/<build>/groundwork.duckdb     the public tables, in one DuckDB file that nobody writes
    published/builds/<build>/parquet/<schema>/<table>.parquet
    published/builds/<build>/manifest.json         as_of, versions, and of each table rows, hash and columns
    published/current                              a link to the build that readers read

A build is made beside the others and gets its name when it is whole; then one rename turns the link. A reader that has
an older file open keeps reading it. The last three builds are kept. The folder is GROUNDWORK_PUBLISHED, else
published/; the warehouse is GROUNDWORK_DB.
"""

import argparse
import contextlib
import hashlib
import json
import os
import pathlib
import secrets
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version

import duckdb
import yaml
from filelock import FileLock, Timeout

PROJECT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "tools"))

from manifest import nodes_of, read_manifest, room_of  # noqa: E402

KEPT = 3
DATABASE = "groundwork.duckdb"
MANIFEST = "manifest.json"
# Commands that leave the tables as they are.
READING = ("test", "compile", "parse", "docs", "show", "list")
BAD = ("error", "fail", "runtime error", "partial success", "skipped")


class CannotPublish(Exception):
    """Why nothing is published, and what to do."""


def say(text: str) -> None:
    """Where it is."""
    print(text, file=sys.stderr, flush=True)


def public_models(manifest: dict) -> list[dict]:
    """The public models of marts and metrics, by name. Stops where a column is personal by a raw table's contract."""
    personal = {
        name: node["name"].removeprefix("raw_").replace("__", ".")
        for node in nodes_of(manifest, "seed")
        for name, column in node["columns"].items()
        if column["config"]["meta"].get("pii")
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
            if source or column["config"]["meta"].get("pii"):
                raise CannotPublish(
                    f"{model['schema']}.{model['name']} is public and has the personal column {name}"
                    f"{f' of {source}' if source else ''}. Take it out, or make the model private."
                )
    return models


def last_whole_run(connection: duckdb.DuckDBPyConnection, target: pathlib.Path) -> dict:
    """Of the build whose tables these are: invocation_id, finished_at. Stops unless all of it was tested and passed."""
    has_runs = connection.execute(
        "select count(*) from information_schema.tables where table_schema = 'platform' and table_name = 'runs'"
    ).fetchone()[0]
    return _run_kept(connection) if has_runs else _run_in_target(target)


def _run_kept(connection: duckdb.DuckDBPyConnection) -> dict:
    """By platform.runs, which every dbt command writes."""
    runs = connection.execute(
        """
        select invocation_id, command, status, is_whole and not is_empty, node_count, test_count, finished_at
        from platform.runs
        order by started_at desc, invocation_id
        """
    ).fetchall()
    for invocation, command, status, is_whole, nodes, tests, finished_at in runs:
        if status != "succeeded":
            failed = connection.execute(
                "select distinct test_name from platform.run_tests where invocation_id = $1 and status in "
                "('error', 'fail', 'runtime error') order by all",
                [invocation],
            ).fetchall()
            names = f": {', '.join(name for (name,) in failed[:5])}" if failed else ""
            raise CannotPublish(
                f"The last dbt {command} has {'not ended' if status == 'running' else status}{names}. "
                "Mend what it says and run make build again."
            )
        if is_whole:
            return {"invocation_id": invocation, "finished_at": f"{finished_at}"}
        if nodes and command not in READING and not (command == "build" and tests):
            raise CannotPublish(
                f"dbt {command} has made tables after the last build, and they were not tested. Run make build again."
            )
    raise CannotPublish("The warehouse was never built and tested as a whole. Run make build.")


def _run_in_target(target: pathlib.Path) -> dict:
    """By run_results.json, where the area platform is switched off."""
    file = target / "run_results.json"
    if not file.exists():
        raise CannotPublish(
            f"{file} is missing: nobody knows whether tests passed. Run make build."
        )
    results = json.loads(file.read_text(encoding="utf-8"))
    asked = results["args"]
    chosen = [name for name in ("select", "exclude", "selector") if asked.get(name)]
    if asked.get("which") != "build" or chosen:
        raise CannotPublish(
            "The last dbt command was no build of everything. Run make build again."
        )
    bad = [
        result["unique_id"].split(".")[2]
        for result in results["results"]
        if result["status"] in BAD
    ]
    if bad:
        raise CannotPublish(f"The last build failed: {', '.join(bad[:5])}. Run make build again.")
    metadata = results["metadata"]
    return {"invocation_id": metadata["invocation_id"], "finished_at": metadata["generated_at"]}


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


def sha256(file: pathlib.Path) -> str:
    """Of the bytes of a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def write_build(
    database: pathlib.Path, target: pathlib.Path, manifest: dict, folder: pathlib.Path
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
        "tables": tables,
    }
    (folder / MANIFEST).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def builds_of(published: pathlib.Path) -> list[pathlib.Path]:
    """The whole builds, oldest first: their names begin with the time."""
    folder = published / "builds"
    if not folder.exists():
        return []
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def current_of(published: pathlib.Path) -> pathlib.Path | None:
    """The build that readers read, or none yet."""
    link = published / "current"
    return published / link.readlink() if link.is_symlink() else None


def kept_on_disk(path: pathlib.Path) -> None:
    """Waits until a file, or the names in a folder, would outlive the power."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def point_to(published: pathlib.Path, build: pathlib.Path) -> None:
    """Turns the link to a build, in one step for whoever reads."""
    turning = published / f".current.{secrets.token_hex(4)}"
    turning.symlink_to(build.relative_to(published))
    turning.rename(published / "current")
    kept_on_disk(published)


def sweep(published: pathlib.Path) -> None:
    """Takes away what a killed run left, and all but the last builds; never the one that is read."""
    for left in [*published.glob(".current.*"), *published.glob("builds/.*")]:
        shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()
    for old in builds_of(published)[:-KEPT]:
        if old != current_of(published):
            # A half of a build has no build's name.
            going = old.rename(old.with_name(f".{old.name}"))
            shutil.rmtree(going)


@contextlib.contextmanager
def alone(published: pathlib.Path) -> Iterator[None]:
    """Holds the folder; stops when another process does."""
    published.mkdir(parents=True, exist_ok=True)
    lock = FileLock(published / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise CannotPublish(
            f"Another process is publishing to {published}. Wait for it."
        ) from error
    try:
        yield
    finally:
        lock.release()


def publish(published: pathlib.Path, database: pathlib.Path, target: pathlib.Path) -> pathlib.Path:
    """Makes a build of the warehouse, and has readers read it; the build."""
    if not database.exists():
        raise CannotPublish(f"There is no warehouse at {database} yet. Run make build first.")
    manifest = read_manifest(target / "manifest.json")
    with alone(published):
        sweep(published)
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
        making = published / "builds" / f".{name}"
        making.mkdir(parents=True)
        try:
            write_build(database, target, manifest, making)
        except BaseException:
            shutil.rmtree(making)
            raise
        for path in making.rglob("*"):
            kept_on_disk(path)
            if path.is_file():
                path.chmod(0o444)
        build = making.rename(making.with_name(name))
        kept_on_disk(build.parent)
        point_to(published, build)
        sweep(published)
    return build


def roll_back(published: pathlib.Path) -> pathlib.Path:
    """Has readers read the build before the current one; that build."""
    current = current_of(published)
    if current is None:
        raise CannotPublish(f"Nothing was published in {published} yet. Run make publish.")
    with alone(published):
        earlier = [build for build in builds_of(published) if build.name < current.name]
        if not earlier:
            raise CannotPublish(
                f"{current.name} is the oldest build that is kept: there is none before it."
            )
        point_to(published, earlier[-1])
    return earlier[-1]


def published_folder() -> pathlib.Path:
    """GROUNDWORK_PUBLISHED, else published/."""
    return pathlib.Path(os.environ.get("GROUNDWORK_PUBLISHED", PROJECT / "published")).resolve()


def warehouse_of_the_run() -> tuple[pathlib.Path, pathlib.Path]:
    """The database, and the folder in which dbt wrote what it understood."""
    database = os.environ.get("GROUNDWORK_DB", PROJECT / "groundwork.duckdb")
    target = os.environ.get("DBT_TARGET_PATH", PROJECT / "target")
    return pathlib.Path(database).resolve(), pathlib.Path(target).resolve()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("what", choices=["publish", "rollback"])
    what = parser.parse_args().what
    published = published_folder()
    database, target = warehouse_of_the_run()
    try:
        rolls_back = what == "rollback"
        build = roll_back(published) if rolls_back else publish(published, database, target)
    except (CannotPublish, duckdb.Error) as error:
        sys.exit(f"Nothing was published. {error}")
    about = json.loads((build / MANIFEST).read_text(encoding="utf-8"))
    rows = sum(table["rows"] for table in about["tables"])
    print(
        f"Readers now read {build.name}: as of {about['as_of']}, {len(about['tables'])} tables, {rows:,} rows."
    )
    print(f"  {published / 'current' / DATABASE}")


if __name__ == "__main__":
    main()
