"""The pages of the site: what each shows, from what is published and what dbt's manifest says."""

import functools
from collections import defaultdict
from datetime import date

import board_checks
import boards
from figures import amount, change, period_name, small
from project import Project
from published import Published
from words import words

GOOD, BAD, EVEN = "good", "bad", ""


class Company:
    """What pages read of the company: values of metrics, goals, changes, test results, freshness."""

    def __init__(self, published: Published, project: Project, *, restricted: bool = False):
        self.published, self.project, self.restricted = published, project, restricted
        self.currency = project.settings["reporting_currency"]
        self.as_of = date.fromisoformat(published.as_of)

    def amount(self, value: float | None, unit: str) -> str:
        """As the page's script writes what the page carries of the value."""
        return amount(small(value), unit, self.currency)

    @functools.cached_property
    def values(self) -> dict[str, list[dict]]:
        """The rows of metric_values by metric, in order."""
        found = defaultdict(list)
        for row in self.published.rows(
            "select * from {{ ref('metric_values') }} order by metric_name, grain, brand, period_start"
        ):
            found[row["metric_name"]].append(row)
        return found

    @functools.cached_property
    def definitions(self) -> dict[str, dict]:
        rows = self.published.rows("select * from {{ ref('metric_definitions') }}")
        return {row["metric_name"]: row for row in rows}

    @functools.cached_property
    def goals(self) -> dict[str, list[dict]]:
        """The rows of the scorecard by metric: goals that run first, then those that ended, newest first."""
        found = defaultdict(list)
        for row in self.published.rows(
            "select * from {{ ref('metric_scorecard') }} "
            "order by status in ('met', 'missed', 'no_data'), period_end desc, brand"
        ):
            found[row["metric_name"]].append(row)
        return found

    @functools.cached_property
    def assets(self) -> dict[str, dict]:
        """What the catalog knows of each node; nothing where the area is not built."""
        if not self.published.has("catalog_assets"):
            return {}
        rows = self.published.rows(
            "select * from {{ ref('catalog_assets') }} where asset_id = node_id"
        )
        return {row["node_id"]: row for row in rows}

    @functools.cached_property
    def tests(self) -> dict[str, list[dict]]:
        """The newest result of every test, by the node it tests."""
        if not self.published.has("run_tests", "runs"):
            return {}
        found = defaultdict(list)
        for row in self.published.rows(
            """
            select
                node_id, tested_node_id, test_name, status, failures,
                coalesce(finished_at, run_date) as finished_at
            from (
                select
                    results.node_id, results.tested_node_id, results.test_name, results.status,
                    results.failures, results.run_date, runs.finished_at,
                    row_number() over (
                        partition by results.node_id, results.tested_node_id
                        order by results.run_date desc, runs.started_at desc
                    ) as place
                from {{ ref('run_tests') }} as results
                left join {{ ref('runs') }} as runs on results.invocation_id = runs.invocation_id
                where results.status <> 'skipped'
            ) as results
            where place = 1
            order by test_name
            """
        ):
            found[row["tested_node_id"]].append(row)
        return found

    @functools.cached_property
    def coverage(self) -> dict[str, dict]:
        """Of each metric what nobody delivered and what its values wait for."""
        if not self.published.has("metric_coverage"):
            return {}
        rows = self.published.rows("select * from {{ ref('metric_coverage') }}")
        return {row["metric_name"]: row for row in rows}

    def last_full(self, name: str, brand: str = "all") -> list[dict]:
        """The months of a metric for a brand that are over and have a value, oldest first."""
        return [
            row
            for row in self.values[name]
            if row["grain"] == "month"
            and row["brand"] == brand
            and row["value"] is not None
            and period_end(row["period_start"], "month") <= self.as_of
        ]

    @functools.cached_property
    def of_persons(self) -> set[str]:
        """The boards that are about single persons."""
        files = {name: boards.FOLDER / f"{name}.yml" for name in self.project.boards}
        return {name for name, file in files.items() if boards.load(file)["restricted"]}

    def board_link(self, name: str) -> str | None:
        """Where a board is; nowhere if it is of persons, and those are left out."""
        if name not in self.of_persons:
            return f"boards/{name}.html"
        return f"restricted/{name}.html" if self.restricted else None

    def undelivered(self, tables: list[str], needs: list[str] | None = None) -> list[str]:
        """The raw tables before these that hold no row; where a card says which it needs, only those."""
        found = self.project.undelivered(tables, self.published)
        return [table for table in found if needs is None or table in needs]


def period_end(start: date, grain: str) -> date:
    """The last day of a period."""
    if grain == "day":
        return start
    if grain == "week":
        return date.fromordinal(start.toordinal() + 6)
    months = start.year * 12 + start.month - 1 + (3 if grain == "quarter" else 1)
    return date.fromordinal(date(months // 12, months % 12 + 1, 1).toordinal() - 1)


def headline(company: Company, name: str, brand: str = "all") -> dict:
    """A metric as a tile: its last full month against the one before, for all brands or for one."""
    metric = company.project.metrics[name]
    months = company.last_full(name, brand)
    found = {"name": name, "label": metric["label"], "label_ko": metric["label_ko"], "now": None}
    if not months:
        return found | {"undelivered": undelivered_of(company, metric) if brand == "all" else []}
    now, before = months[-1], months[-2] if len(months) > 1 else None
    follows = (
        before
        and period_end(before["period_start"], "month").toordinal() + 1
        == now["period_start"].toordinal()
    )
    moved = change(now["value"], before["value"], metric["unit"]) if follows else ("", "")
    marks = {None: None if now["is_final"] else "not_final"} | {mark: mark for mark in MARKS}
    return found | {
        "now": {
            "value": now["value"],
            "shown": company.amount(now["value"], metric["unit"]),
            "period": period_name(now["period_start"], "month"),
            "before": period_name(before["period_start"], "month") if follows else None,
            "before_shown": company.amount(before["value"], metric["unit"]) if follows else None,
            "change": moved,
            "verdict": verdict(now["value"], before["value"], metric["direction"])
            if follows and not moved[0].startswith("±")
            else EVEN,
            "n": None if now["n"] in (None, now["value"]) else f"{now['n']:,.0f}",
            "is_final": now["is_final"],
            "mark": marks.get(now["reason"], "not_final"),
            # A young period is called young first: that the metric lacks a table holds for it as well.
            "lacks": undelivered_of(company, metric),
        }
    }


# Reasons that are said instead of `not final`.
MARKS = ("can_change", "partly_delivered")
UNIT_NAMES = {"hours": (" hours", "시간"), "days": (" days", "일"), "seconds": (" seconds", "초")}


def verdict(value: float, before: float, direction: str) -> str:
    """Whether a change is for the better, by the metric's direction."""
    if value == before:
        return EVEN
    return GOOD if (value > before) == (direction == "up") else BAD


def undelivered_of(company: Company, metric: dict) -> list[str]:
    """The raw tables that nobody delivered and without which a metric has no value: by its coverage, else lineage."""
    if metric["name"] not in company.coverage:
        parents = [parent.split(".")[-1] for parent in company.project.parents(metric["id"])]
        return company.undelivered([name for name in parents if name in company.project.tables])
    found = company.coverage[metric["name"]].get("missing_tables") or ""
    return [table.strip() for table in found.split(",") if table.strip()]


def reason_named(company: Company, metric: dict, reason: str) -> tuple[str, str]:
    """Why a value is empty or not final, in English and Korean, with the tables concerned."""
    covered = company.coverage.get(metric["name"], {})
    tables = {
        "not_delivered": covered.get("missing_tables"),
        "partly_delivered": covered.get("missing_tables"),
        "awaits_loads": covered.get("awaited_table"),
    }.get(reason)
    ending = "" if not tables else f": {tables}" if reason == "partly_delivered" else f" ({tables})"
    return tuple(f"{text}{ending}" for text in words()[f"reason_{reason}"])


def sentence(company: Company, metric: dict, brand: str = "all") -> tuple[str, str]:
    """The last full month of a metric in words, English and Korean."""
    now = headline(company, metric["name"], brand)["now"]
    if not now:
        rows = [row for row in company.values[metric["name"]] if row["brand"] == brand]
        reasons = [row["reason"] for row in rows if row["grain"] == "month" and row["reason"]]
        missing = ", ".join(undelivered_of(company, metric))
        if not reasons and missing:
            return (
                f"It has no value: not delivered ({missing}).",
                f"값이 없습니다: 전달되지 않음 ({missing}).",
            )
        if not reasons:
            return "It has no value yet.", "아직 값이 없습니다."
        english, korean = reason_named(company, metric, reasons[-1])
        return f"It has no value: {english}.", f"값이 없습니다: {korean}."
    unit = UNIT_NAMES.get(metric["unit"], ("", ""))
    aside = [(f"n {now['n']}",) * 2] if metric["unit"] == "share" and now["n"] is not None else []
    if now["mark"] == "not_final":
        aside.append(words()["reason_too_recent"])
    elif now["mark"]:
        aside.append(reason_named(company, metric, now["mark"]))
    if now["lacks"] and now["mark"] != "partly_delivered":
        aside.append(reason_named(company, metric, "partly_delivered"))
    english = f"{now['shown']}{unit[0]} in {now['period'][0]}"
    korean = f"{now['period'][1]} {now['shown']}{unit[1]}"
    if aside:
        english += f" ({'; '.join(one[0] for one in aside)})"
        korean += f" ({'; '.join(one[1] for one in aside)})"
    if now["before"]:
        worth = {GOOD: (", which is better", ", 개선"), BAD: (", which is worse", ", 악화")}.get(
            now["verdict"], ("", "")
        )
        if now["change"][0]:
            english += f", {now['change'][0]} on {now['before'][0]}{worth[0]}"
            korean += f", {now['before'][1]} 대비 {now['change'][1]}{worth[1]}"
        elif now["verdict"]:
            english += f", after {now['before_shown']}{unit[0]} in {now['before'][0]}{worth[0]}"
            korean += f", {now['before'][1]} {now['before_shown']}{unit[1]}{worth[1]}"
        else:
            english += f", as in {now['before'][0]}"
            korean += f", {now['before'][1]}과 같음"
    return f"{english}.", f"{korean}."


def linked(company: Company, ids: list[str]) -> list[dict]:
    """Nodes with their labels and pages."""
    found = []
    for key in ids:
        kind, name = key.split(".")[0], key.split(".")[-1]
        if kind == "metric":
            metric = company.project.metrics[name]
            found.append(
                {
                    "label": metric["label"],
                    "label_ko": metric["label_ko"],
                    "link": f"metrics/{name}.html",
                }
            )
        elif kind == "exposure":
            board = company.project.boards.get(name)
            link = board and company.board_link(name)
            if link:
                found.append({"label": board["label"], "label_ko": board["label_ko"], "link": link})
        else:
            found.append({"label": name, "label_ko": "", "link": f"tables/{name}.html"})
    return found


def board_page(company: Company, name: str) -> dict:
    """What templates/board.html.j2 shows."""
    board = (
        boards.load(boards.FOLDER / f"{name}.yml") | company.project.boards[name] | {"name": name}
    )
    board_checks.check_names(board, f"{name}.yml", company.project)
    cards = []
    for number, card in enumerate(board["cards"], 1):
        if "metrics" in card:
            known = [metric for metric in card["metrics"] if metric in company.project.metrics]
            cards.append(
                {
                    "metrics": [headline(company, metric) for metric in known],
                    "names": known,
                    "of_brands": {},
                }
            )
            continue
        if "tiles" in card:
            found = boards.tiles(card, company.published, company.currency)
            for tile in found:
                tile["undelivered"] = (
                    company.undelivered(tile["tables"], card.get("needs"))
                    if tile["is_empty"]
                    else []
                )
            cards.append({"tiles": found})
            continue
        filled = boards.filled(card, company.published, number, company.currency)
        filled["undelivered"] = (
            [] if filled["rows"] else company.undelivered(filled["tables"], card.get("needs"))
        )
        filled["period"] = period_column(filled)
        cards.append(filled)
    brands = {row["brand"] for card in cards for row in card.get("rows", []) if "brand" in row}
    for card in cards:
        brands |= {row["brand"] for name in card.get("names", []) for row in company.values[name]}
    brands = sorted(brands - {"all", None})
    for card in cards:
        if "names" in card and "brand" in board["filters"]:
            card["of_brands"] = {
                brand: [headline(company, name, brand) for name in card["names"]]
                for brand in brands
            }
    return board | {"cards": cards, "brands": brands}


def period_column(card: dict) -> str | None:
    """The column by which a card is cut to a period: a date along x."""
    for name in (card.get("roles", {}).get("x"), *card["columns"]):
        values = [row.get(name) for row in card["rows"][:1]]
        if values and isinstance(values[0], str) and len(values[0]) == 10 and values[0][4] == "-":
            return name
    return None
