"""Adapters: each system's sample adds up to what was counted by hand (totals.yml), alone and all in one folder; what a
reader without the adapter would count; and what adopt does with files that are not what it looks for."""

import json
import re
import shutil
import subprocess
import sys

import adopt
import adopted_totals
import duckdb
import landing
import pytest
import yaml
from warehouse import PROJECT, build, query, write_raw

SYSTEMS = adopt.systems()
UTC = {"source_timezone": "UTC", "reporting_timezone": "UTC"}


def known(system: str) -> dict:
    return yaml.safe_load((adopt.ADAPTERS / system / "totals.yml").read_text(encoding="utf-8"))


def rounded(totals: dict) -> dict:
    return {
        figure: {
            month: {currency: round(float(value), 2) for currency, value in amounts.items()}
            for month, amounts in months.items()
        }
        for figure, months in totals.items()
    }


def added(totals: list[dict]) -> dict:
    sums: dict = {}
    for system in totals:
        for figure, months in system.items():
            for month, amounts in months.items():
                for currency, value in amounts.items():
                    place = sums.setdefault(figure, {}).setdefault(month, {})
                    place[currency] = place.get(currency, 0) + value
    return sums


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """The samples of all systems, adopted into one folder: it, and a connection with each system's part of each table
    (shopify__app__orders) and all of a table together (app__orders)."""
    folder = tmp_path_factory.mktemp("adapters")
    for system in SYSTEMS:
        shutil.copytree(adopt.ADAPTERS / system / "sample", folder / "samples" / system)
    connection = duckdb.connect()
    said, _ = adopt.run(
        SYSTEMS,
        str(folder / "samples"),
        str(folder / "raw"),
        with_doctor=False,
        connection=connection,
    )
    for table, parts in parts_of(folder).items():
        selects = " union all by name ".join(f"select * from {system}__{table}" for system in parts)
        connection.execute(f"create temp table {table} as {selects}")
    return folder, connection, "\n".join(said)


def parts_of(folder) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for file in sorted((folder / "raw" / adopt.KEPT).glob("*/*.sql")):
        found.setdefault(file.stem, []).append(file.parent.name)
    return found


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_sample_adds_up(system, everything):
    folder, connection, _ = everything
    tables = {
        table: f"{system}__{table}" for table, parts in parts_of(folder).items() if system in parts
    }
    assert set(tables) == set(adopt.adapter_of(system)["fills"])
    assert rounded(adopted_totals.totals(connection, tables, UTC)) == rounded(known(system))


def test_a_table_of_several_systems_holds_them_all(everything):
    folder, connection, said = everything
    for table in ("ads__daily_performance", "support__tickets", "events__events"):
        content = landing.content_of(connection, str(folder / "raw" / f"{table}.sql"))
        columns = ", ".join(column.source for column in content.columns.values())
        assert connection.execute(
            f"select (select count(*) from {table}), count(*) from (select {columns} from {content.reader} "
            f"intersect all select {columns} from {table})"
        ).fetchall() == [
            (count := connection.execute(f"select count(*) from {table}").fetchone()[0], count)
        ]
    assert "ads__campaigns.sql holds google_ads and meta_ads and naver_ads" in said


@pytest.mark.slow
def test_all_systems_add_up_when_landed(everything):
    folder, _, _ = everything
    database = folder / "warehouse.duckdb"
    build(database, folder / "raw", command="seed")
    with duckdb.connect(str(database), read_only=True) as connection:
        tables = {table: f"raw.raw_{table}" for table in parts_of(folder)}
        found = adopted_totals.totals(connection, tables, UTC)
    assert rounded(found) == rounded(added([known(system) for system in SYSTEMS]))


# What a reader of the bare export counts, and what is true: (system, SQL over the sample, naive, true).
NAIVE = {
    "a line is an order": (
        "shopify",
        "select count(*) from read_csv('orders_export_*.csv', all_varchar = true)",
        "select count(*) from shopify__app__orders",
        12,
        7,
    ),
    "the total is revenue": (
        "shopify",
        """select sum("Total"::double) from read_csv('orders_export_*.csv', all_varchar = true)
        where "Financial Status" = 'paid' and "Currency" = 'USD'""",
        """with paid as (
            select * from shopify__app__orders where currency = 'USD' and status in ('paid', 'fulfilled')
        )
        select sum(quantity::int * unit_price) - (select sum(discount_amount) from paid)
        from shopify__app__order_items where item_type = 'goods' and order_id in (select order_id from paid)""",
        235,
        70,
    ),
    "the discount is of the goods, free shipping too": (
        "shopify",
        """select "Discount Amount"::double from read_csv('orders_export_2.csv', all_varchar = true) where "Name" = '#1003'
        and "Total" is not null""",
        "select discount_amount from shopify__app__orders where order_id = '#1003'",
        4,
        0,
    ),
    "order_total on each row of an order": (
        "woocommerce",
        """select sum(order_total::double) from read_csv('orders-export-2025-03.csv', all_varchar = true)
        where status = 'completed'""",
        "select 36 + 4",
        97.2,
        40,
    ),
    "won have cents": (
        "stripe",
        "select sum(subtotal::double - discount_amount::double) / 100 from read_csv('invoices.csv', all_varchar = true) where currency = 'krw'",
        "select sum(quantity * unit_price) - 120000 from stripe__app__order_items where order_id = 'in_3'",
        1200,
        120000,
    ),
    "a year's price is a month's": (
        "stripe",
        "select sum(plan_amount::double) from read_csv('subscriptions.csv', all_varchar = true) where currency = 'krw'",
        "select sum(monthly_amount) from stripe__app__subscription_changes where currency = 'KRW'",
        240000,
        20000,
    ),
    "a trial is an order": (
        "stripe",
        "select count(*) from read_csv('invoices.csv', all_varchar = true) where status = 'paid'",
        "select count(*) from stripe__app__orders where subscription_id is not null and paid_at is not null",
        5,
        4,
    ),
    "a failed refund is one": (
        "stripe",
        "select count(*) from read_csv('refunds.csv', all_varchar = true)",
        "select count(*) from stripe__payments__refunds where status = 'succeeded'",
        2,
        1,
    ),
    "lines of totals are spend": (
        "google_ads",
        """select sum(replace("Cost", ',', '')::double)
        from read_csv('Campaign report.csv', all_varchar = true, skip = 2)""",
        "select sum(spend) from google_ads__ads__daily_performance where performance_date < '2025-02-01'",
        3113.25,
        1037.75,
    ),
    "the line above the campaigns is spend": (
        "meta_ads",
        """select sum(replace("Amount spent (KRW)", ',', '')::double) from read_csv('Ads*.csv', all_varchar = true)""",
        "select sum(spend) from meta_ads__ads__daily_performance",
        91000,
        45500,
    ),
    "what intraday said counts beside the day": (
        "ga4",
        """select (select count(*) from read_parquet('*.parquet')) + (select count(*) from read_json_objects('*.json'))""",
        "select count(distinct event_id) from ga4__events__events",
        11,
        9,
    ),
    "traffic_source is the visit's": (
        "ga4",
        "select count(*) from read_parquet('*.parquet') where traffic_source.source = 'newsletter'",
        "select count(*) from ga4__events__events where utm_source = 'newsletter'",
        6,
        0,
    ),
    "a call sent again is another": (
        "segment",
        "select count(*) from read_json_objects('*.json.gz')",
        "select count(distinct event_id) from segment__events__events",
        7,
        5,
    ),
    "an event sent again is another": (
        "snowplow",
        "select count(*) from read_csv('*.tsv', delim = '\\t', quote = '', header = false)",
        "select count(distinct event_id) from snowplow__events__events",
        5,
        4,
    ),
    "a ticket in two exports is two": (
        "zendesk",
        "select count(*) from read_csv('tickets*.csv', all_varchar = true)",
        "select count(*) from zendesk__support__tickets",
        4,
        3,
    ),
}


@pytest.mark.parametrize("reading", NAIVE)
def test_what_a_bare_reading_gets_wrong(reading, everything, monkeypatch):
    system, naive, right, wrong, true = NAIVE[reading]
    monkeypatch.chdir(adopt.ADAPTERS / system / "sample")
    assert float(duckdb.sql(naive).fetchone()[0]) == pytest.approx(wrong)
    assert float(everything[1].execute(right).fetchone()[0]) == pytest.approx(true)
    assert wrong != true


def test_no_key_is_an_address(everything):
    _, connection, _ = everything
    for table in ("app__customers", "app__orders", "events__events", "support__tickets"):
        keys = query(connection, f"select distinct customer_id from {table}")
        assert keys and not [key for (key,) in keys if key and "@" in key], table
    assert query(connection, "select count(*) from app__orders where customer_id is null") != [(0,)]


def test_a_person_is_the_same_in_every_system(everything):
    """Shopify's buyer, GA4's user_id and Zendesk's requester are one customer, however the address is typed."""
    _, connection, _ = everything
    ((key,),) = query(
        connection,
        "select distinct customer_id from app__orders where order_id in ('#1001', '#1003')",
    )
    assert query(
        connection,
        f"""select (select count(*) from events__events where customer_id = '{key}'),
            (select count(*) from support__tickets where customer_id = '{key}')""",
    ) == [(1, 1)]


def test_what_is_known_of_visits(everything):
    _, connection, _ = everything
    assert query(
        connection,
        """select event_name, click_id, utm_source, utm_campaign, page_path, device_type, session_id is not null
        from events__events where page_path = '/' and utm_source is not null order by all""",
    ) == [
        ("page_view", "gclid=z", "google", "Brand", "/", "mobile", True),
        ("page_viewed", "n_media=1", "naver", "봄", "/", "mobile", False),
        ("session_start", "gclid=abc", "google", "Brand", "/", "mobile", True),
    ]
    ((properties,),) = query(
        connection,
        "select properties from events__events where event_name = 'purchase' and properties like '%1001%'",
    )
    assert json.loads(properties)["order_id"] == "#1001"
    ((properties,),) = query(
        connection,
        "select distinct properties from events__events where event_name = 'add_to_cart'",
    )
    assert json.loads(properties) == {"sku": "MUG", "note": 'say "hi"'}
    assert query(
        connection, "select count(*) from events__events where is_robot in ('true', true)"
    ) == [(1,)]


def adopted(tmp_path, systems, exports, target="raw"):
    said, stops = adopt.run(systems, str(exports), str(tmp_path / target), with_doctor=False)
    return "\n".join(said), stops


def texts(folder) -> dict:
    return {
        file.name: file.read_text("utf-8") for file in sorted(folder.iterdir()) if file.is_file()
    }


HEADINGS = "Day,Campaign,Campaign ID,Clicks,Cost\n"


def reports(tmp_path, **files):
    """Small reports of Google Ads, by name."""
    for name, rows in files.items():
        file = tmp_path / "exports" / f"{name}.csv"
        file.parent.mkdir(exist_ok=True)
        file.write_text(HEADINGS + rows, encoding="utf-8")
    return tmp_path / "exports"


def test_running_again_changes_nothing_and_new_exports_are_found(tmp_path):
    exports = reports(tmp_path, report_1="2025-01-01,Brand,111,3,10.00\n")
    adopted(tmp_path, ["google_ads"], exports)
    before = texts(tmp_path / "raw")
    adopted(tmp_path, ["google_ads"], exports)
    assert texts(tmp_path / "raw") == before
    reports(tmp_path, report_2="2025-01-01,Brand,111,3,12.00\n2025-01-02,Brand,111,1,5.00\n")
    connection = duckdb.connect()
    file = str(tmp_path / "raw" / "ads__daily_performance.sql")
    reader = landing.content_of(connection, file).reader
    assert connection.execute(
        f"select performance_date::varchar, spend from {reader} order by 1"
    ).fetchall() == [("2025-01-01", 12), ("2025-01-02", 5)]


def test_what_the_user_wrote_stays(tmp_path):
    exports = reports(tmp_path, report_1="2025-01-01,Brand,111,3,10.00\n")
    write_raw(tmp_path / "raw", {"ads__daily_performance": "campaign_id,performance_date"})
    adopted(tmp_path, ["google_ads"], exports)
    changed = tmp_path / "raw" / "ads__campaigns.sql"
    changed.write_text("select 'mine' as campaign_id", encoding="utf-8")
    said, _ = adopted(tmp_path, ["google_ads"], exports)
    assert changed.read_text("utf-8") == "select 'mine' as campaign_id"
    assert not (tmp_path / "raw" / "ads__daily_performance.sql").exists()
    assert "ads__campaigns.sql was not written by adopt, or was changed since: it stays." in said
    assert "ads__daily_performance.csv is yours and stays." in said
    assert (tmp_path / "raw" / ".adopted" / "wanted" / "ads__campaigns.sql").exists()


def test_what_is_lacking_is_named_with_its_cost(tmp_path):
    exports = reports(tmp_path, report_1="2025-01-01,Brand,111,3,10.00\n")
    said, stops = adopted(tmp_path, ["google_ads"], exports)
    assert "lacks Impr.: no impressions" in said
    assert "every amount is taken to be in USD (reporting_currency)" in said
    assert not stops


def test_keys_of_two_systems_that_are_alike_are_told(tmp_path):
    exports = reports(tmp_path, report_1="2025-01-01,Brand,111,3,10.00\n")
    (exports / "meta.csv").write_text(
        "Day,Campaign name,Campaign ID,Amount spent (KRW)\n2025-01-01,Summer,111,5000\n"
    )
    adopted(tmp_path, ["google_ads"], exports)
    said, _ = adopted(tmp_path, ["meta_ads"], exports)
    assert "ads__campaigns: 1 keys come from google_ads and meta_ads alike, for example 111" in said


@pytest.mark.parametrize(
    ("system", "source", "words"),
    [
        ("shopfy", "exports", ["There is no adapter shopfy. Did you mean shopify?", "woocommerce"]),
        ("", "exports", ["SYSTEM is empty"]),
        ("shopify", "nowhere", ["does not exist"]),
        ("shopify", "", ["FROM is empty"]),
        ("shopify", "empty", ["holds no export", "It is empty"]),
        ("shopify", "pictures", ["holds no export", "cat.png"]),
        (
            "shopify",
            "near",
            [
                "Looked for the orders export with Name, Financial Status",
                "Nearest is",
                "it lacks Financial Status",
            ],
        ),
        ("shopify", "google", ["There are exports of google_ads."]),
        ("shopify", "raw", ["are the same folder"]),
    ],
)
def test_what_cannot_be_adopted_is_told(tmp_path, system, source, words):
    for folder in ("exports", "empty", "pictures", "near", "google", "raw"):
        (tmp_path / folder).mkdir()
    (tmp_path / "pictures" / "cat.png").write_bytes(b"x")
    near = "Name,Email,Created at,Lineitem quantity,Lineitem price\n#1,a@x.com,2025-01-01,1,10\n"
    (tmp_path / "near" / "orders.csv").write_text(near)
    shutil.copy(
        adopt.ADAPTERS / "google_ads" / "sample" / "Campaign report.csv", tmp_path / "google"
    )
    with pytest.raises(adopt.Refused) as refused:
        adopt.run([system], str(tmp_path / source) if source else "", str(tmp_path / "raw"))
    for word in words:
        assert word in str(refused.value)
    assert not list((tmp_path / "raw").iterdir())


def test_make_adopt(tmp_path):
    """The program itself: what it says, doctor's words, and its exit codes."""
    sample = adopt.ADAPTERS / "naver_ads" / "sample"

    def run(*words):
        return subprocess.run(
            [sys.executable, PROJECT / "tools" / "adopt.py", *map(str, words)],
            cwd=PROJECT, capture_output=True, text=True, check=False,
        )  # fmt: skip

    done = run("--system", "naver_ads", "--from", sample, "--to", tmp_path / "raw")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "They fill ads__campaigns, ads__daily_performance" in done.stdout
    assert "spend 26,400 KRW" in done.stdout
    assert re.search(r"ads__daily_performance +4 rows", done.stdout)
    wrong = run("--system", "shopfy", "--from", sample, "--to", tmp_path / "raw")
    assert wrong.returncode == 2
    assert "Traceback" not in wrong.stderr
    assert "Did you mean shopify?" in wrong.stderr
