"""Being forgotten: which rows are a person's, what files lose, and that a build and an increment say the same."""

import csv
import io
import json
import pathlib
import random
import re
import shutil
import subprocess
import sys
from collections import Counter

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_company import TABLES
from warehouse import MEASURED, PROJECT, build, dbt_command, query, table_hash, write_raw

sys.path.insert(0, str(PROJECT / "plugins"))
sys.path.insert(0, str(PROJECT / "tools"))

import canaries
import erasure
import forget
import forget_files as files
import landing_files
import privacy

PEPPER = "a secret of the tests, long enough"
# c2 asks: a device of hers, one that she shares with c1, and a friend who pays for her and writes of her.
REQUESTS = "request_id,customer_id,requested_at,completed_at"
ASKED = {
    "app__customers": """
customer_id,brand,full_name,email,phone,birth_date,country_code,created_at,updated_at
c1,scoot,Kim Minji,minji@example.com,+82 10 1234 5678,1990-05-01,KR,2026-01-02 09:00:00,2026-01-02 09:00:00
c2,scoot,Ana Lopez,ana@example.com,+34 600 200 300,2010-03-04,DE,2026-01-05 09:00:00,2026-01-05 09:00:00
c2,scoot,Ana Lopez,ana.new@example.com,+34 600 200 300,2010-03-04,DE,2026-01-05 09:00:00,2026-01-08 09:00:00
c3,learn,Yuki Sato,yuki@example.com,+81 3 5555 0000,,JP,2026-01-06 09:00:00,2026-01-06 09:00:00
c4,learn,Yuki Sato,yuki.other@example.com,+81 3 5555 0001,not a day,JP,2026-01-06 09:00:00,2026-01-06 09:00:00
""",
    "events__events": TABLES["events__events"].rstrip()
    + """
e10,scoot,page_viewed,2026-01-12 09:00:00,2026-01-12 09:00:01,a2,,/,,,,,mobile,
e11,scoot,page_viewed,2026-01-13 09:00:00,2026-01-13 09:00:01,shared,c2,/,,,,,mobile,
e12,scoot,page_viewed,2026-01-13 10:00:00,2026-01-13 10:00:01,shared,c1,/,,,,,mobile,
e13,scoot,page_viewed,2026-01-13 11:00:00,2026-01-13 11:00:01,shared,,/,,,,,mobile,
e14,scoot,page_viewed,wrong,2026-01-13 11:00:01,a2,c2,/,,,,,mobile,
""",
    "payments__payments": """
payment_id,order_id,customer_id,attempted_at,amount,currency,method,card_fingerprint,device_id,outcome,is_review_exempt
m1,o1,c1,2026-01-11 10:00:00,9.00,USD,card,f1,d1,succeeded,false
m2,o2,c2,2026-01-12 11:00:00,90.00,EUR,card,f2,d2,declined,false
m3,o2,c2,2026-01-14 11:00:00,90.00,EUR,card,f2,d2,succeeded,false
m5,o3,c3,2026-01-14 11:00:00,45.00,EUR,card,f3,d3,succeeded,false
m6,o3,,2026-01-14 12:00:00,45.00,EUR,card,f4,d4,declined,false
""",
    "ml__predictions": """
prediction_id,model_name,model_version,entity_type,entity_id,score,decision,features,predicted_at
y1,fraud,v1,payment,m1,0.1,approve,"{""amount"": 9}",2026-01-11 09:59:00
y2,fraud,v1,Payment,m3,0.2,approve,"{""amount"": 90}",2026-01-14 10:58:00
y3,fraud,v1,customer,c2,0.3,approve,,2026-01-14 10:59:00
y4,fraud,v1,order,o2,0.3,approve,,2026-01-14 10:59:00
y5,fraud,v1,product,c2,0.3,approve,,2026-01-14 10:59:00
""",
    "surveys__invitations": """
invitation_id,survey,customer_id,sent_at
i1,nps,c2,2026-02-01 10:00:00
i2,nps,c1,2026-02-01 10:00:00
""",
    "surveys__responses": """
invitation_id,responded_at,score,comment
i1,2026-02-02 10:00:00,3,I am Ana
i2,2026-02-02 10:00:00,9,"Ask ANA LOPEZ (ana.new@example.com), or Yuki Sato"
""",
    "privacy__consents": """
consent_id,customer_id,anonymous_id,purpose,is_granted,recorded_at
k1,c2,,marketing,true,2026-01-10 10:00:00
k2,,a2,analytics,true,2026-01-10 10:00:00
k3,,shared,analytics,true,2026-01-10 10:00:00
""",
    "privacy__erasure_requests": f"""
{REQUESTS}
r1,c2,2026-02-20 10:00:00,
r2,c2,2026-02-21 10:00:00,
r3,unknown,2026-02-20 10:00:00,2026-02-25 10:00:00
r4,c3,2026-01-01 10:00:00,
""",
    "reference__tolerances": "raw_table,max_rejected_share,reason\ndefault,1,nothing stops here\n",
}
LEFT = {
    "app__customers": ("customer_id", {"c1", "c3", "c4"}),
    "app__orders": ("order_id", {"o1", "o2", "o3", "o4", "o5"}),
    "app__subscription_changes": ("change_id", {"s1", "s2", "s5", "s6", "s7"}),
    "events__events": ("event_id", {"e1", "e2", "e4", "e5", "e6", "e12", "e13"}),
    "experiments__exposures": ("exposure_id", {"x1", "x4"}),
    "ml__predictions": ("prediction_id", {"y1", "y5"}),
    "payments__payments": ("payment_id", {"m1", "m2", "m3", "m5", "m6"}),
    "privacy__consents": ("consent_id", {"k3"}),
    "surveys__invitations": ("invitation_id", {"i2"}),
    "surveys__responses": ("invitation_id", {"i2"}),
}
FORGOTTEN = ("c2", "ana@example.com", "ana.new@example.com", "+34 600 200 300", "Ana Lopez", "a2")


@pytest.fixture(autouse=True)
def pepper(monkeypatch, tmp_path):
    monkeypatch.setenv("GROUNDWORK_PEPPER", PEPPER)
    monkeypatch.setenv("GROUNDWORK_ERASURES", str(tmp_path / "erasures.json"))


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    return write_raw(tmp_path_factory.mktemp("asked") / "raw", TABLES | ASKED)


def rows_of(folder: pathlib.Path, table: str) -> list[dict[str, str]]:
    text = (folder / f"{table}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def copied(company: pathlib.Path, to: pathlib.Path) -> pathlib.Path:
    to.mkdir()
    for file in company.iterdir():
        (to / file.name).write_bytes(file.read_bytes())
    return to


def found_persons(folder: pathlib.Path, asked=(), knows_forgotten=False):
    connection = forget.landed(folder)
    tables = forget.erasure_tables()
    forget.find_persons(connection, tables, asked, knows_forgotten)
    return connection, tables


@pytest.fixture(scope="module")
def persons(company):
    return who(company)


def who(folder: pathlib.Path, knows_forgotten=False):
    """What forget.rewrite_files takes: the tables, those that name a person, and the persons."""
    connection, tables = found_persons(folder, knows_forgotten=knows_forgotten)
    return tables, forget.tables_with_persons(connection, tables), forget.persons_of(connection)


@pytest.fixture(scope="module")
def rewritten(company, persons, tmp_path_factory):
    """The company's files after c2 was taken out of them."""
    folder = copied(company, tmp_path_factory.mktemp("rewritten") / "raw")
    forget.rewrite_files(folder, *persons)
    return folder


def test_files_lose_the_rows_of_the_person_and_no_others(company, rewritten):
    for table, (key, left) in LEFT.items():
        assert {row[key] for row in rows_of(rewritten, table)} == left, table
        kept = {
            line
            for line in (company / f"{table}.csv").read_bytes().splitlines()
            if b",c2," not in line or b"product" in line
        }
        same = set((rewritten / f"{table}.csv").read_bytes().splitlines())
        if table not in ("app__orders", "payments__payments", "surveys__responses"):
            assert same <= kept, table
    untouched = {file.name for file in company.iterdir()} - {f"{table}.csv" for table in LEFT}
    for name in untouched - {"privacy__erasure_requests.csv"}:
        assert (company / name).read_bytes() == (rewritten / name).read_bytes()
    asked = rows_of(rewritten, "privacy__erasure_requests")
    assert [row["request_id"] for row in asked] == ["r4"], "asked before there was such a customer"


def test_what_is_kept_has_nobody(rewritten):
    orders = {row["order_id"]: row for row in rows_of(rewritten, "app__orders")}
    assert (orders["o2"]["customer_id"], orders["o2"]["status"]) == ("", "placed")
    assert orders["o1"]["customer_id"] == "c1"
    payments = {row["payment_id"]: row for row in rows_of(rewritten, "payments__payments")}
    personal = ("customer_id", "card_fingerprint", "device_id")
    assert [payments["m3"][name] for name in (*personal, "amount")] == ["", "", "", "90.00"]
    assert [payments["m5"][name] for name in personal] == ["c3", "f3", "d3"], "the friend who paid"
    assert [payments["m6"][name] for name in personal] == ["", "", ""], "nobody is named: hers"
    comments = [row["comment"] for row in rows_of(rewritten, "surveys__responses")]
    assert comments == ["Ask [erased] ([erased]), or Yuki Sato"]


def test_no_byte_of_the_person_is_left_in_the_files(company, rewritten):
    def found(folder):
        text = "\n".join(file.read_text(encoding="utf-8") for file in folder.iterdir())
        return {
            value for value in FORGOTTEN if re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text)
        }

    assert found(company) == set(FORGOTTEN), "the control"
    assert found(rewritten) - {"c2"} == set()
    # A prediction on a product that has the number of a customer is of a product.
    assert "c2" in found(rewritten)


def test_a_build_takes_out_what_the_files_lose(company, rewritten):
    """The same rows by SQL in the raw tables of a build, and by bytes in the files."""
    connection, tables = found_persons(company)
    connection.execute("create table raw.landed_files (table_name varchar, relation_type varchar)")
    connection.execute(
        "create table raw.erased_rows (table_name varchar, row_status varchar, person varchar, "
        "arrival_date date, row_count bigint)"
    )
    by_name = {table.name: table for table in tables}
    for name, row_count, is_view in connection.execute(erasure.count_statement(tables)).fetchall():
        for statement in (
            erasure.change_statements(by_name[name], "date '2026-01-01'", is_view)
            if row_count
            else []
        ):
            connection.execute(statement)
    other = forget.landed(rewritten)
    for table in tables:
        rows = f"select * from {table.relation} order by all"
        assert connection.execute(rows).fetchall() == other.execute(rows).fetchall(), table.name
    counted = (
        "select sum(row_count) from raw.erased_rows where row_status = 'erased' and person = 'c2'"
    )
    before, after = (
        sum(len(rows_of(folder, table)) for table in LEFT) for folder in (company, rewritten)
    )
    assert connection.execute(counted).fetchone()[0] == before - after
    again = connection.execute(erasure.count_statement(tables)).fetchall()
    assert sum(count for _, count, _ in again) == 0


def test_parquet_loses_the_same_rows(company, persons, rewritten, tmp_path):
    folder = copied(company, tmp_path / "parquet")
    for table in ("events__events", "payments__payments", "app__orders"):
        rows = rows_of(company, table)
        columns = {name: [row[name] or None for row in rows] for name in rows[0]}
        # In two row groups, as a writer of large files has them.
        pq.write_table(pa.table(columns), folder / f"{table}.parquet", row_group_size=4)
        (folder / f"{table}.csv").unlink()
    done, remaining = forget.rewrite_files(folder, *persons)
    assert (done["events__events.parquet"], remaining) == ("4 erased", [])
    for table in ("events__events", "payments__payments", "app__orders"):
        rows = pq.read_table(folder / f"{table}.parquet").to_pylist()
        expected = [
            {name: value or None for name, value in row.items()}
            for row in rows_of(rewritten, table)
        ]
        assert rows == expected, table


# ---- CSV -------------------------------------------------------------------

PERSONS = files.Persons(
    {"app.customers": {"c1", "c7"}, "anonymous_id": {"a1"}},
    re.compile(r"bob@x\.example", re.IGNORECASE),
    re.compile(r"(?<!\w)c1(?!\w)"),
)
WORDS = ["", 'say "hi"', "two\nlines", "a,b;c\td", "안녕 BOB@x.example!", "c1 x", 'a"b', "x\u2028y"]


def random_csv(chance: random.Random) -> tuple[landing_files.Layout, bool, bytes, bytes]:
    """A file and what it should become, with whatever quotes, line ends and separators."""
    delim, end = chance.choice(",;\t"), chance.choice(["\n", "\r\n"])

    def quoted(value: str) -> str:
        return '"' + value.replace('"', '""') + '"'

    def cell(value: str) -> str:
        must = delim in value or "\n" in value or value.startswith('"')
        # A quote in the middle of a field that opened without one is a letter.
        return quoted(value) if must or chance.random() < 0.3 else value

    is_kept, names = chance.random() < 0.5, ["id", "customer_id", "anonymous_id", "words"]
    given = wanted = (b"\xef\xbb\xbf" * chance.randrange(2)) + (delim.join(names) + end).encode()
    for number in range(chance.randrange(12)):
        row = [f"r{number}", chance.choice(["c1", "c2", "", "c7", " c1 "])]
        row += [chance.choice(["a1", "a2", ""]), chance.choice(WORDS)]
        cells = [cell(value) for value in row]
        given += (delim.join(cells) + end).encode()
        owner = row[1].strip()
        is_persons = owner in ("c1", "c7") if owner else row[2] == "a1"
        if is_persons and not is_kept:
            continue
        if is_persons:
            cells[1:3] = [
                "" if value.strip() else made
                for value, made in zip(row[1:3], cells[1:3], strict=True)
            ]
        if "BOB" in row[3]:
            cells[3] = row[3].replace("BOB@x.example", "[erased]")
        wanted += (delim.join(cells) + end).encode()
    return landing_files.Layout("utf-8-sig", delim, 0, names), is_kept, given, wanted


def test_other_rows_of_a_csv_keep_every_byte():
    chance = random.Random(5)
    for _ in range(600):
        layout, is_kept, given, wanted = random_csv(chance)
        columns = files.Columns(
            "customer_id",
            (("anonymous_id", "anonymous_id", None),),
            is_kept,
            ("customer_id", "anonymous_id"),
            ("words",),
        )
        assert files.rewritten_csv(given, layout, columns, PERSONS)[0] == wanted


def test_records_are_those_that_duckdb_reads(tmp_path):
    """Whatever the quotes: DuckDB's reader is how a build sees the file."""
    chance = random.Random(8)
    for number in range(60):
        layout, _, given, _ = random_csv(chance)
        file = tmp_path / f"{number}.csv"
        file.write_bytes(given)
        rows = len(list(files.records(given, layout.delim.encode()))) - 1
        read = duckdb.sql(
            f"""select count(*) from read_csv('{file}', delim = '{layout.delim}', header = true, quote = '"',
            escape = '"', all_varchar = true, auto_detect = false, null_padding = false,
            columns = {{'id': 'varchar', 'c': 'varchar', 'a': 'varchar', 'w': 'varchar'}})"""
        ).fetchone()[0]
        assert read == rows


def test_an_unreadable_line_of_the_person_goes(tmp_path):
    layout = landing_files.Layout("utf-8-sig", ",", 0, ["id", "customer_id"])
    columns = files.Columns("customer_id", (), False, (), ())
    given = b"id,customer_id\nr1,c2\nr2,c1,too,many\nr3,c2,too\n"
    new, change = files.rewritten_csv(given, layout, columns, PERSONS)
    assert (new, change.erased) == (b"id,customer_id\nr1,c2\nr3,c2,too\n", 1)


def test_what_cannot_be_written_anew_is_said(company, tmp_path):
    folder = copied(company, tmp_path / "raw")
    (folder / "support__tickets.sql").write_text(
        "select 't1' as ticket_id, 'c2' as customer_id, 'phone' as channel, 'other' as topic, "
        "'2026-02-01 10:00:00' as opened_at"
    )
    # Nobody who is erased is in this one.
    (folder / "devices__readings.csv").rename(folder / "devices__readings.tsv")
    _, remaining = forget.rewrite_files(folder, *who(folder))
    assert remaining == ["support__tickets.sql (files of this kind are not written)"]
    utf16 = landing_files.Layout("utf-16", ",", 0, ["a"])
    with pytest.raises(files.CannotRewrite):
        files.rewritten_csv(b"", utf16, files.Columns(None, (), False, (), ()), PERSONS)


# ---- The pepper, and who is known by it -------------------------------------


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("GROUNDWORK_PEPPER", "", "there is none: set GROUNDWORK_PEPPER_FILE"),
        ("GROUNDWORK_PEPPER", "short", "has 5 signs; it needs at least 16"),
        ("GROUNDWORK_PEPPER_FILE", "/nowhere/pepper", "cannot be read: No such file"),
        ("GROUNDWORK_PEPPER_FILE", str(PROJECT / "README.md"), "lies in the project"),
    ],
)
def test_without_a_secret_nothing_is_hashed(monkeypatch, setting, value, said):
    monkeypatch.delenv("GROUNDWORK_PEPPER")
    monkeypatch.setenv(setting, value)
    with pytest.raises(privacy.NoPepper, match=said):
        privacy.keyed("c2")


def test_a_keyed_hash_is_another_with_another_pepper(monkeypatch, tmp_path):
    one = privacy.keyed("c2")
    assert one == privacy.keyed("c2") != privacy.keyed("c3")
    file = tmp_path / "pepper"
    file.write_text("another secret that is long\n")
    monkeypatch.delenv("GROUNDWORK_PEPPER")
    monkeypatch.setenv("GROUNDWORK_PEPPER_FILE", str(file))
    assert privacy.keyed("c2") != one


def test_who_was_forgotten_is_known_when_the_files_come_back(company, persons, tmp_path):
    """By hashes alone: the request is gone, and each table is enough."""
    keys = [(kind, key) for kind, keys in persons[2].keys.items() for key in keys]
    forget.write_records(
        {"keys": sorted(privacy.keyed(privacy.forgotten_key(*key)) for key in keys), "receipts": []}
    )
    text = privacy.records_file().read_text()
    assert not any(
        re.search(rf'"{re.escape(value)}"|{re.escape(value)}\b', text) for value in FORGOTTEN[1:]
    )
    folder = copied(company, tmp_path / "raw")
    for name in ("app__customers", "events__events", "privacy__erasure_requests", "app__orders"):
        (folder / f"{name}.csv").write_text(rows_header(company, name))
    done, _ = forget.rewrite_files(folder, *who(folder, knows_forgotten=True))
    assert done["surveys__responses.csv"].startswith("1 erased")
    assert done["ml__predictions.csv"] == "3 erased"
    assert done["privacy__consents.csv"] == "2 erased"


def rows_header(folder: pathlib.Path, table: str) -> str:
    return (folder / f"{table}.csv").read_text().splitlines()[0] + "\n"


def test_a_table_that_cannot_be_kept_is_said():
    for keeps, said in (
        (["app.subscription_changes"], "customer_id must have a value"),
        (["app.customers"], "it is the table of persons"),
        (["app.order"], "which is no raw table"),
    ):
        with pytest.raises(erasure.CannotKeep, match=said):
            erasure.tables_of(forget.described(), keeps)


def test_a_user_s_own_table_is_followed_by_its_contract():
    own = {
        "name": "crm__notes",
        "key": ["note_id"],
        "columns": [
            {"name": "note_id", "pii": None, "parent": None, "parents": None, "optional": False},
            {
                "name": "invitation_id",
                "pii": None,
                "parent": "surveys.invitations",
                "parents": None,
                "optional": True,
            },
        ],
    }
    found = {table.name: table for table in erasure.tables_of([*forget.described(), own], [])}
    assert [way.kind for way in found["crm__notes"].ways] == ["'surveys.invitations'"]
    staff = {
        "bi__dashboard_views",
        "platform__query_runs",
        "experiments__decisions",
        "ads__campaigns",
    }
    assert not staff & found.keys(), "nobody's rows"


# ---- Builds ----------------------------------------------------------------

# By their files: a metric may have the name of a table.
SELECTED = [
    f"+path:models/{file}.sql"
    for file in (
        "marts/core/raw_row_days",
        "marts/core/events",
        "marts/core/orders",
        "marts/privacy/erasure_receipts",
        "vault/rejected_rows",
    )
]
OPTIONS = {"variables": {"as_of": "2026-03-31"}, "select": SELECTED}


@pytest.fixture(scope="module")
def builds(company, tmp_path_factory):
    """A warehouse before anybody asked, the increment of it after, and a whole build after."""
    folder = tmp_path_factory.mktemp("builds")
    raw = copied(company, folder / "raw")
    nobody = folder / "nobody" / "warehouse.duckdb"
    (raw / "privacy__erasure_requests.csv").write_text(f"{REQUESTS}\n")
    build(nobody, raw, tests=False, **OPTIONS)
    increment = folder / "increment" / "warehouse.duckdb"
    increment.parent.mkdir()
    increment.write_bytes(nobody.read_bytes())
    (raw / "privacy__erasure_requests.csv").write_bytes(
        (company / "privacy__erasure_requests.csv").read_bytes()
    )
    build(increment, raw, **OPTIONS)
    whole = folder / "whole" / "warehouse.duckdb"
    build(whole, raw, tests=False, **OPTIONS)
    return nobody, increment, whole


def test_an_increment_forgets_as_a_whole_build_does(builds):
    _, increment, whole = builds
    tables = query(
        whole,
        "select table_schema || '.' || table_name from information_schema.tables "
        "where table_schema not in ('platform', 'reference') and table_type = 'BASE TABLE' "
        "and table_name not in ('landed_files', 'built_settings', 'settings_of_the_run', 'kept_changes') "
        "and table_name not like 'changes_of_%'",
    )
    assert len(tables) > 40
    assert {t for (t,) in tables if table_hash(increment, t) != table_hash(whole, t)} == set()


def test_no_table_has_the_person_but_the_list_of_requests(builds):
    nobody, increment, _ = builds
    forms = canaries.forms_of([*FORGOTTEN[1:5], "c2 is too short to be searched"])
    with duckdb.connect(str(nobody), read_only=True) as connection:
        assert {"raw.raw_app__customers", "core.customers"} - canaries.found_in_tables(
            connection, forms, homes=()
        ).keys() <= {"core.customers"}, "the control"
    with duckdb.connect(str(increment), read_only=True) as connection:
        found = canaries.found_in_tables(connection, forms, homes=())
    assert found == {}
    holding = {
        f"{schema}.{table}"
        for schema, table in query(
            increment,
            "select table_schema, table_name from information_schema.columns where column_name = 'customer_id'",
        )
        if query(increment, f"select 1 from {schema}.{table} where customer_id = 'c2'")
    }
    assert holding == {
        "raw.raw_privacy__erasure_requests",
        "staging.validated_privacy__erasure_requests",
        "staging.stg_privacy__erasure_requests",
        "vault.erased_rows",
    }


def test_erased_rows_are_counted_with_the_others(builds):
    nobody, increment, _ = builds
    counted = (
        "select table_name, sum(raw_row_count), sum(erased_count) from core.raw_row_days group by 1"
    )
    before = {table: rows for table, rows, _ in query(nobody, counted)}
    after = {table: (rows, erased) for table, rows, erased in query(increment, counted)}
    for table in LEFT:
        name = table.split("__")[1]
        assert after[name][0] == before[name], "raw rows are those of the file"
    assert after["events"][1] == 4 and after["responses"][1] == 1 and after["orders"][1] == 0
    assert query(
        increment, "select count(*) from vault.rejected_rows where raw_row like '%c2%'"
    ) == [(0,)]


def test_orders_keep_their_amounts(builds):
    nobody, increment, _ = builds
    amounts = "select order_id, revenue, revenue_date from core.orders order by 1"
    assert query(nobody, amounts) == query(increment, amounts)
    owners = dict(query(increment, "select order_id, customer_id from core.orders"))
    assert (owners["o1"], owners["o2"], owners["o3"]) == ("c1", None, None)


def test_each_request_has_its_receipt(builds):
    _, increment, _ = builds
    found = query(
        increment,
        "select request_id, status, days_taken, is_counted, is_within_30_days, erased_row_count, kept_row_count "
        "from privacy.erasure_receipts order by 1",
    )
    assert found == [
        ("r1", "in_the_warehouse", None, True, False, 17, 5),
        ("r2", "repeated", None, False, False, 17, 5),
        ("r3", "nothing_found", 5, True, True, 0, 0),
        ("r4", "before_the_person", None, False, False, 0, 0),
    ]


# ---- make forget -----------------------------------------------------------


@pytest.fixture
def forgetting(monkeypatch, tmp_path):
    """make forget without its builds: what they would be asked is kept."""
    asked = []
    monkeypatch.setenv("GROUNDWORK_DB", str(tmp_path / "warehouse.duckdb"))
    monkeypatch.setenv("GROUNDWORK_PUBLISHED", str(tmp_path / "published"))
    monkeypatch.setenv("DBT_LOG_PATH", str(tmp_path / "logs"))
    monkeypatch.setattr(forget, "build_anew", asked.append)
    monkeypatch.setattr(forget.subprocess, "run", lambda words, **_: asked.append(words))
    monkeypatch.setattr(forget, "target_folder", lambda: tmp_path / "target")
    return asked


def test_a_run_that_was_killed_is_finished_by_the_next(
    company, rewritten, forgetting, monkeypatch, tmp_path
):
    folder, done = copied(company, tmp_path / "raw"), []
    whole = forget.forget_files.rewrite

    def killed(file, *rest):
        if len(done) == 3:
            (file.parent / "half.csv.forgetting").write_text("half of a person: c2")
            raise KeyboardInterrupt
        done.append(file)
        return whole(file, *rest)

    monkeypatch.setattr(forget.forget_files, "rewrite", killed)
    with pytest.raises(KeyboardInterrupt):
        forget.forget(folder, [], tmp_path / "site")
    assert not {row["customer_id"] for row in rows_of(folder, "app__orders")} & {"c2"}
    monkeypatch.setattr(forget.forget_files, "rewrite", whole)
    receipts = forget.forget(folder, [], tmp_path / "site")
    for file in rewritten.iterdir():
        assert (folder / file.name).read_bytes() == file.read_bytes(), file.name
    assert not list(folder.glob("*.forgetting"))
    assert [receipt["request_id"] for receipt in receipts] == ["r1", "r2", "r3"]
    assert all(receipt["done_at"] for receipt in receipts)
    assert receipts[0]["erased_row_count"] == 17, "counted before the first file was written"
    assert forget.forget(folder, [], tmp_path / "site") == [], "nobody is left"


def test_a_folder_that_cannot_be_written_is_said(
    company, forgetting, monkeypatch, tmp_path, capsys
):
    folder = copied(company, tmp_path / "raw")
    monkeypatch.setattr(forget, "is_writable", lambda _: False)
    receipts = forget.forget(folder, [], tmp_path / "site")
    assert "cannot be written" in capsys.readouterr().out
    assert {receipt["done_at"] for receipt in receipts} == {None}
    assert "all raw files" in receipts[0]["remaining"]
    for file in company.iterdir():
        assert (folder / file.name).read_bytes() == file.read_bytes()
    assert len(forgetting) == 2, "the warehouse is built anew all the same"


def test_somebody_unknown_is_not_forgotten(company, forgetting, tmp_path):
    folder = copied(company, tmp_path / "raw")
    (folder / "privacy__erasure_requests.csv").write_text(f"{REQUESTS}\n")
    with pytest.raises(forget.CannotForget, match=r"No row of .* names c77: nobody was"):
        forget.forget(folder, ["c77"], tmp_path / "site")
    assert (forgetting, privacy.records_file().exists()) == ([], False)


def test_without_a_pepper_nothing_is_begun(company, forgetting, monkeypatch, tmp_path):
    monkeypatch.delenv("GROUNDWORK_PEPPER")
    folder = copied(company, tmp_path / "raw")
    with pytest.raises(privacy.NoPepper):
        forget.forget(folder, ["c2"], tmp_path / "site")
    assert forgetting == []
    for file in company.iterdir():
        assert (folder / file.name).read_bytes() == file.read_bytes()


def test_bytes_are_searched_without_compression(tmp_path):
    """A compressed file hides what SQL finds; the copy shows it."""
    database = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "create table t as select case when i = 7 then 'ana@example.com' else 'x' || i end as mail from range(200000) as r (i)"
        )
    assert forget.found_in_bytes(database, ["ana@example.com"]) == ["ana@example.com"]
    assert forget.search(["ana@example.com"], {"it": database}) == {
        "it main.t": 1,
        "it ana@example.com": 1,
    }
    with duckdb.connect(str(database)) as connection:
        connection.execute("delete from t where mail = 'ana@example.com'")
    assert forget.search(["ana@example.com"], {"it": database}) == {}


@pytest.mark.slow
def test_thirty_people_are_forgotten_with_proof(tmp_path, monkeypatch):
    """Found before, found nowhere after; a whole build is the same; a replay brings nobody back."""
    raw = tmp_path / "raw"
    script = PROJECT / "ingest" / "demo_company.py"
    options = ["--seed", "7", "--scale", "0.5", "--quiet", "--out", str(raw)]
    subprocess.run([sys.executable, script, *options], check=True)
    people = thirty_people(raw)
    database = tmp_path / "warehouse.duckdb"
    run_dbt(database, raw)
    replayed = copied(raw, tmp_path / "replayed")
    values = values_of_people(raw, people)
    assert len(values) > 120
    missing = set(values) - found_values(database, raw, values)
    assert missing == set(), "the control: the search sees each of them"
    before = forget.metrics_of(database)

    ended = run_forget(database, raw, people)
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]
    assert found_values(database, raw, values) == set()
    assert (
        forget.search(values, {"it": database, "target": pathlib.Path(f"{database}.target")}) == {}
    )
    assert not list(tmp_path.glob("*.tmp")) and not list(tmp_path.glob("*.wal"))
    receipts = query(
        database,
        "select status, found_count, erased_row_count, moved_metrics from privacy.erasure_receipts "
        "where request_id like 'forget%'",
    )
    assert len(receipts) == 30
    assert {(status, found) for status, found, _, _ in receipts} == {("forgotten", 0)}
    erased = len_of(replayed) - len_of(raw)
    assert sum(count for _, _, count, _ in receipts) == erased > 1000
    assert json.loads(receipts[0][3]) == forget.moved(before, forget.metrics_of(database))

    other = tmp_path / "other" / "warehouse.duckdb"
    run_dbt(other, raw, records=f"{database}.erasures.json")
    assert different(database, other) == set()
    for file in replayed.iterdir():
        shutil.copy(file, raw / file.name)
    run_dbt(database, raw)
    with duckdb.connect(str(database), read_only=True) as connection:
        assert canaries.found_in_tables(connection, forget.forms_of(values), homes=()) == {}


def thirty_people(raw: pathlib.Path) -> list[str]:
    """Those with most orders; they get names that nobody else has."""
    orders = Counter(
        row["customer_id"] for row in rows_of(raw, "app__orders") if row["customer_id"]
    )
    people = [person for person, _ in orders.most_common(30)]
    rows = rows_of(raw, "app__customers")
    for row in rows:
        if row["customer_id"] in people:
            row["full_name"] = f"Rarename Nr{people.index(row['customer_id']):03d}"
    written = io.StringIO()
    writer = csv.DictWriter(written, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    (raw / "app__customers.csv").write_text(written.getvalue(), encoding="utf-8")
    return people


def values_of_people(raw: pathlib.Path, people: list[str]) -> list[str]:
    connection, _ = found_persons(raw, people)
    return forget.values_of(connection)


def found_values(database: pathlib.Path, raw: pathlib.Path, values: list[str]) -> set[str]:
    """The values that are found by SQL in the warehouse, or in the bytes of the raw files."""
    text = "\n".join(file.read_text(encoding="utf-8") for file in raw.glob("*.csv"))
    found = {value for value in values if re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text)}
    return found | set(forget.found_in_bytes(database, values))


def len_of(raw: pathlib.Path) -> int:
    return sum(len(rows_of(raw, file.stem)) for file in raw.glob("*.csv") if "__" in file.stem)


def environment_of(database: pathlib.Path, raw: pathlib.Path, records: str) -> dict[str, str]:
    _, environment = dbt_command(database, raw)
    return environment | {
        "GROUNDWORK_PEPPER": PEPPER,
        "GROUNDWORK_ERASURES": records or f"{database}.erasures.json",
        "GROUNDWORK_PUBLISHED": str(database.parent / "published"),
    }


def run_dbt(database: pathlib.Path, raw: pathlib.Path, records: str = "") -> None:
    words, _ = dbt_command(database, raw)
    database.parent.mkdir(exist_ok=True)
    environment = environment_of(database, raw, records)
    ended = subprocess.run(
        words, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout[-3000:]


def run_forget(database: pathlib.Path, raw: pathlib.Path, people: list[str]):
    words = [sys.executable, str(PROJECT / "tools" / "forget.py")]
    words += ["--customer", ",".join(people), "--site", str(database.parent / "site")]
    return subprocess.run(
        words,
        cwd=PROJECT,
        env=environment_of(database, raw, ""),
        capture_output=True,
        text=True,
        check=False,
    )


def different(one: pathlib.Path, other: pathlib.Path) -> set[str]:
    """The tables whose rows differ, but for those that the clock makes, and what was landed when and with what."""
    tables = query(
        one,
        f"""
        select table_schema || '.' || table_name from information_schema.tables
        where table_type = 'BASE TABLE' and table_schema <> 'platform'
            and table_name not in ('landed_files', '{"', '".join(MEASURED)}')
        """,
    )
    assert len(tables) > 200
    return {table for (table,) in tables if table_hash(one, table) != table_hash(other, table)}
