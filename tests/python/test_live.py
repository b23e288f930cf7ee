"""Live counts what the nightly build counts: the same files in many steps, in whatever order, beside one build of all."""

import contextlib
import datetime as dt
import gzip
import json
import pathlib
import random
import shutil
import subprocess
import sys

import duckdb
import live_company
import pytest
from live_company import DAY, EVENT_COLUMNS, ITEM_COLUMNS, ORDER_COLUMNS, at, midnight
from warehouse import build, query, write_raw

from live import __main__ as program
from live import events, models, versions
from live.__main__ import Live

NOW = dt.datetime.combine(DAY, dt.time(22), dt.UTC)
EVER = "1900-01-01"
# What the nightly build makes of the same events and orders, and where live keeps it.
SAME = {
    "core.events": "kept.events",
    "core.sessions": "kept.sessions",
    "core.session_sources": "kept.session_sources",
    "lifecycle.int_funnel_visitors": "kept.funnel_visitors",
    "core.orders": "kept.orders",
}
SELECTED = [f"+{name}" for name in ("sessions", "tracking_plan_checks", "funnel_steps", "orders")]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The company as of the day before, and its models as that build compiled them."""
    folder = tmp_path_factory.mktemp("live")
    raw = write_raw(folder / "raw", live_company.history(random.Random(1)))
    database = folder / "warehouse.duckdb"
    build(
        database,
        raw,
        select=SELECTED,
        tests=False,
        artifacts=True,
        variables={"as_of": str(DAY - dt.timedelta(days=1))},
    )
    found = models.Models(**models.described(pathlib.Path(f"{database}.target")))
    return folder, database, found


def begun(built, folder: pathlib.Path, **options) -> Live:
    """A loop over a copy of the company's warehouse that keeps all that it counts, and its folder."""
    _, database, found = built
    (folder / "incoming").mkdir(parents=True, exist_ok=True)
    copy = folder / database.name
    shutil.copyfile(database, copy)
    loop = Live(
        copy,
        folder / "incoming",
        folder / "page",
        folder / "scratch",
        lambda _: found,
        memory="1GB",
        days=1e5,
        **options,
    )
    loop.keep_from = EVER
    return loop


def said(loop: Live) -> dict:
    return json.loads((loop.out / "live.json").read_text(encoding="utf-8"))


def adds_up(loop: Live) -> dict:
    """What the page says, after each row that was read was found in exactly one place."""
    found = said(loop)
    for name, rows in found["rows"].items():
        places = ("staged", "in_warehouse", "doubled", "superseded", "later", "waiting", "rejected")
        assert rows["read"] == sum(rows[place] for place in places), (name, rows)
    return found


def put(loop: Live, name: str, *rows: dict | str) -> pathlib.Path:
    file = loop.folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    text = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows) + "\n"
    file.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return file


def visit(name: str, **values) -> dict:
    return {
        "event_id": name,
        "brand": "shop",
        "event_name": "page_viewed",
        "occurred_at": at(midnight() + dt.timedelta(hours=9)),
        "received_at": at(midnight() + dt.timedelta(hours=9)),
        "anonymous_id": f"device of {name}",
        **values,
    }


def order_rows() -> tuple[list[dict], list[dict]]:
    """Orders of the day: a first one, a second of a customer, one that is paid now, one of tomorrow, a guest's, a wrong
    one; and their lines, one of which comes without its order."""
    ten = at(midnight() + dt.timedelta(hours=10))

    def order(name: str, customer: str | None, **values) -> dict:
        row = {"order_id": name, "customer_id": customer, "order_type": "purchase"}
        row |= {
            "ordered_at": ten,
            "paid_at": ten,
            "status": "paid",
            "currency": "EUR",
            "updated_at": ten,
        }
        return row | values

    orders = [
        order("n1", "club_c1", currency="USD"),
        order("n2", "shop_c0"),
        order("o_open", "shop_c4", ordered_at=at(midnight(-1))),
        order("n_later", "shop_c5", ordered_at=at(midnight(1)), paid_at=at(midnight(1))),
        order("n_guest", None),
        order("n_wrong", "shop_c1", currency="shells"),
        order(
            "n2", "shop_c0", updated_at=at(midnight() + dt.timedelta(hours=11)), status="refunded"
        ),
    ]
    lines = [
        {
            "order_id": name,
            "line_number": 1,
            "product_id": product,
            "quantity": 2,
            "unit_price": "7.5",
        }
        for name, product in (
            ("n1", "p2"),
            ("n2", "p1"),
            ("n_later", "p1"),
            ("n_guest", "p1"),
            ("n_wrong", "p1"),
            ("n_lost", "p1"),
        )
    ]
    return orders, lines


def union_of(history: pathlib.Path, files: pathlib.Path, pattern: str, columns: list[str]) -> str:
    """A `.sql` of a raw folder as docs/live.md writes it: the history, and a collector's JSON lines."""
    values = ", ".join(f"json ->> '$.{name}' as {name}" for name in columns)
    return (
        f"select * from read_csv('{history}', all_varchar = true) union all by name "
        f"select {values} from read_ndjson_objects('{files}/{pattern}*.jsonl*', ignore_errors = true)"
    )


def nightly_raw(folder: pathlib.Path, history: pathlib.Path, files: pathlib.Path) -> pathlib.Path:
    """A raw folder of the same history, and of all files that live has read."""
    raw = folder / "nightly"
    shutil.copytree(history, raw)
    for table, columns in {
        "events__events": [*EVENT_COLUMNS, "_loaded_at"],
        "app__orders": ORDER_COLUMNS,
        "app__order_items": ITEM_COLUMNS,
    }.items():
        (raw / f"{table}.csv").unlink()
        sql = union_of(history / f"{table}.csv", files, table, columns)
        if table == "events__events":
            sql += f" union all by name select * from read_parquet('{files}/*.parquet', union_by_name = true)"
        (raw / f"{table}.sql").write_text(sql, encoding="utf-8")
    return write_raw(
        raw,
        {
            "reference__tolerances": [
                "raw_table,max_rejected_share,max_rejected_amount_share,reason",
                "default,0.5,0.5,half of the rows of this test are wrong",
            ]
        },
    )


def differences(loop: Live, database: pathlib.Path) -> dict[str, int]:
    """By table how many rows live and the nightly build do not share."""
    connection = loop.known.connection
    connection.execute(f"attach '{database}' as nightly (read_only)")
    found = {}
    checks = loop.known.models.sql["tracking_plan_checks"].replace(
        loop.known.models.relations["events"], "kept.events"
    )
    for table, kept in {**SAME, "core.tracking_plan_checks": f"({checks})"}.items():
        columns = connection.execute(
            f"select column_name from (describe nightly.{table})"
        ).fetchall()
        names = ", ".join(f'"{name}"' for (name,) in columns)
        nightly, live = (f"select {names} from {place}" for place in (f"nightly.{table}", kept))
        (found[table],) = connection.execute(
            f"select count(*) from (({nightly} except all {live}) union all ({live} except all {nightly}))"
        ).fetchone()
        assert connection.execute(f"select count(*) from ({nightly})").fetchone()[0], table
    connection.execute("detach nightly")
    return found


# With few visitors at once a backlog is worked on in many pieces.
@pytest.mark.parametrize(
    ("seed", "at_once"),
    [
        (7, events.MOST_VISITORS),
        *[
            pytest.param(seed, at_once, marks=pytest.mark.slow)
            for seed, at_once in ((8, 7), (9, 50_000), (10, 1))
        ],
    ],
)
def test_live_equals_the_nightly_build(built, tmp_path, monkeypatch, seed, at_once):
    """A day's files in random steps, then one build of the same files on the same warehouse, which live picks up."""
    monkeypatch.setattr(events, "MOST_VISITORS", at_once)
    monkeypatch.setattr(program, "COMPACT_AFTER", 3)
    chance = random.Random(seed)
    loop = begun(built, tmp_path)
    loop.step(NOW)
    rows = live_company.day(chance, [f"old_{place}" for place in range(150)])
    files = live_company.write_files(chance, rows, tmp_path / "ready", "events__events")
    chance.shuffle(files)
    orders, lines = order_rows()
    for place, file in enumerate(files):
        file.rename(loop.folder / file.name)
        if place in (3, 12):
            put(
                loop,
                f"app__order_items-{place}.jsonl",
                *(lines[::2] if place == 3 else lines[1::2]),
            )
        if place == 8:
            put(loop, "app__orders-1.jsonl", *orders[:4])
        if place == 14:
            put(loop, "app__orders-2.jsonl.gz", *orders[4:])
        if chance.random() < 0.2:
            loop.step(NOW)
    put(loop, "events__events-bad.jsonl", "no json", "[1]", visit("good"))
    loop.step(NOW)
    found = adds_up(loop)
    assert found["faults"]["bad_line_count"] == 2
    counted = found["rows"]["events__events"]
    assert all(
        counted[name] > 0 for name in ("staged", "doubled", "superseded", "waiting", "rejected")
    ), counted
    assert found["rows"]["app__orders"]["rejected"] == 1
    assert found["rows"]["app__order_items"]["later"] == 1

    raw = nightly_raw(tmp_path, built[0] / "raw", loop.folder)
    build(
        loop.database,
        raw,
        select=SELECTED,
        tests=False,
        variables={"as_of": str(DAY), "known_until": f"{NOW:%Y-%m-%d %H:%M:%S}"},
    )
    # An incremental model runs in its own way there.
    different = differences(loop, loop.database)
    assert different == dict.fromkeys(different, 0)

    # The new warehouse is there: live takes it when it looks the same twice, and knows its rows.
    before = said(loop)["brands"]
    loop.step(NOW)
    loop.step(NOW)
    found = adds_up(loop)
    assert found["as_of"] == str(DAY)
    assert found["brands"] == before
    counted = found["rows"]["events__events"]
    assert counted["staged"] == 0 < counted["in_warehouse"]


def test_a_day_of_trouble(built, tmp_path):
    """One thing after another, on one page."""
    loop = begun(built, tmp_path)
    loop.step(NOW)
    before = adds_up(loop)

    def now_and(then: dict, name: str) -> int:
        """How much a number of all brands has grown since."""
        return sum(row[name] or 0 for row in adds_up(loop)["brands"]) - sum(
            row[name] or 0 for row in then["brands"]
        )

    # A new device, an event that nobody planned, and one that lacks what the plan asks for.
    put(
        loop,
        "1.jsonl",
        visit("a"),
        visit("b", event_name="lesson_liked"),
        visit("c", event_name="order_placed"),
    )
    loop.step(NOW)
    assert (
        now_and(before, "events"),
        now_and(before, "visitors"),
        now_and(before, "sessions"),
    ) == (3, 3, 3)
    # What was worked on is of those devices alone.
    worked = "select count(*) from {}".format(loop.known.models.relations["events"])
    assert query(loop.known.connection, worked) == [(3,)]
    planned = {row["event_name"]: row for row in said(loop)["events"] if row["brand"] == "shop"}
    assert planned["lesson_liked"]["is_planned"] is False
    assert planned["order_placed"]["incomplete_event_count"] >= 1

    # The same again, a newer version on another device, and a late event of yesterday.
    then = adds_up(loop)
    newer = visit("a", anonymous_id="another", _loaded_at=at(midnight() + dt.timedelta(hours=10)))
    yesterday = at(midnight(-1) + dt.timedelta(hours=9))
    put(
        loop,
        "2.jsonl",
        visit("b", event_name="lesson_liked"),
        newer,
        visit("d", occurred_at=yesterday),
    )
    loop.step(NOW)
    rows = adds_up(loop)["rows"]["events__events"]
    assert (rows["doubled"], rows["superseded"]) == (1, 1)
    assert (now_and(then, "events"), now_and(then, "visitors")) == (0, 0)
    assert now_and(then, "events_yesterday") == 1

    # A device's clock that is ahead counts when it was received; a collector's, when its time has come.
    then = adds_up(loop)
    soon = NOW.replace(tzinfo=None) + dt.timedelta(minutes=10)
    put(
        loop,
        "3.jsonl",
        visit("e", occurred_at=at(midnight(3))),
        visit("f", occurred_at=at(soon), received_at=at(soon)),
    )
    loop.step(NOW)
    assert now_and(then, "events") == 1
    assert adds_up(loop)["rows"]["events__events"]["waiting"] == 1
    loop.step(NOW + dt.timedelta(minutes=11))
    assert now_and(then, "events") == 2
    assert adds_up(loop)["rows"]["events__events"]["waiting"] == 0

    # Rows that are wrong, lines that are none, and a file of something else.
    put(loop, "4.jsonl", visit("g", received_at="soon"), visit("h", brand="all"), "broken")
    put(loop, "payments__payments.jsonl", {})
    (loop.folder / "5.parquet").write_bytes(b"PAR1 and then nothing PAR1")
    loop.step(NOW + dt.timedelta(minutes=12))
    found = adds_up(loop)
    reasons = dict(found["rows"]["events__events"]["reasons"])
    assert reasons == {"received_at: not a timestamp": 1, "brand: reserved": 1}
    assert found["faults"]["bad_lines"] == [
        {"file": "4.jsonl", "line": 3, "reason": "is no JSON object"}
    ]
    assert [row["file"] for row in found["faults"]["bad_files"]] == ["5.parquet"]
    assert [row["file"] for row in found["faults"]["not_read"]] == ["payments__payments.jsonl"]

    # A build that runs: it finds the warehouse free, live goes on meanwhile, and says so.
    then = adds_up(loop)
    with another_process_writes(loop.database):
        put(loop, "6.jsonl", visit("i"))
        loop.step(NOW + dt.timedelta(minutes=13))
        assert adds_up(loop)["problem"] == "being_built"
        assert now_and(then, "events") == 1

    # Midnight: the day begins anew, and today has become yesterday.
    today = sum(row["events"] for row in adds_up(loop)["brands"])
    put(loop, "7.jsonl", visit("j", occurred_at=at(midnight(1)), received_at=at(midnight(1))))
    after = dt.datetime.combine(DAY, dt.time(), dt.UTC) + dt.timedelta(days=1, minutes=1)
    loop.step(after)
    loop.step(after)
    found = adds_up(loop)
    assert found["day"] == str(DAY + dt.timedelta(days=1))
    assert sum(row["events"] or 0 for row in found["brands"]) == 1
    loop.step(after + dt.timedelta(hours=23, minutes=50))
    assert sum(row["events_yesterday"] for row in adds_up(loop)["brands"]) == today
    loop.forget()


@contextlib.contextmanager
def another_process_writes(database: pathlib.Path):
    code = (
        "import duckdb, sys; open_one = duckdb.connect(sys.argv[1]); "
        "open_one.execute('create or replace table core.of_a_build as select 1'); "
        "print('written', flush=True); sys.stdin.readline()"
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", code, str(database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert writer.stdout.readline() == "written\n"
        yield
    finally:
        writer.communicate("\n", timeout=60)


def test_a_warehouse_that_is_missing_or_lacks_something(built, tmp_path):
    loop = begun(built, tmp_path)
    loop.database.rename(tmp_path / "away")
    put(loop, "1.jsonl", visit("a"))
    loop.step(NOW)
    assert (said(loop)["missing"], said(loop)["files"]) == ("no_warehouse", 1)
    with duckdb.connect(str(loop.database)) as connection:
        connection.execute("create table found as select 1 as one")
    loop.step(NOW)
    assert said(loop)["missing"] == "incomplete"
    (tmp_path / "away").rename(loop.database)
    loop.step(NOW)
    assert adds_up(loop)["rows"]["events__events"]["staged"] == 1
    # A file of the warehouse that nobody holds open.
    with another_process_writes(loop.database):
        pass
    loop.forget()


@pytest.mark.slow
def test_the_day_is_one_of_the_reporting_time_zone(built, tmp_path):
    """In Seoul it is tomorrow from 15:00 UTC on."""
    folder, database, _ = built
    zone = {"reporting_timezone": "Asia/Seoul"}
    copy = tmp_path / "compiled" / database.name
    copy.parent.mkdir()
    shutil.copyfile(database, copy)
    build(
        copy,
        folder / "raw",
        command="compile",
        select=models.ALL_MODELS,
        full_refresh=True,
        artifacts=True,
        variables=zone,
    )
    found = models.described(pathlib.Path(f"{copy}.target"))
    found["settings"] |= zone
    loop = begun((folder, database, models.Models(**found)), tmp_path)
    in_the_evening = dt.datetime.combine(DAY, dt.time(14, 50), dt.UTC)
    before, after = (at(midnight() + dt.timedelta(hours=15, minutes=minute)) for minute in (-15, 5))
    put(loop, "1.jsonl", visit("a", occurred_at=before, received_at=before))
    loop.step(in_the_evening)
    assert said(loop)["day"] == str(DAY)
    put(loop, "2.jsonl", visit("b", occurred_at=after, received_at=after))
    loop.step(in_the_evening + dt.timedelta(minutes=20))
    page = adds_up(loop)
    assert page["day"] == str(DAY + dt.timedelta(days=1))
    assert [row["events"] for row in page["brands"] if row["brand"] == "shop"] == [1]
    loop.forget()


def test_only_what_the_models_end_in_is_cut(built):
    """A validated model that is written in another way is refused, not counted wrongly."""
    _, _, found = built
    sql = dict(found.sql) | {"validated_events__events": "select 1"}
    other = models.Models(found.database, found.relations, sql, found.raw_columns, found.settings)
    with pytest.raises(ValueError, match="cannot rank versions"):
        versions.Versions(None, other, "events__events").cut()
