"""Parts of files as rows of raw tables: text, under the names of the contract, as landing has them."""

import csv
import functools
import pathlib
import re
import sys
from collections.abc import Iterator, Mapping

import duckdb
import pyarrow
import yaml

from live.files import Part
from live.models import PROJECT

sys.path.append(str(PROJECT / "plugins"))

import landing

# What can arrive in the folder. Anything else is a matter of the next load.
TABLES = ("events__events", "app__orders", "app__order_items")
ADAPTERS = PROJECT / "adapters"
# The kinds of systems whose files are events of a collector; other adapters are of exports.
EVENTS_SQL = "events__events.sql"


def table_of(path: pathlib.Path) -> tuple[str, str, str]:
    """The raw table and the system that a file below the folder is of, or why it is not read.

    A folder or a file is named as a raw table (app__orders-0700.jsonl) or a folder as a system of adapters/
    (snowplow/0700.tsv); any other file holds events in the columns of the contract.
    """
    for name in (*path.parts[:-1], path.name):
        for table in TABLES:
            if name.startswith(table):
                return table, "", ""
    for name in path.parts[:-1]:
        if (ADAPTERS / name / EVENTS_SQL).exists():
            return "events__events", name, ""
    if re.match(r"[a-z]+__[a-z_]+", path.name):
        return "", "", f"live reads {', '.join(TABLES)}; other tables come with the next load"
    if path.name.endswith((".tsv", ".tsv.gz")):
        return (
            "",
            "",
            "tab-separated files belong in a folder named as their system, such as snowplow",
        )
    return "events__events", "", ""


def read_part(
    connection: duckdb.DuckDBPyConnection, part: Part, columns: Mapping[str, str], into: str
) -> int:
    """Adds the rows of a part to a raw table of text; returns how many. Lines that are no rows are `bad_lines`."""
    if part.is_parquet:
        given = f"select * from read_parquet({landing.quoted(str(part.file.path))})"
        select = _mapped(part.file.system, given) if part.file.system else given
        return _insert(connection, _as_text(connection, select, columns), columns, into)
    bad = {number for number, _ in part.bad_lines}
    lines = [
        (number, line)
        for number, line in enumerate(part.lines, part.first_line)
        if number not in bad and line.strip()
    ]
    if part.file.system:
        return _read_lines_of_a_system(connection, part, lines, columns, into)
    lines = _with_objects(connection, part, lines)
    with _shown(connection, lines):
        paths = ", ".join(f"'$.\"{name}\"'" for name in columns)
        values = ", ".join(
            f"found[{place}]"
            if data_type in ("varchar", "json")
            else f"nullif(trim(found[{place}]), '')"
            for place, data_type in enumerate(columns.values(), 1)
        )
        select = f"select {values} from (select json_extract_string(line, [{paths}]) as found from live_lines)"
        return _insert(connection, select, columns, into)


class _shown:
    """Lines as the relation live_lines (number, line)."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, lines: list[tuple[int, str]]):
        self.connection, self.lines = connection, lines

    def __enter__(self):
        numbers, texts = zip(*self.lines, strict=True) if self.lines else ((), ())
        table = {
            "number": pyarrow.array(numbers, pyarrow.int64()),
            "line": pyarrow.array(texts, pyarrow.string()),
        }
        self.connection.register("live_lines", pyarrow.table(table))

    def __exit__(self, *error):
        self.connection.unregister("live_lines")


def _insert(connection, select: str, columns: Mapping[str, str], into: str) -> int:
    names = ", ".join(columns)
    return connection.execute(f"insert into {into} ({names}) {select}").fetchone()[0]


def _with_objects(connection, part: Part, lines: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """The lines that hold a JSON object; the others become bad lines."""
    with _shown(connection, lines):
        bad = connection.execute(
            "select number from live_lines where not json_valid(line) or json_type(line) <> 'OBJECT'"
        ).fetchall()
    numbers = {number for (number,) in bad}
    part.bad_lines += [(number, "is no JSON object") for number in sorted(numbers)]
    return [(number, line) for number, line in lines if number not in numbers] if numbers else lines


def _read_lines_of_a_system(connection, part, lines, columns, into) -> int:
    """By the adapter's own select, as the nightly load does. What it cannot read is found by halves, line by line."""
    export, header = _export_of(part.file.system)
    if header:
        for number, line in lines:
            width = line.count("\t") + 1
            if width != len(header):
                part.bad_lines.append((number, f"has {width} columns and not {len(header)}"))
        bad = {number for number, _ in part.bad_lines}
        lines = [(number, line) for number, line in lines if number not in bad]
    else:
        lines = _with_objects(connection, part, lines)
    _know_helpers(connection)
    select = _mapped(part.file.system, _given_columns(export, header))

    def read(some: list[tuple[int, str]]) -> Iterator[int]:
        if not some:
            return
        try:
            with _shown(connection, some):
                yield _insert(connection, _as_text(connection, select, columns), columns, into)
        except duckdb.Error as error:
            if len(some) == 1:
                part.bad_lines.append((some[0][0], reason_of(error)))
                return
            half = len(some) // 2
            yield from read(some[:half])
            yield from read(some[half:])

    return sum(read(lines))


def reason_of(error: Exception) -> str:
    """The first sentence of an error, without what DuckDB says around it."""
    text = str(error).splitlines()[0]
    said = re.search(r"Could not convert string '(.*)' to \w+$", text)
    return (said.group(1) if said else text)[:200]


@functools.cache
def _export_of(system: str) -> tuple[dict[str, list[str]], list[str]]:
    """The columns of the one export that an adapter's events come from, by their names, and those of a file without a
    header."""
    adapter = yaml.safe_load((ADAPTERS / system / "adapter.yml").read_text(encoding="utf-8"))
    (name,) = adapter["fills"]["events__events"]
    export = adapter["exports"][name]
    return export["columns"], (export.get("header") or "").split()


def _given_columns(columns: Mapping[str, list[str]], header: list[str]) -> str:
    """A select of an export's columns from live_lines."""
    values = []
    for name, aliases in columns.items():
        found = [
            f"string_split(line, chr(9))[{header.index(alias) + 1}]"
            if header
            else f"json_extract_string(line, '$.\"{alias}\"')"
            for alias in aliases
            if not header or alias in header
        ] or ["null"]
        texts = ", ".join(f"nullif(trim({value}), '')" for value in found)
        values.append(f"cast(coalesce({texts}) as varchar) as {name}")
    return f"select {', '.join(values)} from live_lines"


def _mapped(system: str, given: str) -> str:
    """The adapter's select over a select of the export's columns."""
    text = (ADAPTERS / system / EVENTS_SQL).read_text(encoding="utf-8").strip().rstrip(";")
    adapter = yaml.safe_load((ADAPTERS / system / "adapter.yml").read_text(encoding="utf-8"))
    (export,) = adapter["fills"]["events__events"]
    return text.replace(f"{{{export}}}", given).replace("{click_ids}", _click_ids())


@functools.cache
def _click_ids() -> str:
    file = PROJECT / "seeds" / "reference" / "click_ids.csv"
    with open(file, encoding="utf-8") as opened:
        names = [row["parameter"] for row in csv.DictReader(opened)]
    return "|".join(name for name in names if name != "click_id")


def _know_helpers(connection: duckdb.DuckDBPyConnection) -> None:
    """The functions that adapters and `.sql` files of a raw folder may use, where landing has them."""
    try:
        import landing_values
    except ImportError:
        return
    for name, (parameters, expression) in landing_values.helpers().items():
        connection.execute(f"create or replace temp macro {name}({parameters}) as {expression}")


def _as_text(connection, select: str, columns: Mapping[str, str]) -> str:
    """The columns of the contract as landing would take them from a select, as text."""
    described = connection.execute(
        f"select column_name, column_type from (describe {select})"
    ).fetchall()
    found = {
        name.lower(): landing.Column(name, '"' + name.replace('"', '""') + '"', column_type)
        for name, column_type in described
    }
    if not found.keys() & columns.keys():
        raise ValueError(f"has none of the columns of the contract, but {', '.join(found)}")
    values = ", ".join(
        f"cast({landing._landed(data_type, found.get(name))} as varchar)"
        for name, data_type in columns.items()
    )
    return f"select {values} from ({select})"
