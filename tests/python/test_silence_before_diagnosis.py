"""Measuring that fades by itself is no silence before a diagnosis; silence that is planted is found. Through the marts' own SQL."""

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from warehouse import build, query

MODELS = "comparison_bands int_followed_diagnoses int_diagnosis_subjects int_diagnosis_days days_before_diagnosis"
DAYS, FADING = 600, 200
# A patient's days are the same whoever else there is: each brand is a world of its own.
TABLES = """
set threads = 2;
create schema care;
create schema core;
create schema staging;
create table staging.as_of as select date '2026-06-30' as as_of_date;
create table core.dates as
select date '2024-01-01' + number::int as date_day from range(0, 912) as numbers (number);
create table core.customers as
select distinct 'c' || patient as customer_id, 'world ' || world as brand, age as age_band from drawn;
create table care.patient_days as
select
    'c' || patient as customer_id, 1 as usable_reading_count, null::double as weight_kg,
    date '2024-06-01' + day::int as measured_date
from drawn;
create table care.int_measured_patients as
select 'c' || patient as customer_id, date '2024-06-01' + min(day)::int as first_date, null::date as left_date,
    date '2024-06-01' + min(day)::int as weight_from_date, null::date as glucose_from_date,
    case when any_value(device) = 1 then date '2024-06-01' + min(day)::int end as systolic_from_date,
    null::date as heart_rate_from_date
from drawn group by patient;
create table staging.stg_devices__diagnoses as
select
    'd' || patient as diagnosis_id, 'c' || patient as customer_id, 'stroke' as condition,
    timestamp '2024-06-01 12:00:00' + to_days(day::int) as diagnosed_at
from diagnosed;
"""


def simulate(
    database,
    seed: int,
    worlds: int,
    patients: int,
    diagnoses: int,
    silent: float,
    giving_up=FADING,
    early=0,
):
    """Patients who begin some time in the first 200 days and measure less and less, in each world so many with a
    diagnosis on a day drawn by chance; a share of them measures nothing in the ten days before.

    Those of 75 and over, or with a monitor of blood pressure, measure for `giving_up` days, in the mean, and are those
    who are diagnosed where it is not FADING. Whoever begins measures every day for `early` days more.
    """
    random = np.random.default_rng(seed)
    total = worlds * patients
    start = random.integers(0, 200, total)
    often = random.beta(4, 2, total)
    old, device = random.random(total) < 0.5, random.random(total) < 0.5
    fading = np.where(old | device, giving_up, FADING)
    age = np.arange(DAYS)[None, :] - start[:, None]
    faded = np.exp(-np.maximum(age - early, 0) / fading[:, None])
    measures = random.random((total, DAYS)) < often[:, None] * faded
    measures &= age >= 0
    measures[np.arange(total), start] = True
    likely = np.where(fading == FADING, 0.05, 1) if giving_up != FADING else np.ones(total)
    ill = np.concatenate(
        [
            random.choice(
                np.arange(world * patients, (world + 1) * patients),
                diagnoses,
                replace=False,
                p=(one := likely[world * patients : (world + 1) * patients]) / one.sum(),
            )
            for world in range(worlds)
        ]
    )
    day = start[ill] + 60 + (random.random(len(ill)) * (DAYS - 120 - start[ill])).astype(int)
    for patient, at in zip(ill, day, strict=True):
        if random.random() < silent:
            measures[patient, max(at - 10, start[patient] + 1) : at] = False
    patient, when = np.nonzero(measures)
    tables = {
        "drawn": {
            "patient": patient,
            "day": when,
            "world": patient // patients,
            "age": np.where(old[patient], "75 and over", "65-74"),
            "device": device[patient].astype(int),
        },
        "diagnosed": {"patient": ill, "day": day},
    }
    with duckdb.connect(str(database)) as connection:
        for name, columns in tables.items():
            connection.register(name, pa.table(columns))
        connection.execute(TABLES)
    build(database, select=MODELS, tests=False)
    return query(
        database,
        """select brand, days_before, silent_share, silent_share_low, silent_share_high, evidence,
            1 - measured_share / usual_share, n_controls, n_matched, n_mature
        from care.days_before_diagnosis where days_before <= 10""",
    )


def test_fading_is_not_silence(tmp_path):
    """Intervals above 0 in one day of forty, by chance; without others to compare with it was one in three."""
    rows = simulate(
        tmp_path / "warehouse.duckdb", 3, worlds=8, patients=250, diagnoses=150, silent=0
    )
    assert {row[5] for row in rows} == {"sufficient"}
    assert sum(row[6] for row in rows) / len(rows) == pytest.approx(0.17, abs=0.04), "it fades"
    assert abs(sum(row[2] for row in rows) / len(rows)) < 0.04
    assert sum(row[3] > 0 for row in rows) / len(rows) <= 0.1
    assert sum(row[3] <= 0 <= row[4] for row in rows) / len(rows) >= 0.9


def test_fading_of_some_is_not_silence_of_those_who_are_diagnosed(tmp_path):
    """The old, and those with a monitor, give up four times as fast, and are the ones who are diagnosed."""
    rows = simulate(
        tmp_path / "warehouse.duckdb",
        8,
        worlds=6,
        patients=400,
        diagnoses=110,
        silent=0,
        giving_up=50,
    )
    assert {row[5] for row in rows} == {"sufficient"}
    assert all(0.8 * row[9] < row[8] <= row[9] for row in rows), "nearly all have somebody alike"
    assert sum(row[6] for row in rows) / len(rows) > 0.4, "it fades fast"
    assert abs(sum(row[2] for row in rows) / len(rows)) < 0.1
    assert sum(row[3] > 0 for row in rows) / len(rows) <= 0.1


@pytest.mark.slow
def test_fading_is_not_silence_in_a_hundred_worlds(tmp_path):
    rows = simulate(
        tmp_path / "warehouse.duckdb", 6, worlds=100, patients=250, diagnoses=150, silent=0
    )
    assert abs(sum(row[2] for row in rows) / len(rows)) < 0.015
    assert sum(row[3] <= 0 <= row[4] for row in rows) / len(rows) >= 0.93
    assert sum(row[3] > 0 for row in rows) / len(rows) <= 0.05


def test_silence_is_found_in_what_fades(tmp_path):
    rows = simulate(
        tmp_path / "warehouse.duckdb", 4, worlds=6, patients=500, diagnoses=200, silent=0.35
    )
    assert sum(row[2] for row in rows) / len(rows) == pytest.approx(0.35, abs=0.05)
    assert sum(row[3] <= 0.35 <= row[4] for row in rows) / len(rows) >= 0.85
    assert sum(row[3] > 0 for row in rows) / len(rows) > 0.75


def test_too_few_to_compare_with_say_so(tmp_path):
    rows = simulate(
        tmp_path / "warehouse.duckdb", 5, worlds=2, patients=40, diagnoses=6, silent=0.35
    )
    assert {(row[2], row[3], row[5]) for row in rows} == {(None, None, "insufficient")}
