with lives as (
    select
        brand,
        country_code,
        channel,
        plan,
        spend_decile,
        entry_age_days,
        observed_days,
        is_churned
    from {{ ref('customer_lives') }}
    where is_first_life and observed_days is not null
),

in_segments as (
    select
        brand,
        'all' as segment_type,
        'all' as segment,
        entry_age_days,
        observed_days,
        is_churned
    from lives
    {%- for column in ['country_code', 'channel', 'plan'] %}
    union all
    select
        brand,
        '{{ 'country' if column == 'country_code' else column }}' as segment_type,
        {{ column }} as segment,
        entry_age_days,
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
        entry_age_days,
        observed_days,
        is_churned
    from lives
    where spend_decile is not null
),

changes as (
    select
        brand,
        segment_type,
        segment,
        observed_days as age_days,
        0 as entered,
        cast(is_churned as integer) as churned,
        cast(not is_churned as integer) as censored
    from in_segments
    union all
    select
        brand,
        segment_type,
        segment,
        entry_age_days as age_days,
        1 as entered,
        0 as churned,
        0 as censored
    from in_segments
    where entry_age_days > 0
),

counted as (
    select
        brand,
        segment_type,
        segment,
        age_days,
        cast(sum(entered) as bigint) as n_entered,
        cast(sum(churned) as bigint) as n_churned,
        cast(sum(censored) as bigint) as n_censored
    from changes
    group by brand, segment_type, segment, age_days
),

-- Who enters late is at risk after the age at which it does.
at_risk as (
    select
        brand,
        segment_type,
        segment,
        age_days,
        n_entered,
        cast(sum(n_churned + n_censored - n_entered) over (
            partition by brand, segment_type, segment
            order by age_days desc
        ) as bigint) as n_at_risk,
        n_churned,
        n_censored,
        sum(n_churned + n_censored - n_entered) over (
            partition by brand, segment_type, segment
        ) > 0 as is_from_birth
    from counted
)

select * from at_risk
