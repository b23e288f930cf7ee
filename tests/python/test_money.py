"""Money between a company's files and core: currencies, refunds, disputes, gift cards, guests, lines that came back."""

from decimal import Decimal

import pytest
from warehouse import build, query, write_raw

BRANDS = ["tax", "vat", "goodwill", "gift", "dispute", "failed", "lines", "guest", "won", "small"]
# order_id: brand, (quantity, unit price, item type) by line, discount, tax, shipping, currency; a guest has no customer.
ORDERS = {
    "whole": ("tax", [(1, "100", "goods")], 0, 20, 5, "USD"),
    "korean": ("vat", [(2, "5000", "goods")], 1000, 900, 3000, "KRW"),
    "half": ("goodwill", [(1, "60", "goods"), (2, "20", "goods")], 10, 9, 1, "USD"),
    "card": ("gift", [(1, "50", "gift_card")], 0, 0, 0, "USD"),
    "spent": ("gift", [(1, "80", "goods")], 0, 0, 0, "USD"),
    "mixed": ("gift", [(1, "30", "goods"), (1, "10", "deposit")], 0, 0, 0, "USD"),
    "charged_back": ("dispute", [(1, "200", "goods")], 0, 40, 10, "USD"),
    "won_back": ("dispute", [(1, "70", "goods")], 0, 0, 0, "USD"),
    "open": ("dispute", [(1, "30", "goods")], 0, 0, 0, "USD"),
    "not_refunded": ("failed", [(1, "10", "goods")], 0, 0, 0, "USD"),
    "taken_out": ("lines", [(1, "100", "goods"), (0, "20", "goods")], 0, 0, 0, "USD"),
    "exchange": ("lines", [(1, "100", "goods"), (-1, "30", "goods")], 0, 0, 0, "USD"),
    "all_back": ("lines", [(-2, "15", "goods")], 0, 0, 0, "USD"),
    "guest": ("guest", [(3, "1000", "goods")], 0, 0, 0, "USD"),
}
# refund_id: order, amount, tax, shipping, status
REFUNDS = {
    "r_whole": ("whole", "125", "", "", ""),
    "r_korean": ("korean", "12900", "", "", "succeeded"),
    "r_half": ("half", "50", "", "", "pending"),
    "r_said": ("half", "40", "4", "", ""),
    "r_card": ("card", "50", "", "", ""),
    "r_mixed": ("mixed", "20", "", "", ""),
    "r_failed": ("not_refunded", "10", "", "", "failed"),
}
DISPUTES = {"charged_back": ("250", "lost"), "won_back": ("70", "won"), "open": ("30", "")}
# brand: revenue, refunded revenue, revenue lost to disputes
EXPECTED = {
    "tax": ("100", "100", "0"),
    "vat": ("9.0", "9.0", "0"),
    # 50 of which 9 in 100 were tax and 1 in 100 shipping, and 36 without tax, of which 1 in 91 was shipping.
    "goodwill": ("90", "80.604396", "0"),
    "gift": ("110", "15", "0"),
    "dispute": ("300", "0", "200"),
    "failed": ("10", "0", "0"),
    "lines": ("140", "0", "0"),
    "guest": ("3000", "0", "0"),
    "won": ("100", "0", "0"),
}


def files(reporting_rates: str = "") -> dict[str, str]:
    """The company's raw files; 1,000 orders of ₩100 beside those above."""
    small = {
        f"small{number}": ("won", [(1, "100", "goods")], 0, 0, 0, "KRW") for number in range(1000)
    }
    orders = ORDERS | small
    day = "2025-05-10 10:00:00"
    return {
        "app__customers": "customer_id,brand,country_code,created_at\n"
        + "\n".join(f"c_{brand},{brand},KR,2025-01-01 00:00:00" for brand in BRANDS),
        "app__products": "product_id,brand,product_name,currency,list_price,updated_at\n"
        + "\n".join(f"p_{brand},{brand},P,USD,1,2025-01-01 00:00:00" for brand in BRANDS),
        "app__orders": "order_id,customer_id,ordered_at,paid_at,status,currency,discount_amount,tax_amount,shipping_amount\n"
        + "\n".join(
            f"{order},{'' if brand == 'guest' else 'c_' + brand},{day},{day},paid,{currency},{discount},{tax},{shipping}"
            for order, (brand, _, discount, tax, shipping, currency) in orders.items()
        ),
        "app__order_items": "order_id,line_number,product_id,quantity,unit_price,item_type\n"
        + "\n".join(
            f"{order},{number},p_{brand},{quantity},{price},{kind}"
            for order, (brand, lines, *_) in orders.items()
            for number, (quantity, price, kind) in enumerate(lines, 1)
        ),
        "payments__payments": "payment_id,order_id,customer_id,attempted_at,amount,currency,outcome\n"
        + "\n".join(
            f"m_{order},{order},,{day},{amount},USD,succeeded"
            for order, (amount, _) in DISPUTES.items()
        ),
        "payments__refunds": "refund_id,order_id,amount,tax_amount,shipping_amount,currency,status,refunded_at\n"
        + "\n".join(
            f"{refund},{order},{amount},{tax},{shipping},{ORDERS[order][5]},{status},2025-05-12 10:00:00"
            for refund, (order, amount, tax, shipping, status) in REFUNDS.items()
        ),
        "payments__disputes": "dispute_id,payment_id,reason,amount,currency,outcome,opened_at,closed_at\n"
        + "\n".join(
            f"d_{order},m_{order},fraud,{amount},USD,{outcome},2025-05-13 10:00:00,{'2025-05-20 10:00:00' if outcome else ''}"
            for order, (amount, outcome) in DISPUTES.items()
        ),
        "reference__fixed_rates": "currency,rate_date,usd_rate,reason\n"
        "KRW,2025-01-01,0.001,a round rate\nEUR,2025-01-01,1.25,a round rate",
        "reference__tolerances": "raw_table,max_rejected_share,reason\ndefault,0,nothing is rejected",
    }


AS_OF = {"as_of": "2025-06-30"}
SELECT = "+orders +order_items +refunds +disputes +customers +path:models/vault +core_metric_values"


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    folder = tmp_path_factory.mktemp("money")
    raw = write_raw(folder / "raw", files())
    database = folder / "warehouse.duckdb"
    build(database, raw, select=SELECT, variables=AS_OF)
    return database, raw


def by_brand(database) -> dict[str, tuple[Decimal, ...]]:
    return {
        brand: tuple(amounts)
        for brand, *amounts in query(
            database,
            """
            select brand, sum(revenue), sum(refunded), sum(lost)
            from (
                select brand, revenue, 0 as refunded, 0 as lost from core.orders
                union all
                select brand, 0, refunded_revenue, 0 from core.refunds
                union all
                select brand, 0, 0, lost_revenue from core.disputes
            )
            group by brand
            """,
        )
    }


def test_each_brand_has_the_revenue_that_a_person_works_out(company):
    expected = {
        brand: tuple(Decimal(amount) for amount in amounts) for brand, amounts in EXPECTED.items()
    }
    assert by_brand(company[0]) == expected


def test_net_revenue_takes_off_what_was_revenue_and_the_naive_query_does_not(company):
    values = dict(
        query(
            company[0],
            "select brand, value from core.core_metric_values where metric_name = 'net_revenue' "
            "and grain = 'month' and period_start = date '2025-05-01' and brand <> 'all'",
        )
    )
    assert values["tax"] == pytest.approx(0, abs=1e-9)
    assert values["vat"] == pytest.approx(0, abs=1e-9)
    assert values["dispute"] == pytest.approx(100, abs=1e-9)
    [(naive,)] = query(
        company[0],
        "select (select sum(revenue) from core.orders where brand = 'tax')"
        " - (select sum(refund_amount) from core.refunds where brand = 'tax')",
    )
    assert naive == -25


def test_a_guest_brings_revenue_and_no_customer(company):
    database, _ = company
    assert query(
        database,
        "select customer_id, is_first_order, revenue from core.orders where order_id = 'guest'",
    ) == [(None, False, 3000)]
    assert query(database, "select sum(order_count) from core.customers where brand = 'guest'") == [
        (0,)
    ]
    assert query(database, "select count(*) from vault.rejected_rows") == [(0,)]
    assert query(
        database, "select count(*) from vault.orphaned_rows where table_name = 'orders'"
    ) == [(0,)]


def test_gift_cards_are_owed_until_they_are_used(company):
    assert query(
        company[0],
        "select order_id, revenue, deferred_amount from core.orders where brand = 'gift' order by order_id",
    ) == [("card", 0, 50), ("mixed", 30, 10), ("spent", 80, 0)]


@pytest.mark.parametrize(
    ("currency", "small_orders", "whole"),
    [("KRW", Decimal(100_000), Decimal(100_000)), ("EUR", Decimal(80), Decimal(80))],
)
def test_amounts_are_in_the_reporting_currency(company, tmp_path, currency, small_orders, whole):
    """1,000 orders of ₩100 are ₩100,000, whatever a won is worth in dollars; in euros they are what the rates say."""
    _, raw = company
    database = tmp_path / "warehouse.duckdb"
    build(
        database,
        raw,
        select="+orders",
        tests=False,
        variables=AS_OF | {"reporting_currency": currency},
    )
    sums = dict(query(database, "select brand, sum(revenue) from core.orders group by brand"))
    assert sums["won"] == small_orders
    assert sums["tax"] == whole


def test_a_reporting_currency_without_a_rate_stops_with_what_to_do(company, tmp_path):
    run = build(
        tmp_path / "warehouse.duckdb",
        company[1],
        select="+orders",
        variables=AS_OF | {"reporting_currency": "CHF"},
        check=False,
    )
    assert run.code == 1
    assert (
        "The var reporting_currency is CHF, which has no exchange rate. Add rates of CHF to"
        in run.output
    )
