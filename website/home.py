"""Home = this morning: what can be trusted, the headline numbers, what is out of the ordinary, goals, experiments."""

import json
import pathlib
from datetime import date, timedelta

import duckdb
import metric_pages
from figures import DASH, MONTHS, period_name
from metric_pages import NOT_RUNNING, STATUS_NAMES, Changes, goal_row
from pages import Company, headline, period_end, sentence
from published import DATABASE, MANIFEST

MOST_HEADLINES = 6
# A headline is of one of the last months; a metric that matures slowly has its newest value that far back.
MONTHS_BACK = 3
MOST_MOVED = 8
DAYS_OF_ALERTS = 7
# Goals are on one of two sides, or between, or nobody can say.
SIDES = {"met": 1, "on_track": 1, "at_risk": 0, "off_track": -1, "missed": -1}
DECIDABLE = ("ship", "stop", "trade_off")
VERDICTS = {
    "ship": ("ship", "적용"),
    "stop": ("stop", "중단"),
    "trade_off": ("trade-off", "상충"),
    "invalid": ("cannot be believed", "믿을 수 없음"),
}
OWN_LINES = ("data_until", "period_open", "table_late")
ALL_BRANDS = ("all brands", "전체 브랜드")


def day_name(day: date) -> tuple[str, str]:
    return (
        f"{day.day} {MONTHS[day.month - 1]} {day.year}",
        f"{day.year}년 {day.month}월 {day.day}일",
    )


def line(
    en: str,
    ko: str,
    sql: str,
    link: str | None,
    severity: str = "info",
    *,
    parts: list[dict] | None = None,
    goal: dict | None = None,
) -> dict:
    """A line of the page: what it says, the SQL that proves it, the page it leads to; its parts, or a goal's status."""
    return {
        "en": en,
        "ko": ko,
        "sql": " ".join(sql.split()),
        "link": link,
        "severity": severity,
        "parts": parts or [],
        "goal": goal,
    }


# ---- Headline numbers ----


def headline_names(company: Company) -> list[str]:
    """Which metrics open the page: those that say `headline` in their meta, in that order; then those with a goal of
    the whole company that runs; then certified ones that most others are computed from. Only with a value lately; of a
    company without any, those that say headline, with what is not delivered."""
    metrics = company.project.metrics
    asked = sorted(
        (metric for metric in metrics.values() if metric["headline"] is not None),
        key=lambda metric: (metric["headline"], metric["name"]),
    )
    with_goal = sorted(
        (
            (min(goal["period_end"] for goal in running), name)
            for name, goals in company.goals.items()
            if name in metrics
            and (
                running := [
                    goal
                    for goal in goals
                    if goal["brand"] == "all" and goal["status"] not in NOT_RUNNING
                ]
            )
        ),
    )
    child_map = company.project.manifest["child_map"]
    certified = sorted(
        (metric for metric in metrics.values() if metric["is_certified"]),
        key=lambda metric: (-len(child_map.get(metric["id"], [])), metric["name"]),
    )
    order = [
        *(metric["name"] for metric in asked),
        *(name for _, name in with_goal),
        *(metric["name"] for metric in certified),
    ]
    lately = [name for name in dict.fromkeys(order) if has_value_lately(company, name)]
    return (lately or [metric["name"] for metric in asked])[:MOST_HEADLINES]


def has_value_lately(company: Company, name: str) -> bool:
    months = company.last_full(name)
    if not months:
        return False
    last = months[-1]["period_start"]
    today = company.as_of + timedelta(days=1)
    return 12 * (today.year - last.year) + today.month - last.month <= MONTHS_BACK


def headline_tile(company: Company, name: str) -> dict:
    """A headline number: sentence, mark, and its goal of the whole company that ends first."""
    metric = company.project.metrics[name]
    found = headline(company, name)
    running = [
        goal
        for goal in company.goals.get(name, [])
        if goal["brand"] == "all" and goal["status"] not in NOT_RUNNING
    ]
    goal = min(running, key=lambda one: one["period_end"]) if running else None
    return found | {
        "unit": metric["unit"],
        "sentence": sentence(company, metric),
        "spark": metric_pages.spark_of(company, name),
        "goal": goal_row(company, goal, metric["unit"]) | {"ends": day_name(goal["period_end"])}
        if goal
        else None,
        "sql": metric_pages.sql_of(name, "month"),
    }


# ---- Trust ----


def trust_lines(company: Company, morning: list[dict]) -> list[dict]:
    """How far the data go, what is late, how the tests ended, what is not final."""
    until = day_name(company.as_of)
    lines = [
        line(
            f"Data up to {until[0]}.",
            f"{until[1]}까지의 데이터입니다.",
            "select max(last_day) as data_up_to from metrics.metric_periods where grain = 'day'",
            "tables/metric_periods.html",
        ),
        *late_lines(company),
        tests_line(company),
        *open_lines(company),
    ]
    rest = [
        row for row in morning if row["section"] == "trust" and row["line_name"] not in OWN_LINES
    ]
    return [*lines, *(morning_line(company, row) for row in rest)]


def late_lines(company: Company) -> list[dict]:
    rows = (
        company.published.rows(
            "select raw_table, verdict, sentence, sentence_ko, coalesce(row_count, 0) = 0 as is_missing "
            "from {{ ref('freshness') }} order by raw_table"
        )
        if company.published.has("freshness")
        else []
    )
    if not any(row["verdict"] != "unknown" for row in rows):
        return [
            line(
                "Whether anything is late is unknown.",
                "늦은 데이터가 있는지 알 수 없습니다.",
                "",
                None,
            )
        ]
    late = [row for row in rows if row["verdict"] in ("late", "stopped")]
    sql = "select raw_table, verdict, sentence from platform.freshness where verdict in ('late', 'stopped')"
    if late:
        return [
            line(
                row["sentence"],
                row["sentence_ko"],
                sql,
                f"tables/raw_{row['raw_table'].replace('.', '__')}.html",
                "warning",
            )
            for row in late
        ]
    on_time = sum(row["verdict"] == "on_time" for row in rows)
    missing = sum(row["is_missing"] for row in rows)
    unknown = len(rows) - on_time - missing
    english, korean = f"raw tables on time: {on_time}", f"제때 들어온 원천 테이블 {on_time}개"
    for n, words in (
        (unknown, ("not known when they are due", "언제 들어와야 하는지 알 수 없음")),
        (missing, ("without any row so far", "아직 한 행도 없음")),
    ):
        if n:
            english, korean = f"{english}; {words[0]}: {n}", f"{korean}, {words[1]} {n}개"
    english, korean = f"Nothing is late ({english})", f"늦은 데이터가 없습니다 ({korean})"
    return [line(f"{english}.", f"{korean}.", sql, "tables/freshness.html")]


def tests_line(company: Company) -> dict:
    """The newest result of every test, and when the last of them ran."""
    results = {
        (test["test_name"], node): test for node, tests in company.tests.items() for test in tests
    }
    if not results:
        return line(
            "Whether the tests passed is unknown.",
            "테스트 결과를 알 수 없습니다.",
            "",
            None,
            "notice",
        )
    by_name = {}
    for (name, _), test in sorted(results.items()):
        by_name[name] = max(by_name.get(name, ""), test["status"], key=worse)
    failed = [name for name, status in by_name.items() if worse(status) == 2]
    warned = [name for name, status in by_name.items() if worse(status) == 1]
    passed = len(by_name) - len(failed) - len(warned)
    at = metric_pages.moment(max(test["finished_at"] for test in results.values()))
    english, korean = f"Tests: {passed} passed", f"테스트: {passed}개 통과"
    for names, words in ((failed, ("failed", "실패")), (warned, ("with a warning", "경고"))):
        if names:
            english += f", {len(names)} {words[0]} ({', '.join(names)})"
            korean += f", {len(names)}개 {words[1]} ({', '.join(names)})"
    if not failed:
        english, korean = f"{english}, none failed", f"{korean}, 실패 없음"
    sql = """
        select status, count(distinct test_name) as tests
        from (
            select results.*, row_number() over (
                partition by results.node_id, results.tested_node_id
                order by results.run_date desc, runs.started_at desc
            ) as place
            from platform.run_tests as results
            left join platform.runs as runs on results.invocation_id = runs.invocation_id
            where results.status <> 'skipped'
        ) as newest
        where place = 1
        group by status
    """
    severity = "warning" if failed else "notice" if warned else "info"
    return line(
        f"{english} (last run {at}).",
        f"{korean} (마지막 실행 {at}).",
        sql,
        "tables/run_tests.html",
        severity,
    )


def worse(status: str) -> int:
    return {"": -1, "pass": 0, "success": 0, "warn": 1}.get(status, 2)


def open_lines(company: Company) -> list[dict]:
    rows = company.published.rows(
        """
        select grain, period_start from {{ ref('metric_periods') }}
        where not is_final and grain in ('month', 'week') and period_start <= date '{{ as_of }}'
        order by grain, period_start
        """
    )
    names = [period_name(row["period_start"], row["grain"]) for row in rows]
    if not names:
        return []
    english, korean = (", ".join(name[language] for name in names) for language in (0, 1))
    return [
        line(
            f"Not final yet, late data may change it: {english}.",
            f"미확정, 늦게 오는 데이터로 바뀔 수 있음: {korean}.",
            "select grain, period_start from metrics.metric_periods where not is_final",
            "tables/metric_periods.html",
            "notice",
        )
    ]


# ---- What the morning report says ----


def morning_line(company: Company, row: dict) -> dict:
    """A row of morning_report, with the page that its evidence is about."""
    return line(
        row["sentence"],
        row["sentence_ko"],
        row["evidence"] or "",
        link_of(company, row),
        row["severity"],
    )


def link_of(company: Company, row: dict) -> str | None:
    """The page of what a line is about: its metric or table, else the table of its evidence."""
    subject = (row["subject"] or "").split(".")[-1]
    if subject in company.project.metrics:
        return f"metrics/{subject}.html"
    words = (row["evidence"] or "").replace("\n", " ").split(" from ")
    table = words[1].split()[0].split(".")[-1] if len(words) > 1 else ""
    known = company.project.tables.get(table)
    return f"tables/{table}.html" if known and known["is_public"] else None


def moved_lines(company: Company, changes: Changes, first: list[str]) -> tuple[list[dict], int]:
    """What moved by more than chance, of headline metrics first; and how many more there are."""
    found = []
    for name, metric in company.project.metrics.items():
        for grain in ("month", "week"):
            change = changes.of(metric, grain)
            if change and change["stands_out"] and is_news(company, change):
                place = first.index(name) if name in first else len(first)
                found.append((place, not metric["is_certified"], name, grain, change))
    found.sort(key=lambda one: one[:4])
    lines = []
    for _, _, name, grain, change in found[:MOST_MOVED]:
        metric, whole = company.project.metrics[name], change["whole"]
        lines.append(
            line(
                f"{metric['label']}: {change['sentence'][0]}",
                f"{metric['label_ko']}: {change['sentence'][1]}",
                f"""
                select dimension, segment, segment_before, segment_after, part, stands_out
                from platform.metric_changes
                where metric_name = '{name}' and grain = '{grain}' and brand = 'all' and comparison = 'previous'
                and period_start = date '{whole["period_start"]}'
                order by dimension, size_rank
                """,
                f"metrics/{name}.html#moved",
                parts=change["named"],
            )
        )
    return lines, max(0, len(found) - MOST_MOVED)


def is_news(company: Company, change: dict) -> bool:
    """Whether the change is still news: of the last two months, or the last three weeks."""
    grain = change["grain"]
    ended = period_end(change["whole"]["period_start"], grain)
    return (company.as_of - ended).days <= (62 if grain == "month" else 21)


def alert_lines(company: Company) -> list[dict]:
    """Days that were odd in the last week, at the first place upstream where they were."""
    if not company.published.has("data_alerts"):
        return []
    since = company.as_of - timedelta(days=DAYS_OF_ALERTS - 1)
    sql = f"select * from platform.data_alerts where measured_date >= date '{since}' order by measured_date desc"
    rows = company.published.rows(
        """
        select node_id, node_kind, node_name, sentence, sentence_ko, hurt_metric_count, hurt_boards
        from {{ ref('data_alerts') }}
        where measured_date >= date '{{ since }}'
        order by measured_date desc, hurt_metric_count desc, node_id, measure
        """,
        since=since,
    )
    if not rows:
        return [
            line(
                f"No day of the last {DAYS_OF_ALERTS} was odd in any table or metric.",
                f"최근 {DAYS_OF_ALERTS}일 동안 이례적인 날이 없었습니다.",
                sql,
                "tables/data_alerts.html",
            )
        ]
    return [
        line(
            row["sentence"],
            row["sentence_ko"],
            sql,
            f"metrics/{row['node_name']}.html"
            if row["node_name"] in company.project.metrics
            else "tables/data_alerts.html",
            "warning",
        )
        for row in rows
    ]


# ---- Goals ----


def earlier_build(build: pathlib.Path, as_of: date) -> tuple[date, dict[str, str]] | None:
    """The status of each goal in the newest kept build of an earlier day, and that day."""
    found = []
    for folder in build.resolve().parent.iterdir():
        if folder.name.startswith(".") or not (folder / DATABASE).exists():
            continue
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        day = date.fromisoformat(manifest["as_of"])
        if day < as_of:
            found.append((day, folder.name, folder))
    for day, _, folder in sorted(found, reverse=True):
        try:
            with duckdb.connect(str(folder / DATABASE), read_only=True) as connection:
                rows = connection.execute(
                    "select goal_id, status from metrics.metric_scorecard"
                ).fetchall()
        except duckdb.Error:
            continue
        return day, dict(rows)
    return None


def goal_lines(company: Company, build: pathlib.Path) -> tuple[tuple[str, str], list[dict]]:
    """Goals that changed side since an earlier published day; where none is kept, goals that ended lately."""
    goals = [goal for of_metric in company.goals.values() for goal in of_metric]
    earlier = earlier_build(build, company.as_of)
    if earlier is None:
        since = company.as_of - timedelta(days=6)
        ended = [
            goal
            for goal in goals
            if goal["status"] in ("met", "missed") and since <= goal["period_end"] <= company.as_of
        ]
        ended.sort(key=lambda goal: (goal["status"] == "met", goal["label"], goal["brand"]))
        head = (
            "No published build of an earlier day is kept, so which goals changed side is not known. "
            "Goals that ended in the last seven days:",
            "이전 날짜의 발행본이 없어 방향이 바뀐 목표를 알 수 없습니다. 최근 7일에 끝난 목표:",
        )
        return head, [goal_line(company, goal, None) for goal in ended]
    day, before = earlier
    moved = [
        goal
        for goal in goals
        if goal["goal_id"] in before
        and goal["status"] in SIDES
        and SIDES[goal["status"]] != SIDES.get(before[goal["goal_id"]])
    ]
    moved.sort(key=lambda goal: (SIDES[goal["status"]], goal["label"], goal["brand"]))
    named = day_name(day)
    return (f"Since the build with data up to {named[0]}:", f"{named[1]}까지의 발행본 이후:"), [
        goal_line(company, goal, before[goal["goal_id"]]) for goal in moved
    ]


def goal_line(company: Company, goal: dict, before: str | None) -> dict:
    """A goal with where it stands, and stood."""
    metric = company.project.metrics.get(goal["metric_name"])
    unit = metric["unit"] if metric else goal["unit"]
    shown = goal_row(company, goal, unit)
    brand = ALL_BRANDS if goal["brand"] == "all" else (goal["brand"],) * 2
    ends = day_name(goal["period_end"])
    was = STATUS_NAMES.get(before, (before, before)) if before else None
    english = f"{goal['label']}, {brand[0]}: goal {shown['target']} by {ends[0]}, so far {shown['so_far']}"
    korean = f"{goal['label_ko']}, {brand[1]}: 목표 {shown['target']}, {ends[1]}까지, 현재 {shown['so_far']}"
    if shown["probability"] != DASH:
        english += f", probability {shown['probability']}"
        korean += f", 달성 확률 {shown['probability']}"
    if was:
        english, korean = f"{english}; it was {was[0]}", f"{korean}; 이전: {was[1]}"
    return line(
        f"{english}.",
        f"{korean}.",
        f"select * from metrics.metric_scorecard where goal_id = '{goal['goal_id'].replace(chr(39), chr(39) * 2)}'",
        f"metrics/{goal['metric_name']}.html#goals" if metric else None,
        goal={"status": goal["status"], "name": shown["status_name"]},
    )


def goals_by_status(company: Company) -> list[dict]:
    """How many goals run, by status."""
    counts: dict[str, int] = {}
    for of_metric in company.goals.values():
        for goal in of_metric:
            if goal["status"] not in NOT_RUNNING:
                counts[goal["status"]] = counts.get(goal["status"], 0) + 1
    order = ["off_track", "at_risk", "on_track", *sorted(counts)]
    return [
        {"status": status, "name": STATUS_NAMES.get(status, (status, status)), "n": counts[status]}
        for status in dict.fromkeys(order)
        if status in counts
    ]


# ---- Experiments, and the whole page ----


def runs_still(company: Company, row: dict) -> bool:
    return row["ended_at"] is None or row["ended_at"].date() > company.as_of


def experiment_lines(company: Company, pages: set[str]) -> list[dict]:
    """Experiments with a verdict and no decision, those that run and cannot be believed, and how many run."""
    if not company.published.has("experiment_verdicts"):
        return []
    rows = company.published.rows(
        "select *, {{ experiment_page('experiment_id') }} as page from {{ ref('experiment_verdicts') }} "
        "order by experiment_name"
    )
    if not rows:
        return []
    open_rows = [row for row in rows if row["decision"] is None]
    overview = (
        "experiments/index.html"
        if "experiments/index.html" in pages
        else "tables/experiment_verdicts.html"
    )
    lines = []
    for row in open_rows:
        if row["verdict"] not in DECIDABLE and not (
            row["verdict"] == "invalid" and runs_still(company, row)
        ):
            continue
        lines.append(
            line(
                f"{row['experiment_name']} ({row['brand']}): {VERDICTS[row['verdict']][0]}. {row['rule']}.",
                f"{row['experiment_name']} ({row['brand']}): {VERDICTS[row['verdict']][1]}. {row['rule']}.",
                f"select * from experiments.experiment_verdicts where experiment_id = '{row['experiment_id']}'",
                row["page"] if row["page"] in pages else overview,
                "warning" if row["verdict"] == "invalid" else "notice",
            )
        )
    if lines:
        return lines
    running = {row["experiment_id"] for row in rows if runs_still(company, row)}
    return [
        line(
            f"No experiment waits for a decision; {len(running)} run.",
            f"결정을 기다리는 실험이 없습니다. 진행 중: {len(running)}개.",
            "select * from experiments.experiment_verdicts "
            "where decision is null and verdict in ('ship', 'stop', 'trade_off', 'invalid')",
            overview,
        )
    ]


def page(company: Company, changes: Changes, build: pathlib.Path, pages: set[str]) -> dict:
    """What templates/home.html.j2 shows."""
    morning = []
    if company.published.has("morning_report"):
        morning = company.published.rows(
            "select * from {{ ref('morning_report') }} order by section, place"
        )
    names = headline_names(company)
    moved, more = moved_lines(company, changes, names)
    goals_head, goals = goal_lines(company, build) if company.goals else (("", ""), [])
    areas: dict[str, int] = {}
    for metric in company.project.metrics.values():
        areas[metric["area"]] = areas.get(metric["area"], 0) + 1
    return {
        "day": day_name(company.as_of),
        "trust": trust_lines(company, morning),
        "headlines": [headline_tile(company, name) for name in names],
        "odd": [*alert_lines(company), *moved],
        "more_moved": more,
        "goals_head": goals_head,
        "goals": goals,
        "has_goals": bool(company.goals),
        "goals_running": goals_by_status(company),
        "experiments": experiment_lines(company, pages),
        "waiting": [morning_line(company, row) for row in morning if row["section"] == "waiting"],
        "boards": sorted(company.project.boards.values(), key=lambda board: board["label"].lower()),
        "areas": [
            {"area": area, "label": metric_pages.area_name(area), "n": n}
            for area, n in sorted(areas.items(), key=lambda one: (one[0] != "core", one[0]))
        ],
    }
