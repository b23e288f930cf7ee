"""The baseline score: a logistic regression by scikit-learn, as weights that SQL applies.

A value that is missing is taken to be the mean, and being missing has a weight of its own.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

FEWEST = 10  # rows with, and without, the outcome: a score learnt from fewer is a guess
INTERCEPT = "intercept"
SCHEMA = pa.schema(
    [
        ("term", pa.string()),
        ("weight", pa.float64()),
        ("weight_when_missing", pa.float64()),
        ("mean", pa.float64()),
        ("deviation", pa.float64()),
        ("n_training", pa.int64()),
        ("n_training_diagnosed", pa.int64()),
    ]
)


def weights(
    samples: pa.Table,
    terms: Sequence[str],
    outcome: str,
    sample_weights: np.ndarray | None = None,
) -> pa.Table:
    """One row per term and one for the intercept; none when there is too little to learn from.

    `weight` is what a unit of the term adds to the log odds, `weight_when_missing` what is added
    besides when there is no value. Regularised with scikit-learn's default (C = 1, ridge). Each
    sample counts once, or as `sample_weights` says.
    """
    outcomes = samples[outcome].to_numpy().astype(bool)
    n, n_diagnosed = len(outcomes), int(outcomes.sum())
    if min(n_diagnosed, n - n_diagnosed) < FEWEST:
        return SCHEMA.empty_table()
    values = np.column_stack([samples[term].cast(pa.float64()).to_numpy() for term in terms])
    imputer = SimpleImputer(keep_empty_features=True)
    filled = imputer.fit_transform(values)
    scaler = StandardScaler()
    scaled = scaler.fit_transform(np.hstack([filled, np.isnan(values)]))
    model = LogisticRegression(max_iter=1000, tol=1e-8)
    model.fit(scaled, outcomes, sample_weight=sample_weights)
    slopes = model.coef_[0] / scaler.scale_
    of_values, of_missing = np.split(slopes, 2)
    intercept = model.intercept_[0] - slopes @ scaler.mean_
    rows = zip(
        [INTERCEPT, *terms],
        [intercept, *of_values],
        [None, *of_missing],
        [None, *imputer.statistics_],
        [None, *scaler.scale_[: len(terms)]],
        strict=True,
    )
    return pa.Table.from_pylist(
        [dict(zip(SCHEMA.names, (*row, n, n_diagnosed), strict=True)) for row in rows], SCHEMA
    )
