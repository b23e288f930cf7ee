"""What only DuckDB or the project's Python can answer: asked on the driver, and written into the statement as rows."""

from collections.abc import Callable

from sqlglot import exp

Ask = Callable[[str], list[tuple]]

# Table functions of DuckDB, with the columns that the project reads of them.
TABLE_FUNCTIONS = {"pg_timezone_names": ("name",), "read_text": ("filename", "content")}
# Functions of plugins/metric_functions.py: their arguments are constant, their answer is a text.
TEXT_FUNCTIONS = {"metric_definitions", "metric_splits", "metric_cells_sql", "metric_values_sql"}


def answered(tree: exp.Expression, ask: Ask | None) -> exp.Expression:
    """The query with what only the driver knows put in; as it is without anyone to ask."""
    if ask is None:
        return tree
    for table in list(tree.find_all(exp.Table)):
        call = table.this
        name = _name(call)
        if name in TABLE_FUNCTIONS:
            columns = TABLE_FUNCTIONS[name]
            found = ask(f"select {', '.join(columns)} from {call.sql(dialect='duckdb')}")
            rows = exp.values(found, alias=table.alias or name, columns=columns)
            table.replace(rows)
    for call in list(tree.find_all(exp.Anonymous)):
        if _name(call) in TEXT_FUNCTIONS:
            [(text,)] = ask(f"select {call.sql(dialect='duckdb')}")
            call.replace(exp.Literal.string(text))
    return tree


def _name(node: exp.Expression) -> str:
    if isinstance(node, exp.Anonymous):
        return node.name.lower()
    return node.sql_name().lower() if isinstance(node, exp.Func) else ""
