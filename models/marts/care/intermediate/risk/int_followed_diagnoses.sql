{#- The days looked at and those that say what is usual. -#}
{%- set look_back = '2 * ' ~ var('diagnosis_look_back_days') -%}

with as_of as (
    select as_of_date from {{ as_of() }}
),

diagnoses as (
    select
        customer_id,
        min(diagnosis_id) as diagnosis_id,
        {{ reporting_date('diagnosed_at') }} as diagnosed_date
    from {{ ref('stg_devices__diagnoses') }}
    group by customer_id, {{ reporting_date('diagnosed_at') }}
),

-- What is diagnosed soon after another is no beginning: its days before are those after
-- the other.
beginnings as (
    select
        *,
        lag(diagnosed_date) over (
            partition by customer_id order by diagnosed_date
        ) as earlier_date
    from diagnoses
),

patients as (
    select
        customer_id,
        first_date,
        left_date
    from {{ ref('int_measured_patients') }}
),

customers as (
    select
        customer_id,
        brand
    from {{ ref('customers') }}
),

followed as (
    select
        beginnings.diagnosis_id,
        beginnings.customer_id,
        coalesce(customers.brand, 'unknown') as brand,
        beginnings.diagnosed_date
    from beginnings
    inner join as_of
        on
            {{ dbt.dateadd(
                'day', var('diagnosis_delay_days'), 'beginnings.diagnosed_date'
            ) }} <= as_of.as_of_date
    inner join patients
        on
            beginnings.customer_id = patients.customer_id
            and beginnings.diagnosed_date
            >= {{ dbt.dateadd('day', look_back, 'patients.first_date') }}
    left join customers
        on beginnings.customer_id = customers.customer_id
    where
        (
            beginnings.earlier_date is null
            or beginnings.diagnosed_date
            > {{ dbt.dateadd('day', look_back, 'beginnings.earlier_date') }}
        )
        -- Who has left does not measure either.
        and beginnings.diagnosed_date
        <= coalesce(patients.left_date, beginnings.diagnosed_date)
)

select * from followed
