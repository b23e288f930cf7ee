"""Every kind of line of the morning report appears when there is reason to, with rows that prove it, and no person."""

import shutil
import sys
from datetime import date

import duckdb
import pytest
from warehouse import PROJECT, build, query

sys.path.insert(0, str(PROJECT / "tools"))

import publish

REPORT = ["path:models/marts/*/metrics/*_morning_lines.sql", "int_morning_lines", "morning_report"]
AS_OF = date(2026, 6, 30)
PERSONS = {
    "customer_id",
    "payment_id",
    "order_id",
    "anonymous_id",
    "device_id",
    "session_id",
    "unit_id",
}
COUNTS = ("alerts", "payments", "orders")
# By line, what makes it appear, and how many rows it then speaks of: of lines with a subject, how many lines there are.
CAUSES = {
    "rejected_rows": (
        """insert into core.raw_row_days by name
        select 'app' as source_system, name as table_name, 5 as raw_row_count, 0 as staged_count, 5 as rejected_count,
            0 as superseded_count, 0 as later_count, date '2026-06-30' as arrival_date
        from (values ('first made-up table'), ('second made-up table')) as made (name)""",
        2,
    ),
    "table_late": (
        "update platform.freshness set verdict = case when raw_table = 'app.orders' then 'late' else 'stopped' end, "
        "sentence = concat(raw_table, ' is not here'), sentence_ko = concat(raw_table, ' 없음') "
        "where raw_table in ('app.orders', 'events.events')",
        2,
    ),
    "job_missed": (
        "update platform.job_days set missed_count = 1 where job_date = date '2026-06-30' "
        "and job_name = (select min(job_name) from platform.job_days where job_date = date '2026-06-30')",
        1,
    ),
    "day_odd": (
        "update platform.data_alerts set is_new = true, measured_date = date '2026-06-30' where node_id = "
        "(select min(node_id) from platform.data_alerts) and measured_date = (select max(measured_date) "
        "from platform.data_alerts where node_id = (select min(node_id) from platform.data_alerts))",
        1,
    ),
    "test_to_decide": (
        "update experiments.experiment_verdicts set verdict = 'ship', decision = null where variant = 'treatment' "
        "and experiment_id in (select experiment_id from experiments.experiment_verdicts where "
        "variant = 'treatment' order by all limit 3)",
        3,
    ),
    "test_invalid": (
        "update experiments.experiment_verdicts set verdict = 'invalid', decision = null, ended_at = null where "
        "variant = 'treatment' and experiment_id = (select max(experiment_id) from experiments.experiment_verdicts "
        "where variant = 'treatment')",
        1,
    ),
    "orders_late": (
        "update lifecycle.order_tracking set is_late_now = true where order_id in (select order_id from "
        "lifecycle.order_tracking where step_number = 1 order by order_id limit 7) and step_number = 1",
        7,
    ),
}


@pytest.fixture(scope="module")
def caused(demo, tmp_path_factory):
    """The demo's warehouse in which everything has happened that a line speaks of."""
    database = shutil.copy(demo, tmp_path_factory.mktemp("caused"))
    with duckdb.connect(str(database)) as connection:
        for sql, _ in CAUSES.values():
            connection.execute(sql)
    build(database, command="run", select=REPORT)
    return database


def lines(database) -> list[dict]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return rows_of(connection, "from metrics.morning_report")


def rows_of(connection, sql: str) -> list[dict]:
    found = connection.execute(sql)
    names = [name for name, *_ in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def test_every_kind_of_line_appears_when_there_is_reason(caused):
    found = {}
    for line in lines(caused):
        found[line["line_name"]] = found.get(line["line_name"], 0) + (line["n"] or 1)
    known = {name for (name,) in query(caused, "select line_name from reference.morning_sentences")}
    assert found.keys() == known
    assert {name: found[name] for name in CAUSES} == {name: n for name, (_, n) in CAUSES.items()}


def test_a_quiet_morning_says_nothing_of_what_did_not_happen(demo):
    said = {line["line_name"] for line in lines(demo)}
    assert said & CAUSES.keys() == set()
    assert {"data_until", "period_open", "metric_moved", "goal_missed", "patients_waiting"} <= said


@pytest.mark.parametrize("company", ["demo", "caused"])
def test_each_sentence_is_proved_by_published_rows_that_name_no_person(
    request, parsed_manifest, tmp_path, company
):
    database = request.getfixturevalue(company)
    public = [(model["schema"], model["alias"]) for model in publish.public_models(parsed_manifest)]
    report = lines(database)
    with duckdb.connect(str(tmp_path / "published.duckdb")) as connection:
        connection.execute(f"attach '{database}' as warehouse (read_only)")
        for schema, table in public:
            connection.execute(f"create schema if not exists {schema}")
            if f"{schema}.{table}" in " ".join(line["evidence"] for line in report):
                connection.execute("use warehouse")
                connection.execute(
                    f"create table published.{schema}.{table} as from warehouse.{schema}.{table}"
                )
                connection.execute("use published")
        for line in report:
            rows = rows_of(connection, line["evidence"])
            assert not PERSONS & rows[0].keys(), line
            counted = sum(next((row[name] for name in COUNTS if name in row), 1) for row in rows)
            assert counted == (line["n"] or 1), line
            for language in ("sentence", "sentence_ko"):
                assert "{" not in line[language] and "–" not in line[language], line


def test_goals_are_those_of_the_scorecard(demo):
    by_status = dict(
        query(
            demo,
            """select status, count(*) from metrics.metric_scorecard
            where status in ('off_track', 'at_risk')
                or status in ('met', 'missed') and period_end > date '2026-06-23' group by all""",
        )
    )
    assert {
        line["line_name"].removeprefix("goal_"): line["n"]
        for line in lines(demo)
        if line["section"] == "goals"
    } == by_status
    assert by_status["missed"] > 5, "more than a line names"


def test_a_metric_that_moved_names_the_part_and_a_change_by_chance_is_not_told(demo):
    told = {
        line["subject"]: line["sentence"]
        for line in lines(demo)
        if line["line_name"] == "metric_moved"
    }
    newest = query(
        demo,
        """select metric_name, sentence, stands_out, value_before <> value_after from platform.metric_changes
        where grain = 'week' and brand = 'all' and comparison = 'previous' and dimension = 'total'
            and is_newest_final""",
    )
    named = {name: sentence for name, sentence, stands_out, _ in newest if stands_out}
    assert told.keys() == named.keys()
    assert all(told[name].startswith("In the week from 2026-06-1") for name in told)
    assert all(told[name].endswith(sentence) for name, sentence in named.items())
    moved = [
        sentence for _, sentence, stands_out, is_moved in newest if is_moved and not stands_out
    ]
    assert len(moved) > 10, "to tell every change would be noise"
    assert all(
        ("no part stands out" in sentence) == (sentence in moved)
        for sentence in moved
        if "largest" in sentence
    )
