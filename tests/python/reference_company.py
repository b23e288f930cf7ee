"""The core numbers of a small company in plain Python, from its raw rows and the definitions alone.

Nothing here reads the project's SQL. Raw rows are dicts of text as they stand in the files. What this says a
company sold, gave back, earns every month, how it was visited and what led to what is compared with the warehouse's
tables in test_random_companies.py. Days are days of UTC, money is in US dollars.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

Raw = dict[str, list[dict[str, str]]]
PAID_STATUSES = {"paid", "fulfilled", "refunded"}
RUN_OPENERS = {"started", "reactivated", "resumed"}
RUN_ENDERS = {"cancelled", "paused"}
PLAN_CHANGES = {"upgraded", "downgraded"}
SESSION_GAP = timedelta(minutes=30)
LOOK_BACK = timedelta(days=30)
DIGITS = 6
CHANNELS = {
    (None, None): "direct",
    ("google", "cpc"): "paid_search",
    ("newsletter", "email"): "email",
    ("google", "organic"): "organic_search",
}


def moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def number(text: str) -> Decimal:
    return Decimal(text) if text else Decimal(0)


def month(day: date | datetime) -> date:
    return date(day.year, day.month, 1)


def month_end(day: date) -> date:
    return month(day + timedelta(days=32 - day.day)) - timedelta(days=1)


def first_of(*moments: datetime | None) -> datetime | None:
    return min((each for each in moments if each is not None), default=None)


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-DIGITS), ROUND_HALF_UP)


class Company:
    """A company's raw rows, and what the definitions make of them up to the day `as_of`.

    A row with `_loaded_at` after the day that follows `as_of` has not arrived yet.
    """

    def __init__(self, raw: Raw, as_of: date):
        self.raw = raw
        self.as_of = as_of
        self.known_until = datetime.combine(as_of + timedelta(days=2), datetime.min.time())

    def rows(self, table: str) -> list[dict[str, str]]:
        """Every version of a table's rows that had arrived."""
        return [
            row
            for row in self.raw.get(table, [])
            if not row.get("_loaded_at") or moment(row["_loaded_at"]) < self.known_until
        ]

    def newest(self, table: str, *key: str) -> list[dict[str, str]]:
        """Of each key the version that was loaded last, then changed last."""
        versions = {}
        for row in sorted(
            self.rows(table), key=lambda row: (row.get("_loaded_at", ""), row.get("updated_at", ""))
        ):
            versions[tuple(row[name] for name in key)] = row
        return list(versions.values())

    def is_past(self, when: date | datetime) -> bool:
        return (when.date() if isinstance(when, datetime) else when) <= self.as_of

    def rate(self, currency: str, day: date) -> Decimal:
        """The last rate up to a day, else the first there is."""
        if currency == "USD":
            return Decimal(1)
        rates = sorted(
            (row["rate_date"], Decimal(row["usd_rate"]))
            for row in self.raw["finance__exchange_rates"]
            if row["currency"] == currency
        )
        earlier = [rate for rate_date, rate in rates if rate_date <= day.isoformat()]
        return earlier[-1] if earlier else rates[0][1]

    def in_dollars(self, amount: Decimal, currency: str, day: date) -> Decimal:
        return rounded(amount * self.rate(currency, day))

    # -- Orders, revenue, refunds -------------------------------------------------------------

    def orders(self) -> dict[str, dict]:
        """Of each order whether and when it was paid, and what it brought."""
        items, payments, statuses, versions = (defaultdict(list) for _ in range(4))
        for item in self.newest("app__order_items", "order_id", "line_number"):
            items[item["order_id"]].append(item)
        for payment in self.newest("payments__payments", "payment_id"):
            if payment["outcome"] == "succeeded":
                payments[payment["order_id"]].append(moment(payment["attempted_at"]))
        for event in self.rows("app__order_status_events"):
            if event["status"] in PAID_STATUSES:
                statuses[event["order_id"]].append(event)
        for version in self.rows("app__orders"):
            versions[version["order_id"]].append(version)

        orders = {}
        for order in self.newest("app__orders", "order_id"):
            order_id = order["order_id"]
            is_paid = bool(
                payments[order_id]
                or statuses[order_id]
                or any(
                    version["paid_at"] or version["status"] in PAID_STATUSES
                    for version in versions[order_id]
                )
            )
            paid_at = (
                first_of(*(moment(version["paid_at"]) for version in versions[order_id]))
                or first_of(*payments[order_id])
                or first_of(
                    *(
                        moment(event["occurred_at"])
                        for event in statuses[order_id]
                        if event["status"] == "paid"
                    )
                )
            )
            counted_at = paid_at or moment(order["ordered_at"])
            sold = [
                item for item in items[order_id] if item.get("item_type", "goods") in ("", "goods")
            ]
            gross = sum(
                (number(item["quantity"]) * number(item["unit_price"]) for item in sold),
                Decimal(0),
            )
            # Gift cards and deposits are owed; they are in what is given back, and no revenue.
            owed = sum(
                (
                    number(item["quantity"]) * number(item["unit_price"])
                    for item in items[order_id]
                    if item not in sold
                ),
                Decimal(0),
            )
            # The discount of an order without lines takes nothing off.
            net = gross - (number(order["discount_amount"]) if items[order_id] else 0)
            orders[order_id] = {
                "customer_id": order["customer_id"],
                "is_purchase": order.get("order_type", "") in ("", "purchase"),
                "is_paid": is_paid,
                "counted_at": counted_at,
                "date": counted_at.date(),
                "revenue": self.in_dollars(net, order["currency"], counted_at.date())
                if is_paid
                else Decimal(0),
                "net": net,
                "beside": number(order["tax_amount"])
                + number(order["shipping_amount"])
                + max(owed, Decimal(0)),
            }
        return orders

    def revenue_by_month(self) -> dict[date, Decimal]:
        revenue = defaultdict(Decimal)
        for order in self.orders().values():
            if order["is_paid"] and self.is_past(order["date"]):
                revenue[month(order["date"])] += order["revenue"]
        return dict(revenue)

    def revenue_part(self, refund: dict[str, str], orders: dict[str, dict]) -> Decimal:
        """What of an amount given back was revenue once: without tax and shipping, else in proportion."""
        amount = number(refund["amount"])
        if refund.get("tax_amount") or refund.get("shipping_amount"):
            return amount - number(refund["tax_amount"]) - number(refund["shipping_amount"])
        order = orders.get(refund["order_id"])
        if order is None or not order["beside"]:
            return amount
        return amount * order["net"] / (order["net"] + order["beside"])

    def lost_revenue(self, dispute: dict[str, str], orders: dict[str, dict]) -> Decimal:
        """What of a dispute was revenue once, as the order is made up."""
        payments = {
            row["payment_id"]: row for row in self.newest("payments__payments", "payment_id")
        }
        order_id = payments.get(dispute["payment_id"], {}).get("order_id")
        return self.revenue_part({"amount": dispute["amount"], "order_id": order_id}, orders)

    def net_revenue_by_month(self) -> dict[date, Decimal]:
        """Revenue less the revenue part of refunds, less disputes lost, each on its own day."""
        orders = self.orders()
        net = defaultdict(Decimal, self.revenue_by_month())
        for refund in self.newest("payments__refunds", "refund_id"):
            day = moment(refund["refunded_at"]).date()
            if refund.get("status", "") in ("", "succeeded") and self.is_past(day):
                part = self.revenue_part(refund, orders)
                net[month(day)] -= self.in_dollars(part, refund["currency"], day)
        for dispute in self.newest("payments__disputes", "dispute_id"):
            if dispute["outcome"] == "lost":
                day = moment(dispute["closed_at"]).date()
                if self.is_past(day):
                    amount = self.lost_revenue(dispute, orders)
                    net[month(day)] -= self.in_dollars(amount, dispute["currency"], day)
        return dict(net)

    # -- Recurring revenue --------------------------------------------------------------------

    def amount_at(self, changes: list[dict], day: date) -> Decimal:
        """What a subscription costs a month at the end of a day; 0 when it does not run."""
        end = datetime.combine(day + timedelta(days=1), datetime.min.time())
        amount, planned = Decimal(0), None

        def follow(change):
            if change["change_type"] in RUN_ENDERS:
                return Decimal(0)
            if change["change_type"] in RUN_OPENERS or amount:
                return number(change["monthly_amount"])
            return amount

        # Of a cancellation and a return in the same second, the subscription runs on.
        for change in sorted(
            changes,
            key=lambda each: (each["changed_at"], each["change_type"] not in RUN_ENDERS),
        ):
            changed_at = moment(change["changed_at"])
            if changed_at >= end:
                break
            if planned and moment(planned["effective_at"]) <= changed_at:
                amount, planned = follow(planned), None
            if change["effective_at"] and moment(change["effective_at"]) > changed_at:
                planned = change
                continue
            if change["change_type"] != "price_changed":
                planned = None
            amount = follow(change)
        if planned and moment(planned["effective_at"]) < end:
            amount = follow(planned)
        return amount

    def subscription_months(self) -> dict[tuple[str, date], list[tuple[Decimal, str]]]:
        """Of each customer and month the amounts, with currency, that run at its end."""
        subscriptions = defaultdict(list)
        for change in self.newest("app__subscription_changes", "change_id"):
            subscriptions[change["subscription_id"]].append(change)
        months = {}
        for changes in subscriptions.values():
            first = min(moment(change["changed_at"]).date() for change in changes)
            end = month_end(first)
            while month(end) <= month(self.as_of):
                day = min(end, self.as_of)
                amounts = months.setdefault((changes[0]["customer_id"], month(end)), [])
                amounts.append((self.amount_at(changes, day), changes[0]["currency"]))
                end = month_end(end + timedelta(days=1))
        return months

    def mrr(self) -> list[dict]:
        """Of each customer and month: opening, closing, what happened, and by how much at one rate."""
        months = self.subscription_months()

        def valued(amounts, at):
            day = min(month_end(at), self.as_of)
            return sum(
                (self.in_dollars(amount, currency, day) for amount, currency in amounts),
                Decimal(0),
            )

        movements = []
        for customer_id in {customer for customer, _ in months}:
            before, opening, was_subscriber = [], Decimal(0), False
            for at in sorted(each for customer, each in months if customer == customer_id):
                amounts = months[customer_id, at]
                closing, before_at_rate = valued(amounts, at), valued(before, at)
                if opening or closing:
                    movements.append(
                        {
                            "customer_id": customer_id,
                            "month": at,
                            "opening": opening,
                            "closing": closing,
                            "movement": movement_of(
                                opening, closing, closing - before_at_rate, was_subscriber
                            ),
                            "moved": abs(closing - before_at_rate),
                        }
                    )
                before, opening = amounts, closing
                was_subscriber = was_subscriber or closing > 0
        return movements

    # -- Visits, touches, credit --------------------------------------------------------------

    def events(self) -> list[dict]:
        """Every event at the earlier of what its device says and when it was received."""
        return [
            row | {"at": first_of(moment(row["occurred_at"]), moment(row["received_at"]))}
            for row in self.newest("events__events", "event_id")
            if self.is_past(first_of(moment(row["occurred_at"]), moment(row["received_at"])))
        ]

    def device_customers(self) -> dict[str, str | None]:
        """Whose a device is: the one customer seen on it, none when there were several."""
        seen = defaultdict(set)
        for event in self.events():
            if event["anonymous_id"] and event["customer_id"]:
                seen[event["anonymous_id"]].add(event["customer_id"])
        return {
            device: next(iter(customers)) if len(customers) == 1 else None
            for device, customers in seen.items()
        }

    def sessions(self) -> list[dict]:
        customers = self.device_customers()
        devices = defaultdict(list)
        for event in self.events():
            if event["anonymous_id"]:
                devices[event["anonymous_id"]].append(event)
        sessions = []
        for device, events in devices.items():
            for visit in visits_of(events):
                origins = [origin_of(event) for event in visit if named(origin_of(event))]
                first = origins[0] if origins else (None, None, None)
                sessions.append(
                    {
                        "anonymous_id": device,
                        "customer_id": customers.get(device),
                        "started_at": visit[0]["at"],
                        "ended_at": visit[-1]["at"],
                        "event_count": len(visit),
                        "origin": first,
                        "channel": CHANNELS[first[:2]],
                        "events": visit,
                    }
                )
        return sessions

    def touches(self) -> list[dict]:
        """One a session, and one more at each event where a new campaign begins inside it."""
        touches = []
        for session in self.sessions():
            current = session["origin"]
            touches.append(touch_of(session, session["started_at"], current))
            for event in session["events"]:
                origin = origin_of(event)
                if origin[2] and origin != current:
                    current = origin
                    touches.append(touch_of(session, event["at"], origin))
        return touches

    def credits(self) -> dict[str, dict]:
        """Of each conversion its revenue, and by channel the credit of last_touch and of linear."""
        touches = self.touches()
        orders = {
            order_id: order
            for order_id, order in self.orders().items()
            if order["is_paid"] and order["is_purchase"] and self.is_past(order["date"])
        }
        credits = {}
        for order_id, order in orders.items():
            earlier = [
                other["counted_at"]
                for other in orders.values()
                if order["customer_id"]
                and other["customer_id"] == order["customer_id"]
                and other["counted_at"] < order["counted_at"]
            ]
            journey = sorted(
                (
                    touch
                    for touch in touches
                    if touch["customer_id"]
                    and touch["customer_id"] == order["customer_id"]
                    and order["counted_at"] - LOOK_BACK <= touch["at"] <= order["counted_at"]
                    and (not earlier or touch["ended_at"] >= max(earlier))
                ),
                key=lambda touch: touch["at"],
            )
            channels = [touch["channel"] for touch in journey] or ["unattributed"]
            credits[order_id] = {
                "revenue": order["revenue"],
                "last_touch": {channels[-1]: 1.0},
                "linear": {
                    channel: channels.count(channel) / len(channels) for channel in channels
                },
            }
        return credits

    # -- Funnels ------------------------------------------------------------------------------

    def funnel(self, steps: list[str], window_days: int, is_strict: bool, planned: set[str]):
        """Of each month of entry how many persons reached each step in time."""
        customers = self.device_customers()
        persons = defaultdict(list)
        for event in self.events():
            if event["event_name"] not in planned:
                continue
            device = event["anonymous_id"]
            customer = customers.get(device) if device else event["customer_id"]
            persons["customer" if customer else "device", customer or device].append(event)
        reached = defaultdict(lambda: [0] * len(steps))
        for events in persons.values():
            way = way_through(events, steps, timedelta(days=window_days), is_strict)
            for position, _ in enumerate(way):
                reached[month(way[0])][position] += 1
        return dict(reached)


def movement_of(opening: Decimal, closing: Decimal, moved: Decimal, was_subscriber: bool) -> str:
    if not opening:
        return "reactivation" if was_subscriber else "new"
    if not closing:
        return "churned"
    return "expansion" if moved > 0 else "contraction" if moved < 0 else "none"


def visits_of(events: list[dict]) -> Iterable[list[dict]]:
    """A device's events by the session ids that came with them, else by pauses of more than the gap."""
    events = sorted(events, key=lambda event: event["at"])
    own = defaultdict(list)
    for event in events:
        if event.get("session_id"):
            own[event["session_id"]].append(event)
    visit = []
    for event in events:
        if event.get("session_id"):
            continue
        if visit and event["at"] - visit[-1]["at"] > SESSION_GAP:
            yield visit
            visit = []
        visit.append(event)
    yield from [visit] if visit else []
    yield from own.values()


def origin_of(event: dict) -> tuple[str | None, str | None, str | None]:
    return tuple(event[name] or None for name in ("utm_source", "utm_medium", "utm_campaign"))


def named(origin: tuple) -> bool:
    return any(origin)


def touch_of(session: dict, at: datetime, origin: tuple) -> dict:
    return {
        "anonymous_id": session["anonymous_id"],
        "customer_id": session["customer_id"],
        "at": at,
        "ended_at": session["ended_at"],
        "channel": CHANNELS[origin[:2]],
    }


def way_through(
    events: list[dict], steps: list[str], window: timedelta, is_strict: bool
) -> list[datetime]:
    """The moments at which a person reached the steps, from the first event of the first one on.

    Each step is another event, not earlier than the step before and within the window. Equal moments are no order:
    they are in order for a funnel, and nothing of the same moment lies between two steps.
    """
    events = sorted(events, key=lambda event: event["at"])
    way, left = [], list(events)
    for step in steps:
        candidates = [
            event
            for event in left
            if event["event_name"] == step
            and (not way or event["at"] >= way[-1])
            and (not way or event["at"] < way[0] + window)
        ]
        if not candidates:
            break
        event = candidates[0]
        if is_strict and way and any(way[-1] < between["at"] < event["at"] for between in events):
            break
        way.append(event["at"])
        left.remove(event)
    return way
