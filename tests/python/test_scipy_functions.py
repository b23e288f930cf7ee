"""The SQL functions of the plugin against scipy, on random and on awkward input."""

import sys

import duckdb
import numpy as np
import pytest
import warehouse
from scipy import stats

sys.path.insert(0, str(warehouse.PROJECT / "plugins"))
import scipy_functions


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as connection:
        scipy_functions.register(connection)
        yield connection


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("normal_cdf", stats.norm.cdf),
        ("normal_quantile", stats.norm.ppf),
        ("t_cdf", stats.t.cdf),
        ("t_quantile", stats.t.ppf),
    ],
)
def test_function_is_scipys(connection, name, function):
    random = np.random.default_rng(1)
    first = random.uniform(0, 1, 5000) if "quantile" in name else random.normal(0, 3, 5000)
    arguments = [first, random.uniform(0.5, 60, 5000)][: 2 if name.startswith("t_") else 1]
    columns = ", ".join(f"unnest(${i + 1}) as c{i}" for i in range(len(arguments)))
    call = f"{name}({', '.join(f'c{i}' for i in range(len(arguments)))})"
    rows = connection.execute(
        f"select {call} from (select {columns})", [list(map(float, a)) for a in arguments]
    ).fetchall()
    assert np.allclose([value for (value,) in rows], function(*arguments), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    "call",
    [
        "normal_cdf(null)",
        "normal_cdf('nan'::double)",
        "normal_quantile(1.5)",
        "t_cdf(null, 5)",
        "t_cdf(1.0, null)",
        "t_cdf(1.0, 0)",
        "t_quantile(0.9, 0)",
        "t_quantile(null, null)",
    ],
)
def test_what_has_no_answer_is_null(connection, call):
    assert connection.execute(f"select {call}").fetchone() == (None,)


def test_no_rows_and_some_nulls(connection):
    assert (
        connection.execute("select normal_cdf(x) from (select 1.0 as x where false)").fetchall()
        == []
    )
    rows = connection.execute("select normal_cdf(x) from (values (0.0), (null), (0.0)) as t (x)")
    assert sorted(rows.fetchall(), key=str) == [(0.5,), (0.5,), (None,)]
