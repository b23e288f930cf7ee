with cases as (
    select * from {{ ref('int_label_cases') }}
),

needed as (
    select
        *,
        {%- for cases in ['good', 'bad'] %}
        {{ cases_needed(
            'case when not is_reference then reference_' ~ cases ~ '_cases end'
        ) }} as {{ cases }}_cases_needed,
        {%- endfor %}
        {{ cases_needed('null') }} as reference_needed
    from cases
),

missing as (
    select
        *,
        greatest(good_cases_needed - good_flagged_cases, 0) as good_cases_missing,
        greatest(bad_cases_needed - bad_flagged_cases, 0) as bad_cases_missing,
        greatest(reference_needed - coalesce(reference_good_cases, 0), 0)
            as reference_good_missing,
        greatest(reference_needed - coalesce(reference_bad_cases, 0), 0)
            as reference_bad_missing
    from needed
),

-- Both groups of a comparison need their cases; without a pace there is no month.
timed as (
    select
        *,
        case
            when good_cases_missing > 0
                then good_cases_missing / nullif(good_cases_a_month, 0)
            else 0
        end as good_months,
        case
            when bad_cases_missing > 0
                then bad_cases_missing / nullif(bad_cases_a_month, 0)
            else 0
        end as bad_months,
        case
            when reference_good_missing > 0
                then reference_good_missing / nullif(reference_good_a_month, 0)
            else 0
        end as reference_good_months,
        case
            when reference_bad_missing > 0
                then reference_bad_missing / nullif(reference_bad_a_month, 0)
            else 0
        end as reference_bad_months
    from missing
),

progress as (
    select
        model_name,
        model_version,
        country_code,
        reference_group as reference_country,
        cast(good_cases as bigint) as good_cases,
        cast(bad_cases as bigint) as bad_cases,
        cast(immature_payments as bigint) as immature_payments,
        {%- for cases in ['good', 'bad'] %}
        cast({{ cases }}_flagged_cases as bigint) as {{ cases }}_flagged_cases,
        {{ cases }}_cases_needed,
        cast({{ cases }}_cases_missing as bigint) as {{ cases }}_cases_missing,
        {{ cases }}_cases_a_month,
        case
            when {{ cases }}_months + reference_{{ cases }}_months is not null
                then cast(ceil(greatest(
                    {{ cases }}_months, reference_{{ cases }}_months
                )) as bigint)
        end as months_until_{{ cases }}_cases,
        {%- endfor %}
        is_reference,
        month_start
    from timed
)

select * from progress
