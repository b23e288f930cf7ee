"""What several test files share."""

import json
import pathlib
import shutil

import duckdb
import months_company
import pytest
import warehouse
from filelock import FileLock

# What takes minutes begins first, so that neither worker is left alone with it at the end.
LONGEST = [
    "test_replay",
    "test_growth",
    "test_experiments",
    "test_raw_that_changes",
    "test_bad_input",
]


def pytest_unconfigure(config):
    if not hasattr(config, "workerinput"):
        shutil.rmtree(warehouse.PARSED, ignore_errors=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    for item in items:
        # The company at scale 20 alone takes two minutes to build.
        if "large_company" in item.fixturenames:
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: item.path.stem not in LONGEST)


@pytest.fixture(scope="session")
def made_once(tmp_path_factory, worker_id):
    """`made_once(name, make)`: the folder that `make(folder)` filled, by whichever worker came first."""
    base = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        base = base.parent

    def of(name, make):
        folder = base / name
        with FileLock(base / f"{name}.lock"):
            is_made = base / f"{name}.made"
            if not is_made.exists():
                folder.mkdir()
                make(folder)
                is_made.touch()
        return folder

    return of


@pytest.fixture(scope="session")
def demo(made_once):
    """The demo company's whole warehouse: built once, shared by all, only read. Who writes takes a copy.

    `make test` has just built and tested it; by itself pytest builds it here.
    """

    def make(folder):
        if warehouse.TESTED_DEMO:
            shutil.copy(warehouse.TESTED_DEMO, folder)
            shutil.copytree(f"{warehouse.TESTED_DEMO}.target", folder / "warehouse.duckdb.target")
        else:
            warehouse.build(folder / "warehouse.duckdb", tests=False, artifacts=True)

    return made_once("demo", make) / "warehouse.duckdb"


@pytest.fixture(scope="session")
def large_company(made_once):
    """A demo company twenty times as large, its areas built, only read."""
    return warehouse.Company(made_once("company", lambda folder: warehouse.make_company(folder, 5)))


@pytest.fixture(scope="session")
def company_of_months(made_once):
    """The folder of a company of a year and a half, raw/ and warehouse.duckdb, whose tables arrive at their own paces."""

    def make(folder):
        raw = months_company.make_company(1, 40)
        warehouse.write_raw(folder / "raw", months_company.files(raw))
        warehouse.build(
            folder / "warehouse.duckdb",
            folder / "raw",
            select="+core_metric_values",
            tests=False,
            variables={"areas": ["core"]},
        )

    return made_once("company_of_months", make)


@pytest.fixture(scope="session")
def parsed_manifest(demo) -> dict:
    """What dbt understands of the project."""
    return json.loads(
        demo.with_name("warehouse.duckdb.target").joinpath("manifest.json").read_text("utf-8")
    )


@pytest.fixture(scope="session")
def tested_demo(demo, tmp_path_factory):
    """The demo's warehouse as a whole build leaves it that passed; who asks how it was built does not ask its rows."""
    database = pathlib.Path(shutil.copy(demo, tmp_path_factory.mktemp("tested")))
    with duckdb.connect(str(database)) as connection:
        connection.execute(warehouse.WHOLE_RUN)
    return database


@pytest.fixture(scope="session")
def few_tables(parsed_manifest, tmp_path_factory):
    """A target folder of a project with four public tables: they are published in a moment."""
    names = ("orders", "refunds", "metric_periods", "morning_report")
    nodes = {
        key: node
        for key, node in parsed_manifest["nodes"].items()
        if node["resource_type"] != "model" or node["name"] in names
    }
    folder = tmp_path_factory.mktemp("few")
    (folder / "manifest.json").write_text(json.dumps(parsed_manifest | {"nodes": nodes}))
    return folder
