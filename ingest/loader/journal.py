"""Each load is written down: a line a table in .loader/loads.jsonl, and a row of the raw table platform__job_runs."""

import datetime
import fcntl
import json
import os
import pathlib
from dataclasses import asdict, dataclass

import duckdb

from .pages import Pages, as_table, cannot_write, sync
from .sources import Problem

JOB_RUNS = "platform__job_runs"


class Locked(Exception):
    """Another load is at work in the folder."""


@dataclass
class Entry:
    """What became of one table in one load; `job` is load or compare."""

    run_id: str
    job: str
    table: str
    started_at: str
    finished_at: str
    outcome: str
    rows_loaded: int
    said: str = ""


def lock(folder: pathlib.Path):
    """The lock of a raw folder, held until the process ends, however it does."""
    try:
        folder.mkdir(exist_ok=True)
        (folder / ".loader").mkdir(exist_ok=True)
        opened = (folder / ".loader" / "lock").open("a+", encoding="utf-8")
    except FileNotFoundError:
        raise Problem(
            f"The folder {folder.parent}, in which {folder.name} would be made, does not exist. Set GROUNDWORK_RAW to "
            "the folder of your raw data."
        ) from None
    except OSError as error:
        raise cannot_write(folder, error) from None
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        opened.seek(0)
        who = opened.read().strip()
        raise Locked(
            f"Another load is at work in {folder}{f' (process {who})' if who else ''}. Wait for its end, or end it: it "
            "loses nothing."
        ) from None
    opened.truncate(0)
    opened.write(str(os.getpid()))
    opened.flush()
    return opened


def entries(folder: pathlib.Path) -> list[Entry]:
    """What was written down; a line that was cut off by a kill is none."""
    found = []
    try:
        lines = (folder / ".loader" / "loads.jsonl").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    for line in lines:
        try:
            found.append(Entry(**json.loads(line)))
        except (ValueError, TypeError):
            continue
    return found


def write(folder: pathlib.Path, entry: Entry) -> None:
    """Adds a line, on the disk before this returns."""
    file = folder / ".loader" / "loads.jsonl"
    try:
        with file.open("a", encoding="utf-8") as opened:
            # After a line that was cut off.
            opened.write("\n" if opened.tell() and not _ends_with_a_line(file) else "")
            opened.write(json.dumps(asdict(entry), ensure_ascii=False) + "\n")
        sync(file)
    except OSError as error:
        raise cannot_write(file, error) from None


def _ends_with_a_line(file: pathlib.Path) -> bool:
    with file.open("rb") as opened:
        opened.seek(-1, os.SEEK_END)
        return opened.read(1) == b"\n"


def is_due(done: list[Entry], table: str, days: int | None, now: datetime.datetime) -> bool:
    """Whether the last whole comparison of a table is that many days ago; a first load has compared all there was."""
    if days is None:
        return False
    last = [
        entry
        for entry in done
        if entry.table == table and entry.job == "compare" and entry.outcome == "succeeded"
    ]
    loads = [entry for entry in done if entry.table == table and entry.outcome == "succeeded"]
    since = last[-1] if last else loads[0] if loads else None
    return since is not None and now - datetime.datetime.fromisoformat(
        since.started_at
    ) >= datetime.timedelta(days=days)


def land(folder: pathlib.Path, connection: duckdb.DuckDBPyConnection, new: list[Entry]) -> None:
    """Lands what was written down as rows of platform__job_runs, unless the folder has a file of that table."""
    if not new or any(path.is_file() for path in folder.glob(f"{JOB_RUNS}.*")):
        return
    rows = [
        (
            f"{entry.run_id} {entry.table}",
            f"{entry.job} {entry.table}",
            entry.started_at,
            entry.started_at,
            entry.finished_at,
            entry.outcome,
            str(entry.rows_loaded),
        )
        for entry in new
    ]
    names = [
        "run_id",
        "job_name",
        "scheduled_at",
        "started_at",
        "finished_at",
        "outcome",
        "rows_loaded",
    ]
    pages = Pages(folder / JOB_RUNS, connection)
    batch = as_table(names, rows)
    connection.register("batch", batch)
    pages.write("select * from batch", len(rows))
    connection.unregister("batch")
    pages.compact()
