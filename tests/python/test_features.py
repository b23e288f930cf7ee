"""Features know only what was known: counted one by one, with the future poisoned, and by increments."""

import math
import pathlib
import shutil
from datetime import datetime, timedelta

import duckdb
import features_company as company
import pandas as pd
import pytest
from warehouse import build, query, table_hash

TABLES = ["trust.payment_risk_features", "ml.customer_features"]
MODELS = ["+payment_risk_features", "+customer_features", "+fraud_queue", "+feature_registry"]
# Labels are mature after ten days here, so that three months have some.
VARIABLES = {"fraud_maturity_days": 10, "review_days": 20}
POISONED_FROM = datetime(2026, 3, 1)


def make(database, raw, as_of: datetime = company.LAST_DAY - timedelta(days=1)):
    build(
        database,
        raw,
        select=MODELS,
        tests=False,
        variables={**VARIABLES, "as_of": as_of.strftime("%Y-%m-%d")},
    )
    return database


@pytest.fixture(scope="module")
def tables():
    return company.make_tables(seed=16)


@pytest.fixture(scope="module")
def raw(tables, tmp_path_factory):
    return company.write(tmp_path_factory.mktemp("raw"), tables)


@pytest.fixture(scope="module")
def warehouse(raw, tmp_path_factory):
    return make(tmp_path_factory.mktemp("features") / "warehouse.duckdb", raw)


def rows_of(database, sql: str) -> list[dict]:
    with duckdb.connect(str(database), read_only=True) as connection:
        answer = connection.execute(sql)
        names = [column[0] for column in answer.description]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def differences(built: dict, counted: dict) -> list[tuple]:
    """(name, built, counted) of every value that is not the same."""
    found = []
    for name, value in counted.items():
        own = built[name]
        is_same = own == value
        if own is not None and value is not None and not is_same:
            is_same = math.isclose(float(own), float(value), rel_tol=1e-9, abs_tol=1e-9)
        if not is_same:
            found.append((name, own, value))
    return found


def built_features(database) -> dict[str, dict]:
    rows = rows_of(database, "select * from trust.payment_risk_features")
    return {row["payment_id"]: row for row in rows}


def assert_counted_alike(built: dict[str, dict], counted: dict[str, dict]) -> None:
    assert built.keys() == counted.keys()
    own_columns = {"payment_id", "fingerprint"}
    assert set(built["m0000"]) - own_columns == set(counted["m0000"])
    wrong = {
        payment: found
        for payment, row in counted.items()
        if (found := differences(built[payment], row))
    }
    assert not wrong, dict(list(wrong.items())[:3])


def test_features_of_payments_are_those_counted_one_by_one(warehouse, tables):
    counted = company.count_by_hand(tables)
    assert_counted_alike(built_features(warehouse), counted)
    # Nothing was compared with nothing.
    for name in set(counted["m0000"]) - {"customer_id", "attempted_at"}:
        values = [row[name] for row in counted.values()]
        assert any(values), name
        assert None in values, name


@pytest.mark.parametrize(
    "seed", [1, 2, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(3, 43))]
)
def test_features_of_other_companies_are_those_counted_one_by_one(warehouse, tmp_path, seed):
    """The models' own SQL over what staging would hold; the future is poisoned in each."""
    compiled = pathlib.Path(f"{warehouse}.target/compiled/groundwork/models/marts/trust")
    tables = company.make_tables(seed)
    own = run_models(compiled, tables, tmp_path / "own" / "warehouse.duckdb")
    assert_counted_alike(own, company.count_by_hand(tables))
    poison = company.poisoned(tables, POISONED_FROM, seed)
    other = run_models(compiled, poison, tmp_path / "poisoned" / "warehouse.duckdb")
    past = [name for name, row in own.items() if row["attempted_at"] < POISONED_FROM]
    assert len(past) > 100
    assert [own[name] for name in past] == [other[name] for name in past]


def run_models(
    compiled: pathlib.Path, tables: dict[str, pd.DataFrame], database: pathlib.Path
) -> dict[str, dict]:
    """payment_risk_features of raw tables, made by the models' compiled SQL."""
    database.parent.mkdir()
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema staging; create schema trust")
        for source, staged in (
            ("payments__payments", "validated_payments__payments"),
            ("payments__disputes", "validated_payments__disputes"),
            ("app__customers", "stg_app__customer_versions"),
        ):
            frame = tables[source].rename(columns={"_loaded_at": "arrived_at"})
            for column in [name for name in frame if name.endswith("_at")]:
                frame[column] = pd.to_datetime(frame[column]).astype("datetime64[us]")
            connection.register("frame", frame)
            amount = "replace (amount::decimal(24, 8) as amount)" if "amount" in frame else ""
            connection.execute(
                f"create table staging.{staged} as select * {amount}, 'staged' as row_status from frame"
            )
        for name in (
            "int_payment_attempts",
            "int_known_frauds",
            "int_key_events",
            "int_key_windows",
            "int_risk_states",
            "payment_risk_features",
        ):
            (path,) = compiled.rglob(f"{name}.sql")
            connection.execute(f"create table trust.{name} as {path.read_text()}")
    return built_features(database)


def test_naive_counts_look_ahead(warehouse, tables):
    """What most write first: whether a payment was disputed, as it is known today."""
    naive = rows_of(
        warehouse,
        """
        select features.payment_id, count(distinct disputes.payment_id) as frauds
        from trust.payment_risk_features as features
        inner join staging.stg_payments__payments as own using (payment_id)
        inner join staging.stg_payments__payments as others using (device_id)
        left join staging.stg_payments__disputes as disputes
            on others.payment_id = disputes.payment_id and disputes.reason = 'fraud'
        where others.attempted_at < own.attempted_at
        group by features.payment_id
        """,
    )
    counted = company.count_by_hand(tables)
    ahead = [
        row for row in naive if row["frauds"] > counted[row["payment_id"]]["frauds_per_device"]
    ]
    assert len(ahead) > len(naive) / 10


def test_features_of_customers_are_those_counted_one_by_one(warehouse, tables):
    built = {
        (row["customer_id"], row["brand"], row["feature_date"]): row
        for row in rows_of(warehouse, "select * from ml.customer_features")
    }
    days = sorted({day for _, _, day in built})
    assert [str(day) for day in days[-9:]] == [
        "2026-01-31",
        "2026-02-28",
        *(f"2026-03-{day}" for day in range(24, 31)),
    ]
    counted = company.customers_by_hand(tables, days)
    assert built.keys() == counted.keys()
    wrong = {key: found for key, row in counted.items() if (found := differences(built[key], row))}
    assert not wrong, dict(list(wrong.items())[:3])
    for name in next(iter(counted.values())):
        assert any(row[name] for row in counted.values()), name
    assert {row["last_channel"] for row in built.values()} > {"direct", "none", "organic_search"}
    assert all(
        row["feature_at"]
        == datetime.combine(row["feature_date"], datetime.min.time()) + company.DAY
        for row in built.values()
    )


def test_a_poisoned_future_changes_no_byte_of_the_past(warehouse, raw, tables, tmp_path):
    """By increments: the poison is built on top of what was clean, and taken out again."""
    poison = company.write(tmp_path / "raw", company.poisoned(tables, POISONED_FROM, seed=3))
    database = shutil.copy(warehouse, tmp_path / "warehouse.duckdb")
    make(database, poison)
    changed = 0
    for table, moment in zip(TABLES, ["attempted_at", "feature_at"], strict=True):
        past = f"select * from {table} where {moment} <= timestamp '{POISONED_FROM}' order by all"
        if moment == "attempted_at":
            past = past.replace("<=", "<")
        before, after = rows_of(warehouse, past), rows_of(database, past)
        assert len(before) > 30
        assert before == after
        changed += table_hash(warehouse, table) != table_hash(database, table)
    assert changed == len(TABLES), "the poison changed nothing at all"
    make(database, raw)
    for table in TABLES:
        assert table_hash(database, table) == table_hash(warehouse, table), table


@pytest.mark.slow
@pytest.mark.parametrize("days", [[40], [75, 55, 30, 12, 4, 1]])
def test_increments_end_as_one_full_build(warehouse, raw, tables, tmp_path, days):
    database = tmp_path / "warehouse.duckdb"
    for number in days:
        night = company.LAST_DAY - number * company.DAY
        part = company.write(tmp_path / f"raw{number}", company.arrived_by(tables, night))
        make(database, part, night - company.DAY)
    make(database, raw)
    for table in [*TABLES, "trust.int_key_windows", "trust.fraud_queue"]:
        count, own = table_hash(warehouse, table)
        assert count
        assert table_hash(database, table) == (count, own), table
    # Nothing changed: nothing is built again.
    before = query(database, "select min(rowid), max(rowid) from trust.payment_risk_features")
    make(database, raw)
    assert (
        query(database, "select min(rowid), max(rowid) from trust.payment_risk_features") == before
    )


def test_the_queue_is_what_its_rule_says(warehouse):
    """Candidates, chance, order and reasons, worked out again from labels and features."""
    labels = rows_of(warehouse, "select * from trust.payment_labels")
    features = built_features(warehouse)
    signals = rows_of(warehouse, "select * from reference.risk_signals")
    disputed = {payment for (payment,) in query(warehouse, "select payment_id from core.disputes")}
    queue = rows_of(warehouse, "select * from trust.fraud_queue order by queue_rank")
    assert 0 < len(queue) <= 20
    mature = [row for row in labels if row["is_mature"] and row["label"] in ("confirmed", "clean")]
    frauds = sum(row["label"] == "confirmed" for row in mature)
    # No payment is scored here: one kind, one band.
    chance = (frauds + 20 * frauds / len(mature)) / (len(mature) + 20)
    since = datetime(2026, 3, 30) - 20 * company.DAY + company.DAY
    candidates = sorted(
        (
            row
            for row in labels
            if row["label"] == "immature"
            and row["attempted_at"] >= since
            and row["payment_id"] not in disputed
            and row["amount"] > 0
        ),
        key=lambda row: (-row["amount"], row["payment_id"]),
    )
    assert [row["payment_id"] for row in queue] == [row["payment_id"] for row in candidates][:20]
    for place, row in enumerate(queue):
        assert row["queue_rank"] == place + 1
        assert row["chance_basis"] == "labels"
        assert math.isclose(row["fraud_chance"], chance)
        assert math.isclose(
            row["expected_loss"], chance * float(row["amount_at_risk"]), abs_tol=1e-6
        )

    def shows(signal: dict, payment: str) -> bool:
        value = features[payment][signal["feature"]]
        if value is None:
            return False
        bound = signal["bound"]
        return value >= bound if signal["comparison"] == "at_least" else value <= bound

    def low(fraud: int, n: int) -> float:
        z = 1.959963984540054
        half = z * math.sqrt(fraud * (n - fraud) / n + z * z / 4)
        return max(0.0, (fraud + z * z / 2 - half) / (n + z * z))

    strength = {}
    for signal in signals:
        own = [row for row in mature if shows(signal, row["payment_id"])]
        if own:
            fraud = sum(row["label"] == "confirmed" for row in own)
            strength[signal["signal"]] = (low(fraud, len(own)), fraud / len(own))
    for row in queue:
        best: dict[str, tuple] = {}
        for signal in signals:
            if shows(signal, row["payment_id"]) and signal["signal"] in strength:
                bound, share = strength[signal["signal"]]
                if bound > frauds / len(mature):
                    own = (bound, share)
                    best[signal["feature"]] = max(best.get(signal["feature"], own), own)
        expected = sorted(best.items(), key=lambda item: (-item[1][0], item[0]))[:3]
        built = [
            (row[f"{place}_feature"], row[f"{place}_fraud_share"])
            for place in ("first", "second", "third")
            if row[f"{place}_feature"]
        ]
        assert [name for name, _ in built] == [name for name, _ in expected]
        for (_, share), (_, (_, own)) in zip(built, expected, strict=True):
            assert math.isclose(share, own)
    assert any(row["first_feature"] for row in queue), "no feature speaks: the test shows nothing"


def test_the_registry_names_the_columns_of_the_tables(warehouse):
    registered = {
        (table, column)
        for table, column in query(
            warehouse, "select table_name, column_name from ml.feature_registry"
        )
    }
    for table, keys in (
        ("payment_risk_features", {"payment_id", "customer_id", "attempted_at", "fingerprint"}),
        (
            "customer_features",
            {"customer_id", "brand", "feature_date", "feature_at", "fingerprint"},
        ),
    ):
        schema = "trust" if table.startswith("payment") else "ml"
        columns = {name for name, *_ in query(warehouse, f"describe {schema}.{table}")}
        assert {column for name, column in registered if name == table} == columns - keys
