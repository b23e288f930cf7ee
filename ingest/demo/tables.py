"""The raw contract of the demo company, text encoding, and the pieces that chunks write."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from demo.clock import ARRIVAL_END, DAY, FIRST_DAY, HISTORY_END, HOUR

# table -> (columns in order without _loaded_at, key columns)
CONTRACT: dict[str, tuple[list[str], list[str]]] = {
    name: (columns.split(), key.split())
    for name, columns, key in [
        (
            "app__customers",
            "customer_id brand full_name email phone birth_date country_code created_at updated_at",
            "customer_id",
        ),
        (
            "app__products",
            "product_id brand product_name category list_price currency updated_at",
            "product_id",
        ),
        (
            "app__orders",
            "order_id customer_id order_type ordered_at paid_at status currency discount_amount"
            " tax_amount shipping_amount subscription_id promised_at updated_at",
            "order_id",
        ),
        (
            "app__order_items",
            "order_id line_number product_id quantity unit_price",
            "order_id line_number",
        ),
        (
            "app__order_status_events",
            "order_id status occurred_at promised_at",
            "order_id status occurred_at",
        ),
        (
            "app__subscription_changes",
            "change_id subscription_id customer_id product_id change_type cancel_kind changed_at"
            " effective_at monthly_amount currency",
            "change_id",
        ),
        (
            "events__events",
            "event_id brand event_name occurred_at received_at anonymous_id customer_id page_path"
            " referrer utm_source utm_medium utm_campaign device_type properties",
            "event_id",
        ),
        (
            "ads__campaigns",
            "campaign_id brand platform channel campaign_name utm_source utm_medium utm_campaign"
            " currency timezone started_on",
            "campaign_id",
        ),
        (
            "ads__daily_performance",
            "campaign_id performance_date impressions clicks spend claimed_conversions"
            " claimed_revenue",
            "campaign_id performance_date",
        ),
        (
            "payments__payments",
            "payment_id order_id customer_id attempted_at amount currency method card_fingerprint"
            " device_id ip_hash ip_country_code card_country_code billing_country_code outcome"
            " decline_reason is_review_exempt review_exempt_probability",
            "payment_id",
        ),
        (
            "payments__refunds",
            "refund_id payment_id order_id amount currency reason refunded_at",
            "refund_id",
        ),
        (
            "payments__disputes",
            "dispute_id payment_id reason amount currency outcome opened_at closed_at",
            "dispute_id",
        ),
        (
            "support__tickets",
            "ticket_id customer_id channel topic opened_at resolved_at satisfaction_score",
            "ticket_id",
        ),
        ("surveys__invitations", "invitation_id survey customer_id sent_at", "invitation_id"),
        (
            "surveys__responses",
            "invitation_id responded_at reason_code score comment",
            "invitation_id",
        ),
        (
            "experiments__experiments",
            "experiment_id brand experiment_name hypothesis owner experiment_type unit campaign_id"
            " model_version minimum_detectable_effect started_at ended_at",
            "experiment_id",
        ),
        (
            "experiments__variants",
            "experiment_id variant is_control traffic_share",
            "experiment_id variant",
        ),
        (
            "experiments__metrics",
            "experiment_id metric_name role direction margin outcome_days declared_at",
            "experiment_id metric_name",
        ),
        (
            "experiments__exposures",
            "exposure_id experiment_id variant customer_id anonymous_id device_type exposed_at",
            "exposure_id",
        ),
        (
            "experiments__decisions",
            "experiment_id decided_at decision shipped_variant shipped_at decided_by reason",
            "experiment_id decided_at",
        ),
        (
            "devices__readings",
            "reading_id device_id customer_id measurement context value unit measured_at"
            " received_at",
            "reading_id",
        ),
        (
            "devices__diagnoses",
            "diagnosis_id customer_id hospital_id condition code code_system diagnosed_at"
            " recorded_at",
            "diagnosis_id",
        ),
        (
            "ml__models",
            "model_name model_version owner trained_at train_from train_to threshold deployed_at",
            "model_name model_version",
        ),
        (
            "ml__predictions",
            "prediction_id model_name model_version entity_type entity_id item_id rank request_id"
            " score decision features predicted_at",
            "prediction_id",
        ),
        (
            "bi__dashboards",
            "dashboard_id title description owner url created_at certified_until",
            "dashboard_id",
        ),
        ("bi__dashboard_sources", "dashboard_id model_name", "dashboard_id model_name"),
        ("bi__dashboard_views", "view_id dashboard_id viewer_id viewed_at", "view_id"),
        (
            "bi__questions",
            "question_id team question asked_at answered_at answered_with",
            "question_id",
        ),
        (
            "platform__job_runs",
            "run_id job_name scheduled_at started_at finished_at outcome rows_loaded",
            "run_id",
        ),
        (
            "platform__query_runs",
            "query_id run_id dashboard_id model_name started_at seconds bytes_scanned",
            "query_id",
        ),
        ("platform__bills", "bill_id billed_on service resource amount currency", "bill_id"),
        (
            "privacy__consents",
            "consent_id customer_id anonymous_id purpose is_granted recorded_at",
            "consent_id",
        ),
        (
            "privacy__erasure_requests",
            "request_id customer_id requested_at completed_at",
            "request_id",
        ),
        ("finance__exchange_rates", "currency rate_date usd_rate", "currency rate_date"),
    ]
}

# The columns of which the earlier says when the fact of a row happened. What is not here tells of no fact with a day.
HAPPENED_AT = {
    "app__customers": "created_at",
    "app__orders": "ordered_at",
    "app__order_status_events": "occurred_at",
    "app__subscription_changes": "changed_at",
    "events__events": "occurred_at received_at",
    "ads__daily_performance": "performance_date",
    "payments__payments": "attempted_at",
    "payments__refunds": "refunded_at",
    "payments__disputes": "opened_at",
    "support__tickets": "opened_at",
    "surveys__invitations": "sent_at",
    "surveys__responses": "responded_at",
    "experiments__exposures": "exposed_at",
    "experiments__decisions": "decided_at",
    "devices__readings": "measured_at received_at",
    "devices__diagnoses": "recorded_at",
    "ml__predictions": "predicted_at",
    "bi__dashboard_views": "viewed_at",
    "bi__questions": "asked_at",
    "platform__job_runs": "started_at",
    "platform__query_runs": "started_at",
    "platform__bills": "billed_on",
    "privacy__consents": "recorded_at",
    "privacy__erasure_requests": "requested_at",
}

# Rows of these tables never change, so a row may arrive late without hiding a newer version.
APPEND_ONLY = {
    "app__order_items",
    "app__order_status_events",
    "events__events",
    "payments__payments",
    "payments__refunds",
    "surveys__responses",
    "experiments__exposures",
    "devices__readings",
    "ml__predictions",
    "bi__dashboard_views",
    "privacy__consents",
}
LATE_SHARE = 0.002  # of the rows of append-only tables; 6 hours to 3 days late
DUPLICATE_SHARE = 0.0015
LATE_UNTIL = HISTORY_END - 10 * DAY  # planted late rows still arrive before as_of ends

Columns = dict[str, pa.Array]


def texts(values: Iterable[Any]) -> pa.Array:
    """A text column of python values; None stays null."""
    return pa.array([None if v is None else str(v) for v in values], pa.string())


def constant(value: str | None, n: int) -> pa.Array:
    """The same text n times, or n nulls."""
    return pa.nulls(n, pa.string()) if value is None else pa.repeat(pa.scalar(value), n)


def only(column: pa.Array, where: np.ndarray) -> pa.Array:
    """The column where the mask holds, null elsewhere."""
    return pc.if_else(pa.array(where), column, pa.scalar(None, pa.string()))


def ids(prefix: str, numbers: np.ndarray) -> pa.Array:
    """`prefix_0000123`; negative numbers become null."""
    digits = pc.utf8_lpad(pa.array(np.abs(numbers)).cast(pa.string()), 7, "0")
    return only(pc.binary_join_element_wise(prefix, digits, "_"), numbers >= 0)


def words(codes: np.ndarray, vocabulary: Sequence[str | None]) -> pa.Array:
    """vocabulary[code] as text; a negative code becomes null."""
    codes = np.asarray(codes)
    taken = pa.array(vocabulary, pa.string()).take(pa.array(np.maximum(codes, 0)))
    return only(taken, codes >= 0)


def moments(seconds: np.ndarray) -> pa.Array:
    """Seconds since the first day as `YYYY-MM-DD HH:MM:SS`; negative ones become null."""
    seconds = np.asarray(seconds, np.int64)
    stamp = pa.array(FIRST_DAY.astype("datetime64[s]") + seconds.astype("timedelta64[s]"))
    return only(stamp.cast(pa.string()), seconds >= 0)


def dates(days: np.ndarray) -> pa.Array:
    """Days since the first day (negative allowed) as `YYYY-MM-DD`."""
    return pa.array(FIRST_DAY + np.asarray(days, np.int64).astype("timedelta64[D]")).cast(
        pa.string()
    )


def integers(values: np.ndarray) -> pa.Array:
    """Whole numbers as text."""
    return pa.array(np.asarray(values, np.int64)).cast(pa.string())


def decimals(values: np.ndarray, digits: int) -> pa.Array:
    """Numbers of zero and more with a fixed count of digits; `.00…` is left out."""
    scaled = np.rint(np.asarray(values, float) * 10**digits).astype(np.int64)
    whole, rest = np.divmod(scaled, 10**digits)
    head = pa.array(whole).cast(pa.string())
    tail = pc.utf8_lpad(pa.array(rest).cast(pa.string()), digits, "0")
    return pc.if_else(pa.array(rest == 0), head, pc.binary_join_element_wise(head, tail, "."))


def money(cents: np.ndarray) -> pa.Array:
    """Hundredths of a currency's unit as its text."""
    return decimals(np.asarray(cents) / 100, 2)


def booleans(values: np.ndarray) -> pa.Array:
    """true / false."""
    return words(np.asarray(values).astype(int), ["false", "true"])


def json_object(**parts: tuple[pa.Array, bool]) -> pa.Array:
    """One JSON object a row: name -> (text values, whether they are quoted)."""
    pieces: list[Any] = []
    mark_before = ""
    for position, (name, (values, quoted)) in enumerate(parts.items()):
        mark = '"' if quoted else ""
        pieces += [("{" if position == 0 else mark_before + ",") + f'"{name}":{mark}', values]
        mark_before = mark
    return pc.binary_join_element_wise(*pieces, mark_before + "}", "")


def assemble(table: str, columns: Columns, loaded: np.ndarray) -> pa.Table:
    """A raw table in the contract's order, all text, with `_loaded_at` last; missing ones null."""
    names = CONTRACT[table][0]
    unknown = set(columns) - set(names)
    if unknown:
        raise KeyError(f"{table} has no columns {sorted(unknown)}")
    arrays = [columns.get(name, pa.nulls(len(loaded), pa.string())) for name in names]
    return pa.table([*arrays, moments(loaded)], names=[*names, "_loaded_at"])


def plant_delivery_faults(
    rng: np.random.Generator, table: str, loaded: np.ndarray, is_first: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Late and repeated deliveries.

    Returns the arrival moments with some rows of append-only tables 6 hours to 3 days late, and
    the positions of rows that are delivered twice, byte for byte. The first chunk has at least
    one of each when the table has rows enough.
    """
    n = len(loaded)
    least = 1 if is_first and n >= 5 else 0
    repeated = rng.integers(0, max(n, 1), max(least, rng.poisson(n * DUPLICATE_SHARE)) if n else 0)
    loaded = loaded.copy()
    if table in APPEND_ONLY:
        can_wait = np.flatnonzero(loaded < LATE_UNTIL)
        count = min(len(can_wait), max(least, rng.poisson(n * LATE_SHARE)))
        late = rng.choice(can_wait, count, replace=False) if count else can_wait[:0]
        loaded[late] += rng.integers(6 * HOUR, 3 * DAY, len(late))
    return loaded, repeated


def write_piece(
    folder: Path,
    rng: np.random.Generator,
    table: str,
    columns: Columns,
    loaded: np.ndarray,
    piece: str,
    is_first: bool,
    happened: np.ndarray | None = None,
) -> dict[str, dict[str, int]]:
    """Write one chunk's rows of one table, delivery faults included; returns its counts.

    `happened` says when, for rows that have no column for it.
    """
    late_loaded, repeated = plant_delivery_faults(rng, table, np.asarray(loaded), is_first)
    whole = assemble(table, columns, late_loaded)
    whole = pa.concat_tables([whole, whole.take(pa.array(repeated))])
    arrived = np.concatenate([late_loaded, late_loaded[repeated]])
    is_later = happened_later(table, whole)
    if happened is not None:
        is_later = np.concatenate([happened, happened[repeated]]) >= HISTORY_END
    has_arrived = arrived <= ARRIVAL_END
    whole = whole.filter(pa.array(has_arrived))
    late = int(((late_loaded - loaded) > 0).sum())
    counts = count_piece(table, whole, is_later[has_arrived])
    counts.update(
        late_rows={table: late},
        repeated_rows={table: int((arrived[len(loaded) :] <= ARRIVAL_END).sum())},
    )
    if whole.num_rows:
        pq.write_table(whole, folder / f"{table}.{piece}.parquet", compression="zstd")
    return counts


def happened_later(table: str, whole: pa.Table) -> np.ndarray:
    """Which rows tell of a fact after as_of."""
    if table not in HAPPENED_AT:
        return np.zeros(whole.num_rows, bool)
    after = str(FIRST_DAY + np.timedelta64(HISTORY_END // DAY, "D"))
    happened = pc.min_element_wise(*(whole[name] for name in HAPPENED_AT[table].split()))
    return pc.fill_null(pc.greater_equal(happened, after), False).to_numpy()


def count_piece(table: str, whole: pa.Table, is_later: np.ndarray) -> dict[str, dict[str, int]]:
    """rows, later, staged and superseded of rows that would all be accepted.

    A row that is replaced by a newer version is superseded, whether or not the newer one is later.
    """
    staged, later = (
        count_keys(table, whole.filter(pa.array(which))) for which in (~is_later, is_later)
    )
    return {
        "rows": {table: whole.num_rows},
        "later": {table: later},
        "staged": {table: staged},
        "superseded": {table: whole.num_rows - staged - later},
    }


def count_keys(table: str, rows: pa.Table) -> int:
    """How many keys the rows have."""
    key = [rows[name].combine_chunks() for name in CONTRACT[table][1]]
    joined = key[0] if len(key) == 1 else pc.binary_join_element_wise(*key, "|")
    return pc.count_distinct(joined).as_py() if rows.num_rows else 0
