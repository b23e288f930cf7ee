"""The schedule for cron and for systemd: `make crontab` and `make systemd`. Airflow has dags/groundwork_nightly.py.

cron knows the machine's time zone alone, so it asks every few minutes whether the night has begun where the schedule
says; systemd knows time zones.
"""

import argparse
import getpass
import os
import pathlib
import shlex
import sys
from datetime import UTC, datetime

PROJECT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "orchestration"))

from plan import WEEKDAYS, BadSchedule, Plan, read_plan  # noqa: E402

# Settings that name places; passwords belong into schedule.env.
PLACES = (
    "GROUNDWORK_RAW",
    "GROUNDWORK_DB",
    "DBT_TARGET_PATH",
    "GROUNDWORK_PUBLISHED",
    "GROUNDWORK_REPORTS",
)
SIZES = ("GROUNDWORK_MEMORY", "GROUNDWORK_THREADS", "GROUNDWORK_LANGUAGE", "GROUNDWORK_SCHEDULE")
UNITS = PROJECT / "orchestration" / "deploy"


def settings() -> dict[str, str]:
    """What is set now and the runner needs; a path from this folder is made a whole one."""
    found = {}
    for name in (*PLACES, *SIZES):
        value = os.environ.get(name)
        if value:
            is_path = name in PLACES or name == "GROUNDWORK_SCHEDULE"
            found[name] = str(pathlib.Path(value).absolute()) if is_path else value
    return found


def crontab(plan: Plan, project: pathlib.Path, known: dict[str, str]) -> str:
    """Lines for `crontab -e`. cron reads % as an end of line."""
    given = "".join(f"{name}={shlex.quote(value)} " for name, value in known.items())
    python = shlex.quote(str(project / ".venv" / "bin" / "python"))
    command = f"cd {shlex.quote(str(project))} && {given}{python} orchestration/run.py due"
    if "\n" in command:
        raise BadSchedule(
            "A setting or the project's folder has a line break in its name: cron cannot read that."
        )
    return "\n".join(
        [
            f"# Groundwork: at {plan.at} ({plan.time_zone}), {', '.join(plan.days)}, by orchestration/schedule.yml.",
            "# cron asks every five minutes; the runner knows the time zone, begins the night once, goes on with one",
            "# that was cut off, and tells of steps that are late. Its output is in <database>.schedule/logs.",
            f"*/5 * * * * {command.replace('%', chr(92) + '%')} > /dev/null",
        ]
    )


def calendar(plan: Plan) -> str:
    """When a night begins, as systemd writes it."""
    days = (
        "" if len(plan.days) == len(WEEKDAYS) else ",".join(day.title() for day in plan.days) + " "
    )
    return f"{days}*-*-* {plan.at}:00 {plan.time_zone}"


def units(plan: Plan, project: pathlib.Path, user: str, known: dict[str, str]) -> dict[str, str]:
    """The units by file name: one that runs the night, one that looks for what is late, and a timer of each."""
    quoted = {
        name: value.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
        for name, value in known.items()
    }
    folder = str(project).replace("%", "%%")
    # What is built lies in the project, unless a setting names another folder.
    writable = {folder} | {
        os.path.dirname(value) if name == "GROUNDWORK_DB" else value
        for name, value in quoted.items()
        if name in PLACES and name != "GROUNDWORK_RAW"
    }
    python = f"{folder}/.venv/bin/python"
    service = [
        "Type=oneshot",
        f"User={user}",
        f"WorkingDirectory={folder}",
        *(f'Environment="{name}={value}"' for name, value in quoted.items()),
        f"EnvironmentFile=-{folder}/schedule.env",
        "Nice=5",
        "KillMode=mixed",
        "TimeoutStopSec=60",
        "NoNewPrivileges=yes",
        "PrivateTmp=yes",
        "ProtectSystem=strict",
        f"ReadWritePaths={' '.join(chr(34) + place + chr(34) for place in sorted(writable))}",
    ]

    def text(about: str, sections: dict[str, list[str]]) -> str:
        head = [f"# Made by `make systemd` from orchestration/schedule.yml: {about}."]
        parts = [[f"[{name}]", *lines] for name, lines in sections.items()]
        return "\n".join(head) + "\n" + "\n\n".join("\n".join(part) for part in parts) + "\n"

    after = ["After=network-online.target", "Wants=network-online.target"]
    return {
        "groundwork-nightly.service": text(
            "all steps of a night",
            {
                "Unit": ["Description=Groundwork nightly run", *after],
                "Service": [
                    *service,
                    "TimeoutStartSec=infinity",
                    f'ExecStart="{python}" orchestration/run.py due --wait',
                ],
            },
        ),
        "groundwork-nightly.timer": text(
            "when a night begins, and what was cut off or slept through",
            {
                "Unit": ["Description=Groundwork nightly run"],
                "Timer": [f"OnCalendar={calendar(plan)}", "OnBootSec=10min", "Persistent=true"],
                "Install": ["WantedBy=timers.target"],
            },
        ),
        "groundwork-watch.service": text(
            "tells of steps that are late",
            {
                "Unit": ["Description=Groundwork look for late steps", *after],
                "Service": [
                    *service,
                    "TimeoutStartSec=5min",
                    f'ExecStart="{python}" orchestration/run.py watch',
                ],
            },
        ),
        "groundwork-watch.timer": text(
            "every ten minutes",
            {
                "Unit": ["Description=Groundwork look for late steps"],
                "Timer": ["OnCalendar=*:0/10", "Persistent=false"],
                "Install": ["WantedBy=timers.target"],
            },
        ),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["crontab", "systemd"])
    parser.add_argument("--out", default="", help="the folder to write units into")
    parser.add_argument("--project", default=str(PROJECT), help="where the project will lie")
    parser.add_argument("--user", default="", help="who runs it")
    asked = parser.parse_args()
    try:
        plan, project = read_plan(), pathlib.Path(asked.project)
        if asked.what == "crontab":
            print(crontab(plan, project, settings()))
            return
        folder = pathlib.Path(asked.out or UNITS)
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in units(plan, project, asked.user or getpass.getuser(), settings()).items():
            (folder / name).write_text(text, encoding="utf-8")
            print(folder / name)
        print(
            f"A night begins {calendar(plan)}; now it is {datetime.now(UTC):%Y-%m-%d %H:%M} UTC. To install them:"
        )
        print(
            f"  sudo cp {folder}/groundwork-* /etc/systemd/system/ && sudo systemctl daemon-reload"
        )
        print("  sudo systemctl enable --now groundwork-nightly.timer groundwork-watch.timer")
    except (BadSchedule, OSError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
