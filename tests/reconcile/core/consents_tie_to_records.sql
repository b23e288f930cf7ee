-- Why: a consent that nobody gave is a promise broken, one that was lost is a customer who hears nothing.
-- Threshold: none, row by row, both ways.
-- A failure means: a customer's own record has no row in consents, a row has no record that says so, or somebody counts
-- as having agreed who said no since.
with records as (
    select
        customer_id,
        purpose,
        is_granted,
        {{ dbt.date_trunc('second', 'recorded_at') }} as decided_at
    from {{ ref('stg_privacy__consents') }}
),

consents as (
    select *
    from {{ ref('consents') }}
),

words as (
    select distinct
        purpose,
        is_granted,
        decided_at
    from records
)

select distinct
    'lost' as difference,
    records.customer_id as person_id,
    records.purpose
from records
left join consents
    on
        records.customer_id = consents.person_id
        and records.purpose = consents.purpose
        and consents.person_type = 'customer'
where records.customer_id is not null and consents.person_id is null
union all
select
    'invented' as difference,
    consents.person_id,
    consents.purpose
from consents
left join words
    on
        consents.purpose = words.purpose
        and consents.is_granted = words.is_granted
        and consents.decided_at = words.decided_at
where words.purpose is null
union all
select distinct
    'withdrawn' as difference,
    consents.person_id,
    consents.purpose
from consents
inner join records
    on
        consents.person_id = records.customer_id
        and consents.purpose = records.purpose
        and not records.is_granted
        and consents.decided_at <= records.decided_at
where consents.person_type = 'customer' and consents.is_granted
