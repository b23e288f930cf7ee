"""Who stays and who leaves: the planted truth of a company of scale 20, what is final, and input that makes no sense."""

import math
import pathlib
import shutil

import pytest
from warehouse import Company, build, make_company, query, write_raw

PRODUCT = "+path:models/marts/lifecycle/*.sql"
LIKELY = 0.85  # of pooled intervals of 95 % at least as many hold the truth
HAZARDS = """
    select month_of_life, hazard_low, hazard_high from lifecycle.churn_hazards
    where brand = 'scoot' and segment_type = 'spend_decile' and segment = '1' and month_of_life between 2 and 5
"""
REASONS = """
    select reason, share_low, share_high, naive_share, share_at_least, share_at_most from lifecycle.churn_reasons
    where brand = 'scoot' and cohort_month is null
"""
CALLS = """
    select standardised_low, standardised_high, naive_difference, is_naive_misleading, contacts_after_decision, verdict_sentence
    from lifecycle.contact_churn_effect where brand = 'care' and topic = 'troubleshooting'
"""
AUC = """
    select auc_low, auc_high from care.patient_risk_quality where segment = 'measured'
"""
SILENCE = """
    select days_before, silent_share_low, silent_share_high from care.days_before_diagnosis where days_before <= 10
"""


def intervals(company: Company) -> list[tuple[str, float, float, float]]:
    """What, low, high and the planted truth of every interval that the company's truth speaks of."""
    truth = company.truth
    planted = truth["scoot"]["hazard_by_month_of_life"]["heavy"]["planted"]
    found = [
        (f"hazard of month {month}", low, high, planted[month - 1])
        for month, low, high in query(company.database, HAZARDS)
    ]
    reasons = truth["scoot"]["exit_survey"]["true_reason_share"]
    found += [
        (f"reason {reason}", low, high, reasons[reason])
        for reason, low, high, *_ in query(company.database, REASONS)
    ]
    [(low, high, *_)] = query(company.database, CALLS)
    effect = truth["care"]["contact"]["true_effect_on_churn_next_month"]
    found.append(("effect of a call", low, high, effect))
    diagnosis = truth["care"]["diagnosis"]
    [bounds] = query(company.database, AUC)
    found.append(("AUC", *bounds, diagnosis["auc_of_true_monthly_chance"]))
    return found + [
        (f"silence {day} days before", low, high, diagnosis["silent_before_share"])
        for day, low, high in query(company.database, SILENCE)
    ]


def held(found) -> float:
    return sum(low <= truth <= high for _, low, high, truth in found) / len(found)


def test_intervals_hold_the_planted_truth(large_company):
    found = intervals(large_company)
    assert len(found) == 22
    assert held(found) >= 18 / 22, found


@pytest.mark.slow
def test_pooled_intervals_of_twenty_companies_hold_the_planted_truth(tmp_path):
    found = []
    for seed in range(101, 121):
        folder = tmp_path / str(seed)
        found += intervals(make_company(folder, seed, ["lifecycle", "care"]))
        shutil.rmtree(folder)
    assert len(found) == 20 * 22
    assert held(found) >= LIKELY
    # silence of ten days is one thing seen ten times: what else there is must hold by itself
    assert held([row for row in found if not row[0].startswith("silence")]) >= LIKELY
    # the calls of all companies together: their mean effect is the planted one
    calls = [(low + high) / 2 for what, low, high, _ in found if what == "effect of a call"]
    assert sum(calls) / len(calls) == pytest.approx(0.012, abs=0.006)


def test_the_top_decile_brings_what_was_planted(large_company):
    shares = query(
        large_company.database,
        """
        select strftime(month, '%Y-%m'), sum(revenue) filter (where is_top_decile)::double / sum(revenue)
        from lifecycle.spend_ranks where brand = 'scoot' group by month
        """,
    )
    planted = large_company.truth["scoot"]["top_decile_revenue_share"]
    assert len(shares) == len(planted) == 18
    for month, share in shares:
        assert share == pytest.approx(planted[month], abs=0.001)


def test_the_hazard_of_heavy_riders_jumps_in_months_2_and_3_and_the_plain_churn_rate_hides_it(
    large_company,
):
    hazards = {month: (low, high) for month, low, high in query(large_company.database, HAZARDS)}
    for early in (2, 3):
        for late in (4, 5):
            assert hazards[early][0] > hazards[late][1]
    rates = query(
        large_company.database,
        """
        select month, avg(is_churned::int) from lifecycle.life_months
        where brand = 'scoot' and is_mature and month >= '2025-06-01' group by month
        """,
    )
    assert len(rates) >= 9
    assert max(rate for _, rate in rates) < 0.15, "month by month nobody sees a quarter leave"


def test_whoever_answers_is_not_whoever_leaves(large_company):
    """The planted share of those who bought their own scooter lies outside what the survey says as it is."""
    truth = large_company.truth["scoot"]["exit_survey"]
    rows = {reason: rest for reason, *rest in query(large_company.database, REASONS)}
    low, high, naive, at_least, at_most = rows["bought_own_scooter"]
    planted = truth["true_reason_share"]["bought_own_scooter"]
    assert low <= planted <= high
    assert naive < low - 0.02, "the naive query"
    for reason, (_, _, _, at_least, at_most) in rows.items():
        assert at_least <= truth["true_reason_share"][reason] <= at_most


def test_calls_do_not_keep_patients_though_the_plain_table_says_so(large_company):
    [(low, high, naive, is_misleading, after_decision, sentence)] = query(
        large_company.database, CALLS
    )
    contact = large_company.truth["care"]["contact"]
    assert naive < 0 < contact["true_effect_on_churn_next_month"]
    assert low <= contact["true_effect_on_churn_next_month"] <= high
    assert is_misleading
    assert "The plain comparison misleads" in sentence
    assert after_decision == contact["calls_after_decision"]
    [(call_rate, months)] = query(
        large_company.database,
        "select avg((troubleshooting_contact_count > 0)::int), count(*) from lifecycle.life_months where brand = 'care'",
    )
    planted = contact["monthly_call_share"]
    assert call_rate == pytest.approx(planted, abs=3 * math.sqrt(planted / months))


def test_promises_are_kept_as_often_as_planted(large_company):
    truth = large_company.truth["farewell"]
    [(due, on_time, late, stalled)] = query(
        large_company.database,
        """
        select
            sum(n_mature) filter (where step_number = 1), sum(orders_on_time) filter (where step_number = 1),
            sum(orders_late) filter (where step_number = 1),
            sum(late_orders_stalled_here) filter (where step = 'cremated')
        from lifecycle.order_step_months
        """,
    )
    assert (due, on_time) == (truth["due_orders"], truth["ready_on_time"])
    assert late == truth["ready_late"] + truth["late_and_open"]
    assert stalled > 0.7 * late, "it is before cremation that orders stall"
    [(open_now,)] = query(
        large_company.database, "select count(*) from lifecycle.order_tracking where is_late_now"
    )
    assert open_now == truth["late_and_open"]


def test_heavy_riders_commute_from_the_subway(large_company):
    truth = large_company.truth["scoot"]["subway_share"]
    rows = {
        (trait, value): rest
        for trait, value, *rest in query(
            large_company.database,
            """
            select trait, value, heavy_share, rest_share, difference_low, index from lifecycle.heavy_customer_profile
            where brand = 'scoot'
            """,
        )
    }
    heavy, rest, low, index = rows["ride_ended station_kind", "subway"]
    assert heavy == pytest.approx(truth["heavy"], abs=0.03)
    assert rest == pytest.approx(truth["light"], abs=0.03)
    assert low > 0.3 and index > 2
    assert rows["part of the week", "commuting hours of a weekday"][2] > 0
    assert rows["age band", "45-54"][0] < 0.02, "heavy riders are in their twenties and thirties"


def test_the_analyses_answer_as_the_planted_truth_does(large_company, tmp_path):
    """Both case studies, step by step from public tables."""
    empty = tmp_path / large_company.database.name
    build(empty, command="compile", select="scoot_heavy_riders care_calls")
    folder = pathlib.Path(f"{empty}.target/compiled/groundwork/analyses")
    riders, calls = (
        query(
            large_company.database,
            f"select step, {name}, value, low, high from ({(folder / file).read_text()})",
        )
        for file, name in (("scoot_heavy_riders.sql", "what"), ("care_calls.sql", "question"))
    )
    assert {step for step, *_ in riders} == {1, 2, 3, 4}
    daily = [what for step, what, *_ in riders if step == 2]
    assert "ride_ended station_kind: subway" in daily
    assert "part of the week: commuting hours of a weekday" in daily
    leaving = sorted((value for step, _, value, *_ in riders if step == 3), reverse=True)
    assert leaving[:2] == [value for step, _, value, *_ in riders if step == 3][:2], (
        "months 2 and 3"
    )
    [why, *_] = [what for step, what, *_ in riders if step == 4]
    assert why == "bought own scooter"
    values = {step: (value, low, high) for step, _, value, low, high in calls}
    assert values.keys() == set(range(1, 8))
    assert values[1][0] == pytest.approx(0.16, abs=0.02)
    assert values[2][0] < 0 < values[4][0], "the plain table has the wrong sign"
    assert values[3][0] > 0.5, "callers are the active ones"
    assert values[5][1] <= 0 <= values[5][2]
    assert values[6][0] == pytest.approx(
        large_company.truth["care"]["contact"]["calls_after_decision_share"], abs=0.005
    )


FINAL = {
    "lifecycle.retention_cohorts": "brand, cohort_month, age_months, n, active_customers, revenue, retention_rate, retention_rate_low",
    "lifecycle.spend_ranks": "brand, month, customer_id, spend_rank, revenue, cumulative_revenue_share",
    "lifecycle.customer_months": "brand, month, customer_id, active_days, session_count, revenue",
    "lifecycle.order_step_months": "brand, month, step, n_mature, orders_on_time, median_hours",
    "lifecycle.funnel_steps": "funnel, brand, month, step_number, n_mature, mature_visitors, conversion_rate",
}


@pytest.mark.slow
def test_what_is_final_does_not_move_when_later_days_arrive(tmp_path):
    """The demo as of a day, of the next, and three weeks later: every final row stands later as it was."""
    days = {}
    for day in ("2026-06-02", "2026-06-03", "2026-06-24"):
        database = tmp_path / "warehouse.duckdb"
        build(database, select=PRODUCT, tests=False, variables={"as_of": day})
        days[day] = {
            table: set(query(database, f"select {columns} from {table} where is_final"))
            for table, columns in FINAL.items()
        }
    before, after, much_later = days.values()
    for table in FINAL:
        assert len(before[table]) > 30, table
        assert before[table] <= after[table] <= much_later[table], table
    assert len(after["lifecycle.spend_ranks"]) > len(before["lifecycle.spend_ranks"]), (
        "May became final on that day"
    )


COMPANY = {
    "app__customers": """
        customer_id,brand,birth_date,country_code,created_at,updated_at
        alone,scoot,1990-05-01,KR,2026-01-05 09:00:00,2026-01-05 09:00:00
        later,scoot,,KR,2026-01-06 09:00:00,2026-01-06 09:00:00
        backwards,scoot,1980-05-01,DE,2026-02-01 09:00:00,2026-02-01 09:00:00
        returns,scoot,1980-05-01,DE,2026-02-01 09:00:00,2026-02-01 09:00:00
        stays,scoot,1980-05-01,DE,2026-02-01 09:00:00,2026-02-01 09:00:00
        """,
    "app__products": """
        product_id,brand,product_name,category,list_price,currency,updated_at
        p1,scoot,Pass,pass,10.00,USD,2026-01-01 00:00:00
        """,
    "app__orders": """
        order_id,customer_id,ordered_at,paid_at,status,currency,discount_amount,updated_at
        o1,alone,2026-01-05 10:00:00,2026-01-05 10:00:00,paid,USD,0,2026-01-05 10:00:00
        o2,later,2026-07-02 10:00:00,2026-07-02 10:00:00,paid,USD,0,2026-07-02 10:00:00
        o3,returns,2026-02-01 10:00:00,2026-02-01 10:00:00,paid,USD,0,2026-02-01 10:00:00
        o4,returns,2026-04-03 10:00:00,2026-04-03 10:00:00,paid,USD,0,2026-04-03 10:00:00
        o5,backwards,2026-02-20 10:00:00,2026-02-20 10:00:00,paid,USD,0,2026-02-20 10:00:00
        """,
    "app__order_items": """
        order_id,line_number,product_id,quantity,unit_price
        o1,1,p1,1,10
        o2,1,p1,1,10
        o3,1,p1,1,10
        o4,1,p1,1,10
        o5,1,p1,1,10
        """,
    "app__subscription_changes": """
        change_id,subscription_id,customer_id,product_id,change_type,changed_at,effective_at,monthly_amount,currency
        s1,back,backwards,p1,cancelled,2026-02-10 00:00:00,,10,USD
        s2,back,backwards,p1,started,2026-02-20 00:00:00,,10,USD
        s3,back,backwards,p1,cancelled,2026-03-20 00:00:00,2026-03-01 00:00:00,10,USD
        s4,stay,stays,p1,started,2026-02-01 00:00:00,,10,USD
        """,
    "support__tickets": """
        ticket_id,customer_id,channel,topic,opened_at
        t1,stays,phone,troubleshooting,2026-03-05 10:00:00
        t2,backwards,phone,troubleshooting,2026-03-25 10:00:00
        t3,nobody,phone,troubleshooting,2026-03-25 10:00:00
        """,
    "surveys__invitations": """
        invitation_id,survey,customer_id,sent_at
        i1,exit,alone,2026-01-08 10:00:00
        i2,exit,stays,2026-03-08 10:00:00
        """,
    "surveys__responses": """
        invitation_id,responded_at,reason_code,score
        i1,2026-01-09 10:00:00,price,
        i2,2026-03-09 10:00:00,price,
        i9,2026-03-09 10:00:00,availability,
        """,
}


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> pathlib.Path:
    """A company of five with what makes no sense."""
    folder = tmp_path_factory.mktemp("small")
    raw = write_raw(folder / "raw", COMPANY)
    build(folder / "warehouse.duckdb", raw, select=PRODUCT, variables={"as_of": "2026-06-30"})
    return folder / "warehouse.duckdb"


def lives(database, customer: str) -> list[tuple]:
    return query(
        database,
        f"""
        select started_date::varchar, churned_date::varchar, observed_days
        from lifecycle.customer_lives where customer_id = '{customer}' order by life_number
        """,
    )


def test_a_cancellation_before_the_start_ends_nothing(small):
    runs = query(
        small,
        "select run_number, started_date::varchar, cancelled_date::varchar from core.subscriptions where subscription_id = 'back'",
    )
    assert runs == [(1, "2026-02-20", "2026-03-20")]
    # the cancellation of 20 March took effect on the 1st
    assert lives(small, "backwards") == [("2026-02-20", "2026-03-01", 9)]


def test_a_customer_whose_only_day_comes_later_is_in_no_cohort(small):
    assert lives(small, "later") == []
    [(customers,)] = query(
        small,
        "select sum(active_customers) from lifecycle.retention_cohorts where age_months = 0",
    )
    assert customers == 3, "alone, backwards and returns; who only subscribes was never active"


def test_a_cohort_of_one_has_a_rate_and_an_honest_interval(small):
    rows = query(
        small,
        """
        select age_months, n, n_mature, retention_rate, retention_rate_high from lifecycle.retention_cohorts
        where cohort_month = '2026-01-01' order by age_months
        """,
    )
    assert rows[0][:4] == (0, 1, 1, 1.0)
    assert [row[3] for row in rows] == [1.0, 0, 0, 0, 0, 0]
    assert rows[1][4] == pytest.approx(0.7934506856227626, rel=1e-12), "Wilson, 0 of 1"
    assert lives(small, "alone") == [("2026-01-05", "2026-01-05", 0)]


def test_who_comes_back_lives_twice_and_a_subscriber_is_there_all_along(small):
    assert lives(small, "returns") == [
        ("2026-02-01", "2026-02-01", 0),
        ("2026-04-03", "2026-04-03", 0),
    ]
    assert lives(small, "stays") == [("2026-02-01", None, 119)]


def test_answers_of_nobody_s_invitation_and_of_who_stays_are_no_reasons_to_leave(small):
    reasons = query(
        small,
        "select reason, n_leavers, n_answers, share_at_most from lifecycle.churn_reasons where cohort_month is null",
    )
    assert reasons == [("price", 4, 1, 1.0)]


def test_contacts_of_unknown_customers_count_nowhere(small):
    rows = query(
        small,
        "select customer_id, troubleshooting_contact_count, month::varchar from lifecycle.life_months where contact_count > 0",
    )
    assert rows == [("stays", 1, "2026-03-01")]
    effects = query(
        small,
        "select contacts, contacts_after_decision, verdict from lifecycle.contact_churn_effect",
    )
    assert effects == [(2, 1, "too_few")]


def test_no_number_is_infinite_or_not_a_number(small):
    tables = query(
        small,
        "select table_name, column_name from information_schema.columns where table_schema = 'lifecycle' and data_type = 'DOUBLE'",
    )
    assert len(tables) > 50
    for table, column in tables:
        assert query(
            small,
            f"select count(*) from lifecycle.{table} where isnan({column}) or isinf({column})",
        ) == [(0,)], (table, column)
