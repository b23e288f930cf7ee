"""Builds the site of answers from what is published: `make docs` writes site/index.html.

Every page opens from a disk, from a subfolder and from a web server, and loads nothing from a network. Pages about
persons are in site/restricted/, and made only with --restricted.
"""

import argparse
import functools
import gc
import json
import os
import pathlib
import shutil
import sys
from datetime import UTC, datetime
from time import monotonic

import about
import board_checks
import boards
import charts
import dbt_pages
import experiments
import home
import jinja2
import metric_pages
import pages
import search_index
import semantics
import tables
import words
from markupsafe import Markup
from project import Project
from published import PROJECT, Published

sys.path.insert(0, str(PROJECT / "tools"))

import find
import publish
import rendering
from manifest import read_manifest

FOLDER = pathlib.Path(__file__).resolve().parent


def in_script(value) -> Markup:
    """JSON that may stand inside a script element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))


class Site:
    """Writes pages into a folder."""

    def __init__(
        self,
        folder: pathlib.Path,
        published: Published,
        project: Project,
        *,
        restricted: bool,
        has_dbt: bool = False,
    ):
        self.folder, self.published, self.project = folder, published, project
        self.restricted, self.has_dbt = restricted, has_dbt
        self.company = pages.Company(published, project, restricted=restricted)
        self.changes = metric_pages.Changes(self.company)
        self.pages = {"dbt/index.html", "lineage/index.html"} if has_dbt else set()

    @functools.cached_property
    def jinja(self) -> jinja2.Environment:
        environment = rendering.environment(FOLDER / "templates", is_html=True)
        environment.globals |= {
            "both": words.both,
            "word": words.word,
            "words": words.words(),
            "attribute": words.attribute,
            "option": words.option,
            "as_of": self.published.as_of,
            "version": self.published.about["versions"]["groundwork"],
            "built_at": f"{datetime.now(UTC):%Y-%m-%d %H:%M}",
            "pages": PAGES | ({"experiments/index.html"} if self.has_experiments else set()),
            "has_dbt": self.has_dbt,
        }
        return environment

    def write(self, page: str, template: str, title: str, **values) -> None:
        """One page; `page` is its path in the site."""
        file = self.folder / page
        file.parent.mkdir(parents=True, exist_ok=True)
        html = self.jinja.get_template(template).render(
            root="../" * page.count("/"),
            here=page,
            title=title,
            **({"has_charts": False} | values),
        )
        file.write_text(html, encoding="utf-8")
        self.pages.add(page)

    def assets(self) -> None:
        """What all pages share: style, script, words, and the drawing library."""
        folder = self.folder / "assets"
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("site.css", "site.js"):
            shutil.copyfile(FOLDER / "assets" / name, folder / name)
        shared = {
            "words": words.words(),
            "currency": charts.sign_of(self.company.currency),
            "themes": charts.themes(),
        }
        (folder / "words.js").write_text(f"const SITE={in_script(shared)};\n", encoding="utf-8")
        (folder / "vega.js").write_text(charts.library(), encoding="utf-8")

    def home(self) -> None:
        """This morning."""
        shown = home.page(self.company, self.changes, self.published.folder, self.pages)
        for board in shown["boards"]:
            board["link"] = self.company.board_link(board["name"])
        self.write("index.html", "home.html.j2", "This morning", **shown)

    def metric_pages(self, semantic_manifest: pathlib.Path) -> None:
        """A page per metric, and the list of all."""
        compiled = semantics.compiled(
            semantic_manifest,
            {name: metric_pages.first_grain(self.company, name) for name in self.project.metrics},
            metric_pages.LONGEST_SQL,
        )
        for metric in self.project.metrics.values():
            shown = metric_pages.metric_page(self.company, self.changes, compiled, metric)
            has_charts = bool(shown["card"]["series"])
            self.write(
                f"metrics/{metric['name']}.html",
                "metric.html.j2",
                metric["label"],
                metric=shown,
                card=shown["card"],
                has_charts=has_charts,
                cards_json=in_script([page_card(shown["card"])] if has_charts else []),
            )
        self.write(
            "metrics/index.html",
            "metrics.html.j2",
            "Metrics",
            areas=metric_pages.list_page(self.company),
            n=len(self.project.metrics),
        )

    def table_pages(self) -> None:
        for table in self.project.tables.values():
            if tables.has_page(table):
                self.write(
                    f"tables/{table['name']}.html",
                    "table.html.j2",
                    table["name"],
                    table=tables.page(self.company, table),
                )
        self.write(
            "tables/index.html", "tables.html.j2", "Tables", areas=tables.by_area(self.company)
        )

    def board_list(self) -> None:
        found, left_out = about.board_list(self.company)
        self.write("boards/index.html", "boards.html.j2", "Boards", boards=found, left_out=left_out)

    def about_pages(self, gaps: list[tuple[str, int, str]]) -> None:
        sections = about.sections(self.company)
        self.write("questions.html", "questions.html.j2", "Questions", sections=sections)
        self.write(
            "about.html",
            "about.html.j2",
            "About",
            way=about.way(self.company),
            settings=about.settings(self.company),
            gaps=gaps,
        )

    def for_programs(self) -> None:
        """What other programs read: docs/catalogue.md describes it."""
        found = about.catalogue(self.company)
        text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
        (self.folder / "catalogue.json").write_text(f"{text}\n", encoding="utf-8")
        (self.folder / "llms.txt").write_text(about.for_language_models(found), encoding="utf-8")

    def search(self) -> None:
        """What the box of every page looks through. It comes last: hits lead to pages that are there."""
        connection = search_index.index_of(self.published, self.project.manifest)
        index = in_script(search_index.exported(connection, self.pages))
        script = (FOLDER / "assets" / "search.js").read_text(encoding="utf-8")
        (self.folder / "assets" / "search.js").write_text(
            f"{script}\nconst SEARCH_INDEX={index};\n", encoding="utf-8"
        )

    def board_pages(self) -> None:
        board_checks.check_exposures(boards.FOLDER, self.project)
        for name in self.project.boards:
            board = pages.board_page(self.company, name)
            link = self.company.board_link(name)
            if link is None:
                continue
            cards = [card for card in board["cards"] if "rows" in card]
            self.write(
                link,
                "board.html.j2",
                board["title"]["en"],
                board=board,
                brands=board["brands"] if "brand" in board["filters"] else [],
                has_period="period" in board["filters"] and any(card["period"] for card in cards),
                has_charts=any(card["chart"] for card in cards),
                cards_json=in_script([page_card(card) for card in cards]),
            )

    @functools.cached_property
    def has_experiments(self) -> bool:
        return experiments.are_there(self.company)

    def experiment_pages(self) -> None:
        """The list of experiments and a page of each; none where the area is switched off."""
        if not self.has_experiments:
            return
        board = experiments.list_page(self.company)
        brands = {row["brand"] for card in board["cards"] for row in card["rows"]} - {None}
        self.write(
            "experiments/index.html",
            "experiments.html.j2",
            board["title"]["en"],
            board=board,
            brands=sorted(brands),
            cards_json=in_script([page_card(card) for card in board["cards"]]),
        )
        for experiment in experiments.experiment_pages(self.company):
            self.write(
                experiment["page"],
                "experiment.html.j2",
                experiment["name"],
                experiment=experiment,
                has_charts=any(card["chart"] and card["rows"] for card in experiment["cards"]),
                cards_json=in_script([page_card(card) for card in experiment["cards"]]),
            )


PAGES = {
    "index.html",
    "metrics/index.html",
    "boards/index.html",
    "tables/index.html",
    "questions.html",
    "about.html",
}


def page_card(card: dict) -> dict:
    """What the script needs of a card."""
    kept = (
        "id",
        "columns",
        "rows",
        "series",
        "spec",
        "period",
        "by_brand",
        "goals",
        "sentences",
        "total",
    )
    return {name: card[name] for name in kept if card.get(name) is not None}


def build(
    folder: pathlib.Path,
    build_folder: pathlib.Path,
    target: pathlib.Path,
    *,
    restricted: bool = False,
    database: pathlib.Path | None = None,
) -> None:
    """Builds the site of a published build into a folder.

    `restricted` adds the pages about persons; `database`, the warehouse, adds dbt's own pages.
    """
    began_at = monotonic()

    def say(text: str) -> None:
        print(f"{monotonic() - began_at:5.1f} s  {text}", flush=True)

    manifest = read_manifest(target / "manifest.json")
    project = Project(manifest, told(target))
    site = Site(
        folder, Published(build_folder), project, restricted=restricted, has_dbt=bool(database)
    )
    shutil.rmtree(folder / "restricted", ignore_errors=True)
    say("assets")
    site.assets()
    say(f"{len(site.project.metrics)} metrics")
    site.metric_pages(target / "semantic_manifest.json")
    say(f"{len(site.project.boards)} boards")
    site.board_pages()
    site.board_list()
    say("experiments")
    site.experiment_pages()
    say("tables and questions")
    site.table_pages()
    site.about_pages(find.gaps(publish.warehouse_of_the_run()[0]))
    say("this morning")
    site.home()
    say("search, and lists for programs")
    site.search()
    site.for_programs()
    if database:
        say("dbt's own docs: every table, column and test")
        manifest = dbt_pages.with_compiled_sql(manifest, target)
        catalog = dbt_pages.catalog_of(manifest, database)
        dbt_pages.dbt_docs(manifest, catalog, folder / "dbt" / "index.html")
        say("lineage: where every column comes from")
        dbt_pages.lineage(manifest, catalog, folder / "lineage" / "index.html")
    say(f"done: {folder / 'index.html'}")


def told(target: pathlib.Path) -> dict:
    """The vars that the last dbt command was given beside vars.yml."""
    file = target / "run_results.json"
    if not file.exists():
        return {}
    return json.loads(file.read_text(encoding="utf-8"))["args"].get("vars") or {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, default=PROJECT / "site")
    parser.add_argument("--restricted", action="store_true", help="with pages about persons")
    parser.add_argument(
        "--no-dbt", action="store_true", help="without dbt's own docs and column lineage"
    )
    asked = parser.parse_args()
    # Trees of SQL are kept until their model is done: to look through them at every turn costs a quarter of the time.
    gc.set_threshold(100_000, 50, 1000)
    out = asked.out.resolve()
    os.chdir(PROJECT)
    current = publish.current_of(publish.published_folder())
    if current is None:
        sys.exit("Nothing is published yet. Run make build, then make publish.")
    database, target = publish.warehouse_of_the_run()
    if not asked.no_dbt and not database.exists():
        sys.exit(f"There is no warehouse at {database} yet. Run make build first.")
    try:
        build(
            out,
            current,
            target,
            restricted=asked.restricted,
            database=None if asked.no_dbt else database,
        )
    except boards.WrongBoard as error:
        sys.exit(f"dashboards/{error}")
    except dbt_pages.NoLineage as error:
        sys.exit(f"Column lineage cannot be read: {error}")


if __name__ == "__main__":
    main()
