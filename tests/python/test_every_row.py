"""For each raw table of the demo, every row of its file has exactly one fate, the one that a second implementation of the
contract gives it: here in Python, from the files and the YAML, without the project's macros."""

import csv
import json
import random
import re
import shutil
import unicodedata
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation

import contracts
import duckdb
import pytest
import yaml
from warehouse import MEASURED, PROJECT, build, query, table_hash

TRUTH = json.loads((PROJECT / "ingest" / "truth.json").read_text())
CONTRACTS = {
    seed["name"].removeprefix("raw_"): seed
    for path in sorted((PROJECT / "seeds" / "raw").glob("*.yml"))
    for seed in yaml.safe_load(path.read_text())["seeds"]
}
FIRST_DAYS = {
    "first_plausible_day": datetime(1990, 1, 1),
    "first_plausible_birth_day": datetime(1900, 1, 1),
}
KINDS = {
    "timestamp": "a timestamp",
    "date": "a date",
    "bigint": "an integer",
    "boolean": "a boolean",
    "json": "json",
}


def rows_of(table: str) -> list[dict]:
    with (PROJECT / "seeds" / "raw" / f"raw_{table}.csv").open(
        newline="", encoding="utf-8"
    ) as file:
        return list(csv.DictReader(file))


def one_form(text: str) -> str | None:
    """Text composed, without blanks, control and zero-width characters at its ends; None when nothing is left."""

    def is_blank(letter):
        return (
            unicodedata.category(letter) in ("Zs", "Zl", "Zp", "Cc", "Cf")
            or letter in "\u2800\u3164"
        )

    text = unicodedata.normalize("NFC", text)
    while text and is_blank(text[0]):
        text = text[1:]
    while text and is_blank(text[-1]):
        text = text[:-1]
    return text or None


def country_name(text: str) -> str:
    if len(text) == 2:
        return text.upper()
    letters = unicodedata.normalize("NFD", text.upper())
    letters = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", "".join(letter for letter in letters if letter.isalnum()))


with (PROJECT / "seeds" / "reference" / "country_names.csv").open(
    newline="", encoding="utf-8"
) as names:
    COUNTRIES = {
        country_name(row["country_name"]): row["country_code"] for row in csv.DictReader(names)
    }


class NotTyped(ValueError):
    """Why a text is no value of its type."""


def typed(text: str, column: dict, rules: dict):
    """The value, or NotTyped with the reason."""
    data_type = column["data_type"]
    kind = NotTyped(f"not {KINDS.get(data_type, 'a number')}")
    if rules.get("country"):
        if country_name(text) not in COUNTRIES:
            raise NotTyped("not accepted")
        return COUNTRIES[country_name(text)]
    if data_type in ("varchar", "json"):
        try:
            return text if data_type == "varchar" else (json.loads(text) and text)
        except ValueError:
            raise kind from None
    if data_type == "boolean":
        if text.lower() not in ("true", "false"):
            raise kind
        return text.lower() == "true"
    if data_type in ("timestamp", "date"):
        parts = re.fullmatch(
            r"(\d{1,4})[-/](\d{1,2})[-/](\d{1,2})(?:[ T](\d\d):(\d\d):(\d\d)(\.\d+)?)?", text
        )
        try:
            numbers = [int(part or 0) for part in parts.groups()[:6]]
            fraction = round(float(parts[7] or 0) * 1_000_000)
            moment = datetime(*numbers, fraction)
        except (AttributeError, ValueError):
            raise kind from None
        if moment < FIRST_DAYS[rules.get("oldest", "first_plausible_day")]:
            raise NotTyped("not a plausible date")
        return moment if data_type == "timestamp" else moment.date()
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise kind from None
    if not number.is_finite():
        raise kind
    if data_type == "double":
        return float(text)
    if data_type == "bigint":
        if number != number.to_integral_value() or abs(number) >= 2**63:
            raise kind
        return int(number)
    digits, scale = map(int, data_type[8:-1].split(","))
    if abs(number) >= 10 ** (digits - scale):
        raise NotTyped("above maximum")
    rounded = number.quantize(Decimal(1).scaleb(-scale))
    if abs(number - rounded) > abs(number) * Decimal("1e-15"):
        raise NotTyped(f"more digits than {scale}")
    return rounded


def as_moment(value) -> datetime:
    return value if isinstance(value, datetime) else datetime.combine(value, time())


class Row:
    """One raw row: its values, its key, when it arrived, and all that is wrong with it."""

    def __init__(
        self, table: str, raw: dict, currencies: set[str], end: datetime, known_until: datetime
    ):
        contract = CONTRACTS[table]
        meta = contract["config"]["meta"]
        self.raw, self.values, self.wrong = raw, {}, []
        texts, problems = {}, {}
        for column in contract["columns"]:
            name, rules = column["name"], column.get("config", {}).get("meta", {})
            texts[name] = one_form(raw.get(name) or "")
            is_day = column["data_type"] in ("timestamp", "date") and rules.get("pii") is None
            if is_day and re.match(
                "0000-00-00|0001-01-01|1899-12-30|1900-01-01|1970-01-01", texts[name] or ""
            ):
                texts[name] = None
            texts[name] = texts[name] or rules.get("default")
            if rules.get("default_var") and not texts[name]:
                texts[name] = "main"
            if rules.get("upper") and texts[name]:
                texts[name] = texts[name].upper()
            self.values[name] = None
            try:
                if texts[name]:
                    self.values[name] = typed(texts[name], column, rules)
            except NotTyped as reason:
                problems[name] = str(reason)
        names = (meta.get("arrived"), meta.get("version"), meta.get("moment"))
        moments = [as_moment(self.values[n]) for n in names if n and self.values[n]]
        self.arrived_at = self.values["_loaded_at"] or min(moments, default=None)
        fact = None if meta.get("is_dimension") else meta.get("fact") or meta.get("moment")
        dates = (fact, meta.get("arrived")) if fact else ()
        happened = [self.values[n] for n in dates if n and self.values[n]]
        self.happened_at = min(map(as_moment, happened), default=None)
        known_at = self.values["_loaded_at"] or self.values.get(meta.get("arrived"))
        parts = [
            str(self.values[n] if self.values[n] is not None else texts[n] or "")
            for n in meta["key"]
        ]
        if len(parts) > 1:
            parts = [part.replace("\\", "\\\\").replace("/", "\\/") for part in parts]
        self.key = "/".join(parts) if any(parts) else None
        self.version = (
            self.values["_loaded_at"] or datetime.min,
            self.values[meta["version"]] or datetime.min if meta.get("version") else None,
        )
        for column in contract["columns"]:
            name, rules = column["name"], column.get("config", {}).get("meta", {})
            newest = datetime.max
            other = rules.get("corrected_by")
            is_corrected = bool(other and self.values[other])
            if name == meta.get("moment") and not is_corrected:
                newest = as_moment(known_at or max(end, known_until)) + timedelta(days=1)
            elif name != meta.get("moment") and not rules.get("future") and name != "_loaded_at":
                others = self.values["_loaded_at"] or (
                    name != meta.get("arrived") and self.values.get(meta.get("arrived"))
                )
                newest = (
                    as_moment(others) + timedelta(days=1)
                    if others
                    else end.replace(year=end.year + 1)
                )
            reasons = [problems.get(name)]
            if name not in problems:
                reasons = self.reasons(texts[name], self.values[name], rules, newest, currencies)
            without = rules.get("needed_without")
            if without and texts[name] is None:
                reasons = [f"empty as is {without}"] * (texts[without] is None)
            if is_corrected and reasons in (["empty"], ["not a plausible date"]):
                reasons = []
            self.wrong += [(name, reason) for reason in reasons]

    def reasons(self, text, value, rules, newest, currencies):
        if text is None:
            return [] if rules.get("optional") or "default" in rules else ["empty"]
        found = []
        if rules.get("pii") in contracts.PSEUDONYMS and re.search(contracts.PERSONAL, text):
            found.append("an e-mail address or a telephone number")
        if rules.get("accepted") and text not in rules["accepted"]:
            found.append("not accepted")
        if text in rules.get("reserved", []):
            found.append("reserved")
        if "min" in rules and value < Decimal(str(rules["min"])):
            found.append("below minimum")
        times, most = rules.get("max_times", (None, 0))
        product = times and float(value) * (self.values[times] or 0)
        if "max" in rules and (value > Decimal(str(rules["max"])) or (product or 0) > most):
            found.append("above maximum")
        if isinstance(value, date) and as_moment(value) > newest:
            found.append("in the future")
        if rules.get("has_rate") and text not in currencies | {"USD"}:
            found.append("without a rate")
        return found


def fates_of(rows_by_table: dict[str, list[dict]]) -> dict[str, dict[str, list[list[Row]]]]:
    """table: fate: groups of rows; of a group of staged rows that nothing but chance orders, one is staged."""
    newest = max(
        row["_loaded_at"]
        for rows in rows_by_table.values()
        for row in rows
        if row["_loaded_at"].startswith("20")
    )
    as_of = datetime.fromisoformat(newest).date() - timedelta(days=1)
    end = datetime.combine(as_of + timedelta(days=1), time())
    # A row that does not say when it was loaded arrived when it says it happened: the newest arrival may be one of these.
    unloaded = (
        Row(table, row, set(), end, end).arrived_at
        for table, rows in rows_by_table.items()
        for row in rows
        if not row["_loaded_at"].startswith("20")
    )
    now = datetime.now(UTC).replace(tzinfo=None)
    believed = [moment for moment in unloaded if moment and moment <= now]
    known_until = max([datetime.fromisoformat(newest), *believed])
    # Rates first, for the currencies; orders before their lines.
    first = ["finance__exchange_rates", "app__orders"]
    found, currencies, later_orders = {}, set(), set()
    order = {table: place for place, table in enumerate(first)}
    for table in sorted(rows_by_table, key=lambda name: (order.get(name, len(first)), name)):
        by_key, sorted_out = defaultdict(list), defaultdict(list)
        for raw in rows_by_table[table]:
            row = Row(table, raw, currencies, end, known_until)
            if row.arrived_at and row.arrived_at > known_until:
                sorted_out["later"].append([row])
            elif row.wrong:
                sorted_out["rejected"].append([row])
            else:
                by_key[row.key].append(row)
        for versions in by_key.values():
            best = max(row.version for row in versions)
            equals = [row for row in versions if row.version == best]
            happened_at = equals[0].happened_at
            is_later = bool(happened_at and happened_at >= end)
            is_later |= table == "app__order_items" and equals[0].values["order_id"] in later_orders
            sorted_out["later" if is_later else "staged"].append(equals)
            sorted_out["superseded"] += [[row] for row in versions if row.version != best]
            sorted_out["superseded"] += [[row] for row in equals[1:]]
        if table == "finance__exchange_rates":
            currencies = {group[0].values["currency"] for group in sorted_out["staged"]}
        if table == "app__orders":
            later_orders = {group[0].key for group in sorted_out["later"]}
        found[table] = sorted_out
    return found


@pytest.fixture(scope="module")
def fates() -> dict[str, dict[str, list[list[Row]]]]:
    return fates_of({table: rows_of(table) for table in CONTRACTS})


def test_all_tables_are_there(fates):
    assert fates.keys() == CONTRACTS.keys()
    filled = {name for name, table in fates.items() if any(table.values())}
    assert filled == {name.replace(".", "__") for name in TRUTH["tables"]}


def statuses(database, table: str) -> dict[str, int]:
    """How many rows of a raw table have each status."""
    system, name = table.split("__")
    return dict(
        query(
            database,
            f"""select row_status, sum(row_count) from vault.raw_row_statuses
            where source_system = '{system}' and table_name = '{name}' group by row_status""",
        )
    )


@pytest.mark.parametrize("table", CONTRACTS)
def test_fates_are_the_second_implementations(demo, fates, table):
    counted = statuses(demo, table)
    assert counted == {fate: len(groups) for fate, groups in fates[table].items() if groups}
    assert sum(counted.values()) == len(rows_of(table))


@pytest.mark.parametrize("table", CONTRACTS)
def test_staged_rows_are_the_newest_good_versions(demo, fates, table):
    columns = [
        n
        for n, *_ in query(demo, f"describe staging.stg_{table}")
        if n in {c["name"] for c in CONTRACTS[table]["columns"]}
    ]
    assert set(CONTRACTS[table]["config"]["meta"]["key"]) <= set(columns)
    staged = query(demo, f"select {', '.join(columns)}, arrived_at from staging.stg_{table}")
    key = [columns.index(name) for name in CONTRACTS[table]["config"]["meta"]["key"]]
    by_key = {tuple(row[place] for place in key): row for row in staged}
    assert len(by_key) == len(staged) == len(fates[table]["staged"])
    for group in fates[table]["staged"]:
        possible = [(*(row.values[name] for name in columns), row.arrived_at) for row in group]
        assert by_key.get(tuple(possible[0][place] for place in key)) in possible


@pytest.mark.parametrize("table", CONTRACTS)
def test_rejected_rows_are_kept_as_they_came(demo, fates, table):
    system, name = table.split("__")
    rows = query(
        demo,
        f"""select row_key, column_name, reason, reasons, raw_row from vault.rejected_rows
        where source_system = '{system}' and table_name = '{name}'""",
    )
    expected = [
        (
            row.key,
            *row.wrong[0],
            "; ".join(f"{column}: {reason}" for column, reason in row.wrong),
            {
                column["name"]: row.raw.get(column["name"]) or None
                for column in CONTRACTS[table]["columns"]
            },
        )
        for (row,) in fates[table]["rejected"]
    ]
    found = [(*told, json.loads(raw)) for *told, raw in rows]
    assert sorted(found, key=str) == sorted(expected, key=str)


@pytest.mark.parametrize("table", CONTRACTS)
def test_fates_are_what_was_planted(fates, table):
    """A raw table without rows in the demo company is planted nowhere."""
    planted = TRUTH["tables"].get(table.replace("__", "."), {})
    counts = {
        fate: len(fates[table][fate]) for fate in ("staged", "rejected", "superseded", "later")
    }
    counts["rows"] = sum(counts.values())
    assert counts == {fate: planted.get(fate, 0) for fate in counts}


def test_rejections_by_reason_are_what_was_planted(demo):
    found = query(
        demo,
        "select source_system, table_name, column_name, reason, count(*) from vault.rejected_rows group by all",
    )
    planted = Counter()
    for p in TRUTH["rejected"]:
        planted[p["system"], p["table"], p["column"], p["reason"]] += p["rows"]
    assert {row[:4]: row[4] for row in found} == planted


def test_orphans_are_what_was_planted(demo):
    found = query(
        demo,
        "select source_system, table_name, column_name, parent_table, count(*) from vault.orphaned_rows group by all",
    )
    planted = {
        (p["system"], p["table"], p["column"], p["parent"]): p["rows"] for p in TRUTH["orphans"]
    }
    assert {row[:4]: row[4] for row in found} == planted


DAYS = ["2025-02-03 10:00:00", "25-02-03 10:00:00", "25/2/3", "1989-12-31", "1990-01-01", "2099-01-01", "soon", "",
        "0099-12-31", "1900-01-01", "1970-01-01 00:00:00", "2025-02-05 09:00:00", "2025-02-07 09:00:00"]  # fmt: skip
TEXTS = [
    "a",
    "a\t",
    "\u200ba",
    "\ufeff a\u00a0",
    "김",
    "김",
    "",
    " \u3000",
    "a/b",
    "a|b",
    "b\\",
    "1",
    "01",
]
NUMBERS = ["1", "0", "-1", "1.5", "0.00005", "0.000000001", "1.123456789", "0.30000000000000004", "1e3", "5e-9", "1e-30",
           "99999999999999999999", "9007199254740993.5", "NaN", "1,5", "", "123456.12345678"]  # fmt: skip
PLACES = [
    "KR",
    "kr",
    "Korea",
    "south korea",
    "KOR",
    "대한민국",
    "한국",
    "대한민국",
    "Côte d'Ivoire",
    "UK",
    "XX",
    "Korea2",
    "",
]
ODD_TABLES = [
    "app__customers",
    "app__orders",
    "app__order_items",
    "payments__payments",
    "finance__exchange_rates",
]


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    """A company of rows of which every value is drawn from a bag of odd ones: its database, and its fates in Python."""
    drawn, folder = random.Random(14), tmp_path_factory.mktemp("odd")
    tables = {}
    for table in ODD_TABLES:
        tables[table] = []
        for number in range(150):
            row = {}
            for column in CONTRACTS[table]["columns"]:
                name, rules = column["name"], column.get("config", {}).get("meta", {})
                if name == "_loaded_at":
                    row[name] = drawn.choice(
                        ["2025-02-05 08:00:00", "2025-02-06 08:00:00", "", DAYS[1]]
                    )
                elif drawn.random() < 0.6 and column["data_type"] in ("timestamp", "date"):
                    row[name] = "2025-02-04"
                elif column["data_type"] in ("timestamp", "date"):
                    row[name] = drawn.choice(DAYS)
                elif rules.get("country"):
                    row[name] = drawn.choice(PLACES)
                elif rules.get("has_rate") or name == "currency":
                    row[name] = drawn.choice(["USD", "usd", "KRW", "XXX\u200b", "krw "])
                elif "accepted" in rules:
                    row[name] = drawn.choice([*rules["accepted"], " ".join(rules["accepted"])])
                elif column["data_type"] == "boolean":
                    row[name] = drawn.choice(["true", "False", "maybe", ""])
                elif column["data_type"] == "varchar":
                    row[name] = drawn.choice([*TEXTS, f"{name}{number}"])
                else:
                    row[name] = drawn.choice([*NUMBERS, "2", "3", "4"])
            tables[table].append(row)
        folder.joinpath("raw").mkdir(exist_ok=True)
        with (folder / "raw" / f"{table}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(tables[table][0]))
            writer.writeheader()
            writer.writerows(tables[table])
    (folder / "raw" / "reference__tolerances.csv").write_text(
        "raw_table,max_rejected_share,reason\ndefault,1,all\n"
    )
    build(folder / "odd/warehouse.duckdb", folder / "raw", select="+path:models/vault", tests=False)
    return folder / "odd/warehouse.duckdb", fates_of(tables)


@pytest.mark.parametrize("table", ODD_TABLES)
def test_odd_rows_have_the_fates_and_reasons_of_the_second_implementation(odd, table):
    database, fates = odd
    system, name = table.split("__")
    found = query(
        database,
        f"""select row_key, reasons from vault.rejected_rows
        where source_system = '{system}' and table_name = '{name}'""",
    )
    expected = [
        (row.key, "; ".join(f"{column}: {reason}" for column, reason in row.wrong))
        for (row,) in fates[table]["rejected"]
    ]
    assert len(expected) > 50
    assert sorted(found, key=str) == sorted(expected, key=str)
    assert statuses(database, table) == {
        fate: len(groups) for fate, groups in fates[table].items() if groups
    }


def write_demo(folder, form: str, tables=tuple(CONTRACTS)):
    """The demo company as a user's folder: csv, parquet, or sql."""
    folder.mkdir()
    for table in tables:
        seed = PROJECT / "seeds" / "raw" / f"raw_{table}.csv"
        select = f"select * from read_csv('{seed}', header = true, all_varchar = true, delim = ',', quote = '\"', escape = '\"')"
        if form == "csv":
            shutil.copy(seed, folder / f"{table}.csv")
        elif form == "parquet":
            duckdb.execute(f"copy ({select}) to '{folder / table}.parquet' (format parquet)")
        else:
            (folder / f"{table}.sql").write_text(f"-- {table}\n{select};\n")
    for seed in (PROJECT / "seeds" / "reference").glob("*.csv"):
        shutil.copy(seed, folder / f"reference__{seed.name}")
    return folder


def all_hashes(database, schema: str = "%") -> dict[str, tuple[int, str]]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return hashes_of(connection, schema)


def hashes_of(connection, schema: str) -> dict[str, tuple[int, str]]:
    tables = query(
        connection,
        f"""select table_schema || '.' || table_name from information_schema.tables
        where table_schema like '{schema}' and table_schema not in ('raw', 'reference')
            and table_name not in ('{"', '".join(MEASURED)}') order by all""",
    )
    return {table: table_hash(connection, table) for (table,) in tables}


def test_what_is_built_again_from_the_same_rows_is_the_same_to_the_last_digit(demo, tmp_path):
    database = shutil.copy(demo, tmp_path)
    build(database, select="path:models/marts/lifecycle/*.sql", tests=False, threads=1)
    before, after = all_hashes(demo, "lifecycle"), all_hashes(database, "lifecycle")
    assert len(after) > 20
    assert {table for table in after if after[table] != before[table]} == set()


@pytest.mark.slow
def test_whichever_way_the_data_comes_the_tables_are_the_same(tmp_path):
    hashes = {}
    for form in ("seeds", "csv", "parquet", "sql"):
        raw = None if form == "seeds" else write_demo(tmp_path / form, form)
        build(tmp_path / f"{form}/warehouse.duckdb", raw, tests=False)
        hashes[form] = all_hashes(tmp_path / f"{form}/warehouse.duckdb")
    assert len(hashes["seeds"]) > 60
    assert sum(rows for rows, _ in hashes["seeds"].values()) > 100_000
    for form in ("csv", "parquet", "sql"):
        different = {
            table for table, found in hashes[form].items() if found != hashes["seeds"].get(table)
        }
        assert not different, f"{form}: {different}"
        assert hashes[form].keys() == hashes["seeds"].keys()


@pytest.mark.slow
def test_three_tables_are_enough(tmp_path):
    folder = write_demo(
        tmp_path / "raw", "csv", ("app__customers", "app__orders", "app__order_items")
    )
    for reference in folder.glob("reference__*"):
        reference.unlink()
    run = build(tmp_path / "three/warehouse.duckdb", folder)
    assert " ERROR=0 " in run.output
    revenue = "select count(*) > 1000 from core.orders where revenue > 0"
    assert query(tmp_path / "three/warehouse.duckdb", revenue) == [(True,)]


@pytest.mark.slow
def test_core_alone_is_enough_and_holds_no_personal_data(tmp_path):
    run = build(tmp_path / "core/warehouse.duckdb", variables={"areas": ["core"]})
    assert " ERROR=0 " in run.output
    assert "in test goals_on_metrics_that_are_built" in run.output
    personal = {
        column["name"]
        for seed in CONTRACTS.values()
        for column in seed["columns"]
        if contracts.meta(column).get("pii") in contracts.DIRECT
    }
    columns = query(
        tmp_path / "core/warehouse.duckdb",
        """select table_schema, table_name, column_name from information_schema.columns
        where table_schema not in ('raw', 'staging', 'vault', 'reference')""",
    )
    assert personal
    assert len(columns) > 100
    assert not [column for column in columns if column[2] in personal]


def test_an_area_that_is_not_there_stops_the_build(tmp_path):
    run = build(
        tmp_path / "none/warehouse.duckdb",
        variables={"areas": ["core", "grwoth"]},
        check=False,
        from_nothing=True,
    )
    assert run.code != 0
    assert "The var areas (vars.yml or --vars)" in run.output
    assert (
        "grwoth is no area. Write a list of some of these: [care, catalog, core, experiments, growth, lifecycle, ml, platform, privacy, trust]"
        in run.output
    )
    assert not query(tmp_path / "none/warehouse.duckdb", "select * from information_schema.tables")
