"""Readings that make no sense, windows and alerts: by hand on a few patients, and against the planted counts of the demo."""

import json
import pathlib

import duckdb
import pytest
from warehouse import PROJECT, build, query, write_raw

CARE = "+path:models/marts/care/*.sql"
HEADER = "reading_id,device_id,customer_id,measurement,context,value,unit,measured_at,received_at"


def reading(number, customer, measurement, value, unit, measured_at, received_at=None, context=""):
    at = f"{measured_at} 08:00:00"
    received = f"{received_at or measured_at} 08:01:00"
    return f"r{number},d1,{customer},{measurement},{context},{value},{unit},{at},{received}"


def patient_readings() -> list[str]:
    """A patient of every kind, as of 2026-03-31."""
    rows = [
        ("units", "weight", 154.3, "lb", "2026-03-01"),
        ("units", "weight", 70, "kg", "2026-03-02"),
        ("units", "weight", 11, "stone", "2026-03-03"),
        ("units", "glucose", 5.5, "mmol/L", "2026-03-03"),
        ("broken", "systolic", 0, "mmHg", "2026-03-29"),
        ("broken", "systolic", 9999, "mmHg", "2026-03-30"),
        ("broken", "systolic", 120, "mmHg", "2026-03-31"),
        ("ahead", "weight", 70, "kg", "2027-03-30", "2026-03-30"),
        ("twice", "weight", 70, "kg", "2026-03-30"),
        ("twice", "weight", 70, "kg", "2026-03-30"),
        ("gains", "weight", 70, "kg", "2026-03-28"),
        ("gains", "weight", 72.5, "kg", "2026-03-31"),
        ("keeps", "weight", 70, "kg", "2026-03-28"),
        ("keeps", "weight", 72, "kg", "2026-03-31"),
        ("no_birthday", "systolic", 150, "mmHg", "2026-03-30"),
        ("no_birthday", "diastolic", 70, "mmHg", "2026-03-30"),
        ("no_birthday", "systolic", 140, "mmHg", "2026-03-31"),
        ("no_birthday", "diastolic", 70, "mmHg", "2026-03-31"),
        ("border", "systolic", 130, "mmHg", "2026-03-30"),
        ("border", "diastolic", 79.9, "mmHg", "2026-03-30"),
        ("border", "systolic", 130, "mmHg", "2026-03-31"),
        ("border", "diastolic", 79.9, "mmHg", "2026-03-31"),
        ("nobody", "weight", 70, "kg", "2026-03-30"),
        ("absurd", "weight", 3.4028235e38, "kg", "2026-01-10"),
        ("absurd", "weight", 70, "kg", "2026-03-30"),
        ("ahead_twice", "weight", 70, "kg", "2027-03-30", "2026-03-29"),
        ("ahead_twice", "weight", 70, "kg", "2027-03-30", "2026-03-30"),
        ("ahead_twice", "weight", 70, "kg", "2027-03-31", "2026-03-30"),
        ("diastolic", "systolic", 130, "mmHg", "2026-03-30"),
        ("diastolic", "diastolic", 105, "mmHg", "2026-03-30"),
        ("diastolic", "systolic", 130, "mmHg", "2026-03-31"),
        ("diastolic", "diastolic", 103, "mmHg", "2026-03-31"),
    ]
    rows += [("silent", "weight", 70, "kg", f"2026-03-{day:02}") for day in range(1, 11)]
    # two windows of one patient: one under the rules of 2025, one under those of 2026
    rows += [("bills", "weight", 70, "kg", f"2025-11-{day:02}") for day in range(1, 11)]
    rows += [("bills", "weight", 70, "kg", f"2025-12-{day:02}") for day in range(1, 17)]
    rows += [("bills", "weight", 70, "kg", f"2026-01-{day:02}") for day in range(1, 3)]
    return [reading(number, *row) for number, row in enumerate(rows)]


@pytest.fixture(scope="module")
def patients(tmp_path_factory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("care")
    names = sorted({row.split(",")[2] for row in patient_readings()} - {"nobody"})
    customers = [
        f"{name},care,{'' if name == 'no_birthday' else '1950-01-01'},KR,2025-10-01 09:00:00,2025-10-01 09:00:00"
        for name in names
    ]
    files = {
        "app__customers": [
            "customer_id,brand,birth_date,country_code,created_at,updated_at",
            *customers,
        ],
        "app__orders": [
            "order_id,customer_id,ordered_at,paid_at,status,currency,discount_amount,updated_at",
            "o1,units,2026-01-01 10:00:00,2026-01-01 10:00:00,paid,USD,0,2026-01-01 10:00:00",
        ],
        "app__order_items": ["order_id,line_number,product_id,quantity,unit_price", "o1,1,p1,1,10"],
        "devices__readings": [HEADER, *patient_readings()],
    }
    raw = write_raw(folder / "raw", files)
    build(folder / "warehouse.duckdb", raw, select=CARE, variables={"as_of": "2026-03-31"})
    return folder / "warehouse.duckdb"


def test_units_are_made_one_and_an_unknown_one_is_flagged(patients):
    rows = query(
        patients,
        "select reported_unit, value::double, unit, is_usable from care.readings where customer_id = 'units' order by reading_id",
    )
    assert rows == [
        ("lb", 69.9893, "kg", True),
        ("kg", 70.0, "kg", True),
        ("stone", None, None, False),
        ("mmol/L", 99.0858, "mg/dL", True),
    ]


def test_what_cannot_be_is_kept_and_does_not_count(patients):
    rows = query(
        patients,
        "select reported_value, is_implausible, is_usable from care.readings where customer_id = 'broken' order by reading_id",
    )
    assert rows == [(0, True, False), (9999, True, False), (120, False, True)]
    days = query(
        patients,
        "select measured_date::varchar, reading_count, usable_reading_count, systolic_mmhg from care.patient_days where customer_id = 'broken' order by 1",
    )
    assert days == [
        ("2026-03-29", 1, 0, None),
        ("2026-03-30", 1, 0, None),
        ("2026-03-31", 1, 1, 120),
    ]


def test_a_clock_a_year_ahead_counts_at_the_receipt(patients):
    rows = query(
        patients,
        "select measured_date::varchar, shown_at::date::varchar, is_clock_ahead, is_usable from care.readings where customer_id = 'ahead'",
    )
    assert rows == [("2026-03-30", "2027-03-30", True, True)]


def test_what_no_decimal_can_hold_is_kept_and_begins_no_window(patients):
    rows = query(
        patients,
        "select reported_value, value, is_implausible, is_usable from care.readings where customer_id = 'absurd' order by measured_date",
    )
    assert rows == [(3.4028235e38, None, True, False), (70, 70, False, True)]
    windows = query(
        patients,
        "select window_start::varchar, days_with_data from care.monitoring_windows where customer_id = 'absurd'",
    )
    assert windows == [("2026-03-30", 1)]


def test_copies_of_a_clock_ahead_are_those_of_the_same_shown_moment(patients):
    rows = query(
        patients,
        "select shown_at::date::varchar, is_duplicate from care.readings where customer_id = 'ahead_twice' order by reading_id",
    )
    assert rows == [("2027-03-30", False), ("2027-03-30", True), ("2027-03-31", False)]


def test_a_reading_sent_twice_counts_once(patients):
    rows = query(
        patients,
        "select is_duplicate, is_usable from care.readings where customer_id = 'twice' order by reading_id",
    )
    assert rows == [(False, True), (True, False)]


def test_alerts_name_who_needs_a_look_and_why(patients):
    alerts = {
        (customer, rule): reason
        for customer, rule, reason in query(
            patients, "select customer_id, rule, reason from care.patient_alerts"
        )
    }
    assert alerts == {
        ("silent", "silence"): "No reading for 21 days (since 2026-03-10).",
        ("units", "silence"): "No reading for 28 days (since 2026-03-03).",
        (
            "diastolic",
            "blood_pressure",
        ): "Mean diastolic blood pressure of the last 7 days is 104 mmHg: stage 2.",
        (
            "ahead_twice",
            "device",
        ): "3 readings of the last 7 days cannot be right: look at the device.",
        ("gains", "weight_gain"): "Weighs 2.5 kg more than usual (by 2026-03-31).",
        (
            "no_birthday",
            "blood_pressure",
        ): "Mean systolic blood pressure of the last 7 days is 145 mmHg: stage 2.",
        (
            "broken",
            "device",
        ): "2 readings of the last 7 days cannot be right: look at the device.",
        ("ahead", "device"): "1 readings of the last 7 days cannot be right: look at the device.",
    }


def test_the_billing_rule_is_that_of_the_end_of_the_window(patients):
    rows = query(
        patients,
        "select window_number, window_start::varchar, window_end::varchar, days_with_data, billing_level, is_final from care.monitoring_windows where customer_id = 'bills' order by 1",
    )
    assert rows == [
        (1, "2025-11-01", "2025-11-30", 10, "too few days", True),
        (2, "2025-12-01", "2025-12-30", 16, "16 to 30 days", True),
        (3, "2025-12-31", "2026-01-29", 2, "2 to 15 days", True),
    ]


def test_stages_have_half_open_bounds_and_the_worse_counts(patients):
    stages = dict(
        query(
            patients,
            "select customer_id, blood_pressure_stage from care.monitoring_windows where systolic_mmhg is not null",
        )
    )
    assert stages == {
        "no_birthday": "stage 2",
        "border": "stage 1",
        "broken": None,
        "diastolic": "stage 2",
    }


def test_the_demo_has_as_many_bad_readings_as_were_planted(demo):
    truth = json.loads((PROJECT / "ingest" / "truth.json").read_text())["care"]
    [(implausible, ahead, twice, in_pounds, in_mmol)] = query(
        demo,
        """
        select
            count(*) filter (where is_implausible), count(*) filter (where is_clock_ahead),
            count(*) filter (where is_duplicate), count(*) filter (where reported_unit = 'lb'),
            count(*) filter (where reported_unit = 'mmol/L')
        from care.readings
        """,
    )
    near = {
        "implausible_readings": implausible,
        "clock_ahead_readings": ahead,
        "readings_sent_twice": twice,
        "readings_in_pounds": in_pounds,
        "readings_in_mmol": in_mmol,
    }
    for name, found in near.items():
        assert found == pytest.approx(truth[name], abs=max(3, 0.01 * truth[name])), name


FEATURES = "+patient_risk_features"


def write_demo(folder: pathlib.Path, known_until: str | None, seed: int) -> pathlib.Path:
    """The demo's readings and customers as a user's folder; rows that arrived later are corrupted."""
    folder.mkdir()
    for file in sorted((PROJECT / "seeds" / "raw").glob("raw_*.csv")):
        name = file.stem.removeprefix("raw_")
        if name not in ("app__customers", "app__orders", "app__order_items", "devices__readings"):
            continue
        with duckdb.connect() as connection:
            connection.execute(
                f"create table rows as select * from read_csv('{file}', all_varchar = true)"
            )
            if known_until and name in ("app__customers", "devices__readings"):
                connection.execute(f"select setseed({seed / 1000})")
                changes = {
                    "devices__readings": """
                        value = (random() * 300)::varchar,
                        measurement = ['weight', 'systolic', 'glucose'][1 + (random() * 2.99)::int % 3],
                        customer_id = if(random() < 0.2, 'cus_1000021', customer_id),
                        measured_at = (measured_at::timestamp - to_days((random() * 400)::int))::varchar""",
                    "app__customers": "birth_date = '1930-01-01', brand = 'care'",
                }[name]
                connection.execute(f"update rows set {changes} where _loaded_at >= '{known_until}'")
            connection.execute(f"copy rows to '{folder / name}.csv' (header)")
    return folder


def test_features_know_nothing_of_what_comes_later(tmp_path):
    """Every row that arrived from March 2026 on is corrupted: features up to then are the same, byte for byte."""
    day = "2026-03-01"
    found = {}
    for name, known_until in (("clean", None), ("corrupted", f"{day} 00:00:00")):
        database = tmp_path / "warehouse.duckdb"
        build(
            database,
            write_demo(tmp_path / name, known_until, 7),
            select=FEATURES,
            tests=False,
            variables={"as_of": "2026-06-30"},
            full_refresh=True,
        )
        found[name] = query(
            database, "select * from care.patient_risk_features order by feature_date, customer_id"
        )
        found[name] = (
            [row for row in found[name] if row[-3].isoformat() <= day],
            [row for row in found[name] if row[-3].isoformat() > day],
        )
    assert len(found["clean"][0]) > 300
    assert found["clean"][0] == found["corrupted"][0]
    assert found["clean"][1] != found["corrupted"][1], "later on the corruption shows"


CUSTOMERS = "customer_id,brand,birth_date,country_code,created_at,updated_at,_loaded_at"
ORDERS = [
    "order_id,customer_id,ordered_at,paid_at,status,currency,discount_amount,updated_at",
    "o1,p,2025-10-01 10:00:00,2025-10-01 10:00:00,paid,USD,0,2025-10-01 10:00:00",
]
ITEMS = ["order_id,line_number,product_id,quantity,unit_price", "o1,1,p1,1,10"]


def patient(name: str) -> str:
    day = "2025-10-01 09:00:00"
    return f"{name},care,1950-01-01,KR,{day},{day},{day}"


def weight(number: str, customer: str, kg: float, day: str, loaded: str) -> str:
    at = f"{day} 08:00:00,{day} 08:01:00"
    return f"{number},d1,{customer},weight,,{kg},kg,{at},{loaded} 03:00:00"


def build_care(folder, day: str, customers, readings, select=FEATURES, **files):
    """A warehouse of a few patients as of a day, from lines of their files."""
    tables = {
        "app__customers": [CUSTOMERS, *customers],
        "app__orders": ORDERS,
        "app__order_items": ITEMS,
        "devices__readings": [HEADER + ",_loaded_at", *readings],
    }
    raw = write_raw(folder / "raw", tables | files)
    build(folder / "warehouse.duckdb", raw, select=select, tests=False, variables={"as_of": day})
    return folder / "warehouse.duckdb"


def test_features_count_a_reading_as_it_was_known(tmp_path):
    """70 kg until it is corrected to 90 on 10 February; the same version sent again says nothing new."""
    old = "p,care,1950-01-01,KR,2026-01-01 09:00:00,2026-01-01 09:00:00,2026-01-01 10:00:00"
    new = "p,care,1940-01-01,KR,2026-01-01 09:00:00,2026-02-01 09:00:00,2026-02-05 10:00:00"
    versions = [(70, "2026-01-10"), (70, "2026-01-20"), (90, "2026-02-10")]
    built = build_care(
        tmp_path,
        "2026-03-05",
        [old, new],
        [weight("r1", "p", kg, "2026-01-09", loaded) for kg, loaded in versions],
    )
    assert query(
        built,
        "select feature_date::varchar, weight_usual_kg, weight_30_days_kg, weight_30_days_deviation_kg, age_years from care.patient_risk_features order by 1",
    ) == [
        ("2026-02-01", 70, 70, None, 76),
        ("2026-03-01", 90, None, None, 86),
        ("2026-03-06", 90, None, None, 86),
    ]


def test_features_lose_no_reading_to_corrections_and_copies(tmp_path):
    """back: 70, then 90, then 70 again. copied: r2 says what r1 said before r1 became 90. moved: from one patient to another and back."""
    readings = [
        weight("r1", "back", 70, "2026-01-09", "2026-01-10"),
        weight("r1", "back", 90, "2026-01-09", "2026-02-10"),
        weight("r1", "back", 70, "2026-01-09", "2026-02-20"),
        weight("r2", "copied", 70, "2026-01-09", "2026-01-10"),
        weight("r3", "copied", 70, "2026-01-09", "2026-01-11"),
        weight("r2", "copied", 90, "2026-01-09", "2026-02-10"),
        weight("r4", "moved", 70, "2026-01-09", "2026-01-10"),
        weight("r4", "other", 70, "2026-01-09", "2026-02-10"),
        weight("r4", "moved", 70, "2026-01-09", "2026-02-20"),
    ]
    names = ["back", "copied", "moved", "other"]
    built = build_care(tmp_path, "2026-02-28", [patient(name) for name in names], readings)
    usual = query(
        built,
        "select customer_id, feature_date::varchar, weight_usual_kg from care.patient_risk_features where feature_date <> '2026-02-28' order by all",
    )
    assert usual == [
        ("back", "2026-02-01", 70),
        ("back", "2026-03-01", 70),
        ("copied", "2026-02-01", 70),
        ("copied", "2026-03-01", 80),
        ("moved", "2026-02-01", 70),
        ("moved", "2026-03-01", 70),
    ]


def test_the_first_load_brings_a_past_that_was_known_then(tmp_path):
    readings = [weight("r1", "p", 70, "2026-01-09", "2026-06-20")]
    readings += [weight("r2", "p", 80, "2026-01-10", "2026-06-21")]
    built = build_care(tmp_path, "2026-06-30", [patient("p")], readings)
    assert query(
        built,
        "select feature_date::varchar, weight_usual_kg from care.patient_risk_features order by 1",
    ) == [("2026-02-01", 70), ("2026-03-01", 70)]


DIAGNOSES = "diagnosis_id,customer_id,hospital_id,condition,diagnosed_at,recorded_at"
LABELS = "+patient_risk_labels"


def test_a_final_label_does_not_move_when_a_diagnosis_is_recorded_late(tmp_path):
    readings = [
        weight(f"r{month}", "p", 70, f"2026-0{month}-20", f"2026-0{month}-21")
        for month in (1, 2, 3)
    ]
    diagnoses = [
        DIAGNOSES,
        "d1,p,h,stroke,2026-02-10 08:00:00,2026-06-01 08:00:00",
        "d2,p,h,stroke,2026-03-10 08:00:00,2026-03-20 08:00:00",
    ]
    labels = "select feature_date::varchar, has_diagnosis, is_final from care.patient_risk_labels where feature_date < '2026-05-01' order by 1"
    with_late = build_care(
        tmp_path / "a", "2026-06-30", [patient("p")], readings, LABELS, devices__diagnoses=diagnoses
    )
    assert query(with_late, labels) == [
        ("2026-02-01", False, True),
        ("2026-03-01", True, True),
        ("2026-04-01", False, True),
    ]
    without = build_care(tmp_path / "b", "2026-06-30", [patient("p")], readings, LABELS)
    assert {row[1:] for row in query(without, labels)} == {(False, False)}, "nobody tells"


def test_who_has_left_is_not_silent_and_codes_of_one_illness_are_one(tmp_path):
    names = ["stays", "gone"]
    readings = [
        weight(f"{name}{day}", name, 70, f"2025-12-{day}", f"2025-12-{day}")
        for name in names
        for day in range(10, 20)
    ]
    changes = [
        "change_id,subscription_id,customer_id,product_id,change_type,changed_at,effective_at,monthly_amount,currency",
        *(f"s{name},{name},{name},p1,started,2025-10-01 00:00:00,,10,USD" for name in names),
        "end,gone,gone,p1,cancelled,2026-03-01 00:00:00,,10,USD",
    ]
    diagnoses = [DIAGNOSES]
    for name in names:
        for number, day in enumerate(("2026-04-10", "2026-04-10", "2026-05-01")):
            diagnoses.append(f"{name}{number},{name},h,stroke,{day} 08:00:00,{day} 09:00:00")
    built = build_care(
        tmp_path,
        "2026-06-30",
        [patient(name) for name in names],
        readings,
        "+days_before_diagnosis",
        devices__diagnoses=diagnoses,
        app__subscription_changes=changes,
    )
    assert query(
        built, "select customer_id, diagnosed_date::varchar from care.int_followed_diagnoses"
    ) == [("stays", "2026-04-10")]
    assert query(built, "select distinct n_mature from care.days_before_diagnosis") == [(1,)]


def test_the_range_of_glucose_is_that_of_the_day(tmp_path):
    """From March on up to 150 only; every reading still counts once."""
    rules = (PROJECT / "seeds" / "reference" / "care_rules.csv").read_text().splitlines()
    [old] = [line for line in rules if line.startswith("glucose_in_range")]
    rules.remove(old)
    rules.append(old.replace("2019-06-08,", "2019-06-08,2026-03-01", 1))
    rules.append(old.replace(",180,", ",150,").replace("2019-06-08", "2026-03-01"))
    readings = [
        f"r{day},d1,p,glucose,fasting,170,mg/dL,{day} 08:00:00,{day} 08:01:00,{day} 09:00:00"
        for day in ("2026-02-20", "2026-03-20")
    ]
    built = build_care(
        tmp_path,
        "2026-03-31",
        [patient("p")],
        readings,
        "+patient_days",
        reference__care_rules=rules,
    )
    assert query(
        built,
        "select measured_date::varchar, reading_count, glucose_in_range_count from care.patient_days order by 1",
    ) == [("2026-02-20", 1, 1), ("2026-03-20", 1, 0)]
