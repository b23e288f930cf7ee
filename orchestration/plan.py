"""What runs each night, read from schedule.yml: steps in order, the command of each, and when a night begins.

Both runners ask here, so it needs nothing but the standard library and PyYAML: Airflow reads it in an environment of
its own.
"""

import os
import pathlib
import re
import zoneinfo
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time, timedelta

import yaml

PROJECT = pathlib.Path(__file__).resolve().parents[1]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# What an area needs beside core: dbt_project.yml switches it off without it.
NEEDED = {"ml": "trust"}
TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
NAME = re.compile(r"[a-z][a-z0-9_]*")


class BadSchedule(Exception):
    """What is wrong in schedule.yml, and what to write instead."""


@dataclass(frozen=True)
class Step:
    """One step of a night. `build` is an area or `metrics`, or empty; then `run` is a command for bash."""

    name: str
    build: str = ""
    run: str = ""
    after: tuple[str, ...] = ()
    retries: int = 0
    retry_after_minutes: float = 0
    timeout_minutes: float = 0
    deadline: str = ""
    only_if: str = ""
    tell: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """The schedule, its steps in an order in which each comes after those that it waits for."""

    at: str
    time_zone: str
    days: tuple[str, ...]
    steps: tuple[Step, ...]
    people: dict = field(default_factory=dict)
    wait_for_lock_minutes: float = 0
    least_free_mb: int = 0
    keep_days: int = 30
    keep_mb: int = 500

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)

    def step(self, name: str) -> Step:
        for step in self.steps:
            if step.name == name:
                return step
        raise BadSchedule(
            f"{name} is no step of the schedule. Name one of {', '.join(step.name for step in self.steps)}."
        )

    def builds(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.build)

    def begins(self, night: date) -> datetime:
        """The moment, in UTC, at which the night of that date begins."""
        return self.moment(night, self.at)

    def moment(self, night: date, clock: str) -> datetime:
        """A time of the night in UTC; one before its begin is of the next morning."""
        told = time.fromisoformat(clock)
        day = night if told >= time.fromisoformat(self.at) else night + timedelta(days=1)
        return datetime.combine(day, told, self.zone).astimezone(UTC)

    def last_night(self, now: datetime) -> date:
        """The newest night that has begun."""
        night = now.astimezone(self.zone).date()
        while self.begins(night) > now or WEEKDAYS[night.weekday()] not in self.days:
            night -= timedelta(days=1)
        return night


def areas_switched_on() -> list[str]:
    """The areas of vars.yml that are built."""
    areas = yaml.safe_load((PROJECT / "vars.yml").read_text(encoding="utf-8"))["vars"]["areas"]
    return [area for area in areas if NEEDED.get(area, area) in areas]


def schedule_file() -> pathlib.Path:
    """GROUNDWORK_SCHEDULE, else orchestration/schedule.yml."""
    named = os.environ.get("GROUNDWORK_SCHEDULE") or PROJECT / "orchestration" / "schedule.yml"
    return pathlib.Path(named).absolute()


def read_plan(file: pathlib.Path | None = None, areas: list[str] | None = None) -> Plan:
    """The schedule of a file, without the steps of areas that are switched off and those whose `only_if` is missing.

    Stops at the first thing that is wrong, with the file and the step.
    """
    file = file or schedule_file()
    try:
        told = yaml.safe_load(file.read_text(encoding="utf-8"))
        return _checked(told, areas_switched_on() if areas is None else areas)
    except FileNotFoundError:
        raise BadSchedule(
            f"{file} is missing. GROUNDWORK_SCHEDULE names it; orchestration/schedule.yml is the default."
        ) from None
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        at = f", line {where.line + 1}, column {where.column + 1}" if where else ""
        raise BadSchedule(
            f"{file}{at}: this is no YAML ({getattr(error, 'problem', error)})."
        ) from None
    except BadSchedule as error:
        raise BadSchedule(f"{file}: {error}") from None


def _checked(told: object, areas: list[str]) -> Plan:
    known = {"at", "time_zone", "days", "retries", "retry_after_minutes", "timeout_minutes"}
    known |= {"wait_for_lock_minutes", "least_free_mb", "logs", "people", "tell", "steps"}
    told = _mapping(told, "the schedule", known)
    at = _clock(told.get("at"), "at")
    zone = told.get("time_zone", "UTC")
    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise BadSchedule(
            f"time_zone is {zone!r}: write a name such as UTC or Asia/Seoul."
        ) from None
    days = told.get("days", "daily")
    days = WEEKDAYS if days == "daily" else tuple(_words(days, "days"))
    if not days or set(days) - set(WEEKDAYS):
        raise BadSchedule(
            f"days is {told['days']}: write daily, or a list of {', '.join(WEEKDAYS)}."
        )
    people = _mapping(told.get("people", {}), "people")
    for name, ways in people.items():
        _mapping(ways, f"people, {name}", {"mail", "webhook"})
    logs = _mapping(told.get("logs", {}), "logs", {"keep_days", "keep_mb"})
    steps = told.get("steps")
    if not isinstance(steps, list) or not steps:
        raise BadSchedule("steps must be a list with at least one step.")
    steps = [_step(each, number, told, people) for number, each in enumerate(steps, 1)]
    steps = _in_order(steps)
    unknown = [step for step in steps if step.build and step.build not in (*areas, "metrics")]
    _stop_at_areas(steps, unknown, areas)
    left_out = {step.name for step in unknown} | {
        step.name for step in steps if step.only_if and not (PROJECT / step.only_if).exists()
    }
    return Plan(
        at=at,
        time_zone=zone,
        days=days,
        steps=tuple(_without(steps, left_out)),
        people=people,
        wait_for_lock_minutes=_number(
            told.get("wait_for_lock_minutes", 0), "wait_for_lock_minutes"
        ),
        least_free_mb=_number(told.get("least_free_mb", 0), "least_free_mb"),
        keep_days=_number(logs.get("keep_days", 30), "logs, keep_days"),
        keep_mb=_number(logs.get("keep_mb", 500), "logs, keep_mb"),
    )


def _step(told: object, number: int, defaults: dict, people: dict) -> Step:
    where = f"step {number}"
    told = _mapping(told, where, {each.name for each in fields(Step)})
    name = told.get("name")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise BadSchedule(f"{where} has the name {name!r}: write small letters, digits and _.")
    where = f"step {name}"
    if bool(told.get("build")) == bool(told.get("run")):
        raise BadSchedule(f"{where} needs either build (an area, or metrics) or run (a command).")
    numbers = {
        key: _number(told.get(key, defaults.get(key, 0)), f"{where}, {key}")
        for key in ("retries", "retry_after_minutes", "timeout_minutes")
    }
    tell = tuple(_words(told.get("tell", defaults.get("tell", [])), f"{where}, tell"))
    for person in tell:
        if person not in people:
            raise BadSchedule(
                f"{where} tells {person}, who is not in people ({', '.join(people) or 'empty'})."
            )
    deadline = told.get("deadline", "")
    return Step(
        name=name,
        build=str(told.get("build", "")),
        run=str(told.get("run", "")),
        after=tuple(_words(told.get("after", []), f"{where}, after")),
        deadline=_clock(deadline, f"{where}, deadline") if deadline != "" else "",
        only_if=str(told.get("only_if", "")),
        tell=tell,
        **numbers,
    )


def _in_order(steps: list[Step]) -> list[Step]:
    """The steps as they are written, but none before one that it comes after."""
    names = [step.name for step in steps]
    for step in steps:
        if names.count(step.name) > 1:
            raise BadSchedule(f"two steps are called {step.name}.")
        for other in step.after:
            if other not in names:
                raise BadSchedule(f"step {step.name} comes after {other}, which is no step.")
    ordered, waiting = [], list(steps)
    while waiting:
        ready = [step for step in waiting if not set(step.after) - {done.name for done in ordered}]
        if not ready:
            raise BadSchedule(
                f"these steps wait for each other: {', '.join(step.name for step in waiting)}."
            )
        ordered.append(ready[0])
        waiting.remove(ready[0])
    return ordered


def _stop_at_areas(steps: list[Step], unknown: list[Step], areas: list[str]) -> None:
    """Every area that is built has one step; what is built is an area of the project."""
    folders = [each.name for each in (PROJECT / "models" / "marts").iterdir() if each.is_dir()]
    for step in unknown:
        if step.build not in folders:
            raise BadSchedule(
                f"step {step.name} builds {step.build}, which is no area. Write metrics, or one of "
                f"{', '.join(sorted(folders))}."
            )
    built = [step.build for step in steps if step.build]
    for area in (*areas, "metrics"):
        if built.count(area) != 1 and built:
            many = "no step builds" if not built.count(area) else "two steps build"
            raise BadSchedule(
                f"{many} {area}: write one, such as {{name: {area}, build: {area}, after: [core]}}, and its name into "
                "`after` of metrics."
            )


def _without(steps: list[Step], left_out: set[str]) -> list[Step]:
    """The other steps; who came after one that is left out comes after those that it came after."""
    waits = {step.name: step.after for step in steps}

    def kept(names: tuple[str, ...]) -> list[str]:
        found = []
        for name in names:
            found += kept(waits[name]) if name in left_out else [name]
        return list(dict.fromkeys(found))

    return [
        Step(
            **{each.name: getattr(step, each.name) for each in fields(Step)}
            | {"after": tuple(kept(step.after))}
        )
        for step in steps
        if step.name not in left_out
    ]


def _mapping(told: object, where: str, known: set[str] | None = None) -> dict:
    if not isinstance(told, dict):
        raise BadSchedule(f"{where} must be keys with values.")
    for key in told:
        if known is not None and key not in known:
            raise BadSchedule(f"{where} has the key {key!r}. Known are {', '.join(sorted(known))}.")
    return told


def _words(told: object, where: str) -> list[str]:
    if not isinstance(told, list) or not all(isinstance(word, str) for word in told):
        raise BadSchedule(f"{where} is {told!r}: write a list of names, such as [core].")
    return told


def _number(told: object, where: str) -> float:
    if isinstance(told, bool) or not isinstance(told, int | float) or told < 0:
        raise BadSchedule(f"{where} is {told!r}: write a number that is not negative.")
    return told


def _clock(told: object, where: str) -> str:
    if not isinstance(told, str) or not TIME.fullmatch(told):
        raise BadSchedule(f'{where} is {told!r}: write a time in quotes, such as "04:00".')
    return told


def dbt_words(step: Step, plan: Plan) -> list[str]:
    """What dbt is asked for, of a step that builds: together the steps build and test everything exactly once."""
    everything_else = ["--exclude-resource-type", "unit_test"]
    if step.build == "metrics":
        return ["build", *everything_else, "--select", "metric_values+"]
    if step.build != "core":
        chosen = ["--select", f"path:models/marts/{step.build}"]
        return ["build", *everything_else, *chosen, "--exclude", "metric_values+"]
    others = sorted(
        f"path:models/marts/{other.build}"
        for other in plan.builds()
        if other.build not in ("core", "metrics")
    )
    return ["build", *everything_else, "--exclude", *others, "metric_values+"]
