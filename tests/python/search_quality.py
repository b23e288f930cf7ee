"""How well the search answers queries that were written before it was tuned, beside plain substring matching.

    .venv/bin/python tests/python/search_quality.py

prints the table of docs/search.md, for the index of the last build, else that of the manifest. tests/python/reference/
search_golden.csv has the queries, each with the names of what would answer it, in rounds. A round whose answers were
looked at is for tuning; the newest took no part in it.
"""

import csv
import functools
import os
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "tools"))

import find  # noqa: E402

GOLDEN = PROJECT / "tests" / "python" / "reference" / "search_golden.csv"
UNSEEN = "3"


def golden() -> list[dict]:
    """The queries: round, language, kind, query, expected (names, parted by blanks), and half: unseen or tuning."""
    with GOLDEN.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [row | {"half": "unseen" if row["round"] == UNSEEN else "tuning"} for row in rows]


def place_of_answer(names: list[str], expected: str) -> int | None:
    """The first place at which something expected stands."""
    wanted = expected.split()
    return next((place for place, name in enumerate(names, 1) if name in wanted), None)


def measured(places: list[int | None]) -> tuple[float, float, float]:
    """Mean reciprocal rank, share found in the first three, share not found at all."""
    n = len(places)
    return (
        sum(1 / place for place in places if place) / n,
        sum(place is not None and place <= 3 for place in places) / n,
        sum(place is None for place in places) / n,
    )


@functools.cache
def texts(connection) -> list[tuple]:
    """Name, and in lower case name, description and columns, of what dbt docs has pages for."""
    return connection.execute(
        """
        select
            assets.asset_name,
            lower(assets.asset_name) as name,
            lower(concat_ws(' ', assets.label, assets.description)) as description,
            lower(string_agg(columns.asset_name, ' ')) as columns
        from catalog_assets as assets
        left join catalog_assets as columns
            on assets.table_name = columns.table_name and columns.kind = 'column'
        where assets.kind in ('model', 'raw', 'reference', 'metric', 'board')
        group by all
        """
    ).fetchall()


def by_substring(connection, query: str, *, every_word: bool) -> list[str]:
    """Names by plain substring matching over names, descriptions and columns, as the search of dbt docs does: a match
    in the name counts 10, in the description 3, in a column 1. Either the query as a whole or each word must match."""
    words = [query.lower(), *([] if not every_word else query.lower().split())]
    rows = texts(connection)
    scored = []
    for asset, *fields in rows:
        score = 0
        for word in words:
            score += sum(
                weight
                for weight, text in zip((10, 3, 1), fields, strict=True)
                if word in (text or "")
            )
        if score:
            scored.append((-score, asset))
    return list(dict.fromkeys(name for _, name in sorted(scored)))


def table(connection) -> str:
    """The figures by half and method, in Markdown."""
    queries = golden()
    methods = {
        "`make find`": lambda query: find.names_of(find.search(connection, query)),
        "substring, the query as a whole": lambda query: by_substring(
            connection, query, every_word=False
        ),
        "substring, each word": lambda query: by_substring(connection, query, every_word=True),
    }
    lines = [
        "| Queries | Method | Reciprocal rank | In the first three | Not found |",
        "|---|---|---:|---:|---:|",
    ]
    for half in ("unseen", "tuning"):
        for language in ("en", "ko", None):
            own = [r for r in queries if r["half"] == half and language in (r["language"], None)]
            for name, method in methods.items():
                rank, first, none = measured(
                    [place_of_answer(method(row["query"]), row["expected"]) for row in own]
                )
                label = {"en": "English", "ko": "Korean", None: "all"}[language]
                lines.append(
                    f"| {half}, {label} ({len(own)}) | {name} | {rank:.3f} | {first:.0%} | {none:.0%} |"
                )
    return "\n".join(lines)


if __name__ == "__main__":
    os.chdir(PROJECT)
    database = Path(os.environ.get("GROUNDWORK_DB", PROJECT / "groundwork.duckdb")).absolute()
    print(table(find.index(database)))
