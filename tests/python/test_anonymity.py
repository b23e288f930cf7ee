"""k, l and t against pycanon, and hidden cells against an attacker who knows every total and has a linear program."""

import json
import pathlib
import shutil

import duckdb
import jinja2
import numpy as np
import pandas as pd
import privacy
import publish
import pytest
import yaml
from contracts import CLASSES
from reference_anonymity import FILE, random_table
from scipy import sparse
from scipy.optimize import linprog
from scipy.stats import kstest, laplace
from warehouse import PROJECT, SETS, query

SMALLEST = 10
REFERENCE = pathlib.Path(__file__).parent / "reference"
VARS = yaml.safe_load((PROJECT / "vars.yml").read_text(encoding="utf-8"))["vars"]


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


# ---- Two tables of the same people --------------------------------------------------------------------------


def check_linked(people: pd.DataFrame, shown: dict[str, set[tuple]]) -> int:
    """Attacks two tables at once: by year and country, and by age and country, of which `shown` lists the shown cells;
    a table of which nothing is shown is not attacked.

    The attacker has every shown cell of both, every total of years, ages and countries, and knows which cells are empty.
    """
    names = list(shown)
    cells = people.groupby(["year", "age", "country"]).size()
    per_table = {name: people.groupby([name, "country"]).size() for name in names}
    places = [
        (year, age, country)
        for year in people.year.unique()
        for age in people.age.unique()
        for country in people.country.unique()
        if (year, country) in per_table["year"] and (age, country) in per_table["age"]
    ]
    frame = pd.DataFrame(places, columns=["year", "age", "country"])
    true = np.array([cells.get(place, 0) for place in places])
    known = [(frame[name] == value).to_numpy() for name in frame for value in frame[name].unique()]
    known += [
        ((frame[name] == value) & (frame.country == country)).to_numpy()
        for name in names
        for value, country in shown[name]
    ]
    matrix = sparse.csr_matrix(np.array(known, float))
    attacked = 0
    for name in names:
        for (value, country), n in per_table[name].items():
            if n < SMALLEST and shown[name]:
                goal = ((frame[name] == value) & (frame.country == country)).to_numpy(float)
                least, most = (
                    linprog(
                        sign * goal,
                        A_eq=matrix,
                        b_eq=matrix @ true,
                        bounds=(0, None),
                        method="highs",
                    ).fun
                    for sign in (1, -1)
                )
                assert -most - least >= SMALLEST - 1e-6, (name, value, country, n)
                attacked += 1
    return attacked


def test_two_open_tables_of_the_same_people_do_not_give_each_other_back(macros):
    """As signups and customers are: they share the totals of countries, and no cells."""
    attacked = 0
    for seed in range(25):
        rng = np.random.default_rng(seed)
        size = int(rng.integers(800, 5000))
        people = pd.DataFrame(
            {
                name: rng.choice(count, size, p=rng.dirichlet(np.ones(count)))
                for name, count in [("year", 5), ("age", 4), ("country", 5)]
            }
        )
        shown = {}
        for name in ("year", "age"):
            table = people.groupby([name, "country"]).size().unstack(fill_value=0)
            (kept,) = marked(macros, [table.to_numpy()])
            shown[name] = {
                (table.index[row], table.columns[column]) for row, column in np.argwhere(kept)
            }
        attacked += check_linked(people, shown)
    assert attacked > 60


# ---- Noise --------------------------------------------------------------------------------------------------


@pytest.fixture
def noisy(macros, monkeypatch):
    """Counts as they are given away with noise, cell by cell."""
    monkeypatch.setenv("GROUNDWORK_NOISE_SECRET", "a secret of a test, long enough")

    def counts(people: list[int], epsilon=1.0, **more) -> list[int]:
        with duckdb.connect() as connection:
            connection.create_function(
                "laplace_noise", privacy.laplace_noise, ["VARCHAR", "DOUBLE"], "DOUBLE"
            )
            rows = pd.DataFrame({"place": range(len(people)), "kind": "a", "n": people})
            connection.register("cells", rows)
            count = macros.given_away("n", "a_table", ["place", "kind"], epsilon, SMALLEST, **more)
            found = connection.execute(f"select {count} from cells order by place").fetchall()
        return [n for (n,) in found]

    return counts


def test_noise_is_laplaces(noisy):
    people = [1000] * 4000
    for epsilon, cells in ((0.5, 1), (1, 4)):
        noise = np.array(noisy(people, epsilon, cells_of_a_person=cells)) - 1000
        scale = cells / epsilon
        assert (
            kstest(
                noise + np.random.default_rng(1).uniform(-0.5, 0.5, 4000), laplace(0, scale).cdf
            ).pvalue
            > 0.001
        )
        assert np.abs(noise).mean() == pytest.approx(scale, rel=0.06)
        assert abs(noise.mean()) < 0.1 * scale


def test_the_same_counts_have_the_same_noise_and_others_have_another_everywhere(noisy, monkeypatch):
    """Else the mean of many publications, or the difference of two, would take the noise off."""
    people = [500] * 200
    first = noisy(people, 0.1)
    assert noisy(people, 0.1) == first
    second = noisy([501, *people[1:]], 0.1)
    assert sum(one != other for one, other in zip(first, second, strict=True)) > 180
    monkeypatch.setenv("GROUNDWORK_NOISE_SECRET", "another secret of a test")
    assert sum(one != other for one, other in zip(first, noisy(people, 0.1), strict=True)) > 180


def test_no_noise_by_default_and_none_below_the_smallest_cell(noisy, macros):
    assert macros.given_away("n", "a_table", ["place"], 0, SMALLEST) == "n"
    assert VARS["noise_epsilon"] == 0
    assert min(noisy([SMALLEST] * 200, 0.1)) == SMALLEST


def test_without_a_secret_noise_is_refused(noisy, monkeypatch):
    monkeypatch.setenv("GROUNDWORK_NOISE_SECRET", "short")
    with pytest.raises(
        duckdb.Error, match="at least 16 random characters into GROUNDWORK_NOISE_SECRET"
    ):
        noisy([20])


def test_what_noise_has_spent_is_kept_and_ends(tmp_path):
    """Counts that changed spend epsilon, a table; what is as it was spends nothing; an older build may go."""
    model = {
        "schema": "privacy",
        "alias": "open_signups",
        "config": {"meta": {"noise": {"epsilon": "0.5", "budget": "1"}}},
    }

    def publish_counts(name: str, n: int, models: list[dict]) -> list[tuple]:
        build = tmp_path / "builds" / name
        making = tmp_path / "making"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(parents=True)
        with duckdb.connect(str(making / publish.OPEN)) as connection:
            connection.execute(
                f"create schema privacy; create table privacy.open_signups as select {n} as n"
            )
        with duckdb.connect() as connection:
            publish.write_noise_spent(connection, models, making, tmp_path)
        making.rename(build)
        with duckdb.connect(str(build / publish.OPEN), read_only=True) as connection:
            if not connection.execute(
                "from duckdb_tables() where table_name = 'noise_spent'"
            ).fetchall():
                return []
            return connection.execute(
                "select table_name, epsilon from privacy.noise_spent"
            ).fetchall()

    (tmp_path / "builds").mkdir()
    spent = ("privacy.open_signups", 0.5)
    assert publish_counts("0", 20, []) == []
    assert publish_counts("1", 20, [model]) == [spent]
    assert publish_counts("2", 20, [model]) == [spent]
    shutil.rmtree(tmp_path / "builds" / "1")
    assert publish_counts("3", 21, [model]) == [spent, spent]
    with pytest.raises(publish.CannotPublish, match=r"would spend 1\.5 of the noise_budget of 1"):
        publish_counts("4", 22, [model])
    assert publish_counts("5", 21, [model]) == [spent, spent]
    # What was spent stays when noise is switched off.
    assert publish_counts("6", 21, []) == [spent, spent]


# ---- The demo company ---------------------------------------------------------------------------------------


def test_every_published_table_says_who_may_read_it(demo, parsed_manifest):
    """Each is in privacy.anonymity; what is open is measured, and no table of persons or small groups is."""
    told = query(
        demo,
        "select distinct table_name, disclosure, is_open, k, is_anonymous from privacy.anonymity",
    )
    public = {
        model["name"]
        for model in publish.public_models(parsed_manifest)
        if model["resource_type"] == "model"
    }
    assert {row[0] for row in told} == public
    assert len(public) > 100
    for table, disclosure, is_open, k, is_anonymous in told:
        assert is_open == (disclosure == "open"), table
        assert not is_open or (k >= SMALLEST and is_anonymous), table
        assert is_anonymous == (disclosure == "nobody" or (k is not None and k >= SMALLEST)), table


def test_the_attack_on_both_open_tables_of_the_demo(demo):
    people = query(
        demo, "select brand, created_period, age_group, country_group from privacy.int_open_people"
    )
    people = pd.DataFrame(people, columns=["brand", "year", "age", "country"])
    cells = query(
        demo,
        "select brand, created_period, country_group from privacy.int_open_signups where is_shown",
    )
    classes = query(
        demo, "select brand, age_group, country_group from privacy.int_open_classes where is_shown"
    )
    attacked = 0
    for brand, of_brand in people.groupby("brand"):
        shown = {
            "year": {row[1:] for row in cells if row[0] == brand},
            "age": {row[1:] for row in classes if row[0] == brand},
        }
        attacked += check_linked(of_brand, shown)
    assert attacked > 3


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
