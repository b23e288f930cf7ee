"""Challengers of a score of fraud: logistic regressions by scikit-learn, as weights that SQL applies.

A cut-off's samples are payments with a final label. Numbers are logarithms already; each is kept
within the bounds that almost all of the samples keep, so that no single payment moves the fit.
"""

import numpy as np
import pyarrow as pa
import risk_score

FEWEST_VALUES = 10  # a term that fewer samples have a number for is not learnt from
BOUNDS = (0.001, 0.999)  # shares of the samples that a number is kept between
SCHEMA = pa.schema(
    [
        ("model_name", pa.string()),
        ("cutoff_date", pa.date32()),
        ("term", pa.string()),
        ("weight", pa.float64()),
        ("weight_when_missing", pa.float64()),
        ("mean", pa.float64()),
        ("deviation", pa.float64()),
        ("lowest", pa.float64()),
        ("highest", pa.float64()),
        ("threshold", pa.float64()),
        ("n_learnt", pa.int64()),
        ("n_learnt_frauds", pa.int64()),
    ]
)


def weights(samples: pa.Table, terms: pa.Table) -> pa.Table:
    """One row per model, cut-off and term, and one for the intercept; none of a cut-off with too little.

    `samples`: model_name, cutoff_date, numbers (a list in the order of the model's terms, None where
    missing), is_fraud, is_flagged (by the champion), label_weight; sorted by model and cut-off.
    `terms`: model_name and term, in order. `threshold` is the score from which the challenger flags
    the same share of the samples, by weight, as the champion.
    """
    names: dict[str, list[str]] = {}
    for row in terms.to_pylist():
        names.setdefault(row["model_name"], []).append(row["term"])
    keys = samples.select(["model_name", "cutoff_date"]).group_by(
        ["model_name", "cutoff_date"], use_threads=False
    )
    rows, start = [], 0
    for key in keys.aggregate([([], "count_all")]).to_pylist():
        own = samples.slice(start, key["count_all"])
        start += key.pop("count_all")
        rows += [key | row for row in fit(own, names[key["model_name"]])]
    return pa.Table.from_pylist(rows, SCHEMA)


def fit(samples: pa.Table, terms: list[str]) -> list[dict]:
    """The rows of one model and cut-off."""
    numbers = samples["numbers"].combine_chunks()
    values = numbers.flatten().to_numpy(zero_copy_only=False).astype(float)
    values = values.reshape(samples.num_rows, len(terms))
    is_used = (~np.isnan(values)).sum(axis=0) >= FEWEST_VALUES
    terms = [term for term, used in zip(terms, is_used, strict=True) if used]
    values = values[:, is_used]
    if not terms:
        return []
    lowest, highest = np.nanquantile(values, BOUNDS, axis=0)
    values = np.clip(values, lowest, highest)
    label_weights = samples["label_weight"].to_numpy().astype(float)
    columns = {term: values[:, place] for place, term in enumerate(terms)}
    table = pa.table({**columns, "is_fraud": samples["is_fraud"]})
    rows = risk_score.weights(table, terms, "is_fraud", label_weights).to_pylist()
    if not rows:
        return []
    flagged = samples["is_flagged"].to_numpy(zero_copy_only=False).astype(bool)
    threshold = same_share(score(values, rows), label_weights, flagged)
    bounds = {term: (lowest[place], highest[place]) for place, term in enumerate(terms)}
    return [
        {
            "term": row["term"],
            "weight": row["weight"],
            "weight_when_missing": row["weight_when_missing"],
            "mean": row["mean"],
            "deviation": row["deviation"],
            "lowest": bounds.get(row["term"], (None, None))[0],
            "highest": bounds.get(row["term"], (None, None))[1],
            "threshold": threshold,
            "n_learnt": row["n_training"],
            "n_learnt_frauds": row["n_training_diagnosed"],
        }
        for row in rows
    ]


def score(values: np.ndarray, rows: list[dict]) -> np.ndarray:
    """The chances that the weights give, as SQL computes them."""
    intercept, *others = rows
    log_odds = np.full(len(values), intercept["weight"])
    for column, row in zip(values.T, others, strict=True):
        missing = row["weight"] * row["mean"] + row["weight_when_missing"]
        log_odds += np.where(np.isnan(column), missing, row["weight"] * column)
    return 1 / (1 + np.exp(-log_odds))


def same_share(scores: np.ndarray, label_weights: np.ndarray, flagged: np.ndarray) -> float:
    """The threshold at and above which about the same weight lies as the champion flags; between two scores."""
    wanted = label_weights[flagged].sum() / label_weights.sum()
    levels, places = np.unique(scores, return_inverse=True)
    above = np.cumsum(np.bincount(places, label_weights)[::-1])[::-1] / label_weights.sum()
    place = int(np.abs(np.append(above, 0.0) - wanted).argmin())
    if place == len(levels):
        return float((levels[-1] + 1) / 2)
    below = levels[place - 1] if place else 0.0
    return float((levels[place] + below) / 2)
