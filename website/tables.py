"""Pages of tables: what a row is, what it answers, columns with the results of their tests, rows, lineage, queries."""

import functools
import json
import re

import lineage_picture
import pages
from contracts import DIRECT, PSEUDONYMS
from figures import small
from project import first_sentence

SAMPLE = 5
LONGEST = 80
# What names a person beside the keys of raw tables about persons: the last word of an id, or a whole column.
IDS_OF_PERSONS = (
    "anonymous",
    "customer",
    "device",
    "entity",
    "patient",
    "person",
    "session",
    "subject",
    "unit",
    "user",
    "viewer",
    "visitor",
)
PERSONS = ("customer", "device", "patient", "person", "user", "viewer", "visitor")
AREAS = {
    "core": ("Core", "핵심"),
    "growth": ("Growth", "성장"),
    "lifecycle": ("Lifecycle", "생애주기"),
    "experiments": ("Experiments", "실험"),
    "care": ("Care", "케어"),
    "trust": ("Trust", "신뢰"),
    "ml": ("Models", "모델"),
    "platform": ("Platform", "플랫폼"),
    "catalog": ("Catalog", "카탈로그"),
    "privacy": ("Privacy", "개인정보"),
    "raw": ("Raw", "원천"),
    "vault": ("Vault", "보관소"),
    "reference": ("Rules as data", "규칙 데이터"),
    "metrics": ("Metrics", "지표"),
}
GOOD_RESULTS = ("pass", "success", "warn")
# What a raw contract says of a column beside its type, in words.
RULES = {
    "accepted": ("one of {}", "허용값: {}"),
    "reserved": ("never {}", "쓸 수 없는 값: {}"),
    "min": ("at least {}", "최소 {}"),
    "max": ("at most {}", "최대 {}"),
    "max_times": ("times {0} at most {1}", "{0}와의 곱이 최대 {1}"),
    "parent": ("key of {}", "{}의 키"),
    "needed_without": ("needed where {} is empty", "{}이 비면 필요"),
    "corrected_by": ("{} takes its place where it cannot be", "잘못되면 {}로 대신"),
    "oldest": ("not before the var {}", "설정 {} 이후"),
    "past": ("in the past", "과거"),
    "future": ("may be in the future", "미래 가능"),
    "country": ("a country", "국가"),
    "upper": ("read in upper case", "대문자로 읽음"),
    "has_rate": ("a currency with a rate", "환율이 있는 통화"),
    "is_planned": ("set by people", "사람이 정하는 값"),
}
TABLE_RULES = {
    "key": ("Identifies a row", "행의 키"),
    "version": ("Orders its versions", "버전 순서"),
    "moment": ("When it happened", "발생 시각"),
    "arrived": ("When it arrived", "도착 시각"),
    "without_it": ("Without it", "없으면"),
}


def page(company: pages.Company, table: dict) -> dict:
    """What templates/table.html.j2 shows."""
    published = company.published.tables.get(table["name"])
    parents = pages.linked(company, company.project.parents(table["id"]))
    children = pages.linked(company, company.project.children(table["id"]))
    is_raw = table["layer"] == "raw"
    tests = tests_of(company, table)
    rows = [] if not published or persons_of(company, table) else sample(company, table["name"])
    state = raw_state(company, table) if is_raw else {}
    return table | {
        "is_raw": is_raw,
        "about": table["description"]
        .removeprefix(first_sentence(table["description"], plain=False))
        .strip(),
        "row_count": published["rows"] if published else state.get("row_count"),
        "freshness": state.get("freshness") or freshness(company, table),
        "undelivered": []
        if is_raw
        else company.undelivered([table["name"]])
        if is_empty(published)
        else [],
        "is_missing": is_raw and not state.get("row_count", 1),
        "tests": tests,
        "column_list": [
            column_row(company, table, column, tests, published)
            for column in table["columns"].values()
        ],
        "contract": [
            (*TABLE_RULES[name], listed(value))
            for name, value in table["meta"].items()
            if name in TABLE_RULES
        ]
        if is_raw
        else [],
        "sample": rows,
        "no_sample": no_sample(company, table, published, rows),
        "parents": parents,
        "children": children,
        "pictures": lineage_picture.drawn(parents, f"{table['schema']}.{table['name']}", children),
        "sql": query(table),
        "python": python(company, table, published),
    }


def is_empty(published: dict | None) -> bool:
    return bool(published) and not published["rows"]


def listed(value) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def query(table: dict) -> str:
    """A select of its first columns: what a reader begins with."""
    names = ",\n    ".join(table["columns"]) or "*"
    return f"select\n    {names}\nfrom {table['schema']}.{table['name']}\nlimit 100"


def python(company: pages.Company, table: dict, published: dict | None) -> str:
    file = "published/current/groundwork.duckdb" if published else "groundwork.duckdb"
    return (
        "import duckdb\n\n"
        f'with duckdb.connect("{file}", read_only=True) as warehouse:\n'
        f'    rows = warehouse.sql("from {table["schema"]}.{table["name"]} limit 100").fetchall()'
    )


# ---- Rows, where nothing is personal --------------------------------------------------------------------


@functools.cache
def personal_columns(company: pages.Company) -> set[str]:
    """The columns that hold a person's data or lead to one person, by the raw contracts.

    A raw table is about persons when a column of it is personal (`pii`) or names a person; then its own key leads to
    one, too: an order, a payment, a reading.
    """
    raw = [table for table in company.project.tables.values() if table["layer"] == "raw"]
    found = {
        name
        for table in raw
        for name, column in table["columns"].items()
        if column["config"]["meta"].get("pii") in DIRECT | PSEUDONYMS or name.endswith("_by")
    }
    about_persons: set[str] = set()
    while True:
        new = [
            table
            for table in raw
            if table["name"] not in about_persons
            and any(name in found or names_a_person(name) for name in table["columns"])
        ]
        if not new:
            break
        for table in new:
            about_persons.add(table["name"])
            key = table["meta"].get("key", [])
            found |= {key[0]} if len(key) == 1 else set()
    return found


def names_a_person(column: str) -> bool:
    """Whether a column is called as a person, or as what only one person has."""
    if column.endswith("_id"):
        return column.removesuffix("_id").split("_")[-1] in IDS_OF_PERSONS
    return column in PERSONS


def persons_of(company: pages.Company, table: dict) -> list[str]:
    """The columns of a table for which no row of it is shown."""
    personal = personal_columns(company)
    return [
        name
        for name, column in table["columns"].items()
        if name in personal
        or names_a_person(name)
        or column["config"]["meta"].get("pii") in DIRECT | PSEUDONYMS
    ]


def sample(company: pages.Company, name: str) -> list[dict]:
    """A few rows, the same on every build of the same data."""
    rows = company.published.rows(
        f"select * from {company.published.ref(name)} order by all limit {SAMPLE}"
    )
    return [{column: short(small(value)) for column, value in row.items()} for row in rows]


def short(value):
    return (
        f"{value[:LONGEST].rstrip()}…" if isinstance(value, str) and len(value) > LONGEST else value
    )


def no_sample(
    company: pages.Company, table: dict, published: dict | None, rows: list
) -> tuple[str, str] | None:
    """Why no row is shown; nothing where rows are."""
    if rows:
        return None
    if persons := persons_of(company, table):
        names = ", ".join(persons[:3])
        return (
            f"Rows of this table are about single persons ({names}): none is shown.",
            f"이 테이블의 행은 개인에 관한 것({names})이라 보여 주지 않습니다.",
        )
    if table["layer"] in ("raw", "vault") or not published:
        return (
            "This table is not published: no row of it is shown.",
            "공개되지 않는 테이블이라 행을 보여 주지 않습니다.",
        )
    return "It has no rows.", "행이 없습니다."


# ---- Tests and freshness --------------------------------------------------------------------


@functools.cache
def results(company: pages.Company) -> dict[str, str]:
    """The status of each test in its newest run, by its id."""
    newest = (test for tests in company.tests.values() for test in tests)
    return {test["node_id"]: test["status"] for test in newest}


def tests_of(company: pages.Company, table: dict) -> list[dict]:
    """The data tests of a table: name, the columns that they touch, and how the last run of each ended."""
    found = []
    for test in tests_by_table(company).get(table["id"], []):
        metadata = test.get("test_metadata") or {}
        arguments = {
            key: value for key, value in (metadata.get("kwargs") or {}).items() if key != "model"
        }
        words = set(re.findall(r"\w+", json.dumps(arguments)))
        status = results(company).get(test["unique_id"])
        found.append(
            {
                "name": metadata.get("name") or test["name"],
                "columns": [
                    name
                    for name in table["columns"]
                    if name == test.get("column_name") or name in words
                ],
                "status": status,
                "shown": ("unknown", "알 수 없음")
                if status is None
                else ("passed", "통과")
                if status in GOOD_RESULTS
                else ("failed", "실패"),
                "class": "quiet" if status is None else "good" if status in GOOD_RESULTS else "bad",
            }
        )
    return found


@functools.cache
def tests_by_table(company: pages.Company) -> dict[str, list[dict]]:
    """Each test by the tables that it is of: the one that it is attached to, else those that it reads."""
    found = {}
    for node in company.project.manifest["nodes"].values():
        if node["resource_type"] == "test":
            of = (
                [node["attached_node"]]
                if node.get("attached_node")
                else node["depends_on"]["nodes"]
            )
            for key in of:
                found.setdefault(key, []).append(node)
    return found


def freshness(company: pages.Company, table: dict) -> tuple[str, str]:
    """Whether what it is made from came on time, and up to which day."""
    asset = company.assets.get(table["id"], {})
    until = asset.get("covered_until")
    english, korean = STATES.get(asset.get("freshness"), ("unknown", "알 수 없음"))
    return (
        f"{english}{f', data to {until}' if until else ''}",
        f"{korean}{f', {until}까지' if until else ''}",
    )


STATES = {
    "on_time": ("on time", "제때"),
    "late": ("late", "늦음"),
    "missing": ("missing", "없음"),
    None: ("unknown", "알 수 없음"),
}


@functools.cache
def raw_states(company: pages.Company) -> dict[str, dict]:
    """The rows of platform.freshness by file."""
    rows = company.published.rows(
        "select raw_table, verdict, row_count from {{ ref('freshness') }}"
    )
    return {row["raw_table"].replace(".", "__"): row for row in rows}


def raw_state(company: pages.Company, table: dict) -> dict:
    """Of a raw table its rows and whether it came on time; nothing where the area is not built."""
    if not company.published.has("freshness"):
        return {}
    row = raw_states(company).get(table["name"].removeprefix("raw_"))
    if not row:
        return {"row_count": 0, "freshness": STATES[None]}
    return {
        "row_count": row["row_count"] or 0,
        "freshness": STATES.get(row["verdict"], ("unknown", "알 수 없음")),
    }


# ---- Columns --------------------------------------------------------------------


def column_row(
    company: pages.Company, table: dict, column: dict, tests: list[dict], published: dict | None
) -> dict:
    """A column as the page shows it."""
    types = {item["name"]: item["type"] for item in published["columns"]} if published else {}
    meta = column["config"]["meta"]
    rules = [
        tuple(
            text.format(*(value if name == "max_times" else [listed(value)]))
            for text in RULES[name]
        )
        for name, value in meta.items()
        if name in RULES and value is not False
    ]
    is_needed = not (meta.get("optional") or "default" in meta or "default_var" in meta)
    default = meta.get("default", f"var {meta['default_var']}" if "default_var" in meta else None)
    return {
        "name": column["name"],
        "type": (column.get("data_type") or types.get(column["name"], "")).lower(),
        "description": " ".join((column.get("description") or "").split()),
        "needed": ("required", "필수")
        if is_needed
        else (f"else {default}", f"없으면 {default}")
        if default is not None
        else ("optional", "선택"),
        "is_needed": is_needed,
        "personal": "" if meta.get("pii") == "none" else meta.get("pii", ""),
        "rules": rules,
        "not_null": any(rule.get("type") == "not_null" for rule in column.get("constraints", [])),
        "tests": [test for test in tests if column["name"] in test["columns"]],
    }


# ---- Lists --------------------------------------------------------------------


def has_page(table: dict) -> bool:
    """Public tables, raw tables, rules and the vault have pages; steps on the way have dbt's."""
    return table["is_public"] or table["layer"] in ("raw", "reference", "vault")


def by_area(company: pages.Company) -> list[dict]:
    """All tables that have a page, core first, then the other areas, metrics, the vault, rules, raw."""
    shown = [table for table in company.project.tables.values() if has_page(table)]
    last = ["metrics", "vault", "reference", "raw"]
    order = ["core", *sorted({table["area"] for table in shown} - {"core", *last}), *last]
    return [
        {
            "area": area,
            "name": AREAS.get(area, (area.capitalize(), area.capitalize())),
            "tables": [list_item(company, table) for table in shown if table["area"] == area],
        }
        for area in order
        if any(table["area"] == area for table in shown)
    ]


def list_item(company: pages.Company, table: dict) -> dict:
    published = company.published.tables.get(table["name"])
    rows = published["rows"] if published else raw_state(company, table).get("row_count")
    return {
        "name": table["name"],
        "link": f"tables/{table['name']}.html",
        "grain": table["grain"],
        "owner": table["owner"],
        "rows": rows,
        "words": " ".join(
            [
                table["name"],
                table["grain"],
                table["truth_of"],
                table["label_ko"],
                *table["synonyms"],
            ]
        ).lower(),
    }
