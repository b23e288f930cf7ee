"""What several test files share."""

import hashlib
import json
import pathlib
import shutil
import sys
from collections import Counter

import duckdb
import months_company
import pytest
import search_quality
import servers
import warehouse
from filelock import FileLock

sys.path.insert(0, str(warehouse.PROJECT / "ingest"))
sys.path.insert(0, str(warehouse.PROJECT / "tools"))
sys.path.insert(0, str(warehouse.PROJECT / "website"))
# The package live.
sys.path.append(str(warehouse.PROJECT))

import build
import find
import pages
import publish
import report
from manifest import read_manifest
from project import Project
from published import Published

CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# What takes longest begins first, so that neither worker is left alone with it at the end. `make test` prints the files
# that took most.
LONGEST = [
    "test_site",
    "test_bad_input",
    "test_care",
    "test_money",
    "test_reconcile_faults",
    "test_red_areas",
    "test_settings_of_the_run",
    "test_raw_that_changes",
    "test_every_row",
    "test_customer_inference",
    "test_settings",
    "test_companies",
    "test_midnight",
    "test_finality",
    "test_features",
    "test_growth",
    "test_replay",
    "test_campaign_decisions",
]


def pytest_unconfigure(config):
    if not hasattr(config, "workerinput"):
        shutil.rmtree(warehouse.PARSED, ignore_errors=True)
        pathlib.Path(f"{warehouse.PARSED}.lock").unlink(missing_ok=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    for item in items:
        # The company at scale 20 alone takes two minutes to build.
        if "large_company" in item.fixturenames:
            item.add_marker(pytest.mark.slow)
    order = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))


def pytest_terminal_summary(terminalreporter):
    """Where the time goes, file by file: of both workers together."""
    seconds = Counter()
    for reports in terminalreporter.stats.values():
        for of_test in reports:
            if hasattr(of_test, "duration"):
                seconds[of_test.nodeid.partition("::")[0]] += of_test.duration
    terminalreporter.section("files that took most, in seconds of a worker")
    for file, taken in seconds.most_common(15):
        terminalreporter.write_line(f"{taken:7.1f}  {file}")
    terminalreporter.write_line(f"{seconds.total():7.1f}  all")


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

    return warehouse.keep_open(made_once("demo", make) / "warehouse.duckdb")


@pytest.fixture(scope="session")
def next_sql(made_once, demo):
    """dbt's target folder with the SQL by which the next build adds to the demo's incremental tables."""

    def make(folder):
        database = folder / warehouse.NAME
        shutil.copy(demo, database)
        warehouse.build(database, command="compile", select="config.materialized:incremental")
        database.unlink()

    return made_once("next_sql", make) / f"{warehouse.NAME}.target"


@pytest.fixture(scope="session")
def large_company(made_once):
    """A demo company twenty times as large, its areas built, only read."""
    made = made_once("company", lambda folder: warehouse.make_company(folder, 5))
    company = warehouse.Company(made)
    warehouse.keep_open(company.database)
    return company


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

    folder = made_once("company_of_months", make)
    warehouse.keep_open(folder / "warehouse.duckdb")
    return folder


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


@pytest.fixture(scope="session")
def published_demo(made_once, demo):
    """The folder in which the demo is published."""

    def make(folder):
        database = pathlib.Path(shutil.copy(demo, folder))
        with duckdb.connect(str(database)) as connection:
            connection.execute(warehouse.WHOLE_RUN)
        publish.publish(folder / "published", database, demo.with_name("warehouse.duckdb.target"))
        database.unlink()

    return made_once("published_demo", make) / "published"


@pytest.fixture(scope="module")
def published(published_demo):
    """What is published of the demo, as the site reads it."""
    return Published(publish.current_of(published_demo))


@pytest.fixture(scope="module")
def company(published, demo):
    """The same with what dbt knows of the project."""
    target = demo.with_name("warehouse.duckdb.target")
    return pages.Company(published, Project(read_manifest(target / "manifest.json")))


@pytest.fixture(scope="session")
def site(made_once, published_demo, demo):
    """The demo's site, pages about persons included, without dbt's own pages."""

    def make(folder):
        target = demo.with_name("warehouse.duckdb.target")
        build.build(folder, publish.current_of(published_demo), target, restricted=True)

    return made_once("site", make)


@pytest.fixture(scope="session")
def golden_hits(made_once, demo) -> dict[str, list[dict]]:
    """What the search finds in the demo's warehouse, by golden query: searched once, for all who compare with it."""
    kept = ("asset_id", "shown_name", "is_deprecated", "score", "why")

    def make(folder):
        connection = find.index_of_warehouse(demo)
        found = {
            row["query"]: [
                {name: hit[name] for name in kept} for hit in find.search(connection, row["query"])
            ]
            for row in search_quality.golden()
        }
        (folder / "hits.json").write_text(json.dumps(found), encoding="utf-8")

    return json.loads((made_once("golden_hits", make) / "hits.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def browser():
    """Chromium or Chrome as the machine has it; `make browser` installs it."""
    path = next(filter(None, map(shutil.which, report.BROWSERS)), None)
    if path is None:
        pytest.skip("there is no Chromium or Chrome on this machine: run make browser as root")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser):
    """`open_page(file, width=1280, dark=False, **address)`: a page without a network, as a reader has it.

    The test fails on any request for one and on any script error.
    """
    contexts, asked, errors = [], [], []

    def opened(file, width=1280, dark=False, **address):
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            offline=True,
            color_scheme="dark" if dark else "light",
        )
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        query = "&".join(f"{name}={value}" for name, value in address.items())
        page.goto(pathlib.Path(file).as_uri() + (f"?{query}" if query else ""))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert errors == []


@pytest.fixture(scope="session")
def postgresql_port():
    """The port of a PostgreSQL server of this run, where the machine has the programs for one."""
    if not (servers.program("initdb") and servers.program("pg_ctl")):
        pytest.skip(servers.NOT_FOUND)
    with servers.postgresql() as port:
        yield port


@pytest.fixture
def shop(postgresql_port, request):
    """The address of an empty database of the test's own, with its password in it."""
    name = f"shop_{hashlib.md5(request.node.name.encode()).hexdigest()[:12]}"
    owner = servers.address(postgresql_port, "postgres")
    servers.ask(owner, f"create database {name}", autocommit=True)
    return servers.address(postgresql_port, name)


@pytest.fixture(scope="session")
def s3_environment():
    """How programs find an S3 server of this run, with a bucket `lake`."""
    with servers.bucket("lake") as environment:
        yield environment


@pytest.fixture
def s3(s3_environment, monkeypatch):
    """The same, set for this process."""
    for key, value in s3_environment.items():
        monkeypatch.setenv(key, value)
    return s3_environment
