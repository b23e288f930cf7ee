"""Whatever a user's folder holds: each bad value lands in rejected_rows with its reason, or is staged and flagged,
or stops the build with one message that says what to do. Nothing is lost, and no traceback reaches the user."""

import json
import os
import subprocess
import sys
from collections import Counter

import duckdb
import pytest
from warehouse import PROJECT, build, keep_open, query

CUSTOMERS = (
    """\
Customer_ID,BRAND,full_name,email,birth_date,country_code,created_at,updated_at,_loaded_at,loyalty_tier
good,scoot,Ada Park,ada@example.com,1990-01-31,KR,2026-01-01 09:00:00,2026-01-01 09:00:00,2026-01-02,gold
korean,scoot,김민수,,,KR,2026-01-01 09:00:00,2026-01-01 09:00:00,2026-01-02,
no_brand,,,,,KR,2026-01-01 09:00:00,2026-01-01 09:00:00,2026-01-02,
unknown_brand,atlantis,,,,KR,2026-01-01 09:00:00,2026-01-01 09:00:00,2026-01-02,
bad_date,scoot,,,31/12/1999,KR,2026-01-01 09:00:00,2026-01-01 09:00:00,2026-01-02,
no_such_day,scoot,,,2025-02-30,KR,2026-01-01 09:00:00,2026-01-01 09:00:00,2026-01-02,
future,scoot,,,,KR,2027-01-01 09:00:00,2026-01-01 09:00:00,2026-01-02,
infinite,scoot,,,,KR,infinity,2026-01-01 09:00:00,2026-01-02,
newest_wins,scoot,old,,,KR,2026-01-01 09:00:00,2026-01-01 09:00:00,2026-01-02,
newest_wins,scoot,new,,,KR,2026-01-01 09:00:00,2026-01-03 09:00:00,2026-01-03,
twice,scoot,same,,,KR,2026-01-01 09:00:00,2026-01-01 09:00:00,2026-01-02,
twice,scoot,same,,,KR,2026-01-01 09:00:00,2026-01-01 09:00:00,2026-01-02,
last_good,scoot,good,,,KR,2026-01-01 09:00:00,2026-01-01 09:00:00,2026-01-02,
last_good,scoot,bad,,,KR,yesterday,2026-01-03 09:00:00,2026-01-03,
not_yet,scoot,,,,KR,2026-01-01 09:00:00,2026-01-01 09:00:00,2099-01-01,
unfinished_day,scoot,,,,KR,2026-01-01 09:00:00,2026-01-01 09:00:00,2026-01-04,
"two
lines",scoot,"first
second",,,KR,2026-01-01 09:00:00,2026-01-01 09:00:00,2026-01-02,
,scoot,without a key,,,KR,2026-01-01 09:00:00,2026-01-01 09:00:00,2026-01-02,
"  blanks  ","  scoot ",,,"  ",KR," 2026-01-01 09:00:00 ",2026-01-01 09:00:00,2026-01-02,
total_brand,all,,,,KR,2026-01-01 09:00:00,2026-01-01 09:00:00,2026-01-02,
lower_country,scoot,,,,kr,2026-01-01 09:00:00,2026-01-01 09:00:00,2026-01-02,
short,scoot
long,scoot,,,,KR,2026-01-01 09:00:00,2026-01-01 09:00:00,2026-01-02,,one,two
""".encode()
    + "cp949,scoot,김민수,,,KR,2026-01-01 09:00:00,2026-01-01 09:00:00,2026-01-02,\n".encode(
        "cp949"
    )
)

# With a byte order mark, as spreadsheets write it, and Windows line ends.
ORDERS = """\
order_id,customer_id,order_type,ordered_at,status,currency,discount_amount,updated_at,_loaded_at,paid_at
good,good,,2026-01-01 12:00:00,paid,USD,0,2026-01-01 12:00:00,2026-01-02,
with_a_rate,good,purchase,2026-01-01 12:00:00,paid,KRW,1000,2026-01-01 12:00:00,2026-01-02,
offset,good,purchase,2026-01-01T12:00:00+09:00,paid,USD,0,2026-01-01T12:00:00Z,2026-01-02,
orphan,nobody,purchase,2026-01-01 12:00:00,paid,USD,0,2026-01-01 12:00:00,2026-01-02,
bad_status,good,purchase,2026-01-01 12:00:00,shipped,USD,0,2026-01-01 12:00:00,2026-01-02,
negative,good,purchase,2026-01-01 12:00:00,paid,USD,-5,2026-01-01 12:00:00,2026-01-02,
separators,good,purchase,2026-01-01 12:00:00,paid,USD,"1,000.00",2026-01-01 12:00:00,2026-01-02,
nan,good,purchase,2026-01-01 12:00:00,paid,USD,NaN,2026-01-01 12:00:00,2026-01-02,
infinite,good,purchase,2026-01-01 12:00:00,paid,USD,Infinity,2026-01-01 12:00:00,2026-01-02,
no_month,good,purchase,2026-13-01 12:00:00,paid,USD,0,2026-01-01 12:00:00,2026-01-02,
no_rate,good,purchase,2026-01-01 12:00:00,paid,XXX,0,2026-01-01 12:00:00,2026-01-02,
bad_rate,good,purchase,2026-01-01 12:00:00,paid,EUR,0,2026-01-01 12:00:00,2026-01-02,
no_loaded_at,good,purchase,2099-01-01 12:00:00,paid,USD,0,2026-01-01 12:00:00,,
zero_date,good,purchase,0000-00-00 00:00:00,paid,USD,0,2026-01-01 12:00:00,2026-01-02,
epoch,good,purchase,1970-01-01 00:00:00,paid,USD,0,2026-01-01 12:00:00,2026-01-02,
far_year,good,purchase,20260-01-01 12:00:00,paid,USD,0,2026-01-01 12:00:00,2026-01-02,
too_much,good,purchase,2026-01-01 12:00:00,paid,USD,10000000000000,2026-01-01 12:00:00,2026-01-02,
paid_ahead,good,purchase,2026-01-01 12:00:00,paid,USD,0,2026-01-01 12:00:00,2026-01-02,2099-01-01 12:00:00
paid_never,good,purchase,2026-01-01 12:00:00,placed,USD,0,2026-01-01 12:00:00,2026-01-02,1970-01-01 00:00:00
never_either,good,purchase,2026-01-01 12:00:00,placed,USD,0,2026-01-01 12:00:00,2026-01-02,1899/12/30
paid_later,good,purchase,2026-01-01 12:00:00,placed,USD,0,2026-01-01 12:00:00,,2026-01-20 12:00:00
changed_later,good,purchase,2026-01-01 12:00:00,placed,USD,0,2026-02-20 12:00:00,,
no_seconds,good,purchase,2026-01-01T12:00+09:00,paid,USD,0,2026-01-01 12:00:00 utc,2026-01-02,
zero_loaded_at,good,purchase,2026-01-01 12:00:00,paid,USD,0,2026-01-01 12:00:00,1970-01-01 00:00:00,
lower_currency,good,purchase,2026-01-01 12:00:00,paid,krw,0,2026-01-01 12:00:00,2026-01-02,
utc,good,purchase,2026-01-01 12:00:00 UTC,paid,USD,0,2026-01-01 12:00:00 +0900,2026-01-02,
""".replace("\n", "\r\n").encode("utf-8-sig")

# The quote in the last line but two is never closed.
ORDER_ITEMS = b"""\
order_id,line_number,product_id,quantity,unit_price
good,1,typed,1,10.00
good,2,nothing,1,10.00
with_a_rate,1,typed,2,5000
offset,1,typed,1,10.00
orphan,1,typed,1,10.00
zero,1,typed,0,10.00
half,1,typed,1.5,10.00
free,1,typed,1,-10.00
many,1,typed,2000000,10.00
dear,1,typed,1,100000000000
both,1,typed,1000000,10000000
open,1,"typed,1,10.00
lost,1,typed,1,10.00
lost,2,typed,1,10.00
"""

EVENTS = b"""\
event_id,brand,event_name,occurred_at,received_at,anonymous_id,properties,_loaded_at
good,scoot,page_viewed,2026-01-01 10:00:00,2026-01-01 10:00:01,a,"{""page"": ""home""}",2026-01-02
bad_json,scoot,page_viewed,2026-01-01 10:00:00,2026-01-01 10:00:01,a,{page: home,2026-01-02
not_yet,scoot,page_viewed,2026-01-01 10:00:00,2026-01-01 10:00:01,a,,2099-01-02
contact,scoot,page_viewed,2026-01-01 10:00:00,2026-01-01 10:00:01,ada@example.com,,2026-01-02
"""

READINGS = b"""\
reading_id,device_id,customer_id,measurement,value,unit,measured_at,received_at
good,d,good,weight,70.5,kg,2026-01-01 10:00:00,2026-01-01 10:00:00
nan,d,good,weight,NaN,kg,2026-01-01 10:00:00,2026-01-01 10:00:00
infinite,d,good,weight,inf,kg,2026-01-01 10:00:00,2026-01-01 10:00:00
huge,d,good,weight,1e999,kg,2026-01-01 10:00:00,2026-01-01 10:00:00
"""

RATES = b"""\
currency,rate_date,usd_rate
krw,2026-01-01,0.0007
EUR,2026-01-01,0
JPY,2026-01-01,26000
"""

# Typed input: a Parquet file as another tool writes it.
PRODUCTS = """
    select * from (values
        ('typed', 'scoot', 'Pass', 'pass', 10.5::double, 'USD', timestamptz '2026-01-01 09:00:00+09'),
        ('nan', 'scoot', 'Pass', 'pass', 'NaN'::double, 'USD', timestamptz '2026-01-01 09:00:00+09')
    ) as products(product_id, brand, product_name, category, list_price, currency, updated_at)
"""

# A select over a table with other column names and types.
PAYMENTS = """
-- the processor's export; it calls things differently;
select
    id as payment_id, order_ref as order_id, 'good' as customer_id, day as attempted_at,
    cents / 100.0 as amount, 'USD' as currency, 'card' as method, 'succeeded' as outcome, exempt as is_review_exempt
from (values
    (1, 'good', date '2026-01-01', 1000, 0),
    (2, 'good', date '2026-01-01', -1000, 0),
    (3, 'good', date '2026-01-01', 1000, 7)
) as export(id, order_ref, day, cents, exempt); -- the end
"""

SUBSCRIPTION_CHANGES = (  # a user may bring a table without rows
    b"change_id,subscription_id,customer_id,product_id,change_type,changed_at,monthly_amount,currency\n"
)

REFERENCE = {
    "reference__brand_names.csv": b"brand,brand_name,brand_name_ko,business\nscoot,Scoot,,scooters\nmain,Main,,\n",
    "reference__tolerances.csv": b"raw_table,max_rejected_share,reason\ndefault,1,nothing stops here\n",
}

REJECTED = [
    ("app__customers", "bad_date", "birth_date", "not a date"),
    ("app__customers", "no_such_day", "birth_date", "not a date"),
    ("app__customers", "future", "created_at", "in the future"),
    ("app__customers", "infinite", "created_at", "not a timestamp"),
    ("app__customers", "last_good", "created_at", "not a timestamp"),
    ("app__customers", None, "customer_id", "empty"),
    ("app__customers", "total_brand", "brand", "reserved"),
    ("app__orders", "bad_status", "status", "not accepted"),
    ("app__orders", "negative", "discount_amount", "below minimum"),
    ("app__orders", "separators", "discount_amount", "not a number"),
    ("app__orders", "nan", "discount_amount", "not a number"),
    ("app__orders", "infinite", "discount_amount", "not a number"),
    ("app__orders", "no_month", "ordered_at", "not a timestamp"),
    ("app__orders", "zero_date", "ordered_at", "empty"),
    ("app__orders", "epoch", "ordered_at", "empty"),
    ("app__orders", "far_year", "ordered_at", "not a timestamp"),
    ("app__orders", "too_much", "discount_amount", "above maximum"),
    ("app__orders", "paid_ahead", "paid_at", "in the future"),
    ("app__orders", "no_rate", "currency", "without a rate"),
    ("app__orders", "bad_rate", "currency", "without a rate"),
    ("app__orders", "no_loaded_at", "ordered_at", "in the future"),
    ("app__order_items", "half/1", "quantity", "not an integer"),
    ("app__order_items", "free/1", "unit_price", "below minimum"),
    ("app__order_items", "many/1", "quantity", "above maximum"),
    ("app__order_items", "dear/1", "unit_price", "above maximum"),
    ("app__order_items", "both/1", "unit_price", "above maximum"),
    ("app__products", "nan", "list_price", "not a number"),
    ("events__events", "bad_json", "properties", "not json"),
    ("events__events", "contact", "anonymous_id", "an e-mail address or a telephone number"),
    ("devices__readings", "nan", "value", "not a number"),
    ("devices__readings", "infinite", "value", "not a number"),
    ("devices__readings", "huge", "value", "not a number"),
    ("payments__payments", "2", "amount", "below minimum"),
    ("payments__payments", "3", "is_review_exempt", "not a boolean"),
    ("finance__exchange_rates", "EUR/2026-01-01", "usd_rate", "below minimum"),
    ("finance__exchange_rates", "JPY/2026-01-01", "usd_rate", "above maximum"),
]

# DuckDB counts a record with line breaks in quotes as one line.
UNREADABLE = [
    ("app__customers", "line 23, missing columns: short,scoot"),
    ("app__customers", "line 24, too many columns: long,scoot"),
    ("app__customers", "line 25, invalid encoding: cp949,scoot"),
    ("app__order_items", "line 13, unquoted value: open,1"),
    ("app__order_items", "line 13 + 1, unquoted value: lost,1"),
    ("app__order_items", "line 13 + 2, unquoted value: lost,2"),
]

ORPHANS = [
    ("app__customers", "unknown_brand", "brand", "reference.brand_names", "atlantis"),
    ("app__orders", "orphan", "customer_id", "app.customers", "nobody"),
    ("app__order_items", "good/2", "product_id", "app.products", "nothing"),
    ("app__order_items", "zero/1", "order_id", "app.orders", "zero"),
]

# table: staged, rejected, superseded, later
FATES = {
    "app__customers": (11, 10, 2, 1),
    "app__orders": (12, 14, 0, 0),
    "app__order_items": (6, 8, 0, 0),
    "app__products": (1, 1, 0, 0),
    "app__subscription_changes": (0, 0, 0, 0),
    "events__events": (1, 2, 0, 1),
    "devices__readings": (1, 3, 0, 0),
    "payments__payments": (1, 2, 0, 0),
    "finance__exchange_rates": (1, 2, 0, 0),
    "support__tickets": (0, 0, 0, 0),
}


def write_folder(folder, files):
    """Writes {name: bytes, text, or ('parquet', select)}; returns the folder."""
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        if isinstance(content, tuple):
            duckdb.execute(
                f"copy ({content[1]}) to '{str(folder / name).replace(chr(39), chr(39) * 2)}' (format parquet)"
            )
        else:
            (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def records(content: bytes) -> int:
    """How many rows a CSV holds, counted without a reader of CSV: lines, joined while a quote is open."""
    lines = content.rstrip(b"\r\n").split(b"\n")[1:]
    count, position = 0, 0
    while position < len(lines):
        quotes, end = lines[position].count(b'"'), position
        while quotes % 2 and end + 1 < len(lines):
            end += 1
            quotes += lines[end].count(b'"')
        count += 1
        position = (
            position + 1 if quotes % 2 else end + 1
        )  # never closed: each line is a row of its own
    return count


MESSY = {
    "app__customers.csv": CUSTOMERS,
    "app__orders.csv": ORDERS,
    "app__order_items.csv": ORDER_ITEMS,
    "app__products.parquet": ("parquet", PRODUCTS),
    "app__subscription_changes.csv": SUBSCRIPTION_CHANGES,
    "events__events.csv": EVENTS,
    "devices__readings.csv": READINGS,
    "payments__payments.sql": PAYMENTS,
    "finance__exchange_rates.csv": RATES,
    **REFERENCE,
}


def build_messy(folder, select=()):
    """A warehouse of everything that must not stop a build, from a folder with a quote in its name."""
    database = folder / "warehouse.duckdb"
    raw = write_folder(folder / "a user's raw files", MESSY)
    run = build(database, raw, select=select)
    assert "Traceback" not in run.output
    return database


@pytest.fixture(scope="module")
def messy(tmp_path_factory):
    rooms = ("staging", "vault", "marts/core")
    select = [f"+path:models/{room}" for room in rooms]
    return keep_open(build_messy(tmp_path_factory.mktemp("messy"), select))


def test_core_builds_from_a_messy_folder(messy):
    assert query(messy, "select count(*) from staging.stg_app__orders") == [(12,)]


@pytest.mark.slow
def test_a_messy_folder_builds(tmp_path):
    built = build_messy(tmp_path)
    assert query(built, "select count(*) > 0 from metrics.metric_values") == [(True,)]


@pytest.mark.parametrize(("table", "key", "column", "reason"), REJECTED)
def test_a_broken_row_is_rejected_with_its_reason(messy, table, key, column, reason):
    system, name = table.split("__")
    rows = query(
        messy,
        f"""select column_name, reason, raw_row from vault.rejected_rows
        where source_system = '{system}' and table_name = '{name}' and reason <> 'unreadable line'
            and row_key is not distinct from {f"'{key}'" if key else "null"}""",
    )
    assert [row[:2] for row in rows] == [(column, reason)]
    assert column in json.loads(rows[0][2]), "the row as it came is kept"


@pytest.mark.parametrize(("table", "text"), UNREADABLE)
def test_a_line_that_is_no_csv_is_kept_with_its_number(messy, table, text):
    system, name = table.split("__")
    lines = query(
        messy,
        f"""select raw_row from vault.rejected_rows where source_system = '{system}'
        and table_name = '{name}' and reason = 'unreadable line'""",
    )
    assert sum(json.loads(line)["_unreadable_line"].startswith(text) for (line,) in lines) == 1, (
        lines
    )


def test_nothing_else_is_rejected(messy):
    assert query(messy, "select count(*) from vault.rejected_rows") == [
        (len(REJECTED) + len(UNREADABLE),)
    ]


def test_an_orphan_is_staged_and_flagged(messy):
    found = query(
        messy,
        """select source_system || '__' || table_name, row_key, column_name, parent_table, missing_key
        from vault.orphaned_rows order by all""",
    )
    assert found == sorted(ORPHANS)
    for table, key, *_ in ORPHANS:
        column = "customer_id" if table == "app__customers" else "order_id"
        value = key.split("/")[0]
        assert query(
            messy, f"select count(*) > 0 from staging.stg_{table} where {column} = '{value}'"
        ) == [(True,)]


@pytest.mark.parametrize("table", FATES)
def test_every_row_has_one_status(messy, table):
    system, name = table.split("__")
    fates = Counter(
        dict(
            query(
                messy,
                f"""select row_status, sum(row_count) from vault.raw_row_statuses
                where source_system = '{system}' and table_name = '{name}' group by row_status""",
            )
        )
    )
    assert (
        tuple(fates[fate] for fate in ("staged", "rejected", "superseded", "later")) == FATES[table]
    )
    if f"{table}.csv" in MESSY:
        assert sum(fates.values()) == records(MESSY[f"{table}.csv"])
    staged = query(messy, f"select count(*) from staging.stg_{table}")[0][0]
    rejected = query(
        messy,
        f"""select count(*) from vault.rejected_rows
        where source_system = '{system}' and table_name = '{name}'""",
    )[0][0]
    assert (staged, rejected) == (fates["staged"], fates["rejected"])


CUSTOMER_VALUES = {
    "newest_wins": ("new", "scoot"),
    "last_good": ("good", "scoot"),
    "twice": ("same", "scoot"),
    "korean": ("김민수", "scoot"),
    "two\nlines": ("first\nsecond", "scoot"),
    "blanks": (None, "scoot"),
    "no_brand": (None, "main"),
}


@pytest.mark.parametrize("key", CUSTOMER_VALUES)
def test_what_is_staged_is_what_was_meant(messy, key):
    rows = query(
        messy,
        f"select full_name, brand from staging.stg_app__customers where customer_id = '{key}'",
    )
    assert rows == [CUSTOMER_VALUES[key]]


ONE_VALUE = [
    ("stg_app__orders", "order_type", "order_id = 'good'", "purchase"),
    (
        "stg_app__orders",
        "cast(ordered_at as varchar)",
        "order_id = 'offset'",
        "2026-01-01 03:00:00",
    ),
    (
        "stg_app__orders",
        "cast(updated_at as varchar)",
        "order_id = 'offset'",
        "2026-01-01 12:00:00",
    ),
    (
        "stg_app__products",
        "cast(updated_at as varchar)",
        "product_id = 'typed'",
        "2026-01-01 00:00:00",
    ),
    ("stg_app__customers", "country_code", "customer_id = 'lower_country'", "KR"),
    ("stg_app__orders", "currency", "order_id = 'lower_currency'", "KRW"),
    ("stg_app__orders", "paid_at", "order_id = 'paid_never'", None),
    ("stg_app__orders", "paid_at", "order_id = 'never_either'", None),
    (
        "stg_app__orders",
        "cast(paid_at as varchar)",
        "order_id = 'paid_later'",
        "2026-01-20 12:00:00",
    ),
    (
        "stg_app__orders",
        "cast(ordered_at as varchar)",
        "order_id = 'no_seconds'",
        "2026-01-01 03:00:00",
    ),
    ("stg_app__orders", "cast(ordered_at as varchar)", "order_id = 'utc'", "2026-01-01 12:00:00"),
    ("stg_app__orders", "cast(updated_at as varchar)", "order_id = 'utc'", "2026-01-01 03:00:00"),
    ("stg_app__products", "cast(list_price as varchar)", "product_id = 'typed'", "10.50000000"),
    ("stg_payments__payments", "cast(amount as varchar)", "payment_id = '1'", "10.00000000"),
    ("stg_payments__payments", "cast(is_review_exempt as varchar)", "payment_id = '1'", "false"),
    ("stg_events__events", "properties", "event_id = 'good'", '{"page": "home"}'),
]


@pytest.mark.parametrize(("model", "expression", "condition", "expected"), ONE_VALUE)
def test_values_keep_their_meaning(messy, model, expression, condition, expected):
    assert query(messy, f"select {expression} from staging.{model} where {condition}") == [
        (expected,)
    ]


@pytest.mark.slow
def test_without_loaded_at_what_changed_since_counts_and_fixed_rates_are_used(tmp_path):
    """as_of is the day of the last payment; a row that was changed after it is not `later`."""
    folder = write_folder(
        tmp_path / "raw",
        {
            "app__customers.csv": "customer_id,country_code,created_at,updated_at\n"
            "c,KR,2026-01-01 09:00:00,2026-03-01 09:00:00\n",
            "app__orders.csv": "order_id,customer_id,ordered_at,paid_at,status,currency,discount_amount,updated_at\n"
            "o,c,2026-01-10 12:00:00,2026-01-13 09:00:00,paid,krw,0,2026-02-01 09:00:00\n",
            "app__order_items.csv": "order_id,line_number,product_id,quantity,unit_price\no,1,p,2,1000\n",
            "reference__fixed_rates.csv": "currency,rate_date,usd_rate,reason\n krw,2026-01-01,0.001,ours\n",
        },
    )
    database = tmp_path / "warehouse.duckdb"
    build(database, folder, select="+orders +path:models/vault", tests=False)
    assert query(database, "select cast(as_of_date as varchar) from staging.as_of") == [
        ("2026-01-13",)
    ]
    assert query(database, "select distinct row_status from vault.raw_row_statuses") == [
        ("staged",)
    ]
    assert query(database, "select revenue::double, revenue_date::varchar from core.orders") == [
        (2.0, "2026-01-13")
    ]
    assert "none of finance" in doctor(database, folder)


def test_times_without_an_offset_are_in_the_source_timezone(tmp_path):
    folder = write_folder(
        tmp_path / "raw",
        {
            "app__customers.csv": CUSTOMERS,
            "app__orders.csv": ORDERS,
            "app__order_items.csv": ORDER_ITEMS,
            "app__products.parquet": ("parquet", PRODUCTS),
            **REFERENCE,
        },
    )
    database = tmp_path / "warehouse.duckdb"
    build(
        database,
        folder,
        select="+stg_app__orders +stg_app__products",
        variables={"source_timezone": "Asia/Seoul"},
        tests=False,
    )
    times = "cast(ordered_at as varchar)"
    orders = "select {} from staging.stg_app__orders where order_id = '{}'"
    assert query(database, orders.format(times, "good")) == [("2026-01-01 03:00:00",)]
    assert query(database, orders.format(times, "offset")) == [("2026-01-01 03:00:00",)]
    assert query(database, "select cast(updated_at as varchar) from staging.stg_app__products") == [
        ("2026-01-01 00:00:00",)
    ]


# What stops: the file, and words that its message must hold (file, column, value, what to do).
GOOD_ITEMS = b"order_id,line_number,product_id,quantity,unit_price\no,1,p,1,1\n"
STOPS = {
    "an empty file": (
        {"app__customers.csv": b""},
        ["app__customers.csv is empty", "first line"],
    ),
    "a file of blank lines": (
        {"payments__disputes.csv": b"\n\n"},
        ["payments__disputes.csv is empty", "first line"],
    ),
    "a missing column": (
        {
            "app__orders.csv": b"order_id,customer_id,ordered_at,state,currency,discount_amount,updated_at\n"
        },
        ["app__orders.csv lacks the column status", "state, currency", "Rename"],
    ),
    "a header in another language": (
        {"support__tickets.csv": "번호,고객,시간\n1,2,3\n".encode("cp949")},
        ["support__tickets.csv lacks the column ticket_id", "번호, 고객, 시간", "Rename"],
    ),
    "another delimiter": (
        {
            "surveys__invitations.csv": b"invitation;survey;customer_id;sent_at\n1;nps;c;2026-01-01\n"
        },
        [
            "surveys__invitations.csv lacks the column",
            "It has: invitation, survey, customer_id, sent_at",
            "columns.yml",
        ],
    ),
    "tabs between columns": (
        {"ads__campaigns.csv": b"campaign_id\tplatform\topened_at\n1\tc\t2026-01-01\n"},
        [
            "ads__campaigns.csv lacks the column",
            "It has: campaign_id, platform, opened_at",
            "make map",
        ],
    ),
    "a title line": (
        {
            "platform__bills.csv": "2026년 비용\nbill_id,billed_on,service\nb,2026-01-01,s\n".encode()
        },
        ["platform__bills.csv lacks the column", "It has: bill_id, billed_on, service"],
    ),
    "a title line and a blank one, in CP949": (
        {
            "platform__job_runs.csv": "작업 내역\n\nrun_id,job_name,시작\nr,j,2026-01-01\n".encode(
                "cp949"
            )
        },
        ["platform__job_runs.csv lacks the column", "It has: run_id, job_name, 시작"],
    ),
    "ids read as floating numbers": (
        {"experiments__exposures.sql": "select * from read_csv('{folder}/exposures_export.csv')"},
        [
            "experiments__exposures.sql, column exposure_id",
            "floating numbers (DOUBLE)",
            "100000.0",
            "all_varchar = true",
        ],
    ),
    "ids that are fractions": (
        {
            "experiments__decisions.parquet": (
                "parquet",
                "select 1.5::double as experiment_id, timestamp '2026-01-01' as decided_at, 'ship' as decision, 'd' as decided_by",
            )
        },
        [
            "experiments__decisions.parquet, column experiment_id",
            "for example 1.5",
            "as text where the file is made",
        ],
    ),
    "ids beyond what a floating number holds": (
        {
            "privacy__consents.parquet": (
                "parquet",
                "select 9007199254740993::double as consent_id, 'marketing' as purpose, true as is_granted, timestamp '2026-01-01' as recorded_at",
            )
        },
        [
            "privacy__consents.parquet, column consent_id",
            "9007199254740992",
            "long ids lose their end",
        ],
    ),
    "the same table twice": (
        {
            "app__order_items.csv": GOOD_ITEMS,
            "app__order_items.parquet": ("parquet", "select 1 as order_id"),
        },
        ["app__order_items.csv", "app__order_items.parquet", "more than once", "Keep one"],
    ),
    "the same column twice": (
        {"ml__models.csv": b"model_name,owner,Owner\n"},
        ["ml__models.csv has the column Owner twice", "remove one"],
    ),
    "UTF-16": (
        {"events__events.csv": "event_id,brand\n1,scoot\n".encode("utf-16")},
        ["events__events.csv lacks the column", "It has: event_id, brand"],
    ),
    "a mixture of line ends": (
        {
            "finance__exchange_rates.csv": b"currency,rate_date,usd_rate\r\nKRW,2026-01-01,1\nEUR,2026-01-01,1\r\n"
        },
        ["finance__exchange_rates.csv cannot be read as CSV", "one kind of line end"],
    ),
    "a .sql file with a syntax error": (
        {"payments__payments.sql": "selec payment_id from exports"},
        ["payments__payments.sql cannot be read", "Parser Error", "must hold one select"],
    ),
    "a .sql file over a missing table": (
        {"payments__refunds.sql": "select * from a_table_of_theirs"},
        [
            "payments__refunds.sql cannot be read",
            "a_table_of_theirs does not exist",
            "must hold one select",
        ],
    ),
    "an empty .sql file": (
        {"bi__questions.sql": ""},
        ["bi__questions.sql cannot be read", "must hold one select"],
    ),
    "a .sql file that is more than a select": (
        {"bi__dashboards.sql": "drop table x; select 1"},
        ["bi__dashboards.sql cannot be read", "must hold one select"],
    ),
    "a workbook that is none": (
        {"devices__diagnoses.xlsx": b"PK"},
        ["devices__diagnoses.xlsx cannot be read as a workbook", "Save it again"],
    ),
    "a Parquet file that is none": (
        {"app__products.parquet": b"PAR1 not really"},
        ["app__products.parquet cannot be read", "Write the file again"],
    ),
    "a reference table with a bad value": (
        {
            "reference__tolerances.csv": b"raw_table,max_rejected_share,reason\ndefault,5 percent,why\n"
        },
        [
            "reference__tolerances.csv",
            "column max_rejected_share",
            "'5 percent' is not a double",
            "Correct",
        ],
    ),
    "a rule with more digits than its type": (
        {
            "reference__channel_rules.csv": b"rule_order,channel,utm_source_pattern,utm_medium_pattern,"
            b"referrer_pattern,reason\n1.5,paid,,,,why\n"
        },
        [
            "reference__channel_rules.csv, row 1, column rule_order: '1.5' has more digits than integer holds. Round"
        ],
    ),
    "a reference table with a row twice": (
        {
            "reference__fixed_rates.csv": b"currency,rate_date,usd_rate,reason\nKRW,2026-01-01,1,a\nKRW,2026-01-02,2,b\n"
        },
        ["reference__fixed_rates.csv, rows 1 and 2: both have currency 'KRW'. Keep one of them."],
    ),
    "a reference table without a column": (
        {"reference__brand_names.csv": b"brand,name\nscoot,Scoot\n"},
        ["reference__brand_names.csv lacks the column brand_name", "It has: brand, name"],
    ),
}


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """What one run says of a folder in which every file is broken in a way of its own."""
    folder = tmp_path_factory.mktemp("stopped")
    files = {name: content for broken, _ in STOPS.values() for name, content in broken.items()}
    (folder / "raw").mkdir()
    (folder / "raw" / "exposures_export.csv").write_text(
        "exposure_id,experiment_id,variant,exposed_at\n1E5,x,a,2026-01-01\n10E4,x,b,2026-01-01\n"
    )
    sql = files["experiments__exposures.sql"].format(folder=folder / "raw")
    files["experiments__exposures.sql"] = sql
    return build(
        folder / "warehouse.duckdb",
        write_folder(folder / "raw", files),
        select="resource_type:seed",
        tests=False,
        check=False,
    )


@pytest.mark.parametrize("case", STOPS)
def test_a_broken_file_stops_with_a_message(stopped, case):
    _, words = STOPS[case]
    messages = [
        m
        for m in stopped.output.split("Error in seed ")[1:]
        if all(word in m.split("\n\n")[0] for word in words)
    ]
    assert stopped.code == 1
    assert "Traceback" not in stopped.output
    assert messages, f"no message holds {words}:\n{stopped.output}"


def test_only_the_broken_tables_stop(stopped):
    broken = {name.split(".")[0] for files, _ in STOPS.values() for name in files}
    assert stopped.output.count("Error in seed ") == len(broken)


NOT_READ = {
    "no table's name": (
        {"orders.csv": ORDERS},
        ["orders.csv is not read", "has no app__orders.csv"],
    ),
    "capitals": ({"App__Orders.CSV": ORDERS}, ["App__Orders.CSV is not read", "Name the file so"]),
    "other words": (
        {"umsatz.csv": b"a", "notes.txt": b"b"},
        ["no table of facts", "notes.txt, umsatz.csv"],
    ),
    "products only": (
        {"app__products.csv": b"a"},
        ["no table of facts", "It has: app__products.csv"],
    ),
    "empty": ({}, ["no table of facts", "It is empty", "Call each file as its table"]),
}


@pytest.mark.parametrize("case", NOT_READ)
def test_a_folder_that_cannot_be_read_stops_with_one_message(tmp_path, case):
    files, words = NOT_READ[case]
    folder = write_folder(tmp_path / "raw", files)
    run = build(tmp_path / "warehouse.duckdb", folder, select="+stg_app__orders", check=False)
    assert run.code
    assert "Traceback" not in run.output
    # A message of a hook comes twice here: the tests' own server of dbt repeats it.
    assert run.output.count(words[0]) in (1, 2)
    said = doctor(tmp_path / "none/warehouse.duckdb", folder)
    for word in words:
        assert word in run.output and word in said


def test_a_folder_that_is_not_there_stops_with_one_message(tmp_path):
    run = build(tmp_path / "warehouse.duckdb", tmp_path / "nowhere", check=False)
    assert run.code and "nowhere does not exist" in run.output
    assert "Traceback" not in run.output and run.output.count("does not exist") in (1, 2)


def test_too_many_rejected_rows_stop_with_one_message(tmp_path):
    folder = write_folder(
        tmp_path / "raw", {name: MESSY[name] for name in MESSY if name.startswith("app__")}
    )
    run = build(
        tmp_path / "warehouse.duckdb",
        folder,
        select="+stg_app__order_items",
        check=False,
    )
    assert run.code == 1
    assert "Traceback" not in run.output
    messages = [
        m.split("\n\n")[0]
        for m in run.output.split("Error in model ")[1:]
        if "order_items" in m.split("\n")[0]
    ]
    assert len(messages) == 1, run.output
    for word in (
        "app.order_items",
        "file app__order_items",
        "8 of 14",
        "line 13",
        "Correct the file",
    ):
        assert word in messages[0], messages


def doctor(database, folder) -> str:
    """What `make doctor` prints."""
    run = subprocess.run(
        [sys.executable, PROJECT / "tools" / "doctor.py"],
        env=os.environ | {"GROUNDWORK_RAW": str(folder), "GROUNDWORK_DB": str(database)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not run.stderr
    assert run.returncode == ("This stops a build" in run.stdout)
    return run.stdout


def test_doctor_names_every_broken_file(stopped, tmp_path):
    files = {name: content for broken, _ in STOPS.values() for name, content in broken.items()}
    said = doctor(tmp_path / "warehouse.duckdb", write_folder(tmp_path / "raw", files))
    for name in files:
        assert name in said or name.startswith(("app__order_items", "reference__")), name
    for words in (
        "This stops a build",
        "lacks the column status",
        "no build yet",
        "Keep one of them",
    ):
        assert words in said


def test_doctor_of_a_folder_that_is_not_there(tmp_path):
    said = doctor(tmp_path / "warehouse.duckdb", tmp_path / "nowhere")
    assert "nowhere does not exist" in said and "Set GROUNDWORK_RAW" in said


def test_doctor_says_what_the_last_build_made_of_it(messy):
    folder = messy.parent / "a user's raw files"
    (folder / "orders.csv").write_bytes(b"order_id")
    said = doctor(messy, folder)
    for words in (
        "app__customers                         21 rows   app__customers.csv",
        "ignored: loyalty_tier",
        "lacks, and may: phone",
        "support__tickets             no contacts",
        "but no raw or reference table is called so\n  orders.csv",
        "42 rejected",
        "app__orders                         1   status not accepted: 'shipped' in the row bad_status",
        "birth_date not a date: the row bad_date",
        "brand is not in reference.brand_names, for example atlantis",
        "page_viewed                         1   events that are not in the plan",
    ):
        assert words in said, f"{words}\n{said}"
    assert "31/12/1999" not in said, "values of personal columns are not shown"
