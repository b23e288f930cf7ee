"""Each fault that was found in care, with its right value, and others of its kind: one small company, a patient each."""

import json

import pytest
from care_cases import AS_OF, company
from warehouse import PROJECT, build, query, write_raw

NOISE = "regexp_matches(customer_id, '^(noise|sparse|gain)[468]_')"


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clinic")
    raw = write_raw(folder / "raw", company())
    models = "alert_quality patient_alerts glucose_measures"
    build(
        folder / "warehouse.duckdb",
        raw,
        select=[f"+{model}" for model in models.split()],
        tests=False,
        variables={"as_of": AS_OF},
    )
    return folder / "warehouse.duckdb"


GLUCOSE = {
    # readings in range, share of 14 days that the sensor was active, time in range
    "cgmhr": (0, None, None),
    "cgmweight": (1, None, None),
    "cgm1": (1, 45 / 1440, None),
    "cgm3h": (1, 0.25, None),
    "sensor": (0.25, 1, 0.5),
    "fortnight": (10 / 14, 1, 10 / 14),
    "patchy": (1, 1 / 3, None),
    "twice": (1, 1, 1),
    "before": (None, None, None),
}


@pytest.mark.parametrize("patient", GLUCOSE)
def test_time_in_range_is_of_time_and_of_glucose(clinic, patient):
    [(share, active, time)] = query(
        clinic,
        f"""select glucose_in_range_share, sensor_active_share, time_in_range
        from care.monitoring_windows where customer_id = '{patient}' and window_number = 1""",
    )
    # as_of ends an hour earlier in London than in UTC: one of 720
    assert (share, active, time) == pytest.approx(GLUCOSE[patient], abs=0.004)


def test_a_sensor_is_sufficient_by_its_time_and_nothing_is_said_without_a_rule(clinic):
    found = dict(
        query(
            clinic,
            "select customer_id, is_time_in_range_sufficient from care.monitoring_windows where window_number = 1",
        )
    )
    assert {name: found[name] for name in GLUCOSE} == {
        name: None if name == "before" else time is not None for name, (*_, time) in GLUCOSE.items()
    }
    [(*values,)] = query(
        clinic,
        """select billing_level, blood_pressure_stage, has_rapid_weight_gain, largest_weight_gain_kg
        from care.monitoring_windows where customer_id = 'before'""",
    )
    # weight has had a rule since 2013
    assert values[:2] == [None, None]
    assert values[2] is not None
    assert query(
        clinic,
        "select sum(glucose_count), sum(glucose_in_range_count) from care.patient_days where customer_id = 'before'",
    ) == [(5, None)]


ALERTS = {
    "crisis": {"critical_reading": 230},
    "crisis_of_one": {"critical_reading": 121},
    "hypo": {"critical_reading": 45, "low_glucose": 45},
    "hypot": {"low_blood_pressure": 45},
    "hr": {"critical_reading": 180, "heart_rate": 150},
    "slow_heart": {"critical_reading": 38},
    "fast_heart": {"heart_rate": 118},
    "sugar": {"critical_reading": 305},
    "sugar_before": {},
    "high_sugar": {"high_glucose": 195},
    "lows": {"low_glucose": 65},
    "one_low": {},
    # 54 and 250 are not beyond themselves
    "edges": {"low_glucose": 54},
    "cgmhr": {"critical_reading": 260, "high_glucose": 260},
    "home": {"blood_pressure": 137},
    "bounds": {},
    "office": {},
    "white_coat": {"blood_pressure": 150},
    "low_low": {"low_blood_pressure": 58},
    "fine": {},
    "slowly": {},
    "silent31": {"silence": 31},
    "silent10": {"silence": 10},
    "just_now": {},
    "silent_subscriber": {"silence": 112},
    "gone_for_long": {},
    "slow40": {"silence": 40},
    "slow20": {},
    "never": {"never_measured": 121},
    "never_yet": {},
    "never_and_gone": {},
    "no_patient": {},
    "reader7": {},
    "scale": {"device": 1},
    "left": {},
    "left_at_midnight": {},
    "before": {},
}


def test_who_needs_a_look_is_shown_and_nobody_else(clinic):
    found = {name: {} for name in ALERTS}
    for name, rule, value in query(
        clinic, f"select customer_id, rule, value from care.patient_alerts where not {NOISE}"
    ):
        found.setdefault(name, {})[rule] = value
    assert {name: found[name] for name in ALERTS} == ALERTS
    assert "weight_gain" in found["heavier"]


def test_critical_values_come_first_and_every_alert_has_its_words(clinic):
    severities = dict(
        query(clinic, "select rule, max(severity) from care.patient_alerts group by 1")
    )
    assert severities["critical_reading"] == max(severities.values())
    assert severities["critical_reading"] > severities["blood_pressure"] > severities["silence"]
    assert (
        query(
            clinic,
            "select rule, reason from care.patient_alerts where reason = '' or reason like '%{%'",
        )
        == []
    )
    assert query(clinic, "select reason from care.patient_alerts where customer_id = 'crisis'") == [
        (
            "A systolic blood pressure of 230 mmHg on 2026-06-30: from 180 on one reading is reason to look.",
        )
    ]


STAGES = {
    "home": ("stage 2", "home"),
    "bounds": ("stage 1", "home"),
    "office": ("stage 1", "office"),
    "white_coat": ("elevated", "home"),
    "hypot": ("low", "home"),
    "low_low": ("low", "home"),
    "fine": ("normal", "home"),
    "before": (None, "home"),
    "cgmpressure": (None, "home"),
}


def test_home_has_bounds_of_its_own_and_low_is_not_normal(clinic):
    found = {
        name: row
        for name, *row in query(
            clinic,
            "select customer_id, blood_pressure_stage, blood_pressure_place from care.monitoring_windows where systolic_mmhg is not null",
        )
    }
    assert {name: tuple(found[name]) for name in STAGES} == STAGES


def test_a_window_that_ended_early_counts_its_own_days(clinic):
    rows = query(
        clinic,
        """select customer_id, window_number, days_with_data, days_so_far, is_final from care.monitoring_windows
        where customer_id in ('left', 'left_at_midnight', 'stopped', 'left_lazy', 'came_back') order by 1, 2""",
    )
    full, rest = (1, 30, 30, True), (2, 3, 3, True)
    assert rows == [
        ("came_back", 1, 10, 10, True),
        # still within the pause: the days up to now
        ("came_back", 4, 5, 25, False),
        ("came_back", 5, 0, 2, False),
        ("left", *full),
        ("left", *rest),
        ("left_at_midnight", *full),
        ("left_at_midnight", *rest),
        ("left_lazy", 1, 10, 30, True),
        ("left_lazy", 2, 0, 9, True),
        ("stopped", *full),
        ("stopped", *rest),
    ]


def test_days_are_those_of_the_patients_clock(clinic):
    rows = query(
        clinic,
        """select customer_id, count(*), min(measured_date)::varchar, max(measured_date)::varchar
        from care.patient_days where customer_id like 'tz_%' group by 1 order by 1""",
    )
    names = ["auckland", "country", "la", "odd", "seoul", "small", "traveller"]
    assert rows == [(f"tz_{name}", 8, "2026-06-10", "2026-06-17") for name in names]
    assert query(
        clinic,
        "select distinct billing_level from care.monitoring_windows where customer_id like 'tz_%'",
    ) == [("2 to 15 days",)]
    hours = query(
        clinic,
        "select distinct extract(hour from local_measured_at) from care.readings where customer_id in ('tz_la', 'tz_seoul', 'tz_traveller') order by 1",
    )
    assert hours == [(8,), (20,)]


def test_weight_is_held_against_the_patients_own_spread(clinic):
    """False alerts of noise alone, for 100 days; a gain of 2 kg in three days, four days after it began."""
    false = dict(
        query(
            clinic,
            """select left(customer_id, 5), 100 * avg((weight_gain_kg > weight_gain_bound_kg)::int)
            from care.patient_days
            where regexp_matches(customer_id, '^(noise|spars)') and weight_gain_kg is not null group by 1""",
        )
    )
    assert false["noise"] <= 1
    assert false["spars"] <= 1
    [(in_windows,)] = query(
        clinic,
        "select avg(has_rapid_weight_gain::int) from care.monitoring_windows where customer_id like 'noise6_%'",
    )
    assert in_windows <= 0.1, "it was 0.45"
    [(found, gained)] = query(
        clinic,
        """select count(distinct customer_id) filter (rule = 'weight_gain' and started_date <= '2026-06-28'),
            (select count(distinct customer_id) from care.readings where customer_id like 'gain%')
        from care.patient_alert_history where customer_id like 'gain%' and started_date >= '2026-06-23'""",
    )
    assert found >= 0.8 * gained


def test_the_burden_of_alerts_is_counted_and_nothing_is_said_of_their_worth(clinic):
    rows = query(
        clinic,
        """select alert_count, alert_days, patient_days, alerts_per_100_patient_days, evidence, followed_share, acknowledged_count
        from care.alert_quality where brand = 'care' and rule = 'all'""",
    )
    [(count, held, patient_days)] = query(
        clinic,
        """select count(*), sum(alert_days),
            (select sum(days_so_far) from care.monitoring_windows where brand = 'care')
        from care.patient_alert_history where brand = 'care'""",
    )
    assert rows == [
        (
            count,
            held,
            patient_days,
            pytest.approx(100 * count / patient_days),
            "insufficient",
            None,
            None,
        )
    ]
    open_alerts = query(clinic, "select count(*) from care.patient_alert_history where is_open")
    assert open_alerts == query(clinic, "select count(*) from care.patient_alerts")


def test_measures_of_glucose_are_those_of_iglu(clinic):
    """Every measure, of the whole day and of each hour, of patients that tests/python/iglu_patients.py makes."""
    expected = json.loads((PROJECT / "tests/python/reference/iglu.json").read_text())
    columns = list(expected["few"]["all"])
    found = {
        (name, hour): dict(zip(columns, values, strict=True))
        for name, hour, *values in query(
            clinic,
            f"""select customer_id[6:], hour_of_day, {", ".join(columns)} from care.glucose_measures
            where customer_id like 'iglu_%' and source = 'sensor'""",
        )
    }
    assert found.keys() == {(name, hour) for name in expected for hour in expected[name]}
    for (name, hour), row in found.items():
        known = {key: value for key, value in expected[name][hour].items() if value is not None}
        assert [key for key, value in row.items() if value is None] == [
            key for key in row if key not in known
        ], "one reading has no spread"
        assert {key: row[key] for key in known} == pytest.approx(known, rel=1e-9, abs=1e-9), (
            name,
            hour,
        )


def test_time_of_glucose_is_said_of_sensors_that_were_active(clinic):
    rows = dict(
        query(
            clinic,
            """select customer_id[6:], time_in_range from care.glucose_measures
            where customer_id like 'iglu_%' and hour_of_day = 'all' and source = 'sensor'""",
        )
    )
    assert {name for name, time in rows.items() if time is not None} == {"floats", "whole", "gaps"}
    [(share, time, low, high)] = query(
        clinic,
        """select in_range_share, time_in_range, time_low, time_high from care.glucose_measures
        where customer_id = 'iglu_whole' and hour_of_day = 'all'""",
    )
    # equal steps: of readings and of time is the same
    assert time == pytest.approx(share, abs=1e-9)
    assert time + low + high == pytest.approx(1, abs=1e-9)
