"""The schedule as two DAGs of Airflow 3, read from schedule.yml: a task a step, and a look for what is late.

Every task calls the runner, as cron does: retries, locks, alerts and what may begin after a failure are its own. So a
task runs whatever became of those before it (all_done), and the runner says whether it may: exit code 99 is shown as
skipped. The last task fails when any step has not succeeded.
"""

import os
import pathlib
import shlex
import sys
from datetime import datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

PROJECT = pathlib.Path(
    os.environ.get("GROUNDWORK_PROJECT") or pathlib.Path(__file__).resolve().parents[2]
)
sys.path.insert(0, str(PROJECT / "orchestration"))

from plan import WEEKDAYS, read_plan  # noqa: E402

PLAN = read_plan()
PYTHON = shlex.quote(str(PROJECT / ".venv" / "bin" / "python"))
HOUR, MINUTE = PLAN.at.split(":")
DAYS = "*" if len(PLAN.days) == len(WEEKDAYS) else ",".join(PLAN.days)
# A night is named by the day on which it begins where the schedule says. {"date": "2026-03-01"} runs a day of the data.
NIGHT = f"(dag_run.logical_date or dag_run.run_after).astimezone(zone('{PLAN.time_zone}')).date()"
OF_RUN = (
    "{% if dag_run.conf.get('date') %}--date {{ dag_run.conf['date'] }}"
    "{% else %}--night {{ " + NIGHT + " }}{% endif %}"
)


def task(name: str, words: str, **settings) -> BashOperator:
    """A call of the runner."""
    return BashOperator(
        task_id=name,
        bash_command=f"{PYTHON} orchestration/run.py {words}",
        cwd=str(PROJECT),
        append_env=True,
        trigger_rule="all_done",
        retries=0,
        weight_rule="absolute",
        **settings,
    )


with DAG(
    "groundwork_nightly",
    schedule=f"{int(MINUTE)} {int(HOUR)} * * {DAYS}",
    start_date=datetime(2026, 1, 1, tzinfo=PLAN.zone),
    catchup=False,
    max_active_runs=1,
    max_active_tasks=1,
    user_defined_macros={"zone": type(PLAN.zone)},
) as nightly:
    # They share one warehouse, so they run one after the other, in the runner's order.
    tasks = {
        step.name: task(
            step.name, f"step {step.name} {OF_RUN}", priority_weight=len(PLAN.steps) - number
        )
        for number, step in enumerate(PLAN.steps)
    }
    for step in PLAN.steps:
        for other in step.after:
            tasks[other] >> tasks[step.name]
    end = task("end", f"end {OF_RUN}")
    list(tasks.values()) >> end

with DAG(
    "groundwork_watch",
    schedule=timedelta(minutes=10),
    start_date=datetime(2026, 1, 1, tzinfo=PLAN.zone),
    catchup=False,
    max_active_runs=1,
) as watch:
    task("watch", "watch")
