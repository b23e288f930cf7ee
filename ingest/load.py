"""`make load`: lands what changed in the tables of databases, as the file of sources says. See docs/loading.md.

Exit codes: 0 all is loaded; 1 a table or a source is not; 2 nothing could begin; 75 another load is at work.
"""

import argparse
import datetime
import os
import pathlib
import signal
import sys
import time

import duckdb

PROJECT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "tools"))

import contracts  # noqa: E402
from loader import columns, databases, journal, keys, sources, versions  # noqa: E402
from loader.pages import Pages  # noqa: E402
from loader.sources import Problem, Source, Table, Unreachable  # noqa: E402

SHOW_EVERY_SECONDS = 10
STOPPED: list[bool] = []


class Screen:
    """Says how far a load is: on a terminal in one line that changes, else in a line now and then."""

    def __init__(self):
        self.is_terminal = sys.stdout.isatty()
        self.shown_at = time.monotonic()
        self.is_open = False

    def show(self, line: str) -> None:
        if self.is_terminal:
            print(f"\r\x1b[K{line}", end="", flush=True)
            self.is_open = True
        elif time.monotonic() - self.shown_at >= SHOW_EVERY_SECONDS:
            print(line, flush=True)
            self.shown_at = time.monotonic()

    def say(self, line: str) -> None:
        print(f"\r\x1b[K{line}" if self.is_open else line, flush=True)
        self.is_open = False
        self.shown_at = time.monotonic()


def required_columns(seed: dict) -> list[str]:
    """The columns that a file of a raw table must have."""
    table = contracts.landing_table(seed, "raw")
    return [name for name, column in table["columns"].items() if not column["may_lack"]]


class Load:
    """One load: what it was asked for, and what it did."""

    def __init__(self, folder: pathlib.Path, asked: argparse.Namespace, screen: Screen):
        self.folder, self.asked, self.screen = folder, asked, screen
        self.raw = {seed["name"].removeprefix("raw_"): seed for seed in contracts.seeds("raw")}
        self.began_at = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
        self.done = journal.entries(folder)
        self.new: list[journal.Entry] = []

    def connect(self) -> duckdb.DuckDBPyConnection:
        memory = os.environ.get("GROUNDWORK_MEMORY", "1GB")
        connection = duckdb.connect(
            config={
                "threads": 1,
                "memory_limit": memory,
                "temp_directory": str(self.folder / ".loader" / "temporary"),
            }
        )
        connection.execute("set timezone = 'UTC'")
        return connection

    def run(self, all_sources: list[Source]) -> bool:
        """Loads all; whether all went well."""
        tables = [(source, table) for source in all_sources for table in source.tables]
        if self.asked.tables:
            tables = [
                (source, table) for source, table in tables if table.name in self.asked.tables
            ]
        is_well, unreachable = True, {}
        for place, (source, table) in enumerate(tables, 1):
            label = f"[{place}/{len(tables)}] {table.name}"
            if not self.asked.now and not source.is_open(datetime.datetime.now(datetime.UTC)):
                begin, end = source.hours
                self.screen.say(
                    f"{label}: {source.name} is read between {begin:%H:%M} and {end:%H:%M} ({source.time_zone}). Not "
                    "loaded now; NOW=1 loads it all the same."
                )
                continue
            if source.name in unreachable:
                self.screen.say(f"{label}: not loaded, {source.name} cannot be reached (above).")
                self.note(table, "load", "failed", 0, unreachable[source.name])
                is_well = False
                continue
            try:
                database = databases.session(source, self.screen.say)
                with database:
                    self.load(database, table, label)
            except (Problem, duckdb.Error, RuntimeError) as error:
                if STOPPED:
                    raise KeyboardInterrupt from None
                if isinstance(error, RuntimeError):
                    raise
                problem = self.in_words(error, table)
                self.screen.say(f"{label}: {problem}")
                self.note(table, "load", "failed", 0, problem)
                if isinstance(error, Unreachable):
                    unreachable[source.name] = problem
                is_well = False
        with self.connect() as connection:
            journal.land(self.folder, connection, self.new)
        return is_well

    def in_words(self, error: Exception, table: Table) -> str:
        """What went wrong; where that is reading what was landed, where and what to do."""
        if isinstance(error, Problem):
            return str(error)
        return (
            f"The pages in {self.folder / table.folder} cannot be read: {str(error).splitlines()[0]} Restore the page "
            "that it names, or move the folder away: the table is then loaded from its beginning."
        )

    def load(self, database: databases.Database, table: Table, label: str) -> None:
        began_at = time.monotonic()
        source, say = database.source, self.screen.say
        if table.is_raw and (
            other := [path.name for path in self.folder.glob(f"{table.name}.*") if path.is_file()]
        ):
            raise Problem(
                f"{self.folder} has {other[0]}, too, and one table has one place. Take the file out, or, if it selects "
                "from what is loaded, write this table under pages: and not under tables:."
            )
        started_at = self.now()
        progress = versions.Progress(source, label, self.screen.show, self.asked.now)
        with self.connect() as connection:
            pages = Pages(self.folder / table.folder, connection)
            required = required_columns(self.raw[table.name]) if table.is_raw else []
            reading = columns.reading_of(database, table, required, pages)
            for change in columns.changes(database, reading, pages):
                say(f"{label}: {change}")
            may_shrink = table.name in self.asked.shrunk
            is_compared = self.asked.compare or journal.is_due(
                self.done, table.name, table.compare_days, self.began_at
            )
            try:
                said = versions.read_changes(database, reading, pages, progress)
                if is_compared or any("went back" in line for line in said):
                    said += keys.compare_all(database, reading, pages, progress, may_shrink)
                elif table.finds_deletions:
                    said += keys.find_deletions(database, reading, pages, progress, may_shrink)
            except versions.Closed:
                self.note(
                    table, "load", "skipped", progress.landed, "the hours were over", started_at
                )
                say(
                    f"{label}: the hours of {source.name} are over after {progress.read:,} rows; "
                    f"{progress.landed:,} new versions are landed, and the next load goes on from there."
                )
                return
            except Problem as problem:
                raise type(problem)(
                    f"{problem} ({progress.landed:,} new versions were landed and are kept.)"
                    if progress.landed
                    else str(problem)
                ) from None
            for line in said:
                say(f"{label}: {line}")
            fewer = pages.compact()
        job = "compare" if is_compared else "load"
        self.note(
            table, job, "succeeded", progress.landed + progress.deleted, "; ".join(said), started_at
        )
        deleted = f", {progress.deleted:,} deleted" if progress.deleted else ""
        compacted = f"; {fewer:,} pages became fewer" if fewer else ""
        say(
            f"{label}: {progress.landed:,} new versions of {progress.read:,} rows read{deleted} in "
            f"{time.monotonic() - began_at:.1f} s{compacted}"
        )

    def now(self) -> str:
        return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")

    def note(
        self, table: Table, job: str, outcome: str, rows: int, said: str, started_at: str = ""
    ) -> None:
        entry = journal.Entry(
            run_id=self.began_at.strftime("%Y%m%dT%H%M%S.%f"),
            job=job,
            table=table.name,
            started_at=started_at or self.now(),
            finished_at=self.now(),
            outcome=outcome,
            rows_loaded=rows,
            said=said,
        )
        journal.write(self.folder, entry)
        self.new.append(entry)


def stop(*_) -> None:
    """Ends the load; libraries in which it happens make errors of their own of it."""
    STOPPED.append(True)
    raise KeyboardInterrupt


def words(text: str) -> list[str]:
    return [word for word in text.replace(",", " ").split() if word]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tables", type=words, default=[])
    parser.add_argument("--shrunk", type=words, default=[])
    parser.add_argument("--compare", type=bool, default=False)
    parser.add_argument("--now", type=bool, default=False)
    asked = parser.parse_args(arguments)
    raw_folder = os.environ.get("GROUNDWORK_RAW", "")
    STOPPED.clear()
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    screen = Screen()
    try:
        if not raw_folder:
            raise Problem(
                "Set GROUNDWORK_RAW to the folder of your raw data: make load lands tables there."
            )
        names = [seed["name"].removeprefix("raw_") for seed in contracts.seeds("raw")]
        file = sources.sources_file(raw_folder)
        found = sources.read(file, names)
        told = [table.name for source in found for table in source.tables]
        for name in [*asked.tables, *asked.shrunk]:
            if name not in told:
                raise Problem(
                    f"{file} has no table {name}{sources.like(name, told)}. It has: {', '.join(told)}."
                )
        folder = pathlib.Path(raw_folder)
        held = journal.lock(folder)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 2
    except journal.Locked as locked:
        print(locked, file=sys.stderr)
        return 75
    try:
        return 0 if Load(folder, asked, screen).run(found) else 1
    except Problem as problem:
        screen.say(str(problem))
        return 1
    except (KeyboardInterrupt, RuntimeError, duckdb.Error):
        if not STOPPED:
            raise
        screen.say("Stopped. What was landed is kept, and the next load goes on from there.")
        return 130
    finally:
        held.close()


if __name__ == "__main__":
    os.chdir(PROJECT)
    sys.exit(main(sys.argv[1:]))
