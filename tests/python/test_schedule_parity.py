"""cron and Airflow run the same schedule: the same steps and commands, and over seven days the same tables by hash, with
one planted failure of which somebody is told once."""

import contextlib
import http.server
import json
import os
import pathlib
import shutil
import socketserver
import subprocess
import sys
import textwrap
import threading
import types
from datetime import date, datetime, timedelta

import duckdb
import pytest
import small_company
import warehouse
import yaml
from test_schedule import node
from warehouse import MEASURED, PROJECT, build

sys.path.insert(0, str(PROJECT / "tools"))
sys.path.insert(0, str(PROJECT / "orchestration"))

import built
import plan
import run
import run_history
import run_lock
import run_state
import timers

DAG_FILE = PROJECT / "orchestration" / "dags" / "groundwork_nightly.py"


class Task:
    """Plays Airflow's BashOperator and DAG: keeps what it was given, and which task comes after which."""

    known: list["Task"] = []  # noqa: RUF012

    def __init__(self, *names, **given):
        self.name, self.given, self.below = (*names, given.get("task_id"))[0], given, []
        Task.known.append(self)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def __rshift__(self, other):
        self.below.append(other.name)
        return other

    def __rrshift__(self, others):
        for other in others:
            other >> self
        return self


@pytest.fixture
def dag(monkeypatch):
    """The DAG file as Airflow reads it, over stand-ins for what it imports."""
    Task.known = []
    for name in (
        "airflow",
        "airflow.providers",
        "airflow.providers.standard",
        "airflow.providers.standard.operators",
    ):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    for name, what in (
        ("airflow.providers.standard.operators.bash", "BashOperator"),
        ("airflow.sdk", "DAG"),
    ):
        module = types.ModuleType(name)
        setattr(module, what, Task)
        monkeypatch.setitem(sys.modules, name, module)
    module = types.ModuleType("groundwork_nightly")
    module.__file__ = str(DAG_FILE)
    exec(compile(DAG_FILE.read_text(), str(DAG_FILE), "exec"), module.__dict__)
    return module


def test_the_dag_has_the_steps_of_the_schedule(dag):
    schedule = plan.read_plan()
    nightly, *tasks, end, _, watch = Task.known
    assert [task.name for task in tasks] == [step.name for step in schedule.steps]
    for task, step in zip(tasks, schedule.steps, strict=True):
        words = task.given["bash_command"].split()
        assert words[1:4] == ["orchestration/run.py", "step", step.name]
        assert words[0] == str(PROJECT / ".venv" / "bin" / "python")
        # Retries, and what may begin after a failure, are the runner's.
        assert (task.given["trigger_rule"], task.given["retries"]) == ("all_done", 0)
        above = [other.name for other in tasks if step.name in other.below]
        assert sorted(above) == sorted(step.after)
        assert end.name in task.below
    # The order of the runner where several could begin.
    weights = [task.given["priority_weight"] for task in tasks]
    assert weights == sorted(weights, reverse=True) and len(set(weights)) == len(weights)
    assert nightly.given["max_active_tasks"] == nightly.given["max_active_runs"] == 1
    assert nightly.given["schedule"] == "0 4 * * *" and not nightly.given["catchup"]
    assert end.given["bash_command"].split()[2] == "end" and watch.given["bash_command"].endswith(
        "run.py watch"
    )
    # A file without this word Airflow leaves out without a word.
    assert "airflow" in DAG_FILE.read_text()


def test_cron_runs_the_same_schedule():
    lines = timers.crontab(
        plan.read_plan(), pathlib.Path("/srv/my 100% work"), {"GROUNDWORK_DB": "/srv/a b.duckdb"}
    )
    *about, line = lines.splitlines()
    assert all(each.startswith("#") for each in about)
    assert line == (
        "*/5 * * * * cd '/srv/my 100\\% work' && GROUNDWORK_DB='/srv/a b.duckdb' '/srv/my 100\\% work/.venv/bin/python' "
        "orchestration/run.py due > /dev/null"
    )


def step_of(nodes: dict, after_metrics: set[str], name: str) -> str:
    """The step that builds a model or a seed, as the selections of plan.dbt_words say."""
    node = nodes[name]
    if name in after_metrics:
        return "metrics"
    return node["fqn"][2] if node["fqn"][1] == "marts" else "core"


def test_the_steps_build_and_test_everything_once_and_in_order(parsed_manifest):
    """A test is run by the step that builds one of its tables, if the others are above what that step builds."""
    schedule, nodes = plan.read_plan(), parsed_manifest["nodes"]
    after_metrics = run_history.descendants(parsed_manifest, "metric_values")
    built_by = {
        name: step_of(nodes, after_metrics, name)
        for name, node in nodes.items()
        if node["resource_type"] in ("model", "seed")
    }
    order = [step.build for step in schedule.builds()]
    assert set(built_by.values()) == set(order)
    after = {step.build: set() for step in schedule.builds()}
    for step in schedule.builds():
        for other in step.after:
            after[step.build] |= {schedule.step(other).build} | after[schedule.step(other).build]
    above: dict[str, set[str]] = {}

    def ancestors(name: str) -> set[str]:
        if name not in above:
            parents = [
                each for each in nodes[name]["depends_on"].get("nodes", []) if each in built_by
            ]
            above[name] = set(parents).union(*map(ancestors, parents))
        return above[name]

    for name, step in built_by.items():
        wrong = [each for each in ancestors(name) if built_by[each] not in {step, *after[step]}]
        assert not wrong, (
            f"{name} is built by {step}, which does not come after the step of {wrong[0]}"
        )
    reach = {
        step: {name for name, of in built_by.items() if of == step}.union(
            *(ancestors(name) for name, of in built_by.items() if of == step)
        )
        for step in order
    }
    for name, test in nodes.items():
        if test["resource_type"] == "test" and test["depends_on"]["nodes"]:
            reads = {each for each in test["depends_on"]["nodes"] if each in built_by}
            runs = [
                step
                for step in order
                if reads <= reach[step] and any(built_by[each] == step for each in reads)
            ]
            assert len(runs) == 1, (
                f"the test {name} is run by {runs}: one step must come after all it reads"
            )


@pytest.mark.slow
def test_a_day_by_steps_is_a_build_of_everything(tmp_path, monkeypatch):
    """With the area platform, whose history says of each step what came of it, and whether all of it is one build."""
    areas = ["core", "platform"]

    def call(runner, words, step, of, passed, log, shows):
        environment = dict(os.environ) | {
            "GROUNDWORK_RAW": str(tmp_path / "raw"),
            "GROUNDWORK_DB": str(runner.database),
            "DBT_TARGET_PATH": str(run_history.target_of(runner.database, step)),
            "DBT_LOG_PATH": str(tmp_path / "logs"),
            "GROUNDWORK_SCHEDULE_RUN": of.name,
            "GROUNDWORK_STEP": step.name,
        }
        variables = {"areas": areas} | ({"as_of": f"{of.day}"} if of.day else {})
        if step.build:
            words = [
                word for word in words[1:] if word != "--vars" and not word.startswith("{as_of")
            ]
            request = {
                "arguments": [*words, "--vars", json.dumps(variables)],
                "environment": environment,
                "output": str(log),
                "target": environment["DBT_TARGET_PATH"],
                "parsed": str(warehouse._parsed_alike({"areas": areas})),
                "artifacts": True,
            }
            return warehouse._serve(request)[0]
        log.write_text("it is full\n")
        return 1

    schedule = tmp_path / "schedule.yml"
    schedule.write_text(
        textwrap.dedent("""
        at: "04:00"
        steps:
          - {name: core, build: core}
          - {name: platform, build: platform, after: [core]}
          - {name: metrics, build: metrics, after: [core, platform]}
          - {name: publish, run: "false", after: [metrics]}
        """)
    )
    monkeypatch.setattr(run.Runner, "call", call)
    monkeypatch.delenv(run_lock.HELD, raising=False)
    deliver(tmp_path / "raw", DAYS[-1])
    database, target = tmp_path / "steps" / "warehouse.duckdb", tmp_path / "steps" / "target"
    database.parent.mkdir()
    runner = run.Runner(plan.read_plan(schedule, areas), database, target)
    of = run.Run(f"day-{DAYS[2]}", DAYS[2])
    assert runner.day(of) == 1
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute(
            "select step, command, status, is_whole, as_of_date from platform.runs where schedule_run = $1 "
            "order by started_at",
            [of.name],
        ).fetchall()
        assert rows == [
            ("core", "build", "succeeded", False, DAYS[2]),
            ("platform", "build", "succeeded", False, DAYS[2]),
            ("metrics", "build", "succeeded", True, DAYS[2]),
            ("publish", "step", "failed", False, None),
        ]
        assert built.last_whole_run(connection, target)["invocation_id"]
    by_hand = tmp_path / "hand" / "warehouse.duckdb"
    build(by_hand, tmp_path / "raw", variables={"areas": areas, "as_of": f"{DAYS[2]}"})
    assert hashes(by_hand) == hashes(database)


# Seven days

AIRFLOW = os.environ.get("GROUNDWORK_AIRFLOW") or str(PROJECT / ".venv-airflow" / "bin" / "airflow")
AREAS = ["core", "growth"]
FIRST = date(2026, 2, 3)
DAYS = [FIRST + timedelta(days=number) for number in range(7)]
PLANTED = DAYS[3]
SCHEDULE = """
    at: "04:00"
    time_zone: Asia/Seoul
    people: {team: {webhook: $HOOK}}
    tell: [team]
    steps:
      - {name: load, run: echo loaded}
      - {name: core, build: core, after: [load]}
      - {name: growth, build: growth, after: [core], retries: 1}
      - {name: metrics, build: metrics, after: [core, growth]}
      - {name: publish, run: echo published, after: [metrics]}
"""
CLIENT = """
    #!{python} -SE
    # Asks the process that has dbt loaded: by itself dbt takes longer to start than to build these tables.
    import json, os, socket, sys
    line = socket.socket(socket.AF_UNIX)
    line.connect({address!r})
    line.sendall(json.dumps([sys.argv[1:], dict(os.environ)]).encode() + b"\\n")
    code, output = json.loads(line.makefile().read())
    print(output)
    sys.exit(code)
"""


PLAYED = {
    "core": {"orders": ([], "select * from read_csv('{raw}/app__orders.csv', all_varchar = true)")},
    "growth": {
        "touches": (["orders"], "select order_id from core.orders"),
        "growth_metric_values": (
            ["touches"],
            "select count(*) as value, false as is_stale from growth.touches",
        ),
    },
    "metrics": {
        "metric_values": (
            ["orders", "growth_metric_values"],
            "select 'credited_revenue' as metric_name, * from growth.growth_metric_values "
            "union all select 'revenue', count(*), false from core.orders",
        )
    },
}


class PlayedDbt(socketserver.StreamRequestHandler):
    """Plays dbt with four tables: what is compared is the two runners, in a tenth of the time."""

    def handle(self):
        arguments, environment = json.loads(self.rfile.readline())
        self.server.calls.append(arguments)
        step, target = environment["GROUNDWORK_STEP"], pathlib.Path(environment["DBT_TARGET_PATH"])
        nodes = {
            f"model.groundwork.{name}": node(name, of, above)
            for of, models in PLAYED.items()
            for name, (above, _) in models.items()
        }
        children = {
            key: [name for name, each in nodes.items() if key in each["depends_on"]["nodes"]]
            for key in nodes
        }
        fails = step == "growth" and f"{PLANTED}" in environment["GROUNDWORK_SCHEDULE_RUN"]
        statuses = []
        with duckdb.connect(environment["GROUNDWORK_DB"]) as connection:
            connection.execute(f"create schema if not exists {step}")
            for name, (_, sql) in PLAYED[step].items():
                if fails:
                    statuses.append("skipped" if statuses else "error")
                    if statuses[-1] == "skipped":
                        connection.execute(f"update {step}.{name} set is_stale = true")
                    continue
                sql = sql.format(raw=environment["GROUNDWORK_RAW"])
                connection.execute(f"create or replace table {step}.{name} as {sql}")
                statuses.append("success")
        results = [
            {"unique_id": f"model.groundwork.{name}", "status": status, "message": ""}
            for name, status in zip(PLAYED[step], statuses, strict=True)
        ]
        args = {"which": "build", "select": ["x"]}
        about = {"invocation_id": "played", "generated_at": "2026-02-03T04:00:00Z"}
        told = {"results": results, "elapsed_time": 1, "args": args, "metadata": about}
        target.mkdir(parents=True, exist_ok=True)
        manifest = {"nodes": nodes, "child_map": children}
        (target / "manifest.json").write_text(json.dumps(manifest))
        (target / "run_results.json").write_text(json.dumps(told))
        self.wfile.write(json.dumps([int(fails), "played"]).encode())


class Dbt(socketserver.StreamRequestHandler):
    """Runs dbt for the runner, with the areas of this test, and with a fault in growth on one night."""

    def handle(self):
        arguments, environment = json.loads(self.rfile.readline())
        variables = {"areas": AREAS}
        if "retry" not in arguments:
            arguments += ["--vars", json.dumps(variables)]
        self.server.calls.append(arguments)
        database = pathlib.Path(environment["GROUNDWORK_DB"])
        request = {
            "arguments": arguments,
            "environment": environment | {"GROUNDWORK_DB": str(warehouse._shown(database))},
            "output": str(warehouse._scratch / "output"),
            "target": environment["DBT_TARGET_PATH"],
            "parsed": str(warehouse._parsed_alike(variables)),
            "artifacts": True,
        }
        is_planted = environment["GROUNDWORK_STEP"] == "growth" and (
            f"{PLANTED}" in environment["GROUNDWORK_SCHEDULE_RUN"]
        )
        with hidden(database) if is_planted else contextlib.nullcontext():
            answer = warehouse._serve(request)
        self.wfile.write(json.dumps(answer).encode())


@contextlib.contextmanager
def hidden(database: pathlib.Path):
    """The planted fault: a table of rules that growth reads is not there."""

    def rename(table: str, to: str) -> None:
        with duckdb.connect(str(database)) as connection:
            connection.execute(f"alter table reference.{table} rename to {to}")

    rename("attribution_models", "hidden_models")
    try:
        yield
    finally:
        rename("hidden_models", "attribution_models")


class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.told.append((told["step"], told["kind"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def serving(server):
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


class UnixServer(socketserver.UnixStreamServer):
    """One dbt at a time."""

    daemon_threads = True


def deliver(folder: pathlib.Path, until: date) -> None:
    """The raw tables as they were loaded by the morning of a day: rows by the first moment that they name."""
    shown = {}
    for table, text in small_company.TABLES.items():
        header, *rows = text.strip().splitlines()
        moments = [
            number
            for number, name in enumerate(header.split(","))
            if name == "_loaded_at" or name.endswith("_at")
        ]
        shown[table] = [header] + [
            row
            for row in rows
            if all(value[:10] <= f"{until}" for value in split(row, moments) if value)
        ]
    warehouse.write_raw(folder, shown)


def split(row: str, places: list[int]) -> list[str]:
    cells = row.split(",")
    return [cells[place] for place in places if place < len(cells) and cells[place][:2] == "20"]


def hashes(database: pathlib.Path) -> dict[str, tuple]:
    """Rows and hash of every table but those that the clock makes."""
    with duckdb.connect(str(database), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = current_database() order by all"
        ).fetchall()
        return {
            f"{schema}.{table}": connection.execute(
                f'select count(*), bit_xor(hash(each_row)) from "{schema}"."{table}" as each_row'
            ).fetchone()
            for schema, table in tables
            if table not in MEASURED and table != "landed_files"
        }


def is_tested(database: pathlib.Path) -> bool:
    """Whether what is built there may be published."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return bool(built.last_whole_run(connection, database.parent / "target"))


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.skipif(
    not pathlib.Path(AIRFLOW).exists(), reason=f"{AIRFLOW} is missing: make airflow installs it"
)
@pytest.mark.parametrize("handler", [PlayedDbt, Dbt])
def test_cron_and_airflow_make_the_same_tables_over_seven_days(tmp_path, handler):
    project = tmp_path / "project"
    shutil.copytree(
        PROJECT,
        project,
        ignore=shutil.ignore_patterns(
            ".*", "target", "logs", "site", "published", "*.duckdb*", "tests", "docs"
        ),
    )
    (project / ".venv").symlink_to((PROJECT / ".venv").resolve())
    settings = yaml.safe_load((project / "vars.yml").read_text())
    settings["vars"]["areas"] = AREAS
    (project / "vars.yml").write_text(yaml.safe_dump(settings))
    (tmp_path / "schedule.yml").write_text(textwrap.dedent(SCHEDULE))
    raw, address = tmp_path / "raw", str(tmp_path / "dbt.socket")
    client = tmp_path / "dbt"
    client.write_text(
        textwrap.dedent(CLIENT).strip().format(python=sys.executable, address=address) + "\n"
    )
    client.chmod(0o755)
    common = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GROUNDWORK_", "DBT_"))
    }
    common |= {
        "GROUNDWORK_DBT": str(client),
        "GROUNDWORK_SCHEDULE": str(tmp_path / "schedule.yml"),
        "GROUNDWORK_RAW": str(raw),
        "GROUNDWORK_THREADS": "2",
        "GROUNDWORK_MEMORY": "2GB",
        "GROUNDWORK_PROJECT": str(project),
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(project / "orchestration" / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "300",
    }
    common.pop("PYTHONPATH", None)
    with contextlib.ExitStack() as stack:
        dbt = UnixServer(address, handler)
        dbt.calls = []
        stack.enter_context(serving(dbt))
        runners = {}
        for name in ("cron", "airflow"):
            hook = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
            hook.told = []
            stack.enter_context(serving(hook))
            place = tmp_path / name
            place.mkdir()
            runners[name] = types.SimpleNamespace(
                database=place / "warehouse.duckdb",
                hook=hook,
                environment=common
                | {
                    "GROUNDWORK_DB": str(place / "warehouse.duckdb"),
                    "DBT_TARGET_PATH": str(place / "target"),
                    "HOOK": f"http://127.0.0.1:{hook.server_address[1]}/",
                },
            )

        def call(of, *words) -> subprocess.CompletedProcess:
            return subprocess.run(
                words, cwd=project, env=runners[of].environment, capture_output=True, text=True
            )

        for words in (["db", "migrate"], ["dags", "reserialize"]):
            done = call("airflow", AIRFLOW, *words)
            assert done.returncode == 0, done.stdout + done.stderr
        for day in DAYS:
            deliver(raw, day)
            night = f"{day}"
            cron = call("cron", sys.executable, "orchestration/run.py", "day", "--night", night)
            moment = datetime(day.year, day.month, day.day, 4).isoformat() + "+09:00"
            airflow = call("airflow", AIRFLOW, "dags", "test", "groundwork_nightly", moment)
            told = cron.stdout + cron.stderr + airflow.stdout[-5000:] + airflow.stderr[-5000:]
            assert (cron.returncode == 1) == (day == PLANTED), told
            steps = {}
            for name, runner in runners.items():
                state = run_state.State(runner.database)
                steps[name] = [
                    (row["step"], row["attempt"], row["status"], row["message"])
                    for row in state._do(
                        "select * from attempts where run = ? order by started_at", f"night-{day}"
                    )
                ]
                state.close()
            assert steps["cron"] == steps["airflow"], told
            expected = ["load", "core", "growth", "metrics", "publish"]
            if day == PLANTED:
                expected.insert(3, "growth")
            assert [step for step, *_ in steps["cron"]] == expected, told
            same = {name: hashes(runner.database) for name, runner in runners.items()}
            different = {
                table: (values, same["airflow"].get(table))
                for table, values in same["cron"].items()
                if same["airflow"].get(table) != values
            }
            assert not different and same["cron"].keys() == same["airflow"].keys(), different
            assert len(same["cron"]) > (100 if handler is Dbt else 3)
            if day != PLANTED:
                assert is_tested(runners["cron"].database)
            else:
                with pytest.raises(built.CannotPublish):
                    is_tested(runners["cron"].database)
            status = {step: status for step, _, status, _ in steps["cron"]}
            with duckdb.connect(str(runners["cron"].database), read_only=True) as connection:
                stale = dict(
                    connection.execute(
                        "select metric_name, bool_or(is_stale) from metrics.metric_values group by all"
                    ).fetchall()
                )
            if day == PLANTED:
                assert status == {
                    "load": "succeeded",
                    "core": "succeeded",
                    "growth": "failed",
                    "metrics": "succeeded",
                    "publish": "skipped",
                }
                # The metrics of growth are those of the day before, and say so; the others are of this day.
                assert stale["credited_revenue"] and not stale["revenue"]
            else:
                assert set(status.values()) == {"succeeded"} and not any(stale.values()), told
        assert ["--no-use-colors", "retry"] in dbt.calls
        for runner in runners.values():
            assert runner.hook.told == [("growth", "failed"), ("growth", "recovered")]
