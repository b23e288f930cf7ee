"""The whole company: chunks in parallel, then the tables that do not grow, the planted faults,
one sorted file per table, and the truth."""

import csv
import json
import math
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import duckdb

from demo.catalogue import BRAND_NAMES, BRANDS, CHUNK_VISITORS, VISITORS
from demo.chunks import make_chunk, merge
from demo.faults import write_faults
from demo.office import usd_rates, write_office
from demo.tables import CONTRACT
from demo.truth import summarise
from demo.visits import Chunk

# The events with which a session is converted.
CONVERSIONS = ["order_placed"]
# event -> (properties as (name, type, is_required), owner, is_activity)
TRACKING_PLAN = {
    "page_viewed": ([], "growth", False),
    "signed_up": ([("method", "string", True)], "growth", False),
    "logged_in": ([], "platform", False),
    "order_placed": (
        [("order_id", "string", True), ("item_count", "number", False)],
        "growth",
        True,
    ),
    "ride_started": ([("station_kind", "string", True)], "product-scoot", True),
    "ride_ended": (
        [("minutes", "number", True), ("station_kind", "string", False)],
        "product-scoot",
        True,
    ),
    "lesson_viewed": (
        [("lesson", "string", True), ("minutes", "number", True)],
        "product-learn",
        True,
    ),
    "reading_synced": ([("readings", "number", True)], "product-care", True),
    "search_performed": (
        [("query", "string", True), ("results", "number", True)],
        "product-learn",
        True,
    ),
    "recommendation_shown": (
        [("request_id", "string", True), ("items", "number", True)],
        "ml-learn",
        False,
    ),
    "recommendation_clicked": (
        [("request_id", "string", True), ("product_id", "string", True), ("rank", "number", True)],
        "ml-learn",
        True,
    ),
    "tracking_viewed": ([("order_id", "string", True)], "ops-farewell", False),
}


def plan_chunks(seed: int, scale: float, folder: Path) -> Iterator[Chunk]:
    """All chunks; the first of each brand come first, so that 0..3 exist at every scale."""
    rates = usd_rates(seed)
    left = {brand: max(round(VISITORS[brand] * scale), 60) for brand in BRANDS}
    number = 0
    while any(left.values()):
        for brand in BRANDS:
            size = min(left[brand], CHUNK_VISITORS[brand])
            if size:
                yield Chunk(seed, brand, number, size, folder, rates)
                left[brand] -= size
                number += 1


def show_progress(done: int, total: int, what: str, quiet: bool) -> None:
    """A bar on stderr."""
    if not quiet:
        filled = round(30 * done / total)
        end = "\n" if done == total else ""
        sys.stderr.write(f"\r{what:<8} [{'#' * filled}{' ' * (30 - filled)}] {done}/{total}{end}")
        sys.stderr.flush()


def make_chunks(chunks: list[Chunk], workers: int, quiet: bool) -> dict:
    """Run all chunks and add up what they report, in their order."""
    sums: dict = {}
    show_progress(0, len(chunks), "brands", quiet)
    if workers == 1 or len(chunks) <= len(BRANDS):
        results: Iterator[dict] = map(make_chunk, chunks)
        for done, result in enumerate(results, start=1):
            sums = merge(sums, result)
            show_progress(done, len(chunks), "brands", quiet)
        return sums
    with ProcessPoolExecutor(max_workers=workers) as pool:
        for done, result in enumerate(pool.map(make_chunk, chunks), start=1):
            sums = merge(sums, result)
            show_progress(done, len(chunks), "brands", quiet)
    return sums


def merge_pieces(pieces: Path, out: Path, form: str, memory: str, quiet: bool) -> None:
    """One file per table, sorted by arrival and key, within the memory limit."""
    connection = duckdb.connect(":memory:")
    connection.execute(f"set memory_limit = '{memory}'")
    connection.execute("set threads = 2")
    connection.execute(f"set temp_directory = '{pieces / 'sort'}'")
    options = "format parquet, compression zstd" if form == "parquet" else "format csv, header"
    for done, (table, (names, key)) in enumerate(CONTRACT.items(), start=1):
        version = ["updated_at"] if "updated_at" in names else []
        # a planted bad row may share arrival and a composite key with the row it was copied from
        rest = [name for name in names if name not in key] if len(key) > 1 else version
        order = ", ".join(["_loaded_at", *key, *rest])
        target = out / f"{table}.{form}"
        target.unlink(missing_ok=True)
        files = f"read_parquet('{pieces / table}.*.parquet')"
        connection.execute(
            f"copy (select * from {files} order by {order}) to '{target}' ({options})"
        )
        for piece in pieces.glob(f"{table}.*.parquet"):
            piece.unlink()
        show_progress(done, len(CONTRACT), "files", quiet)
    connection.close()


def make_company(
    seed: int,
    scale: float,
    form: str,
    out: Path,
    workers: int = 2,
    memory: str = "2GB",
    quiet: bool = True,
) -> dict:
    """Write the company's files and truth.json into `out`; returns the truth."""
    if not (math.isfinite(scale) and scale > 0):
        raise SystemExit(f"--scale must be a number above 0, not {scale}")
    out.mkdir(parents=True, exist_ok=True)
    pieces = out / ".pieces"
    shutil.rmtree(pieces, ignore_errors=True)
    pieces.mkdir()
    try:
        sums = make_chunks(list(plan_chunks(seed, scale, pieces)), workers, quiet)
        office_counts, office_facts = write_office(pieces, seed, sums.pop("ads"))
        for counts in office_counts:
            sums = merge(sums, counts)
        faults = write_faults(pieces, seed, scale)
        sums = merge(sums, faults["fate"])
        truth = summarise(seed, scale, sums, office_facts, faults)
        merge_pieces(pieces, out, form, memory, quiet)
    finally:
        shutil.rmtree(pieces, ignore_errors=True)
    text = json.dumps(truth, ensure_ascii=False, indent=1, sort_keys=True)
    (out / "truth.json").write_text(text + "\n", encoding="utf-8")
    return truth


def write_reference(folder: Path) -> None:
    """The reference seeds that describe the demo company: tracking plan and brands."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "tracking_plan.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            [
                "event_name",
                "property_name",
                "property_type",
                "is_required",
                "owner",
                "is_activity",
                "is_conversion",
            ]
        )
        for name, (properties, owner, is_activity) in TRACKING_PLAN.items():
            for property_name, kind, is_required in properties or [("", "", False)]:
                writer.writerow(
                    [
                        name,
                        property_name,
                        kind,
                        str(is_required).lower(),
                        owner,
                        str(is_activity).lower(),
                        str(name in CONVERSIONS).lower(),
                    ]
                )
    with (folder / "brand_names.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["brand", "brand_name", "brand_name_ko", "business"])
        writer.writerows([brand, *BRAND_NAMES[brand]] for brand in BRANDS)
