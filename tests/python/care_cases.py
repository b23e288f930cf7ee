"""A small company of patients, one for each fault of care that was found and for others of its kind, as of 2026-06-30."""

import random
from datetime import datetime, timedelta

from iglu_patients import patients as iglu_patients

AS_OF = "2026-06-30"
LAST = datetime(2026, 6, 30, 8)
CUSTOMERS = "customer_id,brand,birth_date,country_code,created_at,updated_at"
READINGS = (
    "reading_id,device_id,customer_id,measurement,context,place,value,unit,measured_at,timezone"
)
CHANGES = "change_id,subscription_id,customer_id,product_id,change_type,changed_at,effective_at,monthly_amount,currency"


class Clinic:
    """Collects the rows of a raw folder."""

    def __init__(self):
        self.customers, self.readings, self.changes, self.diagnoses = {}, [], [], []

    def patient(self, name, country="GB", subscribed=None, until=None, brand="care", product="kit"):
        self.customers[name] = f"{name},{brand},1950-01-01,{country},2024-01-01,2024-01-01"
        if subscribed:
            self.change(name, "started", subscribed, product)
        if until:
            self.change(name, "cancelled", until, product)

    def change(self, name, kind, at, product="kit"):
        number = len(self.changes)
        self.changes.append(f"ch{number},s_{name},{name},{product},{kind},{at},,10,USD")

    def read(self, name, measurement, value, at, context="", place="", zone="", unit=None):
        if name not in self.customers:
            self.patient(name)
        unit = unit or {"weight": "kg", "glucose": "mg/dL", "heart_rate": "bpm"}.get(
            measurement, "mmHg"
        )
        number = len(self.readings)
        self.readings.append(
            f"r{number},d_{name},{name},{measurement},{context},{place},{value},{unit},{at:%Y-%m-%d %H:%M:%S},{zone}"
        )

    def pressure(self, name, systolic, diastolic, at, place=""):
        self.read(name, "systolic", systolic, at, place=place)
        self.read(name, "diastolic", diastolic, at, place=place)

    def files(self) -> dict[str, list[str]]:
        return {
            "app__customers": [CUSTOMERS, *self.customers.values()],
            "app__orders": [
                "order_id,customer_id,ordered_at,paid_at,status,currency,discount_amount,updated_at",
                "o1,nobody,2026-01-01,2026-01-01,paid,USD,0,2026-01-01",
            ],
            "app__order_items": [
                "order_id,line_number,product_id,quantity,unit_price",
                "o1,1,p1,1,10",
            ],
            "app__subscription_changes": [CHANGES, *self.changes],
            "devices__readings": [READINGS, *self.readings],
            "devices__diagnoses": [
                "diagnosis_id,customer_id,hospital_id,condition,diagnosed_at,recorded_at",
                *self.diagnoses,
            ],
        }


def days(count, last=LAST, step=1):
    """So many timestamps up to the last, a step of days apart, the oldest first."""
    return [last - timedelta(days=step * back) for back in reversed(range(count))]


def glucose(clinic: Clinic) -> None:
    begin = datetime(2026, 6, 1)
    # continuous heart rates are no continuous glucose, whatever the context says
    for at in days(25):
        clinic.read("cgmhr", "glucose", 260, at, "fasting")
        clinic.read("cgmhr", "heart_rate", 80, at, "continuous")
        clinic.read("cgmweight", "glucose", 100, at, "after_meal")
        clinic.read("cgmweight", "weight", 80, at, "continuous")
        clinic.read("cgmpressure", "systolic", 120, at, "continuous")
    # one continuous reading a day is no sensor
    for at in days(21):
        clinic.read("cgm1", "glucose", 120, at, "continuous")
    for at in days(24 * 8, datetime(2026, 6, 30, 21), 1 / 8):
        clinic.read("cgm3h", "glucose", 120, at, "continuous")
    # 15 days every 15 minutes, then 15 every 5: half of the time
    for number in range(15 * 96):
        clinic.read("sensor", "glucose", 120, begin + timedelta(minutes=15 * number), "continuous")
    for number in range(15 * 288):
        at = begin + timedelta(days=15, minutes=5 * number)
        clinic.read("sensor", "glucose", 250, at, "continuous")
    # two days low, two out of range in one sensor of 14 days; then it is taken off
    for number in range(14 * 96):
        at = begin + timedelta(minutes=15 * number)
        value = 60 if number < 2 * 96 else 200 if number < 4 * 96 else 110
        clinic.read("fortnight", "glucose", value, at, "continuous")
    # a sensor that is off two thirds of every day: never 70 % of 14 days
    for day in range(28):
        for number in range(32):
            at = begin + timedelta(days=day, minutes=15 * number)
            clinic.read("patchy", "glucose", 120, at, "continuous")
    # a sensor with every second reading sent twice, and both ends of the range in it
    for number in range(20 * 96):
        at = begin + timedelta(minutes=15 * number)
        clinic.read("twice", "glucose", 70 if number % 2 else 180, at, "continuous")
        if number % 2:
            clinic.read("twice", "glucose", 70, at, "continuous")
    # before any rule
    for at in days(5, datetime(2015, 3, 20, 8)):
        clinic.read("before", "glucose", 120, at, "continuous")
        clinic.pressure("before", 150, 95, at)
        clinic.read("before", "weight", 80 + at.day, at)


def alerts(clinic: Clinic) -> None:
    for name in ("hypo", "crisis", "hypot", "hr"):
        clinic.patient(name, subscribed="2026-05-01")
    for number, at in enumerate(days(30)):
        clinic.read("hypo", "glucose", 45 if number >= 27 else 120, at, "fasting")
        clinic.pressure("hypot", 82, 45, at)
        clinic.read("hr", "heart_rate", 180 if number >= 25 else 75, at)
        clinic.read("slow_heart", "heart_rate", 38 if number == 29 else 66, at)
        clinic.read("fast_heart", "heart_rate", 118, at)
        clinic.read("sugar", "glucose", 305 if number == 26 else 140, at, "fasting")
        clinic.read("sugar_before", "glucose", 305 if number == 15 else 140, at, "fasting")
        clinic.read("high_sugar", "glucose", 195, at, "fasting")
        clinic.read("lows", "glucose", 65 if number in (24, 27) else 110, at, "fasting")
        clinic.read("one_low", "glucose", 65 if number == 27 else 110, at, "fasting")
        clinic.read("edges", "glucose", 250 if number % 2 else 54, at, "fasting")
        clinic.pressure("bounds", 134, 84, at)
        clinic.pressure("home", 137, 86, at)
        clinic.pressure("office", 137, 86, at, "office")
        clinic.pressure("white_coat", 128, 76, at)
        clinic.pressure("white_coat", 150, 95, at, "office")
        clinic.pressure("low_low", 118, 58, at)
        clinic.pressure("fine", 118, 76, at)
        clinic.read("fine", "weight", round(80 + 0.3 * (-1) ** number, 1), at)
        clinic.read("fine", "heart_rate", 70, at)
        clinic.read("fine", "glucose", 110, at, "fasting")
        clinic.read("slowly", "weight", round(80 + number / 15, 2), at)
        clinic.read("heavier", "weight", 80 + (max(0, number - 26) * 2 / 3), at)
    clinic.pressure("office", 185, 100, datetime(2026, 6, 10, 8), "office")
    for number in (0, 5, 10, 15, 20):
        clinic.pressure("crisis", 125, 78, datetime(2026, 6, 1, 8) + timedelta(days=number))
    clinic.pressure("crisis", 230, 135, LAST)
    clinic.read("crisis_of_one", "diastolic", 121, LAST - timedelta(days=3))


def silences(clinic: Clinic) -> None:
    for at in days(60, datetime(2026, 5, 30, 8)):
        clinic.read("silent31", "weight", 80, at)
    for at in days(60, datetime(2026, 6, 20, 8)):
        clinic.read("silent10", "weight", 80, at)
        clinic.read("just_now", "weight", 80, at + timedelta(days=6))
    clinic.patient("silent_subscriber", subscribed="2026-01-01")
    for at in days(60, datetime(2026, 3, 10, 8)):
        clinic.read("silent_subscriber", "weight", 80, at)
        clinic.read("gone_for_long", "weight", 80, at - timedelta(days=60))
    # who measures every ten days is silent after thirty
    for name, last in (("slow40", datetime(2026, 5, 21, 8)), ("slow20", datetime(2026, 6, 10, 8))):
        for at in days(9, last, 10):
            clinic.read(name, "weight", 80, at)
    clinic.patient("never", subscribed="2026-03-01")
    clinic.patient("never_yet", subscribed="2026-06-25")
    clinic.patient("never_and_gone", subscribed="2026-03-01", until="2026-05-01")
    clinic.patient("no_patient", subscribed="2026-03-01", brand="other")
    for number in range(20):
        clinic.patient(f"reader{number}", subscribed="2026-03-01", product="magazine")
    clinic.patient("scale", subscribed="2026-01-01")
    for at in days(30):
        clinic.read("scale", "weight", 80, at)
    clinic.read("scale", "weight", 900, LAST + timedelta(minutes=5))


def windows(clinic: Clinic) -> None:
    # measured every day until the patient left on day 33, with a subscription and without
    first = datetime(2026, 3, 1, 8)
    clinic.patient("left", subscribed="2026-03-01", until="2026-04-02 20:00:00")
    clinic.patient("left_at_midnight", subscribed="2026-03-01", until="2026-04-03 00:00:00")
    clinic.patient("left_lazy", subscribed="2026-03-01", until="2026-04-10 20:00:00")
    for at in [first + timedelta(days=day) for day in range(33)]:
        for name in ("left", "left_at_midnight", "stopped"):
            clinic.read(name, "weight", 80, at)
        if at.day % 3 == 0:
            clinic.read("left_lazy", "weight", 80, at)
    # came back after three months
    for at in [first + timedelta(days=day) for day in (*range(10), *range(95, 100))]:
        clinic.read("came_back", "weight", 80, at)


def clocks(clinic: Clinic) -> None:
    """8 days, in the morning and at night; all are 15 or 16 days in UTC."""
    zones = {
        # customer: country, zone of the reading, hours to UTC
        "tz_la": ("US", "America/Los_Angeles", 7),
        "tz_country": ("US", "", 7),
        "tz_seoul": ("KR", "", -9),
        "tz_auckland": ("NZ", "", -12),
        "tz_traveller": ("KR", "America/Sao_Paulo", 3),
        "tz_odd": ("US", "Mars/Olympus", 7),
        "tz_small": ("KR", "america/los_angeles", 7),
    }
    for name, (country, zone, behind) in zones.items():
        clinic.patient(name, country)
        for day in range(8):
            for hour in (8, 20):
                at = datetime(2026, 6, 10 + day, hour) + timedelta(hours=behind)
                clinic.read(name, "weight", 80, at, zone=zone)


def weights(clinic: Clinic, seed: int, patients: int) -> None:
    """Nothing but noise, daily and sparse, and 2 kg gained in the last days but four."""
    rng = random.Random(seed)
    for spread in (4, 6, 8):
        for number in range(patients):
            for back in range(60):
                at = LAST - timedelta(days=back)
                value = 80 + rng.gauss(0, spread / 10)
                clinic.read(f"noise{spread}_{number}", "weight", round(value, 2), at)
                if rng.random() < 0.3:
                    clinic.read(f"sparse{spread}_{number}", "weight", round(value, 2), at)
                if number < patients / 3:
                    gain = min(1, max(0, 7 - back) / 3) * 2
                    clinic.read(f"gain{spread}_{number}", "weight", round(value + gain, 2), at)


def company() -> dict[str, list[str]]:
    """The raw folder."""
    clinic = Clinic()
    for fill in (glucose, alerts, silences, windows, clocks):
        fill(clinic)
    weights(clinic, seed=5, patients=30)
    for name, rows in iglu_patients().items():
        for at, value in rows:
            clinic.read(f"iglu_{name}", "glucose", value, at, "continuous", zone="UTC")
    return clinic.files()
