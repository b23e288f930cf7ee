"""What DuckDB's SQL and Spark's mean differently, one construct after another.

Each rule says what DuckDB means (`duckdb`), what Spark is given to mean the same (`spark`), and what would go wrong
without it (`why`). A rule gets a node whose parts are Spark's already, and gives the node that takes its place.
What has no rule is written by sqlglot. Each rule has a pair in tests/python/spark_pairs.py, run on both engines.
"""

import copy
import functools
import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from .kinds import kind_of, with_kind

NTZ, LTZ = "TIMESTAMP_NTZ", "TIMESTAMP_LTZ"
WHOLE_TYPES = exp.DataType.INTEGER_TYPES


@dataclass(frozen=True)
class Construct:
    name: str
    duckdb: str
    spark: str
    why: str
    rewrite: Callable[[exp.Expression], exp.Expression | None]


BY_NODE: dict[type, list[Construct]] = {}
BY_FUNCTION: dict[str, Construct] = {}


def construct(*nodes: type | str, duckdb: str, spark: str, why: str):
    """Notes a rule for these kinds of nodes, or for functions of these names, which sqlglot does not know."""

    def noted(rewrite: Callable) -> Callable:
        rule = Construct(rewrite.__name__, duckdb, spark, why, rewrite)
        for node in nodes:
            if isinstance(node, str):
                BY_FUNCTION[node] = rule
            else:
                BY_NODE.setdefault(node, []).append(rule)
        return rewrite

    return noted


def all_constructs() -> list[Construct]:
    found = [rule for rules in BY_NODE.values() for rule in rules] + list(BY_FUNCTION.values())
    return list({rule.name: rule for rule in found}.values())


def rewritten(node: exp.Expression) -> exp.Expression:
    """The node as Spark needs it; the same node where both engines mean the same by it."""
    rules = BY_NODE.get(type(node), [])
    if template_of(node):
        return node
    if isinstance(node, exp.Anonymous) and node.name.lower() in BY_FUNCTION:
        rules = [BY_FUNCTION[node.name.lower()]]
    for rule in rules:
        new = rule.rewrite(node)
        if new is not None:
            return new if kind_of(new) else with_kind(new, kind_of(node))
    return node


# sqlglot is compiled and takes no new kinds of nodes: what is written is a function with its template beside it.
_TEMPLATE, _NAMES, _IS_AGGREGATE = "template", "names", "is aggregate"


def write(template: str, is_aggregate: bool = False, **parts) -> exp.Anonymous:
    """Spark's SQL with the places of its parts. An aggregate takes a filter and a window upon itself."""
    nodes = [exp.paren(p.copy()) if _is_loose(p) else p.copy() for p in parts.values()]
    node = exp.Anonymous(this="written", expressions=nodes)
    node.meta.update({_TEMPLATE: template, _NAMES: list(parts), _IS_AGGREGATE: is_aggregate})
    return node


def template_of(node: exp.Expression) -> str | None:
    return node.meta.get(_TEMPLATE) if isinstance(node, exp.Anonymous) else None


def is_aggregate(node: exp.Expression) -> bool:
    return template_of(node) is not None and node.meta[_IS_AGGREGATE]


def text_of(node: exp.Anonymous, sql: Callable[[exp.Expression], str]) -> str:
    """What was written, with its parts in it."""
    parts = dict(zip(node.meta[_NAMES], map(sql, node.expressions), strict=True))
    return template_of(node).format(**parts)


aggregate = functools.partial(write, is_aggregate=True)


def _is_loose(node: exp.Expression) -> bool:
    return isinstance(node, (exp.Binary, exp.Unary, exp.Between, exp.In)) and not isinstance(
        node, (exp.Paren, exp.Dot)
    )


def cast(node: exp.Expression, to: str) -> exp.Cast:
    return exp.Cast(this=node.copy(), to=exp.DataType.build(to, dialect="spark"))


def bare(node: exp.Expression) -> exp.Expression:
    while isinstance(node, exp.Paren):
        node = node.this
    return node


# Numbers


@construct(
    exp.Div,
    duckdb="the quotient is a double, whatever is divided; by 0 it is infinite or NaN",
    spark="double / nullif(double, 0), NULL by 0",
    why="decimal / decimal is a decimal there, and 0 stops the query even in a CASE that guards it",
)
def division(node):
    return write(
        "(CAST({a} AS DOUBLE) / NULLIF(CAST({b} AS DOUBLE), 0))", a=node.this, b=node.expression
    )


@construct(
    exp.IntDiv,
    duckdb="a // b rounds the quotient of whole numbers towards 0; NULL by 0",
    spark="a DIV nullif(b, 0)",
    why="0 stops the query there",
)
def whole_division(node):
    return write("({a} DIV NULLIF({b}, 0))", a=node.this, b=node.expression)


@construct(
    exp.Mod,
    duckdb="the rest has the sign of the first number; NULL by 0",
    spark="a % nullif(b, 0)",
    why="0 stops the query there",
)
def rest_of_division(node):
    return write("({a} % NULLIF({b}, 0))", a=node.this, b=node.expression)


@construct(
    exp.Round,
    duckdb="a double is multiplied, rounded half away from 0, divided; a decimal is rounded as written",
    spark="round(double * 100, 0) / 100; a decimal as it is",
    why="round(4.265) is 4.27 there: it rounds the shortest text of a double, 320 of 46,603 credits by a cent",
)
def rounding(node):
    digits = node.args.get("decimals")
    if kind_of(node.this) != "double" or digits is None:
        return None
    return write("(ROUND({x} * POWER(10D, {n}), 0) / POWER(10D, {n}))", x=node.this, n=digits)


@construct(
    exp.Floor,
    exp.Ceil,
    duckdb="of a double a double",
    spark="cast(floor(x) as double)",
    why="it is a BIGINT there: infinity stops the query, contracts see another type",
)
def floor_and_ceiling(node):
    return cast(node, "DOUBLE") if kind_of(node.this) == "double" else None


@construct(
    exp.Sign,
    duckdb="a whole number",
    spark="cast(sign(x) as int)",
    why="it is a double there, and makes a double of the decimal it multiplies",
)
def sign_of_a_number(node):
    return with_kind(cast(node, "INT"), "whole")


@construct(
    exp.Log,
    duckdb="log(x) is the logarithm to base 10",
    spark="log10(x)",
    why="log(x) is the natural logarithm there",
)
def common_logarithm(node):
    return write("LOG10({x})", x=node.this) if not node.expression else None


@construct(
    exp.Cast,
    exp.TryCast,
    duckdb="a double becomes the next whole number (half to even), a decimal half away from 0",
    spark="cast(rint(x) as bigint), cast(round(x, 0) as bigint)",
    why="the fraction is cut off there without a word",
)
def cast_to_whole(node):
    kind = kind_of(node.this)
    if node.to.this not in WHOLE_TYPES or kind not in ("double", "decimal"):
        return None
    word = "RINT({x})" if kind == "double" else "ROUND({x}, 0)"
    node.set("this", write(word, x=node.this))
    return node


@construct(
    exp.Cast,
    exp.TryCast,
    duckdb="a double times a power of ten is rounded half away from 0",
    spark="cast(round(x * 1e2, 0) as decimal(38, 0)) * 0.01",
    why="the shortest text of the double is rounded there: 4.265 is 4.27 and not 4.26",
)
def cast_to_decimal(node):
    scale = _scale(node.to)
    if kind_of(node.this) != "double" or not scale:
        return None
    part = "0." + "0" * (scale - 1) + "1"
    node.set(
        "this",
        write(f"(CAST(ROUND({{x}} * 1e{scale}D, 0) AS DECIMAL(38, 0)) * {part}BD)", x=node.this),
    )
    return node


def _scale(type_: exp.DataType) -> int:
    if type_.this != exp.DataType.Type.DECIMAL or len(type_.expressions) < 2:
        return 0
    return int(type_.expressions[1].name)


@construct(
    exp.Cast,
    exp.TryCast,
    duckdb="timestamp has no time zone, timestamp with time zone is an instant",
    spark="TIMESTAMP_NTZ, TIMESTAMP_LTZ",
    why="TIMESTAMP is what the session says there; as one without a zone it drops an offset silently",
)
def cast_to_timestamp(node):
    types = {exp.DataType.Type.TIMESTAMP: NTZ, exp.DataType.Type.TIMESTAMPTZ: LTZ}
    is_of_text = isinstance(node, exp.TryCast) and kind_of(node.this) == "text"
    if node.to.this not in types or is_of_text:
        return None
    node.set("to", exp.DataType.build(types[node.to.this], dialect="spark"))
    return node


@construct(
    exp.Avg,
    duckdb="a double; of decimals their exact sum by their number",
    spark="cast(sum(x) as double) / count(x)",
    why="it is a decimal of four more digits there",
)
def average(node):
    if kind_of(node.this) == "double":
        return None
    return write(
        "(CAST({total} AS DOUBLE) / NULLIF({n}, 0))",
        total=aggregate("SUM({x})", x=node.this),
        n=aggregate("COUNT({x})", x=node.this),
    )


@construct(
    exp.Median,
    exp.PercentileCont,
    exp.WithinGroup,
    duckdb="exact, between two values on the line that joins them; of decimals a decimal, cut off",
    spark="percentile(x, share)",
    why="sqlglot writes PERCENTILE_APPROX for it: 90 of 286 medians were wrong",
)
def quantile(node):
    if isinstance(node, exp.PercentileCont) and not node.expression:
        return None  # its WithinGroup is rewritten
    if isinstance(node, exp.WithinGroup):
        if not isinstance(node.this, exp.PercentileCont):
            return None
        value, share = node.expression.expressions[0].this, node.this.this
    else:
        value = node.this
        share = node.expression if node.expression else exp.Literal.number("0.5")
    found = aggregate("PERCENTILE(CAST({x} AS DOUBLE), {p})", x=value, p=share)
    return with_kind(found, "double" if kind_of(value) in ("double", "whole") else None)


@construct(
    exp.PercentileDisc,
    duckdb="the smallest value that a share of all are at most, in any window",
    spark="sort_array(collect_list(x))[ceil(n * share) - 1]",
    why="percentile_disc takes no window with an order there",
)
def value_at_a_share(node):
    values = aggregate("COLLECT_LIST({x})", x=node.this)
    return write(
        "(TRANSFORM(ARRAY(SORT_ARRAY({v})), v -> TRY_ELEMENT_AT(v, CAST(GREATEST(CEIL(SIZE(v) * {p}), 1) AS INT)))[0])",
        v=values,
        p=node.expression,
    )


@construct(
    exp.In,
    duckdb="rows compare part by part",
    spark="(a <=> 1 and b <=> 'x') or …",
    why="the rows have names there, and are refused because the names differ",
)
def rows_in_a_list(node):
    row = bare(node.this)
    if not isinstance(row, exp.Tuple) or not all(
        isinstance(r, exp.Tuple) for r in node.expressions
    ):
        return None
    if not node.expressions:
        return None
    alternatives = [
        exp.and_(
            *(
                exp.NullSafeEQ(this=exp.paren(a.copy()), expression=exp.paren(b.copy()))
                for a, b in zip(row.expressions, other.expressions, strict=True)
            )
        )
        for other in node.expressions
    ]
    return exp.paren(exp.or_(*alternatives))


# Aggregates and windows


@construct(
    exp.Filter,
    exp.Window,
    duckdb="a filter and a window belong to the aggregate",
    spark="they go to each aggregate that the translation is made of",
    why="the translation of one aggregate may be an expression of two",
)
def filter_or_window(node):
    inner = node.this
    if template_of(inner) is None:
        return None
    if is_aggregate(inner):
        if isinstance(node, exp.Filter):
            condition = node.expression.this
            wrapped = write("{a} FILTER (WHERE {c})", is_aggregate=True, a=inner, c=condition)
            return wrapped
        return None
    for part in [p for p in inner.find_all(exp.Anonymous) if is_aggregate(p)]:
        if part.find_ancestor(exp.Subquery) or _within_aggregate(part, inner):
            continue
        around = node.copy()
        around.set("this", part.copy())
        part.replace(rewritten(around))
    return inner


def _within_aggregate(part: exp.Expression, top: exp.Expression) -> bool:
    up = part.parent
    while up is not None and up is not top:
        if is_aggregate(up):
            return True
        up = up.parent
    return False


@construct(
    exp.Select,
    duckdb="a window of a query may be made of another one by its name",
    spark="each window is written where it is used",
    why="a named window that adds an order to another one is no syntax there",
)
def named_windows(node):
    named: dict[str, exp.Window] = {}
    for window in node.args.get("windows") or []:
        named[window.name.lower()] = _written_out(window, named)
    if not named:
        return None
    for window in list(node.find_all(exp.Window)):
        if window.args.get("alias") and window.find_ancestor(exp.Select) is node:
            window.replace(_written_out(window, named))
    node.set("windows", None)
    return node


def _written_out(window: exp.Window, named: dict[str, exp.Window]) -> exp.Window:
    """A window with what the one that it names has, too."""
    found = window.copy()
    base = named.get(found.args["alias"].name.lower()) if found.args.get("alias") else None
    for part in ("partition_by", "order", "spec") if base else ():
        if base.args.get(part) and not found.args.get(part):
            found.set(part, copy.deepcopy(base.args[part]))
    found.set("alias", None)
    return found


@construct(
    exp.Window,
    duckdb="ranks are BIGINT",
    spark="cast(row_number() over (…) as bigint)",
    why="they are INT there, and contracts fail",
)
def rank(node):
    if isinstance(node.this, (exp.RowNumber, exp.Rank, exp.DenseRank, exp.Ntile)):
        return with_kind(cast(node, "BIGINT"), "whole")
    return None


@construct(
    exp.Window,
    duckdb="count(distinct x) over a window",
    spark="size(collect_set(x) over (…))",
    why="no distinct aggregate takes a window there",
)
def distinct_in_a_window(node):
    inner = node.this
    if not (isinstance(inner, exp.Count) and isinstance(inner.this, exp.Distinct)):
        return None
    around = node.copy()
    around.set("this", write("COLLECT_SET({x})", x=inner.this.expressions[0]))
    return with_kind(write("CAST(SIZE({w}) AS BIGINT)", w=around), "whole")


@construct(
    exp.ArgMax,
    exp.ArgMin,
    duckdb="the value of the row with the greatest key, among rows whose value and key are known; in a key of "
    "several parts a missing part is the greatest",
    spark="max_by(x, key) filter (where x is not null), each part of a key beside whether it is missing",
    why="a row whose value is NULL wins there, and a missing part is the smallest",
)
def value_of_the_greatest(node):
    word = "MAX_BY" if isinstance(node, exp.ArgMax) else "MIN_BY"
    key = bare(node.expression)
    if isinstance(key, exp.Tuple):
        parts = {f"k{i}": part for i, part in enumerate(key.expressions)}
        ordered = write(
            "STRUCT(" + ", ".join(f"{{{k}}} IS NULL, {{{k}}}" for k in parts) + ")", **parts
        )
        return aggregate(
            word + "({x}, CASE WHEN {x} IS NOT NULL THEN {k} END)", x=node.this, k=ordered
        )
    return aggregate(word + "({x}, CASE WHEN {x} IS NOT NULL THEN {k} END)", x=node.this, k=key)


@construct(
    exp.ArrayAgg,
    duckdb="list(x order by y) keeps missing values and the order; of no rows it is NULL",
    spark="array_sort of structs of the keys and the value, then the value",
    why="collect_list knows no order, which sqlglot drops without a word, leaves NULL out, and is [] of no rows",
)
def ordered_list(node):
    inner, keys, is_distinct = node.this, [], False
    if isinstance(inner, exp.Order):
        keys, inner = inner.expressions, inner.this
    if isinstance(inner, exp.Distinct):
        is_distinct, inner = True, inner.expressions[0]
    parts = {"v": inner}
    names = []
    for i, key in enumerate(keys):
        parts[f"k{i}"] = key.this
        names += [f"{{k{i}}} IS NULL AS n{i}", f"{{k{i}}} AS k{i}"]
    struct = "STRUCT(" + ", ".join([*names, "{v} AS v"]) + ")"
    collected = aggregate(f"COLLECT_{'SET' if is_distinct else 'LIST'}({struct})", **parts)
    if not keys:
        return write("(TRANSFORM(NULLIF({c}, ARRAY()), item -> item.v))", c=collected)
    compared = []
    for i, key in enumerate(keys):
        later = "-1" if key.args.get("desc") else "1"
        sooner = "1" if key.args.get("desc") else "-1"
        compared.append(
            f"WHEN a.n{i} <> b.n{i} THEN CASE WHEN a.n{i} THEN 1 ELSE -1 END "
            f"WHEN a.k{i} > b.k{i} THEN {later} WHEN a.k{i} < b.k{i} THEN {sooner}"
        )
    order = "(a, b) -> CASE " + " ".join(compared) + " ELSE 0 END"
    return with_kind(
        write(
            f"(TRANSFORM(ARRAY_SORT(NULLIF({{c}}, ARRAY()), {order}), item -> item.v))", c=collected
        ),
        "list",
    )


@construct(
    exp.IgnoreNulls,
    duckdb="any_value is the first one that is known",
    spark="any_value(x, true)",
    why="it may be NULL there, and IGNORE NULLS is no syntax of every aggregate",
)
def any_known_value(node):
    if isinstance(node.this, exp.AnyValue):
        return aggregate("ANY_VALUE({x}, TRUE)", x=node.this.this)
    return None


@construct(
    "map_entries",
    duckdb="map_entries(histogram(x, bounds)): how many values lie at or below each bound and above the one before",
    spark="the values of the group, counted between bounds",
    why="there is no histogram with bounds of a column",
)
def counts_between_bounds(node):
    counted = node.expressions[0]
    return counted if template_of(counted) else None


@construct(
    "histogram",
    duckdb="histogram(x, bounds): as counts_between_bounds, as a map",
    spark="the list that counts_between_bounds needs",
    why="histogram of the data's own bounds is another function",
)
def histogram(node):
    value, bounds = node.expressions
    return with_kind(
        write(
            "(TRANSFORM(ARRAY(STRUCT({values} AS v, {bounds} AS b)), g -> TRANSFORM(g.b, (bound, i) -> NAMED_STRUCT("
            "'key', bound, 'value', CAST(SIZE(FILTER(g.v, x -> x <= bound AND (i = 0 OR x > g.b[i - 1])))"
            " AS BIGINT))))[0])",
            values=aggregate("COLLECT_LIST(CAST({x} AS DOUBLE))", x=value),
            bounds=aggregate("ANY_VALUE(CAST({b} AS ARRAY<DOUBLE>), TRUE)", b=bounds),
        ),
        "list",
    )


# Days and timestamps

_SECONDS = {"second": 1, "minute": 60, "hour": 3600}
_OTHER_UNITS = {"week": ("day", 7), "quarter": ("month", 3), "decade": ("year", 10)}


def interval(count: exp.Expression, unit: str) -> exp.Expression:
    """An interval that Spark can add, of a number or of a column."""
    if isinstance(bare(count), exp.Literal):
        count = exp.Literal.number(bare(count).this)
    times = 1
    if unit in _OTHER_UNITS:
        unit, times = _OTHER_UNITS[unit]
    n = write("CAST({n} AS INT)" if times == 1 else f"(CAST({{n}} AS INT) * {times})", n=count)
    places = {
        "year": "MAKE_YM_INTERVAL({n})",
        "month": "MAKE_YM_INTERVAL(0, {n})",
        "day": "MAKE_DT_INTERVAL({n})",
        "hour": "MAKE_DT_INTERVAL(0, {n})",
        "minute": "MAKE_DT_INTERVAL(0, 0, {n})",
        "second": "MAKE_DT_INTERVAL(0, 0, 0, {n})",
        "millisecond": "MAKE_DT_INTERVAL(0, 0, 0, {n} * 0.001BD)",
        "microsecond": "MAKE_DT_INTERVAL(0, 0, 0, {n} * 0.000001BD)",
    }
    return with_kind(write(places[unit], n=n), "interval")


def _unit(node: exp.Expression) -> str:
    unit = node.args.get("unit")
    return (
        (unit.name if isinstance(unit, exp.Expression) else str(unit or "day")).lower().rstrip("s")
    )


@construct(
    exp.Interval,
    duckdb="an interval of a number or a column",
    spark="make_dt_interval(days), make_ym_interval(years, months); a literal in a window's frame",
    why="there is no interval of a column there",
)
def interval_of_a_number(node):
    if isinstance(node.parent, exp.WindowSpec):
        return _bound_of_a_frame(node)
    return interval(node.this, _unit(node))


def _bound_of_a_frame(node: exp.Interval) -> exp.Expression | None:
    """Both bounds of a frame must be of one type: where their units differ, days to seconds."""
    bounds = (node.parent.args.get("start"), node.parent.args.get("end"))
    units = {_unit(bound) for bound in bounds if isinstance(bound, exp.Interval)}
    if len(units) < 2 and not any(isinstance(b, exp.Expression) and template_of(b) for b in bounds):
        return None
    micros = {"day": 86_400 * 10**6, **{unit: n * 10**6 for unit, n in _SECONDS.items()}}
    micros |= {"microsecond": 1, "millisecond": 1000, "week": 7 * 86_400 * 10**6}
    seconds, micro = divmod(int(bare(node.this).name) * micros[_unit(node)], 10**6)
    days, seconds = divmod(seconds, 86_400)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{micro:06}"
    return write(f"INTERVAL '{days} {clock}' DAY TO SECOND")


@construct(
    exp.ToDays,
    duckdb="that many days",
    spark="make_dt_interval(n)",
    why="there is no to_days",
)
def interval_of_days(node):
    return interval(node.this, "day")


@construct(
    exp.Add,
    exp.Sub,
    duckdb="a date plus an interval is a timestamp; a date minus a date is a number of days",
    spark="cast(day as timestamp_ntz) + interval; datediff(a, b); date_add(day, cast(n as int))",
    why="a date plus days stays a date there, a date minus a date is an interval, BIGINT cannot be added",
)
def date_arithmetic(node):
    left, right = bare(node.this), bare(node.expression)
    kinds = kind_of(left), kind_of(right)
    sign = "+" if isinstance(node, exp.Add) else "-"
    if kinds[1] == "interval" and kinds[0] != "interval":
        to = LTZ if kinds[0] == "instant" else NTZ
        found = write(f"(CAST({{a}} AS {to}) {sign} {{b}})", a=left, b=right)
        return with_kind(found, "instant" if to == LTZ else "timestamp")
    if kinds == ("day", "day"):
        return with_kind(write("CAST(DATEDIFF({a}, {b}) AS BIGINT)", a=left, b=right), "whole")
    if kinds == ("day", "whole"):
        return with_kind(
            write(f"DATE_ADD({{a}}, {sign.strip('+')}CAST({{b}} AS INT))", a=left, b=right), "day"
        )
    if kinds == ("whole", "day") and sign == "+":
        return with_kind(write("DATE_ADD({b}, CAST({a} AS INT))", a=left, b=right), "day")
    return None


@construct(
    exp.Mul,
    duckdb="a number times an interval",
    spark="the interval of the product",
    why="a BIGINT times an interval may overflow, a column of months is none",
)
def many_intervals(node):
    for count, one in ((node.this, node.expression), (node.expression, node.this)):
        one = bare(one)
        if (template_of(one) or "").startswith("MAKE_"):
            made = one.copy()
            n = made.expressions[0]
            made.set("expressions", [write("(CAST({c} AS INT) * {n})", c=count, n=n)])
            return with_kind(made, "interval")
    return None


@construct(
    exp.DateAdd,
    exp.DateSub,
    duckdb="a timestamp, also of a date",
    spark="cast(day as timestamp_ntz) + interval",
    why="it is a date there",
)
def addition_of_an_interval(node):
    step = bare(node.expression)
    if kind_of(step) != "interval":
        step = interval(step, _unit(node))
    sign = "-" if isinstance(node, exp.DateSub) else "+"
    return with_kind(
        write(f"(CAST({{a}} AS {NTZ}) {sign} {{b}})", a=node.this, b=step), "timestamp"
    )


@construct(
    exp.DateDiff,
    duckdb="how many boundaries of the unit lie between; weeks are sevens of days; BIGINT",
    spark="the difference of the numbered days, months, seconds",
    why="whole units that have passed are counted there: from 31 January to 1 February is no month",
)
def boundaries_between(node):
    unit, end, start = _unit(node), node.this, node.expression
    templates = {
        "day": "CAST(DATEDIFF(CAST({b} AS DATE), CAST({a} AS DATE)) AS BIGINT)",
        "week": "CAST(DATEDIFF(CAST({b} AS DATE), CAST({a} AS DATE)) DIV 7 AS BIGINT)",
        "month": "CAST((YEAR({b}) - YEAR({a})) * 12 + MONTH({b}) - MONTH({a}) AS BIGINT)",
        "quarter": "CAST((YEAR({b}) - YEAR({a})) * 4 + QUARTER({b}) - QUARTER({a}) AS BIGINT)",
        "year": "CAST(YEAR({b}) - YEAR({a}) AS BIGINT)",
        "microsecond": f"(UNIX_MICROS(CAST({{b}} AS {LTZ})) - UNIX_MICROS(CAST({{a}} AS {LTZ})))",
        "millisecond": f"(UNIX_MILLIS(CAST({{b}} AS {LTZ})) - UNIX_MILLIS(CAST({{a}} AS {LTZ})))",
    }
    if unit in _SECONDS:
        count = "FLOOR(UNIX_SECONDS(CAST({%s} AS " + LTZ + f")) / {_SECONDS[unit]}D)"
        templates[unit] = f"CAST({count % 'b'} - {count % 'a'} AS BIGINT)"
    return with_kind(write(templates[unit], a=start, b=end), "whole")


@construct(
    exp.TimestampTrunc,
    exp.DateTrunc,
    duckdb="a timestamp without a time zone; of a date a timestamp in the SQL of this project",
    spark="cast(date_trunc(unit, cast(x as timestamp_ntz)) as timestamp_ntz)",
    why="it is a timestamp of the session's time zone there",
)
def start_of_a_unit(node):
    unit = _unit(node).upper()
    found = write(f"CAST(DATE_TRUNC('{unit}', CAST({{x}} AS {NTZ})) AS {NTZ})", x=node.this)
    return with_kind(found, "timestamp")


@construct(
    exp.Extract,
    duckdb="BIGINT; days of the week are 0 (Sunday) to 6, or by ISO 1 (Monday) to 7; an epoch has a fraction",
    spark="cast(extract(…) as bigint), dayofweek(x) - 1, weekday(x) + 1, unix_micros(x) / 1e6",
    why="it is INT there, dayofweek starts at 1, the epoch is none",
)
def part_of_a_date(node):
    templates = {
        "DOW": "CAST(DAYOFWEEK({x}) - 1 AS BIGINT)",
        "DAYOFWEEK": "CAST(DAYOFWEEK({x}) - 1 AS BIGINT)",
        "ISODOW": "CAST(WEEKDAY({x}) + 1 AS BIGINT)",
        "EPOCH": f"(UNIX_MICROS(CAST({{x}} AS {LTZ})) / 1e6D)",
        "SECOND": "CAST(SECOND({x}) AS BIGINT)",
    }
    part = node.this.name.upper()
    if part in templates:
        return with_kind(
            write(templates[part], x=node.expression), "double" if part == "EPOCH" else "whole"
        )
    return with_kind(cast(node, "BIGINT"), "whole")


@construct(
    exp.Day,
    exp.Month,
    exp.Year,
    exp.Quarter,
    exp.DayOfWeek,
    exp.DayOfWeekIso,
    duckdb="as extract(…)",
    spark="as extract(…)",
    why="as extract(…)",
)
def part_by_its_name(node):
    words = {
        exp.DayOfWeek: "CAST(DAYOFWEEK({x}) - 1 AS BIGINT)",
        exp.DayOfWeekIso: "CAST(WEEKDAY({x}) + 1 AS BIGINT)",
    }
    if type(node) in words:
        return with_kind(write(words[type(node)], x=node.this), "whole")
    return with_kind(cast(node, "BIGINT"), "whole")


@construct(
    exp.LastDay,
    duckdb="the last day of the month, also of a timestamp",
    spark="last_day(cast(x as date))",
    why="a timestamp without a zone is refused",
)
def last_day_of_a_month(node):
    return with_kind(write("LAST_DAY(CAST({x} AS DATE))", x=node.this), "day")


@construct(
    exp.AtTimeZone,
    duckdb="a timestamp becomes the instant when the zone's clocks showed it, in an hour shown twice the later one; "
    "an instant becomes what the zone's clocks show",
    spark="convert_timezone; of the two instants of an hour shown twice the later one",
    why="there is no AT TIME ZONE; sqlglot's from_utc_timestamp goes the wrong way; an hour shown twice is the "
    "earlier one there",
)
def at_time_zone(node):
    value, zone = node.this, node.args["zone"]
    if kind_of(value) == "instant":
        found = write(f"CONVERT_TIMEZONE('UTC', {{z}}, CAST({{x}} AS {NTZ}))", z=zone, x=value)
        return with_kind(found, "timestamp")
    local = write(f"CAST({{x}} AS {NTZ})", x=value)
    is_utc = isinstance(zone, exp.Literal) and zone.this == "UTC"
    if is_utc:
        return with_kind(write(f"CAST({{x}} AS {LTZ})", x=local), "instant")
    later = ", ".join(
        f"CASE WHEN CONVERT_TIMEZONE('UTC', z.zone, z.utc + {step}) = z.local THEN z.utc + {step} END"
        for step in ("INTERVAL '1' HOUR", "INTERVAL '30' MINUTE")
    )
    found = write(
        f"CAST(TRANSFORM(ARRAY(STRUCT({{x}} AS local, {{z}} AS zone, CONVERT_TIMEZONE({{z}}, 'UTC', {{x}}) AS utc)), "
        f"z -> COALESCE({later}, z.utc))[0] AS {LTZ})",
        x=local,
        z=zone,
    )
    return with_kind(found, "instant")


# Texts


@construct(
    exp.Concat,
    duckdb="concat() leaves out what is missing",
    spark="concat(coalesce(cast(x as string), ''), …)",
    why="concat is NULL there where one part is",
)
def concatenation(node):
    parts = [
        part
        if isinstance(part, exp.Literal) and part.is_string
        else write("COALESCE(CAST({x} AS STRING), '')", x=part)
        for part in node.expressions
    ]
    names = {f"p{i}": part for i, part in enumerate(parts)}
    return with_kind(write("CONCAT(" + ", ".join(f"{{{n}}}" for n in names) + ")", **names), "text")


@construct(
    exp.Length,
    duckdb="letters of a text, or elements of a list; BIGINT",
    spark="length(text), size(list)",
    why="length takes no list there",
)
def length(node):
    is_list = kind_of(node.this) == "list" or isinstance(
        bare(node.this), (exp.ArrayFilter, exp.Transform, exp.ArrayDistinct, exp.Array)
    )
    word = "SIZE" if is_list else "LENGTH"
    return with_kind(write(f"CAST({word}({{x}}) AS BIGINT)", x=node.this), "whole")


@construct(
    exp.Chr,
    duckdb="the character of a code point",
    spark="decode(unhex(lpad(hex(n), 8, '0')), 'UTF-32')",
    why="chr() counts modulo 256 there",
)
def character(node):
    return with_kind(
        write("DECODE(UNHEX(LPAD(HEX({n}), 8, '0')), 'UTF-32')", n=node.expressions[0]), "text"
    )


@construct(
    exp.Unicode,
    duckdb="the code point of the first letter; -1 of an empty text",
    spark="case when x = '' then -1 else ascii(x) end",
    why="an empty text is 0 there",
)
def code_point(node):
    return with_kind(write("CASE WHEN {x} = '' THEN -1 ELSE ASCII({x}) END", x=node.this), "whole")


def java_pattern(pattern: str) -> str:
    """A pattern of RE2 in Java's: the end is the end of the text, and only \\n ends a line."""
    found, in_class, escaped = [], False, False
    for letter in pattern:
        if escaped:
            escaped = False
        elif letter == "\\":
            escaped = True
        elif in_class:
            in_class = letter != "]"
            letter = "\\[" if letter == "[" else letter
        elif letter == "[":
            in_class = True
        elif letter == "$":
            letter = "\\z"
        found.append(letter)
    text = "".join(found)
    return f"(?d){text}" if "." in text else text


def _pattern(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.Literal):
        return exp.Literal.string(java_pattern(node.this))
    return node


@construct(
    exp.RegexpLike,
    duckdb="whether the pattern is found anywhere; $ is the end of the text",
    spark="regexp_like(x, pattern), with \\z for $",
    why="$ is also before a last line break there",
)
def regular_expression(node):
    return write("REGEXP_LIKE({x}, {p})", x=node.this, p=_pattern(node.expression))


@construct(
    exp.RegexpReplace,
    duckdb="the first match is replaced, all with 'g'; groups are \\1",
    spark="regexp_replace(x, pattern, '$1'); for the first match a pattern from the beginning of the text",
    why="all matches are replaced there",
)
def regular_replacement(node):
    pattern, by = node.expression, node.args.get("replacement") or exp.Literal.string("")
    flags = node.args.get("modifiers")
    is_all = flags is not None and "g" in flags.name
    if isinstance(by, exp.Literal):
        by_text = re.sub(r"\\(\d)", r"$\1", by.this.replace("$", "\\$"))
        by = exp.Literal.string(by_text)
    if isinstance(pattern, exp.Literal):
        text = java_pattern(pattern.this)
        if not is_all and not re.match(r"(\(\?d\))?\^", text):
            text = f"^((?s:.*?))(?:{text})"
            by = exp.Literal.string(
                "$1" + re.sub(r"\$(\d)", lambda found: f"${int(found[1]) + 1}", by.this)
            )
        pattern = exp.Literal.string(text)
    return with_kind(write("REGEXP_REPLACE({x}, {p}, {by})", x=node.this, p=pattern, by=by), "text")


@construct(
    exp.RegexpExtract,
    exp.RegexpExtractAll,
    duckdb="the whole match, or a group of it",
    spark="regexp_extract(x, pattern, group)",
    why="the first group is the default there",
)
def regular_extract(node):
    word = "REGEXP_EXTRACT" if isinstance(node, exp.RegexpExtract) else "REGEXP_EXTRACT_ALL"
    group = node.args.get("group") or exp.Literal.number(0)
    found = write(word + "({x}, {p}, {g})", x=node.this, p=_pattern(node.expression), g=group)
    return with_kind(found, "text" if word == "REGEXP_EXTRACT" else "list")


@construct(
    exp.Split,
    duckdb="split at a text",
    spark="split(x, the text with its signs escaped)",
    why="split takes a pattern there",
)
def split(node):
    at = node.expression
    if isinstance(at, exp.Literal):
        at = exp.Literal.string(re.sub(r"([\\^$.|?*+()\[\]{}])", r"\\\1", at.this))
    return with_kind(write("SPLIT({x}, {at})", x=node.this, at=at), "list")


@construct(
    exp.Like,
    duckdb="no letter of a pattern is an escape",
    spark="a backslash is doubled",
    why="a backslash is the escape there",
)
def like(node):
    pattern = node.expression
    if isinstance(pattern, exp.Literal) and "\\" in pattern.this:
        node.set("expression", exp.Literal.string(pattern.this.replace("\\", "\\\\")))
    return node


@construct(
    exp.Try,
    duckdb="NULL where the expression stops a query",
    spark="the expression: what it is asked for has no error there",
    why="there is no try()",
)
def tried(node):
    return node.this


# Text read as numbers, days and timestamps


# What DuckDB takes for blanks and for a number.
_BLANKS = r"[ \t\n\x0B\f\r]*"
_DIGITS = "[0-9]+(?:_[0-9]+)*"
_NUMBER = rf"(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE][+-]?{_DIGITS})?"


_DAYS = {
    exp.DataType.Type.DATE: "day",
    exp.DataType.Type.TIMESTAMP: "timestamp",
    exp.DataType.Type.TIMESTAMPNTZ: "timestamp",
    exp.DataType.Type.TIMESTAMPTZ: "instant",
}


def _once(value: exp.Expression, template: str, **patterns: str) -> exp.Expression:
    """SQL that reads a text `t` many times, which is worked out once."""
    parts = {name: exp.Literal.string(pattern) for name, pattern in patterns.items()}
    return write(f"(TRANSFORM(ARRAY({{x}}), t -> {template})[0])", x=value, **parts)


@construct(
    exp.TryCast,
    duckdb="text is a number if it is digits, which may be joined by _, with a point and an exponent; a whole number "
    "of one with a fraction is rounded",
    spark="a regular expression that says the same, then the cast",
    why="1d and ١ are numbers there, 1_000 is none, 1.0 is no whole number",
)
def text_as_a_number(node):
    to = node.to.this
    is_whole = to in WHOLE_TYPES
    if kind_of(node.this) != "text" or not (
        is_whole or to in (exp.DataType.Type.DOUBLE, exp.DataType.Type.DECIMAL)
    ):
        return None
    type_ = node.to.sql(dialect="spark").replace("{", "{{").replace("}", "}}")
    number, words = _NUMBER, ""
    if to == exp.DataType.Type.DOUBLE:
        words = "|inf|infinity|nan"
    cleaned = "REPLACE(t, '_', '')"
    if is_whole:
        return _once(
            node.this,
            f"CASE WHEN t RLIKE {{whole}} THEN TRY_CAST({cleaned} AS {type_}) "
            f"WHEN t RLIKE {{number}} THEN TRY_CAST(ROUND(TRY_CAST({cleaned} AS DECIMAL(38, 12)), 0) AS {type_}) "
            "WHEN t RLIKE {hexadecimal} "
            f"THEN TRY_CAST(CONV(REGEXP_REPLACE(t, {{before}}, ''), 16, 10) AS {type_}) END",
            whole=rf"^{_BLANKS}[+-]?{_DIGITS}{_BLANKS}\z",
            number=rf"^{_BLANKS}[+-]?{number}{_BLANKS}\z",
            hexadecimal=rf"^{_BLANKS}0[xX][0-9a-fA-F]+{_BLANKS}\z",
            before=r"^\s*0[xX]|\s+\z",
        )
    return _once(
        node.this,
        f"CASE WHEN t RLIKE {{number}} THEN TRY_CAST({cleaned} AS {type_}) END",
        number=rf"^(?i){_BLANKS}[+-]?(?:{number}{words}){_BLANKS}\z",
    )


@construct(
    exp.TryCast,
    duckdb="text is a day or a timestamp if it begins as one: year, month and day, joined by -, /, a blank or a "
    "backslash; an offset is left out, or counted where the type has a time zone; 24:00:00 is the next day",
    spark="text_as_day(x), text_as_timestamp(x), text_as_instant(x): functions that ask DuckDB; infinity is NULL",
    why="2026, 2026-01 and 2026-01-05 10 are days and timestamps there, 2026/01/05, 26-01-05 and 24:00:00 are none",
)
def text_as_a_day(node):
    found = _DAYS.get(node.to.this)
    if kind_of(node.this) != "text" or found is None:
        return None
    return with_kind(write(f"TEXT_AS_{found.upper()}({{x}})", x=node.this), found)


# JSON, lists and structs


@construct(
    exp.JSONObject,
    "json_object_of",
    duckdb="an object of names and values, missing ones as null",
    spark="to_json(named_struct(…), map('ignoreNullFields', 'false'))",
    why="there is no json_object, and to_json leaves missing values out",
)
def json_object(node):
    if isinstance(node, exp.JSONObject):
        pairs = [part for pair in node.expressions for part in (pair.this, pair.expression)]
    else:
        pairs = node.expressions
    names = {f"p{i}": part for i, part in enumerate(pairs)}
    struct = "NAMED_STRUCT(" + ", ".join(f"{{{n}}}" for n in names) + ")"
    return with_kind(write(f"TO_JSON({struct}, MAP('ignoreNullFields', 'false'))", **names), "text")


@construct(
    exp.JSONExtractScalar,
    exp.JSONExtract,
    duckdb="the value of a name, as text",
    spark="get_json_object(x, '$[''name'']')",
    why="a path with quoted names is none there",
)
def json_value(node):
    path = _json_path(node.expression)
    return with_kind(write("GET_JSON_OBJECT({x}, {p})", x=node.this, p=path), "text")


def _json_path(path: exp.Expression) -> exp.Expression:
    path = bare(path)
    if isinstance(path, exp.JSONPath):
        words = ["$"]
        for step in path.expressions:
            if isinstance(step, exp.JSONPathKey):
                words.append(f"['{step.this}']")
            elif isinstance(step, exp.JSONPathSubscript):
                words.append(f"[{step.this}]")
        return exp.Literal.string("".join(words))
    if isinstance(path, exp.Literal):
        return exp.Literal.string({'$."': "$['", '"': "']"}.get(path.this, path.this))
    if isinstance(path, exp.DPipe):
        return write("CONCAT({a}, {b})", a=_json_path(path.this), b=_json_path(path.expression))
    return path.this if isinstance(path, exp.Replace) else path


@construct(
    exp.JSONKeys,
    duckdb="the names of an object; of other JSON none",
    spark="coalesce(json_object_keys(x), array())",
    why="it is NULL there for other JSON",
)
def json_names(node):
    return with_kind(
        write(
            "CASE WHEN {x} IS NOT NULL THEN COALESCE(JSON_OBJECT_KEYS({x}), CAST(ARRAY() AS ARRAY<STRING>)) END",
            x=node.this,
        ),
        "list",
    )


@construct(
    "json_valid",
    duckdb="whether a text is JSON",
    spark="try_parse_json(x) is not null",
    why="there is no json_valid",
)
def is_json(node):
    x = node.expressions[0]
    return with_kind(
        write("CASE WHEN {x} IS NOT NULL THEN TRY_PARSE_JSON({x}) IS NOT NULL END", x=x), "boolean"
    )


@construct(
    exp.FromJson,
    duckdb="structs and lists of the names and types that a JSON text gives; JSON itself is text",
    spark="from_json(x, 'STRUCT<`name`: STRING>')",
    why="the types are written as a schema there",
)
def json_struct(node):
    schema = _json_schema(json.loads(node.expression.this))
    found = write("FROM_JSON({x}, {s})", x=node.this, s=exp.Literal.string(schema))
    return with_kind(found, "list" if schema.startswith("ARRAY") else "struct")


def _json_schema(shape: dict | list | str) -> str:
    """A shape in the words of from_json as a type of Spark."""
    if isinstance(shape, list):
        return f"ARRAY<{_json_schema(shape[0])}>"
    if isinstance(shape, dict):
        fields = (f"`{name}`: {_json_schema(inner)}" for name, inner in shape.items())
        return f"STRUCT<{', '.join(fields)}>"
    return {"VARCHAR": "STRING", "JSON": "STRING"}.get(shape.upper(), shape.upper())


@construct(
    "struct_extract_at",
    duckdb="the field at a place",
    spark="the value at the place of the struct's texts",
    why="a field is read by its name there",
)
def field_at_a_place(node):
    struct, place = node.expressions
    return with_kind(
        write(
            "ELEMENT_AT(MAP_VALUES(FROM_JSON("
            "TO_JSON({s}, MAP('ignoreNullFields', 'false')), 'MAP<STRING, STRING>')), {n})",
            s=struct,
            n=place,
        ),
        "text",
    )


@construct(
    exp.Struct,
    duckdb="a struct of named values",
    spark="named_struct('name', value, …)",
    why="sqlglot writes struct(value as name), whose names are lost in some places",
)
def struct(node):
    words, parts = [], {}
    for i, field in enumerate(node.expressions):
        if not isinstance(field, exp.PropertyEQ):
            return None
        name = field.this.name.replace("'", "\\'").replace("{", "{{").replace("}", "}}")
        words.append(f"'{name}', {{p{i}}}")
        parts[f"p{i}"] = field.expression
    return with_kind(write("NAMED_STRUCT(" + ", ".join(words) + ")", **parts), "struct")


@construct(
    exp.ArrayDistinct,
    duckdb="each value once; missing ones are left out",
    spark="array_compact(array_distinct(x))",
    why="NULL is a value there",
)
def distinct_list(node):
    return with_kind(write("ARRAY_COMPACT(ARRAY_DISTINCT({x}))", x=node.this), "list")


@construct(
    "list_zip",
    duckdb="lists side by side, as structs that are read by place",
    spark="arrays_zip, read by the names that places get",
    why="there is no list_zip",
)
def zipped(node):
    parts = {f"p{i}": part for i, part in enumerate(node.expressions)}
    slots = ", ".join(f"GET(z.p{i}, i) AS f{i + 1}" for i in range(len(parts)))
    whole = ", ".join(f"{{p{i}}} AS p{i}" for i in range(len(parts)))
    longest = ", ".join(f"SIZE(z.p{i})" for i in range(len(parts)))
    longest = f"GREATEST({longest})" if len(parts) > 1 else longest
    return with_kind(
        write(
            f"FLATTEN(TRANSFORM(ARRAY(STRUCT({whole})), z -> CASE WHEN {longest} > 0 THEN "
            f"TRANSFORM(SEQUENCE(0, {longest} - 1), i -> STRUCT({slots})) ELSE ARRAY() END))",
            **parts,
        ),
        "list",
    )


@construct(
    exp.Bracket,
    duckdb="an element of a list, from 1; a field of a zipped struct",
    spark="get(x, n - 1); x.f1 of what list_zip gives",
    why="a place that is not there stops the query there",
)
def element(node):
    if len(node.expressions) != 1 or isinstance(node.expressions[0], exp.Slice):
        return None
    place = node.expressions[0]
    name = bare(node.this)
    if isinstance(place, exp.Literal) and not place.is_string and _is_zipped(name):
        return write("{x}.f" + str(int(place.this) + 1), x=name)
    # sqlglot counts from 0.
    return write("GET({x}, CAST({n} AS INT))", x=name, n=place)


def _is_zipped(name: exp.Expression) -> bool:
    """Whether a name is the parameter of a lambda that runs over list_zip."""
    around = name.find_ancestor(exp.Lambda)
    while around is not None:
        if name.name in {p.name for p in around.expressions}:
            holder = around.parent
            return any("AS f1" in (template_of(n) or "") for n in holder.this.walk()) or any(
                n.name.lower() == "list_zip" for n in holder.this.find_all(exp.Anonymous)
            )
        around = around.find_ancestor(exp.Lambda)
    return False


@construct(
    "list_sum",
    duckdb="the sum of what is known, NULL of nothing",
    spark="aggregate(filter(x, known), 0, +)",
    why="there is no list_sum",
)
def list_total(node):
    return write(
        "(TRANSFORM(ARRAY(ARRAY_COMPACT({x})), l -> CASE WHEN SIZE(l) > 0 THEN "
        "AGGREGATE(l, 0D, (total, one) -> total + CAST(one AS DOUBLE)) END)[0])",
        x=node.expressions[0],
    )


@construct(
    exp.Pivot,
    duckdb="unpivot … on columns into name, value: rows of the columns that are known",
    spark="stack(n, 'name', value, …)",
    why="sqlglot keeps DuckDB's words",
)
def unpivoted(node):
    if not node.args.get("unpivot") or not node.args.get("into"):
        return None
    into = node.args["into"]
    name, value = into.this.name, into.expressions[0].name
    columns = [column.name for column in node.expressions]
    pairs = ", ".join(f"'{c}', `{c}`" for c in columns)
    source = node.this if isinstance(node.this, exp.Subquery) else exp.Subquery(this=node.this)
    select = (
        f"SELECT * FROM (SELECT * EXCEPT ({', '.join(columns)}), STACK({len(columns)}, {pairs}) AS ({name}, {value}) "
        f"FROM {{source}} AS wide) AS long WHERE {value} IS NOT NULL"
    )
    is_bare = not isinstance(node.parent, exp.Subquery)
    return write(f"({select})" if is_bare else select, source=source)


# Functions


@construct(
    "hash",
    duckdb="a number that tells rows apart",
    spark="xxhash64",
    why="hash() has 32 bits there; the numbers are others, and are compared within one engine only",
)
def hashed(node):
    names = {f"p{i}": part for i, part in enumerate(node.expressions)}
    return with_kind(
        write("XXHASH64(" + ", ".join(f"{{{n}}}" for n in names) + ")", **names), "whole"
    )


@construct(
    "isfinite",
    duckdb="neither infinite nor NaN",
    spark="abs(x) < infinity",
    why="there is no isfinite; NaN is the greatest number there",
)
def is_finite(node):
    return with_kind(
        write("(ABS({x}) < CAST('infinity' AS DOUBLE))", x=node.expressions[0]), "boolean"
    )


@construct(
    "error",
    duckdb="stops the query with a message",
    spark="raise_error",
    why="there is no error()",
)
def stop(node):
    return write("RAISE_ERROR({x})", x=node.expressions[0])
