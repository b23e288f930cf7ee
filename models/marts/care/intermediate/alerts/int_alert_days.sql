with facts as (
    select * from {{ ref('int_alert_facts') }}
),

rules as (
    select * from {{ ref('int_care_rules') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
),

-- What is measured on a day counts on it and on some days after it.
spoken as (
    select
        facts.*,
        -- The larger, the further beyond, whichever way that is.
        case when rules.low is null then -facts.worst_value else facts.worst_value end
            as extreme,
        cast({{ dbt.dateadd(
            'day', 'numbers.number - 1', 'facts.measured_date'
        ) }} as date) as alert_date
    from facts
    inner join rules
        on
            facts.rule_id = rules.rule_id
            and (facts.is_beyond or rules.alert_by in ('mean', 'fault'))
    inner join {{ numbers_of(ref('dates')) }} as numbers
        on coalesce(rules.alert_days, 1) >= numbers.number
),

summed as (
    select
        customer_id,
        rule_id,
        alert_date,
        count(*) as day_count,
        cast(sum(total) as double) as total,
        sum(observed_count) as observed_count,
        cast(abs(max(extreme)) as double) as worst_value,
        max_by(measured_date, (extreme, measured_date)) as worst_date,
        max(own_bound) as own_bound,
        min(measured_date) as first_date,
        max(measured_date) as last_date
    from spoken
    group by customer_id, rule_id, alert_date
),

valued as (
    select
        summed.customer_id,
        rules.alert as rule,
        rules.measurement,
        case
            when rules.measurement in ('systolic', 'diastolic') then 'blood_pressure'
            else rules.measurement
        end as sign,
        rules.alert_by,
        rules.alert_severity as severity,
        rules.low,
        rules.high,
        rules.excludes_low,
        case rules.alert_by
            when 'mean' then summed.total / summed.observed_count
            when 'fault' then summed.total
            else summed.worst_value
        end as value,
        coalesce(summed.own_bound, rules.low, rules.high) as bound,
        case rules.alert_by
            when 'mean' then summed.first_date
            when 'fault' then summed.last_date
            else summed.worst_date
        end as since_date,
        summed.alert_date
    from summed
    inner join rules
        on
            summed.rule_id = rules.rule_id
            and summed.alert_date >= rules.valid_from
            and summed.alert_date < rules.valid_to
            and summed.day_count >= rules.alert_min_days
    inner join as_of
        on summed.alert_date <= as_of.as_of_date
),

-- Of several, systolic and diastolic, the most severe, then the furthest beyond its bound.
ranked as (
    select
        *,
        row_number() over (
            partition by customer_id, rule, sign, alert_date
            order by
                severity desc, abs(ln(greatest(value, 0.001) / bound)) desc, bound asc
        ) as alert_rank
    from valued
    where
        alert_by in ('reading', 'gain')
        or (
            (low is null or value > low or (value = low and not excludes_low))
            and (high is null or value < high)
        )
)

select * from ranked
where alert_rank = 1
