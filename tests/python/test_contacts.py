"""Contacts from raw tables: what makes people both call and leave is no effect of calls, a brand a world."""

import calendar
import datetime as dt
import random

import pytest
from warehouse import build, query, write_raw

MONTHS = [dt.date(2025 + month // 12, 1 + month % 12, 1) for month in range(17)]
AS_OF = dt.date(2026, 6, 30)
HIGH, LOW = 0.35, 0.05


def new_ones(tenure, month, plan):
    """Chance to call in the month, chance to leave in the next one."""
    return (HIGH, 0.15) if tenure < 3 else (LOW, 0.03)


def bad_quarter(tenure, month, plan):
    return (HIGH, 0.15) if 6 <= month <= 8 else (LOW, 0.03)


def by_plan(tenure, month, plan):
    return (HIGH, 0.12) if plan == "plus" else (LOW, 0.03)


# brand: (chances, customers, what a call makes of the chance to leave, whether the plan is a product of its own)
WORLDS = {
    "new": (new_ones, 1200, 1, False),
    "quarter": (bad_quarter, 1000, 1, False),
    "plan": (by_plan, 1000, 1, True),
    "unseen": (by_plan, 3000, 1, False),
    "keeps": (new_ones, 3000, 0.7, False),
}


def day_in(draw, month: dt.date, last: int = 28) -> str:
    return f"{month.replace(day=draw.randint(2, last))} {draw.randint(8, 20):02}:00:00"


def company() -> dict[str, list[str]]:
    draw = random.Random(6)
    customers = ["customer_id,brand,country_code,created_at"]
    changes = [
        "change_id,subscription_id,customer_id,product_id,change_type,changed_at,monthly_amount,currency"
    ]
    tickets = ["ticket_id,customer_id,channel,topic,opened_at"]
    products = ["product_id,brand,product_name,category,list_price,currency"]

    def subscribe(customer, brand, product, begins, ends=None):
        customers.append(f"{customer},{brand},US,{begins}")
        changes.append(f"s{customer},{customer},{customer},{product},started,{begins},10,USD")
        if ends:
            changes.append(f"c{customer},{customer},{customer},{product},cancelled,{ends},10,USD")

    def call(customer, topic, at):
        tickets.append(f"t{len(tickets)},{customer},phone,{topic},{at}")

    for brand, (chances, n, effect, is_plan_seen) in WORLDS.items():
        for product in ("basic", "plus"):
            products.append(f"{brand}_{product},{brand},{product},plan,10,USD")
        for i in range(n):
            customer, plan = f"{brand}{i}", "plus" if i % 4 == 0 else "basic"
            begun = draw.randrange(0, 13)
            begins, ends, leave = day_in(draw, MONTHS[begun]), None, 0.03
            for month in range(begun + 1, len(MONTHS)):
                has_left = draw.random() < leave
                calls, leave = chances(month - begun - 1, month, plan)
                if draw.random() < calls:
                    # who leaves, leaves late in the month
                    call(customer, "troubleshooting", day_in(draw, MONTHS[month], 14))
                    leave *= effect
                if has_left:
                    last = calendar.monthrange(MONTHS[month].year, MONTHS[month].month)[1]
                    ends = f"{MONTHS[month].replace(day=draw.randint(15, last))} 12:00:00"
                    break
            subscribe(customer, brand, f"{brand}_{plan if is_plan_seen else 'basic'}", begins, ends)
    # a quarter of those who call leave within ten days; no call changes the month after
    products.append("at_once_basic,at_once,basic,plan,10,USD")
    for i in range(600):
        begins = day_in(draw, MONTHS[draw.randrange(0, 6)])
        ends = None
        for month in range(7, len(MONTHS)):
            if draw.random() < 0.12:
                call(f"at_once{i}", "troubleshooting", f"{MONTHS[month].replace(day=5)} 10:00:00")
                if draw.random() < 0.24:
                    ends = f"{MONTHS[month].replace(day=draw.randint(6, 15))} 12:00:00"
                    break
            if draw.random() < 0.03:
                ends = f"{MONTHS[month].replace(day=draw.randint(16, 28))} 12:00:00"
                break
        subscribe(f"at_once{i}", "at_once", "at_once_basic", begins, ends)
    # two who called about one thing and left, nine about another, and twenty about a third
    products.append("few_basic,few,basic,plan,10,USD")
    for i in range(60):
        left = f"{MONTHS[9]} 12:00:00" if i < 31 else None
        subscribe(f"few{i}", "few", "few_basic", f"{MONTHS[1]} 12:00:00", left)
        topic = "billing" if i < 2 else "other" if i < 11 else "troubleshooting" if i < 31 else None
        if topic:
            call(f"few{i}", topic, f"{MONTHS[8].replace(day=9)} 12:00:00")
    return {
        "app__customers": customers,
        "app__products": products,
        "app__subscription_changes": changes,
        "support__tickets": tickets,
        "app__orders": ["order_id,customer_id,ordered_at,status,currency"],
        "app__order_items": ["order_id,line_number,product_id,quantity,unit_price"],
    }


@pytest.fixture(scope="module")
def effects(tmp_path_factory) -> dict[tuple[str, str], dict]:
    """brand and topic -> contact_churn_effect."""
    folder = tmp_path_factory.mktemp("contacts")
    raw = write_raw(folder / "raw", company())
    build(
        folder / "warehouse.duckdb",
        raw,
        select=["+path:models/marts/lifecycle/contact_churn_effect.sql"],
        tests=False,
        variables={"as_of": str(AS_OF)},
    )
    columns = [
        row[0]
        for row in query(folder / "warehouse.duckdb", "describe lifecycle.contact_churn_effect")
    ]
    rows = query(folder / "warehouse.duckdb", "select * from lifecycle.contact_churn_effect")
    found = [dict(zip(columns, row, strict=True)) for row in rows]
    return {(row["brand"], row["topic"]): row for row in found}


@pytest.mark.parametrize("brand", ["new", "quarter", "plan"])
def test_what_makes_people_call_and_leave_is_no_effect(effects, brand):
    one = effects[brand, "troubleshooting"]
    assert one["naive_low"] > 0, "the naive answer: contacts drive people away"
    assert one["standardised_low"] <= 0 <= one["standardised_high"]
    assert abs(one["standardised_difference"]) < 0.03
    assert one["verdict"] == "no_effect_seen" and one["is_naive_misleading"]
    assert one["comparable_share"] > 0.9
    assert "does not prove that there is none" in one["verdict_sentence"]
    # nobody was ever active: there is no negative control, not one that is exactly 0
    assert one["negative_control_low"] is None
    if brand == "new":
        assert one["tenure_imbalance_before"] < -0.4
        assert abs(one["tenure_imbalance_after"]) < abs(one["tenure_imbalance_before"]) / 10
        assert "newer customers, who leave sooner anyway" in one["verdict_sentence"]


def test_a_plan_that_nobody_sees_is_flagged(effects):
    one = effects["unseen", "troubleshooting"]
    assert one["standardised_low"] > 0, "what is not seen cannot be taken out"
    assert one["negative_exposure_low"] > 0
    assert one["verdict"] == "not_comparable"
    assert "something else, or an effect that lasts" in one["verdict_sentence"]
    assert "Do not act on this" in one["verdict_sentence"]


def test_a_call_that_keeps_is_found_though_the_new_call_and_leave(effects):
    one = effects["keeps", "troubleshooting"]
    assert one["naive_high"] > 0 > one["standardised_high"], (
        "the naive answer sees nothing, or harm"
    )
    assert one["verdict"] == "keeps"
    assert one["risk_ratio_low"] <= 0.7 <= one["risk_ratio_high"]
    sentence = one["verdict_sentence"]
    assert f"{one['contact_months']} customer months" in sentence
    assert f"({one['contact_customers']} customers)" in sentence
    assert "may keep people" in sentence and "something else" in sentence
    assert f"{one['e_value']:.1f} times as often" in sentence


def test_leaving_at_once_is_another_question(effects):
    """24 % of those who call leave within ten days: the month after knows nothing of it."""
    one = effects["at_once", "troubleshooting"]
    assert one["same_month_low"] <= 0.24 <= one["same_month_high"]
    assert one["standardised_low"] <= 0 <= one["standardised_high"]
    assert "A second question" in one["same_month_sentence"]
    assert "same month" not in one["verdict_sentence"]


@pytest.mark.parametrize("topic", ["billing", "other"])
def test_no_rate_of_a_few_people_is_published(effects, topic):
    one = effects["few", topic]
    assert one["contact_months"] == one["contact_customers"] == {"billing": 2, "other": 9}[topic]
    for column, value in one.items():
        if column.endswith(("_rate", "_share", "_difference", "_ratio", "_low", "_high", "_value")):
            assert value is None, column
    assert one["churned_after_contact"] is None
    assert one["verdict"] == "too_few"
    for language in ("", "_ko"):
        assert "100.0" not in one["verdict_sentence" + language]
        assert "%" not in one["verdict_sentence" + language]
    assert one["same_month_sentence"] is None


def test_rates_of_enough_people_are_published_without_a_verdict(effects):
    one = effects["few", "troubleshooting"]
    assert one["churn_rate_after_contact"] == 1
    assert (
        "20 customer months with a contact about troubleshooting (20 customers), 100.0 %"
        in one["verdict_sentence"]
    )
    assert one["naive_low"] < one["naive_difference"]
