"""Runs the schedule, one step or a whole day, the same way whoever calls it: cron, systemd, Airflow, or a person.

    day [--date D] [--again]     all steps, in order; goes on where a run of the same night or day was cut off
    step NAME [--night N]        one step, as Airflow's tasks do, if those before it allow; `end` comes last
    backfill --from D --to D     one day after the other
    due                          what cron asks every few minutes: begins the night if it is time, and does as watch
    watch                        tells of steps that are late, and of those that were killed
    hold --as NAME -- COMMAND    a command by hand, under the same lock
    plan                         the steps as a list

A step's exit code is 0 when it succeeded, 1 when it did not, 99 when it was not begun because of a step before it, and
75 when another run or program has the warehouse, 73 when the warehouse cannot be written.
"""

import argparse
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import duckdb

PROJECT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT / "orchestration"), str(PROJECT / "tools")]

import run_history as history  # noqa: E402
from built import database_file, in_use, target_folder  # noqa: E402
from plan import BadSchedule, Plan, Step, dbt_words, read_plan  # noqa: E402
from run_alerts import send_all, tell  # noqa: E402
from run_lock import (  # noqa: E402
    CannotWrite,
    Locked,
    check_place,
    check_target,
    check_warehouse,
    is_free,
    warehouse_lock,
)
from run_state import ENDED_WELL, State, folder_of, name_of_run  # noqa: E402

NOT_BEGUN, CANNOT_WRITE, HELD, INTERRUPTED = 99, 73, 75, 130
DBT = os.environ.get("GROUNDWORK_DBT") or str(pathlib.Path(sys.executable).with_name("dbt"))
# A build by hand begins with so much free disk at least: less is gone before its first table.
LEAST_FREE_MB = 50
SETTING = re.compile(r"\s*(?:export\s+)?([A-Z][A-Z0-9_]*)\s*=\s*(.*?)\s*")
LIKE_A_SECRET = re.compile(r"(://[^:/@\s]*):[^@\s]*@")
# Lines that say no more than that the line before was an error.
ECHO = re.compile(r"make(\[\d+\])?: |\s*$")


class Interrupted(Exception):
    """Somebody pressed Ctrl-C, or the system asked it to end."""


@dataclass(frozen=True)
class Run:
    """A night of the schedule, or a day of the data, with what it is called and the vars that dbt gets."""

    name: str
    day: date | None = None

    def variables(self) -> list[str]:
        return ["--vars", f"{{as_of: '{self.day}'}}"] if self.day else []


class Runner:
    """A schedule over a warehouse."""

    def __init__(self, plan: Plan, database: pathlib.Path, shared: pathlib.Path) -> None:
        check_place(database)
        check_target(shared)
        self.plan, self.database, self.shared = plan, database, shared
        self.state = State(database)
        self.logs = folder_of(database) / "logs"
        self.said: set[str] = set()

    @contextmanager
    def held(self, what: str, waits: bool = True) -> Iterator[tuple[int, ...]]:
        """The lock; what is said to run then was killed."""
        minutes = self.plan.wait_for_lock_minutes if waits else 0
        with warehouse_lock(self.database, what, minutes) as passed:
            if passed:
                for row in self.state.kill_what_runs():
                    self.say_failed(row["run"], row["step"], "it began and nobody saw its end")
            yield passed

    def say_failed(self, run: str, step: str, message: str) -> None:
        for known in self.plan.steps:
            if known.name == step:
                tell(self.state, self.plan, known, "failed", run, message)

    def perform(self, run: Run, step: Step, passed: tuple[int, ...], shows: bool) -> int:
        """One step with its retries, unless those before it forbid it; its exit code. Under the lock."""
        last = self.state.last(run.name)
        stops = list(
            filter(None, [self.reason(other, last, step) for other in self.waits_for(step)])
        )
        if stops:
            message = stops[0]
            attempt = self.state.begin(run.name, step.name, kind_of(step), "")
            self.state.end(run.name, step.name, attempt, "skipped", message, False)
            print(f"{step.name}: not begun, {message}", flush=True)
            self.leave_trace(run, step)
            return NOT_BEGUN
        status, message = "failed", ""
        for number in range(int(step.retries) + 1):
            if number:
                print(f"{step.name}: again in {step.retry_after_minutes:g} minutes", flush=True)
                time.sleep(step.retry_after_minutes * 60)
            status, message = self.attempt(run, step, passed, shows, number > 0)
            if status in (ENDED_WELL, "incomplete"):
                break
        self.leave_trace(run, step)
        if status == "failed":
            tell(
                self.state,
                self.plan,
                step,
                "failed",
                run.name,
                self.with_those_after(step, message),
            )
        elif status == ENDED_WELL:
            tell(self.state, self.plan, step, "recovered", run.name, "It has succeeded.")
        self.send()
        return 0 if status == ENDED_WELL else 1

    def waits_for(self, step: Step) -> list[str]:
        """The steps whose end decides whether a step may begin. A command must not begin after any that failed above
        it, however far: metrics are made of the areas that there are, but are not published then."""
        if step.build:
            core = [each.name for each in self.plan.builds() if each.build == "core"]
            return [
                *step.after,
                *(name for name in core if self.hangs_on(step, self.plan.step(name))),
            ]
        return [each.name for each in self.plan.steps if self.hangs_on(step, each)]

    def reason(self, other: str, last: dict, step: Step) -> str:
        """Why a step must not begin after another one, else ''."""
        row = last.get(other)
        if row is None:
            return f"{other} has not run"
        if row["status"] == ENDED_WELL:
            return ""
        # What an area that crashed would have built is left out, as it is of one that failed. All needs core.
        is_area = row["kind"] == "build" and self.plan.step(other).build != "core"
        if step.build and (row["has_results"] or is_area):
            return ""
        return f"{other} is {row['status']}"

    def with_those_after(self, step: Step, message: str) -> str:
        """What a failure stops, beside itself."""
        waiting = [each.name for each in self.plan.steps if each.run and self.hangs_on(each, step)]
        stopped = f"\nNot begun because of it: {', '.join(waiting)}." if waiting else ""
        return f"{message}{stopped}\nLogs: {self.logs}"

    def hangs_on(self, step: Step, other: Step) -> bool:
        return other.name in step.after or any(
            self.hangs_on(self.plan.step(name), other) for name in step.after
        )

    def attempt(
        self, run: Run, step: Step, passed: tuple[int, ...], shows: bool, is_again: bool
    ) -> tuple[str, str]:
        """One attempt: its status, and what there is to say of it."""
        self.logs.joinpath(run.name).mkdir(parents=True, exist_ok=True)
        name = f"{run.name}/{step.name}.{{attempt}}.log"
        attempt = self.state.begin(run.name, step.name, kind_of(step), name)
        log = self.logs / name.format(attempt=attempt)
        print(f"{step.name}: begins, {log}", flush=True)
        status, message, has_results, models = "killed", "it was ended from outside", False, []
        began = time.time()
        try:
            check_place(self.database, self.plan.least_free_mb)
            if step.build:
                check_warehouse(self.database)
                models = self.models_left_out(run, step)
                command = self.dbt_command(run, step, models, is_again)
                before = history.results_of(history.target_of(self.database, step))
                code = self.call(command, step, run, passed, log, shows)
                results = self.results_since(step, began, before)
                status, message = judged(code, results, log, models)
                message = self.lock_in(log) or message if code else message
                has_results = results is not None and not history.stopped_before_models(results)
            else:
                code = self.call(["/bin/bash", "-c", step.run], step, run, passed, log, shows)
                status, message = judged(code, None, log, [])
        except (CannotWrite, Locked, OSError, subprocess.TimeoutExpired) as error:
            status, message = (
                "failed",
                (
                    f"it took longer than {step.timeout_minutes:g} minutes and was ended"
                    if isinstance(error, subprocess.TimeoutExpired)
                    else str(error)
                ),
            )
        finally:
            self.state.end(run.name, step.name, attempt, status, message, has_results)
            print(f"{step.name}: {status}{f', {message}' if message else ''}", flush=True)
        if step.build:
            self.after_build(run, step, models)
        return status, message

    def lock_in(self, log: pathlib.Path) -> str | None:
        """Which program opened the warehouse while dbt was on its way to it, if that is why it failed."""
        end = log.read_text(encoding="utf-8", errors="replace")[-5_000:] if log.exists() else ""
        return in_use(RuntimeError(end), self.database) if "Conflicting lock" in end else None

    def results_since(self, step: Step, began: float, before: dict | None) -> dict | None:
        """What dbt says of all nodes of a step: after a retry also of those that it had done before."""
        target = history.target_of(self.database, step)
        file = target / "run_results.json"
        if not file.exists() or file.stat().st_mtime < began - 1:
            return None
        results = history.results_of(target)
        return history.with_earlier(target, results, before) if results and before else results

    def models_left_out(self, run: Run, step: Step) -> list[dict]:
        """Models of the step that hang on something that failed in a step before it."""
        last, results = self.state.last(run.name), []
        manifest = self.manifest()
        for other in self.plan.builds():
            row = last.get(other.name)
            if (
                other.name == step.name
                or row is None
                or row["status"] == ENDED_WELL
                or not manifest
            ):
                continue
            known = history.results_of(history.target_of(self.database, other))
            results += (
                (known or {}).get("results", [])
                if row["has_results"]
                else history.as_skipped(history.models_of(manifest, self.plan, other))
            )
        if not results:
            return []
        blocked = history.blocked_models(manifest, results)
        return [
            model
            for model in history.models_of(manifest, self.plan, step)
            if model["unique_id"] in blocked
        ]

    def manifest(self) -> dict | None:
        """The project as the last step understood it."""
        file = self.shared / "manifest.json"
        return history.read_json(file) if file.exists() else None

    def dbt_command(self, run: Run, step: Step, models: list[dict], is_again: bool) -> list[str]:
        """A build of the step, or a retry of what failed and was skipped in it."""
        target = history.target_of(self.database, step)
        dbt = [DBT, "--no-use-colors"]
        not_done = [
            each
            for each in (history.results_of(target) or {}).get("results", [])
            if each["status"] in (*history.FAILED, "skipped")
        ]
        if is_again and not_done:
            return [*dbt, "retry"]
        target.joinpath("run_results.json").unlink(missing_ok=True)
        history.bring_parsed(self.shared, target)
        words = with_excluded(dbt_words(step, self.plan), [model["name"] for model in models])
        return [*dbt, *words, *run.variables()]

    def call(
        self,
        words: list[str],
        step: Step,
        run: Run,
        passed: tuple[int, ...],
        log: pathlib.Path,
        shows: bool,
    ) -> int:
        """Runs a command to its end, or ends it and all that it started; its exit code."""
        environment = dict(os.environ) | {
            "GROUNDWORK_SCHEDULE_RUN": run.name,
            "GROUNDWORK_STEP": step.name,
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        }
        if step.build:
            environment["DBT_TARGET_PATH"] = str(history.target_of(self.database, step))
            environment["DBT_LOG_PATH"] = str(folder_of(self.database) / "dbt_logs")
        child, ended = None, threading.Event()
        shower = threading.Thread(target=show, args=(log, ended), daemon=True)
        try:
            with not_interrupted(), log.open("ab") as written:
                child = subprocess.Popen(
                    words,
                    cwd=PROJECT,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=written,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    pass_fds=passed,
                )
                if shows:
                    shower.start()
            return child.wait(timeout=step.timeout_minutes * 60 or None)
        except BaseException:
            if child is not None:
                with not_interrupted():
                    end_group(child)
            raise
        finally:
            ended.set()
            if shower.is_alive():
                shower.join(timeout=5)

    def after_build(self, run: Run, step: Step, models: list[dict]) -> None:
        """Leaves what a build of everything by hand would have left."""
        history.share_parsed(history.target_of(self.database, step), self.shared)
        row, manifest = self.state.last(run.name)[step.name], self.manifest()
        if not row["has_results"] and manifest:
            models = history.models_of(manifest, self.plan, step)
        try:
            if models and self.database.exists():
                history.mark_stale(self.database, models)
            is_whole = history.mark_whole(self.database, self.state, self.plan, run.name, step)
        except duckdb.Error as error:
            print(
                f"{step.name}: its end could not be written down: {first_line(error)}", flush=True
            )
            is_whole = False
        ended = [name for name, row in self.state.last(run.name).items() if row["has_results"]]
        history.share_results(self.plan, self.database, ended, self.shared, is_whole)

    def leave_trace(self, run: Run, step: Step) -> None:
        problem = history.write_down(self.database, self.state)
        if problem:
            print(
                f"{step.name}: not yet in platform.runs, the next step writes it down: {problem}",
                flush=True,
            )

    def send(self) -> None:
        for problem in send_all(self.state, self.plan):
            if problem not in self.said:
                print(problem, flush=True)
                self.said.add(problem)

    def day(self, run: Run, again: bool = False, shows: bool = False, waits: bool = False) -> int:
        """All steps in order; those that have succeeded in the same run are not done twice."""
        what = f"the schedule, {run.name}"
        with self.held(what, waits) as passed:
            # Another run has since made the tables of another day.
            is_newest = not again and self.state.newest_run() == run.name
            done = self.done_before(run) if is_newest else set()
            self.state.begin_run(run.name)
            worst = 0
            for number, step in enumerate(self.plan.steps, 1):
                if step.name in done:
                    print(f"{step.name}: has succeeded before", flush=True)
                    continue
                print(f"[{number} of {len(self.plan.steps)}] ", end="", flush=True)
                worst = max(worst, self.perform(run, step, passed, shows))
            return max(worst and 1, self.end(run))

    def done_before(self, run: Run) -> set[str]:
        """The steps of a run that need not be done again: they have succeeded, after all that they come after."""
        last, done = self.state.last(run.name), set()
        for step in self.plan.steps:
            row = last.get(step.name)
            if row is None or row["status"] != ENDED_WELL or set(step.after) - done:
                continue
            if all(last[other]["ended_at"] <= row["started_at"] for other in step.after):
                done.add(step.name)
        return done

    def step(self, run: Run, name: str) -> int:
        """One step by itself, as a task of Airflow."""
        step = self.plan.step(name)
        try:
            with self.held(f"step {name} of {run.name}") as passed:
                self.state.begin_run(run.name)
                return self.perform(run, step, passed, shows=True)
        except Locked as error:
            attempt = self.state.begin(run.name, name, kind_of(step), "")
            self.state.end(run.name, name, attempt, "failed", str(error), False)
            tell(self.state, self.plan, step, "failed", run.name, str(error))
            self.send()
            raise

    def end(self, run: Run) -> int:
        """The end of a run: what came of it, and logs that are too old or too large are removed."""
        self.state.end_run(run.name)
        self.leave_trace(run, self.plan.steps[-1])
        self.send()
        remove_old_logs(self.logs, self.plan.keep_days, self.plan.keep_mb)
        last = self.state.last(run.name)
        bad = [
            f"{step.name} {last[step.name]['status'] if step.name in last else 'not begun'}"
            for step in self.plan.steps
            if step.name not in last or last[step.name]["status"] != ENDED_WELL
        ]
        print(f"{run.name}: {', '.join(bad) if bad else 'all steps have succeeded'}", flush=True)
        return 1 if bad else 0

    def watch(self, now: datetime) -> None:
        """Tells of steps of the newest night that have missed their deadline, begun or not, and of killed ones."""
        with suppress(Locked), self.held("a look at what is late", waits=False):
            pass
        night = self.plan.last_night(now)
        run = name_of_run(night, None)
        if self.state.since() <= f"{self.plan.begins(night):%Y-%m-%d %H:%M:%S.%f}":
            last = self.state.last(run)
            for step in self.plan.steps:
                row = last.get(step.name)
                # What was stopped by a step before it is told of that one.
                is_late = row is None or row["status"] in ("running", "killed", "failed")
                told_before = any(
                    self.hangs_on(step, other) and self.state.trouble(other.name)
                    for other in self.plan.steps
                )
                if (
                    step.deadline
                    and now > self.plan.moment(night, step.deadline)
                    and is_late
                    and not told_before
                ):
                    stands = f"is {row['status']}" if row else "has not begun"
                    message = f"It was to be done by {step.deadline} ({self.plan.time_zone}), and {stands}."
                    tell(self.state, self.plan, step, "late", run, message)
        self.send()

    def due(self, now: datetime, waits: bool = False) -> int:
        """Begins the newest night unless it was begun; one that was cut off goes on."""
        self.watch(now)
        night = self.plan.last_night(now)
        run = Run(name_of_run(night, None))
        has_ended = self.state.has_ended(run.name)
        # The first call of all may be that of the first night. A night before it is owed by nobody.
        begun = self.plan.begins(night) + timedelta(minutes=10)
        is_new = self.state.since() <= f"{begun:%Y-%m-%d %H:%M:%S.%f}"
        if has_ended or (has_ended is None and not is_new) or not (waits or is_free(self.database)):
            return 0
        return self.day(run, waits=waits)


def kind_of(step: Step) -> str:
    return "build" if step.build else "run"


def with_excluded(words: list[str], names: list[str]) -> list[str]:
    """The same command without some models."""
    if not names:
        return words
    if "--exclude" in words:
        at = words.index("--exclude") + 1
        return [*words[:at], *names, *words[at:]]
    return [*words, "--exclude", *names]


def judged(
    code: int, results: dict | None, log: pathlib.Path, models: list[dict]
) -> tuple[str, str]:
    """The status of an attempt by what is left of it."""
    failures = history.failures_of(results)
    if failures:
        names = [each["unique_id"].split(".")[2] for each in failures]
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        return "failed", f"{len(names)} failed: {', '.join(names[:5])}{more}"
    if code:
        return "failed", last_words(log)
    if models:
        names = ", ".join(model["name"] for model in models[:5])
        more = f" and {len(models) - 5} more" if len(models) > 5 else ""
        return "incomplete", f"left out, since something above them failed: {names}{more}"
    return ENDED_WELL, ""


def last_words(log: pathlib.Path) -> str:
    """The last line of a log that says something, without passwords."""
    lines = log.read_text(encoding="utf-8", errors="replace")[-20_000:].splitlines()
    said = [line.strip() for line in lines if not ECHO.match(line)]
    full = [line for line in said if "No space left on device" in line or "Out of disk" in line]
    line = (full or said or ["it said nothing"])[-1]
    return LIKE_A_SECRET.sub(r"\1:…@", line)[:300]


def first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def show(log: pathlib.Path, ended: threading.Event) -> None:
    """Prints a log while it is written."""
    with log.open(encoding="utf-8", errors="replace") as opened:
        while True:
            is_last = ended.is_set()
            shutil.copyfileobj(opened, sys.stdout)
            sys.stdout.flush()
            if is_last:
                return
            ended.wait(0.5)


def end_group(child: subprocess.Popen) -> None:
    """Asks a command and all that it started to end, and after half a minute ends them."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(child.pid, number)
        try:
            child.wait(timeout=15)
            break
        except subprocess.TimeoutExpired:
            continue
    # What it started may have outlived it, and has the lock.
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


def remove_old_logs(folder: pathlib.Path, keep_days: float, keep_mb: float) -> None:
    """Removes logs that are too old, then the oldest until the others are small enough together."""
    files = sorted(folder.rglob("*.log"), key=lambda file: file.stat().st_mtime, reverse=True)
    oldest, room = time.time() - keep_days * 86400, keep_mb * 1e6
    for file in files:
        about = file.stat()
        room -= about.st_size
        if about.st_mtime < oldest or room < 0:
            file.unlink()
    for each in folder.iterdir() if folder.exists() else []:
        if each.is_dir() and not any(each.iterdir()):
            each.rmdir()


def read_settings(file: pathlib.Path) -> None:
    """Variables of a file that is not committed, as NAME=value; what the environment has already stays."""
    if not file.exists():
        return
    if file.stat().st_mode & 0o077:
        print(
            f"{file} can be read by others, and may hold passwords: chmod 600 {file}",
            file=sys.stderr,
        )
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = SETTING.fullmatch(line)
        if not found:
            raise BadSchedule(f"{file}, line {number}: write NAME=value, a line each.")
        value = found[2]
        if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        os.environ.setdefault(found[1], value)


def day_of(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise BadSchedule(f"{text!r} is no day: write it as 2026-03-01.") from None


def run_of(plan: Plan, asked: argparse.Namespace, now: datetime) -> Run:
    if asked.date:
        day = day_of(asked.date)
        return Run(name_of_run(None, day), day)
    night = day_of(asked.night) if getattr(asked, "night", "") else plan.last_night(now)
    return Run(name_of_run(night, None))


def backfill(runner: Runner, asked: argparse.Namespace) -> int:
    """Day after day; days that have ended well are not done again, unless asked."""
    first, last = day_of(asked.first), day_of(asked.last)
    if last < first:
        raise BadSchedule(f"TO={last} is before FROM={first}.")
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    bad, began, done = [], time.monotonic(), 0
    for number, day in enumerate(days, 1):
        run = Run(name_of_run(None, day), day)
        left = (time.monotonic() - began) / done * (len(days) - number + 1) / 60 if done else 0
        about = f", about {left:.0f} minutes to go" if done else ""
        if not asked.again and len(runner.done_before(run)) == len(runner.plan.steps):
            print(f"{day} ({number} of {len(days)}): was done before", flush=True)
            continue
        print(f"{day} ({number} of {len(days)}{about})", flush=True)
        if runner.day(run, asked.again):
            bad.append(f"{day}")
        done += 1
    print(f"{len(days) - len(bad)} of {len(days)} days are done.", flush=True)
    if bad:
        print(f"Not well: {', '.join(bad)}. The same command again does what is left.", flush=True)
    return 1 if bad else 0


def hold(asked: argparse.Namespace) -> int:
    """A command by hand, under the lock, once nothing else has the warehouse."""
    database = database_file()
    with warehouse_lock(database, asked.name) as passed:
        if not asked.blind:
            check_place(database, LEAST_FREE_MB)
            check_target(target_folder())
            check_warehouse(database)
        child = subprocess.Popen(asked.words, pass_fds=passed)
        while True:
            try:
                return child.wait()
            except Interrupted as asked_by:
                # A terminal has asked the command, too: it ends by itself.
                if asked_by.args == (signal.SIGTERM,):
                    child.terminate()


def say_plan(plan: Plan, now: datetime) -> None:
    night = plan.last_night(now)
    following = night + timedelta(days=1)
    print(
        f"At {plan.at} ({plan.time_zone}), {', '.join(plan.days)}; the last night began on {night}, "
        f"{plan.begins(night):%Y-%m-%d %H:%M} UTC; {following} begins {plan.begins(following):%Y-%m-%d %H:%M} UTC."
    )
    for number, step in enumerate(plan.steps, 1):
        what = f"dbt {' '.join(dbt_words(step, plan))}" if step.build else step.run
        after = f" after {', '.join(step.after)}" if step.after else ""
        print(f"{number}. {step.name}{after}: {what}")


def asked_for(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    kinds = parser.add_subparsers(dest="what", required=True)
    for name in ("day", "step", "end"):
        kind = kinds.add_parser(name)
        if name == "step":
            kind.add_argument("name")
        kind.add_argument("--night", default="")
        kind.add_argument("--date", default="")
        kind.add_argument("--again", action="store_true")
    kind = kinds.add_parser("backfill")
    kind.add_argument("--from", dest="first", required=True)
    kind.add_argument("--to", dest="last", required=True)
    kind.add_argument("--again", action="store_true")
    for name in ("watch", "plan"):
        kinds.add_parser(name)
    kind = kinds.add_parser("due")
    kind.add_argument("--wait", action="store_true", help="for another run, if nobody asks again")
    kind = kinds.add_parser("hold")
    kind.add_argument("--as", dest="name", required=True)
    kind.add_argument("--blind", action="store_true", help="also where the file is broken")
    kind.add_argument("words", nargs="+")
    return parser.parse_args(words)


def work(asked: argparse.Namespace) -> int:
    if asked.what == "hold":
        return hold(asked)
    now, plan = datetime.now(UTC), read_plan()
    if asked.what == "plan":
        say_plan(plan, now)
        return 0
    runner = Runner(plan, database_file(), target_folder())
    if asked.what == "backfill":
        return backfill(runner, asked)
    if asked.what == "due":
        return runner.due(now, asked.wait)
    if asked.what == "watch":
        runner.watch(now)
        return 0
    run = run_of(plan, asked, now)
    if asked.what == "step":
        return runner.step(run, asked.name)
    if asked.what == "end":
        with runner.held(f"the end of {run.name}"):
            return runner.end(run)
    return runner.day(run, asked.again, sys.stdout.isatty())


# Whether an interruption must wait for a moment, and whether one does.
_interruptions = {"wait": False, "waiting": False}


def stop(number: int, frame: object) -> None:
    """What a signal does that asks the program to end."""
    if _interruptions["wait"]:
        _interruptions["waiting"] = True
    else:
        raise Interrupted(number)


@contextmanager
def not_interrupted() -> Iterator[None]:
    """Has an interruption wait for the end of what is inside: a command that was begun is known, so it can be ended."""
    _interruptions["wait"] = True
    try:
        yield
    finally:
        _interruptions["wait"] = False
    if _interruptions["waiting"]:
        _interruptions["waiting"] = False
        raise Interrupted


def main() -> None:
    os.chdir(PROJECT)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        read_settings(PROJECT / "schedule.env")
        sys.exit(work(asked_for(sys.argv[1:])))
    except Interrupted:
        print("Interrupted. The same command again goes on from here.", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except Locked as error:
        print(error, file=sys.stderr)
        sys.exit(HELD)
    except CannotWrite as error:
        print(error, file=sys.stderr)
        sys.exit(CANNOT_WRITE)
    except sqlite3.Error as error:
        sys.exit(
            f"{folder_of(database_file())}/state.sqlite cannot be read or written: {error}. Make room on its disk, or "
            "give this user the right to write there. What the warehouse holds is as it was."
        )
    except (BadSchedule, OSError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
