"""Simulated days through the models that judge them: how often clean days are called odd, and what is found."""

import datetime

import duckdb
import numpy as np
import pandas as pd
import pytest
from warehouse import build, query

LAST = datetime.date(2026, 6, 30)
DAYS = 250
JUDGES = "int_flat_counts int_count_expectations int_share_expectations int_tame_means int_mean_expectations int_mean_scores int_measure_scores int_judged_ranges anomalies"
WEEKDAYS = np.array([1.1, 1.0, 1.0, 1.05, 1.2, 0.7, 0.5])
DATES = pd.date_range(end=LAST, periods=DAYS)
WEEK = WEEKDAYS[DATES.weekday]
HOLIDAY = datetime.date(2026, 5, 5)  # a Tuesday


def counts(random, mean: float, dispersion: float = 1, growth: float = 0) -> dict:
    level = mean * WEEK * (1 + growth) ** (np.arange(DAYS) / 30)
    rate = level if dispersion == 1 else random.gamma(level / (dispersion - 1), dispersion - 1)
    return {"kind": "count", "hits": random.poisson(rate).astype(float)}


def shares(random, n: float, share: float) -> dict:
    rows = random.poisson(n * WEEK).astype(float)
    return {
        "kind": "share",
        "n": rows,
        "hits": random.binomial(rows.astype(int), share).astype(float),
    }


def means(random, n: float, draw) -> dict:
    rows = np.maximum(random.poisson(n * WEEK), 1)
    days = [draw(random, count) for count in rows]
    return {
        "kind": "log",
        "n": rows.astype(float),
        "average": np.array([values.mean() for values in days]),
        "variance": np.array(
            [values.var(ddof=1) if len(values) > 1 else np.nan for values in days]
        ),
        "cubes": np.array([(values**3).mean() for values in days]),
        "fourths": np.array([(values**4).mean() for values in days]),
    }


def amounts(random, count: int) -> np.ndarray:
    return random.normal(3, 1, count)


def nearly_always_one(random, count: int) -> np.ndarray:
    return np.where(random.random(count) < 0.02, np.log(3), 0.0)


SERIES = {
    "3 rows": lambda random: counts(random, 3),
    "20 rows": lambda random: counts(random, 20),
    "200 rows": lambda random: counts(random, 200),
    "200 rows, lumpy": lambda random: counts(random, 200, dispersion=4),
    "200 rows, growing": lambda random: counts(random, 200, growth=0.15),
    "a rare share of few": lambda random: shares(random, 20, 0.01),
    "a share of many": lambda random: shares(random, 500, 0.3),
    "mean of few": lambda random: means(random, 8, amounts),
    "mean of many": lambda random: means(random, 150, amounts),
    "mean of nearly equal values": lambda random: means(random, 15, nearly_always_one),
}


def simulate(seed: int, copies: int) -> pd.DataFrame:
    """`copies` of each series, 250 days long, as rows of daily_measures."""
    random = np.random.default_rng(seed)
    parts = []
    for name, draw in SERIES.items():
        for copy in range(copies):
            parts.append(
                pd.DataFrame(
                    draw(random)
                    | {"measure": name, "node_id": f"{name} {copy}", "measured_date": DATES}
                )
            )
    frame = pd.concat(parts, ignore_index=True)
    for column in ("n", "average", "variance", "cubes", "fourths"):
        frame[column] = frame[column].astype(float)
    return frame


def judge(folder, frame: pd.DataFrame):
    """The warehouse in which the project judged them."""
    database = folder / "warehouse.duckdb"
    database.unlink(missing_ok=True)
    with duckdb.connect(str(database)) as connection:
        connection.register("frame", frame)
        connection.execute("create schema platform")
        connection.execute(
            f"create table platform.int_measured_holidays as select date '{HOLIDAY}' as holiday_date"
        )
        connection.execute(
            """create table platform.daily_measures as
            select node_id, node_id as node_name, 'raw' as node_kind, measure, kind, '' as column_name, 'fact' as basis,
                coalesce(hits / n, hits, exp(average)) as value, hits, nullif(n, 'nan') as n, nullif(average, 'nan') as average,
                nullif(variance, 'nan') as variance, nullif(cubes, 'nan') as cubes, nullif(fourths, 'nan') as fourths,
                true as is_known, measured_date::date as measured_date
            from (select * replace (nullif(hits, 'nan') as hits, nullif(n, 'nan') as n, nullif(average, 'nan') as average) from frame)"""
        )
    build(database, command="run", select=JUDGES, variables={"as_of": str(LAST)})
    return database


def changed(frame: pd.DataFrame) -> pd.DataFrame:
    """The same series, with ten times as much on the last day."""
    other = frame.assign(node_id=frame.node_id + " changed")
    last = other.measured_date.dt.date == LAST
    other.loc[last & (other.kind == "count"), "hits"] *= 10
    other.loc[last & (other.kind == "share"), "hits"] = other.n
    other.loc[last & (other.kind == "log"), "average"] += np.log(10)
    return other


def shop() -> pd.DataFrame:
    """A growing shop with a holiday, and a Tuesday two weeks later that is as quiet."""
    frame = pd.DataFrame(
        counts(np.random.default_rng(5), 400, growth=0.1)
        | {"measure": "rows", "measured_date": DATES}
    )
    days = frame.measured_date.dt.date
    sunday = float(frame.loc[days == HOLIDAY + datetime.timedelta(days=5), "hits"].iloc[0])
    frame.loc[days.isin([HOLIDAY, HOLIDAY + datetime.timedelta(days=14)]), "hits"] = sunday
    return frame.assign(
        node_id="shop", n=np.nan, average=np.nan, variance=np.nan, cubes=np.nan, fourths=np.nan
    )


def odd_histories(frame: pd.DataFrame) -> pd.DataFrame:
    """Twenty days, a count that was never above 0, and means of values that are all equal."""
    one = frame[frame.node_id.str.endswith(" 0")]
    young = one[one.measured_date > pd.Timestamp(LAST) - pd.Timedelta(days=20)]
    never = one[one.measure == "3 rows"].assign(node_id="never", hits=0.0)
    equal = one[one.measure == "mean of few"].assign(
        node_id="equal", average=2.0, variance=0.0, cubes=8.0, fourths=16.0
    )
    return pd.concat([young.assign(node_id=young.node_id + " young"), never, equal])


@pytest.fixture(scope="module")
def clean() -> pd.DataFrame:
    return simulate(1, 6)


@pytest.fixture(scope="module")
def judged(tmp_path_factory, clean):
    """One warehouse for all cases."""
    frame = pd.concat([clean, changed(clean), shop(), odd_histories(clean)])
    return judge(tmp_path_factory.mktemp("judged"), frame)


CLEAN = "node_id not like '% changed' and node_id not like '% young' and node_id not in ('shop', 'never', 'equal')"


def tail_shares(database) -> dict:
    return {
        name: (judged, over_3, over_4, alerts)
        for name, judged, over_3, over_4, alerts in query(
            database,
            f"""select measure, count(*), avg((abs(z) > 3)::int), avg((abs(z) > 4)::int), count(*) filter (where tier = 'alert')
            from platform.anomalies where tier <> 'too_early' and {CLEAN} group by measure""",
        )
    }


def test_clean_days_are_hardly_ever_odd(judged):
    """Of standard normal values 0.27 % are above 3 and 0.006 % above 4; bounds and four standard errors."""
    for name, (days, over_3, over_4, alerts) in tail_shares(judged).items():
        assert days > 1_000, name
        assert over_3 < 0.0027 + 4 * (0.0027 / days) ** 0.5, (name, over_3)
        assert over_4 < 0.0003 + 4 * (0.0003 / days) ** 0.5, (name, over_4)
        assert alerts == 0, name


@pytest.mark.slow
def test_clean_days_are_hardly_ever_odd_in_many_series(tmp_path):
    database = judge(tmp_path, simulate(2, 200))
    for name, (days, over_3, over_4, alerts) in tail_shares(database).items():
        assert over_3 < 0.003, (name, over_3)
        assert over_4 < 0.0003, (name, over_4)
        assert alerts <= 1 + 1e-5 * days, (name, alerts)


def test_the_judged_value_is_no_part_of_what_is_expected(judged):
    """Ten times as much on the last day: what was expected is the same to the last digit, and so are all days before."""
    differ = f"""
        select count(*), count(*) filter (where changed.tier = 'alert')
        from platform.anomalies as clean
        inner join platform.anomalies as changed
            on changed.node_id = clean.node_id || ' changed' and clean.measured_date = changed.measured_date
        where clean.measured_date = '{LAST}' and clean.expected is not distinct from changed.expected"""
    same, _ = query(judged, differ)[0]
    assert same == 6 * len(SERIES)
    before = f"""
        select replace(node_id, ' changed', ''), * exclude node_id, node_name from (
            select * exclude node_name, '' as node_name from platform.anomalies
            where measured_date < '{LAST}' and node_id {{}} like '% changed' and {CLEAN.split(" and ", 1)[1]}
        ) order by all"""
    assert query(judged, before.format("")) == query(judged, before.format("not"))
    found = dict(
        query(
            judged,
            f"""select measure, avg((tier = 'alert')::int) from platform.anomalies
            where measured_date = '{LAST}' and node_id like '% changed' group by measure""",
        )
    )
    assert {name for name, share in found.items() if share < 1} <= {
        "3 rows",
        "mean of nearly equal values",
        "mean of few",
    }


def test_a_loss_that_is_detectable_is_an_alert_and_a_smaller_one_is_not(judged, clean, tmp_path):
    """One row less than the lowest count that is no alert; the smallest detectable loss is said on the day before it."""
    said = {
        node: (expected, detectable, low)
        for node, expected, detectable, low in query(
            judged,
            f"""select node_id, expected, smallest_detectable, low from platform.anomalies
            where measured_date = '{LAST}' and kind = 'count' and {CLEAN}""",
        )
    }
    few = [detectable for node, (_, detectable, _) in said.items() if node.startswith("3 rows")]
    assert few == [None] * 6, "no loss of three rows is odd"
    lost = clean[clean.kind == "count"].copy()
    last = lost.measured_date.dt.date == LAST
    lost.loc[last, "hits"] = lost.loc[last, "node_id"].map(lambda node: max(said[node][2] - 1, 0))
    database = judge(tmp_path, pd.concat([clean[clean.kind != "count"], lost, changed(clean)]))
    for node, tier, value, expected in query(
        database,
        f"""select node_id, tier, value, expected from platform.anomalies
        where measured_date = '{LAST}' and kind = 'count' and {CLEAN}""",
    ):
        detectable = said[node][1]
        assert (tier == "alert") == (detectable is not None), node
        if detectable is not None:
            assert 1 - value / expected >= detectable - 1e-9, node


def test_weekdays_holidays_and_growth_are_expected(judged):
    """A holiday may be like a Sunday, no other Tuesday may; a Sunday is no drop, and growth no rise."""
    alerts = query(
        judged,
        "select measured_date from platform.anomalies where tier = 'alert' and node_id = 'shop'",
    )
    assert alerts == [(HOLIDAY + datetime.timedelta(days=14),)]


def test_too_little_before_it_is_no_verdict(judged):
    """The first eight days, a count that was never above 0, one value for ever: too early or none, never not-a-number."""
    first = """select distinct tier from (
            select tier, row_number() over (partition by node_id order by measured_date) as place
            from platform.anomalies where node_id like '% young'
        ) where place <= 8"""
    assert query(judged, first) == [("too_early",)]
    tiers = dict(
        query(
            judged,
            "select node_id, string_agg(distinct tier) from platform.anomalies where node_id in ('never', 'equal') group by 1",
        )
    )
    assert tiers["never"] == "too_early"
    assert set(tiers["equal"].split(",")) <= {"none", "too_early"}
    numbers = "value, expected, low, high, z, smallest_detectable"
    not_finite = f"""select count(*) from (
            unpivot (select {numbers} from platform.anomalies) on {numbers} into name what value number
        ) where not isfinite(number)"""
    assert query(judged, not_finite) == [(0,)]
