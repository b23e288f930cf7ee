"""Rows that are wrong on purpose: rejected ones (one broken rule each) and orphans.

Both are copies of good rows with a key of their own, so nothing else refers to them. A few
rejected rows keep the key of a good row and arrive later: a newer version that must not hide the
last good one. Counts grow with the logarithm of the scale.
"""

import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from demo import tables
from demo.clock import DAY, FIRST_DAY, HISTORY_END
from demo.tables import CONTRACT

FUTURE = "in the future"
NEITHER = {"anonymous_id": None, "customer_id": None}
# table, column, reason, the text that breaks it (None: nothing; FUTURE: a later moment; or several columns)
REJECTED = [
    ("app__customers", "created_at", "not a timestamp", "soon"),
    ("app__customers", "birth_date", "not a date", "1949-02-31"),
    ("app__customers", "country_code", "empty", None),
    ("app__products", "list_price", "not a number", "on request"),
    ("app__orders", "currency", "empty", None),
    ("app__orders", "ordered_at", "not a timestamp", "2025-13-01 10:00:00"),
    ("app__orders", "ordered_at", FUTURE, FUTURE),
    ("app__orders", "status", "not accepted", "shipped"),
    ("app__orders", "currency", "without a rate", "XXX"),
    ("app__orders", "discount_amount", "below minimum", "-5"),
    ("app__order_items", "unit_price", "below minimum", "-5"),
    ("app__order_items", "quantity", "not an integer", "two"),
    ("app__order_items", "unit_price", "not a number", "free"),
    ("app__order_items", "product_id", "empty", None),
    ("app__order_status_events", "occurred_at", FUTURE, FUTURE),
    ("app__subscription_changes", "change_type", "not accepted", "frozen"),
    ("app__subscription_changes", "monthly_amount", "below minimum", "-12"),
    ("events__events", "occurred_at", "not a timestamp", "yesterday"),
    ("events__events", "received_at", "not a timestamp", "five past ten"),
    ("events__events", "anonymous_id", "empty as is customer_id", NEITHER),
    ("events__events", "event_name", "empty", None),
    ("events__events", "properties", "not json", '{"minutes":'),
    ("ads__daily_performance", "clicks", "below minimum", "-3"),
    ("ads__daily_performance", "spend", "below minimum", "-10.5"),
    ("ads__daily_performance", "impressions", "not an integer", "many"),
    ("payments__payments", "amount", "below minimum", "-10"),
    ("payments__payments", "outcome", "not accepted", "pending"),
    ("payments__payments", "is_review_exempt", "not a boolean", "maybe"),
    ("payments__payments", "attempted_at", FUTURE, FUTURE),
    ("payments__payments", "currency", "without a rate", "XXX"),
    ("payments__refunds", "amount", "below minimum", "-1"),
    ("payments__disputes", "reason", "not accepted", "regret"),
    ("support__tickets", "satisfaction_score", "above maximum", "9"),
    ("support__tickets", "opened_at", FUTURE, FUTURE),
    ("support__tickets", "channel", "not accepted", "fax"),
    ("surveys__invitations", "survey", "not accepted", "party"),
    ("surveys__responses", "responded_at", "not a timestamp", "last week"),
    ("experiments__exposures", "exposed_at", "not a timestamp", "n/a"),
    ("experiments__exposures", "variant", "empty", None),
    ("devices__readings", "value", "not a number", "ERR"),
    ("devices__readings", "measurement", "not accepted", "temperature"),
    ("devices__diagnoses", "diagnosed_at", "empty", None),
    ("ml__predictions", "score", "not a number", "high"),
    ("ml__predictions", "features", "not json", "{amount:12}"),
    ("bi__questions", "asked_at", "not a timestamp", "in spring"),
    ("bi__dashboard_views", "dashboard_id", "empty", None),
    ("platform__job_runs", "outcome", "not accepted", "unknown"),
    ("platform__query_runs", "seconds", "below minimum", "-1"),
    ("platform__bills", "amount", "not a number", "see attachment"),
    ("privacy__consents", "is_granted", "not a boolean", "perhaps"),
    ("privacy__consents", "purpose", "not accepted", "resale"),
]
# a rejected newer version of a good row: table, column, reason, text
REJECTED_NEWER = [
    ("app__orders", "status", "not accepted", "lost"),
    ("app__customers", "updated_at", "not a timestamp", "just now"),
]
# table, column, parent, the missing parent's id, columns changed with it
ORPHANS = [
    (
        "app__orders",
        "customer_id",
        "app__customers",
        "cus_none",
        {"status": "cancelled", "paid_at": None, "discount_amount": "0"},
    ),
    ("app__order_items", "order_id", "app__orders", "ord_none", {}),
    (
        "app__order_items",
        "product_id",
        "app__products",
        "prd_none",
        {"line_number": None, "unit_price": "0"},
    ),
    ("app__order_status_events", "order_id", "app__orders", "ord_none", {}),
    (
        "events__events",
        "customer_id",
        "app__customers",
        "cus_none",
        {"anonymous_id": "an_none", "event_name": "page_viewed", "properties": None},
    ),
    ("ads__daily_performance", "campaign_id", "ads__campaigns", "cmp_none", {}),
    (
        "payments__payments",
        "order_id",
        "app__orders",
        "ord_none",
        {"outcome": "declined", "decline_reason": "do_not_honor"},
    ),
    ("payments__refunds", "payment_id", "payments__payments", "pay_none", {"amount": "1"}),
    ("support__tickets", "customer_id", "app__customers", "cus_none", {}),
    ("surveys__responses", "invitation_id", "surveys__invitations", "inv_none", {}),
    ("experiments__exposures", "experiment_id", "experiments__experiments", "exp_none", {}),
    ("devices__readings", "customer_id", "app__customers", "cus_none", {"device_id": "dev_none"}),
    ("bi__dashboard_views", "dashboard_id", "bi__dashboards", "das_none", {}),
    ("platform__query_runs", "run_id", "platform__job_runs", "run_none", {"dashboard_id": None}),
]
SMALL_TABLES = {"app__products", "bi__questions", "platform__bills"}  # always one row


def count_at(scale: float, table: str) -> int:
    """Rows per planted fault: 1 at scale 1, one more each time the scale grows fourfold."""
    return 1 if table in SMALL_TABLES else 1 + max(0, int(math.log(max(scale, 1), 4)))


def good_rows(folder: Path, table: str, columns: list[str]) -> pa.Table:
    """Rows that arrived in the middle of the history, with the columns filled, from the first
    chunks; none of them is delivered twice or has another version nearby."""
    files = [
        folder / f"{table}.{piece}.parquet"
        for piece in ("office", "00000", "00001", "00002", "00003")
    ]
    rows = pa.concat_tables([pq.read_table(file) for file in files if file.exists()])
    low, high = (str(FIRST_DAY + np.timedelta64(day, "D")) for day in (40, 525))
    keep = pc.and_(pc.greater(rows["_loaded_at"], low), pc.less(rows["_loaded_at"], high))
    if table == "app__products":
        keep = pc.is_valid(rows["_loaded_at"])
    for name in columns:
        keep = pc.and_(keep, pc.is_valid(rows[name]))
    return rows.filter(keep)


def changed(row: dict, number: int, table: str, key_prefix: str) -> dict:
    """A copy of the row with a key of its own (single keys only; others keep theirs)."""
    key = CONTRACT[table][1]
    copy = dict(row)
    if len(key) == 1:
        copy[key[0]] = f"{key_prefix}_{table.split('__')[1]}_{number}"
    elif table == "app__order_items":
        copy["line_number"] = str(90 + number)
    return copy


def later_than(moment: str, days: int) -> str:
    """The moment some days on, as text."""
    stamp = np.datetime64(moment.replace(" ", "T")) + np.timedelta64(days, "D")
    return str(stamp).replace("T", " ")


def write_faults(folder: Path, seed: int, scale: float) -> dict:
    """Write the fault pieces; returns counts by table, and the planted lists."""
    rng = np.random.default_rng([seed, 7_000_006])
    written: dict[str, list[dict]] = {}
    rejected, orphans = [], []
    number = 0

    def sample(table: str, columns: list[str], n: int) -> list[dict]:
        rows = good_rows(folder, table, columns)
        chosen = rng.choice(rows.num_rows, n, replace=False)
        return rows.take(pa.array(chosen)).to_pylist()

    for faults, is_newer in ((REJECTED, False), (REJECTED_NEWER, True)):
        for table, column, reason, text in faults:
            n = count_at(scale, table)
            needed = [column] if table != "devices__diagnoses" else []
            for row in sample(table, needed, n):
                number += 1
                bad = dict(row) if is_newer else changed(row, number, table, "bad")
                if text == FUTURE:
                    bad[column] = later_than(bad["_loaded_at"], 2 + number % 30)
                else:
                    bad |= text if isinstance(text, dict) else {column: text}
                if is_newer:
                    bad["_loaded_at"] = later_than(bad["_loaded_at"], 4)
                written.setdefault(table, []).append(bad)
            rejected.append(entry(table, column, reason, n) | {"newer_version": is_newer})

    fate = {"rows": {}, "staged": {}, "rejected": {}}
    for table, rows in written.items():
        fate["rejected"][table] = len(rows)
        fate["rows"][table] = len(rows)
    for table, column, parent, missing, changes in ORPHANS:
        n = count_at(scale, table)
        for row in sample(table, [column], n):
            number += 1
            orphan = changed(row, number, table, "orphan") | changes
            orphan[column] = f"{missing}{number}"
            if table == "app__order_items":
                orphan["line_number"] = str(50 + number)
            written.setdefault(table, []).append(orphan)
        fate["rows"][table] = fate["rows"].get(table, 0) + n
        fate["staged"][table] = fate["staged"].get(table, 0) + n
        system, parent_table = parent.split("__")
        orphans.append(entry(table, column, None, n) | {"parent": f"{system}.{parent_table}"})
    for table, rows in written.items():
        names = [*CONTRACT[table][0], "_loaded_at"]
        assert max(row["_loaded_at"] for row in rows) < before(HISTORY_END)
        piece = pa.table({name: tables.texts(row[name] for row in rows) for name in names})
        pq.write_table(piece, folder / f"{table}.faults.parquet", compression="zstd")
    return {"fate": fate, "rejected": rejected, "orphans": orphans}


def before(seconds: int) -> str:
    """A moment of the history as a date."""
    return str(FIRST_DAY + np.timedelta64(seconds // DAY, "D"))


def entry(table: str, column: str, reason: str | None, rows: int) -> dict:
    """One line of truth.json."""
    system, name = table.split("__")
    line = {"system": system, "table": name, "column": column, "rows": rows}
    return line | ({"reason": reason} if reason else {})
