"""The core tables of the demo company against what was planted in it."""

import json

import pytest
import warehouse

TRUTH = json.loads((warehouse.PROJECT / "ingest" / "truth.json").read_text())


def test_every_planted_orphan_is_reported_and_no_other(demo):
    rows = warehouse.query(
        demo,
        """
        select source_system, table_name, column_name, parent_table, count(*)
        from vault.orphaned_rows group by all""",
    )
    planted = [
        (orphan["system"], orphan["table"], orphan["column"], orphan["parent"], orphan["rows"])
        for orphan in TRUTH["orphans"]
    ]
    assert sorted(rows) == sorted(planted)


@pytest.mark.parametrize("brand", TRUTH["money"])
def test_money_of_a_brand_is_what_was_planted(demo, brand):
    """Revenue to within the rounding of gross and discount, orders and refunds exactly.

    The truth knows neither the planted line of an unknown product nor the planted refund of an
    unknown payment.
    """
    ((order_count, revenue),) = warehouse.query(
        demo,
        f"""
        select count(distinct order_id), sum(lines.revenue)::double
        from core.order_items as lines
        where
            brand = '{brand}' and is_paid
            and product_id in (select product_id from core.products)""",
    )
    ((refund_count,),) = warehouse.query(
        demo,
        f"""
        select count(*) from core.refunds
        where brand = '{brand}' and payment_id in (select payment_id from core.payments)""",
    )
    planted = TRUTH["money"][brand]
    assert order_count == planted["paid_orders"]
    # Each order's rounding is uniform within a cent or less: 5 standard deviations of their sum
    assert revenue == pytest.approx(planted["revenue_usd"], abs=5 * 0.0041 * order_count**0.5)
    assert refund_count == planted["full_refunds"] + planted["partial_refunds"]


def test_the_naive_sum_misses_it(demo):
    """Counting by the status of today loses the orders that were paid and given back."""
    ((naive, revenue),) = warehouse.query(
        demo,
        """
        select
            sum(revenue) filter (where status in ('paid', 'fulfilled'))::double,
            sum(revenue)::double
        from core.orders""",
    )
    assert naive < revenue * 0.995
