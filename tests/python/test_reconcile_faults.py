"""Every reconcile test of the core tables catches its fault and is silent without it."""

import shutil

import duckdb
import pytest
import warehouse
from small_company import write_small_company

# test -> the fault, planted in the built tables
FAULTS = {
    "every_raw_table_has_a_verdict": "delete from platform.freshness where raw_table = 'app.orders'",
    "job_runs_are_in_one_appointment": """
        insert into platform.job_days (job_name, run_count, failed_run_count) values ('ghost', 1, 0)""",
    "metric_changes_add_up": """
        update platform.metric_changes set part = part + 1 where dimension = 'brand'""",
    "assets_hold_the_project": "delete from catalog.catalog_assets where asset_name = 'orders' and kind = 'metric'",
    "customer_days_add_up": """
        update core.customer_days set reading_count = 1 where reading_count = 2""",
    "readings_tie_to_staging": "delete from care.readings where reading_id = 'g1'",
    "patient_days_add_up": "update care.patient_days set usable_reading_count = 0",
    "risk_quality_adds_up": """
        update care.patient_risk_labels set is_final = true""",
    "recommendation_clicks_tie_to_events": """
        insert into ml.recommendation_quality by name
        select
            'm' as model_name, 'v1' as model_version, date '2026-01-01' as month, 'all' as list_rank, 0 as requests,
            0 as shown, 0 as n_mature, 0 as customers, 0 as clicked, 1 as clicked_so_far, 0 as clicks_left_out,
            0 as n_mature_clicks, 0 as purchases, false as is_registered, false as is_final""",
    "event_measures_count_every_known_row": """
        update platform.daily_measures set hits = hits + 1
        where node_name = 'raw_events__events' and measure = 'rows'""",
    "every_alert_is_told_once": """
        update platform.anomalies set tier = 'alert', rule = 'stuck'
        where measured_date = (select max(measured_date) from platform.anomalies)""",
    "every_model_version_has_a_next_step": """
        insert into ml.model_registry by name
        select
            'm' as model_name, 'v1' as model_version, 0 as prediction_count, 0 as used_prediction_count,
            false as recommends_items""",
    "customer_months_add_up": """
        update lifecycle.customer_months set active_days = active_days + 1 where customer_id = 'c1'""",
    "cohorts_hold_every_customer": """
        delete from lifecycle.retention_cohorts where age_months = 0 and brand = 'scoot'""",
    "spend_ranks_add_up_to_revenue": "delete from lifecycle.spend_ranks where customer_id = 'c1'",
    "lives_hold_every_active_day": """
        update lifecycle.customer_lives set last_seen_date = started_date where customer_id = 'c1'""",
    "survival_counts_every_first_life": """
        update lifecycle.churn_survival set n_censored = n_censored + 1 where segment_type = 'plan'""",
    "reasons_add_up_to_leavers": """
        insert into lifecycle.churn_reasons by name
        select
            'scoot' as brand, 1 as leavers, 1 as lost_monthly_revenue, 1 as n_leavers, 1 as n_mature,
            1 as n_answers, 1 as answers, 0 as share_at_least, 1 as share_at_most, false as is_final""",
    "every_paid_order_with_steps_is_tracked": """
        update lifecycle.order_tracking set reached_at = null where step = 'paid'""",
    "funnels_hold_every_entrant": """
        update lifecycle.funnel_steps set n = n + 1 where step_number = 1""",
    "subscription_runs_hold_every_cancellation": """
        update core.subscriptions set is_running = true, ended_date = null where subscription_id = 'b'""",
    "brands_are_those_seen": "delete from core.brands where brand = 'learn'",
    "core_tables_hold_rows": "delete from core.refunds",
    "campaign_performance_adds_up": """
        delete from growth.campaign_performance where campaign_id = 'k9'""",
    "conversions_tie_to_orders": "delete from growth.conversions where conversion_id = 'o2'",
    "country_dates_hold_all_holidays": """
        update core.country_dates set is_working_day = true
        where country_code = 'KR' and date_day = '2026-02-17'""",
    "credits_are_no_more_than_is_sold": """
        insert into experiments.experiment_ledger (experiment_id, variant, brand, evidence, units, reach,
            revenue_of_units, credited_revenue, credited_revenue_low, credited_revenue_high, is_limited, month)
        values ('t1', 'treatment', 'scoot', 'shrunk', 1, 1, 1000000, 900000, 1, 1000000, false, '2026-01-01')""",
    "exposures_tie_to_staging": "delete from experiments.exposures where unit_id = 'c1'",
    "days_since_exposure_add_up": """
        update experiments.experiment_days set treatment_value = treatment_value + 0.001
        where days_since_exposure = 0 and metric_name = 'revenue'""",
    "segments_add_up_to_all_units": """
        delete from experiments.experiment_metric_stats
        where segment_type = 'device_type' and segment = 'android'""",
    "credit_adds_up_by_channel_campaign_and_path": """
        update growth.channel_attribution set revenue = revenue + 0.01
        where attribution_model = 'linear' and brand = 'scoot'""",
    "credit_is_the_same_by_touch_and_by_conversion": """
        delete from growth.campaign_credit_days
        where date_basis = 'touch' and campaign_id = 'k1' and attribution_model = 'markov'""",
    "credit_adds_up": """
        update growth.int_credits set credit = 0.5
        where conversion_id = 'o1' and attribution_model = 'first_touch'""",
    "customer_identities_tie_to_staging": """
        update vault.customer_identities set email = null where customer_id = 'c1'""",
    "customers_hold_all_revenue": """
        update core.customers set lifetime_revenue = lifetime_revenue + 0.01
        where customer_id = 'c1'""",
    "customers_tie_to_staging": "delete from core.customers where customer_id = 'c3'",
    "consents_tie_to_records": """
        insert into core.consents
        values ('customer', 'c1', 'marketing', 'customer', 1, true, timestamp '2026-01-05 10:00:00')""",
    "open_tables_add_up": "update privacy.int_open_signups set n = n + 1",
    "dashboard_use_ties_to_views": "delete from platform.dashboard_use where view_date = '2026-02-20'",
    "data_costs_tie_to_bills": """
        update platform.data_costs set cost = cost + 0.00001
        where bill_id = 'y2' and board_id = 'w1' and cost_date = '2026-02-09'""",
    "questions_tie_to_staging": "delete from platform.questions where status = 'open'",
    "dates_have_no_gap": "delete from core.dates where date_day = '2026-01-20'",
    "disputes_tie_to_staging": "update core.disputes set outcome = 'lost' where dispute_id = 'd1'",
    "mrr_months_follow_each_other": """
        update core.mrr_movements set opening_mrr = opening_mrr + 1, expansion_mrr = 4
        where customer_id = 'c1' and month = '2026-02-01'""",
    "mrr_ties_to_subscription_changes": """
        update core.mrr_movements set closing_mrr = closing_mrr + 0.01
        where customer_id = 'c1' and month = '2026-02-01'""",
    "order_items_tie_to_staging": "delete from core.order_items where order_id = 'lost'",
    "every_event_is_in_its_session": """
        update core.events set session_id = (select session_id from core.events where event_id = 'e1')
        where event_id = 'e2'""",
    "orders_equal_their_lines": """
        update core.order_items set revenue = revenue + 0.01, deferred_amount = deferred_amount - 0.01
        where order_id = 'o1' and line_number = 3""",
    "orders_revenue_ties_to_lines": """
        update core.orders set revenue_date = revenue_date + 1 where order_id = 'o4'""",
    "orders_tie_to_staging": "delete from core.orders where order_id = 'o5'",
    "orphaned_rows_tie_to_orders": """
        delete from vault.orphaned_rows where table_name = 'orders'""",
    "payments_amounts_tie_to_staging": """
        update core.payments set amount = amount / 1.2 where payment_id = 'm3'""",
    "payments_disputes_tie_to_staging": """
        update core.payments set is_disputed = false where payment_id = 'm3'""",
    "payments_tie_to_staging": "update core.payments set outcome = 'succeeded'",
    "payment_labels_tie_to_payments": """
        update trust.payment_labels set label = 'clean', unlabelled_reason = null where payment_id = 'm2'""",
    "features_are_in_the_tables": """
        update ml.feature_registry set column_name = 'no_such_column'
        where table_name = 'payment_risk_features'
        and column_name = (
            select min(column_name) from ml.feature_registry where table_name = 'payment_risk_features'
        )""",
    "fraud_quality_adds_up": "update trust.fraud_quality set n = n + 1 where group_kind = 'country'",
    "predictions_tie_to_staging": "update core.predictions set use_status = 'used'",
    "product_versions_cover_time": """
        update core.product_versions set valid_to = valid_to - interval 1 day
        where product_id = 'p1' and version_number = 1""",
    "products_tie_to_staging": "update core.products set list_price = 10 where product_id = 'p1'",
    "raw_rows_have_one_status": """
        update vault.raw_row_statuses set row_count = row_count + 1
        where table_name = 'orders' and row_status = 'superseded'""",
    "raw_row_days_tie_to_raw": """
        update core.raw_row_days
        set staged_count = staged_count - 1, superseded_count = superseded_count + 1
        where table_name = 'orders'""",
    "refunds_amounts_tie_to_staging": """
        update core.refunds set refunded_date = refunded_date + 1 where refund_id = 'r2'""",
    "refunds_tie_to_staging": """
        insert into core.refunds
        select * replace ('r3' as refund_id) from core.refunds limit 1""",
    "sessions_add_up_to_events": "delete from core.sessions where anonymous_id = 'a3'",
    "spend_is_converted_at_the_rate_of_its_day": """
        update growth.campaign_days set spend = spend / 1.1 where campaign_id = 'k1'""",
    "spend_ties_to_the_bill": """
        update growth.campaign_days set billed_spend = 5 where performance_date = '2026-01-12'""",
    "touchpoints_tie_to_sessions": """
        create or replace view growth.touchpoints as
        select session_id as touchpoint_id, * from core.sessions where channel <> 'direct'""",
    "tracking_plan_checks_add_up": """
        delete from core.tracking_plan_checks where event_name = 'lesson_liked'""",
}

# More ways to lose money that the one test must see
MORE_FAULTS = [
    (
        "orders_revenue_ties_to_lines",
        """
        update core.orders set is_paid = false, revenue = 0, revenue_date = null
        where order_id = 'o2'""",
    ),
    (
        "orders_revenue_ties_to_lines",
        """
        update core.orders set revenue = gross_amount, discount_amount = 0
        where order_id = 'o1'""",
    ),
    (
        "orders_revenue_ties_to_lines",
        """
        update core.orders
        set is_paid = true, revenue = gross_amount - discount_amount, revenue_date = ordered_date
        where order_id = 'o3'""",
    ),
    (
        "orders_tie_to_staging",
        """
        insert into core.orders select * replace ('o9' as order_id) from core.orders limit 1""",
    ),
    (
        "customers_tie_to_staging",
        """
        insert into core.customers
        select * replace ('c9' as customer_id) from core.customers limit 1""",
    ),
    ("mrr_ties_to_subscription_changes", "delete from core.mrr_movements where customer_id = 'c3'"),
    (
        "mrr_months_follow_each_other",
        "delete from core.mrr_movements where customer_id = 'c2' and is_churned",
    ),
    ("products_tie_to_staging", "delete from core.products where product_id = 'p2'"),
    (
        "product_versions_cover_time",
        """
        update core.product_versions set list_price = 11
        where version_number = 1 and product_id = 'p1'""",
    ),
    ("dates_have_no_gap", "delete from core.dates where date_day < '2026-01-15'"),
    ("disputes_tie_to_staging", "delete from core.disputes"),
    ("disputes_tie_to_staging", "insert into core.disputes select * from core.disputes"),
    ("orders_equal_their_lines", "delete from core.order_items where order_id = 'o1'"),
    (
        "brands_are_those_seen",
        "insert into core.brands values ('ghost', 'Ghost', 'Ghost', 'none', false, null)",
    ),
    ("payments_tie_to_staging", "delete from core.payments where payment_id = 'm2'"),
    ("payment_labels_tie_to_payments", "delete from trust.payment_labels where payment_id = 'm1'"),
    ("payment_labels_tie_to_payments", "update trust.payment_labels set amount = amount + 0.01"),
    ("fraud_quality_adds_up", "delete from trust.fraud_quality where group_kind = 'all'"),
    ("predictions_tie_to_staging", "delete from core.predictions where prediction_id = 'y2'"),
    ("sessions_add_up_to_events", "delete from core.events where event_id = 'e3'"),
    ("sessions_add_up_to_events", "update core.events set is_session_start = true"),
    ("sessions_add_up_to_events", "insert into core.events select * from core.events limit 1"),
    (
        "every_event_is_in_its_session",
        "update core.sessions set ended_at = started_at where anonymous_id = 'a3'",
    ),
    (
        "every_event_is_in_its_session",
        "update core.sessions set customer_id = null where anonymous_id = 'a2'",
    ),
    ("customer_days_add_up", "delete from core.customer_days where order_count > 0"),
    (
        "customer_days_add_up",
        "update core.customer_days set event_count = event_count + 1 where event_count > 0",
    ),
    (
        "customer_days_add_up",
        "update core.customer_days set session_count = session_count + 1 where session_count > 0",
    ),
    (
        "customer_days_add_up",
        "update core.customer_days set revenue = revenue + 0.01 where order_count > 0",
    ),
    (
        "raw_rows_have_one_status",
        "delete from staging.validated_app__order_items where order_id = 'lost'",
    ),
    (
        "raw_rows_have_one_status",
        "delete from vault.raw_row_statuses where table_name = 'customers'",
    ),
    (
        "raw_rows_have_one_status",
        "insert into vault.rejected_rows select 'app', 'orders', 'o9', 'a', 'b', 'a: b', '{}', null",
    ),
    (
        "tracking_plan_checks_add_up",
        "update core.tracking_plan_checks set incomplete_event_count = 0",
    ),
    (
        "tracking_plan_checks_add_up",
        "delete from core.tracking_plan_checks where event_count = 0",
    ),
    (
        "conversions_tie_to_orders",
        "update growth.conversions set revenue = revenue + 0.01 where conversion_id = 'o1'",
    ),
    ("spend_ties_to_the_bill", "delete from growth.campaign_days where campaign_id = 'k9'"),
    (
        "spend_ties_to_the_bill",
        "insert into growth.campaign_days select * from growth.campaign_days where is_reported limit 1",
    ),
    (
        "credit_adds_up_by_channel_campaign_and_path",
        "delete from growth.conversion_paths where path = 'unattributed'",
    ),
    (
        "credit_adds_up_by_channel_campaign_and_path",
        "delete from growth.campaign_credit_days where campaign_id = 'none'",
    ),
    (
        "campaign_performance_adds_up",
        "update growth.campaign_performance set revenue = revenue + 0.01 where revenue > 0",
    ),
    (
        "metric_changes_add_up",
        "delete from platform.metric_changes where metric_name = 'orders'",
    ),
    (
        "exposures_tie_to_staging",
        "update experiments.exposures set exposure_count = 2 where unit_id = 'c1'",
    ),
    (
        "segments_add_up_to_all_units",
        """
        update experiments.experiment_metric_stats set mean = mean + 1
        where segment_type = 'country' and variant = 'control'""",
    ),
    (
        "readings_tie_to_staging",
        "update care.readings set reported_value = reported_value + 1 where reading_id = 'g1'",
    ),
    ("patient_days_add_up", "delete from care.monitoring_windows"),
    (
        "risk_quality_adds_up",
        """
        update care.patient_risk_labels set is_final = true;
        insert into care.patient_risk_quality by name
        select
            'age_band' as segment_type, '65-74' as segment, 99 as n_mature, 9 as patients, 0 as n_diagnosed,
            0 as diagnosed_share, 0 as diagnosed_share_low, 1 as diagnosed_share_high, false as is_final,
            date '2026-01-01' as test_start, date '2026-01-01' as test_end""",
    ),
    (
        "cohorts_hold_every_customer",
        "update lifecycle.retention_cohorts set revenue = revenue + 0.01 where revenue > 0",
    ),
    (
        "spend_ranks_add_up_to_revenue",
        "update lifecycle.spend_ranks set cumulative_revenue_share = 0.9",
    ),
    (
        "lives_hold_every_active_day",
        "insert into lifecycle.customer_lives select * from lifecycle.customer_lives where customer_id = 'c1'",
    ),
    (
        "lives_hold_every_active_day",
        """
        update lifecycle.customer_lives set last_seen_date = last_seen_date - 1
        where not is_churned and last_seen_date > started_date""",
    ),
    (
        "subscription_runs_hold_every_cancellation",
        "update core.customers set is_subscriber = true where customer_id = 'c2'",
    ),
    (
        "mrr_ties_to_subscription_changes",
        "update core.subscriptions set ended_date = date '2026-02-20', is_running = false where subscription_id = 'c'",
    ),
    (
        "survival_counts_every_first_life",
        "update lifecycle.churn_hazards set n_censored = n_censored + 1 where segment_type = 'all'",
    ),
    ("every_paid_order_with_steps_is_tracked", "delete from lifecycle.order_tracking"),
    ("funnels_hold_every_entrant", "delete from lifecycle.funnel_steps"),
    (
        "subscription_runs_hold_every_cancellation",
        "delete from core.subscriptions where subscription_id = 'a'",
    ),
    ("data_costs_tie_to_bills", "delete from platform.data_costs where cost_date = '2026-02-12'"),
    ("data_costs_tie_to_bills", "delete from platform.data_costs where bill_id = 'y1'"),
    (
        "data_costs_tie_to_bills",
        """
        update platform.data_costs set billed_amount = billed_amount + if(cost_date = '2026-02-10', 1, -1)
        where bill_id = 'y2' and cost_date between '2026-02-10' and '2026-02-11'""",
    ),
    ("questions_tie_to_staging", "delete from platform.question_waits where grain = 'week'"),
    ("questions_tie_to_staging", "update platform.question_days set asked = 0"),
    (
        "dashboard_use_ties_to_views",
        "update platform.dashboard_use set certified_views = views + 1",
    ),
    ("credit_adds_up", "delete from growth.int_credits where channel = 'unattributed'"),
    ("credit_adds_up", "delete from growth.int_credits where attribution_model = 'shapley'"),
    (
        "credit_adds_up",
        "update growth.int_credits set credit = 1 + 1e-10 where attribution_model = 'last_touch'",
    ),
    (
        "credit_adds_up",
        "update growth.int_credits set credited_revenue = credited_revenue + 0.01 where conversion_id = 'o2' and attribution_model = 'linear'",
    ),
]

# What no row can be: the table itself refuses it, whichever way it is written
REFUSED = [
    "update core.subscriptions set is_running = true where subscription_id = 'b'",
    "update core.order_items set revenue = revenue + 0.01 where order_id = 'o1' and line_number = 3",
    "update core.orders set is_paid = false, revenue = 0 where order_id = 'o2'",
    "update core.orders set revenue = gross_amount where order_id = 'o1'",
    "update core.orders set is_paid = true, revenue = 54 where order_id = 'o3'",
    "update lifecycle.customer_lives set last_seen_date = started_date - 1 where not is_churned",
]


def test_every_reconcile_test_has_its_fault():
    tests = {path.stem for path in (warehouse.PROJECT / "tests/reconcile").rglob("*.sql")}
    assert tests == FAULTS.keys() - {"credit_adds_up"}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The small company, built: the database file and the folder of its compiled tests."""
    folder = tmp_path_factory.mktemp("faults")
    database = folder / "warehouse.duckdb"
    raw = write_small_company(folder / "raw")
    as_of = {"as_of": "2026-02-28"}
    read = [f"+{test}" for test in FAULTS]
    warehouse.build(database, raw, select=read, tests=False, variables=as_of)
    warehouse.build(database, raw, command="compile", select=list(FAULTS), variables=as_of)
    compiled = folder / "warehouse.duckdb.target/compiled/groundwork"
    return database, {path.stem: path.read_text() for path in compiled.rglob("*.sql")}


@pytest.fixture(scope="module")
def copy(built, tmp_path_factory):
    """A copy of the database, under the same name, to plant faults in."""
    database, _ = built
    path = tmp_path_factory.mktemp("copy") / database.name
    shutil.copy(database, path)
    with duckdb.connect(str(path)) as connection:
        yield connection


def failures(connection, built, test):
    """The rows that a compiled test finds."""
    sql = built[1][test]
    if test == "core_tables_hold_rows":  # it is asked of the demo company only
        sql = sql.replace("row_count = 0 and false", "row_count = 0")
    return connection.execute(sql).fetchall()


@pytest.mark.parametrize("test", FAULTS)
def test_is_silent_on_the_clean_build(copy, built, test):
    assert failures(copy, built, test) == []


@pytest.mark.parametrize(("test", "fault"), [*FAULTS.items(), *MORE_FAULTS])
def test_catches_its_fault(copy, built, test, fault):
    copy.execute("begin")
    try:
        copy.execute(fault)
        assert failures(copy, built, test)
    finally:
        copy.execute("rollback")


@pytest.mark.parametrize("fault", REFUSED)
def test_a_row_that_cannot_be_is_refused(copy, fault):
    copy.execute("begin")
    try:
        with pytest.raises(duckdb.ConstraintException, match="CHECK"):
            copy.execute(fault)
    finally:
        copy.execute("rollback")


def test_the_small_company_comes_out_as_worked_out_by_hand(built):
    """Revenue, its day and its brand, order by order, in US dollars."""
    rows = warehouse.query(
        built[0],
        """
        select order_id, brand, revenue::double, revenue_date::varchar, is_first_order
        from core.orders order by order_id
        """,
    )
    assert rows == [
        ("o1", "scoot", 9.00, "2026-01-11", True),  # refunded since, which takes nothing away
        ("o2", "scoot", 108.00, "2026-01-14", True),  # paid by a payment, at the rate of that day
        ("o3", "scoot", 0.00, None, False),  # never paid
        ("o4", "learn", 14.00, "2026-02-03", True),  # cancelled, but paid before
        ("o5", "learn", 10.00, "2026-02-05", True),  # the customer is missing: the product's brand
    ]


def test_recurring_revenue_comes_out_as_worked_out_by_hand(built):
    """Movements by customer and month; as_of is the last day of February."""
    rows = warehouse.query(
        built[0],
        """
        select
            customer_id, month::varchar, opening_mrr::double, new_mrr::double,
            expansion_mrr::double, churned_mrr::double, closing_mrr::double
        from core.mrr_movements
        where month < '2026-03-01'
        order by 1, 2
        """,
    )
    assert rows == [
        ("c1", "2026-01-01", 0, 10, 0, 0, 10),
        ("c1", "2026-02-01", 10, 0, 5, 0, 15),
        ("c2", "2026-01-01", 0, 24, 0, 0, 24),
        ("c2", "2026-02-01", 24, 0, 0, 24, 0),
        ("c3", "2026-02-01", 0, 36, 0, 0, 36),  # the cancellation was taken back
    ]
