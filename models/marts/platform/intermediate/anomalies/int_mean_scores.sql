with means as (
    select
        *,
        t_z((average - level) / sqrt(spread_variance), degrees) as plain_z,
        n * power(average - level, 2) / nullif(variance, 0) as moved_rows
    from {{ ref('int_mean_expectations') }}
),

-- One or two rows that are far off move a mean: it is odd when several did.
scored as (
    select
        node_id,
        measure,
        kind,
        'mean' as method,
        n,
        level as expected_low,
        level as expected_high,
        spread_variance as variance_low,
        spread_variance as variance_high,
        degrees,
        case
            when moved_rows < {{ var('least_moved_rows') }}
                then greatest(-3, least(3, plain_z))
            else plain_z
        end as z,
        case
            when has_variance
                then
                    earlier_days >= {{ var('least_earlier_days') }}
                    and earlier_n >= {{ var('least_earlier_values') }}
                    and n >= {{ var('least_values') }}
            else earlier_days >= {{ var('rule_days') }}
        end as is_judgeable,
        case
            when
                n >= {{ var('stuck_rows') }}
                and variance < 1e-9
                and least_variance > {{ var('stuck_least_variance') }}
                and exp(-n / (kurtosis + 3)) < {{ var('stuck_chance') }}
                and earlier_days >= {{ var('rule_days') }}
                then 'stuck'
        end as rule,
        earlier_days,
        is_known,
        measured_date
    from means
)

select * from scored
