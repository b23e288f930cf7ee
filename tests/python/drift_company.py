"""Raw predictions whose drift is known: a reference window in January 2026, weeks from March on."""

import json
import pathlib
from collections.abc import Iterable, Sequence

import duckdb
import numpy as np
import pyarrow as pa

REFERENCE_DAY = np.datetime64("2026-01-10")
FIRST_WEEK = np.datetime64("2026-03-02")  # a Monday
MODELS = (
    "model_name,model_version,owner,trained_at,train_from,train_to,threshold,deployed_at",
    "2026-02-01 00:00:00,2026-01-01,2026-01-31,0.5,2026-02-02 00:00:00",
)


def predictions(
    model: str,
    version: str,
    rows: Sequence[dict | str | None],
    day: np.datetime64,
    scores: Sequence[float] | None = None,
    entity_type: str = "visit",
) -> list[dict]:
    """Raw predictions of one day, features given as a dict or as the text that was logged."""
    if scores is None:
        scores = [round((i % 100) / 100 + 0.005, 3) for i in range(len(rows))]
    return [
        {
            "prediction_id": f"{model} {version} {day} {number}",
            "model_name": model,
            "model_version": version,
            "entity_type": entity_type,
            "entity_id": f"e{number}",
            "score": None if score is None else str(score),
            "features": features if isinstance(features, str | None) else json.dumps(features),
            "predicted_at": f"{day} 10:00:00",
            "_loaded_at": None,
        }
        for number, (features, score) in enumerate(zip(rows, scores, strict=True))
    ]


def write(folder: pathlib.Path, rows: list[dict], more_versions: Iterable[tuple[str, str]] = ()):
    """The raw folder of these predictions; every version named is registered, trained on January."""
    folder.mkdir(parents=True, exist_ok=True)
    versions = sorted(
        {(row["model_name"], row["model_version"]) for row in rows} | {*more_versions}
    )
    lines = [MODELS[0], *(f"{name},{version},owner,{MODELS[1]}" for name, version in versions)]
    (folder / "ml__models.csv").write_text("\n".join(lines) + "\n")
    with duckdb.connect() as connection:
        schema = pa.schema([(name, pa.string()) for name in rows[0]])
        connection.register("made", pa.Table.from_pylist(rows, schema))
        path = folder / "ml__predictions.parquet"
        connection.execute(f"copy (from made order by prediction_id) to '{path}' (format parquet)")
    return folder


def bins_by_hand(reference: np.ndarray) -> np.ndarray:
    """The upper bounds of the bins of numbers: deciles, and values that many have on their own."""
    values = np.unique(reference)
    if len(values) <= 10:
        common, bounds = values, values
    else:
        deciles = np.quantile(reference, np.arange(1, 10) / 10)
        bounds, times = np.unique(deciles, return_counts=True)
        common = bounds[(times > 1) | (bounds == values[0])]
    below = common - np.maximum(np.abs(common) * 1e-12, 1e-300)
    return np.unique(np.concatenate([bounds, below, [np.inf]]))


def counts_by_hand(values: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    """How many values lie in each bin, closed on the right."""
    return np.bincount(np.searchsorted(bounds, values, side="left"), minlength=len(bounds))


def psi_by_hand(reference: np.ndarray, current: np.ndarray) -> float:
    """The population stability index of two rows of counts."""
    p = np.maximum(reference / reference.sum(), 1e-4)
    q = np.maximum(current / current.sum(), 1e-4)
    return float(((q - p) * np.log(q / p)).sum())
