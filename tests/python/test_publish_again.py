"""What is published is not published again, and a rollback is not undone: make docs begins with make publish."""

import os
import subprocess
import sys

import duckdb
import publish
import warehouse

PROGRAM = [sys.executable, str(warehouse.PROJECT / "tools" / "publish.py"), "publish"]


def test_a_build_is_published_once_and_a_rollback_stays(tested_demo, few_tables, tmp_path):
    published = tmp_path / "published"
    environment = os.environ | {
        "GROUNDWORK_DB": str(tested_demo),
        "DBT_TARGET_PATH": str(few_tables),
        "GROUNDWORK_PUBLISHED": str(published),
    }

    def said() -> str:
        done = subprocess.run(PROGRAM, env=environment, capture_output=True, text=True, check=True)
        return done.stdout

    assert said().startswith("Readers now read")
    first = publish.current_of(published)
    assert said() == f"Readers already read this build: {first.name}.\n"
    assert publish.current_of(published) == first

    later = "update platform.runs set invocation_id = '{}' where invocation_id = '{}'"
    with duckdb.connect(str(tested_demo)) as connection:
        connection.execute(later.format("later", "built"))
    try:
        assert said().startswith("Readers now read")
        publish.roll_back(published)
        assert publish.current_of(published) == first
        assert "since a rollback" in said()
        assert publish.current_of(published) == first
        assert len(publish.builds_of(published)) == 2
    finally:
        with duckdb.connect(str(tested_demo)) as connection:
            connection.execute(later.format("built", "later"))
