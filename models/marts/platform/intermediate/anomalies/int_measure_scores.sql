with counts as (
    select
        *,
        expected_low * dispersion
        + power({{ var('level_error') }} * expected_low, 2) as variance_low,
        expected_high * dispersion
        + power({{ var('level_error') }} * expected_high, 2) as variance_high
    from {{ ref('int_count_expectations') }}
),

-- The nearest of what a holiday and a working day let expect.
count_scores as (
    select
        *,
        case
            when observed < expected_low
                then count_z(observed, expected_low, variance_low)
            when observed > expected_high
                then count_z(observed, expected_high, variance_high)
            when observed is not null and expected_low is not null then 0
        end as z
    from counts
),

share_scores as (
    select
        *,
        share_z(hits, n, share, dispersion) as z
    from {{ ref('int_share_expectations') }}
),

scored as (
    select
        node_id,
        measure,
        kind,
        'count' as method,
        cast(null as double) as n,
        expected_low,
        expected_high,
        variance_low,
        variance_high,
        cast(null as double) as degrees,
        z,
        earlier_days >= {{ var('least_earlier_days') }} and days_with_rows > 0
            as is_judgeable,
        case
            when
                observed = 0
                and measure in ('rows', 'arrived rows')
                and earlier_days >= {{ var('rule_days') }}
                and days_with_rows > {{ var('always_share') }} * earlier_days
                and z < -{{ var('rule_least_z') }}
                then 'no_rows'
        end as rule,
        earlier_days,
        is_known,
        measured_date
    from count_scores
    union all
    select
        node_id,
        measure,
        kind,
        'share' as method,
        n,
        share as expected_low,
        share as expected_high,
        dispersion as variance_low,
        dispersion as variance_high,
        null as degrees,
        z,
        earlier_days >= {{ var('least_earlier_days') }}
        and earlier_n >= {{ var('least_earlier_rows') }}
        and (kind = 'share' or share >= {{ var('least_value_share') }}) as is_judgeable,
        case
            when
                hits_ever = 0
                and n_ever >= {{ var('rule_rows') }}
                and earlier_days >= {{ var('rule_days') }}
                and hits >= {{ var('rule_hits') }}
                and hits >= {{ var('rule_share') }} * n
                and z > {{ var('rule_least_z') }}
                then case when kind = 'share' then 'never_before' else 'new_value' end
        end as rule,
        earlier_days,
        is_known,
        measured_date
    from share_scores
    union all
    select
        node_id,
        measure,
        kind,
        method,
        n,
        expected_low,
        expected_high,
        variance_low,
        variance_high,
        degrees,
        z,
        is_judgeable,
        rule,
        earlier_days,
        is_known,
        measured_date
    from {{ ref('int_mean_scores') }}
)

select * from scored
