"""Small companies made by chance: odd ids, ties, several currencies, corrections, refunds, late rows.

What the definitions leave open is not made: two campaigns in the same second, a price change of a plan that is
about to end, a customer's touches on two devices at the same moment, discounts and refunds of orders with gift cards,
disputes about tax, refunds that are pending.
"""

import csv
import io
import random
from datetime import datetime, timedelta
from decimal import Decimal

from reference_company import Raw

FIRST_DAY = datetime(2025, 1, 5)
DAYS = 170
AS_OF = datetime(2025, 6, 30)
TOO_LATE = "2025-07-05 03:00:00"
ODD_IDS = [
    "{}",
    "00{}",
    "{}E5",
    "김{}",
    "é-{}",
    "a|{}",
    "a,{}",
    'q"{}',
    "o'{}",
    "{}%",
    "x {}",
    "12345678901234567{:03}",
]
ORIGINS = [
    ("", "", ""),
    ("google", "cpc", "spring"),
    ("google", "cpc", "summer"),
    ("newsletter", "email", "may"),
    ("google", "organic", ""),
]
EVENT_NAMES = ["page_viewed", "page_viewed", "signed_up", "searched", "order_placed", "scrolled"]
PLANNED = {"page_viewed", "signed_up", "searched", "order_placed"}
# Funnel: steps, days, whether strict.
FUNNELS = {
    "buy": (["page_viewed", "signed_up", "order_placed"], 7, False),
    "find": (["searched", "order_placed"], 1, True),
    "again": (["page_viewed", "page_viewed", "order_placed", "page_viewed"], 30, False),
}
# What makes a company harder; a company made without one has none of it.
FEATURES = {
    "currencies",
    "quantities",
    "item_types",
    "guests",
    "late",
    "refund_parts",
    "failed_refunds",
    "disputes",
    "plans",
    "tied_changes",
    "own_sessions",
    "campaign_inside",
    "origin_later",
    "tied_conversions",
    "clock_ahead",
    "no_device",
}
RATES = [
    {"currency": currency, "rate_date": f"2025-{month:02}-{day:02}", "usd_rate": str(rate)}
    for currency, first in (("EUR", Decimal("1.0813")), ("KRW", Decimal("0.00071")))
    for month in range(1, 7)
    for day in (1, 17)
    for rate in [first * (100 + (month * 7 + day) % 9) / 100]
]


def make_company(seed: int, features: set[str]) -> Raw:
    """The raw rows of one company, the same for the same seed."""
    return _Maker(random.Random(seed), features).make()


class _Maker:
    def __init__(self, chance: random.Random, features: set[str]):
        self.chance = chance
        self.features = features
        self.raw: Raw = {"finance__exchange_rates": RATES}
        self.numbers: dict[str, int] = {}
        self.named: dict[tuple[str, datetime], tuple[str, str, str]] = {}

    def has(self, feature: str, probability: float = 0.3) -> bool:
        drawn = self.chance.random()
        return feature in self.features and drawn < probability

    def add(self, table: str, **row) -> dict[str, str]:
        written = {
            name: f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else str(value)
            for name, value in row.items()
        }
        self.raw.setdefault(table, []).append(written)
        return written

    def new_id(self, kind: str) -> str:
        self.numbers[kind] = self.numbers.get(kind, 0) + 1
        return self.chance.choice(ODD_IDS).format(self.numbers[kind])

    def a_moment(self) -> datetime:
        return FIRST_DAY + timedelta(
            days=self.chance.randrange(DAYS), seconds=self.chance.randrange(86000)
        )

    def make(self) -> Raw:
        self.customers = [self.new_id("customer") for _ in range(self.chance.randint(1, 4))]
        for customer in self.customers:
            self.add(
                "app__customers",
                customer_id=customer,
                country_code=self.chance.choice(["US", "KR"]),
                created_at=FIRST_DAY,
                updated_at=FIRST_DAY,
            )
        self.add(
            "app__products",
            product_id="p",
            product_name="Thing",
            category="things",
            list_price="10",
            currency="USD",
            updated_at=FIRST_DAY,
        )
        for _ in range(self.chance.randint(1, 5)):
            self.visit_devices()
        for _ in range(self.chance.randint(1, 5)):
            self.order(self.a_moment())
        for _ in range(self.chance.randint(0, 3)):
            self.subscribe()
        return self.raw

    def currency(self) -> str:
        return self.chance.choice(["EUR", "KRW"]) if self.has("currencies", 0.5) else "USD"

    # -- Visits -------------------------------------------------------------------------------

    def visit_devices(self):
        # A device may have the id of a customer without being that customer's.
        device = (
            self.chance.choice(self.customers)
            if self.chance.random() < 0.15
            else self.new_id("device")
        )
        owners = self.chance.sample(
            self.customers, min(len(self.customers), self.chance.choice([0, 1, 1, 1, 2]))
        )
        brings_own = self.has("own_sessions")
        for day in sorted(self.chance.sample(range(DAYS), self.chance.randint(1, 4))):
            start = FIRST_DAY + timedelta(days=day, seconds=self.chance.randrange(80000))
            end = self.visit(device, owners, start, brings_own)
            if owners and self.chance.random() < 0.6:
                pause = self.chance.choice([0, 60, 3600, 86400, 86400 * 12])
                paid_at = end + timedelta(seconds=pause)
                for _ in range(2 if self.has("tied_conversions") else 1):
                    self.order(paid_at, self.chance.choice(owners))

    def visit(self, device: str, owners: list[str], start: datetime, brings_own: bool) -> datetime:
        origin = self.chance.choice(ORIGINS)
        later_origin = self.chance.choice([each for each in ORIGINS[1:4] if each != origin])
        begins_again = self.has("campaign_inside")
        session_id = self.new_id("session") if brings_own else ""
        length = self.chance.randint(1, 5)
        named_at = 1 if length > 1 and self.has("origin_later") else 0
        at = start
        for position in range(length):
            if position:
                pauses = [0, 0, 1, 60, 1799, 1800, *([1801] if not origin[0] else [])]
                at += timedelta(seconds=self.chance.choice(pauses))
            is_named = position == named_at or (not named_at and at == start)
            if begins_again and position and position == length - 1 and at > start:
                shown, begins_again = later_origin, False
            else:
                shown = origin if is_named else ("", "", "")
            self.event(device, owners, at, shown, session_id)
        return at

    def event(self, device, owners, at, origin, session_id):
        customer = self.chance.choice(owners) if owners and self.chance.random() < 0.5 else ""
        if customer and self.has("no_device", 0.2):
            device, origin, session_id = "", ("", "", ""), ""
        # Of two sources in one second the definitions know no first one.
        origin = self.named.setdefault((device, at), origin) if origin[0] else origin
        seen_by_device = at + timedelta(minutes=7) if self.has("clock_ahead", 0.2) else at
        self.add(
            "events__events",
            event_id=self.new_id("event"),
            event_name=self.chance.choice(EVENT_NAMES),
            occurred_at=seen_by_device,
            received_at=at,
            anonymous_id=device,
            customer_id=customer,
            session_id=session_id,
            page_path="/",
            referrer="",
            utm_source=origin[0],
            utm_medium=origin[1],
            utm_campaign=origin[2],
            device_type="",
            properties="",
        )

    # -- Orders -------------------------------------------------------------------------------

    def order(self, at: datetime, customer: str | None = None):
        """Paid at `at`, if at all, by one or more of what says so; corrected later, perhaps too late."""
        order_id, currency = self.new_id("order"), self.currency()
        customer = self.chance.choice(self.customers) if customer is None else customer
        customer = "" if self.has("guests", 0.15) else customer
        proof = self.chance.choice(["paid_at", "paid_at", "status", "payment", "event", "none"])
        ordered_at = at if proof == "status" else at - timedelta(seconds=90)
        net, with_cards = self.items(order_id, ordered_at)
        with_tax = self.has("refund_parts", 0.6)
        order = {
            "order_id": order_id,
            "customer_id": customer,
            "order_type": self.chance.choice(["", "purchase", "purchase", "renewal"]),
            "ordered_at": ordered_at,
            "paid_at": at if proof == "paid_at" else "",
            "status": "fulfilled" if proof == "status" else "placed",
            "currency": currency,
            "discount_amount": self.chance.choice(
                ["0"] if with_cards else ["0", "0", "1", "0.333"]
            ),
            "tax_amount": "2.5" if with_tax else "",
            "shipping_amount": "4" if with_tax else "",
        }
        loaded_at = ordered_at + timedelta(days=1)
        self.add("app__orders", **order, updated_at=ordered_at, _loaded_at=loaded_at)
        if self.chance.random() < 0.4:
            # Once paid, for ever paid; a discount is corrected.
            discount = "0" if with_cards else "2"
            changed = order | {"status": "cancelled", "discount_amount": discount}
            self.add(
                "app__orders",
                **changed,
                updated_at=ordered_at + timedelta(days=2),
                _loaded_at=loaded_at + timedelta(days=2),
            )
            net -= 2
        elif self.chance.random() < 0.2:
            changed = order | {"status": "refunded", "discount_amount": "3"}
            self.add("app__orders", **changed, updated_at=TOO_LATE, _loaded_at=TOO_LATE)
        elif self.has("late") and not with_cards:
            arrived = AS_OF + timedelta(hours=36)
            changed = order | {"discount_amount": "4"}
            self.add("app__orders", **changed, updated_at=arrived, _loaded_at=arrived)
        if proof == "payment" or (proof == "paid_at" and self.chance.random() < 0.5):
            self.pay(order_id, customer, at, currency, may_be_disputed=not with_tax)
        if proof == "event":
            self.add("app__order_status_events", order_id=order_id, status="paid", occurred_at=at)
        if proof != "none" and not with_cards:
            self.give_back(order_id, at, currency, net, with_tax)

    def items(self, order_id: str, ordered_at: datetime) -> tuple[Decimal, bool]:
        """What the lines come to, and whether gift cards are among them; the first line is goods, and more than any discount."""
        net, with_cards = Decimal(0), False
        for line in range(1, self.chance.randint(1, 3) + 1):
            quantity = self.chance.randint(1, 3)
            price = self.chance.choice(["9.99", "10", "12.5", "100", *["3.3333"] * (line > 1)])
            if line > 1 and self.has("quantities"):
                quantity = self.chance.choice([0, -1])
                price = "1"
            is_card = line > 1 and self.has("item_types")
            with_cards = with_cards or is_card
            row = {
                "order_id": order_id,
                "line_number": line,
                "product_id": "p",
                "unit_price": price,
                "item_type": self.chance.choice(["gift_card", "deposit"]) if is_card else "",
            }
            loaded_at = ordered_at + timedelta(days=1)
            if self.chance.random() < 0.3:
                self.add("app__order_items", **row, quantity=quantity + 1, _loaded_at=loaded_at)
                loaded_at += timedelta(days=3)
            self.add("app__order_items", **row, quantity=quantity, _loaded_at=loaded_at)
            net += quantity * Decimal(price)
        return net, with_cards

    def pay(self, order_id, customer, at: datetime, currency, may_be_disputed: bool):
        for outcome, pause in (("declined", 30), ("succeeded", 0)):
            self.add(
                "payments__payments",
                payment_id=self.new_id("payment"),
                order_id=order_id,
                customer_id=customer,
                attempted_at=at - timedelta(seconds=pause),
                amount="10",
                currency=currency,
                method="card",
                outcome=outcome,
            )
        if self.has("disputes") and may_be_disputed:
            self.add(
                "payments__disputes",
                dispute_id=self.new_id("dispute"),
                payment_id=self.raw["payments__payments"][-1]["payment_id"],
                reason="quality",
                amount="2",
                currency=currency,
                outcome=self.chance.choice(["won", "lost", ""]),
                opened_at=at,
                closed_at=at + timedelta(hours=1),
            )

    def give_back(self, order_id: str, at: datetime, currency: str, net: Decimal, with_tax: bool):
        for _ in range(self.chance.choice([0, 0, 1, 2])):
            amount = (net / self.chance.choice([3, 4, 7])).quantize(Decimal("0.01"))
            says_parts = with_tax and self.chance.random() < 0.5
            status = self.chance.choice(["failed", "succeeded"])
            self.add(
                "payments__refunds",
                refund_id=self.new_id("refund"),
                payment_id="",
                order_id=order_id,
                amount=max(amount, Decimal("0.5")),
                tax_amount="0.3" if says_parts else "",
                shipping_amount="0.1" if says_parts else "",
                currency=currency,
                status=status if self.has("failed_refunds") else "",
                reason="",
                refunded_at=at + timedelta(days=self.chance.randint(0, 40)),
            )

    # -- Subscriptions ------------------------------------------------------------------------

    def subscribe(self):
        """A subscription that starts, changes its plan, ends and comes back, in any turn."""
        subscription, customer = self.new_id("subscription"), self.chance.choice(self.customers)
        currency, amount = self.currency(), self.chance.randint(5, 40)
        at = self.a_moment()

        def change(kind: str, when: datetime, amount: int, effective_at: datetime | str = ""):
            self.add(
                "app__subscription_changes",
                change_id=self.new_id("change"),
                subscription_id=subscription,
                customer_id=customer,
                product_id="p",
                change_type=kind,
                cancel_kind="voluntary" if kind == "cancelled" else "",
                changed_at=when,
                effective_at=effective_at,
                monthly_amount=amount,
                currency=currency,
            )

        change("started", at, amount)
        while True:
            at += timedelta(days=self.chance.randint(1, 40), seconds=self.chance.randint(0, 9999))
            if at >= AS_OF:
                return
            step = self.chance.choice(["up", "down", "end", "tie", "later", "pause"])
            if step in ("up", "down"):
                amount = amount + 7 if step == "up" else max(1, amount - 3)
                change("upgraded" if step == "up" else "downgraded", at, amount)
            elif step == "end" or (step == "later" and not self.has("plans", 1)):
                change("cancelled", at, amount)
                at += timedelta(days=self.chance.choice([3, 50]))
                if at >= AS_OF or self.chance.random() < 0.5:
                    return
                change("reactivated", at, amount)
            elif step == "tie" and self.has("tied_changes", 1):
                kinds = ["cancelled", "reactivated"]
                self.chance.shuffle(kinds)
                for kind in kinds:
                    change(kind, at, amount)
            elif step == "later":
                effective_at = at + timedelta(days=self.chance.randint(5, 40))
                kind = self.chance.choice(["cancelled", "downgraded"])
                change(kind, at, amount if kind == "cancelled" else 2, effective_at)
                then = self.chance.choice(["overtaken", "back", "left"])
                if then == "overtaken":
                    amount += 9
                    change("upgraded", at + timedelta(days=2), amount)
                elif then == "back" and kind == "cancelled":
                    change("reactivated", at + timedelta(days=2), amount)
                else:
                    return
            elif step == "pause" and self.has("plans", 1):
                change("paused", at, amount)
                at += timedelta(days=self.chance.randint(1, 50))
                if at >= AS_OF:
                    return
                change("resumed", at, amount)


# -- Several companies as the brands of one ---------------------------------------------------

SHARED = {"finance__exchange_rates"}
BRANDED = {"app__customers", "app__products", "events__events"}


def as_brand(raw: Raw, brand: str) -> Raw:
    """The same rows with ids of the brand's own, and the brand where a table names one."""
    branded = {}
    for table, rows in raw.items():
        branded[table] = [
            row
            if table in SHARED
            else {
                name: f"{brand}~{value}" if value and name.endswith("_id") else value
                for name, value in row.items()
            }
            | ({"brand": brand} if table in BRANDED else {})
            for row in rows
        ]
    return branded


def as_files(companies: dict[str, Raw]) -> dict[str, str]:
    """The raw files of one company whose brands these are, with its plan of events and its funnels."""
    tables: Raw = {"finance__exchange_rates": RATES}
    for company in companies.values():
        for table, rows in company.items():
            if table not in SHARED:
                tables.setdefault(table, []).extend(rows)
    tables["reference__brand_names"] = [
        {"brand": brand, "brand_name": brand, "brand_name_ko": brand, "business": "chance"}
        for brand in companies
    ]
    tables["reference__tracking_plan"] = [
        {
            "event_name": name,
            "property_name": "",
            "property_type": "",
            "is_required": "false",
            "owner": "chance",
            "is_activity": "true",
            "is_conversion": str(name == "order_placed").lower(),
        }
        for name in sorted(PLANNED)
    ]
    tables["reference__funnels"] = [
        {
            "funnel": funnel,
            "brand": "all",
            "step_number": str(number),
            "event_name": step,
            "window_days": str(window_days),
            "step_order": "strict" if is_strict else "loose",
            "funnel_name": funnel,
            "funnel_name_ko": funnel,
            "reason": "by chance",
        }
        for funnel, (steps, window_days, is_strict) in FUNNELS.items()
        for number, step in enumerate(steps, start=1)
    ]
    return {table: as_csv(rows) for table, rows in tables.items()}


def as_csv(rows: list[dict[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
