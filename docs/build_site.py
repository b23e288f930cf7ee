"""Builds the docs site, front page, dbt's docs, column lineage and boards: `make docs`.

Every page is one file that loads nothing: it opens from a disk, without a network.
"""

import argparse
import logging
import os
import pathlib
import shutil
import sys
from time import monotonic

import build_dashboards
import front_page

PROJECT = pathlib.Path(__file__).resolve().parents[1]
WAY_BACK = (
    '<a href="../index.html" style="position:fixed;right:0;top:0;z-index:9999;padding:2px 10px;'
    "border-radius:0 0 0 6px;background:#17594a;color:#fff;font:600 12px/16px system-ui,sans-serif;"
    'text-decoration:none">← Groundwork</a>'
)


def dbt_docs(target: pathlib.Path) -> None:
    """Writes manifest, catalog and static_index.html into dbt's target folder.

    Incremental models are compiled as a full build, so that the page shows all of their SQL.
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    options = ["--quiet", "--no-use-colors", "--target-path", str(target)]
    parsed = dbtRunner().invoke(["parse", *options])
    runner = dbtRunner(manifest=parsed.result)
    for words in (["compile", "--full-refresh"], ["docs", "generate", "--no-compile", "--static"]):
        done = runner.invoke([*words, *options])
        if not done.success:
            sys.exit(f"dbt {' '.join(words)} failed: {done.exception or 'see above'}")
    DuckDBConnectionManager.close_all_connections()  # the front page reads the file next


def lineage(target: pathlib.Path, folder: pathlib.Path) -> None:
    """Writes the page that follows a column from raw to where it is used."""
    from dbt_colibri.lineage_extractor.extractor import DbtColumnLineageExtractor
    from dbt_colibri.report.generator import DbtColibriReportGenerator
    from sqlglot.optimizer.scope import Scope

    # dbt-colibri 0.3.7 asks for the name this had before sqlglot 30: else unions have no lineage.
    Scope.union_scopes = property(lambda scope: scope.set_operation_scopes)
    logging.getLogger("colibri").setLevel(logging.ERROR)
    extractor = DbtColumnLineageExtractor(
        str(target / "manifest.json"), str(target / "catalog.json")
    )
    report = DbtColibriReportGenerator(extractor, disable_telemetry=True)
    report.generate_report(output_dir=str(folder))
    (folder / "colibri-manifest.json").unlink()  # the page holds the same


def with_way_back(page: pathlib.Path) -> None:
    """Adds a link to the front page."""
    html = page.read_text(encoding="utf-8")
    head, body_end, tail = html.rpartition("</body>")
    page.write_text(head + WAY_BACK + body_end + tail, encoding="utf-8")


def build(site: pathlib.Path) -> None:
    """Builds the site into a folder; stops with a message when there is no warehouse yet."""
    began_at = monotonic()

    def say(words: str) -> None:
        print(f"{monotonic() - began_at:5.1f} s  {words}", flush=True)

    database = build_dashboards.warehouse()
    target = build_dashboards.target_folder()
    site.mkdir(parents=True, exist_ok=True)

    say("dbt docs: every table, column and test")
    dbt_docs(target)
    (site / "dbt").mkdir(exist_ok=True)
    shutil.copyfile(target / "static_index.html", site / "dbt" / "index.html")
    with_way_back(site / "dbt" / "index.html")

    say("lineage: where every column comes from")
    lineage(target, site / "lineage")
    with_way_back(site / "lineage" / "index.html")

    say("boards")
    build_dashboards.build(site / "dashboards")

    say("front page: questions, metrics, goals, tables of truth")
    front_page.write(site / "index.html", target, database)
    say(f"done: {site / 'index.html'}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, default=PROJECT / "site")
    arguments = parser.parse_args()
    out = arguments.out.resolve()
    os.chdir(PROJECT)  # profiles.yml and its plugins are found from here
    build(out)
