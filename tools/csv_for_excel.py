"""Writes a published table, or a query over the published tables, as a CSV that Excel opens as it is: `make csv`.

    make csv TABLE=core.orders
    make csv Q="select brand, revenue from core.orders" OUT=revenue.csv

A byte order mark has Excel read Korean; a text that begins like a formula gets an apostrophe before it, so that it
stays a text; timestamps end with the second, and what is no number is empty, as Excel knows neither. OUT is
published/csv/<table>.csv by default, and is replaced all at once.
"""

import argparse
import pathlib
import sys

import duckdb
from publish import DATABASE, CannotPublish, current_of, published_folder, quoted

MOST_ROWS = 1_048_575  # and a line of names
AS_EXCEL_READS = {
    "VARCHAR": "if(regexp_matches({0}, '^[-=+@\\t\\r]'), '''' || {0}, {0})",
    "TIMESTAMP": "if(isfinite({0}), strftime({0}, '%Y-%m-%d %H:%M:%S'), null)",
    "DATE": "if(isfinite({0}), {0}, null)",
    "DOUBLE": "if(isfinite({0}), {0}, null)",
    "FLOAT": "if(isfinite({0}), {0}, null)",
}


def write(connection: duckdb.DuckDBPyConnection, query: str, out: pathlib.Path) -> int:
    """Writes what a query returns; the number of rows. Stops where Excel would cut them."""
    rows = connection.execute(f"select count(*) from ({query})").fetchone()[0]
    if rows > MOST_ROWS:
        raise CannotPublish(
            f"That is {rows:,} rows, and Excel reads {MOST_ROWS:,}. Choose some, or add them up, with Q=."
        )
    columns = connection.execute(f"describe {query}").fetchall()
    told = ", ".join(
        AS_EXCEL_READS.get(kind, "{0}").format('"' + name.replace('"', '""') + '"')
        + ' as "'
        + name.replace('"', '""')
        + '"'
        for name, kind, *_ in columns
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    making = out.with_name(f".{out.name}")
    try:
        connection.execute(
            f"copy (select {told} from ({query})) to {quoted(making)} (format csv, header)"
        )
        with making.open("r+b") as opened:
            content = opened.read()
            opened.seek(0)
            opened.write("\ufeff".encode() + content)
        making.rename(out)
    finally:
        making.unlink(missing_ok=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("table", "query", "out"):
        parser.add_argument(f"--{name}", default="")
    asked = parser.parse_args()
    if bool(asked.table) == bool(asked.query):
        sys.exit('Say what to write: make csv TABLE=core.orders, or make csv Q="select …" OUT=….')
    published = published_folder()
    build = current_of(published)
    if build is None:
        sys.exit(f"Nothing is published in {published} yet. Run make build and make publish.")
    query = asked.query.rstrip("; \n") or f"from {asked.table} order by all"
    out = pathlib.Path(
        asked.out or published / "csv" / f"{asked.table or 'query'}.csv"
    ).expanduser()
    try:
        with duckdb.connect(str(build / DATABASE), read_only=True) as connection:
            rows = write(connection, query, out)
    except (CannotPublish, duckdb.Error, OSError) as error:
        sys.exit(f"Nothing was written. {error}")
    print(f"{out}: {rows:,} rows")


if __name__ == "__main__":
    main()
