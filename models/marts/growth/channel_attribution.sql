-- One row per brand, month of conversion, attribution model and channel. For markov these are the fitted totals: the
-- month's conversions, shared by what each channel's removal loses.
with credits as (
    select
        brand,
        attribution_model,
        channel,
        credit,
        credited_revenue_usd,
        cast({{ dbt.date_trunc('month', 'converted_date') }} as date) as month
    from {{ ref('attributed_conversions') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
),

removal_effects as (
    select
        brand,
        month,
        channel,
        removal_effect
    from {{ ref('int_removal_effects') }}
    where look_back_days = {{ var('attribution_look_back_days') }}
),

by_rule as (
    select
        brand,
        attribution_model,
        channel,
        {{ steady_sum('credit', 15) }} as conversions,
        cast(sum(credited_revenue_usd) as decimal(18, 2)) as revenue_usd,
        cast(null as double) as removal_effect,
        month
    from credits
    where
        attribution_model <> 'markov'
        or channel = 'unattributed'
    group by brand, attribution_model, channel, month
),

markov_totals as (
    select
        brand,
        month,
        cast(round(sum(cast(credit as decimal(38, 15)))) as double) as conversions,
        sum(credited_revenue_usd) as revenue_usd
    from credits
    where
        attribution_model = 'markov'
        and channel <> 'unattributed'
    group by brand, month
),

running as (
    select
        *,
        sum(removal_effect) over (
            partition by brand, month
            order by channel
            rows between unbounded preceding and current row
        ) as running_effect
    from removal_effects
),

shares as (
    select
        brand,
        month,
        channel,
        removal_effect,
        removal_effect / max(running_effect) over (partition by brand, month)
            as share,
        coalesce(lag(running_effect) over (
            partition by brand, month
            order by channel
        ), 0) / max(running_effect) over (partition by brand, month) as share_from,
        running_effect / max(running_effect) over (partition by brand, month)
            as share_to
    from running
),

by_fit as (
    select
        shares.brand,
        'markov' as attribution_model,
        shares.channel,
        markov_totals.conversions * shares.share as conversions,
        {{ split_to_the_cent('markov_totals.revenue_usd') }} as revenue_usd,
        shares.removal_effect,
        shares.month
    from shares
    inner join markov_totals
        on
            shares.brand = markov_totals.brand
            and shares.month = markov_totals.month
),

combined as (
    select * from by_rule
    union all
    select * from by_fit
),

-- A fit is complete when the journeys without conversion that end in its month are known to be without.
dated as (
    select
        combined.brand,
        combined.attribution_model,
        combined.channel,
        combined.conversions,
        combined.revenue_usd,
        combined.removal_effect,
        {{ dbt.dateadd(
            'day',
            "case when combined.attribution_model = 'markov' then "
            ~ (var('attribution_look_back_days') + var('late_days'))
            ~ " else " ~ var('late_days') ~ " end",
            dbt.last_day('combined.month', 'month')
        ) }} <= as_of.as_of_date as is_final,
        combined.month
    from combined
    cross join as_of
)

select * from dated
