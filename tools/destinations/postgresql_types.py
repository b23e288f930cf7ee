"""How DuckDB's types are written in PostgreSQL, and how their values get there.

Values go as COPY's binary format has them. What the driver does not write as such (infinite dates and timestamps, JSON,
UUIDs) is made into the bytes or the integer that PostgreSQL reads: days and microseconds since 2000-01-01, a one
before the text of a jsonb.
"""

import re
from dataclasses import dataclass

# What PostgreSQL calls a type (as format_type does), and what is selected for it from a column.
TEXT = ("text", "replace({column}::varchar, chr(0), '')")
JSONB = ("jsonb", r"'\x01'::blob || encode(as_json(to_json({column})::varchar))")
TIMES = (
    "case when isinf({column}) then if({column} > '2000-01-01', 9223372036854775807, -9223372036854775807 - 1) "
    "else epoch_us({column}) - epoch_us(timestamp '2000-01-01') end"
)
TYPES = {
    "BOOLEAN": ("boolean", "{column}"),
    "TINYINT": ("smallint", "{column}::smallint"),
    "UTINYINT": ("smallint", "{column}::smallint"),
    "SMALLINT": ("smallint", "{column}"),
    "USMALLINT": ("integer", "{column}::integer"),
    "INTEGER": ("integer", "{column}"),
    "UINTEGER": ("bigint", "{column}::bigint"),
    "BIGINT": ("bigint", "{column}"),
    "UBIGINT": ("numeric(20,0)", "{column}::decimal(20, 0)"),
    # Beyond 38 digits DuckDB's decimals end, and it says so.
    "HUGEINT": ("numeric(38,0)", "{column}::decimal(38, 0)"),
    "UHUGEINT": ("numeric(38,0)", "{column}::decimal(38, 0)"),
    "FLOAT": ("real", "{column}"),
    "DOUBLE": ("double precision", "{column}"),
    "DATE": (
        "date",
        "case when isinf({column}) then if({column} > '2000-01-01', 2147483647, -2147483648)::integer "
        "else ({column} - date '2000-01-01')::integer end",
    ),
    "TIME": ("time without time zone", "{column}"),
    "TIMESTAMP": ("timestamp without time zone", TIMES),
    "TIMESTAMP WITH TIME ZONE": ("timestamp with time zone", TIMES),
    "INTERVAL": ("interval", "{column}"),
    "BLOB": ("bytea", "{column}"),
    "UUID": ("uuid", "unhex(replace({column}::varchar, '-', ''))"),
    "JSON": JSONB,
}
NESTED = ("STRUCT", "MAP", "UNION", "VARIANT")


@dataclass(frozen=True)
class Column:
    """Its name, its type in PostgreSQL, and the expression that selects it in DuckDB."""

    name: str
    kind: str
    select: str


def quoted(name: str) -> str:
    """As a name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def column_of(name: str, kind: str) -> Column:
    """A column of DuckDB as it is in PostgreSQL. What has no type there is text."""
    column = quoted(name)
    if kind in TYPES:
        written, select = TYPES[kind]
    elif decimal := re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", kind):
        written, select = f"numeric({decimal[1]},{decimal[2]})", "{column}"
    elif kind.endswith("]") or kind.split("(")[0] in NESTED:
        written, select = JSONB
    elif kind.startswith("TIMESTAMP_"):
        written, select = TYPES["TIMESTAMP"]
        column = f"{column}::timestamp"
    else:
        written, select = TEXT
    return Column(name, written, f"{select.format(column=column)} as {quoted(name)}")


def as_json(text: str) -> str:
    """JSON that PostgreSQL takes: null for NaN and infinities, no character 0 in a text."""

    def mended(found: re.Match) -> str:
        word = found[0]
        return re.sub(r"(\\\\)|\\u0000", r"\1", word) if word[0] == '"' else "null"

    if "NaN" in text or "Infinity" in text or "\\u0000" in text:
        return re.sub(r'"(?:[^"\\]|\\.)*"|-?Infinity|NaN', mended, text)
    return text
