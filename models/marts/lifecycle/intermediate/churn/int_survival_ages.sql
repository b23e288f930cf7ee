with lives as (
    select
        brand,
        country_code,
        channel,
        plan,
        spend_decile,
        observed_days,
        is_churned
    from {{ ref('customer_lives') }}
    where life_number = 1 and observed_days is not null
),

in_segments as (
    select
        brand,
        'all' as segment_type,
        'all' as segment,
        observed_days,
        is_churned
    from lives
    {%- for column in ['country_code', 'channel', 'plan'] %}
    union all
    select
        brand,
        '{{ 'country' if column == 'country_code' else column }}' as segment_type,
        {{ column }} as segment,
        observed_days,
        is_churned
    from lives
    {%- endfor %}
    union all
    -- Who spends how much is known after 30 days: nobody is at risk before.
    select
        brand,
        'spend_decile' as segment_type,
        cast(spend_decile as varchar) as segment,
        observed_days,
        is_churned
    from lives
    where spend_decile is not null
),

counted as (
    select
        brand,
        segment_type,
        segment,
        observed_days as age_days,
        count(case when is_churned then 1 end) as n_churned,
        count(case when not is_churned then 1 end) as n_censored
    from in_segments
    group by brand, segment_type, segment, observed_days
),

at_risk as (
    select
        brand,
        segment_type,
        segment,
        age_days,
        cast(sum(n_churned + n_censored) over (
            partition by brand, segment_type, segment
            order by age_days desc
        ) as bigint) as n_at_risk,
        n_churned,
        n_censored
    from counted
)

select * from at_risk
