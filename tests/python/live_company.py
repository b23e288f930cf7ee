"""A company for the tests of live: its history, and a day of a collector's files with everything that goes wrong in one."""

import datetime as dt
import gzip
import json
import pathlib
import random

import duckdb

DAY = dt.date(2026, 3, 2)
EVENT_COLUMNS = [
    "event_id",
    "brand",
    "event_name",
    "occurred_at",
    "received_at",
    "anonymous_id",
    "customer_id",
    "session_id",
    "click_id",
    "is_robot",
    "page_path",
    "referrer",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "device_type",
    "properties",
]
ORDER_COLUMNS = [
    "order_id",
    "customer_id",
    "order_type",
    "ordered_at",
    "paid_at",
    "status",
    "currency",
    "updated_at",
]
ITEM_COLUMNS = ["order_id", "line_number", "product_id", "quantity", "unit_price"]
NAMES = ("page_viewed", "page_viewed", "page_viewed", "signed_up", "order_placed", "lesson_liked")
SOURCES = (
    {},
    {},
    {"utm_source": "google", "utm_medium": "cpc", "utm_campaign": "spring"},
    {"utm_source": "newsletter", "utm_medium": "email"},
    {"referrer": "https://www.google.com/"},
    {"page_path": "/?gclid=abc"},
    {"click_id": "fbclid=xyz"},
)


def at(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def midnight(days: int = 0) -> dt.datetime:
    return dt.datetime.combine(DAY, dt.time()) + dt.timedelta(days=days)


def event(chance: random.Random, name: str, moment: dt.datetime) -> dict:
    """One event: of a device, of one shared by several customers, of a server alone, or of a robot."""
    brand = chance.choice(("shop", "shop", "club"))
    device = chance.choice([None, *(f"{brand}_d{number}" for number in range(18))])
    customer = chance.choice([None, None, None, f"{brand}_c{chance.randrange(6)}"])
    found = {
        "event_id": name,
        "brand": brand,
        "event_name": chance.choice(NAMES),
        "occurred_at": at(moment),
        "received_at": at(moment + dt.timedelta(seconds=chance.choice((0, 1, 1, 40)))),
        "anonymous_id": device,
        "customer_id": customer if device or customer else f"{brand}_c1",
        "page_path": chance.choice(("/", "/a", None)),
        "device_type": chance.choice(("mobile", "desktop", None)),
        **chance.choice(SOURCES),
    }
    if found["event_name"] == "order_placed" and chance.random() < 0.7:
        found["properties"] = {"order_id": name}
    if chance.random() < 0.05:
        found["is_robot"] = "true"
    if chance.random() < 0.05:
        found["session_id"] = f"s{chance.randrange(3)}"
    return found


def history(chance: random.Random, count: int = 150) -> dict[str, list[str]]:
    """The raw tables up to the day before."""
    moments = sorted(
        midnight(-2) + dt.timedelta(seconds=chance.randrange(48 * 3600)) for _ in range(count)
    )
    events = [event(chance, f"old_{place}", moment) for place, moment in enumerate(moments)]
    customers = [f"{brand}_c{number},{brand}" for brand in ("shop", "club") for number in range(6)]
    return {
        "app__customers": [
            "customer_id,brand,country_code,created_at,updated_at",
            *(f"{row},DE,2026-01-01 00:00:00,2026-01-01 00:00:00" for row in customers),
        ],
        "app__products": [
            "product_id,brand,product_name,category,list_price,currency,updated_at",
            "p1,shop,Thing,thing,10,EUR,2026-01-01 00:00:00",
            "p2,club,Pass,pass,20,USD,2026-01-01 00:00:00",
        ],
        "app__orders": [
            ",".join(ORDER_COLUMNS),
            *(
                f"o{number},shop_c{number},purchase,{at(midnight(-1))},{at(midnight(-1))},paid,EUR,{at(midnight(-1))}"
                for number in range(3)
            ),
            f"o_open,shop_c4,purchase,{at(midnight(-1))},,placed,EUR,{at(midnight(-1))}",
        ],
        "app__order_items": [
            ",".join(ITEM_COLUMNS),
            *(f"o{number},1,p1,{number + 1},10" for number in range(3)),
            "o_open,1,p1,1,10",
        ],
        "finance__exchange_rates": ["currency,rate_date,usd_rate", "EUR,2026-01-01,1.10"],
        "ads__campaigns": [
            "campaign_id,brand,platform,channel,campaign_name,utm_source,utm_medium,utm_campaign,currency,started_on",
            "k1,shop,google,paid_search,Spring,google,cpc,spring,EUR,2026-01-01",
        ],
        "events__events": [",".join(EVENT_COLUMNS), *map(csv_line, events)],
        "reference__tracking_plan": [
            "event_name,property_name,property_type,is_required,owner,is_activity,is_conversion",
            "page_viewed,,,false,Shop,false,false",
            "signed_up,,,false,Shop,true,false",
            "order_placed,order_id,string,true,Shop,true,true",
        ],
        "reference__funnels": [
            "funnel,brand,step_number,event_name,window_days,step_order,funnel_name,funnel_name_ko,reason",
            "buy,all,1,page_viewed,2,loose,Visit to order,방문에서 주문까지,what the shop is for",
            "buy,all,2,signed_up,2,loose,Visit to order,방문에서 주문까지,",
            "buy,all,3,order_placed,2,loose,Visit to order,방문에서 주문까지,",
        ],
    }


def csv_line(row: dict) -> str:
    def text(value) -> str:
        if value is None:
            return ""
        value = json.dumps(value) if isinstance(value, dict) else str(value)
        return '"' + value.replace('"', '""') + '"'

    return ",".join(text(row.get(name)) for name in EVENT_COLUMNS)


def day(chance: random.Random, old: list[str], count: int = 220) -> list[dict]:
    """The events of the day as they arrive: late ones of yesterday, doubled ones, newer versions of old and new ones that
    move to another device, customer, brand or minute, clocks ahead, and rows that are rejected."""
    rows: list[dict] = []
    for place in range(count):
        moment = midnight() + dt.timedelta(seconds=chance.randrange(20 * 3600))
        row = event(chance, f"new_{place}", moment)
        lot = chance.random()
        if lot < 0.06:
            row["occurred_at"] = at(midnight(-1) + dt.timedelta(seconds=chance.randrange(86400)))
        elif lot < 0.10:
            row["occurred_at"] = at(moment + dt.timedelta(days=chance.choice((1, 400))))
        elif lot < 0.12:
            # The collector's clock is ahead.
            row["occurred_at"] = row["received_at"] = at(midnight(2))
        elif lot < 0.15:
            row[chance.choice(("event_name", "event_id"))] = None
        elif lot < 0.17:
            row["received_at"] = "soon"
        elif lot < 0.19:
            row["properties"] = "{broken"
        rows.append(row)
        if rows and lot > 0.9:
            rows.append(dict(chance.choice(rows)))
        if lot > 0.8:
            # A newer version says by _loaded_at that it is newer; of an event of the history or of today.
            newer = event(
                chance, chance.choice([row["event_id"] or "new_0", chance.choice(old)]), moment
            )
            newer["_loaded_at"] = at(moment + dt.timedelta(minutes=chance.randrange(1, 200)))
            rows.append(newer)
    return rows


def write_files(
    chance: random.Random, rows: list[dict], folder: pathlib.Path, prefix: str = "events"
) -> list[pathlib.Path]:
    """Rows in files of a few each, as JSON lines, gzip and Parquet in turn, in their order."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    while rows:
        size = chance.randrange(1, 12)
        some, rows = rows[:size], rows[size:]
        name = folder / f"{prefix}-{len(written):04}"
        text = "\n".join(json.dumps(row) for row in some) + "\n"
        kind = chance.randrange(3)
        if kind == 0:
            file = name.with_suffix(".jsonl")
            file.write_text(text, encoding="utf-8")
        elif kind == 1:
            file = name.with_suffix(".jsonl.gz")
            file.write_bytes(gzip.compress(text.encode()))
        else:
            file = name.with_suffix(".parquet")
            write_parquet(some, file)
        written.append(file)
    return written


def write_parquet(rows: list[dict], file: pathlib.Path) -> None:
    names = [*EVENT_COLUMNS, "_loaded_at"]
    columns = ", ".join(f"{name} varchar" for name in names)
    with duckdb.connect() as connection:
        connection.execute(f"create table found ({columns})")
        connection.executemany(
            f"insert into found values ({', '.join('?' * len(names))})",
            [
                [
                    json.dumps(value, separators=(",", ":")) if isinstance(value, dict) else value
                    for value in map(row.get, names)
                ]
                for row in rows
            ],
        )
        connection.execute(f"copy found to '{file}' (format parquet)")
