with outcome_periods as (
    select * from {{ ref('int_outcome_periods') }}
),

strata as (
    select
        *,
        coalesce(is_flagged, false) as is_in_flagged,
        mature_label is not null as is_labelled,
        early_label is not null as is_early_labelled
    from outcome_periods
),

counted as (
    select
        model_name,
        model_version,
        grain,
        max(has_labels) as has_labels,
        max(is_final) as is_final,
        max(early_date) as early_date,
        count(*) as prediction_count,
        count(case when is_mature then 1 end) as mature_count,
        count(case when is_labelled then 1 end) as labelled_count,
        count(case when is_labelled and is_positive then 1 end) as positive_count,
        count(case when is_old_enough then 1 end) as early_count,
        count(case when is_early_labelled and is_early_positive then 1 end)
            as early_positive_count,
        {%- for prefix, in_cohort, is_labelled, is_positive in [
            ('', 'is_mature', 'is_labelled', 'is_positive'),
            ('early_', 'is_old_enough', 'is_early_labelled', 'is_early_positive'),
        ] %}
        {%- for stratum in ['', 'not '] %}
        {%- set name = prefix ~ ('passed' if stratum else 'flagged') %}
        count(case when {{ stratum }}is_in_flagged and {{ in_cohort }} then 1 end)
            as {{ name }}_count,
        count(case when {{ stratum }}is_in_flagged and {{ is_labelled }} then 1 end)
            as {{ name }}_labelled,
        count(case
            when {{ stratum }}is_in_flagged and {{ is_labelled }} and {{ is_positive }}
                then 1
        end) as {{ name }}_positive,
        {%- endfor %}
        {%- endfor %}
        period_start,
        next_period
    from strata
    group by model_name, model_version, grain, period_start, next_period
),

-- Where all that was flagged has its label nothing hides, however few there are.
judged as (
    select
        {%- for prefix in ['', 'early_'] %}
        {{ prefix }}positive_count > 0
        and {{ prefix }}flagged_labelled + {{ prefix }}passed_labelled
        > {{ prefix }}positive_count
        and ({{ prefix }}passed_labelled > 0 or {{ prefix }}passed_count = 0)
        and (
            {{ prefix }}flagged_labelled = {{ prefix }}flagged_count
            or {{ prefix }}flagged_labelled >= {{ var('least_stopped_for_area') }}
        ) as is_{{ prefix }}measurable,
        {%- endfor %}
        *
    from counted
),

concluded as (
    select
        {%- for prefix in ['', 'early_'] %}
        is_{{ prefix }}measurable
        and least(
            {{ prefix }}positive_count,
            {{ prefix }}flagged_labelled + {{ prefix }}passed_labelled
            - {{ prefix }}positive_count
        ) >= {{ var('least_frauds_for_area') }}
            as is_{{ prefix }}sufficient,
        {{ prefix }}flagged_labelled = {{ prefix }}flagged_count
        or {{ prefix }}flagged_positive >= {{ var('least_flagged_positives') }}
            as is_{{ prefix }}spread,
        {%- endfor %}
        *
    from judged
)

select * from concluded
