"""How well the scorecard's probabilities and intervals did on goals of the past."""

import csv

import duckdb
import pytest
import scorecard_backtest
import warehouse


@pytest.fixture(scope="module")
def looks(demo):
    return scorecard_backtest.run(demo)


def at(looks: list[dict], **values) -> dict:
    return scorecard_backtest.score(
        [look for look in looks if all(look[name] == value for name, value in values.items())]
    )


def test_the_interval_holds_four_outcomes_in_five(looks):
    score = at(looks)
    assert score["goals"] >= 100
    assert 0.72 <= score["coverage"] <= 0.88


@pytest.mark.parametrize("horizon", scorecard_backtest.HORIZONS)
def test_it_does_so_early_and_late_in_a_period(looks, horizon):
    score = at(looks, horizon=horizon)
    assert score["goals"] >= 100
    assert 0.72 <= score["coverage"] <= 0.88
    assert score["brier"] < score["brier_of_softened_line"] < score["brier_of_straight_line"]


@pytest.mark.parametrize("kind", ["sum", "ratio", "level"])
def test_each_kind_of_metric_beats_the_straight_line(looks, kind):
    score = at(looks, projection_kind=kind)
    assert 0.70 <= score["coverage"] <= 0.90
    assert score["brier"] < score["brier_of_softened_line"]


def test_a_probability_that_knows_nothing_is_caught(looks):
    """The planted fault: intervals of half the width hold too little, a coin's probability is worse."""
    narrow = [
        look
        | {
            "projection_low": (look["projection"] + look["projection_low"]) / 2,
            "projection_high": (look["projection"] + look["projection_high"]) / 2,
            "probability": 0.5,
        }
        for look in looks
    ]
    score = scorecard_backtest.score(narrow)
    assert score["coverage"] < 0.72
    assert score["brier"] > score["brier_of_softened_line"]


def test_the_future_is_not_read(demo):
    """A look at the past is the same when all that came after it is not there yet."""
    whole = {
        (look["goal_id"], look["forecast_on"]): look["probability"]
        for look in scorecard_backtest.run(demo)
    }
    cut = scorecard_backtest.run(demo, known_until="2026-01-31")
    early = [look for look in cut if str(look["forecast_on"]) <= "2026-01-31"]
    assert len(early) > 300
    for look in early:
        before = whole[look["goal_id"], look["forecast_on"]]
        assert look["probability"] == pytest.approx(before, abs=1e-9)


def test_scorecard_agrees_with_metric_values_when_a_period_is_over(demo):
    ((goals, different),) = warehouse.query(
        demo,
        """
        select count(*), count(*) filter (abs(actual_to_date - value) > 1e-9 * greatest(1, abs(value))
            or status is distinct from if(
                if(direction = 'down', value <= target, value >= target), 'met', 'missed'))
        from metrics.metric_scorecard as scorecard
        inner join metrics.metric_values as months using (metric_name, brand)
        where scorecard.period_end <= (select as_of_date from staging.as_of)
            and if(goal_rule = 'level',
                grain = 'month' and months.period_start = date_trunc('month', scorecard.period_end),
                months.period_start = scorecard.period_start and case grain
                    when 'month' then last_day(months.period_start)
                    when 'quarter' then last_day(months.period_start + interval 2 month)
                end = scorecard.period_end)
        """,
    )
    assert goals >= 10 and different == 0


def test_the_demo_has_goals_of_every_kind(demo):
    statuses = warehouse.query(
        demo, "select status, count(*) from metrics.metric_scorecard group by all"
    )
    found = {status for status, _ in statuses}
    assert {"met", "missed", "on_track", "at_risk", "off_track", "not_started"} <= found
    assert sum(count for _, count in statuses) >= 24


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("metric_name", "revenu", "is no metric"),
        ("metric_name", "revenue_28_days", "is a running total"),
        ("brand", "scoots", "is no brand"),
    ],
)
def test_a_goal_that_cannot_be_judged_stops_with_a_message(demo, tmp_path, column, value, says):
    database = tmp_path / "warehouse.duckdb"
    database.write_bytes(demo.read_bytes())
    with (warehouse.PROJECT / "seeds/reference/metric_goals.csv").open() as seed:
        goal = next(csv.DictReader(seed)) | {"goal_id": "the_wrong_one", column: value}
    insert = ", ".join(f"'{text}'" for text in goal.values())
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            f"insert into reference.metric_goals ({', '.join(goal)}) values ({insert})"
        )
    run = warehouse.build(database, command="test", select="known_goals_metric_goals_", check=False)
    assert run.code != 0
    assert all(word in run.output for word in ("the_wrong_one", column, value, says))
    assert "Traceback" not in run.output
