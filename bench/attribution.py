"""The project's attribution and channelattribution's, timed on the same journeys in one run.

A journey counts once per look-back (7, 30 and 90 days). Both fit a Markov chain per look-back,
brand and month. Reading the journeys into either's form is off the clock.
- Markov: the project counts the steps in SQL and solves the chain; channelattribution simulates.
- Rules: the project credits touch by touch, to the cent, by its eight models and the settings of
  the robustness verdict; channelattribution sums first touch, last touch and linear by channel.
"""

import time

import ChannelAttribution
import duckdb

GROUP = ["look_back_days", "brand", "month"]
PATHS = """
    with journeys as (
        select
            touches.look_back_days,
            journeys.brand,
            journeys.month,
            string_agg(touches.channel, ' > ' order by touches.touch_position) as path,
            1 as converted
        from growth.int_conversion_touches as touches
        inner join growth.int_journeys as journeys using (conversion_id)
        group by touches.look_back_days, journeys.brand, journeys.month, touches.conversion_id
        union all
        select
            look_back_days,
            brand,
            date_trunc('month', last_touched_at)::date as month,
            string_agg(channel, ' > ' order by touch_position) as path,
            0 as converted
        from growth.int_open_touches
        group by look_back_days, brand, last_touched_at, journey_id
    )
    select
        look_back_days,
        brand,
        month::varchar as month,
        path,
        sum(converted)::int as converted,
        sum(1 - converted)::int as lost
    from journeys
    group by all
    order by all
"""


def seconds_of(work, *arguments) -> float:
    """Wall-clock seconds of one call."""
    began_at = time.monotonic()
    work(*arguments)
    return time.monotonic() - began_at


def compared(connection: duckdb.DuckDBPyConnection, seconds: dict[str, float]) -> dict[str, str]:
    """The figures, ready to print. `seconds` are those of the models' SQL on `connection`."""
    import markov

    steps = connection.sql("from growth.int_channel_transitions order by all").fetch_arrow_table()
    solving = seconds_of(markov.removal_effects_of_groups, steps, GROUP)
    paths = connection.execute(PATHS).df()
    groups = [group for _, group in paths.groupby(GROUP)]

    def simulate() -> None:
        for group in groups:
            ChannelAttribution.markov_model(
                group, "path", "converted", var_null="lost", verbose=False, flg_pro=False
            )

    def sum_up() -> None:
        for group in groups:
            if group["converted"].any():
                ChannelAttribution.heuristic_models(group, "path", "converted", flg_pro=False)

    own_markov = seconds["int_channel_transitions"] + solving
    journeys = paths["converted"].sum() + paths["lost"].sum()
    return {
        "journeys attributed, all look-backs": f"{journeys:,}",
        "Markov chains, seconds": f"{own_markov:.1f}",
        "Markov chains by channelattribution, seconds": f"{seconds_of(simulate):.1f}",
        "credit by eight models, touch by touch, seconds": f"{seconds['int_credits']:.1f}",
        "three rules by channelattribution, totals only, seconds": f"{seconds_of(sum_up):.1f}",
    }
