"""For each raw table of the demo, every row of its file has exactly one fate, the one that a second implementation of the
contract gives it: here in Python, from the files and the YAML, without the project's macros."""

import csv
import json
import shutil
from collections import Counter, defaultdict
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation

import duckdb
import pytest
import yaml
from warehouse import PROJECT, build, query, table_hash

TRUTH = json.loads((PROJECT / "ingest" / "truth.json").read_text())
CONTRACTS = {
    seed["name"].removeprefix("raw_"): seed
    for path in sorted((PROJECT / "seeds" / "raw").glob("*.yml"))
    for seed in yaml.safe_load(path.read_text())["seeds"]
}
FIRST_PLAUSIBLE = datetime(1990, 1, 1)
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


def typed(text: str, data_type: str):
    """The value, or an error that is a ValueError or InvalidOperation."""
    if data_type == "varchar":
        return text
    if data_type == "timestamp":
        return datetime.fromisoformat(text).replace(tzinfo=None)
    if data_type == "date":
        return date.fromisoformat(text[:10])
    if data_type == "bigint":
        return int(text)
    if data_type == "boolean":
        return {"true": True, "false": False}[text.lower()]
    if data_type == "json":
        return json.loads(text) and text
    number = float(text) if data_type == "double" else Decimal(text)
    if number != number or abs(number) == float("inf"):
        raise ValueError(text)
    if data_type.startswith("decimal"):
        return number.quantize(Decimal(1).scaleb(-int(data_type.split(",")[1].strip(" )"))))
    return number


def as_moment(value) -> datetime:
    return value if isinstance(value, datetime) else datetime.combine(value, time())


class Row:
    """One raw row: its values, its key, when it arrived, and the first thing wrong with it."""

    def __init__(self, table: str, raw: dict, currencies: set[str], end: datetime):
        contract = CONTRACTS[table]
        meta = contract["config"]["meta"]
        self.raw, self.values, self.wrong = raw, {}, None
        texts = {}
        problems = {}
        for column in contract["columns"]:
            name, rules = column["name"], column.get("config", {}).get("meta", {})
            texts[name] = raw.get(name, "").strip() or rules.get("default")
            if rules.get("upper") and texts[name]:
                texts[name] = texts[name].upper()
            try:
                self.values[name] = typed(texts[name], column["data_type"]) if texts[name] else None
            except (ValueError, KeyError, InvalidOperation):
                self.values[name] = None
                problems[name] = f"not {KINDS.get(column['data_type'], 'a number')}"
        names = (meta.get("arrived"), meta.get("version"), meta.get("moment"))
        moments = [as_moment(self.values[n]) for n in names if n and self.values[n]]
        self.arrived_at = self.values["_loaded_at"] or min(moments, default=None)
        fact = None if meta.get("is_dimension") else meta.get("fact") or meta.get("moment")
        happened = [self.values[n] for n in (fact, meta.get("arrived")) if fact and self.values[n]]
        self.happened_at = min(map(as_moment, happened), default=None)
        known_at = self.values["_loaded_at"] or self.values.get(meta.get("arrived")) or end
        self.key = "/".join(texts[name] for name in meta["key"] if texts[name]) or None
        self.version = (
            self.values["_loaded_at"] or datetime.min,
            self.values[meta["version"]] or datetime.min if meta.get("version") else None,
        )
        for column in contract["columns"]:
            name, rules = column["name"], column.get("config", {}).get("meta", {})
            newest = datetime.max
            is_moment = name == meta.get("moment")
            other = rules.get("corrected_by")
            has_one_clock = is_moment and not (self.values[other] if other else meta.get("arrived"))
            oldest = FIRST_PLAUSIBLE if has_one_clock or rules.get("past") else datetime.min
            if is_moment and not (other and self.values[other]):
                newest = as_moment(known_at) + timedelta(days=1)
            elif rules.get("past"):
                newest = end.replace(year=end.year + 1)
            reason = self.reason(texts[name], self.values[name], rules, oldest, newest, currencies)
            if reason == "empty" and other and self.values[other]:
                reason = None
            without = rules.get("needed_without")
            if without and texts[name] is None and texts[without] is None:
                reason = f"empty as is {without}"
            reason = problems.get(name, reason)
            if reason:
                self.wrong = (name, reason)
                break

    def reason(self, text, value, rules, oldest, newest, currencies):
        if text is None:
            return None if rules.get("optional") or "default" in rules else "empty"
        if rules.get("accepted") and text not in rules["accepted"]:
            return "not accepted"
        if text in rules.get("reserved", []):
            return "reserved"
        if value is None:
            return None
        if "min" in rules and value < Decimal(str(rules["min"])):
            return "below minimum"
        if "max" in rules and value > Decimal(str(rules["max"])):
            return "above maximum"
        if isinstance(value, date) and as_moment(value) > newest:
            return "in the future"
        if isinstance(value, date) and as_moment(value) < oldest:
            return "not plausible"
        if rules.get("has_rate") and text not in currencies | {"USD"}:
            return "without a rate"
        return None


@pytest.fixture(scope="module")
def fates() -> dict[str, dict[str, list[list[Row]]]]:
    """table: fate: groups of rows; of a group of staged rows that nothing but chance orders, one is staged."""
    newest = max(
        row["_loaded_at"] for table in CONTRACTS for row in rows_of(table) if row["_loaded_at"]
    )
    as_of = datetime.fromisoformat(newest).date() - timedelta(days=1)
    end = datetime.combine(as_of + timedelta(days=1), time())
    known_until = datetime.fromisoformat(newest)
    # Rates first, for the currencies; orders before their lines.
    first = ["finance__exchange_rates", "app__orders"]
    found, currencies, later_orders = {}, set(), set()
    for table in [*first, *sorted(set(CONTRACTS) - set(first))]:
        by_key, sorted_out = defaultdict(list), defaultdict(list)
        for raw in rows_of(table):
            row = Row(table, raw, currencies, end)
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


def test_all_tables_are_there(fates):
    assert fates.keys() == CONTRACTS.keys()
    filled = {name for name, table in fates.items() if any(table.values())}
    assert filled == {name.replace(".", "__") for name in TRUTH["tables"]}


@pytest.mark.parametrize("table", CONTRACTS)
def test_fates_are_the_second_implementations(demo, fates, table):
    system, name = table.split("__")
    counted = dict(
        query(
            demo,
            f"""select row_status, sum(row_count) from vault.raw_row_statuses
            where source_system = '{system}' and table_name = '{name}' group by row_status""",
        )
    )
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
        f"""select row_key, column_name, reason, raw_row from vault.rejected_rows
        where source_system = '{system}' and table_name = '{name}'""",
    )
    expected = [
        (row.key, *row.wrong, {k: v or None for k, v in row.raw.items()})
        for (row,) in fates[table]["rejected"]
    ]
    found = [(key, column, reason, json.loads(raw)) for key, column, reason, raw in rows]
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
    tables = query(
        database,
        f"""select table_schema || '.' || table_name from information_schema.tables
        where table_schema like '{schema}' and table_schema not in ('raw', 'reference') order by all""",
    )
    return {table: table_hash(database, table) for (table,) in tables}


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
        build(tmp_path / f"{form}.duckdb", raw, tests=False)
        hashes[form] = all_hashes(tmp_path / f"{form}.duckdb")
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
    run = build(tmp_path / "three.duckdb", folder)
    assert " ERROR=0 " in run.output
    revenue = "select count(*) > 1000 from core.orders where revenue > 0"
    assert query(tmp_path / "three.duckdb", revenue) == [(True,)]


def test_core_alone_is_enough_and_holds_no_personal_data(tmp_path):
    run = build(tmp_path / "core.duckdb", variables={"areas": ["core"]})
    assert " ERROR=0 " in run.output
    assert "in test goals_on_metrics_that_are_built" in run.output
    personal = {
        column["name"]
        for seed in CONTRACTS.values()
        for column in seed["columns"]
        if column.get("config", {}).get("meta", {}).get("pii")
    }
    columns = query(
        tmp_path / "core.duckdb",
        """select table_schema, table_name, column_name from information_schema.columns
        where table_schema not in ('raw', 'staging', 'vault', 'reference')""",
    )
    assert personal
    assert len(columns) > 100
    assert not [column for column in columns if column[2] in personal]


def test_an_area_that_is_not_there_stops_the_build(tmp_path):
    run = build(tmp_path / "none.duckdb", variables={"areas": ["core", "grwoth"]}, check=False)
    assert run.code != 0
    assert "The var areas (vars.yml or --vars)" in run.output
    assert (
        "grwoth is no area. Write a list of some of these: [care, core, experiments, growth, lifecycle]"
        in run.output
    )
    assert not query(tmp_path / "none.duckdb", "select * from information_schema.tables")
