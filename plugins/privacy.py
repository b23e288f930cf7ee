"""What the end of a build asks about personal data: a function of SQL, so that a hook of dbt can call it."""

import os
import pathlib
import subprocess
import sys

from dbt.adapters.duckdb.plugins import BasePlugin

PROJECT = pathlib.Path(__file__).resolve().parents[1]


def leaks_of_the_build(target: str) -> str:
    """What tools/lineage.py says of dbt's target folder; empty when nothing leaks. In a process of its own."""
    folder = pathlib.Path(target or os.environ.get("DBT_TARGET_PATH") or PROJECT / "target")
    asked = [
        sys.executable,
        str(PROJECT / "tools" / "lineage.py"),
        "--target",
        str(folder.resolve()),
    ]
    answer = subprocess.run(asked, capture_output=True, text=True, encoding="utf-8", check=False)
    return (
        ""
        if answer.returncode == 0
        else answer.stderr.strip() or "tools/lineage.py ended without a word."
    )


class Plugin(BasePlugin):
    def configure_connection(self, connection) -> None:
        connection.create_function("leaks_of_the_build", leaks_of_the_build, ["VARCHAR"], "VARCHAR")
