with readings as (
    select * from {{ ref('readings') }}
),

patient_days as (
    select * from {{ ref('patient_days') }}
),

rules as (
    select * from {{ ref('int_care_rules') }}
    where alert_by <> 'pause'
),

observed as (
    select
        customer_id,
        'reading' as seen_as,
        measurement,
        place,
        measured_date,
        value,
        cast(null as double) as own_bound
    from readings
    where is_usable
    union all
    select
        customer_id,
        'fault' as seen_as,
        measurement,
        place,
        measured_date,
        cast(1 as decimal(18, 4)) as value,
        cast(null as double) as own_bound
    from readings
    where is_implausible or is_unknown_unit or is_clock_ahead
    union all
    select
        customer_id,
        'gain' as seen_as,
        'weight' as measurement,
        'any' as place,
        measured_date,
        cast(weight_gain_kg as decimal(18, 4)) as value,
        weight_gain_bound_kg as own_bound
    from patient_days
    where weight_gain_kg > weight_gain_bound_kg
),

-- Whether a rule is in force is asked on the day of the alert.
facts as (
    select
        observed.customer_id,
        rules.rule_id,
        observed.measured_date,
        count(*) as observed_count,
        sum(observed.value) as total,
        bool_or(
            (
                rules.low is null
                or observed.value > rules.low
                or (observed.value = rules.low and not rules.excludes_low)
            )
            and (rules.high is null or observed.value < rules.high)
        ) as is_beyond,
        case
            when max(rules.low) is null then min(observed.value)
            else max(observed.value)
        end as worst_value,
        max(observed.own_bound) as own_bound
    from observed
    inner join rules
        on
            rules.measurement in ('any', observed.measurement)
            and rules.place in ('any', observed.place)
            and observed.seen_as
            = case when rules.alert_by = 'mean' then 'reading' else rules.alert_by end
    group by observed.customer_id, rules.rule_id, observed.measured_date
)

select * from facts
