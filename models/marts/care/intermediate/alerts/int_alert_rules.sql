with as_of as (
    select as_of_date from {{ as_of() }}
),

in_force as (
    select
        care_rules.*,
        as_of.as_of_date
    from {{ ref('care_rules') }} as care_rules
    inner join as_of
        on
            care_rules.valid_from <= as_of.as_of_date
            and coalesce(care_rules.valid_to, cast('9999-12-31' as date))
            > as_of.as_of_date
),

-- Of several levels, the highest is the one that alerts.
highest as (
    select
        rule,
        measurement,
        max(severity) as severity,
        max_by(low, severity) as bound,
        cast({{ dbt.dateadd(
            'day', '-max_by(alert_days, severity)', 'max(as_of_date)'
        ) }} as date) as after_date
    from in_force
    group by rule, measurement
)

select * from highest
