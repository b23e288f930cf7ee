"""What was landed of a table: pages of Parquet, numbered in the order of their writing; the newest holds the state.

A page is written beside its place and renamed: one that is there is whole. `_loaded_at` grows from page to page.
"""

import contextlib
import datetime
import json
import os
import pathlib
import re
from dataclasses import asdict, dataclass, field

import duckdb
import pyarrow as pa

from .sources import Problem

PAGE = re.compile(r"(\d{6,})(?:-(\d{6,}))?\.parquet")
# Of pages of fewer rows than this, many are put together into one.
FULL_PAGE_ROWS = 1_000_000
COMPACT_FROM = 50


@dataclass
class State:
    """How far the reading of a table is: columns of the source by name (their types), and of the pass that goes by the
    cursor: its newest value at the start, `top`, the place that was read last, and whether that was the end."""

    columns: dict[str, str] = field(default_factory=dict)
    cursor: str | None = None
    top: str | None = None
    place: list[str] | None = None
    is_complete: bool = False


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def row_text(names: list[str], known: set[str]) -> str:
    """SQL for all columns of a landed row as one text, as `Database.row_hash` has it; `known` are those that it has."""
    parts = []
    for name in names:
        column = identifier(name)
        parts.append(
            f"case when {column} is null then 'N' else 'V' || length({column}) || ':' || {column} end"
            if name.lower() in known
            else "'N'"
        )
    return " || ".join(parts)


class Pages:
    """The pages of one raw table."""

    def __init__(self, folder: pathlib.Path, connection: duckdb.DuckDBPyConnection):
        self.folder, self.connection = folder, connection
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._tidy()
            files = sorted(self._numbered())
        except OSError as error:
            raise cannot_write(folder, error) from None
        self.files = [file for _, _, file in files]
        self.number = files[-1][1] if files else 0
        self.last_loaded_at = datetime.datetime.min
        self.state = State()
        if files:
            self._read_state()

    def _numbered(self) -> list[tuple[int, int, pathlib.Path]]:
        found = []
        for file in self.folder.iterdir():
            if match := PAGE.fullmatch(file.name):
                found.append((int(match[1]), int(match[2] or match[1]), file))
        return found

    def _tidy(self) -> None:
        """Takes away what a load that was killed left: halves of pages, and pages that are in a larger one, too."""
        for file in self.folder.glob(".*.tmp"):
            file.unlink()
        pages = self._numbered()
        for first, last, file in pages:
            if any(begin <= first and last <= end and file != other for begin, end, other in pages):
                file.unlink()

    def _read_state(self) -> None:
        newest = self.files[-1]
        try:
            found = self.connection.execute(
                f"select value from parquet_kv_metadata({quoted(str(newest))}) where key = 'groundwork_loader'"
            ).fetchone()
            told = json.loads(bytes(found[0]).decode())
            self.state = State(**{key: told[key] for key in State.__dataclass_fields__})
            self.last_loaded_at = self.connection.execute(
                f"select max(cast(_loaded_at as timestamp)) from read_parquet({quoted(str(newest))})"
            ).fetchone()[0]
        except (duckdb.Error, TypeError, ValueError, KeyError) as error:
            raise Problem(
                f"{newest} is no page of this loader ({str(error).splitlines()[0]}). Load into a folder that only "
                f"make load writes, or move {self.folder} away: the table is then loaded from its beginning."
            ) from None

    def reader(self) -> str:
        files = ", ".join(quoted(str(file)) for file in self.files)
        return f"read_parquet([{files}], union_by_name = true)"

    def names(self) -> set[str]:
        """The columns that the pages have, in lower case."""
        if not self.files:
            return set()
        described = self.connection.execute(
            f"select column_name from (describe from {self.reader()})"
        )
        return {name.lower() for (name,) in described.fetchall()}

    def newest_versions(self, key: list[str], names: list[str], where: str = "true") -> str:
        """A select of the newest landed version of each key: `key` as text, `hash` of the columns in `names` (none:
        empty), and `is_deleted`. Only rows that `where` lets through are looked at."""
        if not self.files:
            return "select '' as key, '' as hash, false as is_deleted where false"
        known = self.names()
        return f"""
            select
                key,
                arg_max(hash, loaded_at) as hash,
                arg_max(is_deleted, loaded_at) as is_deleted
            from (
                select
                    {key_text(key)} as key,
                    {f"md5({row_text(names, known)})" if names else "''"} as hash,
                    {"_deleted_at is not null" if "_deleted_at" in known else "false"} as is_deleted,
                    _loaded_at as loaded_at
                from {self.reader()}
                where {where}
            )
            group by key"""

    def write(self, select: str, rows: int) -> None:
        """Writes a page from a select (its own columns but _loaded_at), with the state as it is now."""
        now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
        loaded_at = (
            max(now, self.last_loaded_at + datetime.timedelta(microseconds=1))
            if self.files
            else now
        )
        stamp = loaded_at.isoformat(" ", "microseconds")
        target = self.folder / f"{self.number + 1:06d}.parquet"
        self._copy(f"select *, {quoted(stamp)} as _loaded_at from ({select})", target, self.state)
        self.number += 1
        self.last_loaded_at = loaded_at
        self.files.append(target)

    def _copy(self, select: str, target: pathlib.Path, state: State) -> None:
        beside = target.with_name(f".{target.name}.tmp")
        about = quoted(json.dumps(asdict(state)))
        try:
            self.connection.execute(
                f"copy ({select}) to {quoted(str(beside))} "
                f"(format parquet, compression zstd, kv_metadata {{groundwork_loader: {about}}})"
            )
            sync(beside)
            beside.rename(target)
            sync(self.folder)
        except (OSError, duckdb.IOException, duckdb.HTTPException) as error:
            with contextlib.suppress(OSError):
                beside.unlink(missing_ok=True)
            raise cannot_write(target, error) from None

    def compact(self) -> int:
        """Puts neighbouring small pages together, all but the newest; returns how many pages became fewer.

        The larger page is there before the small ones go: what both hold is one version, and `_tidy` ends it.
        """
        if len(self.files) <= COMPACT_FROM:
            return 0
        groups: list[list[pathlib.Path]] = [[]]
        rows = 0
        for file in self.files[:-1]:
            count = self.connection.execute(
                f"select sum(num_rows) from parquet_file_metadata({quoted(str(file))})"
            ).fetchone()[0]
            if groups[-1] and rows + count > FULL_PAGE_ROWS:
                groups.append([])
                rows = 0
            groups[-1].append(file)
            rows += count
        before = len(self.files)
        for group in groups:
            if len(group) > 1:
                self._merge(group)
        self.files = [file for _, _, file in sorted(self._numbered())]
        return before - len(self.files)

    def _merge(self, group: list[pathlib.Path]) -> None:
        first = PAGE.fullmatch(group[0].name)[1]
        last = PAGE.fullmatch(group[-1].name)
        target = self.folder / f"{first}-{last[2] or last[1]}.parquet"
        files = ", ".join(quoted(str(file)) for file in group)
        self._copy(f"from read_parquet([{files}], union_by_name = true)", target, State())
        for file in group:
            if file != target:
                file.unlink()


def key_text(key: list[str]) -> str:
    """SQL for a key of one or more columns as one text: JSON of more than one."""
    if len(key) == 1:
        return identifier(key[0])
    return f"cast(to_json([{', '.join(identifier(name) for name in key)}]) as varchar)"


def as_table(names: list[str], rows: list[tuple]) -> pa.Table:
    """Rows of text as columns."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    return pa.table(
        {name: pa.array(column, pa.string()) for name, column in zip(names, columns, strict=True)}
    )


def sync(path: pathlib.Path) -> None:
    """Has the disk hold what was written."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def cannot_write(path: pathlib.Path, error: Exception) -> Problem:
    reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
    return Problem(
        f"{path} cannot be written: {reason}. Make room, or give this user the right to write there, and load again: "
        "what was landed before is whole, and it goes on from there."
    )
