"""Takes persons out of everything: raw files, warehouse, what is published, the site; and proves it.

    make forget CUSTOMER=cus_1,cus_2      these persons; without CUSTOMER, all who asked (privacy__erasure_requests)

1. The raw files are read, and what leads to a person is collected (plugins/erasure.py).
2. Keyed hashes of it and open receipts are written to <warehouse>.erasures.json, before any file changes: a run that is
   killed is finished by the next one.
3. CSV and Parquet files are written anew; what cannot be is listed.
4. The warehouse is built into a new file, which takes the place of the old one: deleted rows leave their bytes behind.
5. What is published and the site are made anew, where they are there, and older published builds are removed.
6. All of it is searched for the persons, and the receipts are closed.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from copy import deepcopy
from datetime import UTC, datetime

import duckdb
import yaml

PROJECT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT / "plugins"), str(PROJECT / "tools")]

import canaries  # noqa: E402
import contracts  # noqa: E402
import erasure  # noqa: E402
import forget_files  # noqa: E402
import landing  # noqa: E402
import privacy  # noqa: E402
from built import database_file, in_use, target_folder  # noqa: E402

REQUESTS = f"raw_{erasure.REQUESTS}"
# What shows the receipts, which are complete only after the search.
SHOWING = ("forgotten_persons", "erasure_receipts", "privacy_metric_values")
# Tables that no build can make again, and that hold nobody.
RUNS = ("runs", "run_nodes", "run_tests")
SEARCHED = (
    "all tables, the bytes of a copy without compression, raw files, target, logs, published, site"
)
DBT = str(pathlib.Path(sys.executable).with_name("dbt"))


class CannotForget(Exception):
    """Why nothing, or not all, was done, and what to do."""


def described() -> list[dict]:
    """The contracts of the raw tables as plugins/erasure.py takes them."""
    return [
        {
            "name": seed["name"].removeprefix("raw_"),
            "key": contracts.meta(seed)["key"],
            "columns": [
                {
                    "name": column["name"],
                    **{
                        key: contracts.meta(column).get(key) for key in ("pii", "parent", "parents")
                    },
                    "optional": bool(
                        {"optional", "needed_without", "default"} & contracts.meta(column).keys()
                    ),
                }
                for column in seed["columns"]
            ],
        }
        for seed in contracts.seeds("raw")
    ]


def erasure_tables() -> list[erasure.Table]:
    settings = yaml.safe_load((PROJECT / "vars.yml").read_text(encoding="utf-8"))["vars"]
    return erasure.tables_of(described(), settings["erasure_keeps"])


# --- who


def landed(folder: pathlib.Path) -> duckdb.DuckDBPyConnection:
    """The raw files as a build lands them, in memory."""
    connection = duckdb.connect()
    connection.execute("create schema raw")
    for seed in contracts.seeds("raw"):
        table = contracts.landing_table(seed, "raw")
        planned = landing.plan(connection, table, f"raw.{seed['name']}", str(folder))
        if planned.get("problem"):
            raise CannotForget(planned["problem"])
        for statement in planned["statements"]:
            connection.execute(statement)
    connection.create_function(
        "is_forgotten", privacy.is_forgotten, ["VARCHAR"] * 2, "BOOLEAN", type="arrow"
    )
    return connection


def find_persons(connection, tables, asked: Iterable[str], knows_forgotten: bool) -> None:
    """Fills raw.erased_keys and raw.erased_texts."""
    for statement in erasure.key_statements(tables, asked, knows_forgotten):
        connection.execute(statement)


def persons_of(connection) -> forget_files.Persons:
    keys: dict[str, set[str]] = {}
    for kind, key in connection.execute(f"select kind, key from {erasure.KEYS}").fetchall():
        keys.setdefault(kind, set()).add(key)
    rows = connection.execute(f"select text, in_a_line from {erasure.TEXTS}").fetchall()
    texts = [re.escape(text) for text, _ in rows if text]
    lines = [
        rf"(?<!\w){re.escape(key)}(?!\w)"
        for kind in (erasure.PERSONS, "anonymous_id")
        for key in keys.get(kind, ())
    ]
    return forget_files.Persons(
        keys,
        re.compile("|".join(texts), re.IGNORECASE) if texts else None,
        re.compile("|".join([*texts, *lines]), re.IGNORECASE) if texts or lines else None,
    )


def rows_of_persons(connection, tables) -> dict[str | None, dict[str, int]]:
    """For each person `<table> erased` or `<table> kept`, and how many rows."""
    found: dict[str | None, dict[str, int]] = {}
    for table in tables:
        rows = connection.execute(
            f"select person, count(*) from ({erasure.rows_to_change(table, '1 as one')}) as changed group by 1"
        ).fetchall()
        what = f"{table.name.replace('__', '.')} {'kept' if table.is_kept else 'erased'}"
        for person, count in rows:
            found.setdefault(person, {})[what] = count
    return found


def tables_with_persons(connection, tables) -> set[str]:
    """The raw tables in which a file may have to be written anew."""
    counts = connection.execute(erasure.count_statement(tables)).fetchall()
    return {name for name, row_count, _ in counts if row_count} | {erasure.REQUESTS}


def requests_in(connection) -> list[tuple[str, str, str]]:
    """Request, customer and moment of all that are no longer open to doubt."""
    return connection.execute(
        f"""
        select trim(asked.request_id), trim(asked.customer_id), min(asked.requested_at::varchar)
        from raw.{REQUESTS} as asked
        inner join ({erasure.requests()}) as requests on trim(asked.customer_id) = requests.customer_id
        where not requests.is_before_the_person and nullif(trim(asked.request_id), '') is not null
        group by all order by all
        """
    ).fetchall()


# --- the records


def write_records(found: dict) -> None:
    """At once or not at all: this file is what a company shows."""
    file = privacy.records_file()
    making = file.with_name(f"{file.name}.new")
    making.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    with making.open("rb") as opened:
        os.fsync(opened.fileno())
    making.replace(file)


def read_records() -> dict:
    """A copy to write into: what privacy.records() gives is kept for the next reader."""
    return deepcopy(privacy.records())


def open_receipts(connection, tables, asked: list[str], before: dict) -> list[dict]:
    """A receipt for each request and each person who was named; their rows are counted once, in the first."""
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
    rows = rows_of_persons(connection, tables)
    wanted = requests_in(connection)
    named = {person for _, person, _ in wanted}
    wanted += [
        (f"forget_{now[:10]}_{privacy.keyed(person)[:8]}", person, now)
        for person in asked
        if person not in named
    ]
    receipts = []
    for request, person, moment in wanted:
        own = rows.pop(person, {})
        receipts.append(
            {
                "request_id": request,
                "requested_at": moment[:19],
                "done_at": None,
                "person": privacy.keyed(person),
                "erased_row_count": sum(n for what, n in own.items() if what.endswith("erased")),
                "kept_row_count": sum(n for what, n in own.items() if what.endswith("kept")),
                "rows_by_table": ", ".join(f"{what} {n}" for what, n in sorted(own.items())),
                "file_count": 0,
                "files": "",
                "found_count": None,
                "remaining": None,
                "searched": None,
                "moved_metrics": None,
                "metrics_before": before,
            }
        )
    return receipts


# --- raw files


def columns_for(table: erasure.Table, contract: dict, said) -> forget_files.Columns:
    """The columns of a file that lead to a person, by the names that the file has for them (columns.yml)."""

    def name_of(column: str) -> str:
        told = said.columns.get(column) if said else None
        return (told.source if told and told.source else column) if told else column

    ways = []
    owner = None
    for column in contract["columns"]:
        name = column["name"]
        for way in table.ways:
            if way.key != erasure.value(name):
                continue
            if way.is_owner:
                owner = name_of(name)
            elif column.get("parents") and way.kind.startswith("case"):
                by = dict(column["parents"])
                ways.append((by, name_of(name), name_of(by.pop("by"))))
            else:
                ways.append((way.kind.strip("'"), name_of(name), None))
    return forget_files.Columns(
        owner,
        tuple(ways),
        table.is_kept,
        tuple(map(name_of, table.blanked)),
        tuple(map(name_of, table.free_texts)),
    )


def rewrite_files(
    folder: pathlib.Path, tables, named: set[str], persons
) -> tuple[dict[str, str], list[str]]:
    """Each changed file and what was done to it, and what could not be done to the tables that are named."""
    done, remaining = {}, []
    by_name = {table.name: table for table in tables}
    landed_as = {
        seed["name"].removeprefix("raw_"): contracts.landing_table(seed, "raw")
        for seed in contracts.seeds("raw")
    }
    # Who it is is said last: a run that is killed before knows what to look for in the words of others.
    for contract in sorted(described(), key=is_last):
        table = by_name.get(contract["name"])
        if contract["name"] == erasure.REQUESTS:
            key = erasure.Way(f"'{erasure.PERSONS}'", erasure.value("customer_id"), is_owner=True)
            table = erasure.Table(erasure.REQUESTS, "", (key,), None, False, (), (), ())
        if table is None or table.name not in named:
            continue
        file = landing.find_file(landed_as[table.name], str(folder))
        said = landing.mapping.said_of(str(folder)).get(table.name)
        for each in map(pathlib.Path, landing.files_of(file) if file else []):
            shown = str(each.relative_to(folder)) if each.is_relative_to(folder) else str(each)
            try:
                change = forget_files.rewrite(
                    each,
                    columns_for(table, contract, said),
                    persons,
                    said.options if said else forget_files.files.Options(),
                )
            except forget_files.CannotRewrite as error:
                remaining.append(f"{shown} ({error.why})")
                continue
            except OSError as error:
                remaining.append(f"{shown} (it cannot be written: {error.strerror})")
                continue
            if change:
                told = [
                    ("erased", change.erased),
                    ("kept", change.kept),
                    ("reworded", change.reworded),
                ]
                done[shown] = ", ".join(f"{count} {what}" for what, count in told if count)
    return done, remaining


def is_last(contract: dict) -> tuple[bool, bool]:
    """The requests last of all, before them the tables that name persons."""
    named = any(column["pii"] in ("name", "email", "phone") for column in contract["columns"])
    return contract["name"] == erasure.REQUESTS, named


def is_writable(folder: pathlib.Path) -> bool:
    """By trying: what a system says of rights is not true of everybody."""
    probe = folder / f"probe{forget_files.MAKING}"
    try:
        probe.write_bytes(b"")
        probe.unlink()
    except OSError:
        return False
    return True


# --- the warehouse


def metrics_of(database: pathlib.Path) -> dict[str, float]:
    """Each metric of each month, of all brands together; empty where there is no such warehouse."""
    if not database.exists():
        return {}
    with (
        contextlib.suppress(duckdb.CatalogException),
        duckdb.connect(str(database), read_only=True) as connection,
    ):
        return dict(
            connection.execute(
                """
                select metric_name || ' ' || strftime(period_start, '%Y-%m'), value
                from metrics.metric_values
                where grain = 'month' and brand = 'all' and value is not null
                """
            ).fetchall()
        )
    return {}


def moved(before: dict[str, float], after: dict[str, float]) -> dict[str, list[float | None]]:
    """The metrics that are not as they were: before and after."""
    return {
        name: [before.get(name), after.get(name)]
        for name in sorted(before.keys() | after.keys())
        if before and before.get(name) != after.get(name)
    }


def build_anew(database: pathlib.Path) -> None:
    """Builds into a new file beside the old one, which takes its place when all tests passed."""
    making = database.parent / f".forgetting-{database.stem}"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    new = making / database.name
    # What was converted to be landed holds rows of persons.
    shutil.rmtree(target_folder() / "converted_files", ignore_errors=True)
    if database.exists():
        with duckdb.connect(str(new)) as connection:
            connection.execute(f"attach '{database}' as old (read_only)")
            known = connection.execute(
                "select table_name from duckdb_tables() where database_name = 'old' and schema_name = 'platform'"
            ).fetchall()
            connection.execute("create schema platform")
            for (table,) in known:
                if table in RUNS:
                    connection.execute(
                        f"create table platform.{table} as from old.platform.{table}"
                    )
    # A build that finds the rows of the person writes them nowhere: what spills goes beside the new file.
    environment = os.environ | {
        "GROUNDWORK_DB": str(new),
        "GROUNDWORK_ERASURES": str(privacy.records_file()),
    }
    ended = subprocess.run([DBT, "build"], cwd=PROJECT, env=environment, check=False)
    if ended.returncode:
        shutil.rmtree(making, ignore_errors=True)
        raise CannotForget(
            "The build failed, so the old warehouse is still there, and has them. The raw files are done. Mend what "
            "the build says, then run make forget again: it goes on from here."
        )
    new.replace(database)
    for left in (f"{database}.wal", f"{new}.wal"):
        pathlib.Path(left).unlink(missing_ok=True)
    shutil.rmtree(f"{database}.tmp", ignore_errors=True)
    shutil.rmtree(making, ignore_errors=True)


# --- search


def values_of(connection) -> list[str]:
    """What only these persons have: ids, devices, addresses, numbers and names."""
    return [
        value
        for (value,) in connection.execute(
            f"""
            select key from {erasure.KEYS} where kind in ('{erasure.PERSONS}', 'anonymous_id')
            union select text from {erasure.TEXTS} where text is not null
            """
        ).fetchall()
    ]


def forms_of(values: Iterable[str]) -> list[str]:
    """As they are, backwards, and hashed without a key; what is too short to be anybody's is left out."""
    forms = set()
    with duckdb.connect() as connection:
        for value in values:
            plain = canaries.squashed(value)
            if len(plain) < canaries.SHORTEST:
                continue
            forms |= {plain, plain[::-1]}
            for spelling in {value, value.lower(), value.upper()}:
                forms |= canaries.hashes_of(spelling, connection)
    return sorted(forms)


def search(values: list[str], places: dict[str, pathlib.Path]) -> dict[str, int]:
    """Where a value is still found, by SQL in every table and in files; a database also byte by byte, uncompressed."""
    forms, found = forms_of(values), {}
    if not forms:
        return found
    for what, place in places.items():
        if place.suffix == ".duckdb" and place.exists():
            with duckdb.connect(str(place), read_only=True) as connection:
                for table, count in canaries.found_in_tables(connection, forms, homes=()).items():
                    found[f"{what} {table}"] = count
            found |= {f"{what} {left}": 1 for left in found_in_bytes(place, values)}
        elif place.is_dir():
            found |= {f"{what} {file}": 1 for file in canaries.found_in_files(place, forms)}
    return found


def found_in_bytes(database: pathlib.Path, values: list[str]) -> list[str]:
    """Searches a copy of a database whose columns are not compressed: compressed bytes say nothing."""
    copy = database.parent / f".forgetting-{database.stem}" / "uncompressed.duckdb"
    copy.parent.mkdir(exist_ok=True)
    copy.unlink(missing_ok=True)
    try:
        with duckdb.connect() as connection:
            connection.execute("set force_compression = 'uncompressed'")
            connection.execute(f"attach '{database}' as had (read_only)")
            connection.execute(f"attach '{copy}' as copied")
            tables = connection.execute(
                "select schema_name, table_name from duckdb_tables() where database_name = 'had'"
            ).fetchall()
            for schema, table in tables:
                connection.execute(f'create schema if not exists copied."{schema}"')
                connection.execute(
                    f'create table copied."{schema}"."{table}" as from had."{schema}"."{table}"'
                )
        wanted = [value for value in values if len(canaries.squashed(value)) >= canaries.SHORTEST]
        pattern = (
            re.compile("|".join(re.escape(value) for value in wanted).encode()) if wanted else None
        )
        return (
            sorted({hit.decode() for hit in pattern.findall(copy.read_bytes())}) if pattern else []
        )
    finally:
        shutil.rmtree(copy.parent, ignore_errors=True)


def log_folder() -> pathlib.Path:
    return pathlib.Path(os.environ.get("DBT_LOG_PATH") or PROJECT / "logs")


# --- all of it


def forget(folder: pathlib.Path, asked: list[str], site: pathlib.Path) -> list[dict]:
    """Forgets, and returns the closed receipts of this run."""
    privacy.pepper()
    database = database_file()
    forget_files.clean(folder)
    records = read_records()
    pending = [receipt for receipt in records["receipts"] if not receipt["done_at"]]
    tables = erasure_tables()
    connection = landed(folder)
    find_persons(connection, tables, asked, bool(records["keys"]))
    known = {receipt["request_id"] for receipt in records["receipts"]}
    before = (pending[0].get("metrics_before") if pending else None) or metrics_of(database)
    opened = [
        receipt
        for receipt in open_receipts(connection, tables, asked, before)
        if receipt["request_id"] not in known
    ]
    if asked and not any(receipt["rows_by_table"] for receipt in opened) and not pending:
        raise CannotForget(
            f"No row of {folder} names {', '.join(asked)}: nobody was forgotten. Write the customer's id as "
            "app__customers has it; who was forgotten before has a receipt (privacy.erasure_receipts)."
        )
    persons = persons_of(connection)
    if not opened and not pending and not any(rows_of_persons(connection, tables).values()):
        print("Nobody has asked to be forgotten who is still there.")
        return []
    values = values_of(connection)
    hashed = {
        privacy.keyed(privacy.forgotten_key(kind, key))
        for kind, keys in persons.keys.items()
        for key in keys
    }
    # Sorted, so that nothing says which keys belong together.
    records["keys"] = sorted(hashed | set(records["keys"]))
    records["receipts"] += opened
    named = tables_with_persons(connection, tables)
    connection.close()
    write_records(records)

    if is_writable(folder):
        done, remaining = rewrite_files(folder, tables, named, persons)
    else:
        done, remaining = {}, [f"all raw files: {folder} cannot be written"]
    for file, what in done.items():
        print(f"{file}: {what}")
    for what in remaining:
        print(f"Not written anew: {what}. Take the persons out of it where it comes from.")
    build_anew(database)
    pending += opened
    places = {"warehouse": database, "target": target_folder(), "logs": log_folder()}
    found = search(values, places | ({} if remaining else {"raw files": folder}))
    after = metrics_of(database)
    close(records, pending, done, remaining, found, after, bool(values))
    subprocess.run([DBT, "--quiet", "build", "--select", *SHOWING], cwd=PROJECT, check=False)
    for again in published_again(site):
        found |= search(values, again)
    close(records, pending, done, remaining, found, after, bool(values))
    for where, count in found.items():
        print(f"Still found: {where} ({count})")
    return pending


def close(records, pending, done, remaining, found, after, is_searched) -> None:
    """Completes the receipts. They are those of one run: files, search and metrics are of all persons together."""
    for receipt in pending:
        before = receipt.pop("metrics_before", None)
        if before is not None:
            changed = moved(before, after)
            receipt["moved_metrics"] = json.dumps(changed) if changed else None
        receipt |= {
            "done_at": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
            if not remaining and not found
            else receipt["done_at"],
            "file_count": len(done),
            "files": "; ".join(f"{file}: {what}" for file, what in done.items()),
            "found_count": sum(found.values()),
            "remaining": "; ".join([*remaining, "backups made before"]),
            "searched": SEARCHED
            if is_searched
            else "nothing: a run was killed, and this one knew no values",
        }
    write_records(records)


def published_again(site: pathlib.Path) -> Iterable[dict[str, pathlib.Path]]:
    """Publishes and makes the site anew where they are there; older published builds go."""
    published = pathlib.Path(
        os.environ.get("GROUNDWORK_PUBLISHED") or PROJECT / "published"
    ).resolve()
    if (published / "current").exists():
        tool = [sys.executable, str(PROJECT / "tools" / "publish.py"), "publish"]
        if subprocess.run(tool, cwd=PROJECT, check=False).returncode == 0:
            current = (published / "current").resolve()
            for build in (published / "builds").iterdir():
                if build.resolve() != current:
                    shutil.rmtree(build)
        yield {"published": published}
    if site.exists():
        subprocess.run(
            [sys.executable, str(PROJECT / "website" / "build.py"), "--no-dbt", "--out", str(site)],
            cwd=PROJECT,
            check=False,
        )
        yield {"site": site}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--customer", default="", help="ids of app__customers, parted by commas")
    parser.add_argument("--site", type=pathlib.Path, default=PROJECT / "site")
    asked = parser.parse_args()
    named = os.environ.get("GROUNDWORK_RAW", "")
    try:
        if not named:
            raise CannotForget(
                "The demo company's files are part of the project, and nobody in them is real. Set GROUNDWORK_RAW to "
                "the folder of your raw files."
            )
        persons = [each.strip() for each in asked.customer.split(",") if each.strip()]
        receipts = forget(pathlib.Path(named).resolve(), persons, asked.site)
    except (
        CannotForget,
        privacy.NoPepper,
        erasure.CannotKeep,
        landing.Problem,
        duckdb.Error,
        OSError,
    ) as error:
        sys.exit(f"{in_use(error, database_file()) or error}")
    for receipt in receipts:
        print(
            f"{receipt['request_id']}: {receipt['erased_row_count']} rows erased, {receipt['kept_row_count']} kept "
            f"without the person, found afterwards: {receipt['found_count']}."
        )
    if receipts and any(receipt["done_at"] is None for receipt in receipts):
        sys.exit("Not done: see what is left above. The warehouse is rid of them.")


if __name__ == "__main__":
    main()
