"""The demo company: a made-up group with four brands, its raw tables and the planted truth.

    python ingest/demo_company.py --seed 1 --scale 1 --format csv --out build/demo

writes `<system>__<table>.csv` (or .parquet) for the 34 raw tables, `truth.json`, and as
`reference__<name>.csv` the rules that the company comes with. The same seed and scale give the
same bytes. `--seeds` writes the committed seeds instead: `seeds/raw/`,
`seeds/reference/tracking_plan.csv` and `brand_names.csv`, and `ingest/truth.json`.

`--set learn.BIAS=0` plants another fact: any constant of a module in `ingest/demo`.
"""

import argparse
import ast
import importlib
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))

from demo.company import make_company, write_reference

ROOT = Path(__file__).resolve().parent.parent
# Reference seeds of this company alone: another one brings its own, or has none.
ITS_RULES = [
    "brand_names",
    "funnels",
    "model_experiments",
    "order_steps",
    "recommendation_events",
    "tracking_plan",
]


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=float, default=1.0, help="1 is about 25,000 events")
    parser.add_argument("--format", choices=["csv", "parquet"], default="csv")
    parser.add_argument("--out", type=Path, default=Path("build/demo"))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--memory", default="2GB", help="for sorting; the chunks take more")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    parser.add_argument("--seeds", action="store_true", help="write the committed seeds")
    parser.add_argument(
        "--set", action="append", default=[], metavar="MODULE.NAME=VALUE", help="plant another fact"
    )
    return parser.parse_args(arguments)


def plant(setting: str) -> None:
    """Gives a constant another value, of the same kind: `learn.BIAS=0`."""
    path, _, text = setting.partition("=")
    module, _, name = path.partition(".")
    if not (ROOT / "ingest" / "demo" / f"{module}.py").exists() or not name.isupper():
        raise SystemExit(f"--set {setting}: write <module>.<CONSTANT>=<value>, like learn.BIAS=0")
    planted = importlib.import_module(f"demo.{module}")
    try:
        kind = type(getattr(planted, name))
        value = ast.literal_eval(text)
        setattr(planted, name, np.array(value) if kind is np.ndarray else kind(value))
    except (AttributeError, SyntaxError, TypeError, ValueError) as error:
        raise SystemExit(f"--set {setting}: {error}") from None


def write_seeds(arguments: argparse.Namespace) -> None:
    """Replace the committed seeds by a freshly made company."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        make_company(
            arguments.seed, arguments.scale, "csv", out, arguments.workers, arguments.memory,
            arguments.quiet,
        )  # fmt: skip
        raw = ROOT / "seeds" / "raw"
        raw.mkdir(parents=True, exist_ok=True)
        for file in sorted(out.glob("*.csv")):
            shutil.move(file, raw / f"raw_{file.name}")
        shutil.move(out / "truth.json", ROOT / "ingest" / "truth.json")
    write_reference(ROOT / "seeds" / "reference")


def main() -> None:
    """Run from the command line."""
    arguments = parse()
    for setting in arguments.set:
        plant(setting)
    if arguments.set:
        arguments.workers = 1  # other processes may not know what was set
    if arguments.seeds:
        write_seeds(arguments)
        return
    make_company(
        arguments.seed, arguments.scale, arguments.format, arguments.out, arguments.workers,
        arguments.memory, arguments.quiet,
    )  # fmt: skip
    for name in ITS_RULES:
        rules = ROOT / "seeds" / "reference" / f"{name}.csv"
        shutil.copyfile(rules, arguments.out / f"reference__{name}.csv")


if __name__ == "__main__":
    main()
