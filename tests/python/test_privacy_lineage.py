"""Personal values stay in raw, staging and the vault: planted leaks are stopped with their way, lawful uses pass."""

import csv
import json
import pathlib
import re
import shutil
import sys

import privacy_world
import pytest
from warehouse import PROJECT

sys.path.insert(0, str(PROJECT / "plugins"))
sys.path.insert(0, str(PROJECT / "tools"))

import contracts
import lineage
import manifest as manifests
import privacy
from value_flow import Flow

# What a lawful use may need a row of exception for: a day that is compared with days of birth, and shown.
NEEDS_A_ROW = {"birthday campaign count", "birthdays in the month counted"}


@pytest.mark.parametrize("name", ["leaks", "leaks_fresh", "leaks_eyes", "leaks_again"])
def test_planted_leaks_are_stopped(name):
    cases = privacy_world.cases(name)
    passed = [case["name"] for case in cases if not privacy_world.verdict(case)]
    assert len(cases) >= 50
    assert not passed


def test_lawful_uses_pass():
    names = ["lawful", "lawful_fresh", "lawful_eyes", "lawful_again"]
    cases = [case for name in names for case in privacy_world.cases(name)]
    stopped = {case["name"] for case in cases if privacy_world.verdict(case)}
    assert len(cases) >= 155
    assert stopped == NEEDS_A_ROW


@pytest.mark.parametrize("quote", ["'", '"'])
def test_the_columns_that_a_card_gives_to_a_macro_are_followed(quote):
    by_name = {"people": "staging.people"}
    sql = "select {{ shortened(" + quote + "email" + quote + ") }} from {{ ref('people') }}"
    nodes = privacy_world.world()
    nodes.append(lineage.shown("board", "page", sql, by_name))
    assert "email of raw.people.email" in lineage.leaks(nodes, lineage.follow(nodes), [])[0]


def test_the_way_is_printed():
    said = privacy_world.verdict(
        {"sql": "select max(contact) from (select email as contact from staging.people)"}
    )
    way = "raw.people.email -> staging.people.email -> core.leak.max(contact)"
    assert said == [f"email of raw.people.email reaches core.leak.max(contact): {way}."]


def test_a_leak_is_told_where_it_leaves_and_not_again():
    nodes = privacy_world.world()
    nodes.append(
        lineage.Node(
            "core.first", "table", ["staging.people"], "select email as a from staging.people"
        )
    )
    nodes.append(
        lineage.Node("core.second", "table", ["core.first"], "select a as b from core.first")
    )
    said = lineage.leaks(nodes, lineage.follow(nodes), [])
    assert len(said) == 1
    assert "reaches core.first.a" in said[0]


def test_an_exception_lets_one_column_pass_and_must_be_of_use():
    nodes = privacy_world.world()
    sql = "select customer_id, date_diff('year', birth_date, created_at) as age, birth_date from staging.people"
    nodes.append(lineage.Node("core.ages", "table", ["staging.people"], sql))
    row = lineage.Breaker(
        "core.ages", "age", "birth_date", "band", "whole years and nothing nearer than that"
    )
    found = lineage.follow(nodes)
    assert [said.split(":")[0] for said in lineage.leaks(nodes, found, [row])] == [
        "birth_date of raw.people.birth_date reaches core.ages.birth_date"
    ]
    nodes[-1].sql = sql.replace(", birth_date from", " from")
    assert lineage.leaks(nodes, lineage.follow(nodes), [row]) == []
    useless = lineage.Breaker(
        "core.orders", "amount", "email", "declared", "an amount is not an address"
    )
    assert lineage.leaks(nodes, lineage.follow(nodes), [row, useless]) == [
        "The row of privacy_breakers for core.orders.amount and email breaks nothing: take it out."
    ]
    vague = lineage.Breaker("core.ages", "age", "birth_date", "because", "it is fine")
    assert "must say how the class is broken" in lineage.unexplained([vague])[0]


def test_a_model_that_cannot_be_parsed_stops_by_its_name():
    said = privacy_world.verdict({"sql": "select case from where"})
    assert len(said) == 1
    assert said[0].startswith("core.leak cannot be followed: it cannot be parsed")


def test_what_an_increment_reads_is_followed():
    """An incremental run compiles another select: rows that were kept, and the list of changed keys of its own hook."""
    nodes = privacy_world.world()
    sql = (
        "select email as label from staging.people where customer_id in"
        " (select customer_id from changed_keys_of_kept) union all select label from core.kept"
    )
    nodes.append(lineage.Node("core.kept", "table", ["staging.people"], sql, ["label"]))
    said = lineage.leaks(nodes, lineage.follow(nodes), [])
    assert len(said) == 1
    assert "email of raw.people.email reaches core.kept.label" in said[0]


def test_the_answer_is_kept_and_a_change_is_seen(tmp_path):
    nodes = privacy_world.world()
    nodes.append(privacy_world.planted({"sql": "select country from staging.people"}, nodes))
    cache = tmp_path / "target" / "lineage.json"
    first = lineage.follow(nodes, cache)
    kept = json.loads(cache.read_text())
    assert len(kept) == len([node for node in nodes if node.sql])
    assert lineage.follow(nodes, cache).columns == first.columns
    nodes[-1].sql = "select email as country from staging.people"
    assert lineage.leaks(nodes, lineage.follow(nodes, cache), [])
    cache.write_text("{ broken")
    assert lineage.leaks(nodes, lineage.follow(nodes, cache), [])


# ---- The project -----------------------------------------------------------


@pytest.fixture(scope="module")
def target(demo):
    return demo.with_name("warehouse.duckdb.target")


def test_nothing_leaks_in_the_project(parsed_manifest, target):
    """Also that each exception is needed: a row that lets nothing pass is among the findings."""
    assert lineage.check(parsed_manifest, target) == []


def test_nothing_leaks_in_the_next_build(parsed_manifest, target, next_sql, tmp_path):
    """The SQL of increments is another: it reads the model's own rows, and lists that its hooks make."""
    compiled = lineage.compiled_folder(next_sql)
    written = list(compiled.rglob("*.sql"))
    assert len(written) > 30
    assert any("changed_rows_of_" in file.read_text("utf-8") for file in written)
    shutil.copytree(lineage.compiled_folder(target), lineage.compiled_folder(tmp_path))
    shutil.copytree(compiled, lineage.compiled_folder(tmp_path), dirs_exist_ok=True)
    assert lineage.check(parsed_manifest, tmp_path) == []


def test_every_column_of_every_table_is_known(parsed_manifest, target):
    """What the gate computes for a table is what its contract says: no column is lost on the way."""
    nodes = lineage.nodes_of_project(parsed_manifest, lineage.compiled_folder(target))
    found = lineage.follow(nodes, target / "lineage.json")
    contracted = [
        node
        for node in manifests.nodes_of(parsed_manifest, "model")
        if node["config"].get("contract", {}).get("enforced") and node["language"] == "sql"
    ]
    different = {
        node["name"]
        for node in contracted
        if set(found.columns[f"{node['schema']}.{node['alias']}"]) != set(node["columns"])
    }
    assert len(contracted) > 100
    assert not different


def test_a_card_of_an_area_that_is_switched_off_is_left_out(parsed_manifest, target):
    def cards(manifest):
        nodes = lineage.nodes_of_project(manifest, lineage.compiled_folder(target))
        return [node for node in nodes if node.kind == "board"]

    without = {
        key: node for key, node in parsed_manifest["nodes"].items() if node["schema"] != "trust"
    }
    left = cards(parsed_manifest | {"nodes": without})
    assert 0 < len(left) < len(cards(parsed_manifest))
    assert not [node.name for node in left if "trust." in node.sql]


def test_every_hook_is_known(parsed_manifest):
    """The hooks of runs, too, are calls of macros that were read."""
    hooks = [
        node["raw_code"]
        for node in parsed_manifest["nodes"].values()
        if node["resource_type"] == "operation"
    ]
    assert len(hooks) >= 6
    assert lineage.unknown_hooks(parsed_manifest) == []
    key, operation = next(
        (key, node)
        for key, node in parsed_manifest["nodes"].items()
        if node["resource_type"] == "operation"
    )
    other = operation | {"raw_code": "copy staging.stg_app__customers to 'people.csv'"}
    said = lineage.unknown_hooks({"nodes": {key: other}})
    assert len(said) == 1
    assert "copy staging.stg_app__customers" in said[0]


def test_a_leak_in_the_built_sql_fails_the_build(parsed_manifest, target, tmp_path):
    """What the last hook of a build calls, on the folder of a build with one column too many."""
    models = pathlib.Path("groundwork", "models")
    compiled = lineage.compiled_folder(tmp_path)
    shutil.copytree(lineage.compiled_folder(target) / models, compiled / models)
    shutil.copy(target / "lineage.json", tmp_path / "lineage.json")
    (tmp_path / "manifest.json").write_text(json.dumps(parsed_manifest))
    assert privacy.leaks_of_the_build(str(tmp_path)) == ""
    node = next(n for n in parsed_manifest["nodes"].values() if n["name"] == "country_dates")
    file = compiled / node["package_name"] / node["original_file_path"]
    sql = file.read_text()
    ended = re.sub(
        r"select \* from (\w+)\s*$",
        r"select *, (select max(email) from staging.stg_app__customers) as m from \1",
        sql,
    )
    assert ended != sql
    file.write_text(ended)
    said = privacy.leaks_of_the_build(str(tmp_path))
    assert "email of raw.raw_app__customers.email reaches core.country_dates.m" in said
    assert "-> staging.stg_app__customers.email -> core.country_dates.m" in said


def test_python_of_the_classes_is_that_of_the_macros():
    text = (PROJECT / "macros" / "contract.sql").read_text()
    told = re.search(r"macro direct_identifiers.*?return\(\[(.*?)\]\)", text, re.DOTALL)[1]
    assert set(re.findall(r"'(\w+)'", told)) == contracts.DIRECT
    told = re.search(r"meta\.pii in \((.*?)\) and column.data_type", text)[1]
    assert set(re.findall(r"'(\w+)'", told)) == contracts.PSEUDONYMS
    words = list(
        csv.DictReader((PROJECT / "seeds/reference/personal_words.csv").read_text().splitlines())
    )
    assert {row["pii_class"] for row in words} <= contracts.CLASSES


def test_columns_are_found_however_they_are_named():
    relations = {"core.c": {"a": frozenset([("core.c", "a")]), "b": frozenset([("core.c", "b")])}}
    for sql, expected in [
        ("select b from core.c", "b"),
        ('select "B" from "x"."core"."c"', "b"),
        ("select t.b from core.c as t", "b"),
        ("select c.b from core.c", "b"),
        ("from core.c select b", "b"),
        ("select * exclude (a) from core.c", "b"),
        ("select x from (select b as x from core.c)", "x"),
        ("with c as (select b from core.c) select * from c", "b"),
        ("select y from (select b from core.c) as t(y)", "y"),
    ]:
        flow = Flow(sql, relations)
        assert flow.problems == []
        assert flow.columns == {expected: frozenset([("core.c", "b")])}, sql
