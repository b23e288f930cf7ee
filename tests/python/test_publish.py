"""What is published: whole states only, of a warehouse whose tests have passed, without personal data."""

import copy
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import time

import duckdb
import pytest
from warehouse import PROJECT, WHOLE_RUN, query

sys.path.insert(0, str(PROJECT / "tools"))

import built
import publish
from destinations import folder

LATER_RUN = """
    insert into platform.runs by name
    select 'later' as invocation_id, $1 as command, $2 as status, false as is_whole, false as is_empty,
        $3 as node_count, $4 as test_count, timestamp '2026-07-01 06:00' as started_at
"""


@pytest.fixture(scope="module")
def target(demo):
    return demo.with_name("warehouse.duckdb.target")


@pytest.fixture(scope="module")
def published(tested_demo, target, tmp_path_factory):
    folder = tmp_path_factory.mktemp("published")
    publish.publish(folder, tested_demo, target)
    return folder


def is_whole(published: pathlib.Path) -> bool:
    """Whether all files of the current build are those of its manifest."""
    build = published / "current"
    about = json.loads((build / publish.MANIFEST).read_text())
    return publish.sha256(build / publish.DATABASE) == about["database"]["sha256"] and all(
        publish.sha256(build / table["parquet"]) == table["parquet_sha256"]
        for table in about["tables"]
    )


def test_the_public_tables_are_published_as_they_are(published, tested_demo, parsed_manifest):
    build = published / "current"
    about = json.loads((build / publish.MANIFEST).read_text())
    names = {
        f"{model['schema']}.{model['name']}" for model in publish.public_models(parsed_manifest)
    }
    assert {f"{table['schema']}.{table['table']}" for table in about["tables"]} == names
    assert len(names) > 100
    assert not {name for name in names if name.startswith(("staging.", "vault.", "raw."))}
    assert is_whole(published)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{tested_demo}' as warehouse (read_only)")
        connection.execute(f"attach '{build / publish.DATABASE}' as published (read_only)")
        connection.execute("use warehouse")
        for table in about["tables"]:
            name = f"{table['schema']}.{table['table']}"
            for rows in (name, f"published.{name}", f"(from '{build / table['parquet']}')"):
                assert connection.execute(
                    f"select count(*), coalesce(sum(hash(each_row)::hugeint), 0)::varchar from {rows} as each_row"
                ).fetchone() == (table["rows"], table["content_hash"]), rows
    assert (
        about["as_of"] == query(tested_demo, "select as_of_date::varchar from staging.as_of")[0][0]
    )
    ((described,),) = query(
        build / publish.DATABASE,
        "select comment from duckdb_columns() where table_name = 'orders' and column_name = 'revenue'",
    )
    assert described


def test_no_name_address_or_number_of_a_person_is_published(published, demo):
    """Each value of these is looked for in every text column of every table."""
    people = query(demo, "select full_name, email, phone from raw.raw_app__customers")
    # Words of a comment are those of its template; a first name may be that of anybody.
    personal = {text for row in people for text in row if text and len(text) > 8}
    assert len(personal) > 500
    with duckdb.connect(
        str(published / "current" / publish.DATABASE), read_only=True
    ) as connection:
        connection.execute(
            "create temp table personal as select unnest($1) as text", [list(personal)]
        )
        texts = connection.execute(
            """select schema_name, table_name, column_name from duckdb_columns()
            where database_name <> 'temp' and data_type = 'VARCHAR' and not internal"""
        ).fetchall()
        assert len(texts) > 300
        for schema, table, column in texts:
            found = connection.execute(
                f'select "{column}" from {schema}.{table} semi join personal on "{column}" = text limit 1'
            ).fetchall()
            assert not found, (schema, table, column)


def test_a_personal_column_stops_it(parsed_manifest):
    manifest = copy.deepcopy(parsed_manifest)
    orders = manifest["nodes"]["model.groundwork.orders"]
    orders["columns"]["email"] = orders["columns"]["order_id"] | {"name": "email"}
    with pytest.raises(publish.CannotPublish, match=r"core\.orders .*email of app\.customers"):
        publish.public_models(manifest)


@pytest.mark.parametrize(
    ("later", "message"),
    [
        (("build", "failed", 3, 4), "The last dbt build has failed"),
        (("test", "failed", 0, 1), "The last dbt test has failed"),
        (("build", "running", None, None), "has not ended"),
        (("build", "killed", None, None), "The last dbt build has killed"),
        (("run", "succeeded", 1, 0), "were not tested"),
        (("seed", "succeeded", 34, 0), "were not tested"),
        (("build", "succeeded", 5, 0), "were not tested"),
        (("build", "succeeded", 5, 9), None),
        (("test", "succeeded", 0, 9), None),
        (("compile", "succeeded", 9, 0), None),
    ],
)
def test_only_what_was_tested_is_published(later, message):
    with duckdb.connect() as connection:
        connection.execute(
            """create schema platform; create table platform.runs (invocation_id varchar, command varchar,
            status varchar, is_whole boolean, is_empty boolean, node_count bigint, test_count bigint,
            started_at timestamp, finished_at timestamp);
            create table platform.run_tests (invocation_id varchar, test_name varchar, status varchar)"""
        )
        with pytest.raises(publish.CannotPublish, match="never built and tested"):
            built.last_whole_run(connection, PROJECT)
        connection.execute(WHOLE_RUN)
        connection.execute(LATER_RUN, later)
        if message is None:
            assert built.last_whole_run(connection, PROJECT)["invocation_id"] == "built"
        else:
            with pytest.raises(publish.CannotPublish, match=message):
                built.last_whole_run(connection, PROJECT)


@pytest.mark.parametrize(
    ("results", "message"),
    [
        (None, "is missing"),
        ({"args": {"which": "compile"}, "results": []}, "no build of everything"),
        (
            {"args": {"which": "build", "select": ["orders"]}, "results": []},
            "no build of everything",
        ),
        (
            {
                "args": {"which": "build"},
                "results": [{"unique_id": "test.groundwork.a", "status": "fail"}],
            },
            "failed: a",
        ),
        ({"args": {"which": "build"}, "results": []}, None),
    ],
)
def test_without_the_area_platform_the_last_results_decide(tmp_path, results, message):
    metadata = {"metadata": {"invocation_id": "built", "generated_at": "2026-07-01"}}
    if results is not None:
        (tmp_path / "run_results.json").write_text(json.dumps(metadata | results))
    with duckdb.connect() as connection:
        if message is None:
            assert built.last_whole_run(connection, tmp_path)["invocation_id"] == "built"
        else:
            with pytest.raises(publish.CannotPublish, match=message):
                built.last_whole_run(connection, tmp_path)


def test_three_builds_are_kept_and_an_old_reader_reads_on(tested_demo, few_tables, tmp_path):
    with pytest.raises(publish.CannotPublish, match="Run make publish"):
        folder.roll_back(tmp_path)
    first = publish.publish(tmp_path, tested_demo, few_tables)
    file = (tmp_path / "current" / publish.DATABASE).resolve()
    reader = duckdb.connect(str(file), read_only=True)
    before = reader.execute("select sum(revenue) from core.orders").fetchone()
    builds = [first] + [publish.publish(tmp_path, tested_demo, few_tables) for _ in range(4)]
    assert folder.builds_of(tmp_path) == builds[-3:]
    assert not file.exists()
    assert reader.execute(
        "select sum(revenue), count(distinct brand) > 1 from core.orders"
    ).fetchone() == (
        *before,
        True,
    )
    reader.close()
    assert publish.current_of(tmp_path) == builds[-1]
    assert folder.roll_back(tmp_path) == builds[-2].name
    assert folder.roll_back(tmp_path) == builds[-3].name == publish.current_of(tmp_path).name
    with pytest.raises(publish.CannotPublish, match="oldest build that is kept"):
        folder.roll_back(tmp_path)
    # What is read stays, however old it is.
    newer = [publish.publish(tmp_path, tested_demo, few_tables)]
    folder.point_to(tmp_path, builds[-2])
    newer += [publish.publish(tmp_path, tested_demo, few_tables) for _ in range(2)]
    assert folder.builds_of(tmp_path) == newer
    assert [path.name for path in tmp_path.glob("builds/.*")] == []


def test_two_do_not_publish_at_once(tested_demo, few_tables, tmp_path):
    with (
        folder.alone(tmp_path),
        pytest.raises(publish.CannotPublish, match="Another process"),
    ):
        publish.publish(tmp_path, tested_demo, few_tables)


def test_what_fails_on_the_way_leaves_nothing(tested_demo, few_tables, tmp_path, monkeypatch):
    build = publish.publish(tmp_path, tested_demo, few_tables)
    monkeypatch.setattr(publish, "sha256", lambda file: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        publish.publish(tmp_path, tested_demo, few_tables)
    assert publish.current_of(tmp_path) == build
    assert list(tmp_path.glob("builds/*")) == [build]
    assert list(tmp_path.glob("builds/.*")) == []


def make_another_run(database: pathlib.Path) -> None:
    """The same tables as of another run: what is published of one run is not published again."""
    with duckdb.connect(str(database)) as connection:
        connection.execute("update platform.runs set invocation_id = concat(invocation_id, '+')")


@pytest.mark.parametrize(
    ("tables", "kills"), [("few_tables", 3), pytest.param("target", 20, marks=pytest.mark.slow)]
)
def test_whenever_it_is_killed_what_is_published_is_whole(
    tested_demo, tmp_path, request, tables, kills
):
    command = [sys.executable, PROJECT / "tools" / "publish.py", "publish"]
    database = pathlib.Path(shutil.copy(tested_demo, tmp_path / "warehouse.duckdb"))
    published = tmp_path / "published"
    environment = os.environ | {
        "GROUNDWORK_PUBLISHED": str(published),
        "GROUNDWORK_DB": str(database),
        "DBT_TARGET_PATH": str(request.getfixturevalue(tables)),
    }
    began_at = time.monotonic()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    seconds = time.monotonic() - began_at
    assert "Readers now read" in done.stdout
    chance = random.Random(kills)
    states = {publish.current_of(published)}
    for _ in range(kills):
        make_another_run(database)
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(chance.uniform(0.1, 1.1) * seconds)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert is_whole(published)
        states.add(publish.current_of(published))
    make_another_run(database)
    subprocess.run(command, env=environment, capture_output=True, check=True)
    assert publish.current_of(published) not in states
    assert is_whole(published) and list(published.glob("builds/.*")) == []
