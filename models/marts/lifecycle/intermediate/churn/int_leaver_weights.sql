-- Groups with too few answers are joined, first by age, then altogether.
with leavers as (
    select * from {{ ref('int_leavers') }}
),

by_both as (
    select
        *,
        count(case when has_answered then 1 end) over (
            partition by brand, age_band, spend_decile
        ) >= {{ var('min_answers_of_a_group') }} as is_enough
    from leavers
),

by_age as (
    select
        *,
        count(case when has_answered then 1 end) over (
            partition by brand, age_band, is_enough
        ) >= {{ var('min_answers_of_a_group') }} as is_enough_by_age
    from by_both
),

grouped as (
    select
        *,
        case
            when is_enough then concat_ws(' ', age_band, cast(spend_decile as varchar))
            when is_enough_by_age then age_band
            else 'rest'
        end as weight_group
    from by_age
),

counted as (
    select
        *,
        count(*) over (partition by brand, weight_group) as group_leavers,
        count(case when has_answered then 1 end) over (
            partition by brand, weight_group
        ) as group_answers
    from grouped
),

weighted as (
    select
        customer_id,
        brand,
        life_number,
        reason,
        weight_group,
        monthly_revenue,
        has_answered,
        cohort_month,
        case
            when has_answered then cast(group_leavers as double) / group_answers
        end as weight
    from counted
)

select * from weighted
