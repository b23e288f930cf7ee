{%- set recent = var('weight_recent_days') | int -%}
{%- set before = recent + var('weight_usual_days') | int -%}

with readings as (
    select
        customer_id,
        value,
        measured_date
    from {{ ref('readings') }}
    where is_usable and measurement = 'weight'
),

rules as (
    select * from {{ ref('int_care_rules') }}
    where rule like 'weight_%'
),

-- Four digits, so that squares can be added exactly.
days as (
    select
        customer_id,
        measured_date,
        cast(sum(value) / count(*) as decimal(12, 4)) as weight_kg
    from readings
    group by customer_id, measured_date
),

summed as (
    select
        *,
        count(*) over recent as recent_count,
        cast(sum(weight_kg) over recent as double) as recent_total,
        count(*) over usual as usual_count,
        cast(sum(weight_kg) over usual as double) as usual_total,
        cast(sum(weight_kg * weight_kg) over usual as double) as usual_squares
    from days
    window
        recent as (
            partition by customer_id order by measured_date
            range between interval {{ recent - 1 }} days preceding and current row
        ),
        usual as (
            partition by customer_id order by measured_date
            range between interval {{ before - 1 }} days preceding
            and interval {{ recent }} days preceding
        )
),

in_force as (
    select
        summed.customer_id,
        summed.measured_date,
        max(case when rules.rule = 'weight_gain' then rules.low end) as least_gain_kg,
        max(case when rules.rule = 'weight_gain_errors' then rules.low end)
            as least_errors,
        max(case when rules.rule = 'weight_spread' then rules.low end) as common_spread,
        max(case when rules.rule = 'weight_spread_weights' then rules.low end)
            as common_count
    from summed
    inner join rules
        on
            summed.measured_date >= rules.valid_from
            and summed.measured_date < rules.valid_to
    where summed.usual_count > 0
    group by summed.customer_id, summed.measured_date
),

-- The patient's own spread; as long as it is known by few weights, that of many patients.
spread as (
    select
        summed.*,
        in_force.least_gain_kg,
        in_force.least_errors,
        sqrt(
            (
                in_force.common_count * power(in_force.common_spread, 2)
                + greatest(
                    0, summed.usual_squares
                    - power(summed.usual_total, 2) / summed.usual_count
                )
            )
            / (in_force.common_count + summed.usual_count - 1)
        ) as spread_kg
    from summed
    inner join in_force
        on
            summed.customer_id = in_force.customer_id
            and summed.measured_date = in_force.measured_date
),

gains as (
    select
        customer_id,
        measured_date,
        usual_total / usual_count as usual_weight_kg,
        recent_total / recent_count - usual_total / usual_count as weight_gain_kg,
        greatest(
            least_gain_kg,
            least_errors * spread_kg * sqrt(1.0 / recent_count + 1.0 / usual_count)
        ) as weight_gain_bound_kg
    from spread
    where least_gain_kg + least_errors + spread_kg is not null
)

select * from gains
