"""What is published, as the site reads it: rows by SQL over ref(), and what stands in the manifest beside them."""

import json
import pathlib
import re
import sys

import duckdb
import jinja2

PROJECT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "tools"))

from publish import DATABASE, MANIFEST  # noqa: E402


class Published:
    """One published build, read-only. `rows` runs SQL in which ref('name') names a published table."""

    def __init__(self, build: pathlib.Path):
        if not (build / MANIFEST).exists():
            sys.exit(f"Nothing is published in {build} yet. Run make publish first.")
        self.folder = build
        self.about = json.loads((build / MANIFEST).read_text(encoding="utf-8"))
        self.tables = {table["table"]: table for table in self.about["tables"]}
        self.as_of = self.about["as_of"]
        self.file = build / DATABASE
        self.connection = duckdb.connect(str(self.file), read_only=True)
        self.connection.execute("set TimeZone = 'UTC'")
        self.jinja = jinja2.Environment(undefined=jinja2.StrictUndefined)
        self.jinja.globals["experiment_page"] = experiment_page

    def has(self, *names: str) -> bool:
        """Whether all these tables are published: those of an area that is switched off are not."""
        return all(name in self.tables for name in names)

    def ref(self, name: str) -> str:
        """Where a table stands in the published database."""
        return f"{self.tables[name]['schema']}.{name}"

    def rows(self, sql: str, **values) -> list[dict]:
        """The rows of a query. `sql` may use ref(), and the values given here by name."""
        return self.query(sql, **values)[1]

    def query(self, sql: str, **values) -> tuple[list[str], list[dict]]:
        """The names of a query's columns, and its rows."""
        found = self.connection.execute(self.rendered(sql, **values))
        names = [column[0] for column in found.description]
        return names, [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def rendered(self, sql: str, **values) -> str:
        """The SQL with the tables that ref() names."""
        return self.jinja.from_string(sql).render(ref=self.ref, as_of=self.as_of, **values)


def experiment_page(column: str) -> str:
    """SQL: where the page of an experiment lies. A name that is no file's everywhere gets a part of its hash."""
    return (
        f"'experiments/' || case when regexp_full_match({column}, '[a-z0-9_-]{{1,80}}') and {column} <> 'index' "
        f"then {column} else left(regexp_replace(lower({column}), '[^a-z0-9_-]+', '-', 'g'), 60) "
        f"|| '-' || left(md5({column}), 8) end || '.html'"
    )


def refs(sql: str) -> list[str]:
    """The tables that a query reads, in their order, each once."""
    return list(dict.fromkeys(re.findall(r"ref\(\s*['\"](\w+)['\"]\s*\)", sql)))
