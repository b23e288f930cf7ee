"""Retention of a year and of a month, quick ratio, ARR and kinds of churn, against plain Python on companies by chance.

The reference reads raw rows alone: what each subscription costs at the end of each day is reference_company's, and
all else is worked out here from that.
"""

from collections import defaultdict
from datetime import date, timedelta

import months_company
import pytest
from reference_company import Company, moment, month, month_end
from warehouse import build, query, write_raw

METRICS = (
    "net_revenue_retention",
    "gross_revenue_retention",
    "monthly_net_revenue_retention",
    "monthly_gross_revenue_retention",
    "customers_of_a_year_before",
    "annual_recurring_revenue",
    "quick_ratio",
    "fx_mrr",
    "voluntary_churned_mrr",
    "involuntary_churned_mrr",
    "voluntary_churn_rate",
    "involuntary_churn_rate",
    "subscriber_churn_rate",
)


def reference(raw, brand: str) -> dict[tuple[str, date], float | None]:
    """(metric, month): value of a brand, 0 / 0 is None."""
    customers = {
        row["customer_id"] for row in raw["app__customers"] if brand in ("all", row["brand"])
    }
    company = Company(
        raw
        | {
            "app__subscription_changes": [
                row for row in raw["app__subscription_changes"] if row["customer_id"] in customers
            ]
        },
        months_company.LAST_DAY,
    )
    amounts = company.subscription_months()
    kinds = kinds_of_churn(company)
    values = {}
    at = months_company.FIRST_DAY
    while at <= months_company.LAST_DAY:
        before, year = month(at - timedelta(days=1)), date(at.year - 1, at.month, 1)

        def worth(customer, of, rates_of=at):
            day = min(month_end(rates_of), company.as_of)
            return float(
                sum(company.in_dollars(*each, day) for each in amounts.get((customer, of), []))
            )

        opening = {c: worth(c, before) for c in customers if worth(c, before) > 0}
        closing = {c: worth(c, at) for c in customers}
        gained = sum(closing[c] for c in customers if c not in opening)
        gained += sum(max(closing[c] - opening[c], 0) for c in opening)
        lost = {c: max(opening[c] - closing[c], 0) for c in opening}
        left = {c for c in opening if not closing[c]}
        of_kind = {
            kind: {c for c in left if kinds[c, at] == kind}
            for kind in ("voluntary", "payment_failed")
        }
        yearly = {c: worth(c, year) for c in customers if worth(c, year) > 0}
        fx = sum(opening.values()) - sum(worth(c, before, before) for c in opening)
        found = {
            "net_revenue_retention": ratio(sum(closing[c] for c in yearly), sum(yearly.values())),
            "gross_revenue_retention": ratio(
                sum(min(closing[c], yearly[c]) for c in yearly), sum(yearly.values())
            ),
            "monthly_net_revenue_retention": ratio(
                sum(closing[c] for c in opening), sum(opening.values())
            ),
            "monthly_gross_revenue_retention": ratio(
                sum(min(closing[c], opening[c]) for c in opening), sum(opening.values())
            ),
            "customers_of_a_year_before": len(yearly),
            "annual_recurring_revenue": 12 * sum(closing.values()),
            "quick_ratio": ratio(gained, sum(lost.values())),
            "fx_mrr": fx,
            "voluntary_churned_mrr": sum(lost[c] for c in of_kind["voluntary"]),
            "involuntary_churned_mrr": sum(lost[c] for c in of_kind["payment_failed"]),
            "voluntary_churn_rate": ratio(len(of_kind["voluntary"]), len(opening)),
            "involuntary_churn_rate": ratio(len(of_kind["payment_failed"]), len(opening)),
            "subscriber_churn_rate": ratio(len(left), len(opening)),
        }
        values |= {(name, at): value for name, value in found.items()}
        at = month_end(at) + timedelta(days=1)
    return values


def kinds_of_churn(company: Company) -> dict[tuple[str, date], str]:
    """(customer, month): how the last run that ended in the month did, by the amounts of each day."""
    subscriptions = defaultdict(list)
    for change in company.newest("app__subscription_changes", "change_id"):
        subscriptions[change["subscription_id"]].append(change)
    ends = defaultdict(list)
    for changes in subscriptions.values():
        day, was = moment(changes[0]["changed_at"]).date(), 0
        while day <= company.as_of:
            amount = company.amount_at(changes, day)
            if was and not amount:
                ended = max(
                    (each for each in changes if moment(each["changed_at"]).date() <= day
                     and each["change_type"] in ("cancelled", "paused")),
                    key=lambda each: each["changed_at"],
                )  # fmt: skip
                kind = "paused" if ended["change_type"] == "paused" else ended["cancel_kind"]
                at = moment(ended["effective_at"] or ended["changed_at"])
                ends[changes[0]["customer_id"], month(day)].append((at, kind))
            was, day = amount, day + timedelta(days=1)
    return defaultdict(
        str, {key: max(each, key=lambda end: end[0])[1] for key, each in ends.items()}
    )


def ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def differences(database, raw, brands: list[str]) -> list[tuple]:
    found = {
        tuple(key): value
        for *key, value in query(
            database,
            f"""
            select brand, metric_name, period_start, value from core.core_metric_values
            where grain = 'month' and metric_name in {METRICS}
            """,
        )
    }
    return [
        (brand, *key, found[brand, *key], value)
        for brand in brands
        for key, value in reference(raw, brand).items()
        if not is_same(found[brand, *key], value)
    ]


def is_same(found: float | None, expected: float | None) -> bool:
    if found is None or expected is None:
        return found is expected
    return found == pytest.approx(expected, rel=1e-6, abs=1e-4)


def test_companies_by_chance_are_as_the_definitions_say(company_of_months):
    raw = months_company.make_company(1, 40)
    brands = [f"b{number}" for number in range(1, 40)]
    assert differences(company_of_months / "warehouse.duckdb", raw, brands) == []


def test_the_year_is_not_the_month_and_not_its_power(company_of_months):
    """The naive answers: the month's retention under the year's name, and the months' product."""
    rows = query(
        company_of_months / "warehouse.duckdb",
        """
        select year.value, month.value,
            product(month.value) over (order by month.period_start rows 11 preceding)
        from core.core_metric_values as month
        left join core.core_metric_values as year
            on year.metric_name = 'net_revenue_retention'
            and (year.grain, year.brand, year.period_start) = (month.grain, month.brand, month.period_start)
        where month.metric_name = 'monthly_net_revenue_retention' and month.grain = 'month'
            and month.brand = 'all' and month.period_start > '2025-02-01'
        qualify year.value is not null order by month.period_start
        """,
    )
    assert len(rows) == 6
    assert all(abs(year - of_month) > 0.1 for year, of_month, _ in rows)
    # Those who join in between are in the months' product, and not in the year's retention.
    assert any(abs(year - product) > 0.02 for year, _, product in rows)


def test_movements_of_churn_add_up(company_of_months):
    rows = query(
        company_of_months / "warehouse.duckdb",
        """
        select churn_kind, count(*), sum(churned_mrr) > 0, bool_and(is_churned)
        from core.mrr_movements where churn_kind is not null or is_churned group by 1 order by 1
        """,
    )
    assert [row[0] for row in rows] == ["involuntary", "paused", "unknown", "voluntary"]
    assert all(row[1] > 3 and row[2] and row[3] for row in rows)


def test_churn_of_the_demo_is_as_it_was_planted(demo):
    """Of the demo's subscribers, those whose payment failed left involuntarily, and nobody else."""
    wrong = query(
        demo,
        """
        with last_ends as (
            select customer_id, brand, date_trunc('month', ended_date)::date as month,
                max_by(cancel_kind, ends_at) as cancel_kind
            from core.subscriptions where end_kind = 'cancelled' group by all
        )
        select customer_id, movements.month, churn_kind, cancel_kind
        from core.mrr_movements as movements
        left join last_ends using (customer_id, brand, month)
        where is_churned and churn_kind is distinct from
            case cancel_kind when 'payment_failed' then 'involuntary' when 'voluntary' then 'voluntary'
            else churn_kind end
        """,
    )
    assert wrong == []
    kinds = dict(
        query(
            demo, "select churn_kind, count(*) from core.mrr_movements where is_churned group by 1"
        )
    )
    assert kinds["voluntary"] > kinds["involuntary"] > 5


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3, 4, 5])
def test_two_hundred_companies_are_as_the_definitions_say(tmp_path, seed):
    raw = months_company.make_company(seed, 50)
    folder = write_raw(tmp_path / "raw", months_company.files(raw))
    database = tmp_path / "warehouse.duckdb"
    build(
        database,
        folder,
        select="+core_metric_values",
        tests=False,
        variables={"areas": ["core"]},
    )
    assert differences(database, raw, [f"b{number}" for number in range(1, 50)]) == []
