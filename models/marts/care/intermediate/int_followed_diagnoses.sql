-- One row per diagnosis of a patient who had first measured at least 60 days before it, once the diagnoses of its day are in.
with as_of as (
    select as_of_date from {{ ref('as_of') }}
),

diagnoses as (
    select
        diagnosis_id,
        customer_id,
        {{ reporting_date('diagnosed_at') }} as diagnosed_date
    from {{ ref('stg_devices__diagnoses') }}
),

patients as (
    select
        customer_id,
        first_date
    from {{ ref('int_patients') }}
),

customers as (
    select
        customer_id,
        brand
    from {{ ref('customers') }}
)

select
    diagnoses.diagnosis_id,
    diagnoses.customer_id,
    coalesce(customers.brand, 'unknown') as brand,
    diagnoses.diagnosed_date
from diagnoses
inner join as_of
    on
        {{ dbt.dateadd(
            'day', var('diagnosis_delay_days'), 'diagnoses.diagnosed_date'
        ) }} <= as_of.as_of_date
inner join patients
    on
        diagnoses.customer_id = patients.customer_id
        and diagnoses.diagnosed_date
        >= {{ dbt.dateadd('day', 60, 'patients.first_date') }}
left join customers
    on diagnoses.customer_id = customers.customer_id
