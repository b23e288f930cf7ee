"""Writes reference/anonymity.json: k, l and t of seeded random tables by pycanon, which is not in the lock.

    pip install pycanon==1.3.6   (in an environment of its own)
    python tests/python/reference_anonymity.py

Where every value of a numeric sensitive column is the same pycanon divides by zero: t is 0.
"""

import json
import pathlib
import warnings

import numpy as np
import pandas as pd

SETS = 200
FILE = pathlib.Path(__file__).parent / "reference" / "anonymity.json"


def random_table(seed: int) -> pd.DataFrame:
    """Two or three columns by which somebody may be known, a word and a number: small tables, large ones, one row."""
    rng = np.random.default_rng(seed)
    rows = 1 if seed % 20 == 0 else int(rng.integers(2, 120))
    columns = {
        f"quasi_{place}": rng.choice(list("abcdefgh")[: rng.integers(1, 6)], rows)
        for place in range(rng.integers(2, 4))
    }
    weights = rng.dirichlet(np.ones(rng.integers(1, 5)))
    columns["word"] = rng.choice([f"w{i}" for i in range(len(weights))], rows, p=weights)
    columns["number"] = rng.integers(0, rng.integers(1, 8) + 1, rows)
    return pd.DataFrame(columns)


def by_pycanon(table: pd.DataFrame) -> dict:
    from pycanon import anonymity

    quasi = [name for name in table if name.startswith("quasi")]
    found = {"k": int(anonymity.k_anonymity(table, quasi))}
    for sensitive in ("word", "number"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            closeness = (
                0.0
                if table[sensitive].nunique() == 1
                else float(anonymity.t_closeness(table, quasi, [sensitive]))
            )
            found[sensitive] = {
                "l": int(anonymity.l_diversity(table, quasi, [sensitive])),
                "t": closeness,
            }
    return found


if __name__ == "__main__":
    FILE.write_text(json.dumps([by_pycanon(random_table(seed)) for seed in range(SETS)]) + "\n")
