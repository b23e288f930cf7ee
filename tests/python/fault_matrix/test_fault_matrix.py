"""Faults planted one at a time in the demo's raw rows: caught the day after, by what, and what clean days say."""

import shutil

import fault_pages
import faults
import matrix
import pytest
import warehouse
import worlds

DAY = "2026-06-17"
# One of each kind of monitor, in tables of 10 to 60 rows a day: each must be caught by the monitor that is for it.
SURE = {
    "day missing (events__events)": "statistics",
    "doubled, same keys (events__events)": "statistics",
    "currency x1.3, not labelled (payments__payments)": "reconciliation",
    "time zone -9 hours (payments__payments)": "reconciliation",
    "half loaded (app__order_items)": "reconciliation",
    "column empty (payments__payments)": "reconciliation",
    "new value (events__events)": "learnt rule",
}
# What no monitor sees in so few rows, and none may claim to.
TOO_SMALL = {
    "a tenth missing (events__events)",
    "currency x1.3, not labelled (ads__daily_performance)",
}


@pytest.fixture(scope="module")
def demo_worlds(demo, tmp_path_factory):
    """The demo's warehouse with the project's SQL over it."""
    database = tmp_path_factory.mktemp("matrix") / "warehouse.duckdb"
    shutil.copy(demo, database)
    return worlds.Worlds(database)


def test_there_are_sixty_faults_of_forty_kinds():
    found = faults.faults()
    assert len(found) == len({fault.name for fault in found}) == 60
    assert len({fault.kind for fault in found}) >= 38
    assert {fault.name for fault in found} >= SURE.keys() | TOO_SMALL


def test_a_world_without_a_fault_is_the_warehouse(demo_worlds):
    """What is computed again for a world is what the build has, value by value."""
    demo_worlds.open_day(DAY)
    for number, table in enumerate(("app__orders", "events__events")):
        demo_worlds.plant(number, faults.Fault("none", "none", table, ()))
    scores = demo_worlds.judge()
    built = demo_worlds.run(
        f"""select node_id, measure, value as built_value, z as built_z
        from {demo_worlds.name}.platform.anomalies where measured_date = date '{DAY}'"""
    ).df()
    both = scores.merge(built, on=["node_id", "measure"])
    assert len(both) > 150
    assert ((both.value - both.built_value).abs() <= 1e-9 * both.value.abs().clip(lower=1)).all()
    judged = both[both.is_judgeable]
    assert ((judged.z - judged.built_z).abs() < 1e-6).all()


def test_each_kind_of_monitor_catches_its_fault(demo_worlds):
    planted = [fault for fault in faults.faults() if fault.name in SURE.keys() | TOO_SMALL]
    found = matrix.matrix(demo_worlds, DAY, planted, with_itself=False).set_index("fault")
    missed = {name for name, by in SURE.items() if by not in found.caught_by[name]}
    assert not missed, found.loc[sorted(missed)]
    assert set(found.index[found.caught_by == ""]) == TOO_SMALL
    assert not found.could[list(TOO_SMALL)].any(), "too small to be detectable, and said so"


def test_clean_days_of_the_demo_are_quiet(demo_worlds):
    clean = matrix.false_alerts(demo_worlds)
    assert clean["judged"] > 100_000
    assert clean["days"] <= 3
    assert clean["share"] <= 0.002


@pytest.mark.slow
def test_sixty_faults_in_five_companies(tmp_path):
    """Five companies twenty times as large, with seeds that nothing was tuned on: `make fault-matrix` writes the same."""
    databases = {
        f"seed {seed}": fault_pages.company(tmp_path / str(seed), seed, 20)
        for seed in fault_pages.SEEDS
    }
    found, clean = matrix.of_warehouses(databases, fault_pages.DAYS)
    could = found[found.could]
    assert (could.caught_by != "").mean() >= 0.95
    caught = set(found.kind[found.caught_by != ""])
    assert set(found.kind) - caught == set(), "each kind of fault is caught at some size"
    assert (clean.days <= 3).all(), clean
    assert (clean["share"] <= 0.002).all(), clean
    assert found.by_statistics.mean() < (found.caught_by != "").mean()


def test_the_page_holds_every_fault():
    page = (warehouse.PROJECT / "docs/fault_matrix.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1].strip() for line in page.splitlines() if line.startswith("| ")]
    assert [fault.name for fault in faults.faults() if fault.name not in rows] == []
