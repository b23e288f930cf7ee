"""Customers older than the data enter late: the planted truth of a company of both, and who is new."""

import datetime as dt
import random

import pytest
from warehouse import build, query, write_raw

START, AS_OF = dt.date(2025, 1, 1), dt.date(2025, 12, 31)
BUILT = (
    "core/customers",
    "lifecycle/churn_log_rank",
    "lifecycle/churn_hazards",
    "lifecycle/churn_survival",
    "lifecycle/retention_cohorts",
    "lifecycle/life_months",
)


def days_of(draw, first: dt.date, chance, started: dt.date) -> list[dt.date]:
    """A visit every week or so; `chance(age in months)` of leaving by month of life."""
    days, day = [], first
    while day <= AS_OF:
        days.append(day)
        step = draw.randrange(5, 10)
        age = (day - started).days / 30
        if draw.random() < 1 - (1 - chance(age)) ** (step / 30):
            break
        day += dt.timedelta(days=step)
    return days


def company() -> dict[str, str]:
    draw = random.Random(12)
    customers, orders = [], []

    def add(customer: str, brand: str, created: dt.date, days: list[dt.date]) -> None:
        customers.append(f"{customer},{brand},US,{created} 09:00:00")
        orders.extend(
            f"{customer}_{i},{customer},{day} 10:00:00,{day} 10:00:00,paid,USD,0"
            for i, day in enumerate(days)
        )

    # 300 of 2021 of whom 1 % leave a month; 320 new ones of whom 25 % leave a month for three months
    for i in range(300):
        created = dt.date(2021, 1, 1) + dt.timedelta(days=draw.randrange(360))
        add(
            f"old{i}",
            "trunc",
            created,
            days_of(draw, START + dt.timedelta(days=draw.randrange(9)), lambda age: 0.01, created),
        )
    for i in range(320):
        created = START + dt.timedelta(days=draw.randrange(300))
        add(
            f"new{i}",
            "trunc",
            created,
            days_of(draw, created, lambda age: 0.25 if age < 3 else 0.01, created),
        )
    # an old one who comes only once the first gap is over, and one who comes once
    add("late", "trunc", dt.date(2022, 5, 1), [dt.date(2025, 6, 1), dt.date(2025, 6, 20)])
    add("once", "trunc", dt.date(2022, 5, 1), [dt.date(2025, 1, 5)])
    # as old as its data: signed up two weeks before the first order, which is the first of all
    for i in range(30):
        created = dt.date(2025, 3, 1) + dt.timedelta(days=i)
        add(
            f"founded{i}",
            "founded",
            created,
            days_of(draw, created + dt.timedelta(days=14), lambda age: 0.1, created),
        )
    # nobody but customers of before: nothing is known of young ages
    for i in range(30):
        created = dt.date(2023, 1, 1) + dt.timedelta(days=i)
        add(
            f"ancient{i}",
            "ancient",
            created,
            days_of(draw, START + dt.timedelta(days=draw.randrange(20)), lambda age: 0.1, created),
        )
    # subscribers of before, moved to this system on one day with the day on which they began
    changes = []
    for i in range(20):
        customers.append(f"moved{i},moved,US,2020-01-01 09:00:00")
        changes.append(
            f"m{i},m{i},moved{i},p1,started,,2025-02-01 00:00:00,2024-{1 + i % 12:02}-10 00:00:00,10,USD"
        )
        if i < 5:
            changes.append(
                f"n{i},m{i},moved{i},p1,cancelled,voluntary,2025-0{3 + i}-15 00:00:00,,10,USD"
            )
    return {
        "app__customers": "\n".join(["customer_id,brand,country_code,created_at", *customers]),
        "app__products": "product_id,brand,product_name,list_price,currency,updated_at\np1,trunc,Plan,10,USD,2025-01-01 00:00:00",
        "app__orders": "\n".join(
            ["order_id,customer_id,ordered_at,paid_at,status,currency,discount_amount", *orders]
        ),
        "app__order_items": "\n".join(
            [
                "order_id,line_number,product_id,quantity,unit_price",
                *(f"{order.split(',')[0]},1,p1,1,10.00" for order in orders),
            ]
        ),
        "app__subscription_changes": "\n".join(
            [
                "change_id,subscription_id,customer_id,product_id,change_type,cancel_kind,changed_at,effective_at,monthly_amount,currency",
                *changes,
            ]
        ),
    }


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    folder = tmp_path_factory.mktemp("older")
    build(
        folder / "warehouse.duckdb",
        write_raw(folder / "raw", company()),
        select=[f"+path:models/marts/{name}.sql" for name in BUILT],
        arguments=["--indirect-selection", "cautious"],
        variables={"as_of": AS_OF.isoformat()},
    )
    return folder / "warehouse.duckdb"


def survival_at(database, brand: str, age: int) -> tuple:
    [row] = query(
        database,
        f"""
        select max_by(survival, age_days), max_by(survival_low, age_days), max_by(survival_high, age_days)
        from lifecycle.churn_survival where brand = '{brand}' and segment_type = 'all' and age_days <= {age}
        """,
    )
    return row


def test_facts_begin_where_they_do(database):
    starts = dict(query(database, "select brand, facts_from_date::varchar from core.brands"))
    assert starts["trunc"] == "2025-01-01"
    assert starts["founded"] == "2025-03-01", "as old as its data: the first sign-up"
    assert starts["moved"] == "2025-02-01"


def test_survival_of_new_customers_is_what_was_planted(database):
    """Those of 2021 are not new: without late entry the curve says 0.69 after 90 days."""
    share, low, high = survival_at(database, "trunc", 90)
    assert low <= 0.422 <= high and share == pytest.approx(0.422, abs=0.06)
    share, low, high = survival_at(database, "trunc", 180)
    assert low <= 0.41 <= high and share == pytest.approx(0.41, abs=0.06)
    [(young,)] = query(
        database,
        "select max(n_at_risk) from lifecycle.churn_survival where brand = 'trunc' and segment_type = 'all' and age_days < 365",
    )
    assert young <= 320


def test_new_customers_are_those_who_signed_up(database):
    months = query(
        database,
        """
        select date_trunc('month', orders.revenue_date), count(*) filter (is_first_order),
            count(distinct orders.customer_id) filter (date_trunc('month', created_date) = date_trunc('month', revenue_date))
        from core.orders inner join core.customers using (customer_id) where orders.brand = 'trunc' group by 1
        """,
    )
    assert len(months) == 12
    for month, new, signed_up in months:
        assert new == signed_up, month
    [(founded,)] = query(
        database, "select count(*) filter (is_first_order) from core.orders where brand = 'founded'"
    )
    assert founded == 30
    [(ancient,)] = query(
        database, "select count(*) filter (is_first_order) from core.orders where brand = 'ancient'"
    )
    assert ancient == 0


def test_older_customers_live_from_when_they_were_created_and_are_known_from_when_they_are_seen(
    database,
):
    lives = query(
        database,
        """
        select customer_id, started_date = created_date, entered_date::varchar, is_truncated, is_first_life, observed_days
        from lifecycle.customer_lives inner join core.customers using (customer_id)
        where customer_id in ('late', 'once') order by customer_id
        """,
    )
    assert lives == [
        ("late", False, "2025-06-01", False, False, 19),
        ("once", True, "2025-01-05", True, True, None),
    ]
    [(before,)] = query(
        database, "select count(*) from lifecycle.life_months where month <= entered_date"
    )
    assert before == 0


def test_cohorts_of_older_customers_are_marked(database):
    cells = {
        (month, truncated): (n, rate)
        for month, truncated, n, rate in query(
            database,
            """
            select strftime(cohort_month, '%m'), is_truncated, n, retention_rate from lifecycle.retention_cohorts
            where brand = 'trunc' and age_months = 3 and retention_rate is not null
            """,
        )
    }
    assert cells["01", True][0] == 301 and cells["01", True][1] > 0.9
    assert all(0.2 < rate < 0.75 for (_, truncated), (_, rate) in cells.items() if not truncated)
    assert len(cells) >= 9
    assert query(
        database,
        "select distinct is_truncated from lifecycle.retention_cohorts where brand = 'founded'",
    ) == [(False,)]


def test_without_young_customers_there_is_no_curve_but_hazards(database):
    assert survival_at(database, "ancient", 10_000) == (None, None, None)
    [(months, low, high)] = query(
        database,
        "select count(*), min(hazard), max(hazard) from lifecycle.churn_hazards where brand = 'ancient' and segment_type = 'all' and n_at_risk >= 10",
    )
    assert months >= 3 and 0 <= low <= high < 0.5


def test_subscribers_who_were_moved_are_as_old_as_their_subscription(database):
    rows = query(
        database,
        """
        select min(started_date)::varchar, min(entered_date)::varchar, max(entered_date)::varchar, count(*) filter (is_truncated),
            count(*) filter (churn_kind = 'voluntary')
        from lifecycle.customer_lives where brand = 'moved'
        """,
    )
    assert rows == [("2024-01-10", "2025-02-01", "2025-02-01", 20, 5)]
