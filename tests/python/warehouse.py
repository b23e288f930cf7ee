"""A warehouse of its own for a test, built from a raw folder; never the user's."""

import atexit
import contextlib
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from time import monotonic

import duckdb
import yaml
from filelock import FileLock

PROJECT = pathlib.Path(__file__).resolve().parents[2]
# Every database of the tests is so named, in a folder of its own.
NAME = "warehouse.duckdb"
# What the clock of the machine measures, and what is made of it: two builds of the same data differ in these.
MEASURED = (
    "runs",
    "run_nodes",
    "run_tests",
    "int_kept_runs",
    "int_node_timings",
    "int_node_slowdowns",
    "int_test_records",
    "int_node_records",
    "node_history",
    "int_asset_states",
    "int_asset_facts",
    "catalog_assets",
)
# How platform.runs looks after a whole build that passed.
WHOLE_RUN = """
    delete from platform.runs;
    insert into platform.runs by name
    select 'built' as invocation_id, 'build' as command, 'succeeded' as status, true as is_whole,
        false as is_empty, 900 as node_count, 600 as test_count,
        timestamp '2026-07-01 05:00' as started_at, timestamp '2026-07-01 05:02' as finished_at;
"""
# How many random sets SQL is held against a library on: `make test` takes fewer than `make test-all`.
SETS = int(os.environ.get("GROUNDWORK_TEST_SETS", "200"))


@dataclass(frozen=True)
class Run:
    """One dbt command that has ended: its exit code, all that it printed, and how long it took."""

    code: int
    output: str
    seconds: float


def write_raw(folder: str | os.PathLike, tables: Mapping[str, str | Iterable[str]]) -> pathlib.Path:
    """Writes one CSV a table, given as text or as lines, however indented; returns the folder."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for table, content in tables.items():
        text = content if isinstance(content, str) else "\n".join(content)
        text = textwrap.dedent(text).strip() + "\n"
        (folder / f"{table}.csv").write_text(text, encoding="utf-8")
    return folder


def dbt_command(
    database: str | os.PathLike,
    raw: str | os.PathLike | None = None,
    *,
    command: str = "build",
    arguments: Iterable[str] = (),
    select: str | Iterable[str] = (),
    exclude: str | Iterable[str] = (),
    variables: Mapping | None = None,
    full_refresh: bool = False,
    tests: bool = True,
    threads: int = 2,
) -> tuple[list[str], dict[str, str]]:
    """The words and the environment of a dbt command on `database`; dbt writes beside it.

    `raw` is the folder of raw files; without it the demo company is built. `arguments` are
    those of the command itself. `tests=False` leaves out data tests.
    """
    database = pathlib.Path(database).resolve()
    words = [str(pathlib.Path(sys.executable).with_name("dbt")), "--no-use-colors", command]
    words += arguments
    for option, value in (("--select", select), ("--exclude", exclude)):
        names = value.split() if isinstance(value, str) else list(value)
        words += [option, *names] if names else []
    if variables:
        words += ["--vars", yaml.safe_dump(dict(variables), default_flow_style=True)]
    if full_refresh:
        words.append("--full-refresh")
    if not tests:
        words += ["--exclude-resource-type", "test"]
    # No unit test reads a company: `make test` runs them once, with the demo company's build.
    if command in ("build", "test"):
        words += ["--exclude-resource-type", "unit_test"]
    environment = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("GROUNDWORK_", "DBT_")) and key != "PYTHONDONTWRITEBYTECODE"
    }
    environment |= {
        "GROUNDWORK_DB": str(database),
        "GROUNDWORK_THREADS": str(threads),
        "DBT_TARGET_PATH": f"{database}.target",
        "DBT_LOG_PATH": f"{database}.logs",
    }
    if raw is not None:
        environment["GROUNDWORK_RAW"] = str(pathlib.Path(raw).resolve())
    return words, environment


def build(
    database,
    raw=None,
    *,
    check: bool = True,
    artifacts: bool = False,
    from_nothing: bool = False,
    **options,
) -> Run:
    """Runs dbt (options: `dbt_command`) and waits; raises with its output on failure if `check`.

    `artifacts` has dbt write its JSON and its log, which takes longer than many of the builds. A new database begins
    with the project's reference files landed, unless it is to begin `from_nothing`: most builds of the tests would
    land the same ones, and dbt sees that they have not changed.
    """
    words, environment = dbt_command(database, raw, **options)
    database = pathlib.Path(database).resolve()
    if database.name != NAME:
        raise ValueError(
            f"{database.name}: name it {NAME}, dbt parses the project anew for another"
        )
    database.parent.mkdir(parents=True, exist_ok=True)
    is_landing = options.get("command", "build") in ("build", "seed", "run")
    if is_landing and not from_nothing and not database.exists():
        shutil.copyfile(_landed_references(), database)
    environment["GROUNDWORK_DB"] = str(_shown(database))
    began_at = monotonic()
    code, output = _serve(
        {
            "arguments": words[1:],
            "environment": environment,
            "output": str(_scratch / "output"),
            "target": environment["DBT_TARGET_PATH"],
            "parsed": str(_parsed_alike(options.get("variables"))),
            "artifacts": artifacts,
        }
    )
    if check and code:
        raise AssertionError(f"{' '.join(words[2:])} failed:\n{output}")
    return Run(code, output, monotonic() - began_at)


# The demo company's warehouse as `make test` has built and tested it, if it has; what dbt wrote is beside it.
TESTED_DEMO = os.environ.get("GROUNDWORK_TESTED_DEMO")
# What is parsed once for a run of the tests, by whichever worker comes first; conftest.py removes it.
PARSED = pathlib.Path(tempfile.gettempdir()) / (
    f"groundwork-parsed-{os.environ.setdefault('GROUNDWORK_TEST_RUN', str(os.getpid()))}"
)
_scratch = pathlib.Path(tempfile.mkdtemp(prefix="groundwork-tests-"))
atexit.register(shutil.rmtree, _scratch, ignore_errors=True)
_server: list[subprocess.Popen] = []


def _serve(request: dict) -> tuple[int, str]:
    """The exit code and the output of a command that dbt_server.py runs."""
    if not _server or _server[0].poll() is not None:
        _server[:] = [
            subprocess.Popen(
                [sys.executable, pathlib.Path(__file__).with_name("dbt_server.py")],
                cwd=PROJECT,
                env={key: value for key, value in os.environ.items() if not key.startswith("DBT_")}
                | {"PYTHONWARNINGS": "ignore:resource_tracker"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        ]
        atexit.register(_server[0].kill)
    server = _server[0]
    server.stdin.write(json.dumps(request) + "\n")
    server.stdin.flush()
    answer = server.stdout.readline()
    return int(answer), pathlib.Path(request["output"]).read_text(encoding="utf-8")


def _shown(database: pathlib.Path) -> pathlib.Path:
    """The database at a path that is always the same: dbt parses the project anew for another."""
    here = _scratch / "here"
    here.unlink(missing_ok=True)
    here.symlink_to(database.parent)
    return here / database.name


# The YAML of models is rendered when the project is parsed: these it reads then.
READ_BY_YAML = {
    name
    for file in (PROJECT / "models").rglob("*.yml")
    for name in re.findall(r"var\('(\w+)'", file.read_text(encoding="utf-8"))
}


AREAS_OF_THE_PROJECT = yaml.safe_load((PROJECT / "vars.yml").read_text("utf-8"))["vars"]["areas"]


def _parsed_alike(variables: Mapping | None) -> pathlib.Path:
    """A folder for all runs for which the project parses alike: the areas decide which models there are, and some
    variables stand in YAML; others are read when a model is compiled."""
    variables = variables or {}
    # What is no area switches nothing: the build says so before any model.
    areas = [area for area in variables.get("areas", []) if area in AREAS_OF_THE_PROJECT]
    name = "-".join(areas) or "all"
    read = {name: value for name, value in variables.items() if name in READ_BY_YAML}
    if read:
        name += (
            f"-{hashlib.md5(json.dumps(read, sort_keys=True, default=str).encode()).hexdigest()}"
        )
    alike = PARSED / name
    if TESTED_DEMO and alike.name == "all" and not alike.exists():
        PARSED.mkdir(exist_ok=True)
        with contextlib.suppress(FileExistsError):
            alike.symlink_to(f"{TESTED_DEMO}.target")
    return alike


def _landed_references() -> pathlib.Path:
    """A database in which the project's reference files are landed, and no more; made by whichever worker comes first."""
    landed = PARSED / "landed" / NAME
    with FileLock(f"{PARSED}.lock"):
        if landed.exists():
            return landed
        making = landed.parent / "making" / NAME
        orders = {"app__orders": "order_id,customer_id,ordered_at,status,currency"}
        raw = write_raw(landed.parent / "raw", orders)
        build(making, raw, command="seed", select="raw_app__orders", from_nothing=True)
        with duckdb.connect(str(making)) as connection:
            made = connection.execute(
                """
                select schema_name, table_name from duckdb_tables()
                where schema_name not in ('raw', 'reference')
                """
            ).fetchall()
            for schema, table in made:
                connection.execute(f"drop table {schema}.{table}")
        making.rename(landed)
    return landed


# Warehouses that are only read, by path, and the connection to each. To open a whole one takes a tenth of a second.
_kept_open: dict[str, duckdb.DuckDBPyConnection | None] = {}


def keep_open(database: pathlib.Path) -> pathlib.Path:
    """Has `query` keep this warehouse open: nobody writes to it any more."""
    _kept_open.setdefault(str(database), None)
    return database


def query(database, sql: str) -> list[tuple]:
    """The rows of a select over a built warehouse, or over a connection to it."""
    if isinstance(database, duckdb.DuckDBPyConnection):
        return database.execute(sql).fetchall()
    path = str(database)
    if path in _kept_open:
        _kept_open[path] = _kept_open[path] or duckdb.connect(path, read_only=True)
        rows = query(_kept_open[path].cursor(), sql)
        for beside in re.findall(r"\battach '[^']*' as (\w+)", sql):
            _kept_open[path].execute(f"detach {beside}")
        return rows
    with duckdb.connect(path, read_only=True) as connection:
        return query(connection, sql)


def columns_of(database, table: str) -> list[str]:
    """The names of a table's columns, sorted. `table` is '<schema>.<name>'."""
    return sorted(name for name, *_ in query(database, f"describe {table}"))


def table_hash(database, table: str, ignoring: Iterable[str] = ()) -> tuple[int, str]:
    """The number of rows and a hash over every value of a table, however ordered."""
    columns = [column for column in columns_of(database, table) if column not in set(ignoring)]
    values = ", ".join(f"coalesce('=' || \"{column}\"::varchar, '')" for column in columns)
    row_count, total = query(
        database,
        f"""
        select
            count(*),
            coalesce(sum(md5_number_lower(concat_ws(chr(31), {values}))::hugeint), 0)
        from {table}
        """,
    )[0]
    return row_count, f"{','.join(columns)}:{total}"


@dataclass(frozen=True)
class Company:
    """A demo company twenty times as large as the committed one, in its folder."""

    folder: pathlib.Path

    @property
    def raw(self) -> pathlib.Path:
        return self.folder / "raw"

    @property
    def database(self) -> pathlib.Path:
        return self.folder / "warehouse.duckdb"

    @property
    def truth(self) -> dict:
        return json.loads(next(self.raw.rglob("truth.json")).read_text())


AREAS = ("growth", "experiments", "lifecycle", "care")


def make_company(
    folder: pathlib.Path, seed: int, areas: Iterable[str] = AREAS, tables: Iterable[str] = ()
) -> Company:
    """Makes it, and builds the areas as of the last day; or only some tables, with all above them."""
    company = Company(folder)
    script = PROJECT / "ingest" / "demo_company.py"
    options = ["--seed", str(seed), "--scale", "20", "--format", "parquet", "--quiet"]
    subprocess.run([sys.executable, script, *options, "--out", company.raw], check=True)
    build(
        company.database,
        company.raw,
        select=[f"+{table}" for table in tables]
        or [f"+path:models/marts/{area}/*.sql" for area in areas],
        tests=False,
        variables={"as_of": "2026-06-30"},
    )
    return company
