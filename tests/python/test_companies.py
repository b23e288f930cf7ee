"""Three companies bring their exports as they are, by `make adopt`: a shop (KRW and USD, Google Ads, Meta, GA4),
subscriptions by Stripe, and a Korean shop (xlsx, CP949, semicolons, titles, Naver).

Their totals were worked out beside the warehouse, when the exports were made (truth.json). What each writes itself is
two reference files of two lines, and a setting.
"""

import csv
import json
from collections import defaultdict
from decimal import Decimal

import adopt
import pytest
from korean_shop import write_korean_shop
from warehouse import PROJECT, build, query, write_raw

COMPANIES = PROJECT / "tests" / "python" / "companies"
# Round rates: what is in won can be read back from dollars exactly.
RATES = {
    "reference__fixed_rates": "currency,rate_date,usd_rate,reason\nKRW,2024-01-01,0.001,round",
    "reference__tolerances": "raw_table,max_rejected_share,reason\ndefault,0,nothing is rejected",
}
WON = Decimal("0.001")


def made(tmp_path_factory, name: str, systems: list[str], exports, select: str, **variables):
    """The warehouse of a company's exports."""
    folder = tmp_path_factory.mktemp(name)
    raw = write_raw(folder / "raw", RATES)
    adopt.run(systems, str(exports), str(raw), with_doctor=False)
    database = folder / "warehouse.duckdb"
    build(database, raw, select=select, tests=False, variables=variables or None)
    return database


def truth(name: str) -> dict:
    return json.loads((COMPANIES / name / "truth.json").read_text(encoding="utf-8"))


def by_month(database, column: str, table: str, day: str, where: str = "true") -> dict:
    """{month: {currency: amount in its own currency}}"""
    found: dict = defaultdict(dict)
    for month, currency, amount in query(
        database,
        f"select strftime({day}, '%Y-%m'), currency, sum({column}) from {table} where {where} group by all",
    ):
        found[month][currency] = amount / (WON if currency == "KRW" else 1)
    return dict(found)


CLOCKS = {"utc": "UTC", "kst": "Asia/Seoul"}


@pytest.fixture(scope="module", params=CLOCKS)
def shop(request, tmp_path_factory):
    clock = request.param
    select = "+orders +order_items +refunds +campaign_days +sessions"
    systems = ["shopify", "google_ads", "meta_ads", "ga4"]
    exports = COMPANIES / "shop" / "exports"
    return clock, made(
        tmp_path_factory, "shop", systems, exports, select, reporting_timezone=CLOCKS[clock]
    )


def test_shop_sells_what_its_export_says(shop):
    clock, database = shop
    planted = truth("shop")
    assert query(database, "select count(*), count(*) filter (is_paid) from core.orders") == [
        (planted["orders"], planted["paid_orders"])
    ]
    assert query(database, "select count(*) from core.order_items") == [(planted["lines"],)]
    assert query(
        database, "select count(*) from core.orders where is_paid and customer_id is null"
    ) == [(planted["guest_paid"],)]
    assert (
        dict(
            query(
                database,
                "select strftime(revenue_date, '%Y-%m'), count(*) from core.orders where is_paid group by all",
            )
        )
        == planted["paid_by_month"][clock]
    )
    expected = {
        month: {currency: Decimal(str(amount)) for currency, amount in amounts.items()}
        for month, amounts in planted["revenue"][clock].items()
    }
    assert by_month(database, "revenue", "core.orders", "revenue_date", "is_paid") == expected


def test_guests_are_no_new_customers(shop):
    clock, database = shop
    assert (
        dict(
            query(
                database,
                "select strftime(revenue_date, '%Y-%m'), count(*) from core.orders where is_first_order group by all",
            )
        )
        == truth("shop")["new_customers"][clock]
    )


def test_what_the_shop_gives_back_is_revenue_without_tax_and_shipping(shop):
    _, database = shop
    planted = truth("shop")["refunded"]
    refunded = defaultdict(Decimal)
    revenue_part = defaultdict(Decimal)
    export = COMPANIES / "shop" / "exports" / "orders_export_1.csv"
    with open(export, encoding="utf-8-sig", newline="") as opened:
        for row in csv.DictReader(opened):
            if row["Financial Status"] and Decimal(row["Refunded Amount"]):
                amount = Decimal(row["Refunded Amount"])
                refunded[row["Currency"]] += amount
                share = Decimal(row["Subtotal"]) / Decimal(row["Total"])
                revenue_part[row["Currency"]] += amount * share
    assert {currency: round(float(amount), 2) for currency, amount in refunded.items()} == {
        currency: round(float(amount), 2) for currency, amount in planted.items()
    }
    found = query(
        database,
        "select currency, sum(refund_amount), sum(refunded_revenue) from core.refunds group by currency",
    )
    for currency, amount, part in found:
        rate = WON if currency == "KRW" else Decimal(1)
        assert amount == refunded[currency] * rate
        assert float(part) == pytest.approx(float(revenue_part[currency] * rate), abs=1e-4)


def test_shops_spend_and_visits(shop):
    """A platform's day is its own, and the clock of the report cuts no session: the same on both."""
    _, database = shop
    planted = truth("shop")
    spend = {
        (platform, month): amount
        for platform, month, amount in query(
            database,
            "select currency, strftime(performance_date, '%Y-%m'), sum(billed_spend)"
            " from growth.campaign_days where is_reported group by all",
        )
    }
    for month, amount in planted["google_spend_usd"].items():
        assert float(spend["USD", month]) == pytest.approx(amount, abs=0.005)
    for month, amount in planted["meta_spend_krw"].items():
        assert float(spend["KRW", month]) == amount
    assert query(database, "select count(*) from core.events") == [(planted["events"],)]
    assert query(database, "select count(*) from core.sessions") == [(planted["sessions"],)]


@pytest.fixture(scope="module")
def subscriptions(tmp_path_factory):
    return made(
        tmp_path_factory,
        "subscriptions",
        ["stripe"],
        COMPANIES / "subscriptions" / "exports",
        "+orders +refunds +disputes +mrr_movements +customers",
        as_of="2025-12-31",
    )


def test_subscriptions_bring_what_stripe_says(subscriptions):
    planted = truth("subscriptions")
    assert query(subscriptions, "select count(*), count(*) filter (is_paid) from core.orders") == [
        (planted["invoices"], planted["paid_invoices"])
    ]
    expected = {
        month: {
            currency.upper(): Decimal(amount) / (1 if currency == "krw" else 100)
            for currency, amount in amounts.items()
        }
        for month, amounts in planted["paid_net_minor"].items()
    }
    assert by_month(subscriptions, "revenue", "core.orders", "revenue_date", "is_paid") == expected
    refunds = dict(
        query(subscriptions, "select currency, sum(refund_amount) from core.refunds group by all")
    )
    assert refunds == {
        "KRW": Decimal(planted["refunds_minor"]["krw"]) * WON,
        "USD": Decimal(planted["refunds_minor"]["usd"]) / 100,
    }
    assert query(subscriptions, "select count(*) from core.disputes") == [(planted["disputes"],)]


def test_recurring_revenue_at_each_month_end(subscriptions):
    found = dict(
        query(
            subscriptions,
            "select strftime(month, '%Y-%m'), sum(closing_mrr) from core.mrr_movements group by all",
        )
    )
    expected = {
        month: Decimal(amounts.get("usd", 0)) / 100 + Decimal(amounts.get("krw", 0)) * WON
        for month, amounts in truth("subscriptions")["mrr_minor_before_coupons"].items()
    }
    assert {month: found[month] for month in expected} == expected


@pytest.fixture(scope="module")
def korean(tmp_path_factory):
    exports = tmp_path_factory.mktemp("korean_exports")
    planted = write_korean_shop(exports)
    database = made(
        tmp_path_factory,
        "korean",
        ["orders_xlsx", "naver_ads"],
        exports,
        "+orders +order_items +refunds +campaign_days",
        source_timezone="Asia/Seoul",
        reporting_timezone="Asia/Seoul",
        reporting_currency="KRW",
    )
    return database, planted


def test_korean_shop_sells_what_its_lists_say(korean):
    database, planted = korean
    assert query(database, "select count(*) from core.orders") == [(planted["orders"],)]
    assert query(database, "select count(*) from core.order_items") == [(planted["lines"],)]
    for figure, sql in {
        "paid orders": "select strftime(revenue_date, '%Y-%m'), count(*) from core.orders where is_paid group by all",
        "revenue": "select strftime(revenue_date, '%Y-%m'), sum(revenue) from core.orders where is_paid group by all",
        "new customers": "select strftime(revenue_date, '%Y-%m'), count(*) from core.orders where is_first_order group by all",
        "refunds": "select strftime(refunded_date, '%Y-%m'), sum(refund_amount) from core.refunds group by all",
        "spend": """select strftime(performance_date, '%Y-%m'), sum(billed_spend) from growth.campaign_days
            where is_reported group by all""",
    }.items():
        assert dict(query(database, sql)) == planted[figure], figure
