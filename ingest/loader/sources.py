"""What is loaded, and how: the file of sources (GROUNDWORK_SOURCES), checked word for word."""

import datetime
import difflib
import os
import pathlib
import re
import zoneinfo
from dataclasses import dataclass, field

import yaml

KINDS = ("postgresql", "mysql")
SOURCE_KEYS = (
    "kind",
    "address",
    "rows_per_second",
    "hours",
    "time_zone",
    "timeout_seconds",
    "tables",
    "pages",
)
TABLE_KEYS = (
    "from",
    "key",
    "cursor",
    "lag",
    "page_rows",
    "columns",
    "leave_out",
    "deletes",
    "compare",
)
LAG = re.compile(r"(\d+)(?: ?(second|minute|hour|day)s?)?")
HOURS = re.compile(r"([01]?\d|2[0-3]):([0-5]\d) ?- ?([01]?\d|2[0-3]):([0-5]\d)")
UTC = zoneinfo.ZoneInfo("UTC")
COMPARED_EVERY = {"daily": 1, "weekly": 7, "monthly": 30, "never": None}


class Problem(Exception):
    """What keeps a table or everything from being loaded, and what to do; a sentence for a person."""


class Unreachable(Problem):
    """No connection can be made: the other tables of the source would wait for the same."""


@dataclass(frozen=True)
class Table:
    """A table of a source, and the raw table that it fills."""

    name: str
    source_name: str
    key: tuple[str, ...]
    cursor: str | None = None
    lag: datetime.timedelta | int = datetime.timedelta(hours=1)
    page_rows: int = 20_000
    columns: dict[str, str] = field(default_factory=dict)
    leave_out: frozenset[str] = frozenset()
    finds_deletions: bool = True
    compare_days: int | None = 30
    is_raw: bool = True

    @property
    def folder(self) -> str:
        """Where its pages are in the raw folder; what a .sql file reads is apart from the raw tables."""
        return self.name if self.is_raw else f"pages/{self.name}"


@dataclass(frozen=True)
class Source:
    """A server, and what of it is loaded."""

    name: str
    kind: str
    address: str
    address_variable: str
    tables: tuple[Table, ...]
    rows_per_second: float | None = None
    hours: tuple[datetime.time, datetime.time] | None = None
    time_zone: zoneinfo.ZoneInfo = UTC
    timeout_seconds: int = 300

    def is_open(self, now: datetime.datetime) -> bool:
        """Whether the hours in which it may be read include a moment."""
        if self.hours is None:
            return True
        begin, end = self.hours
        clock = now.astimezone(self.time_zone).time()
        return begin <= clock < end if begin < end else clock >= begin or clock < end


def sources_file(folder: str) -> pathlib.Path:
    """GROUNDWORK_SOURCES, else sources.yml beside the raw folder."""
    named = os.environ.get("GROUNDWORK_SOURCES")
    return pathlib.Path(named) if named else pathlib.Path(folder).absolute().parent / "sources.yml"


def read(file: pathlib.Path, raw_tables: list[str]) -> list[Source]:
    """The sources of a file; `raw_tables` are the names that a table may fill (app__orders)."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Problem(
            f"{file} does not exist. It says what to load: docs/loading.md has one to start from. "
            "Set GROUNDWORK_SOURCES to where yours is."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(f"{file} cannot be read: {error}.") from None
    try:
        told = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it is no YAML"
        raise Problem(f"{file}{where}: {problem}. Compare it with docs/loading.md.") from None
    named = _a(told, dict, file, "sources: {<name>: …}").get("sources")
    sources = [
        _source(name, entry, file, raw_tables)
        for name, entry in _a(named, dict, file, "sources: {<name>: …}").items()
    ]
    filled: dict[str, str] = {}
    for source in sources:
        for table in source.tables:
            if table.name in filled:
                raise Problem(
                    f"{file}: {table.name} is filled by {filled[table.name]} and by {source.name}. Keep one."
                )
            filled[table.name] = source.name
    return sources


def _a(value, kind: type, file, wanted: str):
    if not isinstance(value, kind) or not value:
        raise Problem(f"{file}: write {wanted} (docs/loading.md).")
    return value


def _check_words(told: dict, known: tuple[str, ...], where: str) -> None:
    for word in told:
        if word not in known:
            raise Problem(
                f"{where}: '{word}' is not known{like(str(word), known)}. It may have: {', '.join(known)}."
            )


def like(word: str, known) -> str:
    """' (did you mean …?)' for a word that is nearly one of the known ones."""
    found = difflib.get_close_matches(word, list(known), 1, 0.6)
    return f" (did you mean '{found[0]}'?)" if found else ""


def _source(name: str, told, file, raw_tables: list[str]) -> Source:
    where = f"{file}, source {name}"
    _a(told, dict, where, "its kind, address and tables")
    _check_words(told, SOURCE_KEYS, where)
    kind = told.get("kind")
    kind = {"mariadb": "mysql", "postgres": "postgresql"}.get(kind, kind)
    if kind not in KINDS:
        raise Problem(
            f"{where}: kind is '{kind}'. Write one of {', '.join(KINDS)} (mysql for MariaDB, too)."
        )
    variable = told.get("address")
    if not isinstance(variable, str) or not re.fullmatch(r"[A-Za-z_]\w*", variable):
        raise Problem(
            f"{where}: address must be the name of an environment variable, such as SHOP_DATABASE, that holds "
            f"{kind}://user:password@host/database. The address itself, with its password, belongs into no file."
        )
    address = os.environ.get(variable, "")
    if not address:
        raise Problem(
            f"{where}: the environment variable {variable} is not set. "
            f"Set it to {kind}://user:password@host/database."
        )
    wanted = "tables: {app__orders: {from: orders, key: id}}"
    tables = []
    for word, names in (("tables", raw_tables), ("pages", None)):
        if word in told or (word == "tables" and "pages" not in told):
            for each, entry in _a(told.get(word), dict, where, wanted).items():
                tables.append(_table(str(each), entry, where, names))
    return Source(
        name=str(name),
        kind=kind,
        address=address,
        address_variable=variable,
        tables=tuple(tables),
        rows_per_second=_number(told, "rows_per_second", where, None, 0.001),
        hours=_hours(told.get("hours"), where),
        time_zone=_zone(told.get("time_zone", "UTC"), where),
        timeout_seconds=int(_number(told, "timeout_seconds", where, 300, 1)),
    )


def _number(told: dict, word: str, where: str, default, least: float):
    value = told.get(word, default)
    if value is not None and (
        isinstance(value, bool) or not isinstance(value, int | float) or value < least
    ):
        raise Problem(f"{where}: {word} is '{value}'. Write a number of at least {least:g}.")
    return value


def _hours(told, where: str):
    if told is None:
        return None
    found = HOURS.fullmatch(str(told))
    if not found:
        raise Problem(f"{where}: hours is '{told}'. Write \"22:00-06:00\", in quotes.")
    begin, end = (datetime.time(int(found[at]), int(found[at + 1])) for at in (1, 3))
    if begin == end:
        raise Problem(
            f"{where}: hours is '{told}', which is no time at all. Leave it out for all day."
        )
    return begin, end


def _zone(told, where: str) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(str(told))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        near = like(str(told), zoneinfo.available_timezones())
        raise Problem(
            f"{where}: time_zone is '{told}', which is none{near}. Write one such as Asia/Seoul."
        ) from None


def _names(told, where: str, word: str) -> tuple[str, ...]:
    names = [told] if isinstance(told, str) else told
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise Problem(
            f"{where}: {word} must name one or more columns of the source, such as [order_id, line]."
        )
    return tuple(names)


def _table(name: str, told, source: str, raw_tables: list[str] | None) -> Table:
    """A table; without `raw_tables`, one whose pages a .sql file reads."""
    where = f"{source}, table {name}"
    if raw_tables is None and (not re.fullmatch(r"[a-z]\w*", name) or "__" in name):
        raise Problem(
            f"{where}: call its pages by a short name in lower case, such as shop_orders."
        )
    if raw_tables is not None and name not in raw_tables:
        raise Problem(
            f"{where}: no raw table is called so{like(name, raw_tables)} (docs/your_own_tables.md). "
            "What a .sql file is to read stands under pages:."
        )
    _a(told, dict, where, "from and key")
    _check_words(told, TABLE_KEYS, where)
    if not isinstance(told.get("from"), str):
        raise Problem(
            f"{where}: write from: the table's name in the source, such as public.orders."
        )
    cursor = told.get("cursor")
    if cursor is not None and not isinstance(cursor, str):
        raise Problem(
            f"{where}: cursor must name one column that grows with each change, such as updated_at."
        )
    columns = told.get("columns") or {}
    if not isinstance(columns, dict) or not all(isinstance(each, str) for each in columns.values()):
        raise Problem(
            f"{where}: columns must be pairs of a source's column and a contract's: {{id: order_id}}."
        )
    if twice := [new for new in columns.values() if list(columns.values()).count(new) > 1]:
        raise Problem(f"{where}: columns gives {twice[0]} twice. Keep one.")
    compare = told.get("compare", "monthly")
    if compare not in COMPARED_EVERY:
        raise Problem(f"{where}: compare is '{compare}'. Write one of {', '.join(COMPARED_EVERY)}.")
    deletes = told.get("deletes", True)
    if not isinstance(deletes, bool):
        raise Problem(
            f"{where}: deletes is '{deletes}'. Write true, or false for a table whose old rows are purged."
        )
    return Table(
        name=name,
        source_name=told["from"],
        key=_names(told.get("key"), where, "key"),
        cursor=cursor,
        lag=_lag(told.get("lag", "1 hour"), where),
        page_rows=int(_number(told, "page_rows", where, 20_000, 1)),
        columns={str(old): new for old, new in columns.items()},
        leave_out=frozenset(
            _names(told["leave_out"], where, "leave_out") if told.get("leave_out") else ()
        ),
        finds_deletions=deletes,
        compare_days=COMPARED_EVERY[compare],
        is_raw=raw_tables is not None,
    )


def _lag(told, where: str) -> datetime.timedelta | int:
    found = LAG.fullmatch(str(told).strip())
    if not found:
        raise Problem(
            f"{where}: lag is '{told}'. Write such as 1 hour or 30 minutes; a number for a cursor of numbers."
        )
    return datetime.timedelta(**{f"{found[2]}s": int(found[1])}) if found[2] else int(found[1])
