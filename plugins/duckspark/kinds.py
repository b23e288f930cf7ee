"""What kind of value each expression of a query has, where its tables' columns are known.

DuckDB and Spark mean different things by the same words where kinds differ: `round` of a double and of a decimal,
`length` of a text and of a list, a cast to a whole number. What cannot be found out has no kind.
"""

from collections.abc import Mapping

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify

Columns = Mapping[str, Mapping[str, str]]

_NUMBER = "number of the node"
_KIND = "kind"
_TYPES = {
    "text": exp.DataType.TEXT_TYPES | {exp.DataType.Type.JSON},
    "whole": exp.DataType.INTEGER_TYPES,
    "decimal": {exp.DataType.Type.DECIMAL},
    "double": {exp.DataType.Type.DOUBLE, exp.DataType.Type.FLOAT},
    "boolean": {exp.DataType.Type.BOOLEAN},
    "day": {exp.DataType.Type.DATE, exp.DataType.Type.DATE32},
    "timestamp": {exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPNTZ},
    "instant": {exp.DataType.Type.TIMESTAMPTZ, exp.DataType.Type.TIMESTAMPLTZ},
    "list": {exp.DataType.Type.ARRAY, exp.DataType.Type.LIST},
    "struct": {exp.DataType.Type.STRUCT},
    "interval": {exp.DataType.Type.INTERVAL},
}
_KIND_OF = {type_: kind for kind, types in _TYPES.items() for type_ in types}
# What sqlglot knows no type of: functions of DuckDB and of the project that give text or a double.
_TEXTS = {"nfc_normalize", "strip_accents", "url_decode", "to_json", "json_object_of"}
_LISTS = {"map_entries", "list_zip"}


def kind_of(node: exp.Expression | None) -> str | None:
    """The kind of an expression of a tree whose kinds were noted, or of one that was put into it."""
    while isinstance(node, exp.Paren):
        node = node.this
    if node is None:
        return None
    if isinstance(node, exp.Cast):
        return _KIND_OF.get(node.to.this)
    if node.meta.get(_KIND):
        return node.meta[_KIND]
    if isinstance(node, exp.Literal):
        return "text" if node.is_string else "whole" if node.this.isdigit() else "decimal"
    return None


def with_kind(node: exp.Expression, kind: str | None) -> exp.Expression:
    if kind:
        node.meta[_KIND] = kind
    return node


def note_kinds(tree: exp.Expression, columns: Columns) -> None:
    """Writes down the kind of each expression of a DuckDB query in the node itself."""
    nodes = list(tree.walk())
    for number, node in enumerate(nodes):
        node.meta[_NUMBER] = number
    schema = _schema(tree, columns)
    try:
        qualified = qualify(
            _with_types(tree.copy()),
            schema=schema,
            dialect="duckdb",
            validate_qualify_columns=False,
            quote_identifiers=False,
            identify=False,
        )
        typed = annotate_types(qualified, schema=schema, dialect="duckdb")
    except (SqlglotError, AssertionError, AttributeError, KeyError, ValueError, TypeError):
        return
    for node in typed.walk():
        number = node.meta.get(_NUMBER)
        if number is not None and node.type:
            with_kind(nodes[number], _KIND_OF.get(node.type.this))


def _with_types(tree: exp.Expression) -> exp.Expression:
    """A query whose types sqlglot can follow: functions that it does not know are in a cast that says their type, and
    the select of a simple unpivot is in its place."""
    for node in list(tree.find_all(exp.Pivot)):
        wide = node.this.unnest() if isinstance(node.this, exp.Subquery) else node.this
        if isinstance(wide, exp.Select) and node.args.get("into"):
            into = node.args["into"]
            name, value = into.this.name, into.expressions[0].name
            columns = ("*", f"'' as {name}", f"{node.expressions[0].name} as {value}")
            node.replace(exp.select(*columns).from_(wide.subquery("wide")))
    for node in list(tree.find_all(exp.Anonymous)):
        name = node.name.lower()
        if name in _TEXTS:
            node.replace(exp.cast(node.copy(), "text"))
    return tree


def _schema(tree: exp.Expression, columns: Columns) -> dict:
    found: dict = {}
    for table in tree.find_all(exp.Table):
        known = columns.get(f"{table.db}.{table.name}".lower())
        if known:
            place = found.setdefault(table.catalog, {}) if table.catalog else found
            place.setdefault(table.db, {})[table.name] = dict(known)
    return found
