"""Every run is remembered: what hooks write of runs, nodes and tests, and what node_history makes of it."""

import re
import shutil
import signal
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from time import process_time

import duckdb
import numpy as np
import pandas as pd
import pytest
from warehouse import PROJECT, build, columns_of, dbt_command, query, write_raw

HISTORY = (
    "int_kept_runs int_node_timings int_node_slowdowns int_test_records int_node_records "
    "node_history"
)
TABLES = ("runs", "run_nodes", "run_tests")
ONE_NODE = "job_goals"


def statuses(database) -> list[tuple]:
    return query(
        database,
        """select command, status from platform.runs where invocation_id <> 'killed' order by started_at""",
    )


@pytest.fixture(scope="module")
def remembered(tmp_path_factory):
    """A warehouse with runs of every kind, the first of them one of a test in a database that does not exist yet."""
    database = tmp_path_factory.mktemp("remembered") / "warehouse.duckdb"
    key = "unique_key_job_days_job_name__job_date"
    orders = "order_id,customer_id,ordered_at,status,currency\no1,c1,2026-03-01,paid,USD"
    raw = write_raw(database.parent / "raw", {"app__orders": orders})
    runs = [
        ("test", {"select": key, "check": False}),
        ("seed", {"select": ONE_NODE}),
        ("build", {"select": [*TABLES, "dates"]}),
        ("build", {"select": [*TABLES, "dates"], "full_refresh": True}),
        ("build", {"select": [*TABLES, "dates"], "arguments": ["--empty"]}),
        ("build", {"select": "dates", "variables": {"areas": ["core"]}}),
        ("run", {"select": "dates"}),
    ]
    for command, options in runs:
        if command == "run":
            # An older version had fewer columns, and a run before was killed.
            with duckdb.connect(str(database)) as connection:
                connection.execute(
                    """alter table platform.run_nodes drop column message;
                    insert into platform.runs (invocation_id, command, status, started_at)
                    values ('killed', 'build', 'running', timestamp '2026-01-01')"""
                )
        build(database, raw, command=command, **options)
    return database


def test_every_command_is_written_down_once_and_kept(remembered):
    found = statuses(remembered)
    # The run without the area platform is not there: nothing was to keep it in.
    assert [command for command, _ in found] == ["test", "seed", "build", "build", "build", "run"]
    assert found[0][1] == "failed"
    assert {status for _, status in found[1:]} == {"succeeded"}
    flags = query(
        remembered,
        """select is_full_refresh, is_empty, is_whole, node_count, test_count
        from platform.runs where invocation_id <> 'killed' order by started_at""",
    )
    assert [row[:3] for row in flags] == [
        (False, False, False),
        (False, False, False),
        (False, False, False),
        (True, False, False),
        (False, True, False),
        (False, False, False),
    ]
    assert flags[0][3:] == (0, 1)
    assert flags[1][3:] == (1, 0)
    assert flags[2][3] == 4
    assert flags[2][4] >= 4
    assert query(remembered, "select count(distinct invocation_id) from platform.runs") == [(7,)]


def test_nodes_and_tests_have_what_came_of_them(remembered):
    rows = query(
        remembered,
        """select kind, materialized, run_nodes.status, row_count > 500, seconds > 0, length(compiled_hash), message
        from platform.run_nodes inner join platform.runs using (invocation_id)
        where node_name = 'dates' and not is_empty""",
    )
    assert set(rows) == {("model", "table", "success", True, True, 16, None)}
    assert len(rows) == 3
    tests = query(
        remembered,
        """select tested_node_name, tested_node_id, test_kind, status, failures
        from platform.run_tests where test_name like 'unique_key_dates%'""",
    )
    assert set(tests) == {("dates", "model.groundwork.dates", "data", "pass", 0)}
    broken = query(
        remembered, "select status, message from platform.run_tests where status = 'error'"
    )
    assert broken[0][0] == "error"
    assert "job_days" in broken[0][1]


def test_runs_say_what_code_and_what_data_they_saw(remembered):
    rows = query(
        remembered,
        """select project_version, target_name, code_hash, data_hash, as_of_date, started_at < finished_at
        from platform.runs where command <> 'test' and status = 'succeeded' order by started_at""",
    )
    version = re.search(r'^version: "(.*)"', (PROJECT / "dbt_project.yml").read_text(), re.M)[1]
    assert {row[:2] for row in rows} == {(version, "dev")}
    assert len({row[2] for row in rows}) == 1
    assert len({row[3] for row in rows}) == 1
    assert {row[5] for row in rows} == {True}
    assert str(rows[0][4]) == "2026-03-01"


def test_no_path_no_person_and_no_value_is_kept(remembered, tmp_path):
    """Messages of errors quote rows and name files."""
    database = shutil.copy(remembered, tmp_path)
    secret = "kim minji"
    orders = f"order_id,customer_id,ordered_at,status,currency\no1,c1,2026-03-01,{secret},USD"
    raw = write_raw(tmp_path / "raw", {"app__orders": orders})
    failed = build(database, raw, select="+validated_app__orders", tests=False, check=False)
    assert failed.code
    assert secret in failed.output
    ((message,),) = query(database, "select message from platform.run_nodes where status = 'error'")
    assert "1 of 1 rows were rejected" in message
    for table in TABLES:
        text = str(query(database, f"from platform.{table}"))
        for found in (secret, str(tmp_path), str(PROJECT), "/tmp", "/home", "minji"):
            assert found not in text, table


def test_a_run_that_never_ended_is_found_by_the_next(remembered):
    assert query(
        remembered, "select status, finished_at from platform.runs where invocation_id = 'killed'"
    ) == [("killed", None)]
    assert statuses(remembered)[-1] == ("run", "succeeded")


def test_an_older_table_gets_the_columns_it_lacks(remembered):
    assert "message" in columns_of(remembered, "platform.run_nodes")


@pytest.mark.slow
def test_a_killed_build_and_the_next_one_are_both_there(tmp_path):
    """By the signal that nothing can catch, at several moments."""
    database = tmp_path / "warehouse.duckdb"
    words, environment = dbt_command(database, select="+dates +job_days", tests=False)
    kills = 0
    for lines in (6, 9, 14, 25):
        process = subprocess.Popen(
            words, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        for _ in range(lines):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.stdout.close()
        assert process.wait() == -signal.SIGKILL
        # A kill before the run began leaves nothing to remember.
        kills += database.exists() and bool(
            query(database, "select 1 from duckdb_tables() where table_name = 'runs'")
        )
    assert kills >= 2
    build(database, select="+dates +job_days", tests=False)
    found = [status for _, status in statuses(database)]
    assert found[-1] == "succeeded"
    assert found.count("killed") >= kills - 1
    assert set(found) == {"killed", "succeeded"}


@pytest.mark.slow
def test_only_so_many_runs_are_kept(remembered, tmp_path):
    database = tmp_path / "warehouse.duckdb"
    shutil.copy(remembered, database)
    for _ in range(3):
        build(database, command="seed", select=ONE_NODE, variables={"kept_runs": 4})
    assert query(database, "select count(*) from platform.runs") == [(4,)]
    for table in ("run_nodes", "run_tests"):
        assert query(
            database,
            f"select count(*) from platform.{table} anti join platform.runs using (invocation_id)",
        ) == [(0,)]


class History:
    """Runs made up, a day apart, to be written into a warehouse in place of its own."""

    def __init__(self):
        self.runs, self.nodes, self.tests = [], [], []

    def run(self, command="build", status="succeeded", code="c1", data="d1", whole=True, **more):
        number = len(self.runs)
        row = {
            "invocation_id": f"r{number:04d}",
            "command": command,
            "status": status,
            "project_version": more.pop("version", "1.0.0"),
            "code_hash": code,
            "data_hash": data,
            "is_whole": whole,
            "is_full_refresh": False,
            "is_empty": False,
            "started_at": datetime(2026, 1, 1) + timedelta(days=number),
        }
        self.runs.append({**row, **more})
        return row["invocation_id"]

    def node(self, run, name, seconds, sql="s1", status="success", materialized="table"):
        self.nodes.append(
            {
                "invocation_id": run,
                "node_id": f"model.groundwork.{name}",
                "node_name": name,
                "kind": "model",
                "materialized": materialized,
                "status": status,
                "compiled_hash": sql,
                "seconds": seconds,
            }
        )

    def test(self, run, name, status, sql="s1"):
        self.tests.append(
            {
                "invocation_id": run,
                "node_id": f"test.groundwork.{name}",
                "test_name": name,
                "tested_node_name": "orders",
                "test_kind": "data",
                "status": status,
                "compiled_hash": sql,
                "seconds": 0.01,
            }
        )

    def write(self, database):
        with duckdb.connect(str(database)) as connection:
            for table, rows in zip(TABLES, (self.runs, self.nodes, self.tests), strict=True):
                connection.execute(f"delete from platform.{table}")
                if rows:
                    frame = pd.DataFrame(rows)
                    names = ", ".join(frame.columns)
                    connection.execute(
                        f"insert into platform.{table} ({names}) select {names} from frame"
                    )


def judged(history, remembered, tmp_path) -> dict[str, dict]:
    """node_history of a made-up history, by the name of the node."""
    database = tmp_path / "warehouse.duckdb"
    shutil.copy(remembered, database)
    history.write(database)
    build(database, command="run", select=HISTORY, tests=True)
    with duckdb.connect(str(database), read_only=True) as connection:
        frame = connection.execute("from platform.node_history").df()
    return {row["node_name"]: row for row in frame.to_dict("records")}


def test_a_slower_model_is_found_in_its_third_run_and_noise_is_not(remembered, tmp_path):
    random = np.random.default_rng(7)
    history = History()
    for number in range(20):
        last = number >= 18
        run = history.run(version="1.1.0" if last else "1.0.0", code="c2" if last else "c1")
        # A busy machine slows everything in two runs of old and in the two last.
        busy = 3.5 if number in (5, 11, 18, 19) else 1
        for name in range(200):
            seconds = 0.4 * busy * random.lognormal(0, 0.25)
            history.node(run, f"noisy_{name}", seconds)
        history.node(run, "slower_sql", (2.4 if last else 0.5) * busy, "s2" if last else "s1")
        history.node(run, "slower_data", (1.2 if last else 0.5) * busy)
        history.node(run, "once", 5 if number == 19 else 0.5)
        history.node(run, "was_slow", 5 if number in (8, 9) else 0.5)
        history.node(run, "blink", 0.06 if last else 0.01)
        history.node(run, "failing", 0.5, status="error" if last else "success")
        history.node(run, "faster", 0.2 if last else 2)
        if number >= 17:
            history.node(run, "young", 0.1 if number == 17 else 2)
        if number != 18:
            run = history.run(command="run", whole=False, is_full_refresh=number > 17)
            history.node(
                run, "incremental", 9 if number > 17 else 0.5, "s1", materialized="incremental"
            )
    history.node(history.run(command="run", whole=False, is_full_refresh=True), "incremental", 9)
    found = judged(history, remembered, tmp_path)
    slower = {name for name, row in found.items() if row["speed_verdict"] == "slower"}
    assert slower == {"slower_sql", "slower_data"}
    row = found["slower_sql"]
    assert row["slower_since_version"] == "1.1.0"
    assert row["slower_since_code"] == "c2"
    assert row["is_own_sql_changed"]
    assert not found["slower_data"]["is_own_sql_changed"]
    assert row["slower_times"] == pytest.approx(4.8, rel=0.25)
    assert (
        row["slower_since"]
        == history.runs[[r["code_hash"] for r in history.runs].index("c2")]["started_at"]
    )
    # The usual seconds are the median of earlier runs of the same SQL: one, of the new.
    assert row["usual_run_count"] == 1
    assert row["usual_seconds"] == pytest.approx(2.4 * 3.5)
    assert found["young"]["speed_verdict"] == "unknown"
    assert found["once"]["usual_seconds"] == 0.5
    assert found["failing"]["failed_count"] == 2
    assert found["failing"]["last_status"] == "error"


def test_a_flaky_test_is_one_that_contradicts_itself(remembered, tmp_path):
    history = History()
    first, second = history.run(), history.run()
    for run, status in ((first, "fail"), (second, "pass")):
        history.test(run, "flaky_in_builds", status)
        history.test(run, "other_sql", status, f"sql of {run}")
        history.test(run, "never_failed", "pass")
        history.test(run, "could_not_run", "error" if status == "fail" else "pass")
    # The code was corrected, the data was corrected, or a part was built again.
    for name, one, other in (
        ("code", {"code": "x1"}, {"code": "x2"}),
        ("data", {"data": "y1"}, {"data": "y2"}),
        ("part", {"whole": False, "code": "z1"}, {"whole": False, "code": "z1"}),
        ("nobody_knows", {"data": None}, {"data": None}),
    ):
        history.test(history.run(**one), f"corrected_{name}", "fail")
        history.test(history.run(**other), f"corrected_{name}", "pass")
    # Tests alone see what the last build left behind; a killed build leaves something else.
    history.run()
    history.test(history.run("test", whole=False), "flaky_in_tests", "pass")
    history.test(history.run("test", whole=False), "flaky_in_tests", "fail")
    history.test(history.run("test", whole=False), "built_between", "fail")
    history.run(status="killed")
    history.test(history.run("test", whole=False), "built_between", "pass")
    history.test(history.run(is_empty=True), "built_between", "fail")
    last = history.run(code="last")
    history.test(last, "failing", "fail")
    history.test(last, "skipped", "skipped")
    verdicts = {
        name: row["test_verdict"] for name, row in judged(history, remembered, tmp_path).items()
    }
    assert verdicts == {
        "flaky_in_builds": "flaky",
        "flaky_in_tests": "flaky",
        "other_sql": "has_failed",
        "never_failed": "never_failed",
        "could_not_run": "never_failed",
        "corrected_code": "has_failed",
        "corrected_data": "has_failed",
        "corrected_part": "has_failed",
        "corrected_nobody_knows": "has_failed",
        "built_between": "has_failed",
        "failing": "failing",
    }


@pytest.mark.slow
def test_noise_rarely_reports_a_node_and_a_slower_one_is_found(remembered, tmp_path):
    """40 runs of 1,000 nodes; each run's machine is as busy as it likes. Judged once, after the last."""
    random = np.random.default_rng(11)
    history = History()
    usual = random.lognormal(-1.2, 1, 1000)
    for number in range(40):
        run = history.run()
        seconds = usual * random.lognormal(0, 0.3, 1000) * random.lognormal(0, 0.4)
        for node in range(1000):
            times = 3 if node < 100 and number >= 38 and usual[node] > 0.3 else 1
            history.node(run, f"n{node:04d}", float(seconds[node] * times))
    found = judged(history, remembered, tmp_path)
    slow = {name for name, row in found.items() if row["speed_verdict"] == "slower"}
    planted = {f"n{node:04d}" for node in range(100) if usual[node] > 0.3}
    assert len(slow - planted) <= 1, slow - planted
    # Three times as slow is less than twice as slow in one run of eleven, by the noise alone.
    assert len(slow & planted) >= 0.5 * len(planted)


@pytest.mark.slow
def test_a_thousand_runs_cost_less_than_two_hundredths_of_a_build(demo, tmp_path):
    """What hooks and models of runs take with 1,000 kept runs of 541 nodes and 538 tests, in seconds of one process,
    against the seconds that the nodes of the whole build took; processor time, which a busy machine does not lengthen."""
    database = tmp_path / "warehouse.duckdb"
    shutil.copy(demo, database)
    with duckdb.connect(str(database)) as connection:
        whole = connection.execute(
            """select sum(seconds) from platform.run_nodes where invocation_id in
            (select invocation_id from platform.runs order by node_count desc limit 1)"""
        ).fetchone()[0]
        connection.execute(
            """
            create temp table old as
            select
                'run ' || number as invocation_id,
                timestamp '2025-01-01' + to_hours(number::int) as started_at
            from range(1000) as numbers (number);
            insert into platform.runs
                (invocation_id, command, status, code_hash, data_hash, is_whole, is_full_refresh, is_empty, started_at)
            select invocation_id, 'build', 'succeeded', 'c', 'd', true, false, false, started_at from old;
            insert into platform.run_nodes
                (invocation_id, node_id, node_name, kind, materialized, status, compiled_hash, row_count, seconds)
            select invocation_id, 'model.groundwork.n' || node, 'n' || node, 'model', 'table', 'success',
                substr(md5(node::varchar), 1, 16), node, random()
            from old cross join range(541) as nodes (node);
            insert into platform.run_tests
                (invocation_id, node_id, tested_node_id, test_name, test_kind, tested_node_name, status,
                compiled_hash, failures, seconds, run_date)
            select invocation_id, 'test.groundwork.t' || test, 'model.groundwork.n' || test % 450, 't' || test,
                'data', 'n' || test % 450, 'pass', substr(md5(test::varchar), 1, 16), 0, random(), started_at::date
            from old cross join range(538) as tests (test);
            """
        )
    build(database, command="run", select=HISTORY)
    folder = Path(f"{database}.target", "compiled/groundwork/models/marts/platform")
    with duckdb.connect(str(database)) as connection:
        began_at = process_time()
        for name in HISTORY.split():
            (file,) = folder.rglob(f"{name}.sql")
            connection.execute(f"create temp table again_{name} as {file.read_text()}")
        cost = process_time() - began_at
    print(cost, whole)
    assert cost < 0.02 * whole
