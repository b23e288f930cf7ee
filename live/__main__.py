"""`make live`: watches a folder of a collector's files and serves a page about today on this machine only.

    python -m live [--from live/incoming] [--port 8642] [--out target/live/page]

Ctrl-C ends it. Nothing is lost by that or by a kill: it begins again from the warehouse and the files.
"""

import argparse
import contextlib
import datetime as dt
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time

import duckdb

from live import events, models, page, read, server, state
from live.files import Folder
from live.problems import Problem

PORT = 8642
FOLDER = "live/incoming"
# Between two looks at the folder, in seconds.
PAUSE = 0.5
# The minutes of the page go by although nothing comes.
SUM_AGAIN = dt.timedelta(seconds=5)
# Counts after which the kept tables are written anew.
COMPACT_AFTER = 200
# After an error, before it is begun again.
BACKOFF = 10.0
# Files that have not changed for so many days are in the warehouse.
DAYS = 2.0


class Live:
    """The loop: what is known, of which warehouse, and of which day."""

    def __init__(
        self, database, folder, out, scratch, compiled, memory="2GB", threads=2, days=DAYS
    ):
        self.database, self.folder, self.out = database, folder, out
        self.scratch, self.compiled = scratch, compiled
        self.memory, self.threads, self.days = memory, threads, days
        self.keep_from: str | None = None
        self.known: state.State | None = None
        self.files: Folder | None = None
        self.said: dict = {}
        # What the page says of what is known, and when that was summed; None before the first time.
        self.content: dict | None = None
        self.summed_at: dt.datetime | None = None
        self.problem = ""
        self.counted = 0
        # Stamps of a warehouse: as it was seen last, and of one that lacks something.
        self.seen: tuple | None = None
        self.refused: tuple | None = None

    def step(self, now: dt.datetime) -> int:
        """One look at the folder, the warehouse and the clock; returns how many parts of files were read."""
        self.problem = ""
        try:
            self._begin_if_needed(now)
        except (state.NoWarehouse, Problem) as missing:
            if self.known is None and isinstance(missing, Problem):
                raise
            if self.known is None:
                self._say({"missing": str(missing), "files": self._file_count()}, now)
                return 0
            # The old one is good until there is another.
            self.problem = str(missing)
        known, files = self.known, self.files
        state.tell_the_time(known, now)
        changed, read_parts = self.content is None, 0
        while parts := list(files.parts(now.timestamp())):
            changed |= state.take(known, parts, files)
            read_parts += len(parts)
        changed |= state.take(known, [], files)
        if changed:
            state.count(known)
            self.counted += 1
            if self.counted % COMPACT_AFTER == 0:
                events.compact(known.connection, known.models)
        if changed or read_parts or now - self.summed_at >= SUM_AGAIN:
            self.content, self.summed_at = page.sums(known, files, now), now
        self._say(self.content, now)
        return read_parts

    def _begin_if_needed(self, now: dt.datetime) -> None:
        """Begins anew with a new build of the warehouse and with a new day; what is known stays until that is done."""
        known, stamp = self.known, state.stamp_of(self.database)
        is_of_today = known and state.day_of(known.connection, now, known.zone) == known.day
        if is_of_today and stamp == known.warehouse.stamp:
            return
        if stamp is None:
            raise state.NoWarehouse("being_built" if self.database.exists() else "no_warehouse")
        if stamp == self.refused:
            raise state.NoWarehouse("incomplete")
        # A build that has just ended may be the first of several: it is taken when it looks the same twice.
        if known and stamp not in (self.seen, known.warehouse.stamp):
            self.seen = stamp
            return
        found = self.compiled(self.database)
        with state.copy_of(self.database, self.scratch) as (copy, copied):
            connection = state.connect(self.memory, self.threads, self.scratch)
            try:
                begun = state.begin(connection, found, copy, copied, now, self.keep_from)
            except (duckdb.CatalogException, duckdb.BinderException) as error:
                connection.close()
                self.refused = copied
                raise state.NoWarehouse("incomplete") from error
        self.forget()
        self.known = begun
        self.files = Folder(self.folder, read.table_of, now.timestamp() - self.days * 86400)

    def forget(self) -> None:
        if self.known is not None:
            self.known.connection.close()
        self.known = self.files = self.content = None

    def _file_count(self) -> int:
        return sum(len(names) for _, _, names in os.walk(self.folder))

    def _say(self, content: dict, now: dt.datetime) -> None:
        self.out.mkdir(parents=True, exist_ok=True)
        self.said = {"now": now.isoformat(), "problem": self.problem, **content}
        page.write(self.out, self.said)

    def fail(self, error: Exception, now: dt.datetime) -> None:
        """Says what went wrong, and forgets what may be half counted."""
        self.forget()
        self.problem = read.reason_of(error)
        self._say({**self.said, "problem": self.problem}, now)


# Whether somebody has ended it: DuckDB makes an error of its own of an interrupt.
ending: list[bool] = []


def end(*_) -> None:
    ending.append(True)
    raise KeyboardInterrupt


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="live", description=__doc__.split("\n")[0])
    parser.add_argument("--from", dest="folder", default="")
    parser.add_argument("--port", default=str(PORT))
    parser.add_argument("--out", default=None)
    asked = parser.parse_args(words)
    try:
        return run(asked)
    except KeyboardInterrupt:
        return 0
    except Problem as problem:
        # Ctrl-C ends dbt, too.
        if not ending:
            print(problem, file=sys.stderr)
        return 0 if ending else 1


def run(asked: argparse.Namespace) -> int:
    database = pathlib.Path(os.environ.get("GROUNDWORK_DB") or "groundwork.duckdb")
    folder = pathlib.Path(asked.folder or os.environ.get("GROUNDWORK_LIVE") or FOLDER)
    if not folder.is_dir():
        what = "is no folder" if folder.exists() else "does not exist"
        raise Problem(
            f"The folder of live files {folder} {what} (looked for from {os.getcwd()}). "
            "Say where the collector writes: make live FROM=<folder>, or set GROUNDWORK_LIVE."
        )
    if not asked.port.isdigit() or not 0 < int(asked.port) < 65536:
        raise Problem(f"PORT is {asked.port}. Write a number between 1 and 65535, such as {PORT}.")
    target = pathlib.Path(os.environ.get("DBT_TARGET_PATH") or "target") / "live"
    out = pathlib.Path(asked.out) if asked.out else target / "page"
    out.mkdir(parents=True, exist_ok=True)
    (out / "live.json").unlink(missing_ok=True)
    page.write_page(out)
    serving = server.start(out, int(asked.port))
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="scratch-", dir=target))
    # A shell that starts it in the background has it ignore Ctrl-C.
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, end)
    print(f"live: http://127.0.0.1:{asked.port}/ (files of {folder}; Ctrl-C ends it)", flush=True)
    try:
        watch(
            Live(
                database,
                folder,
                out,
                scratch,
                lambda database: models.compiled(database, target),
                memory=os.environ.get("GROUNDWORK_LIVE_MEMORY")
                or os.environ.get("GROUNDWORK_MEMORY")
                or "2GB",
                threads=int(os.environ.get("GROUNDWORK_LIVE_THREADS") or 2),
                days=float(os.environ.get("GROUNDWORK_LIVE_DAYS") or DAYS),
            )
        )
    finally:
        with contextlib.suppress(KeyboardInterrupt):
            serving.shutdown()
            shutil.rmtree(scratch, ignore_errors=True)
    return 0


def watch(live: Live) -> None:
    """Looks until it is ended, and again after an error."""
    while True:
        began = time.monotonic()
        try:
            live.step(dt.datetime.now(dt.UTC))
        except (duckdb.Error, RuntimeError) as error:
            if ending:
                raise KeyboardInterrupt from None
            if not isinstance(error, duckdb.Error):
                raise
            print(f"live: {read.reason_of(error)} It begins again.", file=sys.stderr, flush=True)
            live.fail(error, dt.datetime.now(dt.UTC))
            time.sleep(BACKOFF)
        time.sleep(max(PAUSE - (time.monotonic() - began), 0.05))


if __name__ == "__main__":
    sys.exit(main())
