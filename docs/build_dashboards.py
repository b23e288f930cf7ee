"""Builds the boards of dashboards/ to static pages in site/dashboards/: `make dashboards`."""

import argparse
import os
import pathlib
import subprocess
import sys

PROJECT = pathlib.Path(__file__).resolve().parents[1]


def warehouse() -> pathlib.Path:
    """The database; stops with a message when nothing was built yet."""
    database = pathlib.Path(os.environ.get("GROUNDWORK_DB", PROJECT / "groundwork.duckdb"))
    if not database.exists():
        sys.exit(f"There is no warehouse at {database} yet. Run make build first.")
    return database


def build(folder: pathlib.Path) -> None:
    """Renders every board with its numbers in it; a chart that fails stops."""
    warehouse()
    boards = sorted(str(board) for board in (PROJECT / "dashboards").glob("*.yml"))
    done = subprocess.run(
        [
            str(pathlib.Path(sys.executable).with_name("dct")),
            "--no-send-anonymous-usage-stats",
            "render",
            *boards,
            *("--format", "html", "--no-cache", "--output", str(folder / "{stem}.html")),
        ],
        cwd=PROJECT,
        env=os.environ | {"DO_NOT_TRACK": "1"},
        stdout=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        sys.exit("A board could not be built: see above.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, default=PROJECT / "site")
    site = parser.parse_args().out.resolve()
    build(site / "dashboards")
    print(f"done: {site / 'dashboards'}")
