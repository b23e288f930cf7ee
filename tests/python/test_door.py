"""What happens to values at the door: each is kept as it came or rejected with a reason, and none is bent on its way."""

import re

import duckdb
import pytest
from warehouse import PROJECT, build, query, write_raw

TOLERANT = "raw_table,max_rejected_share,reason\ndefault,1,nothing stops here"
CUSTOMERS = """\
customer_id,brand,country_code,created_at,birth_date,updated_at,_loaded_at
007,b,US,2025-01-01,1901-05-06,2025-01-01,2025-03-01
김,b,대한민국,2025-01-01,,2025-01-01,2025-03-01
zero\u200b,b, south korea ,2025-01-01,,2025-01-01,2025-03-01
shut\ufeff,b,gbr,2025-01-01,,2025-01-01,2025-03-01
nobreak\u00a0,b,Côte d’Ivoire,2025-01-01,,2025-01-01,2025-03-01
atlantis,b,Atlantis,2025-01-01,,2025-01-01,2025-03-01
letters,b,ZZ,2025-01-01,,2025-01-01,2025-03-01
short,b,KR,25-01-01,,2025-01-01,2025-03-01
slashes,b,KR,25/01/01 10:00:00,,2025-01-01,2025-03-01
old,b,KR,1989-12-31,,2025-01-01,2025-03-01
born,b,KR,2025-01-01,1899-12-31,2025-01-01,2025-03-01
unborn,b,KR,2025-01-01,2052-01-01,2025-01-01,2025-03-01
changed,b,KR,2025-01-01,,2031-01-01,2025-03-01
several,all,Nowhere,99-01-01,soon,2025-01-01,2025-03-01
kept,b,KR,2025-01-01,,2025-01-01,2025-03-01
kept,b,Nowhere,2025-01-01,,2025-02-01,2025-03-02
mended,b,Nowhere,2025-01-01,,2025-01-01,2025-03-01
mended,b,KR,2025-01-01,,2025-02-01,2025-03-02
tied,b,KR,2025-01-01,,2025-01-01,2025-03-01
tied,b,KR,2025-01-01,31/12/1999,2025-01-01,2025-03-01
unread,b,KR,2025-01-01,,2025-01-01,2025-03-01
unread,b,KR,2025-01-01,,last week,2025-03-01
later,b,KR,2025-01-01,,2025-01-01,2025-03-03
"""
HEAD = "order_id,customer_id,ordered_at,paid_at,status,currency,promised_at,updated_at,_loaded_at"
ORDERS = f"""\
{HEAD}
o1,007\t,2025-02-01 10:00:00,2025-02-01 10:00:00,paid,USD,,2025-02-01 10:00:00,2025-03-01
o2,"007
",2025-02-01 10:00:00,2025-02-01 10:00:00,paid,USD,2026-12-31,2025-02-01 10:00:00,2025-03-01
o3,김,2025-02-01 10:00:00,2025-02-01 10:00:00,paid,USD,,2025-02-01 10:00:00,2025-03-01
o4,\u200bzero,2025-02-01 10:00:00,2025-02-01 10:00:00,paid,USD,,2025-02-01 10:00:00,2025-03-01
o5,\u3000shut\u200d,2025-02-01 10:00:00,2025-02-01 10:00:00,paid,USD,,2025-02-01 10:00:00,2025-03-01
paid25,007,2025-02-01 10:00:00,25-02-03 10:00:00,paid,USD,,2025-02-01 10:00:00,2025-03-01
paid_ahead,007,2025-02-01 10:00:00,2025-03-05 10:00:00,paid,USD,,2025-02-01 10:00:00,2025-03-01
tomorrow,007,2025-02-01 10:00:00,2025-03-01 22:00:00,paid,USD,,2025-02-01 10:00:00,2025-03-01
promised25,007,2025-02-01 10:00:00,,paid,USD,25-02-09,2025-02-01 10:00:00,2025-03-01
"""
ITEMS = """\
order_id,line_number,product_id,quantity,unit_price,_loaded_at
o1,1,p1,100000,0.00005,2025-03-01
o2,1,p1,1000000,0.000004,2025-03-01
o3,1,p1,3,0.1234567,2025-03-01
o3,2,p1,1,0.123456789,2025-03-01
o4,1,p1,1,0.30000000000000004,2025-03-01
o4,2,p1,1,5e-9,2025-03-01
o4,3,p1,9007199254740993.5,1,2025-03-01
o5,1,p1,1,1e2,2025-03-01
a/1,2,p1,1,1,2025-03-01
a,1/2,p1,1,1,2025-03-01
"""
# A table: the row's key, and all the reasons, or None where it is staged.
REASONS = {
    "app__customers": {
        "atlantis": "country_code: not accepted",
        "letters": "country_code: not accepted",
        "short": "created_at: not a plausible date",
        "slashes": "created_at: not a plausible date",
        "old": "created_at: not a plausible date",
        "born": "birth_date: not a plausible date",
        "unborn": "birth_date: in the future",
        "changed": "updated_at: in the future",
        "several": "brand: reserved; birth_date: not a date; country_code: not accepted; "
        "created_at: not a plausible date",
        "kept": "country_code: not accepted",
        "mended": "country_code: not accepted",
        "tied": "birth_date: not a date",
        "unread": "updated_at: not a timestamp",
    },
    "app__orders": {
        "paid25": "paid_at: not a plausible date",
        "paid_ahead": "paid_at: in the future",
        "promised25": "promised_at: not a plausible date",
    },
    "app__order_items": {
        "o3/2": "unit_price: more digits than 8",
        "o4/2": "unit_price: more digits than 8",
        "o4/3": "quantity: not an integer",
        "a/1\\/2": "line_number: not an integer",
    },
    "finance__exchange_rates": {"EUR/2025-02-01": "usd_rate: more digits than 20"},
    "payments__payments": {
        "p2": "amount: more digits than 8",
        "p3": "amount: more digits than 8",
        "p5": "billing_country_code: not accepted",
    },
}
RATES = "currency,rate_date,usd_rate\nKRW,2025-02-01,0.0007407407407407407\nEUR,2025-02-01,0.000000000123456789012345\n"
# Typed as other tools write it: ids that were guessed to be numbers, amounts as doubles and decimals.
PAYMENTS = """
    select
        'p' || number as payment_id, id::double as order_id, id::decimal(20, 2) as customer_id, id::hugeint as device_id,
        timestamp '2025-02-01 10:00:00' as attempted_at, amount, 'USD' as currency, 'succeeded' as outcome, place as
        billing_country_code
    from (values
        (1, 101, 0.1::double + 0.2::double, 'Republic of Korea'), (2, 102, 10.123456789::double, null), (3, 103, 1e-9::double, null),
        (4, 104, 19.99::double, 'UK'), (5, 9007199254740991, 1::double, 'Korea, X')
    ) as export(number, id, amount, place)
"""


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    folder = tmp_path_factory.mktemp("door")
    raw = write_raw(
        folder / "raw",
        {"app__customers": CUSTOMERS, "app__orders": ORDERS, "app__order_items": ITEMS, "reference__tolerances": TOLERANT,
         "finance__exchange_rates": RATES},
    )  # fmt: skip
    (raw / "reference__brand_names.csv").write_text(
        "brand,brand_name,brand_name_ko,business\n b\t,B\u200b,\ufeff,\n", encoding="utf-8"
    )
    duckdb.execute(f"copy ({PAYMENTS}) to '{raw}/payments__payments.parquet' (format parquet)")
    build(
        folder / "warehouse.duckdb", raw, select="+orders +products +path:models/vault", tests=False
    )
    return folder / "warehouse.duckdb"


@pytest.mark.parametrize("table", REASONS)
def test_what_cannot_be_kept_is_rejected_with_all_its_reasons(company, table):
    system, name = table.split("__")
    found = query(
        company,
        f"""select row_key, reasons from vault.rejected_rows
        where source_system = '{system}' and table_name = '{name}'""",
    )
    assert dict(found) == REASONS[table]
    assert len(found) == len(REASONS[table])


def test_ids_that_look_alike_are_one(company):
    orders = query(
        company,
        "select order_id, customer_id, brand from core.orders where order_id like 'o_' order by 1",
    )
    assert orders == [
        ("o1", "007", "b"), ("o2", "007", "b"), ("o3", "김", "b"), ("o4", "zero", "b"), ("o5", "shut", "b"),
    ]  # fmt: skip
    assert (
        query(company, "select missing_key from vault.orphaned_rows where table_name = 'orders'")
        == []
    )


def test_a_country_is_known_by_its_names(company):
    found = query(company, "select customer_id, country_code from staging.stg_app__customers")
    assert {key: code for key, code in found if key in ("007", "김", "zero", "shut", "nobreak", "mended")} == {
        "007": "US", "김": "KR", "zero": "KR", "shut": "GB", "nobreak": "CI", "mended": "KR",
    }  # fmt: skip
    assert query(
        company,
        "select payment_id, billing_country_code from staging.stg_payments__payments order by 1",
    ) == [("p1", "KR"), ("p4", "GB")]


def test_no_price_is_rounded(company):
    found = query(
        company,
        "select order_id, line_number, unit_price::varchar from staging.stg_app__order_items order by 1, 2",
    )
    assert found == [
        ("a/1", 2, "1.00000000"), ("o1", 1, "0.00005000"), ("o2", 1, "0.00000400"), ("o3", 1, "0.12345670"),
        ("o4", 1, "0.30000000"), ("o5", 1, "100.00000000"),
    ]  # fmt: skip
    revenue = "select order_id, {} from core.orders where order_id in ('o1', 'o2') order by 1"
    column = query(
        company, "select column_name from (describe core.orders) where column_name like 'revenue%'"
    )[0][0]
    assert query(company, revenue.format(f"{column}::double")) == [("o1", 5.0), ("o2", 4.0)]
    assert query(company, "select usd_rate::varchar from staging.stg_finance__exchange_rates") == [
        ("0.00074074074074074070",)
    ]


def test_an_id_that_came_as_a_number_is_a_whole_one(company):
    assert query(
        company, "select order_id, customer_id, device_id, amount::varchar from staging.validated_payments__payments order by payment_id"
    ) == [
        ("101", "101", "101", "0.30000000"), ("102", "102", "102", None), ("103", "103", "103", None),
        ("104", "104", "104", "19.99000000"), ("9007199254740991", "9007199254740991", "9007199254740991", "1.00000000"),
    ]  # fmt: skip


def test_a_rejected_newer_version_is_flagged(company):
    """`mended` is right again; of `tied` and `unread` nobody can say which version is the newer one."""
    assert query(
        company,
        "select table_name, row_key, rejected_count, reasons from vault.outdated_rows order by all",
    ) == [
        ("customers", "kept", 1, "country_code: not accepted"),
        ("customers", "tied", 1, "birth_date: not a date"),
        ("customers", "unread", 1, "updated_at: not a timestamp"),
    ]


def test_reference_tables_are_cleaned_too(company):
    assert query(company, "select brand, brand_name, brand_name_ko from reference.brand_names") == [
        ("b", "B", None)
    ]


def orders_and_lines(bad: int, price: int) -> dict[str, str]:
    """200 paid orders of 10, of which the last `bad` have a status of their own and cost `price`."""
    statuses = ["paid"] * (200 - bad) + ["voided", "pending", "voided"][:bad]
    orders = "".join(
        f"o{number},c,2025-01-02 10:00:00,2025-01-02 10:00:00,{status},USD,,,2025-01-03\n"
        for number, status in enumerate(statuses)
    )
    lines = "".join(
        f"o{number},1,p,1,{price if status != 'paid' else 10}\n"
        for number, status in enumerate(statuses)
    )
    return {
        "app__customers": "customer_id,country_code,created_at\nc,KR,2025-01-01\n",
        "app__orders": f"{HEAD}\n{orders}",
        "app__order_items": f"order_id,line_number,product_id,quantity,unit_price\n{lines}",
    }


@pytest.mark.parametrize(("price", "share"), [(1000, "60.36"), (10, None)])
def test_few_rows_of_much_money_stop(tmp_path, price, share):
    raw = write_raw(tmp_path / "raw", orders_and_lines(3, price))
    run = build(
        tmp_path / "warehouse.duckdb",
        raw,
        select="+validated_app__orders",
        tests=False,
        check=False,
    )
    assert run.code == (1 if share else 0), run.output
    if share:
        for words in (
            f"3 of 200 rows were rejected (1.5 %, with {share} % of the money)",
            "allowed are 2.0 % of the rows and 2.0 % of the money",
            "column status is not accepted in 3 rows: 'voided' 2, 'pending' 1",
            "(accepted: placed, paid, fulfilled, cancelled, refunded)",
            "Correct the file",
        ):
            assert words in run.output, run.output


def test_what_is_written_twice_is_the_same(monkeypatch):
    """Patterns that SQL and Python both need."""
    monkeypatch.syspath_prepend(str(PROJECT / "plugins"))
    monkeypatch.syspath_prepend(str(PROJECT / "tools"))
    import contracts
    import landing

    dialect = (PROJECT / "macros" / "dialect.sql").read_text()
    assert f"'^{landing.BLANKS}|{landing.BLANKS}$'" in dialect
    assert f"'{contracts.PERSONAL}'" in dialect


@pytest.mark.parametrize(
    ("key", "is_personal"),
    [
        ("user012@example.com", True), ("+82 10-1234-5678", True), ("010-1234-5678", True), ("01012345678", True),
        ("cus_0000012", False), ("12345678901234567890", False), ("2025-01-02/3", False), ("a@b", False),
    ],
)  # fmt: skip
def test_a_key_that_names_a_person_is_seen(monkeypatch, key, is_personal):
    monkeypatch.syspath_prepend(str(PROJECT / "tools"))
    import contracts

    assert bool(re.search(contracts.PERSONAL, key)) == is_personal
    assert duckdb.execute(
        "select regexp_matches($1, $2)", [key, contracts.PERSONAL]
    ).fetchone() == (is_personal,)


def test_keys_never_collide():
    """The macros key_of and readable_key on parts that hold their separators."""
    parts = [
        ("a", "b"),
        ("a/b", ""),
        ("a", "/b"),
        ("a/", "b"),
        ("a\\", "b"),
        ("a\\/b", "c"),
        ("a", "b/c"),
        ("a\\", "/b"),
    ]
    escaped = {
        "/".join(p.replace("\\", "\\\\").replace("/", "\\/") for p in pair) for pair in parts
    }
    assert len(escaped) == len(parts)
    made = duckdb.execute(
        "select count(distinct cast(to_json([x, y]) as varchar)) from (values ('a|b', 'c'), ('a', 'b|c'), ('a', null), "
        "('a', ''), (null, 'a'), ('a\",\"b', 'c')) as pairs(x, y)"
    )
    assert made.fetchone() == (6,)
