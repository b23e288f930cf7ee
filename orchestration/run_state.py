"""What the runner knows of its steps, beside the warehouse: it outlives kills, and nobody else's lock is in its way.

<database>.schedule/state.sqlite holds attempts (one row per run, step and attempt), troubles (steps of which somebody
was told that they are not well), and the messages that were or are to be sent. Times are UTC, as texts that sort.
"""

import pathlib
import sqlite3
from contextlib import contextmanager
from datetime import UTC, date, datetime

SCHEMA = """
    create table if not exists attempts (
        run text not null,
        step text not null,
        attempt integer not null,
        kind text not null,
        status text not null,
        started_at text not null,
        ended_at text,
        message text not null default '',
        log text not null default '',
        has_results integer not null default 0,
        is_written_down integer not null default 0,
        primary key (run, step, attempt)
    );
    create table if not exists runs (
        run text primary key,
        began_at text not null,
        ended_at text
    );
    create table if not exists troubles (
        step text primary key,
        kind text not null,
        run text not null,
        since text not null
    );
    create table if not exists messages (
        message_id text primary key,
        step text not null,
        kind text not null,
        person text not null,
        way text not null,
        told_at text not null,
        subject text not null,
        body text not null,
        sent_at text
    );
    create table if not exists settings (name text primary key, value text not null);
"""
# succeeded; incomplete: it did what it could, and left out what hangs on something that failed; failed; killed: it
# began and nobody saw its end; skipped: it never began, because of a step before it.
ENDED_WELL = "succeeded"
STATUSES = ("running", ENDED_WELL, "incomplete", "failed", "killed", "skipped")


def folder_of(database: pathlib.Path) -> pathlib.Path:
    """Where the runner keeps its state, its logs, and what dbt writes for each step."""
    return database.with_name(f"{database.name}.schedule")


def now_text() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}"


def name_of_run(night: date | None, day: date | None) -> str:
    """A night of the schedule, or a day of the data that somebody asked for."""
    return f"day-{day}" if day else f"night-{night}"


class State:
    """The state in one file. Each call is one transaction."""

    def __init__(self, database: pathlib.Path) -> None:
        self.folder = folder_of(database)
        self.folder.mkdir(exist_ok=True)
        self.connection = sqlite3.connect(
            self.folder / "state.sqlite", timeout=30, isolation_level=None
        )
        self.connection.row_factory = sqlite3.Row
        # A kill loses nothing; after a loss of power the last moments may be missing, and are done again.
        self.connection.execute("pragma journal_mode = wal")
        self.connection.execute("pragma synchronous = normal")
        self.connection.executescript(SCHEMA)
        self._do("insert or ignore into settings values ('since', ?)", now_text())

    def close(self) -> None:
        self.connection.close()

    def _do(self, sql: str, *values: object) -> list[sqlite3.Row]:
        return self.connection.execute(sql, values).fetchall()

    @contextmanager
    def together(self):
        """What is done inside is done as a whole, or not at all."""
        self._do("begin immediate")
        try:
            yield
        except BaseException:
            self._do("rollback")
            raise
        self._do("commit")

    def since(self) -> str:
        """When the runner was used first."""
        return self._do("select value from settings where name = 'since'")[0]["value"]

    def begin_run(self, run: str) -> None:
        self._do(
            "insert into runs values (?, ?, null) on conflict (run) do update set ended_at = null",
            run,
            now_text(),
        )

    def end_run(self, run: str) -> None:
        self._do("update runs set ended_at = ? where run = ?", now_text(), run)

    def has_ended(self, run: str) -> bool | None:
        """None where nobody has begun it."""
        rows = self._do("select ended_at from runs where run = ?", run)
        return rows[0]["ended_at"] is not None if rows else None

    def begin(self, run: str, step: str, kind: str, log: str) -> int:
        """Writes down that an attempt begins; its number."""
        with self.together():
            last = self._do(
                "select coalesce(max(attempt), 0) as last from attempts where run = ? and step = ?",
                run,
                step,
            )[0]["last"]
            self._do(
                "insert into attempts (run, step, attempt, kind, status, started_at, log) values (?, ?, ?, ?, ?, ?, ?)",
                *(run, step, last + 1, kind, "running", now_text(), log.format(attempt=last + 1)),
            )
        return last + 1

    def end(
        self, run: str, step: str, attempt: int, status: str, message: str, has_results: bool
    ) -> None:
        self._do(
            "update attempts set status = ?, ended_at = ?, message = ?, has_results = ?, is_written_down = 0 "
            "where run = ? and step = ? and attempt = ?",
            *(status, now_text(), message, has_results, run, step, attempt),
        )

    def last(self, run: str) -> dict[str, sqlite3.Row]:
        """The newest attempt of each step of a run."""
        rows = self._do("select * from attempts where run = ? order by started_at, attempt", run)
        return {row["step"]: row for row in rows}

    def newest_run(self) -> str | None:
        """The run whose step began last."""
        rows = self._do("select run from attempts order by started_at desc limit 1")
        return rows[0]["run"] if rows else None

    def kill_what_runs(self) -> list[sqlite3.Row]:
        """Of who holds the lock: what is said to run was killed."""
        rows = self._do("select * from attempts where status = 'running'")
        self._do(
            "update attempts set status = 'killed', ended_at = ?, is_written_down = 0, "
            "message = 'it began and nobody saw its end' where status = 'running'",
            now_text(),
        )
        return rows

    def not_written_down(self) -> list[sqlite3.Row]:
        """Attempts that have ended and are not yet in platform.runs."""
        return self._do(
            "select * from attempts where not is_written_down and status <> 'running' order by started_at, step"
        )

    def written_down(self, rows: list[sqlite3.Row]) -> None:
        with self.together():
            for row in rows:
                self._do(
                    "update attempts set is_written_down = 1 where run = ? and step = ? and attempt = ?",
                    *(row["run"], row["step"], row["attempt"]),
                )

    def trouble(self, step: str) -> sqlite3.Row | None:
        rows = self._do("select * from troubles where step = ?", step)
        return rows[0] if rows else None

    def note(self, step: str, kind: str | None, run: str, messages: list[dict]) -> None:
        """A step is not well (`kind`) or well again (None), and what is to be sent about it: as one."""
        with self.together():
            if kind:
                self._do(
                    "insert or ignore into troubles values (?, ?, ?, ?)",
                    step,
                    kind,
                    run,
                    now_text(),
                )
            else:
                self._do("delete from troubles where step = ?", step)
            for message in messages:
                self._do(
                    "insert or ignore into messages values (?, ?, ?, ?, ?, ?, ?, ?, null)",
                    *(message[name] for name in ("message_id", "step", "kind", "person", "way")),
                    *(now_text(), message["subject"], message["body"]),
                )

    def unsent(self) -> list[sqlite3.Row]:
        return self._do("select * from messages where sent_at is null order by told_at, message_id")

    def sent(self, message_id: str) -> None:
        self._do("update messages set sent_at = ? where message_id = ?", now_text(), message_id)
