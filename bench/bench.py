"""Speed, memory and scale, written to bench/RESULTS.md, a part at a time.

    make bench                          all parts at scale 1, 40 and 400
    python bench/bench.py --only experiments        one part
    python bench/bench.py --scales 1                a smaller company, printed only

For each scale the demo company is made as Parquet. The whole:
- full: `dbt build` of everything, its tests included, on an empty warehouse;
- alone: the same models' own SQL, run by DuckDB without dbt, in the order dbt ran it, and then
  attribution beside that of channelattribution (bench/attribution.py);
- to the day before: `dbt build` with as_of one day earlier;
- one more day: `dbt build` on that warehouse with as_of set to the last day.
Drift: the stability indices of ten features of 2,500 predictions times the scale, beside those of
evidently (bench/drift.py), from kept bins. Fairness: the rates of 2,500 payments times the scale
by 20 countries, with intervals and verdicts (bench/fairness.py), beside fairlearn's.
Experiments, lifecycle and care: `dbt run --full-refresh` of the area alone, over what it reads; of
the first two then its statistics beside those of a library (bench/experiments.py,
bench/lifecycle.py), each in a process of its own. Features: payment_risk_features of 25,000
made-up payments times the scale, ten million at 400 (bench/features.py).
"""

import argparse
import functools
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

import duckdb

PROJECT = pathlib.Path(__file__).resolve().parents[1]
RESULTS = PROJECT / "bench" / "RESULTS.md"
SCALES = [1, 40, 400]
# What MetricFlow gives to these is no SQL.
FROM_METRICFLOW = ("metric_definitions", "int_change_terms")
LAST_DAY, DAY_BEFORE = "2026-06-30", "2026-06-29"


@dataclass(frozen=True)
class Measured:
    """Wall-clock seconds and peak resident memory (GB) of one process."""

    seconds: float
    peak_gb: float


def measured(command: list[str], environment: dict[str, str] | None = None) -> Measured:
    """Runs a command to its end; stops the bench with its output when it fails."""
    began_at = time.monotonic()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env=os.environ | (environment or {}),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            sys.exit(f"{' '.join(command)} failed:\n{output.read()[-4000:]}")
    return Measured(time.monotonic() - began_at, usage.ru_maxrss / 1024**2)


def make_company(scale: int, raw: pathlib.Path) -> Measured:
    """The demo company as Parquet."""
    script = "ingest/demo_company.py --seed 1 --format parquet"
    return measured([sys.executable, *script.split(), "--scale", str(scale), "--out", str(raw)])


def dbt(folder: pathlib.Path, raw: pathlib.Path, *words: str) -> Measured:
    """One dbt command on the warehouse in `folder`."""
    environment = {
        "GROUNDWORK_DB": str(folder / "groundwork.duckdb"),
        "GROUNDWORK_RAW": str(raw),
        "GROUNDWORK_THREADS": "2",
        "GROUNDWORK_MEMORY": "4GB",
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
    }
    executable = str(pathlib.Path(sys.executable).with_name("dbt"))
    return measured([executable, *words], environment)


def models_run(folder: pathlib.Path) -> list[dict]:
    """The models that the last build in `folder` ran, in the order they were done."""
    nodes = json.loads((folder / "target" / "manifest.json").read_text())["nodes"]
    results = json.loads((folder / "target" / "run_results.json").read_text())["results"]
    done = [
        result
        for result in results
        if result["unique_id"].startswith("model.") and result["timing"]
    ]
    done.sort(key=lambda result: result["timing"][-1]["completed_at"])
    return [
        nodes[result["unique_id"]]
        | {"seconds": result["execution_time"], "sql": result["compiled_code"]}
        for result in done
    ]


def sql_alone(
    folder: pathlib.Path, built: pathlib.Path, raw: pathlib.Path
) -> tuple[float, dict[str, str]]:
    """Seconds that DuckDB without dbt needs for the SQL of the models built in `built`.

    With them how attribution compares. Seeds are landed before the clock starts. What python
    models and MetricFlow made is copied in, off the clock.
    """
    dbt(folder, raw, "seed", "--vars", f"as_of: '{LAST_DAY}'")
    sys.path.insert(0, str(PROJECT / "plugins"))
    from attribution import compared
    from scipy_functions import Plugin

    seconds = {}
    with duckdb.connect(str(folder / "groundwork.duckdb")) as connection:
        connection.execute("set threads = 2; set memory_limit = '4GB'; set TimeZone = 'UTC'")
        connection.execute("set preserve_insertion_order = false")
        Plugin.configure_connection(None, connection)
        connection.execute(f"attach '{built / 'groundwork.duckdb'}' as built (read_only)")
        for model in models_run(built):
            relation = model["relation_name"]
            kind = "view" if model["config"]["materialized"] == "view" else "table"
            connection.execute(f"create schema if not exists {model['schema']}")
            if model["language"] == "python" or model["name"] in FROM_METRICFLOW:
                source = relation.replace('"groundwork"', "built", 1)
                connection.execute(f"create or replace table {relation} as select * from {source}")
                continue
            began_at = time.monotonic()
            # What dbt keeps of its own runs is there already: the seeds' run has made it.
            connection.execute(f"create or replace {kind} {relation} as {model['sql']}")
            seconds[model["name"]] = time.monotonic() - began_at
        return sum(seconds.values()), compared(connection, seconds)


def area_run(
    area: str, library: str | None, counts: dict[str, str], built: pathlib.Path, raw: pathlib.Path
) -> dict[str, str]:
    """Seconds and memory of an area and, where there is one, of its statistics and a library's.

    counts: name -> SQL of what there was to do. bench/<area>.py has both sides, each in a process
    of its own.
    """
    models = built / "models.json"
    models.write_text(json.dumps({model["name"]: model["sql"] for model in models_run(built)}))
    words = ["run", "--full-refresh", "--select", f"path:models/marts/{area}"]
    took = {"dbt run of the area": dbt(built, raw, *words, "--vars", f"as_of: '{LAST_DAY}'")}
    database = str(built / "groundwork.duckdb")
    if library:
        script = [sys.executable, f"bench/{area}.py"]
        took["its statistics alone"] = measured([*script, "own", database, str(models)])
        took[f"by {library.replace('_', '-')}"] = measured([*script, library, database])
    with duckdb.connect(database, read_only=True) as connection:
        figures = {
            name: f"{connection.execute(sql).fetchone()[0]:,}" for name, sql in counts.items()
        }
    for name, of_name in took.items():
        figures[f"{name}, seconds"] = f"{of_name.seconds:.1f}"
        figures[f"{name}, peak GB"] = f"{of_name.peak_gb:.1f}"
    return figures


def row_counts(folder: pathlib.Path) -> tuple[int, int]:
    """How many raw rows there are, and how many of them are events."""
    with duckdb.connect(str(folder / "groundwork.duckdb"), read_only=True) as connection:
        return connection.execute(
            """
            select
                sum(row_count)::bigint,
                (sum(row_count) filter (where source_system = 'events'))::bigint
            from vault.raw_row_statuses
            """
        ).fetchone()


def say(scale: int, what: str) -> None:
    """Where the bench is."""
    print(f"scale {scale}: {what}", file=sys.stderr, flush=True)


def bench_whole(scale: int) -> dict[str, str]:
    """The figures of everything at one scale, ready to print."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="groundwork-bench-"))
    raw, built, alone, daily = (folder / name for name in ("raw", "built", "alone", "daily"))
    for path in (raw, built, alone, daily):
        path.mkdir()
    try:
        say(scale, "the demo company")
        made = make_company(scale, raw)
        say(scale, "dbt build, full")
        full = dbt(built, raw, "build", "--vars", f"as_of: '{LAST_DAY}'")
        models = models_run(built)
        in_python = sum(m["seconds"] for m in models if m["language"] == "python")
        in_growth = sum(m["seconds"] for m in models if m["schema"] == "growth")
        raw_rows, events = row_counts(built)
        say(scale, "the models' SQL alone")
        sql, attribution = sql_alone(alone, built, raw)
        ratio = full.seconds / (sql + in_python)
        say(scale, f"dbt build {full.seconds:.1f} s, SQL alone {sql:.1f} s: ratio {ratio:.2f}")
        # Each is as large as the warehouse: the disk need not hold three.
        shutil.rmtree(alone)
        shutil.rmtree(built)
        say(scale, "dbt build to the day before")
        dbt(daily, raw, "build", "--vars", f"as_of: '{DAY_BEFORE}'")
        say(scale, "dbt build, one more day")
        increment = dbt(daily, raw, "build", "--vars", f"as_of: '{LAST_DAY}'")
    finally:
        shutil.rmtree(folder)
    return {
        "scale": str(scale),
        "raw rows": f"{raw_rows:,}",
        "events": f"{events:,}",
        "making the data, seconds": f"{made.seconds:.0f}",
        "dbt build with its tests, seconds": f"{full.seconds:.1f}",
        "python models in it, seconds": f"{in_python:.1f}",
        "models of the area growth in it, seconds": f"{in_growth:.1f}",
        "the models' SQL alone, seconds": f"{sql:.1f}",
        "dbt build ÷ (SQL alone + python models)": f"{ratio:.2f}",
        "one more day, seconds": f"{increment.seconds:.1f}",
        "one more day ÷ dbt build": f"{increment.seconds / full.seconds:.2f}",
        "peak memory of dbt build, GB": f"{max(full.peak_gb, increment.peak_gb):.1f}",
        "peak memory of making the data, GB": f"{made.peak_gb:.1f}",
        **attribution,
    }


def bench_features(scale: int) -> dict[str, str]:
    """The figures of the features of payments, at 25,000 of them times the scale."""
    payments = 25_000 * scale
    folder = pathlib.Path(tempfile.mkdtemp(prefix="groundwork-bench-"))
    raw, built, made = folder / "raw", folder / "built", folder / "made"
    for path in (raw, built, made):
        path.mkdir()
    try:
        say(scale, "the features' SQL")
        make_company(1, raw)
        words = ["build", "--select", "+payment_risk_features"]
        words += ["--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]
        dbt(built, raw, *words, "--vars", f"as_of: '{LAST_DAY}'")
        models = folder / "models.json"
        models.write_text(json.dumps({model["name"]: model["sql"] for model in models_run(built)}))
        database = str(made / "groundwork.duckdb")
        script = [sys.executable, "bench/features.py"]
        say(scale, "payments")
        measured([*script, "make", database, str(payments)])
        say(scale, "features")
        took = measured([*script, "own", database, str(models)])
    finally:
        shutil.rmtree(folder)
    return {
        "scale": str(scale),
        "payments": f"{payments:,}",
        "their features, seconds": f"{took.seconds:.1f}",
        "microseconds a payment": f"{took.seconds / payments * 1e6:.0f}",
        "peak GB": f"{took.peak_gb:.1f}",
    }


def bench_area(scale: int, area: str) -> dict[str, str]:
    """The figures of one area, without the tests and the other areas."""
    library, counts = AREAS[area]
    folder = pathlib.Path(tempfile.mkdtemp(prefix="groundwork-bench-"))
    raw, built = folder / "raw", folder / "built"
    raw.mkdir()
    built.mkdir()
    try:
        say(scale, "the demo company")
        make_company(scale, raw)
        say(scale, f"what {area} reads")
        words = ["build", "--select", f"+path:models/marts/{area}/*.sql"]
        words += ["--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]
        dbt(built, raw, *words, "--vars", f"as_of: '{LAST_DAY}'")
        say(scale, area)
        return {"scale": str(scale), **area_run(area, library, counts, built, raw)}
    finally:
        shutil.rmtree(folder)


def printed(*words: str) -> dict:
    """What a command prints as JSON."""
    done = subprocess.run(words, cwd=PROJECT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def bench_drift(scale: int) -> dict[str, str]:
    """Seconds of ten stability indices, from columns and from JSON, and evidently's."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="groundwork-bench-"))
    script = [sys.executable, "bench/drift.py"]
    rows = 2_500 * scale
    try:
        raw, built = folder / "raw", folder / "built"
        built.mkdir()
        say(scale, "predictions")
        measured([*script, "make", str(raw), str(rows)])
        say(scale, "what drift reads, and its bins")
        words = ["build", "--select", "+int_week_bins", "--vars", "as_of: '2026-03-31'"]
        words += ["--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]
        dbt(built, raw, *words)
        models = built / "models.json"
        models.write_text(json.dumps({model["name"]: model["sql"] for model in models_run(built)}))
        say(scale, "stability indices")
        database = str(built / "groundwork.duckdb")
        ours = printed(*script, "own", database, str(models))
        theirs = printed(*script, "evidently", database)["evidently"]
    finally:
        shutil.rmtree(folder)
    return {
        "scale": str(scale),
        "predictions of the week": f"{rows:,}",
        "ten indices from columns, seconds": f"{ours['columns']:.2f}",
        "ten indices from JSON, seconds": f"{ours['json']:.2f}",
        "by evidently from columns, seconds": f"{theirs:.1f}",
        "evidently ÷ columns": f"{theirs / ours['columns']:.0f}",
        "evidently ÷ JSON": f"{theirs / ours['json']:.0f}",
    }


def bench_fairness(scale: int) -> dict[str, str]:
    """Seconds of three rates of 20 groups with their intervals and verdicts, and fairlearn's."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="groundwork-bench-"))
    payments = 2_500 * scale
    script = [sys.executable, "bench/fairness.py"]
    try:
        raw, built = folder / "raw", folder / "built"
        raw.mkdir()
        built.mkdir()
        say(scale, "what the audit reads")
        make_company(1, raw)
        words = ["build", "--select", "+int_fairness_verdicts", "--vars", f"as_of: '{LAST_DAY}'"]
        words += ["--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]
        dbt(built, raw, *words)
        models = built / "models.json"
        models.write_text(json.dumps({model["name"]: model["sql"] for model in models_run(built)}))
        database = str(built / "groundwork.duckdb")
        say(scale, "payments")
        measured([*script, "make", database, str(payments)])
        say(scale, "the audit, then fairlearn")
        ours = measured([*script, "own", database, str(models)])
        uv = str(pathlib.Path(sys.executable).with_name("uv"))
        theirs = printed(
            uv, "run", "--quiet", "--script", "bench/fairness_by_fairlearn.py", database
        )
    finally:
        shutil.rmtree(folder)
    return {
        "scale": str(scale),
        "payments": f"{payments:,}",
        "the audit, start of the process included, seconds": f"{ours.seconds:.1f}",
        "by fairlearn, start and reading left out, seconds": f"{theirs['seconds']:.1f}",
        "fairlearn ÷ the audit": f"{theirs['seconds'] / ours.seconds:.0f}",
    }


# Area -> the library its statistics stand beside, if there is one, and what there is to do.
AREAS = {
    "experiments": (
        "tea_tasting",
        {
            "units times metrics": "select count(*) from experiments.int_experiment_values",
            "results, segments included": "select count(*) from experiments.experiment_results",
        },
    ),
    "lifecycle": (
        "lifelines",
        {
            "customer days": "select count(*) from core.customer_days",
            "lives": "select count(*) from lifecycle.customer_lives",
            "survival curves": """
                select count(distinct (brand, segment_type, segment))
                from lifecycle.churn_survival""",
        },
    ),
    "care": (
        None,
        {
            "readings": "select count(*) from care.readings",
            "windows of 30 days": "select count(*) from care.monitoring_windows",
            "patient days of features": "select count(*) from care.patient_risk_features",
        },
    ),
}
OTHERS = {
    "whole": bench_whole,
    "drift": bench_drift,
    "fairness": bench_fairness,
    "features": bench_features,
}
PARTS = [*OTHERS, *AREAS]


def machine() -> str:
    """What it was measured on."""
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return (
        f"{os.cpu_count()} cores, {memory_gb:.0f} GB of memory, "
        f"Python {platform.python_version()}, duckdb {duckdb.__version__}"
    )


def commit() -> str:
    """The commit that is measured."""
    words = ["git", "describe", "--always", "--dirty"]
    return subprocess.run(words, cwd=PROJECT, capture_output=True, text=True).stdout.strip()


def section(part: str, columns: list[dict[str, str]]) -> str:
    """The figures of one part, one column per scale."""
    lines = [
        f"## {part}",
        "",
        f"`python bench/bench.py --only {part}` on {machine()}, at commit {commit()}.",
        "",
        "| scale | " + " | ".join(column["scale"] for column in columns) + " |",
        "|---|" + "---:|" * len(columns),
    ]
    for name in list(columns[0])[1:]:
        lines.append(f"| {name} | " + " | ".join(column[name] for column in columns) + " |")
    return "\n".join(lines) + "\n"


def with_section(page: str, part: str, text: str) -> str:
    """The page of results with this part's section in the place of its old one."""
    head, *sections = page.split("\n## ")
    kept = {old.split("\n")[0]: f"## {old}".rstrip() + "\n" for old in sections}
    kept[part] = text
    return "\n".join([head.rstrip() + "\n", *(kept[name] for name in PARTS if name in kept)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scales", type=int, nargs="+", default=SCALES)
    parser.add_argument("--only", choices=PARTS)
    options = parser.parse_args()
    for part in [options.only] if options.only else PARTS:
        bench = OTHERS.get(part) or functools.partial(bench_area, area=part)
        text = section(part, [bench(scale) for scale in options.scales])
        print(text, flush=True)
        if options.scales == SCALES:
            RESULTS.write_text(with_section(RESULTS.read_text(), part, text))


if __name__ == "__main__":
    main()
