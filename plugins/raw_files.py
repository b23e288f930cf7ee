"""What landing must know of a file before DuckDB reads it.

Jinja cannot catch an error, and a user's file may be broken.
"""

import csv
import io
import re

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb.sqltypes import VARCHAR

HEADER_BYTES = 1_000_000


def header_of(file: str) -> list[str]:
    """The names in a CSV's first line, in UTF-8 or else Korean Windows; [''] when it is blank."""
    with open(file, "rb") as opened:
        start = opened.read(HEADER_BYTES)
    start = start.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    # The encoding of the header: rows in another one are the reader's to reject, one by one.
    encoding = "utf-8-sig"
    try:
        start.split(b"\n")[0].decode(encoding)
    except UnicodeDecodeError:
        encoding = "cp949"
    names = next(csv.reader(io.StringIO(start.decode(encoding, "replace"))), [])
    return [name.strip() for name in names] or [""]


class Plugin(BasePlugin):
    def configure_connection(self, connection):
        def reading_error(sql: str) -> str:
            """What keeps DuckDB from running a select, in one line; '' when it runs.

            It sees what is committed.
            """
            try:
                connection.cursor().execute(sql).fetchall()
            except duckdb.Error as error:
                message = re.split("\n\n|Possible fixes", str(error))[0]
                return " ".join(message.split()).rstrip(".") + "."
            return ""

        connection.create_function("reading_error", reading_error, [VARCHAR], VARCHAR)
        connection.create_function("header_of", header_of, [VARCHAR], "VARCHAR[]")
