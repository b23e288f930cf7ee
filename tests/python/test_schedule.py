"""The runner: steps in order, what a failure stops and what not, one alert, one run at a time, and kills at any point.

dbt is played by a function of a few lines here; test_schedule_parity.py runs the real one.
"""

import email
import http.server
import json
import os
import pathlib
import re
import signal
import socketserver
import subprocess
import sys
import textwrap
import threading
import time
from datetime import UTC, date, datetime, timedelta

import duckdb
import pytest
import yaml
from warehouse import PROJECT

sys.path.insert(0, str(PROJECT / "tools"))
sys.path.insert(0, str(PROJECT / "orchestration"))

import built
import plan
import run
import run_alerts
import run_history
import run_lock
import run_state

PYTHON = sys.executable
NIGHT = run.Run("night-2026-03-02")
# By step, its models and what each is made from: an area, one that reads it, one that stands alone, and the metrics.
MODELS = {
    "core": {"orders": []},
    "experiments": {
        "verdicts": ["orders"],
        "ledger": ["orders"],
        "experiments_metric_values": ["ledger"],
    },
    "growth": {"holdouts": ["verdicts"], "visits": ["orders"], "growth_metric_values": ["visits"]},
    "care": {"alerts": ["orders"], "care_metric_values": ["alerts"]},
    "metrics": {
        "metric_values": [
            "experiments_metric_values",
            "growth_metric_values",
            "care_metric_values",
        ],
        "verdict_report": ["metric_values", "holdouts"],
    },
}
SCHEDULE = """
    at: "04:00"
    time_zone: Asia/Seoul
    people: {team: {mail: [team@example.com], webhook: $HOOK}}
    tell: [team]
    steps:
      - {name: load, run: "echo loaded >> $TRACE", deadline: "05:00"}
      - {name: core, build: core, after: [load]}
      - {name: growth, build: growth, after: [core, experiments]}
      - {name: experiments, build: experiments, after: [core]}
      - {name: care, build: care, after: [core]}
      - {name: metrics, build: metrics, after: [core, growth, experiments, care], deadline: "06:00"}
      - {name: publish, run: "echo published >> $TRACE", after: [metrics], deadline: "07:00"}
"""
AREAS = ["core", "growth", "experiments", "care"]


def node(name: str, step: str, above: list[str], kind: str = "model") -> dict:
    room = ["metrics"] if step == "metrics" else ["marts", step]
    return {
        "unique_id": f"{kind}.groundwork.{name}",
        "name": name,
        "step": step,
        "resource_type": kind,
        "fqn": ["groundwork", *room, name],
        "schema": step,
        "alias": name,
        "config": {"materialized": "table"},
        "depends_on": {"nodes": [f"model.groundwork.{each}" for each in above]},
    }


def small_manifest() -> dict:
    nodes = {
        f"model.groundwork.{name}": node(name, step, above)
        for step, models in MODELS.items()
        for name, above in models.items()
    }
    children = {key: [] for key in nodes}
    for key, each in nodes.items():
        for parent in each["depends_on"]["nodes"]:
            children[parent].append(key)
    return {"nodes": nodes, "child_map": children}


class Company:
    """A warehouse with a schedule, in a folder of its own."""

    def __init__(self, folder: pathlib.Path, monkeypatch) -> None:
        self.folder = folder
        self.database = folder / "warehouse.duckdb"
        with duckdb.connect(str(self.database)) as connection:
            connection.execute(
                "create schema growth; create schema metrics; create schema platform"
            )
            connection.execute(
                "create table growth.growth_metric_values as select 1 as value, false as is_stale;"
                "create table metrics.metric_values as select 1 as value, false as is_stale"
            )
        (folder / "manifest.json").write_text(json.dumps(small_manifest()))
        call = run.Runner.call
        monkeypatch.setattr(
            run.Runner,
            "call",
            lambda runner, words, step, *others: (
                self.play_dbt(words[1:], step, others[2])
                if step.build
                else call(runner, words, step, *others)
            ),
        )
        monkeypatch.setenv("TRACE", str(folder / "trace"))
        monkeypatch.setenv("GROUNDWORK_SMTP", "smtp://127.0.0.1:9")
        for name in ("GROUNDWORK_REPORT_FROM", "HOOK", run_lock.HELD):
            monkeypatch.delenv(name, raising=False)
        self.runner = self.with_schedule(SCHEDULE)

    def with_schedule(self, text: str) -> run.Runner:
        file = self.folder / "schedule.yml"
        file.write_text(textwrap.dedent(text))
        self.runner = run.Runner(plan.read_plan(file, AREAS), self.database, self.folder / "target")
        return self.runner

    def play_dbt(self, words: list[str], step: plan.Step, log: pathlib.Path) -> int:
        """Builds the models of the step, of which some fail for as long as a file says so."""
        with (self.folder / "calls").open("a") as calls:
            calls.write(json.dumps([step.name, *words]) + "\n")
        if (self.folder / f"{step.name}.crashes").exists():
            log.write_text("Error: the project cannot be parsed\n")
            return 2
        manifest = json.loads((self.folder / "manifest.json").read_text())
        failing = self.folder / f"{step.name}.fails"
        bad = failing.read_text().split() if failing.exists() else []
        target = run_history.target_of(self.database, step)
        file = target / "run_results.json"
        if "retry" in words:
            before = json.loads(file.read_text())["results"]
            names = [each["unique_id"] for each in before if each["status"] != "success"]
        else:
            nodes = manifest["nodes"].items()
            names = [key for key, node in nodes if node["step"] == step.name]
            names = [name for name in names if name.split(".")[2] not in words]
        status = {}
        for name in names:
            above = manifest["nodes"][name]["depends_on"]["nodes"]
            stopped = any(status.get(each) in ("error", "skipped") for each in above)
            status[name] = "error" if name in bad else "skipped" if stopped else "success"
        results = [{"unique_id": name, "status": status[name], "message": ""} for name in names]
        target.mkdir(parents=True, exist_ok=True)
        (target / "manifest.json").write_text(json.dumps(manifest))
        told = {"results": results, "elapsed_time": 1, "args": {"select": ["x"]}}
        file.write_text(json.dumps(told))
        return 1 if bad else 0

    def statuses(self, of: str = NIGHT.name) -> dict[str, str]:
        return {name: row["status"] for name, row in self.runner.state.last(of).items()}

    def calls(self) -> list[list[str]]:
        file = self.folder / "calls"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def fails(self, step: str, *names: str) -> None:
        file = self.folder / f"{step}.fails"
        file.unlink(missing_ok=True)
        if names:
            file.write_text(" ".join(f"model.groundwork.{name}" for name in names))

    def told(self) -> list[tuple[str, str]]:
        rows = self.runner.state.connection.execute(
            "select step, kind from messages where way = 'mail' order by told_at"
        ).fetchall()
        return [(row["step"], row["kind"]) for row in rows]


@pytest.fixture
def company(tmp_path, monkeypatch) -> Company:
    return Company(tmp_path, monkeypatch)


# The schedule itself


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('at: "04:00"', "at: 4:00", "at is 240: write a time in quotes"),
        ('at: "04:00"', 'at: "24:00"', "at is '24:00'"),
        ("Asia/Seoul", "Seoul", "time_zone is 'Seoul': write a name such as UTC or Asia/Seoul"),
        ("Asia/Seoul", "../etc/passwd", "time_zone is"),
        ("people:", "peeple:", "the schedule has the key 'peeple'. Known are"),
        ("tell: [team]", "tell: [boss]", "step load tells boss, who is not in people (team)"),
        (
            "build: care",
            "build: cair",
            "step care builds cair, which is no area. Write metrics, or one of",
        ),
        (
            "{name: care, build: care, after: [core]}",
            "{name: care, run: date}",
            "no step builds care: write one",
        ),
        ("{name: care, build: care,", "{name: core, build: care,", "two steps are called core"),
        ("name: care, build: care", "name: care, build: growth", "two steps build growth"),
        ("after: [load]", "after: [metrics]", "these steps wait for each other: core, growth"),
        ("after: [load]", "after: [laod]", "step core comes after laod, which is no step"),
        ("after: [load]", "after: load", "step core, after is 'load': write a list of names"),
        ("after: [load]", "after: [load], retries: -1", "step core, retries is -1: write a number"),
        ("after: [load]", "after: [load], run: date", "step core needs either build"),
        ("after: [load]", 'after: [load], deadline: "5"', "step core, deadline is '5'"),
        ("name: care,", "name: Care home,", "step 5 has the name 'Care home'"),
        ("steps:", "steps: []\nother:", "has the key 'other'"),
        ("steps:", "steps: [", "this is no YAML"),
        ("tell: [team]", "tell: [team]\ndays: [monday]", "days is ['monday']: write daily"),
    ],
)
def test_a_bad_schedule_says_what_to_write(tmp_path, old, new, says):
    assert old in SCHEDULE
    file = tmp_path / "schedule.yml"
    file.write_text(textwrap.dedent(SCHEDULE).replace(old, textwrap.dedent(new), 1))
    with pytest.raises(plan.BadSchedule) as error:
        plan.read_plan(file, AREAS)
    assert says in str(error.value) and str(file) in str(error.value)


def test_a_missing_schedule_is_named(tmp_path):
    with pytest.raises(plan.BadSchedule, match=r"is missing\. GROUNDWORK_SCHEDULE names it"):
        plan.read_plan(tmp_path / "none.yml")


def test_steps_come_in_an_order_and_go_with_their_area(company):
    names = [step.name for step in company.runner.plan.steps]
    assert names == ["load", "core", "experiments", "growth", "care", "metrics", "publish"]
    fewer = plan.read_plan(company.folder / "schedule.yml", ["core", "growth", "care"])
    assert [step.name for step in fewer.steps] == [
        "load",
        "core",
        "growth",
        "care",
        "metrics",
        "publish",
    ]
    # What came after the step that is gone comes after what that one came after.
    assert fewer.step("growth").after == ("core",)
    told = yaml.safe_load((company.folder / "schedule.yml").read_text())
    told["steps"][0]["only_if"] = "no/such/file"
    (company.folder / "schedule.yml").write_text(yaml.safe_dump(told))
    without = plan.read_plan(company.folder / "schedule.yml", AREAS)
    assert without.steps[0].name == "core" and without.steps[0].after == ()


@pytest.mark.parametrize(
    ("zone", "at", "now", "night", "begins"),
    [
        ("UTC", "04:00", "2026-03-02 03:59", "2026-03-01", "2026-03-01 04:00"),
        ("UTC", "04:00", "2026-03-02 04:00", "2026-03-02", "2026-03-02 04:00"),
        ("Asia/Seoul", "04:00", "2026-03-01 19:30", "2026-03-02", "2026-03-01 19:00"),
        # Clocks go from 01:00 to 02:00 on 29 March, and back on 25 October: one night each, all the same.
        ("Europe/London", "01:30", "2026-03-29 01:30", "2026-03-29", "2026-03-29 01:30"),
        ("Europe/London", "01:30", "2026-10-25 01:00", "2026-10-25", "2026-10-25 00:30"),
    ],
)
def test_a_night_begins_where_the_schedule_says(zone, at, now, night, begins):
    told = plan.Plan(at=at, time_zone=zone, days=plan.WEEKDAYS, steps=())
    found = told.last_night(datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert f"{found}" == night and f"{told.begins(found):%Y-%m-%d %H:%M}" == begins
    assert told.moment(found, "00:10") - told.begins(found) < timedelta(hours=24)


def test_days_of_the_week_are_kept():
    told = plan.Plan(at="04:00", time_zone="UTC", days=("mon", "wed"), steps=())
    assert told.last_night(datetime(2026, 3, 8, 12, tzinfo=UTC)) == date(2026, 3, 4)


# What a failure stops


def test_a_night_runs_all_steps_in_order(company):
    assert company.runner.day(NIGHT) == 0
    assert set(company.statuses().values()) == {"succeeded"}
    assert [step for step, *_ in company.calls()] == [
        "core",
        "experiments",
        "growth",
        "care",
        "metrics",
    ]
    assert (company.folder / "trace").read_text() == "loaded\npublished\n"
    # What one build by hand would have left.
    together = json.loads((company.folder / "target" / "run_results.json").read_text())
    assert len(together["results"]) == sum(map(len, MODELS.values()))
    assert together["args"] == {"select": [], "exclude": [], "which": "build"}
    # Nothing is done twice; asked again, all of it is.
    assert company.runner.day(NIGHT) == 0 and len(company.calls()) == 5
    assert company.runner.day(NIGHT, again=True) == 0 and len(company.calls()) == 10
    # Another day has made other tables since: then the night is not as it was.
    assert company.runner.day(run.Run("day-2026-03-01", date(2026, 3, 1))) == 0
    assert "{as_of: '2026-03-01'}" in company.calls()[-1]
    assert company.runner.day(NIGHT) == 0 and len(company.calls()) == 20


def test_a_failed_area_holds_up_only_what_hangs_on_it(company):
    company.fails("experiments", "verdicts")
    assert company.runner.day(NIGHT) == 1
    assert company.statuses() == {
        "load": "succeeded",
        "core": "succeeded",
        "experiments": "failed",
        "growth": "incomplete",
        "care": "succeeded",
        "metrics": "incomplete",
        "publish": "skipped",
    }
    words = {step: words for step, *words in company.calls()}
    assert "holdouts" in words["growth"] and "visits" not in words["growth"]
    assert "verdict_report" in words["metrics"] and "metric_values" not in words["metrics"]
    together = json.loads((company.folder / "target" / "run_results.json").read_text())
    assert together["args"]["select"] == ["x"]
    # Mended, the same night goes on with what is not done, and with all that comes after.
    company.fails("experiments")
    (company.folder / "calls").unlink()
    assert company.runner.day(NIGHT) == 0
    assert [step for step, *_ in company.calls()] == ["experiments", "growth", "metrics"]
    assert set(company.statuses().values()) == {"succeeded"}


def test_metrics_of_what_was_left_out_are_marked_as_stale(company):
    company.fails("core", "orders")
    assert company.runner.day(NIGHT) == 1
    with duckdb.connect(str(company.database)) as connection:
        stale = "select (select is_stale from growth.growth_metric_values), (select is_stale from metrics.metric_values)"
        # The values of all areas are made of the parts that there are.
        assert connection.execute(stale).fetchone() == (True, False)


def test_a_step_that_did_not_come_to_dbt_stops_what_reads_it(company):
    (company.folder / "core.crashes").touch()
    assert company.runner.day(NIGHT) == 1
    assert company.statuses() == {"load": "succeeded", "core": "failed"} | dict.fromkeys(
        ("experiments", "growth", "care", "metrics", "publish"), "skipped"
    )
    row = company.runner.state.last(NIGHT.name)["core"]
    assert row["message"] == "Error: the project cannot be parsed"
    assert company.runner.state.last(NIGHT.name)["publish"]["message"] == "core is failed"


def test_an_area_that_crashes_holds_up_no_other(company):
    company.runner.day(NIGHT)
    (company.folder / "growth.crashes").touch()
    assert company.runner.day(run.Run("night-2026-03-03")) == 1
    statuses = company.statuses("night-2026-03-03")
    assert statuses == {
        "load": "succeeded",
        "core": "succeeded",
        "experiments": "succeeded",
        "growth": "failed",
        "care": "succeeded",
        "metrics": "incomplete",
        "publish": "skipped",
    }
    words = company.calls()[-1]
    # What reads the metrics takes the part of growth as it was, which says so; its other tables are not read.
    assert words[0] == "metrics" and "verdict_report" in words and "metric_values" not in words
    with duckdb.connect(str(company.database)) as connection:
        assert connection.execute(
            "select is_stale from growth.growth_metric_values"
        ).fetchone() == (True,)


def test_blocked_is_what_one_build_skips():
    manifest = small_manifest()
    model = "model.groundwork.{}".format

    def blocked(*results):
        found = run_history.blocked_models(
            manifest, [{"unique_id": name, "status": status} for name, status in results]
        )
        return {name.split(".")[2] for name in found}

    assert blocked((model("visits"), "success")) == set()
    assert blocked((model("visits"), "error")) == {"visits", "growth_metric_values"}
    assert blocked((model("verdicts"), "skipped")) == {"verdicts", "holdouts", "verdict_report"}
    for name, above in {"one": ["verdicts"], "two": ["verdicts", "visits"]}.items():
        manifest["nodes"][f"test.groundwork.{name}"] = node(name, "growth", above, "test")
    assert blocked(("test.groundwork.one", "fail")) == {"holdouts", "verdict_report"}
    assert blocked(("test.groundwork.one", "warn"), ("test.groundwork.one", "skipped")) == set()
    # What reads one of two tables that do not fit together is not below the test of both.
    assert blocked(("test.groundwork.two", "fail")) == set()


def test_dbt_goes_on_with_what_it_had_not_done(company):
    runner = company.with_schedule(
        SCHEDULE.replace("build: experiments,", "build: experiments, retries: 1,")
    )
    company.fails("experiments", "ledger")
    sleep = time.sleep
    run.time.sleep = lambda seconds: (company.fails("experiments"), sleep(0))
    try:
        assert runner.day(NIGHT) == 0
    finally:
        run.time.sleep = sleep
    words = [words for step, *words in company.calls() if step == "experiments"]
    assert words[1] == ["--no-use-colors", "retry"] and "build" in words[0]
    rows = runner.state.connection.execute(
        "select attempt, status, message from attempts where step = 'experiments' order by attempt"
    ).fetchall()
    assert [tuple(row) for row in rows] == [(1, "failed", "1 failed: ledger"), (2, "succeeded", "")]
    # What it had done before is not lost from what is said of it.
    together = json.loads((company.folder / "target" / "run_results.json").read_text())
    assert sorted(each["unique_id"] for each in together["results"]) == sorted(
        small_manifest()["nodes"]
    )
    assert company.told() == []


def test_steps_are_in_the_history_of_runs(company):
    with duckdb.connect(str(company.database)) as connection:
        connection.execute(
            "create table platform.runs as select null::varchar as invocation_id, null::varchar as command, "
            "null::varchar as status, null::varchar as schedule_run, null::varchar as step, false as is_whole, "
            "false as is_full_refresh, false as is_empty, 0::bigint as node_count, 0::bigint as test_count, "
            "null::timestamp as started_at, null::timestamp as finished_at where false"
        )
    company.fails("care", "alerts")
    company.runner.day(NIGHT)
    with duckdb.connect(str(company.database)) as connection:
        rows = connection.execute(
            "select step, command, status, finished_at >= started_at from platform.runs order by started_at, invocation_id"
        ).fetchall()
    assert [row[:3] for row in rows] == [
        (step, "step", status) for step, status in company.statuses().items()
    ]
    assert {row[0]: row[2] for row in rows}["publish"] == "skipped"
    assert all(row[3] for row in rows) and company.runner.state.not_written_down() == []
    # The history is not what says whether tables were tested: rows of steps are not commands of dbt.
    with (
        duckdb.connect(str(company.database)) as connection,
        pytest.raises(built.CannotPublish, match="never built"),
    ):
        built.last_whole_run(connection, company.folder)


# Alerts


class Mails(socketserver.StreamRequestHandler):
    """Takes mails, as little of SMTP as smtplib needs."""

    def handle(self):
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.mails.append(email.message_from_bytes(b"".join(lines)))
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")


class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.mails.append(told)
        self.send_response(self.server.answers)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def sinks(monkeypatch):
    """A mail server and a webhook on this machine; what they got."""
    servers = []
    for kind, handler in (
        (socketserver.ThreadingTCPServer, Mails),
        (http.server.ThreadingHTTPServer, Hook),
    ):
        server = kind(("127.0.0.1", 0), handler)
        server.mails, server.answers, server.daemon_threads = [], 200, True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
    monkeypatch.setenv("GROUNDWORK_SMTP", f"smtp://127.0.0.1:{servers[0].server_address[1]}")
    monkeypatch.setenv("GROUNDWORK_REPORT_FROM", "warehouse@example.com")
    monkeypatch.setenv("HOOK", f"http://127.0.0.1:{servers[1].server_address[1]}/s3cret")
    yield servers
    for server in servers:
        server.shutdown()
        server.server_close()


def test_somebody_is_told_once_and_again_when_it_is_well(company, sinks):
    mails, hooks = sinks
    company.fails("care", "alerts")
    for day in (2, 3):
        company.runner.day(run.Run(f"night-2026-03-0{day}"))
    assert [mail["Subject"] for mail in mails.mails] == [
        "Groundwork: care failed (night-2026-03-02)"
    ]
    body = mails.mails[0].get_payload(decode=True).decode()
    assert "1 failed: alerts" in body and "Not begun because of it: publish." in body
    assert mails.mails[0]["To"] == "team@example.com"
    assert [(told["step"], told["kind"]) for told in hooks.mails] == [("care", "failed")]
    company.fails("care")
    for day in (4, 5):
        assert company.runner.day(run.Run(f"night-2026-03-0{day}")) == 0
    assert [mail["Subject"] for mail in mails.mails[1:]] == [
        "Groundwork: care is well again (night-2026-03-04)"
    ]
    assert "It was failed since" in mails.mails[1].get_payload(decode=True).decode()
    assert [(told["step"], told["kind"]) for told in hooks.mails[1:]] == [("care", "recovered")]


def test_a_server_that_does_not_answer_is_asked_again(company, sinks, capsys):
    mails, hooks = sinks
    hooks.answers = 500
    company.fails("care", "alerts")
    company.runner.day(NIGHT)
    said = capsys.readouterr().out
    assert (
        "team could not be told by webhook that care failed (HTTPError: Internal Server Error)"
        in said
    )
    assert "s3cret" not in said
    hooks.answers = 200
    tried = len(hooks.mails)
    company.runner.send()
    company.runner.send()
    assert len(hooks.mails) == tried + 1 and len(mails.mails) == 1
    # Who takes messages can see that it is the same one.
    assert len({told["id"] for told in hooks.mails}) == 1


def test_passwords_of_servers_are_not_said(company, monkeypatch, capsys):
    monkeypatch.setenv("GROUNDWORK_SMTP", "smtp://me:s3cret@127.0.0.1:9")
    monkeypatch.setenv("GROUNDWORK_REPORT_FROM", "me@example.com")
    company.with_schedule(
        SCHEDULE.replace("echo loaded", "echo postgresql://me:s3cret@db/shop; false")
    )
    company.runner.day(NIGHT)
    said = capsys.readouterr().out
    assert "could not be told by mail" in said and "s3cret" not in said
    rows = company.runner.state.connection.execute("select body from messages").fetchall()
    assert rows and not any("s3cret" in row["body"] for row in rows)


def at(clock: str) -> datetime:
    """A time of the night of 2 March in Seoul."""
    return datetime.fromisoformat(f"2026-03-02 {clock}+09:00").astimezone(UTC)


def test_a_night_that_never_began_is_late_once(company):
    runner = company.runner
    runner.state.connection.execute("update settings set value = '2026-03-01 00:00:00'")
    runner.watch(at("04:59"))
    assert company.told() == []
    # Of all that wait, the first is named; what waits for it is told of by that.
    for clock in ("05:01", "06:30", "09:00"):
        runner.watch(at(clock))
    assert company.told() == [("load", "late")]
    body = runner.state.unsent()[0]["body"]
    assert body == "It was to be done by 05:00 (Asia/Seoul), and has not begun."
    assert runner.day(NIGHT) == 0
    assert company.told() == [("load", "late"), ("load", "recovered")]
    runner.watch(at("09:10"))
    assert len(company.told()) == 2


def test_a_new_installation_owes_no_night(company):
    company.runner.watch(datetime.now(UTC))
    assert company.told() == [] and company.runner.due(datetime.now(UTC)) == 0
    assert company.calls() == []


def test_due_begins_a_night_once_and_goes_on_after_a_kill(company):
    runner = company.runner
    runner.state.connection.execute("update settings set value = '2026-02-01 00:00:00'")
    assert runner.due(at("03:59")) == 0
    # The night before is the newest until then.
    runs = runner.state.connection.execute("select run from runs").fetchall()
    assert [row["run"] for row in runs] == ["night-2026-03-01"]
    assert runner.due(at("04:01")) == 0 and runner.due(at("04:06")) == 0
    assert len(company.calls()) == 10
    # The same night, had it been killed in care: what was done stays done.
    runner.state.connection.execute("update runs set ended_at = null")
    runner.state.connection.execute(
        "update attempts set status = 'running', ended_at = null where run = ? and step = 'care'",
        (NIGHT.name,),
    )
    assert runner.due(at("04:30")) == 0
    assert [step for step, *_ in company.calls()[10:]] == ["care", "metrics"]
    told = [("load", "late"), ("load", "recovered"), ("care", "failed"), ("care", "recovered")]
    assert company.told() == told


# One at a time


def started(company: Company, *words: str, **options) -> subprocess.Popen:
    """The runner as a program of its own."""
    environment = os.environ | {
        "GROUNDWORK_DB": str(company.database),
        "GROUNDWORK_SCHEDULE": str(company.folder / "schedule.yml"),
        "DBT_TARGET_PATH": str(company.folder / "target"),
    }
    return subprocess.Popen(
        [PYTHON, "orchestration/run.py", *words],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def wait_for(what) -> None:
    until = time.monotonic() + 30
    while not what():
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.05)


SLOW_STEP = """
    at: "04:00"
    people: {}
    steps:
      - {name: quick, run: "echo quick >> $TRACE"}
      - {name: slow, run: "echo $$ > $TRACE.pid; echo slow >> $TRACE; sleep 40", after: [quick]}
"""


def gone(pid: int) -> bool:
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"
    except OSError:
        return True


def test_two_runs_never_meet_and_a_kill_leaves_no_lock(company):
    company.with_schedule(SLOW_STEP)
    first = started(company, "day")
    pid_file = company.folder / "trace.pid"
    wait_for(lambda: pid_file.exists() and pid_file.read_text())
    # A build by hand, and a second night.
    for words in (["hold", "--as", "make build", "--", "true"], ["day"]):
        second = started(company, *words)
        out, said = second.communicate(timeout=30)
        assert second.returncode == 75, out + said
        assert re.fullmatch(
            rf"The warehouse is held by the schedule, night-\S+ \(PID {first.pid}\) since \S+ \S+ UTC\. Wait for its "
            rf"end, or end it by kill {first.pid}, then run .* again\.\n",
            said,
        ), said
    # The runner dies at once; what it had started works on, and keeps the lock.
    first.kill()
    first.communicate()
    child = int(pid_file.read_text())
    assert not gone(child) and not run_lock.is_free(company.database)
    said = run_lock.said_of_holder(run_lock.lock_file(company.database), "make build")
    assert (
        "was killed, and what it had started still works on the warehouse (PID" in said
        and f"{child}" in said
    )
    os.killpg(child, signal.SIGKILL)
    wait_for(lambda: run_lock.is_free(company.database))
    # The next run says so, and goes on with the step that was cut off.
    file = company.folder / "schedule.yml"
    file.write_text(file.read_text().replace("sleep 40", "true"))
    third = started(company, "day")
    out, said = third.communicate(timeout=30)
    assert third.returncode == 0, out + said
    assert "quick: has succeeded before" in out and "slow: succeeded" in out
    assert (company.folder / "trace").read_text() == "quick\nslow\nslow\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_what_was_started_and_loses_nothing(company, number):
    company.with_schedule(SLOW_STEP)
    first = started(company, "day")
    pid_file = company.folder / "trace.pid"
    wait_for(lambda: pid_file.exists() and pid_file.read_text())
    first.send_signal(number)
    out, said = first.communicate(timeout=30)
    assert first.returncode == 130
    assert said == "Interrupted. The same command again goes on from here.\n"
    assert "slow: killed, it was ended from outside" in out
    wait_for(lambda: gone(int(pid_file.read_text())))
    assert run_lock.is_free(company.database)


def test_a_step_that_takes_too_long_is_ended_with_all_it_started(company):
    company.with_schedule(
        SLOW_STEP.replace("after: [quick]", "after: [quick], timeout_minutes: 0.01")
    )
    assert company.runner.day(NIGHT) == 1
    row = company.runner.state.last(NIGHT.name)["slow"]
    assert (row["status"], row["message"]) == (
        "failed",
        "it took longer than 0.01 minutes and was ended",
    )
    assert gone(int((company.folder / "trace.pid").read_text()))


def test_a_warehouse_that_another_program_has_open_is_said_by_its_name(company):
    holder = subprocess.Popen(
        [
            PYTHON,
            "-c",
            f"import duckdb, time; c = duckdb.connect({str(company.database)!r}); print(1, flush=True); time.sleep(60)",
        ],
        stdout=subprocess.PIPE,
    )
    try:
        holder.stdout.readline()
        done = started(
            company, "hold", "--as", "make build", "--", "touch", str(company.folder / "begun")
        )
        _, said = done.communicate(timeout=30)
        assert done.returncode == 75 and not (company.folder / "begun").exists()
        assert said.startswith("warehouse.duckdb is open in another program: ")
        assert f"(PID {holder.pid}, since " in said and f"kill {holder.pid}" in said
        assert "import duckdb" in said and said.count("\n") == 1
        assert company.runner.day(NIGHT) == 1
        assert (
            "is open in another program" in company.runner.state.last(NIGHT.name)["core"]["message"]
        )
    finally:
        holder.kill()
        holder.communicate()


def test_a_place_that_cannot_be_written_is_named(company, monkeypatch, tmp_path):
    with pytest.raises(
        run_lock.CannotWrite, match=r"does not exist\. Make it, or set GROUNDWORK_DB"
    ):
        run_lock.check_place(tmp_path / "no" / "warehouse.duckdb")
    with pytest.raises(
        run_lock.CannotWrite, match=r"is a folder\. Set GROUNDWORK_DB to a file in it"
    ):
        run_lock.check_place(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(run_lock.CannotWrite, match=r"file is a file, and dbt writes into .*target"):
        run_lock.check_target(tmp_path / "file" / "target")
    broken = tmp_path / "broken.duckdb"
    broken.write_text("no warehouse" * 1000)
    with pytest.raises(run_lock.CannotWrite, match="make restore FROM= brings a backup back"):
        run_lock.check_warehouse(broken)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(run_lock.CannotWrite, match="cannot be written by this user"):
        run_lock.check_place(company.database)
    monkeypatch.undo()
    with pytest.raises(
        run_lock.CannotWrite, match=r"MB free, and .* are needed \(of the schedule: least_free_mb"
    ):
        run_lock.check_place(company.database, 1e12)
    done = started(company, "hold", "--as", "make build", "--", "true")
    assert done.communicate(timeout=30)[1] == "" and done.returncode == 0


def test_a_full_disk_is_what_is_said(tmp_path):
    log = tmp_path / "log"
    log.write_text(
        "Could not write file: No space left on device\nand so on\nmake: *** [x] Error 1\n"
    )
    assert run.last_words(log) == "Could not write file: No space left on device"


def test_logs_are_removed_by_age_and_by_size(tmp_path):
    for name, days, size in (
        ("new", 0, 10),
        ("big", 1, 900_000),
        ("old", 2, 200_000),
        ("ancient", 40, 1),
    ):
        (tmp_path / name).mkdir()
        log = tmp_path / name / "core.1.log"
        log.write_bytes(b"x" * size)
        os.utime(log, (time.time() - days * 86400,) * 2)
    run.remove_old_logs(tmp_path, 30, 1)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["big", "new"]


def test_a_range_of_days_is_run_with_progress_and_goes_on(company, capsys):
    asked = run.asked_for(["backfill", "--from", "2026-03-01", "--to", "2026-03-03"])
    company.with_schedule("""
        at: "04:00"
        steps:
          - {name: load, run: test ! -e $TRACE}
          - {name: next, run: date, after: [load]}
    """)
    (company.folder / "trace").touch()
    assert run.backfill(company.runner, asked) == 1
    out = capsys.readouterr().out
    assert "2026-03-01 (1 of 3)" in out
    assert re.search(r"2026-03-02 \(2 of 3, about \d+ minutes to go\)", out)
    assert "Not well: 2026-03-01, 2026-03-02, 2026-03-03." in out
    (company.folder / "trace").unlink()
    assert run.backfill(company.runner, asked) == 0 and "begins" in capsys.readouterr().out
    assert run.backfill(company.runner, asked) == 0
    out = capsys.readouterr().out
    assert "3 of 3 days are done." in out and "begins" not in out
    with pytest.raises(plan.BadSchedule, match="TO=2026-03-01 is before FROM=2026-03-02"):
        run.backfill(
            company.runner,
            run.asked_for(["backfill", "--from", "2026-03-02", "--to", "2026-03-01"]),
        )
    with pytest.raises(plan.BadSchedule, match="'1 March' is no day: write it as 2026-03-01"):
        run.backfill(
            company.runner, run.asked_for(["backfill", "--from", "1 March", "--to", "2026-03-01"])
        )


def test_settings_come_from_a_file_of_their_own(tmp_path, monkeypatch, capsys):
    file = tmp_path / "schedule.env"
    file.write_text("# about\nexport GROUNDWORK_A='x y'\nGROUNDWORK_B = 2\n\nGROUNDWORK_C=3\n")
    file.chmod(0o600)
    monkeypatch.setenv("GROUNDWORK_C", "kept")
    for name in "AB":
        monkeypatch.setenv(f"GROUNDWORK_{name}", "")
        monkeypatch.delenv(f"GROUNDWORK_{name}")
    run.read_settings(file)
    assert [os.environ[f"GROUNDWORK_{name}"] for name in "ABC"] == ["x y", "2", "kept"]
    assert capsys.readouterr().err == ""
    file.chmod(0o644)
    run.read_settings(file)
    assert "chmod 600" in capsys.readouterr().err
    file.write_text("s3cret")
    with pytest.raises(plan.BadSchedule, match="line 1: write NAME=value") as error:
        run.read_settings(file)
    assert "s3cret" not in str(error.value)


def test_alerts_name_everybody_once(company, monkeypatch):
    monkeypatch.setenv("HOOK", "https://example.com/a")
    step = company.runner.plan.step("care")
    assert run_alerts.ways_of(company.runner.plan, step) == [
        ("team", "mail", "team@example.com"),
        ("team", "webhook", "https://example.com/a"),
    ]
    assert run_state.name_of_run(None, date(2026, 3, 1)) == "day-2026-03-01"
