"""What a test did to subscriptions and to coming back, unit by unit, beside a loop over the raw rows in plain Python."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from warehouse import build, query, write_raw

EXPOSED_AT = datetime(2026, 3, 1, 12)
OUTCOME_DAYS = 14
RATES = {"2026-01-01": 1.25, "2026-03-05": 1.5, "2026-03-10": 1.0}
CUSTOMERS = 120


def rate(currency: str, day: str) -> float:
    return 1.0 if currency == "USD" else RATES[max(known for known in RATES if known <= day)]


def random_changes(random) -> list[list]:
    """Of each customer a subscription that starts, changes its amount, ends and comes back, in the order of time."""
    changes = []
    for customer in range(CUSTOMERS):
        amount, is_running = 0, False
        at = datetime(2026, 1, 5) + timedelta(minutes=int(random.integers(0, 60 * 24 * 60)))
        currency = random.choice(["USD", "EUR"])
        while at < datetime(2026, 4, 1):
            kinds = ["started"]
            if is_running:
                kinds = ["upgraded", "downgraded", "price_changed", "cancelled", "paused"]
            elif changes and changes[-1][2] == f"c{customer}":
                kinds = ["resumed" if changes[-1][4] == "paused" else "reactivated"]
            kind = str(random.choice(kinds))
            is_running = kind not in ("cancelled", "paused")
            amount = int(random.integers(5, 50)) if is_running else amount
            ids = f"s{len(changes)}", f"x{customer}", f"c{customer}", "p1"
            changes.append([*ids, kind, at, "", amount, str(currency)])
            at += timedelta(minutes=int(random.exponential(12 * 24 * 60)) + 1)
    return changes


def by_hand(changes: list[list]) -> dict[str, tuple[float, int]]:
    """Customer -> what the recurring revenue changed by within the outcome days, and whether a cancellation ended it."""
    found = {f"c{customer}": (0.0, 0) for customer in range(CUSTOMERS)}
    running = dict.fromkeys(found, 0)
    for _, _, customer, _, kind, at, effective_at, amount, currency in changes:
        in_effect_at = effective_at or at
        before = running[customer]
        running[customer] = 0 if kind in ("cancelled", "paused") else amount
        if EXPOSED_AT <= in_effect_at < EXPOSED_AT + timedelta(days=OUTCOME_DAYS):
            worth = rate(currency, f"{in_effect_at:%Y-%m-%d}")
            mrr, is_churned = found[customer]
            found[customer] = (
                mrr + round(running[customer] * worth, 6) - round(before * worth, 6),
                int(is_churned or (kind == "cancelled" and before > 0)),
            )
    return found


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """(changes, visits, customer -> metric -> value in the warehouse)."""
    random = np.random.default_rng(15)
    changes = random_changes(random)
    # Decided while the test ran and in effect within it, after it, and decided before it.
    set_for_later = [
        ("2026-03-02", "2026-03-12"),
        ("2026-03-02", "2026-03-31"),
        ("2026-02-20", "2026-03-03"),
    ]
    for number, (decided, effective) in enumerate(set_for_later):
        customer = f"c{CUSTOMERS + number}"
        changes.append(
            [f"l{number}", customer, customer, "p1", "started", datetime(2026, 2, 1), "", 30, "USD"]
        )
        changes.append(
            [f"m{number}", customer, customer, "p1", "cancelled"]
            + [datetime.fromisoformat(when) for when in (decided, effective)]
            + [30, "USD"]
        )
    visits = [
        (f"c{customer}", EXPOSED_AT + timedelta(hours=float(hours)))
        for customer in range(CUSTOMERS)
        for hours in random.uniform(-24 * 20, 24 * 20, random.integers(0, 4))
    ]
    customers = [f"c{number}" for number in range(CUSTOMERS + len(set_for_later))]
    header = "change_id,subscription_id,customer_id,product_id,change_type,changed_at,effective_at,monthly_amount,currency"
    metrics = ["mrr_change", "subscription_churn", "returned_after_7_days"]
    folder = tmp_path_factory.mktemp("subscriptions")
    raw = write_raw(
        folder / "raw",
        {
            "app__customers": ["customer_id,brand,country_code,created_at"]
            + [f"{c},shop,DE,2026-01-02 00:00:00" for c in customers],
            "app__subscription_changes": [header]
            + [",".join(map(str, change)) for change in changes],
            "finance__exchange_rates": ["currency,rate_date,usd_rate"]
            + [f"EUR,{day},{value}" for day, value in RATES.items()],
            "events__events": [
                "event_id,brand,event_name,occurred_at,received_at,anonymous_id,customer_id"
            ]
            + [
                f"e{number},shop,page_viewed,{at:%Y-%m-%d %H:%M:%S},{at:%Y-%m-%d %H:%M:%S},a{customer},{customer}"
                for number, (customer, at) in enumerate(visits)
            ]
            + ["last,shop,page_viewed,2026-04-20 00:00:00,2026-04-20 00:00:00,alast,"],
            "experiments__experiments": [
                "experiment_id,brand,experiment_name,experiment_type,unit,minimum_detectable_effect,started_at,ended_at",
                "x,shop,A test,ab,customer,0.05,2026-02-28 00:00:00,2026-03-03 00:00:00",
            ],
            "experiments__variants": [
                "experiment_id,variant,is_control,traffic_share",
                "x,control,true,0.5",
                "x,treatment,false,0.5",
            ],
            "experiments__metrics": [
                "experiment_id,metric_name,role,direction,margin,outcome_days,declared_at"
            ]
            + [f"x,{metric},success,up,,{OUTCOME_DAYS},2026-02-01 00:00:00" for metric in metrics],
            "experiments__exposures": ["exposure_id,experiment_id,variant,customer_id,exposed_at"]
            + [
                f"y{number},x,{['control', 'treatment'][number % 2]},{customer},{EXPOSED_AT:%Y-%m-%d %H:%M:%S}"
                for number, customer in enumerate(customers)
            ],
        },
    )
    database = folder / "warehouse.duckdb"
    build(
        database,
        raw,
        select="+int_experiment_values",
        tests=False,
        variables={"reporting_currency": "USD"},
    )
    found = {customer: {} for customer in customers}
    for customer, metric, value in query(
        database,
        """select unit_id, metric_name, unit_value::double from experiments.int_experiment_values
        where population_id = 'x'""",
    ):
        found[customer][metric] = value
    return changes, visits, found


def test_recurring_revenue_and_churn_are_those_of_the_changes_within_the_days(outcomes):
    changes, _, found = outcomes
    expected = by_hand([change for change in changes if change[0].startswith("s")])
    assert sum(churned for _, churned in expected.values()) > 10
    for customer, (mrr, is_churned) in expected.items():
        assert found[customer]["mrr_change"] == pytest.approx(mrr, abs=1e-9), customer
        assert found[customer]["subscription_churn"] == is_churned, customer
    # All that a change says, without what was there before it: the naive sum.
    naive = sum(
        amount
        for _, _, _, _, kind, at, _, amount, _ in changes
        if at >= EXPOSED_AT and kind != "cancelled"
    )
    assert abs(sum(mrr for mrr, _ in expected.values()) - naive) > 100


def test_a_cancellation_counts_when_it_takes_effect(outcomes):
    _, _, found = outcomes
    assert [
        (
            found[f"c{CUSTOMERS + number}"]["mrr_change"],
            found[f"c{CUSTOMERS + number}"]["subscription_churn"],
        )
        for number in range(3)
    ] == [(-30, 1), (0, 0), (-30, 1)]


def test_who_came_back_had_a_session_from_the_seventh_day_on(outcomes):
    _, visits, found = outcomes
    came_back = {
        customer
        for customer, at in visits
        if timedelta(days=7) <= at - EXPOSED_AT < timedelta(days=OUTCOME_DAYS)
    }
    anyone = {
        customer
        for customer, at in visits
        if timedelta(0) <= at - EXPOSED_AT < timedelta(days=OUTCOME_DAYS)
    }
    assert came_back < anyone
    for customer, values in found.items():
        assert values["returned_after_7_days"] == (customer in came_back), customer
