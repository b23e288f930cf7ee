{{ config(enabled='growth' in var('areas', ['core', 'growth'])) }}
-- Which channels should farewell scale, and which should it cut?
--
-- Answered from public tables, for the last twelve months. Attribution shares out the orders that there were; it cannot say which of
-- them would have come anyway. The answer is that of campaign_decisions at both ends of what a concluded holdout or geo test of the
-- channel measured (campaign_measurements, calibrated_roas), as in campaign_performance; a channel that nothing has measured is to be
-- tested first. What its journeys convert more than those that took the same path without it (a channel alone: than visits that came
-- direct) stands beside it as paths_suggest: people on those paths may differ, so it says where a test is worth most, and decides nothing.
-- The planted truth of the demo company agrees with both; the credited revenue does not (tests/python/test_growth.py).
-- Run it: .venv/bin/dbt show --select farewell_channels --limit 20
with first_months as (
    select {{ dbt.dateadd('month', -11, 'max(month)') }} as first_month
    from {{ ref('campaign_performance') }}
    where brand = 'farewell'
),

months as (
    select
        performance.channel,
        performance.attribution_model,
        performance.spend,
        performance.revenue,
        performance.claimed_conversions,
        performance.touched_conversions,
        performance.month,
        performance.window_spend,
        performance.calibrated_roas,
        performance.calibrated_roas_low,
        performance.calibrated_roas_high
    from {{ ref('campaign_performance') }} as performance
    inner join first_months
        on performance.month >= first_months.first_month
    where performance.brand = 'farewell'
),

credited as (
    select
        channel,
        sum(spend) filter (where attribution_model = 'linear') as spend,
        sum(revenue) filter (where attribution_model = 'first_touch')
        / sum(spend) filter (where attribution_model = 'first_touch')
            as first_touch_roas,
        sum(revenue) filter (where attribution_model = 'last_touch')
        / sum(spend) filter (where attribution_model = 'last_touch')
            as last_touch_roas,
        sum(revenue) filter (where attribution_model = 'markov')
        / sum(spend) filter (where attribution_model = 'markov')
            as markov_roas,
        sum(claimed_conversions) / nullif(sum(touched_conversions), 0)
            as over_claim_ratio
    from months
    group by channel
    having sum(spend) > 0
),

-- What a measurement says is known from the month in which it ended.
measured as (
    select
        channel,
        {{ month_of('max(ended_date)') }} as known_from
    from {{ ref('campaign_measurements') }}
    where
        brand = 'farewell'
        and is_counted
    group by channel
),

-- Of the newest month, each campaign's window weighed by what it cost; none is left out.
calibrated as (
    select
        months.channel,
        months.month,
        row_number() over (partition by months.channel order by months.month desc)
            as recency,
        count(*) = count(months.calibrated_roas_high) as is_whole,
        sum(months.calibrated_roas * months.window_spend)
        / sum(months.window_spend) as calibrated_roas,
        sum(months.calibrated_roas_low * months.window_spend)
        / sum(months.window_spend) as calibrated_roas_low,
        sum(months.calibrated_roas_high * months.window_spend)
        / sum(months.window_spend) as calibrated_roas_high
    from months
    inner join measured
        on
            months.channel = measured.channel
            and months.month >= measured.known_from
    where
        months.attribution_model = 'linear'
        and months.window_spend > 0
    group by months.channel, months.month
),

paths as (
    select
        paths.path,
        sum(paths.journeys) as journeys,
        sum(paths.revenue) as revenue,
        sum(paths.conversions) / sum(paths.journeys) as conversion_rate
    from {{ ref('conversion_paths') }} as paths
    inner join first_months
        on paths.month >= first_months.first_month
    where paths.brand = 'farewell'
    group by paths.path
),

steps as (
    select
        path,
        unnest(string_split(path, ' > ')) as channel,
        generate_subscripts(string_split(path, ' > '), 1) as step
    from paths
),

path_channels as (
    select distinct
        path,
        channel
    from steps
),

steps_without as (
    select
        path_channels.path,
        path_channels.channel as left_out,
        steps.channel,
        steps.step,
        lag(steps.channel) over (
            partition by path_channels.path, path_channels.channel
            order by steps.step
        ) as previous_channel
    from path_channels
    left join steps
        on
            path_channels.path = steps.path
            and path_channels.channel <> steps.channel
),

paths_without as (
    select
        path,
        left_out as channel,
        coalesce(
            string_agg(channel, ' > ' order by step)
            filter (where channel is distinct from previous_channel),
            'direct'
        ) as other_path
    from steps_without
    group by path, left_out
),

compared as (
    select
        paths_without.channel,
        sum(paths.journeys) as compared_journeys,
        sum(paths.revenue) as touched_revenue,
        sum(paths.journeys * paths.conversion_rate) as conversions,
        sum(paths.journeys * others.conversion_rate) as expected_conversions,
        sqrt(
            sum(
                paths.journeys * paths.conversion_rate * (1 - paths.conversion_rate)
                + paths.journeys * paths.journeys * others.conversion_rate
                * (1 - others.conversion_rate) / others.journeys
            )
        ) as standard_error
    from paths_without
    inner join paths
        on paths_without.path = paths.path
    inner join paths as others
        on paths_without.other_path = others.path
    group by paths_without.channel
),

-- Each conversion that was added is worth what the channel's conversions bring on average.
added as (
    select
        channel,
        compared_journeys,
        touched_revenue
        / nullif(conversions, 0) * (conversions - expected_conversions)
            as added_revenue,
        touched_revenue / nullif(conversions, 0) * {{ z_95() }} * standard_error
            as half_width
    from compared
),

returns as (
    select
        credited.*,
        calibrated.calibrated_roas,
        calibrated.calibrated_roas_low,
        calibrated.calibrated_roas_high,
        added.compared_journeys,
        added.added_revenue / credited.spend as added_roas,
        (added.added_revenue - added.half_width) / credited.spend
            as added_roas_low,
        (added.added_revenue + added.half_width) / credited.spend
            as added_roas_high
    from credited
    left join added
        on credited.channel = added.channel
    left join calibrated
        on
            credited.channel = calibrated.channel
            and calibrated.recency = 1
            and calibrated.is_whole
),

decided as (
    select
        returns.channel,
        max_by(decisions.decision, decisions.min_roas) filter (
            where decisions.min_roas <= returns.markov_roas
        ) as credited_answer,
        {{ decision_between(
            'returns.added_roas_low', 'returns.added_roas_high',
            'decisions.decision', 'decisions.min_roas'
        ) }} as paths_suggest,
        {{ decision_between(
            'returns.calibrated_roas_low', 'returns.calibrated_roas_high',
            'decisions.decision', 'decisions.min_roas'
        ) }} as answer
    from returns
    cross join {{ ref('campaign_decisions') }} as decisions
    group by returns.channel
)

select
    returns.*,
    decided.credited_answer,
    coalesce(decided.paths_suggest, 'test first') as paths_suggest,
    coalesce(decided.answer, 'test first') as answer
from returns
inner join decided
    on returns.channel = decided.channel
order by returns.added_roas desc
