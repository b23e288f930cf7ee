"""k, l and t against pycanon, and hidden cells against an attacker who knows every total and has a linear program."""

import json
import pathlib

import duckdb
import jinja2
import numpy as np
import pandas as pd
import pytest
from contracts import CLASSES
from reference_anonymity import FILE, random_table
from scipy import sparse
from scipy.optimize import linprog
from warehouse import PROJECT, SETS, query

SMALLEST = 10
REFERENCE = pathlib.Path(__file__).parent / "reference"


@pytest.fixture(scope="module")
def macros():
    """The macros of the two methods, which need nothing of dbt."""
    text = "".join(
        (PROJECT / "macros" / f"{name}.sql").read_text(encoding="utf-8")
        for name in ("anonymity", "sums")
    )
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    environment.globals["return"] = str
    return environment.from_string(text).module


# ---- k, l, t ------------------------------------------------------------------------------------------------


def measured(macros, table: pd.DataFrame, quasi: list[str], sensitive: str, is_ordered=False):
    with duckdb.connect() as connection:
        connection.register("people", table)
        return connection.execute(
            macros.anonymity_of("people", quasi, sensitive, is_ordered)
        ).fetchone()


def test_the_reference_table(macros):
    table = pd.read_csv(REFERENCE / "privacy.csv", dtype=str)
    k, l_, t, rows = measured(macros, table, ["age_band", "zip3", "sex"], "diagnosis")
    assert (k, l_, rows) == (2, 1, len(table))
    assert t == pytest.approx(0.5555555555555556, abs=1e-9)


def test_random_tables_are_pycanons(macros):
    """Words by total variation, numbers by the distance that they would have to move."""
    expected = json.loads(FILE.read_text())
    assert len(expected) == 200
    for seed, known in list(enumerate(expected))[:SETS]:
        table = random_table(seed)
        quasi = [name for name in table if name.startswith("quasi")]
        for sensitive in ("word", "number"):
            k, l_, t, rows = measured(macros, table, quasi, sensitive, sensitive == "number")
            assert (k, l_, rows) == (known["k"], known[sensitive]["l"], len(table)), (
                seed,
                sensitive,
            )
            assert t == pytest.approx(known[sensitive]["t"], abs=1e-9), (seed, sensitive)


def test_what_is_empty_is_a_group_of_its_own(macros):
    table = pd.DataFrame({"country": ["KR", "KR", None], "word": ["a", None, "b"]})
    assert measured(macros, table, ["country"], "word")[:2] == (1, 1)
    one = pd.DataFrame({"country": ["KR"], "word": ["a"]})
    assert measured(macros, one, ["country"], "word", True) == (1, 1, 0.0, 1)
    assert measured(macros, one[:0], ["country"], "word") == (None, None, None, 0)


# ---- Hidden cells -------------------------------------------------------------------------------------------


def random_counts(seed: int, most_cells: int) -> np.ndarray:
    """Sparse and dense tables of people, with a few large cells and many small ones; some of one row or column."""
    rng = np.random.default_rng(seed)
    rows = 1 if seed % 10 == 0 else int(rng.integers(2, 26))
    columns = int(rng.integers(1, max(2, min(26, most_cells // rows) + 1)))
    mean = rng.choice([3, 15, 60, 300])
    return rng.poisson(rng.gamma(0.6, mean / 0.6, (rows, columns)))


def marked(macros, tables: list[np.ndarray]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Of each table, which cells are shown."""
    rows = [
        (number, row, column, int(people))
        for number, table in enumerate(tables)
        for (row, column), people in np.ndenumerate(table)
    ]
    with duckdb.connect() as connection:
        connection.register(
            "cells", pd.DataFrame(rows, columns=["number", "place", "kind", "people"])
        )
        found = connection.execute(
            macros.hidden_cells("cells", ["number"], "place", "kind", "people", SMALLEST)
        ).fetchall()
    shown = [np.zeros(table.shape, bool) for table in tables]
    for number, row, column, people, is_small, is_shown in found:
        assert people == tables[number][row, column]
        assert is_small == (people < SMALLEST)
        shown[number][row, column] = is_shown
    return shown


def widths(table: np.ndarray, hidden: np.ndarray) -> list[float]:
    """How far apart the least and the most are that each small hidden cell can be, given all totals and other cells."""
    rows, columns = table.shape
    places = np.argwhere(hidden)
    ones = np.ones(2 * len(places))
    totals = np.concatenate([places[:, 0], rows + places[:, 1]])
    matrix = sparse.csr_matrix(
        (ones, (totals, np.tile(np.arange(len(places)), 2))), (rows + columns, len(places))
    )
    known = matrix @ table[hidden]
    found = []
    for place, (row, column) in enumerate(places):
        if table[row, column] < SMALLEST:
            goal = np.zeros(len(places))
            goal[place] = 1
            least, most = (
                linprog(sign * goal, A_eq=matrix, b_eq=known, bounds=(0, None), method="highs").fun
                for sign in (1, -1)
            )
            found.append(-most - least)
    return found


def check_tables(macros, tables: list[np.ndarray]) -> int:
    """Attacks each table; how many small cells were attacked."""
    attacked = 0
    for table, shown in zip(tables, marked(macros, tables), strict=True):
        small = (table > 0) & (table < SMALLEST)
        assert not (shown & small).any()
        if not small.any():
            assert (shown == (table > 0)).all(), "nothing is hidden without a reason"
        elif shown.any():
            found = widths(table, ~shown & (table > 0))
            assert len(found) == small.sum()
            assert min(found) >= SMALLEST - 1e-6
            attacked += len(found)
    return attacked


def test_an_attacker_who_knows_all_totals_learns_no_small_cell(macros):
    assert check_tables(macros, [random_counts(seed, 60) for seed in range(80)]) > 100


@pytest.mark.slow
def test_nor_does_one_in_larger_tables(macros):
    """Up to 500 cells, 200 tables."""
    assert check_tables(macros, [random_counts(seed, 500) for seed in range(100, 300)]) > 3000


def test_hiding_the_small_cells_alone_gives_them_back(macros):
    """The naive way: a total minus what is shown."""
    tables = [random_counts(seed, 60) for seed in range(40)]
    exact = sum(
        width < 1e-6
        for table in tables
        if ((table > 0) & (table < SMALLEST)).any()
        for width in widths(table, (table > 0) & (table < SMALLEST))
    )
    assert exact > 40


def test_large_tables_are_safe_by_their_rectangles(macros):
    """No linear program is needed: people can be moved along the four corners without changing a total."""
    rng = np.random.default_rng(5)
    table = rng.poisson(rng.gamma(0.8, 40, (70, 40)))
    (shown,) = marked(macros, [table])
    hidden = ~shown & (table > 0)
    small = np.argwhere((table > 0) & (table < SMALLEST))
    assert len(small) > 300
    assert shown.sum() > 1000
    for row, column in small:
        up = np.minimum.outer(table[:, column], table[row])
        down = np.minimum(table, table[row, column])
        may = hidden & hidden[row] & hidden[:, [column]]
        may[row] = may[:, column] = False
        assert (may & (up + down >= SMALLEST)).any()


def test_a_table_in_which_nobody_can_hide_is_not_shown(macros):
    one_row, one_cell, safe = np.array([[3, 400, 500]]), np.array([[4]]), np.array([[10, 12]])
    shown = marked(macros, [one_row, one_cell, safe, np.array([[0, 0]])])
    assert [table.any() for table in shown] == [False, False, True, False]
    with duckdb.connect() as connection:
        connection.execute("create table cells as select 'a' as a, 'b' as b, 3 as people")
        alone = macros.hidden_cells("cells", [], "a", "b", "people", SMALLEST)
        assert connection.execute(alone).fetchall() == [("a", "b", 3, True, False)]


# ---- The demo company ---------------------------------------------------------------------------------------


def test_open_tables_of_the_demo_show_no_small_group(demo):
    groups = query(
        demo, "select count(*) from privacy.open_customers group by brand, country_group, age_group"
    )
    assert len(groups) > 10
    assert min(n for (n,) in groups) >= SMALLEST
    columns = query(
        demo,
        "select column_name from information_schema.columns where table_name = 'open_customers'",
    )
    assert not any("id" in name.split("_") for (name,) in columns)


def test_totals_of_open_signups_are_sums_of_what_is_shown(demo):
    rows = query(
        demo,
        "select level, brand, created_period, country_group, customer_count from privacy.open_signups",
    )
    cells = [row for row in rows if row[0] == "cell" and row[4] is not None]
    assert cells
    for level, brand, period, country, people in rows:
        if level != "cell":
            shown = [
                cell[4]
                for cell in cells
                if (brand in ("all", cell[1]))
                and (period in (None, cell[2]))
                and (country in ("all", cell[3]))
            ]
            assert people == (sum(shown) or None)


def test_the_attack_on_the_groups_of_the_demo(demo):
    """With the true totals of brands, ages and countries: those that other tables have."""
    rows = query(
        demo, "select brand, age_group, country_group, n, is_shown from privacy.int_open_classes"
    )
    frame = pd.DataFrame(rows, columns=["brand", "age", "country", "n", "shown"])
    attacked = 0
    for _, brand in frame.groupby("brand"):
        table = brand.pivot(index="age", columns="country", values="n").fillna(0).to_numpy()
        shown = brand.pivot(index="age", columns="country", values="shown")
        shown = shown.fillna(False).to_numpy().astype(bool)
        small = (table > 0) & (table < SMALLEST)
        if small.any() and shown.any():
            found = widths(table, ~shown & (table > 0))
            assert min(found) >= SMALLEST - 1e-6
            attacked += len(found)
    assert attacked > 3


def test_anonymity_is_pycanons_way_of_counting(demo):
    """k of each table, counted by hand."""
    told = dict(query(demo, "select table_name, min(k) from privacy.anonymity group by 1"))
    by_hand = query(
        demo,
        "select min(n) from (select count(*) as n from core.customers"
        " group by brand, country_code, age_band, created_date)",
    )
    assert told["customers"] == by_hand[0][0] < SMALLEST
    assert told["open_customers"] >= SMALLEST


# ---- How long it is kept ------------------------------------------------------------------------------------


def test_every_class_has_a_rule_of_retention():
    rules = pd.read_csv(PROJECT / "seeds" / "reference" / "retention_rules.csv")
    assert set(rules.loc[rules.source_system == "all", "pii"]) == CLASSES - {"none"}


def test_what_is_overdue_is_counted_by_hand(demo):
    """Events older than 400 days on as_of, by the day of their arrival."""
    told = query(
        demo,
        "select overdue_count from privacy.retention_status"
        " where table_name = 'events' and pii = 'device_id'",
    )
    by_hand = query(
        demo,
        "select count(*) from staging.validated_events__events cross join staging.as_of"
        " where cast(arrived_at as date) + 400 < as_of_date",
    )
    assert told == by_hand
    assert told[0][0] > 1000


def test_the_record_of_processing_has_every_personal_column_once(demo):
    told = query(
        demo,
        "select source_system || '.' || table_name, unnest(string_split(column_names, ', '))"
        " from privacy.processing_record",
    )
    columns = query(
        demo,
        "select raw_table, column_name from privacy.personal_columns where handling <> 'none'",
    )
    assert sorted(told) == sorted(columns)
    assert len(columns) > 20
