"""Takes the rows of persons out of raw files: CSV byte for byte in all other rows, Parquet row by row.

A file is written beside itself (`.forgetting`), then takes its place, so that a run that is killed leaves each file
whole, before or after; to run it again does the rest.
"""

import csv
import functools
import io
import os
import pathlib
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

PROJECT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT / "plugins"), str(PROJECT / "tools")]

import landing_files as files  # noqa: E402
import pyarrow as pa  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402
from erasure import PERSONS, PUT_IN_PLACE  # noqa: E402

MAKING = ".forgetting"
# In these a comma, a quote and a line end are never part of another letter.
SAFE_ENCODINGS = ("utf-8-sig", "cp949", "cp1252", "cp932")


@dataclass(frozen=True)
class Persons:
    """Who is taken out: their keys by kind, what names them in the words of others, and what shows them in a line."""

    keys: dict[str, set[str]]
    texts: re.Pattern | None
    lines: re.Pattern | None

    def has(self, kind: str | None, key: str | None) -> bool:
        return bool(kind and key) and key in self.keys.get(kind, ())


@dataclass(frozen=True)
class Columns:
    """What leads to a person in a file, by its own column names: owner and others as (kind, name), of which a kind that
    depends on the row is {value of the named column: kind}; what a kept row loses; where people write freely."""

    owner: str | None
    others: tuple[tuple[str | dict, str, str | None], ...]
    is_kept: bool
    blanked: tuple[str, ...]
    free_texts: tuple[str, ...]


@dataclass
class Change:
    """What became of a file."""

    erased: int = 0
    kept: int = 0
    reworded: int = 0

    def __bool__(self) -> bool:
        return bool(self.erased or self.kept or self.reworded)


@dataclass(frozen=True)
class CannotRewrite(Exception):
    why: str = field(default="")


def is_of_a_person(row: Callable[[str], str | None], columns: Columns, persons: Persons) -> bool:
    """As plugins/erasure.py says it in SQL; `row` gives the value of a column."""
    owner = row(columns.owner) if columns.owner else None
    if owner:
        return persons.has(PERSONS, owner)
    for kind, name, by in columns.others:
        told = kind.get((row(by) or "").lower()) if isinstance(kind, dict) else kind
        if persons.has(told, row(name)):
            return True
    return False


# --- CSV


def records(data: bytes, delim: bytes) -> Iterator[bytes]:
    """The records of a CSV with their line ends: a quote opens only at the start of a field."""
    held, is_open = b"", False
    for line in data.splitlines(keepends=True):
        is_open = _is_open_after(line, delim, is_open) if is_open or b'"' in line else False
        held += line
        if not is_open:
            yield held
            held = b""
    if held:
        yield held


def _is_open_after(line: bytes, delim: bytes, is_open: bool) -> bool:
    at, end = 0, len(line.rstrip(b"\r\n"))
    if not is_open:
        if not line.startswith(b'"'):
            at = line.find(delim + b'"') + 1
            if not at:
                return False
        at += 1
        is_open = True
    while True:
        at = line.find(b'"', at)
        if at < 0:
            return True
        if line[at + 1 : at + 2] == b'"':
            at += 2
            continue
        found = line.find(delim + b'"', at + 1, end)
        if found < 0:
            return False
        at = found + 2


def spans(record: bytes, delim: bytes) -> list[tuple[int, int]]:
    """Where each field of a record begins and ends."""
    found, start, end = [], 0, len(record.rstrip(b"\r\n"))
    while True:
        at = start
        if record[at : at + 1] == b'"':
            at += 1
            while (at := record.find(b'"', at)) >= 0 and record[at + 1 : at + 2] == b'"':
                at += 2
            at = end if at < 0 else at
        at = record.find(delim, at, end)
        if at < 0:
            return [*found, (start, end)]
        found.append((start, at))
        start = at + len(delim)


def rewritten_csv(
    data: bytes, layout: files.Layout, columns: Columns, persons: Persons
) -> tuple[bytes, Change]:
    """The bytes of a CSV without the rows of persons."""
    delim = layout.delim.encode()
    if layout.encoding not in SAFE_ENCODINGS or (delim == b"|" and layout.encoding[:3] == "cp9"):
        raise CannotRewrite(f"it is written in {files.SHOWN.get(layout.encoding, layout.encoding)}")
    places = {name.strip().lower(): place for place, name in enumerate(layout.names)}
    change, out, seen = Change(), [], 0
    for record in records(data, delim):
        seen += 1
        if seen <= layout.skip + 1:
            out.append(record)
            continue
        text = record.decode(layout.encoding, "surrogateescape")
        row = next(csv.reader(io.StringIO(text, newline=""), delimiter=layout.delim), [])
        if len(row) != len(layout.names):
            if persons.lines and persons.lines.search(text):
                change.erased += 1
            else:
                out.append(record)
            continue

        def of(name: str, row=row) -> str | None:
            place = places.get(name.lower())
            return (row[place].strip() or None) if place is not None else None

        is_persons = is_of_a_person(of, columns, persons)
        if is_persons and not columns.is_kept:
            change.erased += 1
            continue
        new = {}
        if is_persons:
            new = {places[name.lower()]: "" for name in columns.blanked if of(name)}
            change.kept += bool(new)
        for name in columns.free_texts:
            if persons.texts and (value := of(name)) and persons.texts.search(value):
                new[places[name.lower()]] = persons.texts.sub(
                    PUT_IN_PLACE, row[places[name.lower()]]
                )
                change.reworded += 1
        out.append(_with(record, delim, new, layout) if new else record)
    return b"".join(out), change


def _with(record: bytes, delim: bytes, new: dict[int, str], layout: files.Layout) -> bytes:
    """A record with other values in some fields, and all others as they were."""
    parts = [record[start:end] for start, end in spans(record, delim)]
    for place, value in new.items():
        written = value
        if any(sign in value for sign in (layout.delim, '"', "\n", "\r")):
            written = '"' + value.replace('"', '""') + '"'
        parts[place] = written.encode(layout.encoding.removesuffix("-sig"), "surrogateescape")
    end = record[len(record.rstrip(b"\r\n")) :]
    return delim.join(parts) + end


# --- Parquet


def rewrite_parquet(
    file: pathlib.Path, columns: Columns, persons: Persons, to: pathlib.Path
) -> Change:
    """Writes the file without the rows of persons, row group by row group."""
    source, change = pq.ParquetFile(file), Change()
    groups = source.metadata
    codec = groups.row_group(0).column(0).compression if groups.num_row_groups else "snappy"
    with pq.ParquetWriter(to, source.schema_arrow, compression=codec.lower()) as out:
        for number in range(source.num_row_groups):
            rows = _without_persons(source.read_row_group(number), columns, persons, change)
            out.write_table(rows, row_group_size=max(1, len(rows)))
    return change


def _without_persons(
    rows: pa.Table, columns: Columns, persons: Persons, change: Change
) -> pa.Table:
    names = {name.lower(): name for name in rows.schema.names}
    held = {
        lower: rows[name].to_pylist() for lower, name in names.items() if lower in _read(columns)
    }

    def value_of(at: int, name: str) -> str | None:
        value = held[name.lower()][at] if name.lower() in held else None
        return None if value is None else str(value).strip() or None

    mine = [
        is_of_a_person(functools.partial(value_of, at), columns, persons) for at in range(len(rows))
    ]
    if not columns.is_kept:
        change.erased += sum(mine)
        rows = rows.filter(pa.array([not gone for gone in mine], pa.bool_()))
    else:
        held_before = [False] * len(rows)
        for name in {names[each.lower()] for each in columns.blanked if each.lower() in names}:
            values = rows[name].to_pylist()
            held_before = [
                was or value is not None for was, value in zip(held_before, values, strict=True)
            ]
            empty = [None if gone else value for gone, value in zip(mine, values, strict=True)]
            rows = _with_values(rows, name, empty)
        change.kept += sum(gone and was for gone, was in zip(mine, held_before, strict=True))
    for name in {names[each.lower()] for each in columns.free_texts if each.lower() in names}:
        if persons.texts:
            values = rows[name].to_pylist()
            new = [value and persons.texts.sub(PUT_IN_PLACE, value) for value in values]
            change.reworded += sum(one != other for one, other in zip(values, new, strict=True))
            rows = _with_values(rows, name, new)
    return rows


def _read(columns: Columns) -> set[str]:
    """The columns that say whose a row is."""
    found = {columns.owner, *(name for way in columns.others for name in way[1:])}
    return {name.lower() for name in found if name}


def _with_values(rows: pa.Table, name: str, values: list) -> pa.Table:
    place = rows.schema.get_field_index(name)
    field_of = rows.schema.field(place)
    return rows.set_column(place, field_of, pa.array(values, field_of.type))


# --- files


def rewrite(
    file: pathlib.Path, columns: Columns, persons: Persons, options: files.Options
) -> Change:
    """Takes the rows of persons out of a file. Raises CannotRewrite where that is not safe."""
    kind = files.kind_of(str(file))
    making = file.with_name(f"{file.name}{MAKING}")
    if file.name.lower().endswith(".gz"):
        raise CannotRewrite("it is compressed")
    if kind in files.DELIMITED:
        layout = files.layout_of(str(file), options)
        new, change = rewritten_csv(file.read_bytes(), layout, columns, persons)
        if change:
            making.write_bytes(new)
    elif kind == ".parquet":
        change = rewrite_parquet(file, columns, persons, making)
    else:
        raise CannotRewrite("files of this kind are not written")
    if change:
        take_place(making, file)
    else:
        making.unlink(missing_ok=True)
    return change


def take_place(making: pathlib.Path, file: pathlib.Path) -> None:
    """Has the disk hold the new file, then gives it the name and the rights of the old one."""
    with making.open("rb") as opened:
        os.fsync(opened.fileno())
    making.chmod(file.stat().st_mode & 0o777)
    making.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def clean(folder: pathlib.Path) -> None:
    """Removes what a run that was killed had begun to write."""
    for left in folder.rglob(f"*{MAKING}"):
        if left.is_file():
            left.unlink()
