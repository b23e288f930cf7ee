"""Value flow of one select: which columns of which relations the values of its columns can come from.

A value flows through every function unless the function is known to cut it: a comparison, a count, a rank, the
condition of a case, what orders or filters. `a = b` lets each side say what the other holds, so both hold both, and so
does every comparison between rows that no id joins: the last day that is not after a birth is the birth. What cannot be
followed (a file, a table named by a string, a variable) is a problem, never an empty answer.
"""

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp

Source = tuple[str, str]
Values = frozenset[Source]
# "*" holds what a relation holds in columns that have no name here.
Columns = dict[str, Values]
NOTHING: Values = frozenset()
REST = "*"

# Their result is true, false, a count or a place: it names nobody.
CUTS = (
    *(
        exp.Predicate,
        exp.Not,
        exp.And,
        exp.Or,
        exp.Xor,
        exp.Exists,
        exp.In,
        exp.StartsWith,
        exp.EndsWith,
        exp.Contains,
    ),
    *(exp.Count, exp.CountIf, exp.ApproxDistinct, exp.LogicalOr, exp.LogicalAnd),
    *(exp.RowNumber, exp.Rank, exp.DenseRank, exp.Ntile, exp.PercentRank, exp.CumeDist),
)
CUT_NAMES = {
    "isfinite",
    "isnan",
    "isinf",
    "json_valid",
    "list_contains",
    "list_has_any",
    "list_has_all",
    "count_star",
}
# Whole years in bands of at least so many name nobody.
LEAST_BAND = 5
# Hashes that nobody can try names against, because they need a secret.
KEYED = {"keyed_hash"}
# Of at least so many different things these say nothing of one of them.
MEANS = (
    *(exp.Sum, exp.Avg, exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop),
    *(exp.Corr, exp.CovarPop, exp.CovarSamp),
)
# What they give is in no argument that could be followed.
HIDDEN = {
    "getvariable",
    "getenv",
    "query",
    "query_table",
    "current_setting",
    "current_query",
    "which_secret",
}
# As a table they give rows of what they are called with.
TABLE_FUNCTIONS = {
    "unnest",
    "range",
    "generate_series",
    "pg_timezone_names",
    "repeat",
    "json_each",
    "json_tree",
}
# The project's own text, which holds no row of anybody.
OWN_FILES = {"read_text('dashboards/*.yml')"}
EQUALS = (exp.EQ, exp.NullSafeEQ)
# True of two values that are the same.
ALIKE = (
    exp.Like,
    exp.ILike,
    exp.RegexpLike,
    exp.Contains,
    exp.StartsWith,
    exp.EndsWith,
    exp.ArrayContains,
)
ALIKE_NAMES = {
    *(
        "list_contains",
        "list_has_any",
        "list_has_all",
        "regexp_full_match",
        "glob",
        "prefix",
        "suffix",
        "str_position",
        "levenshtein",
        "editdist3",
    ),
    *(
        "damerau_levenshtein",
        "hamming",
        "mismatches",
        "jaccard",
        "jaro_similarity",
        "jaro_winkler_similarity",
    ),
}
INEQUALITIES = (exp.GT, exp.GTE, exp.LT, exp.LTE)
# They bring two values together in one; what only chooses between values, orders or groups them does not.
MEET = (exp.Predicate, exp.Func, exp.Binary)
APART = (exp.Connector, exp.AggFunc, exp.Case, exp.If, exp.Coalesce, exp.Window)
# Of rows of the project's own that hold one day, which is the same for everybody.
ONE_ROW = "staging.as_of"


class Fields(frozenset):
    """What a struct holds, and what each of its fields does."""

    def __new__(cls, fields: dict[str, Values]):
        made = super().__new__(cls, union(fields.values()))
        made.fields = fields
        return made


class CannotFollow(Exception):
    """The text is no select that can be read; the message says why."""


@dataclass
class Scope:
    """What a select can name: relations, its own aliases, parameters of lambdas, and what the select around it can."""

    tables: dict[str, Columns] = field(default_factory=dict)
    aliases: Columns = field(default_factory=dict)
    outer: "Scope | None" = None
    # What groups hold at least so many different ones of.
    counted: Values = NOTHING
    # Columns of a table that a star does not show: those of USING a second time, all of a semi join.
    hidden: dict[str, set[str]] = field(default_factory=dict)
    # Pairs of tables of which an id joins the rows, so that both are about the same thing.
    joined: list[tuple[int, int]] = field(default_factory=list)
    # What each table holds by itself, before comparisons add to it.
    own: dict[int, Values] = field(default_factory=dict)

    def around(self) -> "Iterator[Scope]":
        scope: Scope | None = self
        while scope:
            yield scope
            scope = scope.outer


def union(values: Iterable[Values]) -> Values:
    return NOTHING.union(*values)


def parsed(sql: str) -> exp.Expression:
    """The tree of a select. json_object is renamed: sqlglot takes a first argument called value for a keyword."""
    try:
        statements = sqlglot.parse(
            re.sub(r"(?i)\bjson_object\s*\(", "json_object_(", sql), read="duckdb"
        )
    except sqlglot.errors.SqlglotError as error:
        raise CannotFollow(f"it cannot be parsed: {str(error).splitlines()[0]}") from None
    except RecursionError:
        raise CannotFollow("it is nested too deeply") from None
    statements = [statement for statement in statements if statement is not None]
    if len(statements) != 1:
        raise CannotFollow(f"it has {len(statements)} statements")
    undot(statements[0])
    return statements[0]


def undot(tree: exp.Expression) -> None:
    """Makes email.lower() to lower(email). Before the dot sqlglot leaves bare names: they are columns again."""
    dots = [dot for dot in tree.find_all(exp.Dot) if not isinstance(dot.expression, exp.Identifier)]
    for dot in reversed(dots):
        for first in list(dot.this.find_all(exp.Identifier)):
            if is_only_a_name(first) or first.name.lower() in parameters_around(first):
                continue
            whole, names = first, [first.copy()]
            while (
                isinstance(whole.parent, exp.Dot)
                and whole.arg_key == "this"
                and isinstance(whole.parent.expression, exp.Identifier)
            ):
                whole = whole.parent
                names.append(whole.expression.copy())
            places = ("this", "table", "db", "catalog")
            parts = reversed(names[: len(places)])
            whole.replace(exp.Column(**dict(zip(places, parts, strict=False))))
        function = dot.expression
        if isinstance(function, exp.Anonymous):
            given = (dot.this, *function.expressions)
            try:
                dot.replace(exp.func(function.name, *given, dialect="duckdb"))
            except (IndexError, TypeError, ValueError):
                raise CannotFollow(f"the function {function.name} behind a dot") from None


def is_only_a_name(node: exp.Identifier) -> bool:
    """Whether an identifier is part of a column already, or names a table, an alias, a field or a parameter."""
    parent, key = node.parent, node.arg_key
    return (
        isinstance(parent, exp.Column | exp.Table | exp.TableAlias | exp.DataType | exp.Star)
        or key in ("alias", "using")
        or (key == "this" and isinstance(parent, exp.PropertyEQ | exp.Kwarg | exp.CTE))
        or (key == "expression" and isinstance(parent, exp.Dot | exp.Comprehension))
        or (key == "expressions" and isinstance(parent, exp.Lambda))
    )


def parameters_around(node: exp.Expression) -> set[str]:
    """The parameters of the lambdas that an expression is in, whose values come with the list."""
    found = set()
    while (node := node.parent) is not None:
        if isinstance(node, exp.Lambda):
            found |= {part.name.lower() for part in node.expressions}
        elif isinstance(node, exp.Comprehension):
            found.add(node.expression.name.lower())
    return found


class Flow:
    """The columns of a select and the problems met. `relations` has the columns of each relation that it may read.

    `direct` are those whose values name somebody: what is compared with one of them may be found by it.
    """

    def __init__(
        self,
        sql: str,
        relations: dict[str, Columns],
        smallest_cell: int = 10,
        direct: Values = NOTHING,
    ):
        self.relations = relations
        self.direct = direct
        self.smallest_cell = smallest_cell
        self.problems: list[str] = []
        self.columns = self.query(parsed(sql), {}, None)

    def cannot(self, what: str) -> Values:
        if what not in self.problems:
            self.problems.append(what)
        return NOTHING

    # ---- Queries -----------------------------------------------------------

    def query(self, node: exp.Expression, ctes: dict[str, Columns], outer: Scope | None) -> Columns:
        """The columns of any query: a select, a union of selects, one in brackets, values, a pivot."""
        ctes = self.with_ctes(node, ctes, outer)
        if isinstance(node, exp.Subquery):
            return self.source(node, ctes, Scope(outer=outer))[1]
        if isinstance(node, exp.SetOperation):
            left, right = (self.query(side, ctes, outer) for side in (node.left, node.right))
            return together(left, right, bool(node.args.get("by_name")))
        if isinstance(node, exp.Select):
            return self.select(node, ctes, outer)
        if isinstance(node, exp.Values):
            return self.values(node, ctes, Scope(outer=outer))
        if isinstance(node, exp.Table):
            return self.source(node, ctes, Scope(outer=outer))[1]
        if isinstance(node, exp.Pivot) and node.this is not None:
            return self.pivoted(
                self.source(node.this, ctes, Scope(outer=outer))[1], node, ctes, outer
            )
        self.cannot(f"a statement {type(node).__name__.lower()}")
        return {}

    def with_ctes(self, node, ctes: dict[str, Columns], outer: Scope | None) -> dict[str, Columns]:
        written = node.args.get("with_")
        if not written:
            return ctes
        ctes = dict(ctes)
        for cte in written.expressions:
            name = cte.alias.lower()
            names = [column.name.lower() for column in cte.args["alias"].args.get("columns") or []]
            if written.args.get("recursive"):
                first = cte.this
                while isinstance(first, exp.SetOperation):
                    first = first.left
                found = renamed(self.query(first, ctes, outer), names)
                while ctes.get(name) != found:
                    ctes[name] = found
                    found = together(
                        found, renamed(self.query(cte.this, ctes, outer), names), False
                    )
            else:
                ctes[name] = renamed(self.query(cte.this, ctes, outer), names)
        return ctes

    def select(self, node: exp.Select, ctes: dict[str, Columns], outer: Scope | None) -> Columns:
        scope = Scope(outer=outer)
        first = node.args.get("from_")
        if first:
            self.add(first.this, ctes, scope)
        for lateral in node.args.get("laterals") or []:
            self.add(lateral, ctes, scope)
        for join in node.args.get("joins") or []:
            self.join(join, ctes, scope)
        conditions = [join.args.get("on") for join in node.args.get("joins") or []]
        conditions += [node.args.get(name) for name in ("where", "having", "qualify")]
        conditions = [condition for condition in conditions if condition is not None]
        is_asof = any(
            str(join.args.get("method") or "").upper() == "ASOF"
            for join in node.args.get("joins") or []
        )
        for condition in conditions if self.direct else ():
            self.note_ids(condition, scope)
        # What an equality passes on, another one may pass on again. A comparison in a column may be filtered by later.
        for _ in range(4):
            grew = self.equalities(conditions, ctes, scope, is_asof)
            if self.direct and self.direct & union(map(self.all_of, scope.around())):
                grew |= self.equalities(node.expressions, ctes, scope, False, self.direct)
                for condition in (*conditions, *node.expressions):
                    grew |= self.met(condition, scope)
            if not grew:
                break
        counted = [self.of(each, ctes, scope) for each in counted_things(node, self.smallest_cell)]
        scope.counted = union(counted)
        found: Columns = {}
        for projection in node.expressions:
            for name, value in self.projection(projection, ctes, scope):
                put(found, name, value)
                scope.aliases.setdefault(name, value)
        return found or ({REST: self.all_of(scope)} if not node.expressions else found)

    def values(self, node: exp.Values, ctes, scope: Scope) -> Columns:
        rows = [
            row.expressions if isinstance(row, exp.Tuple) else [row] for row in node.expressions
        ]
        width = max((len(row) for row in rows), default=0)
        found = {
            f"col{place}": union(
                self.of(row[place], ctes, scope) for row in rows if place < len(row)
            )
            for place in range(width)
        }
        return renamed(found, alias_columns(node))

    # ---- From --------------------------------------------------------------

    def add(self, item: exp.Expression, ctes, scope: Scope) -> str:
        name, columns = self.source(item, ctes, scope)
        while name in scope.tables:
            name += "'"
        scope.tables[name] = dict(columns)
        scope.own[id(scope.tables[name])] = union(columns.values())
        for join in item.args.get("joins") or [] if isinstance(item, exp.Table) else []:
            self.join(join, ctes, scope)
            if join.args.get("on") is not None:
                self.equalities([join.args["on"]], ctes, scope, False)
        return name

    def join(self, join: exp.Join, ctes, scope: Scope) -> None:
        """Adds what is joined; the columns that both sides share by USING hold what both do."""
        before = list(scope.tables.values())
        name = self.add(join.this, ctes, scope)
        added = scope.tables[name]
        shared = [column.name.lower() for column in join.args.get("using") or []]
        if str(join.args.get("method") or "").upper() == "NATURAL":
            shared = [column for column in added if any(column in columns for columns in before)]
        for column in shared:
            holders = [
                columns for columns in (*before, added) if column in columns or REST in columns
            ]
            both = union(columns.get(column, columns.get(REST, NOTHING)) for columns in holders)
            for columns in holders:
                columns[column] = both
            if column.endswith("_id"):
                scope.joined += [(id(columns), id(added)) for columns in holders]
        is_only_asked = str(join.args.get("kind") or "").upper() in ("SEMI", "ANTI")
        scope.hidden[name] = set(added) if is_only_asked else set(shared)

    def source(self, item: exp.Expression, ctes, scope: Scope) -> tuple[str, Columns]:
        """The alias and the columns of one item of a FROM."""
        alias, names = item.alias.lower(), alias_columns(item)
        if isinstance(item, exp.Lateral):
            inner = item.this
            columns = (
                self.query(inner.this, ctes, scope)
                if isinstance(inner, exp.Subquery)
                else self.of_function(inner, ctes, scope)
            )
        elif isinstance(item, exp.Subquery):
            inner = item.this
            if isinstance(inner, exp.Table):
                inside = Scope(outer=scope)
                self.add(inner, self.with_ctes(item, ctes, scope), inside)
                columns = {}
                for name, values in self.star(exp.Star(), exp.Star(), ctes, inside):
                    put(columns, name, values)
            else:
                columns = self.query(inner, self.with_ctes(item, ctes, scope), scope)
        elif isinstance(item, exp.Values):
            columns, names = self.values(item, ctes, scope), []
        elif isinstance(item, exp.Unnest):
            columns = {REST: union(self.of(node, ctes, scope) for node in item.expressions)}
            columns |= {"unnest": columns[REST]}
        elif isinstance(item, exp.Pivot):
            columns = self.query(item, ctes, scope)
        elif isinstance(item, exp.Table) and isinstance(item.this, exp.Identifier):
            columns = self.relation(item, ctes)
            alias = alias or item.name.lower()
        elif isinstance(item, exp.Table):
            columns = self.of_function(item.this, ctes, scope)
            alias = alias or item.this.name.lower()
        else:
            self.cannot(f"a FROM with {type(item).__name__.lower()}")
            columns = {}
        for pivot in item.args.get("pivots") or []:
            columns = self.pivoted(columns, pivot, ctes, scope)
            if pivot.args.get("alias"):
                alias, names = pivot.alias.lower(), alias_columns(pivot)
        return alias, renamed(columns, names)

    def relation(self, table: exp.Table, ctes) -> Columns:
        name = table.name.lower()
        if not table.db and name in ctes:
            return ctes[name]
        key = f"{table.db.lower()}.{name}" if table.db else name
        if key in self.relations:
            return self.relations[key]
        self.cannot(f"{key}, which is no table that it names by ref()")
        return {}

    def of_function(self, node: exp.Expression, ctes, scope: Scope) -> Columns:
        """A function as a table: rows made of its arguments, or of something that no argument shows."""
        name = name_of(node)
        is_known = name in TABLE_FUNCTIONS or isinstance(
            node, exp.Explode | exp.Unnest | exp.GenerateSeries
        )
        if not is_known and node.sql(dialect="duckdb").lower() not in OWN_FILES:
            self.cannot(f"the table function {name}()")
        return {REST: self.of_parts(node, ctes, scope)}

    def pivoted(self, columns: Columns, pivot: exp.Pivot, ctes, outer: Scope | None) -> Columns:
        """The columns after a PIVOT whose columns are written out, or an UNPIVOT."""
        scope = Scope(tables={"": dict(columns)}, outer=outer)
        into = pivot.args.get("into")
        if pivot.args.get("unpivot") and into:
            listed, name = pivot.expressions, [into.this.name.lower()]
            value = [column.name.lower() for column in into.expressions]
        elif pivot.args.get("unpivot"):
            field_ = pivot.args["fields"][0]
            listed, name = field_.expressions, [field_.this.name.lower()]
            value = [column.name.lower() for column in pivot.expressions]
        else:
            # pivot x on a in (…) using …, or x pivot (… for a in (…)).
            is_statement = pivot.this is not None
            fields = pivot.expressions if is_statement else pivot.args.get("fields") or []
            made_of = (pivot.args.get("using") or []) if is_statement else pivot.expressions
            if not made_of or not all(
                isinstance(each, exp.In) and each.expressions for each in fields
            ):
                self.cannot("a pivot whose columns follow from the data")
                return {REST: union(columns.values())}
            values = union(self.of(each, ctes, scope) for each in made_of)
            used = {
                column.name.lower()
                for each in (*made_of, *fields)
                for column in each.find_all(exp.Column)
            }
            kept = {name: value for name, value in columns.items() if name not in used}
            if pivot.args.get("group"):
                groups = [
                    self.projection(each, ctes, scope) for each in pivot.args["group"].expressions
                ]
                kept = dict(itertools.chain(*groups))
            made = {column.name.lower(): values for column in pivot.args.get("columns") or []}
            return kept | (made or {REST: values | kept.get(REST, NOTHING)})
        if any(isinstance(node, exp.Star | exp.Columns) for each in listed for node in each.walk()):
            used = set(columns)
        else:
            used = {column.name.lower() for each in listed for column in each.find_all(exp.Column)}
        values = union(self.of(each, ctes, scope) for each in listed)
        kept = {column: held for column, held in columns.items() if column not in used}
        return kept | {column: NOTHING for column in name} | {column: values for column in value}

    # ---- Equalities --------------------------------------------------------

    def equalities(
        self,
        conditions: list[exp.Expression],
        ctes,
        scope: Scope,
        is_asof: bool,
        only: Values | None = None,
    ) -> bool:
        """Passes values (`only` these) between the sides of each equality; whether a column holds more than before."""
        grew = False
        for left, right in bounds_that_meet(conditions):
            grew |= self.pass_on(left, right, ctes, scope, only)
        for condition in conditions:
            for node in condition.walk(prune=lambda each: isinstance(each, exp.Query)):
                if isinstance(node, exp.Query) and not isinstance(node.parent, exp.In):
                    before = sizes(scope)
                    self.query(node, ctes, scope)
                    grew |= sizes(scope) != before
                elif is_alike(node) or (is_asof and isinstance(node, INEQUALITIES)):
                    for left, right in self.sides(node, ctes, scope):
                        grew |= self.pass_on(left, right, ctes, scope, only)
        return grew

    def note_ids(self, condition: exp.Expression, scope: Scope) -> None:
        """Keeps which tables a condition joins by an id."""
        for node in condition.find_all(*EQUALS):
            sides = (node.this, node.expression)
            if all(
                isinstance(side, exp.Column) and side.name.lower().endswith("_id") for side in sides
            ):
                places = [self.place_of(side, scope) for side in sides]
                if all(places):
                    scope.joined.append((id(places[0][0]), id(places[1][0])))

    def met(self, condition: exp.Expression, scope: Scope) -> bool:
        """Passes what names somebody between columns that an expression brings together, if no id joins their rows."""
        grew = False
        for node in condition.walk(prune=lambda each: isinstance(each, exp.Query)):
            if not isinstance(node, MEET) or isinstance(node, APART):
                continue
            named = [self.place_of(column, scope) for column in columns_in(node, CUTS)]
            places = [place for place in named if place]
            held = self.direct & union(columns[name] for columns, name in places)
            for columns, name in places if held else []:
                is_known = (
                    NOTHING if is_told_difference(node) else self.known_beside(columns, scope)
                )
                is_one_row = columns[name] and all(source[0] == ONE_ROW for source in columns[name])
                if not is_one_row and not held - is_known <= columns[name]:
                    columns[name] |= held - is_known
                    grew = True
        return grew

    def known_beside(self, columns: Columns, scope: Scope) -> Values:
        """What a table and those that an id joins to it hold by themselves."""
        pairs = [pair for around in scope.around() for pair in around.joined]
        tables = {id(columns)}
        for _ in pairs:
            tables.update(*(pair for pair in pairs if tables & {*pair}))
        return union(
            around.own.get(table, NOTHING) for around in scope.around() for table in tables
        )

    def sides(self, node, ctes, scope: Scope) -> list[tuple]:
        """Pairs of expressions, or of an expression and what a subquery holds, that are equal when the node is true."""
        if isinstance(node, exp.In):
            left = node.this.expressions if isinstance(node.this, exp.Tuple) else [node.this]
            if node.args.get("query") is not None:
                inner = node.args["query"]
                found = self.query(
                    inner.this if isinstance(inner, exp.Subquery) else inner, ctes, scope
                )
                values = list(found.values())
                if len(values) != len(left) or REST in found:
                    values = [union(values)] * len(left)
                return list(zip(left, values, strict=True))
            lists = [node.args.get("unnest"), node.args.get("field")]
            others = [*node.expressions, *(each for each in lists if each is not None)]
            return list(itertools.product(left, others))
        if name_of(node) in ALIKE_NAMES:
            return list(itertools.combinations(list(node.iter_expressions()), 2))
        left, right = (
            side.this if isinstance(side, exp.Any | exp.All) else side
            for side in (node.this, node.expression)
        )
        if isinstance(left, exp.Tuple) and isinstance(right, exp.Tuple):
            return list(zip(left.expressions, right.expressions, strict=False))
        return [(left, right)]

    def pass_on(self, left, right, ctes, scope: Scope, only: Values | None = None) -> bool:
        grew = False
        for one, other in ((left, right), (right, left)):
            if isinstance(one, frozenset):
                continue
            held = other if isinstance(other, frozenset) else self.of(other, ctes, scope)
            held = held if only is None else held & only
            for column in columns_in(one) if held else []:
                place = self.place_of(column, scope)
                if place and not held <= place[0][place[1]]:
                    place[0][place[1]] |= held
                    grew = True
        return grew

    def place_of(self, column: exp.Column, scope: Scope) -> tuple[Columns, str] | None:
        """Where what a column holds is written down."""
        parts = [part.name.lower() for part in column.parts]
        for around in scope.around():
            for table, name in itertools.pairwise(parts):
                columns = around.tables.get(table, {})
                if name in columns or REST in columns:
                    return columns, name if name in columns else REST
        # A column, or the field of a struct.
        for around in scope.around():
            for alias, columns in around.tables.items():
                if parts[0] in columns or (alias == "" and REST in columns):
                    return columns, parts[0] if parts[0] in columns else REST
        return None

    # ---- What a select gives -----------------------------------------------

    def projection(self, node, ctes, scope: Scope) -> Iterator[tuple[str, Values]]:
        """Name and values of each column that one item of a select list makes."""
        inner = node.unalias()
        star = (
            inner.this
            if isinstance(inner, exp.Column) and isinstance(inner.this, exp.Star)
            else inner
        )
        is_part = isinstance(star, exp.Predicate | exp.Not)
        while isinstance(star, exp.Predicate | exp.Not):
            # select * like '%mail%': any of them.
            star = star.this
        if isinstance(star, exp.Star):
            yield from self.star(star, inner, ctes, scope)
            if is_part:
                yield REST, self.all_of(scope)
            return
        if columns_written(inner):
            yield from self.many(node, inner, ctes, scope)
            return
        if isinstance(node, exp.Aliases):
            for alias in node.aliases:
                yield alias.lower(), self.of(node.this, ctes, scope)
            return
        values = self.of(inner, ctes, scope)
        name = (
            node.alias or (inner.name if isinstance(inner, exp.Column | exp.Dot) else "")
        ).lower()
        yield name or inner.sql(dialect="duckdb").lower(), values
        if isinstance(inner, exp.Explode | exp.Unnest):
            yield REST, values

    def many(self, node, inner, ctes, scope: Scope) -> Iterator[tuple[str, Values]]:
        """COLUMNS(…), alone or within an expression: what each column gives, and any of them where it is not told."""
        written = columns_written(inner)
        offered = dict(self.star(exp.Star(), exp.Star(), ctes, scope))
        chosen = [chosen_columns(each, list(offered)) for each in written]
        if None in chosen or REST in offered or any(each.args.get("unpack") for each in written):
            held = self.all_of(scope) if None in chosen or REST in offered else NOTHING
            held |= union(offered[name] for names in chosen for name in names or [])
            yield from ((name, held) for name in offered)
            yield REST, held
            return
        for name in dict.fromkeys(itertools.chain(*chosen)):
            given = inner.copy()
            for each in columns_written(given):
                if each is given:
                    given = exp.column(name)
                else:
                    each.replace(exp.column(name))
            values = self.of(given, ctes, scope)
            yield (REST if isinstance(node, exp.Alias) else name), values

    def star(self, star: exp.Star, inner, ctes, scope: Scope) -> Iterator[tuple[str, Values]]:
        left_out = {column.name.lower() for column in star.args.get("except_") or []}
        replaced = {
            item.alias.lower(): self.of(item.this, ctes, scope)
            for item in star.args.get("replace") or []
        }
        new_names = {
            item.this.name.lower(): item.alias.lower() for item in star.args.get("rename") or []
        }
        table = inner.table.lower() if isinstance(inner, exp.Column) else ""
        if table and not any(table in around.tables for around in scope.around()):
            yield REST, self.column(exp.column(table), scope)
            return
        for around in scope.around() if table else [scope]:
            if table and table not in around.tables:
                continue
            for alias, columns in around.tables.items():
                if table in ("", alias):
                    hidden = scope.hidden.get(alias, set()) if not table else set()
                    for name, values in columns.items():
                        if name not in left_out | hidden:
                            yield new_names.get(name, name), replaced.get(name, values)
            break

    def all_of(self, scope: Scope) -> Values:
        return union(values for columns in scope.tables.values() for values in columns.values())

    # ---- Columns and expressions -------------------------------------------

    def column(self, node: exp.Column, scope: Scope) -> Values:
        """What a name holds: a column, a field of a struct, a whole row, an alias or the parameter of a lambda."""
        name = node.name.lower()
        parts = [part.name.lower() for part in node.parts]
        if len(parts) == 1:
            found = self.by_name(name, scope)
            if found is not None:
                return found
        else:
            for around in scope.around():
                for place, part in enumerate(parts[:-1]):
                    if part in around.tables and parts[place + 1] in around.tables[part]:
                        return taken(around.tables[part][parts[place + 1]], parts[place + 2 :])
            for around in scope.around():
                for part in parts[:-1]:
                    if part in around.tables and REST in around.tables[part]:
                        return around.tables[part][REST]
            # No table is called so: the field of a struct.
            if not any(parts[0] in around.tables for around in scope.around()):
                found = self.by_name(parts[0], scope)
                if found is not None:
                    return taken(found, parts[1:])
        return self.cannot(f"the column {node.sql(dialect='duckdb')}, which no table it reads has")

    def by_name(self, name: str, scope: Scope) -> Values | None:
        for around in scope.around():
            holders = [columns[name] for columns in around.tables.values() if name in columns]
            if holders:
                return holders[0] if len(holders) == 1 else union(holders)
            if name in around.aliases:
                return around.aliases[name]
            if name in around.tables:
                return union(around.tables[name].values())
            rest = [columns[REST] for columns in around.tables.values() if REST in columns]
            if rest:
                return union(rest)
        return None

    def of(self, node, ctes, scope: Scope) -> Values:
        """What the value of an expression can come from."""
        if node is None:
            return NOTHING
        if isinstance(node, exp.Column) and not isinstance(node.this, exp.Star):
            return self.column(node, scope)
        if isinstance(node, exp.Star | exp.Columns | exp.Column):
            return self.all_of(scope)
        if isinstance(node, exp.Query):
            inner = (
                node.this
                if isinstance(node, exp.Subquery) and not node.args.get("pivots")
                else node
            )
            return union(self.query(inner, self.with_ctes(node, ctes, scope), scope).values())
        if isinstance(node, CUTS) or name_of(node) in CUT_NAMES | KEYED:
            return NOTHING
        if (
            isinstance(node, exp.Placeholder | exp.Parameter | exp.SessionParameter)
            or name_of(node) in HIDDEN
        ):
            return self.cannot(f"what {node.sql(dialect='duckdb')[:60]} gives")
        if isinstance(node, MEANS) and scope.counted and not chooses(node):
            many = {table for table, _ in scope.counted}
            return frozenset(
                held for held in self.of_parts(node, ctes, scope) if held[0] not in many
            )
        if (isinstance(node, exp.Length) and is_plain(node.this)) or is_band(node):
            return NOTHING
        if isinstance(node, exp.Case):
            branches = [(each.args.get("true"), each.this) for each in node.args.get("ifs") or []]
            values = [
                self.guarded(value, [node.this, condition], ctes, scope)
                for value, condition in branches
            ]
            return union([*values, self.of(node.args.get("default"), ctes, scope)])
        if isinstance(node, exp.If):
            value = self.guarded(node.args.get("true"), [node.this], ctes, scope)
            return value | self.of(node.args.get("false"), ctes, scope)
        if isinstance(node, exp.Filter):
            return self.guarded(node.this, [node.expression], ctes, scope)
        if isinstance(node, exp.Nullif | exp.ArgMax | exp.ArgMin | exp.Window):
            return self.of(node.this, ctes, scope)
        if isinstance(node, exp.Order) and node.this is not None:
            return self.of(node.this, ctes, scope)
        if isinstance(node, exp.Struct) and all(
            isinstance(each, exp.PropertyEQ) for each in node.expressions
        ):
            fields = {
                each.name.lower(): self.of(each.expression, ctes, scope)
                for each in node.expressions
            }
            return Fields(fields)
        if isinstance(node, exp.Paren):
            return self.of(node.this, ctes, scope)
        if (told := field_told(node)) is not None:
            return taken(self.of(node.this, ctes, scope), [told])
        if isinstance(node, exp.Lambda):
            return self.of_lambda(node.this, node.expressions, node, ctes, scope)
        if isinstance(node, exp.Comprehension):
            values = self.of(node.args.get("iterator"), ctes, scope)
            return values | self.of_lambda(node.this, [node.expression], node, ctes, scope)
        return self.of_parts(node, ctes, scope)

    def of_parts(self, node: exp.Expression, ctes, scope: Scope) -> Values:
        return union(self.of(part, ctes, scope) for part in node.iter_expressions())

    def of_lambda(self, body, parameters, node, ctes, scope: Scope) -> Values:
        """The body, whose parameters hold what the function that calls it is given besides."""
        given = (
            [part for part in node.parent.iter_expressions() if part is not node]
            if node.parent
            else []
        )
        held = union(
            self.of(part, ctes, scope) for part in given if not isinstance(part, exp.Lambda)
        )
        inside = Scope(outer=scope, aliases={part.name.lower(): held for part in parameters})
        inside.tables = {"": dict(inside.aliases)}
        inside.counted = scope.counted
        # A parameter is an identifier here; its value is in the list already. What an element equals it holds.
        equal = [
            side
            for each in body.walk()
            if isinstance(each, (*EQUALS, exp.In))
            for side in each.iter_expressions()
        ]
        return union(self.of(part, ctes, inside) for part in (body, *equal))

    def guarded(self, value, conditions, ctes, scope: Scope) -> Values:
        """A value that is given when conditions hold: where one of them says what it equals, that, too."""
        found = self.of(value, ctes, scope)
        named = {column.sql() for column in columns_in(value)} if value is not None else set()
        if not named:
            return found
        if len(conditions) == 2 and conditions[0] is not None:
            # case one when other then …
            conditions = [exp.EQ(this=conditions[0].copy(), expression=conditions[1].copy())]
        for condition in conditions:
            for node in condition.walk() if condition is not None else []:
                for pair in self.sides(node, ctes, scope) if is_alike(node) else []:
                    for one, other in (pair, pair[::-1]):
                        if one is None or isinstance(one, frozenset):
                            continue
                        if named & {column.sql() for column in columns_in(one)}:
                            is_held = isinstance(other, frozenset)
                            found |= other if is_held else self.of(other, ctes, scope)
        return found


def is_alike(node: exp.Expression) -> bool:
    """Whether a node is true of values that are the same, or nearly so."""
    if isinstance(node, exp.NEQ):
        parent = node.parent
        while isinstance(parent, exp.Paren):
            parent = parent.parent
        return isinstance(parent, exp.Not)
    return isinstance(node, (*EQUALS, exp.In, *ALIKE)) or name_of(node) in ALIKE_NAMES


def sizes(scope: Scope) -> int:
    """How much all relations in sight hold."""
    return sum(
        len(values)
        for around in scope.around()
        for columns in around.tables.values()
        for values in columns.values()
    )


def together(left: Columns, right: Columns, by_name: bool) -> Columns:
    """The columns of a union: by place, or by name."""
    if by_name:
        names = dict.fromkeys([*left, *right])
        return {name: left.get(name, NOTHING) | right.get(name, NOTHING) for name in names}
    if REST in left or REST in right:
        everything = union([*left.values(), *right.values()])
        return dict.fromkeys([*left, REST], everything)
    others = list(right.values())
    return {
        name: values | (others[place] if place < len(others) else NOTHING)
        for place, (name, values) in enumerate(left.items())
    }


def put(columns: Columns, name: str, values: Values) -> None:
    """Adds a column at the next place. A second one of a name is name_1, as DuckDB calls it, so that places agree."""
    if name in columns and name != REST:
        number = 1
        while f"{name}_{number}" in columns:
            number += 1
        columns[f"{name}_{number}"] = values
    columns[name] = columns[name] | values if name in columns else values


def renamed(columns: Columns, names: list[str]) -> Columns:
    """The columns by new names, in their order."""
    if not names:
        return columns
    if REST in columns:
        return dict.fromkeys([*names, REST], union(columns.values()))
    old = list(columns.items())
    new = [
        (names[place] if place < len(names) else name, values)
        for place, (name, values) in enumerate(old)
    ]
    return dict(new)


def alias_columns(node: exp.Expression) -> list[str]:
    alias = node.args.get("alias")
    return (
        [column.name.lower() for column in alias.args.get("columns") or []]
        if isinstance(alias, exp.TableAlias)
        else []
    )


def name_of(node: exp.Expression) -> str:
    """The name of a function in lower case; of other nodes their kind."""
    if isinstance(node, exp.Anonymous):
        return node.name.lower()
    return node.sql_name().lower() if isinstance(node, exp.Func) else type(node).__name__.lower()


def taken(values: Values, fields: list[str]) -> Values:
    """What a field of a struct holds; all that the struct does where its fields are not told."""
    for name in fields:
        if not isinstance(values, Fields) or name not in values.fields:
            return frozenset(values)
        values = values.fields[name]
    return values


def field_told(node: exp.Expression) -> str | None:
    """The name of the field that an expression takes from a struct: s['name'], (s).name, struct_extract(s, 'name')."""
    if isinstance(node, exp.Bracket) and len(node.expressions) == 1:
        told = node.expressions[0]
    elif isinstance(node, exp.StructExtract | exp.Dot):
        told = node.expression
    else:
        return None
    is_name = isinstance(told, exp.Identifier) or (isinstance(told, exp.Literal) and told.is_string)
    return told.name.lower() if is_name else None


def is_told_difference(node: exp.Expression) -> bool:
    """Whether a node says that two columns together make a value that is written out, but for whole years."""
    if not isinstance(node, exp.EQ | exp.NullSafeEQ):
        return False
    sides = [list(side.find_all(exp.Column)) for side in (node.this, node.expression)]
    columns = sides[0] or sides[1]
    is_grouped = node.find(exp.Window, exp.AggFunc) is not None
    if all(sides) or is_grouped or len({column.sql() for column in columns}) < 2:
        return False
    return not all(is_in_years(column, node) for column in columns)


def columns_in(node: exp.Expression, through: tuple = ()) -> list[exp.Column]:
    """The columns whose values an expression gives, without those of its subqueries and, but for `through`, of CUTS."""
    kept, ends = [], (exp.Query, *(each for each in CUTS if each not in through))
    for each in node.walk(prune=lambda part: isinstance(part, ends)):
        if isinstance(each, exp.Column) and not isinstance(each.this, exp.Star):
            kept.append(each)
    return kept


def is_plain(node: exp.Expression) -> bool:
    """A column, trimmed or replaced where it is empty, or a list of its values: their length is a count."""
    kept = (
        exp.Trim,
        exp.Coalesce,
        exp.ArrayAgg,
        exp.Distinct,
        exp.ArrayDistinct,
        exp.Lower,
        exp.Upper,
        exp.Split,
    )
    while isinstance(node, kept):
        node = node.expressions[0] if isinstance(node, exp.Distinct) else node.this
    return isinstance(node, exp.Column)


def is_band(node: exp.Expression) -> bool:
    """Whole years divided by at least five without a rest: (date_diff('year', birth_date, created_at) // 10)."""
    if isinstance(node, exp.Floor) and isinstance(node.this.unnest(), exp.Div):
        node = node.this.unnest()
    elif not isinstance(node, exp.IntDiv):
        return False
    by = node.expression
    is_wide = isinstance(by, exp.Literal) and not by.is_string and float(by.name) >= LEAST_BAND
    return is_wide and all(is_in_years(column, node) for column in node.this.find_all(exp.Column))


def is_in_years(column: exp.Column, within: exp.Expression) -> bool:
    """Whether only the year of a column, or a number of whole years, goes into an expression, and no multiple of it."""
    at, is_years = column, False
    while at.parent is not within:
        at = at.parent
        unit = (
            at.args.get("unit")
            if isinstance(at, exp.DateDiff)
            else at.this
            if isinstance(at, exp.Extract)
            else None
        )
        if isinstance(at, exp.Year) or (
            unit is not None and unit.name.lower() in ("year", "years")
        ):
            is_years = True
        elif is_years and not isinstance(at, exp.Paren | exp.Cast | exp.Coalesce | exp.Sub):
            sides = (at.this, at.expression) if isinstance(at, exp.Add) else ()
            if all(side.find(exp.Column) for side in sides):
                return False
    return is_years


def columns_written(node: exp.Expression) -> list[exp.Columns]:
    """Each COLUMNS(…) of an expression, without those of its subqueries."""
    own = node.walk(prune=lambda each: isinstance(each, exp.Query))
    return [each for each in own if isinstance(each, exp.Columns)]


def chosen_columns(node: exp.Columns, names: list[str]) -> list[str] | None:
    """The columns that COLUMNS takes by names, by a plain pattern or by leaving some out; None where it is not told."""
    told = node.this
    if isinstance(told, exp.Array) and all(each.is_string for each in told.expressions):
        listed = {each.name.lower() for each in told.expressions}
        return [name for name in names if name in listed]
    if isinstance(told, exp.Star) and not told.args.get("replace") and not told.args.get("rename"):
        left_out = {column.name.lower() for column in told.args.get("except_") or []}
        return [name for name in names if name not in left_out]
    # What Python and DuckDB read in the same way.
    if told.is_string and re.fullmatch(r"(?:[\w|^$.]|\((?!\?)|\)|\.[*+])+", told.name):
        try:
            return [name for name in names if re.search(told.name, name, re.IGNORECASE)]
        except re.error:
            return None
    return None


def bounds_that_meet(conditions: list[exp.Expression]) -> list[tuple]:
    """Pairs that are equal because each is at least the other: x between y and y."""
    least: dict[tuple[str, str], tuple] = {}
    for condition in conditions:
        for node in condition.find_all(exp.GTE, exp.LTE, exp.Between):
            if isinstance(node, exp.Between):
                pairs = [(node.this, node.args["low"]), (node.args["high"], node.this)]
            elif isinstance(node, exp.GTE):
                pairs = [(node.this, node.expression)]
            else:
                pairs = [(node.expression, node.this)]
            least |= {(high.sql(), low.sql()): (high, low) for high, low in pairs}
    return [pair for (high, low), pair in least.items() if (low, high) in least]


def chooses(mean: exp.Expression) -> bool:
    """Whether a mean takes only some rows of its group, which may be one."""
    picks = (exp.Case, exp.If, exp.Nullif, exp.Predicate)
    return isinstance(mean.parent, exp.Filter) or mean.find(*picks) is not None


def counted_things(node: exp.Select, smallest: int) -> list[exp.Expression]:
    """What every group of a select holds at least so many different ones of: having count(distinct x) >= 10."""
    having = node.args.get("having")
    if having is None:
        return []
    found: list[exp.Expression] = []
    waiting, conditions = [having.this], []
    while waiting:
        condition = waiting.pop().unnest()
        if isinstance(condition, exp.And):
            waiting += [condition.left, condition.right]
        else:
            conditions.append(condition)
    for condition in conditions:
        if isinstance(condition, exp.GT | exp.GTE):
            count, bound = condition.this, condition.expression
        elif isinstance(condition, exp.LT | exp.LTE):
            bound, count = condition.this, condition.expression
        else:
            continue
        is_distinct = isinstance(count, exp.Count) and isinstance(count.this, exp.Distinct)
        if is_distinct and isinstance(bound, exp.Literal) and not bound.is_string:
            least = float(bound.name) + isinstance(condition, exp.GT | exp.LT)
            if least >= smallest:
                found += count.this.expressions
    return found
