"""Where the warehouse of a program is, and whether what was built there has passed its tests."""

import json
import os
import pathlib
import re
from datetime import UTC, datetime

import duckdb

PROJECT = pathlib.Path(__file__).resolve().parents[1]
# What dbt says of a node that did not do what it should, and of one that it did not come to or not finish.
FAILED = ("error", "fail", "runtime error")
NOT_DONE = (*FAILED, "partial success", "skipped")
# Commands that leave the tables as they are.
READING = ("test", "compile", "parse", "docs", "show", "list")
# What DuckDB says of a file that another program has open.
HOLDER = re.compile(r"(?:Conflicting lock is held in (?P<program>.*?)\s*)?\(PID (?P<pid>\d+)\)")


class CannotPublish(Exception):
    """Why nothing is published, and what to do."""


class CannotRead(Exception):
    """Why the warehouse cannot be opened, and what to do."""


def database_file() -> pathlib.Path:
    """GROUNDWORK_DB, else groundwork.duckdb. A link keeps its name: the views of a warehouse carry it."""
    named = os.environ.get("GROUNDWORK_DB") or PROJECT / "groundwork.duckdb"
    return pathlib.Path(named).absolute()


def target_folder() -> pathlib.Path:
    """DBT_TARGET_PATH, else target/: where dbt writes what it understood and what came of it."""
    return pathlib.Path(os.environ.get("DBT_TARGET_PATH") or PROJECT / "target").resolve()


def warehouse_of_the_run() -> tuple[pathlib.Path, pathlib.Path]:
    """The database, and the folder in which dbt wrote what it understood."""
    return database_file(), target_folder()


def last_whole_run(connection: duckdb.DuckDBPyConnection, target: pathlib.Path) -> dict:
    """Of the build whose tables these are: invocation_id and finished_at, and of the last command that made tables.

    Stops unless all of it was tested and passed.
    """
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
        where command <> 'step'
        order by started_at desc, invocation_id
        """
    ).fetchall()
    made = [run[0] for run in runs if run[4] and run[1] not in READING]
    for invocation, command, status, is_whole, nodes, tests, finished_at in runs:
        if status != "succeeded":
            failed = connection.execute(
                "select distinct test_name from platform.run_tests where invocation_id = $1 "
                "and status in (select unnest($2)) order by all",
                [invocation, list(FAILED)],
            ).fetchall()
            names = f": {', '.join(name for (name,) in failed[:5])}" if failed else ""
            raise CannotPublish(
                f"The last dbt {command} has {'not ended' if status == 'running' else status}{names}. "
                "Mend what it says and run make build again."
            )
        if is_whole:
            return {
                "invocation_id": invocation,
                "last_invocation_id": made[0] if made else invocation,
                "finished_at": f"{finished_at}",
            }
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
        if result["status"] in NOT_DONE
    ]
    if bad:
        raise CannotPublish(f"The last build failed: {', '.join(bad[:5])}. Run make build again.")
    metadata = results["metadata"]
    return {
        "invocation_id": metadata["invocation_id"],
        "last_invocation_id": metadata["invocation_id"],
        "finished_at": metadata["generated_at"],
    }


def in_use(error: Exception, database: pathlib.Path) -> str | None:
    """What DuckDB's error of a file that another program has open means: which program, and what to do."""
    text = str(error)
    found = HOLDER.search(text)
    if "lock" not in text or not found:
        return None
    pid = found["pid"]
    command = command_of(pid) or found["program"] or "a program"
    since = started_at(pid)
    return (
        f"{database.name} is open in another program: {command} (PID {pid}{f', since {since} UTC' if since else ''}). "
        f"Close the file there, or end that program by kill {pid}, then try again. Programs that only read do better "
        "with published/current/groundwork.duckdb, which never locks a build out."
    )


def why_closed(error: Exception, database: pathlib.Path) -> str:
    """Why a warehouse cannot be opened, and what to do."""
    return in_use(error, database) or (
        f"{database} cannot be opened: {str(error).splitlines()[0]} If it is no warehouse, set GROUNDWORK_DB to "
        "another file; if it is broken, make restore FROM= brings a backup back."
    )


def opened(database: pathlib.Path) -> duckdb.DuckDBPyConnection:
    """The warehouse, to read. Stops where there is none, or where another program writes it."""
    if not database.exists():
        raise CannotRead(
            f"There is no warehouse {database}: run make build first, or set GROUNDWORK_DB."
        )
    try:
        return duckdb.connect(str(database), read_only=True)
    except duckdb.Error as error:
        raise CannotRead(why_closed(error, database)) from None


def command_of(pid: str) -> str:
    try:
        words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""
    words = re.sub(r"://[^/@\s]*@", "://…@", words.replace("\0", " ").strip())
    return words if len(words) <= 100 else words[:99] + "…"


def started_at(pid: str) -> str:
    try:
        began = pathlib.Path(f"/proc/{pid}").stat().st_mtime
    except OSError:
        return ""
    return f"{datetime.fromtimestamp(began, UTC):%Y-%m-%d %H:%M}"
