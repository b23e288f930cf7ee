"""A red test in one area silences the metrics of that area, and no other."""

import shutil

import duckdb
import pytest
from warehouse import build, query

# By area, a table of its metrics that no other area reads, in which a row is doubled: its test of unique_key fails.
TABLES = {
    "care": "monitoring_windows",
    "core": "raw_row_days",
    "growth": "campaign_days",
    "experiments": "experiment_ledger",
    "lifecycle": "spend_ranks",
}
OFTEN = [pytest.param(area, marks=[] if area == "care" else pytest.mark.slow) for area in TABLES]
METRICS = ["path:models/metrics", "resource_type:seed,path:seeds/reference"]
SCORECARD = (
    "select goal_id, metric_name, is_stale, * exclude (is_stale) from metrics.metric_scorecard"
)


def metrics(database) -> dict[str, bool]:
    """Whether each metric of metric_values is stale."""
    return dict(query(database, "select distinct metric_name, is_stale from metrics.metric_values"))


def run(database, area: str):
    """The test, every part of the metrics, and what hangs on them."""
    select = [f"{TABLES[area]},test_name:unique_key", "path:models/marts/*/metrics", *METRICS]
    return build(database, select=select, exclude="resource_type:exposure", check=False)


def with_a_red_table(demo, folder, area: str):
    """A copy of the demo in which a row of the area's table stands twice; the area's metrics, those of others, goals."""
    database = folder / demo.name
    shutil.copy(demo, database)
    own = {
        name
        for (name,) in query(demo, f"select distinct metric_name from {area}.{area}_metric_values")
    }
    others = metrics(demo).keys() - own
    goals = {row[0]: row for row in query(demo, SCORECARD)}
    assert own and others and not any(metrics(demo).values())
    table = f"{area}.{TABLES[area]}"
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"insert into {table} select * from {table} limit 1")
    return database, own, others, goals


@pytest.mark.parametrize("area", OFTEN)
def test_a_red_area_silences_only_its_own_metrics(demo, tmp_path, area):
    """On a later build the values of the build before stay, and say so."""
    database, own, others, goals = with_a_red_table(demo, tmp_path, area)
    later = run(database, area)
    assert later.code and f"The metrics of {area} are those of an earlier build" in later.output
    assert metrics(database) == {name: name in own for name in own | others}
    for row in query(database, SCORECARD):
        assert row[2] == (row[1] in own), row
        assert row[2] or row == goals[row[0]]


@pytest.mark.slow
@pytest.mark.parametrize("area", TABLES)
def test_a_red_area_has_no_metrics_on_a_first_build(demo, tmp_path, area):
    """When it is green again, so are its metrics."""
    database, own, others, goals = with_a_red_table(demo, tmp_path, area)
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"drop schema metrics cascade; drop table {area}.{area}_metric_values")
    first = run(database, area)
    assert first.code
    assert metrics(database) == dict.fromkeys(others, False)
    scored = {row[0]: row for row in query(database, SCORECARD)}
    assert all(scored[goal] == row for goal, row in goals.items() if row[1] in others)
    assert all(row[2] for row in scored.values() if row[1] in own)

    table = f"{area}.{TABLES[area]}"
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"create or replace table {table} as select distinct * from {table}")
    assert not run(database, area).code
    assert metrics(database) == metrics(demo)
    assert sorted(query(database, SCORECARD)) == sorted(goals.values())


def test_a_goal_that_cannot_be_judged_still_stops_the_scorecard(demo, tmp_path):
    """What failed is no area: dbt skips what reads it, and nothing is made in its place."""
    database = tmp_path / demo.name
    shutil.copy(demo, database)
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "insert into care.monitoring_windows select * from care.monitoring_windows limit 1"
        )
        connection.execute("update reference.metric_goals set metric_name = 'no such metric'")
    select = ["metric_goals,resource_type:test", "path:models/metrics", "care_metric_values"]
    select.append("monitoring_windows,resource_type:test")
    done = build(database, select=select, exclude="resource_type:exposure", check=False)
    assert "is no metric" in done.output
    assert {
        stale for (stale,) in query(database, "select is_stale from metrics.metric_scorecard")
    } == {True}
    assert metrics(database) != metrics(demo)
