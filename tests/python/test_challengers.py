"""Challengers: the paired comparison against pairs counted one by one, the weights against scikit-learn, what is known at a cut-off, and planted drifts."""

import sys

import challenger_worlds as worlds
import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler
from warehouse import PROJECT, build, query

sys.path.insert(0, str(PROJECT / "plugins"))
import challenger

SETS = 200
LEARNING = (
    "int_training_labels int_training_terms int_training_payments int_challenger_windows "
    "int_challenger_cutoffs int_challenger_samples int_challenger_weights challenger_weights "
    "int_challenger_scores int_challenger_gains int_challenger_rates int_challenger_fairness "
    "int_challenger_tests int_challenger_pairs int_challenger_verdicts int_challenger_reasons "
    "challenger_quality"
)


# The newest six cut-offs are enough for most tests.
AS_OF = {"as_of": "2026-06-30"}
FEWER = AS_OF | {"challenger_cutoffs": 6}


def random_scores(random) -> pd.DataFrame:
    """Two scores of the same payments, some tied; weights 1, or 2 to 20 for the flagged ones."""
    n = int(random.integers(60, 400))
    is_fraud = random.random(n) < random.uniform(0.15, 0.5)
    champion = random.normal(is_fraud * 1.0, 1)
    challenger_score = 0.6 * champion + random.normal(is_fraud * 0.8, 1)
    if random.random() < 0.5:
        champion, challenger_score = np.round(champion, 1), np.round(challenger_score, 1)
    is_flagged = champion > 1
    weight = np.where(is_flagged, random.uniform(2, 20, n), 1.0)
    return pd.DataFrame(
        {
            "is_fraud": is_fraud,
            "champion_score": champion,
            "challenger_score": challenger_score,
            "is_flagged_by_champion": is_flagged,
            "label_weight": np.round(weight, 3),
        }
    )


@pytest.fixture(scope="module")
def sets():
    random = np.random.default_rng(21)
    return {f"set {number:03}": random_scores(random) for number in range(SETS)}


@pytest.fixture(scope="module")
def gains(sets, tmp_path_factory):
    database = tmp_path_factory.mktemp("gains") / "warehouse.duckdb"
    rows = pd.concat([frame.assign(model_name=name) for name, frame in sets.items()])
    with duckdb.connect(str(database)) as connection:
        connection.register("rows", rows)
        connection.execute(
            """
            create schema ml;
            create table ml.int_challenger_scores as
            select *, date '2026-01-01' as cutoff_date, 'later' as period, 'KR' as country_code from rows
            """
        )
    build(database, command="run", select="int_challenger_gains")
    return {
        (name, group): row
        for name, group, *row in query(
            database,
            """select model_name, group_kind, n_judged, n_frauds, champion_auc, challenger_auc, gain, gain_error
            from ml.int_challenger_gains""",
        )
    }


def counted_pairs(frame: pd.DataFrame) -> tuple[float, float, float, float]:
    """Both areas, their difference and its error, from every pair of a fraud and an honest payment."""
    frauds, honest = frame[frame.is_fraud], frame[~frame.is_fraud]
    of_fraud, of_honest = frauds.label_weight.to_numpy(), honest.label_weight.to_numpy()
    wins = []
    for score in ("champion_score", "challenger_score"):
        higher = frauds[score].to_numpy()[:, None] - honest[score].to_numpy()[None, :]
        wins.append(np.where(higher > 0, 1.0, np.where(higher < 0, 0.0, 0.5)))
    pair_weights = np.outer(of_fraud, of_honest)
    champion, challenger_area = ((win * pair_weights).sum() / pair_weights.sum() for win in wins)
    difference = wins[1] - wins[0]
    gain = challenger_area - champion
    by_fraud = difference @ of_honest / of_honest.sum() - gain
    by_honest = of_fraud @ difference / of_fraud.sum() - gain
    variance = sum(
        ((weights * beyond) ** 2).sum() / weights.sum() ** 2 * len(weights) / (len(weights) - 1)
        for weights, beyond in ((of_fraud, by_fraud), (of_honest, by_honest))
    )
    return champion, challenger_area, gain, np.sqrt(variance)


def test_the_paired_comparison_is_that_of_all_pairs(sets, gains):
    assert len(gains) == 2 * SETS
    for name, frame in sets.items():
        expected = counted_pairs(frame)
        for group in ("all", "country"):
            n, n_frauds, *found = gains[name, group]
            assert (n, n_frauds) == (len(frame), frame.is_fraud.sum())
            assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)
        by_library = [
            roc_auc_score(frame.is_fraud, frame[score], sample_weight=frame.label_weight)
            for score in ("champion_score", "challenger_score")
        ]
        assert gains[name, "all"][2:4] == pytest.approx(by_library, rel=1e-9)


def samples_of(random, n: int) -> pa.Table:
    """Samples of one cut-off: three terms, one of them mostly missing, one that a single sample has."""
    values = random.normal(3, 1, (n, 3))
    values[random.random(n) < 0.3, 1] = np.nan
    values[1:, 2] = np.nan
    log_odds = -2 + 1.2 * (values[:, 0] - 3)
    numbers = [[None if np.isnan(v) else v for v in row] for row in values]
    is_flagged = random.random(n) < 0.1
    return pa.table(
        {
            "model_name": ["m"] * n,
            "cutoff_date": pa.array([pd.Timestamp("2026-01-01").date()] * n),
            "numbers": pa.array(numbers, pa.list_(pa.float64())),
            "is_fraud": random.random(n) < 1 / (1 + np.exp(-log_odds)),
            "is_flagged": is_flagged,
            "label_weight": np.where(is_flagged, 10.0, 1.0),
        }
    )


TERMS = pa.table({"model_name": ["m"] * 3, "term": ["amount", "sometimes", "once"]})


def test_weights_are_scikit_learns_of_weighted_samples():
    samples = samples_of(np.random.default_rng(5), 4_000)
    rows = challenger.weights(samples, TERMS).to_pylist()
    assert [row["term"] for row in rows] == ["intercept", "amount", "sometimes"]
    values = np.array(samples["numbers"].to_pylist(), dtype=float)[:, :2]
    clipped = np.clip(values, *np.nanquantile(values, (0.001, 0.999), axis=0))
    filled = np.where(np.isnan(clipped), np.nanmean(clipped, axis=0), clipped)
    wide = np.hstack([filled, np.isnan(values)])
    fitted = LogisticRegression(max_iter=1000, tol=1e-8).fit(
        StandardScaler().fit_transform(wide),
        samples["is_fraud"].to_numpy(),
        sample_weight=samples["label_weight"].to_numpy(),
    )
    chances = fitted.predict_proba(StandardScaler().fit_transform(wide))[:, 1]
    assert challenger.score(clipped, rows) == pytest.approx(chances, rel=1e-6)
    flagged = samples["is_flagged"].to_numpy()
    weight = samples["label_weight"].to_numpy()
    stopped = weight[chances >= rows[0]["threshold"]].sum() / weight.sum()
    assert stopped == pytest.approx(weight[flagged].sum() / weight.sum(), abs=0.003)


@pytest.mark.parametrize("frauds", [0, 9, 500])
def test_of_one_kind_only_nothing_is_learnt(frauds):
    samples = samples_of(np.random.default_rng(6), 500)
    is_fraud = pa.array(np.arange(500) < frauds)
    samples = samples.set_column(samples.schema.get_field_index("is_fraud"), "is_fraud", is_fraud)
    assert challenger.weights(samples, TERMS).num_rows == 0


# What a feature may look like, and the number that is learnt from: its logarithm with its sign.
FEATURES = {
    '{"amount": 10}': np.log(11),
    '{"amount": -10}': -np.log(11),
    '{"amount": "10"}': np.log(11),
    '{"amount": true}': np.log(2),
    '{"amount": 1e300}': np.log(1e300),
    '{"amount": 1e999}': None,
    '{"amount": "ten"}': None,
    '{"amount": {"of": 10}}': None,
    '{"amount": [10]}': None,
    '{"amount": null}': None,
    '{"other": 1}': None,
    "[1, 2]": None,
    '"word"': None,
    '{"amount": 0, "a\\\\": 1, "it\'s \\"quoted\\"": 2}': 0.0,
}


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """A company with a drift, one without, one with few frauds, one whose features are words, one without fraud, and
    every shape of a feature."""
    random = np.random.default_rng(31)
    of = {
        "drift": worlds.World(payments=24_000),
        "same": worlds.World(payments=8_000, drifts=False, noise=0.0),
        "few": worlds.World(payments=3_000),
        "words": worlds.World(payments=8_000, fraud=0.05, drifts=False),
        "honest": worlds.World(payments=1_500, fraud=0),
    }
    drawn = {name: worlds.draw(random, name, world) for name, world in of.items()}
    drawn["words"]["features"] = '{"kind": "card"}'
    shapes = worlds.draw(random, "shapes", worlds.World(payments=len(FEATURES), drifts=False))
    shapes = shapes.assign(features=list(FEATURES), label="clean", label_weight=1.0)
    database = tmp_path_factory.mktemp("planted") / "warehouse.duckdb"
    worlds.write(database, pd.concat([*drawn.values(), shapes]), ["drift", "few"])
    with duckdb.connect(str(database)) as connection:
        sentences = PROJECT / "seeds" / "reference" / "model_sentences.csv"
        connection.execute(
            f"create schema reference; create table reference.model_sentences as from read_csv('{sentences}')"
        )
    build(database, command="run", select=LEARNING, variables=FEWER)
    return database


def verdicts(database, model: str) -> dict:
    return {
        str(cutoff): row
        for cutoff, *row in query(
            database,
            f"""select cutoff_date, verdict, reason_code, is_deciding, n_learnt_frauds_since_drift
            from ml.challenger_quality where model_name = '{model}' and group_kind = 'all'""",
        )
    }


def test_a_challenger_wins_from_the_month_in_which_labels_suffice_and_not_before(planted):
    found = verdicts(planted, "drift")
    for cutoff, (verdict, _, is_deciding, since) in found.items():
        if since < 25:
            assert verdict == "insufficient"
        assert is_deciding == (cutoff == "2025-12-01")
    assert found["2025-10-01"][1] == "few_since_drift"
    assert found["2025-12-01"][0] == "challenger_better"
    assert found["2026-01-01"][1] == "not_mature"
    ((reason, korean, units),) = query(
        planted,
        """select reason, reason_ko, test_units_per_arm from ml.challenger_quality
        where model_name = 'drift' and is_deciding and group_kind = 'all'""",
    )
    assert "Run an A/B test on b" in reason and "5000 customers an arm" in reason
    assert "5000명" in korean and units == 5000
    assert "{" not in reason + korean


def test_without_evidence_there_is_no_verdict(planted):
    assert {row[1] for row in verdicts(planted, "few").values()} <= {
        "few_to_learn",
        "few_since_drift",
    }
    words = verdicts(planted, "words")["2025-12-01"]
    assert words[:2] == ["insufficient", "nothing_to_learn"]
    assert {row[1] for row in verdicts(planted, "honest").values()} == {"few_to_learn"}
    assert {row[0] for row in verdicts(planted, "shapes").values()} <= {"insufficient"}
    # no number of any row is not-a-number
    columns = "champion_auc, challenger_auc, auc_gain, auc_gain_low, auc_gain_since_drift, challenger_false_positive_rate"
    for row in query(planted, f"select {columns} from ml.challenger_quality"):
        assert all(value is None or np.isfinite(value) for value in row)


def test_a_score_without_noise_is_not_beaten_where_nothing_drifted(planted):
    verdict, reason, *_ = verdicts(planted, "same")["2025-12-01"]
    assert (verdict, reason) != ("challenger_better", "better_since_drift")
    assert verdict in ("insufficient", "no_difference", "champion_better")


def test_whatever_a_feature_looks_like_it_is_a_number_or_missing(planted):
    names = [
        name
        for (name,) in query(
            planted,
            "select term from ml.int_training_terms where model_name = 'shapes' order by place",
        )
    ]
    assert names == ["amount", "other"]
    found = dict(
        query(
            planted,
            """select split_part(payment_id, ' ', 2)::int, numbers[1] from ml.int_training_payments
            where model_name = 'shapes'""",
        )
    )
    for number, expected in enumerate(FEATURES.values()):
        assert (found[number] is None) == (expected is None), list(FEATURES)[number]
        assert expected is None or found[number] == pytest.approx(expected, rel=1e-12)


def test_sql_scores_as_the_weights_say(planted):
    rows = query(
        planted,
        """select scores.log_odds, payments.numbers from ml.int_challenger_scores as scores
        inner join ml.int_training_payments as payments using (payment_id)
        where scores.model_name = 'drift' and scores.cutoff_date = '2025-12-01' limit 500""",
    )
    weights = {
        term: row
        for term, *row in query(
            planted,
            """select term, weight, weight_when_missing, mean, lowest, highest from ml.challenger_weights
            where model_name = 'drift' and cutoff_date = '2025-12-01'""",
        )
    }
    assert len(rows) == 500
    for log_odds, numbers in rows:
        expected = weights["intercept"][0]
        for term, number in zip(("age_days", "cards", "mismatch"), numbers, strict=True):
            weight, when_missing, mean, lowest, highest = weights[term]
            if number is None:
                expected += weight * mean + when_missing
            else:
                expected += weight * min(max(number, lowest), highest)
        assert log_odds == pytest.approx(expected, rel=1e-12)


def test_what_becomes_known_after_the_cut_off_changes_no_weight(planted, tmp_path):
    """Disputes that came later are taken away, and features of later payments are others."""
    random = np.random.default_rng(31)
    payments = worlds.draw(random, "drift", worlds.World(payments=24_000))
    cutoff = np.datetime64("2025-11-01")
    payments = payments[payments.attempted_at < cutoff + np.timedelta64(60, "D")].copy()
    is_late = (payments.label == "confirmed") & (payments.label_known_at >= cutoff)
    payments.loc[is_late, "label"] = "clean"
    payments.loc[payments.attempted_at >= cutoff, "features"] = '{"mismatch": 1, "new": 7}'
    database = tmp_path / "warehouse.duckdb"
    worlds.write(database, payments, ["drift"])
    build(
        database, command="run", select=LEARNING.split(" int_challenger_scores")[0], variables=AS_OF
    )
    weights = """select term, weight, weight_when_missing, threshold, n_learnt, n_learnt_frauds
        from ml.challenger_weights where model_name = 'drift' and cutoff_date = '2025-11-01' order by term"""
    assert query(database, weights) == query(planted, weights) != []


@pytest.mark.slow
def test_of_many_companies_the_gain_is_found_and_none_where_there_is_none(tmp_path):
    """60 companies of scale 40 with a drift, and 200 whose score has no noise, as good as can be: at most 1 in 40 of
    the latter may be called better (a test of 5 % is so in 1 of 40), and their challengers are seldom called worse."""
    random = np.random.default_rng(41)
    drawn, drifting = [], [f"drift {number}" for number in range(60)]
    for name in drifting:
        drawn.append(worlds.draw(random, name, worlds.World(payments=40_000)))
    for number in range(200):
        world = worlds.World(payments=24_000, drifts=False, noise=0.0)
        drawn.append(worlds.draw(random, f"same {number}", world))
    database = tmp_path / "warehouse.duckdb"
    worlds.write(database, pd.concat(drawn), drifting)
    with duckdb.connect(str(database)) as connection:
        sentences = PROJECT / "seeds" / "reference" / "model_sentences.csv"
        connection.execute(
            f"create schema reference; create table reference.model_sentences as from read_csv('{sentences}')"
        )
    build(database, command="run", select=LEARNING, variables=AS_OF)
    rows = query(
        database,
        """select split_part(model_name, ' ', 1), verdict, count(*) from ml.challenger_quality
        where group_kind = 'all' and is_deciding group by all""",
    )
    counts = {(kind, verdict): n for kind, verdict, n in rows}
    assert counts.get(("drift", "challenger_better"), 0) >= 0.9 * 60
    assert counts.get(("drift", "champion_better"), 0) == 0
    judged = sum(
        n for (kind, verdict), n in counts.items() if kind == "same" and verdict != "insufficient"
    )
    allowed = judged / 40 + 3 * np.sqrt(judged / 40)
    assert judged > 50 and counts.get(("same", "challenger_better"), 0) <= allowed
    # of a challenger without labels of after the drift nothing is ever said
    early = query(
        database,
        """select distinct verdict from ml.challenger_quality
        where model_name like 'drift%' and n_learnt_frauds_since_drift < 25""",
    )
    assert early == [("insufficient",)]
