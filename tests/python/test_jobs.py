"""Jobs: what became of each appointment, and what is left of the month's error budget, on input that nobody would wish for."""

import json
import shutil
import subprocess
import sys

import pytest
from warehouse import PROJECT, build, query, write_raw

AS_OF = "2026-03-10"
HEAD = "run_id,job_name,scheduled_at,started_at,finished_at,outcome,rows_loaded,_loaded_at"
# By job the runs: scheduled, started, finished, outcome. All on one day but for the last ones.
RUNS = {
    "in_time": [("03-02 02:00:00", "03-02 02:05:00", "03-02 02:20:00", "succeeded")],
    "late": [("03-02 02:00:00", "03-02 03:30:00", "03-02 03:40:00", "succeeded")],
    "at_the_bound": [("03-02 02:00:00", "03-02 03:00:00", "03-02 03:40:00", "succeeded")],
    "late_and_failed": [("03-02 02:00:00", "03-02 05:00:00", "03-02 05:01:00", "failed")],
    "skipped": [("03-02 02:00:00", "", "", "skipped")],
    "early": [("03-02 02:00:00", "03-02 01:50:00", "03-02 02:00:00", "succeeded")],
    "backwards": [("03-02 02:00:00", "03-02 02:01:00", "03-02 01:00:00", "succeeded")],
    "endless": [("03-02 02:00:00", "03-02 02:01:00", "", "")],
    "never_started": [("03-02 02:00:00", "", "", "")],
    "running": [("03-10 23:00:00", "03-10 23:01:00", "", "")],
    "twice": [
        ("03-02 02:00:00", "03-02 02:01:00", "03-02 02:11:00", "succeeded"),
        ("03-02 02:00:40", "03-02 02:01:00", "03-02 02:11:00", "succeeded"),
    ],
    "tried_again": [
        ("03-02 02:00:00", "03-02 02:01:00", "03-02 02:02:00", "failed"),
        ("03-02 02:00:00", "03-02 02:30:00", "03-02 02:40:00", "succeeded"),
    ],
    "tried_again_too_late": [
        ("03-02 02:00:00", "03-02 02:01:00", "03-02 02:02:00", "failed"),
        ("03-02 02:00:00", "03-02 09:30:00", "03-02 09:40:00", "succeeded"),
    ],
    "says_nothing": [("03-02 02:00:00", "", "", "succeeded")],
    "hourly": [
        (
            f"03-02 {hour:02d}:00:00",
            f"03-02 {hour:02d}:00:09",
            f"03-02 {hour:02d}:01:09",
            "succeeded",
        )
        for hour in range(24)
    ],
    "of_tomorrow": [("03-11 02:00:00", "", "", "skipped")],
    "weekly": [
        (
            f"{day} 02:00:00",
            f"{day} 02:00:10",
            f"{day} 02:10:10",
            "failed" if day == "03-09" else "succeeded",
        )
        for day in ("02-09", "02-16", "02-23", "03-02", "03-09")
    ],
    "nightly": [
        (
            f"02-{day:02d} 02:00:00",
            f"02-{day:02d} 02:00:10",
            f"02-{day:02d} 02:10:10",
            "failed" if day in (10, 20) else "succeeded",
        )
        for day in range(1, 29)
    ],
}


def lines():
    yield HEAD
    for job, runs in RUNS.items():
        for number, (scheduled, started, finished, outcome) in enumerate(runs):
            moments = [f"2026-{text}" if text else "" for text in (scheduled, started, finished)]
            loaded = max(moments)
            yield ",".join([f"{job}_{number}", job, *moments, outcome, "10", loaded])


def day_of(database, job: str, columns: str, day: str = "2026-03-02") -> tuple:
    return query(
        database,
        f"select {columns} from platform.job_days where job_name = '{job}' and job_date = '{day}'",
    )[0]


@pytest.fixture(scope="module")
def jobs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("jobs")
    goals = "job_name,on_time_share,allowed_late_minutes,reason\ndefault,0.95,60,all others\nhourly,0.5,1,one"
    raw = write_raw(folder / "raw", {"platform__job_runs": lines(), "reference__job_goals": goals})
    build(folder / "warehouse.duckdb", raw, select="+job_days", variables={"as_of": AS_OF})
    return folder


COUNTS = (
    "scheduled_count, on_time_count, late_count, failed_count, skipped_count, unfinished_count, running_count, "
    "unknown_count, missed_count"
)


@pytest.mark.parametrize(
    ("job", "counts"),
    [
        ("in_time", (1, 1, 0, 0, 0, 0, 0, 0, 0)),
        ("late", (1, 0, 1, 0, 0, 0, 0, 0, 1)),
        ("at_the_bound", (1, 1, 0, 0, 0, 0, 0, 0, 0)),
        ("late_and_failed", (1, 0, 1, 1, 0, 0, 0, 0, 1)),
        ("skipped", (1, 0, 0, 0, 1, 0, 0, 0, 1)),
        ("early", (1, 1, 0, 0, 0, 0, 0, 0, 0)),
        ("backwards", (1, 1, 0, 0, 0, 0, 0, 0, 0)),
        ("endless", (1, 0, 0, 0, 0, 1, 0, 0, 1)),
        ("never_started", (1, 0, 0, 0, 0, 1, 0, 0, 1)),
        ("twice", (1, 1, 0, 0, 0, 0, 0, 0, 0)),
        ("tried_again", (1, 1, 0, 0, 0, 0, 0, 0, 0)),
        ("tried_again_too_late", (1, 0, 1, 0, 0, 0, 0, 0, 1)),
        ("says_nothing", (1, 0, 0, 0, 0, 0, 0, 1, 0)),
        ("hourly", (24, 24, 0, 0, 0, 0, 0, 0, 0)),
    ],
)
def test_an_appointment_is_counted_for_what_became_of_it(jobs, job, counts):
    assert day_of(jobs / "warehouse.duckdb", job, COUNTS) == counts


def test_minutes_runs_and_the_edge_of_the_days(jobs):
    database = jobs / "warehouse.duckdb"
    assert day_of(database, "in_time", "minutes, longest_minutes, run_count") == (15, 15, 1)
    assert day_of(database, "backwards", "minutes, longest_minutes") == (None, None)
    assert day_of(database, "twice", "run_count, minutes") == (2, 20)
    assert day_of(database, "tried_again", "run_count, failed_run_count") == (2, 1)
    assert day_of(database, "running", "running_count, unknown_count, missed_count", AS_OF) == (
        1,
        1,
        0,
    )
    assert query(database, "select 1 from platform.job_days where job_name = 'of_tomorrow'") == []
    # Every run is in one appointment.
    assert query(database, "select sum(run_count) from platform.job_days") == query(
        database,
        "select count(*) from staging.stg_platform__job_runs where job_name <> 'of_tomorrow'",
    )


def test_an_error_budget_is_what_the_goal_lets_a_month_miss(jobs):
    database = jobs / "warehouse.duckdb"
    columns = "budget_status, month_allowed_misses, month_budget_left, month_scheduled_count"
    days = [
        day_of(database, "nightly", columns, f"2026-02-{day:02d}") for day in (1, 10, 19, 20, 28)
    ]
    # 28 appointments, of which one in twenty may be missed; each day knows only what it could.
    assert [row[1] for row in days] == [pytest.approx(1.4)] * 5
    assert [row[2] for row in days] == [pytest.approx(left) for left in (1.4, 0.4, 0.4, -0.6, -0.6)]
    assert [row[0] for row in days] == ["within", "within", "within", "spent", "spent"]
    # Two of March so far, and 22 days more with one a week.
    row = day_of(database, "weekly", columns, "2026-03-09")
    assert row[1] == pytest.approx(0.05 * (2 + 22 * 4 / 28))
    assert row[0] == "spent"
    assert day_of(database, "hourly", "on_time_goal, allowed_late_minutes") == (0.5, 1)


def test_without_a_goal_nobody_says_what_is_late(jobs, tmp_path):
    goals = "job_name,on_time_share,allowed_late_minutes,reason\nhourly,0.5,1,one"
    raw = write_raw(
        tmp_path / "raw", {"platform__job_runs": lines(), "reference__job_goals": goals}
    )
    database = shutil.copy(jobs / "warehouse.duckdb", tmp_path)
    select = "job_goals int_job_runs int_job_slots job_days"
    build(database, raw, select=select, tests=False, variables={"as_of": AS_OF})
    columns = "budget_status, late_count, on_time_count, unknown_count, month_budget_left"
    assert day_of(database, "late", columns) == ("no_goal", 0, 0, 1, None)
    assert day_of(database, "hourly", columns)[0] == "within"


@pytest.mark.slow
def test_a_company_without_jobs_has_none(tmp_path):
    orders = "order_id,customer_id,ordered_at,status,currency,updated_at\no1,c1,2026-03-01,paid,USD,2026-03-01"
    raw = write_raw(tmp_path / "raw", {"app__orders": orders})
    build(
        tmp_path / "warehouse.duckdb",
        raw,
        select="+job_days +int_feed_verdicts dates freshness_days",
    )
    database = tmp_path / "warehouse.duckdb"
    assert query(database, "select count(*) from platform.job_days") == [(0,)]
    assert query(database, "select distinct verdict from platform.int_feed_verdicts") == [
        ("unknown",)
    ]


def planted_and_counted(database, truth: dict) -> tuple:
    counts = query(
        database,
        "select sum(failed_count), sum(late_count), sum(skipped_count) from platform.job_days",
    )[0]
    jobs = truth["platform"]["jobs"]
    return tuple(map(int, counts)), (jobs["failed"], jobs["late"], jobs["skipped"])


def test_failed_late_and_skipped_jobs_are_those_that_were_planted(demo):
    truth = json.loads((PROJECT / "ingest" / "truth.json").read_text())
    counted, planted = planted_and_counted(demo, truth)
    assert counted == planted == (28, 50, 16)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3, 4])
def test_so_they_are_in_other_companies(tmp_path, seed):
    script = PROJECT / "ingest" / "demo_company.py"
    options = ["--seed", str(seed), "--scale", "1", "--format", "parquet", "--quiet"]
    subprocess.run([sys.executable, script, *options, "--out", tmp_path / "raw"], check=True)
    build(tmp_path / "warehouse.duckdb", tmp_path / "raw", select="+job_days", tests=False)
    truth = json.loads(next((tmp_path / "raw").rglob("truth.json")).read_text())
    counted, planted = planted_and_counted(tmp_path / "warehouse.duckdb", truth)
    assert counted == planted


@pytest.mark.slow
def test_a_company_of_three_tables_is_green_and_unknown(tmp_path):
    """Nothing of a platform, and nothing says when it was loaded."""
    raw = write_raw(
        tmp_path / "raw",
        {
            "app__customers": "customer_id,created_at,country_code\nc1,2026-01-02,KR\nc2,2026-01-03,US",
            "app__orders": [
                "order_id,customer_id,ordered_at,paid_at,status,currency",
                "o1,c1,2026-01-10,2026-01-10,paid,USD",
                "o2,c2,2026-02-10,2026-02-10,paid,USD",
            ],
            "app__order_items": "order_id,line_number,product_id,quantity,unit_price\no1,1,p1,1,10\no2,1,p1,2,10",
        },
    )
    database = tmp_path / "warehouse.duckdb"
    build(database, raw)
    assert query(database, "select distinct verdict from platform.freshness") == [("unknown",)]
    assert dict(
        query(database, "select unknown_reason, count(*) from platform.freshness group by all")
    ) == {"no_load_times": 3, "not_delivered": 31}
    assert query(database, "select count(*) from platform.job_days") == [(0,)]
    assert query(
        database,
        """select distinct value from metrics.metric_values
        where metric_name in ('data_on_time_share', 'pipeline_success_share', 'test_pass_share')""",
    ) == [(None,)]
    assert query(database, "select status, is_whole from platform.runs") == [("succeeded", True)]
    # The next run reads what this one left behind.
    build(database, raw, select="node_history+ int_kept_runs+", tests=False)
    assert query(database, "select min(run_count) from platform.node_history") == [(1,)]
