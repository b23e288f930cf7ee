{#- What is compared: name, exposure, outcome, and of whom. Activity long before is an
    outcome that no contact can have caused, a contact long before a cause that should have
    no effect any more. -#}
{%- set comparisons = [
    ('churn', 'has_contact', 'is_churned_next_month', 'true'),
    ('same_month', 'has_contact', 'is_churned_this_month', 'true'),
    (
        'negative_control', 'has_contact', 'was_active_before',
        'is_churned_next_month is not null',
    ),
    (
        'negative_exposure', 'had_contact_before', 'is_churned_next_month',
        'was_there_two_months_before and had_contact_before is not null',
    ),
] -%}
{%- set groups = [('contact', 'is_exposed'), ('other', 'not is_exposed')] -%}

with contacts as (
    select distinct
        customer_id,
        brand,
        topic,
        month
    from {{ ref('int_support_contacts') }}
    where not is_after_decision
),

topics as (
    select distinct
        brand,
        topic
    from contacts
),

-- In each month the newest contact of it and of the two before.
exposed as (
    select
        contacts.customer_id,
        contacts.brand,
        contacts.topic,
        {{ dbt.dateadd('month', 'lags.months_ago', 'contacts.month') }} as seen_month,
        min(lags.months_ago) as months_ago
    from contacts
    cross join (values (0), (1), (2)) as lags (months_ago)
    group by contacts.customer_id, contacts.brand, contacts.topic, seen_month
),

in_contact as (
    select
        months.*,
        activity.band as activity_band,
        tenure.band as tenure_band,
        topics.topic,
        coalesce(exposed.months_ago = 0, false) as has_contact,
        -- two months before and not since, or in none of the three months
        case
            when exposed.months_ago is null then false
            when exposed.months_ago = 2 then true
        end as had_contact_before
    from {{ ref('int_contact_months') }} as months
    left join {{ bands_of(ref('comparison_bands'), 'active_days') }} as activity
        on
            months.active_days >= activity.from_value
            and months.active_days < activity.next_value
    left join {{ bands_of(ref('comparison_bands'), 'tenure_months') }} as tenure
        on
            months.tenure_months >= tenure.from_value
            and months.tenure_months < tenure.next_value
    inner join topics
        on months.brand = topics.brand
    left join exposed
        on
            months.customer_id = exposed.customer_id
            and months.brand = exposed.brand
            and months.month = exposed.seen_month
            and topics.topic = exposed.topic
),

compared as (
    {%- for name, exposure, outcome, population in comparisons %}
    select
        *,
        '{{ name }}' as outcome,
        {{ exposure }} as is_exposed,
        {{ outcome }} as has_outcome
    from in_contact
    where {{ population }} and {{ outcome }} is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

strata as (
    select
        brand,
        topic,
        outcome,
        month,
        plan,
        tenure_band,
        activity_band,
        {%- for group, is_in in groups %}
        sum(case when {{ is_in }} then 1e0 else 0 end) as {{ group }}_n,
        sum(case when {{ is_in }} and has_outcome then 1e0 else 0 end)
            as {{ group }}_outcomes,
        {%- for measure in ['active_days', 'tenure_months'] %}
        sum(case when {{ is_in }} then 1e0 * {{ measure }} else 0 end)
            as {{ group }}_{{ measure }},
        sum(case when {{ is_in }} then 1e0 * {{ measure }} * {{ measure }} else 0 end)
            as {{ group }}_squared_{{ measure }},
        {%- endfor %}
        {%- endfor %}
        sum(1e0) as n
    from compared
    group by brand, topic, outcome, month, plan, tenure_band, activity_band
)

select * from strata
