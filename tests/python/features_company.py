"""A random company with payments that hit every edge of the features: ties to the microsecond, missing keys, corrections,
disputes that come late, twice, before their payment or about nothing; and the same counted one by one in Python."""

import pathlib
import random
from collections.abc import Iterable
from datetime import date, datetime, timedelta

import pandas as pd
from warehouse import write_raw

FIRST_DAY, LAST_DAY = datetime(2026, 1, 1), datetime(2026, 3, 31)
FRAMES = {
    "1_hour": timedelta(hours=1),
    "1_day": timedelta(days=1),
    "7_days": timedelta(days=7),
    "30_days": timedelta(days=30),
}
KEYS = {
    "card": "card_fingerprint",
    "device": "device_id",
    "address": "ip_hash",
    "customer": "customer_id",
}
COUNTED = {
    "customers": "customer_id",
    "cards": "card_fingerprint",
    "devices": "device_id",
    "countries": "ip_country_code",
}
OF_KEY = {
    "card": ["attempts", "customers", "devices", "countries"],
    "device": ["attempts", "customers", "cards", "countries"],
    "address": ["attempts", "customers", "cards", "devices", "countries"],
    "customer": ["attempts", "cards", "devices", "countries"],
}
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def make_tables(seed: int, payments: int = 400) -> dict[str, pd.DataFrame]:
    """Raw tables by name; `_loaded_at` and every moment are datetimes."""
    chance = random.Random(seed)

    def moment() -> datetime:
        seconds = chance.randrange(int((LAST_DAY - FIRST_DAY).total_seconds()))
        return FIRST_DAY + timedelta(seconds=seconds, microseconds=chance.randrange(10**6))

    def maybe(values: list, missing: float = 0.1):
        return None if chance.random() < missing else chance.choice(values)

    countries = ["KR", "US", "VN", "DE"]
    customers = [
        {
            "customer_id": f"c{number}",
            "brand": chance.choice(["north", "south"]),
            "country_code": chance.choice(countries),
            "created_at": FIRST_DAY - 20 * DAY + timedelta(seconds=chance.randrange(90 * 86400)),
        }
        for number in range(25)
    ]
    for row in customers:
        row["updated_at"] = row["created_at"]
        row["_loaded_at"] = row["created_at"] + 9 * MINUTE
    # A correction of the day on which the account was made: known too late for the payments before it.
    customers.append(
        customers[0]
        | {
            "created_at": customers[0]["created_at"] - 5 * DAY,
            "updated_at": LAST_DAY - 3 * DAY,
            "_loaded_at": LAST_DAY - 3 * DAY,
        }
    )
    orders, items = [], []
    for number in range(200):
        ordered_at = moment()
        # Those of which nobody says that they were paid are in no payment.
        is_paid = number < 160
        paid_at = None
        if is_paid:
            paid_at = ordered_at + timedelta(hours=chance.choice([0, 1, 200]))
            paid_at = min(paid_at, LAST_DAY - timedelta(hours=1))
        orders.append(
            {
                "order_id": f"o{number}",
                "customer_id": maybe([f"c{i}" for i in range(27)]),
                "ordered_at": ordered_at,
                "paid_at": paid_at,
                "status": "paid" if is_paid else "placed",
                "currency": "USD",
                "updated_at": ordered_at,
                "_loaded_at": (paid_at or ordered_at) + chance.choice([2 * MINUTE, 30 * DAY]),
            }
        )
        items.append(
            {
                "order_id": f"o{number}",
                "line_number": 1,
                "product_id": "p1",
                "quantity": chance.randrange(1, 4),
                "unit_price": chance.choice([5, 12.5, 40]),
                "_loaded_at": ordered_at + 2 * MINUTE,
            }
        )
    attempts, moments = [], []
    for number in range(payments):
        # Bursts, equal moments, and frames hit exactly and by a microsecond.
        if moments and chance.random() < 0.6:
            steps = [0, 0, 1e-6, 30, 3599.999999, 3600, 3600.000001, 86400, 7 * 86400, 30 * 86400]
            attempted_at = chance.choice(moments) + timedelta(seconds=chance.choice(steps))
        else:
            attempted_at = moment()
        attempted_at = min(attempted_at, LAST_DAY - timedelta(hours=1))
        moments.append(attempted_at)
        attempts.append(
            {
                "payment_id": f"m{number:04}",
                "order_id": f"o{chance.randrange(160)}" if chance.random() < 0.9 else "lost",
                "customer_id": maybe([f"c{i}" for i in range(27)]),
                "attempted_at": attempted_at,
                "amount": chance.choice([0, 5, 12.5, 40, 900]),
                "currency": chance.choice(["USD", "USD", "EUR"]),
                "card_fingerprint": maybe([f"k{i}" for i in range(20)]),
                "device_id": maybe([f"d{i}" for i in range(15)]),
                "ip_hash": maybe([f"a{i}" for i in range(8)]),
                "ip_country_code": maybe(countries),
                "card_country_code": maybe(countries),
                "billing_country_code": maybe(countries),
                "outcome": chance.choice(["succeeded"] * 6 + ["declined", "declined", "blocked"]),
                "_loaded_at": attempted_at + 4 * MINUTE,
            }
        )
    corrections = [
        row
        | {
            "outcome": "succeeded",
            "card_fingerprint": "k0",
            "amount": 77,
            "_loaded_at": row["_loaded_at"] + 5 * DAY,
        }
        for row in chance.sample(attempts, 12)
        if row["attempted_at"] < LAST_DAY - 6 * DAY
    ]
    # Three devices steal most.
    thieves = [row for row in attempts if row["device_id"] in {"d0", "d1", "d2"}]
    others = [row for row in attempts if row["device_id"] not in {"d0", "d1", "d2"}]
    chosen = chance.sample(others, 20) + [row for row in thieves if chance.random() < 0.9]
    disputes = []
    for number, row in enumerate(chosen):
        delay_days = chance.choice([-3, 40] if number < 12 else [1, 1, 2, 3, 8])
        opened_at = min(row["attempted_at"] + delay_days * DAY, LAST_DAY - 2 * timedelta(hours=1))
        first = {
            "dispute_id": f"x{number}",
            "payment_id": row["payment_id"] if number else "nobody",
            "reason": chance.choice(["fraud"] * 5 + ["quality"]),
            "amount": 10,
            "currency": "USD",
            "opened_at": opened_at,
            "_loaded_at": opened_at + chance.choice([5 * MINUTE, 3 * DAY]),
        }
        disputes.append(first)
        if number % 5 == 0:
            disputes.append(
                first
                | {
                    "reason": chance.choice(["fraud", "quality"]),
                    "_loaded_at": first["_loaded_at"] + 6 * DAY,
                }
            )
        if number % 10 == 1:
            disputes.append(first | {"dispute_id": f"y{number}", "reason": "fraud"})

    def delay() -> timedelta:
        return chance.choice([MINUTE] * 4 + [2 * DAY])

    events = []
    for number in range(600):
        occurred_at = moment()
        anonymous = f"v{chance.randrange(40)}"
        events.append(
            {
                "event_id": f"e{number}",
                "brand": chance.choice(["north", "south"]),
                "event_name": "page_viewed",
                "occurred_at": occurred_at,
                "received_at": occurred_at,
                "anonymous_id": anonymous,
                "customer_id": maybe([f"c{i}" for i in range(27)], 0.6),
                "page_path": "/",
                "referrer": chance.choice(["", "https://www.google.com/", "https://t.co/"]),
                "_loaded_at": occurred_at + delay(),
            }
        )
    tickets = [
        {
            "ticket_id": f"t{number}",
            "customer_id": f"c{chance.randrange(27)}",
            "channel": "phone",
            "topic": "billing",
            "opened_at": opened_at,
            "_loaded_at": opened_at + delay(),
        }
        for number, opened_at in enumerate(moment() for _ in range(80))
    ]
    # A version that comes later says something else.
    tickets += [
        row | {"customer_id": "c1", "_loaded_at": row["_loaded_at"] + 4 * DAY}
        for row in tickets[::5]
    ]
    refunds = [
        {
            "refund_id": f"r{number}",
            "order_id": f"o{chance.randrange(160)}",
            "amount": 3,
            "currency": "USD",
            "status": chance.choice(["succeeded", "succeeded", "failed"]),
            "refunded_at": refunded_at,
            "_loaded_at": refunded_at + delay(),
        }
        for number, refunded_at in enumerate(moment() for _ in range(60))
    ]
    products = [
        {
            "product_id": "p1",
            "brand": "north",
            "product_name": "One",
            "category": "goods",
            "list_price": 10,
            "currency": "USD",
            "updated_at": FIRST_DAY,
            "_loaded_at": FIRST_DAY,
        }
    ]
    rates = [{"currency": "EUR", "rate_date": "2026-01-01", "usd_rate": 1.1}]
    return {
        name: pd.DataFrame([row for row in rows if row.get("_loaded_at", FIRST_DAY) < LAST_DAY])
        for name, rows in {
            "app__customers": customers,
            "app__products": products,
            "app__orders": orders,
            "app__order_items": items,
            "payments__payments": attempts + corrections,
            "payments__disputes": disputes,
            "payments__refunds": refunds,
            "support__tickets": tickets,
            "events__events": events,
            "finance__exchange_rates": rates,
        }.items()
    }


def write(folder: pathlib.Path, tables: dict[str, pd.DataFrame]) -> pathlib.Path:
    """One CSV a table; moments with their microseconds."""
    return write_raw(
        folder,
        {
            name: table.to_csv(index=False, date_format="%Y-%m-%d %H:%M:%S.%f")
            for name, table in tables.items()
        },
    )


def arrived_by(tables: dict[str, pd.DataFrame], moment: datetime) -> dict[str, pd.DataFrame]:
    """What had been loaded by a moment."""
    return {
        name: table[table["_loaded_at"] <= moment] if "_loaded_at" in table else table
        for name, table in tables.items()
    }


def poisoned(
    tables: dict[str, pd.DataFrame], moment: datetime, seed: int
) -> dict[str, pd.DataFrame]:
    """The same with every row that was known at or after the moment corrupted at random, its arrival aside.

    A payment is known when it is made, a version that corrects it when it arrives; all else when it
    has happened and has arrived.
    """
    chance = random.Random(seed)
    when = {
        "payments__disputes": ["opened_at", "_loaded_at"],
        "payments__refunds": ["refunded_at", "_loaded_at"],
        "support__tickets": ["opened_at", "_loaded_at"],
        "events__events": ["occurred_at", "_loaded_at"],
        "app__customers": ["created_at", "_loaded_at"],
        "app__orders": ["paid_at", "_loaded_at"],
    }
    later = {name: tables[name][columns].max(axis=1) >= moment for name, columns in when.items()}
    payments = tables["payments__payments"]
    is_correction = payments.duplicated("payment_id", keep="first")
    later["payments__payments"] = (payments["attempted_at"] >= moment) | (
        is_correction & (payments["_loaded_at"] >= moment)
    )
    orders = tables["app__orders"]
    later["app__order_items"] = tables["app__order_items"]["order_id"].isin(
        orders[later["app__orders"]]["order_id"]
    )
    words = {
        "customer_id": lambda: chance.choice([None, *(f"c{i}" for i in range(30))]),
        "card_fingerprint": lambda: chance.choice([None, *(f"k{i}" for i in range(25))]),
        "device_id": lambda: chance.choice([None, *(f"d{i}" for i in range(20))]),
        "ip_hash": lambda: chance.choice([None, *(f"a{i}" for i in range(10))]),
        "outcome": lambda: chance.choice(["succeeded", "declined", "blocked"]),
        "reason": lambda: chance.choice(["fraud", "quality", "not_received"]),
        "payment_id": lambda: f"m{chance.randrange(len(payments)):04}",
        "order_id": lambda: f"o{chance.randrange(160)}",
        "amount": lambda: chance.choice([0, 1, 10**6]),
        "quantity": lambda: chance.randrange(1, 9),
        "anonymous_id": lambda: f"v{chance.randrange(60)}",
        "referrer": lambda: chance.choice(["", "https://www.bing.com/", "https://t.co/"]),
        "ip_country_code": lambda: chance.choice([None, "FR", "JP"]),
        "status": lambda: chance.choice(["succeeded", "failed"]),
    }
    keys = {
        "payments__payments": "payment_id",
        "payments__disputes": "dispute_id",
        "app__orders": "order_id",
        "app__order_items": "order_id",
        "app__customers": "customer_id",
    }
    changed = {}
    for name, table in tables.items():
        table = table.copy().astype(object)
        if name in later:
            own = {"app__orders": {"customer_id"}}.get(name, words.keys())
            columns = [c for c in table if c in words and c in own and c != keys.get(name)]
            is_needed = name == "support__tickets"
            for row in table.index[later[name]]:
                for column in columns:
                    value = words[column]()
                    table.at[row, column] = "c1" if is_needed and value is None else value
                # Later still, but not after it arrived: that would be no row of the contract.
                moved = [c for c in ("attempted_at", "refunded_at", "created_at") if c in table]
                for column in moved:
                    latest = min(table.at[row, "_loaded_at"], LAST_DAY - timedelta(hours=2))
                    if latest > moment:
                        span = int((latest - moment).total_seconds())
                        later_by = timedelta(seconds=chance.randrange(span + 1))
                        table.at[row, column] = moment + later_by
        changed[name] = table
    return changed


def first_versions(tables: dict[str, pd.DataFrame]) -> list[dict]:
    """Payments as they first arrived, missing values as None."""
    payments = tables["payments__payments"].sort_values("_loaded_at", kind="stable")
    payments = payments.drop_duplicates("payment_id")
    return payments.astype(object).where(payments.notna(), None).to_dict("records")


def known_moments(table: pd.DataFrame, moment: str) -> pd.DataFrame:
    """The table with `known`, when each row had happened and had arrived; the first load brought history."""
    is_first_load = table["_loaded_at"].dt.date == table["_loaded_at"].min().date()
    known = table[[moment, "_loaded_at"]].max(axis=1)
    return table.assign(known=known.where(~is_first_load, table[moment]))


def is_known_fraud(disputes: Iterable[dict], payment: dict, moment: datetime) -> bool:
    """Whether the newest version of any of its disputes, of those known before the moment, says fraud."""
    newest = {}
    for row in disputes:
        known_at = max(row["known"], payment["attempted_at"])
        if known_at < moment:
            order = (known_at, row["_loaded_at"])
            if row["dispute_id"] not in newest or newest[row["dispute_id"]][0] < order:
                newest[row["dispute_id"]] = (order, row["reason"])
    return any(reason == "fraud" for _, reason in newest.values())


def days_between(earlier: pd.Timestamp, later: pd.Timestamp) -> float:
    """Days by the seconds that a clock shows."""
    return (later.floor("s") - earlier.floor("s")).total_seconds() / 86400


def count_by_hand(tables: dict[str, pd.DataFrame]) -> dict[str, dict]:
    """payment_id: the features, each payment compared with all others."""
    payments = first_versions(tables)
    disputes: dict[str, list[dict]] = {}
    for row in known_moments(tables["payments__disputes"], "opened_at").to_dict("records"):
        disputes.setdefault(row["payment_id"], []).append(row)
    customers = tables["app__customers"].sort_values("_loaded_at", kind="stable")
    created = customers.drop_duplicates("customer_id").set_index("customer_id")["created_at"]
    found = {}
    for payment in payments:
        at = payment["attempted_at"]
        row: dict = {"customer_id": payment["customer_id"]}
        mine: dict[str, list[dict]] = {}
        for key, column in KEYS.items():
            is_there = payment[column] is not None
            mine[key] = before = [
                other
                for other in payments
                if is_there and other[column] == payment[column] and other["attempted_at"] < at
            ]
            for frame, length in FRAMES.items():
                inside = [other for other in before if other["attempted_at"] >= at - length]
                for name in OF_KEY[key]:
                    source = COUNTED.get(name)
                    if key == "address" and name == "countries":
                        source = "card_country_code"
                    values = {other[source] for other in inside} - {None} if source else inside
                    row[f"{name}_per_{key}_{frame}"] = len(values) if is_there else None
            declined = [
                other
                for other in before
                if other["outcome"] == "declined"
                and other["attempted_at"] >= at - FRAMES["30_days"]
            ]
            row[f"declines_per_{key}_30_days"] = len(declined) if is_there else None
            frauds = [
                other
                for other in payments
                if other[column] == payment[column]
                and is_known_fraud(disputes.get(other["payment_id"], []), other, at)
            ]
            row[f"frauds_per_{key}"] = len(frauds) if is_there else None
        paid = [other for other in mine["customer"] if other["outcome"] == "succeeded"]
        has_customer, has_device = (
            payment[KEYS[key]] is not None for key in ("customer", "device")
        )
        row["orders_before"] = len({other["order_id"] for other in paid}) if has_customer else None
        made_at = created.get(payment["customer_id"], at)
        row["customer_age_days"] = days_between(made_at, at) if made_at < at else None
        first = min((other["attempted_at"] for other in mine["device"]), default=None)
        row["device_age_days"] = days_between(first, at) if first else None
        usual = [other["amount"] for other in paid if other["currency"] == payment["currency"]]
        mean = sum(usual) / len(usual) if usual else 0
        row["amount_to_usual"] = payment["amount"] / mean if mean else None
        card, ip, bill = (payment[f"{name}_country_code"] for name in ("card", "ip", "billing"))
        row["is_card_country_other"] = card != ip if card and ip else None
        row["is_billing_country_other"] = bill != (card or ip) if bill and (card or ip) else None
        used = [other for other in mine["customer"] if other["device_id"] == payment["device_id"]]
        row["is_first_use_of_device"] = not used if has_customer and has_device else None
        row["attempted_at"] = at
        found[payment["payment_id"]] = row
    return found


def facts_by_hand(tables: dict[str, pd.DataFrame]) -> list[tuple]:
    """(customer, brand, day known, fact, amount or day made) of everything that a customer did."""
    customers = tables["app__customers"].sort_values("_loaded_at", kind="stable")
    customers = customers.drop_duplicates("customer_id").pipe(known_moments, "created_at")
    brands = customers.set_index("customer_id")["brand"]
    orders = tables["app__orders"]
    orders = orders[orders["paid_at"].notna()].pipe(known_moments, "paid_at")
    items = tables["app__order_items"].set_index("order_id")
    buyers = tables["app__orders"].set_index("order_id")["customer_id"]
    tickets = tables["support__tickets"].sort_values("_loaded_at", kind="stable")
    tickets = tickets.drop_duplicates("ticket_id").pipe(known_moments, "opened_at")
    refunds = tables["payments__refunds"]
    refunds = refunds[refunds["status"] == "succeeded"]
    # Whose a refund is says its order.
    loaded = tables["app__orders"].set_index("order_id")["_loaded_at"]
    refunds = refunds.assign(
        _loaded_at=pd.concat([refunds["_loaded_at"], refunds["order_id"].map(loaded)], axis=1).max(
            axis=1
        )
    )
    refunds = refunds[refunds["order_id"].map(buyers).notna()].pipe(known_moments, "refunded_at")
    facts: list[tuple] = []
    for row in customers.to_dict("records"):
        made_on = row["created_at"].date()
        facts.append((row["customer_id"], row["brand"], row["known"].date(), "created", made_on))
    for row in orders.to_dict("records"):
        if isinstance(row["customer_id"], str):
            amount = items["quantity"][row["order_id"]] * items["unit_price"][row["order_id"]]
            # An order's brand is that of its customer, else that of its product.
            brand = brands.get(row["customer_id"], "north")
            facts.append((row["customer_id"], brand, row["known"].date(), "order", amount))
    for row in tickets.to_dict("records"):
        brand = brands.get(row["customer_id"], "unknown")
        facts.append((row["customer_id"], brand, row["known"].date(), "contact", 0))
    for row in refunds.to_dict("records"):
        customer = buyers[row["order_id"]]
        brand = brands.get(customer, "north")
        facts.append((customer, brand, row["known"].date(), "refund", row["amount"]))
    return facts + visits_by_hand(tables)


def visits_by_hand(tables: dict[str, pd.DataFrame]) -> list[tuple]:
    """A visit: a day on which an event names the customer, known with the first of them that arrived."""
    events = known_moments(tables["events__events"], "occurred_at")
    named = events[events["customer_id"].notna()].assign(day=events["occurred_at"].dt.date)
    days = named.groupby(["customer_id", "brand", "day"])["known"].min().dt.date
    return [(customer, brand, day, "visit", 0) for (customer, brand, _), day in days.items()]


def customers_by_hand(tables: dict[str, pd.DataFrame], days: Iterable[date]) -> dict[tuple, dict]:
    """(customer, brand, day): the features as of the end of the day, but for the channel."""
    facts = facts_by_hand(tables)
    found = {}
    for customer, brand in sorted({fact[:2] for fact in facts}):
        own = [fact for fact in facts if fact[:2] == (customer, brand)]
        for day in days:
            so_far = [fact for fact in own if fact[2] <= day]
            if not so_far:
                continue
            row: dict = {}
            for kind in ("order", "visit", "contact", "refund"):
                mine = [fact for fact in so_far if fact[3] == kind]
                row[f"{kind}s_so_far"] = len(mine)
                last = max((fact[2] for fact in mine), default=None)
                row[f"days_since_last_{kind}"] = (day - last).days if last else None
                for length in (7, 30, 90):
                    inside = [fact for fact in mine if (day - fact[2]).days < length]
                    row[f"{kind}s_{length}_days"] = len(inside)
                    name = {"order": "revenue", "refund": "refund_amount"}.get(kind)
                    if name:
                        row[f"{name}_{length}_days"] = sum(fact[4] for fact in inside)
            created = [fact[4] for fact in so_far if fact[3] == "created"]
            row["tenure_days"] = (day - min(created)).days if created else None
            found[(customer, brand, day)] = row
    return found
