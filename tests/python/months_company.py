"""A company of a year and a half whose tables arrive at paces of their own, with brands that sell subscriptions by chance.

Events, customers, subscriptions and rates are loaded every night; orders every Monday, the last time on 22 June 2026.
Nobody delivers payments, refunds, tickets, readings or advertising.
"""

import random
from datetime import date, datetime, timedelta

from random_company import as_csv
from reference_company import Raw

FIRST_DAY, LAST_DAY = date(2025, 1, 1), date(2026, 6, 30)
LAST_ORDERS = date(2026, 6, 22)
CURRENCIES = {"USD": 1, "EUR": 1.08, "KRW": 0.00072}
ENDS = {"voluntary": 6, "payment_failed": 4, "": 1, "paused": 2}


def days() -> list[date]:
    return [FIRST_DAY + timedelta(days=each) for each in range((LAST_DAY - FIRST_DAY).days + 1)]


def next_night(moment: datetime) -> str:
    return f"{moment.date() + timedelta(days=1)} 03:00:00"


def next_monday(moment: datetime) -> str:
    return f"{moment.date() + timedelta(days=7 - moment.weekday())} 04:00:00"


def make_company(seed: int, brands: int) -> Raw:
    """The raw rows, the same for the same seed."""
    chance = random.Random(seed)
    raw: Raw = {
        "app__customers": [],
        "app__products": [],
        "app__subscription_changes": [],
        "app__orders": [],
        "app__order_items": [],
        "events__events": [],
        "finance__exchange_rates": [],
    }
    for day in days():
        for currency, rate in CURRENCIES.items():
            if currency != "USD":
                raw["finance__exchange_rates"].append(
                    {
                        "currency": currency,
                        "rate_date": str(day),
                        "usd_rate": str(round(rate * chance.uniform(0.9, 1.1), 6)),
                        "_loaded_at": f"{day} 15:00:00",
                    }
                )
        orders_of_a_day(raw, day)
    for number in range(brands):
        brand = f"b{number}"
        add(raw, "app__products", datetime(2025, 1, 1), product_id=f"p{number}", brand=brand,
            product_name="Plan", category="plan", list_price="10", currency="USD", updated_at="2025-01-01 00:00:00")  # fmt: skip
        for customer in range(8):
            customer_id = f"c{number}-{customer}"
            add_customer(raw, customer_id, brand)
            for subscription in range(chance.choice([1, 1, 2])):
                subscribe(
                    raw, chance, f"s{number}-{customer}-{subscription}", customer_id, f"p{number}"
                )
    # Something happens in each night but the last, so that the loads say how far they go.
    subscription = {"subscription_id": "s-last", "customer_id": "c0-0", "product_id": "p0"}
    add(raw, "app__subscription_changes", datetime(2026, 6, 30, 1), change_id="h-last", change_type="started",
        cancel_kind="", changed_at="2026-06-30 01:00:00", effective_at="", monthly_amount="9", currency="USD",
        **subscription)  # fmt: skip
    return raw


def add(raw: Raw, table: str, moment: datetime, **row: str) -> None:
    raw[table].append(row | {"_loaded_at": next_night(moment)})


def add_customer(raw: Raw, customer_id: str, brand: str) -> None:
    add(raw, "app__customers", datetime(2025, 1, 1), customer_id=customer_id, brand=brand, country_code="US",
        full_name=f"Name of {customer_id}", email=f"{customer_id}@mail.example", phone="010-1234-5678",
        created_at="2025-01-01 00:30:00", updated_at="2025-01-01 00:30:00")  # fmt: skip


def orders_of_a_day(raw: Raw, day: date) -> None:
    """A visit and an order of $10 a day, of brand b0."""
    moment = datetime(day.year, day.month, day.day, 10)
    add(raw, "events__events", moment, event_id=f"e{day}", brand="b0", event_name="page_viewed",
        occurred_at=str(moment), received_at=str(moment), anonymous_id=f"a{day}", customer_id="", page_path="/",
        device_type="web")  # fmt: skip
    if datetime.fromisoformat(next_monday(moment)).date() > LAST_ORDERS:
        return
    loaded = {"_loaded_at": next_monday(moment)}
    raw["app__orders"].append(
        {
            "order_id": f"o{day}",
            "customer_id": "c0-0",
            "order_type": "purchase",
            "ordered_at": str(moment),
            "paid_at": str(moment),
            "status": "paid",
            "currency": "USD",
            "discount_amount": "0",
            "updated_at": str(moment),
        }
        | loaded
    )
    raw["app__order_items"].append(
        {
            "order_id": f"o{day}",
            "line_number": "1",
            "product_id": "p0",
            "quantity": "1",
            "unit_price": "10",
        }
        | loaded
    )


def subscribe(
    raw: Raw, chance: random.Random, subscription: str, customer: str, product: str
) -> None:
    """A subscription that changes its plan, ends one way or another, and may come back."""
    currency = chance.choice(list(CURRENCIES))
    amount = chance.randint(5, 40) * (1000 if currency == "KRW" else 1)
    moment = datetime(2025, 1, 1, 12) + timedelta(days=chance.randint(0, 400))
    number = 0

    def change(kind: str, amount: int, cancel_kind: str = "", effective_at: datetime | str = ""):
        nonlocal number
        number += 1
        add(raw, "app__subscription_changes", moment, change_id=f"h{subscription}-{number}",
            subscription_id=subscription, customer_id=customer, product_id=product, change_type=kind,
            cancel_kind=cancel_kind, changed_at=str(moment), effective_at=str(effective_at),
            monthly_amount=str(amount), currency=currency)  # fmt: skip

    change("started", amount)
    while True:
        moment += timedelta(days=chance.randint(3, 120), seconds=chance.randint(0, 9999))
        if moment.date() >= LAST_DAY:
            return
        if chance.random() < 0.5:
            amount = max(1, round(amount * chance.choice([0.6, 0.8, 1.3, 1.7])))
            change("upgraded", amount)
            continue
        end = chance.choices(list(ENDS), ENDS.values())[0]
        later = moment + timedelta(days=chance.randint(1, 30)) if chance.random() < 0.3 else ""
        if end == "paused":
            change("paused", amount)
        else:
            change("cancelled", amount, end, later)
        moment += timedelta(days=chance.randint(31, 90))
        if moment.date() >= LAST_DAY or chance.random() < 0.5:
            return
        change("resumed" if end == "paused" else "reactivated", amount)


def files(raw: Raw) -> dict[str, str]:
    return {table: as_csv(rows) for table, rows in raw.items()}
