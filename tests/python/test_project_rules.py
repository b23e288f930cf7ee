"""The rules hold on the project, each sees a fault planted for it, and no exception is there for nothing."""

import copy
import json
import subprocess
import sys
from pathlib import Path

import pytest
from project_rules import RULES, Project, area_of, exceptions, read_files, violations
from warehouse import PROJECT


@pytest.fixture(scope="session")
def project(parsed_manifest) -> Project:
    return Project(parsed_manifest, read_files(PROJECT))


@pytest.mark.parametrize("rule", RULES)
def test_rule_holds(project, rule):
    excepted = {name for excepted_rule, name in exceptions(project) if excepted_rule == rule}
    broken = {
        name: wrong for name, wrong in violations(project, rule).items() if name not in excepted
    }
    assert not broken


def test_exceptions_are_needed_and_say_why(project):
    for (rule, name), reason in exceptions(project).items():
        assert rule in RULES, f"there is no rule {rule}"
        assert name in violations(project, rule), f"{rule} holds for {name}: take the exception out"
        assert len(reason.split()) >= 4, f"{rule}, {name}: why?"


def node(project, name):
    return next(n for n in project.manifest["nodes"].values() if n["name"] == name)


def metric(project, name):
    return project.manifest["metrics"][f"metric.groundwork.{name}"]


def reads(project, child, parent):
    node(project, child)["depends_on"]["nodes"].append(node(project, parent)["unique_id"])


def drop_tests(project, name):
    tests = [
        k
        for k, n in project.manifest["nodes"].items()
        if n.get("attached_node") == node(project, name)["unique_id"]
    ]
    for key in tests:
        del project.manifest["nodes"][key]


def weaken_tests(project, name):
    for test in project.nodes("test"):
        if test.get("attached_node") == node(project, name)["unique_id"]:
            test["config"]["severity"] = "warn"


def move(project, name, folder, area):
    """A copy of a model as another area would have it."""
    moved = copy.deepcopy(node(project, name))
    moved |= {
        "name": f"{name}_of_{area}",
        "unique_id": f"model.groundwork.{name}_of_{area}",
        "schema": area,
    }
    moved |= {
        "original_file_path": f"{folder}/{name}_of_{area}.sql",
        "depends_on": {"nodes": [], "macros": []},
    }
    project.manifest["nodes"][moved["unique_id"]] = moved
    return moved["name"]


def another_area_reads(project, parent):
    reads(project, move(project, "orders", "models/marts/growth", "growth"), parent)


def core_reads_another_area(project):
    reads(project, "orders", move(project, "orders", "models/marts/growth", "growth"))


def claim(project, *names):
    for name in names:
        node(project, name)["config"]["meta"]["truth_of"] = "anything"
    for name in names[1:]:
        for test in project.nodes("test"):
            if test.get("attached_node") == node(project, name)["unique_id"]:
                test["attached_node"] = "nothing"
    tests = [
        t
        for t in project.nodes("test")
        if t.get("attached_node") == node(project, names[0])["unique_id"]
    ]
    for test in copy.deepcopy(tests):
        test["attached_node"] = node(project, names[1])["unique_id"]
        test["unique_id"] += "_twin"
        project.manifest["nodes"][test["unique_id"]] = test


def primary_twice(project):
    models = project.manifest["semantic_models"].values()
    first, second = [m for m in models if any(e["type"] == "primary" for e in m["entities"])][:2]
    second["entities"].append(next(e for e in first["entities"] if e["type"] == "primary"))


def no_brand(project):
    orders = project.manifest["semantic_models"]["semantic_model.groundwork.orders"]
    orders["entities"] = [e for e in orders["entities"] if e["name"] != "brand"]


def twin_metric(project, **changes):
    twin = (
        copy.deepcopy(metric(project, "revenue"))
        | {"name": "turnover", "label": "Turnover"}
        | changes
    )
    project.manifest["metrics"]["metric.groundwork.turnover"] = twin


def first_day_of_period(project):
    for found in project.manifest["metrics"].values():
        if found["type"] == "cumulative":
            found["type_params"]["cumulative_type_params"]["period_agg"] = "first"


def in_file(path, text):
    def plant(project):
        project.files[path] = project.files.get(path, "") + text

    return plant


def replaced(path, old, new):
    def plant(project):
        assert old in project.files[path]
        project.files[path] = project.files[path].replace(old, new)

    return plant


def column(project, model, name, **changes):
    blank = {
        "name": name,
        "description": "Something.",
        "data_type": "varchar",
        "tags": [],
        "config": {"meta": {}},
    }
    columns = node(project, model)["columns"]
    columns[name] = copy.deepcopy(columns.get(name, blank)) | changes


def exposure_reads(project, name):
    for found in project.manifest["exposures"].values():
        found["depends_on"]["nodes"].append(node(project, name)["unique_id"])


BOARD = "exposure.groundwork.alerts"


def exposure(**changes):
    """The exposure of a board with something else in it."""
    return lambda project: project.manifest["exposures"][BOARD].update(changes)


def board_reads(project, name):
    board = project.manifest["exposures"][BOARD]
    board["depends_on"]["nodes"].append(node(project, name)["unique_id"])


def without_owner(project):
    for group in project.manifest["groups"].values():
        group["owner"] = {"name": None, "email": None}


# rule, what is planted, and where it must be seen (any object when None)
PLANTED = [
    ("only_staging_reads_raw", lambda p: reads(p, "orders", "raw_app__orders"), "orders"),
    (
        "staging_is_one_to_one",
        lambda p: p.manifest["nodes"].pop("model.groundwork.stg_ml__models"),
        "raw_ml__models",
    ),
    (
        "staging_is_one_to_one",
        lambda p: node(p, "stg_ml__models").update(name="stg_ml__extra"),
        "stg_ml__extra",
    ),
    (
        "areas_meet_at_public_models",
        lambda p: another_area_reads(p, "int_sessions"),
        "orders_of_growth",
    ),
    (
        "areas_meet_at_public_models",
        lambda p: another_area_reads(p, "customer_identities"),
        "orders_of_growth",
    ),
    ("areas_meet_at_public_models", lambda p: reads(p, "customers", "rejected_rows"), "customers"),
    ("areas_meet_at_public_models", core_reads_another_area, "orders"),
    (
        "areas_meet_at_public_models",
        lambda p: reads(p, "stg_app__orders", "orders"),
        "stg_app__orders",
    ),
    (
        "helpers_are_private",
        lambda p: node(p, "int_sessions").update(access="public"),
        "int_sessions",
    ),
    ("helpers_are_private", lambda p: node(p, "orders").update(access="protected"), "orders"),
    (
        "helpers_are_private",
        lambda p: node(p, "int_sessions").update(original_file_path="models/marts/core/x.sql"),
        None,
    ),
    ("models_have_a_grain_test", lambda p: drop_tests(p, "orders"), "orders"),
    ("models_have_a_grain_test", lambda p: weaken_tests(p, "orders"), "orders"),
    (
        "tables_say_what_a_row_is",
        lambda p: node(p, "raw_app__orders").update(description="Orders."),
        "raw_app__orders",
    ),
    ("models_have_an_owner", lambda p: node(p, "orders").update(group=None), "orders"),
    ("models_have_an_owner", without_owner, "orders"),
    ("truths_are_told_once", lambda p: claim(p, "orders", "payments"), None),
    ("truths_are_told_once", lambda p: claim(p, "orders", "int_sessions"), "int_sessions"),
    ("entities_have_one_table", primary_twice, None),
    ("entities_have_one_table", no_brand, None),
    ("metrics_are_defined_once", twin_metric, "turnover"),
    (
        "metrics_are_defined_once",
        lambda p: twin_metric(p, filter={"x": 1}, label="revenue"),
        "turnover",
    ),
    (
        "metrics_say_what_they_are",
        lambda p: metric(p, "revenue")["config"]["meta"].pop("owner"),
        "revenue",
    ),
    ("metrics_say_what_they_are", lambda p: metric(p, "revenue").update(description=""), "revenue"),
    ("cumulative_metrics_take_the_last_day", first_day_of_period, None),
    ("no_personal_data_in_marts", lambda p: column(p, "customers", "email"), "customers.email"),
    (
        "no_personal_data_in_marts",
        lambda p: column(p, "customers", "age_band", config={"meta": {"pii": "birth_date"}}),
        "customers.age_band",
    ),
    (
        "personal_columns_have_a_class",
        lambda p: column(p, "raw_app__customers", "home_phone"),
        "raw_app__customers.home_phone",
    ),
    (
        "public_tables_say_who_is_in_them",
        lambda p: node(p, "orders")["config"]["meta"].update(disclosure="open"),
        "orders",
    ),
    (
        "public_tables_say_who_is_in_them",
        lambda p: node(p, "churn_reasons")["config"]["meta"].update(disclosure="open"),
        "churn_reasons",
    ),
    (
        "public_tables_say_who_is_in_them",
        lambda p: node(p, "churn_reasons")["config"]["meta"].pop("disclosure"),
        "churn_reasons",
    ),
    (
        "public_tables_say_who_is_in_them",
        lambda p: node(p, "churn_reasons")["config"]["meta"].update(quasi_identifiers=["brand"]),
        "churn_reasons",
    ),
    (
        "public_columns_are_described",
        lambda p: column(p, "orders", "status", description=""),
        "orders.status",
    ),
    (
        "public_columns_are_described",
        lambda p: column(p, "orders", "status", data_type=None),
        "orders.status",
    ),
    ("public_columns_are_described", lambda p: node(p, "orders").update(columns={}), "orders"),
    (
        "names_match_folders",
        lambda p: node(p, "stg_app__orders").update(name="stg_ads__orders"),
        "stg_ads__orders",
    ),
    ("names_match_folders", lambda p: node(p, "orders").update(name="fct_orders"), "fct_orders"),
    ("names_match_folders", lambda p: node(p, "orders").update(schema="staging"), "orders"),
    (
        "names_match_folders",
        lambda p: node(p, "raw_app__orders").update(name="orders_seed"),
        "orders_seed",
    ),
    ("exposures_use_public_models", lambda p: exposure_reads(p, "int_sessions"), None),
    ("exposures_use_public_models", lambda p: exposure_reads(p, "stg_app__orders"), None),
    ("boards_are_exposures", lambda p: p.files.pop("dashboards/alerts.yml"), "alerts"),
    ("boards_are_exposures", lambda p: p.manifest["exposures"].pop(BOARD), "alerts"),
    ("boards_are_exposures", exposure(url="../dashboards/alerts.html"), "alerts"),
    ("boards_are_exposures", exposure(label="Alarms"), "alerts"),
    ("boards_are_exposures", exposure(config={"meta": {"label_ko": "경보"}}), "alerts"),
    ("boards_are_exposures", exposure(description="Alerts, from make dashboards."), "alerts"),
    (
        "boards_are_exposures",
        replaced("dashboards/alerts.yml", "\ncards:", "\nrestricted: true\ncards:"),
        "alerts",
    ),
    (
        "boards_read_what_they_say",
        in_file(
            "dashboards/alerts.yml",
            '\n  - {title: {en: A, ko: A}, columns: {n: {en: N, ko: N}}, sql: "select count(*) as n from '
            "{{ ref('freshness') }}\"}\n",
        ),
        "alerts",
    ),
    (
        "boards_read_what_they_say",
        in_file("dashboards/alerts.yml", "\n  - metrics: [revenue]\n"),
        "alerts",
    ),
    ("boards_read_what_they_say", lambda p: board_reads(p, "freshness"), "alerts"),
    ("boards_stay_in_their_area", lambda p: board_reads(p, "campaign_days"), "alerts"),
    (
        "boards_stay_in_their_area",
        exposure(original_file_path="models/marts/growth/_growth__exposures.yml"),
        "alerts",
    ),
    (
        "boards_stay_in_their_area",
        exposure(original_file_path="models/marts/core/_core__exposures.yml"),
        "alerts",
    ),
    (
        "raw_tables_are_listed",
        replaced("macros/contract.sql", "'refunds', ", ""),
        "payments__refunds",
    ),
    (
        "raw_tables_are_listed",
        lambda p: p.manifest["nodes"].pop("seed.groundwork.raw_ml__models"),
        "ml__models",
    ),
    (
        "only_dialect_knows_the_engine",
        in_file("macros/land.sql", "{% if target.type == 'duckdb' %}"),
        "macros/land.sql",
    ),
    (
        "no_model_reads_the_clock",
        in_file("models/x.sql", "select Current_Date - 1"),
        "models/x.sql",
    ),
    (
        "no_model_reads_the_clock",
        in_file("models/x.sql", "where ordered_at < now()"),
        "models/x.sql",
    ),
    ("no_model_reads_the_clock", in_file("models/x.py", "as_of = datetime.now()"), "models/x.py"),
    (
        "models_run_on_both_engines",
        in_file("models/marts/x.sql", "qualify row_number() over () = 1"),
        "models/marts/x.sql",
    ),
    (
        "models_run_on_both_engines",
        in_file("models/marts/x.sql", "select a::date"),
        "models/marts/x.sql",
    ),
    (
        "macros_are_described",
        lambda p: p.manifest["macros"]["macro.groundwork.converted"].update(description=""),
        "converted",
    ),
    (
        "macros_are_described",
        lambda p: p.manifest["macros"]["macro.groundwork.converted"]["arguments"][0].update(
            description=""
        ),
        "converted",
    ),
]


@pytest.mark.parametrize(
    ("rule", "plant", "where"), PLANTED, ids=[f"{rule}-{where}" for rule, _, where in PLANTED]
)
def test_a_planted_fault_is_seen(project, rule, plant, where):
    broken = Project(copy.deepcopy(project.manifest), dict(project.files))
    plant(broken)
    seen = violations(broken, rule).keys() - violations(project, rule).keys()
    assert where in seen if where else seen


def test_a_fault_is_planted_for_every_rule():
    assert {rule for rule, *_ in PLANTED} == set(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_no_rule_passes_on_nothing(project, rule):
    empty = {key: {} for key in ("nodes", "metrics", "exposures", "semantic_models", "groups")}
    files = {"macros/contract.sql": project.files["macros/contract.sql"]}
    if rule == "only_dialect_knows_the_engine":
        files = {}
    assert violations(Project(empty, files), rule)


def test_an_area_is_a_folder(project):
    assert {area_of(model) for model in project.models} >= {"staging", "vault", "core"}


def bouncer(manifest: dict, folder: Path) -> subprocess.CompletedProcess:
    (folder / "target").mkdir(exist_ok=True)
    (folder / "target" / "manifest.json").write_text(json.dumps(manifest))
    (folder / "dbt-bouncer.yml").write_text((PROJECT / "dbt-bouncer.yml").read_text())
    command = [Path(sys.executable).with_name("dbt-bouncer"), "run", "--output-file", "found.json"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_bouncer_finds_nothing(project, tmp_path):
    run = bouncer(project.manifest, tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr


def test_bouncer_finds_what_is_planted(project, tmp_path):
    broken = Project(copy.deepcopy(project.manifest), {})
    node(broken, "orders")["contract"]["enforced"] = False
    node(broken, "orders")["config"]["contract"]["enforced"] = False
    node(broken, "payments")["description"] = "All the payments."
    node(broken, "stg_app__products")["name"] = "products_staged"
    node(broken, "int_sessions")["name"] = "sessions_helper"
    node(broken, "refunds")["raw_code"] = "select * from core.orders"
    node(broken, "customers")["raw_code"] += ";"
    node(broken, "raw_app__orders")["columns"]["status"]["data_type"] = None
    node(broken, "raw_app__customers")["name"] = "raw_customers"
    node(broken, "sessions")["access"] = "private"
    run = bouncer(broken.manifest, tmp_path)
    assert run.returncode == 1
    found = {
        check["check_run_id"].split(":")[0]
        for check in json.loads((tmp_path / "found.json").read_text())
    }
    rules = {
        line.split(":")[1].strip()
        for line in (PROJECT / "dbt-bouncer.yml").read_text().splitlines()
        if "- name:" in line
    }
    assert found == rules
