"""Sixty data faults of kinds that happen, each as SQL on the raw rows of one day.

A fault gets the table `day`: the raw rows of one table whose fact is of that day, all text, with the number row_number in
an order that does not depend on arrival. It leaves what the source would have sent.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """What goes wrong (`kind` groups faults of several tables), in which raw table, and how: statements on `day`."""

    name: str
    kind: str
    table: str
    statements: tuple[str, ...]


KEYS = {
    "app__orders": "order_id",
    "app__order_items": "line_number",
    "app__customers": "customer_id",
    "payments__payments": "payment_id",
    "events__events": "event_id",
    "devices__readings": "reading_id",
    "ads__daily_performance": "campaign_id",
    "support__tickets": "ticket_id",
    "ml__predictions": "prediction_id",
}
MOMENTS = {
    "app__orders": "ordered_at",
    "app__order_items": "_loaded_at",
    "app__customers": "created_at",
    "payments__payments": "attempted_at",
    "events__events": "occurred_at",
    "devices__readings": "measured_at",
    "ads__daily_performance": "performance_date",
    "support__tickets": "opened_at",
    "ml__predictions": "predicted_at",
}


def lose(share: float) -> str:
    return f"delete from day where hash(row_number) % 1000 < {1000 * share}"


def cut(hours: str, moment: str) -> str:
    return f"delete from day where extract(hour from cast({moment} as timestamp)) {hours}"


def again(share: float, key: str, new_key: str, later: str = "0 minutes") -> str:
    """The same rows once more, under an expression for their keys."""
    return f"""insert into day select * replace (
        {new_key} as {key}, cast(cast(_loaded_at as timestamp) + interval {later} as varchar) as _loaded_at
    ) from day where hash(row_number + 7) % 1000 < {1000 * share}"""


def put(column: str, expression: str, condition: str = "true") -> str:
    return f"update day set {column} = {expression} where {condition}"


def times(column: str, factor: float, condition: str = "true") -> str:
    return put(column, f"cast(cast({column} as decimal(24, 6)) * {factor} as varchar)", condition)


def moved(column: str, hours: int, condition: str = "true") -> str:
    return put(
        column, f"cast(cast({column} as timestamp) + interval ({hours}) hour as varchar)", condition
    )


def some(share: float, salt: int = 3) -> str:
    return f"hash(row_number + {salt}) % 1000 < {1000 * share}"


def faults() -> list[Fault]:
    found: list[Fault] = []

    def add(table: str, kind: str, *statements: str, name: str | None = None) -> None:
        found.append(Fault(name or f"{kind} ({table})", kind, table, statements))

    for table in (
        "app__orders",
        "payments__payments",
        "events__events",
        "devices__readings",
        "ads__daily_performance",
    ):
        add(table, "day missing", "delete from day")
    for table in ("app__orders", "events__events", "devices__readings"):
        add(table, "half loaded", lose(0.5))
    for table in ("app__orders", "events__events"):
        add(table, "a tenth missing", lose(0.1))
    add("app__orders", "cut at noon", cut(">= 12", "ordered_at"))
    add("events__events", "last four hours missing", cut(">= 20", "occurred_at"))
    for table in ("app__orders", "events__events"):
        add(table, "doubled, same keys", again(1, KEYS[table], KEYS[table], "1 hour"))
        add(table, "doubled, new keys", again(1, KEYS[table], f"{KEYS[table]} || 'x'"))
    add("app__orders", "fan-out of a join, a third more", again(0.3, "order_id", "order_id || 'x'"))
    add(
        "app__order_items",
        "fan-out of a join, every line twice",
        again(1, "line_number", "cast(cast(line_number as int) + 50 as varchar)"),
    )
    add("app__order_items", "half loaded", lose(0.5))
    for table in ("events__events", "payments__payments"):
        add(
            table,
            "late feed",
            put("_loaded_at", "cast(cast(_loaded_at as timestamp) + interval 3 day as varchar)"),
        )
    # money and units
    for kind, factor in (
        ("unit x100", 100),
        ("unit /100", 0.01),
        ("currency x1.3, not labelled", 1.3),
        ("tax included x1.1", 1.1),
    ):
        add("payments__payments", kind, times("amount", factor))
    add("payments__payments", "x100 in a fifth of the rows", times("amount", 100, some(0.2)))
    add("app__order_items", "price off by 100", times("unit_price", 100, some(0.3)))
    add(
        "app__order_items",
        "quantity in packs of ten",
        times("quantity", 10).replace("decimal(24, 6)", "int"),
    )
    add("ads__daily_performance", "currency x1.3, not labelled", times("spend", 1.3))
    add("ads__daily_performance", "unit x100", times("spend", 100))
    add("devices__readings", "unit x18 (mmol as mg)", times("value", 18, "measurement = 'glucose'"))
    add(
        "devices__readings",
        "unit x2.2 (pounds as kg)",
        times("value", 2.2, "measurement = 'weight' and unit = 'kg'"),
    )
    add("payments__payments", "all amounts 0", put("amount", "'0'"))
    add("payments__payments", "sign flipped", put("amount", "'-' || amount"))
    add("payments__payments", "stuck at one value", put("amount", "(select min(amount) from day)"))
    add("devices__readings", "stuck at one value", put("value", "'77'"))
    add("payments__payments", "wrong currency label", put("currency", "'EUR'"))
    # columns
    add("payments__payments", "column empty", put("amount", "null"))
    add("payments__payments", "column empty (optional)", put("method", "null"))
    add("app__orders", "column empty in a third of the rows", put("customer_id", "null", some(0.3)))
    add("events__events", "column empty", put("utm_source", "null"))
    add(
        "events__events",
        "column empty in a twentieth of the rows",
        put("device_type", "null", some(0.05)),
    )
    add(
        "app__orders",
        "columns shifted",
        put("status", "currency"),
        put("currency", "discount_amount"),
    )
    # values
    add("app__orders", "new value", put("status", "'on_hold'", some(0.2)))
    add(
        "events__events",
        "new value",
        put("event_name", "'page_seen'", "event_name = 'page_viewed'"),
    )
    add("events__events", "a value vanished", "delete from day where event_name = 'order_placed'")
    add("app__orders", "a value vanished", "delete from day where order_type = 'renewal'")
    add("devices__readings", "a value vanished", "delete from day where measurement = 'glucose'")
    add("app__customers", "all one value", put("country_code", "'KR'"))
    # time
    add("app__orders", "time zone +9 hours", moved("ordered_at", 9))
    add("payments__payments", "time zone -9 hours", moved("attempted_at", -9))
    add("events__events", "time zone +9 hours", moved("occurred_at", 9))
    add(
        "events__events",
        "clock change, an hour twice",
        moved("occurred_at", 1, "extract(hour from cast(occurred_at as timestamp)) < 12"),
    )
    # ids
    add(
        "app__orders",
        "ids recycled",
        put("order_id", "'ord_00000' || lpad(cast(row_number % 90 + 10 as varchar), 2, '0')"),
    )
    add(
        "payments__payments",
        "all rows of one id",
        put("customer_id", "(select min(customer_id) from day)"),
    )
    add("payments__payments", "ids of another system", put("order_id", "'shop-' || order_id"))
    # people and robots
    add(
        "events__events",
        "bot storm, twice as many",
        again(1, "event_id", "event_id || 'b'"),
        put("anonymous_id", "'bot'", "event_id like '%b'"),
        put(
            "occurred_at",
            "substr(occurred_at, 1, 10) || ' 03' || substr(occurred_at, 14)",
            "event_id like '%b'",
        ),
    )
    add(
        "events__events",
        "bot storm, a third more",
        again(0.3, "event_id", "event_id || 'b'"),
        put("anonymous_id", "'bot'", "event_id like '%b'"),
    )
    add("payments__payments", "test flag on real rows", put("amount", "'1'", some(0.3)))
    add(
        "app__orders",
        "deleted at the source",
        "delete from day where status in ('paid', 'fulfilled') and " + some(0.5),
    )
    return found
