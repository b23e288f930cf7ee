"""Builds the boards of dashboards/ to static pages in site/dashboards/: `make dashboards`."""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import yaml

# The currencies that dct has a sign for; amounts in another are shown as numbers.
SIGNED = {
    "USD",
    "EUR",
    "GBP",
    "JPY",
    "CAD",
    "AUD",
    "CHF",
    "SEK",
    "NOK",
    "DKK",
    "INR",
    "CNY",
    "BRL",
    "MXN",
}
PLAIN_FORMATS = {"currency_compact": '".3s"', "currency_whole": '",.0f"', "currency": '",.2f"'}
PROJECT = pathlib.Path(__file__).resolve().parents[1]


def warehouse() -> pathlib.Path:
    """The database; stops with a message when nothing was built yet."""
    database = pathlib.Path(os.environ.get("GROUNDWORK_DB", PROJECT / "groundwork.duckdb"))
    if not database.exists():
        sys.exit(f"There is no warehouse at {database} yet. Run make build first.")
    return database


def reporting_currency() -> str:
    """Three letters of the currency that amounts are in, by vars.yml."""
    settings = yaml.safe_load((PROJECT / "vars.yml").read_text(encoding="utf-8"))
    return settings["vars"]["reporting_currency"]


def in_currency(board: str, currency: str) -> str:
    """A board of the project, which is in dollars, with its amounts in another currency."""
    if currency in SIGNED:
        return board.replace("{currency: USD}", f"{{currency: {currency}}}")
    board = board.replace("regional: {currency: USD}\n", "")
    for name, plain in PLAIN_FORMATS.items():
        board = re.sub(rf"format: {name}\b", f"format: {plain}", board)
    return board


def target_folder() -> pathlib.Path:
    """Where dbt writes its manifest."""
    return pathlib.Path(os.environ.get("DBT_TARGET_PATH", PROJECT / "target")).resolve()


def parse() -> None:
    """Writes a manifest that knows the models of this database."""
    from dbt.cli.main import dbtRunner

    options = ["--quiet", "--no-use-colors", "--target-path", str(target_folder())]
    if not dbtRunner().invoke(["parse", *options]).success:
        sys.exit("The project cannot be parsed: see above.")


def build(folder: pathlib.Path) -> None:
    """Renders every board with its numbers in it, by the manifest; a chart that fails stops."""
    exposures = json.loads((target_folder() / "manifest.json").read_text())["exposures"].values()
    built = {exposure["name"] for exposure in exposures}  # not those of an area that is left out
    found = sorted((PROJECT / "dashboards").glob("*.yml"))
    dct = [str(pathlib.Path(sys.executable).with_name("dct")), "--no-send-anonymous-usage-stats"]
    settings = ["--format", "html", "--no-cache", "--output", str(folder / "{stem}.html")]
    (PROJECT / "target").mkdir(exist_ok=True)
    # dct takes no board outside the project.
    with (
        tempfile.TemporaryDirectory() as dbt_project,
        tempfile.TemporaryDirectory(dir=PROJECT / "target") as own,
    ):
        boards = [pathlib.Path(own, board.name) for board in found if board.stem in built]
        for board in boards:
            text = (PROJECT / "dashboards" / board.name).read_text(encoding="utf-8")
            board.write_text(in_currency(text, reporting_currency()), encoding="utf-8")
        # dct takes no target folder outside the project.
        (pathlib.Path(dbt_project) / "target").mkdir()
        shutil.copy(PROJECT / "dbt_project.yml", dbt_project)
        shutil.copy(target_folder() / "manifest.json", f"{dbt_project}/target")
        done = subprocess.run(
            [*dct, "render", *map(str, boards), *settings, "--dbt-project-dir", dbt_project],
            cwd=PROJECT,
            env={k: v for k, v in os.environ.items() if k != "DBT_TARGET_PATH"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    if done.returncode:
        sys.exit(f"{done.stderr}\nA board could not be built: see above.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, default=PROJECT / "site")
    site = parser.parse_args().out.resolve()
    os.chdir(PROJECT)  # profiles.yml and its plugins are found from here
    warehouse()
    parse()
    build(site / "dashboards")
    print(f"done: {site / 'dashboards'}")
