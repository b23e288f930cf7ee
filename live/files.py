"""The folder that a collector writes to: what has come since it was last looked at.

A file may be named before it is finished. A Parquet or gzip file is read when it is whole, a text file up to its last
whole line, and more of it as it grows. Names that begin with . or _ or end as a temporary file does are left alone.
"""

import gzip
import os
import pathlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

# What writers call a file that they have not finished.
UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", ".inprogress", ".swp")
TEXT_ENDINGS = (".json", ".jsonl", ".ndjson", ".tsv", ".log", ".txt")
# A file that has been quiet so long is as its writer left it: a last line without its end is taken as it is.
QUIET_SECONDS = 5.0
# A file that is not whole after so long is shown as a fault; it is still read when it becomes whole.
PATIENCE_SECONDS = 60.0
# Files that have not changed for so long are looked at again once a minute only.
SETTLED_SECONDS = 300.0
SWEEP_SECONDS = 60.0
# About so much is read at once, which bounds the memory that a backlog takes.
BATCH_BYTES = 24_000_000
PARQUET_MARK = b"PAR1"


@dataclass
class File:
    """One file, and how far it was read: `taken` counts bytes of text, or is the size of a file read as a whole."""

    path: pathlib.Path
    table: str
    system: str
    size: int = -1
    changed_at: float = 0.0
    taken: int = 0
    lines: int = 0
    problem: str = ""


@dataclass
class Part:
    """What is read of a file at once: text lines with the number of the first, or a whole Parquet file."""

    file: File
    lines: list[str] = field(default_factory=list)
    first_line: int = 0
    bad_lines: list[tuple[int, str]] = field(default_factory=list)
    is_parquet: bool = False


class Folder:
    """The files of a folder, and those below it. `table_of` says which table and system a file is of, or why none."""

    def __init__(self, folder: pathlib.Path, table_of, oldest: float = 0.0):
        self.folder = folder
        self.table_of = table_of
        self.oldest = oldest
        self.files: dict[str, File] = {}
        self.not_read: dict[str, str] = {}
        self.older: set[str] = set()
        self.swept_at = 0.0

    def parts(self, now: float) -> Iterator[Part]:
        """What has come, the oldest files first, until a batch is full; the next call goes on from there."""
        budget = BATCH_BYTES
        for file in self._changed(now):
            part, read = self._read(file, now, budget)
            if part:
                yield part
            budget -= read
            if budget <= 0:
                return

    def unfinished(self, now: float) -> list[tuple[str, str, float]]:
        """The files that are not whole yet: name, what is wrong, and the seconds since they last changed."""
        return sorted(
            (self.name_of(file), file.problem, max(now - file.changed_at, 0.0))
            for file in self.files.values()
            if file.problem
        )

    def name_of(self, file: File) -> str:
        return str(file.path.relative_to(self.folder))

    def _changed(self, now: float) -> list[File]:
        sweeps = now - self.swept_at >= SWEEP_SECONDS
        if sweeps:
            self.swept_at = now
        changed = []
        for entry in self._entries(self.folder):
            file = self.files.get(entry.path)
            if file is None:
                if not sweeps and (entry.path in self.not_read or entry.path in self.older):
                    continue
                file = self._known(entry)
                if file is None:
                    continue
            elif not sweeps and now - file.changed_at > SETTLED_SECONDS and not file.problem:
                continue
            try:
                found = entry.stat()
            except FileNotFoundError:
                continue
            if found.st_mtime < self.oldest:
                self.files.pop(entry.path, None)
                self.older.add(entry.path)
                continue
            self.older.discard(entry.path)
            self.files[entry.path] = file
            if found.st_size < file.size:
                file.taken = file.lines = 0
            if (found.st_size, found.st_mtime) != (file.size, file.changed_at):
                file.size, file.changed_at = found.st_size, found.st_mtime
                changed.append(file)
            elif file.taken < file.size:
                changed.append(file)
        return sorted(changed, key=lambda file: (file.changed_at, str(file.path)))

    def _entries(self, folder) -> Iterator[os.DirEntry]:
        try:
            entries = list(os.scandir(folder))
        except FileNotFoundError:
            return
        for entry in entries:
            if entry.name.startswith((".", "_")) or entry.name.endswith(UNFINISHED):
                continue
            if entry.is_dir():
                yield from self._entries(entry.path)
            else:
                yield entry

    def _known(self, entry: os.DirEntry) -> File | None:
        path = pathlib.Path(entry.path)
        ending = path.suffix if path.suffix != ".gz" else path.with_suffix("").suffix
        table, system, why_not = self.table_of(path.relative_to(self.folder))
        if ending.lower() not in (".parquet", *TEXT_ENDINGS):
            why_not = (
                f"its ending is none of .parquet, {', '.join(TEXT_ENDINGS)} (or these with .gz)"
            )
        if why_not:
            self.not_read[entry.path] = why_not
            return None
        return File(path, table, system)

    def _read(self, file: File, now: float, budget: int) -> tuple[Part | None, int]:
        try:
            if file.path.suffix.lower() == ".parquet":
                return self._read_parquet(file)
            if file.path.suffix.lower() == ".gz":
                return self._read_gzip(file, now)
            return self._read_text(file, now, budget)
        except FileNotFoundError:
            self.files.pop(str(file.path), None)
            return None, 0
        except OSError as error:
            file.problem = f"cannot be read: {error.strerror or error}"
            return None, 0

    def _read_parquet(self, file: File) -> tuple[Part | None, int]:
        with open(file.path, "rb") as opened:
            head = opened.read(4)
            opened.seek(max(file.size - 4, 0))
            tail = opened.read(4)
        if file.size < 12 or head != PARQUET_MARK or tail != PARQUET_MARK:
            file.problem = "is not finished, or no Parquet file"
            return None, 0
        file.problem, file.taken = "", file.size
        return Part(file, is_parquet=True), 6 * file.size

    def _read_gzip(self, file: File, now: float) -> tuple[Part | None, int]:
        """Read as a whole each time it has grown, less the lines that were taken before."""
        if file.taken == file.size:
            return None, 0
        data = file.path.read_bytes()
        try:
            text = gzip.decompress(data)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            file.problem = "is not finished, or no gzip file"
            return None, 0
        file.problem, file.taken = "", file.size
        lines = text.split(b"\n")
        if not lines[-1]:
            lines.pop()
        new = lines[file.lines :]
        return self._part(file, new), len(text)

    def _read_text(self, file: File, now: float, budget: int) -> tuple[Part | None, int]:
        with open(file.path, "rb") as opened:
            opened.seek(file.taken)
            data = opened.read(max(budget, 1))
        end = data.rfind(b"\n") + 1
        is_rest = file.taken + len(data) >= file.size
        if is_rest and end < len(data) and now - file.changed_at >= QUIET_SECONDS:
            end = len(data)
        elif not end and not is_rest:
            # One line longer than a batch: it is no event.
            end = len(data)
        file.taken += end
        file.problem = "ends in the middle of a line" if is_rest and end < len(data) else ""
        lines = data[:end].split(b"\n")
        if not lines[-1]:
            lines.pop()
        return (self._part(file, lines), end) if lines else (None, 0)

    def _part(self, file: File, lines: list[bytes]) -> Part | None:
        part = Part(file, first_line=file.lines + 1)
        file.lines += len(lines)
        for place, line in enumerate(lines):
            try:
                text = line.decode("utf-8-sig" if part.first_line + place == 1 else "utf-8")
            except UnicodeDecodeError:
                part.bad_lines.append((part.first_line + place, "not UTF-8 text"))
                text = ""
            if "\x00" in text:
                part.bad_lines.append((part.first_line + place, "has a zero byte"))
                text = ""
            part.lines.append(text.rstrip("\r"))
        return part
