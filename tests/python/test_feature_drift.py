"""Drift of features and scores: against scipy and by hand, on bad input, and with bins that are kept."""

import csv
import json
import math

import duckdb
import numpy as np
import pytest
from drift_company import (
    FIRST_WEEK,
    REFERENCE_DAY,
    bins_by_hand,
    counts_by_hand,
    predictions,
    psi_by_hand,
    write,
)
from scipy import stats
from scipy.spatial import distance
from warehouse import PROJECT, build, query

TABLES = "+feature_drift +prediction_drift"
VARIABLES = {"as_of": "2026-04-30"}
REFERENCE = PROJECT / "tests/python/reference"
VERSIONS, NUMBERS, WORDS = 20, 8, 2  # 200 sets


def numbers(random: np.random.Generator, kind: int, n: int, shift: float) -> np.ndarray:
    """Values of one of eight kinds, from smooth to a single one."""
    draws = [
        lambda: random.normal(shift, 1, n),
        lambda: np.round(random.gamma(2, 20 + 10 * shift, n)),  # whole dollars: ties
        lambda: random.poisson(1 + shift, n).astype(float),  # few values
        lambda: (random.random(n) < 0.07 + 0.2 * shift).astype(float),  # a flag
        lambda: np.where(random.random(n) < 0.9, 100, random.random(n) * 100 - 40 * shift),
        lambda: np.full(n, 5.0),
        lambda: random.normal(0, 1, n) * 10.0 ** random.integers(-300, 300, n),
        lambda: np.where(random.random(n) < 0.3 + shift / 2, 0, random.exponential(1, n)),
    ]
    return draws[kind]()


@pytest.fixture(scope="module")
def sets():
    """200 sets of reference and current values, by version and feature."""
    random = np.random.default_rng(16)
    made = {}
    for version in range(VERSIONS):
        sizes = random.integers(150, 700), random.integers(100, 500)
        shift = random.choice([0, 0.2, 1.5])
        for kind in range(NUMBERS):
            made[version, f"n{kind}"] = tuple(
                numbers(random, kind, size, moved)
                for size, moved in zip(sizes, (0, shift), strict=True)
            )
        for kind in range(WORDS):
            words = np.array(list("abcdef"))
            made[version, f"w{kind}"] = (
                random.choice(words[: 3 + kind], sizes[0]),
                random.choice(words, sizes[1], p=random.dirichlet(np.full(6, 2))),
            )
    return made


BAD_REFERENCE = [
    {
        "fine": i % 40,
        "few": i % 3,
        "same": 7,
        "is_new": i % 7 == 0,
        "late": None,
        "Case": i,
        "case": -i,
    }
    for i in range(200)
]
BAD_WEEK = [
    # 200 rows, each with something
    *("[1, 2]", '"text"', "3", None, "{}"),
    *({"fine": {"deep": 1}, "few": [1, 2], "same": "word"} for _ in range(45)),
    *({"fine": 1e300, "few": "3.5", "same": True} for _ in range(50)),
    *('{"fine": NaN, "few": 1e400, "same": -Infinity}' for _ in range(50)),
    *({"fine": 3, "late": 5, "unheard of": "new", 'it\'s "q": {x}': 1, "*": 2} for _ in range(50)),
]


@pytest.fixture(scope="module")
def raw_rows(sets):
    """All that the company logs."""
    with (REFERENCE / "drift.csv").open() as file:
        drift_csv = list(csv.DictReader(file))
    rows = []
    for name, day in (("ref", REFERENCE_DAY), ("cur", FIRST_WEEK)):
        logged = [
            {"value": float(row["value"]), "cat": row["cat"]}
            for row in drift_csv
            if row["set"] == name
        ]
        rows += predictions(
            "file", "v1", logged, day, scores=[row["value"] / 1000 for row in logged]
        )
    for version in range(VERSIONS):
        names = [name for of, name in sets if of == version]
        for side, day in ((0, REFERENCE_DAY), (1, FIRST_WEEK)):
            columns = [sets[version, name][side].tolist() for name in names]
            logged = [
                dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)
            ]
            rows += predictions("sets", f"v{version}", logged, day)
    rows += predictions("bad", "v1", BAD_REFERENCE, REFERENCE_DAY)
    rows += predictions(
        "bad", "v1", BAD_WEEK, FIRST_WEEK, scores=[2, -1, *[0.5] * (len(BAD_WEEK) - 2)]
    )
    random = np.random.default_rng(3)
    for day in (REFERENCE_DAY, FIRST_WEEK):
        tail = random.zipf(1.5, 600) % 10_000
        logged = [{"id": f"{day} {number}", "tail": f"w{word}"} for number, word in enumerate(tail)]
        rows += predictions("ids", "v1", logged, day)
    rows += predictions("silent", "v1", [None] * 150, REFERENCE_DAY)
    rows += predictions("silent", "v1", [None] * 150, FIRST_WEEK)
    rows += predictions("few", "v1", [{"x": i} for i in range(99)], REFERENCE_DAY)
    rows += predictions("few", "v1", [{"x": 1000} for _ in range(500)], FIRST_WEEK)
    return rows


@pytest.fixture(scope="module")
def company(raw_rows, tmp_path_factory):
    folder = tmp_path_factory.mktemp("drift")
    write(folder / "raw", raw_rows, more_versions=[("unused", "v1")])
    build(
        folder / "warehouse.duckdb", folder / "raw", select=TABLES, tests=False, variables=VARIABLES
    )
    return folder


@pytest.fixture(scope="module")
def drift(company):
    """The rows of feature_drift in the first week, by model, version and feature."""
    with duckdb.connect(str(company / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "select * from ml.feature_drift where week_start = ?", [str(FIRST_WEEK)]
        ).fetchall()
        names = [column[0] for column in connection.description]
    found = [dict(zip(names, row, strict=True)) for row in rows]
    return {(row["model_name"], row["model_version"], row["feature_name"]): row for row in found}


def test_reference_numbers(company, drift):
    expected = json.loads((REFERENCE / "drift.json").read_text())
    value, word = drift["file", "v1", "value"], drift["file", "v1", "cat"]
    close = pytest.approx
    assert value["psi"] == close(expected["psi_value_reference_deciles"]["psi"], abs=1e-9)
    assert value["ks_distance"] == close(expected["ks"]["D"], abs=1e-9)
    assert value["ks_p_value"] == close(expected["ks"]["p"], abs=1e-9)
    assert value["jensen_shannon"] == close(expected["js_distance_base2_deciles"], abs=1e-9)
    assert word["chi_square"] == close(expected["category_chi2"]["chi2"], abs=1e-9)
    assert word["chi_square_p_value"] == close(expected["category_chi2"]["p"], rel=1e-9)
    assert word["degrees"] == expected["category_chi2"]["dof"]
    assert word["jensen_shannon"] == close(expected["category_js_distance_base2"], abs=1e-9)
    assert word["psi"] == close(expected["category_psi_eps_1e-4"], abs=1e-9)
    bounds = query(
        company / "warehouse.duckdb",
        """select upper_bound from ml.feature_bins
        where model_name = 'file' and feature_name = 'value' and upper_bound is not null order by all""",
    )
    edges = expected["psi_value_reference_deciles"]["edges"][1:-1]
    assert [bound for (bound,) in bounds] == close(edges, abs=1e-9)


def test_scores_are_held_against_their_bins(company):
    ((psi,),) = query(
        company / "warehouse.duckdb",
        f"""select psi from ml.prediction_drift
        where model_name = 'file' and week_start = '{FIRST_WEEK}'""",
    )
    assert psi == pytest.approx(0.1615599351313914, abs=1e-9)


def test_two_hundred_sets(sets, drift):
    assert len(sets) == 200
    for (version, name), (before, now) in sets.items():
        row = drift["sets", f"v{version}", name]
        if name.startswith("n"):
            bounds = bins_by_hand(before)
            tables = counts_by_hand(before, bounds), counts_by_hand(now, bounds)
            test = stats.ks_2samp(before, now, method="asymp")
            assert row["ks_distance"] == pytest.approx(test.statistic, abs=1e-9), (version, name)
            assert row["ks_p_value"] == pytest.approx(test.pvalue, abs=1e-9)
        else:
            words = np.unique(before)
            tables = [
                np.array([*((side == word).sum() for word in words), (~np.isin(side, words)).sum()])
                for side in (before, now)
            ]
            apart = np.abs(tables[0] / len(before) - tables[1] / len(now)).sum() / 2
            assert row["distance"] == pytest.approx(apart, abs=1e-9)
            assert row["unseen_count"] == tables[1][-1]
        reference, current = (table[(tables[0] > 0) | (tables[1] > 0)] for table in tables)
        assert row["psi"] == pytest.approx(psi_by_hand(reference, current), abs=1e-9), (
            version,
            name,
        )
        shannon = distance.jensenshannon(
            reference / reference.sum(), current / current.sum(), base=2
        )
        assert row["jensen_shannon"] == pytest.approx(shannon, abs=1e-7)
        if len(reference) > 1:
            test = stats.chi2_contingency([reference, current], correction=False)
            assert row["chi_square"] == pytest.approx(test.statistic, rel=1e-9, abs=1e-9)
            assert row["chi_square_p_value"] == pytest.approx(test.pvalue, rel=1e-6, abs=1e-12)
            bound = stats.chi2.ppf(0.999, len(reference) - 1) * (1 / len(before) + 1 / len(now))
            assert row["psi_bound"] == pytest.approx(bound, rel=1e-9)
            is_drifted = row["psi"] >= 0.25 and row["psi"] > bound and row["distance"] >= 0.2
        else:
            assert row["psi"] == 0 and row["psi_bound"] is None
            is_drifted = False
        too_few = min(len(before), len(now)) < max(100, 10 * (reference > 0).sum())
        if not too_few:
            assert (row["value_verdict"] == "drifted") == is_drifted, row


def test_bad_values_are_counted_and_judged(drift):
    def of(name):
        return drift["bad", "v1", name]

    assert of("fine")["unreadable_count"] == 95  # nested, and NaN
    assert of("fine")["value_count"] == 100  # 1e300 is a number
    assert of("few")["value_count"] == 50  # "3.5" is a number, 1e400 is none
    assert of("few")["missing_verdict"] == "drifted"
    assert of("same")["unreadable_count"] == 145  # a word, true, -Infinity
    assert of("is_new")["verdict"] == "drifted"  # it vanished
    assert of("is_new")["missing_share"] == 1
    assert of("unheard of")["feature_kind"] == "new"
    assert of("unheard of")["value_verdict"] == "too_few"
    assert of("late")["feature_kind"] == "new"  # it was logged before, without a value
    assert of("late")["missing_share"] == 0.75
    assert of("Case")["feature_kind"] == of("case")["feature_kind"] == "number"
    assert {'it\'s "q": {x}', "*"} <= {name for model, _, name in drift if model == "bad"}


def test_names_that_differ_in_case_are_two_features(company):
    rows = query(
        company / "warehouse.duckdb",
        """select feature_name, min(upper_bound), max(upper_bound) from ml.feature_bins
        where model_name = 'bad' and lower(feature_name) = 'case' group by 1 order by 1""",
    )
    assert [name for name, *_ in rows] == ["Case", "case"]
    assert rows[0][1] > 0 > rows[1][2]


def test_no_number_is_nan_or_infinite(company):
    for table in ("feature_drift", "prediction_drift", "feature_bins"):
        with duckdb.connect(str(company / "warehouse.duckdb"), read_only=True) as connection:
            rows = connection.execute(f"select * from ml.{table}").fetchall()
        assert rows
        wrong = [
            row for row in rows if any(isinstance(v, float) and not math.isfinite(v) for v in row)
        ]
        assert not wrong, wrong[:3]


def test_few_and_silent_models(company, drift):
    row = drift["few", "v1", "x"]
    assert row["distance"] > 0.9 and row["verdict"] == "too_few"
    assert not [key for key in drift if key[0] in {"silent", "unused"}]
    scores = query(
        company / "warehouse.duckdb",
        """select model_name, verdict, round(missing_share, 9) from ml.prediction_drift
        where model_name in ('silent', 'unused', 'few', 'bad') order by all""",
    )
    assert scores == [("bad", "drifted", 0.01), ("few", "too_few", 0.0), ("silent", "stable", 0.0)]


def test_new_words_are_no_drift_where_words_were_always_new(drift):
    assert (drift["ids", "v1", "id"]["psi"], drift["ids", "v1", "id"]["verdict"]) == (0, "stable")
    assert drift["ids", "v1", "id"]["unseen_words"] == 600
    assert drift["ids", "v1", "tail"]["unseen_count"] > 50
    assert drift["ids", "v1", "tail"]["verdict"] == "stable"


def test_rare_words_are_not_named(company):
    ((named,),) = query(
        company / "warehouse.duckdb",
        "select count(*) from ml.feature_bins where word is not null and reference_count < 10",
    )
    assert named == 0


@pytest.fixture(scope="module")
def later(raw_rows, company, tmp_path_factory):
    """The same company after more came in: late predictions of January, a new version, another training."""
    random = np.random.default_rng(4)
    folder = tmp_path_factory.mktemp("later")
    database = folder / "warehouse.duckdb"
    database.write_bytes((company / "warehouse.duckdb").read_bytes())
    late = predictions("file", "v1", [{"value": 10_000.0, "cat": "late"}] * 300, REFERENCE_DAY)
    for number, row in enumerate(late):
        row["prediction_id"] = f"late {number}"
        row["_loaded_at"] = "2026-04-20 00:00:00"
    new = predictions("file", "v2", [{"value": x} for x in random.normal(0, 1, 300)], REFERENCE_DAY)
    write(folder / "raw", raw_rows + late + new, more_versions=[("unused", "v1")])
    models = folder / "raw" / "ml__models.csv"
    models.write_text(
        models.read_text().replace("few,v1,owner,2026-02-01", "few,v1,owner,2026-02-09")
    )
    return database, folder / "raw"


BINS = """
    select model_name, model_version, feature_name, bin_number, reference_count, upper_bound, trained_at
    from ml.feature_bins order by all"""


def test_bins_are_kept_until_the_version_changes(company, later):
    database, raw = later
    with duckdb.connect(str(database)) as connection:
        # What is kept is seen by a mark: nothing but a new training of the version takes it off.
        connection.execute(
            """update ml.feature_bins set reference_count = reference_count - 1
            where model_name in ('file', 'few') and reference_count > 0"""
        )
        marked = connection.execute(BINS).fetchall()
    build(database, raw, select=TABLES, tests=False, variables=VARIABLES)
    after = query(database, BINS)
    old = [row for row in after if row[:2] != ("file", "v2") and row[0] != "few"]
    assert old == [row for row in marked if row[0] != "few"]
    assert [row for row in after if row[:2] == ("file", "v2")]
    few = [row for row in after if row[0] == "few"]
    assert {row[-1].day for row in few} == {9}
    assert [row[:-1] for row in few] == [
        row[:-1] for row in query(company / "warehouse.duckdb", BINS) if row[0] == "few"
    ]


@pytest.mark.slow
def test_what_came_late_makes_no_other_bins(company, later, tmp_path):
    """A build from nothing has the bins that were kept."""
    _, raw = later
    build(tmp_path / "warehouse.duckdb", raw, select=TABLES, tests=False, variables=VARIABLES)
    of_before = [row for row in query(tmp_path / "warehouse.duckdb", BINS) if row[0] != "few"]
    before = [row for row in query(company / "warehouse.duckdb", BINS) if row[0] != "few"]
    assert [row for row in of_before if row[:2] != ("file", "v2")] == before


@pytest.mark.slow
def test_chance_alone_is_rarely_called_drift(tmp_path):
    """30 versions of 10 features, from weeks of 100 to 600 predictions that are all alike."""
    random = np.random.default_rng(7)
    rows, weeks = [], 12
    for version in range(30):
        sizes = [600, *random.integers(100, 600, weeks)]
        days = [REFERENCE_DAY, *(FIRST_WEEK + 7 * week for week in range(weeks))]
        for size, day in zip(sizes, days, strict=True):
            columns = [numbers(random, kind, size, 0).tolist() for kind in range(NUMBERS)]
            columns += [random.choice(list("abcdefgh"), size).tolist() for _ in range(2)]
            logged = [{f"f{i}": v for i, v in enumerate(row)} for row in zip(*columns, strict=True)]
            rows += predictions("alike", f"v{version}", logged, day)
    write(tmp_path / "raw", rows)
    build(
        tmp_path / "warehouse.duckdb",
        tmp_path / "raw",
        select=TABLES,
        tests=False,
        variables={"as_of": "2026-06-30"},
    )
    judged = dict(
        query(
            tmp_path / "warehouse.duckdb",
            "select verdict, count(*) from ml.feature_drift where verdict <> 'too_few' group by 1",
        )
    )
    total = sum(judged.values())
    assert total > 2000
    assert judged.get("drifted", 0) == 0
    assert judged.get("moved", 0) / total < 0.005
    ((naive,),) = query(
        tmp_path / "warehouse.duckdb",
        "select count(*) from ml.feature_drift where psi >= 0.1 and verdict <> 'too_few'",
    )
    assert naive > judged.get("moved", 0)
