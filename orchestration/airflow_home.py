"""Makes Airflow's own folder, .airflow, and shows it the DAGs of this project: `make airflow`.

It prints what to export and how to start. AIRFLOW_HOME names another folder.
"""

import os
import pathlib
import subprocess
import sys

PROJECT = pathlib.Path(__file__).resolve().parents[1]
DAGS = PROJECT / "orchestration" / "dags"


def settings(home: pathlib.Path) -> dict[str, str]:
    """What Airflow must know. Reading the DAGs takes longer than its half minute on a busy machine."""
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "180",
        "GROUNDWORK_PROJECT": str(PROJECT),
    }


def main() -> None:
    known = settings(pathlib.Path(os.environ.get("AIRFLOW_HOME", PROJECT / ".airflow")).absolute())
    environment = {
        name: value for name, value in os.environ.items() if name != "PYTHONPATH"
    } | known
    for words in (
        ["db", "migrate"],
        ["dags", "reserialize"],
        ["dags", "list-import-errors"],
        ["dags", "list"],
    ):
        done = subprocess.run(["airflow", *words], env=environment, capture_output=True, text=True)
        if done.returncode:
            sys.exit(
                f"airflow {' '.join(words)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
            )
    print(done.stdout.strip())
    print("Airflow knows the schedule. To start it:")
    print(*(f"  export {name}={value}" for name, value in known.items()), sep="\n")
    print("  .venv-airflow/bin/airflow standalone")


if __name__ == "__main__":
    main()
