"""Writes docs/fault_matrix.md: `make fault-matrix` plants every fault in companies of several sizes and tells what was seen."""

import argparse
import datetime
import pathlib
import subprocess
import sys
import tempfile
import textwrap

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import faults
import matrix
import pandas as pd
import warehouse

PAGE = warehouse.PROJECT / "docs/fault_matrix.md"
SEEDS = (201, 202, 203, 204, 205)
DAYS = ["2026-03-11", "2026-06-17"]
AS_OF = "2026-06-30"
# All that is judged of raw tables and of core, and not the metrics: those are judged days later.
BUILT = (
    "+int_table_measures +int_event_measures +int_reading_measures +int_exposure_measures +int_prediction_measures "
    "+int_arrival_measures +int_order_source_measures +int_price_source_measures +int_table_day_measures +anomalies"
)
INTRO = """# The fault matrix

Which monitor sees which fault, and from how many rows a day on. Each of {count} faults was planted alone in otherwise
clean raw rows of one day of the demo company, and the day was judged as it is known the day after, by the models of
`platform`. Written by `make fault-matrix`; do not edit.

{sizes}

- **contract**: the contract of the raw table rejects the rows (the share of rejected rows is odd, or the build stops).
- **reconciliation**: another source says something else: orders, items and payments, prices and lists, parents.
- **learnt rule**: the table never did this before, or has always done that.
- **statistics**: a count, share or mean is so odd that chance makes one such a day in two hundred.

A dash: not caught on any of its days. A number in brackets: the share of days on which it was.
"""


def company(folder: pathlib.Path, seed: int, scale: int) -> pathlib.Path:
    """Makes a demo company and builds what is judged; its database."""
    script = warehouse.PROJECT / "ingest" / "demo_company.py"
    options = ["--seed", str(seed), "--scale", str(scale), "--format", "parquet", "--quiet"]
    subprocess.run([sys.executable, script, *options, "--out", folder / "raw"], check=True)
    database = folder / warehouse.NAME
    warehouse.build(database, folder / "raw", select=BUILT, tests=False, variables={"as_of": AS_OF})
    return database


def cell(rows: pd.DataFrame) -> str:
    """What caught a fault in tables of one size."""
    if rows.empty:
        return ""
    caught = rows[rows.caught_by != ""]
    if caught.empty:
        return "–"
    by = sorted({name for names in caught.caught_by for name in names.split(", ")})
    share = len(caught) / len(rows)
    return ", ".join(by) + (f" ({share:.0%})" if share < 1 else "")


def page(found: pd.DataFrame, clean: pd.DataFrame, sizes: str) -> str:
    lines = [INTRO.format(count=len(faults.faults()), sizes="\n".join(textwrap.wrap(sizes, 118)))]
    lines += [
        "## What was caught",
        "",
        "| | 10 rows a day | 50 | 300 and more |",
        "|---|---|---|---|",
    ]
    for label, pick in (
        ("faults planted", lambda part: f"{len(part)}"),
        ("caught by the day after", lambda part: f"{(part.caught_by != '').mean():.0%}"),
        ("by statistics alone", lambda part: f"{part.by_statistics.mean():.0%}"),
        (
            "by statistics and rules, the value in its own baseline",
            lambda part: f"{part.with_itself.mean():.0%}",
        ),
        ("larger than what is detectable", lambda part: f"{part.could.mean():.0%}"),
        (
            "of those, caught",
            lambda part: (
                f"{(part[part.could].caught_by != '').mean():.0%}" if part.could.any() else ""
            ),
        ),
    ):
        cells = [
            pick(part) if len(part := found[found.band == band]) else "" for band in matrix.BANDS
        ]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    lines += [
        "",
        "## Clean days",
        "",
        "| company | days of 180 with an alert | share of judged values |",
        "|---|---|---|",
    ]
    lines += [
        f"| {row.warehouse} | {row.days} | {row['share']:.4%} of {row.judged:,} |"
        for _, row in clean.iterrows()
    ]
    lines += [
        "",
        "## Fault by fault",
        "",
        "| fault | 10 rows a day | 50 | 300 and more |",
        "|---|---|---|---|",
    ]
    for fault in faults.faults():
        rows = found[found.fault == fault.name]
        cells = " | ".join(cell(rows[rows.band == band]) for band in matrix.BANDS)
        lines.append(f"| {fault.name} | {cells} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--scales", type=int, nargs="+", default=[1, 4, 20])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        databases = {
            f"scale {scale}, seed {seed}": company(
                pathlib.Path(folder) / f"{scale}_{seed}", seed, scale
            )
            for scale in options.scales
            for seed in options.seeds
        }
        found, clean = matrix.of_warehouses(databases, DAYS)
    said = f"Seeds {', '.join(map(str, options.seeds))} at scale {', '.join(map(str, options.scales))}, on {' and '.join(DAYS)}."
    PAGE.write_text(page(found, clean, said), encoding="utf-8")
    print(f"{PAGE.name} written on {datetime.date.today()}: {len(found)} faults planted")


if __name__ == "__main__":
    main()
