"""Copies the warehouse as it is, and puts it back: `make backup TO=/srv/backup` and `make restore FROM=/srv/backup`.

    /srv/backup/<moment>/groundwork.duckdb    the warehouse, under its own name: its views carry it
    /srv/backup/<moment>/backup.json          when, as_of, size, sha256, and the rows of each table

A backup is made beside the others and gets its name when it is whole and was read again; the newest seven are kept. A
restore copies and checks first, then takes the place of the warehouse in one rename. FROM is the folder, which means
the newest, or one <moment> in it.
"""

import argparse
import hashlib
import json
import os
import pathlib
import shutil
import sys
from datetime import UTC, datetime

import duckdb

PROJECT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "tools"))

from built import database_file, in_use  # noqa: E402

ABOUT = "backup.json"
KEPT = 7


class CannotCopy(Exception):
    """Why there is no backup, or none was restored, and what to do."""


def sha256(file: pathlib.Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def rows_of(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """The rows of each table."""
    tables = connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = current_database() order by all"
    ).fetchall()
    return {
        f"{schema}.{table}": connection.execute(
            f'select count(*) from "{schema}"."{table}"'
        ).fetchone()[0]
        for schema, table in tables
    }


def as_of(connection: duckdb.DuckDBPyConnection) -> str | None:
    try:
        return connection.execute("select as_of_date::varchar from staging.as_of").fetchone()[0]
    except (duckdb.Error, TypeError):
        return None


def stop_without_room(folder: pathlib.Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < size * 1.05:
        raise CannotCopy(
            f"{folder} has {free / 1e6:,.0f} MB free, and the warehouse takes {size / 1e6:,.0f} MB. Make room, or name "
            "a folder on another disk."
        )


def copied(source: pathlib.Path, to: pathlib.Path) -> None:
    """Copies, and has the disk hold it before anything is renamed."""
    shutil.copyfile(source, to)
    with to.open("rb") as opened:
        os.fsync(opened.fileno())


def backup(database: pathlib.Path, place: pathlib.Path) -> pathlib.Path:
    """A new backup, read again; older ones than the newest seven go."""
    if not database.exists():
        raise CannotCopy(f"There is no warehouse at {database} yet. Run make build first.")
    place.mkdir(parents=True, exist_ok=True)
    making = place / f".making-{database.name}"
    shutil.rmtree(making, ignore_errors=True)
    wal = database.with_name(f"{database.name}.wal")
    stop_without_room(place, database.stat().st_size + (wal.stat().st_size if wal.exists() else 0))
    making.mkdir()
    try:
        # While it is open for reading, nobody can open it for writing.
        with duckdb.connect(str(database), read_only=True) as connection:
            rows, day = rows_of(connection), as_of(connection)
            for file in filter(pathlib.Path.exists, (database, wal)):
                copied(file, making / file.name)
        copy = making / database.name
        # To open it for writing brings what is in the log of changes into the file.
        with duckdb.connect(str(copy)) as connection:
            connection.execute("checkpoint")
            found = rows_of(connection)
        if found != rows:
            raise CannotCopy(
                f"The copy has other rows than {database}: {different(rows, found)}. Try again."
            )
        about = {
            "file": database.name,
            "made_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "as_of": day,
            "bytes": copy.stat().st_size,
            "sha256": sha256(copy),
            "rows": rows,
        }
        (making / ABOUT).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
        whole = place / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
        making.rename(whole)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise
    for old in backups_in(place, database.name)[:-KEPT]:
        shutil.rmtree(old)
    return whole


def backups_in(place: pathlib.Path, name: str = "") -> list[pathlib.Path]:
    """The whole backups in a folder, of a warehouse of that name, oldest first."""
    return sorted(
        each.parent
        for each in place.glob(f"*/{ABOUT}")
        if not each.parent.name.startswith(".")
        and (not name or json.loads(each.read_text(encoding="utf-8"))["file"] == name)
    )


def different(rows: dict[str, int], found: dict[str, int]) -> str:
    """The first tables that differ."""
    names = [name for name in {**rows, **found} if rows.get(name) != found.get(name)]
    return ", ".join(f"{name} {rows.get(name)} and {found.get(name)}" for name in names[:3])


def chosen(place: pathlib.Path) -> pathlib.Path:
    """The backup that FROM means."""
    if (place / ABOUT).exists():
        return place
    found = backups_in(place) if place.is_dir() else []
    if not found:
        raise CannotCopy(
            f"{place} has no backup. Name the folder that make backup TO= was given, or one backup in it."
        )
    return found[-1]


def restore(database: pathlib.Path, place: pathlib.Path) -> pathlib.Path:
    """Puts a backup in the place of the warehouse, after it was copied and checked; the backup."""
    source = chosen(place)
    about = json.loads((source / ABOUT).read_text(encoding="utf-8"))
    if about["file"] != database.name:
        raise CannotCopy(
            f"{source} is a backup of {about['file']}, and GROUNDWORK_DB names {database.name}. The views of a "
            f"warehouse carry its name and break under another: set GROUNDWORK_DB={database.with_name(about['file'])}."
        )
    stop_if_open(database)
    stop_without_room(database.parent, about["bytes"])
    # The same name in a folder of its own: its views can be read there.
    making = database.with_name(f"{database.name}.restoring")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir()
    try:
        copy = making / database.name
        copied(source / about["file"], copy)
        if sha256(copy) != about["sha256"]:
            raise CannotCopy(
                f"{source} is not as it was made (another sha256). Take an older backup: {older(source)}."
            )
        with duckdb.connect(str(copy), read_only=True) as connection:
            found = rows_of(connection)
        if found != about["rows"]:
            raise CannotCopy(
                f"{source} has other rows than it says: {different(about['rows'], found)}."
            )
        # Changes of the old file must not be applied to the new one.
        database.with_name(f"{database.name}.wal").unlink(missing_ok=True)
        copy.replace(database)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return source


def stop_if_open(database: pathlib.Path) -> None:
    """Who has the file open would go on in the old one. Opening also brings its log of changes into it."""
    if not database.exists():
        return
    try:
        duckdb.connect(str(database)).close()
    except duckdb.Error as error:
        said = in_use(error, database)
        if said:
            raise CannotCopy(said) from None


def older(source: pathlib.Path) -> str:
    names = [f"{each}" for each in backups_in(source.parent) if each.name < source.name]
    return names[-1] if names else "there is none"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("what", choices=["backup", "restore"])
    parser.add_argument("--place", default="", help="the folder of backups")
    asked = parser.parse_args()
    database = database_file()
    is_backup = asked.what == "backup"
    stays = (
        "No backup was made; older ones are as they were." if is_backup else "Nothing was restored."
    )
    try:
        if not asked.place:
            raise CannotCopy(
                f"Name a folder: make {asked.what} {'TO' if is_backup else 'FROM'}=/srv/backup."
            )
        place = pathlib.Path(asked.place).absolute()
        done = backup(database, place) if is_backup else restore(database, place)
        about = json.loads((done / ABOUT).read_text(encoding="utf-8"))
        rows = f"{sum(about['rows'].values()):,} rows in {len(about['rows'])} tables, as of {about['as_of']}"
        print(
            f"{'Made' if is_backup else 'Restored'} {done}: {rows}, {about['bytes'] / 1e6:,.0f} MB."
        )
    except KeyboardInterrupt:
        sys.exit(f"{stays} Interrupted.")
    except (CannotCopy, OSError, duckdb.Error) as error:
        sys.exit(f"{stays} {in_use(error, database) or error}")


if __name__ == "__main__":
    main()
