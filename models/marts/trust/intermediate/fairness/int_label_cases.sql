{%- set of_country = 'partition by model_name, model_version, country_code'
    ~ ' order by month_start' -%}

with counts as (
    select * from {{ ref('int_label_counts') }}
),

audited as (
    select distinct
        model_name,
        model_version,
        reference_group
    from {{ ref('int_fairness_ratios') }}
    where window_kind = 'all' and group_kind = 'country'
),

-- The pace is that of the three months before: the newest one may not be over.
added_up as (
    select
        model_name,
        model_version,
        country_code,
        {%- for cases in [
            'good_cases', 'bad_cases', 'good_flagged_cases', 'bad_flagged_cases'
        ] %}
        sum({{ cases }}) over so_far as {{ cases }},
        {%- endfor %}
        sum(waiting) over so_far as immature_payments,
        {%- for cases in ['good', 'bad'] %}
        avg({{ cases }}_flagged_cases) over (
            {{ of_country }} rows between 3 preceding and 1 preceding
        ) as {{ cases }}_cases_a_month,
        {%- endfor %}
        month_start
    from counts
    window so_far as ({{ of_country }})
),

joined as (
    select
        added_up.*,
        audited.reference_group,
        coalesce(added_up.country_code = audited.reference_group, false) as is_reference
    from added_up
    left join audited
        on
            added_up.model_name = audited.model_name
            and added_up.model_version = audited.model_version
),

compared as (
    select
        model_name,
        model_version,
        country_code,
        reference_group,
        good_cases,
        bad_cases,
        immature_payments,
        {%- for cases in ['good', 'bad'] %}
        {{ cases }}_flagged_cases,
        {{ cases }}_cases_a_month,
        max(case when is_reference then {{ cases }}_flagged_cases end) over of_month
            as reference_{{ cases }}_cases,
        max(case when is_reference then {{ cases }}_cases_a_month end) over of_month
            as reference_{{ cases }}_a_month,
        {%- endfor %}
        is_reference,
        month_start
    from joined
    window of_month as (partition by model_name, model_version, month_start)
)

select * from compared
