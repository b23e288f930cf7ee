"""Every var of vars.yml and every time zone builds green: the demo company with other settings, all data tests with it.

Each build starts from the demo's warehouse as it was built with the settings of vars.yml, so that it also shows that what was
built with other settings is built again; so is what an older version of the project built. `make test` builds what four settings change; `make test-all` builds 40 whole.
"""

import shutil

import duckdb
import pytest
import yaml
from warehouse import PROJECT, build, query, table_hash, write_raw

VARS = yaml.safe_load((PROJECT / "vars.yml").read_text())["vars"]
# name: the settings, and what they change ('' is everything).
SIX = {
    "new_york": (
        {"reporting_timezone": "America/New_York", "reporting_currency": "USD", "late_days": 7},
        "",
    ),
    "seoul": (
        {
            "reporting_timezone": "Asia/Seoul",
            "source_timezone": "Asia/Seoul",
            "reporting_currency": "KRW",
        },
        "",
    ),
    "short_gaps": ({"churn_gap_days": 14}, "path:models/marts/lifecycle"),
    "long_sessions": (
        {"session_gap_minutes": 60, "max_customers_per_device": 2},
        "events+,path:models/marts/core",
    ),
    "look_back": (
        {
            "attribution_look_back_days": 7,
            "attribution_half_life_days": 3,
            "attribution_end_share": 0.3,
        },
        "path:models/marts/growth",
    ),
    "windows": (
        {"monitoring_window_days": 14, "patient_pause_days": 10, "min_blood_pressures": 3},
        "path:models/marts/care",
    ),
}
ZONES = [
    "UTC",
    "America/St_Johns",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Europe/London",
    "Europe/Berlin",
    "Africa/Casablanca",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "Pacific/Marquesas",
]
# Two values of each number: further down and further up than in vars.yml.
NUMBERS = {
    "always_share": (0.9, 0.999),
    "amount_tolerance": (0.001, 0.2),
    "anomaly_false_days": (0.001, 0.05),
    "anomaly_least_z": (3, 6),
    "baseline_days": (28, 84),
    "bill_exception_spreads": (3, 8),
    "bill_jump_spreads": (4, 10),
    "bill_least_bills": (4, 12),
    "bill_least_spread": (0.01, 0.2),
    "bill_longest_days": (31, 400),
    "bill_usual_bills": (12, 26),
    "bills_known_after_days": (7, 45),
    "catalog_use_days": (28, 365),
    "change_amount_dispersion": (1, 4),
    "change_days": (14, 60),
    "change_least_counted": (5, 100),
    "change_least_share": (0.02, 0.5),
    "change_months": (3, 24),
    "change_name_error": (0.01, 0.2),
    "change_usual_spread": (0, 0.2),
    "change_weeks": (4, 20),
    "cost_value_days": (28, 365),
    "day_weight": (1, 6),
    "dear_view_times": (2, 10),
    "duplicate_board_overlap": (0.5, 1),
    "error_cap": (5, 20),
    "far_off_times": (2, 5),
    "feed_gaps": (20, 100),
    "feed_least_arrivals": (4, 15),
    "feed_least_weekday_gaps": (4, 12),
    "feed_longest_refresh_hours": (48, 400),
    "feed_longest_share": (0.9, 0.99),
    "feed_margin_hours": (0, 12),
    "feed_margin_share": (0, 0.5),
    "feed_spread": (1, 5),
    "feed_stopped_times": (2, 5),
    "feed_weekday_gaps": (13, 52),
    "few_days_penalty": (4, 16),
    "holiday_least_share": (0.05, 0.9),
    "job_endless_hours": (6, 72),
    "judged_days": (60, 250),
    "kept_runs": (10, 2000),
    "least_boards_to_compare": (2, 20),
    "least_earlier_days": (4, 20),
    "least_earlier_rows": (10, 100),
    "least_earlier_values": (30, 200),
    "least_expected_rows": (0.1, 2),
    "least_moved_rows": (1, 10),
    "least_value_share": (0.005, 0.1),
    "least_values": (2, 10),
    "level_error": (0, 0.1),
    "look_false_share": (0.01, 0.1),
    "measured_days": (260, 400),
    "most_category_values": (5, 100),
    "named_at_most": (1, 12),
    "node_timing_runs": (10, 100),
    "question_window_days": (28, 182),
    "rule_days": (14, 56),
    "rule_hits": (1, 4),
    "rule_least_z": (3, 6),
    "rule_rows": (100, 1000),
    "rule_share": (0.005, 0.1),
    "run_speed_least_nodes": (5, 100),
    "slower_least_runs_before": (2, 6),
    "slower_least_runs_since": (1, 4),
    "slower_least_seconds": (0, 5),
    "slower_runs_before": (5, 50),
    "slower_times": (1.5, 4),
    "stuck_chance": (0.00001, 0.01),
    "stuck_least_variance": (0.00001, 0.01),
    "stuck_rows": (5, 30),
    "tame_spreads": (3, 8),
    "weekday_prior_rows": (5, 100),
    "young_asset_days": (1, 200),
    "least_exempt_probability": (0.0001, 0.2),
    "usual_feature_share": (0.1, 0.9),
    "least_frauds_for_area": (10, 200),
    "least_stopped_for_area": (1, 20),
    "fraud_review_cost": (0, 50),
    "sales_margin": (0.05, 0.9),
    "fairness_bound": (0.5, 0.95),
    "fairness_ratio_to_find": (1.5, 5),
    "fairness_power": (0.5, 0.95),
    "least_stopped_for_what_if": (1, 50),
    "fraud_maturity_days": (30, 200),
    "least_fresh_labels": (1, 500),
    "review_capacity": (1, 200),
    "review_days": (1, 60),
    "review_prior_payments": (1, 200),
    "daily_feature_days": (1, 40),
    "recommendation_click_days": (1, 14),
    "recommendation_purchase_days": (1, 30),
    "recommendation_ranks": (1, 50),
    "model_quality_days": (7, 200),
    "model_idle_days": (1, 90),
    "challenger_learning_days": (30, 365),
    "challenger_judging_days": (30, 180),
    "challenger_cutoffs": (1, 24),
    "challenger_most_terms": (1, 200),
    "challenger_least_frauds": (1, 100),
    "challenger_before_days": (30, 365),
    "challenger_least_judged_frauds": (5, 200),
    "challenger_least_flagged_frauds": (1, 20),
    "challenger_least_stopped": (1, 50),
    "challenger_test_effect": (0.02, 0.2),
    "drift_reference_days": (7, 90),
    "drift_least_predictions": (1, 1000),
    "drift_least_of_a_bin": (1, 50),
    "drifted_psi": (0.1, 1),
    "drifted_distance": (0.05, 0.5),
    "moved_psi": (0.02, 0.3),
    "drift_confidence": (0.9, 0.99999),
    "drift_most_features": (1, 500),
    "drift_few_values": (1, 50),
    "drift_most_words": (1, 100),
    "drift_most_reference": (10, 1000000),
    "drift_onset_share": (0.5, 1),
    "drift_least_weeks": (1, 8),
    "least_flagged_positives": (1, 50),
    "calibration_days": (30, 180),
    "early_least_age_days": (0, 60),
    "early_check_days": (20, 90),
    "decay_least_auc": (0.0, 0.1),
    "decay_margin_auc": (0.01, 0.2),
    "skew_tolerance": (0.0, 0.1),
    "skew_tolerated_share": (0.0, 0.2),
    "late_days": (0, 10),
    "least_units": (2, 100),
    "least_converters": (1, 50),
    "balanced_arms_ratio": (1, 5),
    "smallest_cell": (1, 30),
    "open_group_customers": (1, 500),
    "min_expected_for_verdict": (1, 50),
    "session_gap_minutes": (1, 240),
    "max_customers_per_device": (1, 5),
    "churn_gap_days": (7, 90),
    "min_answers_of_a_group": (1, 20),
    "min_churned_for_verdict": (1, 100),
    "min_comparable_share": (0.1, 0.9),
    "max_values_of_a_trait": (2, 100),
    "diagnosis_delay_days": (1, 90),
    "diagnosis_horizon_days": (10, 60),
    "risk_score_test_fraction": (2, 5),
    "monitoring_window_days": (7, 45),
    "min_blood_pressures": (1, 4),
    "patient_pause_days": (7, 90),
    "usual_pause_window_days": (20, 120),
    "diagnosis_look_back_days": (10, 45),
    "risk_feature_days": (20, 90),
    "goal_on_track_probability": (0.5, 0.9),
    "goal_at_risk_probability": (0.1, 0.4),
    "goal_rehearsals": (6, 24),
    "goal_least_rehearsals": (2, 6),
    "goal_half_life": (1, 12),
    "goal_weekday_weeks": (4, 20),
    "goal_least_weeks": (2, 8),
    "goal_active_share": (0.5, 0.99),
    "goal_exception_deviations": (3, 8),
    "goal_least_for_exceptions": (4, 8),
    "goal_year_gain": (0.5, 0.95),
    "goal_longer_base_gain": (0.0, 0.5),
    "goal_change_deviations": (0, 4),
    "goal_spread_factor": (1.0, 1.3),
    "goal_least_events": (1, 10),
    "goal_few_events": (50, 1000),
    "goal_count_deviations": (1, 4),
    "attribution_look_back_days": (1, 90),
    "attribution_half_life_days": (1, 30),
    "attribution_end_share": (0.1, 0.5),
    "always_valid_units": (100, 50000),
    "planning_days": (7, 42),
    "planning_power": (0.5, 0.95),
    "experiment_past_days": (7, 56),
    "stray_days_at_end": (30, 400),
    "stray_days_at_start": (100, 4000),
    "stray_facts_share": (0.0, 0.01),
    "stray_facts_from": (1, 100000),
    "max_event_delay_days": (1, 4000),
    "sensor_days": (7, 28),
    "gmi_intercept": (3.0, 3.5),
    "gmi_slope": (0.02, 0.03),
    "weight_recent_days": (1, 7),
    "weight_usual_days": (14, 56),
    "alert_outcome_days": (7, 90),
    "min_alerts_for_share": (1, 100),
    "min_subscribers_of_other_products": (1, 200),
    "controls_per_diagnosis": (1, 40),
    "control_pool": (50, 100000),
    "min_diagnoses": (1, 100),
    "ledger_min_tests": (2, 40),
    "min_measured_conversions": (1, 100),
    "calibration_half_life_months": (1, 48),
    "channel_calibration_widening": (1, 5),
    "straggling_visit_share": (0.1, 2),
    "chance_of_a_gap": (0.0001, 0.5),
    "min_visits_of_a_gap": (1, 30),
    "planned_budget_months": (6, 60),
    "noise_epsilon": (0, 2),
    "noise_budget": (1, 100),
    "min_planned_months": (1, 20),
    "min_planned_spend_ratio": (1, 3),
}
OTHERS = {
    "search_endings": [["ing$", ""]],
    "search_stop_words": ["the", "of"],
    "fraud_models": ["fraud_score"],
    "default_brand": "acme",
    "default_attribution_model": "markov",
    "planning_effects": [0.05, 0.3],
    "challenger_test_metric": "orders",
    "risk_score_terms": ["age_years"],
    "risk_signal_features": [*VARS["risk_signal_features"], "orders_before"],
    "first_plausible_day": "2000-01-01",
    "first_plausible_birth_day": "1920-01-01",
    "default_reading_place": "office",
    "ledger_pool": "brand",
    "open_period": "quarter",
    "consent_required": {
        "experiments": "analytics",
        "features": "analytics",
        "personalisation": "personalisation",
    },
    "erasure_keeps": ["app.orders"],
    "words_for_nothing": ["-"],
    "loaded_together": [["app", "payments"], ["events.events", "app.orders"]],
}
CURRENCIES = ["KRW", "EUR", "USD"]


def combinations() -> dict[str, dict]:
    """name: settings. Each zone with four numbers, each low once and high once, and with source times and a currency."""
    found = {name: settings for name, (settings, _) in SIX.items()}
    names = sorted(NUMBERS)
    for place, zone in enumerate(ZONES):
        for end in (0, 1):
            some = names[place :: len(ZONES)]
            source = ZONES[-place] if end else "UTC"
            found[f"{zone} {'high' if end else 'low'}"] = {
                "reporting_timezone": zone,
                "source_timezone": source,
                "reporting_currency": CURRENCIES[(place + end) % len(CURRENCIES)],
                **{name: NUMBERS[name][end] for name in some},
            }
    for name, value in OTHERS.items():
        found[name] = {name: value}
    # The days on which clocks change, and one that a zone left out.
    for day, zone in (("2026-03-29", "Europe/Berlin"), ("2025-11-02", "America/New_York")):
        found[f"as of {day}"] = {"as_of": day, "reporting_timezone": zone}
    found["known until"] = {
        "known_until": "2026-04-05 01:30:00",
        "reporting_timezone": "Australia/Lord_Howe",
    }
    return found


def test_every_setting_is_in_the_sweep():
    swept = {name for settings in combinations().values() for name in settings}
    assert swept == set(VARS) - {"areas"}, "areas have their own tests"
    assert len(combinations()) >= 40


def build_with(demo, tmp_path, settings: dict, **options):
    """The demo's warehouse of the usual settings, built again with others."""
    database = tmp_path / "warehouse.duckdb"
    shutil.copy(demo, database)
    build(database, variables=settings, **options)
    return database


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in ("long_sessions", "look_back") else pytest.mark.slow)
        for name in SIX
    ],
)
def test_what_a_setting_changes_is_green(demo, tmp_path, name):
    settings, changed = SIX[name]
    build_with(demo, tmp_path, settings, select=changed)


@pytest.mark.slow
@pytest.mark.parametrize("name", combinations())
def test_every_setting_builds_green(demo, tmp_path, name):
    build_with(demo, tmp_path, combinations()[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["seoul", "long_sessions", "look_back"])
def test_other_settings_end_as_one_whole_build(demo, tmp_path, name):
    settings, _ = SIX[name]
    again = build_with(demo, tmp_path, settings, tests=False)
    fresh = tmp_path / "fresh" / "warehouse.duckdb"
    build(fresh, variables=settings, tests=False)
    for table in (
        "core.events",
        "core.sessions",
        "core.customer_days",
        "growth.int_credits",
        "care.readings",
    ):
        assert table_hash(again, table) == table_hash(fresh, table), table
        assert name != "seoul" or table_hash(again, table) != table_hash(demo, table), table


def test_a_warehouse_of_an_older_version_is_built_again(demo, tmp_path):
    """Tables with other columns than today's SQL writes, and rows that it would not write."""
    old = tmp_path / "warehouse.duckdb"
    shutil.copy(demo, old)
    with duckdb.connect(str(old)) as connection:
        connection.execute(
            """
            alter table core.events drop column fingerprint;
            alter table core.customer_days add column old_column integer;
            update care.readings set value = value + 1;
            update raw.built_settings set settings = 'of an older version';
            """
        )
    build(old, select="+events +customer_days +readings", tests=False)
    for table in ("core.events", "core.customer_days", "care.readings"):
        assert table_hash(old, table) == table_hash(demo, table), table


# ---------------------------------------------------------------------------
# Companies without orders
# ---------------------------------------------------------------------------

WITHOUT_ORDERS = {
    "readings": {
        "devices__readings": "reading_id,device_id,customer_id,measurement,value,unit,measured_at,received_at\n"
        + "\n".join(
            f"r{n},d{n % 3},p{n % 3},{['weight', 'glucose', 'systolic', 'diastolic'][n % 4]},{[70, 110, 130, 80][n % 4]},"
            f"{['kg', 'mg/dL', 'mmHg', 'mmHg'][n % 4]},2025-03-{1 + n // 4:02} {8 + n % 4:02}:00:00,"
            f"2025-03-{1 + n // 4:02} {8 + n % 4:02}:00:10"
            for n in range(100)
        )
    },
    "events": {
        "events__events": "event_id,event_name,occurred_at,anonymous_id,customer_id,utm_source,utm_medium,_loaded_at\n"
        + "\n".join(
            f"e{n},{['page_viewed', 'signed_up'][n % 2]},2025-01-{6 + n // 8:02} {n % 24:02}:00:00,a{n % 7},"
            f"{f'c{n % 7}' if n % 2 else ''},google,cpc,2025-01-{13 if n < 56 else 20} 03:00:00"
            for n in range(100)
        )
    },
    "subscriptions": {
        "app__subscription_changes": "change_id,subscription_id,customer_id,product_id,change_type,changed_at,"
        "effective_at,monthly_amount,currency\n"
        + "\n".join(
            [
                f"s{n},x{n},c{n},p1,started,2025-{1 + n // 4:02}-03 00:00:00,,{10 + n},USD"
                for n in range(20)
            ]
            + [
                f"t{n},x{n},c{n},p1,cancelled,2025-{4 + n // 4:02}-03 00:00:00,,0,USD"
                for n in range(0, 8, 2)
            ]
        )
    },
}
WHAT_IS_KNOWN = {
    "readings": [
        ("select count(*) from care.readings", 100),
        (
            "select max(value) from metrics.metric_values where metric_name = 'active_customers' and brand = 'all'",
            3.0,
        ),
    ],
    "events": [
        ("select as_of_date::varchar from staging.as_of", "2025-01-19"),
        ("select sum(event_count)::int from core.sessions", 100),
    ],
    "subscriptions": [
        (
            "select value from metrics.metric_values where metric_name = 'mrr' and brand = 'all' and grain = 'month'"
            " and period_start = '2025-05-01'",
            float(sum(10 + n for n in range(20)) - 10 - 12 - 14 - 16),
        ),
    ],
}


@pytest.mark.parametrize(
    "facts", [pytest.param(facts, marks=pytest.mark.slow) for facts in WITHOUT_ORDERS]
)
def test_a_company_of_one_table_of_facts_is_green(tmp_path, facts):
    database = tmp_path / "warehouse.duckdb"
    build(
        database,
        write_raw(tmp_path / "raw", WITHOUT_ORDERS[facts]),
    )
    for select, expected in WHAT_IS_KNOWN[facts]:
        assert query(database, select) == [(expected,)]
