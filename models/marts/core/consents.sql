with words as (
    select * from {{ ref('int_consent_words') }}
),

dated as (
    select
        *,
        max(decided_at) over (
            partition by person_type, person_id, purpose
        ) as last_decided_at
    from words
),

-- Of what was said in the same second, a no counts.
consents as (
    select
        person_type,
        person_id,
        purpose,
        min(case when decided_at = last_decided_at then given_as end) as given_as,
        count(distinct consent_id) as record_count,
        count(case when decided_at = last_decided_at and not is_granted then 1 end) = 0
            as is_granted,
        max(decided_at) as decided_at
    from dated
    group by person_type, person_id, purpose
)

select * from consents
