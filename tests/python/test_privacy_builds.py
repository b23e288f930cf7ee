"""What is personal is searched for where it may not be, and two builds that differ in it alone are the same outside."""

import csv
import io
import json
import pathlib
import re
import sys

import duckdb
import pytest
import warehouse
from warehouse import MEASURED, PROJECT, query, table_hash

sys.path.insert(0, str(PROJECT / "tools"))

import canaries

# Where values themselves may be, and what was landed from files.
HOMES = ("raw", "staging", "vault", "reference")
# Fingerprints of whole days, by which a changed row is seen (seeds/reference/privacy_breakers.csv); nobody is in them.
FINGERPRINTS = {
    "int_table_measures",
    "int_reading_measures",
    "int_event_measures",
    "int_exposure_measures",
    "int_prediction_measures",
}
# Another person's name, address and number for everybody; days of birth stay, whose bands are meant to be seen.
DISGUISES = {
    "full_name": lambda value: f"X{value[::-1]} Another",
    "email": lambda value: f"other.{len(value)}.{value}",
    "phone": lambda value: f"+99 9{sum(map(ord, value)):08}",
    "comment": lambda value: f"Something else: {value.upper()}",
}


def disguised(text: str) -> str:
    """A CSV file in which every direct identifier that is there is another one."""
    rows = list(csv.DictReader(io.StringIO(text)))
    if not rows or not DISGUISES.keys() & rows[0].keys():
        return text
    for row in rows:
        for name in DISGUISES.keys() & row.keys():
            row[name] = DISGUISES[name](row[name]) if row[name] else row[name]
    written = io.StringIO()
    writer = csv.DictWriter(written, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue()


def different(one: pathlib.Path, other: pathlib.Path, where: str) -> set[str]:
    """The tables whose rows differ between two warehouses."""
    listed = f"""
        select table_schema || '.' || table_name from information_schema.tables
        where {where} and table_name not in ('{"', '".join(MEASURED)}') order by all
    """
    tables = [table for (table,) in query(one, listed)]
    assert tables
    assert tables == [table for (table,) in query(other, listed)]
    return {table for table in tables if table_hash(one, table) != table_hash(other, table)}


def test_a_small_company_by_other_names_is_the_same_outside(company_of_months, tmp_path):
    """Two builds that differ only in names, e-mail addresses and telephone numbers: nothing public knows which is which."""
    raw = tmp_path / "raw"
    raw.mkdir()
    for file in (company_of_months / "raw").glob("*.csv"):
        (raw / file.name).write_text(disguised(file.read_text()))
    other = tmp_path / "warehouse.duckdb"
    warehouse.build(
        other, raw, select="+core_metric_values", tests=False, variables={"areas": ["core"]}
    )
    one = company_of_months / "warehouse.duckdb"
    outside = f"table_schema not in {HOMES}"
    assert different(one, other, outside) == set()
    inside = different(one, other, "table_schema in ('raw', 'staging')")
    assert {"raw.raw_app__customers", "staging.stg_app__customers"} <= inside


@pytest.mark.slow
def test_the_demo_by_other_names_is_the_same_outside(demo, tmp_path):
    """The same of every area; the control is that raw, staging and the vault do differ."""
    raw = tmp_path / "raw"
    raw.mkdir()
    for file in (PROJECT / "seeds" / "raw").glob("raw_*.csv"):
        (raw / file.name.removeprefix("raw_")).write_text(disguised(file.read_text("utf-8")))
    same = tmp_path / "same"
    same.mkdir()
    for file in (PROJECT / "seeds" / "raw").glob("raw_*.csv"):
        (same / file.name.removeprefix("raw_")).write_text(file.read_text("utf-8"))
    for name in ("one", "other"):
        warehouse.build(
            tmp_path / name / "warehouse.duckdb", {"one": same, "other": raw}[name], tests=False
        )
    one, other = (tmp_path / name / "warehouse.duckdb" for name in ("one", "other"))
    outside = f"table_schema not in {HOMES} and table_type = 'BASE TABLE'"
    found = {table.split(".")[1] for table in different(one, other, outside)}
    assert found <= FINGERPRINTS
    inside = different(one, other, "table_schema in ('raw', 'staging', 'vault')")
    assert {"raw.raw_app__customers", "vault.customer_identities"} <= inside


# ---- Canaries --------------------------------------------------------------


@pytest.fixture(scope="module")
def forms():
    truth = json.loads((PROJECT / "ingest" / "truth.json").read_text())
    return canaries.forms_of(canaries.canaries(truth))


def test_no_canary_is_outside_raw_staging_and_the_vault(demo, forms):
    """Every text of every table; the control is that the same search finds them where they are."""
    with duckdb.connect(str(demo), read_only=True) as connection:
        assert canaries.found_in_tables(connection, forms) == {}
        others = [
            schema
            for (schema,) in connection.execute(
                "select distinct schema_name from duckdb_tables()"
            ).fetchall()
            if schema not in canaries.HOMES
        ]
        inside = canaries.found_in_tables(connection, forms, homes=others)
    assert inside["raw.raw_app__customers"] >= 4
    assert inside["vault.customer_identities"] >= 4
    assert "raw.raw_surveys__responses" in inside


def test_no_canary_is_in_what_is_published(published_demo, forms):
    assert canaries.found_in_files(published_demo / "current", forms) == []


def test_no_canary_is_on_the_site(site, forms):
    """The pages about single persons among them: they show ids."""
    assert canaries.found_in_files(site, forms) == []


def test_no_canary_is_in_what_dbt_writes(demo, forms):
    """The target folder: compiled and run SQL, manifest and results; and its log."""
    target = demo.with_name("warehouse.duckdb.target")
    assert canaries.found_in_files(target, forms) == []
    logs = demo.with_name("warehouse.duckdb.logs")
    assert not logs.exists() or canaries.found_in_files(logs, forms) == []


DISGUISED = {
    "as it is": lambda value: f"hello {value}!",
    "upper case": str.upper,
    "backwards": lambda value: value[::-1],
    "without separators": lambda value: re.sub(r"[^\w]", "", value),
    "with others": lambda value: ".".join(value),
    "md5": lambda value: query_one("md5($1)", value),
    "sha256 of lower case": lambda value: query_one("sha256(lower($1))", value),
    "sha1": lambda value: query_one("sha1($1)", value),
    "hash": lambda value: query_one("hash($1)::varchar", value),
    "base64": lambda value: query_one("base64(encode($1))", value),
    "base64 of more": lambda value: query_one(
        "base64(encode('to: ' || $1 || ', from: us'))", value
    ),
    "hexadecimal": lambda value: value.encode().hex(),
    "json": json.dumps,
    "in a url": lambda value: (
        f"?q={pathlib.PurePosixPath(value).as_posix().replace(' ', '%20').replace('@', '%40').replace('+', '%2B')}"
    ),
}


def query_one(expression: str, value: str) -> str:
    with duckdb.connect() as connection:
        return connection.execute(f"select {expression}", [value]).fetchone()[0]


@pytest.mark.parametrize(
    "value", ["Canary Yellowfinch", "카나리 노랑새", "canary.x@canary.example"]
)
@pytest.mark.parametrize("disguise", DISGUISED)
def test_a_disguised_value_is_found(tmp_path, value, disguise):
    """In a table, within a struct, in a database, in Parquet and in a file; a name alike is not."""
    forms = canaries.forms_of([value])
    hidden = DISGUISED[disguise](value)
    with duckdb.connect(str(tmp_path / "built.duckdb")) as connection:
        connection.execute("create schema core")
        connection.execute("create table core.leak as select {'n': 1, 't': $1} as held", [hidden])
        connection.execute("create table core.other as select 'Canary Birds Ltd' as name")
        connection.execute(f"copy core.leak to '{tmp_path / 'leak.parquet'}'")
        connection.execute(f"copy core.other to '{tmp_path / 'other.parquet'}'")
        assert canaries.found_in_tables(connection, forms) == {"core.leak": 1}
    (tmp_path / "page.html").write_text(f"<p>{hidden}</p>")
    (tmp_path / "log.txt").write_text("nobody")
    assert canaries.found_in_files(tmp_path, forms) == ["built.duckdb", "leak.parquet", "page.html"]
