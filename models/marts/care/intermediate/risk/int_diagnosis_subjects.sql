{%- set look_back = '2 * ' ~ var('diagnosis_look_back_days') -%}
{%- set devices_by = dbt.dateadd(
    'day', '-' ~ var('diagnosis_look_back_days'), 'diagnoses.diagnosed_date'
) -%}
{%- set case_days = dbt.datediff(
    'cases.first_date', 'diagnoses.diagnosed_date', 'day'
) -%}
{%- set control_days = dbt.datediff(
    'controls.first_date', 'diagnoses.diagnosed_date', 'day'
) -%}

with diagnoses as (
    select * from {{ ref('int_followed_diagnoses') }}
),

all_diagnoses as (
    select
        customer_id,
        {{ reporting_date('diagnosed_at') }} as diagnosed_date
    from {{ ref('stg_devices__diagnoses') }}
),

patients as (
    select
        patients.*,
        coalesce(customers.brand, 'unknown') as brand,
        coalesce(customers.age_band, 'unknown') as age_band
    from {{ ref('int_measured_patients') }} as patients
    left join {{ ref('customers') }} as customers
        on patients.customer_id = customers.customer_id
),

-- Numbers by chance: of a large brand only patients of the same share are compared.
numbered as (
    select
        *,
        ceil(
            1.0 * count(*) over (partition by brand, age_band)
            / {{ var('control_pool') }}
        ) as shares,
        row_number() over (
            partition by brand, age_band
            order by {{ row_hash(['customer_id']) }}, customer_id
        ) as chance
    from patients
),

-- Alike are those of the same brand and age who have measured about as long and with the
-- same devices.
possible as (
    select
        diagnoses.diagnosis_id,
        diagnoses.brand,
        diagnoses.diagnosed_date,
        controls.customer_id,
        row_number() over (
            partition by diagnoses.diagnosis_id
            order by
                {{ row_hash(['diagnoses.diagnosis_id', 'controls.customer_id']) }},
                controls.customer_id
        ) as chance
    from diagnoses
    inner join numbered as cases
        on diagnoses.customer_id = cases.customer_id
    inner join numbered as controls
        on
            cases.brand = controls.brand
            and cases.age_band = controls.age_band
            and cases.chance % cases.shares = controls.chance % controls.shares
            and diagnoses.customer_id <> controls.customer_id
            {%- for device in ['weight', 'glucose', 'systolic', 'heart_rate'] %}
            and coalesce(cases.{{ device }}_from_date < {{ devices_by }}, false)
            = coalesce(controls.{{ device }}_from_date < {{ devices_by }}, false)
            {%- endfor %}
            and diagnoses.diagnosed_date
            >= {{ dbt.dateadd('day', look_back, 'controls.first_date') }}
            and diagnoses.diagnosed_date
            <= coalesce(controls.left_date, diagnoses.diagnosed_date)
    inner join {{ bands_of(ref('comparison_bands'), 'measuring_days') }} as bands
        on
            least({{ case_days }}, {{ control_days }}) >= bands.from_value
            and greatest({{ case_days }}, {{ control_days }}) < bands.next_value
    left join all_diagnoses
        on
            controls.customer_id = all_diagnoses.customer_id
            and all_diagnoses.diagnosed_date
            >= {{ dbt.dateadd('day', '-' ~ look_back, 'diagnoses.diagnosed_date') }}
            and all_diagnoses.diagnosed_date <= {{ dbt.dateadd(
                'day', var('diagnosis_look_back_days'), 'diagnoses.diagnosed_date'
            ) }}
    where all_diagnoses.customer_id is null
),

subjects as (
    select
        diagnosis_id,
        customer_id,
        brand,
        diagnosed_date,
        true as is_case
    from diagnoses
    union all
    select
        diagnosis_id,
        customer_id,
        brand,
        diagnosed_date,
        false as is_case
    from possible
    where chance <= {{ var('controls_per_diagnosis') }}
)

select * from subjects
