"""Subscriptions tell one story: runs, recurring revenue, customers and lives against a plain state machine, on cases and at random."""

import datetime as dt
import random
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

import pytest
from warehouse import build, query, write_raw

AS_OF = dt.date(2025, 7, 20)
OPENS, ENDS, PLANS = (
    ("started", "reactivated", "resumed"),
    ("cancelled", "paused"),
    ("upgraded", "downgraded"),
)
RATES = {
    "USD": {"2025-01-01": "1"},
    "EUR": {
        "2025-01-01": "1.20",
        "2025-02-14": "1.00",
        "2025-05-20": "1.0731",
        "2025-07-01": "0.9",
    },
    "KRW": {"2025-01-01": "0.0007", "2025-03-31": "0.00071111"},
}
GAP = 30
BUILT = (
    "core/customers",
    "core/mrr_retention",
    "lifecycle/customer_lives",
    "lifecycle/life_months",
    "care/intermediate/windows/int_measured_patients",
)

# subscription: its changes (id, type, changed, effective, amount[, currency, customer]), and the runs and the MRR that
# are right: [(start, end)], {month: amount at its end}; a month that is not named brings nothing.
CASES = {
    "same second digits": (
        [
            ("8", "started", "01-05 10", "", 10),
            ("9", "cancelled", "03-10 10", "", 10),
            ("10", "reactivated", "03-10 10", "", 10),
        ],
        [("01-05", None)],
        {3: 10, 6: 10},
    ),
    "same second taken back": (
        [
            ("k1", "started", "01-10", "", 10),
            ("k2", "cancelled", "03-05", "04-10", 10),
            ("k3", "reactivated", "03-05", "", 10),
        ],
        [("01-10", None)],
        {4: 10, 6: 10},
    ),
    "same second ids the other way round": (
        [
            ("z1", "started", "01-10", "", 10),
            ("a3", "reactivated", "03-05", "", 10),
            ("b2", "cancelled", "03-05", "", 10),
        ],
        [("01-10", None)],
        {3: 10, 6: 10},
    ),
    "same second started and cancelled at once": (
        [("n1", "cancelled", "02-05", "", 10), ("n2", "started", "02-05", "", 10)],
        [("02-05", "02-05")],
        {2: 0, 6: 0},
    ),
    "same second another plan": (
        [
            ("q1", "started", "02-05", "", 10),
            ("q3", "started", "03-05", "", 30),
            ("q9", "cancelled", "03-05", "", 10),
        ],
        [("02-05", None)],
        {2: 10, 3: 30, 6: 30},
    ),
    "same second two plans ids count": (
        [
            ("98", "started", "02-05", "", 10),
            ("100", "upgraded", "03-05", "", 30),
            ("99", "upgraded", "03-05", "", 20),
        ],
        [("02-05", None)],
        {3: 30},
    ),
    "cancelled for later upgraded before": (
        [
            ("1", "started", "01-05", "", 10),
            ("2", "cancelled", "03-10", "03-31", 10),
            ("3", "upgraded", "03-20", "", 20),
        ],
        [("01-05", None)],
        {3: 20, 6: 20},
    ),
    "cancelled for later downgraded for the same day": (
        [
            ("1", "started", "01-05", "", 10),
            ("2", "cancelled", "03-10", "04-01", 10),
            ("3", "downgraded", "03-20", "04-01", 5),
        ],
        [("01-05", None)],
        {3: 10, 4: 5},
    ),
    "cancelled for later price changed": (
        [
            ("1", "started", "01-05", "", 10),
            ("2", "cancelled", "06-01", "06-15", 10),
            ("3", "price_changed", "06-05", "", 12),
        ],
        [("01-05", "06-15")],
        {5: 10, 6: 0},
    ),
    "price changed after the end": (
        [
            ("1", "started", "01-05", "", 10),
            ("2", "cancelled", "02-01", "02-15", 10),
            ("3", "price_changed", "06-05", "", 12),
        ],
        [("01-05", "02-15")],
        {1: 10, 2: 0, 6: 0},
    ),
    "upgraded after the end": (
        [
            ("1", "started", "01-05", "", 10),
            ("2", "cancelled", "02-01", "", 10),
            ("3", "upgraded", "06-05", "", 30),
        ],
        [("01-05", "02-01")],
        {1: 10, 6: 0},
    ),
    "a downgrade for later overtaken": (
        [
            ("1", "started", "01-05", "", 30),
            ("2", "downgraded", "03-01", "04-01", 10),
            ("3", "upgraded", "03-10", "", 50),
        ],
        [("01-05", None)],
        {3: 50, 4: 50, 6: 50},
    ),
    "a downgrade for later price changed": (
        [
            ("1", "started", "01-05", "", 30),
            ("2", "downgraded", "03-01", "04-01", 10),
            ("3", "price_changed", "03-10", "", 33),
        ],
        [("01-05", None)],
        {3: 33, 4: 10, 6: 10},
    ),
    "paused and resumed": (
        [
            ("1", "started", "01-05", "", 10),
            ("2", "paused", "02-10", "", 10),
            ("3", "resumed", "04-10", "", 12),
        ],
        [("01-05", "02-10"), ("04-10", None)],
        {1: 10, 2: 0, 3: 0, 4: 12},
    ),
    "paused for later resumed before": (
        [
            ("1", "started", "01-05", "", 10),
            ("2", "paused", "02-10", "03-10", 10),
            ("3", "resumed", "03-01", "", 10),
        ],
        [("01-05", None)],
        {2: 10, 3: 10, 6: 10},
    ),
    "paused and cancelled": (
        [
            ("1", "started", "01-05", "", 10),
            ("2", "paused", "02-10", "", 10),
            ("3", "cancelled", "04-10", "", 10),
        ],
        [("01-05", "02-10")],
        {1: 10, 4: 0},
    ),
    "paused cancelled for later resumed": (
        [
            ("1", "started", "01-05", "", 10),
            ("2", "paused", "02-10", "", 10),
            ("3", "cancelled", "02-20", "05-10", 10),
            ("4", "resumed", "04-10", "", 10),
        ],
        [("01-05", "02-10"), ("04-10", "05-10")],
        {3: 0, 4: 10, 5: 0},
    ),
    "no start": (
        [("1", "upgraded", "02-10", "", 10), ("2", "price_changed", "03-10", "", 12)],
        [],
        {3: 0},
    ),
    "a change before the start": (
        [("1", "upgraded", "02-10", "", 10), ("2", "started", "03-10", "", 12)],
        [("03-10", None)],
        {2: 0, 3: 12},
    ),
    "cancelled without a start": ([("1", "cancelled", "02-10", "", 10)], [], {3: 0}),
    "two starts": (
        [("1", "started", "01-10", "", 10), ("2", "started", "03-10", "", 25)],
        [("01-10", None)],
        {2: 10, 3: 25},
    ),
    "cancelled after as_of": (
        [("1", "started", "01-10", "", 10), ("2", "cancelled", "07-10", "08-10", 10)],
        [("01-10", None)],
        {6: 10, 7: 10},
    ),
    "starts after as_of": ([("1", "started", "07-10", "08-10", 10)], [], {7: 0}),
    "a start for later called off": (
        [("1", "started", "02-10", "04-10", 10), ("2", "cancelled", "03-10", "", 10)],
        [],
        {4: 0, 6: 0},
    ),
    "a start for later upgraded before": (
        [("1", "started", "02-10", "04-10", 10), ("2", "upgraded", "03-10", "", 20)],
        [("04-10", None)],
        {3: 0, 4: 20},
    ),
    "cancelled with effect before": (
        [
            ("1", "started", "01-10", "", 10),
            ("2", "upgraded", "03-10", "", 20),
            ("3", "cancelled", "04-20", "03-28", 20),
        ],
        [("01-10", "03-28")],
        {2: 10, 3: 0, 4: 0},
    ),
    "cancelled with effect before it began": (
        [("1", "started", "02-20", "", 10), ("2", "cancelled", "03-20", "02-01", 10)],
        [("02-20", "02-20")],
        {2: 0, 3: 0},
    ),
    "cancelled twice": (
        [
            ("1", "started", "01-10", "", 10),
            ("2", "cancelled", "03-10", "03-31 12", 10),
            ("3", "cancelled", "03-31 12", "", 10),
        ],
        [("01-10", "03-31")],
        {2: 10, 3: 0},
    ),
    "handed on": (
        [("1", "started", "01-10", "", 10), ("2", "price_changed", "03-10", "", 10, "USD", "heir")],
        [("01-10", "03-10"), ("03-10", None)],
        {2: 10, 3: 10},
    ),
    "another currency": (
        [("1", "started", "01-10", "", 10), ("2", "price_changed", "03-10", "", 14000, "KRW")],
        [("01-10", None)],
        {2: 10, 3: Decimal("9.95554")},
    ),
}


def moment(text: str) -> str:
    day, hour = [*text.split(), "0"][:2]
    return f"2025-{day} {int(hour):02}:00:00"


def random_changes(seed: int, customers: int, subscriptions: int) -> list[dict]:
    """Changes of few moments, so that many are ties; ids whose order says nothing."""
    draw = random.Random(seed)
    ids = draw.sample(range(1, 100 * subscriptions), 12 * subscriptions)
    rows = []
    for number in range(subscriptions):
        days = [
            dt.datetime(2025, 1, 1)
            + dt.timedelta(days=draw.randrange(0, 215), hours=12 * draw.randrange(2))
            for _ in range(5)
        ]
        for position in range(draw.randrange(1, 11)):
            changed = draw.choice(days)
            effective = draw.choice(
                [
                    None,
                    None,
                    None,
                    draw.choice(days),
                    changed + dt.timedelta(days=draw.randrange(1, 60)),
                    changed,
                ]
            )
            kind = (
                "started"
                if position == 0 and draw.random() < 0.9
                else draw.choice([*OPENS, *ENDS, *PLANS, "price_changed", "cancelled"])
            )
            rows.append(
                {
                    "change_id": str(ids.pop()) if draw.random() < 0.8 else f"chg_{ids.pop()}",
                    "subscription_id": f"r{number}",
                    "customer_id": f"rc{number % customers if draw.random() < 0.95 else draw.randrange(customers)}",
                    "change_type": kind,
                    "changed_at": changed,
                    "effective_at": effective,
                    "monthly_amount": Decimal(
                        draw.choice([0, 10, 10, 20, 33.33, 7.5, 12345.6789])
                    ).quantize(Decimal("0.0001")),
                    "currency": draw.choice(["USD", "USD", "EUR", "EUR", "KRW"]),
                }
            )
    return rows


def case_changes() -> list[dict]:
    rows = []
    for name, (changes, _, _) in CASES.items():
        for id, kind, changed, effective, amount, *rest in changes:
            currency, customer = (*rest, *("USD", name)[len(rest) :])
            rows.append(
                {
                    # ids are unique in a company; what is compared within a case is kept
                    "change_id": id if name.startswith("same second") else f"{name} {id}",
                    "subscription_id": name,
                    "customer_id": customer,
                    "change_type": kind,
                    "changed_at": dt.datetime.fromisoformat(moment(changed)),
                    "effective_at": dt.datetime.fromisoformat(moment(effective))
                    if effective
                    else None,
                    "monthly_amount": Decimal(amount).quantize(Decimal("0.0001")),
                    "currency": currency,
                }
            )
    return rows


# -- the state machine: one change after the other, as it was made


def by_number(id: str) -> tuple:
    return (id.rjust(64, "0"), id)


def in_order(changes: list[dict]) -> list[dict]:
    starts = [row["changed_at"] for row in changes if row["change_type"] in OPENS]
    first = min(starts, default=None)

    def rank(row):
        kind = row["change_type"]
        if kind == "started" and row["changed_at"] == first:
            return 0
        return 1 if kind in ENDS else 2 if kind in OPENS else 3 if kind == "price_changed" else 4

    return sorted(
        changes, key=lambda row: (row["changed_at"], rank(row), by_number(row["change_id"]))
    )


def overtakes(new: dict, effect, old: dict, planned) -> bool:
    """Whether a change takes back one that was planned for later."""
    made, kind = new["changed_at"], new["change_type"]
    if planned < effect or planned < made:
        return False
    if kind in ("started", "reactivated"):
        return True
    if kind == "resumed":
        return old["change_type"] in ("paused", "resumed")
    if planned == made:
        return False
    if kind in PLANS:
        return old["change_type"] not in OPENS
    return kind == "cancelled" and old["change_type"] in OPENS


def states(changes: list[dict]) -> list[tuple]:
    """(in effect, change, is running) of what stands, in the order of its effect."""
    plan, starts = [], []
    for row in in_order([row for row in changes if row["changed_at"].date() <= AS_OF]):
        effect = row["effective_at"] or row["changed_at"]
        if row["change_type"] in OPENS:
            starts.append(effect)
        elif row["change_type"] not in ENDS:
            effect = max(effect, min(starts, default=effect))
        elif starts and max(starts) <= row["changed_at"]:
            effect = max(effect, max(starts))
        plan = [(at, old) for at, old in plan if not overtakes(row, effect, old, at)]
        plan.append((effect, row))
    plan.sort(key=lambda step: step[0])
    found, running = [], False
    for effect, row in plan:
        running = (
            True
            if row["change_type"] in OPENS
            else False
            if row["change_type"] in ENDS
            else running
        )
        found.append((effect, row, running))
    return found


def runs(changes: list[dict]) -> list[list]:
    """[customer, started, ends or None], those that began by as_of."""
    found, holder = [], None
    for effect, row, running in states(changes):
        if holder is not None and (not running or row["customer_id"] != holder):
            found[-1][2] = effect
            holder = None
        if running and holder is None:
            holder = row["customer_id"]
            found.append([holder, effect, None])
    return [run for run in found if run[1].date() <= AS_OF]


def month_end(month: int) -> dt.date:
    return min(dt.date(2025, month + 1, 1) - dt.timedelta(days=1), AS_OF)


def rate(currency: str, day: dt.date) -> Decimal:
    known = RATES[currency]
    return Decimal(known[max(date for date in known if date <= day.isoformat())])


def amount_at(changes: list[dict], day: dt.date):
    """(customer, amount, currency) of a subscription as a day ends, or nothing."""
    last = None
    for effect, row, running in states(changes):
        if effect.date() <= day:
            last = (row["customer_id"], row["monthly_amount"], row["currency"]) if running else None
    return last if last and last[1] > 0 else None


@pytest.fixture(scope="module")
def changes() -> list[dict]:
    return case_changes() + random_changes(7, 90, 160)


@pytest.fixture(scope="module")
def database(changes, tmp_path_factory):
    folder = tmp_path_factory.mktemp("subscriptions")
    customers = sorted({row["customer_id"] for row in changes} - {"heir"} | {"heir"})
    columns = list(changes[0])
    lines = [
        ",".join("" if row[column] is None else str(row[column]) for column in columns)
        for row in changes
    ]
    raw = write_raw(
        folder / "raw",
        {
            "app__customers": "customer_id,brand,country_code,created_at\n"
            + "\n".join(f"{customer},b,US,2025-01-01 00:00:00" for customer in customers),
            "app__products": "product_id,brand,product_name,list_price,currency,updated_at\np1,b,Plan,10,USD,2025-01-01 00:00:00",
            "app__orders": "order_id,customer_id,ordered_at,paid_at,status,currency,discount_amount\n"
            "o1,heir,2025-07-20 12:00:00,2025-07-20 12:00:00,paid,USD,0",
            "app__order_items": "order_id,line_number,product_id,quantity,unit_price\no1,1,p1,1,10.00",
            "app__subscription_changes": ",".join([*columns, "product_id"])
            + "\n"
            + "\n".join(f"{line},p1" for line in lines),
            "finance__exchange_rates": "currency,rate_date,usd_rate\n"
            + "\n".join(
                f"{currency},{day},{value}"
                for currency, days in RATES.items()
                for day, value in days.items()
                if currency != "USD"
            ),
            "devices__readings": "reading_id,device_id,customer_id,measurement,value,unit,measured_at,received_at\n"
            + "\n".join(
                f"g{number},d{number},{customer},weight,70,kg,2025-07-01 10:00:00,2025-07-01 10:00:01"
                for number, customer in enumerate(customers)
            ),
        },
    )
    build(
        folder / "warehouse.duckdb",
        raw,
        select=[f"+path:models/marts/{name}.sql" for name in BUILT],
        arguments=["--indirect-selection", "cautious"],
        variables={"as_of": AS_OF.isoformat()},
    )
    return folder / "warehouse.duckdb"


def of_subscription(changes) -> dict[str, list[dict]]:
    grouped = defaultdict(list)
    for row in changes:
        grouped[row["subscription_id"]].append(row)
    return grouped


def test_each_case_has_its_runs(database):
    rows = defaultdict(list)
    for name, started, ended in query(
        database,
        "select subscription_id, strftime(started_date, '%m-%d'), strftime(ended_date, '%m-%d') from core.subscriptions order by run_number",
    ):
        rows[name].append((started, ended))
    for name, (_, expected, _) in CASES.items():
        assert rows[name] == expected, name


def test_each_case_has_its_recurring_revenue(database):
    closings = {
        (name, month): closing
        for name, month, closing in query(
            database,
            "select customer_id, month(month), sum(closing_mrr)::double from core.mrr_movements group by all",
        )
    }
    for name, (_, _, expected) in CASES.items():
        for month, amount in expected.items():
            mrr = closings.get((name, month), 0) + (
                closings.get(("heir", month), 0) if name == "handed on" else 0
            )
            assert mrr == pytest.approx(float(amount), abs=0.006), (name, month)


def test_runs_are_those_of_the_state_machine(database, changes):
    ours = defaultdict(list)
    for subscription, *run in query(
        database,
        "select subscription_id, customer_id, started_at, ends_at, is_running from core.subscriptions order by subscription_id, run_number",
    ):
        ours[subscription].append(run)
    compared = 0
    for subscription, rows in of_subscription(changes).items():
        expected = [[*run, run[2] is None or run[2].date() > AS_OF] for run in runs(rows)]
        assert ours[subscription] == expected, (subscription, in_order(rows))
        compared += len(expected)
    assert compared > 200


def test_recurring_revenue_is_that_of_the_state_machine(database, changes):
    [(scale,)] = query(
        database,
        "select numeric_scale from information_schema.columns where table_name = 'mrr_movements' and column_name = 'closing_mrr'",
    )
    unit = Decimal(1).scaleb(-scale)
    opening, revalued, closing = (defaultdict(Decimal) for _ in range(3))
    for rows in of_subscription(changes).values():
        for month in range(1, 8):
            state = amount_at(rows, month_end(month))
            if not state:
                continue
            customer, amount, currency = state
            at_end, at_next = (
                (amount * rate(currency, month_end(m))).quantize(unit, ROUND_HALF_UP)
                for m in (month, month + 1)
            )
            closing[customer, month] += at_end
            if month < 7:
                opening[customer, month + 1] += at_end
                revalued[customer, month + 1] += at_next
    ours = {
        (customer, month): rest
        for customer, month, *rest in query(
            database,
            """
            select customer_id, month(month), opening_mrr, closing_mrr, fx_mrr, new_mrr,
                reactivation_mrr, expansion_mrr, contraction_mrr, churned_mrr
            from core.mrr_movements
            """,
        )
    }
    assert set(ours) == {
        key for key in {*opening, *closing} if opening[key] > 0 or closing[key] > 0
    }
    seen = defaultdict(int)
    for (customer, month), (opens, closes, fx, new, back, more, less, churned) in ours.items():
        key = customer, month
        assert (opens, closes, fx) == (opening[key], closing[key], revalued[key] - opening[key]), (
            key
        )
        known = any(closing[customer, earlier] > 0 for earlier in range(1, month))
        moved = closes - revalued[key]
        assert new == (moved if opens == 0 and not known else 0)
        assert back == (moved if opens == 0 and known else 0)
        assert churned == (-moved if opens > 0 and closes == 0 else 0)
        assert more == (max(moved, 0) if opens > 0 and closes > 0 else 0)
        assert less == (max(-moved, 0) if opens > 0 and closes > 0 else 0)
        for name, value in (
            ("new", new),
            ("back", back),
            ("more", more),
            ("less", less),
            ("churned", churned),
            ("fx", fx),
        ):
            seen[name] += value != 0
    assert min(seen[name] for name in ("new", "back", "more", "less", "churned", "fx")) > 10, seen


def test_everybody_says_the_same_of_who_subscribes(database, changes):
    running = {
        run[0]
        for rows in of_subscription(changes).values()
        for run in runs(rows)
        if run[2] is None or run[2].date() > AS_OF
    }
    paying = {
        state[0] for rows in of_subscription(changes).values() if (state := amount_at(rows, AS_OF))
    }
    assert paying == {
        customer
        for (customer,) in query(
            database, "select customer_id from core.customers where is_subscriber"
        )
    }
    assert running == {
        customer
        for (customer,) in query(
            database, "select customer_id from care.int_measured_patients where is_subscribed"
        )
    }
    assert len(paying) > 30 and len(running - paying) > 0


def test_lives_and_their_months_hold_every_month_end_of_every_run(database, changes):
    lives = defaultdict(list)
    for customer, started, last_seen, is_churned in query(
        database,
        "select customer_id, started_date, last_seen_date, is_churned from lifecycle.customer_lives",
    ):
        lives[customer].append((started, last_seen, is_churned))
    months = {
        (customer, month.month)
        for customer, month in query(
            database, "select customer_id, month from lifecycle.life_months"
        )
    }
    held = 0
    for rows in of_subscription(changes).values():
        for customer, started, ends in runs(rows):
            last = min(ends.date(), AS_OF) if ends else AS_OF
            [(_, last_seen, is_churned)] = [
                life for life in lives[customer] if life[0] <= started.date() and life[1] >= last
            ]
            if ends is None or ends.date() > AS_OF:
                assert not is_churned and last_seen == AS_OF
            for month in range(2, 8):
                first = dt.date(2025, month, 1)
                if started.date() < first <= last:
                    assert (customer, month) in months
                    held += 1
    assert held > 300


def test_a_pause_longer_than_the_gap_ends_the_life(database):
    rows = query(
        database,
        """
        select started_date::varchar, churned_date::varchar, churn_kind from lifecycle.customer_lives
        where customer_id = 'paused and resumed' order by 1
        """,
    )
    # the reading of 1 July that every patient here has lies within the second run
    assert rows == [("2025-01-05", "2025-02-10", "paused"), ("2025-04-10", None, None)]
    [(kind, ended)] = query(
        database,
        "select churn_kind, churned_date::varchar from lifecycle.customer_lives where customer_id = 'cancelled for later price changed' and life_number = 1",
    ) or [(None, None)]
    assert (kind, ended) == (None, None), "still active on 1 July: the life goes on"
