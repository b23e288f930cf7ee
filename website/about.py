"""Pages about the site's parts: questions, boards, the way of the data, settings; and lists for programs."""

import re
import sys

import boards
import experiments
import pages
import search_index
import tables
from figures import small
from published import PROJECT

sys.path.insert(0, str(PROJECT / "docs"))

import questions as asked

# The sections of docs/questions.py.
SECTIONS_KO = {
    "Revenue and orders": "매출과 주문",
    "Customers": "고객",
    "Subscriptions": "구독",
    "Who stays and who leaves": "유지와 이탈",
    "Remote care": "원격 케어",
    "Visits": "방문",
    "Marketing": "마케팅",
    "Experiments": "실험",
    "Payments": "결제",
    "Fraud": "부정 거래",
    "Models and features": "모델과 피처",
    "Goals and data": "목표와 데이터",
    "Data team": "데이터팀",
    "Privacy": "개인정보",
}
CATALOGUE_VERSION = 1


def sections(company: pages.Company) -> list[dict]:
    """All questions by section: both languages, the table that answers, the metric that counts."""
    numbers: dict[str, int] = {}
    for table in company.project.tables.values():
        for number, question in enumerate(table["questions"], 1):
            numbers[table["name"], question["question"]] = number
    return [
        {
            "id": re.sub(r"\W+", "-", section["about"].lower()),
            "name": (section["about"], SECTIONS_KO.get(section["about"], section["about"])),
            "questions": [
                question_row(company, item, numbers[item["table"], item["question"]])
                for item in section["questions"]
            ],
        }
        for section in asked.sections(company.project.manifest)
    ]


def question_row(company: pages.Company, item: dict, number: int) -> dict:
    table = company.project.tables[item["table"]]
    metric = company.project.metrics.get(item.get("metric", ""))
    return item | {
        "id": search_index.anchor(f"question.{item['table']}.{number}"),
        "link": f"tables/{item['table']}.html" if tables.has_page(table) else None,
        "metric_name": metric["name"] if metric else None,
        "metric_label": (metric["label"], metric["label_ko"]) if metric else None,
        "words": " ".join(
            [item["question"], item["question_ko"], item["table"], *item["columns"]]
        ).lower(),
    }


def board_list(company: pages.Company) -> tuple[list[dict], int]:
    """The boards that have a page, by title; and how many about persons are left out."""
    found = [
        boards.load(boards.FOLDER / f"{name}.yml") | {"link": link, "owner": board["owner"]}
        for name, board in company.project.boards.items()
        if (link := company.board_link(name))
    ]
    return sorted(found, key=lambda board: board["title"]["en"]), len(company.project.boards) - len(
        found
    )


def way(company: pages.Company) -> list[dict]:
    """The steps of the data with what each holds."""
    every = company.project.tables.values()
    published = company.published.tables

    def of(layer: str) -> list[dict]:
        return [table for table in every if table["layer"] == layer]

    def rows(some: list[dict]) -> int:
        return sum(published[table["name"]]["rows"] for table in some if table["name"] in published)

    raw = of("raw")
    raw_rows = sum(tables.raw_state(company, table).get("row_count") or 0 for table in raw)
    public = [table for table in of("marts") if table["is_public"]]
    inner = [table for table in of("marts") if not table["is_public"]]
    values = rows([table for table in every if table["name"] == "metric_values"])
    count = len(company.project.boards)
    return [
        step("Raw", "원천", raw, raw_rows, "As it came, every version that ever arrived, never edited.",
             "들어온 그대로, 도착한 모든 버전을 고치지 않고 둡니다."),
        step("Staging", "스테이징", of("staging"), 0, "One to one with raw: typed, renamed, validated, newest version.",
             "원천과 일대일: 타입을 정하고 이름을 바꾸고 검증한 최신 버전입니다."),
        step("Vault", "보관소", of("vault"), 0, "Rejected rows with their reasons, and who is who. Few may read it.",
             "거부된 행과 그 이유, 그리고 신원 정보. 소수만 볼 수 있습니다."),
        step("Steps of marts", "마트 중간 단계", inner, 0, "Private steps on the way to the tables of truth.",
             "기준 테이블로 가는 내부 단계입니다."),
        step("Marts", "마트", public, rows(public), "The tables of truth. Read these.",
             "기준 테이블입니다. 이것을 읽으세요."),
        {
            "name": ("Metrics", "지표"),
            "count": (
                f"{len(company.project.metrics)} metrics · {values:,} values",
                f"지표 {len(company.project.metrics)}개 · 값 {values:,}개",
            ),
            "about": ("Each defined once, with an owner and goals.", "한 번만 정의되며 담당과 목표가 있습니다."),
        },
        {
            "name": ("Boards", "대시보드"),
            "count": (f"{count} board{'' if count == 1 else 's'}", f"{count}개"),
            "about": ("They read marts and metrics only.", "마트와 지표만 읽습니다."),
        },
    ]  # fmt: skip


def step(english: str, korean: str, some: list[dict], rows: int, about: str, about_ko: str) -> dict:
    count = len(some)
    return {
        "name": (english, korean),
        "count": (
            f"{count} table{'' if count == 1 else 's'}{f' · {rows:,} rows' if rows else ''}",
            f"테이블 {count}개{f' · {rows:,}행' if rows else ''}",
        ),
        "about": (about, about_ko),
    }


def settings(company: pages.Company) -> list[dict]:
    """The vars: name, value, and what vars.yml says above each."""
    notes: dict[str, str] = {}
    note: list[str] = []
    for line in (PROJECT / "vars.yml").read_text(encoding="utf-8").splitlines():
        text = line.strip()
        if text.startswith("#"):
            note.append(text.lstrip("# "))
        elif not text:
            note = []
        elif found := re.match(r"  (\w+):", line):
            notes[found[1]] = " ".join(note)
    return [
        {"name": name, "value": shown_setting(value), "about": notes.get(name, "")}
        for name, value in sorted(company.project.settings.items())
    ]


def shown_setting(value) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return tables.short(text) or "–"


# ---- For programs --------------------------------------------------------------------


def catalogue(company: pages.Company) -> dict:
    """Metrics and tables with their meaning, as docs/catalogue.md describes."""
    now = {name: pages.headline(company, name)["now"] for name in company.project.metrics}
    return {
        "version": CATALOGUE_VERSION,
        "as_of": company.published.as_of,
        "currency": company.currency,
        "database": "published/current/groundwork.duckdb",
        "metrics": [
            {
                "name": name,
                "label": metric["label"],
                "label_ko": metric["label_ko"],
                "description": metric["description"],
                "formula": company.definitions.get(name, {}).get("formula", ""),
                "unit": metric["unit"],
                "direction": metric["direction"],
                "owner": metric["owner"],
                "certified": metric["is_certified"],
                "synonyms": metric["synonyms"],
                "last_full_month": now[name] and small(now[name]["value"]),
                "is_final": now[name] and now[name]["is_final"],
                "page": f"metrics/{name}.html",
                "query": f"select * from metrics.metric_values where metric_name = '{name}'",
            }
            for name, metric in company.project.metrics.items()
        ],
        "tables": [
            {
                "name": f"{table['schema']}.{table['name']}",
                "kind": "raw"
                if table["layer"] == "raw"
                else "rules"
                if table["layer"] == "reference"
                else "public",
                "grain": table["grain"],
                "description": table["description"],
                "owner": table["owner"],
                "truth_of": table["truth_of"],
                "rows": company.published.tables.get(table["name"], {}).get("rows"),
                "is_published": company.published.has(table["name"]),
                "questions": [item["question"] for item in table["questions"]],
                "columns": [
                    {
                        "name": column["name"],
                        "type": (column.get("data_type") or "").lower(),
                        "description": " ".join((column.get("description") or "").split()),
                    }
                    for column in table["columns"].values()
                ],
                "page": f"tables/{table['name']}.html",
            }
            for table in company.project.tables.values()
            if tables.has_page(table)
        ],
        "experiments": [
            {
                "name": row["experiment_name"] or row["experiment_id"],
                "brand": row["brand"],
                "variant": row["variant"],
                "owner": row["owner"],
                "verdict": row["verdict"],
                "is_final": row["is_final"],
                "reason": row["rule"],
                "decision": row["decision"],
                "page": row["page"],
            }
            for row in experiments.verdicts(company)
        ],
    }


def for_language_models(found: dict) -> str:
    """llms.txt: what a language model needs to answer a question by SQL, most needed first."""
    lines = [
        "# Groundwork",
        "",
        f"> The company's warehouse, as of {found['as_of']}. One table of truth for each concept, metrics defined "
        f"once. Amounts are in {found['currency']}.",
        "",
        f"Read {found['database']} (DuckDB, read-only). A number that is a metric is taken from metrics.metric_values: "
        "columns metric_name, grain (day, week, month, quarter), brand ('all' for all together), period_start, "
        "value, n, is_final. A value that is not final can still change: say so. Never add up shares or ratios.",
        "",
        "- [catalogue.json](catalogue.json): all of this with formulas and columns, as JSON",
        "- [Questions](questions.html): which table answers what",
        "",
        "## Metrics",
        "",
        *(
            f"- [{item['name']}]({item['page']}): {item['label']}. {item['description']} "
            f"Unit: {item['unit']}. Owner: {item['owner']}."
            for item in found["metrics"]
        ),
        "",
        "## Tables",
        "",
        *(
            f"- [{item['name']}]({item['page']}): {item['grain']}"
            + (f" Truth of {item['truth_of']}." if item["truth_of"] else "")
            for item in found["tables"]
            if item["kind"] == "public"
        ),
        "",
        "## Experiments",
        "",
        *(
            f"- [{item['name']}, {item['brand']}, {item['variant']}]({item['page']}): {item['verdict']}"
            f"{'' if item['is_final'] else ', not final'}. {item['reason']}."
            for item in found["experiments"]
        ),
        "",
        "## Optional",
        "",
        *(
            f"- [{item['name']}]({item['page']}): {item['grain']}"
            for item in found["tables"]
            if item["kind"] != "public"
        ),
    ]
    return "\n".join(lines) + "\n"
