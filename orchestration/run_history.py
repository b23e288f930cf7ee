"""What came of the steps, where others read it: platform.runs, the marks of stale metrics, and dbt's files in target/.

Each step of a night is a dbt command of its own. What one `dbt build` knows by itself, the runner carries from step to
step: which models not to build because something above them failed, and whether all of it was built and has passed.
"""

import json
import pathlib
import shutil
from collections.abc import Iterable

import duckdb
from plan import Plan, Step
from run_state import ENDED_WELL, State, folder_of

FAILED = ("error", "fail", "runtime error", "partial success")
KEPT = ("manifest.json", "semantic_manifest.json", "partial_parse.msgpack", "graph.gpickle")
# Commands of dbt that leave the tables as they are.
READING = ("test", "compile", "parse", "docs", "show", "list", "step")
NO_ROW = (
    "insert into platform.runs by name select $1 as invocation_id, 'step' as command, $2 as status, "
    "$3 as schedule_run, $4 as step, cast($5 as timestamp) as started_at, cast($6 as timestamp) as finished_at, "
    "false as is_whole, false as is_full_refresh, false as is_empty, 0 as node_count, 0 as test_count"
)


def target_of(database: pathlib.Path, step: Step) -> pathlib.Path:
    """Where dbt writes what it understood and did for a step: `dbt retry` goes on from there."""
    return folder_of(database) / "targets" / step.name


def results_of(target: pathlib.Path) -> dict | None:
    try:
        return json.loads((target / "run_results.json").read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError):
        return None


def read_json(file: pathlib.Path) -> dict:
    return json.loads(file.read_text(encoding="utf-8"))


def with_earlier(target: pathlib.Path, results: dict, before: dict) -> dict:
    """The results of a retry and, of nodes that it did not do again, those before it; dbt goes on from these."""
    again = {each["unique_id"] for each in results["results"]}
    kept = [each for each in before["results"] if each["unique_id"] not in again]
    together = results | {"results": [*kept, *results["results"]]}
    making = target / "run_results.json.making"
    making.write_text(json.dumps(together), encoding="utf-8")
    making.replace(target / "run_results.json")
    return together


def stopped_before_models(results: dict) -> bool:
    """Whether a hook failed before any model: then nothing was built, and nobody knows what would have been."""
    failed = [each["unique_id"] for each in failures_of(results)]
    return any(name.startswith("operation.") and "on-run-start" in name for name in failed)


def failures_of(results: dict | None) -> list[dict]:
    return [each for each in (results or {}).get("results", []) if each["status"] in FAILED]


def bring_parsed(shared: pathlib.Path, target: pathlib.Path) -> None:
    """Has a step begin with the project as it was parsed last, by whichever step."""
    target.mkdir(parents=True, exist_ok=True)
    for name in KEPT:
        newer, older = shared / name, target / name
        if newer.exists() and (not older.exists() or older.stat().st_mtime < newer.stat().st_mtime):
            replace_by(newer, older)


def share_parsed(target: pathlib.Path, shared: pathlib.Path) -> None:
    """Leaves in target/ what a build by hand would have left there."""
    shared.mkdir(parents=True, exist_ok=True)
    for name in KEPT:
        if (target / name).exists():
            replace_by(target / name, shared / name)


def replace_by(source: pathlib.Path, to: pathlib.Path) -> None:
    """Copies in one step: a kill leaves the old file."""
    making = to.with_name(f"{to.name}.making")
    shutil.copy2(source, making)
    making.replace(to)


def share_results(
    plan: Plan, database: pathlib.Path, ended: Iterable[str], shared: pathlib.Path, is_whole: bool
) -> None:
    """Writes run_results.json of all steps together, as one build would have left it."""
    parts = [
        found
        for step in plan.builds()
        if step.name in ended and (found := results_of(target_of(database, step)))
    ]
    if not parts:
        return
    together = dict(parts[-1])
    together["results"] = [each for part in parts for each in part["results"]]
    together["elapsed_time"] = sum(part["elapsed_time"] for part in parts)
    chosen = {"select": [], "exclude": []} if is_whole else {}
    together["args"] = together["args"] | {"which": "build"} | chosen
    making = shared / "run_results.json.making"
    making.write_text(json.dumps(together), encoding="utf-8")
    making.replace(shared / "run_results.json")


def is_metric_part(node: dict) -> bool:
    """An area's part of metric_values, which is made of the parts that there are."""
    return node["resource_type"] == "model" and node["name"] == f"{node['fqn'][2]}_metric_values"


def as_skipped(models: Iterable[dict]) -> list[dict]:
    """What dbt would have said of the models of a step that never came to them."""
    return [{"unique_id": model["unique_id"], "status": "skipped"} for model in models]


def blocked_models(manifest: dict, results: Iterable[dict]) -> set[str]:
    """The models that hang on something that failed in the results of the steps before, as one `dbt build` skips them:
    what descends from a model that failed or was left out, and from all that a failed test reads. What reads an area's
    part of the metrics is not among them: it takes the part as it is, which is marked as stale.
    """
    nodes = manifest["nodes"]
    parents = {
        name: [each for each in node["depends_on"].get("nodes", []) if each in nodes]
        for name, node in nodes.items()
        if node["resource_type"] in ("model", "seed", "snapshot")
    }
    tests, bad = [], set()
    for each in results:
        name = each["unique_id"]
        node = nodes.get(name)
        if node is None or each["status"] not in (*FAILED, "skipped"):
            continue
        if node["resource_type"] == "test":
            if each["status"] != "skipped":
                tests.append({each for each in node["depends_on"]["nodes"] if each in parents})
        else:
            bad.add(name)
    above: dict[str, set[str]] = {}

    def ancestors(name: str) -> set[str]:
        if name not in above:
            above[name] = set()
            for parent in parents.get(name, []):
                above[name].add(parent)
                if not is_metric_part(nodes[parent]):
                    above[name] |= ancestors(parent)
        return above[name]

    parts = {name for name in parents if is_metric_part(nodes[name])}
    return {
        name
        for name in parents
        if name in bad
        or (ancestors(name) - parts) & bad
        or any(test and test <= ancestors(name) - parts for test in tests)
    }


def models_of(manifest: dict, plan: Plan, step: Step) -> list[dict]:
    """The models that a step builds, as its selection says (plan.dbt_words)."""
    after_metrics = descendants(manifest, "metric_values")
    others = {each.build for each in plan.builds()} - {"core", "metrics"}
    found = []
    for name, node in manifest["nodes"].items():
        if node["resource_type"] == "model":
            area = node["fqn"][2] if node["fqn"][1] == "marts" else "core"
            of = "metrics" if name in after_metrics else area if area in others else "core"
            if of == step.build:
                found.append(node)
    return sorted(found, key=lambda node: node["name"])


def descendants(manifest: dict, name: str) -> set[str]:
    """A model and all that is made from it."""
    found, waiting = (
        set(),
        [
            key
            for key, node in manifest["nodes"].items()
            if node["name"] == name and node["resource_type"] == "model"
        ],
    )
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting += [
                each for each in manifest["child_map"].get(key, []) if each in manifest["nodes"]
            ]
    return found


def mark_stale(database: pathlib.Path, models: Iterable[dict]) -> None:
    """What metrics hold is of an earlier build, of models that were left out."""
    with duckdb.connect(str(database)) as connection:
        has_mark = set(
            connection.execute(
                """
                select table_schema, table_name
                from information_schema.columns
                where column_name = 'is_stale' and table_catalog = current_database()
                """
            ).fetchall()
        )
        for model in models:
            place = (model["schema"], model["alias"])
            if place in has_mark and model["config"]["materialized"] != "view":
                connection.execute(f'update "{place[0]}"."{place[1]}" set is_stale = true')


def write_down(database: pathlib.Path, state: State) -> str:
    """Brings what the runner knows into platform.runs; why it could not, else ''.

    A step that builds has a row by dbt's own hook; the others get one here, and those that never came to dbt.
    """
    rows = state.not_written_down()
    if not rows or not database.exists():
        return ""
    try:
        with duckdb.connect(str(database)) as connection:
            if not has_steps(connection):
                return ""
            connection.execute("begin")
            for row in rows:
                write_row(connection, row)
            connection.execute("commit")
    except duckdb.Error as error:
        return str(error).splitlines()[0]
    state.written_down(rows)
    return ""


def has_steps(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether platform.runs is there and knows steps: the area may be switched off, or the warehouse new."""
    try:
        connection.execute("select schedule_run, step from platform.runs limit 0")
    except (duckdb.CatalogException, duckdb.BinderException):
        return False
    return True


def write_row(connection: duckdb.DuckDBPyConnection, row) -> None:
    status = row["status"]
    own = connection.execute(
        "select invocation_id, status from platform.runs where schedule_run = $1 and step = $2 and command <> 'step' "
        "and started_at between cast($3 as timestamp) and cast($4 as timestamp) order by started_at limit 1",
        [row["run"], row["step"], row["started_at"], row["ended_at"]],
    ).fetchone()
    if own and row["kind"] == "build" and status != "skipped":
        if status in ("killed", "failed") and own[1] in ("running", "succeeded"):
            connection.execute(
                "update platform.runs set status = $1, finished_at = coalesce(finished_at, cast($2 as timestamp)) "
                "where invocation_id = $3",
                [status, row["ended_at"], own[0]],
            )
        return
    name = f"{row['run']}.{row['step']}.{row['attempt']}"
    connection.execute("delete from platform.runs where invocation_id = $1", [name])
    times = [row["started_at"], row["ended_at"]]
    connection.execute(NO_ROW, [name, status, row["run"], row["step"], *times])


def mark_whole(database: pathlib.Path, state: State, plan: Plan, run: str, last_step: Step) -> bool:
    """Whether the steps of a run are together a build of everything that has passed; then its last one says so.

    They are when the newest attempt of each has succeeded, none before one that it comes after, and no other command
    has made tables in between.
    """
    last = state.last(run)
    for step in plan.builds():
        row = last.get(step.name)
        if row is None or row["status"] != ENDED_WELL:
            return False
        for other in step.after:
            before = last.get(other)
            if before is not None and before["ended_at"] > row["started_at"]:
                return False
    began = min(last[step.name]["started_at"] for step in plan.builds())
    with duckdb.connect(str(database)) as connection:
        if not has_steps(connection):
            return True
        strangers = connection.execute(
            "select count(*) from platform.runs where schedule_run is distinct from $1 and node_count > 0 "
            "and started_at >= cast($2 as timestamp) and command not in (select unnest($3))",
            [run, began, list(READING)],
        ).fetchone()[0]
        if strangers:
            return False
        connection.execute(
            "update platform.runs set is_whole = true where invocation_id = (select invocation_id from platform.runs "
            "where schedule_run = $1 and step = $2 and command <> 'step' order by started_at desc limit 1)",
            [run, last_step.name],
        )
    return True
