"""A statement in DuckDB's SQL as one in Spark's: parsed, its kinds noted, rewritten from the leaves up, written."""

import re
from collections.abc import Callable

import sqlglot
from sqlglot import exp
from sqlglot.dialects.spark import Spark

from .answers import Ask, answered
from .constructs import rewritten, template_of, text_of
from .kinds import Columns, note_kinds

# sqlglot cannot parse json_object('context', context, …): CONTEXT is a word to it.
JSON_OBJECT = re.compile(r"\bjson_object\s*\(", re.I)


# sqlglot's dialects, which are compiled, take no subclass, but look up how a node is written.
Spark.Generator.TRANSFORMS[exp.Anonymous] = lambda generator, node: (
    text_of(node, generator.sql) if template_of(node) else generator.anonymous_sql(node)
)
# Spark takes a WITH inside of a query; sqlglot would move all to the top, where those of one name collide.
Spark.Generator.EXPRESSIONS_WITHOUT_NESTED_CTES.clear()


def to_spark(
    sql: str,
    columns: Columns | None = None,
    ask: Ask | None = None,
    name_of: Callable[[exp.Table], str | None] | None = None,
) -> str:
    """A query in Spark's SQL.

    `columns` has the types of the columns by "schema.table", where they are known; `ask` runs a query on DuckDB, for
    what it alone can answer; `name_of` says what a table is called on Spark, if not as it is.
    """
    tree = answered(parsed(sql), ask)
    note_kinds(tree, columns or {})
    for table in tree.find_all(exp.Table):
        table.set("catalog", None)
        name = name_of(table) if name_of else None
        if name:
            # Columns may be written with the name of their table.
            table.set("alias", table.args.get("alias") or exp.TableAlias(this=table.this.copy()))
            table.set("this", exp.to_identifier(name))
            table.set("db", None)
    # From the leaves up, so that what is put in place is final.
    for node in reversed(list(tree.dfs())):
        new = rewritten(node)
        if new is node:
            continue
        if node.parent is None:
            tree = new
        else:
            node.replace(new)
    return tree.sql(dialect="spark")


def parsed(sql: str) -> exp.Expression:
    return sqlglot.parse_one(JSON_OBJECT.sub("json_object_of(", sql), read="duckdb")
