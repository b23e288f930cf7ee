"""Looks for values of persons where none may be: in the text of tables, and in files, also disguised.

A value is searched as it is written, in any case, without its separators, backwards, as JSON, in a URL, in hexadecimal,
in base64, and hashed without a key. What is searched is squashed alike: lower case, letters and digits only.
"""

import base64
import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

import duckdb

HOMES = ("raw", "staging", "vault")
# What cannot hold a text.
NUMBERS = ("BOOLEAN", "DOUBLE", "FLOAT", "DATE", "TIME", "TIMESTAMP", "INTERVAL")
HASHES = ("md5", "sha1", "sha256")
# Files that are searched by their tables.
TABLES = (".duckdb", ".parquet")
# To compile the pattern takes as long as to search some megabytes: files are searched together, so many at a time.
TOGETHER = 2_000
# A shorter form is part of too many others.
SHORTEST = 6
NO_LETTERS = bytes(code for code in range(128) if not chr(code).isalnum() and chr(code) != "|")
SQUASHED = "regexp_replace(lower(nfc_normalize({text})), '[^0-9a-z가-힣|]', '', 'g')"


def squashed(text: str) -> str:
    """Lower case, without all that is no letter and no digit."""
    if text.isascii():
        return text.encode().translate(None, NO_LETTERS).decode().lower()
    return re.sub(r"[^0-9a-z가-힣|]", "", unicodedata.normalize("NFC", text).lower())


def forms_of(values: Iterable[str]) -> dict[str, str]:
    """Every squashed form by which a value is known, and the value."""
    found: dict[str, str] = {}
    with duckdb.connect() as connection:
        for value in values:
            plain = squashed(value)
            forms = {plain, plain[::-1], squashed(json.dumps(value)), squashed(quote(value))}
            # A browser's address bar leaves letters of any alphabet as they are.
            forms.add(squashed(re.sub(r"[^\w.-]", lambda sign: quote(sign[0]), value)))
            for spelling in {
                value,
                value.strip(),
                value.lower(),
                value.upper(),
                plain,
                value.replace(" ", ""),
            }:
                content = spelling.encode()
                forms |= hashes_of(spelling, connection)
                forms |= {content.hex(), *(encoded(content[start:]) for start in range(3))}
            found |= dict.fromkeys((form for form in forms if len(form) >= SHORTEST), value)
    return found


def hashes_of(spelling: str, connection: duckdb.DuckDBPyConnection) -> set[str]:
    """A text hashed without a key in every usual way, and as DuckDB does."""
    found = {hashlib.new(name, spelling.encode()).hexdigest() for name in HASHES}
    return found | {str(connection.execute("select hash($1)", [spelling]).fetchone()[0])}


def encoded(content: bytes) -> str:
    """Base64 without its last letters, which depend on what follows."""
    return squashed(base64.b64encode(content).decode().rstrip("=")[: len(content) // 3 * 4])


def pattern_of(forms: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, forms), key=lambda form: (-len(form), form)))


def found_in_tables(
    connection: duckdb.DuckDBPyConnection, forms: Iterable[str], homes: Iterable[str] = HOMES
) -> dict[str, int]:
    """Rows that hold a form, by table, of the attached database; tables and views of `homes` are left out."""
    pattern, homes = pattern_of(forms), set(homes)
    columns = connection.execute(
        """
        select schema_name, table_name, list(column_name order by column_index), list(data_type order by column_index)
        from duckdb_columns()
        where database_name = current_database() and not internal
        group by all
        order by all
        """
    ).fetchall()
    hits = {}
    for schema, table, names, types in columns:
        texts = [
            f'"{name}"::varchar'
            for name, kind in zip(names, types, strict=True)
            if not kind.startswith(NUMBERS)
        ]
        if schema in homes or not texts:
            continue
        text = SQUASHED.format(text=f"concat_ws('|', {', '.join(texts)})")
        count = connection.execute(
            f'select count(*) from "{schema}"."{table}" where regexp_matches({text}, $1)', [pattern]
        ).fetchone()[0]
        if count:
            hits[f"{schema}.{table}"] = count
    return hits


def found_in_files(folder: Path, forms: Iterable[str]) -> list[str]:
    """The files below a folder that hold a form: databases and Parquet by their tables, all others by their bytes."""
    forms, hits = list(forms), []
    pattern = pattern_of(forms)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    of_tables = [file for file in files if file.suffix in TABLES]
    others = [file for file in files if file.suffix not in TABLES]
    with duckdb.connect() as connection:
        for file in of_tables:
            if file.suffix == ".duckdb":
                with duckdb.connect(str(file), read_only=True) as database:
                    is_hit = bool(found_in_tables(database, forms, homes=()))
            else:
                connection.execute(
                    f"create or replace view rows_of_it as from read_parquet('{file}')"
                )
                is_hit = bool(found_in_tables(connection, forms, homes=()))
                connection.execute("drop view rows_of_it")
            if is_hit:
                hits.append(file)
        for first in range(0, len(others), TOGETHER):
            some = others[first : first + TOGETHER]
            texts = [squashed(file.read_bytes().decode("utf-8", "ignore")) for file in some]
            of_some = connection.execute(
                """
                select regexp_matches(read.text, $2)
                from (select unnest($1) as text, generate_subscripts($1, 1) as place) as read
                order by read.place
                """,
                [texts, pattern],
            ).fetchall()
            hits += [file for file, (is_hit,) in zip(some, of_some, strict=True) if is_hit]
    return [str(file.relative_to(folder)) for file in sorted(hits)]


def canaries(truth: dict) -> list[str]:
    """Name, e-mail address, telephone number and comment of the made-up persons of the demo company."""
    privacy = truth["privacy"]
    return [
        *(person[key] for person in privacy["canaries"] for key in ("full_name", "email", "phone")),
        privacy["canary_comment"],
    ]
