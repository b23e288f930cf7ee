"""Files as they come: each kind is read as the text that was meant, each way of writing values comes back as the value
that was written, and each file that cannot be read is said with its file, table, column or value, and what to do."""

import datetime
import gzip
import json
import os
import pathlib
import random
import sys
import unicodedata
import zipfile

import duckdb
import openpyxl
import pytest
from warehouse import PROJECT

for folder in ("plugins", "tools"):
    sys.path.append(str(PROJECT / folder))

import contracts  # noqa: E402
import doctor  # noqa: E402
import landing  # noqa: E402
import landing_files  # noqa: E402
import landing_sql  # noqa: E402
import landing_values  # noqa: E402
import map_columns  # noqa: E402

TABLES = {
    landing.file_name(table): table
    for table in (contracts.landing_table(seed, "raw") for seed in contracts.seeds("raw"))
}
HEAD = "order_id,customer_id,ordered_at,status,currency,discount_amount"


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as opened:
        opened.execute("set TimeZone = 'UTC'")
        yield opened


@pytest.fixture(autouse=True)
def _converted_beside(tmp_path, monkeypatch):
    monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path / "target"))


def write(folder: pathlib.Path, files: dict) -> pathlib.Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if callable(content):
            content(path)
        else:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def workbook(rows, title="Sheet1", more=None, is_1904=False):
    """Writes rows into a sheet, and other sheets beside it."""

    def save(path):
        book = openpyxl.Workbook()
        book.active.title = title
        for row in rows:
            book.active.append(row)
        for name, others in (more or {}).items():
            sheet = book.create_sheet(name)
            for row in others:
                sheet.append(row)
        if is_1904:
            book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
        book.save(path)

    return save


def parquet(select):
    return lambda path: duckdb.execute(f"copy ({select}) to '{path}' (format parquet)")


def landed(connection, raw, table="app__orders"):
    """The rows that land of a table, and what was assumed; raises what stops it."""
    plan = landing.plan(connection, TABLES[table], "landed", str(raw))
    if "problem" in plan:
        raise landing.Problem(plan["problem"])
    for kind in ("view", "table"):
        if connection.execute(
            f"select 1 from duckdb_{kind}s() where {kind}_name = 'landed'"
        ).fetchall():
            connection.execute(f"drop {kind} landed")
    for statement in plan["statements"]:
        connection.execute(statement)
    result = connection.execute("from landed order by all")
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()], plan["assumed"]


def one_order(ordered_at="2025-03-01", discount="0", status="paid", key="o1"):
    return f"{HEAD}\n{key},c1,{ordered_at},{status},KRW,{discount}\n"


SEMICOLONS = "order_id;customer_id;ordered_at;status;currency;discount_amount\no1;홍길동;2025-03-01;paid;KRW;0\n"
JSON_ROW = {
    "order_id": "o1",
    "customer_id": "홍길동",
    "ordered_at": "2025-03-01",
    "status": "paid",
    "currency": "KRW",
    "discount_amount": 0,
}
COMMAS = SEMICOLONS.replace(";", ",")
KINDS = {
    "app__orders.csv.gz": gzip.compress(COMMAS.encode()),
    "app__orders.tsv": SEMICOLONS.replace(";", "\t"),
    "app__orders.TSV": SEMICOLONS.replace(";", "\t"),
    "app__orders.CSV": COMMAS,
    "app__orders.csv": SEMICOLONS,
    "app__orders.txt": SEMICOLONS.replace(";", "|"),
    "app__orders.json": json.dumps([JSON_ROW]),
    "app__orders.jsonl": json.dumps(JSON_ROW, ensure_ascii=False) + "\n",
    "app__orders.ndjson.gz": gzip.compress(json.dumps(JSON_ROW).encode()),
    "app__orders.xlsx": workbook([["2025년 주문"], [], list(JSON_ROW), list(JSON_ROW.values())]),
    "app__orders.parquet": parquet(
        "select 'o1' as order_id, '홍길동' as customer_id, '2025-03-01' as ordered_at, 'paid' as status, 'KRW' as currency, '0' as discount_amount"
    ),
    "app__orders/000001.parquet": parquet(
        "select 'o1' as order_id, '홍길동' as customer_id, '2025-03-01' as ordered_at, 'paid' as status, 'KRW' as currency, '0' as discount_amount"
    ),
}
ENCODED = {
    "CP949": COMMAS.encode("cp949"),
    "UTF-16": COMMAS.encode("utf-16"),
    "UTF-16 without a mark": COMMAS.encode("utf-16-le"),
    "UTF-8 with a mark": COMMAS.encode("utf-8-sig"),
    "CP949, a title line and semicolons": ("주문내역 2025\n\n" + SEMICOLONS).encode("cp949"),
    "packed CP949": gzip.compress(COMMAS.encode("cp949")),
}


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_of_file_is_read(connection, tmp_path, name):
    raw = write(tmp_path / "raw", {name: KINDS[name]})
    before = sorted(raw.rglob("*"))
    rows, _ = landed(connection, raw)
    assert [(row["order_id"], row["customer_id"], row["ordered_at"]) for row in rows] == [
        ("o1", "홍길동", "2025-03-01")
    ]
    assert sorted(raw.rglob("*")) == before, "nothing is written to the user's folder"


@pytest.mark.parametrize("case", ENCODED)
def test_each_encoding_is_read(connection, tmp_path, case):
    name = "app__orders.csv.gz" if case.startswith("packed") else "app__orders.csv"
    rows, assumed = landed(connection, write(tmp_path / "raw", {name: ENCODED[case]}))
    assert [row["customer_id"] for row in rows] == ["홍길동"]
    assert ("CP949" in case) == any("CP949" in each["assumption"] for each in assumed)


def test_a_long_korean_file_is_read_as_python_reads_it(connection, tmp_path):
    """Longer than a step of the decoder, so that characters are cut in two at its ends."""
    letters = random.Random(1)
    names = [
        "".join(letters.choices("가나다라마힣뷁똠 abc", k=letters.randint(1, 30)))
        for _ in range(120_000)
    ]
    text = "customer_id,country_code,created_at,full_name\n" + "".join(
        f"{at},KR,2025-03-01,{name.strip() or 'x'}\n" for at, name in enumerate(names)
    )
    raw = write(tmp_path / "raw", {"app__customers.csv": text.encode("cp949")})
    assert len(text.encode("cp949")) > landing_files.STEP
    landed_rows, _ = landed(connection, raw, "app__customers")
    assert {int(row["customer_id"]): row["full_name"] for row in landed_rows} == {
        at: name.strip() or "x" for at, name in enumerate(names)
    }


def test_latin_letters_are_read_where_they_stand_in_words(connection, tmp_path):
    text = "customer_id,country_code,created_at,full_name\n1,FR,2025-03-01,José Müller\n2,FR,2025-03-01,Renée\n"
    rows, _ = landed(
        connection,
        write(tmp_path / "a", {"app__customers.csv": text.encode("latin-1")}),
        "app__customers",
    )
    assert [row["full_name"] for row in rows] == ["José Müller", "Renée"]


# --- values

MOMENTS = {
    "y.m.d": lambda at: (
        f"{at.year}. {at.month}. {at.day}. {half(at)} {at.hour % 12 or 12}:{at:%M:%S}"
    ),
    "y년 m월 d일": lambda at: (
        f"{at.year}년 {at.month}월 {at.day}일 {at.hour}시 {at.minute}분 {at.second}초"
    ),
    "y-m-d": lambda at: f"{at:%Y-%m-%d} {half(at)} {at.hour % 12 or 12}:{at:%M:%S}",
    "yyyymmddhhmmss": lambda at: f"{at:%Y%m%d%H%M%S}",
    "mon d y": lambda at: f"{at:%b} {at.day}, {at.year} {at:%I:%M:%S %p}",
    "d mon y": lambda at: f"{at.day} {at:%B} {at.year} {at:%H:%M:%S}",
    "d/m/y": lambda at: f"{at:%d/%m/%Y %H:%M:%S}",
    "m/d/y": lambda at: f"{at.month}/{at.day}/{at.year} {at:%I:%M:%S %p}",
    "d.m.y": lambda at: f"{at:%d.%m.%Y %H:%M:%S}",
    "serial": lambda at: repr((at - datetime.datetime(1899, 12, 30)) / datetime.timedelta(days=1)),
    "epoch_s": lambda at: str(int((at - datetime.datetime(1970, 1, 1)).total_seconds())),
    "epoch_ms": lambda at: str(int((at - datetime.datetime(1970, 1, 1)).total_seconds()) * 1000),
    "epoch_us": lambda at: str(
        int((at - datetime.datetime(1970, 1, 1)).total_seconds()) * 1_000_000
    ),
}
NUMBERS = {
    "won": lambda value: f"{value:,.0f}원",
    "₩": lambda value: f"₩{value:,.0f}",
    "dollars": lambda value: f"${value:,.2f}" if value >= 0 else f"-${-value:,.2f}",
    "brackets": lambda value: f"{value:,.2f}" if value >= 0 else f"({-value:,.2f})",
    "minus behind": lambda value: f"{abs(value):,.2f}" + "-" * (value < 0),
    "continental": lambda value: f"{value:,.2f}".translate(str.maketrans(",.", ".,")),
    "French": lambda value: f"{value:,.2f}".replace(",", " ").replace(".", ","),
    "full width": lambda value: f"{value:.2f}".translate(
        str.maketrans("0123456789.-", "０１２３４５６７８９．－")
    ),
    "Swiss": lambda value: f"{value:,.2f}".replace(",", "'"),
}


def half(at):
    return "오전" if at.hour < 12 else "오후"


def random_moments(count=200, seed=5):
    dice = random.Random(seed)
    first = datetime.datetime(2001, 1, 1)
    return [first + datetime.timedelta(seconds=dice.randint(0, 800_000_000)) for _ in range(count)]


def csv_of(column, values):
    lines = [
        ",".join(
            json.dumps(value, ensure_ascii=False) if name == column else other
            for name, other in zip(
                HEAD.split(","), (f"o{at:05}", "c", "2025-03-01", "paid", "KRW", "0"), strict=True
            )
        )
        for at, value in enumerate(values)
    ]
    return "\n".join([HEAD, *lines]) + "\n"


@pytest.mark.parametrize("pattern", MOMENTS)
def test_moments_come_back_as_they_were_written(connection, tmp_path, pattern):
    moments = random_moments()
    raw = write(
        tmp_path / "raw",
        {"app__orders.csv": csv_of("ordered_at", [MOMENTS[pattern](at) for at in moments])},
    )
    rows, assumed = landed(connection, raw)
    read = [datetime.datetime.fromisoformat(row["ordered_at"].removesuffix("+00")) for row in rows]
    assert read == moments
    assert [(each["column_name"], each["value_count"]) for each in assumed] == [("ordered_at", 200)]
    assert pattern in assumed[0]["assumption"]


@pytest.mark.parametrize("pattern", NUMBERS)
def test_numbers_come_back_as_they_were_written(connection, tmp_path, pattern):
    dice = random.Random(6)
    places = 0 if pattern in ("won", "₩") else 2
    numbers = [round(dice.uniform(-10, 10) * 10 ** dice.randint(0, 6), places) for _ in range(200)]
    written = [NUMBERS[pattern](value).replace("-0원", "0원") for value in numbers]
    rows, assumed = landed(
        connection,
        write(
            tmp_path / "raw",
            {
                "app__orders.csv": csv_of("discount_amount", written).replace(
                    "KRW", "USD" if pattern == "dollars" else "KRW"
                )
            },
        ),
    )
    assert [float(row["discount_amount"]) for row in rows] == numbers
    assert [each["column_name"] for each in assumed] == ["discount_amount"]


@pytest.mark.parametrize(
    "pattern",
    [
        *landing_values.patterns("moment"),
        *landing_values.patterns("number"),
        *landing_values.patterns("boolean"),
    ],
    ids=lambda each: each.name,
)
def test_each_pattern_reads_its_own_example(connection, pattern):
    data_type = {"moment": "timestamp", "number": "decimal(24, 8)", "boolean": "boolean"}[
        pattern.kind
    ]
    read = landing_values.reading(pattern, "given", data_type)
    assert connection.execute(
        f"select {read} from (select $1 as given)", [pattern.example]
    ).fetchone() == (pattern.reads_as,)


def test_what_duckdb_and_dates_of_iso_read_is_left_alone(connection, tmp_path):
    """Every form that staging reads today lands as it came, and nothing is said to be assumed."""
    written = [
        "2025-03-01 10:00:00",
        "2025/3/1",
        "2025-03-01T10:00Z",
        "2025-03-01 10:00:00 +0900",
        "25-02-03",
        "2025-02-03",
    ]
    rows, assumed = landed(
        connection, write(tmp_path / "raw", {"app__orders.csv": csv_of("ordered_at", written)})
    )
    assert [row["ordered_at"] for row in rows] == written and assumed == []
    numbers = ["1", "-5.50", "1e3", "NaN", ".5", "1234.567"]
    rows, assumed = landed(
        connection,
        write(tmp_path / "more", {"app__orders.csv": csv_of("discount_amount", numbers)}),
    )
    assert [row["discount_amount"] for row in rows] == numbers and assumed == []


def test_one_value_that_fits_no_pattern_leaves_the_column_as_it_came(connection, tmp_path):
    written = ["2025.03.01", "N/A", "2025.03.02"]
    rows, assumed = landed(
        connection, write(tmp_path / "raw", {"app__orders.csv": csv_of("ordered_at", written)})
    )
    assert [row["ordered_at"] for row in rows] == written and assumed == []


def test_a_value_beyond_the_sample_decides_too(connection, tmp_path, monkeypatch):
    """The head of the file looks like d/m/y and like m/d/y; a day after the 12th comes only later."""
    monkeypatch.setattr(landing.mapping, "SAMPLE", 50)
    written = ["03/04/2025"] * 300 + ["03/25/2025"]
    rows, _ = landed(
        connection, write(tmp_path / "raw", {"app__orders.csv": csv_of("ordered_at", written)})
    )
    assert {row["ordered_at"] for row in rows} == {"2025-03-04", "2025-03-25"}
    written = [""] * 300 + ["2025. 3. 25."]
    rows, _ = landed(
        connection, write(tmp_path / "later", {"app__orders.csv": csv_of("ordered_at", written)})
    )
    assert {row["ordered_at"] for row in rows} == {None, "2025-03-25"}


def test_values_behind_a_line_that_is_no_csv_decide_too(connection, tmp_path):
    """DuckDB's ignore_errors leaves out all that follows a quote inside quotes: 1.234 would be read as it stands."""
    text = csv_of("discount_amount", ["1.234", '5" x"', "99,50"]).replace('\\"', '"')
    rows, _ = landed(connection, write(tmp_path / "raw", {"app__orders.csv": text}))
    assert [row["discount_amount"] for row in rows] == ["1234", "99.50", None]
    assert "unquoted value" in rows[2]["_unreadable_line"]


def test_the_naive_ways_are_wrong(connection, tmp_path):
    """What DuckDB makes of the same files by itself: ids lose their zeros or get quotes, months become days."""
    ids = tmp_path / "ids.csv"
    ids.write_text("order_id,day\n1E5,03/04/2025\n10E4,05/06/2025\n")
    guessed = connection.execute(
        f"select count(distinct order_id), any_value(typeof(day)) from read_csv('{ids}')"
    )
    assert guessed.fetchall() == [(1, "DATE")]
    mixed = tmp_path / "ids.json"
    mixed.write_text('[{"order_id": "001"}, {"order_id": 12345678901234567890}]')
    found = connection.execute(f"select order_id::varchar from read_json('{mixed}')").fetchall()
    assert ("001",) not in found
    content = landing_files.content_of_export(connection, str(mixed))
    assert connection.execute(f"select order_id from {content.reader}").fetchall() == [
        ("001",),
        ("12345678901234567890",),
    ]
    # Without the pattern, a number cast by DuckDB is none, or loses its sign in a cleaning that keeps digits only.
    assert connection.execute(
        "select try_cast('12,000원' as double), regexp_replace('(1,234.50)', '[^0-9.]', '', 'g')"
    ).fetchone() == (None, "1234.50")


# --- workbooks


def test_a_workbook_is_read_as_it_shows(connection, tmp_path):
    rows = [
        ["주문내역 2025"],
        [],
        HEAD.split(","),
        [1001, "c1", datetime.datetime(2025, 3, 1, 15, 12), "paid", "KRW", 12000.5],
        ["A-2", "c2", 45717, "paid", "KRW", 3],
    ]
    found, assumed = landed(
        connection, write(tmp_path / "raw", {"app__orders.xlsx": workbook(rows)})
    )
    assert [(row["order_id"], row["discount_amount"]) for row in found] == [
        ("1001", "12000.5"),
        ("A-2", "3"),
    ]
    # A column of days and of serial numbers is written in two ways: staging says so, row by row.
    assert [row["ordered_at"] for row in found] == ["2025-03-01 15:12:00", "45717"]
    assert any("titles" in each["assumption"] for each in assumed)


def test_serial_numbers_of_a_workbook_are_days(connection, tmp_path):
    rows = [
        HEAD.split(","),
        *[[f"o{at}", "c", 45717 + at + 0.5, "paid", "KRW", 0] for at in range(20)],
    ]
    found, _ = landed(connection, write(tmp_path / "raw", {"app__orders.xlsx": workbook(rows)}))
    assert {row["ordered_at"] for row in found} >= {"2025-03-01 12:00:00", "2025-03-20 12:00:00"}


def test_days_of_a_workbook_that_counts_from_1904(connection, tmp_path):
    rows = [HEAD.split(","), ["o1", "c", datetime.datetime(2025, 3, 1), "paid", "KRW", 0]]
    found, assumed = landed(
        connection, write(tmp_path / "raw", {"app__orders.xlsx": workbook(rows, is_1904=True)})
    )
    assert found[0]["ordered_at"].startswith("2025-03-01")
    assert any("1904" in each["assumption"] for each in assumed)


def test_the_sheet_with_the_columns_is_meant(connection, tmp_path):
    save = workbook(
        [["notes"], ["nothing"]],
        "Notes",
        {"Orders": [HEAD.split(","), ["o1", "c", "2025-03-01", "paid", "KRW", 0]]},
    )
    found, assumed = landed(connection, write(tmp_path / "raw", {"app__orders.xlsx": save}))
    assert len(found) == 1 and "the sheet Orders is meant" in assumed[0]["assumption"]


def computed(path):
    """A workbook with what its reader leaves out: a failed formula, one that nothing computed, and zeros of a format."""
    book = openpyxl.Workbook()
    book.active.append(HEAD.split(","))
    for at in range(1, 4):
        book.active.append([at, f"c{at}", "2025-03-01", "paid", "KRW", 5])
        book.active.cell(at + 1, 1).number_format = "00000"
    book.active["F2"] = "#N/A"
    book.active["F2"].data_type = "e"
    book.active["F3"] = "=1+1"
    book.save(path)


def test_a_formula_without_a_value_is_not_empty(connection, tmp_path):
    """An empty discount counts as none, and an order without a customer as a guest's."""
    raw = write(tmp_path / "raw", {"app__orders.xlsx": computed})
    rows, _ = landed(connection, raw)
    assert [(row["order_id"], row["discount_amount"]) for row in rows] == [
        ("00001", "#N/A"),
        ("00002", "=1+1"),
        ("00003", "5"),
    ]
    said, stops = doctor.report(str(raw), str(tmp_path / "none.duckdb"))
    assert stops and "column discount_amount: 2 values are no decimal" in said
    write(raw, {"columns.yml": "app__orders: {empty: ['#N/A', '=1+1']}"})
    rows, _ = landed(connection, raw)
    assert [row["discount_amount"] for row in rows] == [None, None, "5"]


def in_percent(path):
    """Shares as a spreadsheet shows them: 0.1 as 10%, and one by a format of its own."""
    book = openpyxl.Workbook()
    book.active.append(["experiment_id", "variant", "is_control", "traffic_share"])
    for at, (share, shown) in enumerate([(0.1, "0%"), (0.125, "0.00%"), (0.29, "#,##0.0%")], 2):
        book.active.append(["e1", f"v{at}", "no", share])
        book.active.cell(at, 4).number_format = shown
    book.save(path)


def test_a_percentage_comes_as_it_is_shown(connection, tmp_path):
    """As a number it would be a hundredth of what the reader of the sheet sees: 10 % of discount would be 0.1 won."""
    table = "experiments__variants"
    raw = write(tmp_path / "raw", {f"{table}.xlsx": in_percent})
    rows, _ = landed(connection, raw, table)
    assert [row["traffic_share"] for row in rows] == ["10%", "12.5%", "29%"]
    said, stops = doctor.report(str(raw), str(tmp_path / "none.duckdb"))
    assert stops and "column traffic_share: 3 values are no double" in said
    write(raw, {"columns.yml": f"{table}: {{columns: {{traffic_share: {{format: '%'}}}}}}"})
    rows, _ = landed(connection, raw, table)
    assert [row["traffic_share"] for row in rows] == ["0.1", "0.125", "0.29"]


def failed_key(path):
    book = openpyxl.Workbook()
    book.active.append(HEAD.split(","))
    book.active.append(["o1", "#REF!", "2025-03-01", "paid", "KRW", 5])
    book.active["B2"].data_type = "e"
    book.save(path)


# --- signs of currencies


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("$5", "KRW"),
        ("€5", "USD"),
        ("5원", "USD"),
        ("5 USD", "CAD"),
        ("¥5", "KRW"),
        ("£1,000.50", "EUR"),
    ],
)
def test_an_amount_beside_the_sign_of_another_currency_stops(
    connection, tmp_path, amount, currency
):
    text = csv_of("discount_amount", ["1", amount]).replace("KRW", currency)
    with pytest.raises(landing.Problem) as stopped:
        landed(connection, write(tmp_path / "raw", {"app__orders.csv": text}))
    assert (
        f"app__orders.csv, column discount_amount: '{amount}' is an amount of a row whose currency is {currency}. Write"
    ) in str(stopped.value)


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("$5", "cad"),
        ("US$5", "USD"),
        ("5원", "KRW"),
        ("¥5", "CNY"),
        ("¥5", "JPY"),
        ("5 EUR", "EUR"),
    ],
)
def test_an_amount_beside_the_sign_of_its_currency_is_read(connection, tmp_path, amount, currency):
    text = csv_of("discount_amount", ["1", amount]).replace("KRW", currency)
    rows, _ = landed(connection, write(tmp_path / "raw", {"app__orders.csv": text}))
    assert [row["discount_amount"] for row in rows] == ["1", "5"]


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("as_number('12,000')", 12000),
        ("as_number('(1,234.50)')", -1234.5),
        ("as_number('₩12,000', 'krw')", 12000),
        ("as_number('US$ 5.20', 'USD')", 5.2),
        ("as_number('$5', 'AUD')", 5),
        ("as_number('€5', 'USD')", "as_number('€5'): the currency beside"),
        ("as_number('12,000원')", "as_number('12,000원'): the currency beside"),
        ("as_number('5 usd', '')", "as_number('5 usd'): the currency beside"),
        ("as_number('10%')", "as_number('10%'): no number"),
    ],
)
def test_a_select_loses_no_sign(connection, tmp_path, call, answer):
    columns = SELECT.format("'2025-03-01'")
    raw = write(tmp_path / "raw", {"app__orders.sql": f"{columns}, {call} as discount_amount"})
    if isinstance(answer, str):
        with pytest.raises(landing.Problem, match=r"app__orders\.sql") as stopped:
            landed(connection, raw)
        assert answer in str(stopped.value)
    else:
        rows, _ = landed(connection, raw)
        assert [float(row["discount_amount"]) for row in rows] == [answer]


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("try(as_number(v))", "12"),
        ("TRY ( as_number(v, 'KRW') )", "12"),
        ("try(cast(as_number(v) as integer))", "12"),
        ("coalesce(cast(try(as_number(v)) as varchar), v)", "12"),
        ("try(as_day('2025-03-0' || v))", None),
        ("try(as_time(v))", None),
        ("try(from_epoch(v))", None),
        ("try(from_minor_units(1200, nullif(v, '12')))", None),
        ("try(coalesce(as_number(v), 0))", "12"),
    ],
)
def test_what_a_helper_in_try_cannot_read_is_empty(connection, tmp_path, call, answer):
    given = "(values ('12'), ('total')) as given(v)"
    raw = write(
        tmp_path / "raw",
        {
            "app__orders.sql": "select v as order_id, '2025-03-01' as ordered_at, 'paid' as status, 'KRW' as currency, "
            f"{call} as discount_amount from {given}"
        },
    )
    read = {
        row["order_id"]: row["discount_amount"]
        and str(row["discount_amount"]).removesuffix(".00000000")
        for row in landed(connection, raw)[0]
    }
    assert read == {"12": answer, "total": "total" if "varchar" in call else None}


def test_a_helper_in_try_stops_nothing_by_itself(connection, tmp_path):
    """DuckDB may crash where try() catches an error of a helper: there is none to catch."""
    path = tmp_path / "app__orders.sql"
    calls = [
        "as_number('x')",
        "as_day('x')",
        "as_time('x')",
        "from_epoch('x')",
        "from_minor_units(1, 'x')",
    ]
    path.write_text(f"select try({'), try('.join(calls)})", encoding="utf-8")
    text = landing_sql.read_select(connection, str(path)).text
    without = text.replace("try(", "(")
    assert without != text
    assert connection.execute(without).fetchall() == [(None,) * len(calls)]


# --- types of Parquet


@pytest.mark.parametrize(
    ("value", "landed_as"),
    [
        ("20250301", "2025-03-01"),
        ("1740787200", "2025-03-01 00:00:00+00"),
        ("1740787200000::ubigint", "2025-03-01 00:00:00+00"),
        ("45717.5::double", "2025-03-01 12:00:00"),
        ("timestamp_ns '2025-03-01 10:00:00'", "2025-03-01 10:00:00"),
    ],
)
def test_a_moment_that_is_a_number_is_found_out(connection, tmp_path, value, landed_as):
    page = f"select 'o1' as order_id, {value} as ordered_at, 'paid' as status, 'KRW' as currency"
    raw = write(tmp_path / "raw", {"app__orders.parquet": parquet(page)})
    assert [row["ordered_at"] for row in landed(connection, raw)[0]] == [landed_as]
    write(raw, {"columns.yml": "app__orders: {columns: {ordered_at: {format: '%Y'}}}"})
    assert landed(connection, raw)[0][0]["ordered_at"]


def test_a_long_file_is_judged_by_the_same_rows_each_time(tmp_path):
    """Few values are strange, all of them in the head: threads that take other rows first must not miss them."""
    page = """select 'o' || i as order_id, '2025-03-01' as ordered_at, 'paid' as status, 'KRW' as currency,
        case when i = 19000 then '1,234.50' else '5' end as discount_amount
        from range(400000) as rows (i) order by i"""
    raw = write(
        tmp_path / "raw",
        {
            "app__orders.parquet": lambda path: duckdb.execute(
                f"copy ({page}) to '{path}' (format parquet, row_group_size 20000)"
            )
        },
    )
    with duckdb.connect(config={"threads": 4, "preserve_insertion_order": False}) as connection:
        for _ in range(12):
            plan = landing.plan(connection, TABLES["app__orders"], "landed", str(raw))
            assert [each["column_name"] for each in plan["assumed"]] == ["discount_amount"]
        kept = connection.execute("select current_setting('preserve_insertion_order')").fetchone()
        assert kept == (False,)


# --- columns.yml

MAPPING = """
app__orders:
  file: exports/주문*.csv
  empty: ["-"]
  columns:
    order_id: 주문번호
    customer_id: 고객
    ordered_at: {from: 일시, format: d/m/y}
    status: {from: 상태, values: {결제완료: paid, 취소: cancelled}}
    currency: 통화
    discount_amount: {from: 금액, cents: true, empty: ["N/A"]}
"""


def apart(text):
    """Hangul as a Mac writes it in the names of files: syllables taken apart."""
    return unicodedata.normalize("NFD", text)


@pytest.mark.parametrize(("of_file", "of_mapping"), [(apart, str), (str, apart)])
def test_hangul_taken_apart_is_the_same_name(connection, tmp_path, of_file, of_mapping):
    """The name of a file, its sheet, its headings and its words, and what columns.yml says of them."""
    said = """
app__orders:
  file: 주문.xlsx
  sheet: 목록
  empty: ["없음"]
  columns: {order_id: 번호, customer_id: 고객, ordered_at: 일시, currency: 통화, status: {from: 상태, values: {완료: paid}}}
"""
    head = ["번호", "고객", "일시", "상태", "통화"]
    rows = [head, ["1", "없음", "2025-03-01", "완료", "KRW"]]
    rows = [[of_file(cell) for cell in row] for row in rows]
    raw = write(
        tmp_path / "raw",
        {
            of_file("주문.xlsx"): workbook(rows, of_file("목록"), {of_file("메모"): [["x"]]}),
            "columns.yml": of_mapping(said),
        },
    )
    found, _ = landed(connection, raw)
    assert [(row["order_id"], row["customer_id"], row["status"]) for row in found] == [
        ("1", None, "paid")
    ]


def test_columns_are_mapped(connection, tmp_path):
    head = "주문번호;고객;일시;상태;통화;금액\n"
    raw = write(
        tmp_path / "raw",
        {
            "exports/주문1.csv": (head + "001;c1;03/04/2025;결제완료;USD;1999\n").encode("cp949"),
            "exports/주문2.csv": head
            + "002;-;04/05/2025;취소;KRW;N/A\n003;c1;04/05/2025;paid;krw;5000\n",
            "columns.yml": MAPPING,
        },
    )
    rows, assumed = landed(connection, raw)
    assert [
        (
            row["order_id"],
            row["customer_id"],
            row["ordered_at"],
            row["status"],
            row["discount_amount"],
        )
        for row in rows
    ] == [
        ("001", "c1", "2025-04-03", "paid", "19.9900000"),
        ("002", None, "2025-05-04", "cancelled", None),
        ("003", "c1", "2025-05-04", "paid", "5000.0000000"),
    ]
    assert ("ordered_at", "03/04/2025", "2025-04-03", 3) in [
        (each["column_name"], each["value_before"], each["value_after"], each["value_count"])
        for each in assumed
    ]


def test_what_columns_yml_says_is_part_of_the_fingerprint(tmp_path):
    raw = write(
        tmp_path / "raw",
        {"app__orders.csv": one_order(), "columns.yml": "app__orders:\n  empty: ['-']\n"},
    )
    requests = [{"table": TABLES["app__orders"], "known": None}]

    def stamp():
        said = landing.mapping.said_of(str(raw)).get("app__orders")
        return landing.stamp(TABLES["app__orders"], str(raw / "app__orders.csv"), said)

    requests[0]["known"] = stamp()
    assert landing.unchanged_tables(str(raw), requests) == ["raw_app__orders"]
    (raw / "columns.yml").write_text("app__orders:\n  empty: ['none']\n")
    assert landing.unchanged_tables(str(raw), requests) == []


def test_a_mapping_is_proposed_and_read(connection, tmp_path, capsys, monkeypatch):
    text = "주문내역\n주문번호;고객번호;주문일시;상태;할인금액\n1;c1;2025. 3. 1. 오후 3:12;결제완료;1,000원\n"
    raw = write(
        tmp_path / "raw",
        {
            "주문.csv": text.encode("cp949"),
            "ads.csv": "Date,Campaign,Impr.,Clicks,Cost\n03/04/2025,c,5,1,2.5\n",
        },
    )
    monkeypatch.delenv("GROUNDWORK_RAW", raising=False)
    monkeypatch.setattr(sys, "argv", ["map", "--source", str(raw)])
    assert map_columns.main() == 0
    said = capsys.readouterr().out
    assert (
        "order_id <- 주문번호" in said
        and "missing: currency" in said
        and "guessed, look at: status, currency" in said
    )
    assert "can be read in two ways: performance_date" in said
    rows, _ = landed(connection, raw)
    assert [
        (row["ordered_at"], row["status"], row["currency"], row["discount_amount"]) for row in rows
    ] == [("2025-03-01 15:12:00", "paid", "KRW", "1000")]
    with pytest.raises(landing.Problem, match="both ways"):
        landed(connection, raw, "ads__daily_performance")
    before = (raw / "columns.yml").read_text()
    assert map_columns.main() == 0
    assert (
        "stays as it is" in capsys.readouterr().out and (raw / "columns.yml").read_text() == before
    )
    assert (raw / "columns.proposed.yml").exists()


# --- selects


def test_a_select_reads_exports_and_calls_helpers(connection, tmp_path):
    select = """
    -- read_export('in a comment')
    select
        주문번호 as order_id, hashed_key(이메일) as customer_id, as_time(일시) as ordered_at, 'paid' as status,
        'KRW' as currency, from_minor_units(as_number(금액), 'USD') as discount_amount,
        from_epoch(1740787200) as paid_at, as_day('2025년 3월 1일') as promised_at
    from read_export('주문.csv', skip := 1, delim := ';', encoding := 'euc-kr') as orders;
    """
    raw = write(
        tmp_path / "raw",
        {
            "app__orders.sql": select,
            "주문.csv": "제목\n주문번호;이메일;일시;금액\n007; A@b.kr;2025. 3. 1. 오후 3:12;1,999\n".encode(
                "cp949"
            ),
        },
    )
    rows, _ = landed(connection, raw)
    (row,) = rows
    assert (row["order_id"], row["ordered_at"], float(row["discount_amount"])) == (
        "007",
        "2025-03-01 15:12:00",
        19.99,
    )
    assert row["customer_id"] == connection.execute("select md5('a@b.kr')").fetchone()[0]
    assert str(row["paid_at"]).startswith("2025-03-01 00:00:00")
    # Another process that reads the database needs neither the export nor the helpers.
    (raw / "주문.csv").unlink()
    assert connection.execute(
        "select count(*) from duckdb_tables() where table_name = 'landed'"
    ).fetchone() == (1,)


# --- what cannot be read: the files, the table that is asked for, and what the message must hold

GOOD = one_order()
SELECT = "select 'o1' as order_id, 'c1' as customer_id, {} as ordered_at, 'paid' as status, 'KRW' as currency"
ORDERS = "app__orders"
LONG = [[*HEAD.split(",")], [8801234567890123456, "c1", "2025-03-01", "paid", "KRW", 0]]


def broken_xlsx(path):
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr("xl/workbook.xml", "<workbook")


MALFORMED = {
    "empty": ({"app__orders.csv": ""}, ["app__orders.csv is empty", "first line"]),
    "empty and packed": ({"app__orders.csv.gz": gzip.compress(b"")}, ["app__orders.csv.gz is empty", "first line"]),
    "not packed at all": ({"app__orders.csv.gz": GOOD}, ["app__orders.csv.gz cannot be read", "compress it again"]),
    "packed and cut": ({"app__orders.csv.gz": gzip.compress(os.urandom(9000))[:500]}, ["app__orders.csv.gz cannot be read", "compress it again"]),
    "packed and cut behind its head": ({"app__orders.csv.gz": gzip.compress((HEAD + "\n" * 2_000_000 + os.urandom(9000).hex()).encode())[:-4000]}, ["app__orders.csv.gz cannot be read", "compress it again"]),
    "packed JSON without its end": ({"app__orders.jsonl.gz": gzip.compress(json.dumps(JSON_ROW).encode())[:-6]}, ["app__orders.jsonl.gz cannot be read", "compress it again"]),
    "an object with a key twice": ({"app__orders.jsonl": '{"order_id": 1, "order_id": 2}'}, ["app__orders.jsonl has the key order_id twice in one object", '"order_id": 2', "Keep one"]),
    "a long id as a spreadsheet saves it": ({"app__orders.csv": one_order(key="1.23457E+12")}, ["app__orders.csv, column order_id: '1.23457E+12'", "its end is lost", "as text", "columns.yml"]),
    "an id that is a failed formula": ({"app__orders.xlsx": failed_key}, ["app__orders.xlsx, column customer_id, row 2: '#REF!'", "Correct it", "empty: ['#REF!']"]),
    "a failed formula saved as CSV": ({"app__orders.csv": one_order(key="#N/A")}, ["app__orders.csv, column order_id: '#N/A'", "Correct it"]),
    "amounts of several currencies": ({"app__order_items.csv": "order_id,line_number,product_id,quantity,unit_price\no,1,p,1,€5\no,2,p,1,₩5000\n"}, ["app__order_items.csv, column unit_price: '€5' and '₩5000'", "different currencies", "without signs"]),
    "a folder of CSV": ({"app__orders/part-0.csv": GOOD}, ["app__orders is not read", "of a folder only its own *.parquet", "columns.yml"]),
    "a folder that is called as a file": ({"app__orders.csv/part-0.csv": GOOD}, ["app__orders.csv is not read", "of a folder"]),
    "a link to nothing": ({"app__orders.csv": lambda path: path.symlink_to("gone.csv")}, ["app__orders.csv is not read", "the link leads to no file"]),
    "a column twice": ({"app__orders.csv": "order_id,Order_ID\n"}, ["app__orders.csv has the column Order_ID twice", "remove one"]),
    "a column is missing": ({"app__orders.tsv": "order_id\tstate\n1\tx\n"}, ["app__orders.tsv lacks the column ordered_at, status, currency", "It has: order_id, state", "columns.yml"]),
    "two kinds": ({"app__orders.csv": GOOD, "app__orders.xlsx": b"x"}, ["app__orders.csv", "app__orders.xlsx", "more than once", "Keep one"]),
    "a file and pages": ({"app__orders.csv": GOOD, "app__orders/1.parquet": parquet("select 1 as order_id")}, ["app__orders.csv", "more than once"]),
    "two endings that differ in case": ({"app__orders.csv": GOOD, "app__orders.CSV": GOOD}, ["app__orders.CSV", "more than once"]),
    "a quote that never ends": ({"app__orders.csv": '"order_id,a\n' + "x,y\n" * 40_000}, ["app__orders.csv cannot be read as CSV", "first line", "Save it again"]),
    "day and month": ({"app__orders.csv": one_order("03/04/2025")}, ["app__orders.csv, column ordered_at", "'03/04/2025' is 2025-04-03 as d/m/y or 2025-03-04 as m/d/y", "ordered_at: {format: 'd/m/y'}"]),
    "day and month with dashes": ({"app__orders.tsv": one_order("03-04-2025").replace(",", "\t")}, ["app__orders.tsv, column ordered_at", "'03-04-2025'", "columns.yml"]),
    "thousands or decimals": ({"app__orders.csv": one_order(discount='"1,234"')}, ["app__orders.csv, column discount_amount", "'1,234' is 1234 as 1,234.56 or 1.234 as 1.234,56", "format: '1,234.56'"]),
    "JSON that is cut": ({"app__orders.json": '[{"order_id": 1,'}, ["app__orders.json cannot be read as JSON", "one object a line"]),
    "JSON of numbers": ({"app__orders.jsonl": "1\n2\n"}, ["app__orders.jsonl must hold one JSON object a row", "Write it so"]),
    "JSON in Korean Windows": ({"app__orders.json": '{"order_id": "홍길동"}'.encode("cp949")}, ["app__orders.json is not UTF-8", "save it again"]),
    "empty JSON": ({"app__orders.json": ""}, ["app__orders.json is empty", "take it out"]),
    "JSON with a key twice": ({"app__orders.json": '{"order_id": 1, "Order_id": 2}'}, ["app__orders.json has the column", "twice"]),
    "no workbook": ({"app__orders.xlsx": b"PK not really"}, ["app__orders.xlsx cannot be read as a workbook", "Save it again"]),
    "a broken workbook": ({"app__orders.xlsx": broken_xlsx}, ["app__orders.xlsx cannot be read as a workbook", "without a password"]),
    "an empty workbook": ({"app__orders.xlsx": workbook([])}, ["app__orders.xlsx is empty", "no sheet has a row"]),
    "two sheets that may be meant": ({"app__orders.xlsx": workbook([["a", "b"], [1, 2]], "One", {"Two": [["c", "d"], [1, 2]]})}, ["app__orders.xlsx has 2 sheets", "One, Two", "sheet = 'One'"]),
    "a sheet that is not there": ({"app__orders.xlsx": workbook([["a", "b"], [1, 2]]), "columns.yml": "app__orders: {sheet: 주문}"}, ["app__orders.xlsx has no sheet '주문'", "It has: Sheet1"]),
    "long ids in a workbook": ({"app__orders.xlsx": workbook(LONG)}, ["app__orders.xlsx, column order_id, row 2", "more than 15 digits", "export the column as text"]),
    "a Parquet file that is none": ({"app__orders.parquet": b"PAR1 not really"}, ["app__orders.parquet cannot be read", "again as Parquet"]),
    "a page that is none": ({"app__orders/1.parquet": b"PAR1 not really"}, ["app__orders/*.parquet cannot be read", "again as Parquet"]),
    "two selects": ({"app__orders.sql": "select 1 as order_id;\nselect 2"}, ["app__orders.sql cannot be read, line 2: 2 statements", "line 2: select 2", "^", "union all"]),
    "no select": ({"app__orders.sql": "create table x(a int)"}, ["app__orders.sql cannot be read, line 1", "a create", "one select"]),
    "a typing error": ({"app__orders.sql": "select *\n frm x"}, ["app__orders.sql cannot be read, line 2", "frm x\n", "^"]),
    "a column that is not there": ({"app__orders.sql": "select 주문\nfrom read_export('a.csv')", "a.csv": "주몬,b\n1,2\n"}, ["app__orders.sql cannot be read, line 1", '"주문" not found', "주몬", "^"]),
    "an export that is not there": ({"app__orders.sql": "select *\nfrom read_export('order.csv')", "orders.csv": "a,b\n"}, ["app__orders.sql cannot be read, line 2: there is no file 'order.csv'", "Did you mean orders.csv?", "^"]),
    "an option that is not there": ({"app__orders.sql": "select * from read_export('a.csv', delimiter := ';')", "a.csv": "a,b\n"}, ["read_export has no argument delimiter", "Did you mean delim?", "^"]),
    "an encoding that is not known": ({"app__orders.sql": "select * from read_export('a.csv', encoding := 'cp999')", "a.csv": "a,b\n"}, ["app__orders.sql", "the encoding 'cp999' is not known", "cp949"]),
    "another encoding than is said": ({"app__orders.sql": "select * from read_export('a.csv', encoding := 'cp949')", "a.csv": b"a,b\n1,2\n\xff\xff,3\n"}, ["a.csv, line 3, byte 9: 0xff is no CP949", "CSV UTF-8"]),
    "a value that a format does not read": ({"app__orders.sql": SELECT.format("strptime(day, '%Y.%m.%d')") + "\nfrom (values ('2025.03.01'), ('2025-03-02')) as days(day)"}, ["app__orders.sql, column ordered_at, cannot be read", '"2025-03-02"', "as_time"]),
    "a value that a helper does not read": ({"app__orders.sql": SELECT.format("as_time(day)") + "\nfrom (values ('soon')) as days(day)"}, ["app__orders.sql", "column ordered_at", "as_time('soon')", "no day or time", "^"]),
    "a helper that must choose": ({"app__orders.sql": SELECT.format("as_day('03/04/2025')")}, ["app__orders.sql", "as_day('03/04/2025')", "the day or the month may be first", "strptime"]),
    "a long id in an export": ({"app__orders.sql": "select order_id, 'c' as customer_id, '2025-03-01' as ordered_at, 'paid' as status, 'KRW' as currency from read_export('a.xlsx')", "a.xlsx": workbook(LONG)}, ["a.xlsx, column order_id, row 2", "8801234567890123", "15 digits"]),
    "a line of an export that is cut": (
        {
            "app__orders.sql": "select * from read_export('*.csv')",
            "a.csv": GOOD,
            "b.csv": GOOD + "o2,c1\n",
        },
        ["b.csv cannot be read as CSV, line 3: o2,c1", "Expected Number of Columns: 6 Found: 2", "Save it again"],
    ),
    "a table that is not there": ({"app__orders.csv": GOOD, "columns.yml": "app__order:\n  skip: 1\n"}, ["columns.yml, line 1: there is no app__order", "Did you mean app__orders?"]),
    "a key that is not there": ({"app__orders.csv": GOOD, "columns.yml": "app__orders:\n  skp: 1\n"}, ["columns.yml, line 2: there is no skp", "Did you mean skip?"]),
    "a contract's column that is not there": ({"app__orders.csv": GOOD, "columns.yml": "app__orders:\n  columns:\n    order_no: a\n"}, ["columns.yml, line 3: app__orders has no column order_no", "Did you mean order_id?"]),
    "a file's column that is not there": ({"app__orders.csv": GOOD, "columns.yml": "app__orders:\n  columns:\n    status: state\n"}, ["columns.yml, line 3", "app__orders.csv has no column state", "It has: order_id"]),
    "a format that is not there": ({"app__orders.csv": GOOD, "columns.yml": "app__orders:\n  columns:\n    ordered_at: {format: dmy}\n"}, ["columns.yml, line 3: the format 'dmy' of ordered_at", "'d/m/y'", "strptime"]),
    "a word that is not accepted": ({"app__orders.csv": GOOD, "columns.yml": "app__orders:\n  columns:\n    status: {values: {x: piad}}\n"}, ["columns.yml, line 3: status does not accept 'piad'", "Did you mean paid?"]),
    "parts of cents": ({"app__orders.csv": one_order(discount="19.99"), "columns.yml": "app__orders:\n  columns:\n    discount_amount: {cents: true}\n"}, ["app__orders.csv, column discount_amount: '19.99' is no whole number of cents", "Take cents away"]),
    "cents of nothing": ({"app__order_items.csv": "order_id,line_number,product_id,quantity,unit_price\n", "columns.yml": "app__order_items:\n  columns:\n    quantity: {cents: true}\n"}, ["columns.yml, line 3: quantity is no amount"]),
    "columns.yml that is no YAML": ({"app__orders.csv": GOOD, "columns.yml": "app__orders:\n  a: b: c\n"}, ["columns.yml, line 2", "indented"]),
    "a file that columns.yml names": ({"columns.yml": "app__orders:\n  file: nosuch.xlsx\n"}, ["columns.yml, line 1: there is no file 'nosuch.xlsx'", "relative to"]),
}  # fmt: skip


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_file_stops_with_one_message(connection, tmp_path, case):
    files, words = MALFORMED[case]
    raw = write(tmp_path / "raw", files)
    table = "app__order_items" if "app__order_items.csv" in files else ORDERS
    with pytest.raises(landing.Problem) as stopped:
        landed(connection, raw, table)
    for word in words:
        assert word in str(stopped.value), str(stopped.value)
    assert "Traceback" not in str(stopped.value) and len(str(stopped.value)) < 1200


def test_there_are_forty_malformed_files():
    assert len(MALFORMED) >= 40


def test_a_page_that_is_not_finished_is_waited_for(connection, tmp_path):
    raw = write(
        tmp_path / "raw",
        {"app__orders/.000001.tmp": b"half", "app__customers.csv": "customer_id\n"},
    )
    assert landing.find_file(TABLES[ORDERS], str(raw)) is None
    page = "select '{}' as order_id, 'c' as customer_id, '2025-03-01' as ordered_at, 'paid' as status, 'KRW' as currency"
    write(raw, {"app__orders/000001.parquet": parquet(page.format("o1"))})
    first = landing.fingerprint(str(raw / "app__orders"))
    write(raw, {"app__orders/000002.parquet": parquet(page.format("o2") + ", '5' as tax_amount")})
    assert landing.fingerprint(str(raw / "app__orders")) != first
    rows, _ = landed(connection, raw)
    assert [(row["order_id"], row["tax_amount"]) for row in rows] == [("o1", None), ("o2", "5")]


def test_a_conversion_that_is_killed_leaves_nothing_half(connection, tmp_path, monkeypatch):
    raw = write(tmp_path / "raw", {"app__orders.csv": COMMAS.encode("cp949")})
    with monkeypatch.context() as killed:
        killed.setattr(pathlib.Path, "rename", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            landed(connection, raw)
    assert list((tmp_path / "target").rglob("*.csv")) == []
    assert len(landed(connection, raw)[0]) == 1


def test_doctor_says_before_a_build_what_stops_it(tmp_path):
    raw = write(
        tmp_path / "raw",
        {
            "app__orders.csv": csv_of("status", ["paid", "voided", "voided", "pending"]).encode(
                "cp949"
            ),
            "app__customers.csv": "고객명세\n\ncustomer_id;country_code;created_at;full_name\nc1;KR;2025. 3. 1.;홍길동\n".encode(
                "cp949"
            ),
            "app__order_items.csv": 'order_id,line_number,product_id,quantity,unit_price\no1,1,p,1,-\no1,2,p,1,"1,000원"\n',
        },
    )
    said, stops = doctor.report(str(raw), str(tmp_path / "none.duckdb"))
    assert stops
    for words in (
        "column status: 'voided' 2, 'pending' 1 are not accepted. It accepts placed, paid, fulfilled",
        "More than 2% of its rows would be rejected",
        "assumed: the file is in CP949",
        "assumed: columns are separated by semicolons",
        "assumed: the first 2 lines are titles, the header is line 3",
        "assumed: created_at: every value is written y.m.d, as 2025. 3. 1. -> 2025-03-01 (1 values)",
        "column unit_price: 2 values are no decimal(24, 8) as written: 1,234.56 reads 1 of 2, not '-'. Say",
    ):
        assert words in said, said


def test_doctor_says_what_a_build_would_reject(tmp_path):
    """Lines that are no CSV, days with years of two digits, days that are none, and what a format does not read."""
    customers = "customer_id,country_code,created_at,full_name\n"
    raw = write(
        tmp_path / "raw",
        {
            "app__orders.csv": csv_of("ordered_at", ["01/03/25", "31/12/24"]),
            "app__customers.csv": customers
            + '1,KR,2025-02-30,"27" wide"\n2,KR,2025-02-30,x\n3,KR,2025-03-01,x\n',
            "app__order_status_events.csv": "order_id,status,occurred_at\no1,paid,01.03.25\no1,paid,soon\n",
            "columns.yml": "app__order_status_events: {columns: {occurred_at: {format: '%d.%m.%y'}}}",
        },
    )
    said, stops = doctor.report(str(raw), str(tmp_path / "none.duckdb"))
    assert stops
    for words in (
        "app__orders.csv, column ordered_at: 2 values are no timestamp as written, for example '01/03/25'. A year of",
        "app__customers.csv, 1 line is no CSV, for example line 2: unquoted value. Save it again",
        "app__customers.csv, column created_at: 1 value is no timestamp as written, for example '2025-02-30'. Say",
        "column occurred_at: 1 value is no timestamp as written, for example 'soon'. Say in columns.yml what is empty",
    ):
        assert words in said, said


def test_what_is_wrong_in_a_select_is_shown_at_its_place():
    given = "select 1\nfrom nowhere"
    assert (
        landing_sql.at(given, given.index("nowhere"))
        == "\n  line 2: from nowhere\n               ^\n"
    )
