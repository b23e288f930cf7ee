"""Each fault alone in the raw rows of one day of a built warehouse: what the project's own SQL says of it the day after.

A world is a fault. Only what it can change is computed again: the validated rows of its table around the day, and the
measures of the tables that are held against it. All worlds of a day are then judged by one run of the models that judge, the
world being part of the node's id; the baseline of each is the warehouse's own.
"""

import pathlib
import re
import sys

import duckdb
import faults
import pandas as pd
import warehouse

sys.path.insert(0, str(warehouse.PROJECT / "plugins"))
import scipy_functions

BESIDE = ("app__orders", "app__order_items", "payments__payments")
SOURCES = ("int_order_source_measures", "int_price_source_measures")
JUDGES = (
    "int_filled_measures",
    "daily_measures",
    "int_flat_counts",
    "int_count_expectations",
    "int_share_expectations",
    "int_tame_means",
    "int_mean_expectations",
    "int_mean_scores",
    "int_measure_scores",
)
# Days of history: a baseline, the errors of the days in it, what was usual of those, and the weeks before.
HISTORY = 210
PIECES = """
{%- set given = {'rates': ref('known_rates'), 'countries': ref('country_names')} %}
{%- for system, tables in raw_tables().items() %}{% for table in tables %}
    {%- do ref('raw_' ~ system ~ '__' ~ table) %}{% do ref('validated_' ~ system ~ '__' ~ table) %}
    {%- if execute and system ~ '__' ~ table in TABLES %}
@@ validated {{ system }}__{{ table }}
{{ validated(ref('raw_' ~ system ~ '__' ~ table), rates=given.rates, countries=given.countries,
    parent=ref('raw_app__orders') if table == 'order_items' else none) }}
@@ measures {{ system }}__{{ table }}
{{ measures_of(system, table) }}
@@ fact_day {{ system }}__{{ table }}
{{ fact_day(contract_of(system ~ '__' ~ table)) }}
    {%- endif %}
{%- endfor %}{% endfor %}
@@ end
"""


def compiled(database: pathlib.Path, raw: pathlib.Path | None) -> dict[str, str]:
    """The SQL of the project by what it makes: `validated <table>`, `measures <table>`, and models by name."""
    tables = sorted({fault.table for fault in faults.faults()} | set(BESIDE))
    run = warehouse.build(
        database,
        raw,
        command="compile",
        arguments=["--inline", PIECES.replace("TABLES", str(tables))],
    )
    parts = re.split(r"^@@ (.+)$", run.output, flags=re.MULTILINE)
    found = dict(zip(parts[1::2], parts[2::2], strict=True))
    models = [*SOURCES, "int_arrival_measures", *JUDGES]
    warehouse.build(database, raw, command="compile", select=models)
    for path in pathlib.Path(f"{database}.target").rglob(
        "compiled/**/models/marts/platform/**/*.sql"
    ):
        if path.stem in models:
            found[path.stem] = path.read_text()
    return {name: sql.strip() for name, sql in found.items()}


def with_relations(sql: str, relations: dict[str, str]) -> str:
    """The SQL with other relations in place of some of the warehouse's."""
    for name, other in relations.items():
        sql = re.sub(rf'"\w+"\."\w+"\."{name}"', other, sql)
    return sql


class Worlds:
    """A warehouse with the SQL of the project over it."""

    def __init__(
        self, database: pathlib.Path, raw: pathlib.Path | None = None, sql: dict | None = None
    ):
        self.sql = sql or compiled(database, raw)
        self.name = pathlib.Path(database).stem
        self.connection = duckdb.connect()
        self.connection.execute("set preserve_insertion_order = false")
        scipy_functions.register(self.connection)
        self.connection.execute(f"attach '{database}' as {self.name} (read_only)")

    def run(self, sql: str):
        return self.connection.execute(sql)

    def table(self, name: str, sql: str) -> None:
        self.run(f"create or replace temp table {name} as {sql}")

    def open_day(self, day: str) -> None:
        """What all worlds of a day read: the run's settings, and the rows around it of tables held against each other."""
        self.day = day
        self.table(
            "run",
            f"""
            select date '{day}' as as_of_date, 'the fault' as decided_by,
                timestamp '{day}' + interval 2 day - interval 1 second as known_until, date '{day}' as covered_date,
                first_day, metrics_from
            from {self.name}.staging.as_of""",
        )
        self.run("create or replace temp view run_view as select * from run")
        for table in BESIDE:
            self.table(
                f"near_{table}",
                f"""
                select * from (select *, {self.sql[f"fact_day {table}"]} as day_of_fact from {self.name}.staging.validated_{table})
                where day_of_fact between date '{day}' - 40 and date '{day}' + 3""",
            )
        self.measured: list[str] = []

    def plant(self, world: int, fault: faults.Fault) -> int:
        """Measures the day again with the fault in it; says how many rows it had before."""
        table, day = fault.table, self.day
        moment = faults.MOMENTS[table]
        raw = f"{self.name}.raw.raw_{table}"
        columns = [name for name, *_ in self.run(f"describe {raw}").fetchall()]
        texts = ", ".join(f"cast({column} as varchar) as {column}" for column in columns)
        fact = f"cast(try_cast({moment} as timestamp) as date)"
        loaded = "cast(try_cast(_loaded_at as timestamp) as date)"
        self.table(
            "around",
            f"select {texts} from {raw} where {fact} between date '{day}' - 2 and date '{day}' + 2 or {loaded} = date '{day}'",
        )
        self.table(
            "day",
            f"""
            select *, row_number() over (order by {", ".join(columns)}) as row_number from around where {fact} = date '{day}'""",
        )
        (row_count,) = self.run("select count(*) from day").fetchone()
        for statement in fault.statements:
            self.run(statement)
        key = faults.KEYS[table]
        self.table(
            "faulty_raw",
            f"""
            select {", ".join(columns)} from day
            union all by name select * from around where ({fact} = date '{day}') is not true
            union all by name select {texts} from {raw}
            where {key} in (select {key} from day) and {fact} < date '{day}' - 2 and {loaded} <> date '{day}' and '{table}' not like '%items' and '{table}' not like 'ads%'""",
        )
        relations = {f"raw_{table}": "faulty_raw", "as_of": "run"}
        self.table("faulty", with_relations(self.sql[f"validated {table}"], relations))
        self.measure(world, table)
        return row_count

    def measure(self, world: int, table: str) -> None:
        day = self.day
        tables = BESIDE if table in BESIDE else (table,)
        relations = {"as_of": "run"}
        if table in BESIDE:
            columns = [name for name, *_ in self.run("describe faulty").fetchall()]
            self.table(
                "world_rows",
                f"""
                select {", ".join(columns)} from near_{table} where day_of_fact not between date '{day}' - 2 and date '{day}' + 2
                union all by name select * from faulty
                where row_key not in (select row_key from near_{table} where day_of_fact < date '{day}' - 2)
                    or {self.sql[f"fact_day {table}"]} >= date '{day}' - 2""",
            )
            relations |= {f"validated_{other}": f"near_{other}" for other in BESIDE}
            relations[f"validated_{table}"] = "world_rows"
        else:
            relations[f"validated_{table}"] = "faulty"
        selects = [with_relations(self.sql[f"measures {other}"], relations) for other in tables]
        if table in (*BESIDE, "ads__daily_performance"):
            selects += [with_relations(self.sql[name], relations) for name in SOURCES]
        self.table(
            "days",
            """
            select 'app' as source_system, 'x' as table_name, cast(arrived_at as date) as arrival_date, count(*) as raw_row_count,
                count(*) filter (where row_status = 'rejected') as rejected_count,
                count(*) filter (where row_status = 'superseded') as superseded_count
            from faulty where arrived_at is not null group by all
            union all select 'app', 'x', date '2000-01-01', 1, 0, 0""",
        )
        arrivals = with_relations(self.sql["int_arrival_measures"], {"raw_row_days": "days"})
        parts = " union all ".join(
            f"select *, 'fact' as basis from ({part}) where measured_date = date '{day}' and kind <> 'state'"
            f" and split_part(node_id, '.', 3) in {(*(f'raw_{other}' for other in tables), '')}"
            for part in selects
        )
        self.table(
            f"measured_{world}",
            f"""
            select '{world}|' || node_id as node_id, * exclude node_id from (
                {parts}
                union all
                select replace(node_id, 'raw_app__x', 'raw_{table}') as node_id, * exclude node_id, 'arrival' as basis
                from ({arrivals}) where measured_date = date '{day}'
            )
            union all by name
            select '{world}|' || node_id as node_id, * exclude (node_id, known_through, is_final)
            from {self.name}.platform.int_measured_days
            where node_id in ({", ".join(f"'seed.groundwork.raw_{other}'" for other in tables if other != table) or "null"})
                and basis = 'arrival' and measured_date = date '{day}'""",
        )
        self.measured.append(f"""
            select * from measured_{world}
            union all by name
            select '{world}|' || node_id as node_id, * exclude (node_id, known_through, is_final)
            from {self.name}.platform.int_measured_days
            where node_id in ({", ".join(f"'seed.groundwork.raw_{other}'" for other in tables)})
                and measured_date between date '{day}' - {HISTORY} and date '{day}' - 1""")

    def judge(self, with_itself: bool = False) -> pd.DataFrame:
        """One row per world, node and measure of the day: z, rule, whether it is judged, and what was observed.

        `with_itself` has each value in its own baseline, as peers do.
        """
        day = self.day
        self.table(
            "measured",
            f"""
            select *, true as is_final, date '{day}' as known_through from ({" union all by name ".join(self.measured)})""",
        )
        self.table(
            "nodes",
            "select distinct node_id, node_id as node_name, 'raw' as node_kind from measured",
        )
        relations = {"as_of": "run", "int_measured_days": "measured", "project_nodes": "nodes"}
        for name in JUDGES:
            sql = with_relations(self.sql[name], relations)
            if with_itself:
                sql = re.sub(r"preceding\s+and\s+1\s+preceding", "preceding and current row", sql)
            self.table(f"judged_{name}", sql)
            relations[name] = f"judged_{name}"
        return self.run(f"""
            select cast(split_part(scores.node_id, '|', 1) as int) as world, split_part(scores.node_id, '|', 2) as node_id, scores.measure,
                scores.kind, scores.z, scores.rule, scores.is_judgeable, measures.value, measures.basis
            from judged_int_measure_scores as scores
            inner join judged_daily_measures as measures using (node_id, measure, measured_date)
            where measured_date = date '{day}'""").df()
