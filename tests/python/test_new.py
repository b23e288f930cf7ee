"""A new area, raw table, mart and metric: what `make new-…` writes, and the few edits that a person makes."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import boards
import pytest
import yaml
from project_rules import RULES, Project, exceptions, read_files, violations
from small_published import published
from warehouse import PROJECT, dbt_command, query

sys.path.insert(0, str(PROJECT / "tools"))
import new

# What stays to be done by hand: file, what is there, what takes its place.
EDITS = {
    "area": [
        (
            "dbt_project.yml",
            "      care:\n        <<: *rooms",
            """      ops: {<<: *rooms, +group: ops, +enabled: &ops "{{ 'ops' in var('areas', ['ops']) }}"}\n"""
            "      care:\n        <<: *rooms",
        ),
        (
            "dbt_project.yml",
            "      care: {+enabled",
            "      ops: {+enabled: *ops}\n      care: {+enabled",
        ),
        ("vars.yml", "catalog, privacy]", "catalog, privacy, ops]"),
    ],
    "raw-table": [
        (
            "seeds/raw/_raw_support__seeds.yml",
            "that ever arrived. TODO: from where.",
            "that ever arrived, from the call centre.",
        ),
        ("macros/contract.sql", "'support': ['tickets']", "'support': ['tickets', 'calls']"),
    ],
    "mart": [
        ("models/marts/ops/calls.sql", "count(*) as", "cast(count(*) as bigint) as"),
        (
            "models/marts/ops/_ops__models.yml",
            "TODO: what do people ask that calls answers?",
            "Who signed up?",
        ),
    ],
    "metric": [
        ("models/metrics/metric_values.sql", "'ml', 'platform'", "'ml', 'platform', 'ops'"),
    ],
}
MOST_EDITS = {"area": 3, "raw-table": 2, "mart": 2, "metric": 1}
LEFT_OUT = shutil.ignore_patterns(".*", "target", "logs", "site", "*.duckdb*", "__pycache__")


@pytest.fixture
def project(tmp_path) -> Path:
    """A copy of the project."""
    copy = Path(shutil.copytree(PROJECT, tmp_path / "project", ignore=LEFT_OUT))
    shutil.copy(PROJECT / ".dbtignore", copy)
    return copy


def edit(project: Path, kind: str) -> None:
    for path, before, after in EDITS[kind]:
        text = (project / path).read_text()
        assert text.count(before) == 1, (path, before)
        (project / path).write_text(text.replace(before, after))


def dbt(project: Path, database: Path, command: str, *select: str) -> subprocess.CompletedProcess:
    words, environment = dbt_command(database, command=command, select=select)
    environment |= {"PYTHONPATH": str(project)}
    return subprocess.run(
        words,
        cwd=project,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def cards_of(project: Path, build) -> list[dict]:
    """The cards of the new area's board, with the rows of a published build."""
    cards = boards.load(project / "dashboards" / "ops.yml")["cards"]
    return [boards.filled(card, build, number, "USD") for number, card in enumerate(cards, 1)]


def test_a_new_area_brings_a_board(project, tmp_path):
    """The skeleton is shown as it is, with a card of each table that is added before somebody says what it answers."""
    tables = {
        "metric_values": "select 'calls' as metric_name, 'month' as grain, 'all' as brand, "
        "date '2026-05-01' as period_start, 7.0 as value, 3.0 as n, true as is_final",
        "metric_definitions": "select 'calls' as metric_name, 'Calls' as label, '통화' as label_ko, 'Ops team' as owner",
        "calls": "select * from (values ('scoot', 2, date '2026-05-01'), ('learn', 3, date '2026-05-02')) "
        "as calls (brand, customer_count, created_date)",
    }
    small = published(tmp_path / "published", tables)
    exposures = project / new.exposures_of("ops")

    new.new("area", project, name="ops")
    (metrics,) = cards_of(project, small)
    assert [(row["label"], row["value"], row["page"]) for row in metrics["rows"]] == [
        ("Calls", 7, "metrics/calls.html")
    ]
    new.new("mart", project, area="ops", name="calls")
    _, by_month = cards_of(project, small)
    assert {row["brand"]: row["customer_count"] for row in by_month["rows"]} == {
        "all": 5,
        "scoot": 2,
        "learn": 3,
    }
    (exposure,) = yaml.safe_load(exposures.read_text())["exposures"]
    read = boards.tables_of(boards.load(project / "dashboards" / "ops.yml"))
    assert exposure["depends_on"] == [f"ref('{table}')" for table in read]
    assert exposure["url"] == "../boards/ops.html"

    exposures.write_text(
        exposures.read_text().replace("TODO: what it shows.", "Calls of customers.")
    )
    _, left = new.new("mart", project, area="ops", name="visits")
    assert len(left) == 3
    assert len(cards_of(project, small)) == 2


def test_edits_are_few():
    assert all(len(EDITS[kind]) <= most for kind, most in MOST_EDITS.items())
    assert EDITS.keys() == MOST_EDITS.keys() == new.KINDS.keys()
    # What they look for is still there; files that are not are those that the skeletons write.
    for path, before, _ in (edit for edits in EDITS.values() for edit in edits):
        if (PROJECT / path).exists() and "TODO" not in before:
            assert (PROJECT / path).read_text().count(before) == 1, (path, before)


@pytest.mark.slow
def test_what_is_new_builds_after_a_few_edits(project, demo, tmp_path):
    database = Path(shutil.copy(demo, tmp_path / demo.name))
    new.new("area", project, name="ops")
    new.new("mart", project, area="ops", name="calls")

    stopped = dbt(project, database, "run", "calls")
    assert stopped.returncode, stopped.stdout
    assert (
        "The folder models/marts/ops is no whole area yet (calls lies in it). Add ops to both"
        in stopped.stdout
    )

    edit(project, "area")
    edit(project, "mart")
    new.new("metric", project, table="calls", name="answered_calls")
    stopped = dbt(project, database, "run", "calls")
    assert stopped.returncode, stopped.stdout
    assert (
        "It has metrics: compute them in models/marts/ops/metrics/ops_metric_values.sql"
        in stopped.stdout
    )

    edit(project, "metric")
    new.new("raw-table", project, name="support__calls")
    edit(project, "raw-table")
    built = dbt(
        project,
        database,
        "build",
        "+stg_support__calls",
        "path:models/vault",
        "path:models/marts/ops",
        "metric_definitions",
        "metric_coverage",
        "metric_values",
    )
    assert not built.returncode, built.stdout
    ((value,),) = query(
        database,
        "select sum(value) from metrics.metric_values where metric_name = 'answered_calls' and grain = 'day'",
    )
    assert value > 0
    # A table that names no raw tables waits for all of those above it.
    assert query(
        database,
        """
        select matures_after_days, can_change, is_delivered, awaited_table, covered_date::varchar
        from metrics.metric_coverage where metric_name = 'answered_calls'
        """,
    ) == [(0, False, True, "app.customers", "2026-06-29")]
    assert query(database, "select count(*) from staging.stg_support__calls") == [(0,)]

    manifest = json.loads(Path(f"{database}.target", "manifest.json").read_text())
    found = Project(manifest, read_files(project))
    excepted = exceptions(found).keys()
    broken = {
        (rule, name): wrong
        for rule in RULES
        for name, wrong in violations(found, rule).items()
        if (rule, name) not in excepted
    }
    assert not broken

    tables = {
        "metric_values": "select * from warehouse.metrics.metric_values where metric_name = 'answered_calls'",
        "metric_definitions": "select * replace ('Ops team' as owner) from warehouse.metrics.metric_definitions",
        "calls": "select * from warehouse.ops.calls",
    }
    metrics, by_month = cards_of(project, published(tmp_path / "published", tables, database))
    assert [row["label"] for row in metrics["rows"]] == ["Answered calls"]
    assert sum(row["customer_count"] for row in by_month["rows"] if row["brand"] == "all") > 0

    part = project / "models/marts/ops/metrics/ops_metric_values.sql"
    part.write_text(part.read_text().replace("ref('calls')", "ref('customers')"))
    stopped = dbt(project, database, "run", "ops_metric_values")
    assert (
        "The metric answered_calls is computed from calls: add ref('calls') to the list in"
        in stopped.stdout
    )


def test_what_is_there_is_not_written_again(project):
    for kind, names in (
        ("area", {"name": "care"}),
        ("mart", {"area": "core", "name": "orders"}),
        ("mart", {"area": "nowhere", "name": "calls"}),
        ("raw-table", {"name": "support__tickets"}),
        ("raw-table", {"name": "tickets"}),
        ("metric", {"table": "nothing", "name": "calls"}),
        ("metric", {"table": "orders", "name": "revenue"}),
        ("metric", {"table": "orders", "name": "Calls; --"}),
    ):
        with pytest.raises(new.Refused):
            new.new(kind, project, **names)


def test_a_metric_is_added_to_the_part_of_its_area(project):
    written, left = new.new("metric", project, table="monitoring_windows", name="windows_seen")
    assert written == ["models/marts/care/_care__models.yml"]
    assert len(left) == 1
    text = (project / written[0]).read_text()
    assert text.count("- name: windows_seen\n") == 1
    part = (project / "models/marts/care/metrics/care_metric_values.sql").read_text()
    assert part.count("ref('monitoring_windows')") == 1
