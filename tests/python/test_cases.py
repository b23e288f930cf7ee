"""Small folders of raw files, each a public report of a wrong number: built whole, with its right value.

Each stands for a kind; more inputs of each kind are in the tests of visits, money, subscriptions, the door and others.
"""

import pytest
from warehouse import PROJECT, build, query

CASES = PROJECT / "tests" / "python" / "cases"
JUNE_MRR = """
    select customer_id, closing_mrr::double from core.mrr_movements
    where month = date '2025-06-01' and closing_mrr > 0 order by customer_id
"""
# case: the select and its rows, one after the other
EXPECTED = {
    "back_from_the_payment_page": [
        (
            "select conversion_id, channel, credit from growth.attributed_conversions "
            "where attribution_model in ('last_non_direct', 'last_touch', 'linear') group by all",
            [("o1", "paid_search", 1.0)],
        )
    ],
    "brand_name_in_another_host": [
        (
            "select anonymous_id, channel from core.sessions order by anonymous_id",
            [("d0", "referral"), ("d1", "direct")],
        )
    ],
    "campaign_name_used_again": [
        (
            "select conversion_id, campaign_id from growth.attributed_conversions "
            "where attribution_model = 'last_touch' order by conversion_id",
            [("o2024", "bf-2024"), ("o2025", "bf-2025")],
        )
    ],
    "changes_in_the_same_second": [(JUNE_MRR, [("c1", 10.0), ("c2", 10.0)])],
    "click_id_without_utm": [
        (
            "select anonymous_id, channel from core.sessions order by anonymous_id",
            [("d0", "paid_search"), ("d1", "organic_search"), ("d2", "paid_search")],
        )
    ],
    "device_clock_ahead": [
        (
            "select attribution_model, channel, credit from growth.attributed_conversions "
            "where channel <> 'paid_search' or credit <> 1",
            [],
        ),
        ("select count(distinct conversion_id) from growth.attributed_conversions", [(1,)]),
        (
            "select started_at::varchar from core.sessions",
            [("2025-06-01 10:00:01",)],
        ),
    ],
    "device_id_equals_a_customer_id": [
        (
            "select variant, n, mean from experiments.experiment_metric_stats "
            "where metric_name = 'conversion' and segment_type = 'all' order by variant",
            [("control", 3, 0.0), ("treatment", 4, 0.0)],
        )
    ],
    "ids_with_tabs_and_decomposed": [
        (
            "select brand, customer_id = '007', count(*) from core.orders group by all order by 2",
            [("b", False, 1), ("b", True, 2)],
        ),
        ("select count(*) from vault.orphaned_rows where column_name = 'customer_id'", [(0,)]),
    ],
    "leaver_who_brought_less_than_nothing": [
        ("select revenue::double from core.orders where order_id = 'o1'", [(-2.0,)])
    ],
    "line_taken_out_of_an_order": [
        (
            "select order_id, revenue::double from core.orders where order_id like 'o%' order by 1",
            [("o1", 100.0), ("o2", 20.0)],
        )
    ],
    "one_basket_two_orders": [
        (
            "select conversion_id, channel from growth.attributed_conversions "
            "where attribution_model = 'last_touch' order by 1",
            [("o1", "paid_search"), ("o2", "paid_search")],
        )
    ],
    "origin_not_on_first_event": [
        (
            "select channel, utm_source, count(*) from core.sessions where brand = 'b' group by all",
            [("paid_search", "google", 2)],
        ),
        (
            "select conversion_id, channel, credit from growth.attributed_conversions "
            "where attribution_model = 'last_touch' order by 1",
            [("o1", "paid_search", 1.0), ("o2", "paid_search", 1.0)],
        ),
    ],
    "person_on_two_devices_in_a_funnel": [
        (
            "select step_number, sum(visitors)::int from lifecycle.funnel_steps "
            "where funnel = 'buy' group by 1 order by 1",
            [(1, 1), (2, 1)],
        )
    ],
    "price_below_a_hundredth_of_a_cent": [
        (
            "select order_id, revenue::double from core.orders order by 1",
            [("o1", 5.0), ("o2", 4.0)],
        )
    ],
    "refund_after_the_newest_order": [
        ("select refund_id, refund_amount::double from core.refunds", [("r1", 50.0)]),
        (
            "select sum(value) from metrics.metric_values where metric_name = 'net_revenue' "
            "and grain = 'month' and brand = 'all'",
            [(0.0,)],
        ),
    ],
    "refund_with_tax_and_shipping": [
        (
            "select value from metrics.metric_values where metric_name = 'net_revenue' "
            "and grain = 'month' and brand = 'b' and period_start = date '2025-05-01'",
            [(0.0,)],
        )
    ],
    "reporting_in_new_york": [
        ("select count(*) > 0 from metrics.metric_values where value > 0", [(True,)])
    ],
    "scheduled_cancel_then_upgrade": [
        (JUNE_MRR, [("c1", 20.0)]),
        (
            "select customer_id, bool_or(is_running) from core.subscriptions group by 1",
            [("c1", True)],
        ),
        ("select is_subscriber from core.customers where customer_id = 'c1'", [(True,)]),
    ],
    "tagged_with_a_hyphen_though_the_campaign_is_known": [
        (
            "select campaign_id, channel from core.sessions where campaign_id is not null",
            [("meta-1", "paid_social")],
        ),
        (
            "select channel, sum(conversions) from growth.channel_attribution "
            "where attribution_model = 'last_touch' and channel <> 'unattributed' group by 1",
            [("paid_social", 1.0)],
        ),
    ],
}
SETTINGS = {"reporting_in_new_york": {"reporting_timezone": "America/New_York"}}


@pytest.mark.slow
@pytest.mark.parametrize("case", EXPECTED)
def test_case_has_its_right_value(tmp_path, case):
    """The whole warehouse is built and its data tests pass; unit tests are left out, as a build does."""
    database = tmp_path / "warehouse.duckdb"
    build(
        database,
        CASES / case,
        variables=SETTINGS.get(case),
    )
    for select, rows in EXPECTED[case]:
        assert query(database, select) == rows, select


def test_ids_that_were_read_as_numbers_stop_the_build(tmp_path):
    run = build(
        tmp_path / "warehouse.duckdb",
        CASES / "ids_guessed_as_numbers",
        select="resource_type:seed",
        check=False,
    )
    assert run.code == 1
    assert "all_varchar = true" in run.output


def test_every_case_is_here():
    folders = {folder.name for folder in CASES.iterdir()}
    assert folders == set(EXPECTED) | {"ids_guessed_as_numbers"}
