"""columns.yml of a raw folder: which file and which of its columns make a raw table, for those who write no SQL.

app__orders:
  file: exports/주문*.xlsx          # else the file of the table's own name
  sheet: 주문                       # skip (title lines), delim, encoding: as read_export has them
  empty: ["-", "N/A"]              # what counts as empty in every column
  columns:
    order_id: 주문번호
    ordered_at: {from: 주문일시, format: d/m/y}
    discount_amount: {from: 할인, cents: true}
    status: {from: 상태, values: {결제완료: paid}}
    currency: {value: KRW}
"""

import contextlib
import difflib
import functools
import hashlib
import os
import pathlib
from dataclasses import dataclass, field, replace

import landing_values as values
import yaml
from landing_files import (
    Assumption,
    Column,
    Content,
    Options,
    Problem,
    as_name,
    composed,
    encoding_given,
    key_of,
    quoted,
)

NAME = "columns.yml"
OF_A_TABLE = ("file", "sheet", "skip", "delim", "encoding", "empty", "columns")
OF_A_COLUMN = ("from", "value", "format", "cents", "values", "empty")
SEEDS = pathlib.Path(__file__).resolve().parents[1] / "seeds" / "raw"


@dataclass(frozen=True)
class ColumnSaid:
    """What is said of one column of a contract."""

    source: str | None = None
    value: str | None = None
    format: str | None = None
    cents: bool = False
    values: dict[str, str] = field(default_factory=dict)
    empty: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True)
class Said:
    """What columns.yml says of one table."""

    path: str
    file: str | None = None
    options: Options = field(default_factory=Options)
    columns: dict[str, ColumnSaid] = field(default_factory=dict)
    empty: tuple[str, ...] = ()
    line: int = 0

    def stamp(self) -> str:
        return hashlib.md5(repr(self).encode()).hexdigest()


@functools.cache
def raw_tables() -> tuple[str, ...]:
    return tuple(sorted(file.stem.removeprefix("raw_") for file in SEEDS.glob("raw_*.csv")))


def said_of(folder: str) -> dict[str, Said]:
    """What columns.yml says, by raw table; nothing where there is none."""
    path = os.path.join(folder, NAME)
    if not folder or not os.path.isfile(path):
        return {}
    found = os.stat(path)
    return _read(path, found.st_mtime_ns, found.st_size)


@functools.lru_cache(maxsize=4)
def _read(path: str, _time: int, _size: int) -> dict[str, Said]:
    try:
        text = pathlib.Path(path).read_text(encoding="utf-8-sig")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        raise Problem(f"{path} is not UTF-8 text. Save it so.") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        what = getattr(error, "problem", None) or str(error)
        raise Problem(
            f"{path}{line}: {what}. Each line is `name: value`, and what belongs to it is indented."
        ) from error
    if node is None:
        return {}
    return {
        table: _table(path, table, key, told)
        for table, key, told in _pairs(path, node, "tables", raw_tables())
    }


def _line(node) -> int:
    return node.start_mark.line + 1


def _stop(path: str, node, what: str) -> Problem:
    return Problem(f"{path}, line {_line(node)}: {what}")


def _pairs(path: str, node, what: str, known=None):
    """The entries of a mapping: name, its node, and the node of its value. A name that is not known stops."""
    if not isinstance(node, yaml.MappingNode):
        raise _stop(path, node, f"{what} are needed here, one a line as `name: value`.")
    seen = set()
    for key, told in node.value:
        name = str(key.value)
        if name in seen:
            raise _stop(path, key, f"{name} is there twice. Keep one of them.")
        seen.add(name)
        if known is not None and name not in known:
            close = difflib.get_close_matches(name, known, 1, 0.5)
            hint = f"Did you mean {close[0]}?" if close else f"There are: {', '.join(known)}."
            raise _stop(path, key, f"there is no {name} among the {what}. {hint}")
        yield name, key, told


def _scalar(path: str, node, what: str) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise _stop(path, node, f"{what} must be one text.")
    return node.value


def _list(path: str, node, what: str) -> tuple[str, ...]:
    if isinstance(node, yaml.SequenceNode):
        return tuple(_scalar(path, each, what) for each in node.value)
    return (_scalar(path, node, what),)


def _number(path: str, node, what: str) -> int:
    text = _scalar(path, node, what)
    if not text.isdigit():
        raise _stop(path, node, f"{what} is '{text}', and must be a whole number.")
    return int(text)


def _table(path: str, table: str, key, node) -> Said:
    told = {
        name: (each, value)
        for name, each, value in _pairs(path, node, "keys of a table", OF_A_TABLE)
    }
    options = {}
    for name in ("delim", "encoding", "sheet"):
        if name in told:
            options[name] = _scalar(path, told[name][1], name)
    if "skip" in told:
        options["skip"] = _number(path, told["skip"][1], "skip")
    if "delim" in options:
        options["delim"] = {"tab": "\t", "\\t": "\t"}.get(options["delim"], options["delim"])
        if len(options["delim"]) != 1:
            raise _stop(
                path, told["delim"][1], f"delim is '{options['delim']}', and must be one character."
            )
    if "encoding" in options:
        encoding_given(options["encoding"], f"{path}, line {_line(told['encoding'][1])}")
    columns = {}
    if "columns" in told:
        for name, each, value in _pairs(path, told["columns"][1], "columns"):
            columns[name] = _column(path, each, value)
    return Said(
        path,
        _scalar(path, told["file"][1], "file") if "file" in told else None,
        Options(**options),
        columns,
        _list(path, told["empty"][1], "empty") if "empty" in told else (),
        _line(key),
    )


def _column(path: str, key, node) -> ColumnSaid:
    if isinstance(node, yaml.ScalarNode):
        return ColumnSaid(source=node.value, line=_line(key))
    told = {
        name: (each, value)
        for name, each, value in _pairs(path, node, "keys of a column", OF_A_COLUMN)
    }
    if "from" in told and "value" in told:
        raise _stop(
            path,
            told["value"][0],
            "a column comes from another or has one value: keep `from` or `value`.",
        )
    words = {}
    if "values" in told:
        words = {
            name: _scalar(path, value, "a value")
            for name, _, value in _pairs(path, told["values"][1], "values")
        }
    cents = _scalar(path, told["cents"][1], "cents") if "cents" in told else "false"
    if cents.lower() not in ("true", "false"):
        raise _stop(path, told["cents"][1], f"cents is '{cents}', and must be true or false.")
    return ColumnSaid(
        source=_scalar(path, told["from"][1], "from") if "from" in told else None,
        value=_scalar(path, told["value"][1], "value") if "value" in told else None,
        format=_scalar(path, told["format"][1], "format") if "format" in told else None,
        cents=cents.lower() == "true",
        values=words,
        empty=_list(path, told["empty"][1], "empty") if "empty" in told else (),
        line=_line(key),
    )


def checked(said: Said, table: dict, file: str, content: Content) -> None:
    """Stops where columns.yml names what neither the contract nor the file has."""
    for name, told in said.columns.items():
        where = f"{said.path}, line {told.line}"
        if name not in table["columns"]:
            close = difflib.get_close_matches(name, table["columns"], 1, 0.5)
            hint = f" Did you mean {close[0]}?" if close else ""
            raise Problem(
                f"{where}: {table['name'].removeprefix('raw_')} has no column {name}.{hint} "
                f"Its columns are: {', '.join(table['columns'])}."
            )
        source = told.source or name
        if told.value is None and key_of(source) not in content.columns:
            found = [column.name for column in content.columns.values()]
            close = difflib.get_close_matches(source, found, 1, 0.5)
            hint = f" Did you mean {close[0]}?" if close else ""
            raise Problem(
                f"{where}: {file} has no column {source}.{hint} It has: {content.names()}."
            )
        accepted = table["columns"][name]["accepted"]
        for word, meant in told.values.items():
            if accepted and meant not in accepted:
                close = difflib.get_close_matches(meant, accepted, 1, 0.5)
                hint = f" Did you mean {close[0]}?" if close else ""
                raise Problem(
                    f"{where}: {name} does not accept '{meant}' (for '{word}').{hint} It accepts {', '.join(accepted)}."
                )
        data_type = table["columns"][name]["data_type"]
        if told.format is not None and pattern_said(told.format, data_type) is None:
            kind = values.kind_of(data_type)
            known = (
                ", ".join(f"'{pattern.name}'" for pattern in values.patterns(kind))
                if kind
                else "no format"
            )
            also = " or a format of strptime such as '%d.%m.%y %H:%M'" if kind == "moment" else ""
            raise Problem(
                f"{where}: the format '{told.format}' of {name} ({data_type}) is not known. Write one of {known}{also}."
            )
        if told.cents and not data_type.startswith(("decimal", "double")):
            raise Problem(f"{where}: {name} is no amount ({data_type}): take cents away.")
        if told.cents and "currency" not in {**content.columns, **said.columns}:
            raise Problem(
                f"{where}: {name} is in cents, and nothing says of which currency. Map the column currency too, "
                "or write currency: {value: KRW}."
            )


def pattern_said(text: str, data_type: str) -> values.Pattern | None:
    """The pattern that a format names, or one of strptime."""
    kind = values.kind_of(data_type)
    if kind is None:
        return None
    known = values.pattern_named(kind, text)
    if known or kind != "moment" or "%" not in text:
        return known
    return values.Pattern("moment", text, False, "strptime", text, "", "")


def mapped(said: Said | None, table: dict, file: str, content: Content) -> Content:
    """A file's content with the columns that columns.yml makes of it, under the names of the contract."""
    if said is None:
        return content
    checked(said, table, file, content)
    used = {
        key_of(told.source or name) for name, told in said.columns.items() if told.value is None
    }
    columns, selected, assumed = {}, [], []
    for key, column in content.columns.items():
        told = said.columns.get(key)
        if told or (key in used and key not in table["columns"]):
            continue
        source = column.source
        if said.empty and column.type == "VARCHAR" and key in table["columns"]:
            source = _without(source, said.empty)
        columns[key] = Column(column.name, as_name(key), column.type)
        selected.append(f"{source} as {as_name(key)}")
    broken = {key: found for key, found in content.broken.items() if key in columns}
    for name, told in said.columns.items():
        if told.value is not None:
            source, type_ = quoted(told.value), "VARCHAR"
            assumed.append(
                Assumption(file, name, "one value for every row, by columns.yml", None, told.value)
            )
        else:
            key = key_of(told.source or name)
            column = content.columns[key]
            source, type_ = column.source, column.type
            if key in content.broken:
                broken[name] = content.broken[key]
            empty = (*said.empty, *told.empty)
            if empty:
                source, type_ = _without(f"cast({source} as varchar)", empty), "VARCHAR"
            if told.values:
                text = f"nfc_normalize(trim(cast({source} as varchar)))"
                cases = " ".join(
                    f"when {quoted(composed(word))} then {quoted(meant)}"
                    for word, meant in told.values.items()
                )
                source, type_ = f"case {text} {cases} else cast({source} as varchar) end", "VARCHAR"
            if key != name:
                assumed.append(
                    Assumption(file, name, f"it is the column {column.name}, by columns.yml")
                )
        columns[name] = Column(name, as_name(name), type_)
        selected.append(f"{source} as {as_name(name)}")
    return replace(
        content,
        reader=f"(select {', '.join(selected)} from {content.reader})",
        columns=columns,
        assumed=(*content.assumed, *assumed),
        broken=broken,
    )


def _without(source: str, empty: tuple[str, ...]) -> str:
    words = ", ".join(quoted(composed(word)) for word in empty)
    return f"case when nfc_normalize(trim({source})) not in ({words}) then {source} end"


# --- how values are written

SAMPLE = 20_000
# How many different values decide which patterns are tried at all.
STRANGE = 100


@contextlib.contextmanager
def in_order(cursor):
    """The head of a file is the same rows at each reading: DuckDB else takes those that a thread has first."""
    (kept,) = cursor.execute("select current_setting('preserve_insertion_order')").fetchone()
    cursor.execute("set preserve_insertion_order = true")
    try:
        yield
    finally:
        cursor.execute(f"set preserve_insertion_order = {kept}")


@dataclass(frozen=True)
class Unread:
    """A column whose values are written in no one way: how many are read as they are or by the best pattern."""

    column: str
    pattern: str | None
    read_count: int
    value_count: int
    example: str


def judged(
    connection, table: dict, file: str, content: Content, said: Said | None, quiet: str
) -> tuple[Content, list[Unread]]:
    """The content with values written as staging reads them, and the columns where no pattern reads all.

    Each column is judged as a whole: what staging reads as it is stays as it is. Else one pattern must read every
    value; two that read all of them differently stop. `quiet` is the SQL that reads the file without
    keeping what it rejects.
    """
    formats = {
        name: told
        for name, told in (said.columns if said else {}).items()
        if told.format or told.cents
    }
    asked = {
        name: column
        for name, column in table["columns"].items()
        if name in content.columns
        and values.kind_of(column["data_type"])
        and content.columns[name].type == "VARCHAR"
    }
    conversions, assumed, unread = {}, [], []
    cursor = connection.cursor()
    open_columns = {
        name: column
        for name, column in asked.items()
        if not (name in formats and formats[name].format)
    }
    candidates = {}
    with in_order(cursor):
        for name in _suspects(cursor, quiet, content, open_columns):
            fitting, told = _tried(cursor, quiet, content, name, asked[name]["data_type"])
            if fitting:
                candidates[name] = fitting
            else:
                unread.append(told)
        fits = _fits(cursor, quiet, content, asked, candidates, table)
    for name, found in fits.items():
        pattern, counted = _chosen(
            file, table["name"].removeprefix("raw_"), name, asked[name], found
        )
        if pattern is None:
            unread.append(Unread(name, *counted))
            continue
        conversions[name] = values.reading(pattern, _text(content, name), asked[name]["data_type"])
        assumed.append(
            _assumption(file, name, asked[name], pattern, counted, "every value is written")
        )
    for name, told in formats.items():
        if name not in content.columns:
            continue
        data_type = table["columns"][name]["data_type"]
        if told.format:
            pattern = pattern_said(told.format, data_type)
            conversions[name] = values.reading(pattern, _text(content, name), data_type)
            assumed += _by_format(
                cursor, quiet, file, content, name, table["columns"][name], pattern
            )
    for name in conversions:
        if asked[name]["data_type"].startswith("decimal"):
            _check_signs(cursor, quiet, file, content, name)
    selected = []
    for name, column in content.columns.items():
        if name not in table["columns"]:
            continue
        source = column.source
        if name in conversions:
            source = f"coalesce({conversions[name]}, cast({source} as varchar))"
        if name in formats and formats[name].cents:
            _check_cents(cursor, quiet, file, name, source, content)
            source = _major(source, content)
            assumed.append(
                Assumption(
                    file, name, "it is in the smallest unit of its currency (cents), by columns.yml"
                )
            )
        selected.append(f"{source} as {as_name(name)}")
    if not conversions and not any(told.cents for told in formats.values()):
        return content, unread
    columns = {
        name: Column(
            column.name,
            as_name(name),
            "VARCHAR" if name in conversions or name in formats else column.type,
        )
        for name, column in content.columns.items()
    }
    return (
        replace(
            content,
            reader=f"(select {', '.join(selected)} from {content.reader})",
            columns=columns,
            assumed=(*content.assumed, *assumed),
        ),
        unread,
    )


def _check_signs(cursor, quiet: str, file: str, content: Content, name: str) -> None:
    """Stops where an amount stands beside the sign of another currency than its row is in, or, where rows say none,
    amounts of a column beside signs of several: the sign is not part of the number, and would be lost."""
    sign = values.sign_of(_text(content, name))
    has_currency = "currency" in content.columns
    currency = "null"
    if has_currency:
        currency = f"upper(trim(cast({content.columns['currency'].source} as varchar)))"
    given = (
        f"(select {_text(content, name)} as given, {sign} as sign, {currency} as currency from {quiet}) "
        "where sign <> ''"
    )
    if has_currency:
        found = cursor.execute(
            f"select given, currency from {given} and {values.is_other_currency('sign', 'currency')} limit 1"
        ).fetchone()
        if found:
            raise Problem(
                f"{file}, column {name}: '{found[0]}' is an amount of a row whose currency is {found[1]}. Write it in "
                "that currency, or correct the currency of the row."
            )
        return
    found = cursor.execute(
        "select min_by(given, sign), max_by(given, sign) "
        f"from (select sign, min(given) as given from {given} group by sign) "
        "having count(distinct sign) > 1"
    ).fetchone()
    if found:
        raise Problem(
            f"{file}, column {name}: '{found[0]}' and '{found[1]}' are of different currencies, and no column says "
            "which a row is in. Write the amounts without signs, in the currency of their order."
        )


def _text(content: Content, name: str) -> str:
    return f"nullif(trim({content.columns[name].source}), '')"


def _major(source: str, content: Content) -> str:
    """SQL: an amount in the smallest unit of its currency as one in the currency; what is no amount stays."""
    currency = f"upper(trim(cast({content.columns['currency'].source} as varchar)))"
    factor = (
        f"case when {currency} in ({values.zero_digits()}) then 1.000 "
        f"when {currency} in ({values.three_digits()}) then 0.001 else 0.010 end"
    )
    amount = f"try_cast({source} as decimal(24, 4)) * cast({factor} as decimal(4, 3))"
    return f"coalesce(cast({amount} as varchar), cast({source} as varchar))"


def _check_cents(cursor, quiet: str, file: str, name: str, source: str, content: Content) -> None:
    """Stops where an amount that is said to be in cents has a part of one: it is not in cents."""
    amount = f"try_cast({source} as decimal(24, 4))"
    found = cursor.execute(
        f"select {content.columns[name].source} from {quiet} where {amount} <> trunc({amount}) limit 1"
    ).fetchone()
    if found:
        raise Problem(
            f"{file}, column {name}: '{found[0]}' is no whole number of cents, as columns.yml says it is (cents: "
            "true). Take cents away, or correct the value; parts of cents go through from_minor_units(…) in a .sql."
        )


def _suspects(cursor, quiet: str, content: Content, asked: dict) -> list[str]:
    """The columns with a value, in the head of the file, that staging does not read as it is."""
    if not asked:
        return []
    counts = _head_counts(cursor, quiet, content, asked, "")
    total = counts.pop("")
    found = [name for name, (given, strange) in counts.items() if strange]
    empty = {name: asked[name] for name, (given, _) in counts.items() if not given}
    if empty and total >= SAMPLE:
        some = " or ".join(f"{_text(content, name)} is not null" for name in empty)
        later = _head_counts(cursor, quiet, content, empty, f"where {some}")
        found += [name for name, counted in later.items() if name and counted[1]]
    return found


def _tried(cursor, quiet: str, content: Content, name: str, data_type: str):
    """The patterns that read some of the values that staging does not read as they are; else how far the best gets."""
    strange = cursor.execute(
        f"select list(given order by given) from (select distinct given from (select {_text(content, name)} as given "
        f"from {quiet} where {_text(content, name)} is not null limit {SAMPLE}) "
        f"where not {values.native('given', data_type)} order by given limit {STRANGE})"
    ).fetchone()[0]
    guessed = [each for each in values.patterns(values.kind_of(data_type)) if each.is_guessed]
    counts = ", ".join(f"count({values.reading(each, 'given', data_type)})" for each in guessed)
    read = cursor.execute(
        f"select {counts} from (select unnest($1) as given)", [strange]
    ).fetchone()
    fitting = [each for each, count in zip(guessed, read, strict=True) if count == len(strange)]
    if fitting:
        return fitting, None
    best = max(range(len(guessed)), key=lambda at: read[at])
    shown = values.reading(guessed[best], "given", data_type)
    example = cursor.execute(
        f"select min(given) from (select unnest($1) as given) where {shown} is null", [strange]
    ).fetchone()[0]
    named = guessed[best].name if read[best] else None
    return [], Unread(name, named, read[best], len(strange), example)


def _head_counts(cursor, quiet: str, content: Content, asked: dict, where: str) -> dict:
    texts = ", ".join(f"{_text(content, name)} as {as_name(name)}" for name in asked)
    counts = ", ".join(
        f"count({as_name(name)}), count(case when {as_name(name)} is not null "
        f"and not {values.native(as_name(name), column['data_type'])} then 1 end)"
        for name, column in asked.items()
    )
    row = cursor.execute(
        f"select count(*), {counts} from (select {texts} from {quiet} {where} limit {SAMPLE})"
    ).fetchone()
    return {"": row[0]} | {name: row[1 + 2 * at : 3 + 2 * at] for at, name in enumerate(asked)}


def _fits(cursor, quiet: str, content: Content, asked: dict, candidates: dict, table: dict) -> dict:
    """Of each column the number of its values, and of each pattern how many it reads and what it makes of one of them.
    The head of the file decides which patterns are tried on all of it."""
    if not candidates:
        return {}
    head = f"(select * from {quiet} limit {SAMPLE})"
    seen = _count_fits(cursor, head, content, asked, candidates, table)
    left = {}
    for name, found in seen.items():
        fitting = [each for each in found["patterns"] if each["read"] == found["values"]]
        if fitting and found["rows"] >= SAMPLE:
            left[name] = [each["pattern"] for each in fitting]
    return seen | _count_fits(cursor, quiet, content, asked, left, table) if left else seen


def _count_fits(
    cursor, source: str, content: Content, asked: dict, candidates: dict, table: dict
) -> dict:
    made, wanted, places = [], ["count(*)"], {}
    for name, tried in candidates.items():
        text = as_name(f"{name} given")
        made.append(f"{_text(content, name)} as {text}")
        zero = f"{text} like '0000-00-00%'"
        places[name] = len(wanted)
        wanted.append(f"count(case when not {zero} then 1 end)")
        for at, pattern in enumerate(tried):
            read = as_name(f"{name} {at}")
            made.append(
                f"{values.reading(pattern, _text(content, name), asked[name]['data_type'])} as {read}"
            )
            wanted += [
                f"count({read})",
                f"count(case when {read} is distinct from {text} then {read} end)",
                f"arg_min({text}, {text}) filter ({read} is not null and {read} is distinct from {text})",
                f"arg_min({read}, {text}) filter ({read} is not null and {read} is distinct from {text})",
            ]
        everything = [as_name(f"{name} {at}") for at in range(len(tried))]
        unread = " and ".join(f"{read} is null" for read in everything)
        wanted.append(f"min({text}) filter ({unread} and not {zero})")
        # Pairs of readings of the first value that they read differently.
        for at, one in enumerate(everything):
            for other in everything[at + 1 :]:
                differ = (
                    f"{one} is not null and {other} is not null and {same(one)} <> {same(other)}"
                )
                wanted.append(f"arg_min([{text}, {one}, {other}], {text}) filter ({differ})")
    row = cursor.execute(
        f"select {', '.join(wanted)} from (select {', '.join(made)} from {source})"
    ).fetchone()
    found = {}
    for name, tried in candidates.items():
        at = places[name]
        patterns = []
        for place, pattern in enumerate(tried):
            read, changed, before, after = row[at + 1 + 4 * place : at + 5 + 4 * place]
            patterns.append(
                {
                    "pattern": pattern,
                    "read": read,
                    "changed": changed,
                    "before": before,
                    "after": after,
                }
            )
        rest = at + 1 + 4 * len(tried)
        pairs = iter(row[rest + 1 :])
        differ = {}
        for one in range(len(tried)):
            for other in range(one + 1, len(tried)):
                differ[one, other] = next(pairs)
        found[name] = {
            "rows": row[0],
            "values": row[at],
            "patterns": patterns,
            "unread": row[rest],
            "differ": differ,
        }
    return found


def same(reading: str) -> str:
    """SQL: a reading in a form that tells different readings only: 12000 and 12000.0 are one."""
    return f"coalesce(cast(try_cast({reading} as double) as varchar), {reading})"


def _chosen(file: str, table_name: str, name: str, column: dict, found: dict):
    """The pattern that reads all values, and its counts; None and what is not read where none does."""
    fitting = [at for at, each in enumerate(found["patterns"]) if each["read"] == found["values"]]
    if not fitting:
        best = max(found["patterns"], key=lambda each: each["read"], default=None)
        return None, (
            best["pattern"].name if best and best["read"] else None,
            best["read"] if best else 0,
            found["values"],
            found["unread"] or "",
        )
    for one in fitting:
        for other in fitting:
            told = found["differ"].get((one, other))
            if told:
                first, second = (found["patterns"][at]["pattern"] for at in (one, other))
                shown = "" if column.get("is_personal") else f"'{told[0]}' "
                also = (
                    ", or read it with strptime(…) or replace(…) in the select"
                    * file.lower().endswith(".sql")
                )
                raise Problem(
                    f"{file}, column {name}: {shown}is {told[1]} as {first.name} or {told[2]} as {second.name}, "
                    f"and all {found['values']:,} values of the column can be read both ways. Say which in {NAME} of "
                    f"the folder, under {table_name} and columns: {name}: {{format: '{first.name}'}} or "
                    f"{name}: {{format: '{second.name}'}}{also}."
                )
    chosen = found["patterns"][fitting[0]]
    return chosen["pattern"], chosen


def _assumption(
    file: str, name: str, column: dict, pattern, counted: dict, what: str
) -> Assumption:
    shown = not column.get("is_personal")
    return Assumption(
        file,
        name,
        f"{what} {pattern.name}",
        counted["before"] if shown else None,
        counted["after"] if shown else None,
        counted["changed"],
    )


def _by_format(cursor, quiet: str, file: str, content: Content, name: str, column: dict, pattern):
    text = _text(content, name)
    read = values.reading(pattern, text, column["data_type"])
    before, after, changed = cursor.execute(
        f"select arg_min(given, given), arg_min(made, given), count(*) "
        f"from (select {text} as given, {read} as made from {quiet}) "
        "where made is distinct from given and made is not null"
    ).fetchone()
    counted = {"before": before, "after": after, "changed": changed}
    yield _assumption(file, name, column, pattern, counted, "by columns.yml it is written")


def as_rows(assumed) -> list[dict]:
    return [
        {
            "file": each.file,
            "column_name": each.column,
            "assumption": each.assumption,
            "value_before": each.value_before,
            "value_after": each.value_after,
            "value_count": each.value_count,
        }
        for each in dict.fromkeys(assumed)
    ]


def stamp_of(said: Said | None) -> str:
    return said.stamp() if said else ""
