"""DuckDB's SQL that must mean the same on Spark: expressions and queries over rows that the demo does not hold.

A pair is SQL in DuckDB's words; tests/python/test_spark.py runs it on DuckDB, translates it, runs that on Spark, and
compares. The rows have what goes wrong: ties, halves, missing values, 38 digits, offsets, hours shown twice, letters
outside of ASCII.
"""

from collections.abc import Iterator

from sqlglot import exp

TABLES = {
    # One row per number, its place, a group, and another number.
    "numbers": """
        select * from (values
            (1, 'a', 2.5::double, 2.5::decimal(18, 4), 7::bigint, 1.0::double),
            (2, 'a', -2.5, -2.5, -7, 2.0),
            (3, 'a', 4.265, 4.265, 3, 2.0),
            (4, 'b', 0.125, 0.125, null, -1.0),
            (5, 'b', 1.005, 1.005, 0, 3.5),
            (6, 'b', null, null, 9007199254740993, null),
            (7, 'c', 3.5, 99999999999999.9999, 12, 0.5),
            (8, 'c', -0.5, -0.5, 12, 0.25),
            (9, 'c', 1e-7, 0.0001, 1, 1e9),
            (10, null, 123456789.987654321, 12345.6789, 2, 4.0)
        ) as rows (id, team, x, d, n, y)
    """,
    # One row per text, and another.
    "texts": """
        select * from (values
            (1, 'a,b,,c', 'b'), (2, '', 'x'), (3, null, 'x'), (4, 'Seoul 서울 é É', 'é'), (5, 'a' || chr(10), 'a'),
            (6, 'x.y', '.'), (7, 'back\\slash', '\\'), (8, '100%', '%'), (9, 'cafe' || chr(769), 'f'),
            (10, '  blanks ', ' '), (11, 'a''b"c', '"'), (12, '%41%20b', '%'), (13, '가각힣', '각'), (14, 'aaa', 'a'),
            (15, 'Ab-12.cd', '-'), (16, 'a$1b', '$'), (17, '😀x', 'x')
        ) as rows (id, s, t)
    """,
    # One row per timestamp, another, and a zone.
    "moments": """
        select * from (values
            (1, timestamp '2026-01-31 10:11:12.345678', timestamp '2026-02-01 00:00:00', 'Asia/Seoul'),
            (2, timestamp '2026-11-01 01:30:00', timestamp '2026-03-08 02:30:00', 'America/New_York'),
            (3, timestamp '2024-02-29 23:59:59.999999', timestamp '2024-03-31 12:00:00', 'Europe/Berlin'),
            (4, timestamp '1969-12-31 23:59:59.5', timestamp '1970-01-01 00:00:00', 'UTC'),
            (5, null, timestamp '2026-12-28 00:00:00', 'Australia/Lord_Howe'),
            (6, timestamp '2027-01-03 12:00:00', timestamp '2026-12-27 23:00:00', 'Asia/Kathmandu'),
            (7, timestamp '2026-04-05 01:45:00', timestamp '2025-12-31 00:00:00', 'Australia/Lord_Howe'),
            (8, timestamp '0003-01-01 00:00:00', timestamp '2026-07-05 00:00:00', 'UTC')
        ) as rows (id, seen, later, zone)
    """,
    # One row per text that may be JSON.
    "documents": """
        select * from (values
            (1, '{"a": 1, "b": "x", "c d": true, "n": null, "l": [1, 2]}'), (2, '{}'), (3, '[1, 2]'), (4, '"t"'),
            (5, null), (6, '{"a": {"b": 2}}'), (7, '{"a": "서울 \\"q\\" /"}'), (8, '{"a": 1.50, "b": false}')
        ) as rows (id, j)
    """,
    # One row per list, and another as long.
    "lists": """
        select * from (values
            (1, [1.0::double, 2.0, null, 2.0], [3.0::double, 4.0, 5.0, 6.0], ['a', 'b', null]),
            (2, []::double[], []::double[], []::varchar[]), (3, null, null, null), (4, [5.0], [1.0], ['ab'])
        ) as rows (id, l, m, w)
    """,
    # One row per event of a person, for windows and aggregates; times and values tie.
    "events": """
        select * from (values
            (1, 'p', timestamp '2026-01-01 00:00:00', 'x', 1, 1.5::decimal(9, 2)),
            (2, 'p', timestamp '2026-01-01 00:00:00', 'y', 2, 2.5), (3, 'p', timestamp '2026-01-03 12:00:00', 'x', null, null),
            (4, 'p', timestamp '2026-01-09 00:00:00', null, 4, 1.11), (5, 'q', timestamp '2026-01-02 00:00:00', 'z', 5, 9.99),
            (6, 'q', null, 'z', null, -1.0), (7, 'r', timestamp '2026-01-02 00:00:00', null, null, null),
            (8, 'q', timestamp '2026-01-02 01:00:00', 'w', 5, 0.01)
        ) as rows (id, person, seen, kind, n, amount)
    """,
}

# Expressions of one row, by table. Each is compared for every row of the table.
EXPRESSIONS = {
    "numbers": [
        "x / y",
        "d / y",
        "n / 2",
        "d / nullif(d, 0)",
        "n // 2",
        "n % 5",
        "x + y",
        "x - d",
        "n * 3 % 7",
        "-x",
        "abs(d)",
        "cast(x as int)",
        "cast(d as bigint)",
        "cast(x as decimal(18, 2))",
        "cast(x as decimal(18, 6))",
        "cast(d as decimal(18, 2))",
        "cast(d as decimal(38, 18))",
        "cast(n as double)",
        "cast(d as double)",
        "cast(n as varchar)",
        "cast(d as varchar)",
        "cast(n as decimal(38, 6))",
        "cast(n > 3 as int)",
        "cast(cast(n as varchar) as bigint)",
        "try_cast(cast(d as varchar) as decimal(18, 2))",
        "try_cast(cast(n as varchar) as double)",
        "round(x, 2)",
        "round(d, 2)",
        "round(x)",
        "round(d)",
        "round(x * y, 1)",
        "floor(x)",
        "ceil(x)",
        "floor(d)",
        "ceil(d)",
        "sign(x)",
        "sign(d) * d",
        "pow(y, 2)",
        "sqrt(abs(x))",
        "exp(y / 1e9)",
        "ln(abs(x))",
        "log(abs(x))",
        "sin(x)",
        "cos(x)",
        "atan2(x, y)",
        "pi() * x",
        "greatest(x, y)",
        "least(x, y, 1)",
        "greatest(d, n)",
        "coalesce(x, d, 0)",
        "nullif(n, 12)",
        "case when x > 1 then d when y is null then 0 else n end",
        "x is distinct from y",
        "x is not distinct from y",
        "n in (1, 2, 12)",
        "(n, team) in ((12, 'c'), (7, 'a'))",
        "n between 1 and 7",
        "not (n > 3)",
        "n > 3 and x < 2 or y = 1",
        "n <> 12 and n >= 0 and n <= 12",
        "cast(d as decimal(24, 6)) * cast(n % 1000 as decimal(14, 4))",
        "cast(d as decimal(38, 12)) + cast(n as decimal(38, 12))",
        "isfinite(x)",
        "cast(n as boolean)",
        "n >> 1",
        "hash(n, team) is null",
        "lpad(cast(n as varchar), 4, '0')",
        "chr(cast(44032 + abs(n % 11172) as int))",
        "normal_cdf(y)",
        "t_quantile(0.975, n)",
        "chi_square_tail(abs(x), 3)",
        "quadratic_form([coalesce(x, 0), 1], [2.0::double, 0, 0, 1.0])",
        "normal_quantile(0.975)",
        "nbinom_cdf(n, 2, 0.5)",
        "cast('infinity' as double) > x",
        "cast(nullif(n, 0) as double) / 0.5",
        "case n when 12 then 'twelve' else concat(n, team) end",
        "concat(team, '-', n)",
        "team || '!'",
        "t_cdf(y, 5)",
        "t_z(y, 5)",
        "chi_square_quantile(0.9, n)",
        "binomial_quantile(0.9, abs(n), 0.5)",
        "count_z(n, 3, 1.5)",
        "count_quantile(0.9, 3, 1.5)",
        "share_z(1, abs(n), 2, 3)",
        "share_quantile(0.9, abs(n), 2, 3)",
        "ks_tail(0.3, abs(n), 10)",
        "nbinom_mid_quantile(0.9, 2, 0.5)",
        "beta_superiority(2, 3, abs(n % 100) + 1, 4)",
        "t_test_size(abs(y), 0.05, 0.8)",
        "always_valid_size(0.1, abs(n), 0.05, 0.8)",
        "chance_of_best(coalesce(x, 0), 1, [coalesce(y, 0), 0.5], [1.0::double, 2.0])",
        "group_sequential_bound([0.5::double, 1.0], [10.0::double, 20.0 + abs(n % 7)], 'pocock')",
        "group_sequential_p_value(abs(x % 5), [0.5::double, 1.0], [10.0::double, 20.0], 'obrien_fleming')",
        "permutation_low([coalesce(y, 0), 1.0::double, 2.0, 0.5, 3.0, 2.5, 1.5, 4.5], [1.0::double, 0, 1, 0, 1, 0, 1, 0])",
        "permutation_high([coalesce(y, 0), 1.0::double, 2.0, 0.5, 3.0, 2.5, 1.5, 4.5], [1.0::double, 0, 1, 0, 1, 0, 1, 0])",
        "case when n > 1e18 then error('too many') else n end",
    ],
    "texts": [
        "concat(s, t)",
        "concat_ws('|', s, t, null)",
        "s || t",
        "length(s)",
        "upper(t)",
        "lower(s)",
        "trim(s)",
        "left(s, 3)",
        "substr(s, 2)",
        "substr(s, 2, 2)",
        "replace(s, t, '_')",
        "split_part(s, ',', 2)",
        "split_part(s, ',', 9)",
        "string_split(s, ',')",
        "string_split(s, '.')",
        "string_split(s, '')",
        "starts_with(s, t)",
        "strpos(s, t)",
        "s like '%a%'",
        "s like '%back\\slash'",
        "s like '100%'",
        "s like 'a_b%'",
        "regexp_matches(s, '^a$')",
        "regexp_matches(s, 'a$')",
        "regexp_matches(s, '[가-힣]+')",
        "regexp_matches(s, '^[^!-~]|[^ -~]')",
        "regexp_replace(s, 'a', 'X')",
        "regexp_replace(s, 'a', 'X', 'g')",
        "regexp_replace(s, '(a)(.)', '\\2\\1')",
        "regexp_replace(s, '[^\\p{L}\\p{N}]', '', 'g')",
        "regexp_replace(s, '^[\\p{Z}\\p{Cc}]+|[\\p{Z}\\p{Cc}]+$', '', 'g')",
        "regexp_replace(s, ' +([Z+-])', '\\1')",
        "regexp_extract(s, '([a-z]+),([a-z]+)', 2)",
        "regexp_extract(s, '[a-z]+')",
        "regexp_extract_all(s, '([a-z])', 1)",
        "regexp_extract_all(lower(s), '[가-힣]+|[a-z0-9]+')",
        "md5(s)",
        "unicode(s)",
        "nfc_normalize(s)",
        "strip_accents(s)",
        "try(url_decode(s))",
        "cast(to_json([s, t]) as varchar)",
        "json_object('s', s, 't', t)",
        "s in ('aaa', '')",
        "s > t",
        "try_cast(s as double)",
        "try_cast(s as bigint)",
        "try_cast(s as date)",
        "try_cast(s as timestamp)",
        "try_cast(s as boolean)",
        "try_cast(s as decimal(38, 24))",
        "try_cast(s as timestamp with time zone)",
        "nullif(s, '')",
        "s between 'a' and 'b'",
        "array_to_string(string_split(s, ','), '/')",
        "array_to_string(list_transform(string_split(s, ''), lambda one: one || '.'), '')",
        "coalesce(json_valid(s), false)",
    ],
    "moments": [
        "seen + interval 1 day",
        "seen - interval 1 month",
        "cast(seen as date) + interval 1 day",
        "later + interval 1 year",
        "seen + interval 1 second",
        "seen + interval '1 hour'",
        "seen + interval 90 minute",
        "seen + cast(id as bigint) * interval 1 day",
        "seen - id * interval 1 month",
        "seen + interval 1 microsecond",
        "cast(later as date) - cast(seen as date)",
        "cast(later as date) + 7",
        "cast(later as date) - 7",
        "seen + interval '29 days'",
        "later - interval 1 quarter",
        "later + interval 1 week",
        "date_diff('day', seen, later)",
        "date_diff('week', seen, later)",
        "date_diff('month', seen, later)",
        "date_diff('quarter', seen, later)",
        "date_diff('year', seen, later)",
        "date_diff('hour', seen, later)",
        "date_diff('minute', seen, later)",
        "date_diff('second', seen, later)",
        "date_diff('microsecond', seen, later)",
        "date_trunc('day', seen)",
        "date_trunc('week', seen)",
        "date_trunc('month', seen)",
        "date_trunc('quarter', seen)",
        "date_trunc('year', seen)",
        "date_trunc('hour', seen)",
        "date_trunc('minute', seen)",
        "date_trunc('second', seen)",
        "date_trunc('month', cast(seen as date))",
        "extract(year from seen)",
        "extract(month from seen)",
        "extract(day from seen)",
        "extract(hour from seen)",
        "extract(minute from seen)",
        "extract(isodow from seen)",
        "extract(dow from seen)",
        "extract(quarter from seen)",
        "extract(doy from seen)",
        "extract(epoch from seen)",
        "last_day(seen)",
        "cast(seen as date)",
        "cast(seen as varchar)",
        "cast(cast(seen as date) as varchar)",
        "cast(seen at time zone 'UTC' at time zone zone as date)",
        "seen at time zone 'UTC' at time zone 'Asia/Seoul'",
        "seen at time zone zone at time zone 'UTC'",
        "later at time zone 'Europe/Berlin' at time zone 'UTC'",
        "cast(try_cast('2026-01-05 10:11:12+09:00' as timestamp with time zone) at time zone 'UTC' as timestamp)",
        "seen >= '2026-01-01'",
        "seen < later",
        "greatest(seen, later)",
        "coalesce(seen, later)",
        "cast('2026-01-05' as date)",
        "timestamp '2026-01-05 01:02:03'",
    ],
    "documents": [
        "json_extract_string(j, '$.\"a\"')",
        "json_extract_string(j, '$.\"c d\"')",
        "json_extract_string(j, '$.\"' || replace('b', '\"', '\\\"') || '\"')",
        "json_keys(j)",
        "length(list_distinct(json_keys(j)))",
        "(j -> '$.a') is null",
        'struct_extract_at(from_json(j, \'{"a": "VARCHAR", "b": "VARCHAR"}\'), 2)',
        "length(list_filter(string_split('a,zz', ','), lambda name: json_extract_string(j, '$.\"' || replace(name, '\"', '\\\"') || '\"') is null))",
    ],
    "lists": [
        "length(l)",
        "l[2]",
        "l[9]",
        "length(w)",
        "list_transform(l, lambda one: one * 2)",
        "list_filter(l, lambda one: one > 1)",
        "length(list_distinct(l))",
        "list_sum(l)",
        "list_sum(list_transform(list_zip(l, m), lambda one: case when one[1] is null then one[2] else one[1] * one[2] end))",
        "array_to_string(w, '-')",
        "[id, id + 1]",
        "range(1, cast(length(l) as int))",
        "l is null",
        "list_transform(l, lambda one: sign(one) * ln(1 + abs(one)))",
    ],
}

# Queries of many rows, each with a total order.
QUERIES = [
    "select person, list(kind order by seen, id) as x from events group by person order by person",
    "select person, list(kind order by n desc, id) filter (where n > 1) as x from events group by person order by person",
    "select person, list(n order by n) filter (where n is not null) as x from events group by person order by person",
    "select person, list(distinct kind order by kind) as x from events group by person order by person",
    "select person, string_agg(kind, ', ' order by seen, id) as x, string_agg(distinct kind, '/' order by kind) as y from events group by person order by person",
    "select person, arg_max(kind, (n, id)) as x, arg_min(kind, (seen, id)) as y, arg_max(id, (seen, id)) as z from events group by person order by person",
    "select person, any_value(case when n > 1 then 7 end) as x, count(n) as c, count(*) as a, count(distinct kind) as d from events group by person order by person",
    "select person, avg(n) as x, avg(amount) as y, sum(amount) as s, sum(n) as t, min(kind) as u, max(seen) as v from events group by person order by person",
    "select person, sum(n) filter (where kind = 'x') as x, count(*) filter (where n > 1) as y, bool_or(n > 4) as z, bool_and(n > 0) as w from events group by person order by person",
    "select person, median(n) as x, quantile_cont(n, 0.3) as y, percentile_cont(0.9) within group (order by n) as z from events group by person order by person",
    "select id, row_number() over (partition by person order by seen, id) as r, rank() over (partition by person order by seen) as k, dense_rank() over (order by person) as d, ntile(3) over (order by id) as t from events order by id",
    "select id, row_number() over (partition by person order by n desc, id) as r from events order by id",
    "select id, lag(n) over (partition by person order by seen, id) as x, lead(kind, 1, 'none') over (partition by person order by seen, id) as y from events order by id",
    "select id, first_value(n ignore nulls) over (partition by person order by seen, id rows between unbounded preceding and unbounded following) as x from events order by id",
    "select id, sum(amount) over (partition by person order by seen, id rows between unbounded preceding and current row) as x, avg(amount) over (partition by person) as y from events order by id",
    "select id, count(distinct kind) over (partition by person order by seen range between interval '7 days' preceding and current row) as x, count(*) over (partition by person) as y, count(n) over (order by id) as z from events where seen is not null order by id",
    "select id, sum(n) over (partition by person order by seen range between interval '1 hour' preceding and current row) as x, min(n) over last_days as y from events where seen is not null window last_days as (partition by person order by seen range between interval 29 days preceding and interval '1 microsecond' preceding) order by id",
    "select id, sum(n) over (order by id range between 3 preceding and 1 preceding) as x from events order by id",
    "select id, median(n) over (partition by person) as x, quantile_disc(id, 0.25) over (partition by person order by id rows between 2 preceding and current row) as y from events order by id",
    "select person, kind, count(*) as c, grouping(kind) as g from events group by rollup (person, kind) order by person, kind, g",
    "select unnest(string_split('a,b', ',')) as x, id from events where id < 3 order by id, x",
    "select item.a as x, item.b as y from (select unnest([struct_pack(a := id, b := kind), struct_pack(a := id + 100, b := 'z')]) as item from events) as items order by x",
    "select id, name, value from (unpivot (select id, cast(n as double) as n, cast(id as double) as m from events) on n, m into name name value value) as long order by id, name",
    "select id from events where exists (select 1 from numbers where numbers.id = events.n) order by id",
    "select person from events except select person from events where n = 2 order by person",
    "select distinct person from events union all select team from numbers where team = 'a' order by person",
    "select events.id, numbers.x from events left join numbers on events.n = numbers.id inner join (values (1), (2), (5)) as kept (id) on events.id = kept.id cross join (select 1 as one) as ones order by events.id",
    "with recent as (select * from events where n is not null) select person, sum(n) as s from recent group by person having sum(n) > 1 order by person limit 5",
    "select person, struct_extract_at(entry, 2) as c from (select person, unnest(map_entries(histogram(cast(n as double), [1.0::double, 4.0, cast('infinity' as double)]))) as entry from events where n is not null group by person) as counted where struct_extract_at(entry, 2) is not null order by person, c",
    "select bit_xor(hash(id, kind)) is not null as x, bit_xor(id) as y from events",
    "select id, sum(n) over so_far as x, max(n) over whole as y, count(*) over (whole order by id) as z from events window whole as (partition by person), so_far as (whole order by id rows between 1 preceding and current row) order by id",
    "select one.n, two.m from (with a as (select 1 as n) select * from a) as one cross join (with a as (select 2 as m) select * from a) as two",
    "select x, n from numbers order by x desc, n",
    "select id, md5(cast(to_json([cast(id as varchar), kind]) as varchar)) as x from events order by id",
    "select sum(cast(x as decimal(38, 12))) as s, sum(cast(d as decimal(38, 12))) as t from numbers",
]

# Texts that may be numbers, days or timestamps. Staging reads raw text by such casts (macros/dialect.sql), and Spark
# takes and refuses others by its own; the test runs these, and texts made of them by chance, on both engines.
ODD_TEXTS = [
    "2026", "2026-01", "2026-01-05", "2026-01-05 10", "2026-01-05 10:11", "2026/01/05", "2026-1-5", " 2026-01-05 ", "2026-01-05T10:11:12Z",
    "2026-01-05 10:11:12+09:00", "2026-01-05 10:11:12-0930", "2026-01-05 10:11:12 UTC", "2026-01-05 10:11:12+09:00:30", "2026-01-05 24:00:00",
    "2026-01-05 10:11:12.123456789", "2026-02-30", "2026-13-01", "epoch", "20260105", "05.01.2026", "26-01-05", "2026 01 05", "2026\\01\\05",
    "1969-12-31 23:59:59.9999999", "2026-01-05 1:2:3", "2026-01-05 10:60:12", "2026-01-05t10:11", "2026-01-05x", "2026-01-055",
    "1.0", "1e3", "1.", ".5", "1d", "1f", "0x10", "1_000", "1__0", "1,000", "+5", " 5 ", "--5", "١", "NaN", "inf", "Infinity", "-0", "1.5", "-2.5",
    "9223372036854775807", "9223372036854775808", "1e-3", "1E+5", "99999999999999999999.5", "true", "T", "yes", "on", "1", "0", "", "null",
]  # fmt: skip
ODD_CASTS = [
    "date",
    "timestamp",
    "timestamp with time zone",
    "bigint",
    "double",
    "decimal(38, 18)",
    "decimal(18, 2)",
    "boolean",
]
# What DuckDB reads in a number that is none: a sign or an exponent before blanks, two signs, a point or a large negative
# number in an exponent; a binary number. A year of six digits, or one before Christ. Spark reads nothing in these.
READ_BY_DUCKDB_ALONE = r"[-+eE]\s+$|^\s*\+-|[eE].*\.|[eE]-?0*\d{2,}|0[bBxX]|^\s*-\d+[-/ \\]|^\s*\d{5,}[-/ \\]|BC|_.{30,}"

# Answered by DuckDB on the driver and written into the statement as rows (plugins/duckspark/answers.py).
ANSWERED = {"pg_timezone_names", "read_text", "metric_definitions", "metric_splits"}
# What stands in every query and means the same: no pair is asked of it.
PLAIN = (
    exp.Select, exp.From, exp.Identifier, exp.Column, exp.Literal, exp.Star, exp.Alias, exp.TableAlias, exp.Table, exp.CTE,
    exp.With, exp.Where, exp.Var, exp.DataType, exp.DataTypeParam, exp.Order, exp.Ordered, exp.Subquery, exp.Paren, exp.If,
    exp.Tuple, exp.Group, exp.JSONPathRoot, exp.JSONPathKey, exp.JSONPathSubscript, exp.UnpivotColumns, exp.PropertyEQ,
    exp.JSONKeyValue, exp.WindowSpec, exp.Boolean, exp.Null,
)  # fmt: skip
UNITS = (exp.DateDiff, exp.TimestampTrunc, exp.DateTrunc, exp.Interval)


def constructs(tree: exp.Expression) -> Iterator[str]:
    """The constructs of a query of DuckDB, by names that say what may differ on another engine."""
    for node in tree.walk():
        if isinstance(node, PLAIN):
            continue
        name = type(node).__name__
        if isinstance(node, exp.Anonymous):
            yield node.name.lower()
        elif isinstance(node, exp.Cast):
            yield f"{name} as {node.to.this.name}"
        elif isinstance(node, exp.Extract):
            yield f"{name} {node.this.name.upper()}"
        elif isinstance(node, UNITS):
            unit = node.args.get("unit")
            yield f"{name} {(unit.name if unit else 'none').upper().rstrip('S')}"
        elif isinstance(node, exp.Window) and isinstance(
            node.this, (exp.Count, exp.PercentileDisc, exp.Median)
        ):
            yield f"{name} of {type(node.this).__name__}{' distinct' if isinstance(node.this.this, exp.Distinct) else ''}"
        else:
            yield name


def queries() -> list[str]:
    """All SQL of the pairs."""
    rows = [
        f"select {sql} as x from {table}" for table, all_ in EXPRESSIONS.items() for sql in all_
    ]
    return [*TABLES.values(), *rows, *QUERIES]
